/* cgroup v2, also on a machine that has v1: there its hierarchy lies in /sys/fs/cgroup/unified, and in a mount namespace of one's
 * own it can lie at the top.  It has then the controllers that v1 does not: hugetlb as a rule, which is enough to see the rules. */
#include "tests/engine/harness.h"

#include <linux/magic.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#define TOP "/sys/fs/cgroup"

static struct box box;
static bool covered;

static bool is_v2(const char *path)
{
        struct statfs kind;

        return statfs(path, &kind) == 0 && kind.f_type == CGROUP2_SUPER_MAGIC;
}

static void needs_v2(void)
{
        needs_root();
        needs_programs("jq unshare setpriv");
        if (!is_v2(TOP) && !is_v2(TOP "/unified"))
                cr_skip("this machine has no cgroup v2");
}

static void cover(void)
{
        covered = !is_v2(TOP) && mount(TOP "/unified", TOP, NULL, MS_BIND, NULL) == 0;
        cr_assert(is_v2(TOP));
}

static void setup(void)
{
        needs_v2();
        box_setup(&box);
        cover();
}

static void setup_user(void)
{
        needs_v2();
        box_setup_user(&box);
        cover();
}

static void teardown(void)
{
        struct result r;

        if (!box.dir[0])
                return;
        if (covered) {
                box_shell(&box, &r, "for id in $($H list -q); do $H delete --force $id; done; find " TOP " -mindepth 1 -type d ! -path " TOP "/hcs-sandbox");
                cr_expect(eq(str, r.out, (char *)""), "left behind");
                umount2(TOP, MNT_DETACH);
        }
        box_teardown(&box);
}

TestSuite(cgroup_v2_rootless, .init = setup_user, .fini = teardown, .timeout = 120);
TestSuite(cgroup_v2, .init = setup, .fini = teardown, .timeout = 120);

static void needs_hugetlb(void)
{
        struct result r;

        box_shell(&box, &r, "grep -qw hugetlb " TOP "/cgroup.controllers && ls /sys/kernel/mm/hugepages | grep -q hugepages-2048kB");
        if (r.status != 0)
                cr_skip("the controller hugetlb is not there, or has no pages of 2 MB");
}

#define LIMITED ", \"resources\": { \"unified\": { \"hugetlb.2MB.max\": \"4194304\" } }"
#define OWN_VIEW ", { \"destination\": \"/sys\", \"type\": \"tmpfs\", \"source\": \"t\" }, { \"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\" }"

static void live(bool host)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = host, .args = "[\"sleep\", \"1000\"]", .namespaces = ", { \"type\": \"cgroup\" }" });
        box_shell(&box, &r, "set -e; $H create -b $DIR/b one; $H start one; $H exec one grep ^0: /proc/self/cgroup; "
                  "$H pause one; $H state one | jq -r .status; cat " TOP "/hcs-sandbox/one*/cgroup.freeze; $H resume one; "
                  "$H state one | jq -r .status; $H ps -f json one | jq length; $H kill one KILL; "
                  "for i in $(seq 100); do $H state one | grep -q stopped && break; sleep 0.05; done; $H delete one");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"0::/\npaused\n1\nrunning\n1\n"), "%s", r.err);
}

Test(cgroup_v2, an_ordinary_bundle_lives_through_all_verbs)
{
        live(false);
}

Test(cgroup_v2, a_copy_of_the_machine_lives_through_all_verbs)
{
        live(true);
}

Test(cgroup_v2, whatever_forks_in_it_is_killed)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sh\", \"-c\", \"while true; do (sleep 1000 &) ; sleep 0.01; done\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one; sleep 0.3; $H ps -f json one | jq 'length > 5'; $H delete --force one; find " TOP "/hcs-sandbox -mindepth 1 -type d");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"true\n"), "%s", r.err);
}

Test(cgroup_v2, devices_are_those_that_the_rules_allow)
{
        static const char device[] = ", \"devices\": [{ \"path\": \"/dev/other\", \"type\": \"c\", \"major\": 1, \"minor\": 11, \"fileMode\": 438 }], "
                                     "\"resources\": { \"devices\": [{ \"allow\": false, \"access\": \"rwm\" }%s] }";
        char linux_[512];
        struct result r;

        snprintf(linux_, sizeof(linux_), device, "");
        box_try(&box, &r, &(struct bundle){ .linux_ = linux_, .args = "[\"sh\", \"-c\", \": >/dev/null && : >/dev/other\"]" });
        cr_expect(ne(int, r.status, 0));
        expect_err(&r, "/dev/other: Operation not permitted");
        snprintf(linux_, sizeof(linux_), device, ", { \"allow\": true, \"type\": \"c\", \"major\": 1, \"minor\": 11, \"access\": \"w\" }");
        box_try(&box, &r, &(struct bundle){ .linux_ = linux_, .args = "[\"sh\", \"-c\", \": >/dev/null && : >/dev/other\"]" });
        expect_status(&r, 0);
}

Test(cgroup_v2, unified_limits_are_in_force)
{
        struct result r;

        needs_hugetlb();
        box_try(&box, &r, &(struct bundle){ .linux_ = LIMITED, .namespaces = ", { \"type\": \"cgroup\" }", .mounts = OWN_VIEW,
                                            .args = "[\"cat\", \"/sys/fs/cgroup/hugetlb.2MB.max\"]" });
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"4194304\n"));
}

Test(cgroup_v2, limits_change_on_the_real_kernel_and_device_rules_with_them)
{
        struct result r;

        needs_hugetlb();
        box_bundle(&box, "b", &(struct bundle){ .linux_ = ", \"resources\": { \"hugepageLimits\": [ { \"pageSize\": \"2MB\", \"limit\": 4194304 } ] }",
                   .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "set -e; $H run -d -b $DIR/b one; cat " TOP "/hcs-sandbox/one*/hugetlb.2MB.max; "
                  "echo '{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":2097152}],\"devices\":[{\"allow\":false},"
                  "{\"allow\":false,\"type\":\"c\",\"major\":1,\"minor\":5,\"access\":\"r\"}]}' | $H update -r - one; "
                  "cat " TOP "/hcs-sandbox/one*/hugetlb.2MB.max " TOP "/hcs-sandbox/one*/hugetlb.2MB.rsvd.max; "
                  "$H exec one head -c 0 /dev/null; $H delete --force one");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"4194304\n2097152\n2097152\n"), "%s", r.err);
}

/* As systemd does it in a sandbox. */
Test(cgroup_v2, an_exec_goes_where_the_program_has_put_itself)
{
        struct result r;

        needs_hugetlb();
        box_bundle(&box, "b", &(struct bundle){ .linux_ = LIMITED, .namespaces = ", { \"type\": \"cgroup\" }", .mounts = OWN_VIEW,
                   .args = "[\"sh\", \"-ec\", \"cd /sys/fs/cgroup; mkdir inner; echo 1 >inner/cgroup.procs; echo +hugetlb >cgroup.subtree_control; exec sleep 1000\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one; sleep 0.3; $H exec one cat /proc/self/cgroup /sys/fs/cgroup/cgroup.subtree_control | grep -E '^0:|huge'; "
                  "$H pause one; $H resume one; $H delete --force one");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"0::/inner\nhugetlb\n"), "%s", r.err);

        /* Or it would be in the way of what is still to be turned on. */
        box_bundle(&box, "c", &(struct bundle){ .linux_ = LIMITED, .namespaces = ", { \"type\": \"cgroup\" }", .mounts = OWN_VIEW,
                   .args = "[\"sh\", \"-ec\", \"cd /sys/fs/cgroup; mkdir inner; echo 1 >inner/cgroup.procs; "
                           "while ! [ -e /tmp/go ]; do sleep 0.05; done; echo +hugetlb >cgroup.subtree_control; exec sleep 1000\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/c one; sleep 0.3; $H exec -d one sleep 1000; $H exec one touch /tmp/go; sleep 0.5; "
                  "$H exec one cat /proc/self/cgroup /sys/fs/cgroup/cgroup.subtree_control | grep -E '^0:|huge'; $H delete --force one");
        cr_expect(eq(str, r.out, (char *)"0::/inner\nhugetlb\n"), "%s", r.err);
}

Test(cgroup_v2, what_cannot_be_limited_says_why)
{
        struct result r;

        needs_hugetlb();
        if (covered) {
                box_try(&box, &r, &(struct bundle){ .linux_ = ", \"resources\": { \"memory\": { \"limit\": 67108864 } }" });
                expect_status(&r, 1);
                expect_err(&r, "the cgroup controller \"memory\" is not available in " TOP);
        }
        /* A group that has processes gives nothing to those below: what a container finds that was given its group as its top. */
        box_shell(&box, &r, "sleep 1000 & echo $! >" TOP "/cgroup.procs; echo $! >$DIR/sleeper");
        expect_status(&r, 0);
        box_try(&box, &r, &(struct bundle){ .linux_ = LIMITED });
        expect_status(&r, 1);
        expect_err(&r, "linux.resources: +hugetlb can't be turned on in the cgroup " TOP ": it has processes of its own");
        box_shell(&box, &r, "kill $(cat $DIR/sleeper)");
}

static void needs_pids(void)
{
        struct result r;

        box_shell(&box, &r, "grep -qw pids " TOP "/cgroup.controllers");
        if (r.status != 0)
                cr_skip("the controller pids is v1's on this machine (tests/vm/run)");
}

/* The kernel takes the controllers that know threads in such a group, and from then on no group below it takes a process. */
Test(cgroup_v2, a_group_with_processes_is_not_spoilt_by_a_create_that_fails)
{
        struct result r;

        needs_pids();
        box_bundle(&box, "b", &(struct bundle){ .linux_ = ", \"cgroupsPath\": \"/busy/one\", \"resources\": { \"pids\": { \"limit\": 50 } }" });
        box_bundle(&box, "c", &(struct bundle){ .linux_ = ", \"cgroupsPath\": \"/busy/one\"" });
        box_shell(&box, &r, "cd " TOP "; mkdir busy; sleep 1000 & echo $! >busy/cgroup.procs; $H run -b $DIR/b one && echo wrong; "
                  "cat busy/cgroup.subtree_control busy/cgroup.type; $H run -b $DIR/c one && echo runs; kill $!; wait; rmdir busy");
        cr_expect(eq(str, r.out, (char *)"domain\nruns\n"), "%s; %s", r.out, r.err);
        expect_err(&r, "linux.resources: +pids can't be turned on in the cgroup " TOP "/busy: it has processes of its own");
}

Test(cgroup_v2, a_group_that_takes_no_process_is_named_as_the_reason)
{
        struct result r;

        needs_pids();
        box_bundle(&box, "b", &(struct bundle){ .linux_ = ", \"cgroupsPath\": \"/busy/one\"" });
        box_shell(&box, &r, "cd " TOP "; echo +pids >cgroup.subtree_control; mkdir busy; sleep 1000 & echo $! >busy/cgroup.procs; echo +pids >busy/cgroup.subtree_control; "
                  "$H run -b $DIR/b one; kill $!; wait; rmdir busy");
        expect_err(&r, "in a cgroup that takes none");
        box_bundle(&box, "c", &(struct bundle){ .linux_ = LIMITED, .namespaces = ", { \"type\": \"cgroup\" }", .mounts = OWN_VIEW,
                   .args = "[\"sh\", \"-ec\", \"cd /sys/fs/cgroup; mkdir inner; echo 1 >inner/cgroup.procs; echo +hugetlb >cgroup.subtree_control; exec sleep 1000\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/c one; sleep 0.3; $H exec --cgroup / one true; $H exec --cgroup inner one echo inside; $H delete --force one");
        expect_err(&r, "in a cgroup that gives controllers to those below it");
        cr_expect(eq(str, r.out, (char *)"inside\n"), "%s", r.err);
}

/* --- without root ------------------------------------------------------------------------------------------------------------ */

/* What a session looks like, begun by root: a cgroup namespace, /given is the user's, with its controllers on, and this shell is in
 * /given/shell.  `line` is the user's, in single quotes. */
#define SESSION(line) \
        "echo $$ >" TOP "/cgroup.procs && exec unshare --cgroup sh -ec 'cd " TOP "; mkdir -p given/shell; echo $$ >given/shell/cgroup.procs; " \
        "for g in . given; do echo +hugetlb >$g/cgroup.subtree_control; done; chown 12345:12345 given given/cgroup.procs given/cgroup.subtree_control; " \
        "setpriv --reuid 12345 --regid 12345 --clear-groups sh -c \"" line "\"'"
#define SESSION_END "cd " TOP "; rmdir given/shell given; echo -hugetlb >cgroup.subtree_control"

static void in_session(struct result *ret, const char *line, const char *end)
{
        struct result r;
        uid_t uid = box.uid;

        box.uid = 0;
        box_shell(&box, ret, "%s", line);
        box_shell(&box, &r, "%s", end);
        cr_expect(eq(int, r.status, 0), "%s", r.err);
        box.uid = uid;
}

Test(cgroup_v2_rootless, limits_are_in_force_where_a_place_was_delegated)
{
        struct result r;

        needs_hugetlb();
        box_bundle(&box, "b", &(struct bundle){ .linux_ = LIMITED, .args = "[\"sleep\", \"1000\"]" });
        in_session(&r, SESSION("$H run -d -b $DIR/b one; cat given/hcs-sandbox-one*/hugetlb.2MB.max; $H exec one true && $H pause one && $H resume one; "
                               "$H delete --force one; ls -d given/hcs*"), SESSION_END);
        cr_expect(eq(str, r.out, (char *)"4194304\n"), "%s", r.err);
}

Test(cgroup_v2_rootless, a_controller_that_was_not_delegated_is_named)
{
        struct result r;

        needs_hugetlb();
        box_bundle(&box, "b", &(struct bundle){ .linux_ = LIMITED, .args = "[\"sleep\", \"1000\"]" });
        in_session(&r, SESSION("echo -hugetlb >given/cgroup.subtree_control; chmod u-w given/cgroup.subtree_control; $H run -d -b $DIR/b one || echo refused"),
                   SESSION_END);
        cr_expect(eq(str, r.out, (char *)"refused\n"), "%s", r.err);
        expect_err(&r, "linux.resources: +hugetlb is not turned on in the cgroup " TOP "/given, and this user may not do it (systemd: Delegate=yes)");
        in_session(&r, SESSION("chmod u-w given/cgroup.procs; $H run -d -b $DIR/b one || echo refused"), SESSION_END);
        cr_expect(eq(str, r.out, (char *)"refused\n"), "%s", r.err);
        expect_err(&r, "linux.resources: limits need a cgroup, and this user may not make one");
}
