#include "layers/thread.h"

#include <signal.h>

int thread_begin(pthread_t *ret, size_t stack, void *(*run)(void *), void *context, struct error *err)
{
        pthread_attr_t attributes;
        sigset_t all, before;
        int r;

        (void)sigfillset(&all);
        pthread_attr_init(&attributes);
        (void)pthread_attr_setstacksize(&attributes, stack);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(ret, &attributes, run, context);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        pthread_attr_destroy(&attributes);
        return r == 0 ? 0 : error_errnum(err, r, "starting a thread");
}
