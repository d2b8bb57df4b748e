/* The calls of podman, containerd, docker and CRI-O, word for word as they make them, and what they go by afterwards. */
#include "tests/engine/harness.h"

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(clients_calls, .init = setup, .fini = teardown, .timeout = 120);

#define SLEEP "[\"sleep\", \"1000\"]"
/* $R: the program alone; $1 of `dead`: a sandbox that has ended. */
#define HELP "R=${H%% --root*}; dead() { for k in $(seq 200); do $H state $1 | grep -q stopped && return; sleep 0.05; done; return 1; }; "

Test(clients_calls, podmans_run_and_exec_say_nothing_and_leave_what_it_reads)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP });
        box_shell(&box, &r, HELP "jq '.process | .args = [\"sleep\", \"999\"]' $DIR/b/config.json >$DIR/p; "
                  "G=\"$R --root $DIR/state --log-format=json --log $DIR/oci-log\"; set -e; "
                  "$G create --bundle $DIR/b --pid-file $DIR/pidfile one </dev/null; $H start one; "
                  "$G exec --pid-file $DIR/pid2 --process $DIR/p --detach one </dev/null; tr '\\0' ' ' </proc/$(cat $DIR/pid2)/cmdline >$DIR/words; "
                  "$H pause one; $H resume one; echo '{\"pids\":{\"limit\":77}}' >$DIR/res; $H update --resources=$DIR/res one; "
                  "$H kill one 10; $H kill one 9; dead one; $H delete --force one; $H delete --force one; test ! -s $DIR/oci-log; exec cat $DIR/words >&2");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""), "%s", r.out);
        cr_expect(eq(str, r.err, (char *)"sleep 999 "), "%s", r.err);
}

Test(clients_calls, containerds_shim_has_a_root_and_a_log_for_each_sandbox)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP });
        box_shell(&box, &r, HELP "cd $DIR/b; jq '.process | .args = [\"sleep\", \"999\"]' config.json >$DIR/p; "
                  "G=\"$R --root $DIR/state/default --log $DIR/b/log.json --log-format json\"; set -e; "
                  "$G create --bundle $DIR/b --pid-file $DIR/b/init.pid one </dev/null; $G start one; "
                  "$G exec --process $DIR/p --detach --pid-file $DIR/b/2.pid one </dev/null; "
                  "$G ps --format json one | jq -c --argjson a $(cat init.pid) --argjson b $(cat 2.pid) 'sort == ([$a, $b] | sort)'; "
                  "$G pause one; $G resume one; printf '{\"pids\":{\"limit\":99}}\\n' | $G update --resources - one; printf '{}\\n' | $G update --resources=- one; "
                  "$G kill --all one 9; H=\"$G\"; dead one; ! $G kill one 15; $G delete one; ! $G delete one; $G delete --force one; "
                  "jq -sr '.[].msg' log.json; ls $DIR/state/default");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"true\ncontainer not running\ncontainer \"one\" does not exist\n"), "%s", r.out);
}

Test(clients_calls, cri_o_asks_for_the_state_and_waits_for_an_exec)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP, .top = "\"annotations\": { \"a\": \"b\" }," });
        box_shell(&box, &r, HELP "jq '.process | .args = [\"sh\", \"-c\", \"cat; exit 7\"]' $DIR/b/config.json >$DIR/p; G=\"$R --root=$DIR/state\"; "
                  "$G create --bundle $DIR/b --pid-file $DIR/b/pidfile one </dev/null; $G start one; "
                  "$G state one | jq -e '.ociVersion and .id == \"one\" and .status == \"running\" and .pid > 1 and .annotations.a == \"b\" and "
                  "(.bundle | startswith(\"/\")) and (.rootfs | startswith(\"/\")) and (.created | test(\"^20..-..-..T..:..:..[.][0-9]{9}Z$\"))'; "
                  "echo in | $G exec --process $DIR/p one; echo $?; $G kill one KILL; dead one; $G state one | jq -c '[.status, .pid]'; $G kill one KILL; $G delete --force one");
        cr_expect(eq(str, r.out, (char *)"true\nin\n7\n[\"stopped\",0]\n"), "%s %s", r.out, r.err);
        expect_err(&r, "container not running");
}

/* podman calls them so: XDG_RUNTIME_DIR is there, and empty. */
Test(clients_calls, need_no_environment)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP });
        box_shell(&box, &r, HELP "H=\"env -i XDG_RUNTIME_DIR= $H\"; set -e; $H create -b $DIR/b one </dev/null; $H start one; $H pause one; $H resume one; "
                  "$H kill one 9; dead one; $H delete --force one; $H ps one || $H list -q");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""));
        box_shell(&box, &r, "env -i XDG_RUNTIME_DIR= ${H%% --root*} state no-such-thing");
        expect_err(&r, "does not exist");
}

/* Callers are subreapers that wait for the pid in the file: whoever stood between would take the status. */
Test(clients_calls, what_create_and_exec_leave_is_the_callers_own_child)
{
        struct result r;

        needs_programs("python3");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sh\", \"-c\", \"read x </tmp/wait; exit 9\"]" });
        box_shell(&box, &r, "mkfifo $ROOTFS/tmp/wait; cat >$DIR/wait.py <<'P'\n"
                  "import ctypes, os, subprocess, sys\n"
                  "ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\n"
                  "d, h = sys.argv[1], sys.argv[2].split()\n"
                  "def call(*words): subprocess.check_call(h + list(words), stdin=subprocess.DEVNULL)\n"
                  "def pid(name): return int(open(d + '/' + name).read())\n"
                  "def status(p): return os.waitstatus_to_exitcode(os.waitpid(p, 0)[1])\n"
                  "call('create', '-b', d + '/b', '--pid-file', d + '/1', 'one')\n"
                  "call('start', 'one')\n"
                  "call('exec', '--detach', '--pid-file', d + '/2', 'one', 'sh', '-c', 'exit 4')\n"
                  "print(status(pid('2')))\n"
                  "call('exec', '--detach', '--pid-file', d + '/3', 'one', 'sh', '-c', 'kill -9 $$')\n"
                  "print(status(pid('3')))\n"
                  "open(d + '/rootfs/tmp/wait', 'w').write('go')\n"
                  "print(status(pid('1')))\n"
                  "P\n"
                  "python3 $DIR/wait.py $DIR \"$H\"; $H delete one");
        cr_expect(eq(str, r.out, (char *)"4\n-9\n9\n"), "%s %s", r.out, r.err);
}

/* 127 and 126 of docker and podman come from these words, and create is where they are expected. */
Test(clients_calls, a_program_that_cannot_be_run_is_told_of_by_create_in_the_words_that_are_looked_for)
{
        static const struct { const char *args, *said; } cases[] = {
                { "[\"no-such\"]", "exec: \"no-such\": executable file not found in $PATH" },
                { "[\"/no/such\"]", "exec: \"/no/such\": stat /no/such: no such file or directory" },
                { "[\"/etc/plain\"]", "exec: \"/etc/plain\": permission denied" },
                { "[\"/etc\"]", "exec: \"/etc\": is a directory: permission denied" },
                { "[\"/etc/plain/x\"]", "exec: \"/etc/plain/x\": stat /etc/plain/x: not a directory" },
        };
        struct result r;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                (void)box_bundle(&box, "b", &(struct bundle){ .args = cases[i].args });
                box_shell(&box, &r, "echo >$ROOTFS/etc/plain; $H create --pid-file $DIR/pid -b $DIR/b one; echo $?; ls $DIR/state; test -e $DIR/pid && echo pid");
                cr_expect(eq(str, r.out, (char *)"1\n"), "%s: %s", cases[i].args, r.out);
                expect_err(&r, cases[i].said);
        }
        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP });
        box_shell(&box, &r, "$H run -d -b $DIR/b one </dev/null; "
                  "for a in no-such /no/such /etc/plain; do $H exec -d --pid-file $DIR/pid one $a; echo $?; done; test -e $DIR/pid && echo pid");
        cr_expect(eq(str, r.out, (char *)"255\n255\n255\n"), "an exec that failed has no pid file, which is how conmon knows: %s", r.out);
        for (size_t i = 0; i < 3; i++)
                expect_err(&r, cases[i].said);
}

Test(clients_calls, one_object_is_in_the_log_after_a_failure_even_if_there_was_a_warning)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"no-such\"]", .process = "\"capabilities\": { \"bounding\": [\"CAP_NOSUCH\"] }," });
        box_shell(&box, &r, HELP "$R --root $DIR/state --log-format=json --log $DIR/log create -b $DIR/b one; jq -s -r 'length, .[0].level' $DIR/log; "
                  "jq -r .time $DIR/log | date -f - >/dev/null && echo dated; stat -c %%a $DIR/log");
        cr_expect(eq(str, r.out, (char *)"1\nerror\ndated\n644\n"), "%s", r.out);
        expect_err(&r, "warning");
        box_shell(&box, &r, HELP "for i in 1 2; do $R --root $DIR/state --log $DIR/text state none; done; grep -c 'level=error msg=.*does not exist' $DIR/text; "
                  "$R --log-format=yaml list; echo $?");
        cr_expect(eq(str, r.out, (char *)"2\n1\n"), "%s", r.out);
}

Test(clients_calls, verbs_are_deaf_to_what_the_caller_blocks_and_ignores)
{
        struct result r;

        needs_programs("python3");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"grep\", \"-E\", \"^Sig(Blk|Ign)\", \"/proc/self/status\"]" });
        box_shell(&box, &r, "python3 -c 'import os, signal, sys\n"
                  "signal.signal(signal.SIGPIPE, signal.SIG_IGN); signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
                  "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD, signal.SIGUSR1})\n"
                  "os.execvp(sys.argv[1], sys.argv[1:])' $H run -b $DIR/b one </dev/null");
        cr_expect(eq(str, r.out, (char *)"SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"), "%s %s", r.out, r.err);
}

Test(clients_calls, a_hook_need_not_read_what_it_is_told)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .top = "\"hooks\": { \"prestart\": [{ \"path\": \"/bin/true\" }], \"poststop\": [{ \"path\": \"/bin/true\" }] }," });
        box_shell(&box, &r, "for i in 1 2 3 4 5 6 7 8 9; do $H run -b $DIR/b one </dev/null || echo $?; done");
        cr_expect(eq(str, r.out, (char *)""), "%s %s", r.out, r.err);
        cr_expect(eq(str, r.err, (char *)""));
}

/* CRI-O joins the two streams. */
Test(clients_calls, version_and_features_are_on_standard_output_alone)
{
        struct result r;

        needs_programs("jq");
        box_shell(&box, &r, HELP "$R --version 2>&1 >/dev/null; $R features 2>&1 >/dev/null; $R --version | head -n 1 | cut -d' ' -f1,2; "
                  "$R features | jq -c '[(.ociVersionMin | type), (.ociVersionMax | type), (.linux.mountExtensions.idmap.enabled), (.mountOptions | index(\"rro\") != null), "
                  "(.linux.namespaces | length > 7), (.linux.capabilities | length > 40), .linux.cgroup.v1, .linux.cgroup.v2, (.hooks | length)]'");
        cr_expect(eq(str, r.out, (char *)"hcs-sandbox version\n[\"string\",\"string\",true,true,true,true,true,true,6]\n"), "%s", r.out);
}

Test(clients_calls, a_pid_file_is_replaced_as_a_whole)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP });
        box_shell(&box, &r, "cd $DIR; printf old >pid; ln pid other; $H create -b b --pid-file pid one </dev/null; cat other; echo; grep -c '^[0-9]*$' pid; "
                  "wc -l <pid; [ $(cat pid) = $($H state one | sed -n 's/.*\"pid\": \\([0-9]*\\),/\\1/p') ] && echo same; ls | grep -c pid");
        cr_expect(eq(str, r.out, (char *)"old\n1\n0\nsame\n1\n"), "%s %s", r.out, r.err);
}

/* --- flags ---------------------------------------------------------------------------------------------------------------- */

/* What some client gives; what each does is tried in its own place. */
Test(clients_calls, every_flag_that_a_client_gives_is_known)
{
        static const struct { const char *verb, *flags; } known[] = {
                { "", "root log log-format debug systemd-cgroup cgroup-manager rootless criu version help" },
                { "create", "bundle -b pid-file console-socket preserve-fds no-pivot no-new-keyring pidfd-socket" },
                { "run", "bundle -b pid-file console-socket preserve-fds no-pivot no-new-keyring pidfd-socket detach -d keep no-subreaper" },
                { "exec", "process -p detach -d pid-file console-socket tty -t preserve-fds cwd env -e user -u cap -c no-new-privs apparmor process-label cgroup "
                          "additional-gids -g ignore-paused pidfd-socket" },
                { "kill", "all -a" }, { "delete", "force -f" }, { "list", "format -f quiet -q" }, { "ps", "format -f" }, { "spec", "bundle -b rootless" },
                { "update", "resources -r memory memory-swap memory-reservation cpu-share cpu-quota cpu-period cpu-rt-period cpu-rt-runtime cpuset-cpus cpuset-mems "
                            "pids-limit blkio-weight l3-cache-schema mem-bw-schema cpu-burst cpu-idle" },
                { "events", "interval stats" }, { "start", "" }, { "state", "" }, { "pause", "" }, { "resume", "" }, { "features", "" },
        };
        struct result r;

        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
                box_shell(&box, &r, HELP "$R %s --help >$DIR/help || echo no %s; for f in %s; do case $f in -*) ;; *) f=--$f ;; esac; "
                          "[ $f = --help ] || grep -q -e \" $f\\>\" $DIR/help || echo $f; done", known[i].verb, known[i].verb, known[i].flags);
                cr_expect(eq(str, r.out, (char *)""), "%s: %s %s", known[i].verb, r.out, r.err);
        }
}

Test(clients_calls, flags_stand_before_the_verb_and_behind_it_with_a_blank_or_an_equals_sign)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"true\"]" });
        box_shell(&box, &r, HELP "cd $DIR/b; s=$DIR/state; for f in \"--root=$s\" \"--root $s --log-format json --log $DIR/l\" "
                  "\"--root $s --log=$DIR/l --log-format=json --debug\" \"--root $s --rootless=auto\" \"--root=$s --rootless false\" "
                  "\"--cgroup-manager cgroupfs --root $s\" \"--criu /usr/sbin/criu --root $s\" \"--criu=x --root $s\"; do "
                  "$R $f run --bundle=. one || echo $f; $R $f run --pid-file $DIR/p one || echo $f; done </dev/null 2>/dev/null");
        cr_expect(eq(str, r.out, (char *)""), "%s", r.out);
        box_shell(&box, &r, HELP "for f in --no-pivot --no-new-keyring '--no-pivot --no-new-keyring' --keep --no-subreaper; do "
                  "$H run $f -b $DIR/b one </dev/null 2>/dev/null || echo $f; "
                  "$H delete --force one; done");
        cr_expect(eq(str, r.out, (char *)""), "%s", r.out);
}

Test(clients_calls, without_a_cgroup_manager_there_is_no_group_and_no_limit)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP });
        (void)box_bundle(&box, "limited", &(struct bundle){ .args = SLEEP, .linux_ = ", \"resources\": { \"pids\": { \"limit\": 9 } }" });
        box_shell(&box, &r, HELP "G=\"$R --root $DIR/state --cgroup-manager disabled\"; $G run -d -b $DIR/b one </dev/null; find /sys/fs/cgroup -name 'one*'; "
                  "$G exec one echo exec; $G kill one 9; dead one; $G delete one; $G run -b $DIR/limited two </dev/null");
        cr_expect(eq(str, r.out, (char *)"exec\n"), "%s %s", r.out, r.err);
        expect_err(&r, "linux.resources");
}
