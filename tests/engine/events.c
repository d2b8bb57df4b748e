/* What a sandbox uses, told while it runs. */
#include "tests/engine/harness.h"

#include <stdio.h>

static struct box box;
static void setup(void) { needs_root(); needs_cgroup("memory"); needs_programs("jq timeout pgrep"); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(events, .init = setup, .fini = teardown, .timeout = 120);

/* As clients have it: the cgroup is named, and so the sandbox is in every hierarchy.  The harness gives each box its own top. */
static void begin(const char *line)
{
        char args[600];
        struct result r;

        snprintf(args, sizeof(args), "[\"sh\", \"-c\", \"%s\"]", line);
        box_bundle(&box, "b", &(struct bundle){ .args = args, .linux_ = ", \"cgroupsPath\": \"/hcs-sandbox/one\", \"resources\": "
                   "{ \"memory\": { \"limit\": 33554432, \"swap\": 33554432 }, \"pids\": { \"limit\": 50 } }" });
        box_shell(&box, &r, "$H create -b $DIR/b one && $H start one");
        cr_assert(eq(int, r.status, 0), "%s", r.err);
}

Test(events, statistics_are_one_line_of_the_known_shape)
{
        struct result r;

        begin("sleep 1000");
        box_shell(&box, &r, "$H events --stats one >$DIR/line; wc -l <$DIR/line; jq -c '.type, .id, (.data | keys_unsorted), .data.memory.usage.limit, "
                  ".data.pids.limit, (.data.pids.current > 0), (.data.cpu.usage.total > 0), .data.network_interfaces, .data.intel_rdt' $DIR/line");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"1\n\"stats\"\n\"one\"\n[\"cpu\",\"cpuset\",\"memory\",\"pids\",\"blkio\",\"hugetlb\",\"intel_rdt\","
                                         "\"network_interfaces\"]\n33554432\n50\ntrue\ntrue\nnull\n{}\n"), "%s", r.err);
        box_shell(&box, &r, "$H delete --force one");
}

Test(events, come_at_every_interval_until_the_end)
{
        struct result r;

        begin("sleep 2");
        box_shell(&box, &r, "timeout 20 $H events --interval 0.3s one >$DIR/lines; echo $?; jq -r .type <$DIR/lines | sort | uniq -c | awk '{ print ($1 >= 3), $2 }'");
        cr_expect(eq(str, r.out, (char *)"0\n1 stats\n"), "%s", r.err);
        box_shell(&box, &r, "$H events one");
        expect_status(&r, 1);
        expect_err(&r, "container not running");
        box_shell(&box, &r, "$H delete one");
}

Test(events, memory_that_runs_out_is_told)
{
        struct result r;

        begin("sleep 1; tail /dev/zero; sleep 1");
        box_shell(&box, &r, "timeout 20 $H events --interval 1h one");
        expect_status(&r, 0);
        expect_out(&r, "{\"type\":\"oom\",\"id\":\"one\"}\n");
        box_shell(&box, &r, "$H delete --force one");
}

Test(events, memory_that_runs_out_is_told_each_time)
{
        struct result r;

        begin("sleep 1; for round in 1 2 3; do tail /dev/zero; sleep 0.3; done");
        box_shell(&box, &r, "timeout 30 $H events --interval 1h one");
        expect_status(&r, 0);
        expect_out(&r, "{\"type\":\"oom\",\"id\":\"one\"}\n{\"type\":\"oom\",\"id\":\"one\"}\n{\"type\":\"oom\",\"id\":\"one\"}\n");
        box_shell(&box, &r, "$H delete --force one");
}

/* The killer takes the first process, and the sandbox ends with it. */
Test(events, memory_that_runs_out_is_told_before_the_end_that_it_brings)
{
        struct result r;

        begin("sleep 1; exec tail /dev/zero");
        box_shell(&box, &r, "timeout 20 $H events --interval 1h one");
        expect_status(&r, 0);
        expect_out(&r, "{\"type\":\"oom\",\"id\":\"one\"}\n");
        box_shell(&box, &r, "$H delete --force one");
}

/* It stands still while the sandbox goes, and wakes up to count what is gone, mostly before it hears of that. */
Test(events, an_end_while_it_counts_is_an_end_and_no_failure)
{
        struct result r;

        for (int round = 0; round < 5; round++) {
                begin("sleep 1000");
                box_shell(&box, &r, "timeout 20 $H events --interval 1ms one >$DIR/lines & pid=$!; sleep 0.3; child=$(pgrep -P $pid); "
                          "kill -STOP $child; $H delete --force one; kill -CONT $child; wait $pid; echo $?; "
                          "jq -r 'select(.data.pids.current == 0) | .type' <$DIR/lines | sort -u");
                expect_out(&r, "0\n");
                cr_expect(eq(str, r.err, (char *)""));
        }
}

Test(events, what_was_typed_wrong_is_named)
{
        static const char *const wrong[] = { "0s", "5", "x", "-1s", "1h5", "48h" };
        struct result r;

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                box_shell(&box, &r, "$H events --interval=%s one", wrong[i]);
                expect_status(&r, 1);
                expect_err(&r, "--interval: found");
        }
        box_run(&box, &r, "events", "--interval", "1m30.5s", "nobody", NULL);
        expect_err(&r, "container \"nobody\" does not exist");
}
