/* A cgroupsPath of several levels.  Below /hcs-sandbox the levels are this program's, and go with the last sandbox below them. */
#include "tests/engine/harness.h"

#include <stdio.h>

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(levels, .init = setup, .fini = teardown, .timeout = 120);

#define SLEEP "[\"sleep\", \"1000\"]"
#define GROUPS "ls -d /sys/fs/cgroup/hcs-sandbox/%1$s /sys/fs/cgroup/*/hcs-sandbox/%1$s 2>/dev/null | grep -q ."

static void make(const char *bundle, const char *path)
{
        char linux_[300];

        /* In every hierarchy, cpuset's among them, since the path is given. */
        snprintf(linux_, sizeof(linux_), ", \"cgroupsPath\": \"%s\"", path);
        (void)box_bundle(&box, bundle, &(struct bundle){ .args = SLEEP, .linux_ = linux_ });
}

static bool are_there(const char *group)
{
        struct result r;

        box_shell(&box, &r, GROUPS, group);
        return r.status == 0;
}

Test(levels, go_with_the_last_sandbox_below_them)
{
        struct result r;

        make("b", "a/b/c");
        make("d", "a/d");
        box_shell(&box, &r, "$H create -b $DIR/b one && $H create -b $DIR/d two && $H delete --force one");
        expect_status(&r, 0);
        cr_expect(not(are_there("a/b")));
        cr_expect(are_there("a/d"));
        box_shell(&box, &r, "$H start two && $H delete --force two");
        expect_status(&r, 0);
        cr_expect(not(are_there("a")));
        cr_expect(are_there(""), "the place of all stays");
        box_expect_empty(&box);
}

Test(levels, are_not_left_by_one_that_could_not_be_made)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"/nowhere\"]", .linux_ = ", \"cgroupsPath\": \"a/b/c\"" });
        box_shell(&box, &r, "$H create -b $DIR/b one");
        expect_status(&r, 1);
        box_expect_empty(&box);
}

/* A level goes while another sandbox is about to make its group there: that one makes the level again. */
Test(levels, may_come_and_go_at_any_moment)
{
        struct result r;

        for (int i = 0; i < 4; i++) {
                char bundle[8], path[16];

                snprintf(bundle, sizeof(bundle), "b%d", i);
                snprintf(path, sizeof(path), "a/b/%d", i);
                make(bundle, path);
        }
        box_shell(&box, &r, "for w in 0 1 2 3; do (for i in 1 2 3 4 5 6 7 8 9 10 11 12; do $H create -b $DIR/b$w w$w && $H delete --force w$w || "
                  "echo $w $i >>$DIR/failed; done) & done; wait; cat $DIR/failed 2>/dev/null");
        cr_expect(eq(str, r.out, (char *)""), "%s", r.err);
        box_expect_empty(&box);
}

/* As runc and crun have it: managers make them, look at them, and take them away. */
Test(levels, of_an_absolute_path_are_a_managers)
{
        struct result r;

        make("b", "/mine/b");
        box_shell(&box, &r, "$H create -b $DIR/b one && $H delete --force one; ls -d /sys/fs/cgroup/mine /sys/fs/cgroup/*/mine 2>/dev/null | grep -q . && "
                  "! ls -d /sys/fs/cgroup/mine/b /sys/fs/cgroup/*/mine/b 2>/dev/null; "
                  "s=$?; for d in /sys/fs/cgroup/mine /sys/fs/cgroup/*/mine; do [ ! -d $d ] || rmdir $d; done; exit $s");
        expect_status(&r, 0);
        box_expect_empty(&box);
}
