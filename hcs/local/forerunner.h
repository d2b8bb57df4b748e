/* A thread that makes namespaces while the engine prepares what else an init needs, and while that one is born: half a millisecond of
 * the kernel's time is spent on a network namespace, as much as on all else that a birth is.
 *
 * The init joins them when they come over its control socket (CONTROL_NAMESPACES).  What else the init waits for is offered to the thread
 * and is done by who comes to it first: where there are two processors, the engine gives up its own to the child that it has just
 * borne, and the thread is the one that is awake. */
#ifndef HCS_LOCAL_FORERUNNER_H
#define HCS_LOCAL_FORERUNNER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/error.h"

/* `control` is where the init listens. */
typedef int (*forerunner_task)(void *context, int control, struct error *err);

struct forerunner {
        uint64_t namespaces;            /* CLONE_NEW* that it makes */
        int control;                    /* a descriptor of its own for the socket at which the init listens */
        bool running;
        pthread_t thread;
        forerunner_task task;
        void *context;
        atomic_bool offered;            /* a task that nobody has begun */
        struct error err;               /* of the thread; code 0: none */
};

/* Begins with those of `namespaces` that are worth it, and only where the caller has the rights to make them without a new user
 * namespace.  Returns which it has taken on; none where there is no thread to be had. */
uint64_t forerunner_begin(struct forerunner *forerunner, uint64_t namespaces, int control);
/* A task that may be begun from now on; `context` is the thread's, too, until forerunner_end(). */
void forerunner_offer(struct forerunner *forerunner, forerunner_task task, void *context);
/* Whether there is a task that nobody has begun: then it is the caller's to do, and nobody else's. */
bool forerunner_claim(struct forerunner *forerunner);
/* Waits until it is done and tells what went wrong; before anything that a process with more than one thread may not do.  Also where
 * none has begun. */
int forerunner_end(struct forerunner *forerunner, struct error *err);
void forerunner_done(struct forerunner *forerunner);

#endif
