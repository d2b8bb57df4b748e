/* What clients read and hand over: states, lists, files, sockets, hooks, and what is in every sandbox. */
#include "tests/engine/harness.h"

#include <stdio.h>

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(clients_files, .init = setup, .fini = teardown, .timeout = 120);

#define SLEEP "[\"sleep\", \"1000\"]"
#define SHELL(line) "[\"sh\", \"-c\", \"" line "\"]"
#define HELP "R=${H%% --root*}; dead() { for k in $(seq 200); do $H state $1 | grep -q stopped && return; sleep 0.05; done; return 1; }; "

Test(clients_files, lists_have_the_columns_and_members_of_runc)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP });
        box_shell(&box, &r, "$H list -f json; $H list | tr -s ' ' '\\n' | tr '\\n' ' '; $H run -d -b $DIR/b one </dev/null; $H list -f json | jq -c '.[0] | keys'; "
                  "$H list -f json | jq -r '.[0].owner'; $H state one | jq -c '[.annotations, .owner]'; $H list | sed -n 2p | tr -s ' ' '\\n' | sed -n '1p;3p;6p'");
        cr_expect(eq(str, r.out, (char *)"[]\nID PID STATUS BUNDLE CREATED OWNER [\"bundle\",\"created\",\"id\",\"ociVersion\",\"owner\",\"pid\",\"rootfs\",\"status\"]\n"
                     "root\n[null,\"\"]\none\nrunning\nroot\n"), "%s %s", r.out, r.err);
}

/* Its parent has not asked for its status yet; crun once said "running" then. */
Test(clients_files, who_has_ended_and_is_not_reaped_is_stopped)
{
        struct result r;

        needs_programs("python3 jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"true\"]" });
        box_shell(&box, &r, "python3 - $DIR \"$H\" <<'P'\n"
                  "import ctypes, subprocess, sys, time\n"
                  "ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\n"
                  "d, h = sys.argv[1], sys.argv[2].split()\n"
                  "subprocess.check_call(h + ['create', '-b', d + '/b', '--pid-file', d + '/pid', 'one'], stdin=subprocess.DEVNULL)\n"
                  "subprocess.check_call(h + ['start', 'one'])\n"
                  "pid = open(d + '/pid').read()\n"
                  "while ') Z ' not in open('/proc/' + pid + '/stat').read(): time.sleep(0.02)\n"
                  "subprocess.call(h + ['state', 'one'])\n"
                  "subprocess.call(h + ['kill', 'one', '9'])\n"
                  "subprocess.call(h + ['delete', 'one'])\n"
                  "subprocess.call(h + ['list', '-q'])\n"
                  "P");
        expect_out(&r, "\"status\": \"stopped\"");
        expect_out(&r, "\"pid\": 0");
        cr_expect(eq(str, r.err, (char *)"hcs-sandbox: container not running\n"));
}

Test(clients_files, a_bundle_that_changes_or_goes_after_create_does_not_matter)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SHELL("echo first; sleep 100"),
                         .top = "\"hooks\": { \"poststop\": [{ \"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"echo over\"] }] }," });
        box_shell(&box, &r, HELP "$H create -b $DIR/b one >$DIR/out </dev/null; rm -r $DIR/b; $H start one; for k in $(seq 100); do [ -s $DIR/out ] && break; sleep 0.02; done; "
                  "cat $DIR/out; $H exec one echo exec; $H kill one 9; dead one; $H delete one");
        cr_expect(eq(str, r.out, (char *)"first\nexec\nover\n"), "%s %s", r.out, r.err);
}

Test(clients_files, the_state_directory_is_root_s_alone)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP });
        box_shell(&box, &r, "umask 0; $H create -b $DIR/b one </dev/null; stat -c %%a $DIR/state $DIR/state/one; find $DIR/state -type f -perm /077");
        cr_expect(eq(str, r.out, (char *)"700\n700\n"), "%s %s", r.out, r.err);
}

/* --- terminals ------------------------------------------------------------------------------------------------------------ */

/* GET SOCKET WORDS...: listens, calls, takes the master, prints what the other side said; the name of a socket may be too long for connect(). */
#define GET \
        "cat >$DIR/get.py <<'P'\n" \
        "import array, os, socket, subprocess, sys\n" \
        "s = socket.socket(socket.AF_UNIX); os.chdir(os.path.dirname(sys.argv[1])); s.bind(os.path.basename(sys.argv[1])); s.listen(1)\n" \
        "p = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL)\n" \
        "c, _ = s.accept(); m, a, f, _ = c.recvmsg(100, 100); fd = array.array('i', a[0][2])[0]\n" \
        "print('message', len(m) > 0, len(a), c.recv(1) == b'', p.wait(), flush=True)\n" \
        "if 'create' in sys.argv: subprocess.check_call(sys.argv[2:5] + ['start', sys.argv[-1]])\n" \
        "out = b''\n" \
        "while b'over' not in out: out += os.read(fd, 100)\n" \
        "print(out.decode().replace('\\r', ''), end='')\n" \
        "P\n"

Test(clients_files, a_console_socket_gets_one_message_however_long_its_name)
{
        struct result r;

        needs_programs("python3");
        (void)box_bundle(&box, "b", &(struct bundle){ .process = "\"terminal\": true,", .args = SHELL("tty; ls -l /dev/console | cut -c1; echo over; sleep 100") });
        box_shell(&box, &r, GET "d=$DIR/$(printf %%0120d 7); mkdir $d; python3 $DIR/get.py $d/s $H create -b $DIR/b --console-socket $d/s one; echo; "
                  "echo '{ \"terminal\": true, \"cwd\": \"/\", \"args\": [\"sh\", \"-c\", \"tty; echo over; sleep 1\"], \"env\": [\"PATH=/bin\"] }' >$DIR/p; "
                  "python3 $DIR/get.py $d/t $H exec --process $DIR/p --console-socket $d/t --detach --pid-file $DIR/pid one");
        cr_expect(eq(str, r.out, (char *)"message True 1 True 0\n/dev/pts/0\nc\nover\n\nmessage True 1 True 0\n/dev/pts/1\nover\n"), "%s %s", r.out, r.err);
        box_shell(&box, &r, GET "python3 $DIR/get.py $DIR/u $H exec --tty --console-socket $DIR/u --detach one sh -c 'tty; echo over; sleep 1'");
        expect_out(&r, "/dev/pts/");
}

Test(clients_files, a_console_socket_without_a_terminal_is_an_error)
{
        struct result r;

        needs_programs("python3");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP });
        box_shell(&box, &r, "python3 -c \"import socket, subprocess, sys\ns = socket.socket(socket.AF_UNIX); s.bind('$DIR/s'); s.listen(1)\n"
                  "sys.exit(subprocess.call('$H create -b $DIR/b --console-socket $DIR/s one'.split()))\"");
        expect_status(&r, 1);
        expect_err(&r, "process.terminal is false");
}

/* --- hooks ---------------------------------------------------------------------------------------------------------------- */

#define HOOK(kind) "\"" kind "\": [{ \"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"s=$(cat); echo " kind " $(pwd) $A$HOME $s\"], \"env\": [\"A=b\", \"PATH=/bin\"] }]"

Test(clients_files, hooks_hear_the_state_in_one_line_where_they_are_to_run)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"100\"]", .top = "\"annotations\": { \"a/b\": \"c/d\" }, \"hooks\": { " HOOK("prestart") ", "
                         HOOK("createRuntime") ", " HOOK("createContainer") ", " HOOK("startContainer") ", " HOOK("poststart") ", " HOOK("poststop") " }," });
        box_shell(&box, &r, HELP "HOME=/x $H create -b $DIR/b --pid-file $DIR/pid one >$DIR/out </dev/null; $H start one >>$DIR/out; "
                  "$H kill one 9; dead one; $H delete one >>$DIR/out; "
                  "while read -r kind where env state; do echo \"$kind ${where#$DIR/} $env $(echo \"$state\" | jq -r '.status, .id, .annotations.\"a/b\", "
                  "(.bundle | sub(\".*/\"; \"\")), "
                  "(if .pid == 1 then \"inside\" elif .pid == '$(cat $DIR/pid)' then \"outside\" else \"none\" end)' | tr '\\n' ' ')\"; done <$DIR/out; grep -c '\\\\/' $DIR/out");
        cr_expect(eq(str, r.out, (char *)"prestart b b created one c/d b outside \ncreateRuntime b b created one c/d b outside \ncreateContainer b b created one c/d b inside \n"
                     "startContainer / b created one c/d b inside \npoststart b b running one c/d b outside \npoststop b b stopped one c/d b none \n0\n"), "%s %s", r.out, r.err);
}

#define SAY(word) "{ \"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"echo " word "\"] }"
#define FAIL "{ \"path\": \"/bin/false\" }"

Test(clients_files, the_first_hook_that_fails_ends_the_list_and_poststop_goes_on)
{
        static const char *const kinds[] = { "prestart", "createRuntime", "createContainer", "startContainer", "poststart" };
        struct result r;
        char top[1024];

        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
                snprintf(top, sizeof(top), "\"hooks\": { \"%s\": [" SAY("one") ", " FAIL ", " SAY("two") "], \"poststop\": [" FAIL ", " SAY("over") "] },", kinds[i]);
                box_try(&box, &r, &(struct bundle){ .args = SLEEP, .top = top });
                expect_status(&r, 1);
                cr_expect(eq(str, r.out, (char *)"one\nover\n"), "%s: %s %s", kinds[i], r.out, r.err);
                expect_err(&r, kinds[i]);
        }
        box_try(&box, &r, &(struct bundle){ .top = "\"hooks\": { \"poststop\": [" FAIL ", " SAY("over") "] }," });
        expect_status(&r, 0);
        expect_out(&r, "over");
        expect_err(&r, "warning: ");
}

/* --- what is there ---------------------------------------------------------------------------------------------------------- */

/* --privileged lists all of the host's devices, the multiplexer of terminals among them. */
Test(clients_files, a_list_of_all_devices_may_name_those_that_are_there_unasked)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){
                .linux_ = ", \"devices\": [{ \"path\": \"/dev/ptmx\", \"type\": \"c\", \"major\": 5, \"minor\": 2, \"fileMode\": 438 }, "
                          "{ \"path\": \"/dev/null\", \"type\": \"c\", \"major\": 1, \"minor\": 3 }, "
                          "{ \"path\": \"/dev/kmsg\", \"type\": \"c\", \"major\": 1, \"minor\": 11, \"fileMode\": 420 }]",
                .args = "[\"sh\", \"-c\", \"readlink /dev/ptmx; stat -c %a /dev/kmsg\"]" });
        expect_status(&r, 0);
        expect_out(&r, "pts/ptmx\n644\n");
}

Test(clients_files, devices_and_links_are_there_unasked)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .args = SHELL("cd /dev; for i in null zero full random urandom tty; do stat -c '%n %t:%T %a' $i; done; ls -d console; "
                                                          "for i in fd stdin stdout stderr ptmx; do readlink $i; done; cat /proc/self/oom_score_adj") });
        expect_out(&r, "null 1:3 666\nzero 1:5 666\nfull 1:7 666\nrandom 1:8 666\nurandom 1:9 666\ntty 5:0 666\n"
                   "/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\npts/ptmx\n0\n");
        expect_err(&r, "console");
}

Test(clients_files, a_relative_cgroups_path_is_always_the_same_group)
{
        struct result r;

        needs_cgroup("pids");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"grep\", \"-E\", \"pids|^0::/.\", \"/proc/self/cgroup\"]",
                                                      .linux_ = ", \"cgroupsPath\": \"mine\", \"resources\": { \"pids\": { \"limit\": 9 } }" });
        box_shell(&box, &r, "$H run -b $DIR/b one >$DIR/1; $H run -b $DIR/b two >$DIR/2; cmp $DIR/1 $DIR/2 && grep -o 'mine$' $DIR/1");
        expect_out(&r, "mine\n");
}

/* What a process file does not say is not there; flags change what the sandbox's own process has. */
Test(clients_files, a_process_file_is_all_but_for_capabilities_and_flags_are_changes)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP, .process = "\"oomScoreAdj\": 33, \"capabilities\": { \"bounding\": [\"CAP_KILL\"], "
                                                      "\"effective\": [\"CAP_KILL\"], \"permitted\": [\"CAP_KILL\"] }, \"noNewPrivileges\": true," });
        needs_programs("jq");
        box_shell(&box, &r, "l='cat /proc/self/oom_score_adj; grep -o CapEff.* /proc/self/status; grep -o NoNewPrivs.* /proc/self/status; echo $A $B'; "
                  "$H run -d -b $DIR/b one </dev/null; $H exec -e A=b one sh -c \"$l\"; "
                  "jq -n --arg l \"$l\" '{ cwd: \"/\", args: [\"/bin/sh\", \"-c\", $l], env: [\"B=c\", \"PATH=/bin\"] }' >$DIR/p; $H exec --process $DIR/p one");
        cr_expect(eq(str, r.out, (char *)"33\nCapEff:\t0000000000000020\nNoNewPrivs:\t1\nb\n0\nCapEff:\t0000000000000020\nNoNewPrivs:\t0\nc\n"), "%s %s", r.out, r.err);
}

/* The number of one that has ended may be another's: the time of its start tells them apart. */
Test(clients_files, a_pid_that_is_somebody_elses_by_now_is_left_alone)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = SLEEP });
        box_shell(&box, &r, "sleep 100 & p=$!; sleep 0.1; $H create -b $DIR/b one </dev/null; f=$DIR/state/one/record.json; cp $f $DIR/kept; "
                  "jq -c --argjson p $p '.InitProcessId = $p' $DIR/kept >$f; $H state one | jq -c '[.status, .pid]'; $H kill one 9; $H exec one true; "
                  "kill -0 $p && echo lives; kill $p; cat $DIR/kept >$f; $H state one | jq -r .status");
        cr_expect(eq(str, r.out, (char *)"[\"stopped\",0]\nlives\ncreated\n"), "%s %s", r.out, r.err);
        expect_err(&r, "container not running");
}
