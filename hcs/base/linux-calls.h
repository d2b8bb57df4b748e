/* Linux system calls that not every C library has a door for (musl 1.2.3 and glibc before 2.36 lack most of these), under one
 * prefix, so that the rest of the tree asks neither library nor version.  Each returns what the call returns: -1 and errno
 * when it failed.  The manual's section 2 has a page for each. */
#ifndef HCS_BASE_LINUX_CALLS_H
#define HCS_BASE_LINUX_CALLS_H

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <linux/openat2.h>
#include <linux/sched.h>

/* Where the C library has these types, a second definition by the kernel's header would clash. */
#ifndef FSOPEN_CLOEXEC
#include <linux/mount.h>
#endif
#ifndef STATX_BASIC_STATS
#include <linux/stat.h>
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#include <linux/close_range.h>
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef AT_STATX_DONT_SYNC
#define AT_STATX_DONT_SYNC 0x4000
#endif

#ifndef SYS_listxattrat                 /* from here on numbers are those of every architecture but Alpha */
#define SYS_listxattrat 465
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

/* Gives a signal its usual action; for those that a C library keeps for itself, too, which its own sigaction() refuses.  All zeros is
 * what every architecture's structure says for that. */
static inline void sys_reset_signal(int number)
{
        const unsigned long standard[8] = { 0 };

        (void)syscall(SYS_rt_sigaction, number, standard, NULL, 8);
}

static inline int sys_fsopen(const char *type, unsigned flags)
{
        return (int)syscall(SYS_fsopen, type, flags);
}

static inline int sys_fsconfig(int context, unsigned command, const char *key, const void *value, int aux)
{
        return (int)syscall(SYS_fsconfig, context, command, key, value, aux);
}

static inline int sys_fsmount(int context, unsigned flags, unsigned attributes)
{
        return (int)syscall(SYS_fsmount, context, flags, attributes);
}

static inline int sys_open_tree(int dir, const char *path, unsigned flags)
{
        return (int)syscall(SYS_open_tree, dir, path, flags);
}

static inline int sys_move_mount(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
        return (int)syscall(SYS_move_mount, from_dir, from, to_dir, to, flags);
}

static inline int sys_mount_setattr(int dir, const char *path, unsigned flags, const struct mount_attr *attributes)
{
        return (int)syscall(SYS_mount_setattr, dir, path, flags, attributes, sizeof(*attributes));
}

static inline int sys_renameat2(int from, const char *name, int to, const char *to_name, unsigned flags)
{
        return (int)syscall(SYS_renameat2, from, name, to, to_name, flags);
}

static inline int sys_openat2(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
        const struct open_how how = { .flags = flags, .resolve = resolve };

        return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/* Linux 6.13; ENOSYS before. */
static inline ssize_t sys_listxattrat(int dir, const char *path, unsigned flags, char *list, size_t size)
{
        return syscall(SYS_listxattrat, dir, path, flags, list, size);
}

static inline int sys_statx(int dir, const char *path, int flags, unsigned mask, struct statx *ret)
{
        return (int)syscall(SYS_statx, dir, path, flags, mask, ret);
}

static inline int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
        return (int)syscall(SYS_close_range, first, last, flags);
}

#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443             /* Linux 5.14; the same everywhere but on alpha */
#endif
static inline int sys_quotactl_fd(int fd, unsigned command, uint32_t id, void *argument)
{
        return (int)syscall(SYS_quotactl_fd, fd, command, id, argument);
}

/* By the kernel's door: the C library's way, by the vDSO, costs a program that asks once the mapping of three pages. */
static inline int sys_clock_gettime(clockid_t clock, struct timespec *ret)
{
        return sizeof(long) == 8 ? (int)syscall(SYS_clock_gettime, clock, ret) : clock_gettime(clock, ret);
}

static inline int sys_getcpu(unsigned *ret)
{
        return (int)syscall(SYS_getcpu, ret, NULL, NULL);
}

static inline int sys_pidfd_open(pid_t pid)
{
        return (int)syscall(SYS_pidfd_open, pid, 0);
}

static inline int sys_pidfd_send_signal(int pidfd, int signal)
{
        return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

static inline int sys_pidfd_getfd(int pidfd, int number)
{
        return (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
}

static inline pid_t sys_clone3(struct clone_args *args)
{
        return (pid_t)syscall(SYS_clone3, args, sizeof(*args));
}

static inline int sys_execveat(int fd, const char *const *args, const char *const *environment)
{
        return (int)syscall(SYS_execveat, fd, "", args, environment, AT_EMPTY_PATH);
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
        return (int)syscall(SYS_pivot_root, new_root, put_old);
}

#endif
