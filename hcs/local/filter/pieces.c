#include "hcs/local/filter/pieces.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "hcs/schema/seccomp.h"

#define X32_BIT 0x40000000u             /* of a call's number: x32's, within x86_64's architecture */
#define INSTRUCTION sizeof(struct sock_filter)

struct code { struct sock_filter items[PIECES_MAX * 5 + 2]; uint32_t count; };

static void add(struct code *code, uint16_t what, uint32_t k, uint8_t if_true, uint8_t if_false)
{
        code->items[code->count++] = (struct sock_filter){ .code = what, .jt = if_true, .jf = if_false, .k = k };
}

#define LOAD(member)    BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, member), 0, 0

/* In front of a piece.  What is x32's in x86_64's number space is not newer, but another architecture's: the piece knows. */
static void add_newer(struct code *code, const struct piece *piece)
{
        uint32_t bit = piece->architecture == SECCOMP_ARCHITECTURE_X32 ? X32_BIT : 0;

        if (piece->last == PIECE_UNBOUNDED)
                return;
        add(code, LOAD(nr));
        if (piece->architecture == SECCOMP_ARCHITECTURE_X86_64)
                add(code, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2, 0);
        add(code, BPF_JMP | BPF_JGT | BPF_K, (uint32_t)piece->last | bit, 0, 1);
        add(code, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
}

static uint32_t length_of(const struct piece *piece)
{
        struct code newer = { .count = 0 };

        add_newer(&newer, piece);
        return newer.count + (uint32_t)(piece->code.length / INSTRUCTION);
}

static const struct piece *find(const struct piece *pieces, size_t count, uint32_t architecture)
{
        for (size_t i = 0; i < count; i++)
                if (pieces[i].architecture == architecture)
                        return &pieces[i];
        return NULL;
}

/* To the beginning of a piece, which lies behind `chooser` instructions and the pieces before it. */
static void add_jump(struct code *code, const struct piece *pieces, const struct piece *to, uint32_t chooser)
{
        uint32_t target = chooser;

        for (const struct piece *piece = pieces; piece < to; piece++)
                target += length_of(piece);
        add(code, BPF_JMP | BPF_JA, target - (code->count + 1), 0, 0);
}

/* The kernel has one name for both. */
static void choose_both(struct code *code, const struct piece *pieces, const struct piece *wide, const struct piece *x32, uint32_t chooser)
{
        add(code, BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_ARCHITECTURE_X86_64, 0, 4);
        add(code, LOAD(nr));
        add(code, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
        add_jump(code, pieces, x32, chooser);
        add_jump(code, pieces, wide, chooser);
}

static void choose_one(struct code *code, const struct piece *pieces, const struct piece *piece, uint32_t chooser)
{
        uint32_t name = piece->architecture == SECCOMP_ARCHITECTURE_X32 ? SECCOMP_ARCHITECTURE_X86_64 : piece->architecture;

        add(code, BPF_JMP | BPF_JEQ | BPF_K, name, 0, 1);
        add_jump(code, pieces, piece, chooser);
}

static void choose(struct code *code, const struct piece *pieces, size_t count, uint32_t chooser)
{
        const struct piece *wide = find(pieces, count, SECCOMP_ARCHITECTURE_X86_64);
        const struct piece *x32 = find(pieces, count, SECCOMP_ARCHITECTURE_X32);
        bool both = wide && x32;

        code->count = 0;
        add(code, LOAD(arch));
        if (both)
                choose_both(code, pieces, wide, x32, chooser);
        for (const struct piece *piece = pieces; piece < pieces + count; piece++)
                if (!both || (piece != wide && piece != x32))
                        choose_one(code, pieces, piece, chooser);
        add(code, BPF_RET | BPF_K, SECCOMP_RET_KILL_THREAD, 0, 0);
}

static void add_code(struct text *out, const struct code *code)
{
        text_add_n(out, (const char *)code->items, code->count * INSTRUCTION);
}

int pieces_join(const struct piece *pieces, size_t count, struct text *out, struct error *err)
{
        struct code code = { .count = 0 };

        if (count == 0 || count > PIECES_MAX)
                return error_set(err, E_INVALID_DATA, "linux.seccomp.architectures: %zu of them; expected at most %d", count, PIECES_MAX);
        choose(&code, pieces, count, 0);
        choose(&code, pieces, count, code.count);       /* as long as before, and now it is known how long */
        add_code(out, &code);
        for (size_t i = 0; i < count; i++) {
                code.count = 0;
                add_newer(&code, &pieces[i]);
                add_code(out, &code);
                text_add_n(out, pieces[i].code.data, pieces[i].code.length);
        }
        return text_check(out, err);
}
