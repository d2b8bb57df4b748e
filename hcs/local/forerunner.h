/* A thread that makes namespaces while the engine prepares what else an init needs, and while that one is born: half a millisecond of
 * the kernel's time is spent on a network namespace, as much as on all else that a birth is.
 *
 * The init joins them when they come over its control socket (CONTROL_NAMESPACES). */
#ifndef HCS_LOCAL_FORERUNNER_H
#define HCS_LOCAL_FORERUNNER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/error.h"

struct forerunner {
        uint64_t namespaces;            /* CLONE_NEW* that it makes */
        int control;                    /* a descriptor of its own for the socket at which the init listens */
        bool running;
        pthread_t thread;
        struct error err;               /* of the thread; code 0: none */
};

/* Begins with those of `namespaces` that are worth it, and only where the caller has the rights to make them without a new user
 * namespace.  Returns which it has taken on; none where there is no thread to be had. */
uint64_t forerunner_begin(struct forerunner *forerunner, uint64_t namespaces, int control);
/* Waits until it is done and tells what went wrong; before anything that a process with more than one thread may not do.  Also where
 * none has begun. */
int forerunner_end(struct forerunner *forerunner, struct error *err);
void forerunner_done(struct forerunner *forerunner);

#endif
