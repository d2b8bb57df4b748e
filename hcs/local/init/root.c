/* The root: attached, entered, finished.  An ordinary bundle's is a view of its directory; a host copy-on-write sandbox's is
 * an overlay of the document's layers and its scratch.  Until it is entered it is only a descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/inroot.h"
#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"
#include "hcs/local/control.h"
#include "hcs/local/directories.h"
#include "hcs/local/init/init.h"
#include "hcs/local/overlay.h"
#include "hcs/local/tree.h"
#include "hcs/schema/linux-names.h"

/* --- propagation -------------------------------------------------------------------------------------------------------- */

/* Nothing that we mount may reach the host: private, or slave where the bundle wants to see the host's later mounts (rule 5). */
static int cut_off(const struct init *init, struct error *err)
{
        const char *wish = init->spec->linux_->rootfs_propagation;
        bool follow = wish && (strstr(wish, "slave") || strstr(wish, "shared"));
        struct mount_attr attributes = { .propagation = follow ? MS_SLAVE : MS_PRIVATE };

        if (sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attributes) < 0)
                return error_errno(err, "cutting the mounts off from the host's");
        return 0;
}

/* Where the bundle has no mount namespace: nothing that is mounted from here on is seen by others, and all of it goes with us. */
static int step_aside(struct init *init, struct error *err)
{
        if (spec_namespace_find(init->spec, SPEC_NAMESPACE_MOUNT))
                return 0;
        init->outside = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
        if (init->outside < 0)
                return error_errno(err, "opening the mount namespace");
        return unshare(CLONE_NEWNS) < 0 ? error_errno(err, "making a mount namespace for the time being") : 0;
}

/* --- overlays ----------------------------------------------------------------------------------------------------------- */

static int put_on_place(const struct init *init, int tree, struct error *err)
{
        _cleanup_(io_closep) int place = open(init->plan.place, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (place < 0)
                return error_errno(err, "opening %s", init->plan.place);
        return tree_put(tree, place, err);
}

/* The last layers as one.  Kernels before 6.15 want it to be mounted; it goes with the old root. */
static int make_base(const struct init *init, const struct doc_storage *storage, int *ret_tree, struct error *err)
{
        const struct overlay base = {
                .layers = storage->layers.items + storage->layers.count - storage->base_layers, .count = storage->base_layers, .base = -1,
                .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY,
        };
        int r;

        *ret_tree = overlay_make(&base, err);
        r = *ret_tree < 0 ? *ret_tree : put_on_place(init, *ret_tree, err);
        return r < 0 ? error_wrap(err, "the base below the layers") : 0;
}

static int make_overlay(struct init *init, const struct doc_storage *storage, const char *scratch, struct error *err)
{
        struct overlay overlay = overlay_of_root(init->document.hosted_system);
        _cleanup_(io_closep) int base = -1;
        int r;

        if (init->overlay >= 0)
                return take_fd(init->overlay);
        r = storage->base_layers ? make_base(init, storage, &base, err) : 0;
        if (r < 0)
                return r;
        overlay.count -= storage->base_layers;
        overlay.base = base;
        overlay.scratch = scratch;
        return overlay_make(&overlay, err);
}

/* The file's own file system, mounted on the place. */
static int take_image(const struct init *init, int *ret_tree, struct error *err)
{
        struct control_message message;
        int r = control_send(init->plan.control, CONTROL_IMAGE, NULL, err);

        if (r >= 0)
                r = control_receive(init->plan.control, -1, &message, err);
        if (r < 0)
                return r;
        if (r > 0 || message.tag != CONTROL_GO || message.fd_count != 1)
                return error_set(err, E_BROKEN_PIPE, "the caller gave up");
        *ret_tree = message.fds[0];
        return put_on_place(init, *ret_tree, err);
}

static bool is_read_only(const struct init *init)
{
        return init->spec->root && init->spec->root->readonly;
}

/* File systems of the host below its root, each with an overlay of its own. */
static int mount_volumes(struct init *init, const struct doc_storage *storage, const char *scratch, struct error *err)
{
        struct overlay overlay = overlay_of_root(init->document.hosted_system);

        if (is_read_only(init) && storage->volumes.count) {
                init->parts.fds = arena_alloc_array(&init->arena, storage->volumes.count, sizeof(*init->parts.fds));
                if (!init->parts.fds)
                        return error_memory(err);
        }

        for (size_t i = 0; i < storage->volumes.count; i++) {
                const struct doc_volume *volume = &storage->volumes.items[i];
                _cleanup_(io_closep) int tree = -1, target = -1;
                char *own = arena_printf(&init->arena, "%s/volumes/%zu", scratch, i);
                int r;

                if (!own)
                        return error_memory(err);
                overlay.layers = volume->layers.items;
                overlay.count = volume->layers.count;
                overlay.scratch = own;
                tree = overlay_make(&overlay, err);
                if (tree < 0)
                        return error_wrap(err, "the copy of %s", volume->path);
                r = inroot_make_directory(init->root, volume->path, 0755, &target, err);
                if (r < 0)
                        return r;
                r = tree_put(tree, target, err);
                if (r < 0)
                        return error_wrap(err, "the copy of %s", volume->path);
                if (init->parts.fds)
                        init->parts.fds[init->parts.count++] = take_fd(tree);
        }
        return 0;
}

/* --- fuse-overlayfs ----------------------------------------------------------------------------------------------------- */

/* We mount, the engine finds somebody who serves.  Our descriptor goes with the message: when the helper dies, so does the
 * connection, and nobody waits for ever. */
static int make_fuse(struct init *init, struct error *err)
{
        _cleanup_(tree_maker_done) struct tree_maker maker = { .context = -1 };
        _cleanup_(io_closep) int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
        struct control_message message;
        char number[16];
        int r, tree;

        if (fuse < 0)
                return error_errno(err, "opening /dev/fuse");
        snprintf(number, sizeof(number), "%d", fuse);
        r = tree_begin(&maker, "fuse", err);
        if (r >= 0)
                r = tree_option(&maker, "source", "fuse-overlayfs", err);
        if (r >= 0)
                r = tree_option(&maker, "fd", number, err);
        if (r >= 0)
                r = tree_option(&maker, "rootmode", "40000", err);
        if (r >= 0)
                r = tree_option(&maker, "user_id", "0", err);
        if (r >= 0)
                r = tree_option(&maker, "group_id", "0", err);
        if (r >= 0)
                r = tree_option(&maker, "allow_other", NULL, err);
        if (r >= 0)
                r = tree_option(&maker, "default_permissions", NULL, err);
        if (r < 0)
                return r;
        tree = tree_finish(&maker, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err);
        if (tree < 0)
                return tree;

        r = control_send_fds(init->plan.control, CONTROL_FUSE, &fuse, 1, err);
        if (r >= 0)
                r = control_receive(init->plan.control, -1, &message, err);
        if (r != 0 || message.tag != CONTROL_GO) {
                close(tree);
                return r < 0 ? r : error_set(err, E_BROKEN_PIPE, "the caller gave up");
        }
        return tree;
}

/* --- attach ------------------------------------------------------------------------------------------------------------- */

/* Per-directory overlays hang in a skeleton on tmpfs: the directories' mount points and the links of the host's top level. */
static int make_skeleton(struct error *err)
{
        _cleanup_(tree_maker_done) struct tree_maker maker = { .context = -1 };
        int r = tree_begin(&maker, "tmpfs", err);

        if (r >= 0)
                r = tree_option(&maker, "mode", "0755", err);
        return r < 0 ? r : tree_finish(&maker, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err);
}

static int copy_top_links(int tree, struct error *err)
{
        static const char *const links[] = { "bin", "sbin", "lib", "lib32", "lib64", "libx32" };

        for (size_t i = 0; i < ARRAY_LENGTH(links); i++) {
                char path[16], target[256];
                ssize_t n;

                snprintf(path, sizeof(path), "/%s", links[i]);
                n = readlink(path, target, sizeof(target) - 1);
                if (n < 0)
                        continue;       /* a directory: it has an overlay of its own */
                target[n] = '\0';
                if (symlinkat(target, tree, links[i]) < 0 && errno != EEXIST)
                        return error_errno(err, "making the link /%s", links[i]);
        }
        return 0;
}

/* One in memory lies where the root will cover it: then there is no way to it but by descriptor. */
static int hold_scratch(const char *scratch, int *ret_fd, struct error *err)
{
        *ret_fd = open(scratch, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return *ret_fd < 0 ? error_errno(err, "opening the scratch %s", scratch) : 0;
}

static int name_held(struct init *init, int fd, const char **ret, struct error *err)
{
        *ret = arena_printf(&init->arena, DIRECTORIES_NAME, fd);
        return *ret ? 0 : error_memory(err);
}

static int attach_layers(struct init *init, const struct doc_storage *storage, struct error *err)
{
        const char *scratch = storage->scratch ? storage->scratch->path : NULL;
        _cleanup_(io_closep) int own = -1;
        int r = 0, tree;

        if (!scratch)
                return error_set(err, E_INVALID_DATA, "$.HostedSystem.Storage.Scratch.Path: missing");
        if (storage->base_layers && storage->base_layers >= storage->layers.count)
                return error_set(err, E_INVALID_DATA, "$.HostedSystem.Storage.BaseLayers: found %u of %zu layers", storage->base_layers,
                                 storage->layers.count);
        if (storage->scratch->image)
                r = take_image(init, &own, err);
        else if (storage->scratch->memory)
                r = hold_scratch(scratch, &own, err);
        if (r >= 0 && own >= 0)
                r = name_held(init, own, &scratch, err);
        if (r < 0)
                return r;

        switch (storage->union_kind) {
        case DOC_UNION_OVERLAY:
                tree = make_overlay(init, storage, scratch, err);
                break;
        case DOC_UNION_FUSE_OVERLAY:
                tree = make_fuse(init, err);
                break;
        case DOC_UNION_DIRECTORY_OVERLAYS:
                tree = make_skeleton(err);
                if (tree >= 0 && copy_top_links(tree, err) < 0) {
                        close(tree);
                        tree = err->code;
                }
                break;
        default:
                return error_set(err, E_INVALID_DATA, "$.HostedSystem.Storage.Union: missing");
        }
        if (tree < 0)
                return error_wrap(err, "the copy of this machine");
        init->root = tree;
        r = put_on_place(init, tree, err);
        return r < 0 ? r : mount_volumes(init, storage, scratch, err);
}

static int attach_directory(struct init *init, const char *path, struct error *err)
{
        _cleanup_(io_closep) int target = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        int r;

        if (target < 0 && errno == ENOENT)
                return error_set(err, E_FILE_NOT_FOUND, "root.path: \"%s\" is not there", path);
        if (target < 0)
                return error_errno(err, "root.path: opening \"%s\"", path);
        init->root = tree_clone(target, "", true, err);
        if (init->root < 0)
                return error_wrap(err, "root.path: \"%s\"", path);
        r = tree_put(init->root, target, err);
        return r < 0 ? error_wrap(err, "root.path: \"%s\"", path) : 0;
}

bool root_is_served(const struct init *init)
{
        const struct doc_storage *storage = init->document.hosted_system->storage;

        return init->plan.overlay || (storage && !storage->path && (storage->union_kind == DOC_UNION_FUSE_OVERLAY ||
                                                                    (storage->scratch && storage->scratch->image)));
}

int root_attach(struct init *init, struct error *err)
{
        const struct doc_storage *storage = init->document.hosted_system->storage;
        int r;

        if (!storage)
                return error_set(err, E_INVALID_DATA, "$.HostedSystem.Storage: missing");
        r = step_aside(init, err);
        if (r >= 0)
                r = cut_off(init, err);
        if (r < 0)
                return r;
        return storage->path ? attach_directory(init, storage->path, err) : attach_layers(init, storage, err);
}

/* --- enter, finish ------------------------------------------------------------------------------------------------------ */

static int enter_by_move(const struct init *init, struct error *err)
{
        if (fchdir(init->root) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
                return error_errno(err, "changing the root without pivot_root");
        return 0;
}

/* Back where we came from, with a root that is mounted nowhere there: a copy of the finished tree that only processes hold, and that the
 * last of them takes along.  Nothing is above its top, so that not even a second chroot(2) climbs out of it. */
static int enter_detached(struct init *init, struct error *err)
{
        int tree = tree_clone(init->root, "", true, err);

        if (tree < 0)
                return error_wrap(err, "the root, without a mount namespace");
        close(init->root);
        init->root = tree;
        if (setns(init->outside, CLONE_NEWNS) < 0)
                return error_errno(err, "going back to the mount namespace");
        close(take_fd(init->outside));
        if (fchdir(init->root) < 0 || chroot(".") < 0)
                return error_errno(err, "changing the root, without a mount namespace");
        return 0;
}

/* The old root comes to lie under the new one, on the same directory, and is taken off from there. */
int root_enter(struct init *init, struct error *err)
{
        const struct doc_options *options = init->document.hosted_system->options;

        if (init->outside >= 0)
                return enter_detached(init, err);
        if (options && options->no_pivot_root)
                return enter_by_move(init, err);
        if (fchdir(init->root) < 0)
                return error_errno(err, "entering the new root");
        if (sys_pivot_root(".", ".") < 0)
                return error_errno(err, "changing the root%s",
                                   errno == EINVAL ? " (this machine's root may be an initramfs: --no-pivot)" : "");
        if (umount2(".", MNT_DETACH) < 0)
                return error_errno(err, "taking the old root away");
        return chdir("/") < 0 ? error_errno(err, "entering the new root") : 0;
}

int root_finish(struct init *init, struct error *err)
{
        const char *wish = init->spec->linux_->rootfs_propagation;
        const struct linux_mount_option *option = wish ? linux_mount_option_find(wish) : NULL;
        int r = 0;

        if (option)
                r = tree_propagation(init->root, option->bits, option->kind == LINUX_MOUNT_PROPAGATION_RECURSIVE, err);
        if (r >= 0 && is_read_only(init))
                r = tree_attributes(init->root, MOUNT_ATTR_RDONLY, 0, false, err);
        for (size_t i = 0; r >= 0 && i < init->parts.count; i++)
                r = tree_attributes(init->parts.fds[i], MOUNT_ATTR_RDONLY, 0, false, err);
        return r < 0 ? error_wrap(err, "the root") : 0;
}
