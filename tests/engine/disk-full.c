/* A full disk, at every level: the file system of the state or of the scratches has room for N pages or N files, N from nothing to
 * enough.  Whatever a verb could not do it says in one line that names the thing, and what was begun is gone. */
#include "tests/engine/harness.h"

#include <stdio.h>

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
static void setup_user(void) { needs_root(); box_setup_user(&box); }
TestSuite(disk_full_rootless, .init = setup_user, .fini = teardown, .timeout = 120);
TestSuite(disk_full, .init = setup, .fini = teardown, .timeout = 120);

/* Shell functions.  fill N: a small file system with N pages left; few N: with N inodes; both on $where.
 * says VERB...: runs it; a failure has one line, with "no space" or "full" and a path or a name in it. */
#define TOOLS \
        "P=${H%%%% *}; cat /dev/zero | head -c 262144 >$DIR/zeros; " \
        "fill() { mount -t tmpfs -o size=256k,mode=700$O t $where && head -c $((262144 - $1 * 4096)) $DIR/zeros >$where/.fill; }; " \
        "few() { mount -t tmpfs -o nr_inodes=$(($1 + 1)),mode=700$O t $where; }; " \
        "says() { $H \"$@\" >$DIR/out 2>$DIR/err && { [ ! -s $DIR/err ] || cat $DIR/err; return 0; }; " \
        "  [ $(wc -l <$DIR/err) = 1 ] && grep -qE 'hcs-sandbox: .*(/|start socket|scratch|node|link).*(no space left|is full)' $DIR/err || " \
        "  echo \"BAD at $level of $kind: $1: $(cat $DIR/err)\"; return 1; }; " \
        "works() { $H \"$@\" >$DIR/out 2>&1 || echo \"BROKEN at $level of $kind: $*: $(cat $DIR/out)\"; }; " \
        "left() { ls -A $S | grep -v '^[.]fill$'; ls $where/scratch $where/hcs-sandbox*/refs $where/.masks/refs " \
        "  $where/masks/refs 2>/dev/null | grep -v :$ | grep .; }; " \
        "empty() { [ -z \"$(left)\" ] || echo \"LEFT at $level of $kind: $(left)\"; }; "

/* One sandbox's whole life on what is left, and one attached. */
#define LIFE \
        "if says create -b $DIR/b one; then made=$((made + 1)); says start one; says exec one true; works state one; works list; works ps one; " \
        "else failed=$((failed + 1)); fi; works list; works delete --force one; empty; " \
        "says run -b $DIR/t two; works delete --force two; empty; "

#define EVERY_LEVEL \
        "made=0 failed=0; for kind in fill few; do for level in 0 1 2 3 4 5 6 7 8 9 10 12 14 18 24 4096; do $kind $level || exit 9; " LIFE \
        "umount $where || exit 8; done; done; [ $made -gt 0 ] && [ $failed -gt 0 ] && echo \"both happened\""

static void live_on_every_level(const char *where, bool host)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = host, .args = "[\"sleep\", \"1000\"]" });
        box_bundle(&box, "t", &(struct bundle){ .host = host, .args = "[\"true\"]" });
        box_shell(&box, &r, "where=%s; S=${H##* }; mkdir -p $where $S; " TOOLS EVERY_LEVEL, where);
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"both happened\n"), "%s", r.out);
        cr_expect(eq(str, r.err, (char *)""), "%s", r.err);
}

Test(disk_full, of_state_an_ordinary_bundle_works_or_says_why)
{
        live_on_every_level("${H##* }", false);
}

Test(disk_full, of_state_a_copy_of_the_machine_works_or_says_why)
{
        live_on_every_level("${H##* }", true);
}

Test(disk_full, of_scratches_a_copy_of_the_machine_works_or_says_why)
{
        live_on_every_level("/var/lib/hcs-sandbox", true);
}

/* Where root's masks are: on the first of these that is a tmpfs.  Not over all of /run, where this very program may be. */
Test(disk_full, of_masks_a_copy_of_the_machine_works_or_says_why)
{
        live_on_every_level("$(stat -f -c %T /run | grep -q tmpfs && echo /run/hcs-sandbox || echo /dev/shm)", true);
}

/* Masks and scratches are in one place there.  What fuse-overlayfs answers is a sandbox's own affair, and it has more files to make. */
Test(disk_full_rootless, of_masks_and_scratches_works_or_says_why)
{
        struct result r;

        needs_fuse_overlayfs();
        box.uid = 0;
        box_shell(&box, &r, "mkdir $DIR/m && mount -t tmpfs t $DIR/m && touch $DIR/m/a && setfattr -n user.a -v b $DIR/m/a 2>/dev/null; s=$?; "
                  "umount $DIR/m; exit $s");
        if (r.status != 0)
                cr_skip_test("a small tmpfs is no place for a scratch of a user before Linux 6.6");
        box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"sleep\", \"1000\"]" });
        box_bundle(&box, "t", &(struct bundle){ .host = true, .args = "[\"true\"]" });
        box_shell(&box, &r, "S=${H##* } where=$HOME/.local/share/hcs-sandbox O=,uid=12345,gid=12345; U='setpriv --reuid 12345 --regid 12345 --clear-groups'; "
                  "$U mkdir -p $where $S; " TOOLS "H=\"$U $H\"; " EVERY_LEVEL);
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"both happened\n"), "%s", r.out);
        cr_expect(eq(str, r.err, (char *)""), "%s", r.err);
        box.uid = BOX_USER;
}

/* A sandbox that was there before the disk was full. */
Test(disk_full, does_not_hold_what_lives_already)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "where=${H##* } S=${H##* } kind=full level=0; mkdir -p $where; " TOOLS "few 60; "
                  "works create -b $DIR/b one; works run -d -b $DIR/b two; "
                  "i=0; while true >$where/.fill$i; do i=$((i + 1)); done 2>/dev/null; "
                  "for v in start exec pause resume kill; do case $v in exec) works exec one true;; kill) works kill one KILL;; *) works $v one;; esac; done; "
                  "works exec two true; works exec -d two sleep 1000; works state two; works list; "
                  "while true >$where/.fill$i; do i=$((i + 1)); done 2>/dev/null; says exec -d --pid-file $where/pid two true; works list; "
                  "says create -b $DIR/b three; works delete --force one; works delete --force two; rm $where/.fill*; empty; umount $where");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""));
}

/* The kernel would mount it read-only and say nothing. */
Test(disk_full, of_a_scratch_is_no_read_only_sandbox)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"touch\", \"/etc/new\"]" });
        box_shell(&box, &r, "where=$DIR/small S=${H##* }; mkdir $where; " TOOLS "for kind in few; do for level in 3 4 5 6 7 8 9 10; do $kind $level; "
                  "jq --arg s $where/kept '.annotations={\"org.hcs-sandbox.scratch\": $s}' $DIR/b/config.json >$DIR/config.json; mkdir -p $DIR/c; "
                  "mv $DIR/config.json $DIR/c; $H run -b $DIR/c one 2>&1 | grep -i read-only | grep -v 'is full or read-only'; umount $where; done; done");
        cr_expect(eq(str, r.out, (char *)""));
        cr_expect(eq(str, r.err, (char *)""), "%s", r.err);
}
