/* Files and descriptors of Linux. */
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

#include "hcs/base/linux-calls.h"
#include "hcs/base/listing.h"
#include "hcs/base/path.h"

/* Whoever cleans up is often about to say what errno is. */
void io_closep(int *fd)
{
        int saved = errno;

        if (*fd >= 0)
                close(*fd);
        errno = saved;
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
        char piece[4096];               /* a stack is paid for by the page */
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

int io_read_file(const char *path, size_t max, struct text *out, struct error *err)
{
        return io_read_file_at(AT_FDCWD, path, max, out, err);
}

int io_look_for(int dir, const char *name, struct error *err)
{
        if (faccessat(dir, name, F_OK, 0) == 0)
                return 0;
        return errno == ENOENT ? IO_ABSENT : error_errno(err, "looking for %s", name);
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
        size_t length = strlen(value);
        ssize_t n;

        if (fd < 0)
                return error_errno(err, "opening %s", name);
        do {
                n = write(fd, value, length);
        } while (n < 0 && errno == EINTR);
        if (n < 0)
                return error_errno(err, "writing \"%s\" to %s", value, name);
        if ((size_t)n != length)
                return error_set(err, E_UNEXPECTED_FAILURE, "writing \"%s\" to %s: the kernel took %zd bytes of %zu", value, name,
                                 n, length);
        return 0;
}

/* Says where, as far as that can be found out: which of several file systems is full is what people want to know. */
static int told_place(int dir, struct error *err)
{
        char link[32], path[1024];
        ssize_t n;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
        n = dir < 0 ? -1 : readlink(link, path, sizeof(path) - 1);
        if (n <= 0)
                return err->code;
        path[n] = '\0';
        return error_wrap(err, "%s", path);
}

int io_open_append(const char *path, mode_t mode, int *ret_fd, struct error *err)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode);

        if (fd < 0)
                return error_errno(err, "opening %s", path);
        *ret_fd = fd;
        return 0;
}

int io_open(const char *path, int *ret_fd, struct error *err)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return error_errno(err, "opening %s", path);
        *ret_fd = fd;
        return 0;
}

int io_create(const char *path, int *ret_fd, struct error *err)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);

        if (fd < 0)
                return error_errno(err, "making %s", path);
        *ret_fd = fd;
        return 0;
}

int io_sync(int fd, const char *what, struct error *err)
{
        return fsync(fd) < 0 ? error_errno(err, "writing %s to the disk", what) : 0;
}

int io_rename(const char *from, const char *to, struct error *err)
{
        return rename(from, to) < 0 ? error_errno(err, "putting %s into its place", to) : 0;
}

void io_remove(const char *path)
{
        (void)unlink(path);
}

int io_make_file(const char *path, const void *bytes, size_t length, mode_t mode, struct error *err)
{
        _cleanup_(io_closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        int r;

        if (fd < 0)
                return error_errno(err, "making %s", path);
        r = io_write_all(fd, bytes, length, path, err);
        if (r < 0)
                (void)unlink(path);
        return r;
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
        if (fd < 0) {
                (void)error_errno(err, "making %s", name);
                return told_place(dir, err);
        }
        r = io_write_all(fd, bytes, length, name, err);
        if (r >= 0 && fchmod(fd, mode) < 0)     /* the umask may have taken some */
                r = error_errno(err, "setting the mode of %s", name);
        if (r >= 0 && renameat(dir, temporary, dir, name) < 0)
                r = error_errno(err, "putting %s in place", name);
        if (r >= 0)
                return 0;
        (void)unlinkat(dir, temporary, 0);
        return told_place(dir, err);
}

int io_replace(const char *path, const void *bytes, size_t length, mode_t mode, struct error *err)
{
        const char *name = path_name(path);
        _cleanup_(free_charp) char *parent = strndup(path, (size_t)(name - path));
        _cleanup_(io_closep) int dir = -1;

        if (!parent)
                return error_memory(err);
        dir = open(*parent ? parent : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0)
                return error_errno(err, "opening the directory of %s", path);
        return io_replace_at(dir, name, bytes, length, mode, err);
}

/* One directory; what stands there already must be one too. */
static int make_one(const char *path, mode_t mode)
{
        struct stat there;

        if (mkdir(path, mode) == 0)
                return 0;
        if (errno != EEXIST)
                return -1;
        if (stat(path, &there) < 0)
                return -1;
        errno = ENOTDIR;
        return S_ISDIR(there.st_mode) ? 0 : -1;
}

int io_make_directories(const char *path, mode_t mode, struct error *err)
{
        _cleanup_(free_charp) char *copy = NULL;

        if (make_one(path, mode) == 0)          /* as a rule its parent is there */
                return 0;
        if (errno != ENOENT || !*path)
                return error_errno(err, "making the directory \"%s\"", path);
        copy = strdup(path);
        if (!copy)
                return error_memory(err);
        for (char *slash = copy; slash; *slash = '/') {
                slash = strchr(slash + 1, '/');
                if (slash)
                        *slash = '\0';
                if (make_one(copy, mode) < 0)
                        return error_errno(err, "making the directory \"%s\"", copy);
                if (!slash)
                        break;
        }
        return 0;
}

int io_make_directory(const char *path, mode_t mode, struct error *err)
{
        return mkdir(path, mode) < 0 ? error_errno(err, "making the directory %s", path) : 0;
}

/* --- trees -------------------------------------------------------------------------------------------------------------- */

/* A tree is emptied from its leaves, by descriptors: never through a link, never across a mount.  What is too deep for that
 * many descriptors is lifted up into the top under a new name, and comes when the top is gone through again. */
#define LEVELS_MAX 64

/* A directory may have got new entries while it was read, by a file system that lists them in an odd order or by somebody
 * who still writes: so many times it is gone through again. */
#define PASSES_MAX 16

struct removal {
        const char *name;               /* of the tree, for messages */
        int top;
        uint64_t mount;
        bool lifted;                    /* since the top was last gone through */
        struct error *err;
};

static int complain(const struct removal *removal, const char *name)
{
        return name == removal->name ? error_errno(removal->err, "removing %s", name)
                                     : error_errno(removal->err, "removing \"%s\" below %s", name, removal->name);
}

/* The mount that a directory is on.  Its device wouldn't do: a bind mount has the device of what it shows. */
static int find_mount(int dir, uint64_t *ret)
{
        struct statx there;

        if (sys_statx(dir, "", AT_EMPTY_PATH, STATX_MNT_ID, &there) < 0)
                return -1;
        *ret = there.stx_mnt_id;
        return 0;
}

/* Opens a directory to be emptied, by force if its mode forbids it.  A mount that was there before could not be removed
 * anyway (EBUSY), so what is looked at here is one that came since. */
static DIR *enter(struct removal *removal, int dir, const char *name, unsigned level)
{
        const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        _cleanup_(io_closep) int fd = openat(dir, name, flags);
        uint64_t mount;
        DIR *stream;

        if (fd < 0 && errno == EACCES && fchmodat(dir, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
                fd = openat(dir, name, flags);
        if (fd < 0 || find_mount(fd, &mount) < 0)
                return NULL;
        if (level == 0) {
                removal->top = fd;
                removal->mount = mount;
        }
        if (mount != removal->mount) {
                errno = EXDEV;
                return NULL;
        }
        stream = fdopendir(fd);
        if (stream)
                (void)take_fd(fd);
        return stream;
}

static int remove_one(int dir, const char *name, bool directory)
{
        int r = unlinkat(dir, name, directory ? AT_REMOVEDIR : 0);

        if (r < 0 && errno == (directory ? ENOTDIR : EISDIR))
                r = unlinkat(dir, name, directory ? 0 : AT_REMOVEDIR);
        return r < 0 && errno == ENOENT ? 0 : r;
}

/* The same in a directory of the tree, which may forbid it. */
static int remove_below(int dir, const char *name, bool directory)
{
        int r = remove_one(dir, name, directory);

        return r < 0 && errno == EACCES && fchmod(dir, 0700) == 0 ? remove_one(dir, name, directory) : r;
}

static int lift(struct removal *removal, int dir, const char *name)
{
        char lifted[40];
        uint64_t salt;
        int r;

        if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
                return complain(removal, name);
        snprintf(lifted, sizeof(lifted), ".removed-%016llx", (unsigned long long)salt);
        r = renameat(dir, name, removal->top, lifted);
        /* A directory that its owner may not write can't change its parent. */
        if (r < 0 && errno == EACCES && fchmodat(dir, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
                r = renameat(dir, name, removal->top, lifted);
        if (r < 0)
                return complain(removal, name);
        removal->lifted = true;
        return 0;
}

static bool holds_something(int errnum)
{
        return errnum == ENOTEMPTY || errnum == EEXIST;
}

static int remove_tree(struct removal *removal, int dir, const char *name, unsigned level);

static int remove_entry(struct removal *removal, int dir, const struct dirent *entry, unsigned level)
{
        if (remove_below(dir, entry->d_name, entry->d_type == DT_DIR) == 0)
                return 0;
        if (!holds_something(errno))
                return complain(removal, entry->d_name);
        return level < LEVELS_MAX ? remove_tree(removal, dir, entry->d_name, level + 1) : lift(removal, dir, entry->d_name);
}

/* Empties a directory and removes it. */
static int remove_tree(struct removal *removal, int dir, const char *name, unsigned level)
{
        _cleanup_(io_close_dirp) DIR *stream = enter(removal, dir, name, level);
        int passes = 0;

        if (!stream)
                return errno == ENOENT ? 0 : complain(removal, name);
        for (;;) {
                struct dirent *entry;

                removal->lifted &= level > 0;
                while ((entry = listing_next(stream)))
                        if (remove_entry(removal, dirfd(stream), entry, level) < 0)
                                return removal->err->code;
                if ((level > 0 ? remove_below(dir, name, true) : remove_one(dir, name, true)) == 0)
                        return 0;
                if (level > 0 || !removal->lifted)
                        passes++;
                if (!holds_something(errno) || passes == PASSES_MAX)
                        return complain(removal, name);
                rewinddir(stream);
        }
}

int io_remove_tree_at(int dir, const char *name, struct error *err)
{
        struct removal removal = { .name = name, .top = -1, .err = err };

        if (remove_one(dir, name, true) == 0)
                return 0;
        return holds_something(errno) ? remove_tree(&removal, dir, name, 0) : complain(&removal, name);
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
        if (dir < 0 && errno == ENOENT)         /* not in the words that clients take for a missing program */
                return error_set(err, E_FILE_NOT_FOUND, "the directory of the socket %s is not there", path);
        if (dir < 0)
                return error_errno(err, "opening the directory of the socket %s", path);
        if ((size_t)snprintf(name.sun_path, sizeof(name.sun_path), "/proc/self/fd/%d/%s", dir, last) >= sizeof(name.sun_path))
                return error_set(err, E_INVALID_PARAMETER, "the name of the socket %s is too long", path);

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return error_errno(err, "making a socket");
        if (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
                return errno == ENOENT ? error_set(err, E_FILE_NOT_FOUND, "the socket %s is not there", path)
                                       : error_errno(err, "connecting to the socket %s", path);
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

/* Padding leaves room for a second descriptor: whoever sends more than one gets none accepted, and none stays open. */
static int take_first(struct cmsghdr *header, int *ret_fd, struct error *err)
{
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        int fds[4];

        if (count > ARRAY_LENGTH(fds))
                count = ARRAY_LENGTH(fds);
        memcpy(fds, CMSG_DATA(header), count * sizeof(int));
        if (count == 1) {
                *ret_fd = fds[0];
                return 0;
        }
        for (size_t i = 0; i < count; i++)
                close(fds[i]);
        return error_set(err, E_INVALID_DATA, "the other side sent %zu descriptors; expected one", count);
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
        if (n > 0 && header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
                return take_first(header, ret_fd, err);
        return error_set(err, E_BROKEN_PIPE, "the other side sent no descriptor");
}

int io_remove_tree(const char *path, struct error *err)
{
        return io_remove_tree_at(AT_FDCWD, path, err);
}
