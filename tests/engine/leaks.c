/* Killed at any instruction: what is left can be seen, and delete --force takes it away. */
#include "tests/engine/harness.h"

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(leaks, .init = setup, .fini = teardown, .timeout = 300);

/* Kills `verb` after more and more time; after each kill the other verbs must work, and --force must clean. */
static void kill_at_many_times(const char *before, const char *verb)
{
        struct result r;

        for (int us = 200; us < 8000; us += 200) {
                box_shell(&box, &r, "%s >/dev/null 2>&1; (exec %s) </dev/null >/dev/null 2>&1 & p=$!; "
                          "perl -e 'select(undef,undef,undef,%d/1e6)'; kill -KILL $p 2>/dev/null; wait $p 2>/dev/null; "
                          "$H list >/dev/null || echo LIST; [ ! -d $DIR/state/one ] || $H state one >/dev/null || echo STATE; "
                          "$H delete --force one || echo DELETE", before, verb, us);
                cr_expect(eq(str, r.out, (char *)""), "%s killed after %d us: %s %s", verb, us, r.out, r.err);
        }
        box_expect_empty(&box);
}

Test(leaks, a_create_killed_anywhere_leaves_nothing_after_delete)
{
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]",
                .linux_ = ", \"resources\": { \"memory\": { \"limit\": 67108864 }, \"pids\": { \"limit\": 50 } }" });
        kill_at_many_times("true", "$H create -b $DIR/b one");
}

Test(leaks, a_create_of_a_host_copy_killed_anywhere_leaves_nothing_after_delete)
{
        (void)box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"sleep\", \"1000\"]" });
        kill_at_many_times("true", "$H create -b $DIR/b one");
}

/* Its scratch is on its way out while the rest is taken down. */
Test(leaks, a_run_of_a_host_copy_killed_anywhere_leaves_nothing_after_delete)
{
        (void)box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"true\"]" });
        kill_at_many_times("true", "$H run -b $DIR/b one");
        (void)box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"true\"]",
                .top = "\"annotations\": { \"org.hcs-sandbox.scratch\": \"memory\" }," });
        kill_at_many_times("true", "$H run -b $DIR/b one");
}

Test(leaks, a_start_and_an_exec_and_a_delete_killed_anywhere_leave_nothing_after_delete)
{
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        kill_at_many_times("$H create -b $DIR/b one", "$H start one");
        kill_at_many_times("$H run -d -b $DIR/b one", "$H exec one sleep 3");
        kill_at_many_times("$H run -d -b $DIR/b one", "$H delete --force one");
}

Test(leaks, two_hundred_live_at_once_and_nothing_of_ours_stays_for_them)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "for i in $(seq 200); do $H run -d -b $DIR/b s$i </dev/null >/dev/null 2>&1 || exit 1; done; $H list -q | wc -l; "
                  "ps -eo args | grep -F $DIR/state | grep -c '[h]cs-sandbox --root'");
        expect_out(&r, "200\n0\n");
        box_shell(&box, &r, "for i in $(seq 200); do $H delete --force s$i || exit 1; done");
        expect_status(&r, 0);
        box_expect_empty(&box);
}
