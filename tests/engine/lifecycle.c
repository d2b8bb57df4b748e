/* A sandbox from create to delete, by the verbs, as clients call them. */
#include "tests/engine/harness.h"

#include <string.h>

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(lifecycle, .init = setup, .fini = teardown, .timeout = 120);

Test(lifecycle, run_gives_the_output_and_the_status_of_the_program)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .args = "[\"sh\", \"-c\", \"echo hi; echo oh >&2; exit 7\"]" });
        expect_status(&r, 7);
        expect_out(&r, "hi\n");
        expect_err(&r, "oh\n");
}

Test(lifecycle, a_program_that_dies_of_a_signal_gives_128_and_its_number)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .args = "[\"sh\", \"-c\", \"sh -c 'kill -9 $$'; exit $?\"]" });
        expect_status(&r, 137);
}

Test(lifecycle, goes_through_all_its_states)
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        struct result r;

        box_run(&box, &r, "create", "--bundle", bundle, "one", NULL);
        expect_status(&r, 0);
        box_run(&box, &r, "state", "one", NULL);
        expect_out(&r, "\"status\": \"created\"");
        box_run(&box, &r, "start", "one", NULL);
        expect_status(&r, 0);
        box_run(&box, &r, "state", "one", NULL);
        expect_out(&r, "\"status\": \"running\"");
        box_run(&box, &r, "pause", "one", NULL);
        expect_status(&r, 0);
        box_run(&box, &r, "state", "one", NULL);
        expect_out(&r, "\"status\": \"paused\"");
        box_run(&box, &r, "resume", "one", NULL);
        expect_status(&r, 0);
        box_run(&box, &r, "delete", "one", NULL);
        expect_status(&r, 1);
        expect_err(&r, "is running");
        box_run(&box, &r, "kill", "one", "KILL", NULL);
        expect_status(&r, 0);
        box_shell(&box, &r, "for i in $(seq 100); do $H state one | grep -q stopped && exit 0; sleep 0.05; done; exit 1");
        expect_status(&r, 0);
        box_run(&box, &r, "state", "one", NULL);
        expect_out(&r, "\"pid\": 0");
        box_run(&box, &r, "delete", "one", NULL);
        expect_status(&r, 0);
        box_run(&box, &r, "state", "one", NULL);
        expect_status(&r, 1);
        expect_err(&r, "does not exist");
}

Test(lifecycle, the_program_is_the_child_of_whoever_called_and_the_pid_file_names_it)
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){ .args = "[\"sh\", \"-c\", \"exit 9\"]" });
        struct result r;

        /* The shell is no subreaper: what the kernel tells of the pid is enough here. */
        box_shell(&box, &r, "$H create --bundle %s --pid-file $DIR/pid one && p=$(cat $DIR/pid) && "
                  "test -d /proc/$p && grep -q 'NSpid:.*1$' /proc/$p/status && test \"$(wc -l <$DIR/pid)\" = 0 && echo good", bundle);
        expect_out(&r, "good");
        box_run(&box, &r, "start", "one", NULL);
        expect_status(&r, 0);
}

Test(lifecycle, exec_has_a_status_and_streams_of_its_own)
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        struct result r;

        box_run(&box, &r, "run", "--detach", "--bundle", bundle, "one", NULL);
        expect_status(&r, 0);
        box_shell(&box, &r, "echo in | $H exec one sh -c 'cat; echo out; echo err >&2; exit 4'");
        expect_status(&r, 4);
        expect_out(&r, "in\nout\n");
        expect_err(&r, "err\n");
        box_run(&box, &r, "exec", "--env", "A=b", "--cwd", "/tmp", "--user", "5:6", "one", "sh", "-c", "echo $A; pwd; id -u; id -g", NULL);
        expect_out(&r, "b\n/tmp\n5\n6\n");
        box_run(&box, &r, "exec", "one", "no-such-program", NULL);
        expect_status(&r, 255);
        expect_err(&r, "exec: \"no-such-program\": executable file not found in $PATH");
        box_shell(&box, &r, "$H exec --detach --pid-file $DIR/p one sleep 500 && $H ps --format json one && cat $DIR/p");
        expect_status(&r, 0);
        box_run(&box, &r, "kill", "--all", "one", "KILL", NULL);
        expect_status(&r, 0);
}

Test(lifecycle, exec_takes_a_process_file)
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        struct result r;

        box_run(&box, &r, "run", "--detach", "--bundle", bundle, "one", NULL);
        box_shell(&box, &r, "echo '{\"cwd\":\"/\",\"user\":{\"uid\":3,\"gid\":4,\"additionalGids\":[7]},\"args\":[\"/bin/id\"]}' >$DIR/p.json; "
                  "$H exec --process $DIR/p.json one");
        expect_out(&r, "uid=3 gid=4 groups=7");
        box_shell(&box, &r, "echo '{\"cwd\":\"/\",\"user\":{\"uid\":\"1\"},\"args\":[\"/bin/id\"]}' >$DIR/p.json; $H exec --process $DIR/p.json one");
        expect_status(&r, 255);
        expect_err(&r, "user.uid: found a string, \"1\"");
}

Test(lifecycle, exec_works_before_start_and_not_in_a_paused_or_stopped_one)
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        struct result r;

        box_run(&box, &r, "create", "--bundle", bundle, "one", NULL);
        box_run(&box, &r, "exec", "one", "echo", "early", NULL);
        expect_out(&r, "early");
        box_run(&box, &r, "start", "one", NULL);
        box_run(&box, &r, "pause", "one", NULL);
        box_run(&box, &r, "exec", "one", "true", NULL);
        expect_status(&r, 255);
        expect_err(&r, "paused");
        box_run(&box, &r, "kill", "one", "KILL", NULL);
        expect_status(&r, 0);
        box_shell(&box, &r, "for i in $(seq 100); do $H state one | grep -q stopped && exit 0; sleep 0.05; done; exit 1");
        cr_expect(eq(int, r.status, 0), "KILL to a paused one ends it");
        box_run(&box, &r, "exec", "one", "true", NULL);
        expect_status(&r, 255);
        expect_err(&r, "container not running");
}

Test(lifecycle, start_works_once)
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        struct result r;

        box_run(&box, &r, "create", "--bundle", bundle, "one", NULL);
        box_run(&box, &r, "start", "one", NULL);
        expect_status(&r, 0);
        box_run(&box, &r, "start", "one", NULL);
        expect_status(&r, 1);
        expect_err(&r, "running already");
}

Test(lifecycle, two_creators_of_one_id_and_one_wins)
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        struct result r;

        box_shell(&box, &r, "for i in 1 2 3 4; do ($H create --bundle %s one </dev/null >$DIR/o$i 2>&1; echo $? >$DIR/s$i) & done; wait; "
                  "cat $DIR/s1 $DIR/s2 $DIR/s3 $DIR/s4 | sort | tr -d '\\n'; cat $DIR/o?", bundle);
        expect_out(&r, "0111");
        expect_out(&r, "container \"one\" already exists");
}

Test(lifecycle, signals_reach_the_program_and_run_hands_them_on)
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){
                .args = "[\"sh\", \"-c\", \"trap 'echo got; exit 3' USR1; echo ready; while :; do sleep 0.1; done\"]" });
        struct result r;

        box_shell(&box, &r, "$H run --bundle %s one >$DIR/out & p=$!; for i in $(seq 100); do grep -q ready $DIR/out && break; "
                  "sleep 0.05; done; kill -USR1 $p; wait $p; echo status $?; cat $DIR/out", bundle);
        expect_out(&r, "status 3");
        expect_out(&r, "got");
}

Test(lifecycle, hooks_of_all_six_kinds_run_in_their_places)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){
                .args = "[\"sh\", \"-c\", \"cat /tmp/log; echo program\"]",
                .top = "\"hooks\": { \"prestart\": [{ \"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"cat >/tmp/hcs-hook.$PPID.1; rm /tmp/hcs-hook.$PPID.1\"] }],"
                       "\"createRuntime\": [{ \"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"grep -o created\"] }],"
                       "\"createContainer\": [{ \"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"grep -o '\\\"id\\\":\\\"try\\\"'\"] }],"
                       "\"startContainer\": [{ \"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"echo $A inside >/tmp/log\"], \"env\": [\"A=b\"] }],"
                       "\"poststart\": [{ \"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"grep -o running\"] }],"
                       "\"poststop\": [{ \"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"grep -o stopped\"] }] }," });
        expect_status(&r, 0);
        expect_out(&r, "created\n\"id\":\"try\"\n");
        /* The program and the poststart hook run side by side. */
        expect_out(&r, "b inside\n");
        expect_out(&r, "program\n");
        expect_out(&r, "running");
        expect_out(&r, "stopped");
}

Test(lifecycle, a_hook_that_fails_or_is_late_undoes_the_create)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .top = "\"hooks\": { \"createRuntime\": [{ \"path\": \"/bin/false\" }] }," });
        expect_status(&r, 1);
        expect_err(&r, "createRuntime hook 1, /bin/false: exit status 1");
        box_try(&box, &r, &(struct bundle){ .top = "\"hooks\": { \"createContainer\": [{ \"path\": \"/bin/sleep\", \"args\": [\"sleep\", \"20\"], \"timeout\": 1 }] }," });
        expect_status(&r, 1);
        expect_err(&r, "timeout of 1 s");
        box_try(&box, &r, &(struct bundle){ .args = "[\"sleep\", \"100\"]", .top = "\"hooks\": { \"poststart\": [{ \"path\": \"/bin/false\" }] }," });
        expect_status(&r, 1);
        expect_err(&r, "poststart hook 1");
        box_try(&box, &r, &(struct bundle){ .top = "\"hooks\": { \"poststop\": [{ \"path\": \"/bin/false\" }] }," });
        expect_status(&r, 0);
        expect_err(&r, "poststop hook 1");
}

Test(lifecycle, list_and_ps_tell_in_both_formats)
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        struct result r;

        box_run(&box, &r, "list", "--format", "json", NULL);
        expect_out(&r, "[]");
        box_run(&box, &r, "run", "-d", "-b", bundle, "one", NULL);
        box_run(&box, &r, "list", NULL);
        expect_out(&r, "ID ");
        expect_out(&r, "running");
        box_run(&box, &r, "list", "-q", NULL);
        cr_expect(eq(str, r.out, (char *)"one\n"));
        box_run(&box, &r, "list", "--format=json", NULL);
        expect_out(&r, "\"status\":\"running\"");
        box_run(&box, &r, "ps", "one", NULL);
        expect_out(&r, "sleep 1000");
        box_shell(&box, &r, "env -i ${H%% --root*} --root ${H##*--root } ps one");
        expect_out(&r, "sleep 1000");
}

Test(lifecycle, limits_are_in_force)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){
                .args = "[\"sh\", \"-c\", \"ulimit -n; cat /proc/self/oom_score_adj; grep -E 'NoNewPrivs|CapEff' /proc/self/status; umask\"]",
                .process = "\"rlimits\": [{ \"type\": \"RLIMIT_NOFILE\", \"soft\": 77, \"hard\": 88 }], \"oomScoreAdj\": 55, \"noNewPrivileges\": true,"
                           "\"capabilities\": { \"bounding\": [\"CAP_KILL\"], \"effective\": [\"CAP_KILL\"], \"permitted\": [\"CAP_KILL\"] }," });
        expect_status(&r, 0);
        expect_out(&r, "77\n55\n");
        expect_out(&r, "NoNewPrivs:\t1");
        expect_out(&r, "CapEff:\t0000000000000020");
        expect_out(&r, "0022");
}

/* The kernel's own memory counts for the limit. */
Test(lifecycle, a_limit_of_kernel_memory_is_kept_by_a_limit_of_memory_that_is_as_low)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .linux_ = ", \"resources\": { \"memory\": { \"limit\": 50593792, \"kernel\": 50593792 } }" });
        expect_status(&r, 0);
        box_try(&box, &r, &(struct bundle){ .linux_ = ", \"resources\": { \"memory\": { \"limit\": 50593793, \"kernel\": 50593792 } }" });
        expect_status(&r, 1);
        expect_err(&r, "linux.resources.memory.kernel: found 50593792");
}

Test(lifecycle, a_sandbox_is_killed_when_it_takes_more_memory_than_it_may)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .args = "[\"sh\", \"-c\", \"head -c 200000000 /dev/zero | tail -c 190000000 >/dev/null && echo survived\"]",
                                            .linux_ = ", \"resources\": { \"memory\": { \"limit\": 33554432 }, \"pids\": { \"limit\": 50 } }" });
        expect_no_out(&r, "survived");
}

/* The process that is born inside the pid namespace may be faster than the one that says so. */
Test(lifecycle, execs_by_the_hundred_all_work)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one; for k in 1 2 3 4; do (for i in $(seq 200); do $H exec one true || echo \"BAD $i\"; done) & done; wait");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""));
        cr_expect(eq(str, r.err, (char *)""));
}

/* One bundle as text, in a shell's single quotes: its namespaces and mappings are unusual. */
#define SHARING(namespaces) \
        "'{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"'$ROOTFS'\"},\"mounts\":[{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"t\"}]," \
        "\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\",\"env\":[\"PATH=/bin\"],\"args\":[\"sleep\",\"1000\"]}," \
        "\"linux\":{\"namespaces\":[{\"type\":\"user\"},{\"type\":\"mount\"}," namespaces "]," \
        "\"uidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":1000}],\"gidMappings\":[{\"containerID\":0,\"hostID\":200000,\"size\":1000}]}}'"

/* What the first process of sandbox $i shares with that of the first one, $p, and with us; who it is; and its end. */
#define LOOK_AND_DELETE \
        "q=$($H state $i | jq .pid); for n in pid net uts user mnt; do there=$(readlink /proc/$q/ns/$n); " \
        "[ $(readlink /proc/$p/ns/$n) = $there ] && echo $i shares $n; [ $(readlink /proc/self/ns/$n) = $there ] && echo $i has hosts $n; done; " \
        "awk '{ print $1, $2, $3 }' /proc/$q/uid_map /proc/$q/gid_map; grep ^Uid /proc/$q/status | tr '\\t' ' '; $H exec $i id -u; $H ps $i | wc -l; " \
        "$H kill $i KILL; for k in $(seq 100); do $H state $i | grep -q stopped && break; sleep 0.05; done; $H delete $i; "

/* A pod's way: one sandbox's pid or network namespace, a user namespace of one's own. */
Test(lifecycle, a_new_user_namespace_goes_with_namespaces_that_are_joined)
{
        struct result r;

        needs_programs("jq");
        box_bundle(&box, "a", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "mkdir $DIR/b $DIR/c; chmod 755 $DIR $ROOTFS; $H run -d -b $DIR/a a; p=$($H state a | jq .pid); "
                  "echo " SHARING("{\"type\":\"pid\",\"path\":\"/proc/'$p'/ns/pid\"},{\"type\":\"ipc\"},{\"type\":\"cgroup\"}") " >$DIR/b/config.json; "
                  "echo " SHARING("{\"type\":\"network\",\"path\":\"/proc/'$p'/ns/net\"},{\"type\":\"uts\",\"path\":\"/proc/'$p'/ns/uts\"},{\"type\":\"pid\"}")
                  " >$DIR/c/config.json; for i in b c; do $H run -d -b $DIR/$i $i || exit 9; " LOOK_AND_DELETE "done; $H state a | jq -r .status");
        expect_status(&r, 0);
        cr_expect(eq(str, r.err, (char *)""));
        expect_out(&r, "b shares pid\nb has hosts net\nb has hosts uts\n0 100000 1000\n0 200000 1000\nUid: 100000 100000 100000 100000\n");
        expect_out(&r, "c shares net\nc shares uts\n0 100000 1000\n0 200000 1000\nUid: 100000 100000 100000 100000\n");
        expect_out(&r, "\n0\n2\n");
        expect_out(&r, "running\n");
        expect_no_out(&r, "shares user");

        box_shell(&box, &r, "$H run -d -b $DIR/a a2; p=$($H state a2 | jq .pid); mkdir $DIR/d; "
                  "echo " SHARING("{\"type\":\"pid\",\"path\":\"/proc/'$p'/ns/pid\"},{\"type\":\"time\"}") " >$DIR/d/config.json; $H run -d -b $DIR/d d; "
                  "jq '.linux.timeOffsets = { boottime: { secs: 7 } }' $DIR/d/config.json >$DIR/e && mv $DIR/e $DIR/d/config.json; $H run -d -b $DIR/d e; "
                  "jq '.linux.namespaces |= map(if .type == \"pid\" then del(.path) else . end)' $DIR/d/config.json >$DIR/e && mv $DIR/e $DIR/d/config.json; "
                  "$H run -d -b $DIR/d e && awk '{ print $1, $2 }' /proc/$($H state e | jq .pid)/timens_offsets; "
                  "q=$($H state d | jq .pid); [ $(readlink /proc/$q/ns/time) != $(readlink /proc/self/ns/time) ] && echo own time");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"monotonic 0\nboottime 7\nown time\n"));
        expect_err(&r, "linux.timeOffsets: can't be set in a new user namespace together with a pid namespace that is joined");
}

/* The init goes on as a child of itself.  However late the first one says so, the second one waits for that. */
Test(lifecycle, an_exec_whose_init_is_slow_between_two_processes_works)
{
        struct result r;

        needs_programs("strace");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        /* A leak check can't be made of a process that is traced. */
        box_shell(&box, &r, "$H run -d -b $DIR/b one; export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0; "
                  "strace -f -qq -o $DIR/trace -e trace=clone3 -e inject=clone3:delay_exit=300000 $H exec one sh -c 'echo in; exit 5'; "
                  "s=$?; grep -c 'clone3.*DELAYED' $DIR/trace; exit $s");
        expect_status(&r, 5);
        cr_expect(eq(str, r.out, (char *)"in\n2\n"));
}
