/* What a process is set to, looked at from inside: scheduling, I/O priority, processors, memory, personality, keyring. */
#include "tests/engine/harness.h"

#include <unistd.h>

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(settings, .init = setup, .fini = teardown, .timeout = 120);

#define SHELL(line) "[\"sh\", \"-c\", \"" line "\"]"
/* Fields 19, 40 and 41 of proc_pid_stat(5): nice, real-time priority, policy. */
#define SCHEDULER SHELL("sed 's/.*) //' /proc/self/stat | cut -d' ' -f39,38,17")

Test(settings, a_scheduler_is_that_of_the_program)
{
        static const struct { const char *process, *out; } cases[] = {
                { "\"scheduler\": { \"policy\": \"SCHED_OTHER\", \"nice\": 7 },", "7 0 0\n" },
                { "\"scheduler\": { \"policy\": \"SCHED_BATCH\", \"nice\": 3 },", "3 0 3\n" },
                { "\"scheduler\": { \"policy\": \"SCHED_IDLE\" },", "0 0 5\n" },
                { "\"scheduler\": { \"policy\": \"SCHED_OTHER\", \"nice\": -5, \"flags\": [\"SCHED_FLAG_RESET_ON_FORK\"] },", "0 0 0\n" },
        };
        struct result r;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                box_try(&box, &r, &(struct bundle){ .args = SCHEDULER, .process = cases[i].process });
                cr_expect(eq(str, r.out, (char *)cases[i].out), "case %zu: %s", i, r.err);
        }
}

Test(settings, a_real_time_scheduler_works_or_says_why_not)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .args = SCHEDULER, .process = "\"scheduler\": { \"policy\": \"SCHED_RR\", \"priority\": 4 }," });
        if (r.status != 0) {
                expect_err(&r, "process.scheduler: setting SCHED_RR (needs CAP_SYS_NICE, and time for it in the cgroup)");
                cr_skip("this cgroup gives no time to real-time processes: %s", r.err);
        }
        cr_expect(eq(str, r.out, (char *)"0 4 2\n"));
}

Test(settings, io_priority_is_set)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .args = "[\"ionice\"]", .process = "\"ioPriority\": { \"class\": \"IOPRIO_CLASS_BE\", \"priority\": 6 }," });
        expect_out(&r, "best-effort: prio 6");
        box_try(&box, &r, &(struct bundle){ .args = "[\"ionice\"]", .process = "\"ioPriority\": { \"class\": \"IOPRIO_CLASS_IDLE\" }," });
        expect_out(&r, "idle");
}

Test(settings, personality_is_that_of_all_processes)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SHELL("uname -m; sleep 100"), .linux_ = ", \"personality\": { \"domain\": \"LINUX32\" }" });
        box_shell(&box, &r, "[ $(uname -m) = x86_64 ] || exit 77; $H run -d -b $DIR/b one </dev/null >$DIR/out 2>&1; "
                  "for i in 1 2 3 4 5; do [ -s $DIR/out ] && break; sleep 0.1; done; cat $DIR/out; $H exec one uname -m; $H delete -f one");
        if (r.status == 77)
                cr_skip("the name of a 32-bit machine is known here for x86_64 only");
        cr_expect(eq(str, r.out, (char *)"i686\ni686\n"), "%s", r.err);
}

Test(settings, a_memory_policy_shows_in_numa_maps)
{
        struct result r;

        if (access("/proc/self/numa_maps", R_OK) < 0)
                cr_skip("this kernel has no NUMA");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = SHELL("grep -c bind:0 /proc/self/numa_maps; sleep 100"),
                                                      .linux_ = ", \"memoryPolicy\": { \"mode\": \"MPOL_BIND\", \"nodes\": \"0\", \"flags\": [\"MPOL_F_STATIC_NODES\"] }" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one </dev/null >/dev/null 2>&1; $H exec one grep -m1 -o 'bind=static:0' /proc/self/numa_maps; $H delete -f one");
        cr_expect(eq(str, r.out, (char *)"bind=static:0\n"), "%s", r.err);
        box_try(&box, &r, &(struct bundle){ .linux_ = ", \"memoryPolicy\": { \"mode\": \"MPOL_BIND\", \"nodes\": \"900\" }" });
        expect_status(&r, 1);
        expect_err(&r, "linux.memoryPolicy: setting MPOL_BIND (are all of its nodes there?)");
}

Test(settings, exec_runs_on_its_processors)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"100\"]" });
        box_shell(&box, &r, "[ $(nproc) -gt 1 ] || exit 77; $H run -d -b $DIR/b one </dev/null >/dev/null 2>&1; "
                  "for a in '{ \"initial\": \"0\", \"final\": \"1\" }' '{ \"initial\": \"0\" }' '{ \"final\": \"4000\" }'; do "
                  "jq --argjson a \"$a\" '.process | .args = [\"grep\", \"Cpus_allowed_list\", \"/proc/self/status\"] | .execCPUAffinity = $a' $DIR/b/config.json >$DIR/p; "
                  "$H exec --process $DIR/p one; done; $H delete -f one");
        if (r.status == 77)
                cr_skip("this machine has one processor");
        cr_expect(eq(int, strncmp(r.out, "Cpus_allowed_list:\t1\n", 21), 0), "%s%s", r.out, r.err);
        expect_err(&r, "process.execCPUAffinity.final: moving to processors 4000 (none of them is there for this process)");
}

/* The host's own is not theirs: neither the first process', nor that of one that joins later. */
Test(settings, processes_share_a_session_keyring_of_their_own)
{
        struct result r;

        if (access("/proc/keys", R_OK) < 0)
                cr_skip("this kernel has no keys");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"100\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one </dev/null >/dev/null 2>&1; $H exec one grep -o ' _ses[^:]*' /proc/keys; echo --; "
                  "$H exec one awk '/_ses.one/ { print $5 }' /proc/keys; $H delete -f one; $H run --no-new-keyring -d -b $DIR/b two </dev/null >/dev/null 2>&1; "
                  "$H exec two grep -c '_ses.two' /proc/keys; $H delete -f two");
        cr_expect(eq(str, r.out, (char *)" _ses.one\n--\n3f1b0000\n0\n"), "%s", r.err);
}
