/* Cgroups where the kernel has the other kind, or none: limits, places and delegation, on fake trees of plain files. */
#include "tests/unit/local/tree.h"

TestSuite(cgroup_v2, .init = make_tree, .fini = remove_tree);
TestSuite(cgroup_v1, .init = make_tree, .fini = remove_tree);
TestSuite(cgroup_place, .init = make_tree, .fini = remove_tree);

/* --- v2: limits ------------------------------------------------------------------------------------------------------------- */

Test(cgroup_v2, limits_are_converted_to_its_units)
{
        const struct spec_memory memory = { .limit = NUMBER(1000), .swap = NUMBER(1500), .reservation = NUMBER(500) };
        const struct spec_cpu cpu = { .shares = AMOUNT(1024), .quota = NUMBER(20000), .period = AMOUNT(50000), .burst = AMOUNT(700),
                                      .idle = NUMBER(1), .cpus = "0-1", .mems = "0" };
        const struct spec_pids most = { .limit = NUMBER(77) };
        const struct spec_resources resources = { .memory = &memory, .cpu = &cpu, .pids = &most };
        struct error err = { 0 };

        make_usual();
        cr_assert(eq(int, make_v2(GROUP, &resources, &err), 0), "%s", err.text);
        expect_value(GROUP, "memory.max", "1000");
        expect_value(GROUP, "memory.swap.max", "500");
        expect_value(GROUP, "memory.low", "500");
        expect_value(GROUP, "cpu.weight", "100");
        expect_value(GROUP, "cpu.max", "20000 50000");
        expect_value(GROUP, "cpu.max.burst", "700");
        expect_value(GROUP, "cpu.idle", "1");
        expect_value(GROUP, "cpuset.cpus", "0-1");
        expect_value(GROUP, "cpuset.mems", "0");
        expect_value(GROUP, "pids.max", "77");
}

Test(cgroup_v2, minus_one_is_no_limit)
{
        const struct spec_memory memory = { .limit = NUMBER(-1), .swap = NUMBER(-1), .reservation = NUMBER(-1) };
        const struct spec_cpu cpu = { .quota = NUMBER(-1), .period = AMOUNT(50000) };
        const struct spec_pids most = { .limit = NUMBER(-1) };
        const struct spec_resources resources = { .memory = &memory, .cpu = &cpu, .pids = &most };
        struct error err = { 0 };

        make_usual();
        cr_assert(eq(int, make_v2(GROUP, &resources, &err), 0), "%s", err.text);
        expect_value(GROUP, "memory.max", "max");
        expect_value(GROUP, "memory.swap.max", "max");
        expect_value(GROUP, "memory.low", "max");
        expect_value(GROUP, "cpu.max", "max 50000");
        expect_value(GROUP, "pids.max", "max");
}

Test(cgroup_v2, swap_is_what_is_above_memory)
{
        static const struct { int64_t limit, swap; const char *wanted; } cases[] = {
                { 1000, 1000, "0" }, { 1000, 4000, "3000" }, { 1000, -1, "max" }, { 1000, 0, "" },
        };

        make_usual();
        for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
                const struct spec_memory memory = { .limit = &cases[i].limit, .swap = &cases[i].swap };
                struct error err = { 0 };

                put(GROUP, "memory.swap.max", "");
                cr_expect(eq(int, make_v2(GROUP, &(const struct spec_resources){ .memory = &memory }, &err), 0), "%s", err.text);
                expect_value(GROUP, "memory.swap.max", cases[i].wanted);
        }
}

Test(cgroup_v2, shares_become_weights_from_end_to_end)
{
        static const struct { uint64_t shares; const char *weight; } cases[] = {
                { 2, "1" }, { 3, "2" }, { 102, "17" }, { 512, "59" }, { 1024, "100" }, { 2000, "170" }, { 262144, "10000" },
        };

        make_usual();
        for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
                const struct spec_cpu cpu = { .shares = &cases[i].shares };
                struct error err = { 0 };

                put(GROUP, "cpu.weight", "");
                cr_expect(eq(int, make_v2(GROUP, &(const struct spec_resources){ .cpu = &cpu }, &err), 0), "%s", err.text);
                expect_value(GROUP, "cpu.weight", cases[i].weight);
        }
}

/* docker and podman send empty objects and zeros. */
Test(cgroup_v2, what_nobody_asked_for_needs_no_controller)
{
        const struct spec_memory memory = { .limit = NUMBER(0), .swap = NUMBER(0), .disable_oom_killer = &(const bool){ false } };
        const struct spec_cpu cpu = { .shares = AMOUNT(0), .quota = NUMBER(0), .period = AMOUNT(0), .burst = AMOUNT(0), .idle = NUMBER(0),
                                      .cpus = "", .mems = "", .realtime_period = AMOUNT(0), .realtime_runtime = NUMBER(0) };
        const struct spec_pids most = { .limit = NUMBER(0) };
        const struct spec_resources resources = { .memory = &memory, .cpu = &cpu, .pids = &most };
        struct error err = { 0 };

        cr_expect(eq(u32, cgroup_asked(&resources), 0));
        cr_expect(eq(u32, cgroup_asked(&(const struct spec_resources){ .memory = &(const struct spec_memory){ .limit = NULL } }), 0));
        cr_expect(eq(u32, cgroup_asked(NULL), 0));
        make_group(GROUP, "", "");
        cr_expect(eq(int, make_v2(GROUP, &resources, &err), 0), "%s", err.text);
        expect_value("", "cgroup.subtree_control", "");
}

Test(cgroup_v2, unified_goes_to_its_files_and_turns_its_controllers_on)
{
        struct string_pair pairs[] = { { .key = "memory.high", .value = "4096" }, { .key = "cpu.weight", .value = "7" },
                                       { .key = "io.weight", .value = "default 50" }, { .key = "cgroup.max.depth", .value = "3" } };
        const struct spec_cpu cpu = { .shares = AMOUNT(1024) };
        const struct spec_resources resources = { .cpu = &cpu, .unified = { .items = pairs, .count = ARRAY_LENGTH(pairs) } };
        struct error err = { 0 };

        make_usual();
        put_files(GROUP, "io.weight cgroup.max.depth");
        cr_assert(eq(int, make_v2(GROUP, &resources, &err), 0), "%s", err.text);
        expect_value(GROUP, "memory.high", "4096");
        expect_value(GROUP, "io.weight", "default 50");
        expect_value(GROUP, "cgroup.max.depth", "3");
        cr_expect(eq(int, strncmp(value_of(GROUP, "cpu.weight"), "7", 1), 0), "what is named itself has the last word");
        expect_value("", "cgroup.subtree_control", "+cpu +memory +io");
}

Test(cgroup_v2, what_it_does_not_have_is_refused_by_name)
{
        const struct { struct spec_resources resources; const char *says; } cases[] = {
                { { .cpu = &(const struct spec_cpu){ .idle = NUMBER(1) } }, "linux.resources.cpu.idle: this kernel has no cpu.idle here" },
                { { .cpu = &(const struct spec_cpu){ .realtime_runtime = NUMBER(9) } }, "linux.resources.cpu.realtimeRuntime: cgroup v2 has no" },
                { { .memory = &(const struct spec_memory){ .swappiness = AMOUNT(9) } }, "linux.resources.memory.swappiness: cgroup v2 has none" },
                { { .memory = &(const struct spec_memory){ .kernel_tcp = NUMBER(9) } }, "linux.resources.memory.kernelTCP: cgroup v2 has none" },
                { { .memory = &(const struct spec_memory){ .disable_oom_killer = &(const bool){ true } } }, "disableOOMKiller: cgroup v2 can't" },
                { { .memory = &(const struct spec_memory){ .swap = NUMBER(9) } }, "linux.resources.memory.swap: needs memory.limit" },
                { { .unified = { .items = (struct string_pair[]){ { .key = "misc.max", .value = "1" } }, .count = 1 } },
                  "linux.resources.unified: this kernel has no misc.max here" },
        };

        make_group(GROUP, ALL_CONTROLLERS, "");
        for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
                struct error err = { 0 };

                cr_expect(lt(int, make_v2(GROUP, &cases[i].resources, &err), 0));
                cr_expect(ne(ptr, strstr(err.text, cases[i].says), NULL), "%s", err.text);
        }
}

/* --- v2: controllers -------------------------------------------------------------------------------------------------------- */

static const struct spec_resources memory_and_pids = {
        .memory = &(const struct spec_memory){ .limit = NUMBER(4096) }, .pids = &(const struct spec_pids){ .limit = NUMBER(5) },
};

Test(cgroup_v2, controllers_are_turned_on_above_the_group_and_not_in_it)
{
        struct error err = { 0 };

        make_usual();
        cr_assert(eq(int, make_v2(GROUP, &memory_and_pids, &err), 0), "%s", err.text);
        expect_value("", "cgroup.subtree_control", "+memory +pids");
        expect_value("/hcs-sandbox", "cgroup.subtree_control", "+memory +pids");
        expect_value(GROUP, "cgroup.subtree_control", "");
}

/* As a manager wants it, which reads the counters of what has no limits. */
Test(cgroup_v2, all_that_there_is_to_give_is_turned_on_for_who_reads_the_counters)
{
        static const struct spec_resources none;
        const struct cgroup_tree tree = { .version = CGROUP_V2, .unified = top };
        struct error err = { 0 };
        struct cgroup group;

        make_group(GROUP, "cpu memory pids", "");
        put("", "cgroup.subtree_control", "cpu\n");
        cgroup_open(&tree, GROUP, &group);
        cr_assert(eq(int, cgroup_v2_make(&group, &none, false, &err), 0), "%s", err.text);
        expect_value("/hcs-sandbox", "cgroup.subtree_control", "");
        group.every_hierarchy = true;
        cr_assert(eq(int, cgroup_v2_make(&group, &none, false, &err), 0), "%s", err.text);
        expect_value("", "cgroup.subtree_control", "+memory +pids");
        expect_value("/hcs-sandbox", "cgroup.subtree_control", "+cpu +memory +pids");
        expect_value(GROUP, "cgroup.subtree_control", "");
}

/* What was not asked for is no reason to fail, nor to spoil a group for those below it. */
Test(cgroup_v2, what_can_not_be_given_unasked_is_left_out)
{
        static const struct spec_resources none;
        const struct cgroup_tree tree = { .version = CGROUP_V2, .unified = top };
        struct error err = { 0 };
        struct cgroup group;

        make_group(GROUP, "cpu memory pids", "");
        put("/hcs-sandbox", "cgroup.type", "domain\n");
        put("/hcs-sandbox", "cgroup.procs", "4711\n");
        deny("", "cgroup.subtree_control");
        become_somebody();
        cgroup_open(&tree, GROUP, &group);
        group.every_hierarchy = true;
        cr_assert(eq(int, cgroup_v2_make(&group, &none, false, &err), 0), "%s", err.text);
        expect_value("", "cgroup.subtree_control", "");
        expect_value("/hcs-sandbox", "cgroup.subtree_control", "");
}

Test(cgroup_v2, controllers_are_turned_on_from_the_top_down)
{
        struct error err = { 0 };

        make_usual();
        deny("", "cgroup.subtree_control");
        become_somebody();
        cr_expect(lt(int, make_v2(GROUP, &memory_and_pids, &err), 0));
        expect_value("/hcs-sandbox", "cgroup.subtree_control", "");
}

Test(cgroup_v2, what_is_on_already_is_not_touched)
{
        struct error err = { 0 };

        make_usual();
        put("", "cgroup.subtree_control", "cpuset memory pids\n");
        deny("", "cgroup.subtree_control");
        put("/hcs-sandbox", "cgroup.subtree_control", "memory\n");
        become_somebody();
        cr_assert(eq(int, make_v2(GROUP, &memory_and_pids, &err), 0), "%s", err.text);
        expect_value("", "cgroup.subtree_control", "cpuset memory pids\n");
        cr_expect(eq(int, strncmp(value_of("/hcs-sandbox", "cgroup.subtree_control"), "+pids", 5), 0), "only what is missing");
}

Test(cgroup_v2, a_controller_that_is_not_given_is_named_with_the_place)
{
        struct error err = { 0 };

        make_group(GROUP, "cpu memory\n", "memory\n");
        put_files(GROUP, LIMIT_FILES);
        deny("/hcs-sandbox", "cgroup.subtree_control");
        deny("", "cgroup.subtree_control");
        become_somebody();
        cr_expect(lt(int, make_v2(GROUP, &memory_and_pids, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "the cgroup controller \"pids\" is not available in /tmp/hcs-cgroup."), NULL), "%s", err.text);
        cr_expect(eq(int, err.code, E_NOT_SUPPORTED));
}

Test(cgroup_v2, a_controller_that_may_not_be_turned_on_is_named_with_the_place)
{
        struct error err = { 0 };

        make_usual();
        put("", "cgroup.subtree_control", "memory pids\n");
        put("/hcs-sandbox", "cgroup.subtree_control", "memory\n");
        deny("/hcs-sandbox", "cgroup.subtree_control");
        become_somebody();
        cr_expect(lt(int, make_v2(GROUP, &memory_and_pids, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "/hcs-sandbox, and this user may not do it (systemd: Delegate=yes)"), NULL), "%s", err.text);
        cr_expect(ne(ptr, strstr(err.text, "linux.resources: +pids is not turned on in the cgroup"), NULL), "%s", err.text);
        cr_expect(eq(int, err.code, E_ACCESS));
}

Test(cgroup_v2, levels_that_are_missing_are_made)
{
        struct error err = { 0 };

        make_group("", "", "");
        cr_expect(eq(int, make_v2("/a/b/c", &(const struct spec_resources){ .pids = NULL }, &err), 0), "%s", err.text);
        cr_expect(eq(int, access(at("/a/b/c", ""), F_OK), 0));
}

/* --- v2: who is in it ------------------------------------------------------------------------------------------------------- */

static const char *home_of(const char *membership)
{
        const struct cgroup_tree tree = { .version = CGROUP_V2, .unified = top };
        struct cgroup group;

        cgroup_open(&tree, GROUP, &group);
        return cgroup_v2_home(&arena, &group, membership);
}

/* In the group itself it would keep who manages groups in there from giving controllers to those below. */
Test(cgroup_v2, a_further_process_goes_where_the_first_one_lives)
{
        cr_expect(eq(str, (char *)home_of("1:cpu:/x\n0::" GROUP "/init.scope/deep\n"), (char *)"init.scope/deep"));
        cr_expect(eq(str, (char *)home_of("0::/docker/abc" GROUP "/init.scope\n"), (char *)"init.scope"), "the mount point is a part of the tree");
        cr_expect(eq(ptr, (void *)home_of("0::" GROUP "-other/x\n"), NULL), "somebody else's");
        cr_expect(eq(ptr, (void *)home_of("0::" GROUP "\n"), NULL));
}

Test(cgroup_v2, a_path_that_is_too_long_is_refused_and_not_cut_off)
{
        const struct cgroup_tree tree = { .version = CGROUP_V2, .unified = top };
        struct cgroup_doors doors = CGROUP_DOORS_NONE;
        static char name[CGROUP_PATH_MAX];
        struct error err = { 0 };
        struct cgroup group;

        make_usual();
        memset(name, 'x', sizeof(name) - 1);
        cgroup_open(&tree, GROUP, &group);
        cr_expect(lt(int, cgroup_open_doors(&group, name, &doors, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "too long"), NULL), "%s", err.text);
}

Test(cgroup_v2, a_wish_is_one_path)
{
        const struct cgroup_tree tree = { .version = CGROUP_V2, .unified = top };
        struct error err = { 0 };
        struct cgroup group;
        const char *sub;

        make_usual();
        cgroup_open(&tree, GROUP, &group);
        cr_assert(eq(int, cgroup_choose(&arena, &group, "/a/b\n", &sub, &err), 0), "%s", err.text);
        cr_expect(eq(str, (char *)sub, (char *)"a/b"));
        cr_assert(eq(int, cgroup_choose(&arena, &group, "/\n", &sub, &err), 0));
        cr_expect(eq(ptr, (void *)sub, NULL), "its own group");
        cr_expect(lt(int, cgroup_choose(&arena, &group, "memory:a\n", &sub, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "one hierarchy"), NULL), "%s", err.text);
        cr_expect(lt(int, cgroup_choose(&arena, &group, "a\nb\n", &sub, &err), 0));
}

Test(cgroup_v2, the_group_of_a_process_is_read_in_every_kind_of_machine)
{
        cr_expect(eq(str, cgroup_unified_group(&arena, "0::/a/b\n"), (char *)"/a/b"));
        cr_expect(eq(str, cgroup_unified_group(&arena, "9:name=systemd:/x\n1:cpu,cpuacct:/0::/y\n0::/user.slice/a b\n"), (char *)"/user.slice/a b"));
        cr_expect(eq(ptr, cgroup_unified_group(&arena, "3:cpu:/x\n10::/y\n"), NULL));
        cr_expect(eq(ptr, cgroup_unified_group(&arena, ""), NULL));
}

/* --- where a group goes ------------------------------------------------------------------------------------------------------ */

static struct cgroup_tree user_tree(void)
{
        return (struct cgroup_tree){ .version = CGROUP_V2, .unified = top, .own = "/user.slice/app.slice/shell.scope" };
}

/* A machine with systemd: app.slice is the user's, nothing above it. */
static void make_session(void)
{
        make_group("/user.slice/app.slice/shell.scope", ALL_CONTROLLERS, "cpu memory pids\n");
        for (size_t i = 0; i < 2; i++) {
                static const char *const above[] = { "", "/user.slice" };

                deny(above[i], "cgroup.procs");
                deny(above[i], "cgroup.subtree_control");
                deny(above[i], "");
        }
}

static const char *compose(const struct cgroup_tree *tree, const char *wanted, const struct spec_resources *resources, struct error *err)
{
        struct cgroup group = { 0 };

        *err = (struct error){ 0 };
        if (cgroup_compose(&arena, tree, wanted, "one", resources, &group, err) < 0)
                return "refused";
        return group.path ? group.path : "none";
}

#define expect_place(tree, wanted, resources, place) do { \
                struct error told; \
                \
                cr_expect(eq(str, (char *)compose(tree, wanted, resources, &told), (char *)place), "%s", told.text); \
        } while (0)

Test(cgroup_place, is_what_was_asked_for_where_groups_may_be_made)
{
        const struct cgroup_tree v2 = { .version = CGROUP_V2, .unified = top }, v1 = { .version = CGROUP_V1, .mount = { [CGROUP_FREEZER] = top } };
        const struct cgroup_tree *trees[] = { &v2, &v1 };
        static char deep[CGROUP_PATH_MAX];

        make_group("", "", "");
        memset(deep, '/', sizeof(deep) - 1);
        memset(deep + 1, 'x', sizeof(deep) - 2);
        for (size_t i = 0; i < ARRAY_LENGTH(trees); i++) {
                expect_place(trees[i], NULL, &memory_and_pids, "/hcs-sandbox/one");
                expect_place(trees[i], "", NULL, "/hcs-sandbox/one");
                expect_place(trees[i], "pods/two", NULL, "/hcs-sandbox/pods/two");
                expect_place(trees[i], "/machine/two", NULL, "/machine/two");
                expect_place(trees[i], deep, NULL, "refused");
        }
}

Test(cgroup_place, is_nowhere_without_any_access_and_limits_are_refused_then)
{
        const struct spec_resources nothing = { .memory = &(const struct spec_memory){ .limit = NUMBER(0) } };
        struct string_pair pair = { .key = "memory.high", .value = "1" };
        const struct spec_resources unified = { .unified = { .items = &pair, .count = 1 } };
        const struct cgroup_tree tree = user_tree(), none = { .version = CGROUP_NONE };
        struct error err;

        make_session();
        deny("/user.slice/app.slice", "");
        become_somebody();
        expect_place(&tree, NULL, NULL, "none");
        expect_place(&tree, "/machine/two", &nothing, "none");
        cr_expect(eq(str, (char *)compose(&tree, NULL, &memory_and_pids, &err), (char *)"refused"));
        cr_expect(ne(ptr, strstr(err.text, "this user may not make one: run as root"), NULL), "%s", err.text);
        expect_place(&tree, NULL, &unified, "refused");
        expect_place(&none, NULL, NULL, "none");
        cr_expect(eq(str, (char *)compose(&none, NULL, &memory_and_pids, &err), (char *)"refused"));
        cr_expect(ne(ptr, strstr(err.text, "no cgroups are mounted"), NULL), "%s", err.text);
}

/* A directory alone is not enough: to move into a group below it takes its cgroup.procs. */
Test(cgroup_place, is_nowhere_when_processes_may_not_be_moved)
{
        const struct cgroup_tree tree = user_tree();

        make_session();
        deny("/user.slice/app.slice", "cgroup.procs");
        become_somebody();
        expect_place(&tree, NULL, NULL, "none");
        expect_place(&tree, "/user.slice/app.slice/pod/two", NULL, "none");
}

Test(cgroup_place, is_beside_our_own_group_where_that_was_delegated)
{
        const struct cgroup_tree tree = user_tree(), astray = { .version = CGROUP_V2, .unified = top };

        make_session();
        become_somebody();
        expect_place(&tree, NULL, &memory_and_pids, "/user.slice/app.slice/hcs-sandbox-one");
        expect_place(&tree, "pods/two", &memory_and_pids, "/user.slice/app.slice/hcs-sandbox-one");
        expect_place(&tree, "/machine/two", &memory_and_pids, "/user.slice/app.slice/hcs-sandbox-one");
        expect_place(&astray, NULL, NULL, "none");
}

Test(cgroup_place, is_what_was_asked_for_where_that_was_delegated)
{
        const struct cgroup_tree tree = user_tree();

        make_session();
        become_somebody();
        expect_place(&tree, "/user.slice/app.slice/pod/two", &memory_and_pids, "/user.slice/app.slice/pod/two");
        expect_place(&tree, "/user.slice/two", NULL, "/user.slice/app.slice/hcs-sandbox-one");
}

Test(cgroup_place, that_was_delegated_gets_its_limits_and_leaves_what_is_above_alone)
{
        const struct spec_resources more = { .cpu = &(const struct spec_cpu){ .cpus = "0" } };
        const struct cgroup_tree tree = user_tree();
        struct error err = { 0 };
        const char *path;

        make_session();
        make_group("/user.slice/app.slice/hcs-sandbox-one", ALL_CONTROLLERS, "");
        put_files("/user.slice/app.slice/hcs-sandbox-one", LIMIT_FILES);
        become_somebody();
        path = compose(&tree, NULL, &memory_and_pids, &err);
        cr_assert(eq(int, make_v2(path, &memory_and_pids, &err), 0), "%s", err.text);
        expect_value("/user.slice/app.slice/hcs-sandbox-one", "pids.max", "5");
        expect_value("/user.slice", "cgroup.subtree_control", "cpu memory pids\n");

        cr_expect(lt(int, make_v2(path, &more, &err), 0), "cpuset was not given");
        cr_expect(ne(ptr, strstr(err.text, "+cpuset is not turned on in the cgroup"), NULL), "%s", err.text);
}

/* --- v1 ---------------------------------------------------------------------------------------------------------------------- */

static int make_on_v1(const struct cgroup_tree *tree, const char *path, bool every, const struct spec_resources *resources, struct error *err)
{
        struct cgroup group;

        cgroup_open(tree, path, &group);
        group.every_hierarchy = every;
        return cgroup_make(&group, resources, false, err);
}

Test(cgroup_v1, limits_go_to_the_files_of_their_hierarchies)
{
        const struct cgroup_tree tree = make_v1();
        const struct spec_memory memory = { .limit = NUMBER(1000), .swap = NUMBER(1500), .reservation = NUMBER(500), .kernel_tcp = NUMBER(300),
                                            .swappiness = AMOUNT(7), .disable_oom_killer = &(const bool){ true } };
        const struct spec_cpu cpu = { .shares = AMOUNT(1024), .quota = NUMBER(-1), .period = AMOUNT(50000), .burst = AMOUNT(700), .idle = NUMBER(1),
                                      .realtime_period = AMOUNT(600), .realtime_runtime = NUMBER(60), .cpus = "0-1", .mems = "0" };
        const struct spec_pids most = { .limit = NUMBER(-1) };
        const struct spec_resources resources = { .memory = &memory, .cpu = &cpu, .pids = &most };
        struct error err = { 0 };

        cr_assert(eq(int, make_on_v1(&tree, GROUP, false, &resources, &err), 0), "%s", err.text);
        expect_value("/memory" GROUP, "memory.limit_in_bytes", "1000");
        expect_value("/memory" GROUP, "memory.memsw.limit_in_bytes", "1500");
        expect_value("/memory" GROUP, "memory.soft_limit_in_bytes", "500");
        expect_value("/memory" GROUP, "memory.kmem.tcp.limit_in_bytes", "300");
        expect_value("/memory" GROUP, "memory.swappiness", "7");
        expect_value("/memory" GROUP, "memory.oom_control", "1");
        expect_value("/cpu" GROUP, "cpu.shares", "1024");
        expect_value("/cpu" GROUP, "cpu.cfs_period_us", "50000");
        expect_value("/cpu" GROUP, "cpu.cfs_quota_us", "-1");
        expect_value("/cpu" GROUP, "cpu.cfs_burst_us", "700");
        expect_value("/cpu" GROUP, "cpu.rt_period_us", "600");
        expect_value("/cpu" GROUP, "cpu.rt_runtime_us", "60");
        expect_value("/cpu" GROUP, "cpu.idle", "1");
        expect_value("/cpuset" GROUP, "cpuset.cpus", "0-1");
        expect_value("/cpuset" GROUP, "cpuset.mems", "0");
        expect_value("/pids" GROUP, "pids.max", "max");
}

static bool is_there(const char *hierarchy, const char *group)
{
        char path[100];

        snprintf(path, sizeof(path), "%s%s", hierarchy, group);
        return access(at(path, ""), F_OK) == 0;
}

/* Each directory costs time, and one in cpuset costs a copy of its parent's; a manager reads them all. */
Test(cgroup_v1, groups_are_made_where_they_are_needed_and_in_all_for_a_manager)
{
        struct cgroup_tree tree = make_v1();
        const struct spec_resources nothing = { .memory = &(const struct spec_memory){ .limit = NUMBER(0) },
                                                .cpu = &(const struct spec_cpu){ .shares = AMOUNT(0) } };
        struct error err = { 0 };

        cr_expect(eq(int, make_on_v1(&tree, "/two", false, &nothing, &err), 0), "%s", err.text);
        cr_expect(is_there("/freezer", "/two"));
        cr_expect(not(is_there("/memory", "/two")));
        cr_expect(not(is_there("/cpu", "/two")));
        cr_expect(not(is_there("/cpuset", "/two")));
        cr_expect(not(is_there("/pids", "/two")));

        cr_assert(eq(int, mkdir(at("/cpuacct", ""), 0755), 0));
        tree.mount[CGROUP_CPUACCT] = arena_copy(&arena, at("/cpuacct", ""));
        (void)make_on_v1(&tree, "/three", true, &nothing, &err);        /* fails in cpuset, which no kernel fills here */
        cr_expect(is_there("/memory", "/three"));
        cr_expect(is_there("/pids", "/three"));
        cr_expect(is_there("/cpu", "/three"));
        cr_expect(is_there("/cpuset", "/three"));
        cr_expect(not(is_there("/cpuacct", "/three")), "a directory where no hierarchy was mounted");
}

/* Where v2 is not mounted beside v1, crun writes its groups into the empty directory.  The numbers in them are anybody's by now. */
Test(cgroup_v1, files_that_crun_left_where_nothing_is_mounted_are_no_group)
{
        struct cgroup_tree tree;
        struct cgroup group;
        struct error err = { 0 };

        make_group("/freezer/one", "", "");
        cr_assert(eq(int, mkdir(at("/unified", ""), 0755), 0));
        cr_assert(eq(int, mkdir(at("/unified/one", ""), 0755), 0));
        put("/unified/one", "cgroup.procs", "1\n");
        cr_assert(eq(int, cgroup_tree_find(&arena, top, &tree, &err), 0), "%s", err.text);
        cr_expect(eq(int, tree.version, CGROUP_V1));
        cr_expect(ne(ptr, (void *)tree.mount[CGROUP_FREEZER], NULL));
        cr_expect(eq(ptr, (void *)tree.mount[CGROUP_UNIFIED], NULL));
        cgroup_open(&tree, "/one", &group);
        group.every_hierarchy = group.unified_too = true;
        cr_expect(eq(int, cgroup_check_free(&group, &err), 0), "%s", err.text);

        put("/unified", "cgroup.procs", "");                    /* mounted */
        cr_assert(eq(int, cgroup_tree_find(&arena, top, &tree, &err), 0), "%s", err.text);
        cr_expect(ne(ptr, (void *)tree.mount[CGROUP_UNIFIED], NULL));
        cr_expect(eq(int, cgroup_check_free(&group, &err), E_BUSY), "somebody is in it");
}

Test(cgroup_v1, a_limit_without_its_hierarchy_is_refused_by_name)
{
        struct string_pair pair = { .key = "memory.high", .value = "1" };
        const struct spec_resources unified = { .unified = { .items = &pair, .count = 1 } };
        struct cgroup_tree tree = make_v1();
        struct error err = { 0 };

        tree.mount[CGROUP_PIDS] = NULL;
        cr_expect(lt(int, make_on_v1(&tree, GROUP, false, &memory_and_pids, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "linux.resources.pids: the cgroup controller \"pids\" is not mounted"), NULL), "%s", err.text);
        expect_value("/memory" GROUP, "memory.limit_in_bytes", "");
        cr_expect(lt(int, make_on_v1(&tree, GROUP, false, &unified, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "linux.resources.unified: needs cgroup v2"), NULL), "%s", err.text);
        expect_place(&tree, NULL, &memory_and_pids, "/hcs-sandbox/one");
}

/* --- nothing is forgotten ---------------------------------------------------------------------------------------------------- */

/* A machine that has no descriptor or memory left for us has cgroups all the same: a sandbox would have lost its rules, or its
 * groups would have been left behind. */
Test(cgroup_place, that_can_not_be_read_is_not_taken_for_none)
{
        struct cgroup_tree tree;
        struct error err = { 0 };
        int r;

        make_group("/memory", "", "");
        cr_assert(eq(int, chmod(top, 0), 0));
        become_somebody();
        r = cgroup_tree_find(&arena, top, &tree, &err);
        (void)!seteuid(0);
        cr_assert(eq(int, chmod(top, 0755), 0));
        cr_expect(lt(int, r, 0));
        cr_expect(ne(ptr, strstr(err.text, "reading "), NULL), "%s", err.text);
}

Test(cgroup_place, that_is_not_there_is_none)
{
        struct cgroup_tree tree;
        struct error err = { 0 };

        cr_expect(eq(int, cgroup_tree_find(&arena, "/nowhere/cgroup", &tree, &err), 0), "%s", err.text);
        cr_expect(eq(int, (int)tree.version, (int)CGROUP_NONE));
}

Test(cgroup_place, that_was_recorded_is_not_forgotten_where_no_cgroups_are_mounted)
{
        const struct cgroup_tree tree = { .version = CGROUP_NONE };
        struct error err = { 0 };
        struct cgroup group;

        cgroup_open(&tree, GROUP, &group);
        cr_expect(lt(int, cgroup_remove(&group, true, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, GROUP " can't be removed from here"), NULL), "%s", err.text);
        cgroup_open(&tree, NULL, &group);
        cr_expect(eq(int, cgroup_remove(&group, true, &err), 0), "who has none needs none");
}

Test(cgroup_v2, levels_below_our_own_place_go_when_they_are_empty)
{
        const struct cgroup_tree tree = { .version = CGROUP_V2, .unified = top };
        struct error err = { 0 };
        struct cgroup group;
        char line[300];

        snprintf(line, sizeof(line), "cd %s && mkdir -p hcs-sandbox/a/b/c hcs-sandbox/a/d mine/b/c", top);
        cr_assert(eq(int, system(line), 0));
        cgroup_open(&tree, "/hcs-sandbox/a/b/c", &group);
        cr_expect(eq(int, cgroup_remove(&group, false, &err), 0), "%s", err.text);
        cr_expect(lt(int, access(at("/hcs-sandbox/a/b", ""), F_OK), 0));
        cr_expect(eq(int, access(at("/hcs-sandbox/a/d", ""), F_OK), 0));
        cgroup_open(&tree, "/hcs-sandbox/a/d", &group);
        cr_expect(eq(int, cgroup_remove(&group, false, &err), 0), "%s", err.text);
        cr_expect(lt(int, access(at("/hcs-sandbox/a", ""), F_OK), 0));
        cr_expect(eq(int, access(at("/hcs-sandbox", ""), F_OK), 0));
        cgroup_open(&tree, "/mine/b/c", &group);
        cr_expect(eq(int, cgroup_remove(&group, false, &err), 0), "%s", err.text);
        cr_expect(eq(int, access(at("/mine/b", ""), F_OK), 0), "a manager's");
}
