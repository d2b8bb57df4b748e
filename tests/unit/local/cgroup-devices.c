/* The device rules without a kernel: v2's program is run by a small interpreter, v1's list is looked up as the kernel does it,
 * and both are compared with what OCI says the rules mean. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/local/cgroup-kinds.h"

#define CHAR BPF_DEVCG_DEV_CHAR
#define BLOCK BPF_DEVCG_DEV_BLOCK
#define READ BPF_DEVCG_ACC_READ
#define WRITE BPF_DEVCG_ACC_WRITE
#define MAKE BPF_DEVCG_ACC_MKNOD
#define ALL (READ | WRITE | MAKE)

struct question { unsigned type, access; int64_t major, minor; };

/* --- three answers -------------------------------------------------------------------------------------------------------- */

static bool fits(const struct cgroup_device_rule *rule, const struct question *question)
{
        return (rule->type == 'a' || rule->type == (question->type == BLOCK ? 'b' : 'c')) &&
               (rule->major < 0 || rule->major == question->major) && (rule->minor < 0 || rule->minor == question->minor);
}

/* OCI: for each access that is wanted, the last rule that speaks of it. */
static bool meant(const struct cgroup_device_rules *rules, const struct question *question)
{
        for (unsigned bit = 1; bit <= ALL; bit <<= 1) {
                bool allowed = false;

                for (size_t i = 0; i < rules->count; i++)
                        if (fits(&rules->items[i], question) && rules->items[i].access & bit)
                                allowed = rules->items[i].allow;
                if (question->access & bit && !allowed)
                        return false;
        }
        return true;
}

/* What the kernel does with v1's list: an exception allows what it covers wholly, and denies what it touches. */
static bool listed(const struct cgroup_device_list *list, const struct question *question)
{
        for (size_t i = 0; i < list->count; i++) {
                unsigned both = list->items[i].access & question->access;

                if (fits(&list->items[i], question) && (list->allow ? both != 0 : both == question->access))
                        return !list->allow;
        }
        return list->allow;
}

/* Runs the program; knows what cgroup-devices.c emits, and no more.  A wrong program ends the test. */
static bool run(const struct cgroup_device_program *program, const struct question *question)
{
        const uint32_t context[3] = { question->type | question->access << 16, (uint32_t)question->major, (uint32_t)question->minor };
        uint64_t r[11] = { 0 };

        for (size_t at = 0; at < program->count; at++) {
                const struct bpf_insn *i = &program->code[at];
                uint64_t right = BPF_SRC(i->code) == BPF_X ? r[i->src_reg] : (uint64_t)(int64_t)i->imm;

                cr_assert(i->off >= 0, "no loop");
                switch (i->code) {
                case BPF_LDX | BPF_MEM | BPF_W: r[i->dst_reg] = context[i->off / 4]; break;
                case BPF_ALU64 | BPF_MOV | BPF_X:
                case BPF_ALU64 | BPF_MOV | BPF_K: r[i->dst_reg] = right; break;
                case BPF_ALU64 | BPF_AND | BPF_K: r[i->dst_reg] &= right; break;
                case BPF_ALU64 | BPF_RSH | BPF_K: r[i->dst_reg] >>= right; break;
                case BPF_JMP | BPF_JNE | BPF_K: at += r[i->dst_reg] != right ? (size_t)i->off : 0; break;
                case BPF_JMP | BPF_JEQ | BPF_K: at += r[i->dst_reg] == right ? (size_t)i->off : 0; break;
                case BPF_JMP | BPF_EXIT: return r[0] != 0;
                default: cr_fatal("instruction %02x", i->code);
                }
        }
        cr_fatal("the program runs past its end");
        return false;
}

/* --- rules as a configuration writes them --------------------------------------------------------------------------------- */

#define NUMBER(n) (const int64_t[]){ n }
#define RESOURCES(...) { .devices = { .items = (struct spec_device_rule[]){ __VA_ARGS__ }, \
                                      .count = sizeof((struct spec_device_rule[]){ __VA_ARGS__ }) / sizeof(struct spec_device_rule) } }

struct made {
        struct arena arena;
        struct cgroup_device_rules rules;
        struct cgroup_device_program program;
        struct cgroup_device_list list;
        int list_result;
        struct error err;
};

static void make(struct made *made, const struct spec_resources *resources)
{
        *made = (struct made){ 0 };
        cr_assert(eq(int, cgroup_device_rules(&made->arena, resources, &made->rules, &made->err), 0), "%s", made->err.text);
        cr_assert(eq(int, cgroup_device_program(&made->arena, &made->rules, &made->program, &made->err), 0), "%s", made->err.text);
        made->list_result = cgroup_device_list(&made->arena, &made->rules, &made->list, &made->err);
}

static void made_done(struct made *made)
{
        arena_done(&made->arena);
}

static void expect_answer(const struct made *made, bool wanted, unsigned type, unsigned access, int64_t major, int64_t minor,
                          const char *what)
{
        const struct question question = { type, access, major, minor };

        cr_expect(eq(int, meant(&made->rules, &question), wanted), "%s: what the test thinks OCI means", what);
        cr_expect(eq(int, run(&made->program, &question), wanted), "%s: v2", what);
        if (made->list_result == 0)
                cr_expect(eq(int, listed(&made->list, &question), wanted), "%s: v1", what);
}

Test(cgroup_devices, without_rules_only_the_usual_ones_are_there)
{
        const struct spec_resources none = { 0 };
        _cleanup_(made_done) struct made made;

        make(&made, &none);
        cr_assert(eq(int, made.list_result, 0));
        expect_answer(&made, true, CHAR, READ | WRITE, 1, 3, "null");
        expect_answer(&made, true, CHAR, READ, 1, 9, "urandom");
        expect_answer(&made, true, CHAR, READ | WRITE, 136, 5, "a terminal");
        expect_answer(&made, true, CHAR, READ | WRITE, 5, 2, "ptmx");
        expect_answer(&made, true, CHAR, MAKE, 10, 200, "a node may be made of anything");
        expect_answer(&made, true, BLOCK, MAKE, 8, 0, "of a disk too");
        expect_answer(&made, false, CHAR, READ, 1, 1, "the machine's memory");
        expect_answer(&made, false, BLOCK, READ, 8, 0, "a disk");
        expect_answer(&made, false, BLOCK, READ, 1, 3, "a block device with the numbers of null");
        expect_answer(&made, false, CHAR, READ | MAKE, 10, 229, "making and reading");
}

Test(cgroup_devices, the_last_rule_that_matches_wins)
{
        const struct spec_resources resources = RESOURCES(
                { .allow = true, .type = "b", .major = NUMBER(8), .minor = NUMBER(1), .access = "rw" },
                { .allow = true, .type = "b", .major = NUMBER(8), .minor = NUMBER(2), .access = "rwm" },
                { .allow = false, .type = "b", .major = NUMBER(8), .minor = NUMBER(1), .access = "w" },
                { .allow = false, .type = "b", .major = NUMBER(8), .minor = NUMBER(2), .access = "rwm" });
        _cleanup_(made_done) struct made made;

        make(&made, &resources);
        cr_assert(eq(int, made.list_result, 0), "%s", made.err.text);
        expect_answer(&made, true, BLOCK, READ, 8, 1, "may still be read");
        expect_answer(&made, false, BLOCK, WRITE, 8, 1, "and not be written");
        expect_answer(&made, false, BLOCK, READ | WRITE, 8, 1, "nor both");
        expect_answer(&made, false, BLOCK, READ, 8, 2, "was taken back wholly");
}

Test(cgroup_devices, two_rules_together_allow_what_each_allows_half)
{
        const struct spec_resources resources = RESOURCES(
                { .allow = true, .type = "c", .major = NUMBER(10), .minor = NUMBER(229), .access = "r" },
                { .allow = true, .type = "c", .major = NUMBER(10), .minor = NUMBER(229), .access = "w" });
        _cleanup_(made_done) struct made made;

        make(&made, &resources);
        expect_answer(&made, true, CHAR, READ | WRITE, 10, 229, "fuse");
}

Test(cgroup_devices, everything_allowed_and_something_denied)
{
        const struct spec_resources resources = RESOURCES(
                { .allow = true, .access = "rwm" },
                { .allow = false, .type = "b", .major = NUMBER(8), .access = "rw" });
        _cleanup_(made_done) struct made made;

        make(&made, &resources);
        cr_assert(eq(int, made.list_result, 0), "%s", made.err.text);
        cr_expect(eq(int, made.list.allow, true));
        expect_answer(&made, true, BLOCK, READ, 9, 1, "another disk");
        expect_answer(&made, false, BLOCK, READ, 8, 1, "that disk");
        expect_answer(&made, true, BLOCK, MAKE, 8, 1, "a node of it");
}

/* v1's files take "a 1:3 rwm" for "everything". */
Test(cgroup_devices, a_rule_for_both_types_of_one_number_is_not_a_rule_for_everything)
{
        const struct spec_resources resources = RESOURCES(
                { .allow = true, .type = "a", .major = NUMBER(10), .minor = NUMBER(229), .access = "rwm" },
                { .allow = true, .major = NUMBER(11), .access = "r" },
                { .allow = true, .type = "a", .access = "m" });
        _cleanup_(made_done) struct made made;

        make(&made, &resources);
        cr_assert(eq(int, made.list_result, 0));
        cr_expect(eq(int, made.list.allow, false));
        for (size_t i = 0; i < made.list.count; i++)
                cr_expect(ne(chr, made.list.items[i].type, 'a'));
        expect_answer(&made, true, CHAR, READ, 10, 229, "the character device");
        expect_answer(&made, true, BLOCK, READ, 10, 229, "the block device");
        expect_answer(&made, true, BLOCK, READ, 11, 7, "of any minor");
        expect_answer(&made, false, CHAR, READ, 10, 230, "another");
}

Test(cgroup_devices, an_exception_from_an_exception_is_refused_on_v1_and_right_on_v2)
{
        const struct spec_resources resources = RESOURCES(
                { .allow = true, .type = "b", .major = NUMBER(8), .access = "rwm" },
                { .allow = false, .type = "b", .major = NUMBER(8), .minor = NUMBER(1), .access = "rw" });
        _cleanup_(made_done) struct made made;

        make(&made, &resources);
        cr_expect(eq(int, made.list_result, E_NOT_SUPPORTED));
        cr_expect(strstr(made.err.text, "b 8:1 rw") && strstr(made.err.text, "b 8:* rwm"), "%s", made.err.text);
        expect_answer(&made, true, BLOCK, READ, 8, 0, "the disk");
        expect_answer(&made, false, BLOCK, READ, 8, 1, "its first part");
        expect_answer(&made, true, BLOCK, MAKE, 8, 1, "a node of that");
}

Test(cgroup_devices, minus_one_and_nothing_are_any)
{
        const struct spec_resources resources = RESOURCES(
                { .allow = true, .type = "c", .major = NUMBER(10), .minor = NUMBER(-1) });
        _cleanup_(made_done) struct made made;

        make(&made, &resources);
        expect_answer(&made, true, CHAR, ALL, 10, 77, "any minor, any access");
}

Test(cgroup_devices, what_no_device_can_have_is_refused)
{
        const struct { struct spec_resources resources; const char *words; } rows[] = {
                { RESOURCES({ .allow = true, .type = "c", .major = NUMBER(INT64_C(1) << 32) }), "major" },
                { RESOURCES({ .allow = true, .type = "c", .major = NUMBER(1), .minor = NUMBER(INT64_MAX) }), "minor" },
                { RESOURCES({ .allow = true, .type = "x" }), "type" },
                { { .devices = { .items = NULL, .count = 513 } }, "at most 512" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
                _cleanup_(arena_done) struct arena arena = { 0 };
                struct cgroup_device_rules rules;
                struct error err = { 0 };

                cr_expect(eq(int, cgroup_device_rules(&arena, &rows[i].resources, &rules, &err), E_INVALID_PARAMETER));
                cr_expect(strstr(err.text, rows[i].words) != NULL, "%s", err.text);
        }
}

/* --- rules by chance ------------------------------------------------------------------------------------------------------ */

static struct spec_device_rule some_rule(int64_t numbers[2])
{
        static const char *const types[] = { "a", "b", "c", NULL };
        static const char *const accesses[] = { "r", "w", "m", "rw", "rm", "wm", "rwm", "" };
        struct spec_device_rule rule = { .allow = rand() % 2, .type = types[rand() % 4], .access = accesses[rand() % 8] };

        numbers[0] = rand() % 3 - 1;
        numbers[1] = rand() % 3 - 1;
        if (rand() % 4)
                rule.major = &numbers[0];
        if (rand() % 4)
                rule.minor = &numbers[1];
        return rule;
}

static void compare_all(const struct made *made)
{
        for (unsigned n = 0; n < 2 * 8 * 3 * 3; n++) {
                const struct question question = { n % 2 ? BLOCK : CHAR, n / 2 % 8, n / 16 % 3, n / 48 };
                bool wanted = meant(&made->rules, &question), single = !(question.access & (question.access - 1));

                cr_assert(eq(int, run(&made->program, &question), wanted), "v2 and OCI differ in question %u", n);
                if (made->list_result < 0 || question.access == 0)
                        continue;
                cr_assert(wanted || !listed(&made->list, &question), "v1 allows more than OCI in question %u", n);
                if (single)     /* v1 wants one exception that covers all, and so may allow less of two at once */
                        cr_assert(eq(int, listed(&made->list, &question), wanted), "v1 and OCI differ in question %u", n);
        }
}

Test(cgroup_devices, any_rules_mean_on_both_versions_what_oci_says)
{
        unsigned on_v1 = 0;

        srand(20261126);
        for (int round = 0; round < 5000; round++) {
                struct spec_device_rule items[6];
                int64_t numbers[6][2];
                struct spec_resources resources = { .devices = { .items = items, .count = rand() % 7 } };
                struct made made;

                for (size_t i = 0; i < resources.devices.count; i++)
                        items[i] = some_rule(numbers[i]);
                make(&made, &resources);
                compare_all(&made);
                on_v1 += made.list_result == 0;
                made_done(&made);
        }
        cr_expect(gt(uint, on_v1, 1500), "v1 took %u of 5000 only", on_v1);
}

/* --- v1's files ----------------------------------------------------------------------------------------------------------- */

static char place[64];

static void make_files(void)
{
        char path[96];

        strcpy(place, "/tmp/hcs-devices.XXXXXX");
        cr_assert(mkdtemp(place) != NULL);
        snprintf(path, sizeof(path), "%s/devices.allow", place);
        close(open(path, O_CREAT | O_WRONLY, 0644));
        snprintf(path, sizeof(path), "%s/devices.deny", place);
        close(open(path, O_CREAT | O_WRONLY, 0644));
}

static void remove_files(void)
{
        char line[96];

        snprintf(line, sizeof(line), "rm -rf %s", place);
        (void)!system(line);
}

static void read_place(const char *name, char ret[1024])
{
        char path[96];
        ssize_t n;
        int fd;

        snprintf(path, sizeof(path), "%s/%s", place, name);
        fd = open(path, O_RDONLY);
        n = read(fd, ret, 1023);
        ret[n > 0 ? n : 0] = '\0';
        close(fd);
}

/* Plain files put one write behind the other. */
Test(cgroup_devices, v1_denies_all_first_and_says_each_exception_once, .init = make_files, .fini = remove_files)
{
        const struct spec_resources resources = RESOURCES(
                { .allow = false, .access = "rwm" },
                { .allow = true, .type = "c", .major = NUMBER(1), .minor = NUMBER(3), .access = "rw" },
                { .allow = true, .type = "c", .major = NUMBER(10), .minor = NUMBER(229), .access = "rw" });
        char allow[1024], deny[1024];
        struct error err = { 0 };
        int dir = open(place, O_PATH | O_DIRECTORY);

        cr_assert(eq(int, cgroup_devices_apply_v1(dir, &resources, &err), 0), "%s", err.text);
        close(dir);
        read_place("devices.allow", allow);
        read_place("devices.deny", deny);
        cr_expect(eq(str, deny, "a"));
        cr_expect(eq(str, allow, "c 1:3 rwmc 10:229 rwc *:* mb *:* mc 1:5 rwmc 1:7 rwmc 1:8 rwmc 1:9 rwmc 5:0 rwmc 5:1 rwmc 5:2 rwm"
                                 "c 136:* rwm"));
}

Test(cgroup_devices, v1_without_its_files_is_an_error)
{
        const struct spec_resources none = { 0 };
        struct error err = { 0 };
        int dir = open("/", O_PATH | O_DIRECTORY);

        cr_expect(lt(int, cgroup_devices_apply_v1(dir, &none, &err), 0));
        cr_expect(strstr(err.text, "devices.deny") != NULL, "%s", err.text);
        close(dir);
}
