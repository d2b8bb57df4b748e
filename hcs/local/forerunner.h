/* A thread that makes a network namespace while all else is composed that an init needs, and while that one is born: half a millisecond
 * of the kernel's time is spent on it, as much as on all else that a birth is.
 *
 * The init joins it when it comes over its control socket (CONTROL_NETWORK).  What else the init waits for is given to the thread
 * as well: where there are two processors, the engine has given its own to the child that it has just borne. */
#ifndef HCS_LOCAL_FORERUNNER_H
#define HCS_LOCAL_FORERUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/error.h"

struct forerunner;

/* `control` is where the init listens. */
typedef int (*forerunner_task)(void *context, int control, struct error *err);

/* Only where the caller has the rights to make one without a new user namespace.  *ret is ended with forerunner_free(). */
int forerunner_begin(struct forerunner **ret, struct error *err);
/* Waits until it is done.  What it has made and nobody has joined goes with it. */
void forerunner_free(struct forerunner *forerunner);

/* Below, NULL is one that has nothing and does nothing. */

/* Sends it to the init, now or when it is made; once.  False where none is among the `namespaces` (CLONE_NEW*) that the init is to have,
 * or they belong into a new user namespace, or it can't be sent. */
bool forerunner_deliver(struct forerunner *forerunner, uint64_t namespaces, int control);
/* After forerunner_deliver(): what it is to do when the namespace is made, if it is; once.  `context` is the thread's, too, until
 * forerunner_end().  False: there is nobody who would do it. */
bool forerunner_give(struct forerunner *forerunner, forerunner_task task, void *context);
/* Waits until it is done and tells what went wrong with what it was to deliver or to do. */
int forerunner_end(struct forerunner *forerunner, struct error *err);

#endif
