/* What a process is set to, looked at from inside: scheduling, I/O priority, processors, memory, personality, keyring. */
#include "tests/engine/harness.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static struct box box;
static void setup(void)
{
        needs_root();
        (void)setpriority(PRIO_PROCESS, 0, 0);          /* `nice make check`: SCHED_IDLE and SCHED_RR leave it as it was */
        box_setup(&box);
}
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(settings, .init = setup, .fini = teardown, .timeout = 120);

#define SHELL(line) "[\"sh\", \"-c\", \"" line "\"]"
/* Fields 19, 40 and 41 of proc_pid_stat(5): nice, real-time priority, policy. */
#define SCHEDULER SHELL("sed 's/.*) //' /proc/self/stat | cut -d' ' -f39,38,17")

Test(settings, a_scheduler_is_that_of_the_program)
{
        static const struct { const char *process, *out; } cases[] = {
                { "\"scheduler\": { \"policy\": \"SCHED_OTHER\", \"nice\": 7 },", "7 0 0\n" },
                { "\"scheduler\": { \"policy\": \"SCHED_BATCH\", \"nice\": 3 },", "3 0 3\n" },
                { "\"scheduler\": { \"policy\": \"SCHED_IDLE\" },", "0 0 5\n" },
                { "\"scheduler\": { \"policy\": \"SCHED_OTHER\", \"nice\": -5, \"flags\": [\"SCHED_FLAG_RESET_ON_FORK\"] },", "0 0 0\n" },
        };
        struct result r;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                box_try(&box, &r, &(struct bundle){ .args = SCHEDULER, .process = cases[i].process });
                cr_expect(eq(str, r.out, (char *)cases[i].out), "case %zu: %s", i, r.err);
        }
}

Test(settings, a_real_time_scheduler_works_or_says_why_not)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .args = SCHEDULER, .process = "\"scheduler\": { \"policy\": \"SCHED_RR\", \"priority\": 4 }," });
        if (r.status != 0) {
                expect_err(&r, "process.scheduler: setting SCHED_RR (needs CAP_SYS_NICE, and time for it in the cgroup)");
                cr_skip("this cgroup gives no time to real-time processes: %s", r.err);
        }
        cr_expect(eq(str, r.out, (char *)"0 4 2\n"));
}

Test(settings, io_priority_is_set)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .args = "[\"ionice\"]", .process = "\"ioPriority\": { \"class\": \"IOPRIO_CLASS_BE\", \"priority\": 6 }," });
        expect_out(&r, "best-effort: prio 6");
        box_try(&box, &r, &(struct bundle){ .args = "[\"ionice\"]", .process = "\"ioPriority\": { \"class\": \"IOPRIO_CLASS_IDLE\" }," });
        expect_out(&r, "idle");
}

Test(settings, personality_is_that_of_all_processes)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SHELL("uname -m; sleep 100"), .linux_ = ", \"personality\": { \"domain\": \"LINUX32\" }" });
        box_shell(&box, &r, "[ $(uname -m) = x86_64 ] || exit 77; $H run -d -b $DIR/b one </dev/null >$DIR/out 2>&1; "
                  "for i in 1 2 3 4 5; do [ -s $DIR/out ] && break; sleep 0.1; done; cat $DIR/out; $H exec one uname -m; $H delete -f one");
        if (r.status == 77)
                cr_skip("the name of a 32-bit machine is known here for x86_64 only");
        cr_expect(eq(str, r.out, (char *)"i686\ni686\n"), "%s", r.err);
}

Test(settings, a_memory_policy_shows_in_numa_maps)
{
        struct result r;

        if (access("/proc/self/numa_maps", R_OK) < 0)
                cr_skip("this kernel has no NUMA");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = SHELL("grep -c bind:0 /proc/self/numa_maps; sleep 100"),
                                                      .linux_ = ", \"memoryPolicy\": { \"mode\": \"MPOL_BIND\", \"nodes\": \"0\", \"flags\": [\"MPOL_F_STATIC_NODES\"] }" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one </dev/null >/dev/null 2>&1; $H exec one grep -m1 -o 'bind=static:0' /proc/self/numa_maps; $H delete -f one");
        cr_expect(eq(str, r.out, (char *)"bind=static:0\n"), "%s", r.err);
        box_try(&box, &r, &(struct bundle){ .linux_ = ", \"memoryPolicy\": { \"mode\": \"MPOL_BIND\", \"nodes\": \"900\" }" });
        expect_status(&r, 1);
        expect_err(&r, "linux.memoryPolicy: setting MPOL_BIND (are all of its nodes there?)");
}

Test(settings, exec_runs_on_its_processors)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"100\"]" });
        box_shell(&box, &r, "[ $(nproc) -gt 1 ] || exit 77; $H run -d -b $DIR/b one </dev/null >/dev/null 2>&1; "
                  "for a in '{ \"initial\": \"0\", \"final\": \"1\" }' '{ \"initial\": \"0\" }' '{ \"final\": \"4000\" }'; do "
                  "jq --argjson a \"$a\" '.process | .args = [\"grep\", \"Cpus_allowed_list\", \"/proc/self/status\"] | .execCPUAffinity = $a' $DIR/b/config.json >$DIR/p; "
                  "$H exec --process $DIR/p one; done; $H delete -f one");
        if (r.status == 77)
                cr_skip("this machine has one processor");
        cr_expect(eq(int, strncmp(r.out, "Cpus_allowed_list:\t1\n", 21), 0), "%s%s", r.out, r.err);
        expect_err(&r, "process.execCPUAffinity.final: moving to processors 4000 (none of them is there for this process)");
}

/* 250 is x86_64's keyctl, 6 KEYCTL_DESCRIBE, -3 the session's: the host's own is not theirs, neither the first process', nor that of one that
 * joins later. */
Test(settings, processes_share_a_session_keyring_of_their_own)
{
        struct result r;

        needs_programs("perl");
        if (access("/proc/keys", R_OK) < 0)
                cr_skip("this kernel has no keys");
        (void)box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"sleep\", \"100\"]" });
        box_shell(&box, &r, "[ $(uname -m) = x86_64 ] || exit 77; describe='my $b = \" \" x 100; syscall(250, 6, -3, $b, 100); print $b =~ s/\\0.*//r, \"\\n\"'; "
                  "$H run -d -b $DIR/b one </dev/null >/dev/null 2>&1; $H exec one perl -e \"$describe\"; $H delete -f one; "
                  "$H run --no-new-keyring -d -b $DIR/b two </dev/null >/dev/null 2>&1; $H exec two perl -e \"$describe\"; $H delete -f two");
        if (r.status == 77)
                cr_skip("the number of keyctl is known here for x86_64 only");
        expect_out(&r, "keyring;0;0;3f1b0000;_ses.one\n");
        expect_no_out(&r, "_ses.two");
}

/* Sockets of a service manager come first, what --preserve-fds names behind them; the program is told of the former. */
Test(settings, listening_sockets_of_a_service_manager_are_handed_on)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SHELL("echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES $$; cat <&3; cat <&4; ls /proc/self/fd | wc -l") });
        box_shell(&box, &r, "cd $DIR; echo one >1; echo two >2; sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web exec $H run --preserve-fds 1 -b b one' 3<1 4<2");
        expect_status(&r, 0);
        expect_out(&r, "1 1 web 1\none\ntwo\n6\n");
        box_shell(&box, &r, "cd $DIR; LISTEN_PID=1 LISTEN_FDS=1 $H run -b b one 3<1");
        expect_out(&r, "1\n");          /* another process was meant */
        expect_no_out(&r, "one");
        box_shell(&box, &r, "cd $DIR; sh -c 'LISTEN_PID=$$ LISTEN_FDS=2 exec $H run -b b one' 3<1 4<&-");
        expect_status(&r, 1);
        expect_err(&r, "LISTEN_FDS=2: descriptor 4 is not open");
}

/* docker and containerd leave it to the runtime.  The file is the sandbox's, and may be anything. */
Test(settings, a_home_that_nobody_named_is_the_users)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SHELL("echo '<'$HOME'>'; sleep 1000") });
        box_shell(&box, &r, "mkdir -p $ROOTFS/etc; "
                  "printf 'broken:x:0\\nroot:x:0:0::/root:/bin/sh\\nzero:x:0:0::/zero:/bin/sh\\n\\n:x:7:7::/seven\\nnone:x:8:8:::\\n' >$ROOTFS/etc/passwd; "
                  "$H run -d -b $DIR/b one >$DIR/out; while ! [ -s $DIR/out ]; do sleep 0.02; done; cat $DIR/out; "
                  "for u in 0 7 8 9; do $H exec -u $u one sh -c 'echo \"<$HOME>\"'; done; $H exec -e HOME= one sh -c 'echo \"<$HOME>\"'; "
                  "$H exec one sh -c 'echo me:x:0:0::/me >/tmp/p; ln -sf /tmp/p /etc/passwd'; $H exec one sh -c 'echo \"<$HOME>\"'; "
                  "$H exec one busybox mkfifo /tmp/fifo; for l in /proc/self/fd/0 /nowhere /dev/zero /tmp/fifo; do $H exec one busybox ln -sf $l /etc/passwd; "
                  "echo x:x:0:0::/bad | $H exec one busybox env | grep ^HOME; done; $H delete -f one");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"</root>\n</root>\n</seven>\n</>\n</>\n<>\n</me>\nHOME=/\nHOME=/\nHOME=/\nHOME=/\n"), "%s%s", r.out, r.err);
}

/* --- being ready ---------------------------------------------------------------------------------------------------------- */

/* A service manager: its socket, and what it was told, in DIR/told. */
#define MANAGER "(python3 -c \"\nimport socket, sys, os, array\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('$DIR/manager'); open('$DIR/up', 'w')\n" \
        "s.settimeout(20)\nwhile True:\n  m, a, f, x = s.recvmsg(4096, 64)\n" \
        "  open('$DIR/told', 'a').write(m.decode())\n  for c in a: [os.close(n) for n in array.array('i', c[2])]\n" \
        "\" >/dev/null 2>&1 & echo $! >$DIR/pid); while ! [ -e $DIR/up ]; do sleep 0.05; done; "
#define READY "[\"python3\", \"-c\", \"import socket, os, time; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); time.sleep(0.3); " \
        "s.sendto(b'STATUS=x\\\\nREADY=1', os.environ['NOTIFY_SOCKET']); time.sleep(%s)\"]"

Test(settings, a_service_manager_is_told_when_the_program_is_ready)
{
        struct result r;
        char args[512];

        needs_programs("python3");
        snprintf(args, sizeof(args), READY, "100");
        (void)box_bundle(&box, "b", &(struct bundle){ .host = true, .args = args });
        box_shell(&box, &r, MANAGER "export NOTIFY_SOCKET=$DIR/manager; $H create -b $DIR/b one </dev/null >/dev/null 2>&1; [ -e $DIR/told ] && echo early; "
                  "$H start one; cat $DIR/told; echo; echo MAINPID=$($H state one | sed -n 's/.*\"pid\": \\([0-9]*\\),/\\1/p'); "
                  "$H exec one stat -c %%a /run/notify/notify.sock; $H exec one touch /run/notify/x; kill $(cat $DIR/pid); $H delete -f one");
        expect_out(&r, "\nREADY=1\nBARRIER=1\nMAINPID=");
        expect_out(&r, "\n777\n");
        expect_err(&r, "Read-only file system");
        expect_no_out(&r, "early");
        if (strncmp(r.out, "MAINPID=", 8) == 0)
                cr_expect(ne(ptr, strstr(r.out + 8, strtok(strdupa(r.out), "\n")), NULL), "the pid is that of the program: %s", r.out);
}

Test(settings, a_program_that_ends_without_being_ready_is_not_waited_for)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SHELL("echo $NOTIFY_SOCKET; ls /run/notify; exit 3") });
        box_shell(&box, &r, "NOTIFY_SOCKET=$DIR/none $H run -b $DIR/b one");
        expect_status(&r, 3);
        expect_out(&r, "/run/notify/notify.sock\nnotify.sock\n");
        box_shell(&box, &r, "NOTIFY_SOCKET=$DIR/none $H run -d -b $DIR/b one </dev/null >/dev/null && echo done; $H delete one");
        expect_out(&r, "done");
}
