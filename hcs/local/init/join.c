/* The order in which a place is entered (exec). */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "hcs/base/linux-calls.h"
#include "hcs/local/init/init.h"
#include "hcs/local/init/settings.h"

static int open_console(struct init *init, struct error *err)
{
        if (init->root < 0)
                init->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (init->root < 0)
                return error_errno(err, "opening the root file system");
        return console_open(init, "/dev/pts/ptmx", err);
}

/* By its number, in the host's procfs.  It is still that process if the one that we hold by its descriptor is there afterwards. */
static int open_root(struct init *init, struct error *err)
{
        char path[32];

        if (init->join.root_of == 0)
                return 0;
        snprintf(path, sizeof(path), "/proc/%u/root", init->join.root_of);
        init->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (init->root < 0)
                return error_errno(err, "opening the root of process %u", init->join.root_of);
        return sys_pidfd_send_signal(init->plan.target, 0) < 0 ? error_errno(err, "looking after the sandbox's first process") : 0;
}

static int enter_root(const struct init *init, struct error *err)
{
        if (init->root < 0)
                return 0;
        return fchdir(init->root) < 0 || chroot(".") < 0 ? error_errno(err, "entering the sandbox's root") : 0;
}

int init_join(struct init *init, struct error *err)
{
        const struct spec_cpu_affinity *processors = init->process->exec_cpu_affinity;
        int r = 0;

        if (processors)
                r = settings_move_to(processors->initial, "process.execCPUAffinity.initial", err);
        if (r >= 0)
                r = namespaces_join_group(init, err);
        if (r >= 0 && processors)                       /* joining a cpuset moves it, too */
                r = settings_move_to(processors->final, "process.execCPUAffinity.final", err);
        if (r >= 0)
                r = open_root(init, err);
        if (r >= 0)
                r = namespaces_join(init, err);
        if (r >= 0)
                r = enter_root(init, err);
        if (r >= 0)
                r = kernel_join_keyring(init, err);
        if (r >= 0 && setsid() < 0)
                r = error_errno(err, "beginning a session");
        if (r >= 0 && init->process->terminal)
                r = open_console(init, err);
        return r >= 0 ? program_prepare(init, init->join.personality, init->join.memory_policy, err) : r;
}
