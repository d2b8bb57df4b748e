#include "hcs/local/filter/compile.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/filter.h"
#include "hcs/local/filter/pieces.h"
#include "hcs/local/filter/worker.h"

#define TEXT_MAX (FILTER_COUNT_MAX * 8u)
#define COUNT_MAX 4096                  /* the kernel's BPF_MAXINSNS */
#define NUMBER_BITS 0xfffffff           /* of what libseccomp says, without x32's bit */

struct pieces { struct piece items[PIECES_MAX]; struct worker workers[PIECES_MAX]; size_t count; };

static void pieces_done(struct pieces *pieces)
{
        for (size_t i = 0; i < pieces->count; i++) {
                worker_drop(&pieces->workers[i]);
                text_done(&pieces->items[i].code);
        }
}

static void release(scmp_filter_ctx *context)
{
        if (*context)
                seccomp_release(*context);
}

/* The number that goes with an answer is EPERM where none is given, for a tracer too, which gets it as its message. */
static uint32_t action_of(const char *name, const uint32_t *number)
{
        uint32_t action = seccomp_word_find(seccomp_actions, name)->number;

        if (action == SECCOMP_ANSWER_ERRNO || action == SECCOMP_ANSWER_TRACE)
                action |= number ? *number & 0xffff : EPERM;
        return action;
}

/* --- rules -------------------------------------------------------------------------------------------------------------- */

static struct scmp_arg_cmp comparison(const struct seccomp_argument *argument)
{
        return (struct scmp_arg_cmp){
                .arg = argument->index, .op = (enum scmp_compare)seccomp_word_find(seccomp_operators, argument->op)->number,
                .datum_a = argument->value, .datum_b = argument->value_two,
        };
}

/* libseccomp takes one condition an argument.  Several of one argument are alternatives, each of them a rule: so do runc and crun. */
static bool has_alternatives(const struct seccomp_rule *rule)
{
        uint32_t seen = 0;
        bool twice = false;

        for (size_t i = 0; i < rule->args.count; i++) {
                twice = twice || seen & 1u << rule->args.items[i].index;
                seen |= 1u << rule->args.items[i].index;
        }
        return twice;
}

static int add_call(scmp_filter_ctx context, const struct seccomp_rule *rule, uint32_t action, const char *name, int number,
                    struct error *err)
{
        struct scmp_arg_cmp comparisons[6];
        bool alternatives = has_alternatives(rule);
        unsigned count = 0;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < rule->args.count; i++) {
                comparisons[count++] = comparison(&rule->args.items[i]);
                if (alternatives)
                        r = seccomp_rule_add_array(context, action, number, count--, comparisons);
        }
        if (r >= 0 && !alternatives)
                r = seccomp_rule_add_array(context, action, number, count, comparisons);
        /* One that is there already says it again. */
        return r < 0 && r != -EEXIST ? error_errnum(err, -r, "linux.seccomp.syscalls: the rule for %s, %s", name, rule->action) : 0;
}

/* A name that this libseccomp does not know is passed over, as the specification says. */
static int add_rule(scmp_filter_ctx context, const struct seccomp_rule *rule, uint32_t otherwise, struct piece *piece, struct error *err)
{
        uint32_t action = action_of(rule->action, rule->errno_ret);
        int r = 0;

        for (size_t i = 0; r >= 0 && i < rule->names.count; i++) {
                const char *name = rule->names.items[i];
                int own = seccomp_syscall_resolve_name_arch(piece->architecture, name);

                if (own == __NR_SCMP_ERROR)
                        continue;
                if (own >= 0 && (own & NUMBER_BITS) > piece->last)      /* below 0: another architecture's call */
                        piece->last = own & NUMBER_BITS;
                if (action != otherwise)        /* libseccomp refuses a rule that says what is so anyhow */
                        r = add_call(context, rule, action, name, seccomp_syscall_resolve_name(name), err);
        }
        return r;
}

/* --- architectures ------------------------------------------------------------------------------------------------------ */

static const char *architecture_name(uint32_t architecture)
{
        const struct seccomp_word *word = seccomp_architectures;

        while (word->name && word->number != architecture)
                word++;
        return word->name ? word->name : "that architecture";
}

static int choose_architecture(scmp_filter_ctx context, uint32_t architecture, struct error *err)
{
        int r;

        if (architecture == seccomp_arch_native())
                return 0;
        r = seccomp_arch_add(context, architecture);
        if (r >= 0)
                r = seccomp_arch_remove(context, SCMP_ARCH_NATIVE);
        return r < 0 ? error_set(err, E_NOT_SUPPORTED, "linux.seccomp.architectures: libseccomp %d.%d.%d does not know %s on this machine",
                                 SCMP_VER_MAJOR, SCMP_VER_MINOR, SCMP_VER_MICRO, architecture_name(architecture)) : 0;
}

static int export(scmp_filter_ctx context, struct text *out, struct error *err)
{
        _cleanup_(io_closep) int fd = (int)syscall(SYS_memfd_create, "filter", MFD_CLOEXEC);
        int r;

        if (fd < 0)
                return error_errno(err, "making room for the filter");
        r = seccomp_export_bpf(context, fd);
        if (r < 0)
                return error_errnum(err, -r, "linux.seccomp: compiling it");
        if (lseek(fd, 0, SEEK_SET) < 0)
                return error_errno(err, "rewinding the filter");
        return io_read_all(fd, TEXT_MAX, out, "the filter", err);
}

/* Where the profile lets through what it doesn't name, or says ENOSYS itself, nothing is newer. */
static bool has_newer(uint32_t otherwise)
{
        return otherwise != SECCOMP_ANSWER_ALLOW && otherwise != SECCOMP_ANSWER_LOG && otherwise != (SECCOMP_ANSWER_ERRNO | ENOSYS);
}

static int compile_piece(const void *context_, struct piece *piece, struct error *err)
{
        const struct seccomp_section *section = context_;
        uint32_t otherwise = action_of(section->default_action, section->default_errno_ret);
        _cleanup_(release) scmp_filter_ctx context = seccomp_init(otherwise);
        int r;

        piece->last = PIECE_UNBOUNDED;
        if (!context)
                return error_set(err, E_NOT_SUPPORTED, "linux.seccomp.defaultAction: this kernel or libseccomp has no %s",
                                 section->default_action);
        /* A tree of comparisons: it takes a third longer to make, once, and the kernel, which tries every call there is, half as long
         * to load.  A libseccomp before 2.5 has none. */
        (void)seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        r = choose_architecture(context, piece->architecture, err);
        for (size_t i = 0; r >= 0 && i < section->syscalls.count; i++)
                r = add_rule(context, &section->syscalls.items[i], otherwise, piece, err);
        if (!has_newer(otherwise))
                piece->last = PIECE_UNBOUNDED;
        return r < 0 ? r : export(context, &piece->code, err);
}

static int add_piece(struct pieces *pieces, uint32_t architecture, struct error *err)
{
        for (size_t i = 0; i < pieces->count; i++)
                if (pieces->items[i].architecture == architecture)
                        return 0;
        if (pieces->count == PIECES_MAX)
                return error_set(err, E_INVALID_DATA, "linux.seccomp.architectures: more than %d", PIECES_MAX);
        pieces->items[pieces->count++] = (struct piece){ .architecture = architecture };
        return 0;
}

static int choose_pieces(struct pieces *pieces, const struct seccomp_section *section, struct error *err)
{
        int r = add_piece(pieces, seccomp_arch_native(), err);

        for (size_t i = 0; r >= 0 && i < section->architectures.count; i++)
                r = add_piece(pieces, seccomp_word_find(seccomp_architectures, section->architectures.items[i])->number, err);
        return r;
}

/* All at once, the first one here. */
static int compile_pieces(struct pieces *pieces, const struct seccomp_section *section, struct error *err)
{
        int r = 0;

        for (size_t i = 1; r >= 0 && i < pieces->count; i++)
                r = worker_begin(&pieces->workers[i], compile_piece, section, &pieces->items[i], err);
        if (r >= 0)
                r = compile_piece(section, &pieces->items[0], err);
        for (size_t i = 1; r >= 0 && i < pieces->count; i++)
                r = worker_end(&pieces->workers[i], &pieces->items[i], err);
        return r;
}

/* --- the file ----------------------------------------------------------------------------------------------------------- */

static int finish(struct text *out, struct error *err)
{
        const struct scmp_version *version = seccomp_version();
        struct filter_header header = { .magic = FILTER_MAGIC };

        header.count = (uint32_t)((out->length - sizeof(header)) / 8);
        header.libseccomp = FILTER_VERSION(version->major, version->minor, version->micro);
        header.sum = filter_sum(out->data + sizeof(header), header.count);
        memcpy(out->data, &header, sizeof(header));
        if (header.count > COUNT_MAX)
                return error_set(err, E_INVALID_DATA, "linux.seccomp: too long: %u instructions; the kernel takes %d", header.count,
                                 COUNT_MAX);
        return 0;
}

int filter_compile(const struct seccomp_section *section, struct text *out, struct error *err)
{
        _cleanup_(pieces_done) struct pieces pieces = { .count = 0 };
        static const struct filter_header empty;
        int r;

        r = choose_pieces(&pieces, section, err);
        if (r >= 0)
                r = compile_pieces(&pieces, section, err);
        if (r < 0)
                return r;
        text_add_n(out, (const char *)&empty, sizeof(empty));
        r = pieces_join(pieces.items, pieces.count, out, err);
        return r < 0 ? r : finish(out, err);
}
