/* A descriptor of the process instead of a number, which may be another's by the time that it is read. */
#include "tests/engine/harness.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static struct box box;
static void setup(void) { box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(pidfd, .init = setup, .fini = teardown, .timeout = 120);

static int listen_in_box(void)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", box.dir);
        cr_assert(eq(int, bind(fd, (struct sockaddr *)&address, sizeof(address)), 0));
        cr_assert(eq(int, listen(fd, 1), 0));
        return fd;
}

/* The one descriptor of the one message. */
static int take(int listening)
{
        union { struct cmsghdr header; char bytes[CMSG_SPACE(4 * sizeof(int))]; } extra;
        char text[64];
        struct iovec part = { text, sizeof(text) };
        struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &extra, .msg_controllen = sizeof(extra) };
        int from = accept(listening, NULL, NULL), fd = -1;

        cr_assert(from >= 0);
        cr_assert(recvmsg(from, &message, MSG_CMSG_CLOEXEC) > 0);
        cr_assert(ne(ptr, CMSG_FIRSTHDR(&message), NULL));
        cr_assert(eq(sz, (size_t)CMSG_FIRSTHDR(&message)->cmsg_len, (size_t)CMSG_LEN(sizeof(int))));
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
        close(from);
        return fd;
}

/* "Pid:" in fdinfo is the kernel's word for whom it is. */
static int pid_of(int pidfd)
{
        char path[64], line[128];
        int pid = -1;
        FILE *file;

        snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
        file = fopen(path, "r");
        while (file && fgets(line, sizeof(line), file))
                (void)!sscanf(line, "Pid: %d", &pid);
        if (file)
                fclose(file);
        return pid;
}

Test(pidfd, of_the_first_process_is_sent_by_create)
{
        int listening, fd, pid = 0;
        struct result r;

        needs_root();
        needs_programs("jq");
        listening = listen_in_box();
        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "$H create --pidfd-socket $DIR/socket --pid-file $DIR/pid -b $DIR/b one && cat $DIR/pid");
        expect_status(&r, 0);
        (void)!sscanf(r.out, "%d", &pid);
        fd = take(listening);
        cr_expect(eq(int, pid_of(fd), pid));
        cr_expect(eq(long, syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0), 0));
        box_run(&box, &r, "delete", "--force", "one", NULL);
        expect_status(&r, 0);
}

Test(pidfd, of_a_command_is_sent_by_exec)
{
        int listening, fd, pid = 0;
        struct result r;

        needs_root();
        listening = listen_in_box();
        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one && $H exec -d --pidfd-socket=$DIR/socket --pid-file $DIR/pid one sleep 1000 && cat $DIR/pid");
        expect_status(&r, 0);
        (void)!sscanf(r.out, "%d", &pid);
        fd = take(listening);
        cr_expect(eq(int, pid_of(fd), pid));
        box_run(&box, &r, "delete", "--force", "one", NULL);
        expect_status(&r, 0);
}

Test(pidfd, for_which_nobody_listens_leaves_no_sandbox)
{
        struct result r;

        needs_root();
        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "$H create --pidfd-socket $DIR/nobody -b $DIR/b one");
        expect_status(&r, 1);
        expect_err(&r, "--pidfd-socket: ");
        box_shell(&box, &r, "$H run -d --pidfd-socket $DIR/nobody -b $DIR/b one");
        expect_status(&r, 1);
        box_expect_empty(&box);
}

/* What they mean is the business of whoever checks the process. */
Test(pidfd, exec_hands_labels_on)
{
        struct result r;

        needs_root();
        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one; echo '{}' >$DIR/p; $H exec --apparmor x --process $DIR/p one; echo $?");
        expect_err(&r, "--apparmor goes with a command");
        cr_expect(eq(str, r.out, (char *)"255\n"));
        box_shell(&box, &r, "$H exec --apparmor no-such-profile one true");
        expect_status(&r, 255);
        expect_err(&r, "pparmor");
        box_run(&box, &r, "delete", "--force", "one", NULL);
}
