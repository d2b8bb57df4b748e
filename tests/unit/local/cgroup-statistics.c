/* What a group has used, out of the files of both kinds: as lines of the shape that collectors know from runc. */
#include "tests/unit/local/tree.h"

TestSuite(cgroup_statistics, .init = make_tree, .fini = remove_tree);

static void expect_told(const struct cgroup_tree *tree, const char *wanted)
{
        _cleanup_(text_done) struct text out = { 0 };
        struct statistics used;
        struct cgroup group;
        struct error err = { 0 };

        cgroup_open(tree, GROUP, &group);
        cr_assert(eq(int, cgroup_statistics(&arena, &group, &used, &err), 0), "%s", err.text);
        json_write(&out, statistics_fields, &used);
        cr_expect(eq(str, out.data, (char *)wanted));
}

#define NO_CPUSET "\"cpuset\":{\"cpu_exclusive\":0,\"mem_hardwall\":0,\"mem_exclusive\":0,\"memory_migrate\":0,\"memory_spread_page\":0," \
                  "\"memory_spread_slab\":0,\"memory_pressure\":0,\"sched_load_balance\":0,\"sched_relax_domain_level\":0}"
#define NONE "{\"limit\":0,\"failcnt\":0}"

Test(cgroup_statistics, of_v2_are_told_in_units_of_v1)
{
        const struct cgroup_tree tree = { .version = CGROUP_V2, .unified = top };

        make_usual();
        put(GROUP, "cpu.stat", "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 5\nnr_throttled 2\nthrottled_usec 7\n");
        put(GROUP, "cpu.pressure", "some avg10=1.50 avg60=0.25 avg300=0.00 total=99\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=8\n");
        put(GROUP, "memory.current", "1000\n");
        put(GROUP, "memory.max", "5000\n");
        put(GROUP, "memory.peak", "2000\n");
        put(GROUP, "memory.swap.current", "10\n");
        put(GROUP, "memory.swap.max", "300\n");
        put(GROUP, "memory.stat", "anon 12\nfile 34\n");
        put(GROUP, "pids.current", "3\n");
        put(GROUP, "pids.max", "max\n");
        put(GROUP, "io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n");
        put(GROUP, "hugetlb.2MB.current", "2097152\n");
        put(GROUP, "hugetlb.2MB.events", "max 6\n");
        expect_told(&tree,
                    "{\"cpu\":{\"usage\":{\"total\":30000,\"kernel\":10000,\"user\":20000},\"throttling\":{\"periods\":5,\"throttledPeriods\":2,"
                    "\"throttledTime\":7000},\"psi\":{\"some\":{\"avg10\":1.50,\"avg60\":0.25,\"avg300\":0.00,\"total\":99},"
                    "\"full\":{\"avg10\":0.00,\"avg60\":0.00,\"avg300\":0.00,\"total\":8}}}," NO_CPUSET ","
                    "\"memory\":{\"cache\":34,\"usage\":{\"limit\":5000,\"usage\":1000,\"max\":2000,\"failcnt\":0},"
                    "\"swap\":{\"limit\":5300,\"usage\":1010,\"failcnt\":0},\"kernel\":" NONE ",\"kernelTCP\":" NONE ",\"raw\":{\"anon\":12,\"file\":34}},"
                    "\"pids\":{\"current\":3},\"blkio\":{\"ioServiceBytesRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":1},"
                    "{\"major\":8,\"op\":\"Write\",\"value\":2}],\"ioServicedRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":3},"
                    "{\"major\":8,\"op\":\"Write\",\"value\":4}]},\"hugetlb\":{\"2MB\":{\"usage\":2097152,\"failcnt\":6}},\"intel_rdt\":{},"
                    "\"network_interfaces\":null}");
}

Test(cgroup_statistics, of_v1_come_from_each_hierarchy)
{
        const struct cgroup_tree tree = make_v1();

        put("/memory" GROUP, "memory.usage_in_bytes", "1000\n");
        put("/memory" GROUP, "memory.limit_in_bytes", "5000\n");
        put("/memory" GROUP, "memory.failcnt", "7\n");
        put("/memory" GROUP, "memory.stat", "cache 5\nrss 6\n");
        put("/cpu" GROUP, "cpu.stat", "nr_periods 5\nnr_throttled 2\nthrottled_time 7\n");
        put("/cpuset" GROUP, "cpuset.cpus", "0-2,5\n");
        put("/cpuset" GROUP, "cpuset.sched_relax_domain_level", "-1\n");
        put("/pids" GROUP, "pids.current", "3\n");
        put("/pids" GROUP, "pids.max", "9\n");
        put("/blkio" GROUP, "blkio.throttle.io_serviced_recursive", "8:16 Read 4\n8:16 Total 4\nTotal 4\n");
        put("/hugetlb" GROUP, "hugetlb.2MB.usage_in_bytes", "1\n");
        put("/hugetlb" GROUP, "hugetlb.2MB.failcnt", "2\n");
        expect_told(&tree,
                    "{\"cpu\":{\"usage\":{\"kernel\":0,\"user\":0},\"throttling\":{\"periods\":5,\"throttledPeriods\":2,\"throttledTime\":7}},"
                    "\"cpuset\":{\"cpus\":[0,1,2,5],\"cpu_exclusive\":0,\"mem_hardwall\":0,\"mem_exclusive\":0,\"memory_migrate\":0,"
                    "\"memory_spread_page\":0,\"memory_spread_slab\":0,\"memory_pressure\":0,\"sched_load_balance\":0,\"sched_relax_domain_level\":-1},"
                    "\"memory\":{\"cache\":5,\"usage\":{\"limit\":5000,\"usage\":1000,\"failcnt\":7},\"swap\":" NONE ",\"kernel\":" NONE ",\"kernelTCP\":" NONE
                    ",\"raw\":{\"cache\":5,\"rss\":6}},\"pids\":{\"current\":3,\"limit\":9},\"blkio\":{\"ioServicedRecursive\":["
                    "{\"major\":8,\"minor\":16,\"op\":\"Read\",\"value\":4},{\"major\":8,\"minor\":16,\"op\":\"Total\",\"value\":4}]},"
                    "\"hugetlb\":{\"2MB\":{\"usage\":1,\"failcnt\":2}},\"intel_rdt\":{},\"network_interfaces\":null}");
}

Test(cgroup_statistics, need_a_group)
{
        const struct cgroup_tree tree = { .version = CGROUP_V2, .unified = top };
        struct statistics used;
        struct cgroup group;
        struct error err = { 0 };

        cgroup_open(&tree, NULL, &group);
        cr_expect(lt(int, cgroup_statistics(&arena, &group, &used, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "has no cgroup of its own"), NULL), "%s", err.text);
}

/* inotify works on plain files too. */
Test(cgroup_statistics, memory_that_runs_out_on_v2_is_told_when_the_counter_rises)
{
        const struct cgroup_tree tree = { .version = CGROUP_V2, .unified = top };
        struct cgroup_memory_watch watch = CGROUP_MEMORY_WATCH_NONE;
        struct cgroup group;
        struct error err = { 0 };

        make_usual();
        cgroup_open(&tree, GROUP, &group);
        cr_expect(eq(int, cgroup_memory_watch(&group, &watch, &err), CGROUP_NO_MEMORY));
        put(GROUP, "memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 3\n");
        cr_assert(eq(int, cgroup_memory_watch(&group, &watch, &err), 0), "%s", err.text);
        cr_expect(eq(u64, cgroup_memory_watch_take(&watch), 0));
        put(GROUP, "memory.events", "low 0\nhigh 0\nmax 9\noom 0\noom_kill 3\n");
        cr_expect(eq(u64, cgroup_memory_watch_take(&watch), 0), "only a limit was met");
        put(GROUP, "memory.events", "low 0\nhigh 0\nmax 9\noom 1\noom_kill 4\n");
        cr_expect(eq(u64, cgroup_memory_watch_take(&watch), 1));
        cr_expect(eq(u64, cgroup_memory_watch_take(&watch), 0));
        put(GROUP, "memory.events", "low 0\nhigh 0\nmax 9\noom 2\noom_kill 7\n");
        cr_expect(eq(u64, cgroup_memory_watch_take(&watch), 3), "nobody looked in between");
        cr_expect(eq(u64, cgroup_memory_watch_take(&watch), 0));
        cgroup_memory_watch_done(&watch);
}

/* v1's kernel writes to an eventfd; a plain file takes what would ask it to. */
Test(cgroup_statistics, memory_that_runs_out_on_v1_is_told_each_time_and_its_end_is_not)
{
        struct cgroup_tree tree = make_v1();
        struct cgroup_memory_watch watch = CGROUP_MEMORY_WATCH_NONE;
        struct cgroup group;
        struct error err = { 0 };
        uint64_t twice = 2;

        put("/memory" GROUP, "cgroup.event_control", "");
        cgroup_open(&tree, GROUP, &group);
        cr_assert(eq(int, cgroup_memory_watch(&group, &watch, &err), 0), "%s", err.text);
        cr_expect(eq(u64, cgroup_memory_watch_take(&watch), 0));
        for (int round = 0; round < 2; round++) {
                cr_assert(eq(int, (int)write(watch.fd, &twice, sizeof(twice)), 8));
                cr_expect(eq(u64, cgroup_memory_watch_take(&watch), 2));
                cr_expect(eq(u64, cgroup_memory_watch_take(&watch), 0));
        }
        cr_assert(eq(int, unlink(at("/memory" GROUP, "cgroup.event_control")), 0));
        cr_assert(eq(int, (int)write(watch.fd, &twice, sizeof(twice)), 8));
        cr_expect(eq(u64, cgroup_memory_watch_take(&watch), 1), "the group's end is told by the same descriptor");
        cgroup_memory_watch_done(&watch);
}
