/* A first process that is not the program: it hands signals on, takes care of orphans, and ends with the program.
 *
 * The kernel drops every signal to a namespace's first process that has no handler for it, also those of a terminal, so that Ctrl-C
 * would not end a `sleep` there; and orphans become its children.  Where plain commands are run (org.hcs-sandbox.init) this stays
 * first, with the rights of the program, its filter, and no descriptor. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcs/base/linux-calls.h"
#include "hcs/local/init/init.h"

/* To all that ask, as a shell tells it. */
static int status_of(int status)
{
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void reap(pid_t program)
{
        int status;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
                if (pid == program)
                        _exit(status_of(status));       /* whoever is left ends with us */
        if (pid < 0 && errno == ECHILD)
                _exit(255);
}

/* A terminal's go to its whole foreground group, the program included. */
static bool is_for_the_program(const siginfo_t *info)
{
        return info->si_code != SI_KERNEL;
}

static void hold(pid_t program, const sigset_t *all)
{
        for (;;) {
                siginfo_t info;
                int number = sigwaitinfo(all, &info);

                if (number == SIGCHLD)
                        reap(program);
                else if (number > 0 && is_for_the_program(&info))
                        (void)kill(program, number);
        }
}

int reaper_part(struct error *err)
{
        sigset_t all, none;
        pid_t program;

        sigfillset(&all);
        sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &all, NULL);     /* what comes from here on waits */
        program = fork();
        if (program < 0)
                return error_errno(err, "org.hcs-sandbox.init: making the program a child of the first process");
        if (program > 0) {
                (void)sys_close_range(0, ~0u, 0);
                (void)chdir("/");
                hold(program, &all);
        }
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        return 0;
}
