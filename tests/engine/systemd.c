/* Scopes of systemd.  There is none here as a rule, so a double of its manager answers, on a D-Bus of the test's own. */
#include "tests/engine/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

static struct box box;
static char fake[4096];

static void setup(void)
{
        needs_root();
        needs_programs("dbus-daemon jq");
        needs_cgroup("memory");
        if (!realpath("tests/bin/fake-systemd", fake))
                cr_skip("hcs-sandbox-systemd was not built (Debian package libsystemd-dev)");
        box_setup(&box);
}

static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(systemd, .init = setup, .fini = teardown, .timeout = 120);

/* A shell line between a bus with a manager on it and their end.  `told WORD` prints what the manager was asked. */
static void on_bus(struct result *r, const char *result, const char *line)
{
        box_shell(&box, r, "printf '<busconfig><type>system</type><listen>unix:path=%%s/bus</listen><auth>EXTERNAL</auth><policy context=\"default\">"
                  "<allow own=\"*\"/><allow send_destination=\"*\"/><allow receive_sender=\"*\"/></policy></busconfig>' $DIR >$DIR/bus.conf; "
                  "rm -f $DIR/told; "
                  "export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$DIR/bus; dbus-daemon --nofork --nopidfile --print-address --config-file=$DIR/bus.conf "
                  ">$DIR/listens & bus=$!; for i in $(seq 500); do test -s $DIR/listens && break; sleep 0.02; done; "
                  "%s %s >$DIR/told & manager=$!; for i in $(seq 500); do grep -q ready $DIR/told && break; sleep 0.02; done; "
                  "trap 'kill $manager $bus; rm -f $DIR/bus $DIR/listens' EXIT; told() { grep -E \"^$1\" $DIR/told; }; S=\"${H%% --root*} --systemd-cgroup --root $DIR/state\"; %s",
                  fake, result, line);
}

static void make_bundle(const char *linux_, const char *top)
{
        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]", .linux_ = linux_, .top = top });
}

#define NAMED ", \"cgroupsPath\": \"machine-x.slice:libpod:one\""
#define LIMITED NAMED ", \"resources\": { \"memory\": { \"limit\": 67108864 }, \"pids\": { \"limit\": 50 }, \"cpu\": { \"quota\": 25000, \"period\": 50000 } }"

Test(systemd, makes_the_scope_that_cgroups_path_names)
{
        struct result r;

        make_bundle(LIMITED, NULL);
        on_bus(&r, "", "set -e; $S create -b $DIR/b one; $S start one; told 'start|Slice|Delegate|PIDs|TasksMax|CPUQuota'; "
               "cat /sys/fs/cgroup/memory/machine.slice/machine-x.slice/libpod-one.scope/memory.limit_in_bytes "
               "/sys/fs/cgroup/machine.slice/machine-x.slice/libpod-one.scope/memory.max 2>/dev/null || true; "
               "$S exec one grep -c libpod-one.scope /proc/self/cgroup >/dev/null; $S pause one; $S resume one; $S ps -f json one | jq length; "
               "$S delete --force one; told stop");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"start libpod-one.scope fail\nSlice s machine-x.slice\nDelegate b 1\nPIDs au 4\nCPUQuotaPeriodUSec t 50000\n"
                                         "CPUQuotaPerSecUSec t 500000\nTasksMax t 50\n67108864\n1\nstop libpod-one.scope replace\n"), "%s", r.err);
}

Test(systemd, names_the_scope_itself_when_nobody_does)
{
        struct result r;

        make_bundle("", NULL);
        on_bus(&r, "", "set -e; ${S% --systemd*} --cgroup-manager=systemd --root $DIR/state run -d -b $DIR/b one; told 'start|Slice'; "
               "jq -r .Scope,.Cgroup $DIR/state/one/record.json; $H delete --force one");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"start hcs-sandbox-one.scope fail\nSlice s system.slice\nhcs-sandbox-one.scope\n"
                                         "/system.slice/hcs-sandbox-one.scope\n"), "%s", r.err);
}

Test(systemd, gets_properties_from_annotations)
{
        struct result r;

        make_bundle(NAMED, "\"annotations\": { \"org.systemd.property.TimeoutStopSec\": \"3\", \"org.systemd.property.CollectMode\": \"'inactive'\", "
                    "\"org.systemd.property.After\": \"['a.service', 'b.service']\" },");
        on_bus(&r, "", "set -e; $S run -d -b $DIR/b one; told 'Timeout|Collect|After'; $S delete --force one");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"TimeoutStopUSec t 3000000\nCollectMode s inactive\nAfter as a.service\nAfter as b.service\n"), "%s", r.err);
        make_bundle(NAMED, "\"annotations\": { \"org.systemd.property.NoSuch\": \"true\" },");
        on_bus(&r, "", "$S run -d -b $DIR/b one");
        expect_status(&r, 1);
        expect_err(&r, "systemd: unit libpod-one.scope: StartTransientUnit: Cannot set property NoSuch");
        box_expect_empty(&box);
        make_bundle(NAMED, "\"annotations\": { \"org.systemd.property.CollectMode\": \"inactive\" },");
        on_bus(&r, "", "$S run -d -b $DIR/b one");
        expect_err(&r, "annotations: org.systemd.property.CollectMode: found \"inactive\"");
}

Test(systemd, hears_of_updates)
{
        struct result r;

        make_bundle(LIMITED, NULL);
        on_bus(&r, "", "set -e; $S run -d -b $DIR/b one; $S update --pids-limit 60 one; sed -n '/^set/,$p' $DIR/told | grep -E '^set|Tasks'; "
               "cat /sys/fs/cgroup/pids/machine.slice/machine-x.slice/libpod-one.scope/pids.max "
               "/sys/fs/cgroup/machine.slice/machine-x.slice/libpod-one.scope/pids.max 2>/dev/null || true; $S delete --force one");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"set libpod-one.scope 1\nTasksMax t 60\n60\n"), "%s", r.err);
}

/* On v2 nobody is born in the scope: systemd moves the first process, and what comes later is born there.  On a machine with v1 its
 * hierarchy is laid over the others for that. */
Test(systemd, makes_scopes_on_v2_too)
{
        bool covered;
        struct result r;

        if (access("/sys/fs/cgroup/cgroup.procs", F_OK) < 0 && access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) < 0)
                cr_skip("this machine has no cgroup v2");
        covered = access("/sys/fs/cgroup/cgroup.procs", F_OK) < 0 && mount("/sys/fs/cgroup/unified", "/sys/fs/cgroup", NULL, MS_BIND, NULL) == 0;
        make_bundle(NAMED, NULL);
        on_bus(&r, "", "set -e; $S create -b $DIR/b one; $S start one; $S exec one true; grep -o '/machine.slice.*' /proc/$($S state one | jq .pid)/cgroup; "
               "$S pause one; $S state one | jq -r .status; $S resume one; $S ps -f json one | jq length; $S delete --force one; told stop; "
               "find /sys/fs/cgroup -name '*.scope'");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"/machine.slice/machine-x.slice/libpod-one.scope\npaused\n1\nstop libpod-one.scope replace\n"), "%s", r.err);
        if (covered)
                umount2("/sys/fs/cgroup", MNT_DETACH);
}

/* Nothing is left of it, and the message says who did not want it. */
Test(systemd, that_refuses_leaves_nothing)
{
        struct result r;

        make_bundle(NAMED, NULL);
        on_bus(&r, "failed", "$S run -d -b $DIR/b one");
        expect_status(&r, 1);
        expect_err(&r, "systemd: unit libpod-one.scope: its job ended with \"failed\"");
        box_expect_empty(&box);
        on_bus(&r, "", "$S run -d -b $DIR/b one && $S run -d -b $DIR/b two; echo $?; $S delete --force one");
        expect_out(&r, "1\n");
        expect_err(&r, "libpod-one.scope");
        box_expect_empty(&box);
}

/* Whoever was there before may have ended it: the manager, or somebody by hand. */
Test(systemd, that_has_forgotten_the_scope_is_no_obstacle_to_delete)
{
        struct result r;

        make_bundle(NAMED, NULL);
        on_bus(&r, "", "$S run -d -b $DIR/b one");
        expect_status(&r, 0);
        on_bus(&r, "", "$S delete --force one; told stop; for h in /sys/fs/cgroup /sys/fs/cgroup/*; do "
               "rmdir $h/machine.slice/machine-x.slice $h/machine.slice 2>/dev/null; done; true");
        cr_expect(eq(str, r.out, (char *)"stop libpod-one.scope replace\n"), "%s", r.err);
}

Test(systemd, that_cannot_be_reached_any_more_is_told_and_no_obstacle_either)
{
        struct result r;

        make_bundle(NAMED, NULL);
        on_bus(&r, "", "$S run -d -b $DIR/b one");
        expect_status(&r, 0);
        box_shell(&box, &r, "export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere; $H delete --force one; echo $?; for h in /sys/fs/cgroup /sys/fs/cgroup/*; do "
                  "rmdir $h/machine.slice/machine-x.slice $h/machine.slice 2>/dev/null; done; true");
        cr_expect(eq(str, r.out, (char *)"0\n"), "%s", r.err);
        expect_err(&r, "systemd: unit libpod-one.scope: connecting to the system's D-Bus");
}

Test(systemd, that_is_not_there_is_named)
{
        char bundle[80];
        struct result r;

        make_bundle(NAMED, NULL);
        box_shell(&box, &r, "export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere; ${H%% --root*} --systemd-cgroup --root $DIR/state run -b $DIR/b one");
        expect_status(&r, 1);
        expect_err(&r, "systemd: unit libpod-one.scope: connecting to the system's D-Bus");
        box_run(&box, &r, "run", "-b", strcat(strcpy(bundle, box.dir), "/b"), "one", NULL);
        expect_err(&r, "linux.cgroupsPath: found \"machine-x.slice:libpod:one\", which asks for a group made by systemd; say --systemd-cgroup too");
        make_bundle(", \"cgroupsPath\": \"/a/b\"", NULL);
        box_shell(&box, &r, "${H%% --root*} --systemd-cgroup --root $DIR/state run -b $DIR/b one");
        expect_err(&r, "linux.cgroupsPath: found \"/a/b\"; expected SLICE:PREFIX:NAME");
        box_shell(&box, &r, "${H%% --root*} --cgroup-manager upstart --root $DIR/state run -b $DIR/b one");
        expect_err(&r, "--cgroup-manager: found \"upstart\"; expected cgroupfs, systemd or disabled");
}

Test(systemd, and_everybody_else_may_be_kept_out)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"true\"]" });
        box_shell(&box, &r, "${H%% --root*} --cgroup-manager disabled --root $DIR/state run -b $DIR/b one && ls -d /sys/fs/cgroup/*/hcs-sandbox/one* 2>/dev/null; true");
        cr_expect(eq(str, r.out, (char *)""), "%s", r.err);
        cr_expect(eq(str, r.err, (char *)""));
        make_bundle(", \"resources\": { \"pids\": { \"limit\": 5 } }", NULL);
        box_shell(&box, &r, "${H%% --root*} --cgroup-manager disabled --root $DIR/state run -b $DIR/b one");
        expect_status(&r, 1);
        expect_err(&r, "limits need a cgroup, and none is to be made");
}
