/* Namespaces: those born with this process are there already; here come the ones that are joined by path, those that need
 * this process to be somewhere first (cgroup: in its group; time: with its offsets), and the exec's way in. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/control.h"
#include "hcs/local/init/init.h"

static const struct { enum spec_namespace_kind kind; int flag; } order[] = {
        /* user first: it gives the rights for the others.  mount last: paths of the others are the host's. */
        { SPEC_NAMESPACE_USER, CLONE_NEWUSER }, { SPEC_NAMESPACE_PID, CLONE_NEWPID }, { SPEC_NAMESPACE_NETWORK, CLONE_NEWNET },
        { SPEC_NAMESPACE_IPC, CLONE_NEWIPC }, { SPEC_NAMESPACE_UTS, CLONE_NEWUTS }, { SPEC_NAMESPACE_CGROUP, CLONE_NEWCGROUP },
        { SPEC_NAMESPACE_TIME, CLONE_NEWTIME }, { SPEC_NAMESPACE_MOUNT, CLONE_NEWNS },
};

static int flag_of(enum spec_namespace_kind kind)
{
        for (size_t i = 0; i < ARRAY_LENGTH(order); i++)
                if (order[i].kind == kind)
                        return order[i].flag;
        return 0;
}

static int join_path(const struct spec_namespace *namespace, int flag, struct error *err)
{
        _cleanup_(io_closep) int fd = open(namespace->path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return error_errno(err, "linux.namespaces: opening the %s namespace %s",
                                   spec_namespace_names[namespace->kind - 1], namespace->path);
        if (setns(fd, flag) < 0)
                return error_errno(err, "linux.namespaces: joining %s as a %s namespace", namespace->path,
                                   spec_namespace_names[namespace->kind - 1]);
        return 0;
}

/* Those with a path, in order. */
static int join_all(const struct init *init, struct error *err)
{
        for (size_t i = 0; i < ARRAY_LENGTH(order); i++) {
                const struct spec_namespace *namespace = spec_namespace_find(init->spec, order[i].kind);
                int r;

                if (!namespace || !namespace->path)
                        continue;
                r = join_path(namespace, order[i].flag, err);
                if (r >= 0 && order[i].kind == SPEC_NAMESPACE_USER)
                        r = privileges_become_root(err);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* What the engine would have made at birth, had nothing to be joined before. */
static int make_late(const struct init *init, struct error *err)
{
        int flags = 0;

        for (size_t i = 0; i < init->spec->linux_->namespaces.count; i++) {
                const struct spec_namespace *namespace = &init->spec->linux_->namespaces.items[i];

                if (!namespace->path && namespace->kind != SPEC_NAMESPACE_CGROUP && namespace->kind != SPEC_NAMESPACE_TIME)
                        flags |= flag_of((enum spec_namespace_kind)namespace->kind);
        }
        if (flags & CLONE_NEWUSER)
                return error_set(err, E_NOT_SUPPORTED, "linux.namespaces: a new user namespace can't go with a pid namespace "
                                 "that is joined by path; join the user namespace that owns it");
        return unshare(flags) < 0 ? error_errno(err, "making the namespaces") : 0;
}

/* Returns when the first process has told the second one's number and ended: what this one says must not overtake that. */
static int wait_to_be_told(const int told[2], struct error *err)
{
        char byte;
        ssize_t n;

        close(told[1]);
        do {
                n = read(told[0], &byte, 1);
        } while (n < 0 && errno == EINTR);
        close(told[0]);
        return n < 0 ? error_errno(err, "waiting for the first process") : 0;
}

int namespaces_move(struct init *init, struct error *err)
{
        struct clone_args args = { .flags = CLONE_PARENT };
        char number[16];
        int told[2];
        pid_t pid;

        if (pipe2(told, O_CLOEXEC) < 0)
                return error_errno(err, "making a pipe");
        pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
        if (pid < 0) {
                (void)error_errno(err, "going on in the pid namespace");
                close(told[0]);
                close(told[1]);
                return err->code;
        }
        if (pid > 0) {
                snprintf(number, sizeof(number), "%d", (int)pid);
                _exit(control_send(init->plan.control, CONTROL_PROCESS, number, err) < 0);
        }
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
                return error_errno(err, "following the caller");
        return wait_to_be_told(told, err);
}

static int write_offset(int proc, const char *clock, const struct spec_time_offset *offset, struct error *err)
{
        char line[96];

        if (!offset)
                return 0;
        snprintf(line, sizeof(line), "%s %lld %u", clock, (long long)offset->secs, offset->nanosecs);
        return io_write_value_at(proc, "self/timens_offsets", line, err);
}

/* Offsets are set while nobody is in the namespace; then we enter it as its own first process. */
static int make_time(struct init *init, struct error *err)
{
        const struct spec_time_offsets *offsets = init->spec->linux_->time_offsets;
        _cleanup_(io_closep) int fd = -1;
        int r;

        if (unshare(CLONE_NEWTIME) < 0)
                return error_errno(err, "making the time namespace");
        r = kernel_open_proc(init, err);
        if (r < 0)
                return r;
        /* The files of a process that is not dumpable belong to the host's root. */
        (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        r = offsets ? write_offset(init->proc, "monotonic", offsets->monotonic, err) : 0;
        if (r >= 0 && offsets)
                r = write_offset(init->proc, "boottime", offsets->boottime, err);
        if (r >= 0) {
                fd = openat(init->proc, "self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
                if (fd < 0 || setns(fd, CLONE_NEWTIME) < 0)
                        r = error_errno(err, "entering the time namespace");
        }
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        return r < 0 ? error_wrap(err, "linux.timeOffsets") : 0;
}

int namespaces_complete(struct init *init, struct error *err)
{
        const struct spec_namespace *user = spec_namespace_find(init->spec, SPEC_NAMESPACE_USER);
        const struct spec_namespace *time = spec_namespace_find(init->spec, SPEC_NAMESPACE_TIME);
        int r = 0;

        if (user && !user->path && init->plan.created)
                r = privileges_become_root(err);
        if (r >= 0)
                r = join_all(init, err);
        if (r >= 0 && !init->plan.created)
                r = make_late(init, err);
        if (r >= 0 && !init->plan.created && spec_namespace_find(init->spec, SPEC_NAMESPACE_PID))
                r = namespaces_move(init, err);
        if (r >= 0 && time && !time->path)
                r = make_time(init, err);
        return r;
}

/* v1: a task that moves only itself, through `tasks`, does not wait for the kernel's global lock. */
int namespaces_join_group(const struct init *init, struct error *err)
{
        const struct spec_namespace *group = init->spec ? spec_namespace_find(init->spec, SPEC_NAMESPACE_CGROUP) : NULL;
        struct control_message doors;
        int r;

        r = control_receive(init->plan.control, -1, &doors, err);
        if (r < 0)
                return r;
        if (r > 0 || doors.tag != CONTROL_DOORS)
                return error_set(err, E_BROKEN_PIPE, "the caller gave up");
        for (size_t i = 0; i < doors.fd_count; i++) {
                if (write(doors.fds[i], "0", 1) != 1)
                        return error_errno(err, "joining the sandbox's cgroup");
                close(doors.fds[i]);
        }
        if (group && !group->path && unshare(CLONE_NEWCGROUP) < 0)
                return error_errno(err, "making the cgroup namespace");
        return 0;
}

int namespaces_join(struct init *init, struct error *err)
{
        const struct strings *names = &init->join.namespaces;
        int flags = 0, r;

        for (size_t i = 0; i < names->count; i++)
                for (int kind = SPEC_NAMESPACE_PID; kind < SPEC_NAMESPACE_END; kind++)
                        if (text_equal(names->items[i], spec_namespace_names[kind - 1]))
                                flags |= flag_of((enum spec_namespace_kind)kind);

        /* All at once: the kernel takes the rights of the user namespace for the others. */
        if (setns(init->plan.target, flags) < 0)
                return error_errno(err, "entering the sandbox's namespaces");
        if (flags & CLONE_NEWUSER) {
                r = privileges_become_root(err);
                if (r < 0)
                        return r;
        }
        return flags & CLONE_NEWPID ? namespaces_move(init, err) : 0;
}
