/* Scratches on a disk that may not grow beyond a size: felt inside, harmless outside, and nothing is left of the loop device, the mount
 * and the file, whenever we are killed. */
#include "tests/engine/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static struct box box;

/* The usual place, covered by one of the test's own. */
static void setup(void)
{
        char data[128];

        needs_root();
        needs_programs("mkfs.ext4 losetup jq");
        if (access("/dev/loop-control", F_OK) < 0)
                cr_skip_test("/dev/loop-control is not there");
        box_setup(&box);
        snprintf(data, sizeof(data), "%s/data", box.dir);
        if (mkdir(data, 0700) < 0 || (mkdir("/var/lib/hcs-sandbox", 0700) < 0 && errno != EEXIST) ||
            mount(data, "/var/lib/hcs-sandbox", NULL, MS_BIND, NULL) < 0)
                cr_fatal("making a data directory");
        setenv("S", "/var/lib/hcs-sandbox/scratches", 1);
}

/* A device is cleared when its last user is gone, which may be a moment later.  It tells the name that its file has for us. */
static void expect_nothing_left(void)
{
        struct result r;

        box_shell(&box, &r, "for i in $(seq 100); do losetup -a | grep -q /var/lib/hcs-sandbox/ || break; sleep 0.05; done; losetup -a | grep /var/lib/hcs-sandbox/; "
                  "ls -A $S/../scratch 2>/dev/null | grep -v '^.boot$'; true");
        cr_expect(eq(str, r.out, (char *)""), "left: %s", r.out);
}

static void teardown(void)
{
        if (!box.dir[0])
                return;
        expect_nothing_left();
        (void)umount2("/var/lib/hcs-sandbox", MNT_DETACH);
        box_teardown(&box);
}
TestSuite(limits, .init = setup, .fini = teardown, .timeout = 180);

#define ALL_FILES "\"capabilities\": { \"bounding\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\"]," \
        "\"effective\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\"]," \
        "\"permitted\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\"] },"
#define SIZE(size) "\"annotations\": { \"org.hcs-sandbox.scratch.size\": \"" size "\" },"

/* ext4 says what it is that is full, xfs and a disk of our own do not. */
static void expect_full(const struct result *r)
{
        cr_expect(strstr(r->err, "No space left on device") || strstr(r->err, "Disk quota exceeded"), "%s; %s", r->err, r->out);
}

/* --- what it is for ----------------------------------------------------------------------------------------------------- */

Test(limits, are_felt_inside_and_nowhere_else)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .host = true, .process = ALL_FILES, .top = SIZE("8M"),
                .args = "[\"sh\", \"-c\", \"head -c 20000000 /dev/zero >/etc/big; stat -c %s /etc/big; rm /etc/big; echo yes >/etc/small; cat /etc/small\"]" });
        expect_status(&r, 0);
        expect_full(&r);
        expect_out(&r, "\nyes\n");
        cr_expect(le(int, atoi(r.out), 8 << 20));
        cr_expect(gt(int, atoi(r.out), 6 << 20), "most of it is for what is written");
}

Test(limits, hold_for_all_file_systems_of_a_copy_together)
{
        struct result r;

        box_shell(&box, &r, "mkdir $DIR/work; cd $DIR/work; $H do --scratch-size 8M -- sh -c 'head -c 5000000 /dev/zero >/etc/one && head -c 5000000 "
                  "/dev/zero >two; stat -c %%s two'; ls");
        expect_full(&r);
        cr_expect(gt(int, atoi(r.out), 0));
        cr_expect(lt(int, atoi(r.out), 4000000), "%s", r.out);
}

Test(limits, of_memory_hold_with_further_file_systems_too)
{
        char top[512];
        struct result r;

        box_shell(&box, &r, "mkdir $DIR/work && echo before >$DIR/work/file");
        snprintf(top, sizeof(top), "\"annotations\": { \"org.hcs-sandbox.scratch\": \"memory\", \"org.hcs-sandbox.scratch.size\": \"4M\", "
                 "\"org.hcs-sandbox.copy\": \"%s/work\" },", box.dir);
        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .top = top,
                   .args = "[\"sh\", \"-c\", \"cat file; echo after >file; cat file; head -c 8000000 /dev/zero >big\"]" });
        box_shell(&box, &r, "jq --arg d $DIR/work '.process.cwd = $d' $DIR/b/config.json >$DIR/c && cp $DIR/c $DIR/b/config.json && $H run -b $DIR/b one; "
                  "cat $DIR/work/file");
        cr_expect(eq(str, r.out, (char *)"before\nafter\nbefore\n"), "%s", r.err);
        expect_full(&r);
}

Test(limits, that_are_reached_leave_diff_apply_export_and_discard_working)
{
        struct result r;

        box_shell(&box, &r, "mkdir $DIR/work; cd $DIR/work; $H do --keep --scratch-size 4M -- sh -c 'echo new >file; head -c 8000000 /dev/zero >big'; "
                  "id=$($H list -q); $H diff $id | grep work; $H layer export $id 2>/dev/null | tar tzv | grep -c 'work/file$'; $H apply $id $DIR/work/file; ls; "
                  "$H discard $id && $H diff $id | wc -l; $H delete $id");
        expect_full(&r);
        expect_out(&r, "work/big\n");
        expect_out(&r, "work/file\n1\n");
        expect_out(&r, "file\n0\n");
}

/* A disk with project quotas takes none. */
Test(limits, do_not_hide_what_a_running_one_changed)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .top = SIZE("8M"), .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one && $H exec one touch /etc/notes && $H diff one && $H diff one && "
                  "jq -e .HostedSystem.Storage.Scratch.Project $DIR/state/one/system.json >/dev/null && echo 1 || "
                  "losetup -a | grep -c /var/lib/hcs-sandbox/; $H delete --force one");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"A /etc/notes\nA /etc/notes\n1\n"), "one device, however many look: %s", r.out);
}

/* What is not written takes no room. */
Test(limits, cost_the_disk_what_is_written)
{
        struct result r;

        box_shell(&box, &r, "cd /usr; $H do --scratch s --scratch-size 10G -- touch /etc/notes; stat -c %%s $S/s/image; du -k $S/s/image | cut -f1");
        expect_out(&r, "10737418240\n");
        cr_expect(lt(int, atoi(r.out + strlen("10737418240\n")), 8192), "%s", r.out);
}

/* --- kept ones ---------------------------------------------------------------------------------------------------------- */

Test(limits, of_kept_scratches_stay_and_grow_but_do_not_shrink)
{
        struct result r;

        box_shell(&box, &r, "cd /usr; $H do --scratch s --scratch-size 8M -- touch /etc/notes; $H do --scratch s -- ls /etc/notes; $H scratch list | "
                  "sed -n 's/.*Z  *\\([0-9A-Z]*\\) .*/\\1/p'; $H do --scratch s --scratch-size 8M -- true && $H do --scratch s --scratch-size 32M -- sh -c "
                  "'head -c 20000000 /dev/zero >/etc/big; ls /etc/notes' && $H scratch list --format json | jq '.[].sizeInBytes'");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"/etc/notes\n8M\n/etc/notes\n33554432\n"), "%s; %s", r.out, r.err);
        box_shell(&box, &r, "cd /usr; $H do --scratch s --scratch-size 16M -- true");
        expect_status(&r, 125);
        expect_err(&r, "scratches/s: it is limited to 33554432 bytes, and can't be made smaller, to 16777216");
        box_shell(&box, &r, "cd /usr; $H do --scratch s -- ls /etc/notes; $H do --scratch t -- touch /etc/t; $H do --scratch t --scratch-size 16M -- true");
        expect_status(&r, 125);
        expect_out(&r, "/etc/notes");
        expect_err(&r, "scratches/t: it has no limit, and can't be given one");
        box_shell(&box, &r, "cd /usr; $H do --scratch t -- ls /etc/t; $H scratch list --format json | jq -c 'map(.sizeInBytes)'");
        expect_out(&r, "/etc/t\n[33554432,null]\n");
}

/* What a killed one left half grown: the file is larger than what is in it. */
Test(limits, that_were_growing_go_on_growing)
{
        struct result r;

        box_shell(&box, &r, "cd /usr; $H do --scratch s --scratch-size 8M -- touch /etc/notes; truncate -s 32M $S/s/image; "
                  "$H do --scratch s -- sh -c 'head -c 20000000 /dev/zero >/etc/big; ls /etc/notes'");
        expect_status(&r, 0);
        expect_out(&r, "/etc/notes");
}

Test(limits, go_along_with_a_clone)
{
        struct result r;

        box_shell(&box, &r, "cd /usr; $H do --scratch s --scratch-size 8M -- sh -c 'echo v >/usr/share/vol; echo e >/etc/notes' && $H clone s t && $H scratch remove s && "
                  "$H do --scratch t -- sh -c 'cat /usr/share/vol /etc/notes; head -c 20000000 /dev/zero >/etc/big'");
        expect_out(&r, "v\ne\n");
        expect_full(&r);
        box_shell(&box, &r, "cd /usr; $H do --keep --scratch-size 8M -- touch /etc/notes && $H clone --sandbox $($H list -q) u && $H delete $($H list -q) && "
                  "$H do --scratch u -- ls /etc/notes");
        expect_out(&r, "/etc/notes\n");
}

Test(limits, of_a_full_kept_scratch_let_it_be_gone_on_from)
{
        struct result r;

        box_shell(&box, &r, "cd /usr; $H do --scratch s --scratch-size 4M -- sh -c 'head -c 8000000 /dev/zero >/etc/big'; $H do --scratch s -- rm /etc/big && "
                  "$H do --scratch s -- sh -c 'head -c 1000000 /dev/zero >/etc/small && ls /etc/big /etc/small'");
        expect_out(&r, "/etc/small");
        expect_no_out(&r, "/etc/big");
}

/* --- what can't be ------------------------------------------------------------------------------------------------------ */

Test(limits, need_a_tool_that_is_named_when_it_is_not_there)
{
        struct result r;

        box_shell(&box, &r, "echo >$DIR/none; for p in /usr/sbin /sbin /usr/bin /bin /usr/local/sbin; do [ ! -e $p/mkfs.ext4 ] || mount --bind $DIR/none $p/mkfs.ext4; done; "
                  "cd /usr; PATH=/usr/bin $H do --scratch s --scratch-size 8M -- true; status=$?; "
                  "for p in /usr/sbin /sbin /usr/bin /bin /usr/local/sbin; do umount $p/mkfs.ext4; done 2>/dev/null; exit $status");
        expect_status(&r, 125);
        expect_err(&r, "mkfs.ext4 is not there");
        expect_err(&r, "install e2fsprogs");
        box_shell(&box, &r, "ls $S");
        cr_expect(eq(str, r.out, (char *)""));
}

Test(limits, need_loop_devices_and_say_what_else_can_be_done)
{
        struct result r;

        box_shell(&box, &r, "mount --bind /dev/null /dev/loop-control; cd /usr; $H do --scratch s --scratch-size 8M -- true; status=$?; umount /dev/loop-control; exit $status");
        expect_status(&r, 125);
        expect_err(&r, "loop device");
        expect_err(&r, "set org.hcs-sandbox.scratch to \"memory\"");
        box_shell(&box, &r, "ls $S");
        cr_expect(eq(str, r.out, (char *)""));
}

Test(limits, that_make_no_sense_are_refused_by_name)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"true\"]" });
        box_shell(&box, &r, "$H do --scratch-size 8X -- true; $H do --scratch-size 4K -- true; $H run -b $DIR/b --scratch-size 8M one");
        expect_err(&r, "--scratch-size: found \"8X\"; expected a size such as 64M or 2G");
        expect_err(&r, "org.hcs-sandbox.scratch.size: found 4096 bytes; the least of a scratch on a disk is 1048576");
        expect_err(&r, "--scratch-size: the bundle has a root of its own");
}

/* Where the disk keeps project quotas, no device is made; more than one at a time, and a second life of the number, are no matter. */
Test(limits, by_project_are_felt_inside_and_go_with_the_sandbox)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .top = SIZE("8M"), .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one; jq .HostedSystem.Storage.Scratch.Project $DIR/state/one/system.json | grep -x true");
        if (r.status != 0) {
                box_shell(&box, &r, "$H delete --force one");
                cr_skip_test("no project quotas where /tmp lies (tests/vm/run --disk ext4)");
        }
        box_shell(&box, &r, "losetup -a; $H run -d -b $DIR/b two; $H exec one sh -c 'head -c 20000000 /dev/zero >/etc/big; stat -c %%s /etc/big'; "
                  "$H exec two sh -c 'head -c 4000000 /dev/zero >/etc/big && echo room; df -k /etc | tail -n 1 | tr -s \" \" : | cut -d : -f 2'; "
                  "$H exec one sh -c 'for i in $(seq 9000); do echo >/etc/file$i || break; done; rm /etc/big /etc/file*; echo again >/etc/small && cat /etc/small'; "
                  "$H delete --force one; $H delete --force two; $H do --scratch-size 8M -- sh -c 'head -c 4000000 /dev/zero >/etc/big && echo new'");
        expect_full(&r);
        cr_expect(gt(int, atoi(r.out), 6 << 20), "%s", r.out);
        cr_expect(lt(int, atoi(r.out), (8 << 20) + 1), "%s", r.out);
        expect_out(&r, "\nroom\n8192\nagain\nnew\n");
}

/* No kernel of ours has project quotas: a sandbox that was made without is told that it has one. */
Test(limits, by_project_can_not_be_left_from_inside)
{
        struct result r;

        needs_programs("chattr");
        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one; $H exec one sh -c 'touch /etc/x && chattr +A /etc/x' && echo before; s=$DIR/state/one/system.json; "
                  "jq '.HostedSystem.Storage.Scratch.Project = true' $s >$DIR/s && cp $DIR/s $s; $H exec one chattr -A /etc/x; "
                  "$H exec --cap CAP_SYS_RESOURCE one echo never; $H exec one echo after; $H delete --force one");
        cr_expect(eq(str, r.out, (char *)"before\nafter\n"), "%s; %s", r.out, r.err);
        expect_err(&r, "Operation not supported while setting flags on /etc/x");
        expect_err(&r, "CAP_SYS_RESOURCE would let the process go beyond the quota");
}

/* --- being killed ------------------------------------------------------------------------------------------------------- */

/* At moments all through create; then deleted by force. */
Test(limits, leave_nothing_behind_whenever_create_is_killed)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .top = SIZE("8M"), .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "for ms in $(seq 0 2 60); do $H create -b $DIR/b one & p=$!; sleep $(printf 0.%%03d $ms); kill -9 $p; wait $p; "
                  "[ ! -e $DIR/state/one ] || $H delete --force one || echo BAD $ms; ls -A $S/../scratch | grep -v '^.boot$'; done 2>/dev/null");
        cr_expect(eq(str, r.out, (char *)""), "%s", r.out);
        expect_nothing_left();
}

Test(limits, leave_no_kept_scratch_behind_whenever_create_is_killed)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .top = SIZE("8M"), .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "for ms in $(seq 0 2 40); do $H create --scratch s -b $DIR/b one & p=$!; sleep $(printf 0.%%03d $ms); kill -9 $p; wait $p; "
                  "made=$(ls $S/s/image $S/s/unfinished 2>/dev/null); [ ! -e $DIR/state/one ] || $H delete --force one || echo BAD $ms; "
                  "case $made in */unfinished|'') [ ! -e $S/s ] || echo LEFT $ms: $made: $(ls $S/s);; *) $H scratch remove s;; esac; done 2>/dev/null");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""), "%s", r.out);
}
