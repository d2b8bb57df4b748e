/* The rarer ways to a copy of this machine: without root where nobody may open /dev/fuse, one overlay for each directory; and
 * machines that have /usr, or something in /var, on a file system of its own. */
#include "tests/engine/harness.h"

#include <stdio.h>

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void setup_user(void) { needs_root(); box_setup_user(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(directory_overlays, .init = setup_user, .fini = teardown, .timeout = 120);
TestSuite(submounts, .init = setup, .fini = teardown, .timeout = 120);
TestSuite(submounts_rootless, .init = setup_user, .fini = teardown, .timeout = 120);

/* Run by root, in this test's own mount namespace. */
static void as_root(struct result *ret, const char *line)
{
        uid_t uid = box.uid;

        box.uid = 0;
        box_shell(&box, ret, "%s", line);
        box.uid = uid;
        if (ret->status == 77)
                cr_skip("%s", ret->out);
        cr_assert(eq(int, ret->status, 0), "%s %s", ret->out, ret->err);
}

/* The harness has put one that everybody may open over the machine's. */
#define NO_FUSE "umount /dev/fuse 2>/dev/null; test ! -e /dev/fuse || { n=/tmp/.${DIR##*/}; mknod -m 600 $n c 10 229 && mount --bind $n /dev/fuse; rm $n; }"

/* --- one overlay for each directory --------------------------------------------------------------------------------------- */

Test(directory_overlays, are_the_way_without_fuse_and_it_is_said_what_they_cannot)
{
        struct result r;

        as_root(&r, NO_FUSE);
        box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"sh\", \"-c\", \"id -u; echo x >/etc/new; cat /etc/new; mkdir /var/lib/new /usr/new; "
                   "rm -f /etc/hosts; ls /etc/hosts; ls /bin/sh; python3 -c 'print(42)' || echo 42; echo y >>/etc/passwd\"]" });
        box_shell(&box, &r, "$H document -b $DIR/b | jq -r .System.HostedSystem.Storage.Union; $H run -b $DIR/b one");
        expect_out(&r, "DirectoryOverlays\n0\nx\n/bin/sh\n42\n");
        expect_err(&r, "can't be changed in this copy of the machine: ");
        expect_err(&r, "/etc/hosts': No such file");
        box_shell(&box, &r, "ls -d /etc/new /var/lib/new /usr/new; test -e /etc/hosts && echo there");
        expect_out(&r, "there");
        expect_no_out(&r, "new");
}

Test(directory_overlays, live_through_all_verbs)
{
        struct result r;

        as_root(&r, NO_FUSE);
        box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "set -e; $H create -b $DIR/b one; $H start one; $H exec one touch /etc/mine; $H exec one ls /etc/mine; $H pause one; $H resume one; "
                  "$H kill one KILL; for i in $(seq 100); do $H state one | grep -q stopped && break; sleep 0.05; done; $H delete one; ls $HOME/.local/share/hcs-sandbox/scratch");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"/etc/mine\n"));
}

/* The caller's own secrets too, which the kernel would let it read. */
Test(directory_overlays, hide_what_is_hidden)
{
        struct result r;

        as_root(&r, NO_FUSE "; echo secret >/var/lib/hcs-test-own.$$; chmod 600 /var/lib/hcs-test-own.$$; chown 12345:12345 /var/lib/hcs-test-own.$$; "
                "echo secret >/srv/hcs-test-own.$$; chmod 600 /srv/hcs-test-own.$$; chown 12345:12345 /srv/hcs-test-own.$$; " NO_MASKS);
        box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"sh\", \"-c\", \"cat /var/lib/hcs-test-own.* /srv/hcs-test-own.*; grep -c : /etc/shadow >/dev/null && "
                   "cut -d: -f2 /etc/shadow | sort -u; ls -A /home /var/log /run /tmp /mnt /media | grep -v :$; ls /; echo end\"]" });
        box_shell(&box, &r, "$H document -b $DIR/b | jq -r '.Hidden[].Path' | grep -c hcs-test-own; $H run -b $DIR/b one | grep .");
        expect_no_out(&r, "secret");
        expect_no_out(&r, "hcs-test");
        expect_out(&r, "2\n*\n");
        expect_out(&r, "\nend\n");
        as_root(&r, "rm -f /var/lib/hcs-test-own.* /srv/hcs-test-own.*");
}

Test(directory_overlays, leave_the_host_byte_for_byte_as_it_was)
{
        static const char sum[] = "(find /etc /usr/bin /usr/sbin /usr/share/doc /opt -xdev -type f -printf '%p %s %m %T@\\n'; "
                "find /etc -xdev -type f -print0 | xargs -0 cat) 2>/dev/null | cksum";
        struct result before, r, after;

        as_root(&r, NO_FUSE);
        as_root(&before, sum);
        box_try(&box, &r, &(struct bundle){ .host = true, .args = "[\"sh\", \"-c\", \"rm -rf /usr /opt /var /bin /etc/* 2>/dev/null; echo x >/etc/passwd; echo done\"]" });
        expect_out(&r, "done");
        as_root(&after, sum);
        cr_expect(eq(str, before.out, after.out));
}

/* --- file systems of their own -------------------------------------------------------------------------------------------- */

/* Named after the box, since tests run side by side. */
#define TAG "T=${DIR##*/}; "

/* /var/$T-disk is ext4 on a loop device; /usr and /opt/$T:d,oc are mounts too, the latter with a name that means something to mount options; /srv/$T-memory is no disk. */
#define MOUNTS \
        TAG "command -v mkfs.ext4 >/dev/null || { echo needs mkfs.ext4; exit 77; }; " \
        "grep -qE ' / / .* - (ext[234]|xfs|btrfs) ' /proc/self/mountinfo || { echo this root is on no disk; exit 77; }; " \
        "mkdir -p /var/$T-disk /opt/$T:d,oc /srv/$T-memory; truncate -s 8M $DIR/disk && mkfs.ext4 -q $DIR/disk; " \
        "mount -o loop $DIR/disk /var/$T-disk || { rmdir /var/$T-disk; echo needs a loop device; exit 77; }; " \
        "mkdir /var/$T-disk/sub; echo seen >/var/$T-disk/sub/file; echo secret >/var/$T-disk/secret; chmod 600 /var/$T-disk/secret; " \
        "mount --bind /usr /usr; mount --bind /usr/share/base-files /opt/$T:d,oc; mount -t tmpfs t /srv/$T-memory; " \
        "echo secret >/srv/$T-memory/file; " NO_MASKS
#define UNMOUNTS \
        TAG "cd /var/$T-disk; ls -AR .; cat sub/file; cd /; umount /var/$T-disk /opt/$T:d,oc /srv/$T-memory; umount -l /usr; " \
        "rmdir /var/$T-disk /opt/$T:d,oc /srv/$T-memory"

#define INSIDE \
        "cat /var/$T-disk/sub/file; cat /var/$T-disk/secret; ls -A /srv/$T-memory; ls -A /opt/$T:d,oc | wc -l; " \
        "rm -rf /var/$T-disk/sub /var/$T-disk/lost+found /opt/$T:d,oc/* 2>/dev/null; ls -A /var/$T-disk; ls /usr/bin/env; " \
        "touch /var/$T-disk/new /usr/new; ls -d /usr/new"

static void expect_host_as_it_was(const char *before)
{
        struct result r;
        char count[16];

        as_root(&r, "ls -A /usr/share/base-files | wc -l; ls -d /usr/new 2>/dev/null; true");
        snprintf(count, sizeof(count), "%.10s", before);
        cr_expect(eq(str, r.out, count));
        as_root(&r, UNMOUNTS);
        cr_expect(eq(str, r.out, (char *)".:\nlost+found\nsecret\nsub\n\n./lost+found:\n\n./sub:\nfile\nseen\n"));
}

#define FILES "[\"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\"]"
#define CAPABILITIES "\"capabilities\": { \"bounding\": " FILES ", \"effective\": " FILES ", \"permitted\": " FILES " },"

/* `after`: what is left of the disk when all was removed. */
static void run_on_submounts(const char *after)
{
        struct result count, r;
        char wanted[256], args[1024];

        snprintf(args, sizeof(args), "[\"sh\", \"-c\", \"T=%s; " INSIDE "\"]", strrchr(box.dir, '/') + 1);
        as_root(&r, MOUNTS);
        as_root(&count, "ls -A /usr/share/base-files | wc -l");
        box_try(&box, &r, &(struct bundle){ .host = true, .process = CAPABILITIES, .args = args });
        expect_status(&r, 0);
        expect_no_out(&r, "secret");
        snprintf(wanted, sizeof(wanted), "seen\n%.10s%s/usr/bin/env\n/usr/new\n", count.out, after);
        cr_expect(eq(str, r.out, wanted), "%s", r.err);
        expect_host_as_it_was(count.out);
}

Test(submounts, are_copied_each_by_an_overlay_of_its_own)
{
        run_on_submounts("");
}

Test(submounts_rootless, are_copied_by_fuse_overlayfs)
{
        needs_fuse_overlayfs();
        run_on_submounts("");
}

/* What is not the caller's can't be removed there: everything stays. */
Test(submounts_rootless, are_copied_by_directory_overlays)
{
        struct result r;

        as_root(&r, NO_FUSE);
        run_on_submounts("sub\n");
}
