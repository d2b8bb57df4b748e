/* The kernel resolves (openat2); we only make what is missing.  A component is made by name below the descriptor of its
 * directory and opened there without following anything, so whoever swaps it in between gets an error, not a way out.
 * A link that dangles is followed by its text, which is resolved in the root like any path: /etc/resolv.conf of most images
 * points into a /run that is empty. */
#include "hcs/base/inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/path.h"

#define RETRIES 64                      /* openat2 gives EAGAIN while somebody renames around us */
#define LINKS_MAX 40                    /* dangling links on the way to one path; as many as the kernel follows */

enum { TRY_NEXT = 1 };

static int resolve(int root, const char *path, int flags)
{
        for (int i = 0; i < RETRIES; i++) {
                int fd = sys_openat2(root, *path ? path : ".", (unsigned)(flags | O_CLOEXEC),
                                     RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

                if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
                        return fd;
        }
        return -1;
}

/* "no such file or directory" is kept out of these messages: clients take it for a missing program. */
static int tell(const char *doing, const char *path, struct error *err)
{
        if (errno == ENOENT)
                return error_set(err, E_FILE_NOT_FOUND, "%s \"%s\": it is not there", doing, path);
        if (errno == ELOOP)
                return error_set(err, E_INVALID_DATA, "%s \"%s\": it is a symbolic link that may not be followed", doing, path);
        return error_errno(err, "%s \"%s\"", doing, path);
}

int inroot_open(int root, const char *path, int flags, struct error *err)
{
        int fd = resolve(root, path, flags);

        return fd < 0 ? tell("opening", path, err) : fd;
}

int inroot_open_if_there(int root, const char *path, int flags, int *ret_fd, struct error *err)
{
        int fd = resolve(root, path, flags);

        /* What would lie below a file is not there either; but a directory that turns out to be a link or a file is no absence. */
        if (fd < 0)
                return errno == ENOENT || (errno == ENOTDIR && !(flags & O_DIRECTORY)) ? INROOT_ABSENT : tell("opening", path, err);
        *ret_fd = fd;
        return 0;
}

/* The path to try next when `name`, the end of `path`, is in `dir` and yet can't be resolved: where the link points, or
 * the same path when it is no link (somebody made it meanwhile).  Caller's, free(). */
static int next_path(int dir, const char *path, const char *name, char **ret, struct error *err)
{
        _cleanup_(text_done) struct text next = { 0 };
        char target[PATH_MAX];
        ssize_t length = readlinkat(dir, name, target, sizeof(target));

        if (length < 0 && errno != EINVAL)
                return tell("reading the link", path, err);
        if (length < 0) {
                text_add(&next, path);
        } else {
                if (target[0] != '/')
                        text_add_n(&next, path, (size_t)(name - path));
                text_add_n(&next, target, (size_t)length);
        }
        return text_take(&next, ret, err);
}

static int walk(int root, const char *path, mode_t mode, int links, int *ret_fd, struct error *err);

/* The directory of one component, made when it is missing; `name` is the end of `so_far`. */
static int step(int root, int parent, const char *so_far, const char *name, mode_t mode, int links, struct error *err)
{
        _cleanup_(free_charp) char *next = NULL;
        int fd, r;

        if (mkdirat(parent, name, mode) == 0) {
                fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                return fd < 0 ? tell("opening the new directory", so_far, err) : fd;
        }
        if (errno != EEXIST)
                return tell("making the directory", so_far, err);
        fd = resolve(root, so_far, O_PATH | O_DIRECTORY);
        if (fd >= 0)
                return fd;
        if (errno != ENOENT)
                return tell("opening the directory", so_far, err);

        r = next_path(parent, so_far, name, &next, err);
        if (r >= 0)
                r = walk(root, next, mode, links + 1, &fd, err);
        return r < 0 ? r : fd;
}

/* Makes what is missing of a directory, from the root on.  `so_far` is there at each step, so the kernel knows what a ".."
 * behind it means. */
static int walk(int root, const char *path, mode_t mode, int links, int *ret_fd, struct error *err)
{
        _cleanup_(text_done) struct text so_far = { 0 };
        _cleanup_(io_closep) int dir = -1;

        if (links == LINKS_MAX)
                return error_set(err, E_INVALID_DATA, "making the directory \"%s\": too many symbolic links", path);
        dir = resolve(root, "/", O_PATH | O_DIRECTORY);
        if (dir < 0)
                return tell("opening the root of", path, err);
        for (const char *part = path; *part;) {
                size_t length = strcspn(part, "/"), before = so_far.length + 1;
                bool up = length == 2 && part[0] == '.' && part[1] == '.';
                int next;

                if (length > 0 && !(length == 1 && part[0] == '.')) {
                        text_add_char(&so_far, '/');
                        text_add_n(&so_far, part, length);
                        if (text_check(&so_far, err) < 0)
                                return err->code;
                        next = up ? inroot_open(root, so_far.data, O_PATH | O_DIRECTORY, err)
                                  : step(root, dir, so_far.data, so_far.data + before, mode, links, err);
                        if (next < 0)
                                return next;
                        close(dir);
                        dir = next;
                }
                part += length + (part[length] == '/');
        }
        *ret_fd = take_fd(dir);
        return 0;
}

int inroot_make_directory(int root, const char *path, mode_t mode, int *ret_fd, struct error *err)
{
        int fd = resolve(root, path, O_PATH | O_DIRECTORY);

        if (fd >= 0) {                  /* as a rule it is there */
                *ret_fd = fd;
                return 0;
        }
        if (errno != ENOENT)
                return tell("opening the directory", path, err);
        return walk(root, path, mode, 0, ret_fd, err);
}

int inroot_make_parent(int root, const char *path, int *ret_fd, const char **ret_name, struct error *err)
{
        const char *name = path_name(path);
        _cleanup_(text_done) struct text parent = { 0 };
        int r;

        if (!*name || text_equal(name, ".") || text_equal(name, ".."))
                return error_set(err, E_INVALID_PARAMETER, "\"%s\" does not end in a name", path);
        text_add_char(&parent, '/');
        text_add_n(&parent, path, (size_t)(name - path));
        r = text_check(&parent, err);
        if (r < 0)
                return r;
        r = inroot_make_directory(root, parent.data, 0755, ret_fd, err);
        if (r < 0)
                return r;
        *ret_name = name;
        return 0;
}

/* 0, or TRY_NEXT with the path where a dangling link points. */
static int open_or_make(int root, const char *path, mode_t mode, int *ret_fd, char **ret_next, struct error *err)
{
        _cleanup_(io_closep) int dir = -1;
        const char *name;
        int fd, r;

        fd = resolve(root, path, O_PATH);
        if (fd < 0 && errno != ENOENT)
                return tell("opening", path, err);
        if (fd < 0) {
                r = inroot_make_parent(root, path, &dir, &name, err);
                if (r < 0)
                        return r;
                fd = openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_RDONLY, mode);
                if (fd < 0 && errno != EEXIST)
                        return tell("making the file", path, err);
                if (fd < 0) {
                        r = next_path(dir, path, name, ret_next, err);
                        return r < 0 ? r : TRY_NEXT;
                }
        }
        *ret_fd = fd;
        return 0;
}

int inroot_make_file(int root, const char *path, mode_t mode, int *ret_fd, struct error *err)
{
        _cleanup_(free_charp) char *followed = NULL;

        for (int links = 0; links < LINKS_MAX; links++) {
                char *next = NULL;
                int r = open_or_make(root, path, mode, ret_fd, &next, err);

                if (r != TRY_NEXT)
                        return r;
                free(followed);
                path = followed = next;
        }
        return error_set(err, E_INVALID_DATA, "making the file \"%s\": too many symbolic links", path);
}
