#include "hcs/local/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/path.h"
#include "hcs/local/identity.h"
#include "hcs/schema/linux-names.h"

#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000
#endif

static bool has_option(const struct spec_mount *mount, enum linux_mount_option_kind kind)
{
        for (size_t i = 0; i < mount->options.count; i++) {
                const struct linux_mount_option *option = linux_mount_option_find(mount->options.items[i]);

                if (option && option->kind == kind)
                        return true;
        }
        return false;
}

/* --- the mapping -------------------------------------------------------------------------------------------------------- */

static int open_namespace(pid_t pid, struct error *err)
{
        char path[64];
        int fd;

        snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? error_errno(err, "opening a user namespace") : fd;
}

/* Somebody must be in it for as long as it is being written. */
static int make_namespace(const spec_mappings *uids, const spec_mappings *gids, struct error *err)
{
        const struct spec_linux mappings = { .uid_mappings = *uids, .gid_mappings = *gids };
        struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
        pid_t pid = sys_clone3(&args);
        int r;

        if (pid == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
                for (;;)
                        pause();
        }
        if (pid < 0)
                return error_errno(err, "making a user namespace");
        r = identity_map(pid, &mappings, err);
        if (r >= 0)
                r = open_namespace(pid, err);
        (void)kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
        return r;
}

static int mapping_of(const struct spec *spec, const struct spec_mount *mount, struct error *err)
{
        const struct spec_namespace *user = spec_namespace_find(spec, SPEC_NAMESPACE_USER);
        int fd;

        if (mount->uid_mappings.count > 0)
                return make_namespace(&mount->uid_mappings, &mount->gid_mappings, err);
        if (!user)
                return error_set(err, E_INVALID_DATA, "uidMappings: missing, and the sandbox has no user namespace whose mappings it could "
                                 "have");
        if (!user->path)
                return make_namespace(&spec->linux_->uid_mappings, &spec->linux_->gid_mappings, err);
        fd = open(user->path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? error_errno(err, "opening the user namespace %s", user->path) : fd;
}

/* --- the mount ---------------------------------------------------------------------------------------------------------- */

static int clone_source(const struct doc_hosted_system *hosted, const struct spec_mount *mount, struct error *err)
{
        unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (has_option(mount, LINUX_MOUNT_RBIND) ? AT_RECURSIVE : 0);
        _cleanup_(free_charp) char *path = NULL;
        const char *source = mount->source ? mount->source : "";
        int fd, r;

        if (*source != '/') {
                r = path_join(hosted->oci_bundle_path, source, &path, err);
                if (r < 0)
                        return r;
                source = path;
        }
        fd = sys_open_tree(AT_FDCWD, source, flags);
        if (fd < 0 && errno == ENOENT)  /* not in the words that clients take for a missing program */
                return error_set(err, E_FILE_NOT_FOUND, "source: \"%s\" is not there", source);
        return fd < 0 ? error_errno(err, "source: taking a view of \"%s\"", source) : fd;
}

int idmap_make(const struct doc_hosted_system *hosted, const struct spec_mount *mount, struct error *err)
{
        _cleanup_(io_closep) int mapping = mapping_of(hosted->oci_specification, mount, err), tree = -1;
        struct mount_attr attributes = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)mapping };
        unsigned flags = AT_EMPTY_PATH | (has_option(mount, LINUX_MOUNT_RIDMAP) ? AT_RECURSIVE : 0);

        if (mapping < 0)
                return mapping;
        tree = clone_source(hosted, mount, err);
        if (tree < 0)
                return tree;
        if (sys_mount_setattr(tree, "", flags, &attributes) < 0)
                return error_errno(err, "mapping the ids of \"%s\"%s", mount->source,
                                   errno == EINVAL ? " (its file system can't do that, or is mapped already)" :
                                   errno == EPERM ? " (needs root's rights where the file system was mounted)" : "");
        return take_fd(tree);
}
