/* A mask written out.  A merged directory takes mode, owner, times and labels from the uppermost layer that has it, so every
 * directory in a mask is made like the host's own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"
#include "layers/mask.h"

struct writer { int dir, root; enum mask_way way; struct error *err; };

/* --- looks -------------------------------------------------------------------------------------------------------------- */

static int copy_looks(const struct writer *writer, const char *path, const struct look *like)
{
        /* Without root everything is the caller's anyway, and looks like root's inside. */
        if (writer->way == MASK_OVERLAY && fchownat(writer->dir, path, like->uid, like->gid, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(writer->err, "giving /%s its owner", path);
        if (fchmodat(writer->dir, path, like->mode & 07777, 0) < 0)
                return error_errno(writer->err, "giving /%s its mode", path);
        return 0;
}

static int copy_time(const struct writer *writer, const char *path, const struct look *like)
{
        const struct timespec time = { .tv_sec = like->modified / 1000000000, .tv_nsec = like->modified % 1000000000 };
        const struct timespec times[2] = { time, time };

        if (utimensat(writer->dir, path, times, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(writer->err, "giving /%s its time", path);
        return 0;
}

/* Access lists and labels of a directory that shows through.  What the mask's file system doesn't take stays away. */
static void copy_labels(const struct writer *writer, const char *path)
{
        _cleanup_(io_closep) int from = openat(writer->root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_(io_closep) int to = openat(writer->dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        char names[4096], value[4096];
        ssize_t length = from < 0 || to < 0 ? -1 : flistxattr(from, names, sizeof(names));

        for (const char *name = names; length > 0 && name < names + length; name += strlen(name) + 1) {
                ssize_t n;

                if (!text_starts_with(name, "security.") && !text_starts_with(name, "system.posix_acl_"))
                        continue;
                n = fgetxattr(from, name, value, sizeof(value));
                if (n >= 0)
                        (void)fsetxattr(to, name, value, (size_t)n, 0);
        }
}

/* --- entries ------------------------------------------------------------------------------------------------------------ */

#define NO_ATTRIBUTES " (its file system has no attributes for that; a tmpfs has those of users since Linux 6.6: " \
        "set XDG_DATA_HOME to a directory on ext4, xfs or btrfs)"

static int make_opaque(const struct writer *writer, const char *path)
{
        const char *name = writer->way == MASK_OVERLAY ? "trusted.overlay.opaque" : "user.overlay.opaque";
        _cleanup_(io_closep) int fd = openat(writer->dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_(io_closep) int mark = -1;

        if (fd < 0 || fsetxattr(fd, name, "y", 1, 0) < 0)
                return error_errno(writer->err, "marking /%s as opaque%s", path, fd >= 0 && errno == EOPNOTSUPP ? NO_ATTRIBUTES : "");
        if (writer->way != MASK_FUSE)
                return 0;
        mark = openat(fd, ".wh..wh..opq", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        return mark < 0 ? error_errno(writer->err, "marking /%s as opaque", path) : 0;
}

static int write_directory(const struct writer *writer, const struct mask_entry *entry, const char *path)
{
        int r = 0;

        if (mkdirat(writer->dir, path, 0700) < 0)
                return error_errno(writer->err, "making /%s", path);
        if (entry->kind == MASK_EMPTY)
                r = make_opaque(writer, path);
        else if (writer->way == MASK_OVERLAY)
                copy_labels(writer, path);
        return r;
}

/* Modes and times last: a directory may forbid writing, and what is made in it changes its time. */
static int finish_directory(const struct writer *writer, const struct mask_entry *entry)
{
        int r = copy_looks(writer, entry->path + 1, &entry->like);

        return r < 0 ? r : copy_time(writer, entry->path + 1, &entry->like);
}

static int write_file(const struct writer *writer, const struct mask_entry *entry, const char *path)
{
        _cleanup_(io_closep) int fd = openat(writer->dir, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        int r;

        if (fd < 0)
                return error_errno(writer->err, "giving /%s", path);
        r = io_write_all(fd, entry->content, entry->length, path, writer->err);
        if (r >= 0)
                r = copy_looks(writer, path, &entry->like);
        return r < 0 ? r : copy_time(writer, path, &entry->like);
}

static int write_entry(const struct writer *writer, const struct mask_entry *entry)
{
        const char *path = entry->path + 1;

        switch (entry->kind) {
        case MASK_MERGED:
        case MASK_EMPTY:
                return write_directory(writer, entry, path);
        case MASK_FILE:
                return write_file(writer, entry, path);
        case MASK_ABSENT:
                if (mknodat(writer->dir, path, S_IFCHR, makedev(0, 0)) < 0)
                        return error_errno(writer->err, "hiding /%s", path);
                return 0;
        case MASK_LINK:
                if (symlinkat(entry->content, writer->dir, path) < 0)
                        return error_errno(writer->err, "giving the link /%s", path);
                return 0;
        }
        return 0;
}

int mask_tree_write(int dir, int root, const mask_entry_list *entries, enum mask_way way, struct error *err)
{
        const struct writer writer = { .dir = dir, .root = root, .way = way, .err = err };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < entries->count; i++)
                r = write_entry(&writer, &entries->items[i]);
        for (size_t i = entries->count; r >= 0 && i-- > 0;)     /* backwards: children first */
                if (entries->items[i].kind == MASK_MERGED || entries->items[i].kind == MASK_EMPTY)
                        r = finish_directory(&writer, &entries->items[i]);
        return r;
}
