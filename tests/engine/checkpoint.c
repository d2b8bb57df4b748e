/* checkpoint and restore: what CRIU is asked, against a double of it (tests/support/fake-criu.c), and the whole way there and back with
 * the real one, where it finds this machine's kernel good. */
#include "tests/engine/harness.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

static struct box box;

static void setup_double(void)
{
        char fake[PATH_MAX];
        struct result r;

        needs_root();
        if (!realpath("tests/bin/fake-criu", fake))
                cr_skip("needs tests/bin/fake-criu");
        box_setup(&box);
        box_shell(&box, &r, "mkdir $DIR/fake && cp %s $DIR/fake/criu", fake);
        cr_assert(eq(int, r.status, 0), "%s", r.err);
}

/* Newer ones than the distribution's may be in PATH. */
static void setup_real(void)
{
        needs_root();
        needs_programs("criu");
        if (system("criu check >/dev/null 2>&1") != 0)
                cr_skip("`criu check` does not find this kernel good");
        box_setup(&box);
}

static void teardown(void) { if (box.dir[0]) box_teardown(&box); }

TestSuite(checkpoint, .init = setup_double, .fini = teardown, .timeout = 120);
TestSuite(restore, .init = setup_double, .fini = teardown, .timeout = 120);
TestSuite(criu, .init = setup_real, .fini = teardown, .timeout = 120);

#define FAKE "export PATH=$DIR/fake:$PATH; "

/* One that counts in a file of its root, and runs. */
static void begin(const struct bundle *more, const char *redirections)
{
        struct bundle bundle = *more;
        struct result r;

        if (!bundle.args)
                bundle.args = "[\"sh\", \"-c\", \"i=0; while true; do i=$((i + 1)); echo $i >/new; mv /new /count; sleep 0.1; done\"]";
        box_bundle(&box, "b", &bundle);
        box_shell(&box, &r, "mkdir -p $DIR/shared; $H create -b $DIR/b one %s && $H start one && sleep 0.5", redirections);
        cr_assert(eq(int, r.status, 0), "%s", r.err);
}

static void end(void)
{
        struct result r;

        box_shell(&box, &r, "$H delete --force one");
        box_expect_empty(&box);
}

/* --- what is asked -------------------------------------------------------------------------------------------------------------- */

Test(checkpoint, says_to_criu_what_was_said_to_it)
{
        struct result r;

        begin(&(const struct bundle){ .linux_ = ", \"maskedPaths\": [\"/proc/version\"]" }, "</dev/null >/dev/null");
        box_shell(&box, &r, FAKE "pid=$($H state one | jq .pid); $H checkpoint --image-path $DIR/img --work-path $DIR/work --leave-running "
                  "--tcp-established --ext-unix-sk --shell-job --file-locks --link-remap --auto-dedup --manage-cgroups-mode full "
                  "--empty-ns network one && grep -c \"^2.2=$pid$\" $DIR/fake/asked && cat $DIR/fake/asked");
        expect_status(&r, 0);
        cr_expect(ne(ptr, strstr(r.out, "1\n1=1\n"), NULL), "%s", r.out);
        for (const char *const *line = (const char *const[]){ "2.1=4", "2.3=1", "2.4=1", "2.5=1", "2.7=1", "2.8=1", "2.10=dump.log",
             "2.16=1", "2.17=5", "2.18=1", "2.34=4", "2.38=1073741824", "2.37=mnt[/proc/version]:host:/null", "2.50=1", NULL }; *line; line++) {
                char whole[80];

                snprintf(whole, sizeof(whole), "\n%s\n", *line);
                expect_out(&r, whole);
        }
        expect_out(&r, "/one");         /* the freezer's group */
        box_shell(&box, &r, "$H state one | jq -r .status; jq -r length $DIR/img/descriptors.json; stat -c %%a $DIR/img");
        cr_expect(eq(str, r.out, (char *)"running\n3\n700\n"), "%s", r.out);
        end();
}

Test(checkpoint, ends_and_deletes_what_was_saved)
{
        struct result r;

        begin(&(const struct bundle){ .args = NULL }, "");
        box_shell(&box, &r, FAKE "cd $DIR && $H checkpoint one && ls checkpoint");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"descriptors.json\n"), "%s", r.out);
        box_shell(&box, &r, "$H state one");
        expect_err(&r, "container \"one\" does not exist");
        box_expect_empty(&box);
}

Test(checkpoint, that_fails_keeps_it_running_and_says_that_there_is_no_image)
{
        static const struct { const char *answer, *words; } cases[] = {
                { "refuse", "Error (fake.c:1): this is not to be (its log: " }, { "die", "criu ended with status 9 and without an answer" },
        };
        struct result r;

        begin(&(const struct bundle){ .args = NULL }, "");
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                box_shell(&box, &r, FAKE "echo %s >$DIR/fake/answer; $H checkpoint --image-path $DIR/img one", cases[i].answer);
                expect_status(&r, 1);
                expect_err(&r, cases[i].words);
                expect_err(&r, "/img (what lies there now is no whole image)");
                box_shell(&box, &r, "$H state one | jq -r .status; a=$(cat $ROOTFS/count); sleep 0.5; test $a != $(cat $ROOTFS/count); ls $DIR/img | grep -c desc");
                cr_expect(eq(str, r.out, (char *)"running\n0\n"), "%s %s", r.out, r.err);
        }
        end();
}

Test(checkpoint, before_the_last_one_takes_memory_only_and_builds_on_a_parent)
{
        struct result r;

        begin(&(const struct bundle){ .args = NULL }, "");
        box_shell(&box, &r, FAKE "$H checkpoint --image-path $DIR/first --pre-dump one && $H checkpoint --image-path $DIR/second --parent-path ../first "
                  "--leave-running one && grep -e '^1=' -e '^2.1[45]=' -e '^5.1=' $DIR/fake/asked; ls $DIR/first");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"1=9\n5.1=1\n1=4\n2.15=1\n1=9\n5.1=1\n1=1\n2.15=1\n2.14=../first\n"), "%s", r.out);
        box_shell(&box, &r, FAKE "echo untracked >$DIR/fake/answer; $H checkpoint --image-path $DIR/third --pre-dump one");
        expect_status(&r, 1);
        expect_err(&r, "this kernel does not track which memory was written");
        box_shell(&box, &r, FAKE "rm $DIR/fake/answer; $H checkpoint --image-path $DIR/third --parent-path ../none one");
        expect_err(&r, "the parent image ../none, seen from ");
        box_shell(&box, &r, FAKE "$H checkpoint --image-path $DIR/third --parent-path /first one");
        expect_err(&r, "expected a path as seen from the image");
        end();
}

Test(checkpoint, what_is_not_carried_out_is_refused)
{
        static const struct { const char *flags, *words; } cases[] = {
                { "--lazy-pages", "--lazy-pages: not supported" }, { "--page-server 1.2.3.4:5", "--page-server: not supported" },
                { "--status-fd 3", "--status-fd: not supported" }, { "--empty-ns ipc", "--empty-ns: found \"ipc\"; expected network" },
                { "--manage-cgroups-mode x", "--manage-cgroups-mode: found \"x\"; expected soft, full, strict or ignore" },
                { "--image-path ''", "--image-path: empty" },
        };
        struct result r;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                box_shell(&box, &r, "$H checkpoint %s nobody", cases[i].flags);
                expect_status(&r, 1);
                expect_err(&r, cases[i].words);
        }
        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, FAKE "$H create -b $DIR/b one && $H checkpoint --image-path $DIR/img one");
        expect_err(&r, "container is created, and has nothing to save yet");
        box_shell(&box, &r, FAKE "$H kill one KILL; sleep 0.3; $H checkpoint --image-path $DIR/img one; ls -d $DIR/img");
        expect_err(&r, "container not running");
        end();
}

Test(checkpoint, of_a_copy_of_the_machine_is_refused_by_name)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, FAKE "$H run -d -b $DIR/b one && $H checkpoint --image-path $DIR/img one; ls $DIR/fake");
        expect_err(&r, "a copy of this machine can't be saved");
        cr_expect(eq(str, r.out, (char *)"criu\n"), "nobody was asked: %s", r.out);
        box_shell(&box, &r, "$H state one | jq -r .status; $H delete --force one");
        expect_out(&r, "running");
        box_shell(&box, &r, FAKE "mkdir $DIR/img; $H restore -d -b $DIR/b --image-path $DIR/img one");
        expect_err(&r, "a copy of this machine can't be restored");
        box_expect_empty(&box);
}

/* In the test's own mount namespace nobody else misses it. */
Test(checkpoint, without_criu_names_the_package)
{
        static const char *const places[] = { "/usr/local/sbin/criu", "/usr/local/bin/criu", "/usr/sbin/criu", "/usr/bin/criu" };
        struct result r;

        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
                if (access(places[i], F_OK) == 0)
                        cr_assert(eq(int, mount("/etc/passwd", places[i], NULL, MS_BIND, NULL), 0));       /* no program */
        begin(&(const struct bundle){ .args = NULL }, "");
        box_shell(&box, &r, "export PATH=/usr/sbin:/usr/bin:/sbin:/bin; $H checkpoint --image-path $DIR/img one; ls -d $DIR/img");
        expect_err(&r, "is not installed (apt-get install criu)");
        cr_expect(eq(str, r.out, (char *)""));
        end();
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
                (void)umount2(places[i], MNT_DETACH);
}

Test(restore, makes_what_runs_and_is_known_from_then_on)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"true\"]", .linux_ = ", \"resources\": { \"pids\": { \"limit\": 50 } }" });
        box_shell(&box, &r, FAKE "mkdir $DIR/img; echo '[\"pipe:[12]\",\"/dev/null\",\"file[1:2]\"]' >$DIR/img/descriptors.json; "
                  "$H restore -d -b $DIR/b --image-path $DIR/img --pid-file $DIR/pid --lsm-profile apparmor:x --lsm-mount-context c --tcp-close one && "
                  "test $($H state one | jq .pid) = $(cat $DIR/pid) && $H state one | jq -r .status && "
                  "grep -q one /proc/$(cat $DIR/pid)/cgroup && echo in its group; cat $DIR/fake/asked");
        expect_status(&r, 0);
        expect_out(&r, "running\nin its group\n1=2\n");
        for (const char *const *line = (const char *const[]){ "2.26=1", "2.12=1", "2.27.1=pipe:[12]", "2.27.2=0", "2.27.1=file[1:2]", "2.27.2=2",
             "2.52=1", "2.53=apparmor:x", "2.63=c", "2.34=3", "2.37=mnt[host:/null]:/dev/null", "2.10=restore.log", "3=1", NULL }; *line; line++) {
                char whole[80];

                snprintf(whole, sizeof(whole), "\n%s\n", *line);
                expect_out(&r, whole);
        }
        expect_no_out(&r, "=/dev/null\n2.27");
        expect_out(&r, "2.25.2=");
        box_shell(&box, &r, "$H kill one KILL; sleep 0.3; $H state one | jq -r .status; $H delete one");
        cr_expect(eq(str, r.out, (char *)"stopped\n"), "%s", r.err);
        box_expect_empty(&box);
}

Test(restore, that_fails_leaves_nothing)
{
        static const struct { const char *answer, *words; } cases[] = {
                { "refuse", "Error (fake.c:1): this is not to be" }, { "die", "criu ended with status 9" }, { "half", "Error (fake.c:1)" },
        };
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"true\"]", .linux_ = ", \"resources\": { \"pids\": { \"limit\": 50 } }" });
        box_shell(&box, &r, FAKE "mkdir $DIR/img; $H restore -d -b $DIR/b --image-path $DIR/img one");
        expect_err(&r, "the image is not whole: it has no descriptors.json");
        box_shell(&box, &r, FAKE "$H restore -d -b $DIR/b --image-path $DIR/none one");
        expect_err(&r, "/none: no such file or directory");
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                box_shell(&box, &r, FAKE "echo '[]' >$DIR/img/descriptors.json; echo %s >$DIR/fake/answer; $H restore -d -b $DIR/b --image-path $DIR/img one",
                          cases[i].answer);
                expect_status(&r, 1);
                expect_err(&r, cases[i].words);
                expect_err(&r, "restoring from ");
                box_expect_empty(&box);
        }
}

/* --- the real one --------------------------------------------------------------------------------------------------------------- */

#define MANY_MOUNTS ", { \"destination\": \"/tmp\", \"type\": \"tmpfs\", \"source\": \"tmpfs\" }, { \"destination\": \"/etc/shared\", \"type\": \"bind\", " \
        "\"source\": \"../shared\", \"options\": [\"bind\"] }, { \"destination\": \"/sys\", \"type\": \"sysfs\", \"source\": \"sysfs\", \"options\": [\"ro\"] }"

Test(criu, takes_a_program_there_and_back)
{
        struct result r;

        begin(&(const struct bundle){ .mounts = MANY_MOUNTS, .linux_ = ", \"maskedPaths\": [\"/proc/version\", \"/proc/acpi\", \"/proc/keys\"], "
              "\"readonlyPaths\": [\"/proc/sys\"], \"resources\": { \"pids\": { \"limit\": 50 }, \"memory\": { \"limit\": 67108864 } }" },
              "</dev/null >$DIR/out 2>&1");
        box_shell(&box, &r, "$H exec one sh -c 'echo kept >/tmp/kept' && $H checkpoint --image-path $DIR/img one && cat $ROOTFS/count >$DIR/at && $H list -q");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""), "%s", r.out);
        box_shell(&box, &r, "$H restore -d -b $DIR/b --image-path $DIR/img two </dev/null >$DIR/out 2>&1 && sleep 0.5; cat $DIR/out; a=$(cat $DIR/at) b=$(cat $ROOTFS/count); "
                  "test $b -gt $a && test $b -lt $((a + 60)) && $H state two | jq -r .status; $H exec two cat /tmp/kept; "
                  "$H exec two sh -c 'ip addr | grep -c inet; cat /proc/version; touch /proc/sys/x; touch /etc/shared/new'; ls $DIR/shared; "
                  "grep -c two /proc/$($H state two | jq .pid)/cgroup >/dev/null && echo in its group; "
                  "test \"$($H exec two readlink /proc/1/ns/time)\" = \"$($H exec two readlink /proc/self/ns/time)\" && echo same clocks");
        expect_out(&r, "running\nkept\n");
        expect_out(&r, "new\nin its group\nsame clocks\n");
        expect_no_out(&r, "\n0\n");
        expect_err(&r, "/proc/sys/x: ");
        box_shell(&box, &r, "$H delete --force two");
        box_expect_empty(&box);
}

Test(criu, lets_it_run_on_when_asked_and_again)
{
        struct result r;

        begin(&(const struct bundle){ .args = NULL }, "</dev/null >$DIR/out 2>&1");
        box_shell(&box, &r, "for n in 1 2; do $H checkpoint --leave-running --image-path $DIR/img --work-path $DIR/work one || exit 1; done; "
                  "a=$(cat $ROOTFS/count); sleep 0.5; test $a != $(cat $ROOTFS/count) && $H state one | jq -r .status; ls $DIR/work");
        expect_status(&r, 0);
        expect_out(&r, "running\n");
        expect_out(&r, "dump.log");
        end();
}

Test(criu, gives_pipes_and_the_exit_status_back)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sh\", \"-c\", \"echo before; read line; echo heard $line; exit 7\"]" });
        box_shell(&box, &r, "mkfifo $DIR/in; (cat $DIR/in | $H run -b $DIR/b one | cat >$DIR/first) & exec 9>$DIR/in; sleep 1; "
                  "$H checkpoint --image-path $DIR/img one || exit 1; exec 9>&-; cat $DIR/first; "
                  "(echo word | $H restore -b $DIR/b --image-path $DIR/img two; echo status $?) | cat");
        cr_expect(eq(str, r.out, (char *)"before\nheard word\nstatus 7\n"), "%s", r.err);
        box_expect_empty(&box);
}

Test(criu, gives_a_terminal_back)
{
        struct result r;

        needs_programs("script");
        box_bundle(&box, "b", &(struct bundle){ .process = "\"terminal\": true,",
                   .args = "[\"sh\", \"-c\", \"i=0; while [ $i -lt 1000 ]; do i=$((i + 1)); sleep 0.1; test -e /go && echo gone on && exit 5; done\"]" });
        box_shell(&box, &r, "(script -qec \"$H run -b $DIR/b one\" /dev/null </dev/null >/dev/null &); sleep 1; $H checkpoint --image-path $DIR/img one || exit 1; "
                  "touch $ROOTFS/go; script -qec \"$H restore -b $DIR/b --image-path $DIR/img two\" /dev/null </dev/null; echo status $?");
        expect_out(&r, "gone on");
        expect_out(&r, "status 5");
        box_expect_empty(&box);
}

/* Streams that are files are given again as they are (CRIU looks at their size), and must be open to whoever had them. */
static void go_there_and_back(const struct bundle *bundle, struct result *r, const char *then)
{
        begin(bundle, "</dev/null >$DIR/out 2>&1; chmod 666 $DIR/out");
        box_shell(&box, r, "$H checkpoint --image-path $DIR/img one && a=$(cat $DIR/shared/count) && $H restore -d -b $DIR/b --image-path $DIR/img one "
                  "</dev/null >>$DIR/out 2>&1; cat $DIR/out; sleep 0.5; test $(cat $DIR/shared/count) -gt $a && echo counts; %s", then);
}

#define COUNTS_OUTSIDE "[\"sh\", \"-c\", \"i=0; while true; do i=$((i + 1)); echo $i >/mnt/new; mv /mnt/new /mnt/count; sleep 0.1; done\"]"
#define OUTSIDE ", { \"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"../shared\", \"options\": [\"bind\"] }"

Test(criu, keeps_what_binds_the_program)
{
        struct result r;

        box_shell(&box, &r, "mkdir $DIR/shared");
        go_there_and_back(&(const struct bundle){ .args = COUNTS_OUTSIDE, .process = "\"noNewPrivileges\": true,", .mounts = OUTSIDE
                          ", { \"destination\": \"/sys\", \"type\": \"sysfs\", \"source\": \"sysfs\", \"options\": [\"ro\"] }",
                          .linux_ = ", \"resources\": { \"pids\": { \"limit\": 50 } }, \"seccomp\": { \"defaultAction\": \"SCMP_ACT_ALLOW\", "
                          "\"syscalls\": [ { \"names\": [\"chroot\"], \"action\": \"SCMP_ACT_ERRNO\" } ] }" }, &r,
                          "$H exec one grep -E 'Seccomp:|NoNewPrivs|CapEff' /proc/1/status | tr -d '\\t'");
        cr_expect(eq(str, r.out, (char *)"counts\nCapEff:0000000000000000\nNoNewPrivs:1\nSeccomp:2\n"), "%s", r.err);
        end();
}

Test(criu, takes_a_user_namespace_along)
{
        struct result r;

        box_shell(&box, &r, "mkdir $DIR/shared && chown 100000 $DIR/shared");
        go_there_and_back(&(const struct bundle){ .args = COUNTS_OUTSIDE, .mounts = OUTSIDE, .namespaces = ", { \"type\": \"user\" }",
                          .linux_ = ", \"uidMappings\": [{ \"containerID\": 0, \"hostID\": 100000, \"size\": 65536 }], "
                          "\"gidMappings\": [{ \"containerID\": 0, \"hostID\": 100000, \"size\": 65536 }]" }, &r,
                          "$H exec one cat /proc/1/uid_map | tr -s ' '; stat -c '%a %g' $DIR/img");
        expect_out(&r, "counts\n 0 100000 65536\n710 100000\n");
        end();
}

/* A descriptor of a file that is none of the sandbox's own has no name in its image. */
Test(criu, failing_keeps_it_running)
{
        struct result r;

        begin(&(const struct bundle){ .args = NULL }, "--preserve-fds 1 3</etc/passwd </dev/null >$DIR/out 2>&1");
        box_shell(&box, &r, "$H checkpoint --image-path $DIR/img one");
        expect_status(&r, 1);
        expect_err(&r, "/img/dump.log)");
        expect_err(&r, "Error (criu/");
        expect_err(&r, "(what lies there now is no whole image)");
        box_shell(&box, &r, "a=$(cat $ROOTFS/count); sleep 0.5; test $a != $(cat $ROOTFS/count) && $H state one | jq -r .status");
        expect_out(&r, "running");
        end();
}
