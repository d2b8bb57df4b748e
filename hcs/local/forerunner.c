#include "hcs/local/forerunner.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/processor.h"
#include "hcs/local/control.h"
#include "hcs/local/loopback.h"
#include "hcs/local/plan.h"
#include "hcs/local/spawn.h"

struct forerunner {
        pthread_t thread;
        bool running;
        int result;                     /* of the thread: 0, or negative with */
        struct error err;
        int network;                    /* what it has made */
        int control;                    /* a descriptor of its own for the socket at which the init listens; -1: not known yet */
        atomic_bool met;                /* of "it is made" and "it is wanted" one has happened: who does the other sends it */
        sem_t told;                     /* what else there is to do: */
        forerunner_task task;           /* NULL: nothing */
        void *context;
};

/* --- the thread ------------------------------------------------------------------------------------------------------------ */

static int make(struct forerunner *forerunner)
{
        if (unshare(CLONE_NEWNET) < 0)
                return errno == ENOSPC ? error_errno(&forerunner->err, "making the network namespace" SPAWN_LIMIT, "net")
                                       : error_errno(&forerunner->err, "making the network namespace");
        return loopback_raise(&forerunner->network, &forerunner->err);
}

/* Who is gone has left word of why. */
static void send_wanted(const struct forerunner *forerunner)
{
        struct error ignored = { 0 };

        if (forerunner->result >= 0)
                (void)control_send_fds(forerunner->control, CONTROL_NETWORK, &forerunner->network, 1, &ignored);
}

static bool meet(struct forerunner *forerunner)
{
        return atomic_exchange_explicit(&forerunner->met, true, memory_order_acq_rel);
}

static void *run(void *context)
{
        struct forerunner *forerunner = context;

        forerunner->result = make(forerunner);
        if (meet(forerunner))
                send_wanted(forerunner);
        while (sem_wait(&forerunner->told) < 0)
                ;
        if (forerunner->result >= 0 && forerunner->task)
                forerunner->result = forerunner->task(forerunner->context, forerunner->control, &forerunner->err);
        return NULL;
}

/* --- its employer ---------------------------------------------------------------------------------------------------------- */

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
                processor_leave(forerunner->thread);
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
        forerunner->control = forerunner->network = -1;
        (void)sem_init(&forerunner->told, 0, 0);
        r = start(forerunner, err);
        if (r < 0)
                free(forerunner);
        else
                *ret = forerunner;
        return r;
}

bool forerunner_deliver(struct forerunner *forerunner, uint64_t namespaces, int control)
{
        if (!forerunner || forerunner->control >= 0 || !(namespaces & CLONE_NEWNET) || namespaces & CLONE_NEWUSER)
                return false;
        forerunner->control = fcntl(control, F_DUPFD_CLOEXEC, 0);
        if (forerunner->control < 0)
                return false;
        if (meet(forerunner))
                send_wanted(forerunner);
        return true;
}

bool forerunner_give(struct forerunner *forerunner, forerunner_task task, void *context)
{
        if (!forerunner || forerunner->control < 0)
                return false;
        forerunner->task = task;
        forerunner->context = context;
        (void)sem_post(&forerunner->told);
        return true;
}

static void join(struct forerunner *forerunner)
{
        if (!forerunner->running)
                return;
        if (!forerunner->task)
                (void)sem_post(&forerunner->told);
        (void)pthread_join(forerunner->thread, NULL);
        forerunner->running = false;
}

int forerunner_end(struct forerunner *forerunner, struct error *err)
{
        if (!forerunner || forerunner->control < 0)
                return 0;
        join(forerunner);
        if (forerunner->result < 0)
                *err = forerunner->err;
        return forerunner->result;
}

void forerunner_free(struct forerunner *forerunner)
{
        if (!forerunner)
                return;
        join(forerunner);
        io_closep(&forerunner->network);
        io_closep(&forerunner->control);
        (void)sem_destroy(&forerunner->told);
        free(forerunner);
}
