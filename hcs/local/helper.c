#include "hcs/local/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"
#include "hcs/local/directories.h"

#define FUSE_NUMBER 3                   /* where the helper finds the descriptor */
#define FIRST_DIRECTORY (FUSE_NUMBER + 1)       /* and its layers, the scratch's two directories behind them */

/* It asks for the real path of each, so they must be in its mount namespace, which is ours. */
static int add_directory(struct directories *directories, const char *path, const char *name, const char *option,
                         struct text *options, struct error *err)
{
        int r = directories_add(directories, path, name, err);

        if (r < 0)
                return r;
        text_addf(options, "%s" DIRECTORIES_NAME, option, FIRST_DIRECTORY + (int)directories->count - 1);
        return text_check(options, err);
}

static int compose_options(const struct doc_storage *storage, struct directories *directories, struct text *options,
                           struct error *err)
{
        int r = 0;

        text_add(options, "squash_to_root");
        for (size_t i = 0; r >= 0 && i < storage->layers.count; i++)
                r = add_directory(directories, storage->layers.items[i].path, "", i ? ":" : ",lowerdir=", options, err);
        if (r >= 0)
                r = add_directory(directories, storage->scratch->path, "upper", ",upperdir=", options, err);
        if (r >= 0)
                r = add_directory(directories, storage->scratch->path, "work", ",workdir=", options, err);
        return r;
}

/* In the child: every descriptor to its place, streams to nowhere, all else closed. */
static bool settle_descriptors(int fuse, const struct directories *directories)
{
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        if (null < 0)
                return false;
        /* The directories' own numbers are above all places, so nothing is overwritten that is still to come. */
        for (int i = 0; i < 3; i++)
                if (dup2(null, i) < 0)
                        return false;
        if (fuse == FUSE_NUMBER)
                fcntl(fuse, F_SETFD, 0);
        else if (dup2(fuse, FUSE_NUMBER) < 0)
                return false;
        for (size_t i = 0; i < directories->count; i++)
                if (dup2(directories->fds[i], FIRST_DIRECTORY + (int)i) < 0)
                        return false;
        return sys_close_range(FIRST_DIRECTORY + (unsigned)directories->count, ~0u, 0) == 0;
}

/* In the child: into the user namespace, and on to the program. */
static _Noreturn void become_helper(const struct doc_storage *storage, int fuse, const struct directories *directories,
                                    int namespace, const char *options)
{
        char where[32];
        const char *const args[] = { "fuse-overlayfs", "-f", "-o", options, where, NULL };
        const char *const environment[] = { "PATH=/usr/bin:/bin", NULL };

        snprintf(where, sizeof(where), "/dev/fd/%d", FUSE_NUMBER);
        if (setns(namespace, CLONE_NEWUSER) == 0 && setsid() >= 0 && settle_descriptors(fuse, directories))
                execve(storage->program, (char *const *)(uintptr_t)args, (char *const *)(uintptr_t)environment);
        _exit(127);
}

int helper_start(const struct doc_storage *storage, int fuse, pid_t pid, pid_t *ret, struct error *err)
{
        _cleanup_(directories_done) struct directories directories = { .above = FIRST_DIRECTORY + DIRECTORIES_MAX };
        _cleanup_(text_done) struct text options = { 0 };
        _cleanup_(io_closep) int namespace = -1;
        char path[64];
        pid_t child;
        int r;

        if (!storage->program || !storage->scratch || !storage->scratch->path)
                return error_set(err, E_INVALID_DATA,
                                 "$.HostedSystem.Storage: a FuseOverlay needs Program and Scratch.Path");
        r = compose_options(storage, &directories, &options, err);
        if (r < 0)
                return r;
        snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
        namespace = open(path, O_RDONLY | O_CLOEXEC);
        if (namespace < 0)
                return error_errno(err, "opening the sandbox's user namespace");

        child = fork();
        if (child == 0)
                become_helper(storage, fuse, &directories, namespace, options.data);
        if (child < 0)
                return error_errno(err, "starting %s", storage->program);
        *ret = child;
        return 0;
}
