/* The devices that are always there, those of the configuration, and the links that programs expect below /dev.  All work is
 * done on the descriptor of a real directory: an image whose /dev is a link elsewhere gets nothing made there (rule 3). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "hcs/base/inroot.h"
#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/system.h"
#include "hcs/local/init/init.h"
#include "hcs/local/tree.h"

static const struct { const char *name; unsigned major, minor; } standard[] = {
        { "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
};

static const struct { const char *name, *target; } links[] = {
        { "fd", "/proc/self/fd" }, { "stdin", "/proc/self/fd/0" }, { "stdout", "/proc/self/fd/1" },
        { "stderr", "/proc/self/fd/2" }, { "ptmx", "pts/ptmx" },
};

/* In a user namespace the kernel makes no device nodes, be it the sandbox's own or one that the caller is in already: the host's
 * own is bound, after a look at what it is. */
static int bind_device(int dir, const char *name, const char *host, mode_t type, dev_t number, struct error *err)
{
        _cleanup_(io_closep) int source = open(host, O_PATH | O_CLOEXEC), target = -1, tree = -1;
        struct stat device;
        int r;

        if (source < 0 || fstat(source, &device) < 0)
                return error_errno(err, "opening the host's %s", host);
        if ((device.st_mode & S_IFMT) != type || device.st_rdev != number)
                return error_set(err, E_INVALID_DATA, "the host's %s is another device", host);
        target = openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_RDONLY, 0644);
        if (target < 0 && errno == EEXIST)
                target = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (target < 0)
                return error_errno(err, "making the mount point");
        tree = tree_clone(source, "", false, err);
        if (tree < 0)
                return tree;
        /* Its mode and owner are the host's to change; a device is written to all the same. */
        r = tree_attributes(tree, MOUNT_ATTR_RDONLY, 0, false, err);
        return r < 0 ? r : tree_put(tree, target, err);
}

/* One that is there already must be the same. */
static int check_same(int dir, const char *name, mode_t type, dev_t number, struct error *err)
{
        struct stat there;

        if (fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(err, "looking at it");
        if ((there.st_mode & S_IFMT) != type || (type != S_IFIFO && there.st_rdev != number))
                return error_set(err, E_ALREADY_EXISTS, "something else is there already");
        return 0;
}

static int make_node(const struct init *init, int dir, const char *name, const char *host, mode_t mode, dev_t number,
                     uid_t uid, gid_t gid, struct error *err)
{
        mode_t type = mode & S_IFMT;

        if (init->plan.unprivileged && type != S_IFIFO)
                return bind_device(dir, name, host, type, number, err);
        if (mknodat(dir, name, mode, number) < 0) {
                if (errno == EEXIST)
                        return check_same(dir, name, type, number, err);
                if (errno == EPERM && !system_is_first_user_namespace())
                        return bind_device(dir, name, host, type, number, err);
                return error_errno(err, "making the node");
        }
        if ((uid || gid) && fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(err, "giving it to %u:%u", uid, gid);
        return 0;
}

static mode_t type_of(const char *letter)
{
        return *letter == 'b' ? S_IFBLK : *letter == 'p' ? S_IFIFO : S_IFCHR;
}

/* Who lists all of the host's devices (`--privileged`) lists its multiplexer too; the sandbox has its own, behind a link. */
static bool is_multiplexer(const struct spec_device *device)
{
        return text_equal(device->path, "/dev/ptmx") && *device->type != 'b' && device->major == 5 && device->minor == 2;
}

static int make_configured(const struct init *init, const struct spec_device *device, struct error *err)
{
        _cleanup_(io_closep) int dir = -1;
        mode_t mode = type_of(device->type) | (device->file_mode ? *device->file_mode & 07777 : 0666);
        const char *name;
        int r;

        if (is_multiplexer(device))
                return 0;
        r = inroot_make_parent(init->root, device->path, &dir, &name, err);
        if (r < 0)
                return r;
        return make_node(init, dir, name, device->path, mode, makedev((unsigned)device->major, (unsigned)device->minor),
                         device->uid ? *device->uid : 0, device->gid ? *device->gid : 0, err);
}

/* A bundle that binds a whole /dev brings its own. */
static bool brings_its_own(const struct spec *spec)
{
        for (size_t i = 0; i < spec->mounts.count; i++) {
                const struct spec_mount *mount = &spec->mounts.items[i];
                bool bind = mount->type && text_equal(mount->type, "bind");

                for (size_t k = 0; k < mount->options.count; k++)
                        bind = bind || text_equal(mount->options.items[k], "bind") ||
                               text_equal(mount->options.items[k], "rbind");
                if (bind && (text_equal(mount->destination, "/dev") || text_equal(mount->destination, "/dev/")))
                        return true;
        }
        return false;
}

static int make_standard(const struct init *init, int dev, struct error *err)
{
        char host[32];

        for (size_t i = 0; i < ARRAY_LENGTH(standard); i++) {
                snprintf(host, sizeof(host), "/dev/%s", standard[i].name);
                if (make_node(init, dev, standard[i].name, host, S_IFCHR | 0666,
                              makedev(standard[i].major, standard[i].minor), 0, 0, err) < 0)
                        return error_wrap(err, "%s", host);
        }
        for (size_t i = 0; i < ARRAY_LENGTH(links); i++)
                if (symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST)
                        return error_errno(err, "/dev/%s: making the link", links[i].name);
        return 0;
}

int devices_make(struct init *init, struct error *err)
{
        const struct spec_linux *linux_ = init->spec->linux_;
        _cleanup_(io_closep) int dev = -1;
        int r;

        if (brings_its_own(init->spec))
                return 0;
        r = inroot_open_if_there(init->root, "/dev", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, &dev, err);
        if (r == INROOT_ABSENT)
                r = inroot_make_directory(init->root, "/dev", 0755, &dev, err);
        if (r < 0)
                return error_wrap(err, "/dev of the root file system, which must be a real directory");
        r = make_standard(init, dev, err);
        for (size_t i = 0; r >= 0 && i < linux_->devices.count; i++) {
                r = make_configured(init, &linux_->devices.items[i], err);
                if (r < 0)
                        r = error_wrap(err, "linux.devices[%zu]: %s", i, linux_->devices.items[i].path);
        }
        return r;
}
