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

#define FUSE_NUMBER 3                   /* where the helper finds the descriptor */

static int compose_options(const struct doc_storage *storage, struct text *options, struct error *err)
{
        text_add(options, "squash_to_root,lowerdir=");
        for (size_t i = 0; i < storage->layers.count; i++)
                text_addf(options, "%s%s", i ? ":" : "", storage->layers.items[i].path);
        text_addf(options, ",upperdir=%s/upper,workdir=%s/work", storage->scratch->path, storage->scratch->path);
        return text_check(options, err);
}

/* In the child: into the user namespace, streams to nowhere, and on to the program. */
static _Noreturn void become_helper(const struct doc_storage *storage, int fuse, int namespace, const char *options)
{
        char where[32];
        const char *const args[] = { "fuse-overlayfs", "-f", "-o", options, where, NULL };
        const char *const environment[] = { "PATH=/usr/bin:/bin", NULL };
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        snprintf(where, sizeof(where), "/dev/fd/%d", FUSE_NUMBER);
        if (setns(namespace, CLONE_NEWUSER) < 0 || setsid() < 0 || null < 0)
                _exit(127);
        for (int i = 0; i < 3; i++)
                if (dup2(null, i) < 0)
                        _exit(127);
        if (fuse == FUSE_NUMBER)
                fcntl(fuse, F_SETFD, 0);
        else if (dup2(fuse, FUSE_NUMBER) < 0)
                _exit(127);
        if (sys_close_range(FUSE_NUMBER + 1, ~0u, 0) < 0)
                _exit(127);
        execve(storage->program, (char *const *)(uintptr_t)args, (char *const *)(uintptr_t)environment);
        _exit(127);
}

int helper_start(const struct doc_storage *storage, int fuse, pid_t pid, pid_t *ret, struct error *err)
{
        _cleanup_(text_done) struct text options = { 0 };
        _cleanup_(io_closep) int namespace = -1;
        char path[64];
        pid_t child;
        int r;

        if (!storage->program || !storage->scratch || !storage->scratch->path)
                return error_set(err, E_INVALID_DATA,
                                 "$.HostedSystem.Storage: a FuseOverlay needs Program and Scratch.Path");
        r = compose_options(storage, &options, err);
        if (r < 0)
                return r;
        snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
        namespace = open(path, O_RDONLY | O_CLOEXEC);
        if (namespace < 0)
                return error_errno(err, "opening the sandbox's user namespace");

        child = fork();
        if (child == 0)
                become_helper(storage, fuse, namespace, options.data);
        if (child < 0)
                return error_errno(err, "starting %s", storage->program);
        *ret = child;
        return 0;
}
