#include "layers/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/host.h"

#define HOLDER "in-use"                 /* of a kept scratch: the state directory of the sandbox that has it */

int scratch_check(const char *path, struct error *err)
{
        static const struct { unsigned long magic; const char *name; } unfit[] = {
                { OVERLAYFS_SUPER_MAGIC, "an overlay" }, { NFS_SUPER_MAGIC, "NFS" }, { FUSE_SUPER_MAGIC, "FUSE" },
                { MSDOS_SUPER_MAGIC, "FAT" }, { 0xff534d42, "CIFS" }, { 0xfe534d42, "SMB" }, { V9FS_MAGIC, "9p" },
        };
        _cleanup_(free_charp) char *there = strdup(path);
        struct statfs kind;
        char *slash;

        if (!there)
                return error_memory(err);
        while (statfs(there, &kind) < 0 && errno == ENOENT && (slash = strrchr(there, '/')) && slash != there)
                *slash = '\0';
        for (size_t i = 0; i < ARRAY_LENGTH(unfit); i++)
                if ((unsigned long)kind.f_type == unfit[i].magic)
                        return error_set(err, E_NOT_SUPPORTED, "%s lies on %s, where no scratch can be; set the annotation "
                                         "org.hcs-sandbox.scratch to \"memory\", or to a directory on ext4, xfs, btrfs or tmpfs", path,
                                         unfit[i].name);
        return 0;
}

/* upper/ like the directory that it will cover, and work/ beside it. */
static int make_pair(int dir, const char *like, struct error *err)
{
        struct stat what;

        if (stat(like, &what) < 0)
                return error_errno(err, "looking at %s", like);
        if (mkdirat(dir, "work", 0700) < 0 && errno != EEXIST)
                return error_errno(err, "making the scratch's work directory");
        if (mkdirat(dir, "upper", what.st_mode & 07777) < 0)
                return errno == EEXIST ? 0 : error_errno(err, "making the scratch's upper directory");
        if (geteuid() == 0 && (what.st_uid || what.st_gid) && fchownat(dir, "upper", what.st_uid, what.st_gid, 0) < 0)
                return error_errno(err, "giving the scratch its owner");
        if (what.st_mode & 022 && fchmodat(dir, "upper", what.st_mode & 07777, 0) < 0)  /* the umask took some */
                return error_errno(err, "giving the scratch its mode");
        return 0;
}

static int make_volumes(int dir, const char *const *volumes, size_t count, struct error *err)
{
        if (count && mkdirat(dir, "volumes", 0700) < 0 && errno != EEXIST)
                return error_errno(err, "making the scratch's volumes");
        for (size_t i = 0; i < count; i++) {
                _cleanup_(io_closep) int volume = -1;
                char name[32];
                int r;

                snprintf(name, sizeof(name), "volumes/%zu", i);
                if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
                        return error_errno(err, "making the scratch for %s", volumes[i]);
                volume = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (volume < 0)
                        return error_errno(err, "opening the scratch for %s", volumes[i]);
                r = make_pair(volume, volumes[i], err);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Two sandboxes on one upper directory would ruin it.  A holder whose state is gone holds nothing any more. */
static int hold(int dir, const char *path, const char *owner, struct error *err)
{
        _cleanup_(text_done) struct text holder = { 0 };
        _cleanup_(io_closep) int fd = openat(dir, HOLDER, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        int r;

        if (fd < 0 && errno != EEXIST)
                return error_errno(err, "taking the scratch %s", path);
        if (fd < 0) {
                r = io_read_file_at(dir, HOLDER, 65536, &holder, err);
                if (r < 0)
                        return r;
                if (holder.data && *holder.data && !text_equal(holder.data, owner) && access(holder.data, F_OK) == 0)
                        return error_set(err, E_BUSY, "the scratch %s is in use by the sandbox of %s", path, holder.data);
        }
        return io_replace_at(dir, HOLDER, owner, strlen(owner), 0600, err);
}

int scratch_make(const char *path, const char *const *volumes, size_t volume_count, const char *owner, struct error *err)
{
        _cleanup_(io_closep) int dir = -1;
        int r;

        if (mkdir(path, 0700) < 0 && errno != EEXIST) {
                r = errno == ENOENT ? io_make_directories(path, 0700, err) : error_errno(err, "making the scratch %s", path);
                if (r < 0)
                        return r;
        }
        dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir < 0)
                return error_errno(err, "opening the scratch %s", path);
        r = owner ? hold(dir, path, owner, err) : 0;
        if (r >= 0)
                r = make_pair(dir, "/", err);
        return r < 0 ? r : make_volumes(dir, volumes, volume_count, err);
}

int layer_scratch_release(const char *scratch, struct error *err)
{
        _cleanup_(io_closep) int dir = open(scratch, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (dir < 0)
                return errno == ENOENT ? 0 : error_errno(err, "opening the scratch %s", scratch);
        return unlinkat(dir, HOLDER, 0) < 0 && errno != ENOENT ? error_errno(err, "letting go of the scratch %s", scratch) : 0;
}

int layer_scratch_remove(const char *scratch, struct error *err)
{
        _cleanup_(free_charp) char *parent = strndup(scratch, (size_t)(path_name(scratch) - scratch));
        _cleanup_(io_closep) int dir = -1;

        if (!parent)
                return error_memory(err);
        dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0)
                return errno == ENOENT ? 0 : error_errno(err, "opening %s", parent);
        if (io_remove_tree_at(dir, path_name(scratch), err) < 0)
                return error_wrap(err, "the scratch %s", scratch);
        return 0;
}
