/* Namespaces that are made: some by the kernel at birth, some ahead of it, beside what else there is to do. */
#include "tests/engine/harness.h"

#include <stdio.h>

static struct box box;

static void setup(void) { needs_root(); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(namespaces, .init = setup, .fini = teardown, .timeout = 120);

#define LOOK "for n in cgroup ipc mnt net pid uts; do readlink /proc/self/ns/$n; done"

Test(namespaces, each_sandbox_has_its_own_and_its_loopback_device_is_up)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sh\", \"-c\", \"" LOOK "; ip -o link; sleep 1000\"]",
                                                      .namespaces = ", { \"type\": \"cgroup\" }" });
        box_shell(&box, &r, LOOK " >$DIR/out; for i in $(seq 20); do $H run -d -b $DIR/b s$i >$DIR/out$i & done; wait; "
                  "for k in $(seq 200); do cat $DIR/out* >$DIR/all; [ $(grep -c LOOPBACK,UP $DIR/all) = 20 ] && break; sleep 0.05; done; "
                  "grep '\\[' $DIR/all | sort | uniq -d; grep -c '\\[' $DIR/all; grep -c 'lo: <LOOPBACK,UP' $DIR/all; grep -c '^[0-9]' $DIR/all");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"126\n20\n20\n"), "a namespace is shared, or a device is missing");
}

/* What CNI does: it is told the process, and gives its network namespace an interface. */
Test(namespaces, hooks_of_the_runtimes_side_find_them)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sh\", \"-c\", \"" LOOK "\"]", .namespaces = ", { \"type\": \"cgroup\" }" });
        box_shell(&box, &r, "cat >$DIR/hook <<'END'\n"
                  "#!/bin/sh\n"
                  "pid=$(jq .pid); for n in cgroup ipc mnt net pid uts; do readlink /proc/$pid/ns/$n; done >$(dirname $0)/seen\n"
                  "END\n"
                  "chmod 755 $DIR/hook; jq --arg h $DIR/hook '.hooks = {createRuntime: [{path: $h}]}' $DIR/b/config.json >$DIR/c && "
                  "mv $DIR/c $DIR/b/config.json; $H run -b $DIR/b s >$DIR/inside; diff $DIR/seen $DIR/inside && wc -l <$DIR/seen");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"6\n"), "%s", r.err);
}

/* A user namespace of the test's own has limits of its own. */
Test(namespaces, one_that_the_kernel_refuses_is_named_and_nothing_is_left)
{
        static const struct { const char *file, *words; } limits[] = {
                { "max_net_namespaces", "making the network namespace (a limit in /proc/sys/user/max_*_namespaces is reached)" },
                { "max_ipc_namespaces", "making the ipc namespace (a limit" },
                { "max_uts_namespaces", "making a process in new namespaces (a limit" },
        };
        struct result r;

        needs_programs("unshare");
        (void)box_bundle(&box, "b", &(struct bundle){ 0 });
        for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
                box_shell(&box, &r, "unshare -Ur sh -c 'echo 0 >/proc/sys/user/%s && $H --cgroup-manager disabled run -b $DIR/b s'; "
                          "echo $?; ls -A ${H##* }", limits[i].file);
                expect_status(&r, 0);
                cr_expect(eq(str, r.out, (char *)"1\n"));
                expect_err(&r, limits[i].words);
        }
}
