#include "layers/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/listing.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/host.h"
#include "layers/rootless.h"
#include "layers/scratch-image.h"
#include "layers/scratch-project.h"
#include "layers/scratches.h"

#define HOLDER "in-use"
#define UNFINISHED "unfinished"
#define BOOT ".boot"
#define LEFT ".left-"
#define PROBE "user.hcs-sandbox.probe"
#define LOCK_MS 5000                    /* held for a few system calls only */

/* --- may it lie there? -------------------------------------------------------------------------------------------------- */

/* tmpfs keeps attributes of users since Linux 6.6.  Overlays of a user namespace need them; fuse-overlayfs works without, but calls every
 * directory new that it has copied, and then whoever applies the changes would delete what had been in it. */
static bool is_old_tmpfs(const struct statfs *kind)
{
        unsigned major = 0, minor = 0;
        struct utsname system;

        return kind->f_type == TMPFS_MAGIC && uname(&system) == 0 && sscanf(system.release, "%u.%u", &major, &minor) == 2 &&
               (major < 6 || (major == 6 && minor < 6));
}

int scratch_check(const char *path, struct error *err)
{
        static const struct { unsigned long magic; const char *name; } unfit[] = {
                { OVERLAYFS_SUPER_MAGIC, "an overlay" }, { NFS_SUPER_MAGIC, "NFS" }, { FUSE_SUPER_MAGIC, "FUSE" },
                { MSDOS_SUPER_MAGIC, "FAT" }, { 0x2011bab0, "exFAT" }, { 0xff534d42, "CIFS" }, { 0xfe534d42, "SMB" },
                { V9FS_MAGIC, "9p" }, { 0x00c36400, "Ceph" }, { ECRYPTFS_SUPER_MAGIC, "eCryptfs" }, { RAMFS_MAGIC, "ramfs" },
        };
        _cleanup_(free_charp) char *there = strdup(path);
        const char *name = NULL;
        struct statfs kind;
        char *slash;
        int r;

        if (!there)
                return error_memory(err);
        while ((r = statfs(there, &kind)) < 0 && errno == ENOENT && (slash = strrchr(there, '/')) && there[1])
                slash[slash == there] = '\0';
        if (r < 0)
                return error_errno(err, "looking at the place of the scratch, %s", there);
        for (size_t i = 0; i < ARRAY_LENGTH(unfit); i++)
                if ((unsigned long)kind.f_type == unfit[i].magic)
                        name = unfit[i].name;
        if (!rootless_is_root() && is_old_tmpfs(&kind))
                name = "a tmpfs of a kernel before 6.6";
        if (!name)
                return 0;
        return error_set(err, E_NOT_SUPPORTED, "%s lies on %s, where no scratch can be; set %s", path, name, rootless_is_root()
                         ? "the annotation org.hcs-sandbox.scratch to \"memory\", or to a directory on ext4, xfs, btrfs or tmpfs"
                         : "XDG_DATA_HOME, or the annotation org.hcs-sandbox.scratch, to a directory on ext4, xfs or btrfs");
}

/* --- making ------------------------------------------------------------------------------------------------------------- */

/* Without root overlays of both kinds note in attributes of users what a directory is, and whoever reads the changes goes by that. */
static int check_attributes(int dir, struct error *err)
{
        _cleanup_(io_closep) int upper = -1;

        if (rootless_is_root())
                return 0;
        upper = openat(dir, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (upper < 0)
                return error_errno(err, "opening its upper directory");
        if (fsetxattr(upper, PROBE, "y", 1, 0) < 0 && errno == EOPNOTSUPP)
                return error_set(err, E_NOT_SUPPORTED, "its file system keeps no attributes of users; take one on ext4, xfs or btrfs");
        (void)fremovexattr(upper, PROBE);
        return 0;
}

/* upper/ like the directory that it will cover, and work/ beside it. */
static int make_pair(int dir, const char *like, struct error *err)
{
        struct stat wanted, made;

        if (stat(like, &wanted) < 0)
                return error_errno(err, "looking at %s", like);
        if (mkdirat(dir, "work", 0700) < 0 && errno != EEXIST)
                return error_errno(err, "making its work directory");
        if (mkdirat(dir, "upper", wanted.st_mode & 07777) < 0)
                return errno == EEXIST ? 0 : error_errno(err, "making its upper directory");
        if (fstatat(dir, "upper", &made, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(err, "looking at its upper directory");
        /* Who is root of a user namespace only sees the machine's owners as nobody, and must not make that the owner here. */
        if ((made.st_uid != wanted.st_uid || made.st_gid != wanted.st_gid) && rootless_is_root() &&
            fchownat(dir, "upper", wanted.st_uid, wanted.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(err, "giving it its owner");
        if (made.st_mode != wanted.st_mode && fchmodat(dir, "upper", wanted.st_mode & 07777, 0) < 0)
                return error_errno(err, "giving it its mode");
        return check_attributes(dir, err);
}

static int make_volumes(int dir, const struct scratch *scratch, struct error *err)
{
        if (scratch->volume_count && mkdirat(dir, "volumes", 0700) < 0 && errno != EEXIST)
                return error_errno(err, "making its volumes");
        for (size_t i = 0; i < scratch->volume_count; i++) {
                _cleanup_(io_closep) int volume = -1;
                char name[32];
                int r;

                snprintf(name, sizeof(name), "volumes/%zu", i);
                if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
                        return error_errno(err, "making its part for %s", scratch->volumes[i]);
                volume = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (volume < 0)
                        return error_errno(err, "opening its part for %s", scratch->volumes[i]);
                r = make_pair(volume, scratch->volumes[i], err);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* --- kept ones ---------------------------------------------------------------------------------------------------------- */

int scratch_lock(int dir, const char *path, struct error *err)
{
        const struct timespec nap = { .tv_nsec = 2000000 };

        for (int waited = 0; flock(dir, LOCK_EX | LOCK_NB) < 0; waited += 2) {
                if (errno != EWOULDBLOCK && errno != EINTR)
                        return error_errno(err, "locking %s", path);
                if (waited >= LOCK_MS)
                        return error_set(err, E_TIMED_OUT, "waiting for the lock of %s: %d seconds are over; somebody may be "
                                         "cloning it", path, LOCK_MS / 1000);
                nanosleep(&nap, NULL);
        }
        return 0;
}

int scratch_read_holder(int dir, struct text *ret, struct error *err)
{
        if (faccessat(dir, HOLDER, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : error_errno(err, "looking who uses the scratch");
        if (io_read_file_at(dir, HOLDER, 65536, ret, err) < 0)
                return err->code;
        if (ret->data && access(ret->data, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
                text_clear(ret);
        return 0;
}

/* Two sandboxes on one upper directory would ruin it. */
static int hold(int dir, const struct scratch *scratch, struct error *err)
{
        _cleanup_(text_done) struct text holder = { 0 };
        int r = scratch_read_holder(dir, &holder, err);

        if (r < 0)
                return r;
        if (holder.length && !text_equal(holder.data, scratch->owner))
                return error_set(err, E_BUSY, "the scratch %s is in use by the sandbox of %s", scratch->path, holder.data);
        return io_replace_at(dir, HOLDER, scratch->owner, strlen(scratch->owner), 0600, err);
}

/* One that was made over other file systems is of no use here. */
static int check_layout(int dir, const struct scratch *scratch, struct error *err)
{
        _cleanup_(text_done) struct text before = { 0 };

        if (faccessat(dir, SCRATCH_LAYOUT, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                return io_replace_at(dir, SCRATCH_LAYOUT, scratch->layout, strlen(scratch->layout), 0600, err);
        if (io_read_file_at(dir, SCRATCH_LAYOUT, 1u << 20, &before, err) < 0)
                return err->code;
        if (!text_equal(before.data ? before.data : "", scratch->layout))
                return error_set(err, E_INVALID_DATA, "the scratch %s was made when this machine had other file systems mounted, or by "
                                 "another user; name another directory", scratch->path);
        return 0;
}

/* Somebody may have removed it between our opening it and our lock. */
static int check_there(int dir, const struct scratch *scratch, struct error *err)
{
        struct stat mine, there;

        if (fstat(dir, &mine) == 0 && stat(scratch->path, &there) == 0 && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino)
                return 0;
        return error_set(err, E_BUSY, "the scratch %s is removed meanwhile; try again", scratch->path);
}

/* Only of what nobody has held yet, or somebody else's work of years would go with our failure. */
static int mark_new(int dir, struct error *err)
{
        if (faccessat(dir, SCRATCH_LAYOUT, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return 0;
        return io_replace_at(dir, UNFINISHED, "", 0, 0600, err);
}

static int take_kept(int dir, const struct scratch *scratch, bool is_new, struct error *err)
{
        int r = scratch_lock(dir, scratch->path, err);

        if (r < 0)
                return r;
        r = check_there(dir, scratch, err);
        if (r >= 0 && is_new)
                r = mark_new(dir, err);
        if (r >= 0)
                r = check_layout(dir, scratch, err);
        if (r >= 0)
                r = hold(dir, scratch, err);
        (void)flock(dir, LOCK_UN);
        return r;
}

int layer_scratch_finish(const char *scratch, struct error *err)
{
        _cleanup_(free_charp) char *mark = NULL;
        int r = path_join(scratch, UNFINISHED, &mark, err);

        if (r < 0)
                return r;
        return unlink(mark) < 0 && errno != ENOENT ? error_errno(err, "removing %s", mark) : 0;
}

/* The mark goes last: until then this can be taken up again. */
static int remove_unfinished(int dir, const char *path, struct error *err)
{
        _cleanup_(io_close_dirp) DIR *stream = listing_open(dir, ".");
        struct dirent *entry;
        int r = 0;

        if (!stream)
                return error_errno(err, "reading %s", path);
        while (r >= 0 && (entry = listing_next(stream)))
                if (!text_equal(entry->d_name, UNFINISHED))
                        r = io_remove_tree_at(dir, entry->d_name, err);
        if (r < 0)
                return r;
        if ((unlinkat(dir, UNFINISHED, 0) < 0 && errno != ENOENT) || (rmdir(path) < 0 && errno != ENOENT))
                return error_errno(err, "removing the scratch %s, which was made in vain", path);
        return 0;
}

/* Killed before it got its mark, or after it lost it: an empty one with a name, which is as good as none. */
static void remove_empty(const char *path)
{
        if (strstr(path, "/" SCRATCHES_DIRECTORY "/"))
                (void)rmdir(path);
}

int layer_scratch_release(const char *scratch, const char *owner, struct error *err)
{
        _cleanup_(io_closep) int dir = open(scratch, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_(text_done) struct text holder = { 0 };
        int r;

        if (dir < 0)
                return errno == ENOENT ? 0 : error_errno(err, "opening the scratch %s", scratch);
        r = scratch_lock(dir, scratch, err);
        if (r >= 0)
                r = scratch_read_holder(dir, &holder, err);
        if (r < 0 || (holder.length && !text_equal(holder.data, owner)))
                return r;               /* somebody else's */
        if (faccessat(dir, UNFINISHED, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return remove_unfinished(dir, scratch, err);
        if (unlinkat(dir, HOLDER, 0) < 0 && errno != ENOENT)
                return error_errno(err, "letting go of the scratch %s", scratch);
        remove_empty(scratch);
        return 0;
}

/* --- limited ones ------------------------------------------------------------------------------------------------------- */

static int make_in_tree(int dir, const struct scratch *scratch, struct error *err)
{
        _cleanup_(io_closep) int tree = -1;
        int r = io_remove_tree_at(dir, SCRATCH_IMAGE_TREE, err);

        if (r < 0)
                return r;
        if (mkdirat(dir, SCRATCH_IMAGE_TREE, 0700) < 0 ||
            (tree = openat(dir, SCRATCH_IMAGE_TREE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
                return error_errno(err, "making its " SCRATCH_IMAGE_TREE);
        r = make_pair(tree, "/", err);
        return r < 0 ? r : make_volumes(tree, scratch, err);
}

/* What it has and what is wished agree, or can be made to. */
static int make_image(int dir, const struct scratch *scratch, struct error *err)
{
        uint64_t there = 0;
        int r = scratch_image_size(dir, &there, err);

        if (r < 0)
                return r;
        if (there)
                return scratch_image_grow(dir, scratch->size, err);
        if (faccessat(dir, "upper", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return error_set(err, E_NOT_SUPPORTED, "it has no limit, and can't be given one: leave the size out, or take another "
                                 "scratch");
        if (!scratch->size)
                return error_set(err, E_BUSY, "it was removed meanwhile; try again");
        r = make_in_tree(dir, scratch, err);
        return r < 0 ? r : scratch_image_make(dir, scratch->path, scratch->size, scratch->owner, err);
}

static int make_plain(int dir, const struct scratch *scratch, struct error *err)
{
        uint64_t there = 0;
        int r = scratch->owner ? scratch_image_size(dir, &there, err) : 0;

        if (r >= 0 && there)
                r = error_set(err, E_BUSY, "it was given a limit meanwhile; try again");
        if (r >= 0)
                r = make_pair(dir, "/", err);
        return r < 0 ? r : make_volumes(dir, scratch, err);
}

/* --- all of them -------------------------------------------------------------------------------------------------------- */

int scratch_make(const struct scratch *scratch, struct error *err)
{
        struct error none = { .code = 0 };
        _cleanup_(io_closep) int dir = -1;
        bool is_new = mkdir(scratch->path, 0700) == 0;
        int r;

        if (!is_new && !(errno == EEXIST && scratch->owner)) {
                is_new = true;
                r = errno == ENOENT ? io_make_directories(scratch->path, 0700, err)
                                    : error_errno(err, "making the scratch %s", scratch->path);
                if (r < 0)
                        return r;
        }
        r = scratch->memory ? scratch_mount(scratch, err) : 0;
        if (r < 0)
                return r;
        dir = open(scratch->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir < 0)
                return error_errno(err, "opening the scratch %s", scratch->path);
        r = scratch->owner ? take_kept(dir, scratch, is_new, err) : 0;
        if (r < 0)
                return r;
        if (scratch->project)
                r = scratch_project_begin(dir, scratch->size, err);
        if (r >= 0)
                r = scratch->image ? make_image(dir, scratch, err) : make_plain(dir, scratch, err);
        if (r >= 0)
                return 0;
        if (scratch->owner)
                (void)layer_scratch_release(scratch->path, scratch->owner, &none);
        return error_wrap(err, "the scratch %s", scratch->path);
}

/* --- removing ----------------------------------------------------------------------------------------------------------- */

/* What overlayfs makes of an untouched pair, innermost first.  The first MARK_COUNT are its mark of a mount that syncs nothing, which keeps
 * the pair from being mounted a second time: a scratch that goes with its sandbox never is. */
static const struct { const char *name; int how; } parts[] = {
        { "work/work/incompat/volatile/dirty", 0 }, { "work/work/incompat/volatile", AT_REMOVEDIR },
        { "work/work/incompat", AT_REMOVEDIR },
        { "work/work", AT_REMOVEDIR }, { "work", AT_REMOVEDIR }, { "upper", AT_REMOVEDIR },
};
#define MARK_COUNT 3

/* Those parts of the pair at `place`.  False: something of it is still there. */
static bool remove_parts(int dir, const char *place, size_t from, size_t to)
{
        char path[PATH_MAX];

        for (size_t i = from; i < to; i++) {
                if ((size_t)snprintf(path, sizeof(path), "%s/%s", place, parts[i].name) >= sizeof(path))
                        return false;
                if (unlinkat(dir, path, parts[i].how) < 0 && errno != ENOENT)
                        return false;
        }
        return true;
}

/* The pair of an overlay; for all but the first place, *ret is "SCRATCH/volumes/N". */
static bool place_of(const char *scratch, size_t number, char *ret, size_t size)
{
        int length = number == 0 ? snprintf(ret, size, "%s", scratch) : snprintf(ret, size, "%s/volumes/%zu", scratch, number - 1);

        return (size_t)length < size;
}

static bool is_there(int dir, const char *path)
{
        return faccessat(dir, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void scratch_settle(const char *scratch)
{
        char place[PATH_MAX];

        for (size_t i = 0; place_of(scratch, i, place, sizeof(place)) && is_there(AT_FDCWD, place); i++)
                (void)remove_parts(AT_FDCWD, place, 0, MARK_COUNT);
}

/* All parts from that one on.  Nothing on these paths is the sandbox's to change. */
static void remove_untouched(int dir, const char *scratch, size_t from)
{
        char place[PATH_MAX];

        for (size_t i = 0; place_of(scratch, i, place, sizeof(place)) && (i == 0 || is_there(dir, place)); i++) {
                if (!remove_parts(dir, place, from, ARRAY_LENGTH(parts)))
                        return;
                if (i > 0)
                        (void)unlinkat(dir, place, AT_REMOVEDIR);
        }
        (void)unlinkat(dir, scratch, AT_REMOVEDIR);
}

void scratch_remove_settled(const char *scratch)
{
        if (!text_ends_with(scratch, SCRATCH_PROJECT_END))      /* whose quota goes first */
                remove_untouched(AT_FDCWD, scratch, MARK_COUNT);
}

/* The quota first: without the directory nobody would find it again. */
static int remove_one(int dir, const char *name, struct error *err)
{
        int r = text_ends_with(name, SCRATCH_PROJECT_END) ? scratch_project_end(dir, name, err) : 0;

        return r < 0 ? r : io_remove_tree_at(dir, name, err);
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
        if (!is_there(dir, path_name(scratch)))
                return 0;
        remove_untouched(dir, path_name(scratch), 0);
        if (remove_one(dir, path_name(scratch), err) < 0)
                return error_wrap(err, "the scratch %s", scratch);
        return 0;
}

/* Takes everything aside at once, so that what is made from here on is not mistaken for it. */
static void put_aside(int dir)
{
        _cleanup_(io_close_dirp) DIR *stream = listing_open(dir, ".");
        struct dirent *entry;

        while (stream && (entry = listing_next(stream))) {
                char left[300];

                snprintf(left, sizeof(left), LEFT "%.250s", entry->d_name);
                if (entry->d_name[0] != '.')
                        (void)renameat(dir, entry->d_name, dir, left);
        }
}

static void remove_left(int dir)
{
        _cleanup_(io_close_dirp) DIR *stream = listing_open(dir, ".");
        struct error none = { .code = 0 };
        struct dirent *entry;

        while (stream && (entry = listing_next(stream)))
                if (text_starts_with(entry->d_name, LEFT))
                        (void)remove_one(dir, entry->d_name, &none);
}

static void drop_references(const char *path)
{
        _cleanup_(io_closep) int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_(io_close_dirp) DIR *stream = dir < 0 ? NULL : listing_open(dir, ".");
        struct dirent *entry;

        while (stream && (entry = listing_next(stream)))
                if (entry->d_name[0] != '.')
                        (void)unlinkat(dir, entry->d_name, 0);
}

/* No sandbox outlives the kernel; what it left on a disk does.  Without a mark from before nothing is known, and nothing goes. */
int scratch_sweep(const char *directory, const char *references, struct error *err)
{
        _cleanup_(text_done) struct text boot = { 0 }, before = { 0 };
        struct error none = { .code = 0 };
        _cleanup_(io_closep) int dir = -1;
        int r = io_make_directories(directory, 0700, err);

        if (r < 0)
                return r;
        dir = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir < 0)
                return error_errno(err, "opening %s", directory);
        if (io_read_file_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &boot, &none) < 0 || !boot.data)
                return 0;
        r = scratch_lock(dir, directory, err);
        if (r < 0)
                return r;
        if (faccessat(dir, BOOT, F_OK, AT_SYMLINK_NOFOLLOW) == 0 && io_read_file_at(dir, BOOT, 64, &before, err) < 0)
                return err->code;
        if (text_equal(before.data, boot.data))
                return 0;
        if (before.data) {
                put_aside(dir);
                drop_references(references);
        }
        r = io_replace_at(dir, BOOT, boot.data, boot.length, 0600, err);
        (void)flock(dir, LOCK_UN);
        remove_left(dir);
        return r;
}
