/* A network namespace that is made ahead: sent once, whichever comes first, and what it is given is done once. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hcs/local/control.h"
#include "hcs/local/forerunner.h"
#include "hcs/local/plan.h"

#define NO_ERROR { .code = 0 }

static int ours, theirs;

/* Only root makes namespaces, and not everywhere. */
static void begin(struct forerunner **forerunner)
{
        struct error err = NO_ERROR;
        int fds[2];

        if (geteuid() != 0)
                cr_skip_test("needs root");
        cr_assert(eq(int, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0));
        ours = fds[0], theirs = fds[1];
        cr_assert(eq(int, forerunner_begin(forerunner, &err), 0), "%s", err.text);
}

static void give_it_time(void)
{
        (void)nanosleep(&(const struct timespec){ .tv_nsec = 50 * 1000 * 1000 }, NULL);
}

static void expect_network(void)
{
        struct control_message message;
        struct error err = NO_ERROR;
        struct stat own, sent;

        cr_assert(eq(int, control_receive(theirs, 2000, &message, &err), 0), "%s", err.text);
        cr_expect(eq(chr, message.tag, CONTROL_NETWORK));
        cr_assert(eq(sz, message.fd_count, 1));
        cr_assert(eq(int, stat("/proc/self/ns/net", &own), 0));
        cr_assert(eq(int, fstat(message.fds[0], &sent), 0));
        cr_expect(eq(u64, sent.st_dev, own.st_dev), "no namespace");
        cr_expect(ne(u64, sent.st_ino, own.st_ino), "that of everybody");
        close(message.fds[0]);
        cr_expect(eq(int, control_receive(theirs, 50, &message, &err), CONTROL_LATE), "sent twice");
}

static int count_up(void *context, int control, struct error *err)
{
        (void)control;
        (void)err;
        atomic_fetch_add((atomic_int *)context, 1);
        return 0;
}

static int fail(void *context, int control, struct error *err)
{
        (void)context;
        (void)control;
        return error_set(err, E_BUSY, "no luck");
}

Test(forerunner, what_is_wanted_before_it_is_made_comes_when_it_is)
{
        struct forerunner *forerunner;
        struct error err = NO_ERROR;

        begin(&forerunner);
        cr_expect(forerunner_deliver(forerunner, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS, ours));
        expect_network();
        cr_expect(eq(int, forerunner_end(forerunner, &err), 0), "%s", err.text);
        forerunner_free(forerunner);
}

Test(forerunner, what_is_made_before_it_is_wanted_comes_at_once_and_once)
{
        struct forerunner *forerunner;
        struct error err = NO_ERROR;

        begin(&forerunner);
        give_it_time();
        cr_expect(forerunner_deliver(forerunner, CLONE_NEWNET, ours));
        cr_expect(not(forerunner_deliver(forerunner, CLONE_NEWNET, ours)));
        expect_network();
        cr_expect(eq(int, forerunner_end(forerunner, &err), 0), "%s", err.text);
        forerunner_free(forerunner);
}

Test(forerunner, a_new_user_namespace_has_namespaces_of_its_own)
{
        struct forerunner *forerunner;
        struct error err = NO_ERROR;

        begin(&forerunner);
        cr_expect(not(forerunner_deliver(forerunner, CLONE_NEWNET | CLONE_NEWUSER, ours)));
        cr_expect(not(forerunner_deliver(forerunner, CLONE_NEWIPC, ours)));
        cr_expect(not(forerunner_give(forerunner, count_up, NULL)), "it would tell the init of what nobody waits for");
        cr_expect(eq(int, forerunner_end(forerunner, &err), 0), "%s", err.text);
        forerunner_free(forerunner);
}

Test(forerunner, what_it_is_given_is_done_once_whenever_it_comes)
{
        for (int round = 0; round < 200; round++) {
                struct forerunner *forerunner;
                struct error err = NO_ERROR;
                atomic_int done = 0;

                begin(&forerunner);
                (void)forerunner_deliver(forerunner, CLONE_NEWNET, ours);
                (void)nanosleep(&(const struct timespec){ .tv_nsec = round * 5000 }, NULL);
                cr_assert(forerunner_give(forerunner, count_up, &done));
                cr_assert(eq(int, forerunner_end(forerunner, &err), 0), "%s", err.text);
                cr_expect(eq(int, atomic_load(&done), 1));
                forerunner_free(forerunner);
                close(ours);
                close(theirs);
        }
}

Test(forerunner, what_fails_is_told_at_the_end)
{
        struct forerunner *forerunner;
        struct error err = NO_ERROR;

        begin(&forerunner);
        (void)forerunner_deliver(forerunner, CLONE_NEWNET, ours);
        cr_assert(forerunner_give(forerunner, fail, NULL));
        cr_expect(eq(int, forerunner_end(forerunner, &err), E_BUSY));
        cr_expect(eq(str, err.text, (char *)"no luck"));
        forerunner_free(forerunner);
}

static int get_over_it(void *context, int control, struct error *err)
{
        (void)fail(context, control, err);
        return 0;
}

Test(forerunner, what_its_task_gets_over_is_no_failure)
{
        struct forerunner *forerunner;
        struct error err = NO_ERROR;

        begin(&forerunner);
        (void)forerunner_deliver(forerunner, CLONE_NEWNET, ours);
        cr_assert(forerunner_give(forerunner, get_over_it, NULL));
        cr_expect(eq(int, forerunner_end(forerunner, &err), 0));
        cr_expect(eq(int, err.code, 0));
        forerunner_free(forerunner);
}

Test(forerunner, none_does_nothing)
{
        struct error err = NO_ERROR;

        cr_expect(not(forerunner_deliver(NULL, CLONE_NEWNET, 0)));
        cr_expect(not(forerunner_give(NULL, count_up, NULL)));
        cr_expect(eq(int, forerunner_end(NULL, &err), 0));
        forerunner_free(NULL);
}
