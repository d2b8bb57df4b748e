/* What a program gets from whoever calls for it: streams, descriptors, signals, a group; and how its end is told. */
#include "tests/engine/harness.h"

#include <stdio.h>
#include <unistd.h>

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(clients_process, .init = setup, .fini = teardown, .timeout = 120);

#define SLEEP "[\"sleep\", \"1000\"]"
#define SHELL(line) "[\"sh\", \"-c\", \"" line "\"]"
#define HELP "dead() { for k in $(seq 200); do $H state $1 | grep -q stopped && return; sleep 0.05; done; return 1; }; "

Test(clients_process, statuses_are_those_of_runc)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP });
        (void)box_bundle(&box, "bad", &(struct bundle){ .args = "[\"no-such\"]" });
        (void)box_bundle(&box, "term", &(struct bundle){ .args = SHELL("sh -c 'kill -TERM $PPID'; sleep 9"), .process = "" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one </dev/null; s() { \"$@\" >/dev/null 2>&1 </dev/null; printf '%%s ' $?; }; "
                  "s $H exec one sh -c 'exit 3'; s $H exec one sh -c 'kill -TERM $$'; s $H exec one no-such; s $H exec none true; s $H exec one; "
                  "s $H run -b $DIR/bad two; s $H state none; s $H no-verb; s $H state; s $H list --no-flag; s $H; s $H --help; s $H exec --no-flag one true");
        cr_expect(eq(str, r.out, (char *)"3 143 255 255 255 1 1 3 1 1 0 0 255 "), "%s", r.out);
}

Test(clients_process, kill_takes_numbers_and_names)
{
        static const char *const words[] = { "10", "USR1", "SIGUSR1", "usr1", "RTMIN+3", "SIGRTMIN+3", "37" };
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){
                .args = SHELL("trap 'echo one >>/tmp/got' USR1; trap 'echo two >>/tmp/got' 37; echo >/tmp/ready; while :; do sleep 0.02; done") });
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                box_shell(&box, &r, "rm -f $ROOTFS/tmp/*; $H run -d -b $DIR/b one </dev/null; until [ -e $ROOTFS/tmp/ready ]; do sleep 0.02; done; $H kill one %s; s=$?; "
                          "for k in $(seq 100); do [ -s $ROOTFS/tmp/got ] && break; sleep 0.02; done; cat $ROOTFS/tmp/got; $H delete -f one; exit $s", words[i]);
                expect_status(&r, 0);
                cr_expect(eq(str, r.out, (char *)(i < 4 ? "one\n" : "two\n")), "%s: %s %s", words[i], r.out, r.err);
        }
}

/* The default is TERM; --all reaches everybody, also where runc takes the flag and does so by itself. */
Test(clients_process, kill_ends_all_when_asked_and_when_there_is_no_pid_namespace)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = SHELL("sleep 900 & sleep 900 & trap 'exit 5' TERM; while :; do sleep 0.05; done") });
        box_shell(&box, &r, HELP "jq '.linux.namespaces |= map(select(.type != \"pid\"))' $DIR/b/config.json >$DIR/c && mv $DIR/c $DIR/b/config.json; "
                  "$H run -d -b $DIR/b one </dev/null; for k in $(seq 100); do [ $($H ps -f json one | jq length) -ge 3 ] && break; sleep 0.05; done; "
                  "p=$($H ps -f json one | jq -r '.[]'); $H kill -a one 0 && $H kill one; dead one; $H delete one || $H delete --force one; "
                  "for i in $p; do grep -s State /proc/$i/status | grep -v zombie; done; echo over");
        cr_expect(eq(str, r.out, (char *)"over\n"), "%s %s", r.out, r.err);
        box_shell(&box, &r, "$H run -d -b $DIR/b one </dev/null; $H kill --all one KILL; " HELP "dead one; $H ps -f json one; $H delete one");
        expect_status(&r, 0);
        expect_out(&r, "[]");
}

/* Attached, too: when the first process ends, the others of a sandbox without a PID namespace do. */
Test(clients_process, run_leaves_nobody_behind_without_a_pid_namespace)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = SHELL("sleep 901 >/dev/null 2>&1 & exit 4") });
        box_shell(&box, &r, "jq '.linux.namespaces |= map(select(.type != \"pid\"))' $DIR/b/config.json >$DIR/c && mv $DIR/c $DIR/b/config.json; $H run -b $DIR/b one </dev/null");
        expect_status(&r, 4);
        box_expect_empty(&box);
}

Test(clients_process, delete_takes_a_created_one_and_start_none_that_ended)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP });
        box_shell(&box, &r, "$H create -b $DIR/b one </dev/null; $H delete one");
        expect_status(&r, 0);
        box_shell(&box, &r, HELP "$H create -b $DIR/b one </dev/null; $H kill one KILL; dead one; $H start one; s=$?; $H delete one; exit $s");
        expect_status(&r, 1);
        box_shell(&box, &r, "$H create -b $DIR/b one </dev/null; $H pause one; $H state one | grep -c paused; $H resume one; "
                  "$H state one | grep -c '\"created\",'; $H start one; $H delete -f one");
        cr_expect(eq(str, r.out, (char *)"1\n1\n"), "%s", r.err);
        expect_status(&r, 0);
}

Test(clients_process, exec_in_a_paused_one_waits_when_that_is_asked)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP });
        box_shell(&box, &r, "$H run -d -b $DIR/b one </dev/null; $H pause one; $H exec one true; echo $?; "
                  "($H exec --ignore-paused one echo late >$DIR/out) & sleep 0.3; cat $DIR/out; "
                  "$H resume one; wait; cat $DIR/out");
        cr_expect(eq(str, r.out, (char *)"255\nlate\n"), "%s %s", r.out, r.err);
        expect_err(&r, "paused");
}

/* With --preserve-fds 2 and a gap at 4 nothing of the runtime's may slip into it. */
Test(clients_process, a_gap_in_the_descriptors_to_preserve_is_an_error)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SHELL("ls /proc/self/fd >/tmp/fds; grep -c . /tmp/fds; cat <&3") });
        box_shell(&box, &r, "echo three >$DIR/3; $H run -b $DIR/b --preserve-fds 2 one 3<$DIR/3 4<&- 5</dev/null");
        expect_status(&r, 1);
        expect_err(&r, "--preserve-fds 2: descriptor 4 is not open");
        box_shell(&box, &r, "$H run -b $DIR/b --preserve-fds 1 one 3<$DIR/3 4</etc 5</dev/null");
        cr_expect(eq(str, r.out, (char *)"5\nthree\n"), "%s", r.err);
        box_shell(&box, &r, "$H run -d -b $DIR/b one </dev/null >/dev/null 2>&1; $H delete -f one");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP });
        box_shell(&box, &r, "$H run -d -b $DIR/b one </dev/null; $H exec --preserve-fds 1 one cat /proc/self/fd/3 3<$DIR/3; $H exec --preserve-fds=2 one true 3<$DIR/3 4<&-");
        expect_out(&r, "three\n");
        expect_status(&r, 255);
}

/* A program that is not root opens /dev/stdout anew. */
Test(clients_process, the_streams_belong_to_the_program)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = SHELL("echo out >/dev/stdout; echo err >/dev/stderr; cat /dev/stdin") });
        box_shell(&box, &r, "chmod 755 $ROOTFS; jq '.process.user = { uid: 1000, gid: 1000 }' $DIR/b/config.json >$DIR/c && mv $DIR/c $DIR/b/config.json; "
                  "echo in | $H run -b $DIR/b one 2>&1 | cat");
        cr_expect(eq(str, r.out, (char *)"out\nerr\nin\n"), "%s %s", r.out, r.err);
        /* A file of the host stays whose it is. */
        box_shell(&box, &r, "echo in | $H run -b $DIR/b one >$DIR/o 2>&1; stat -c %%u $DIR/o");
        cr_expect(eq(str, r.out, (char *)"0\n"));
}

Test(clients_process, exec_goes_into_a_group_below_the_sandboxs)
{
        struct result r;

        if (access("/sys/fs/cgroup/pids/cgroup.procs", F_OK) < 0)
                cr_skip("this machine has no cgroup v1");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP, .linux_ = ", \"cgroupsPath\": \"/mine\", \"resources\": { \"pids\": { \"limit\": 99 }, "
                                                      "\"memory\": { \"limit\": 100000000 } }" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one </dev/null; "
                  "e() { $H exec \"$@\" one cat /proc/self/cgroup | sed -n 's/.*:\\(pids\\|memory\\):.*mine/\\1 /p' | sort | tr '\\n' ' '; echo; }; "
                  "e; mkdir /sys/fs/cgroup/pids/mine/sub; e --cgroup sub; for d in /sys/fs/cgroup/*/mine; do mkdir -p $d/sub; done; e --cgroup cpuset:sub; "
                  "for f in cpus mems; do cat /sys/fs/cgroup/cpuset/mine/cpuset.$f >/sys/fs/cgroup/cpuset/mine/sub/cpuset.$f; done; "
                  "e --cgroup sub; e --cgroup=/; e --cgroup pids:sub; e --cgroup memory,pids:/sub; e --cgroup sub --cgroup memory:/; "
                  "e --cgroup pids:none; e --cgroup nosuch:sub; e --cgroup ../x; e --cgroup pids:a/../..; "
                  "rmdir /sys/fs/cgroup/*/mine/sub");
        cr_expect(eq(str, r.out, (char *)"memory  pids  \n\n\nmemory /sub pids /sub \nmemory  pids  \nmemory  pids /sub \nmemory /sub pids /sub \nmemory  pids /sub \n\n\n\n\n"),
                  "%s %s", r.out, r.err);
        expect_err(&r, "/mine/sub is not there");
        expect_err(&r, "(does its cpuset name processors and memory nodes?)");
        expect_err(&r, "/pids/mine/none is not there");
        expect_err(&r, "found controller \"nosuch\", which has no hierarchy here");
        expect_err(&r, "found \"../x\"; expected a name");
        expect_err(&r, "found \"pids:a/../..\"; expected a name");
}

/* Clients name them; a hand-written file may not.  runc and crun take the sandbox's own then. */
Test(clients_process, exec_takes_the_capabilities_that_its_file_does_not_name_from_the_sandbox)
{
        static const char own[] = "\"capabilities\": { \"bounding\": [\"CAP_KILL\", \"CAP_CHOWN\"], \"effective\": [\"CAP_KILL\"], "
                                  "\"permitted\": [\"CAP_KILL\", \"CAP_CHOWN\"] },";
        /* Permitted, effective, bounding: root's are what the last allows. */
        static const struct { const char *member, *told; } cases[] = {
                { "", "21 21 21" },
                { ", \"capabilities\": {}", "00 00 00" },
                { ", \"capabilities\": { \"bounding\": [\"CAP_CHOWN\"] }", "01 01 01" },
        };
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP, .process = own });
        box_shell(&box, &r, "$H create -b $DIR/b one </dev/null && $H start one");
        expect_status(&r, 0);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                box_shell(&box, &r, "echo '{ \"args\": [\"cat\", \"/proc/self/status\"], \"cwd\": \"/\", \"env\": [\"PATH=/bin\"], "
                          "\"user\": { \"uid\": 0, \"gid\": 0 }%s }' >$DIR/p && $H exec --process $DIR/p one | "
                          "sed -n 's/^Cap[PEB].*\\(..\\)$/\\1/p' | tr '\\n' ' ' | sed 's/ $//'", cases[i].member);
                cr_expect(eq(str, r.out, (char *)cases[i].told), "%s: %s", cases[i].member, r.err);
        }
        box_run(&box, &r, "delete", "--force", "one", NULL);
}
