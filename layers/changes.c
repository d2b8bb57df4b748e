/* The walk of a scratch. */
#include "layers/changes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/hiding.h"

#define WHITEOUT_PREFIX ".wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

struct finder {
        struct arena *arena;
        const struct changes_question *question;
        const struct changes_part *part;
        size_t number;                  /* of the part */
        change_list list;
        struct error *err;
};

/* One directory of the scratch, and what lies beneath it: -1 where nothing does. */
struct level {
        int upper, mask, host;
        const char *where;              /* in the part; "" at its top */
        bool hidden, replaced;
        unsigned depth;
};

/* What lies beneath one name: the mask's, else the host's. */
struct beneath {
        int dir;                        /* -1: nothing */
        struct change_look look;
        struct timespec changed;
        bool hidden;
};

static void level_done(struct level *level)
{
        io_closep(&level->upper);
        io_closep(&level->mask);
        io_closep(&level->host);
}

static int open_directory(int dir, const char *name)
{
        return dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_opaque(const struct finder *finder, int dir, const char *name, int opened)
{
        _cleanup_(free_charp) char *value = change_read_mark(dir, name, "opaque", finder->question->marks);

        if (value)
                return text_equal(value, "y");
        return finder->question->marks == CHANGES_FUSE && faccessat(opened, WHITEOUT_OPAQUE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* --- the list ----------------------------------------------------------------------------------------------------------- */

static const char *path_of(const struct finder *finder, const struct level *level, const char *name)
{
        const char *at = text_equal(finder->part->at, "/") ? "" : finder->part->at;

        return arena_printf(finder->arena, "%s%s/%s", at, level->where, name);
}

static int add(struct finder *finder, const struct change *change)
{
        if (hiding_grow(finder->arena, (void **)&finder->list.items, finder->list.count, sizeof(*finder->list.items), finder->err) < 0)
                return finder->err->code;
        finder->list.items[finder->list.count++] = *change;
        return 0;
}

static int begin(const struct finder *finder, const struct level *level, const char *name, struct change *ret)
{
        const char *path = path_of(finder, level, name);

        if (!path)
                return error_memory(finder->err);
        *ret = (struct change){
                .path = path, .part = finder->number,
                .where = text_equal(finder->part->at, "/") ? path : path + strlen(finder->part->at),
        };
        return 0;
}

/* A mount point, or what leads to one.  Whatever else is in there is told of by itself. */
static bool is_own(const struct finder *finder, const char *path)
{
        const struct strings *own = &finder->question->own;

        for (size_t i = 0; i < own->count; i++)
                if (path_is_below(own->items[i], path))
                        return true;
        return false;
}

/* --- beneath ------------------------------------------------------------------------------------------------------------ */

static int look_beneath(const struct finder *finder, const struct level *level, const char *name, struct beneath *ret)
{
        *ret = (struct beneath){ .dir = -1, .hidden = level->hidden };
        if (change_look_at(level->mask, name, &ret->look, &ret->changed) < 0)
                return error_errno(finder->err, "looking at %s/%s in the mask", level->where, name);
        if (ret->look.mode) {
                ret->hidden |= !S_ISDIR(ret->look.mode);
                ret->dir = change_is_whiteout(&ret->look) ? -1 : level->mask;
                if (ret->dir < 0)
                        ret->look = (struct change_look){ 0 };
                return 0;
        }
        if (change_look_at(level->host, name, &ret->look, &ret->changed) < 0 && errno != EACCES && errno != EPERM)
                return error_errno(finder->err, "looking at %s/%s on the host", level->where, name);
        ret->dir = ret->look.mode ? level->host : -1;
        return 0;
}

/* The directories beneath one of the scratch.  A name with slashes is a way from the part's top (a redirect). */
static void go_beneath(const struct finder *finder, const struct level *level, const char *name, struct level *ret)
{
        ret->mask = open_directory(level->mask, name);
        if (ret->mask >= 0) {
                _cleanup_(free_charp) char *value = change_read_mark(level->mask, name, "opaque", finder->question->marks);

                if (value) {
                        ret->hidden = true;
                        return;
                }
        }
        ret->host = open_directory(level->host, name);
}

/* --- deletions ---------------------------------------------------------------------------------------------------------- */

static int add_deleted(struct finder *finder, const struct level *level, const char *name)
{
        struct beneath beneath;
        struct change change;

        if (look_beneath(finder, level, name, &beneath) < 0 || begin(finder, level, name, &change) < 0)
                return finder->err->code;
        if (beneath.dir < 0)
                return 0;               /* it came and went, or the host has deleted it too */
        change.kind = CHANGE_DELETED;
        change.before = beneath.look;
        change.hidden = beneath.hidden;
        return add(finder, &change);
}

/* Is there something of that name in the directory of the scratch?  A whiteout is nothing. */
static bool is_above(const struct level *level, const char *name)
{
        struct change_look look;

        return change_look_at(level->upper, name, &look, NULL) == 0 && look.mode && !change_is_whiteout(&look);
}

static bool is_dots(const char *name)
{
        return text_equal(name, ".") || text_equal(name, "..");
}

static DIR *list(int dir)
{
        int again = open_directory(dir, ".");
        DIR *stream = again < 0 ? NULL : fdopendir(again);

        if (!stream && again >= 0)
                close(again);
        return stream;
}

/* Of a directory that was replaced: what lay beneath and has no follower. */
static int add_all_deleted(struct finder *finder, const struct level *level)
{
        const int layers[2] = { level->mask, level->host };
        int r = 0;

        for (size_t i = 0; i < 2; i++) {
                _cleanup_(io_close_dirp) DIR *dir = layers[i] < 0 ? NULL : list(layers[i]);
                struct dirent *entry;

                while (r >= 0 && dir && (entry = readdir(dir))) {
                        struct change_look twice = { 0 };

                        if (i == 1)
                                (void)change_look_at(level->mask, entry->d_name, &twice, NULL);
                        if (!twice.mode && !is_dots(entry->d_name) && !text_equal(entry->d_name, WHITEOUT_OPAQUE) &&
                            !is_above(level, entry->d_name))
                                r = add_deleted(finder, level, entry->d_name);
                }
        }
        return r;
}

/* --- entries ------------------------------------------------------------------------------------------------------------ */

static int walk(struct finder *finder, struct level *level);

/* Where the kernel let a directory be renamed: what it was is to be found under its old name. */
static char *read_redirect(const struct finder *finder, const struct level *level, const char *name)
{
        _cleanup_(free_charp) char *value = NULL;
        const char *from;

        if (finder->question->marks != CHANGES_TRUSTED)
                return NULL;
        value = change_read_mark(level->upper, name, "redirect", CHANGES_TRUSTED);
        if (!value || !*value)
                return NULL;
        from = *value == '/' ? arena_copy(finder->arena, value) : arena_printf(finder->arena, "%s/%s", level->where, value);
        return (char *)(uintptr_t)from;
}

static int open_at_top(const char *top, const char *where)
{
        _cleanup_(io_closep) int dir = top ? open(top, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

        return dir < 0 ? -1 : sys_openat2(dir, where + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

static int enter_renamed(struct finder *finder, const char *from, struct change *change, struct level *below)
{
        const char *at = text_equal(finder->part->at, "/") ? "" : finder->part->at;
        struct change_pair pair = { .dir = below->upper, .lower = -1, .name = ".", .lower_name = ".", .after = change->after };

        below->mask = open_at_top(finder->part->mask, from);
        below->host = open_at_top(finder->part->host, from);
        pair.lower = below->mask >= 0 ? below->mask : below->host;
        change->kind = CHANGE_RENAMED;
        change->from = arena_printf(finder->arena, "%s%s", at, from);
        if (!change->from)
                return error_memory(finder->err);
        if (pair.lower >= 0 && change_look_at(pair.lower, ".", &pair.before, NULL) == 0) {
                change->before = pair.before;
                change->what = change_compare(&pair, finder->question);
        }
        return add(finder, change);
}

static int add_directory(struct finder *finder, const struct level *level, const char *name, const struct beneath *beneath,
                         struct change *change)
{
        _cleanup_(level_done) struct level below = {
                .upper = open_directory(level->upper, name), .mask = -1, .host = -1, .where = change->where,
                .hidden = beneath->hidden, .depth = level->depth + 1,
        };
        struct change_pair pair = {
                .dir = level->upper, .lower = beneath->dir, .name = name, .lower_name = name, .after = change->after,
                .before = beneath->look,
        };
        const char *from = read_redirect(finder, level, name);
        int r = 0;

        if (below.upper < 0)
                return errno == ENOENT ? 0 : error_errno(finder->err, "opening %s in the scratch", change->path);
        if (from)
                r = enter_renamed(finder, from, change, &below);
        else if (beneath->dir < 0 || !S_ISDIR(beneath->look.mode))
                r = change->kind == CHANGE_ADDED && is_own(finder, change->path) ? 0 : add(finder, change);
        else {
                go_beneath(finder, level, name, &below);
                below.replaced = level->replaced || is_opaque(finder, level->upper, name, below.upper);
                change->hidden = below.hidden;
                change->kind = CHANGE_CHANGED;
                change->what = change_compare(&pair, finder->question);
                r = change->what ? add(finder, change) : 0;
        }
        return r < 0 ? r : walk(finder, &below);
}

static int add_other(struct finder *finder, const struct level *level, const char *name, const struct beneath *beneath,
                     struct change *change)
{
        const struct change_pair pair = {
                .dir = level->upper, .lower = beneath->dir, .name = name, .lower_name = name, .after = change->after,
                .before = beneath->look,
        };

        if (change->kind == CHANGE_CHANGED) {
                change->what = change_compare(&pair, finder->question);
                if (!change->what)
                        return 0;
        }
        if (change->kind == CHANGE_ADDED && is_own(finder, change->path))
                return 0;
        return add(finder, change);
}

/* What marks a deletion: the name that it is about, or NULL. */
static const char *deleted_name(const struct finder *finder, const char *name, const struct change_look *look)
{
        if (change_is_whiteout(look))
                return name;
        if (finder->question->marks == CHANGES_FUSE && text_starts_with(name, WHITEOUT_PREFIX))
                return name + strlen(WHITEOUT_PREFIX);
        return NULL;
}

static int add_entry(struct finder *finder, const struct level *level, const char *name)
{
        struct beneath beneath;
        struct change change;
        struct change_look look;
        const char *deleted;

        if (change_look_at(level->upper, name, &look, NULL) < 0)
                return error_errno(finder->err, "looking at %s/%s in the scratch", level->where, name);
        if (!look.mode)
                return 0;               /* the sandbox runs, and has taken it away */
        deleted = deleted_name(finder, name, &look);
        if (deleted)                    /* what was replaced is gone through anyway */
                return level->replaced || text_equal(name, WHITEOUT_OPAQUE) ? 0 : add_deleted(finder, level, deleted);
        if (look_beneath(finder, level, name, &beneath) < 0 || begin(finder, level, name, &change) < 0)
                return finder->err->code;
        change.after = look;
        change.before = beneath.look;
        change.hidden = beneath.hidden;
        change.kind = beneath.dir < 0 ? CHANGE_ADDED : (look.mode & S_IFMT) != (beneath.look.mode & S_IFMT) ? CHANGE_TYPE
                                                                                                             : CHANGE_CHANGED;
        return S_ISDIR(look.mode) ? add_directory(finder, level, name, &beneath, &change)
                                  : add_other(finder, level, name, &beneath, &change);
}

static int walk(struct finder *finder, struct level *level)
{
        _cleanup_(io_close_dirp) DIR *dir = list(level->upper);
        struct dirent *entry;
        int r = 0;

        if (!dir)
                return error_errno(finder->err, "reading %s in the scratch", level->where);
        if (level->depth > CHANGES_DEPTH_MAX)
                return error_set(finder->err, E_NOT_SUPPORTED, "more than %d directories in each other: %.200s...", CHANGES_DEPTH_MAX,
                                 level->where);
        while (r >= 0 && (errno = 0, entry = readdir(dir)))
                r = is_dots(entry->d_name) ? 0 : add_entry(finder, level, entry->d_name);
        if (r >= 0 && errno)
                r = error_errno(finder->err, "reading %s in the scratch", level->where);
        return r >= 0 && level->replaced ? add_all_deleted(finder, level) : r;
}

/* --- parts -------------------------------------------------------------------------------------------------------------- */

static int open_top(const char *path, struct error *err)
{
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? error_errno(err, "opening %s", path) : fd;
}

static int find_in_part(struct finder *finder)
{
        const struct changes_part *part = finder->part;
        _cleanup_(level_done) struct level top = { .upper = -1, .mask = -1, .host = -1, .where = "", .hidden = !part->host };

        top.upper = open_top(part->upper, finder->err);
        if (top.upper < 0)
                return error_wrap(finder->err, "the scratch");
        if (part->mask && (top.mask = open_top(part->mask, finder->err)) < 0)
                return error_wrap(finder->err, "the mask");
        if (part->host && (top.host = open_top(part->host, finder->err)) < 0)
                return finder->err->code;
        return walk(finder, &top);
}

static int compare(const void *a, const void *b)
{
        const struct change *left = a, *right = b;

        return hiding_compare_paths(left->path, right->path);
}

static int compare_texts(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t count_renamed(const change_list *list)
{
        size_t count = 0;

        for (size_t i = 0; i < list->count; i++)
                count += list->items[i].kind == CHANGE_RENAMED;
        return count;
}

/* A renamed directory is not deleted where it was. */
static int drop_left_places(struct finder *finder)
{
        change_list *list = &finder->list;
        size_t renamed = count_renamed(list), count = 0, kept = 0;
        const char **left = renamed ? arena_alloc_array(finder->arena, renamed, sizeof(*left)) : NULL;

        if (!left)
                return renamed ? error_memory(finder->err) : 0;
        for (size_t i = 0; i < list->count; i++)
                if (list->items[i].kind == CHANGE_RENAMED)
                        left[count++] = list->items[i].from;
        qsort(left, count, sizeof(*left), compare_texts);
        for (size_t i = 0; i < list->count; i++)
                if (list->items[i].kind != CHANGE_DELETED || !bsearch(&list->items[i].path, left, count, sizeof(*left), compare_texts))
                        list->items[kept++] = list->items[i];
        list->count = kept;
        return 0;
}

/* By file, and among the names of one by path. */
static int compare_files(const void *a, const void *b)
{
        const struct change *left = *(struct change *const *)a, *right = *(struct change *const *)b;

        if (left->part != right->part)
                return left->part < right->part ? -1 : 1;
        if (left->after.file != right->after.file)
                return left->after.file < right->after.file ? -1 : 1;
        return left < right ? -1 : 1;
}

/* The names of one file, which the overlay keeps together once they are made; the first one stands for it. */
static int find_links(struct finder *finder)
{
        struct change **names = arena_alloc_array(finder->arena, finder->list.count + 1, sizeof(*names));
        size_t count = 0;

        if (!names)
                return error_memory(finder->err);
        for (size_t i = 0; i < finder->list.count; i++)
                if (!S_ISDIR(finder->list.items[i].after.mode) && finder->list.items[i].after.links > 1)
                        names[count++] = &finder->list.items[i];
        if (count)
                qsort(names, count, sizeof(*names), compare_files);
        for (size_t i = 1; i < count; i++)
                if (names[i]->part == names[i - 1]->part && names[i]->after.file == names[i - 1]->after.file)
                        names[i]->link = names[i - 1]->link ? names[i - 1]->link : names[i - 1]->path;
        return 0;
}

int changes_find(struct arena *arena, const struct changes_question *question, change_list *ret, struct error *err)
{
        struct finder finder = { .arena = arena, .question = question, .err = err };

        for (size_t i = 0; i < question->parts.count; i++) {
                finder.part = &question->parts.items[i];
                finder.number = i;
                if (find_in_part(&finder) < 0)
                        return err->code;
        }
        if (drop_left_places(&finder) < 0)
                return err->code;
        if (finder.list.count)
                qsort(finder.list.items, finder.list.count, sizeof(*finder.list.items), compare);
        if (find_links(&finder) < 0)
                return err->code;
        *ret = finder.list;
        return 0;
}
