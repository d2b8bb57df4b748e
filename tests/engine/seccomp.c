/* linux.seccomp, looked at from inside: what a sandbox may call, what it is told when it may not, and who is asked. */
#include "tests/engine/harness.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcs/base/error.h"
#include "hcs/base/io.h"

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void setup_user(void) { box_setup_user(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(seccomp, .init = setup, .fini = teardown, .timeout = 120);
TestSuite(seccomp_user, .init = setup_user, .fini = teardown, .timeout = 120);

#define SECCOMP(members) ", \"seccomp\": { " members " }"
#define RULE(name, action) "\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{ \"names\": [\"" name "\"], " action " }]"
#define SHELL(line) "[\"sh\", \"-c\", \"" line "\"]"
#define NO_NEW_PRIVILEGES "\"noNewPrivileges\": true,"
#define CAPABILITY(name) "\"capabilities\": { \"bounding\": [\"" name "\"], \"effective\": [\"" name "\"], \"permitted\": [\"" name "\"] },"
#define STATUS SHELL("grep -E '^(Seccomp|NoNewPrivs|CapEff):' /proc/self/status")

Test(seccomp, a_filter_is_there_with_and_without_no_new_privileges)
{
        static const char *const processes[] = {
                NO_NEW_PRIVILEGES, NULL, NO_NEW_PRIVILEGES CAPABILITY("CAP_KILL"),
                CAPABILITY("CAP_KILL"),
        };
        struct result r;

        for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++) {
                box_try(&box, &r, &(struct bundle){ .args = STATUS, .process = processes[i], .linux_ = SECCOMP(RULE("mkdir", "\"action\": \"SCMP_ACT_ERRNO\"")) });
                expect_status(&r, 0);
                expect_out(&r, "Seccomp:\t2");
                expect_out(&r, i % 2 ? "NoNewPrivs:\t0" : "NoNewPrivs:\t1");
                if (i >= 2)     /* the bounding set is all that the program of root gets */
                        expect_out(&r, "CapEff:\t0000000000000020");
        }
        box_try(&box, &r, &(struct bundle){ .args = STATUS, .process = NO_NEW_PRIVILEGES });
        expect_out(&r, "Seccomp:\t0");
}

/* The change of user takes the capability that the filter needs; it is loaded all the same, and is not kept. */
Test(seccomp, a_user_without_capabilities_gets_it_too)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = STATUS, .linux_ = SECCOMP(RULE("mkdir", "\"action\": \"SCMP_ACT_ERRNO\"")) });
        box_shell(&box, &r, "sed -i 's/\"uid\": 0, \"gid\": 0/\"uid\": 7, \"gid\": 7/' $DIR/b/config.json; $H run -b $DIR/b one");
        expect_status(&r, 0);
        expect_out(&r, "Seccomp:\t2");
        expect_out(&r, "CapEff:\t0000000000000000");
}

Test(seccomp, calls_are_answered_as_the_profile_says)
{
        static const struct { const char *section, *args, *out; int status; } cases[] = {
                { SECCOMP(RULE("mkdir", "\"action\": \"SCMP_ACT_ERRNO\"")), SHELL("mkdir /x 2>&1"), "Operation not permitted", 1 },
                { SECCOMP(RULE("mkdir", "\"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 28")), SHELL("mkdir /x 2>&1"), "No space left on device", 1 },
                { SECCOMP(RULE("no_such_call\", \"mkdir", "\"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38")), SHELL("mkdir /x 2>&1"), "not implemented", 1 },
                { SECCOMP(RULE("mkdir", "\"action\": \"SCMP_ACT_KILL_PROCESS\"")), SHELL("exec mkdir /x"), "", 128 + 31 },
                { SECCOMP(RULE("mkdir", "\"action\": \"SCMP_ACT_KILL\"")), SHELL("exec mkdir /x"), "", 128 + 31 },
                { SECCOMP(RULE("mkdir", "\"action\": \"SCMP_ACT_TRAP\"")), SHELL("exec mkdir /x"), "", 128 + 31 },
                { SECCOMP(RULE("mkdir", "\"action\": \"SCMP_ACT_TRACE\"")), SHELL("mkdir /x 2>&1"), "not implemented", 1 },
                { SECCOMP(RULE("mkdir", "\"action\": \"SCMP_ACT_LOG\"")), SHELL("mkdir /x && echo made"), "made", 0 },
                { SECCOMP(RULE("mkdir", "\"action\": \"SCMP_ACT_ALLOW\"")), SHELL("mkdir /y && echo made"), "made", 0 },
        };
        struct result r;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                box_try(&box, &r, &(struct bundle){ .args = cases[i].args, .process = NO_NEW_PRIVILEGES, .linux_ = cases[i].section });
                cr_expect(eq(int, r.status, cases[i].status), "case %zu: %s%s", i, r.out, r.err);
                cr_expect(ne(ptr, strstr(r.out, cases[i].out), NULL), "case %zu: %s%s", i, r.out, r.err);
        }
}

/* CLONE_NEWUTS is 0x4000000 = 67108864, CLONE_NEWIPC 0x8000000 = 134217728; -n, a new network, is 0x40000000. */
Test(seccomp, arguments_are_looked_at)
{
#define UNSHARE(args) SECCOMP(RULE("unshare", "\"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 28, \"args\": [" args "]"))
        static const struct { const char *section; int uts, ipc, net; } cases[] = {
                { UNSHARE("{ \"index\": 0, \"value\": 67108864, \"op\": \"SCMP_CMP_EQ\" }"), 1, 0, 0 },
                { UNSHARE("{ \"index\": 0, \"value\": 67108864, \"op\": \"SCMP_CMP_NE\" }"), 0, 1, 1 },
                { UNSHARE("{ \"index\": 0, \"value\": 134217728, \"op\": \"SCMP_CMP_LT\" }"), 1, 0, 0 },
                { UNSHARE("{ \"index\": 0, \"value\": 134217728, \"op\": \"SCMP_CMP_LE\" }"), 1, 1, 0 },
                { UNSHARE("{ \"index\": 0, \"value\": 134217728, \"op\": \"SCMP_CMP_GE\" }"), 0, 1, 1 },
                { UNSHARE("{ \"index\": 0, \"value\": 134217728, \"op\": \"SCMP_CMP_GT\" }"), 0, 0, 1 },
                { UNSHARE("{ \"index\": 0, \"value\": 201326592, \"valueTwo\": 0, \"op\": \"SCMP_CMP_MASKED_EQ\" }"), 0, 0, 1 },
                /* of one argument: alternatives */
                { UNSHARE("{ \"index\": 0, \"value\": 67108864, \"op\": \"SCMP_CMP_EQ\" }, { \"index\": 0, \"value\": 134217728, \"op\": \"SCMP_CMP_EQ\" }"), 1, 1, 0 },
        };
        struct result r;
        char wanted[32];

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                box_try(&box, &r, &(struct bundle){ .args = SHELL("for o in u i n; do unshare -$o true 2>/dev/null; echo -n $?; done"),
                                                    .process = CAPABILITY("CAP_SYS_ADMIN") NO_NEW_PRIVILEGES,
                                                    .linux_ = cases[i].section });
                snprintf(wanted, sizeof(wanted), "%d%d%d", cases[i].uts, cases[i].ipc, cases[i].net);
                cr_expect(eq(str, r.out, wanted), "case %zu: %s", i, r.err);
        }
}

/* What the C library asks for first, and this profile is too old to know, is not there: so it does without.  83 is mkdir, which is
 * old enough to be refused; 400 is nothing, and above all that the profile names. */
Test(seccomp, a_call_that_is_newer_than_the_profile_is_not_there)
{
        struct result r;

        needs_programs("perl");
        box_try(&box, &r, &(struct bundle){ .host = true, .process = NO_NEW_PRIVILEGES,
                .args = "[\"perl\", \"-e\", \"my $d = '/tmp/x'; syscall(83, $d, 0); print 0 + $!; syscall(400); print ' ', 0 + $!;\"]",
                .linux_ = SECCOMP("\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{ \"action\": \"SCMP_ACT_ALLOW\", \"names\": [\"read\", \"write\", "
                        "\"open\", \"openat\", \"close\", \"fstat\", \"newfstatat\", \"stat\", \"lstat\", \"mmap\", \"mprotect\", \"munmap\", \"brk\", \"rt_sigaction\", "
                        "\"rt_sigprocmask\", \"ioctl\", \"pread64\", \"access\", \"execve\", \"exit_group\", \"arch_prctl\", \"set_tid_address\", \"set_robust_list\", "
                        "\"rseq\", \"prlimit64\", \"getrandom\", \"futex\", \"fcntl\", \"lseek\", \"dup\", \"getuid\", \"geteuid\", \"getgid\", \"getegid\", \"readlink\", "
                        "\"getpid\", \"getppid\", \"gettid\", \"time\", \"clock_gettime\"] }]") });
        cr_expect(eq(str, r.out, (char *)"1 38"), "%s", r.err);
}

Test(seccomp, further_processes_have_it_too)
{
        struct result r;

        box_shell(&box, &r, "true");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"100\"]", .process = NO_NEW_PRIVILEGES,
                                                      .linux_ = SECCOMP(RULE("mkdir", "\"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 28")) });
        box_shell(&box, &r, "$H run -d -b $DIR/b one </dev/null >/dev/null 2>&1; $H exec one grep ^Seccomp: /proc/self/status; "
                  "$H exec --no-new-privs one mkdir /x; $H delete -f one");
        expect_out(&r, "Seccomp:\t2");
        expect_err(&r, "No space left");
}

Test(seccomp, flags_and_architectures_are_taken)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .args = STATUS, .process = NO_NEW_PRIVILEGES,
                .linux_ = SECCOMP("\"architectures\": [\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\", \"SCMP_ARCH_X86_64\", \"SCMP_ARCH_ARM\", "
                                  "\"SCMP_ARCH_AARCH64\"], "
                                  "\"flags\": [\"SECCOMP_FILTER_FLAG_LOG\", \"SECCOMP_FILTER_FLAG_TSYNC\", \"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"], "
                                  RULE("mkdir", "\"action\": \"SCMP_ACT_ERRNO\"")) });
        expect_status(&r, 0);
        expect_out(&r, "Seccomp:\t2");
        box_try(&box, &r, &(struct bundle){ .args = STATUS, .process = NO_NEW_PRIVILEGES, .linux_ = SECCOMP("\"flags\": [], " RULE("mkdir", "\"action\": \"SCMP_ACT_ERRNO\"")) });
        expect_out(&r, "Seccomp:\t2");
}

/* Before the capabilities go: so the filter must let them go. */
Test(seccomp, one_that_refuses_what_comes_before_the_program_is_told_of)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .linux_ = SECCOMP(RULE("capset", "\"action\": \"SCMP_ACT_ERRNO\"")) });
        expect_status(&r, 1);
        expect_err(&r, "process.capabilities: setting them");
        box_try(&box, &r, &(struct bundle){ .linux_ = SECCOMP(RULE("capset", "\"action\": \"SCMP_ACT_KILL_PROCESS\"")) });
        expect_status(&r, 1);
        expect_err(&r, "linux.seccomp kills for what comes before the program; process.noNewPrivileges lets it be loaded later");
        box_try(&box, &r, &(struct bundle){ .args = "[\"echo\", \"fine\"]", .process = NO_NEW_PRIVILEGES,
                                            .linux_ = SECCOMP(RULE("capset", "\"action\": \"SCMP_ACT_KILL_PROCESS\"")) });
        expect_out(&r, "fine");
}

/* Without no_new_privs it is loaded while we still have to look for the program: by calls that are newer than many a profile. */
Test(seccomp, a_profile_that_is_older_than_our_calls_is_no_obstacle)
{
        static const char *const answers[] = { "\"errnoRet\": 1", "\"errnoRet\": 38" };        /* EPERM, ENOSYS */
        static const char hook[] = "\"hooks\": { \"startContainer\": [{ \"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"ls /proc/self/fd >/tmp/fds\"], "
                                   "\"timeout\": 9 }] },";
        struct result r;
        char linux_[512];

        for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
                snprintf(linux_, sizeof(linux_), SECCOMP("\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{ \"names\": [\"faccessat2\", \"close_range\", "
                         "\"pidfd_open\", \"clone3\", \"openat2\", \"statx\"], \"action\": \"SCMP_ACT_ERRNO\", %s }]"), answers[i]);
                (void)box_bundle(&box, "b", &(struct bundle){ .args = SHELL("echo $(cat /tmp/fds); ls /proc/self/fd | wc -l; sleep 100"), .linux_ = linux_, .top = hook });
                box_shell(&box, &r, "$H run -d --preserve-fds 1 -b $DIR/b one 3</dev/null >$DIR/out; $H exec one echo fine; "
                          "for k in $(seq 100); do [ $(wc -l <$DIR/out) = 2 ] && break; sleep 0.05; done; cat $DIR/out; $H delete -f one");
                cr_expect(eq(str, r.out, (char *)"fine\n0 1 2 3\n5\n"), "%s %s", r.out, r.err);
        }
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"/etc/no\"]", .linux_ = linux_ });
        box_shell(&box, &r, "mkdir -p $ROOTFS/etc; touch $ROOTFS/etc/no; $H create -b $DIR/b one");
        expect_status(&r, 1);
        expect_err(&r, "exec: \"/etc/no\": permission denied");
}

Test(seccomp, the_compiler_runs_once_for_all_sandboxes_of_a_profile)
{
        struct result r;

        needs_programs("strace");
#ifdef __SANITIZE_ADDRESS__
        cr_skip("AddressSanitizer looks for leaks at the compiler's end, which it can't below strace");
#endif
        (void)box_bundle(&box, "b", &(struct bundle){ .process = NO_NEW_PRIVILEGES, .linux_ = SECCOMP(RULE("mkdir", "\"action\": \"SCMP_ACT_ERRNO\"")) });
        box_shell(&box, &r, "for i in 1 2 3; do "
                  "strace -f -e trace=execve -o $DIR/t $H run -b $DIR/b s$i; grep -c 'execve.*hcs-sandbox-seccomp' $DIR/t; done; "
                  "stat -c %%a:%%u $DIR/state/.seccomp $DIR/state/.seccomp/*; $H list -q");
        cr_expect(eq(str, r.out, (char *)"1\n0\n0\n700:0\n600:0\n"), "%s", r.err);
}

Test(seccomp, dockers_own_profile_runs_what_it_should)
{
        struct result r;

        needs_programs("jq");
        if (access("/usr/share/containers/seccomp.json", R_OK) < 0)
                cr_skip("no /usr/share/containers/seccomp.json (Debian package golang-github-containers-common)");
        (void)box_bundle(&box, "b", &(struct bundle){ .process = NO_NEW_PRIVILEGES,
                .args = SHELL("grep ^Seccomp: /proc/self/status; mkdir /x && echo made; unshare -u true || echo kept") });
        box_shell(&box, &r, "jq --slurpfile p /usr/share/containers/seccomp.json '.linux.seccomp = { defaultAction: $p[0].defaultAction, "
                  "architectures: [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"], syscalls: [$p[0].syscalls[] | "
                  "select((.includes.caps // []) == [] and ((.excludes.caps // []) == [] or .action != \"SCMP_ACT_ALLOW\") and "
                  "((.includes.arches // [\"amd64\"]) | index(\"amd64\")))] }' "
                  "$DIR/b/config.json >$DIR/c && mv $DIR/c $DIR/b/config.json; $H run -b $DIR/b one");
        expect_status(&r, 0);
        expect_out(&r, "Seccomp:\t2");
        expect_out(&r, "made");
        expect_out(&r, "kept");
}

Test(seccomp_user, it_works_without_root)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .args = STATUS, .linux_ = SECCOMP(RULE("mkdir", "\"action\": \"SCMP_ACT_ERRNO\"")) });
        expect_status(&r, 0);
        expect_out(&r, "Seccomp:\t2");
        box_try(&box, &r, &(struct bundle){ .args = SHELL("mkdir /x 2>&1"), .process = NO_NEW_PRIVILEGES,
                                            .linux_ = SECCOMP(RULE("mkdir", "\"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 28")) });
        expect_out(&r, "No space left");
}

/* --- a listener --------------------------------------------------------------------------------------------------------- */

/* Answers one call of each of `rounds` sandboxes with "file exists", and writes what it was told of them to DIR/told. */
static void listen_and_answer(int socket, const char *told, int rounds)
{
        FILE *file = fopen(told, "w");

        for (int i = 0; i < rounds; i++) {
                char text[8192];
                union { struct cmsghdr header; char bytes[CMSG_SPACE(sizeof(int))]; } extra;
                struct iovec part = { .iov_base = text, .iov_len = sizeof(text) - 1 };
                struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &extra, .msg_controllen = sizeof(extra) };
                struct seccomp_notif call = { 0 };
                struct seccomp_notif_resp answer = { .error = -EEXIST };
                int connection = accept(socket, NULL, NULL), listener;
                ssize_t n = recvmsg(connection, &message, 0);

                if (n <= 0 || !CMSG_FIRSTHDR(&message))
                        _exit(2);
                memcpy(&listener, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
                fprintf(file, "%.*s\n", (int)n, text);
                fflush(file);
                close(connection);
                if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
                        _exit(3);
                answer.id = call.id;
                if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0)
                        _exit(4);
        }
        _exit(0);
}

static void start_listener(int rounds)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        char told[128];

        snprintf(address.sun_path, sizeof(address.sun_path), "%s/listener", box.dir);
        snprintf(told, sizeof(told), "%s/told", box.dir);
        cr_assert(eq(int, bind(socket_, (struct sockaddr *)&address, sizeof(address)), 0));
        cr_assert(eq(int, listen(socket_, 4), 0));
        if (fork() == 0)
                listen_and_answer(socket_, told, rounds);
        close(socket_);
}

static void notified_bundle(const char *args, const char *process)
{
        char section[512];

        snprintf(section, sizeof(section), SECCOMP("\"listenerPath\": \"%s/listener\", \"listenerMetadata\": \"of mine\", "
                 RULE("mkdir", "\"action\": \"SCMP_ACT_NOTIFY\"")), box.dir);
        (void)box_bundle(&box, "b", &(struct bundle){ .args = args, .process = process, .linux_ = section,
                                                      .top = "\"annotations\": { \"a\": \"b\" }," });
}

Test(seccomp, a_listener_answers_for_the_kernel)
{
        struct result r;

        start_listener(3);
        needs_programs("jq");
        notified_bundle(SHELL("mkdir /x 2>&1"), NO_NEW_PRIVILEGES);
        box_shell(&box, &r, "$H run -b $DIR/b one");
        expect_out(&r, "File exists");
        notified_bundle(SHELL("mkdir /x 2>&1; sleep 100"), NULL);
        box_shell(&box, &r, "$H create -b $DIR/b two </dev/null >$DIR/out 2>&1; cat $DIR/out; jq -r .state.status $DIR/told | tail -n 1; "
                  "$H state two | jq -r '\"pid \\(.pid)\"'; jq -r '\"pid \\(.pid)\"' $DIR/told | tail -n 1; $H start two; "
                  "for i in 1 2 3 4 5 6 7 8 9; do grep -q exists $DIR/out && break; sleep 0.2; done; cat $DIR/out; "
                  "$H exec two mkdir /y; $H delete -f two; jq -r '.state.status, .metadata, .fds[0], .ociVersion, .state.id, .state.bundle, "
                  ".state.annotations.a' $DIR/told | tail -n 7 | tr '\\n' ' '");
        expect_out(&r, "creating\n");
        expect_out(&r, "File exists");
        expect_err(&r, "File exists");
        expect_out(&r, "running of mine seccompFd 1.2.0 two /tmp/hcs-test.");
}

Test(seccomp, a_listener_that_is_not_there_is_an_error)
{
        struct result r;

        notified_bundle("[\"true\"]", NO_NEW_PRIVILEGES);
        box_shell(&box, &r, "$H run -b $DIR/b one; $H list -q");
        expect_err(&r, "linux.seccomp.listenerPath: ");
        cr_expect(eq(str, r.out, (char *)""));
}
