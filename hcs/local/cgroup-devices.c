/* Which devices a sandbox may use.  OCI gives rules of which, for each kind of access, the last that matches wins; nothing is
 * allowed to begin with, and in the end come those that every sandbox has: making nodes, the standard six, the terminals.
 *
 * v2 runs the rules as they are, as a BPF program.  v1 knows one answer for everything and a set of exceptions from it, and no
 * exception from an exception: it is given the set that comes out in the end, and a rule that would need more is refused, since
 * the kernel would pass over it without a word. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/system.h"
#include "hcs/local/cgroup-kinds.h"

#define MAKE  BPF_DEVCG_ACC_MKNOD
#define READ  BPF_DEVCG_ACC_READ
#define WRITE BPF_DEVCG_ACC_WRITE
#define ALL   (MAKE | READ | WRITE)
#define ANY   (-1)

#define RULES_MAX 512                   /* what the kernel's verifier surely takes as one program */

static const struct cgroup_device_rule always[] = {
        { true, 'c', ANY, ANY, MAKE }, { true, 'b', ANY, ANY, MAKE },
        { true, 'c', 1, 3, ALL },       /* null */
        { true, 'c', 1, 5, ALL },       /* zero */
        { true, 'c', 1, 7, ALL },       /* full */
        { true, 'c', 1, 8, ALL },       /* random */
        { true, 'c', 1, 9, ALL },       /* urandom */
        { true, 'c', 5, 0, ALL },       /* tty */
        { true, 'c', 5, 1, ALL },       /* console */
        { true, 'c', 5, 2, ALL },       /* ptmx */
        { true, 'c', 136, ANY, ALL },   /* pts */
};

static const struct { char letter; unsigned bit; } letters[] = { { 'r', READ }, { 'w', WRITE }, { 'm', MAKE } };

/* --- the rules ---------------------------------------------------------------------------------------------------------- */

/* -1 and absent both mean "any". */
static int read_number(const int64_t *number, const char *member, int64_t *ret, struct error *err)
{
        *ret = number && *number >= 0 ? *number : ANY;
        if (*ret <= INT32_MAX)
                return 0;
        return error_set(err, E_INVALID_PARAMETER, "linux.resources.devices: found %lld as %s, which no device has",
                         (long long)*ret, member);
}

static int read_rule(const struct spec_device_rule *rule, struct cgroup_device_rule *ret, struct error *err)
{
        int r;

        *ret = (struct cgroup_device_rule){ .allow = rule->allow, .type = rule->type && *rule->type ? *rule->type : 'a' };
        if (!strchr("abc", ret->type))
                return error_set(err, E_INVALID_PARAMETER, "linux.resources.devices: found \"%.40s\" as type; expected \"a\", \"b\" "
                                 "or \"c\"", rule->type);
        for (size_t i = 0; i < ARRAY_LENGTH(letters); i++)
                if (rule->access && strchr(rule->access, letters[i].letter))
                        ret->access |= letters[i].bit;
        if (!rule->access || !*rule->access)
                ret->access = ALL;
        r = read_number(rule->major, "major", &ret->major, err);
        return r < 0 ? r : read_number(rule->minor, "minor", &ret->minor, err);
}

int cgroup_device_rules(struct arena *arena, const struct spec_resources *resources, struct cgroup_device_rules *ret,
                        struct error *err)
{
        size_t count = resources->devices.count;
        int r = 0;

        if (count > RULES_MAX)
                return error_set(err, E_INVALID_PARAMETER, "linux.resources.devices: found %zu rules; at most %d are possible",
                                 count, RULES_MAX);
        ret->count = count + ARRAY_LENGTH(always);
        ret->items = arena_alloc_array(arena, ret->count, sizeof(*ret->items));
        if (!ret->items)
                return error_memory(err);
        for (size_t i = 0; r >= 0 && i < count; i++)
                r = read_rule(&resources->devices.items[i], &ret->items[i], err);
        memcpy(ret->items + count, always, sizeof(always));
        return r;
}

/* Only root of the machine may say which devices a group has.  In a user namespace nobody can make a node that works, so there
 * the rules are left out. */
static bool may_be_skipped(int errnum)
{
        return (errnum == EPERM || errnum == EACCES) && !system_is_first_user_namespace();
}

/* --- v1 ----------------------------------------------------------------------------------------------------------------- */

static bool covers(int64_t a, int64_t b)
{
        return a == ANY || a == b;
}

static bool is_same(const struct cgroup_device_rule *a, const struct cgroup_device_rule *b)
{
        return a->type == b->type && a->major == b->major && a->minor == b->minor;
}

static bool is_within(const struct cgroup_device_rule *inner, const struct cgroup_device_rule *outer)
{
        return inner->type == outer->type && covers(outer->major, inner->major) && covers(outer->minor, inner->minor);
}

static bool overlap(const struct cgroup_device_rule *a, const struct cgroup_device_rule *b)
{
        return a->type == b->type && (covers(a->major, b->major) || covers(b->major, a->major)) &&
               (covers(a->minor, b->minor) || covers(b->minor, a->minor)) && (a->access & b->access);
}

static void format_rule(const struct cgroup_device_rule *rule, char ret[80])
{
        char major[24] = "*", minor[24] = "*", access[4] = "", *end = access;

        if (rule->major != ANY)
                snprintf(major, sizeof(major), "%lld", (long long)rule->major);
        if (rule->minor != ANY)
                snprintf(minor, sizeof(minor), "%lld", (long long)rule->minor);
        for (size_t i = 0; i < ARRAY_LENGTH(letters); i++)
                if (rule->access & letters[i].bit)
                        *end++ = letters[i].letter;
        *end = '\0';
        snprintf(ret, 80, "%c %s:%s %s", rule->type, major, minor, access);
}

static void add_exception(struct cgroup_device_list *list, const struct cgroup_device_rule *rule)
{
        for (size_t i = 0; i < list->count; i++) {
                struct cgroup_device_rule *old = &list->items[i];

                if (is_within(rule, old) && (old->access & rule->access) == rule->access)
                        return;
                if (is_same(rule, old)) {
                        old->access |= rule->access;
                        return;
                }
        }
        list->items[list->count++] = *rule;
}

static int take_from_exceptions(struct cgroup_device_list *list, const struct cgroup_device_rule *rule, struct error *err)
{
        char ours[80], theirs[80];

        for (size_t i = 0; i < list->count; i++) {
                struct cgroup_device_rule *old = &list->items[i];

                if (!overlap(rule, old))
                        continue;
                if (!is_within(old, rule)) {
                        format_rule(rule, ours);
                        format_rule(old, theirs);
                        return error_set(err, E_NOT_SUPPORTED, "linux.resources.devices: cgroup v1 can't %s \"%s\" out of \"%s\" "
                                         "before it: name the single devices instead", rule->allow ? "allow" : "deny", ours,
                                         theirs);
                }
                old->access &= ~rule->access;
        }
        return 0;
}

static int list_rule(struct cgroup_device_list *list, struct cgroup_device_rule rule, struct error *err)
{
        if (rule.allow == list->allow)
                return take_from_exceptions(list, &rule, err);
        add_exception(list, &rule);
        return 0;
}

int cgroup_device_list(struct arena *arena, const struct cgroup_device_rules *rules, struct cgroup_device_list *ret,
                       struct error *err)
{
        size_t kept = 0;
        int r = 0;

        *ret = (struct cgroup_device_list){ .items = arena_alloc_array(arena, 2 * rules->count, sizeof(*ret->items)) };
        if (!ret->items)
                return error_memory(err);
        for (size_t i = 0; r >= 0 && i < rules->count; i++) {
                struct cgroup_device_rule rule = rules->items[i];

                if (rule.type != 'a') {
                        r = list_rule(ret, rule, err);
                } else if (rule.major == ANY && rule.minor == ANY && rule.access == ALL) {
                        ret->allow = rule.allow;
                        ret->count = 0;
                } else {                /* the kernel would take "a 1:3 r" for "everything" */
                        rule.type = 'b';
                        r = list_rule(ret, rule, err);
                        rule.type = 'c';
                        if (r >= 0)
                                r = list_rule(ret, rule, err);
                }
        }
        for (size_t i = 0; i < ret->count; i++)
                if (ret->items[i].access)
                        ret->items[kept++] = ret->items[i];
        ret->count = kept;
        return r;
}

/* One line a write: the kernel takes no more. */
static int write_lines(int dir, const char *file, const char *first, const struct cgroup_device_rule *rules, size_t count,
                       struct error *err)
{
        _cleanup_(io_closep) int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);
        char line[80];

        if (fd < 0)
                return may_be_skipped(errno) ? 0 : error_errno(err, "linux.resources.devices: opening %s", file);
        if (first && cgroup_put(fd, first) < 0)
                return may_be_skipped(errno) ? 0 : error_errno(err, "linux.resources.devices: writing \"%s\" to %s", first, file);
        for (size_t i = 0; i < count; i++) {
                format_rule(&rules[i], line);
                if (cgroup_put(fd, line) < 0 && !may_be_skipped(errno))
                        return error_errno(err, "linux.resources.devices: writing \"%s\" to %s", line, file);
        }
        return 0;
}

int cgroup_devices_apply_v1(int dir, const struct spec_resources *resources, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct cgroup_device_rules rules;
        struct cgroup_device_list list;
        int r;

        r = cgroup_device_rules(&arena, resources, &rules, err);
        if (r >= 0)
                r = cgroup_device_list(&arena, &rules, &list, err);
        if (r < 0)
                return r;
        r = write_lines(dir, list.allow ? "devices.allow" : "devices.deny", "a", NULL, 0, err);
        if (r >= 0 && list.count > 0)
                r = write_lines(dir, list.allow ? "devices.deny" : "devices.allow", NULL, list.items, list.count, err);
        return r;
}

/* --- v2: the program ---------------------------------------------------------------------------------------------------- */

/* The kernel's question, struct bpf_cgroup_dev_ctx, is read into registers.  WANTED loses each access that a rule allows. */
enum { ANSWER = BPF_REG_0, QUESTION = BPF_REG_1, HELP = BPF_REG_1, TYPE = BPF_REG_2, WANTED = BPF_REG_3, MAJOR = BPF_REG_4,
       MINOR = BPF_REG_5 };

#define INSNS_A_RULE 8
#define INSNS_AROUND 8

static void emit(struct cgroup_device_program *program, uint8_t code, unsigned dst, unsigned src, int16_t off, int64_t imm)
{
        program->code[program->count++] = (struct bpf_insn){ .code = code, .dst_reg = dst & 15u, .src_reg = src & 15u,
                                                              .off = off, .imm = (int32_t)imm };
}

static void emit_answer(struct cgroup_device_program *program, bool allow)
{
        emit(program, BPF_ALU64 | BPF_MOV | BPF_K, ANSWER, 0, 0, allow);
        emit(program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* The jumps of a rule that does not apply go to the next rule; how far that is, is known when this one is complete. */
static void emit_rule(struct cgroup_device_program *program, const struct cgroup_device_rule *rule)
{
        size_t jumps[4], count = 0;

        if (rule->type != 'a') {
                jumps[count++] = program->count;
                emit(program, BPF_JMP | BPF_JNE | BPF_K, TYPE, 0, 0, rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
        }
        if (rule->major != ANY) {
                jumps[count++] = program->count;
                emit(program, BPF_JMP | BPF_JNE | BPF_K, MAJOR, 0, 0, rule->major);
        }
        if (rule->minor != ANY) {
                jumps[count++] = program->count;
                emit(program, BPF_JMP | BPF_JNE | BPF_K, MINOR, 0, 0, rule->minor);
        }
        if (rule->allow) {              /* the rest that is wanted may be allowed by a rule before */
                emit(program, BPF_ALU64 | BPF_AND | BPF_K, WANTED, 0, 0, ALL & ~rule->access);
                jumps[count++] = program->count;
                emit(program, BPF_JMP | BPF_JNE | BPF_K, WANTED, 0, 0, 0);
        } else {
                emit(program, BPF_ALU64 | BPF_MOV | BPF_X, HELP, WANTED, 0, 0);
                emit(program, BPF_ALU64 | BPF_AND | BPF_K, HELP, 0, 0, rule->access);
                jumps[count++] = program->count;
                emit(program, BPF_JMP | BPF_JEQ | BPF_K, HELP, 0, 0, 0);
        }
        emit_answer(program, rule->allow);
        for (size_t i = 0; i < count; i++)
                program->code[jumps[i]].off = (int16_t)(program->count - jumps[i] - 1);
}

int cgroup_device_program(struct arena *arena, const struct cgroup_device_rules *rules, struct cgroup_device_program *ret,
                          struct error *err)
{
        *ret = (struct cgroup_device_program){
                .code = arena_alloc_array(arena, rules->count * INSNS_A_RULE + INSNS_AROUND, sizeof(*ret->code)),
        };
        if (!ret->code)
                return error_memory(err);
        emit(ret, BPF_LDX | BPF_MEM | BPF_W, TYPE, QUESTION, 0, 0);             /* access_type: the type is its lower half */
        emit(ret, BPF_ALU64 | BPF_MOV | BPF_X, WANTED, TYPE, 0, 0);
        emit(ret, BPF_ALU64 | BPF_AND | BPF_K, TYPE, 0, 0, 0xffff);
        emit(ret, BPF_ALU64 | BPF_RSH | BPF_K, WANTED, 0, 0, 16);
        emit(ret, BPF_LDX | BPF_MEM | BPF_W, MAJOR, QUESTION, 4, 0);
        emit(ret, BPF_LDX | BPF_MEM | BPF_W, MINOR, QUESTION, 8, 0);
        for (size_t i = rules->count; i > 0; i--)                       /* the last that matches is asked first */
                emit_rule(ret, &rules->items[i - 1]);
        emit_answer(ret, false);
        return 0;
}

/* Before Linux 5.11 programs count as locked memory of the user, for root too: some sixteen of them fill the usual limit. */
static int load_with_room(union bpf_attr *load)
{
        const struct rlimit boundless = { RLIM_INFINITY, RLIM_INFINITY };
        struct rlimit old;
        int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, load, sizeof(*load)), kept = errno;

        if (fd >= 0 || kept != EPERM || getrlimit(RLIMIT_MEMLOCK, &old) < 0 || old.rlim_cur == RLIM_INFINITY ||
            setrlimit(RLIMIT_MEMLOCK, &boundless) < 0) {
                errno = kept;
                return fd;
        }
        fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, load, sizeof(*load));
        kept = errno;
        (void)setrlimit(RLIMIT_MEMLOCK, &old);
        errno = kept;
        return fd;
}

static int load(const struct cgroup_device_program *program)
{
        union bpf_attr load = {
                .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                .insns = (uint64_t)(uintptr_t)program->code,
                .insn_cnt = (uint32_t)program->count,
                .license = (uint64_t)(uintptr_t)"MIT",
        };

        return load_with_room(&load);
}

#define PROGRAMS_MAX 64                 /* the kernel's own limit for one place */

/* The programs that a group has; all of them must allow what is asked. */
static int find_programs(int dir, uint32_t ids[PROGRAMS_MAX], uint32_t *ret_count, struct error *err)
{
        union bpf_attr query = { .query = { .target_fd = (uint32_t)dir, .attach_type = BPF_CGROUP_DEVICE,
                                            .prog_ids = (uint64_t)(uintptr_t)ids, .prog_cnt = PROGRAMS_MAX } };

        *ret_count = 0;
        if (syscall(SYS_bpf, BPF_PROG_QUERY, &query, sizeof(query)) < 0)
                return error_errno(err, "linux.resources.devices: asking for the BPF programs of the group");
        *ret_count = query.query.prog_cnt;
        return 0;
}

static int detach_program(int dir, uint32_t id, struct error *err)
{
        union bpf_attr find = { .prog_id = id }, detach = { 0 };
        _cleanup_(io_closep) int fd = (int)syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &find, sizeof(find));

        detach.target_fd = (uint32_t)dir;
        detach.attach_bpf_fd = (uint32_t)fd;
        detach.attach_type = BPF_CGROUP_DEVICE;
        if (fd < 0 || syscall(SYS_bpf, BPF_PROG_DETACH, &detach, sizeof(detach)) < 0)
                return error_errno(err, "linux.resources.devices: taking the old BPF program away");
        return 0;
}

/* The new rules join the old ones for a moment, so nothing is allowed in between that neither allows. */
int cgroup_devices_replace_v2(int dir, const struct spec_resources *resources, struct error *err)
{
        uint32_t old[PROGRAMS_MAX], count;
        int r = find_programs(dir, old, &count, err);

        if (r >= 0)
                r = cgroup_devices_apply_v2(dir, resources, err);
        for (uint32_t i = 0; r >= 0 && i < count; i++)
                r = detach_program(dir, old[i], err);
        return r;
}

int cgroup_devices_apply_v2(int dir, const struct spec_resources *resources, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(io_closep) int fd = -1;
        struct cgroup_device_program program;
        struct cgroup_device_rules rules;
        union bpf_attr attach = { 0 };
        int r;

        r = cgroup_device_rules(&arena, resources, &rules, err);
        if (r >= 0)
                r = cgroup_device_program(&arena, &rules, &program, err);
        if (r < 0)
                return r;
        fd = load(&program);
        if (fd < 0)
                return may_be_skipped(errno) ? 0 : error_errno(err, "linux.resources.devices: loading the BPF program (needs "
                                                               "CONFIG_CGROUP_BPF and CAP_BPF)");
        attach.target_fd = (uint32_t)dir;
        attach.attach_bpf_fd = (uint32_t)fd;
        attach.attach_type = BPF_CGROUP_DEVICE;
        attach.attach_flags = BPF_F_ALLOW_MULTI;
        if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)) < 0 && !may_be_skipped(errno))
                return error_errno(err, "linux.resources.devices: attaching the BPF program");
        return 0;
}
