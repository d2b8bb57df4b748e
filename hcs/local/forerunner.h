/* A thread that makes a network namespace, and one of IPC with it, while all else is composed that an init needs, and while that one is
 * born: half a millisecond of the kernel's time is spent on a network namespace, as much as on all else that a birth is.
 *
 * The init joins them when they come over its control socket (CONTROL_NAMESPACES).  What else the init waits for is offered to the thread
 * and is done by who comes to it first: where there are two processors, the engine may have given up its own to the child that it has
 * just borne, and then the thread is the one that is awake. */
#ifndef HCS_LOCAL_FORERUNNER_H
#define HCS_LOCAL_FORERUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/error.h"

struct forerunner;

/* `control` is where the init listens. */
typedef int (*forerunner_task)(void *context, int control, struct error *err);

/* Only where the caller has the rights to make them without a new user namespace.  *ret is ended with forerunner_free(). */
int forerunner_begin(struct forerunner **ret, struct error *err);
/* Waits until it is done.  What it has made and nobody has joined goes with it. */
void forerunner_free(struct forerunner *forerunner);

/* Below, NULL is one that has nothing and does nothing. */

/* Sends those of `namespaces` (CLONE_NEW*) that it makes to the init, now or when they are made; once.  Returns which these are; none
 * where the network is not among them, or they belong into a new user namespace, or they can't be sent. */
uint64_t forerunner_deliver(struct forerunner *forerunner, uint64_t namespaces, int control);
/* After forerunner_deliver(): a task that may be begun from now on; `context` is the thread's, too, until forerunner_end(). */
void forerunner_offer(struct forerunner *forerunner, forerunner_task task, void *context);
/* Takes the task back, if there is one: false when the thread has begun with it, and true when it is for the caller to do. */
bool forerunner_take_back(struct forerunner *forerunner);
/* Waits until it is done and tells what went wrong with what it was to deliver or to do. */
int forerunner_end(struct forerunner *forerunner, struct error *err);

#endif
