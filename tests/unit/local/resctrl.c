/* Classes of linux.intelRdt, on trees of plain files: the kernel fills a directory that is made there, here the test does. */
#include "tests/unit/local/tree.h"

#include "hcs/local/resctrl.h"

static struct resctrl place;
static struct error err;

static void setup(void)
{
        make_tree();
        make_group("/info", "", "");
        make_group("/info/L3_MON", "", "");
        put("/info", "last_cmd_status", "ok\n");
        make_group("/mon_groups", "", "");
        put("", "schemata", "    MB:0=100;1=100\n    L3:0=fffff;1=fffff\n");
        put("", "tasks", "");
        make_group("/busy", "", "");
        put("/busy", "schemata", "    MB:0= 20;1= 70\n    L3:0=007f0;1=0001f\n");
        put("/busy", "tasks", "");
        make_group("/busy/mon_groups", "", "");
}

TestSuite(resctrl, .init = setup, .fini = remove_tree);

#define STRINGS(...) { .items = (const char *[]){ __VA_ARGS__ }, .count = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *) }

static int compose(const struct spec_intel_rdt *wanted)
{
        err = (struct error){ 0 };
        return resctrl_compose(&arena, top, wanted, "one", &place, &err);
}

#define expect_refused(words, ...) do { \
                cr_expect(lt(int, compose(&(const struct spec_intel_rdt){ __VA_ARGS__ }), 0)); \
                cr_expect(ne(ptr, strstr(err.text, words), NULL), "%s", err.text); \
        } while (0)

static void make_filled(const struct spec_intel_rdt *wanted, const char *path)
{
        cr_assert(eq(int, compose(wanted), 0), "%s", err.text);
        cr_assert(eq(int, resctrl_make(&place, &err), 0), "%s", err.text);
        put(path, "schemata", "");
        put(path, "tasks", "");
        cr_assert(eq(int, resctrl_fill(&place, wanted, &err), 0), "%s", err.text);
}

Test(resctrl, without_a_name_a_class_of_the_sandboxs_own_is_made_and_goes_with_it)
{
        const struct spec_intel_rdt wanted = { .schemata = STRINGS("L3:0=ff") };

        make_filled(&wanted, "/one");
        expect_value("/one", "schemata", "L3:0=ff\n");
        cr_assert(eq(int, resctrl_join(&place, 4711, &err), 0), "%s", err.text);
        expect_value("/one", "tasks", "4711");
        expect_value("", "tasks", "");
        cr_assert(place.own);
        unlink(at("/one", "schemata"));
        unlink(at("/one", "tasks"));
        cr_expect(eq(int, resctrl_remove(&place, &err), 0), "%s", err.text);
        cr_expect(lt(int, access(at("/one", ""), F_OK), 0));
        cr_expect(eq(int, resctrl_remove(&place, &err), 0), "twice is fine");
}

Test(resctrl, nothing_said_is_still_a_class)
{
        const struct spec_intel_rdt wanted = { .clos_id = "" };

        make_filled(&wanted, "/one");
        expect_value("/one", "schemata", "");
}

Test(resctrl, a_named_class_is_made_but_stays)
{
        const struct spec_intel_rdt wanted = { .clos_id = "gold", .l3_cache_schema = "L3:0=7f0", .mem_bw_schema = "MB:0=20" };

        make_filled(&wanted, "/gold");
        expect_value("/gold", "schemata", "MB:0=20\n\n");      /* over the first line: a plain file begins anew, the kernel's doesn't */
        cr_expect(not(place.own));
        cr_expect(eq(int, resctrl_remove(&place, &err), 0));
        cr_expect(eq(int, access(at("/gold", ""), F_OK), 0));
}

Test(resctrl, a_class_that_is_there_is_joined_as_it_is)
{
        static const struct spec_intel_rdt same[] = {
                { .clos_id = "busy" },
                { .clos_id = "busy", .l3_cache_schema = "L3:1=1f;0=7f0", .mem_bw_schema = "MB:0=20" },
                { .clos_id = "busy", .l3_cache_schema = "L3:0=7F0;1=1f\n" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(same); i++) {
                cr_expect(eq(int, compose(&same[i]), 0), "%zu: %s", i, err.text);
                cr_expect(eq(int, resctrl_make(&place, &err), 0));
                cr_expect(eq(int, resctrl_fill(&place, &same[i], &err), 0));
                cr_expect(not(place.own));
        }
        expect_value("/busy", "schemata", "    MB:0= 20;1= 70\n    L3:0=007f0;1=0001f\n");
        cr_expect(eq(int, resctrl_join(&place, 12, &err), 0), "%s", err.text);
        expect_value("/busy", "tasks", "12");
}

Test(resctrl, a_class_that_is_there_and_other_is_refused)
{
        expect_refused("has \"L3:0=007f0;1=0001f\"; make them equal", .clos_id = "busy", .l3_cache_schema = "L3:0=7f0;1=3f");
        expect_refused("linux.intelRdt.l3CacheSchema: found", .clos_id = "busy", .l3_cache_schema = "L3:0=7f0;2=1f");
        expect_refused("has \"nothing\"", .clos_id = "busy", .l3_cache_schema = "L3CODE:0=7f0");
        expect_refused("linux.intelRdt.memBwSchema: found", .clos_id = "busy", .mem_bw_schema = "MB:0=32;1=70");
        expect_refused("linux.intelRdt.memBwSchema: found", .clos_id = "busy", .mem_bw_schema = "MB:0=x");
}

Test(resctrl, schemata_are_written_where_they_are_named)
{
        const struct spec_intel_rdt wanted = { .clos_id = "/", .schemata = STRINGS("L2:0=f", "MB:0=10") };

        put("", "schemata", "");
        cr_assert(eq(int, compose(&wanted), 0), "%s", err.text);
        cr_expect(eq(str, (char *)place.class, top));
        cr_assert(eq(int, resctrl_fill(&place, &wanted, &err), 0), "%s", err.text);
        expect_value("", "schemata", "MB:0=10\n");
        cr_expect(eq(int, resctrl_remove(&place, &err), 0));
        cr_expect(eq(int, access(top, F_OK), 0));
}

Test(resctrl, what_is_missing_or_in_the_way_is_named)
{
        make_group("/one", "", "");
        expect_refused("there is no class", .clos_id = "none");
        expect_refused("is there already, and somebody else's; name it by closID", .mem_bw_schema = "MB:0=10");
        make_group("/busy/mon_groups/one", "", "");
        expect_refused("mon_groups/one is there already", .clos_id = "busy", .enable_monitoring = true);
}

Test(resctrl, a_monitoring_group_is_the_sandboxs_own_also_in_a_class_of_others)
{
        const struct spec_intel_rdt wanted = { .clos_id = "busy", .enable_monitoring = true };

        cr_assert(eq(int, compose(&wanted), 0), "%s", err.text);
        cr_assert(eq(int, resctrl_make(&place, &err), 0), "%s", err.text);
        put("/busy/mon_groups/one", "tasks", "");
        cr_assert(eq(int, resctrl_join(&place, 99, &err), 0), "%s", err.text);
        expect_value("/busy", "tasks", "99");
        expect_value("/busy/mon_groups/one", "tasks", "99");
        unlink(at("/busy/mon_groups/one", "tasks"));
        cr_expect(eq(int, resctrl_remove(&place, &err), 0), "%s", err.text);
        cr_expect(lt(int, access(at("/busy/mon_groups/one", ""), F_OK), 0));
        cr_expect(eq(int, access(at("/busy", ""), F_OK), 0));
}

Test(resctrl, no_monitoring_in_the_processor_is_an_error)
{
        unlink(at("/info/L3_MON", "cgroup.procs"));
        unlink(at("/info/L3_MON", "cgroup.controllers"));
        unlink(at("/info/L3_MON", "cgroup.subtree_control"));
        cr_assert(eq(int, rmdir(at("/info/L3_MON", "")), 0));
        expect_refused("linux.intelRdt.enableMonitoring: this processor or kernel monitors nothing", .enable_monitoring = true);
}

Test(resctrl, the_kernels_own_reason_is_told)
{
        const struct spec_intel_rdt wanted = { .schemata = STRINGS("L3:0=f0f") };

        put("/info", "last_cmd_status", "Mask f0f has non-consecutive 1-bits\n");
        cr_assert(eq(int, compose(&wanted), 0), "%s", err.text);
        cr_assert(eq(int, resctrl_make(&place, &err), 0), "%s", err.text);
        cr_expect(lt(int, resctrl_fill(&place, &wanted, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "linux.intelRdt.schemata: writing \"L3:0=f0f\" to the class "), NULL), "%s", err.text);
        cr_expect(ne(ptr, strstr(err.text, "(the kernel says: Mask f0f has non-consecutive 1-bits)"), NULL), "%s", err.text);
}

Test(resctrl, it_is_found_wherever_it_is_mounted)
{
        static const char other[] = "24 1 0:5 / /proc rw - proc proc rw\n", here[] = "30 24 0:22 / /mnt/a\\040b rw,nosuid shared:7 - resctrl resctrl rw\n";
        char both[300];
        mountinfo mounts;

        snprintf(both, sizeof(both), "%s%s", other, here);
        cr_assert(eq(int, mountinfo_parse(&arena, both, &mounts, &err), 0));
        cr_expect(eq(str, (char *)resctrl_find_in(&mounts), (char *)"/mnt/a b"));
        cr_expect(eq(u32, mounts.items[1].id, 30));
        cr_expect(eq(str, (char *)mounts.items[0].type, (char *)"proc"));
        cr_assert(eq(int, mountinfo_parse(&arena, other, &mounts, &err), 0));
        cr_expect(eq(ptr, (void *)resctrl_find_in(&mounts), NULL));
        cr_assert(eq(int, mountinfo_parse(&arena, "x\n30 24 0:22 /one /mnt rw - resctrl resctrl rw\n", &mounts, &err), 0));
        cr_expect(eq(sz, mounts.count, 1));
        cr_expect(eq(ptr, (void *)resctrl_find_in(&mounts), NULL), "a part of it is not it");
}

/* --- of a living sandbox ---------------------------------------------------------------------------------------------------- */

#define BUSY "    MB:0= 20;1= 70\n    L3:0=007f0;1=0001f\n"

Test(resctrl, a_change_can_be_taken_back)
{
        _cleanup_(text_done) struct text before = { 0 };

        err = (struct error){ 0 };
        cr_assert(eq(int, resctrl_change(at("/busy", ""), &(const struct spec_intel_rdt){ .l3_cache_schema = "L3:0=f" }, &before, &err), 0), "%s", err.text);
        cr_expect(eq(str, before.data, (char *)"L3:0=007f0;1=0001f\n"), "the lines of the other resources are left alone");
        cr_expect(eq(int, strncmp(value_of("/busy", "schemata"), "L3:0=f\n", 7), 0), "%s", value_of("/busy", "schemata"));
        cr_assert(eq(int, resctrl_put_back(at("/busy", ""), &before, &err), 0), "%s", err.text);
        cr_expect(eq(int, strncmp(value_of("/busy", "schemata"), "L3:0=007f0;1=0001f\n", 19), 0), "%s", value_of("/busy", "schemata"));
}

Test(resctrl, nothing_that_was_given_changes_nothing)
{
        _cleanup_(text_done) struct text before = { 0 };

        err = (struct error){ 0 };
        cr_expect(eq(int, resctrl_change(at("/busy", ""), &(const struct spec_intel_rdt){ .l3_cache_schema = "" }, &before, &err), 0), "%s", err.text);
        cr_expect(eq(int, resctrl_put_back(at("/busy", ""), &before, &err), 0));
        expect_value("/busy", "schemata", BUSY);
}

Test(resctrl, the_class_at_the_top_is_everybodys_and_not_changed)
{
        _cleanup_(text_done) struct text before = { 0 };

        err = (struct error){ 0 };
        cr_expect(lt(int, resctrl_change(top, &(const struct spec_intel_rdt){ .mem_bw_schema = "MB:0=10" }, &before, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "name one of its own by closID"), NULL), "%s", err.text);
}

static void make_counters(const char *group)
{
        char path[100];

        snprintf(path, sizeof(path), "%s/mon_data/mon_L3_01", group);
        make_group(path, "", "");
        put(path, "llc_occupancy", "200\n");
        put(path, "mbm_total_bytes", "Unavailable\n");
        put(path, "mbm_local_bytes", "Error\n");
        snprintf(path, sizeof(path), "%s/mon_data/mon_L3_00", group);
        make_group(path, "", "");
        put(path, "llc_occupancy", "100\n");
        put(path, "mbm_total_bytes", "11\n");
        put(path, "mbm_local_bytes", "7\n");
}

static void expect_told(const struct resctrl *told, const char *expected)
{
        static const struct json_field fields[] = { JSON_STRUCT_F(struct statistics, "rdt", intel_rdt, stat_rdt_fields, JSON_ALWAYS), JSON_END };
        _cleanup_(text_done) struct text text = { 0 };
        struct statistics used = { 0 };

        err = (struct error){ 0 };
        cr_assert(eq(int, resctrl_statistics(&arena, told, &used.intel_rdt, &err), 0), "%s", err.text);
        json_write(&text, fields, &used);
        cr_expect(eq(str, text.data, (char *)expected));
}

/* The members are runc's (types/events.go). */
Test(resctrl, statistics_are_of_what_the_processor_has)
{
        make_group("/info/L3", "", "");
        put("/info/L3", "cbm_mask", "fffff\n");
        put("/info/L3", "min_cbm_bits", "1\n");
        put("/info/L3", "num_closids", "16\n");
        make_group("/info/MB", "", "");
        put("/info/MB", "bandwidth_gran", "10\n");
        put("/info/MB", "min_bandwidth", "10\n");
        put("/info/MB", "delay_linear", "1\n");
        put("/info/MB", "num_closids", "8\n");
        make_counters("/busy");
        make_counters("/busy/mon_groups/one");
        expect_told(&(const struct resctrl){ .class = at("/busy", ""), .monitor = at("/busy/mon_groups/one", "") },
                    "{\"rdt\":{\"l3_cache_info\":{\"cbm_mask\":\"fffff\",\"min_cbm_bits\":1,\"num_closids\":16},"
                    "\"l3_cache_schema_root\":\"L3:0=fffff;1=fffff\",\"l3_cache_schema\":\"L3:0=007f0;1=0001f\","
                    "\"mem_bw_info\":{\"bandwidth_gran\":10,\"delay_linear\":1,\"min_bandwidth\":10,\"num_closids\":8},"
                    "\"mem_bw_schema_root\":\"MB:0=100;1=100\",\"mem_bw_schema\":\"MB:0= 20;1= 70\","
                    "\"mbm_stats\":[{\"mbm_total_bytes\":11,\"mbm_local_bytes\":7}],\"cmt_stats\":[{\"llc_occupancy\":100},{\"llc_occupancy\":200}]}}");
}

Test(resctrl, what_others_use_in_a_class_is_not_told_as_the_sandboxs)
{
        make_counters("/busy");
        expect_told(&(const struct resctrl){ .class = at("/busy", "") },
                    "{\"rdt\":{\"l3_cache_schema_root\":\"L3:0=fffff;1=fffff\",\"l3_cache_schema\":\"L3:0=007f0;1=0001f\","
                    "\"mem_bw_schema_root\":\"MB:0=100;1=100\",\"mem_bw_schema\":\"MB:0= 20;1= 70\"}}");
}
