/* Threads that are to run beside their maker.  The scheduler puts a thread that is new, or has been woken, behind whoever is at work
 * where it was made, and fetches it from there only when that one has done all that was to be done beside it: where processors share no
 * cache, as in many virtual machines, and where the others are busy for a moment.  Linux. */
#ifndef HCS_BASE_PROCESSOR_H
#define HCS_BASE_PROCESSOR_H

#include <pthread.h>

/* Keeps a thread off the processor of that number, if there is another one where it may run; below 0: none is meant. */
void processor_leave(pthread_t thread, int number);

#endif
