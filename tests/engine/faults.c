/* System calls that fail, as they do when a machine has no memory or no descriptors left. */
#include "tests/engine/harness.h"

#include <stdio.h>

static struct box box;
static void setup(void) { needs_root(); needs_programs("strace"); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(faults, .init = setup, .fini = teardown, .timeout = 120);

/* What is traced is ended without a look for leaks, which can't be taken then. */
#define TRACED "export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0; "
/* fail CALL ERROR N WORDS...: each process' Nth call fails.  The tracer goes on beside the sandbox. */
#define FAIL "fail() { c=$1 e=$2 n=$3; shift 3; strace -D -f -qq -o $DIR/trace -e trace=$c -e signal=none -e inject=$c:error=$e:when=$n \"$@\"; }; "

/* Either all went well, or the reason was told and nothing is left. */
Test(faults, of_a_create_are_told_and_leave_nothing)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]",
                .linux_ = ", \"maskedPaths\": [\"/proc/kcore\"], \"readonlyPaths\": [\"/proc/sys\"], \"resources\": { \"pids\": { \"limit\": 50 } }" });
        box_shell(&box, &r, TRACED FAIL
                  "for c in openat openat2 mkdir mkdirat clone3 socketpair fsopen fsmount open_tree move_mount mount_setattr pivot_root renameat stat fstat sendmsg; do "
                  "for n in 1 2 4 8; do if fail $c ENOMEM $n $H create -b $DIR/b s 2>$DIR/err; then $H delete --force s || echo $c $n: delete; else "
                  "grep -q . $DIR/err || echo $c $n: silent; [ -z \"$(ls $DIR/state)\" ] || { echo $c $n: left; cat $DIR/err; $H delete --force s; }; fi; done; done");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""), "%s", r.err);
        box_expect_empty(&box);
}

/* What can't be known is not taken for gone. */
Test(faults, of_a_delete_leave_it_to_be_deleted_again)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, TRACED FAIL
                  "for c in stat fstat newfstatat faccessat faccessat2 openat read unlinkat; do for n in 1 2 3 4 5 6 7 8; do "
                  "[ -e $DIR/state/s ] || $H run -d -b $DIR/b s; if fail $c EIO $n $H delete --force s 2>$DIR/err; then "
                  "[ -z \"$(ls $DIR/state)\" ] || echo $c $n: not deleted; else grep -q . $DIR/err || echo $c $n: silent; fi; done; done; $H delete --force s");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""), "%s", r.err);
        box_expect_empty(&box);
}

/* Without a group nothing but its number tells where it is. */
Test(faults, of_a_look_at_a_process_are_not_its_end)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, TRACED FAIL "D=\"$H --cgroup-manager disabled\"; lives() { grep -q '^State:.[^ZX]' /proc/$p/status 2>/dev/null; }; "
                  "for c in open openat pidfd_open read; do for n in 1 2 3 4 5 6 7 8 9 10 11 12; do $D run -d --pid-file $DIR/pid -b $DIR/b s; p=$(cat $DIR/pid); "
                  "fail $c EMFILE $n $H delete s 2>$DIR/err && echo $c $n: ended; lives || echo $c $n: gone; "
                  "if fail $c EMFILE $n $H delete --force s 2>$DIR/err; then lives && { echo $c $n: left; kill -9 $p; }; fi; $H delete --force s; done; done");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""), "%s", r.err);
        box_expect_empty(&box);
}

/* Of whoever embeds the library and has signals of its own; the init has none, and its writes are the first three. */
Test(faults, of_signals_in_between_are_none)
{
        struct result r;

        needs_cgroup("pids");
        needs_cgroup("freezer");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]", .linux_ = ", \"resources\": { \"pids\": { \"limit\": 50 } }" });
        box_shell(&box, &r, TRACED FAIL "for n in 4 5 6 7 8 9 10; do fail write EINTR $n $H create -b $DIR/b s || echo $n; $H delete --force s; done");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""), "%s", r.err);
}

/* A hook that hangs, and its watcher has no descriptor for it. */
Test(faults, of_a_hooks_watch_leave_no_hook_behind)
{
        char hooks[300];
        struct result r;

        snprintf(hooks, sizeof(hooks), "\"hooks\": { \"createRuntime\": [{ \"path\": \"%1$s/nap\", \"args\": [\"%1$s/nap\", \"1000\"], \"timeout\": 1 }] },", box.dir);
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"true\"]", .top = hooks });
        box_shell(&box, &r, TRACED FAIL "cp /bin/sleep $DIR/nap; for n in 1 2; do fail pidfd_open EMFILE $n $H create -b $DIR/b s && echo $n made; done; true");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""), "%s", r.err);
        expect_err(&r, "not done after its timeout of 1 s, killed");
        box_expect_empty(&box);
}
