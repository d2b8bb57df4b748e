/* The least that a throw-away copy of this machine can cost here: six namespaces, an overlay on "/" whose upper layer is on a tmpfs,
 * /proc and /dev, pivot_root, execve, wait.  No mask, no record, no cgroup, no change set.  What `do` costs is held against that where
 * bubblewrap has no overlays.
 *
 *      floor PROGRAM [WORDS...] */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcs/base/linux-calls.h"

#define PLACE "/tmp"                    /* of the new namespace alone */

_Noreturn static void die(const char *what)
{
        fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
        _exit(125);
}

static void need(int r, const char *what)
{
        if (r < 0)
                die(what);
}

_Noreturn static void child(char **words)
{
        need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "cutting the mounts off");
        need(mount("floor", PLACE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700"), "mounting a tmpfs");
        need(mkdir(PLACE "/upper", 0755), "making upper");
        need(mkdir(PLACE "/work", 0700), "making work");
        need(mkdir(PLACE "/root", 0755), "making root");
        need(mount("floor", PLACE "/root", "overlay", MS_NOSUID, "lowerdir=/,upperdir=" PLACE "/upper,workdir=" PLACE "/work"), "mounting an overlay");
        need(mount("proc", PLACE "/root/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "mounting /proc");
        need(mount("floor", PLACE "/root/dev", "tmpfs", MS_NOSUID, "mode=0755"), "mounting /dev");
        need(mount("floor", PLACE "/root/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"), "mounting /tmp");
        need(chdir(PLACE "/root"), "entering the root");
        need(sys_pivot_root(".", "."), "changing the root");
        need(umount2(".", MNT_DETACH), "taking the old root away");
        need(chdir("/"), "entering the root");
        execv(words[0], words);
        die(words[0]);
}

int main(int argc, char **argv)
{
        struct clone_args args = {
                .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP, .exit_signal = SIGCHLD,
        };
        int status = 0;
        pid_t pid;

        if (argc < 2) {
                fprintf(stderr, "usage: floor PROGRAM [WORDS...]\n");
                return 125;
        }
        pid = sys_clone3(&args);
        if (pid < 0)
                die("making namespaces");
        if (pid == 0)
                child(argv + 1);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
