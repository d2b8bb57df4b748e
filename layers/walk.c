#include "layers/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"

struct walk {
        struct arena *arena;
        int root;
        const mount_list *mounts;
        hiding_list *found;
        walked_list *walked;
        size_t places;                  /* how many of `found` are places, which are not entered */
        struct error *err;
};

/* Room for one more in a list of any kind. */
static int grow(struct arena *arena, void **items, size_t count, size_t size, struct error *err)
{
        void *more;

        if (count != 0 && (count & (count - 1)) != 0)
                return 0;               /* lists grow when they are a power of two long */
        more = arena_alloc_array(arena, count ? count * 2 : 1, size);
        if (!more)
                return error_memory(err);
        if (count)
                memcpy(more, *items, count * size);
        *items = more;
        return 0;
}

int hiding_add(struct arena *arena, hiding_list *list, const char *path, const char *why, bool directory, struct error *err)
{
        if (grow(arena, (void **)&list->items, list->count, sizeof(*list->items), err) < 0)
                return err->code;
        list->items[list->count++] = (struct hiding){ path, why, directory };
        return 0;
}

bool hiding_covers(const hiding_list *list, const char *path)
{
        for (size_t i = 0; i < list->count; i++)
                if (path_is_below(path, list->items[i].path))
                        return true;
        return false;
}

static int64_t latest(const struct stat *what)
{
        int64_t m = what->st_mtim.tv_sec * 1000000000LL + what->st_mtim.tv_nsec;
        int64_t c = what->st_ctim.tv_sec * 1000000000LL + what->st_ctim.tv_nsec;

        return m > c ? m : c;
}

int64_t walk_time_of(int root, const char *path)
{
        struct stat what;

        return fstatat(root, path + 1, &what, AT_SYMLINK_NOFOLLOW) < 0 ? -1 : latest(&what);
}

static int note(struct walk *walk, const char *path, const struct stat *what)
{
        if (grow(walk->arena, (void **)&walk->walked->items, walk->walked->count, sizeof(*walk->walked->items), walk->err) < 0)
                return walk->err->code;
        walk->walked->items[walk->walked->count++] = (struct walked){ path, latest(what) };
        return 0;
}

static bool is_foreign_mount(const struct walk *walk, const char *path)
{
        for (size_t i = 0; i < walk->mounts->count; i++)
                if (text_equal(walk->mounts->items[i].path, path) && !walk->mounts->items[i].on_disk)
                        return true;
        return false;
}

static int walk_directory(struct walk *walk, const char *path);

static int look_at(struct walk *walk, const char *path, const char *name, const struct stat *what)
{
        mode_t mode = what->st_mode;

        if (S_ISLNK(mode))
                return 0;
        if (S_ISDIR(mode)) {
                if ((mode & S_IXOTH) == 0 || (mode & S_IROTH) == 0)
                        return hiding_add(walk->arena, walk->found, path, "not open to others", true, walk->err);
                return is_foreign_mount(walk, path) ? 0 : walk_directory(walk, path);
        }
        if (!S_ISREG(mode))
                return hiding_add(walk->arena, walk->found, path, "a socket, pipe or device of what runs here", false, walk->err);
        if (rules_is_secret_name(name))
                return hiding_add(walk->arena, walk->found, path, "a key or credentials", false, walk->err);
        if ((mode & S_IROTH) == 0 && what->st_size > 0)
                return hiding_add(walk->arena, walk->found, path, "not readable by others", false, walk->err);
        return 0;
}

/* Depth is bounded by the length that a path can have. */
static int walk_directory(struct walk *walk, const char *path)
{
        _cleanup_(io_close_dirp) DIR *dir = NULL;
        int fd = openat(walk->root, path + 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r = 0;
        struct dirent *entry;
        struct stat what;

        if (fd < 0)                     /* not there, or not ours to read: nothing of it can be shown either */
                return 0;
        dir = fdopendir(fd);
        if (!dir) {
                close(fd);
                return error_errno(walk->err, "reading %s", path);
        }
        if (fstat(fd, &what) == 0)
                r = note(walk, path, &what);
        while (r >= 0 && (entry = readdir(dir))) {
                char *below;

                if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, "..") || entry->d_type == DT_LNK)
                        continue;
                if (fstatat(fd, entry->d_name, &what, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;       /* gone since */
                below = arena_printf(walk->arena, "%s/%s", path, entry->d_name);
                if (!below)
                        return error_memory(walk->err);
                if (!hiding_covers(&(hiding_list){ walk->found->items, walk->places }, below) && strlen(below) < 4000)
                        r = look_at(walk, below, entry->d_name, &what);
        }
        return r;
}

/* Places first; the walk below does not enter them. */
static int add_places(struct walk *walk)
{
        struct stat what;

        for (const struct rules_fixed *place = rules_places; place->path; place++) {
                if (fstatat(walk->root, place->path + 1, &what, AT_SYMLINK_NOFOLLOW) < 0 || S_ISLNK(what.st_mode))
                        continue;
                if (hiding_add(walk->arena, walk->found, place->path, place->why, S_ISDIR(what.st_mode), walk->err) < 0)
                        return walk->err->code;
        }
        return 0;
}

/* What somebody put into "/" is people's data. */
static int add_top_level(struct walk *walk)
{
        _cleanup_(io_close_dirp) DIR *dir = NULL;
        int fd = openat(walk->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct dirent *entry;
        struct stat what;

        dir = fd < 0 ? NULL : fdopendir(fd);
        if (!dir)
                return error_errno(walk->err, "reading /");
        if (fstat(fd, &what) == 0 && note(walk, "/", &what) < 0)
                return walk->err->code;
        while ((entry = readdir(dir))) {
                char *path;

                if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, "..") || rules_is_system_entry(entry->d_name) ||
                    fstatat(fd, entry->d_name, &what, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                path = arena_printf(walk->arena, "/%s", entry->d_name);
                if (!path)
                        return error_memory(walk->err);
                if (hiding_add(walk->arena, walk->found, path, "not part of the system", false, walk->err) < 0)
                        return walk->err->code;
        }
        return 0;
}

int walk_secrets(struct arena *arena, int root, const mount_list *mounts, hiding_list *ret, walked_list *ret_walked,
                 struct error *err)
{
        struct walk walk = { .arena = arena, .root = root, .mounts = mounts, .found = ret, .walked = ret_walked, .err = err };
        int r;

        r = add_places(&walk);
        walk.places = ret->count;
        if (r >= 0)
                r = add_top_level(&walk);
        for (size_t i = 0; r >= 0 && rules_secret_roots[i]; i++)
                r = walk_directory(&walk, rules_secret_roots[i]);
        return r;
}
