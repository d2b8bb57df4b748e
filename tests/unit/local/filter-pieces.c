/* Filters of several architectures, asked by a small machine for the instructions that join them: no kernel is needed for that, and
 * architectures that this one does not have can be asked about. */
#include "hcs/local/filter/pieces.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

#include "hcs/schema/seccomp.h"

#define X86     0x40000003u
#define ARM64   0xc00000b7u
#define NEWER   (SECCOMP_RET_ERRNO | ENOSYS)

/* A piece that answers one number always: it shows which piece was asked. */
static struct piece piece(uint32_t architecture, int32_t last, uint32_t answer)
{
        struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, answer);
        struct piece made = { .architecture = architecture, .last = last };

        text_add_n(&made.code, (const char *)&code, sizeof(code));
        return made;
}

static uint32_t ask(const struct text *program, uint32_t architecture, uint32_t number)
{
        const struct sock_filter *code = (const struct sock_filter *)(const void *)program->data;
        struct seccomp_data data = { .nr = (int)number, .arch = architecture };
        uint32_t a = 0;

        for (size_t at = 0; at < program->length / sizeof(*code); at++) {
                const struct sock_filter *now = &code[at];

                switch (now->code) {
                case BPF_LD | BPF_W | BPF_ABS: memcpy(&a, (const char *)&data + now->k, sizeof(a)); break;
                case BPF_JMP | BPF_JA: at += now->k; break;
                case BPF_JMP | BPF_JEQ | BPF_K: at += a == now->k ? now->jt : now->jf; break;
                case BPF_JMP | BPF_JGE | BPF_K: at += a >= now->k ? now->jt : now->jf; break;
                case BPF_JMP | BPF_JGT | BPF_K: at += a > now->k ? now->jt : now->jf; break;
                case BPF_RET | BPF_K: return now->k;
                default: cr_fatal("instruction 0x%x is not known here", now->code);
                }
        }
        cr_fatal("it runs off its end");
        return 0;
}

struct question { uint32_t architecture, number, answer; };

static void expect_answers(struct piece *pieces, size_t count, const struct question *questions, size_t question_count)
{
        struct text program = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, pieces_join(pieces, count, &program, &err), 0), "%s", err.text);
        for (size_t i = 0; i < question_count; i++)
                cr_expect(eq(u32, ask(&program, questions[i].architecture, questions[i].number), questions[i].answer), "question %zu", i);
        for (size_t i = 0; i < count; i++)
                text_done(&pieces[i].code);
        text_done(&program);
}

Test(local_filter_pieces, each_architecture_is_asked_its_own)
{
        struct piece pieces[] = { piece(ARM64, PIECE_UNBOUNDED, 1), piece(X86, PIECE_UNBOUNDED, 2) };
        static const struct question questions[] = { { ARM64, 5, 1 }, { X86, 5, 2 }, { SECCOMP_ARCHITECTURE_X86_64, 5, SECCOMP_RET_KILL_THREAD } };

        expect_answers(pieces, 2, questions, 3);
}

Test(local_filter_pieces, what_is_newer_than_the_profile_is_not_there)
{
        struct piece pieces[] = { piece(ARM64, 300, 1), piece(X86, 400, 2), piece(SECCOMP_ARCHITECTURE_X86_64, 334, 3) };
        static const struct question questions[] = {
                { ARM64, 300, 1 }, { ARM64, 301, NEWER }, { X86, 301, 2 }, { X86, 401, NEWER }, { X86, 0xffffffff, NEWER },
                { SECCOMP_ARCHITECTURE_X86_64, 334, 3 }, { SECCOMP_ARCHITECTURE_X86_64, 335, NEWER },
                /* x32's numbers are not new calls, but another architecture's: its own filter says what it thinks of them */
                { SECCOMP_ARCHITECTURE_X86_64, 0x40000001, 3 },
        };

        expect_answers(pieces, 3, questions, 8);
}

Test(local_filter_pieces, x32_and_x86_64_are_told_apart_by_the_number)
{
        struct piece pieces[] = { piece(SECCOMP_ARCHITECTURE_X86_64, 400, 1), piece(X86, PIECE_UNBOUNDED, 2), piece(SECCOMP_ARCHITECTURE_X32, 547, 3) };
        static const struct question questions[] = {
                { SECCOMP_ARCHITECTURE_X86_64, 400, 1 }, { SECCOMP_ARCHITECTURE_X86_64, 401, NEWER }, { X86, 9999, 2 },
                { SECCOMP_ARCHITECTURE_X86_64, 0x40000000 | 547, 3 }, { SECCOMP_ARCHITECTURE_X86_64, 0x40000000 | 548, NEWER },
                { ARM64, 0, SECCOMP_RET_KILL_THREAD },
        };

        expect_answers(pieces, 3, questions, 6);
}

Test(local_filter_pieces, refuses_none_and_too_many)
{
        struct piece pieces[PIECES_MAX + 1] = { { .architecture = X86 } };
        struct text program = { 0 };
        struct error err = { 0 };

        cr_expect(lt(int, pieces_join(pieces, 0, &program, &err), 0));
        cr_expect(lt(int, pieces_join(pieces, PIECES_MAX + 1, &program, &err), 0));
        text_done(&program);
}
