/* A mask written out.  A merged directory takes mode, owner and times from the uppermost layer that has it, so every directory on
 * the way to something hidden is made like the host's own. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/mask.h"

struct writer { int dir, root; enum mask_kind kind; struct error *err; };

static int copy_looks(const struct writer *writer, const char *path, const struct stat *what)
{
        const struct timespec times[2] = { what->st_atim, what->st_mtim };

        /* Without root everything is the caller's anyway, and looks like root's inside. */
        if (writer->kind == MASK_FOR_ROOT && fchownat(writer->dir, path, what->st_uid, what->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(writer->err, "giving /%s its owner", path);
        if (fchmodat(writer->dir, path, what->st_mode & 07777, 0) < 0 || utimensat(writer->dir, path, times, 0) < 0)
                return error_errno(writer->err, "giving /%s its mode", path);
        return 0;
}

/* Makes the directories above `path` (without its leading slash) that are not there yet, like the host's. */
static int make_above(const struct writer *writer, const char *path)
{
        char part[4096];

        for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
                struct stat what;

                snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
                if (mkdirat(writer->dir, part, 0700) < 0) {
                        if (errno == EEXIST)
                                continue;
                        return error_errno(writer->err, "making /%s", part);
                }
                if (fstatat(writer->root, part, &what, AT_SYMLINK_NOFOLLOW) == 0 && copy_looks(writer, part, &what) < 0)
                        return writer->err->code;
        }
        return 0;
}

static int make_opaque(const struct writer *writer, const char *path)
{
        _cleanup_(io_closep) int fd = openat(writer->dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_(io_closep) int mark = -1;

        if (fd < 0)
                return error_errno(writer->err, "opening /%s", path);
        if (writer->kind == MASK_FOR_ROOT)
                return fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0) < 0
                        ? error_errno(writer->err, "marking /%s as opaque", path) : 0;
        if (fsetxattr(fd, "user.overlay.opaque", "y", 1, 0) < 0)
                return error_errno(writer->err, "marking /%s as opaque", path);
        mark = openat(fd, ".wh..wh..opq", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        return mark < 0 ? error_errno(writer->err, "marking /%s as opaque", path) : 0;
}

static int hide_directory(const struct writer *writer, const char *path)
{
        struct stat what;
        int r;

        if (mkdirat(writer->dir, path, 0700) < 0 && errno != EEXIST)
                return error_errno(writer->err, "making /%s", path);
        r = make_opaque(writer, path);
        if (r < 0)
                return r;
        return fstatat(writer->root, path, &what, AT_SYMLINK_NOFOLLOW) == 0 ? copy_looks(writer, path, &what) : 0;
}

static int hide_file(const struct writer *writer, const char *path)
{
        if (mknodat(writer->dir, path, S_IFCHR, makedev(0, 0)) < 0 && errno != EEXIST)
                return error_errno(writer->err, "hiding /%s", path);
        return 0;
}

/* --- files given anew --------------------------------------------------------------------------------------------------- */

static int give_file(const struct writer *writer, const char *path, const char *content, const struct stat *like)
{
        _cleanup_(io_closep) int fd = -1;
        int r = make_above(writer, path);

        if (r < 0)
                return r;
        (void)unlinkat(writer->dir, path, 0);           /* a whiteout may stand there */
        fd = openat(writer->dir, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return error_errno(writer->err, "giving /%s", path);
        r = io_write_all(fd, content, strlen(content), path, writer->err);
        return r < 0 ? r : copy_looks(writer, path, like);
}

/* The same accounts, with every password locked. */
static int give_locked(const struct writer *writer, const char *path, const char *lock)
{
        _cleanup_(text_done) struct text text = { 0 }, locked = { 0 };
        struct error ignored = { 0 };
        char *line, *rest = NULL;
        struct stat like;

        if (fstatat(writer->root, path, &like, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(like.st_mode) ||
            io_read_file_at(writer->root, path, 16u << 20, &text, &ignored) < 0)
                return 0;               /* not there, or not ours to read: absent it stays */
        for (line = text.data ? strtok_r(text.data, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest)) {
                char *hash = strchr(line, ':'), *behind = hash ? strchr(hash + 1, ':') : NULL;

                if (!behind)
                        continue;
                text_add_n(&locked, line, (size_t)(hash - line));
                text_addf(&locked, ":%s%s\n", lock, behind);
        }
        if (text_check(&locked, writer->err) < 0)
                return writer->err->code;
        return give_file(writer, path, locked.data ? locked.data : "", &like);
}

/* Where the resolver's file is a link into /run, which is hidden, its content comes along. */
static int give_resolver(const struct writer *writer)
{
        static const char path[] = "etc/resolv.conf";
        _cleanup_(text_done) struct text text = { 0 };
        struct error ignored = { 0 };
        struct stat like;

        if (fstatat(writer->root, path, &like, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(like.st_mode) ||
            io_read_file_at(writer->root, path, 1u << 20, &text, &ignored) < 0 || fstatat(writer->root, path, &like, 0) < 0)
                return 0;
        return give_file(writer, path, text.data ? text.data : "", &like);
}

static int give_plain(const struct writer *writer, const char *path, const char *content)
{
        struct stat like;

        if (fstatat(writer->root, path, &like, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(like.st_mode))
                return 0;
        return give_file(writer, path, content, &like);
}

/* One new home directory, as a new account gets it. */
static int fill_home(const struct writer *writer, const char *home)
{
        _cleanup_(io_close_dirp) DIR *dir = NULL;
        int fd = openat(writer->root, "etc/skel", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
        struct dirent *entry;

        dir = fd < 0 ? NULL : fdopendir(fd);
        while (r >= 0 && dir && (entry = readdir(dir))) {
                _cleanup_(text_done) struct text text = { 0 };
                struct error ignored = { 0 };
                struct stat like;
                char path[512];

                if (fstatat(fd, entry->d_name, &like, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(like.st_mode) ||
                    io_read_file_at(fd, entry->d_name, 1u << 20, &text, &ignored) < 0)
                        continue;
                snprintf(path, sizeof(path), "%s/%s", home, entry->d_name);
                r = give_file(writer, path, text.data ? text.data : "", &like);
        }
        return r;
}

static bool is_hidden(const hiding_list *hidden, const char *path)
{
        return hiding_covers(hidden, path);
}

static int give_files(const struct writer *writer, const hiding_list *hidden)
{
        int r = 0;

        /* What somebody chose to show is shown as it is. */
        if (is_hidden(hidden, "/etc/shadow"))
                r = give_locked(writer, "etc/shadow", "*");
        if (r >= 0 && is_hidden(hidden, "/etc/gshadow"))
                r = give_locked(writer, "etc/gshadow", "*");
        if (r >= 0)
                r = give_plain(writer, "etc/machine-id", "");
        if (r >= 0)
                r = give_plain(writer, "etc/hostname", "sandbox\n");
        if (r >= 0)
                r = give_plain(writer, "etc/hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
        if (r >= 0)
                r = give_resolver(writer);
        if (r >= 0 && is_hidden(hidden, "/root"))
                r = fill_home(writer, "root");
        return r;
}

int mask_tree_write(int dir, int root, const hiding_list *hidden, enum mask_kind kind, struct error *err)
{
        const struct writer writer = { .dir = dir, .root = root, .kind = kind, .err = err };

        for (size_t i = 0; i < hidden->count; i++) {
                const struct hiding *hiding = &hidden->items[i];
                const char *path = hiding->path + 1;
                int r = make_above(&writer, path);

                if (r >= 0)
                        r = hiding->directory ? hide_directory(&writer, path) : hide_file(&writer, path);
                if (r < 0)
                        return error_wrap(err, "the mask");
        }
        return give_files(&writer, hidden);
}
