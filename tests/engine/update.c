/* Limits of a living sandbox, changed: what the kernel says afterwards, and that nothing changes when it refuses. */
#include "tests/engine/harness.h"

static struct box box;
static void setup(void) { needs_root(); needs_cgroup("memory"); needs_cgroup("pids"); needs_programs("jq"); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(update, .init = setup, .fini = teardown, .timeout = 120);

/* A shell word: `value FILE-V1 FILE-V2` prints what the kernel has. */
#define HELP "value() { cat /sys/fs/cgroup/*/hcs-sandbox/one*/$1 /sys/fs/cgroup/hcs-sandbox/one*/$2 2>/dev/null | head -n 1; };"

static void begin(const char *linux_)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]", .linux_ = linux_ });
        box_shell(&box, &r, "$H create -b $DIR/b one && $H start one");
        cr_assert(eq(int, r.status, 0), "%s", r.err);
}

static void end(void)
{
        struct result r;

        box_shell(&box, &r, "$H delete --force one");
        expect_status(&r, 0);
}

Test(update, changes_what_flags_say)
{
        struct result r;

        needs_cgroup("cpu");
        begin("");
        box_shell(&box, &r, HELP "$H update --memory 64M --pids-limit 77 --cpu-quota 20000 --cpu-period 50000 one && "
                  "value memory.limit_in_bytes memory.max && value pids.max pids.max");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"67108864\n77\n"), "%s", r.err);
        box_shell(&box, &r, HELP "$H update --pids-limit=-1 one && value pids.max pids.max && value memory.limit_in_bytes memory.max");
        cr_expect(eq(str, r.out, (char *)"max\n67108864\n"), "%s", r.err);
        box_shell(&box, &r, "$H exec one cat /proc/self/cgroup | grep -c hcs-sandbox/one");
        expect_status(&r, 0);
        end();
}

/* The kernel refuses each of these when the two values are written in the wrong order. */
Test(update, raises_and_lowers_memory_and_swap_together)
{
        struct result r;

        begin(", \"resources\": { \"memory\": { \"limit\": 67108864 } }");
        box_shell(&box, &r, "ls /sys/fs/cgroup/*/hcs-sandbox/one*/memory.memsw.limit_in_bytes /sys/fs/cgroup/hcs-sandbox/one*/memory.swap.max 2>/dev/null | grep .");
        if (r.status != 0) {
                end();
                cr_skip("this kernel does not limit swap");
        }
        box_shell(&box, &r, "set -e; for m in 64 512 32 128; do $H update --memory ${m}M --memory-swap $((2 * m))M one; done; $H update --memory=-1 one");
        expect_status(&r, 0);
        end();
}

Test(update, takes_what_docker_sends_on_standard_input)
{
        struct result r;

        begin(", \"resources\": { \"pids\": { \"limit\": 50 } }");
        box_shell(&box, &r, HELP "echo '{\"memory\":{\"limit\":67108864,\"reservation\":0,\"kernel\":0},\"cpu\":{\"shares\":0},\"blockIO\":{\"weight\":0}}' | "
                  "$H update --resources - one && value memory.limit_in_bytes memory.max && value pids.max pids.max");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"67108864\n50\n"), "%s", r.err);
        box_shell(&box, &r, HELP "echo '{\"pids\":{\"limit\":60}}' >$DIR/r && $H update --resources=$DIR/r one && value pids.max pids.max");
        cr_expect(eq(str, r.out, (char *)"60\n"), "%s", r.err);
        end();
}

Test(update, is_written_down_with_what_was_there)
{
        struct result r;

        begin(", \"resources\": { \"pids\": { \"limit\": 50 }, \"memory\": { \"limit\": 134217728 } }");
        box_shell(&box, &r, "$H update --memory 64M one && jq -c '.HostedSystem.OciSpecification.linux.resources | "
                  "[.memory.limit, .pids.limit]' $DIR/state/one/system.json && $H state one | jq -r .status");
        cr_expect(eq(str, r.out, (char *)"[67108864,50]\nrunning\n"), "%s", r.err);
        end();
}

Test(update, that_is_refused_changes_nothing)
{
        struct result r;

        begin(", \"resources\": { \"pids\": { \"limit\": 50 }, \"memory\": { \"limit\": 67108864 } }");
        /* The kernel takes the first and refuses the second: there are no so many processors. */
        box_shell(&box, &r, HELP "cp $DIR/state/one/system.json $DIR/before; $H update --memory 32M --pids-limit 9 --cpuset-cpus 1000 one; echo $?;"
                  "value memory.limit_in_bytes memory.max; value pids.max pids.max; cmp $DIR/before $DIR/state/one/system.json");
        cr_expect(eq(str, r.out, (char *)"1\n67108864\n50\n"), "%s %s", r.out, r.err);
        expect_err(&r, "linux.resources.cpu.cpus");
        box_shell(&box, &r, "$H update --memory 4 one");
        expect_status(&r, 1);
        expect_err(&r, "linux.resources.memory.limit: found 4 bytes");
        end();
}

Test(update, replaces_the_rules_of_devices_when_they_are_given)
{
        struct result r;

        needs_cgroup("devices");
        begin("");
        box_shell(&box, &r, "echo '{\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":200,\"access\":\"rw\"}]}' | "
                  "$H update -r - one; if test -e /sys/fs/cgroup/devices; then grep -x 'c 10:200 rw' /sys/fs/cgroup/devices/hcs-sandbox/one*/devices.list; "
                  "else echo 'c 10:200 rw'; fi; $H exec one head -c 1 /dev/zero | wc -c");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"c 10:200 rw\n1\n"), "%s", r.err);
        end();
}

/* The kernel has taken all, and then there is no room to write it down. */
Test(update, that_cannot_be_written_down_changes_nothing_either)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]", .linux_ = ", \"resources\": { \"memory\": { \"limit\": 67108864 } }" });
        box_shell(&box, &r, "set -e; mkdir $DIR/small; mount -t tmpfs -o size=256k small $DIR/small; H=\"${H%% --root*} --root $DIR/small\"; "
                  "$H create -b $DIR/b one; $H start one; ! head -c 1000000 /dev/zero >$DIR/small/full 2>/dev/null; "
                  "$H update --memory 32M one || echo $?; cat /sys/fs/cgroup/*/hcs-sandbox/one*/memory.limit_in_bytes /sys/fs/cgroup/hcs-sandbox/one*/memory.max "
                  "2>/dev/null || true; rm $DIR/small/full; $H delete --force one; umount $DIR/small; rmdir $DIR/small");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"1\n67108864\n"), "%s", r.err);
        expect_err(&r, "no space left on device");
}

/* A sandbox for which nobody asked for limits is in few hierarchies of v1: it joins others when it gets some. */
Test(update, takes_every_process_along)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sh\", \"-c\", \"sleep 1000 & sleep 1000 & wait\"]" });
        box_shell(&box, &r, HELP "set -e; $H create -b $DIR/b one; $H start one; until test $($H ps -f json one | jq length) = 3; do sleep 0.05; done; "
                  "$H update --memory 64M --pids-limit 9 one; "
                  "for f in /sys/fs/cgroup/memory/hcs-sandbox/one*/cgroup.procs /sys/fs/cgroup/pids/hcs-sandbox/one*/cgroup.procs /sys/fs/cgroup/hcs-sandbox/one*/cgroup.procs; do "
                  "test -e $f && wc -l <$f; done; true");
        expect_status(&r, 0);
        expect_out(&r, "3\n");
        expect_no_out(&r, "0\n");
        end();
}

Test(update, says_what_is_wrong_with_what_was_typed)
{
        static const struct { const char *flags, *why; } cases[] = {
                { "", "what is to change is missing" },
                { "--memory 5X", "--memory: found \"5X\"; expected bytes, such as" },
                { "--memory ''", "--memory: found \"\"" },
                { "--cpu-idle 2", "--cpu-idle: found \"2\"; expected 0 or 1" },
                { "--cpu-share x", "--cpu-share: found \"x\"" },
                { "--blkio-weight 5", "linux.resources.blockIO.weight: found 5" },
                { "--kernel-memory 1M", "linux.resources.memory.kernel: found 1048576" },
                { "--l3-cache-schema L3:0=f", "linux.intelRdt: this sandbox has no class" },
                { "--mem-bw-schema L3:0=f", "linux.intelRdt.memBwSchema: found \"L3:0=f\"" },
                { "--resources - --memory 1G </dev/null", "not both" },
                { "--resources - </dev/null", "standard input" },
                { "--resources /nowhere", "--resources: opening /nowhere" },
        };
        struct result r;

        begin("");
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                box_shell(&box, &r, "$H update one %s", cases[i].flags);
                expect_status(&r, 1);
                expect_err(&r, cases[i].why);
        }
        box_run(&box, &r, "kill", "one", "KILL", NULL);
        box_shell(&box, &r, "until $H state one | grep -q stopped; do sleep 0.05; done; $H update --memory 64M one");
        expect_status(&r, 1);
        expect_err(&r, "container not running");
        box_run(&box, &r, "update", "--memory", "64M", "nobody", NULL);
        expect_err(&r, "container \"nobody\" does not exist");
        end();
}
