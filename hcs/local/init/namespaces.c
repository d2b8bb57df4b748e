/* Namespaces: those born with this process are there already; here come the ones that are joined by path, those that need
 * this process to be somewhere first (cgroup: in its group; time: with its offsets), and the exec's way in. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"
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

        if (fd < 0 && errno == ENOENT)
                return error_set(err, E_FILE_NOT_FOUND, "linux.namespaces: the %s namespace %s is not there",
                                 spec_namespace_names[namespace->kind - 1], namespace->path);
        if (fd < 0)
                return error_errno(err, "linux.namespaces: opening the %s namespace %s",
                                   spec_namespace_names[namespace->kind - 1], namespace->path);
        if (setns(fd, flag) < 0)
                return error_errno(err, "linux.namespaces: joining %s as a %s namespace%s", namespace->path,
                                   spec_namespace_names[namespace->kind - 1], errno == EPERM && flag != CLONE_NEWUSER ?
                                   " (if it belongs to another user namespace, that one must be joined too)" : "");
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

/* --- going on as another process ---------------------------------------------------------------------------------------- */

static int write_map(int proc, pid_t pid, const char *file, const spec_mappings *mappings, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        char path[32];
        int r;

        spec_mappings_write(mappings, &text);
        r = text_check(&text, err);
        if (r < 0)
                return r;
        snprintf(path, sizeof(path), "%d/%s", (int)pid, file);
        return io_write_value_at(proc, path, text.data, err);
}

/* Who is who in a new user namespace is written from outside of it, by somebody who may: the old process. */
static int write_maps(const struct init *init, int proc, pid_t pid, struct error *err)
{
        const struct spec_linux *linux_ = init->spec->linux_;
        int r = write_map(proc, pid, "uid_map", &linux_->uid_mappings, err);

        if (r >= 0)
                r = write_map(proc, pid, "gid_map", &linux_->gid_mappings, err);
        return r < 0 ? error_wrap(err, "mapping the ids of the user namespace") : 0;
}

/* The old process: says who goes on, helps that one into being, tells it so, and ends.  `proc` -1: there are no maps to be written. */
static _Noreturn void hand_over(const struct init *init, pid_t pid, int proc, int go, struct error *err)
{
        char number[16];

        snprintf(number, sizeof(number), "%d", (int)pid);
        if (control_send(init->plan.control, CONTROL_PROCESS, number, err) < 0)
                _exit(1);
        if (proc >= 0 && write_maps(init, proc, pid, err) < 0) {
                control_send_error(init->plan.control, err);
                _exit(1);
        }
        _exit(write(go, "", 1) != 1);
}

/* The new one must not speak first: the engine takes the word "ready" for that of the process it knows. */
static int wait_for_old(int ends[2], struct error *err)
{
        char go;
        ssize_t n;

        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
                return error_errno(err, "following the caller");
        close(ends[1]);
        do {
                n = read(ends[0], &go, 1);
        } while (n < 0 && errno == EINTR);
        close(ends[0]);
        return n == 1 ? 0 : error_set(err, E_BROKEN_PIPE, "the process before this one ended too soon");
}

/* Goes on as a child in the pid namespace that was entered, born into the namespaces of `flags`.  `proc` as in hand_over(). */
static int move(const struct init *init, int flags, int proc, struct error *err)
{
        struct clone_args args = { .flags = CLONE_PARENT | (uint64_t)(unsigned)flags };
        int ends[2];
        pid_t pid;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return error_errno(err, "making a pipe");
        pid = sys_clone3(&args);
        if (pid < 0)
                return error_errno(err, "making a process in the sandbox's namespaces");
        if (pid > 0)
                hand_over(init, pid, proc, ends[1], err);
        return wait_for_old(ends, err);
}

int namespaces_move(struct init *init, struct error *err)
{
        return move(init, 0, -1, err);
}

/* What the engine would have made at birth, had nothing to be joined before. */
static int make_late(const struct init *init, int proc, struct error *err)
{
        int flags = 0, r;

        for (size_t i = 0; i < init->spec->linux_->namespaces.count; i++) {
                const struct spec_namespace *namespace = &init->spec->linux_->namespaces.items[i];

                if (!namespace->path && namespace->kind != SPEC_NAMESPACE_CGROUP && namespace->kind != SPEC_NAMESPACE_TIME)
                        flags |= flag_of((enum spec_namespace_kind)namespace->kind);
        }
        if (!(flags & CLONE_NEWUSER))
                return unshare(flags) < 0 ? error_errno(err, "making the namespaces") : 0;

        /* Not dumpable all the way, though the maps are files of the machine's root then, and nobody else may write them: who joins
         * a pid namespace is seen by what runs in it, and to the kernel a process with the uid that made a user namespace has every
         * capability over it, user_namespaces(7), also that to trace us. */
        r = move(init, flags, proc, err);
        return r < 0 ? r : privileges_become_root(err);
}

/* --- time ---------------------------------------------------------------------------------------------------------------- */

static int write_offset(int proc, const char *clock, const struct spec_time_offset *offset, struct error *err)
{
        char line[96];

        if (!offset)
                return 0;
        snprintf(line, sizeof(line), "%s %lld %u", clock, (long long)offset->secs, offset->nanosecs);
        return io_write_value_at(proc, "self/timens_offsets", line, err);
}

/* By processes of a pid namespace that was there before, which may have made our user namespace in the kernel's eyes. */
static bool is_watched(const struct spec *spec)
{
        const struct spec_namespace *user = spec_namespace_find(spec, SPEC_NAMESPACE_USER);
        const struct spec_namespace *pid = spec_namespace_find(spec, SPEC_NAMESPACE_PID);

        return user && !user->path && pid && pid->path;
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
        /* The files of a process that is not dumpable belong to the host's root; but see make_late(). */
        if (offsets && is_watched(init->spec))
                return error_set(err, E_NOT_SUPPORTED, "linux.timeOffsets: can't be set in a new user namespace together with a pid "
                                 "namespace that is joined");
        if (offsets)
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

/* --- the group ----------------------------------------------------------------------------------------------------------- */

/* v1: a task that moves only itself, through `tasks`, does not wait for the kernel's global lock. */
static int go_in(const struct control_message *doors, struct error *err)
{
        for (size_t i = 0; i < doors->fd_count; i++) {
                if (write(doors->fds[i], "0", 1) != 1)
                        return error_errno(err, "joining the sandbox's cgroup%s",
                                           errno == ENOSPC ? " (does its cpuset name processors and memory nodes?)" : "");
                close(doors->fds[i]);
        }
        return 0;
}

static int join_network(const struct control_message *message, struct error *err)
{
        if (message->fd_count != 1 || setns(message->fds[0], CLONE_NEWNET) < 0)
                return error_errno(err, "joining the network namespace of our own");
        close(message->fds[0]);
        return 0;
}

/* What the engine sends unasked, in whichever order it comes. */
static int take_in(struct init *init, struct error *err)
{
        bool doors = false, network = !init->plan.ahead;
        int r = 0;

        while (r >= 0 && !(doors && network && (!init->plan.overlay || init->overlay >= 0))) {
                struct control_message message;

                r = control_receive(init->plan.control, -1, &message, err);
                if (r < 0)
                        return r;
                if (r == 0 && message.tag == CONTROL_DOORS && !doors) {
                        doors = true;
                        r = go_in(&message, err);
                } else if (r == 0 && message.tag == CONTROL_NETWORK && !network) {
                        network = true;
                        r = join_network(&message, err);
                } else if (r == 0 && message.tag == CONTROL_OVERLAY && message.fd_count == 1 && init->overlay < 0) {
                        init->overlay = message.fds[0];
                } else {
                        r = error_set(err, E_BROKEN_PIPE, "the caller gave up");
                }
        }
        return r;
}

/* Who goes on as another process is in systemd's scope before that: the scope is made around this one, and a child is where its parent
 * is. */
static bool joins_early(const struct init *init)
{
        return init->plan.scope && !init->plan.created;
}

/* --- all ------------------------------------------------------------------------------------------------------------------ */

/* All that is joined is joined first: what belongs to this user namespace can't be entered from a new one below it.  runc and
 * crun have the same order.  The new one is then born with the process that goes on. */
static int join_and_make(struct init *init, bool user_is_new, struct error *err)
{
        _cleanup_(io_closep) int proc = -1;
        int r;

        if (user_is_new) {
                proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);         /* before a mount namespace is joined */
                if (proc < 0)
                        return error_errno(err, "opening /proc");
        }
        r = joins_early(init) ? take_in(init, err) : 0;
        if (r >= 0)
                r = join_all(init, err);
        if (r >= 0)
                r = make_late(init, proc, err);
        if (r >= 0 && !user_is_new && spec_namespace_find(init->spec, SPEC_NAMESPACE_PID))
                r = namespaces_move(init, err);
        return r;
}

int namespaces_complete(struct init *init, struct error *err)
{
        const struct spec_namespace *user = spec_namespace_find(init->spec, SPEC_NAMESPACE_USER);
        const struct spec_namespace *time = spec_namespace_find(init->spec, SPEC_NAMESPACE_TIME);
        bool user_is_new = user && !user->path;
        int r = 0;

        if (!init->plan.created) {
                r = join_and_make(init, user_is_new, err);
        } else {
                if (user_is_new)
                        r = privileges_become_root(err);
                if (r >= 0)
                        r = join_all(init, err);
        }
        if (r >= 0 && time && !time->path)
                r = make_time(init, err);
        return r;
}

int namespaces_join_group(struct init *init, struct error *err)
{
        const struct spec_namespace *group = init->spec ? spec_namespace_find(init->spec, SPEC_NAMESPACE_CGROUP) : NULL;
        int r = joins_early(init) ? 0 : take_in(init, err);

        if (r < 0)
                return r;
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
        if (flags && setns(init->plan.target, flags) < 0)
                return error_errno(err, "entering the sandbox's namespaces");
        if (flags & CLONE_NEWUSER) {
                r = privileges_become_root(err);
                if (r < 0)
                        return r;
        }
        return flags & CLONE_NEWPID ? namespaces_move(init, err) : 0;
}
