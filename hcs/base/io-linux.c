#include "hcs/base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "hcs/base/path.h"

void io_closep(int *fd)
{
        if (*fd >= 0)
                close(*fd);
}

void io_close_filep(FILE **file)
{
        if (*file)
                fclose(*file);
}

void io_close_dirp(void *dir)
{
        DIR **stream = dir;

        if (*stream)
                closedir(*stream);
}

int io_read_all(int fd, size_t max, struct text *out, const char *what, struct error *err)
{
        char piece[16384];
        ssize_t n;

        for (;;) {
                n = read(fd, piece, sizeof(piece));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_errno(err, "reading %s", what);
                if (n == 0)
                        return text_check(out, err);
                if (out->length + (size_t)n > max)
                        return error_set(err, E_INVALID_DATA, "%s is too large: more than %zu bytes", what, max);
                text_add_n(out, piece, (size_t)n);
        }
}

int io_read_file_at(int dir, const char *name, size_t max, struct text *out, struct error *err)
{
        _cleanup_(io_closep) int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return error_errno(err, "opening %s", name);
        return io_read_all(fd, max, out, name, err);
}

int io_write_all(int fd, const void *bytes, size_t length, const char *what, struct error *err)
{
        const char *at = bytes;

        while (length > 0) {
                ssize_t n = write(fd, at, length);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_errno(err, "writing %s", what);
                at += n;
                length -= (size_t)n;
        }
        return 0;
}

int io_write_value_at(int dir, const char *name, const char *value, struct error *err)
{
        _cleanup_(io_closep) int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

        if (fd < 0)
                return error_errno(err, "opening %s", name);
        if (write(fd, value, strlen(value)) < 0)
                return error_errno(err, "writing \"%s\" to %s", value, name);
        return 0;
}

int io_replace_at(int dir, const char *name, const void *bytes, size_t length, mode_t mode, struct error *err)
{
        _cleanup_(io_closep) int fd = -1;
        char temporary[300];
        uint64_t salt;
        int r;

        if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
                return error_errno(err, "getting random bytes");
        snprintf(temporary, sizeof(temporary), ".%.200s.%016llx", name, (unsigned long long)salt);
        fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        if (fd < 0)
                return error_errno(err, "making %s", name);
        r = io_write_all(fd, bytes, length, name, err);
        if (r >= 0 && mode & 077 && fchmod(fd, mode) < 0)      /* the umask may have taken some */
                r = error_errno(err, "setting the mode of %s", name);
        if (r >= 0 && renameat(dir, temporary, dir, name) < 0)
                r = error_errno(err, "putting %s in place", name);
        if (r < 0)
                (void)unlinkat(dir, temporary, 0);
        return r;
}

int io_make_directories(const char *path, mode_t mode, struct error *err)
{
        _cleanup_(free_charp) char *copy = strdup(path);

        if (!copy)
                return error_memory(err);
        for (char *slash = strchr(copy + 1, '/');; slash = strchr(slash + 1, '/')) {
                if (slash)
                        *slash = '\0';
                if (mkdir(copy, mode) < 0 && errno != EEXIST)
                        return error_errno(err, "making the directory %s", copy);
                if (!slash)
                        return 0;
                *slash = '/';
        }
}

/* --- trees -------------------------------------------------------------------------------------------------------------- */

/* A tree is emptied without recursion and with two descriptors, however deep it is: what a subdirectory of the top holds is
 * removed, or, when it is itself a directory with something in it, lifted up into the top under a new name, to come next. */
struct removal { int top; dev_t device; bool found; };

static bool is_dots(const char *name)
{
        return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Opens a directory to be emptied, by force if its mode forbids it. */
static DIR *open_to_empty(int dir, const char *name)
{
        int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *stream;

        if (fd < 0 && errno == EACCES && fchmodat(dir, name, 0700, 0) == 0)
                fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return NULL;
        stream = fdopendir(fd);
        if (!stream)
                close(fd);
        return stream;
}

/* 0 when it is gone, 1 when it is a directory with something in it. */
static int remove_one(int dir, const char *name)
{
        if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
                return 0;
        if (errno == EACCES && fchmod(dir, 0700) == 0 && unlinkat(dir, name, 0) == 0)
                return 0;
        if (errno != EISDIR && errno != EPERM)
                return -1;
        if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
                return 0;
        return errno == ENOTEMPTY || errno == EEXIST ? 1 : -1;
}

static int lift(const struct removal *removal, int dir, const char *name)
{
        char lifted[40];
        uint64_t salt;

        if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
                return -1;
        snprintf(lifted, sizeof(lifted), ".removed-%016llx", (unsigned long long)salt);
        if (renameat(dir, name, removal->top, lifted) == 0)
                return 0;
        /* A directory that its owner may not write can't change its parent. */
        return errno == EACCES && fchmodat(dir, name, 0700, 0) == 0 ? renameat(dir, name, removal->top, lifted) : -1;
}

/* Empties one subdirectory of the top and removes it. */
static int empty_sub(const struct removal *removal, const char *name)
{
        _cleanup_(io_close_dirp) DIR *sub = open_to_empty(removal->top, name);
        struct dirent *entry;
        struct stat there;

        if (!sub)
                return errno == ENOENT ? 0 : -1;
        if (fstat(dirfd(sub), &there) < 0)
                return -1;
        if (there.st_dev != removal->device) {
                errno = EXDEV;
                return -1;
        }
        while ((entry = readdir(sub))) {
                int r = is_dots(entry->d_name) ? 0 : remove_one(dirfd(sub), entry->d_name);

                if (r < 0 || (r > 0 && lift(removal, dirfd(sub), entry->d_name) < 0))
                        return -1;
        }
        return unlinkat(removal->top, name, AT_REMOVEDIR) < 0 && errno != ENOENT && errno != ENOTEMPTY ? -1 : 0;
}

int io_remove_tree_at(int dir, const char *name, struct error *err)
{
        _cleanup_(io_close_dirp) DIR *top = NULL;
        struct removal removal;
        struct dirent *entry;
        struct stat there;
        int r;

        r = remove_one(dir, name);
        if (r < 0)
                return error_errno(err, "removing %s", name);
        if (r == 0)
                return 0;
        top = open_to_empty(dir, name);
        if (!top || fstat(dirfd(top), &there) < 0)
                return error_errno(err, "opening %s to empty it", name);
        removal = (struct removal){ .top = dirfd(top), .device = there.st_dev };

        do {
                removal.found = false;
                rewinddir(top);
                while ((entry = readdir(top))) {
                        if (is_dots(entry->d_name))
                                continue;
                        removal.found = true;
                        r = remove_one(removal.top, entry->d_name);
                        if (r > 0)
                                r = empty_sub(&removal, entry->d_name);
                        if (r < 0)
                                return error_errno(err, "removing %s/%s", name, entry->d_name);
                }
        } while (removal.found);
        return unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? error_errno(err, "removing %s", name) : 0;
}

/* --- sockets ------------------------------------------------------------------------------------------------------------ */

int io_connect_unix(const char *path, int *ret_fd, struct error *err)
{
        _cleanup_(io_closep) int fd = -1, dir = -1;
        _cleanup_(free_charp) char *parent = strdup(path);
        struct sockaddr_un name = { .sun_family = AF_UNIX };
        const char *last = path_name(path);

        if (!parent)
                return error_memory(err);
        parent[last - path] = '\0';
        dir = open(*parent ? parent : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0)
                return error_errno(err, "opening the directory of the socket %s", path);
        if ((size_t)snprintf(name.sun_path, sizeof(name.sun_path), "/proc/self/fd/%d/%s", dir, last) >= sizeof(name.sun_path))
                return error_set(err, E_INVALID_PARAMETER, "the name of the socket %s is too long", path);

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return error_errno(err, "making a socket");
        if (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
                return error_errno(err, "connecting to the socket %s", path);
        *ret_fd = take_fd(fd);
        return 0;
}

int io_send_fd(int socket, int fd, const char *name, struct error *err)
{
        struct iovec bytes = { .iov_base = (void *)(uintptr_t)name, .iov_len = *name ? strlen(name) : 1 };
        union { struct cmsghdr header; char bytes[CMSG_SPACE(sizeof(int))]; } extra = { 0 };
        struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &extra, .msg_controllen = sizeof(extra) };

        extra.header.cmsg_level = SOL_SOCKET;
        extra.header.cmsg_type = SCM_RIGHTS;
        extra.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&extra.header), &fd, sizeof(int));
        while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
                if (errno != EINTR)
                        return error_errno(err, "sending a descriptor");
        return 0;
}

int io_receive_fd(int socket, int *ret_fd, struct error *err)
{
        char name[4096];
        struct iovec bytes = { .iov_base = name, .iov_len = sizeof(name) };
        union { struct cmsghdr header; char bytes[CMSG_SPACE(sizeof(int))]; } extra = { 0 };
        struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &extra, .msg_controllen = sizeof(extra) };
        struct cmsghdr *header;
        ssize_t n;

        do {
                n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        } while (n < 0 && errno == EINTR);
        if (n < 0)
                return error_errno(err, "receiving a descriptor");
        header = CMSG_FIRSTHDR(&message);
        if (n == 0 || !header || header->cmsg_type != SCM_RIGHTS)
                return error_set(err, E_BROKEN_PIPE, "the other side sent no descriptor");
        memcpy(ret_fd, CMSG_DATA(header), sizeof(int));
        return 0;
}
