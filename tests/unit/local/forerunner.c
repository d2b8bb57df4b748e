/* Namespaces that are made ahead: sent once, whichever comes first, and what is offered is done once. */
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

static void expect_namespaces(size_t count)
{
        struct control_message message;
        struct error err = NO_ERROR;
        struct stat own, sent;

        cr_assert(eq(int, control_receive(theirs, 2000, &message, &err), 0), "%s", err.text);
        cr_expect(eq(chr, message.tag, CONTROL_NAMESPACES));
        cr_assert(eq(sz, message.fd_count, count));
        cr_assert(eq(int, stat("/proc/self/ns/net", &own), 0));
        cr_assert(eq(int, fstat(message.fds[0], &sent), 0));
        cr_expect(eq(u64, sent.st_dev, own.st_dev), "no namespace");
        cr_expect(ne(u64, sent.st_ino, own.st_ino), "that of everybody");
        for (size_t i = 0; i < message.fd_count; i++)
                close(message.fds[i]);
        cr_expect(eq(int, control_receive(theirs, 50, &message, &err), CONTROL_LATE), "sent twice");
}

Test(forerunner, what_is_wanted_before_it_is_made_comes_when_it_is)
{
        struct forerunner *forerunner;
        struct error err = NO_ERROR;

        begin(&forerunner);
        cr_expect(eq(u64, forerunner_deliver(forerunner, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS, ours), CLONE_NEWNET | CLONE_NEWIPC));
        expect_namespaces(2);
        cr_expect(eq(int, forerunner_end(forerunner, &err), 0), "%s", err.text);
        forerunner_free(forerunner);
}

Test(forerunner, what_is_made_before_it_is_wanted_comes_at_once_and_once)
{
        struct forerunner *forerunner;
        struct error err = NO_ERROR;

        begin(&forerunner);
        give_it_time();
        cr_expect(eq(u64, forerunner_deliver(forerunner, CLONE_NEWNET, ours), CLONE_NEWNET));
        cr_expect(eq(u64, forerunner_deliver(forerunner, CLONE_NEWNET, ours), 0));
        expect_namespaces(1);
        cr_expect(eq(int, forerunner_end(forerunner, &err), 0), "%s", err.text);
        forerunner_free(forerunner);
}

Test(forerunner, a_new_user_namespace_has_namespaces_of_its_own)
{
        struct forerunner *forerunner;
        struct error err = NO_ERROR;

        begin(&forerunner);
        cr_expect(eq(u64, forerunner_deliver(forerunner, CLONE_NEWNET | CLONE_NEWUSER, ours), 0));
        cr_expect(eq(u64, forerunner_deliver(forerunner, CLONE_NEWIPC, ours), 0));
        forerunner_offer(forerunner, NULL, NULL);
        cr_expect(forerunner_take_back(forerunner), "there is nobody else to do it");
        cr_expect(eq(int, forerunner_end(forerunner, &err), 0), "%s", err.text);
        forerunner_free(forerunner);
}

static int count_up(void *context, int control, struct error *err)
{
        (void)control;
        (void)err;
        atomic_fetch_add((atomic_int *)context, 1);
        return 0;
}

Test(forerunner, what_is_offered_is_done_by_one_of_the_two)
{
        for (int round = 0; round < 200; round++) {
                struct forerunner *forerunner;
                struct error err = NO_ERROR;
                atomic_int done = 0;

                begin(&forerunner);
                (void)forerunner_deliver(forerunner, CLONE_NEWNET, ours);
                forerunner_offer(forerunner, count_up, &done);
                (void)nanosleep(&(const struct timespec){ .tv_nsec = round * 5000 }, NULL);
                if (forerunner_take_back(forerunner))
                        (void)count_up(&done, ours, &err);
                cr_assert(eq(int, forerunner_end(forerunner, &err), 0), "%s", err.text);
                cr_expect(eq(int, atomic_load(&done), 1));
                forerunner_free(forerunner);
                close(ours);
                close(theirs);
        }
}

Test(forerunner, none_does_nothing)
{
        struct error err = NO_ERROR;

        cr_expect(eq(u64, forerunner_deliver(NULL, CLONE_NEWNET, 0), 0));
        forerunner_offer(NULL, count_up, NULL);
        cr_expect(forerunner_take_back(NULL));
        cr_expect(eq(int, forerunner_end(NULL, &err), 0));
        forerunner_free(NULL);
}
