/* Threads of our own within a program that may be somebody else's. */
#ifndef LAYERS_THREAD_H
#define LAYERS_THREAD_H

#include <pthread.h>
#include <stddef.h>

#include "hcs/base/error.h"

#define THREAD_STACK (512u << 10)       /* enough for what does not go down into directories */

/* With all signals blocked: they are for the program's threads.  Whoever began it joins it. */
int thread_begin(pthread_t *ret, size_t stack, void *(*run)(void *), void *context, struct error *err);

#endif
