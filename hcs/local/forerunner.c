#include "hcs/local/forerunner.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "hcs/base/error.h"
#include "hcs/base/io.h"
#include "hcs/base/text.h"
#include "hcs/local/control.h"
#include "hcs/local/loopback.h"
#include "hcs/local/plan.h"
#include "hcs/local/spawn.h"

static const struct { uint64_t flag; const char *name, *file; } kinds[] = {
        { CLONE_NEWNET, "network", "/proc/thread-self/ns/net" }, { CLONE_NEWIPC, "ipc", "/proc/thread-self/ns/ipc" },
};

static int make(const struct forerunner *forerunner, int fds[ARRAY_LENGTH(kinds)], size_t *ret_count, struct error *err)
{
        for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
                if (!(forerunner->namespaces & kinds[i].flag))
                        continue;
                if (unshare((int)kinds[i].flag) < 0)
                        return error_errno(err, "making the %s namespace%s", kinds[i].name, errno == ENOSPC ? SPAWN_NAMESPACES_FULL : "");
                if (kinds[i].flag == CLONE_NEWNET && loopback_raise(err) < 0)
                        return err->code;
                fds[*ret_count] = open(kinds[i].file, O_RDONLY | O_CLOEXEC);
                if (fds[*ret_count] < 0)
                        return error_errno(err, "opening %s", kinds[i].file);
                ++*ret_count;
        }
        return 0;
}

static void *run(void *context)
{
        const struct forerunner *forerunner = context;
        int fds[ARRAY_LENGTH(kinds)];
        struct error err = { 0 };
        size_t count = 0;

        if (make(forerunner, fds, &count, &err) == 0)
                (void)control_send_fds(forerunner->control, CONTROL_NAMESPACES, fds, count, &err);      /* who is gone left its reason */
        else
                control_send_error(forerunner->control, &err);
        while (count > 0)
                close(fds[--count]);
        return NULL;
}

uint64_t forerunner_begin(struct forerunner *forerunner, uint64_t namespaces, int control)
{
        uint64_t worth = 0;
        sigset_t all, before;

        for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
                worth |= namespaces & kinds[i].flag;
        if (!(worth & CLONE_NEWNET) || (namespaces & CLONE_NEWUSER) || geteuid() != 0)
                return 0;
        *forerunner = (struct forerunner){ .namespaces = worth, .control = fcntl(control, F_DUPFD_CLOEXEC, 0) };
        if (forerunner->control < 0)
                return 0;
        sigfillset(&all);               /* signals are for the threads of whoever called us */
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        forerunner->running = pthread_create(&forerunner->thread, NULL, run, forerunner) == 0;
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (!forerunner->running)
                close(forerunner->control);
        return forerunner->running ? worth : 0;
}

void forerunner_end(struct forerunner *forerunner)
{
        if (!forerunner->running)
                return;
        (void)pthread_join(forerunner->thread, NULL);
        close(forerunner->control);
        forerunner->running = false;
}
