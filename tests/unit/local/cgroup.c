/* cgroup v2 where the kernel has none: limits go to a fake tree of plain files, and the device program is run by a small
 * interpreter that knows the instructions it is made of. */
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

/* --- a tree --------------------------------------------------------------------------------------------------------------- */

static char top[64];

static void make_tree(void)
{
        static const char *const files[] = { "memory.max", "memory.swap.max", "memory.low", "cpu.weight", "cpu.max", "cpuset.cpus",
                                             "pids.max", "cgroup.procs", "cgroup.subtree_control" };
        char path[160];

        strcpy(top, "/tmp/hcs-cgroup.XXXXXX");
        cr_assert(mkdtemp(top) != NULL);
        snprintf(path, sizeof(path), "%s/hcs-sandbox", top);
        mkdir(path, 0755);
        snprintf(path, sizeof(path), "%s/hcs-sandbox/one", top);
        mkdir(path, 0755);
        for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
                snprintf(path, sizeof(path), "%s/hcs-sandbox/one/%s", top, files[i]);
                close(open(path, O_CREAT | O_WRONLY, 0644));
        }
        snprintf(path, sizeof(path), "%s/cgroup.subtree_control", top);
        close(open(path, O_CREAT | O_WRONLY, 0644));
        snprintf(path, sizeof(path), "%s/hcs-sandbox/cgroup.subtree_control", top);
        close(open(path, O_CREAT | O_WRONLY, 0644));
}

static void remove_tree(void)
{
        char line[128];

        snprintf(line, sizeof(line), "rm -rf %s", top);
        (void)!system(line);
}

static const char *value_of(const char *file)
{
        static char value[128];
        char path[160];
        ssize_t n;
        int fd;

        snprintf(path, sizeof(path), "%s/hcs-sandbox/one/%s", top, file);
        fd = open(path, O_RDONLY);
        n = read(fd, value, sizeof(value) - 1);
        value[n > 0 ? n : 0] = '\0';
        close(fd);
        return value;
}

TestSuite(cgroup_v2, .init = make_tree, .fini = remove_tree);

#define expect_value(file, wanted) cr_expect(eq(str, (char *)value_of(file), (char *)wanted), "%s", file)

Test(cgroup_v2, limits_are_converted_to_its_units)
{
        const int64_t limit = 1000, swap = 1500, low = 500, quota = 20000, pids = -1;
        const uint64_t shares = 1024, period = 50000;
        const struct spec_memory memory = { .limit = &limit, .swap = &swap, .reservation = &low };
        const struct spec_cpu cpu = { .shares = &shares, .quota = &quota, .period = &period, .cpus = "0-1" };
        const struct spec_pids most = { .limit = &pids };
        const struct spec_resources resources = { .memory = &memory, .cpu = &cpu, .pids = &most };
        const struct cgroup_tree tree = { .version = CGROUP_V2, .unified = top };
        struct cgroup group;
        struct error err = { 0 };

        cgroup_open(&tree, "/hcs-sandbox/one", &group);
        cr_assert(eq(int, cgroup_make(&group, &resources, false, &err), 0), "%s", err.text);
        expect_value("memory.max", "1000");
        expect_value("memory.swap.max", "500");
        expect_value("memory.low", "500");
        expect_value("cpu.weight", "39");
        expect_value("cpu.max", "20000 50000");
        expect_value("cpuset.cpus", "0-1");
        expect_value("pids.max", "max");
}

Test(cgroup_v2, a_limit_without_its_file_is_refused_by_name)
{
        const int64_t idle = 1;
        const struct spec_cpu cpu = { .idle = &idle };
        const struct spec_resources resources = { .cpu = &cpu };
        const struct cgroup_tree tree = { .version = CGROUP_V2, .unified = top };
        struct cgroup group;
        struct error err = { 0 };

        cgroup_open(&tree, "/hcs-sandbox/one", &group);
        cr_expect(lt(int, cgroup_make(&group, &resources, false, &err), 0));
        cr_expect(strstr(err.text, "cpu.idle") != NULL, "%s", err.text);
}

/* --- devices -------------------------------------------------------------------------------------------------------------- */

/* What the program answers for a device.  Knows what cgroup-devices.c emits, and no more. */
static int ask(const struct bpf_insn *code, int count, uint32_t type, uint32_t access, uint32_t major, uint32_t minor)
{
        const uint32_t context[3] = { type | access << 16, major, minor };
        uint64_t r[11] = { 0 };

        for (int at = 0; at < count; at++) {
                const struct bpf_insn *i = &code[at];
                uint64_t right = (i->code & BPF_X) == BPF_X ? r[i->src_reg] : (uint64_t)(int64_t)i->imm;

                switch (i->code) {
                case BPF_LDX | BPF_MEM | BPF_W: r[i->dst_reg] = context[i->off / 4]; break;
                case BPF_ALU64 | BPF_MOV | BPF_X:
                case BPF_ALU64 | BPF_MOV | BPF_K: r[i->dst_reg] = right; break;
                case BPF_ALU | BPF_AND | BPF_K: r[i->dst_reg] = (uint32_t)r[i->dst_reg] & (uint32_t)right; break;
                case BPF_ALU | BPF_RSH | BPF_K: r[i->dst_reg] = (uint32_t)r[i->dst_reg] >> right; break;
                case BPF_JMP | BPF_JNE | BPF_K: at += r[i->dst_reg] != right ? i->off : 0; break;
                case BPF_JMP | BPF_JEQ | BPF_K: at += r[i->dst_reg] == right ? i->off : 0; break;
                case BPF_JMP | BPF_EXIT: return (int)r[0];
                default: cr_fatal("instruction %02x", i->code);
                }
        }
        cr_fatal("it runs past its end");
        return -1;
}

#define CHAR BPF_DEVCG_DEV_CHAR
#define BLOCK BPF_DEVCG_DEV_BLOCK
#define READ BPF_DEVCG_ACC_READ
#define WRITE BPF_DEVCG_ACC_WRITE
#define MKNOD BPF_DEVCG_ACC_MKNOD

Test(cgroup_devices, the_last_rule_that_matches_wins)
{
        static const int64_t eight = 8, one = 1;
        struct spec_device_rule own[] = {
                { .allow = true, .type = "b", .major = &eight, .access = "r" },
                { .allow = false, .type = "b", .major = &eight, .minor = &one, .access = "r" },
        };
        const struct spec_resources resources = { .devices = { own, ARRAY_LENGTH(own) } };
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct cgroup_device_rules rules;
        struct bpf_insn code[512];
        struct error err = { 0 };
        int count;

        cr_assert(eq(int, cgroup_device_rules(&arena, &resources, &rules, &err), 0));
        count = cgroup_devices_program(&rules, code, ARRAY_LENGTH(code), &err);
        cr_assert(gt(int, count, 0), "%s", err.text);

        cr_expect(eq(int, ask(code, count, CHAR, READ | WRITE, 1, 3), 1), "the null device");
        cr_expect(eq(int, ask(code, count, CHAR, READ | WRITE, 136, 5), 1), "a terminal");
        cr_expect(eq(int, ask(code, count, CHAR, READ, 1, 1), 0), "memory");
        cr_expect(eq(int, ask(code, count, CHAR, MKNOD, 1, 1), 1), "a node may be made of anything");
        cr_expect(eq(int, ask(code, count, BLOCK, READ, 8, 0), 1), "the disk may be read");
        cr_expect(eq(int, ask(code, count, BLOCK, WRITE, 8, 0), 0), "and not written");
        cr_expect(eq(int, ask(code, count, BLOCK, READ | WRITE, 8, 0), 0), "nor both");
        cr_expect(eq(int, ask(code, count, BLOCK, READ, 8, 1), 0), "and its first part not at all");
        cr_expect(eq(int, ask(code, count, BLOCK, READ, 9, 0), 0), "another disk neither");
}
