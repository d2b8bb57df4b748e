/* The control socket: whole messages, descriptors, and last words that are heard whatever happens. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hcs/local/control.h"
#include "hcs/local/plan.h"

#define NO_ERROR { .code = 0 }

struct ends { int ours, theirs; };

static struct ends pair(void)
{
        int fds[2];

        cr_assert(eq(int, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0));
        return (struct ends){ fds[0], fds[1] };
}

static void say_why_and_go(int socket)
{
        struct error why = NO_ERROR;

        (void)error_set(&why, E_NOT_SUPPORTED, "this kernel has no \"cheese\" namespace");
        control_send_error(socket, &why);
        close(socket);
}

static void expect_why(int socket)
{
        struct control_message message;
        struct error err = NO_ERROR;

        cr_assert(eq(int, control_receive(socket, 1000, &message, &err), 0), "%s", err.text);
        cr_assert(eq(chr, message.tag, CONTROL_ERROR));
        cr_expect(eq(int, control_take_error(&message, &err), E_NOT_SUPPORTED));
        cr_expect(eq(str, err.text, (char *)"this kernel has no \"cheese\" namespace"));
}

Test(local_control, a_message_arrives_whole)
{
        struct ends ends = pair();
        struct control_message message;
        struct error err = NO_ERROR;

        cr_assert(eq(int, control_send(ends.theirs, CONTROL_PROCESS, "4711", &err), 0));
        cr_assert(eq(int, control_send(ends.theirs, CONTROL_READY, NULL, &err), 0));

        cr_assert(eq(int, control_receive(ends.ours, 0, &message, &err), 0));
        cr_expect(eq(chr, message.tag, CONTROL_PROCESS));
        cr_expect(eq(str, message.text, (char *)"4711"));
        cr_assert(eq(int, control_receive(ends.ours, 0, &message, &err), 0));
        cr_expect(eq(chr, message.tag, CONTROL_READY));
        cr_expect(eq(str, message.text, (char *)""));
        cr_expect(eq(int, control_receive(ends.ours, 0, &message, &err), CONTROL_LATE));
}

Test(local_control, descriptors_come_along_and_close_on_exec)
{
        struct ends ends = pair();
        struct control_message message;
        struct error err = NO_ERROR;
        int fds[2] = { 0, ends.theirs };

        cr_assert(eq(int, control_send_fds(ends.theirs, CONTROL_DOORS, fds, 2, &err), 0));

        cr_assert(eq(int, control_receive(ends.ours, 0, &message, &err), 0));
        cr_assert(eq(sz, message.fd_count, 2));
        for (size_t i = 0; i < 2; i++)
                cr_expect(eq(int, fcntl(message.fds[i], F_GETFD), FD_CLOEXEC));
}

Test(local_control, the_end_of_the_other_side_is_an_outcome)
{
        struct ends ends = pair();
        struct control_message message;
        struct error err = NO_ERROR;

        close(ends.theirs);

        cr_expect(eq(int, control_receive(ends.ours, 0, &message, &err), CONTROL_CLOSED));
        cr_expect(eq(int, control_send(ends.ours, CONTROL_GO, NULL, &err), E_BROKEN_PIPE));
}

Test(local_control, who_went_without_reading_is_told_from_who_read)
{
        struct ends ends = pair();
        struct control_message message;
        struct error err = NO_ERROR;

        cr_assert(eq(int, control_send(ends.ours, CONTROL_GO, NULL, &err), 0));
        close(ends.theirs);

        cr_expect(eq(int, control_receive(ends.ours, 0, &message, &err), CONTROL_RESET));
}

Test(local_control, last_words_are_heard)
{
        struct ends ends = pair();

        say_why_and_go(ends.theirs);

        expect_why(ends.ours);
}

Test(local_control, last_words_are_heard_although_ours_were_not)
{
        struct ends ends = pair();
        struct control_message message;
        struct error err = NO_ERROR;

        cr_assert(eq(int, control_send(ends.ours, CONTROL_DOORS, NULL, &err), 0));
        say_why_and_go(ends.theirs);

        expect_why(ends.ours);
        cr_expect(eq(int, control_receive(ends.ours, 0, &message, &err), CONTROL_CLOSED));
}
