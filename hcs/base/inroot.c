#include "hcs/base/inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"

#define RETRIES 64                      /* openat2 gives EAGAIN while somebody renames around us */

static int resolve(int root, const char *path, int flags)
{
        struct open_how how = {
                .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
                .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
        };

        for (int i = 0; i < RETRIES; i++) {
                int fd = (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof(how));

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
                return error_set(err, E_INVALID_DATA, "%s \"%s\": a symbolic link stands where none may", doing, path);
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

        if (fd < 0)
                return errno == ENOENT ? INROOT_ABSENT : tell("opening", path, err);
        *ret_fd = fd;
        return 0;
}

/* The directory of one component, made when it is missing.  Made by name below a descriptor, then opened without following
 * anything: whoever swaps it in between gets an error, not a way out. */
static int step(int root, int parent, const char *name, const char *so_far, mode_t mode, struct error *err)
{
        int fd;

        if (mkdirat(parent, name, mode) == 0) {
                fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                return fd < 0 ? tell("opening the new directory", so_far, err) : fd;
        }
        if (errno != EEXIST)
                return tell("making the directory", so_far, err);
        fd = resolve(root, so_far, O_PATH | O_DIRECTORY);
        return fd < 0 ? tell("opening the directory", so_far, err) : fd;
}

static int walk(int root, const char *path, mode_t mode, int *ret_fd, struct error *err)
{
        _cleanup_(text_done) struct text so_far = { 0 };
        _cleanup_(io_closep) int dir = resolve(root, "/", O_PATH | O_DIRECTORY);

        if (dir < 0)
                return tell("opening the root of", path, err);
        for (const char *part = path; *part;) {
                size_t length = strcspn(part, "/"), before;
                int next;

                if (length == 2 && part[0] == '.' && part[1] == '.')
                        return error_set(err, E_INVALID_PARAMETER, "\"%s\": \"..\" is not allowed here", path);
                if (length > 0 && !(length == 1 && part[0] == '.')) {
                        text_add_char(&so_far, '/');
                        before = so_far.length;
                        text_add_n(&so_far, part, length);
                        if (text_check(&so_far, err) < 0)
                                return err->code;
                        next = step(root, dir, so_far.data + before, so_far.data, mode, err);
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
        return walk(root, path, mode, ret_fd, err);
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

int inroot_make_file(int root, const char *path, mode_t mode, int *ret_fd, struct error *err)
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
                if (fd < 0)
                        return tell("making the file", path, err);
                close(fd);
                fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
                if (fd < 0)
                        return tell("opening the new file", path, err);
        }
        *ret_fd = fd;
        return 0;
}
