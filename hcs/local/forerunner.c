#include "hcs/local/forerunner.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/control.h"
#include "hcs/local/loopback.h"
#include "hcs/local/plan.h"
#include "hcs/local/spawn.h"

static const struct { uint64_t flag; const char *name, *file; } kinds[] = {
        { CLONE_NEWNET, "network", "/proc/thread-self/ns/net" }, { CLONE_NEWIPC, "ipc", "/proc/thread-self/ns/ipc" },
};

struct forerunner {
        pthread_t thread;
        bool running;
        struct error err;               /* of the thread; code 0: none */
        int fds[ARRAY_LENGTH(kinds)];   /* what it has made */
        uint64_t wanted;                /* what is to be sent */
        int control;                    /* a descriptor of its own for the socket at which the init listens; -1: not known yet */
        atomic_bool met;                /* of "they are made" and "they are wanted" one has happened: who does the other sends them */
        forerunner_task task;
        void *context;
        atomic_bool offered;            /* a task that nobody has begun */
};

/* --- the thread ------------------------------------------------------------------------------------------------------------ */

static int make_one(size_t kind, int *ret_fd, struct error *err)
{
        if (unshare((int)kinds[kind].flag) < 0)
                return error_errno(err, "making the %s namespace%s", kinds[kind].name, errno == ENOSPC ? SPAWN_NAMESPACES_FULL : "");
        if (kinds[kind].flag == CLONE_NEWNET && loopback_raise(err) < 0)
                return err->code;
        *ret_fd = open(kinds[kind].file, O_RDONLY | O_CLOEXEC);
        return *ret_fd < 0 ? error_errno(err, "opening %s", kinds[kind].file) : 0;
}

/* Who is gone has left word of why. */
static void send_wanted(const struct forerunner *forerunner)
{
        int fds[ARRAY_LENGTH(kinds)];
        struct error ignored = { 0 };
        size_t count = 0;

        for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
                if (forerunner->wanted & kinds[i].flag)
                        fds[count++] = forerunner->fds[i];
        if (forerunner->err.code == 0)
                (void)control_send_fds(forerunner->control, CONTROL_NAMESPACES, fds, count, &ignored);
}

static bool meet(struct forerunner *forerunner)
{
        return atomic_exchange_explicit(&forerunner->met, true, memory_order_acq_rel);
}

static bool claim(struct forerunner *forerunner)
{
        return atomic_exchange_explicit(&forerunner->offered, false, memory_order_acq_rel);
}

static void *run(void *context)
{
        struct forerunner *forerunner = context;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ARRAY_LENGTH(kinds); i++)
                r = make_one(i, &forerunner->fds[i], &forerunner->err);
        if (meet(forerunner))
                send_wanted(forerunner);
        if (r >= 0 && claim(forerunner))
                (void)forerunner->task(forerunner->context, forerunner->control, &forerunner->err);
        return NULL;
}

/* --- its employer ---------------------------------------------------------------------------------------------------------- */

/* The scheduler puts a new thread behind its maker where the other processors are at work for a moment, as they are after the end of
 * another sandbox, and fetches it from there only when its maker has done all that was to be done beside it. */
static void send_away(pthread_t thread)
{
        int here = sched_getcpu();
        cpu_set_t others;

        if (here < 0 || here >= CPU_SETSIZE || sched_getaffinity(0, sizeof(others), &others) < 0)
                return;
        CPU_CLR((size_t)here, &others);
        if (CPU_COUNT(&others) > 0)
                (void)pthread_setaffinity_np(thread, sizeof(others), &others);
}

static int start(struct forerunner *forerunner, struct error *err)
{
        sigset_t all, before;
        int failure;

        sigfillset(&all);               /* signals are for the threads of whoever called us */
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        failure = pthread_create(&forerunner->thread, NULL, run, forerunner);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        forerunner->running = failure == 0;
        if (forerunner->running)
                send_away(forerunner->thread);
        return failure ? error_errnum(err, failure, "starting a thread") : 0;
}

int forerunner_begin(struct forerunner **ret, struct error *err)
{
        struct forerunner *forerunner;
        int r;

        if (geteuid() != 0)
                return error_set(err, E_ACCESS, "only root makes namespaces ahead");
        forerunner = calloc(1, sizeof(*forerunner));
        if (!forerunner)
                return error_memory(err);
        forerunner->control = -1;
        for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
                forerunner->fds[i] = -1;
        r = start(forerunner, err);
        if (r < 0)
                free(forerunner);
        else
                *ret = forerunner;
        return r;
}

uint64_t forerunner_deliver(struct forerunner *forerunner, uint64_t namespaces, int control)
{
        if (!forerunner || forerunner->control >= 0 || !(namespaces & CLONE_NEWNET) || namespaces & CLONE_NEWUSER)
                return 0;
        forerunner->control = fcntl(control, F_DUPFD_CLOEXEC, 0);
        if (forerunner->control < 0)
                return 0;
        for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
                forerunner->wanted |= namespaces & kinds[i].flag;
        if (meet(forerunner))
                send_wanted(forerunner);
        return forerunner->wanted;
}

void forerunner_offer(struct forerunner *forerunner, forerunner_task task, void *context)
{
        if (!forerunner || forerunner->control < 0)
                return;
        forerunner->task = task;
        forerunner->context = context;
        atomic_store_explicit(&forerunner->offered, true, memory_order_release);
}

bool forerunner_take_back(struct forerunner *forerunner)
{
        return !forerunner || !forerunner->task || claim(forerunner);
}

int forerunner_end(struct forerunner *forerunner, struct error *err)
{
        if (!forerunner || forerunner->control < 0)
                return 0;
        if (forerunner->running)
                (void)pthread_join(forerunner->thread, NULL);
        forerunner->running = false;
        if (forerunner->err.code == 0)
                return 0;
        *err = forerunner->err;
        return err->code;
}

void forerunner_free(struct forerunner *forerunner)
{
        if (!forerunner)
                return;
        if (forerunner->running)
                (void)pthread_join(forerunner->thread, NULL);
        for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
                io_closep(&forerunner->fds[i]);
        io_closep(&forerunner->control);
        free(forerunner);
}
