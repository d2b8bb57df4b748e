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
                { "max_net_namespaces", "making the network namespace (the limit in /proc/sys/user/max_net_namespaces is reached)" },
                { "max_ipc_namespaces", "making the ipc namespace (the limit in /proc/sys/user/max_ipc_namespaces is reached)" },
                { "max_uts_namespaces", "making the uts namespace (the limit" },
                { "max_mnt_namespaces", "making the mount namespace (the limit" },
                { "max_pid_namespaces", "making the pid namespace (the limit" },
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

/* --- without a mount namespace ------------------------------------------------------------------------------------------------ */

/* Of a bundle whose program sleeps, in the mount namespace of whoever calls. */
#define BARE "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"%s\"},\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\",\"env\":[\"PATH=/bin\"],%s}," \
        "\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\"},{\"destination\":\"/mnt\",\"type\":\"tmpfs\",\"options\":[\"ro\"]}%s]," \
        "\"linux\":{\"maskedPaths\":[\"/proc/kcore\"],\"namespaces\":[]}}"

static void make_bare(const char *process, const char *mounts)
{
        char config[2000];

        snprintf(config, sizeof(config), BARE, box.rootfs, process, mounts);
        (void)box_bundle_text(&box, "b", config);
}

Test(namespaces, all_are_the_callers_when_the_bundle_names_none_and_nothing_is_mounted_in_them)
{
        struct result r;

        make_bare("\"args\":[\"sleep\",\"1000\"]", "");
        box_shell(&box, &r, "set -e; cat /proc/self/mountinfo >$DIR/before; $H create -b $DIR/b s; cmp /proc/self/mountinfo $DIR/before; $H start s; "
                  "p=$($H state s | sed -n 's/.*\"pid\": \\([0-9]*\\).*/\\1/p'); "
                  "for n in cgroup ipc mnt net pid user uts; do [ $(readlink /proc/$p/ns/$n) = $(readlink /proc/self/ns/$n) ]; done; "
                  "cmp /proc/self/mountinfo $DIR/before; $H exec s sh -c 'ls -d /mnt /proc/self; cat /proc/kcore; touch /mnt/x || echo read-only'; "
                  "$H delete --force s; cmp /proc/self/mountinfo $DIR/before");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"/mnt\n/proc/self\nread-only\n"), "%s", r.err);
        box_expect_empty(&box);
}

/* A root of chroot(2) is left by a second one, for whoever holds a directory of the first; this root has nothing above it. */
Test(namespaces, a_root_without_one_of_mounts_is_not_climbed_out_of)
{
        struct result r;

        make_bare("\"args\":[\"climb\",\"/tmp\"],"
                  "\"capabilities\":{\"bounding\":[\"CAP_SYS_CHROOT\"],\"effective\":[\"CAP_SYS_CHROOT\"],\"permitted\":[\"CAP_SYS_CHROOT\"]}", "");
        box_shell(&box, &r, "if grep -q ld-linux tests/bin/climb; then exit 9; fi; cp tests/bin/climb $ROOTFS/bin; touch $ROOTFS/mine; $H run -b $DIR/b s >$DIR/out || exit; "
                  "grep -c -x mine $DIR/out; sort $DIR/out >$DIR/a; ls -a $ROOTFS | sort | diff - $DIR/a; "
                  "mkdir $DIR/old; cp tests/bin/climb $DIR/old; mkdir $DIR/old/d; chroot $DIR/old /climb /d | grep -c -x -e proc -e etc");
        if (r.status == 9)
                cr_skip("the programs are not static in this build (configure --enable-static-programs)");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"1\n2\n"), "%s%s: the first as it should be, the second to see that the climber can climb", r.out, r.err);
}

Test(namespaces, a_terminal_and_an_exec_find_their_way_without_one_of_mounts)
{
        struct result r;

        needs_programs("script");
        make_bare("\"terminal\":true,\"args\":[\"sh\",\"-c\",\"tty; echo x >/mnt2/y; sleep 1000\"]",
                  ",{\"destination\":\"/dev\",\"type\":\"tmpfs\"},{\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"options\":[\"newinstance\",\"ptmxmode=0666\"]},"
                  "{\"destination\":\"/mnt2\",\"type\":\"tmpfs\"}");
        box_shell(&box, &r, "(script -qc \"$H run -b $DIR/b s\" /dev/null </dev/null >$DIR/tty &); for i in $(seq 100); do $H exec s test -e /mnt2/y 2>/dev/null && break; "
                  "sleep 0.05; done; $H exec s cat /mnt2/y; (cat $DIR/tty; script -qc \"$H exec -t s tty\" /dev/null </dev/null) | tr -dc 'a-z0-9/\\n'; "
                  "$H delete --force s");
        expect_out(&r, "x\n/dev/pts/0\n/dev/pts/1\n");
        box_expect_empty(&box);
}

Test(namespaces, what_needs_one_of_mounts_is_refused_by_name)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "h", &(struct bundle){ .host = true });
        box_shell(&box, &r, "jq '.linux.namespaces |= map(select(.type != \"mount\"))' $DIR/h/config.json >$DIR/c; mv $DIR/c $DIR/h/config.json; $H create -b $DIR/h s");
        expect_status(&r, 1);
        expect_err(&r, "linux.namespaces: \"mount\" is missing in a bundle without a root: a copy of this machine lies in a mount namespace of its own");
        make_bare("\"args\":[\"sleep\",\"1000\"]", "");
        box_shell(&box, &r, "$H run -d -b $DIR/b s; $H checkpoint --image-path $DIR/image s; s=$?; $H delete --force s; ls $DIR/image 2>/dev/null; exit $s");
        expect_status(&r, 1);
        expect_err(&r, "a sandbox without a mount namespace can't be saved");
}
