#include "layers/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/look.h"
#include "layers/rules.h"

#define TICK_NANOSECONDS 100000000LL    /* far more than the kernel's clock for file times is coarse */

struct walk {
        struct arena *arena;
        const struct strings *shown;
        hiding_list *list;
        size_t known;                   /* how many of the list were there before: those are not entered */
        walked_list *walked;
        struct error *err;
};

/* --- what to watch ------------------------------------------------------------------------------------------------------ */

int64_t walk_time_of(int root, const char *path)
{
        struct look what;

        return look_at(root, path, &what) < 0 ? WALK_GONE : what.changed;
}

static int note(struct arena *arena, const char *path, int64_t changed, walked_list *walked, struct error *err)
{
        struct timespec now;

        if (hiding_grow(arena, (void **)&walked->items, walked->count, sizeof(*walked->items), err) < 0)
                return err->code;
        /* A change that comes in the same tick as the last one leaves no trace in the time. */
        if (changed != WALK_GONE && clock_gettime(CLOCK_REALTIME, &now) == 0 &&
            changed > now.tv_sec * 1000000000LL + now.tv_nsec - TICK_NANOSECONDS)
                changed = WALK_RACY;
        walked->items[walked->count++] = (struct walked){ path, changed };
        return 0;
}

int walk_note(struct arena *arena, int root, const char *path, walked_list *walked, struct error *err)
{
        return note(arena, path, walk_time_of(root, path), walked, err);
}

/* --- the rules ---------------------------------------------------------------------------------------------------------- */

static const char *why_hide(const char *name, const struct look *what)
{
        if (S_ISDIR(what->mode))
                return (what->mode & S_IXOTH) && (what->mode & S_IROTH) ? NULL : "not open to others";
        if (!S_ISREG(what->mode))
                return "a socket, pipe or device of what runs here";
        if (what->size == 0)
                return NULL;            /* locks and the like */
        if (rules_is_secret_name(name))
                return "a key or credentials";
        return what->mode & S_IROTH ? NULL : "not readable by others";
}

/* An empty file is harmless as long as it is empty. */
static bool may_become_secret(const char *name, const struct look *what)
{
        return S_ISREG(what->mode) && what->size == 0 && ((what->mode & S_IROTH) == 0 || rules_is_secret_name(name));
}

/* --- the walk ----------------------------------------------------------------------------------------------------------- */

static const char *child(const struct walk *walk, const char *directory, const char *name)
{
        return arena_printf(walk->arena, "%s/%s", text_equal(directory, "/") ? "" : directory, name);
}

/* Is something in the directory on the list already?  Mostly not, which saves asking for each entry. */
static bool has_known(const struct walk *walk, const char *directory)
{
        for (size_t i = 0; i < walk->known; i++)
                if (path_is_below(walk->list->items[i].path, directory))
                        return true;
        return false;
}

static bool is_known(const struct walk *walk, const char *path)
{
        for (size_t i = 0; i < walk->known; i++)
                if (text_equal(walk->list->items[i].path, path))
                        return true;
        return false;
}

static bool is_shown(const struct walk *walk, const char *path)
{
        for (size_t i = 0; i < walk->shown->count; i++)
                if (text_equal(walk->shown->items[i], path))
                        return true;
        return false;
}

static int hide(const struct walk *walk, const char *path, const char *why, bool directory)
{
        return hiding_add(walk->arena, walk->list, path, why, directory, walk->err);
}

static int walk_directory(const struct walk *walk, int parent, const char *name, const char *path, unsigned depth);

/* Paths are only made for the few entries that need one. */
static int walk_entry(const struct walk *walk, int dir, const char *directory, const char *name, bool ask, unsigned depth)
{
        const char *why, *path = NULL;
        struct look what;

        if (ask || walk->shown->count > 0) {
                path = child(walk, directory, name);
                if (!path)
                        return error_memory(walk->err);
                if (is_known(walk, path) || is_shown(walk, path))
                        return 0;
        }
        if (look_at(dir, name, &what) < 0)
                return 0;               /* gone since */
        why = S_ISLNK(what.mode) ? NULL : why_hide(name, &what);
        if (!why && !S_ISDIR(what.mode) && !may_become_secret(name, &what))
                return 0;

        if (!path)
                path = child(walk, directory, name);
        if (!path)
                return error_memory(walk->err);
        if (why)
                return hide(walk, path, why, S_ISDIR(what.mode));
        if (!S_ISDIR(what.mode))
                return note(walk->arena, path, what.changed, walk->walked, walk->err);
        if (depth >= WALK_DEPTH_MAX)
                return hide(walk, path, "too deep to look into", true);
        return walk_directory(walk, dir, name, path, depth + 1);
}

/* A directory that may not be read is hidden; what can't be looked at for another reason ends the walk, for a mask with holes
 * would be worse than none. */
static int not_opened(const struct walk *walk, const char *path)
{
        if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
                return 0;               /* gone since, or another thing now: its parent's time tells the next caller */
        if (errno == EACCES || errno == EPERM)
                return hide(walk, path, "not open to whoever made the mask", true);
        return error_errno(walk->err, "looking for secrets in %s", path);
}

static int walk_directory(const struct walk *walk, int parent, const char *name, const char *path, unsigned depth)
{
        _cleanup_(io_close_dirp) DIR *dir = NULL;
        int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r;
        bool ask = has_known(walk, path);
        struct dirent *entry;
        struct look what;

        if (fd < 0)
                return not_opened(walk, path);
        dir = fdopendir(fd);
        if (!dir) {
                close(fd);
                return error_errno(walk->err, "reading %s", path);
        }
        if (look_at(fd, "", &what) < 0)
                return error_errno(walk->err, "looking at %s", path);
        r = note(walk->arena, path, what.changed, walk->walked, walk->err);    /* before it is read */
        while (r >= 0 && (errno = 0, entry = readdir(dir))) {
                if (entry->d_type == DT_LNK || text_equal(entry->d_name, ".") || text_equal(entry->d_name, ".."))
                        continue;
                r = walk_entry(walk, fd, path, entry->d_name, ask, depth);
        }
        return r >= 0 && errno ? error_errno(walk->err, "reading %s", path) : r;
}

int walk_secrets(struct arena *arena, int root, const char *top, const struct strings *shown, hiding_list *list,
                 walked_list *walked, struct error *err)
{
        const struct walk walk = {
                .arena = arena, .shown = shown, .list = list, .known = list->count, .walked = walked, .err = err,
        };

        return walk_directory(&walk, root, top[1] ? top + 1 : ".", top, 0);
}
