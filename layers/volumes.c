#include "layers/volumes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/listing.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/rules.h"

#define FILE_MAX_BYTES (1u << 20)       /* of one in a directory that is taken apart */
#define DEPTH_MAX 8                     /* of directories taken apart, one in the other */

struct chooser {
        struct arena *arena;
        int root;
        const mount_list *mounts;
        const hiding_list *hidden;
        mask_volume_list *volumes;
        mask_entry_list *extra;
        struct error *err;
};

static int add(const struct chooser *chooser, const char *path, bool host)
{
        if (hiding_grow(chooser->arena, (void **)&chooser->volumes->items, chooser->volumes->count,
                        sizeof(*chooser->volumes->items), chooser->err) < 0)
                return chooser->err->code;
        chooser->volumes->items[chooser->volumes->count++] = (struct mask_volume){ .path = path, .host = host };
        return 0;
}

/* --- file systems that come along --------------------------------------------------------------------------------------- */

/* A mount that another one lies over is not to be seen on its path. */
static bool is_visible(int root, const struct mount_entry *mount)
{
        struct look what;

        return look_at(root, mount->path, &what) == 0 && S_ISDIR(what.mode) && (!what.mount || what.mount == mount->id);
}

static int choose_file_systems(const struct chooser *chooser, const mount_list *selected)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < selected->count; i++)
                if (selected->items[i].comes_along && !hiding_covers(chooser->hidden, selected->items[i].path) &&
                    is_visible(chooser->root, &selected->items[i]))
                        r = add(chooser, selected->items[i].path, true);
        return r;
}

/* --- directories -------------------------------------------------------------------------------------------------------- */

static int give_file(const struct chooser *chooser, int dir, const char *name, struct mask_entry *entry)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct error none = { .code = 0 };

        if (entry->like.size > FILE_MAX_BYTES || io_read_file_at(dir, name, FILE_MAX_BYTES, &text, &none) < 0)
                return 0;
        entry->kind = MASK_FILE;
        entry->content = arena_copy_n(chooser->arena, text.data ? text.data : "", text.length);
        entry->length = text.length;
        return entry->content ? mask_entry_add(chooser->arena, chooser->extra, entry, chooser->err) : error_memory(chooser->err);
}

static int give_link(const struct chooser *chooser, int dir, const char *name, struct mask_entry *entry)
{
        char target[4096];
        ssize_t n = readlinkat(dir, name, target, sizeof(target));

        if (n < 1 || (size_t)n == sizeof(target))
                return 0;
        entry->kind = MASK_LINK;
        entry->content = arena_copy_n(chooser->arena, target, (size_t)n);
        entry->length = (size_t)n;
        return entry->content ? mask_entry_add(chooser->arena, chooser->extra, entry, chooser->err) : error_memory(chooser->err);
}

static int choose_directory(const struct chooser *chooser, const char *path, const struct look *like, unsigned depth);

static int take_out(const struct chooser *chooser, int dir, const char *path, const char *name, unsigned depth)
{
        struct mask_entry entry = { .path = path };

        if (hiding_covers(chooser->hidden, path) || look_at(dir, name, &entry.like) < 0)
                return 0;
        if (S_ISREG(entry.like.mode))
                return give_file(chooser, dir, name, &entry);
        if (S_ISLNK(entry.like.mode))
                return give_link(chooser, dir, name, &entry);
        return S_ISDIR(entry.like.mode) ? choose_directory(chooser, path, &entry.like, depth + 1) : 0;
}

/* The directory itself becomes a layer of the mask's alone, in which its links and small files lie and the directories in it have
 * their places. */
static int take_apart(const struct chooser *chooser, const char *path, unsigned depth)
{
        _cleanup_(io_close_dirp) DIR *dir = listing_open(chooser->root, path + 1);
        struct dirent *entry;
        int r = 0;

        if (!dir)
                return 0;               /* not ours to read: empty */
        while (r >= 0 && (entry = listing_next(dir))) {
                const char *below = arena_printf(chooser->arena, "%s/%s", path, entry->d_name);

                r = below ? take_out(chooser, dirfd(dir), below, entry->d_name, depth) : error_memory(chooser->err);
        }
        return r;
}

static int choose_directory(const struct chooser *chooser, const char *path, const struct look *like, unsigned depth)
{
        const struct mask_entry place = { .kind = MASK_MERGED, .path = path, .like = *like };
        bool hidden = hiding_covers(chooser->hidden, path);
        bool apart = !hidden && mounts_has_below(chooser->mounts, path);
        int r;

        if (apart && depth >= DEPTH_MAX)
                return 0;
        r = add(chooser, path, !apart && !hidden);
        if (r >= 0 && (apart || depth > 0))
                r = mask_entry_add(chooser->arena, chooser->extra, &place, chooser->err);
        return r >= 0 && apart ? take_apart(chooser, path, depth) : r;
}

static int choose_directories(const struct chooser *chooser)
{
        _cleanup_(io_close_dirp) DIR *dir = listing_open(chooser->root, ".");
        struct dirent *entry;
        int r = 0;

        if (!dir)
                return error_errno(chooser->err, "reading /");
        while (r >= 0 && (entry = listing_next(dir))) {
                const char *path;
                struct look what;

                if (!rules_is_system_entry(entry->d_name) || look_at(dirfd(dir), entry->d_name, &what) < 0 || !S_ISDIR(what.mode))
                        continue;
                path = arena_printf(chooser->arena, "/%s", entry->d_name);
                r = path ? choose_directory(chooser, path, &what, 0) : error_memory(chooser->err);
        }
        return r;
}

int volumes_choose(struct arena *arena, int root, enum mask_way way, const mount_list *mounts, const mount_list *selected,
                   const hiding_list *hidden, mask_volume_list *ret, mask_entry_list *extra, struct error *err)
{
        const struct chooser chooser = {
                .arena = arena, .root = root, .mounts = mounts, .hidden = hidden, .volumes = ret, .extra = extra, .err = err,
        };

        switch (way) {
        case MASK_OVERLAY:
                return choose_file_systems(&chooser, selected);
        case MASK_DIRECTORIES:
                return choose_directories(&chooser);
        case MASK_FUSE:
                break;
        }
        return 0;
}

void volumes_match(mask_volume_list *volumes, const mask_entry_list *entries)
{
        for (size_t i = 0; i < volumes->count; i++) {
                struct mask_volume *volume = &volumes->items[i];

                for (size_t k = 0; k < entries->count && !volume->part; k++)
                        volume->part = path_is_below(entries->items[k].path, volume->path);
        }
}
