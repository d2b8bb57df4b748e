/* A thread that is to run beside its maker.  The scheduler puts a thread that is new, or has been woken, behind whoever is at work
 * where it was made, and fetches it from there only when that one has done all that was to be done beside it: where processors share no
 * cache, as in many virtual machines, and where the others are busy for a moment.  Linux. */
#ifndef HCS_BASE_PROCESSOR_H
#define HCS_BASE_PROCESSOR_H

#include <pthread.h>

/* Keeps a thread off the processor where the caller is at work, if there is another one on which it may run. */
void processor_leave(pthread_t thread);

#endif
