#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"
#include "layers/windows/names.h"
#include "layers/windows/stream.h"

#define BELOW (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)

int winfolder_open(const char *path, struct winfolder *ret, struct error *err)
{
        int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (dir < 0)
                return error_errno(err, "opening %s", path);
        *ret = (struct winfolder){ .dir = dir };
        return 0;
}

void winfolder_done(struct winfolder *folder)
{
        io_closep(&folder->dir);
        folder->dir = -1;
}

static uint64_t time_of(const struct timespec *time)
{
        int64_t windows = (time->tv_sec + WINTAR_EPOCH) * (int64_t)WINTAR_SECOND + time->tv_nsec / 100;

        return windows > 0 ? (uint64_t)windows : 0;
}

static struct timespec unix_time(uint64_t time)
{
        int64_t behind = (int64_t)time - WINTAR_EPOCH * (int64_t)WINTAR_SECOND, seconds = behind / (int64_t)WINTAR_SECOND;

        seconds -= behind % (int64_t)WINTAR_SECOND < 0;
        return (struct timespec){ seconds, (behind - seconds * (int64_t)WINTAR_SECOND) * 100 };
}

static struct wintar_times times_of(const struct stat *what)
{
        uint64_t written = time_of(&what->st_mtim);

        return (struct wintar_times){ written, time_of(&what->st_atim), written, written };
}

/* --- in ------------------------------------------------------------------------------------------------------------------- */

static int open_directory(const struct winfolder *folder, const char *path, DIR **ret, struct error *err)
{
        int fd = sys_openat2(folder->dir, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, BELOW);

        if (fd < 0)
                return error_errno(err, "opening %s", path);
        *ret = fdopendir(fd);
        if (!*ret) {
                close(fd);
                return error_errno(err, "reading %s", path);
        }
        return 0;
}

static int read_entry(DIR *directory, const char *name, struct arena *arena, struct winfolder_entry *ret, struct error *err)
{
        struct stat what;

        if (fstatat(dirfd(directory), name, &what, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(err, "looking at %s", name);
        if (!S_ISDIR(what.st_mode) && !S_ISREG(what.st_mode))
                return error_set(err, E_INVALID_DATA, "%s is neither file nor directory, and an exported layer has nothing else", name);
        *ret = (struct winfolder_entry){
                .name = arena_copy(arena, name), .is_directory = S_ISDIR(what.st_mode), .times = times_of(&what),
                .attributes = S_ISDIR(what.st_mode) ? WINFILE_DIRECTORY : WINFILE_ARCHIVE,
                .device = what.st_dev, .number = what.st_ino, .names = what.st_nlink,
        };
        return ret->name ? 0 : error_memory(err);
}

static int compare(const void *a, const void *b)
{
        const struct winfolder_entry *left = a, *right = b;

        return strcmp(left->name, right->name);
}

static int read_entries(DIR *directory, struct arena *arena, winfolder_list *list, struct error *err)
{
        const struct dirent *entry;
        size_t room = 0;

        while ((entry = readdir(directory))) {
                if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, ".."))
                        continue;
                if (list->count == room) {
                        struct winfolder_entry *more = arena_alloc_array(arena, room = room ? 2 * room : 16, sizeof(*more));

                        if (!more)
                                return error_memory(err);
                        if (list->count)
                                memcpy(more, list->items, list->count * sizeof(*more));
                        list->items = more;
                }
                if (read_entry(directory, entry->d_name, arena, &list->items[list->count], err) < 0)
                        return err->code;
                list->count++;
        }
        if (list->count)
                qsort(list->items, list->count, sizeof(*list->items), compare);
        return 0;
}

int winfolder_read_directory(const struct winfolder *folder, const char *path, struct arena *arena, winfolder_list *ret, struct error *err)
{
        _cleanup_(io_close_dirp) DIR *directory = NULL;

        *ret = (winfolder_list){ .count = 0 };
        if (open_directory(folder, path, &directory, err) < 0)
                return err->code;
        return read_entries(directory, arena, ret, err) < 0 ? error_wrap(err, "%s", *path ? path : "the folder") : 0;
}

int winfolder_open_file(const struct winfolder *folder, const char *path, struct winfolder_file *ret, struct error *err)
{
        const int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
        _cleanup_(io_closep) int fd = sys_openat2(folder->dir, path, flags | O_NOATIME, BELOW);
        struct stat what;

        if (fd < 0 && errno == EPERM)   /* another user's: reading it shows */
                fd = sys_openat2(folder->dir, path, flags, BELOW);
        if (fd < 0)
                return error_errno(err, "opening %s", path);
        if (fstat(fd, &what) < 0)
                return error_errno(err, "looking at %s", path);
        if (!S_ISREG(what.st_mode))
                return error_set(err, E_INVALID_DATA, "%s is no file", path);
        *ret = (struct winfolder_file){ take_fd(fd), (uint64_t)what.st_size, times_of(&what) };
        return 0;
}

int winfolder_read(struct winfolder_file *file, uint64_t at, void *bytes, size_t length, size_t *ret, struct error *err)
{
        size_t got = 0;

        while (got < length) {
                ssize_t n = pread(file->fd, (char *)bytes + got, length - got, (off_t)(at + got));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_errno(err, "reading it");
                if (n == 0)
                        break;
                got += (size_t)n;
        }
        *ret = got;
        return 0;
}

/* --- out ------------------------------------------------------------------------------------------------------------------ */

/* The directory that a path is in, and its last name. */
static int open_parent(const struct winfolder *folder, const char *path, int *ret, const char **ret_name, struct error *err)
{
        const char *slash = strrchr(path, '/');
        char parent[WINNAMES_PATH_MAX + 64];

        *ret_name = slash ? slash + 1 : path;
        if (slash && (size_t)(slash - path) >= sizeof(parent))
                return error_set(err, E_INVALID_DATA, "its path is too long");
        memcpy(parent, slash ? path : ".", slash ? (size_t)(slash - path) : 1);
        parent[slash ? slash - path : 1] = '\0';
        *ret = sys_openat2(folder->dir, parent, O_PATH | O_DIRECTORY | O_CLOEXEC, BELOW);
        return *ret < 0 ? error_errno(err, "opening %s", parent) : 0;
}

int winfolder_make_directory(const struct winfolder *folder, const char *path, struct error *err)
{
        _cleanup_(io_closep) int parent = -1;
        const char *name;

        if (open_parent(folder, path, &parent, &name, err) < 0)
                return err->code;
        return mkdirat(parent, name, 0755) < 0 ? error_errno(err, "making it") : 0;
}

int winfolder_make_file(const struct winfolder *folder, const char *path, struct winfolder_file *ret, struct error *err)
{
        _cleanup_(io_closep) int parent = -1;
        const char *name;
        int fd;

        if (open_parent(folder, path, &parent, &name, err) < 0)
                return err->code;
        fd = openat(parent, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return error_errno(err, "making it");
        *ret = (struct winfolder_file){ .fd = fd };
        return 0;
}

int winfolder_link(const struct winfolder *folder, const char *path, const char *target, struct error *err)
{
        _cleanup_(io_closep) int parent = -1, other = -1;
        const char *name, *other_name;

        if (open_parent(folder, path, &parent, &name, err) < 0 || open_parent(folder, target, &other, &other_name, err) < 0)
                return err->code;
        return linkat(other, other_name, parent, name, 0) < 0 ? error_errno(err, "linking it") : 0;
}

int winfolder_remove_file(const struct winfolder *folder, const char *path, struct error *err)
{
        _cleanup_(io_closep) int parent = -1;
        const char *name;

        if (open_parent(folder, path, &parent, &name, err) < 0)
                return err->code;
        return unlinkat(parent, name, 0) < 0 ? error_errno(err, "removing it") : 0;
}

int winfolder_write(struct winfolder_file *file, const void *bytes, size_t length, struct error *err)
{
        file->size += length;
        return io_write_all(file->fd, bytes, length, "it", err);
}

int winfolder_set_times(struct winfolder_file *file, const struct wintar_times *times, struct error *err)
{
        const struct timespec both[2] = { unix_time(times->read), unix_time(times->written) };

        return futimens(file->fd, both) < 0 ? error_errno(err, "giving it its time") : 0;
}

void winfolder_close(struct winfolder_file *file)
{
        io_closep(&file->fd);
        file->fd = -1;
}
