/* Paths that the program must not see (masked) or not change (read-only).  The null device is the host's, checked by type and
 * number, never the root's own (rule 9).  What is absent needs no mask. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "hcs/base/inroot.h"
#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/local/init/init.h"
#include "hcs/local/tree.h"

struct covers { int null, empty; };     /* the null device; an empty read-only directory, once it is mounted somewhere */

static void covers_done(struct covers *covers)
{
        if (covers->null >= 0)
                close(covers->null);
        if (covers->empty >= 0)
                close(covers->empty);
}

static int open_null(int *ret_fd, struct error *err)
{
        _cleanup_(io_closep) int fd = open("/dev/null", O_PATH | O_CLOEXEC | O_NOFOLLOW);
        struct stat device;

        if (fd < 0 || fstat(fd, &device) < 0)
                return error_errno(err, "opening /dev/null");
        if (!S_ISCHR(device.st_mode) || device.st_rdev != makedev(1, 3))
                return error_set(err, E_INVALID_DATA, "/dev/null of this machine is not the null device");
        *ret_fd = take_fd(fd);
        return 0;
}

static int cover_file(struct covers *covers, int target, struct error *err)
{
        _cleanup_(io_closep) int tree = -1;
        int r;

        if (covers->null < 0 && open_null(&covers->null, err) < 0)
                return err->code;
        tree = tree_clone(covers->null, "", false, err);
        if (tree < 0)
                return tree;
        /* It is the host's very inode, whose mode and owner root of the sandbox would change; a device is written to all the same. */
        r = tree_attributes(tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, false, err);
        return r < 0 ? r : tree_put(tree, target, err);
}

/* One empty file system serves all directories. */
static int cover_directory(struct covers *covers, int target, struct error *err)
{
        _cleanup_(tree_maker_done) struct tree_maker maker = { .context = -1 };
        _cleanup_(io_closep) int tree = -1;
        int r;

        if (covers->empty >= 0) {
                tree = tree_clone(covers->empty, "", false, err);
                return tree < 0 ? tree : tree_put(tree, target, err);
        }
        r = tree_begin(&maker, "tmpfs", err);
        if (r < 0)
                return r;
        r = tree_option(&maker, "size", "0", err);
        if (r < 0)
                return r;
        tree = tree_finish(&maker, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, err);
        if (tree < 0)
                return tree;
        r = tree_put(tree, target, err);
        if (r < 0)
                return r;
        covers->empty = take_fd(tree);
        return 0;
}

static int mask(const struct init *init, struct covers *covers, const char *path, struct error *err)
{
        _cleanup_(io_closep) int target = -1;
        struct stat there;
        int r;

        r = inroot_open_if_there(init->root, path, O_PATH, &target, err);
        if (r != 0)
                return r == INROOT_ABSENT ? 0 : r;
        if (fstat(target, &there) < 0)
                return error_errno(err, "looking at it");
        return S_ISDIR(there.st_mode) ? cover_directory(covers, target, err) : cover_file(covers, target, err);
}

static int make_readonly(const struct init *init, const char *path, struct error *err)
{
        _cleanup_(io_closep) int target = -1, tree = -1;
        int r;

        r = inroot_open_if_there(init->root, path, O_PATH, &target, err);
        if (r != 0)
                return r == INROOT_ABSENT ? 0 : r;
        tree = tree_clone(target, "", true, err);
        if (tree < 0)
                return tree;
        r = tree_attributes(tree, MOUNT_ATTR_RDONLY, 0, true, err);
        return r < 0 ? r : tree_put(tree, target, err);
}

int masks_make(struct init *init, struct error *err)
{
        _cleanup_(covers_done) struct covers covers = { .null = -1, .empty = -1 };
        const struct spec_linux *linux_ = init->spec->linux_;

        for (size_t i = 0; i < linux_->readonly_paths.count; i++)
                if (make_readonly(init, linux_->readonly_paths.items[i], err) < 0)
                        return error_wrap(err, "linux.readonlyPaths[%zu]: %s", i, linux_->readonly_paths.items[i]);
        for (size_t i = 0; i < linux_->masked_paths.count; i++)
                if (mask(init, &covers, linux_->masked_paths.items[i], err) < 0)
                        return error_wrap(err, "linux.maskedPaths[%zu]: %s", i, linux_->masked_paths.items[i]);
        return 0;
}
