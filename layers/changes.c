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
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/hiding.h"
#include "layers/stack.h"

#define WHITEOUT_PREFIX ".wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

struct finder {
        struct arena *arena;
        const struct changes_question *question;
        const struct changes_part *part;
        size_t number;                  /* of the part */
        const struct stack *top;        /* what lies beneath it */
        change_list list;
        struct error *err;
};

/* One directory of the scratch, and what lies beneath it. */
struct level {
        int upper;
        struct stack stack;
        const char *where;              /* in the part; "" at its top */
        bool replaced;
        unsigned depth;
};

static void level_init(struct level *level)
{
        *level = (struct level){ .upper = -1, .where = "" };
        stack_init(&level->stack);
}

static void level_done(struct level *level)
{
        io_closep(&level->upper);
        stack_done(&level->stack);
}

static int open_directory(int dir, const char *name)
{
        return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
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

/* --- deletions ---------------------------------------------------------------------------------------------------------- */

static int look_beneath(const struct finder *finder, const struct level *level, const char *name, struct stack_entry *ret)
{
        return stack_find(&level->stack, name, ret, finder->err) < 0 ? error_wrap(finder->err, "%s", level->where) : 0;
}

static int add_deleted(struct finder *finder, const struct level *level, const char *name)
{
        struct stack_entry beneath;
        struct change change;

        if (look_beneath(finder, level, name, &beneath) < 0 || begin(finder, level, name, &change) < 0)
                return finder->err->code;
        if (beneath.dir < 0)
                return 0;               /* it came and went, or the host has deleted it too */
        change.kind = CHANGE_DELETED;
        change.before = beneath.look;
        change.hidden = beneath.hidden;
        if (stack_is_layered(&level->stack, name, &beneath, &change.layered, finder->err) < 0)
                return error_wrap(finder->err, "%s", change.path);
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

static bool is_in_one_above(const struct stack *stack, size_t number, const char *name)
{
        for (size_t i = 0; i < number; i++) {
                struct change_look look;

                if (stack->dirs[i] >= 0 && change_look_at(stack->dirs[i], name, &look, NULL) == 0 && look.mode)
                        return true;
        }
        return false;
}

/* Of a directory that was replaced: what lay beneath and has no follower. */
static int add_all_deleted(struct finder *finder, const struct level *level)
{
        const struct stack *stack = &level->stack;
        int r = 0;

        for (size_t i = 0; i < stack->shown; i++) {
                _cleanup_(io_close_dirp) DIR *dir = stack->dirs[i] < 0 ? NULL : list(stack->dirs[i]);
                struct dirent *entry;

                while (r >= 0 && dir && (entry = readdir(dir)))
                        if (!is_dots(entry->d_name) && !text_equal(entry->d_name, WHITEOUT_OPAQUE) && !is_above(level, entry->d_name) &&
                            !is_in_one_above(stack, i, entry->d_name))
                                r = add_deleted(finder, level, entry->d_name);
        }
        return r;
}

/* --- entries ------------------------------------------------------------------------------------------------------------ */

static int walk(struct finder *finder, struct level *level);

/* Where the kernel let a directory be renamed: what it was is to be found under its old name.  *ret NULL: it was not. */
static int read_redirect(const struct finder *finder, const struct level *level, const char *name, const char **ret)
{
        _cleanup_(free_charp) char *value = NULL;

        *ret = NULL;
        if (finder->question->marks != CHANGES_TRUSTED)
                return 0;
        value = change_read_mark(level->upper, name, "redirect", CHANGES_TRUSTED);
        if (!value || !*value)
                return 0;
        *ret = *value == '/' ? arena_copy(finder->arena, value) : arena_printf(finder->arena, "%s/%s", level->where, value);
        return *ret ? 0 : error_memory(finder->err);
}

static int enter_renamed(struct finder *finder, const char *from, struct change *change, struct level *below)
{
        const char *at = text_equal(finder->part->at, "/") ? "" : finder->part->at;
        struct change_pair pair = { .dir = below->upper, .lower = -1, .name = ".", .lower_name = ".", .after = change->after };

        if (stack_way(finder->top, from, &below->stack, finder->err) < 0)
                return error_wrap(finder->err, "%s", change->path);
        for (size_t i = below->stack.shown; i-- > 0;)
                if (below->stack.dirs[i] >= 0)
                        pair.lower = below->stack.dirs[i];
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

/* One that was there before. */
static int enter_copied(struct finder *finder, const struct level *level, const char *name, const struct change_pair *pair,
                        struct change *change, struct level *below)
{
        if (stack_enter(&level->stack, name, &below->stack, finder->err) < 0)
                return error_wrap(finder->err, "%s", change->path);
        below->replaced = level->replaced || is_opaque(finder, level->upper, name, below->upper);
        change->hidden = below->stack.hidden;
        change->kind = CHANGE_CHANGED;
        change->what = change_compare(pair, finder->question);
        if (!change->what && finder->question->leading && change->layered && !change->hidden) {
                change->kind = CHANGE_ADDED;
                change->leads = true;
        }
        return change->what || change->leads ? add(finder, change) : 0;
}

static int add_directory(struct finder *finder, const struct level *level, const char *name, const struct stack_entry *beneath,
                         struct change *change)
{
        _cleanup_(level_done) struct level below;
        struct change_pair pair = {
                .dir = level->upper, .lower = beneath->dir, .name = name, .lower_name = name, .after = change->after,
                .before = beneath->look,
        };
        const char *from;
        int r;

        level_init(&below);
        below.upper = open_directory(level->upper, name);
        below.where = change->where;
        below.depth = level->depth + 1;
        if (below.upper < 0)
                return errno == ENOENT ? 0 : error_errno(finder->err, "opening %s in the scratch", change->path);
        below.stack.hidden = beneath->hidden;
        r = read_redirect(finder, level, name, &from);
        if (r >= 0 && from)
                r = enter_renamed(finder, from, change, &below);
        else if (r >= 0 && beneath->dir >= 0 && S_ISDIR(beneath->look.mode))
                r = enter_copied(finder, level, name, &pair, change, &below);
        else if (r >= 0 && !(change->kind == CHANGE_ADDED && is_own(finder, change->path)))
                r = add(finder, change);
        return r < 0 ? r : walk(finder, &below);
}

static int add_other(struct finder *finder, const struct level *level, const char *name, const struct stack_entry *beneath,
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
        struct stack_entry beneath;
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
        if (stack_is_layered(&level->stack, name, &beneath, &change.layered, finder->err) < 0)
                return error_wrap(finder->err, "%s", change.path);
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

static int find_in_part(struct finder *finder)
{
        const struct changes_part *part = finder->part;
        _cleanup_(level_done) struct level top;

        level_init(&top);
        top.upper = open(part->upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (top.upper < 0)
                return error_errno(finder->err, "the scratch: opening %s", part->upper);
        if (stack_open(part, finder->question->marks, &top.stack, finder->err) < 0)
                return finder->err->code;
        finder->top = &top.stack;
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
