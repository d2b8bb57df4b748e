#include "hcs/local/forerunner.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/control.h"
#include "hcs/local/loopback.h"
#include "hcs/local/plan.h"
#include "hcs/local/spawn.h"

static const struct { uint64_t flag; const char *name, *file; } kinds[] = {
        { CLONE_NEWNET, "network", "/proc/thread-self/ns/net" }, { CLONE_NEWIPC, "ipc", "/proc/thread-self/ns/ipc" },
};

static int make_one(size_t kind, int *ret_fd, struct error *err)
{
        if (unshare((int)kinds[kind].flag) < 0)
                return error_errno(err, "making the %s namespace%s", kinds[kind].name, errno == ENOSPC ? SPAWN_NAMESPACES_FULL : "");
        if (kinds[kind].flag == CLONE_NEWNET && loopback_raise(err) < 0)
                return err->code;
        *ret_fd = open(kinds[kind].file, O_RDONLY | O_CLOEXEC);
        return *ret_fd < 0 ? error_errno(err, "opening %s", kinds[kind].file) : 0;
}

static int make_namespaces(struct forerunner *forerunner, struct error *err)
{
        int fds[ARRAY_LENGTH(kinds)], r = 0;
        struct error ignored = { 0 };
        size_t count = 0;

        for (size_t i = 0; r >= 0 && i < ARRAY_LENGTH(kinds); i++) {
                if (!(forerunner->namespaces & kinds[i].flag))
                        continue;
                r = make_one(i, &fds[count], err);
                count += r >= 0;
        }
        if (r >= 0)
                (void)control_send_fds(forerunner->control, CONTROL_NAMESPACES, fds, count, &ignored);     /* who is gone has left word */
        while (count > 0)
                close(fds[--count]);
        return r;
}

static void *run(void *context)
{
        struct forerunner *forerunner = context;
        int r = make_namespaces(forerunner, &forerunner->err);

        if (r >= 0 && forerunner_claim(forerunner))
                (void)forerunner->task(forerunner->context, forerunner->control, &forerunner->err);
        return NULL;
}

void forerunner_offer(struct forerunner *forerunner, forerunner_task task, void *context)
{
        forerunner->task = task;
        forerunner->context = context;
        atomic_store_explicit(&forerunner->offered, true, memory_order_release);
}

bool forerunner_claim(struct forerunner *forerunner)
{
        return atomic_exchange_explicit(&forerunner->offered, false, memory_order_acq_rel);
}

uint64_t forerunner_begin(struct forerunner *forerunner, uint64_t namespaces, int control)
{
        uint64_t worth = 0;
        sigset_t all, before;

        for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
                worth |= namespaces & kinds[i].flag;
        if (!(worth & CLONE_NEWNET) || (namespaces & CLONE_NEWUSER) || geteuid() != 0)
                return 0;
        *forerunner = (struct forerunner){ .namespaces = worth, .control = fcntl(control, F_DUPFD_CLOEXEC, 0) };
        if (forerunner->control < 0)
                return 0;
        sigfillset(&all);               /* signals are for the threads of whoever called us */
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        forerunner->running = pthread_create(&forerunner->thread, NULL, run, forerunner) == 0;
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (!forerunner->running)
                close(forerunner->control);
        return forerunner->running ? worth : 0;
}

int forerunner_end(struct forerunner *forerunner, struct error *err)
{
        if (!forerunner->running)
                return 0;
        (void)pthread_join(forerunner->thread, NULL);
        close(forerunner->control);
        forerunner->running = false;
        if (forerunner->err.code == 0)
                return 0;
        *err = forerunner->err;
        return err->code;
}

void forerunner_done(struct forerunner *forerunner)
{
        (void)forerunner_end(forerunner, &forerunner->err);
}
