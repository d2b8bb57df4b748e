/* cgroup v2 where the kernel has none: limits go to a fake tree of plain files. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
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
