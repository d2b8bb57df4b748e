#include "layers/copy-tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "hcs/base/arena.h"
#include "hcs/base/io.h"
#include "hcs/base/text.h"
#include "layers/changes.h"
#include "layers/copy.h"

#define NAMES_MAX 65536
#define DOOR_MAX 320
#define BUCKETS 4096

/* A file with more than one name, and one of those that were made. */
struct linked { struct linked *next; dev_t device; ino_t file; const char *path; };

struct copier {
        struct arena arena;
        struct linked **links;          /* by file */
        int top;                        /* what paths of links begin at */
        bool owners;
        struct error *err;
};

static void copier_done(struct copier *copier)
{
        free(copier->links);
        arena_done(&copier->arena);
}

/* --- the overlay's marks -------------------------------------------------------------------------------------------------- */

static bool is_mark(const char *name)
{
        return text_starts_with(name, "trusted.overlay.") || text_starts_with(name, "user.overlay.") ||
               text_starts_with(name, "user.fuseoverlayfs.");
}

/* An overlay's number is its own. */
static bool is_taken_over(const char *name)
{
        return is_mark(name) && !text_ends_with(name, ".uuid");
}

static int copy_marks(int from, const char *name, int to, const char *to_name, struct error *err)
{
        _cleanup_(free_charp) char *names = malloc(2 * NAMES_MAX);
        char source[DOOR_MAX], target[DOOR_MAX];
        ssize_t length;

        if (!names)
                return error_memory(err);
        snprintf(source, sizeof(source), "/proc/self/fd/%d/%s", from, name);
        snprintf(target, sizeof(target), "/proc/self/fd/%d/%s", to, to_name);
        length = llistxattr(source, names, NAMES_MAX);
        if (length < 0)
                return errno == ENOTSUP ? 0 : error_errno(err, "reading attributes");
        for (const char *one = names; one < names + length; one += strlen(one) + 1) {
                ssize_t n = is_taken_over(one) ? lgetxattr(source, one, names + NAMES_MAX, NAMES_MAX) : -1;

                if (is_taken_over(one) && (n < 0 || lsetxattr(target, one, names + NAMES_MAX, (size_t)n, 0) < 0))
                        return error_errno(err, "copying the attribute %s", one);
        }
        return 0;
}

/* --- names of one file ------------------------------------------------------------------------------------------------------ */

/* Links to the one that was made; false: this is the first. */
static bool link_again(struct copier *copier, const struct stat *what, const char *path, int *ret)
{
        struct linked **bucket = &copier->links[what->st_ino % BUCKETS];
        struct linked *made;

        for (made = *bucket; made; made = made->next)
                if (made->file == what->st_ino && made->device == what->st_dev) {
                        *ret = linkat(copier->top, made->path, copier->top, path, 0) < 0 ? error_errno(copier->err, "linking %s", path) : 0;
                        return true;
                }
        made = arena_alloc(&copier->arena, sizeof(*made));
        *ret = made ? 0 : error_memory(copier->err);
        if (!made)
                return true;
        *made = (struct linked){ .next = *bucket, .device = what->st_dev, .file = what->st_ino, .path = arena_copy(&copier->arena, path) };
        *bucket = made;
        if (!made->path)
                *ret = error_memory(copier->err);
        return !made->path;
}

/* --- trees ---------------------------------------------------------------------------------------------------------------- */

struct pair { int from, to; const char *path; unsigned depth; };       /* two directories, and where below the top they are */

static int copy_one(struct copier *copier, const struct pair *in, const char *name);

static int copy_inside(struct copier *copier, const struct pair *pair)
{
        int again = openat(pair->from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(io_close_dirp) DIR *dir = again < 0 ? NULL : fdopendir(again);
        struct dirent *entry;
        int r = 0;

        if (!dir) {
                r = error_errno(copier->err, "reading %s", pair->path);
                io_closep(&again);
                return r;
        }
        while (r >= 0 && (errno = 0, entry = readdir(dir)))
                if (!text_equal(entry->d_name, ".") && !text_equal(entry->d_name, ".."))
                        r = copy_one(copier, pair, entry->d_name);
        return r >= 0 && errno ? error_errno(copier->err, "reading %s", pair->path) : r;
}

static int copy_directory(struct copier *copier, const struct pair *in, const char *name, const char *path)
{
        const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        _cleanup_(io_closep) int from = openat(in->from, name, flags), to = openat(in->to, name, flags);
        const struct pair below = { from, to, path, in->depth + 1 };
        int r;

        if (from < 0 || to < 0)
                return error_errno(copier->err, "opening %s", path);
        if (below.depth > CHANGES_DEPTH_MAX)
                return error_set(copier->err, E_NOT_SUPPORTED, "%s: more than %d directories in each other", path, CHANGES_DEPTH_MAX);
        r = copy_inside(copier, &below);
        return r < 0 ? r : copy_looks(from, to, copier->owners, true, copier->err);
}

static int copy_one(struct copier *copier, const struct pair *in, const char *name)
{
        const char *path = arena_printf(&copier->arena, "%s/%s", in->path, name);
        struct stat what;
        int r = 0;

        if (!path)
                return error_memory(copier->err);
        if (fstatat(in->from, name, &what, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(copier->err, "looking at %s", path);
        if (!S_ISDIR(what.st_mode) && what.st_nlink > 1 && link_again(copier, &what, path, &r))
                return r;
        r = copy_entry(in->from, name, in->to, name, copier->owners, copier->err);
        if (r >= 0)
                r = copy_marks(in->from, name, in->to, name, copier->err);
        if (r < 0)
                return error_wrap(copier->err, "%s", path);
        return S_ISDIR(what.st_mode) ? copy_directory(copier, in, name, path) : 0;
}

int copy_tree(int from, const char *name, int to, const char *to_name, bool owners, struct error *err)
{
        _cleanup_(copier_done) struct copier copier = {
                .links = calloc(BUCKETS, sizeof(struct linked *)), .owners = owners, .err = err,
        };
        const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        _cleanup_(io_closep) int source = openat(from, name, flags), target = -1;
        struct pair top = { .path = "." };
        int r;

        if (!copier.links)
                return error_memory(err);
        if (source < 0)
                return error_errno(err, "opening %s", name);
        if (mkdirat(to, to_name, 0700) < 0 || (target = openat(to, to_name, flags)) < 0)
                return error_errno(err, "making %s", to_name);
        copier.top = top.to = target;
        top.from = source;
        r = copy_inside(&copier, &top);
        if (r >= 0)
                r = copy_marks(from, name, to, to_name, err);
        return r < 0 ? r : copy_looks(source, target, owners, true, err);
}
