/* The system calls that the program may make: the compiled filter is read while the host's descriptors are there, and loaded as late
 * as can be.
 *
 *  - With no_new_privs anybody may load one: just before the execve, which is then all that the filter must let through.
 *  - Without it CAP_SYS_ADMIN may, so it comes before the capabilities go (privileges.c).  From there on we still call capset,
 *    prctl, umask, getresuid, getresgid, capget, stat, faccessat, sendmsg, recvmsg, accept4, prlimit64, close, execve, and what
 *    startContainer hooks take; a filter that refuses those makes `create` fail.  runc and crun have the same order.  What an older
 *    profile can't know is not asked for then (close_range), or not needed (faccessat2, pidfd_open).
 *  - With a listener it is loaded before "ready", since the engine hands that on.  What it is asked about from then on, it must answer,
 *    or we wait. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hcs/local/control.h"
#include "hcs/local/init/init.h"

int filter_prepare(struct init *init, struct error *err)
{
        struct control_message message;
        int r;

        if (init->plan.filter < 0)
                return 0;
        if (init->plan.filter_pending) {
                r = control_send(init->plan.control, CONTROL_FILTER, NULL, err);
                if (r < 0)
                        return r;
                r = control_receive(init->plan.control, -1, &message, err);
                if (r < 0)
                        return r;
                if (r > 0 || message.tag != CONTROL_GO)
                        return error_set(err, E_BROKEN_PIPE, "the caller gave up");
        }
        r = filter_read(init->plan.filter, &init->filter, err);
        return r < 0 ? error_wrap(err, "linux.seccomp") : 0;
}

static enum filter_moment moment_of(const struct init *init)
{
        if (!init->process->no_new_privileges)
                return FILTER_WHILE_PRIVILEGED;
        return init->plan.filter_flags & SECCOMP_FLAG_LISTENER ? FILTER_BEFORE_READY : FILTER_LAST;
}

bool filter_is_loaded_early(const struct init *init)
{
        return init->filter && moment_of(init) != FILTER_LAST;
}

/* The engine takes the listener out of this process by its number, which is the lowest that is free: afterwards we might not be able
 * to tell it, or anything, before somebody listens. */
static int announce_listener(const struct init *init, struct error *err)
{
        int number = fcntl(init->plan.filter, F_DUPFD_CLOEXEC, 0);
        char text[16];

        if (number < 0)
                return error_errno(err, "linux.seccomp: finding the listener's number");
        close(number);
        snprintf(text, sizeof(text), "%d", number);
        return control_send(init->plan.control, CONTROL_LISTENER, text, err);
}

int filter_install(const struct init *init, enum filter_moment moment, struct error *err)
{
        const struct filter_header *filter = init->filter;
        uint32_t flags = init->plan.filter_flags;
        struct sock_fprog program;

        if (!filter || moment != moment_of(init))
                return 0;
        program = (struct sock_fprog){ .len = (unsigned short)filter->count, .filter = (struct sock_filter *)(uintptr_t)(filter + 1) };
        if (moment != FILTER_LAST && descriptors_end_here(init, err) < 0)
                return err->code;
        if (flags & SECCOMP_FLAG_LISTENER) {
                if (announce_listener(init, err) < 0)
                        return err->code;
                flags &= ~(uint32_t)SECCOMP_FILTER_FLAG_TSYNC;  /* excludes a listener, and says nothing where there is one thread */
        }
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) < 0)
                return error_errno(err, "linux.seccomp: loading the filter%s",
                                   errno == EACCES ? " (needs process.noNewPrivileges, or CAP_SYS_ADMIN in the sandbox's user namespace)" :
                                   errno == EBUSY ? " (it runs below another one that has a listener already)" :
                                   errno == EINVAL ? " (does this kernel know all of its flags and actions?)" : "");
        return 0;
}
