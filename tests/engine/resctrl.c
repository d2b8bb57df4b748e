/* linux.intelRdt where no kernel of the machine need have it: what a sandbox was given is in its record, so a tree of plain files can
 * stand there.  What is composed and made is tests/unit/local/resctrl.c's. */
#include "tests/engine/harness.h"

#include <sys/vfs.h>

#define RESCTRL_MAGIC 0x7655821

static struct box box;
static void setup(void) { needs_root(); needs_programs("jq"); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(resctrl_engine, .init = setup, .fini = teardown, .timeout = 120);

Test(resctrl_engine, is_refused_where_there_is_none)
{
        struct statfs kind;
        struct result r;

        if (statfs("/sys/fs/resctrl", &kind) == 0 && kind.f_type == RESCTRL_MAGIC)
                cr_skip("this machine has resctrl");
        box_bundle(&box, "b", &(struct bundle){ .args = "[\"true\"]", .linux_ = ", \"intelRdt\": { \"schemata\": [ \"L3:0=f\" ] }" });
        box_shell(&box, &r, "$H run -b $DIR/b one");
        expect_status(&r, 1);
        expect_err(&r, "linux.intelRdt: no resctrl is mounted on this machine");
        box_expect_empty(&box);
}

/* The class "one" is the sandbox's own, "busy" somebody else's with a monitoring group of the sandbox in it. */
static void begin(const char *class, const char *more)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "mkdir -p $DIR/top/one $DIR/top/busy/mon_groups/one; touch $DIR/top/one/tasks $DIR/top/busy/tasks "
                  "$DIR/top/busy/mon_groups/one/tasks; $H create -b $DIR/b one && $H start one && "
                  "jq -c \". + {ResctrlClass: \\\"$DIR/top/%s\\\"} + %s\" %s/one/record.json >$DIR/new && cp $DIR/new %s/one/record.json", class, more, box.root, box.root);
        cr_assert(eq(int, r.status, 0), "%s", r.err);
}

Test(resctrl_engine, further_processes_join_and_the_class_goes_with_the_sandbox)
{
        struct result r;

        begin("one", "{ResctrlOwn: true}");
        box_shell(&box, &r, "$H exec --pid-file $DIR/pid -d one sleep 1000; test \"$(cat $DIR/pid)\" = \"$(cat $DIR/top/one/tasks)\"");
        expect_status(&r, 0);
        box_shell(&box, &r, "$H delete --force one");
        expect_status(&r, 1);
        expect_err(&r, "/top/one of linux.intelRdt: directory not empty");
        box_shell(&box, &r, "rm $DIR/top/one/tasks; $H delete --force one; ls $DIR/top");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"busy\n"));
}

Test(resctrl_engine, of_a_class_of_others_only_what_is_the_sandboxs_own_goes)
{
        struct result r;

        begin("busy", "{ResctrlMonitor: \\\"$DIR/top/busy/mon_groups/one\\\"}");
        box_shell(&box, &r, "$H exec --pid-file $DIR/pid -d one sleep 1000; pid=$(cat $DIR/pid); test $pid = \"$(cat $DIR/top/busy/tasks)\" && "
                  "test $pid = \"$(cat $DIR/top/busy/mon_groups/one/tasks)\"");
        expect_status(&r, 0);
        box_shell(&box, &r, "rm $DIR/top/busy/mon_groups/one/tasks; $H delete --force one; ls $DIR/top/busy $DIR/top/busy/mon_groups");
        expect_status(&r, 0);
        cr_expect(ne(ptr, strstr(r.out, "tasks"), NULL));
        expect_no_out(&r, "one");
}

/* The class as the kernel has it, with its top beside `info`. */
static void fill_class(void)
{
        struct result r;

        box_shell(&box, &r, "mkdir -p $DIR/top/info/L3 $DIR/top/one/mon_data/mon_L3_00; echo fffff >$DIR/top/info/L3/cbm_mask; "
                  "echo '    L3:0=fffff' >$DIR/top/schemata; printf '    MB:0=100\n    L3:0=fffff\n' >$DIR/top/one/schemata; "
                  "echo 4096 >$DIR/top/one/mon_data/mon_L3_00/llc_occupancy");
        expect_status(&r, 0);
}

static void empty_class(void)
{
        struct result r;

        box_shell(&box, &r, "rm -rf $DIR/top/one/* && $H delete --force one; ls $DIR/top");
        expect_status(&r, 0);
        expect_no_out(&r, "one");
}

Test(resctrl_engine, schemata_are_changed_while_it_runs_and_told)
{
        struct result r;

        begin("one", "{ResctrlOwn: true}");
        fill_class();
        box_shell(&box, &r, "$H update --l3-cache-schema L3:0=f one && head -n 1 $DIR/top/one/schemata && "
                  "jq -r .HostedSystem.OciSpecification.linux.intelRdt.l3CacheSchema %s/one/system.json", box.root);
        cr_expect(eq(str, r.out, (char *)"L3:0=f\nL3:0=f\n"), "%s%s", r.out, r.err);
        box_shell(&box, &r, "$H events --stats one | jq -c '.data.intel_rdt | [.l3_cache_info.cbm_mask, .l3_cache_schema_root, .l3_cache_schema, .cmt_stats]'");
        cr_expect(eq(str, r.out, (char *)"[\"fffff\",\"L3:0=fffff\",\"L3:0=f\",[{\"llc_occupancy\":4096}]]\n"), "%s%s", r.out, r.err);
        empty_class();
}

Test(resctrl_engine, a_schema_that_is_none_changes_nothing)
{
        struct result r;

        begin("one", "{ResctrlOwn: true}");
        fill_class();
        box_shell(&box, &r, "$H update --l3-cache-schema MB:0=10 one");
        expect_status(&r, 1);
        expect_err(&r, "linux.intelRdt.l3CacheSchema: found \"MB:0=10\"");
        /* The class is first, and taken back when the cgroup refuses. */
        box_shell(&box, &r, "$H update --l3-cache-schema L3:0=f --cpuset-cpus 4000 one");
        expect_status(&r, 1);
        box_shell(&box, &r, "head -n 1 $DIR/top/one/schemata");
        cr_expect(eq(str, r.out, (char *)"L3:0=fffff\n"), "%s", r.out);
        empty_class();
}

Test(resctrl_engine, who_has_no_class_is_given_none_by_update)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "$H create -b $DIR/b one && $H start one && $H update --mem-bw-schema MB:0=10 one");
        expect_status(&r, 1);
        expect_err(&r, "linux.intelRdt: this sandbox has no class");
        box_shell(&box, &r, "$H events --stats one | jq -c .data.intel_rdt; $H delete --force one");
        cr_expect(eq(str, r.out, (char *)"{}\n"), "%s%s", r.out, r.err);
}
