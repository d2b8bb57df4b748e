/* Limits that change, and those that few ask for, on fake trees of plain files.  In what order two values of the kernel's own must
 * be written only a kernel can tell: tests/engine/update.c. */
#include "tests/unit/local/tree.h"

#include <math.h>

TestSuite(cgroup_update, .init = make_tree, .fini = remove_tree);
TestSuite(cgroup_more, .init = make_tree, .fini = remove_tree);

static int update_v2(const struct spec_resources *resources, struct error *err)
{
        const struct cgroup_tree tree = { .version = CGROUP_V2, .unified = top };
        struct cgroup group;

        cgroup_open(&tree, GROUP, &group);
        return cgroup_update(&group, resources, false, err);
}

static int update_v1(const struct cgroup_tree *tree, const struct spec_resources *resources, struct error *err)
{
        struct cgroup group;

        cgroup_open(tree, GROUP, &group);
        return cgroup_update(&group, resources, false, err);
}

/* --- updates -------------------------------------------------------------------------------------------------------------- */

Test(cgroup_update, writes_all_limits_of_v2)
{
        const struct spec_memory memory = { .limit = NUMBER(1000), .swap = NUMBER(1500) };
        const struct spec_cpu cpu = { .quota = NUMBER(20000), .burst = AMOUNT(700), .shares = AMOUNT(1024), .cpus = "1" };
        const struct spec_pids most = { .limit = NUMBER(9) };
        struct error err = { 0 };

        make_usual();
        put(GROUP, "cpu.max.burst", "800");
        cr_assert(eq(int, update_v2(&(const struct spec_resources){ .memory = &memory, .cpu = &cpu, .pids = &most }, &err), 0), "%s", err.text);
        expect_value(GROUP, "memory.max", "1000");
        expect_value(GROUP, "memory.swap.max", "500");
        expect_value(GROUP, "cpu.max", "20000 100000");
        expect_value(GROUP, "cpu.max.burst", "700");
        expect_value(GROUP, "cpu.weight", "100");
        expect_value(GROUP, "cpuset.cpus", "1");
        expect_value(GROUP, "pids.max", "9");
        cr_expect(ne(ptr, strstr(value_of("", "cgroup.subtree_control"), "+cpuset"), NULL));
}

Test(cgroup_update, takes_no_limit_for_memory_as_none_for_swap_too)
{
        const struct spec_memory memory = { .limit = NUMBER(-1) };
        struct cgroup_tree tree = make_v1();
        struct error err = { 0 };

        make_usual();
        cr_expect(eq(int, update_v2(&(const struct spec_resources){ .memory = &memory }, &err), 0), "%s", err.text);
        expect_value(GROUP, "memory.max", "max");
        expect_value(GROUP, "memory.swap.max", "max");
        cr_expect(eq(int, update_v1(&tree, &(const struct spec_resources){ .memory = &memory }, &err), 0), "%s", err.text);
        expect_value("/memory" GROUP, "memory.limit_in_bytes", "-1");
        expect_value("/memory" GROUP, "memory.memsw.limit_in_bytes", "-1");
}

Test(cgroup_update, switches_off_what_was_on)
{
        const struct spec_memory memory = { .disable_oom_killer = &(const bool){ false } };
        const struct spec_cpu cpu = { .idle = NUMBER(0) };
        const struct spec_resources resources = { .memory = &memory, .cpu = &cpu };
        struct cgroup_tree tree = make_v1();
        struct error err = { 0 };

        make_usual();
        put(GROUP, "cpu.idle", "1");
        cr_expect(eq(int, update_v2(&resources, &err), 0), "%s", err.text);
        expect_value(GROUP, "cpu.idle", "0");
        put("/cpu" GROUP, "cpu.idle", "1");
        put("/memory" GROUP, "memory.oom_control", "1");
        cr_expect(eq(int, update_v1(&tree, &resources, &err), 0), "%s", err.text);
        expect_value("/cpu" GROUP, "cpu.idle", "0");
        expect_value("/memory" GROUP, "memory.oom_control", "0");
}

Test(cgroup_update, that_is_refused_leaves_the_old_values_on_v2)
{
        const struct spec_throttle_device rates[] = { { 8, 0, 7777 } };
        const struct spec_memory memory = { .limit = NUMBER(1000), .reservation = NUMBER(20) };
        const struct spec_pids most = { .limit = NUMBER(9) };
        const struct spec_block_io io = { .read_bps = { (struct spec_throttle_device *)rates, 1 } };
        struct string_pair high = { "memory.high", "1" };
        const struct spec_resources resources = { .memory = &memory, .pids = &most, .block_io = &io, .unified = { &high, 1 } };
        struct error err = { 0 };

        make_group(GROUP, ALL_CONTROLLERS, "io memory pids");
        put_files(GROUP, LIMIT_FILES);
        put("", "cgroup.subtree_control", "io memory pids");
        put(GROUP, "memory.max", "8888");
        put(GROUP, "memory.low", "40");
        put(GROUP, "pids.max", "3");
        put(GROUP, "io.max", "8:0 rbps=5678");
        deny(GROUP, "memory.high");
        become_somebody();
        cr_expect(lt(int, update_v2(&resources, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "linux.resources.unified: opening memory.high"), NULL), "%s", err.text);
        expect_value(GROUP, "memory.max", "8888");
        expect_value(GROUP, "memory.low", "40");
        expect_value(GROUP, "pids.max", "3");
        expect_value(GROUP, "io.max", "8:0 rbps=5678");
}

Test(cgroup_update, that_is_refused_leaves_the_old_values_on_v1)
{
        const struct spec_memory memory = { .limit = NUMBER(1000), .swap = NUMBER(2000), .disable_oom_killer = &(const bool){ true } };
        const struct spec_pids most = { .limit = NUMBER(9) };
        struct cgroup_tree tree = make_v1();
        struct error err = { 0 };

        put("/memory" GROUP, "memory.limit_in_bytes", "5000\n");
        put("/memory" GROUP, "memory.memsw.limit_in_bytes", "9000\n");
        put("/memory" GROUP, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n");
        deny("/pids" GROUP, "pids.max");
        become_somebody();
        cr_expect(lt(int, update_v1(&tree, &(const struct spec_resources){ .memory = &memory, .pids = &most }, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "linux.resources.pids.limit: opening pids.max"), NULL), "%s", err.text);
        expect_value("/memory" GROUP, "memory.limit_in_bytes", "5000\n");
        expect_value("/memory" GROUP, "memory.memsw.limit_in_bytes", "9000\n");
        expect_value("/memory" GROUP, "memory.oom_control", "0om_kill_disable 0\nunder_oom 0\n");       /* its value was written */
}

Test(cgroup_update, looks_at_what_is_used_before_it_would_kill)
{
        struct spec_memory memory = { .limit = NUMBER(1000), .check_before_update = &(const bool){ true } };
        struct error err = { 0 };

        make_usual();
        put(GROUP, "memory.current", "1001\n");
        cr_expect(lt(int, update_v2(&(const struct spec_resources){ .memory = &memory }, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "the sandbox uses 1001 bytes"), NULL), "%s", err.text);
        expect_value(GROUP, "memory.max", "");
        memory.check_before_update = NULL;
        cr_expect(eq(int, update_v2(&(const struct spec_resources){ .memory = &memory }, &err), 0), "%s", err.text);
        expect_value(GROUP, "memory.max", "1000");
}

Test(cgroup_update, needs_a_group)
{
        const struct cgroup_tree tree = { .version = CGROUP_V2, .unified = top };
        struct error err = { 0 };
        struct cgroup group;

        cgroup_open(&tree, NULL, &group);
        cr_expect(lt(int, cgroup_update(&group, &(const struct spec_resources){ .memory = NULL }, false, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "has no cgroup of its own"), NULL), "%s", err.text);
}

/* --- what few ask for ------------------------------------------------------------------------------------------------------- */

static const struct spec_weight_device weights[] = { { 8, 0, &(const uint32_t){ 505 }, NULL } };
static const struct spec_throttle_device rate[] = { { 8, 0, 4096 } };
static const struct spec_block_io block_io = {
        .weight = &(const uint32_t){ 1000 }, .weight_device = { (struct spec_weight_device *)weights, 1 },
        .read_bps = { (struct spec_throttle_device *)rate, 1 },
};
static const struct spec_hugepage_limit pages[] = { { "2MB", 4194304 }, { "1GB", 0 } };

Test(cgroup_more, goes_to_the_files_of_v1)
{
        const struct spec_interface_priority priorities[] = { { "eth0", 5 } };
        const struct spec_network network = { .class_id = &(const uint32_t){ 1048577 },
                                              .priorities = { (struct spec_interface_priority *)priorities, 1 } };
        struct spec_resources resources = { .block_io = &block_io, .hugepage_limits = { (struct spec_hugepage_limit *)pages, 2 },
                                            .network = &network };
        const struct cgroup_tree tree = make_v1();
        struct cgroup group;
        struct error err = { 0 };

        resources.rdma.items = arena_alloc(&arena, sizeof(*resources.rdma.items));
        resources.rdma.items[0].key = "mlx5_1";
        resources.rdma.items[0].value.hca_handles = &(const uint32_t){ 3 };
        resources.rdma.count = 1;
        cgroup_open(&tree, GROUP, &group);
        cr_assert(eq(int, cgroup_make(&group, &resources, false, &err), 0), "%s", err.text);
        expect_value("/blkio" GROUP, "blkio.weight", "1000");
        expect_value("/blkio" GROUP, "blkio.weight_device", "8:0 505");
        expect_value("/blkio" GROUP, "blkio.throttle.read_bps_device", "8:0 4096");
        expect_value("/hugetlb" GROUP, "hugetlb.2MB.limit_in_bytes", "4194304");
        expect_value("/hugetlb" GROUP, "hugetlb.2MB.rsvd.limit_in_bytes", "4194304");
        expect_value("/hugetlb" GROUP, "hugetlb.1GB.limit_in_bytes", "0");
        expect_value("/net_cls" GROUP, "net_cls.classid", "1048577");
        expect_value("/net_prio" GROUP, "net_prio.ifpriomap", "eth0 5");
        expect_value("/rdma" GROUP, "rdma.max", "mlx5_1 hca_handle=3");
}

Test(cgroup_more, goes_to_the_files_of_v2)
{
        const struct spec_resources resources = { .block_io = &block_io, .hugepage_limits = { (struct spec_hugepage_limit *)pages, 2 } };
        const struct spec_block_io one = { .weight = &(const uint32_t){ 500 } };
        struct error err = { 0 };

        make_usual();
        cr_assert(eq(int, make_v2(GROUP, &resources, &err), 0), "%s", err.text);
        cr_expect(ne(ptr, strstr(value_of("", "cgroup.subtree_control"), "+io +hugetlb"), NULL), "%s", value_of("", "cgroup.subtree_control"));
        expect_value(GROUP, "io.weight", "8:0 500010000");              /* "default 10000" and over it "8:0 5000" */
        expect_value(GROUP, "io.max", "8:0 rbps=4096");
        expect_value(GROUP, "hugetlb.2MB.max", "4194304");
        expect_value(GROUP, "hugetlb.2MB.rsvd.max", "4194304");
        expect_value(GROUP, "hugetlb.1GB.max", "0");
        put(GROUP, "io.bfq.weight", "");
        cr_assert(eq(int, make_v2(GROUP, &(const struct spec_resources){ .block_io = &one }, &err), 0), "%s", err.text);
        expect_value(GROUP, "io.bfq.weight", "default 500");
}

Test(cgroup_more, that_v2_does_not_have_is_refused_by_name)
{
        const struct spec_network network = { .class_id = &(const uint32_t){ 1 } };
        const struct spec_block_io leaf = { .leaf_weight = &(const uint32_t){ 100 } };
        struct error err = { 0 };

        make_usual();
        cr_expect(lt(int, make_v2(GROUP, &(const struct spec_resources){ .network = &network }, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "linux.resources.network: "), NULL), "%s", err.text);
        cr_expect(lt(int, make_v2(GROUP, &(const struct spec_resources){ .block_io = &leaf }, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "linux.resources.blockIO.leafWeight: "), NULL), "%s", err.text);
}

/* All of them, against the C library's logarithms. */
Test(cgroup_more, weights_are_on_the_published_curve)
{
        unsigned wrong = 0;

        for (uint64_t shares = 3; shares < 262144; shares++) {
                double l = log2((double)shares), weight = pow(10, (l * l + 125 * l) / 612 - 7.0 / 34);

                /* 1024 gives 100, and what a machine's last bit adds to it is no step up. */
                wrong += cgroup_weight_of_shares(shares) != (unsigned)ceil(weight - 1e-9);
        }
        cr_expect(eq(u32, wrong, 0));
        cr_expect(eq(u32, cgroup_weight_of_shares(0), 1));
        cr_expect(eq(u32, cgroup_weight_of_shares(2), 1));
        cr_expect(eq(u32, cgroup_weight_of_shares(262144), 10000));
}
