/* What the tests of masks and of the whole layer share: a mount namespace of the test's own, in which the places for masks are
 * fresh and the machine may be dressed up. */
#ifndef TESTS_UNIT_LAYERS_RIG_H
#define TESTS_UNIT_LAYERS_RIG_H

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "hcs/base/text.h"
#include "tests/unit/base/place.h"

#define FRESH "/dev/shm"

static inline void rig_mount(const char *type, const char *on, const char *options)
{
        cr_assert(eq(int, mount("hcs-sandbox-test", on, type, 0, options), 0), "mounting %s on %s with %s: %m", type, on, options);
}

/* Needs root.  Each test is a process of its own, so all of this ends with it. */
static inline void rig_enter(void)
{
        if (geteuid() != 0)
                cr_skip("needs root");
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                cr_skip("this machine lets nobody make mount namespaces");
        rig_mount("tmpfs", "/dev/shm", "mode=1777");
        rig_mount("tmpfs", "/run", "mode=755");
}

static inline void rig_content(const char *path, struct text *ret)
{
        struct error err = { 0 };

        cr_assert(eq(int, io_read_file_at(AT_FDCWD, path, 1u << 20, ret, &err), 0), "%s", err.text);
}

static inline bool rig_exists(const char *path)
{
        return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Makes as if so many seconds had passed since the file was written. */
static inline void rig_age(const char *path, time_t seconds)
{
        struct timespec times[2];
        struct stat what;

        cr_assert(eq(int, lstat(path, &what), 0), "%s: %m", path);
        times[0] = what.st_atim;
        times[1] = what.st_mtim;
        times[1].tv_sec -= seconds;
        cr_assert(eq(int, utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0));
}

/* Waits for a child of the test that is to end well. */
static inline void rig_wait(pid_t pid)
{
        int status = -1;

        cr_assert(gt(int, pid, 0));
        cr_assert(eq(int, waitpid(pid, &status, 0), pid));
        cr_expect(eq(int, status, 0), "a child ended with status %#x", status);
}

#endif
