/* A command in a throw-away copy of this machine, and what becomes of what it changed. */
#include "tests/engine/harness.h"

#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "src/lib/hcs-sandbox.h"

static struct box box;

/* Scratches and the journal of what was applied are the test's own, and so is what is worked on: $DIR/work. */
static void setup(void)
{
        struct result r;

        needs_root();
        box_setup(&box);
        (void)mkdir("/var/lib/hcs-sandbox", 0700);
        cr_assert(eq(int, mount("hcs-sandbox-test", "/var/lib/hcs-sandbox", "tmpfs", 0, "mode=700"), 0));
        box_shell(&box, &r, "mkdir $DIR/work; echo before >$DIR/work/file; echo x >$DIR/work/gone");
}

static void teardown(void)
{
        if (!box.dir[0])
                return;
        box_teardown(&box);
        (void)umount2("/var/lib/hcs-sandbox", MNT_DETACH);
}

TestSuite(do_, .init = setup, .fini = teardown, .timeout = 120);

#define LISTING "find . -printf '%%P %%y %%m %%s %%T@\\n' | sort; cat file"

Test(do_, the_working_directory_is_at_hand_and_stays_as_it_was)
{
        struct result r;

        box_shell(&box, &r, "cd $DIR/work; " LISTING " >../before; $H do -- sh -c 'pwd; cat file; echo new >file; rm gone; mkdir made; touch made/x'; s=$?;"
                  LISTING " | cmp - ../before; echo status $s");
        expect_status(&r, 0);
        expect_out(&r, "/work\nbefore\n");
        expect_out(&r, "status 0\n");
        expect_err(&r, "2 added, 1 changed, 1 deleted");
        expect_err(&r, "discarded");
        box_expect_empty(&box);
}

Test(do_, the_status_is_the_commands)
{
        struct result r;

        box_shell(&box, &r, "cd $DIR/work; for c in 'exit 7' 'kill -9 $$' 'kill -TERM $$' 'trap \"exit 9\" INT; kill -INT $$'; do $H do -- sh -c \"$c\"; echo $?; done; "
                  "for c in /nowhere nosuch /etc/passwd /etc; do $H do $c 2>/dev/null; echo $?; done; $H do --bind /nowhere -- true 2>/dev/null; echo $?");
        expect_out(&r, "7\n137\n143\n9\n127\n127\n126\n126\n125\n");
}

/* The kernel delivers to a first process nothing that it has no handler for, so that is not the command. */
Test(do_, signals_end_a_command_that_has_no_handlers_for_them)
{
        struct result r;

        needs_programs("script");
        box_shell(&box, &r, "cd $DIR/work; for s in TERM HUP USR1; do $H do -- sleep 50 & sleep 0.5; kill -$s $!; wait $!; echo $?; done");
        expect_out(&r, "143\n129\n138\n");
        box_shell(&box, &r, "cd $DIR/work; (sleep 1; printf '\\003'; sleep 1) | script -qec \"$H do -- sleep 50\" /dev/null; echo $?; "
                  "(sleep 1; printf '\\003'; sleep 1) | script -qec \"$H do -- sh -c 'trap \\\"echo once\\\" INT; sleep 50; echo on'\" /dev/null; echo $?");
        expect_out(&r, "130\n");
        expect_out(&r, "once\r\non\r\n0\n");
        box_expect_empty(&box);
}

Test(do_, the_first_process_is_ours_and_has_nothing_that_the_command_has_not)
{
        struct result r;

        box_shell(&box, &r, "cd $DIR/work; $H do -- sh -c 'echo $$ $PPID; ls /proc/1/fd | wc -l; "
                  "for i in Cap NoNewPrivs; do grep ^$i /proc/1/status >1; grep ^$i /proc/$$/status >2; cmp 1 2; done; "
                  "(sleep 0.1 &) ; (sleep 0.1 &); sleep 0.4; ls -d /proc/[0-9]* | wc -l'");
        expect_status(&r, 0);
        expect_out(&r, "2 1\n0\n");
        cr_expect(ne(ptr, strstr(r.out, "\n0\n4\n"), NULL), "the first, the shell, ls and wc: %s", r.out);
}

/* Also of a bundle, where a service manager's sockets are meant for the program and not for the first process. */
Test(do_, a_bundle_can_have_such_a_first_process)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .host = true, .top = "\"annotations\": {\"org.hcs-sandbox.init\": \"true\"},",
                                                      .args = "[\"sh\", \"-c\", \"echo $LISTEN_FDS $LISTEN_PID $$; kill -9 $$\"]" });
        box_shell(&box, &r, "cd $DIR; echo one >1; sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec $H run -b b one' 3<1; echo $?");
        expect_out(&r, "1 2 2\n137\n");
        box_shell(&box, &r, "cd $DIR; sed -i s/sh.,/nosuch\\\",/ b/config.json; $H run -b b one; echo $?");
        expect_out(&r, "1\n");
        expect_err(&r, "executable file not found in $PATH");
        box_expect_empty(&box);
}

Test(do_, keeps_applies_and_undoes)
{
        struct result r;

        box_shell(&box, &r, "cd $DIR/work; " LISTING " >../before; $H do --keep -- sh -c 'echo after >file; rm gone'; id=$($H list -q); $H diff $id; "
                  ""
                  "$H apply --dry-run $id; cat file; $H apply $id; cat file; ls; $H diff --stat $id; "
                  "$H apply --undo; " LISTING " | cmp - ../before && echo same");
        expect_status(&r, 0);
        expect_out(&r, "/work/file (content)\n");
        expect_out(&r, "before\napplied: 1 changed, 1 deleted (6 bytes)\nafter\nfile\nnothing\n");
        expect_out(&r, "same\n");
}

/* The tmpfs outlives the command, and goes with the sandbox. */
Test(do_, in_memory_is_told_kept_and_applied_as_well)
{
        struct result r;

        box_shell(&box, &r, "cd $DIR/work; $H do --in-memory -- sh -c 'echo after >file; df --output=fstype /usr | tail -n 1'");
        expect_status(&r, 0);
        expect_err(&r, "1 changed");
        expect_err(&r, "discarded");
        box_expect_empty(&box);
        box_shell(&box, &r, "cd $DIR/work; $H do --in-memory --apply -- sh -c 'echo after >file'; cat file; $H list -q; "
                  "$H do --in-memory --keep -- rm gone; id=$($H list -q); $H diff $id; $H apply $id; ls; $H delete $id; "
                  "ls -A /var/lib/hcs-sandbox/scratch");
        expect_status(&r, 0);
        cr_expect(eq(int, strncmp(r.out, "after\nD /", 8), 0), "%s", r.out);
        expect_out(&r, "applied: 1 deleted");
        expect_out(&r, "\nfile\n.boot\n");
        box_shell(&box, &r, "cd $DIR/work; $H do --in-memory --scratch a -- true");
        expect_status(&r, 125);
        expect_err(&r, "expected one of --in-memory and --scratch");
}

Test(do_, apply_is_for_what_succeeded)
{
        struct result r;

        box_shell(&box, &r, "cd $DIR/work; $H do --apply -- sh -c 'echo one >file'; cat file; $H do --apply -- sh -c 'echo two >file; exit 3'; echo $?; cat file; $H list -q");
        expect_out(&r, "one\n3\none\ndo-");
        expect_err(&r, "since the command failed");
}

Test(do_, what_the_host_changed_meanwhile_is_kept_and_not_lost)
{
        struct result r;

        box_shell(&box, &r, "cd $DIR/work; $H do --keep -- sh -c 'echo sandbox >file'; sleep 0.1; echo host >file; id=$($H list -q); $H apply $id; echo $?; cat file; "
                  "$H apply --force $id; cat file");
        expect_out(&r, "1\nhost\napplied: 1 changed (8 bytes)\nsandbox\n");
        expect_err(&r, "/work/file: the host changed it since the sandbox began");
}

Test(do_, discard_empties_a_sandbox_that_stays)
{
        struct result r;

        box_shell(&box, &r, "cd $DIR/work; $H do --keep -- sh -c 'rm -r file gone; touch /etc/new'; id=$($H "
                  "list -q); $H discard $id; $H diff --stat $id; $H state $id | grep -o stopped");
        expect_status(&r, 0);
        expect_out(&r, "nothing\nstopped\n");
}

Test(do_, a_file_with_another_name_is_no_conflict)
{
        struct result r;

        box_shell(&box, &r, "cd $DIR/work; mkdir sub; sleep 0.1; $H do --apply -- sh -c 'mv file other; mv gone sub/'; ls . sub; $H apply --undo; ls . sub");
        expect_status(&r, 0);
        expect_out(&r, ".:\nother\nsub\n\nsub:\ngone\n.:\nfile\ngone\nsub\n\nsub:\n");
}

Test(do_, one_that_runs_is_not_applied)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/b it; $H apply it; echo $?; $H discard it; echo $?");
        expect_out(&r, "1\n1\n");
        expect_err(&r, "is running, and may change more; stop it first");
}

Test(do_, programs_get_one_line_of_json)
{
        struct result r;

        needs_programs("jq");
        box_shell(&box, &r, "cd $DIR/work; $H do --json -- sh -c 'echo said; rm gone; exit 5' 2>/dev/null | tail -n 1 | "
                  "jq -r '.exitStatus, .outcome, .summary.deleted, .changes[0].change, (.milliseconds.run | type)'");
        expect_status(&r, 0);
        expect_out(&r, "5\ndiscarded\n1\ndeleted\nnumber\n");
}

Test(do_, binds_are_the_hosts_own_and_what_is_hidden_is_absent)
{
        struct result r;

        box_shell(&box, &r, "mkdir $DIR/shared $DIR/kept; echo x >$DIR/kept/file; cd $DIR/work; "
                  "$H do -v $DIR/shared -v $DIR/kept:/target:ro --hide /usr/share/doc -- "
                  "sh -c \"echo y >$DIR/shared/new; ls /target; touch /target/no || true; ls /usr/share/doc\"; "
                  "cat $DIR/shared/new");
        expect_out(&r, "file\ny\n");
        cr_expect(eq(ptr, strstr(r.err, "discarded"), NULL), "of what did nothing nothing is said: %s", r.err);
        expect_err(&r, "/target/no");
}

Test(do_, has_no_network_unless_it_is_asked_for)
{
        struct result r;

        box_shell(&box, &r, "cd $DIR/work; $H do -- sh -c 'wc -l </proc/net/dev'; $H do --network host -- readlink /proc/self/ns/net; readlink /proc/self/ns/net");
        expect_out(&r, "3\nnet:");
        {
                char *first = strstr(r.out, "net:"), *second = strstr(first + 1, "net:");

                cr_assert(ne(ptr, second, NULL));
                cr_expect(eq(int, strncmp(first, second, 16), 0));
        }
}

Test(do_, a_home_directory_as_a_whole_stays_at_home)
{
        struct result r;

        box_shell(&box, &r, "mkdir $DIR/me; echo key >$DIR/me/key; export HOME=$DIR/me; cd; $H do -- sh -c 'pwd; ls -A $HOME'");
        expect_status(&r, 0);
        expect_out(&r, "/\n");
        expect_no_out(&r, "key");
        expect_err(&r, "holds keys");
}

Test(do_, wishes_that_contradict_each_other_are_refused)
{
        struct result r;

        box_shell(&box, &r, "cd $DIR/work; for f in '--keep --apply' '--network lan' '-v :' '-v /nowhere' '--ask'; do $H do $f -- true </dev/null; echo $?; done");
        expect_out(&r, "125\n125\n125\n125\n125\n");
}

Test(do_, with_a_terminal_it_has_one)
{
        struct result r;

        needs_programs("script");
        box_shell(&box, &r, "cd $DIR/work; script -qec \"$H do -- sh -c 'tty; exit 4'\" /dev/null; echo $?; "
                  "(sleep 2; printf 'a\\n'; sleep 1) | script -qec \"$H do --ask -- rm gone\" /dev/null; ls");
        expect_out(&r, "/dev/pts/");
        expect_out(&r, "4\n");
        expect_out(&r, "[a]pply, [k]eep or [d]iscard? ");
        expect_out(&r, "applied");
        expect_no_out(&r, "gone\nfile");
}

/* Ctrl-C typed at the question; the terminal is asked afterwards how it is set. */
Test(do_, ctrl_c_at_the_question_leaves_nothing_and_applies_nothing)
{
        struct result r;

        needs_programs("script stty");
        box_shell(&box, &r, "cd $DIR/work; cat >$DIR/typed <<END\n"
                  "stty -a >$DIR/before\n"
                  "trap : INT; $H do --ask -- rm gone; echo status \\$?; stty -a >$DIR/after; $H list -q; ls\n"
                  "END\n"
                  "mkfifo $DIR/keys; (exec 3>$DIR/keys; until grep -q 'iscard?' $DIR/screen 2>/dev/null; do sleep 0.1; done; printf '\\003' >&3; sleep 2) & "
                  "script -qefc \"sh $DIR/typed\" $DIR/screen <$DIR/keys >/dev/null; wait; cat $DIR/screen; cmp $DIR/before $DIR/after && echo as before");
        expect_out(&r, "interrupted: discarded");
        expect_out(&r, "status 130");
        expect_out(&r, "gone");
        expect_no_out(&r, "do-");
        expect_out(&r, "as before\n");
        box_expect_empty(&box);
}

Test(do_, programs_that_embed_us_have_the_same)
{
        struct hcs_sandbox_host_options options = HCS_SANDBOX_HOST_OPTIONS_INIT;
        struct hcs_sandbox_apply_options wish = HCS_SANDBOX_APPLY_OPTIONS_INIT;
        struct hcs_sandbox_host *host = NULL;
        struct hcs_sandbox *sandbox = NULL;
        struct hcs_sandbox_error err = { 0 };
        char *text = NULL, id[64];
        struct result r;

        box_shell(&box, &r, "cd $DIR/work; $H do --keep -- sh -c 'echo after >file'; $H list -q");
        cr_assert(eq(int, sscanf(r.out, "%63s", id), 1));
        options.root = box.root;
        cr_assert(eq(int, hcs_sandbox_host_open(&options, &host, &err), 0), "%s", err.text);
        cr_assert(eq(int, hcs_sandbox_open(host, id, &sandbox, &err), 0), "%s", err.text);
        cr_assert(eq(int, hcs_sandbox_changes(sandbox, &text, &err), 0), "%s", err.text);
        cr_expect(ne(ptr, strstr(text, "\"change\":\"changed\""), NULL), "%s", text);
        hcs_sandbox_free(text);

        box_shell(&box, &r, "sleep 0.1; touch $DIR/work/file");
        cr_expect(eq(int, hcs_sandbox_apply(sandbox, &wish, &text, &err), HCS_SANDBOX_REFUSED));
        cr_expect(ne(ptr, strstr(text, "\"why\":\"the host changed it since the sandbox began\""), NULL), "%s", text);
        hcs_sandbox_free(text);
        wish.force = true;
        cr_expect(eq(int, hcs_sandbox_apply(sandbox, &wish, &text, &err), 0), "%s", err.text);
        hcs_sandbox_free(text);
        box_shell(&box, &r, "cat $DIR/work/file");
        expect_out(&r, "after");
        cr_expect(eq(int, hcs_sandbox_undo(host, false, &err), 0), "%s", err.text);
        cr_expect(eq(int, hcs_sandbox_undo(host, false, &err), HCS_SANDBOX_NOTHING_TO_UNDO));
        cr_expect(eq(int, hcs_sandbox_discard(sandbox, &err), 0), "%s", err.text);
        hcs_sandbox_close(sandbox);
        hcs_sandbox_host_close(host);
}

/* --- a package ---------------------------------------------------------------------------------------------------------- */

/* Three copies of this machine as overlays on a tmpfs: one where the package is installed as ever, one where it is installed in a
 * sandbox and applied, and the same undone.  Logs are hidden from a sandbox; times, and the second-last state of the accounts, are
 * those of the installation. */
static const char package_script[] =
        "set -e\n"
        "mkdir -p $DIR/hosts && mount -t tmpfs tmpfs $DIR/hosts && cd $DIR/hosts\n"
        "mkdir -p pkg/DEBIAN pkg/usr/sbin pkg/etc/hcstestd pkg/lib/systemd/system pkg/var/lib/hcstestd\n"
        "cp /bin/true pkg/usr/sbin/hcstestd; ln pkg/usr/sbin/hcstestd pkg/usr/sbin/hcstestctl; echo conf >pkg/etc/hcstestd/conf\n"
        "printf '[Service]\\nExecStart=/usr/sbin/hcstestd\\n' >pkg/lib/systemd/system/hcstestd.service\n"
        "printf 'Package: hcstestd\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@example.com>\\nDescription: x\\n' >pkg/DEBIAN/control\n"
        "printf '/etc/hcstestd/conf\\n' >pkg/DEBIAN/conffiles\n"
        "printf '#!/bin/sh\\nset -e\\ngroupadd -g 931 hcstestd\\nuseradd -r -u 931 -g hcstestd -d /var/lib/hcstestd -s /usr/sbin/nologin -M hcstestd\\n"
        "chown hcstestd:hcstestd /var/lib/hcstestd\\nchmod 750 /var/lib/hcstestd\\nln -s /lib/systemd/system/hcstestd.service "
        "/etc/systemd/system/hcstestd.service\\n' >pkg/DEBIAN/postinst\n"
        "chmod 755 pkg/DEBIAN/postinst; dpkg-deb -b pkg hcstestd.deb >/dev/null\n"
        "host() {\n"
        "  mkdir -p $1/upper $1/work $1/root; mount -t overlay overlay -o lowerdir=/,upperdir=$1/upper,workdir=$1/work $1/root\n"
        "  mkdir -p $1/root/var/lib/hcs-sandbox $1/root/pkgs/bin; cp hcstestd.deb $1/root/pkgs/\n"
        "  cp ${H%% *} ${H%% *}-init $1/root/pkgs/bin/\n"      /* wherever they lie, /tmp among others, they are not in the copy */
        "  for d in run tmp dev/shm var/lib/hcs-sandbox; do [ $d = dev/shm ] || mount -t tmpfs tmpfs $1/root/$d; done\n"
        "  mount --rbind /dev $1/root/dev; mount --rbind /sys $1/root/sys; mount -t proc proc $1/root/proc\n"
        "  echo 'root:secret:1:0:99999:7:::' >$1/root/etc/shadow; grep -v ^root: /etc/shadow >>$1/root/etc/shadow; chown 0:42 $1/root/etc/shadow; chmod 640 $1/root/etc/shadow\n"
        "}\n"
        "list() { (cd $1/root; d='etc pkgs usr/sbin usr/lib/systemd/system var/lib/dpkg'; [ ! -e var/lib/hcstestd ] || d=\"$d var/lib/hcstestd\"\n"
        "  find $d -xdev ! -name '*-' \\( -type d -printf \"%p d %m %U %G ${2#%s}\\n\" -o -printf \"%p %y %m %U %G %l $2\\n\" \\) | sort\n"
        "  find etc usr/sbin/hcs* var/lib/dpkg/info/hcs* var/lib/dpkg/status -xdev -type f ! -name '*-' -print0 2>/dev/null | sort -z | xargs -0 cksum\n"
        "  getfattr -R -h -dm- etc usr/sbin 2>/dev/null || true); }\n"
        "host plain; host other; H=\"/pkgs/bin/hcs-sandbox ${H#* }\"\n"
        "list other '%s %T@' >undone.wanted; stat -c '%n %y %a' other/root/etc/*- >>undone.wanted\n"
        "chroot plain/root dpkg -i /pkgs/hcstestd.deb >plain.log 2>&1 || { cat plain.log; exit 70; }\n"
        "sleep 0.1\n"
        "chroot other/root sh -c 'cd /pkgs; $H do --keep -- dpkg -i hcstestd.deb' >other.log 2>&1 || { cat other.log; exit 71; }\n"
        "id=$(chroot other/root sh -c '$H list -q')\n"
        "list other '%s %T@' >before.apply; stat -c '%n %y %a' other/root/etc/*- >>before.apply; cmp undone.wanted before.apply\n"
        "chroot other/root sh -c \"$H apply $id\" >apply.log 2>&1 || { cat apply.log; exit 72; }\n"
        "list plain '' >plain.list; list other '' >other.list; diff plain.list other.list >differ || { cat differ apply.log; exit 73; }; echo the same\n"
        "grep -q ^root:secret: other/root/etc/shadow && grep ^hcstestd other/root/etc/shadow && cat apply.log\n"
        "chroot other/root sh -c \"dpkg -s hcstestd | grep Status; $H apply --undo; $H delete $id\"\n"
        "list other '%s %T@' >undone; stat -c '%n %y %a' other/root/etc/*- >>undone; diff undone.wanted undone; echo as before\n";

Test(do_, a_package_that_is_applied_is_as_if_installed)
{
        struct result r;
        char path[128];
        FILE *file;

        needs_programs("dpkg-deb useradd getfattr");
        snprintf(path, sizeof(path), "%s/script", box.dir);
        file = fopen(path, "w");
        cr_assert(ne(ptr, file, NULL));
        fputs(package_script, file);
        fclose(file);
        box_shell(&box, &r, "export H; sh $DIR/script; s=$?; cd /; for m in $(tac /proc/mounts | cut -d' ' -f2 | grep ^$DIR/hosts); do umount -l $m; done; exit $s");
        expect_status(&r, 0);
        expect_out(&r, "the same\n");
        expect_out(&r, "Status: install ok installed");
        expect_out(&r, "as before\n");
}
