/* Trees of cgroups where the kernel has the other kind, or none: plain files.  A file there takes whatever is written, from its
 * beginning, and keeps it; a directory that is made stays empty. */
#ifndef TESTS_UNIT_LOCAL_TREE_H
#define TESTS_UNIT_LOCAL_TREE_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/local/cgroup-kinds.h"

#define NOBODY 65534
#define GROUP "/hcs-sandbox/one"

/* --- a tree --------------------------------------------------------------------------------------------------------------- */

static char top[64];
static struct arena arena;

static _unused_ void make_tree(void)
{
        strcpy(top, "/tmp/hcs-cgroup.XXXXXX");
        cr_assert(mkdtemp(top) != NULL);
}

static _unused_ void remove_tree(void)
{
        char line[160];

        (void)!seteuid(0);
        snprintf(line, sizeof(line), "chmod -R u+w %s && rm -rf %s", top, top);
        (void)!system(line);
        arena_done(&arena);
}

static _unused_ const char *at(const char *group, const char *file)
{
        static char path[4][300];
        static int next;
        char *ret = path[next++ % 4];

        snprintf(ret, sizeof(path[0]), "%s%s%s%s", top, group, *file ? "/" : "", file);
        return ret;
}

/* Everybody's, or whoever runs the tests': what is to be refused is taken away by its mode. */
static _unused_ void put(const char *group, const char *file, const char *content)
{
        int fd = open(at(group, file), O_CREAT | O_WRONLY | O_TRUNC, 0644);

        cr_assert(fd >= 0, "%s/%s", group, file);
        (void)!write(fd, content, strlen(content));
        if (geteuid() == 0)
                (void)!fchown(fd, NOBODY, NOBODY);
        close(fd);
}

/* A group with those above it, each with what a v2 group has. */
static _unused_ void make_group(const char *group, const char *controllers, const char *given)
{
        char path[200];

        for (size_t i = 0; i <= strlen(group); i++) {
                if (group[i] && group[i] != '/')
                        continue;
                snprintf(path, sizeof(path), "%.*s", (int)i, group);
                if (mkdir(at(path, ""), 0755) < 0 && errno != EEXIST)
                        cr_fatal("%s", path);
                if (geteuid() == 0)
                        (void)!chown(at(path, ""), NOBODY, NOBODY);
                if (access(at(path, "cgroup.procs"), F_OK) == 0)
                        continue;
                put(path, "cgroup.procs", "");
                put(path, "cgroup.controllers", controllers);
                put(path, "cgroup.subtree_control", group[i] ? given : "");
        }
}

static _unused_ void put_files(const char *group, const char *names)
{
        char copy[512], *rest = copy;

        snprintf(copy, sizeof(copy), "%s", names);
        for (char *name; (name = strsep(&rest, " "));)
                put(group, name, "");
}

static _unused_ const char *value_of(const char *group, const char *file)
{
        static char value[4][128];
        static int next;
        char *ret = value[next++ % 4];
        int fd = open(at(group, file), O_RDONLY);
        ssize_t n = read(fd, ret, sizeof(value[0]) - 1);

        ret[n > 0 ? n : 0] = '\0';
        close(fd);
        return ret;
}

#define expect_value(group, file, wanted) cr_expect(eq(str, (char *)value_of(group, file), (char *)wanted), "%s/%s", group, file)

static _unused_ void deny(const char *group, const char *file)
{
        struct stat there;

        cr_assert(eq(int, stat(at(group, file), &there), 0));
        cr_assert(eq(int, chmod(at(group, file), there.st_mode & 0555), 0));
}

/* Root is denied nothing. */
static _unused_ void become_somebody(void)
{
        if (geteuid() == 0)
                cr_assert(eq(int, seteuid(NOBODY), 0));
}

static _unused_ int make_v2(const char *path, const struct spec_resources *resources, struct error *err)
{
        const struct cgroup_tree tree = { .version = CGROUP_V2, .unified = top };
        struct cgroup group;

        cgroup_open(&tree, path, &group);
        return cgroup_make(&group, resources, false, err);
}

#define ALL_CONTROLLERS "cpuset cpu io memory hugetlb pids rdma misc\n"
#define LIMIT_FILES "memory.max memory.swap.max memory.low memory.high cpu.weight cpu.max cpu.max.burst cpu.idle cpuset.cpus cpuset.mems pids.max " \
                    "io.weight io.max hugetlb.2MB.max hugetlb.2MB.rsvd.max hugetlb.1GB.max rdma.max"

static _unused_ void make_usual(void)
{
        make_group(GROUP, ALL_CONTROLLERS, "");
        put_files(GROUP, LIMIT_FILES);
}

#define NUMBER(value) (&(const int64_t){ value })
#define AMOUNT(value) (&(const uint64_t){ value })

/* A hierarchy for each of the usual controllers, in which the group is already. */
static _unused_ struct cgroup_tree make_v1(void)
{
        static const struct { int controller; const char *name, *files; } hierarchies[] = {
                { CGROUP_MEMORY, "/memory", "memory.limit_in_bytes memory.memsw.limit_in_bytes memory.soft_limit_in_bytes "
                                            "memory.kmem.tcp.limit_in_bytes memory.swappiness memory.oom_control" },
                { CGROUP_PIDS, "/pids", "pids.max" },
                { CGROUP_CPU, "/cpu", "cpu.shares cpu.cfs_period_us cpu.cfs_quota_us cpu.cfs_burst_us cpu.rt_period_us cpu.rt_runtime_us cpu.idle" },
                { CGROUP_CPUSET, "/cpuset", "cpuset.cpus cpuset.mems" }, { CGROUP_FREEZER, "/freezer", "freezer.state" },
                { CGROUP_BLKIO, "/blkio", "blkio.weight blkio.leaf_weight blkio.weight_device blkio.leaf_weight_device "
                                          "blkio.throttle.read_bps_device blkio.throttle.write_bps_device "
                                          "blkio.throttle.read_iops_device blkio.throttle.write_iops_device" },
                { CGROUP_HUGETLB, "/hugetlb", "hugetlb.2MB.limit_in_bytes hugetlb.2MB.rsvd.limit_in_bytes hugetlb.1GB.limit_in_bytes" },
                { CGROUP_RDMA, "/rdma", "rdma.max" }, { CGROUP_NET_CLS, "/net_cls", "net_cls.classid" },
                { CGROUP_NET_PRIO, "/net_prio", "net_prio.ifpriomap" },
        };
        struct cgroup_tree tree = { .version = CGROUP_V1 };

        for (size_t i = 0; i < ARRAY_LENGTH(hierarchies); i++) {
                char group[100];

                snprintf(group, sizeof(group), "%s" GROUP, hierarchies[i].name);
                make_group(group, "", "");
                put_files(group, hierarchies[i].files);
                tree.mount[hierarchies[i].controller] = arena_copy(&arena, at(hierarchies[i].name, ""));
        }
        return tree;
}

#endif
