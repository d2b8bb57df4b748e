/* The walk of a scratch: by several threads when it is large, each with an arena of its own. */
#include "layers/changes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/crew.h"
#include "layers/hiding.h"
#include "layers/stack.h"

#define WHITEOUT_PREFIX ".wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

#define TOGETHER_FROM 300               /* entries: what is smaller is done before a thread has begun */
#define SLICE 256                       /* entries of one directory that one hand looks at */

struct level;

/* Of a directory of the scratch; or of what lies beneath one that was replaced. */
struct name { const char *text; bool beneath; };
/* What there is to tell of it. */
struct item { const struct change *change; struct level *below; };

/* One directory of the scratch, and what lies beneath it.  Hands share it: only its entries' own items are written. */
struct level {
        _Atomic unsigned users;
        int upper;
        struct stack stack;
        const char *path;               /* as the sandbox sees it; "" at the top of all */
        const char *where;              /* the end of it, in the part; "" at its top */
        size_t length;                  /* of path */
        bool replaced;
        unsigned depth;
        struct name *names;             /* sorted, once it was read */
        struct item *items;             /* one for each */
        size_t count;
};

/* What a hand can do for another: look at some entries of a directory, or (none) at all that is in it. */
struct task { struct level *level; size_t from, count; };

/* What the hands have in common. */
struct search {
        const struct changes_question *question;
        const struct changes_part *part;
        size_t number;                  /* of the part */
        const struct stack *top;        /* what lies beneath it */
        struct crew crew;
        struct finder *finders;         /* CREW_MOST of them; the first is the caller's */
        _Atomic bool failed;
};

/* A hand. */
struct finder {
        struct search *search;
        const struct changes_question *question;        /* the search's */
        const struct changes_part *part;                /* likewise */
        struct arena *arena;
        struct item *item;              /* where the entry that is looked at is told */
        size_t seen, found;
        struct error *err;
        bool failed;
        struct arena own_arena;         /* of all but the first */
        struct error own_err;
};

static struct level *level_new(struct finder *finder)
{
        struct level *level = arena_alloc(finder->arena, sizeof(*level));

        if (!level) {
                (void)error_memory(finder->err);
                return NULL;
        }
        *level = (struct level){ .users = 1, .upper = -1, .path = "", .where = "" };
        stack_init(&level->stack);
        return level;
}

static void level_drop(struct level **level)
{
        if (!*level || atomic_fetch_sub(&(*level)->users, 1) > 1)
                return;
        io_closep(&(*level)->upper);
        stack_done(&(*level)->stack);
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

static int add(struct finder *finder, const struct change *change)
{
        struct change *kept = arena_alloc(finder->arena, sizeof(*kept));

        if (!kept)
                return error_memory(finder->err);
        *kept = *change;
        finder->item->change = kept;
        finder->found++;
        return 0;
}

static int begin(struct finder *finder, const struct level *level, const char *name, struct change *ret)
{
        size_t length = strlen(name);
        char *path = arena_alloc(finder->arena, level->length + length + 2);

        if (!path)
                return error_memory(finder->err);
        memcpy(path, level->path, level->length);
        path[level->length] = '/';
        memcpy(path + level->length + 1, name, length);
        *ret = (struct change){
                .path = path, .part = finder->search->number, .where = path + (level->where - level->path),
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

static int look_beneath(struct finder *finder, const struct level *level, const char *name, struct stack_entry *ret)
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

/* --- entries ------------------------------------------------------------------------------------------------------------ */

static int descend(struct finder *finder, struct level *level);

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

        if (stack_way(finder->search->top, from, &below->stack, finder->err) < 0)
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
        _cleanup_(level_drop) struct level *below = level_new(finder);
        const struct change_pair pair = {
                .dir = level->upper, .lower = beneath->dir, .name = name, .lower_name = name, .after = change->after,
                .before = beneath->look,
        };
        const char *from;
        int r;

        if (!below)
                return finder->err->code;
        below->upper = open_directory(level->upper, name);
        below->path = change->path;
        below->where = change->where;
        below->length = strlen(below->path);
        below->depth = level->depth + 1;
        if (below->upper < 0)
                return errno == ENOENT ? 0 : error_errno(finder->err, "opening %s in the scratch", change->path);
        below->stack.hidden = beneath->hidden;
        r = read_redirect(finder, level, name, &from);
        if (r >= 0 && from)
                r = enter_renamed(finder, from, change, below);
        else if (r >= 0 && beneath->dir >= 0 && S_ISDIR(beneath->look.mode))
                r = enter_copied(finder, level, name, &pair, change, below);
        else if (r >= 0 && !(change->kind == CHANGE_ADDED && is_own(finder, change->path)))
                r = add(finder, change);
        finder->item->below = below;
        return r < 0 ? r : descend(finder, below);
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

/* --- a directory -------------------------------------------------------------------------------------------------------- */

struct names { struct name *items; size_t count; };

static int add_name(struct finder *finder, struct names *names, const char *text, bool beneath)
{
        if (hiding_grow(finder->arena, (void **)&names->items, names->count, sizeof(*names->items), finder->err) < 0)
                return finder->err->code;
        names->items[names->count] = (struct name){ arena_copy(finder->arena, text), beneath };
        return names->items[names->count++].text ? 0 : error_memory(finder->err);
}

/* Of a directory that was replaced: what lay beneath and has no follower. */
static int add_names_beneath(struct finder *finder, const struct level *level, struct names *names)
{
        const struct stack *stack = &level->stack;
        int r = 0;

        for (size_t i = 0; i < stack->shown; i++) {
                _cleanup_(io_close_dirp) DIR *dir = stack->dirs[i] < 0 ? NULL : list(stack->dirs[i]);
                struct dirent *entry;

                while (r >= 0 && dir && (entry = readdir(dir)))
                        if (!is_dots(entry->d_name) && !text_equal(entry->d_name, WHITEOUT_OPAQUE) && !is_above(level, entry->d_name) &&
                            !is_in_one_above(stack, i, entry->d_name))
                                r = add_name(finder, names, entry->d_name, true);
        }
        return r;
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

/* By name: one directory after the other the list is in its order then. */
static int read_names(struct finder *finder, struct level *level)
{
        _cleanup_(io_close_dirp) DIR *dir = list(level->upper);
        struct names names = { .count = 0 };
        struct dirent *entry;
        int r = 0;

        if (!dir)
                return error_errno(finder->err, "reading %s in the scratch", level->where);
        while (r >= 0 && (errno = 0, entry = readdir(dir)))
                r = is_dots(entry->d_name) ? 0 : add_name(finder, &names, entry->d_name, false);
        if (r >= 0 && errno)
                r = error_errno(finder->err, "reading %s in the scratch", level->where);
        if (r >= 0 && level->replaced)
                r = add_names_beneath(finder, level, &names);
        if (r < 0)
                return r;
        level->items = arena_alloc_array(finder->arena, names.count + 1, sizeof(*level->items));
        if (!level->items)
                return error_memory(finder->err);
        if (names.count)
                qsort(names.items, names.count, sizeof(*names.items), compare_names);
        level->names = names.items;
        level->count = names.count;
        return 0;
}

/* Once there is much to do, everybody is called who may help. */
static void call_hands(struct finder *finder)
{
        struct search *search = finder->search;

        if (finder != &search->finders[0] || search->crew.count > 0 || finder->seen < TOGETHER_FROM)
                return;
        for (size_t i = 1, size = crew_size(CREW_MOST); i < size; i++)
                if (!crew_add(&search->crew, &search->finders[i]))
                        return;
}

static int look_at_slice(struct finder *finder, struct level *level, size_t from, size_t count)
{
        int r = 0;

        finder->seen += count;
        call_hands(finder);
        for (size_t i = from; r >= 0 && i < from + count; i++) {
                if (atomic_load_explicit(&finder->search->failed, memory_order_relaxed))
                        return 0;       /* whoever failed tells why */
                finder->item = &level->items[i];
                r = level->names[i].beneath ? add_deleted(finder, level, level->names[i].text)
                                            : add_entry(finder, level, level->names[i].text);
        }
        return r;
}

/* True: another hand does it. */
static bool offer(struct finder *finder, struct level *level, size_t from, size_t count)
{
        struct task *task;

        if (finder->search->crew.count == 0 && finder == &finder->search->finders[0])
                return false;
        task = arena_alloc(finder->arena, sizeof(*task));
        if (!task)
                return false;
        *task = (struct task){ level, from, count };
        atomic_fetch_add(&level->users, 1);
        if (crew_offer(&finder->search->crew, task))
                return true;
        atomic_fetch_sub(&level->users, 1);
        return false;
}

static int walk(struct finder *finder, struct level *level)
{
        int r;

        if (level->depth > CHANGES_DEPTH_MAX)
                return error_set(finder->err, E_NOT_SUPPORTED, "more than %d directories in each other: %.200s...", CHANGES_DEPTH_MAX,
                                 level->where);
        r = read_names(finder, level);
        for (size_t from = 0; r >= 0 && from < level->count; from += SLICE) {
                size_t left = level->count - from;

                if (left <= SLICE || !offer(finder, level, from, SLICE))
                        r = look_at_slice(finder, level, from, left < SLICE ? left : SLICE);
        }
        return r;
}

static int descend(struct finder *finder, struct level *level)
{
        return offer(finder, level, 0, 0) ? 0 : walk(finder, level);
}

static void work(void *hand, void *given)
{
        struct finder *finder = hand;
        struct task *task = given;
        int r = task->count ? look_at_slice(finder, task->level, task->from, task->count) : walk(finder, task->level);

        if (r < 0)
                atomic_store(&finder->search->failed, finder->failed = true);
        level_drop(&task->level);
}

/* --- parts -------------------------------------------------------------------------------------------------------------- */

static void copy_found(const struct level *level, change_list *list)
{
        for (size_t i = 0; i < level->count; i++) {
                if (level->items[i].change)
                        list->items[list->count++] = *level->items[i].change;
                if (level->items[i].below)
                        copy_found(level->items[i].below, list);
        }
}

/* Behind what was found before. */
static int gather(struct arena *arena, const struct level *top, size_t found, change_list *list, struct error *err)
{
        struct change *all = arena_alloc_array(arena, list->count + found + 1, sizeof(*all));

        if (!all)
                return error_memory(err);
        if (list->count)
                memcpy(all, list->items, list->count * sizeof(*all));
        list->items = all;
        copy_found(top, list);
        return 0;
}

/* The first hand is the caller's, with its arena; the others are there in case they are called. */
static void begin_search(struct search *search, struct arena *arena, struct error *err)
{
        for (size_t i = 0; i < CREW_MOST; i++) {
                struct finder *finder = &search->finders[i];

                *finder = (struct finder){ .search = search, .question = search->question, .part = search->part };
                finder->arena = i == 0 ? arena : &finder->own_arena;
                finder->err = i == 0 ? err : &finder->own_err;
        }
        crew_init(&search->crew, work);
}

/* What the hands have made becomes the caller's, also what they failed of. */
static int end_search(struct search *search, int r, size_t *ret_found)
{
        struct finder *first = &search->finders[0];

        if (r < 0)
                atomic_store(&search->failed, first->failed = true);
        crew_finish(&search->crew, first);
        r = first->failed ? first->err->code : 0;
        *ret_found = first->found;
        for (size_t i = 1; i < CREW_MOST; i++) {
                struct finder *finder = &search->finders[i];

                *ret_found += finder->found;
                arena_take(first->arena, &finder->own_arena);
                if (finder->failed && r == 0) {
                        *first->err = finder->own_err;
                        r = first->err->code;
                }
        }
        return r;
}

static int find_in_part(struct arena *arena, const struct changes_question *question, size_t number, change_list *list,
                        struct error *err)
{
        const struct changes_part *part = &question->parts.items[number];
        struct finder finders[CREW_MOST];
        struct search search = { .question = question, .part = part, .number = number, .finders = finders };
        _cleanup_(level_drop) struct level *top = NULL;
        size_t found;
        int r;

        begin_search(&search, arena, err);
        top = level_new(&finders[0]);
        if (!top)
                return err->code;
        top->path = top->where = text_equal(part->at, "/") ? "" : part->at;
        top->length = strlen(top->path);
        top->where += top->length;
        top->upper = open(part->upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (top->upper < 0)
                return error_errno(err, "the scratch: opening %s", part->upper);
        if (stack_open(part, question->marks, &top->stack, err) < 0)
                return err->code;
        search.top = &top->stack;
        r = end_search(&search, walk(&finders[0], top), &found);
        return r < 0 ? r : gather(arena, top, found, list, err);
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
static int drop_left_places(struct arena *arena, change_list *list, struct error *err)
{
        size_t renamed = count_renamed(list), count = 0, kept = 0;
        const char **left = renamed ? arena_alloc_array(arena, renamed, sizeof(*left)) : NULL;

        if (!left)
                return renamed ? error_memory(err) : 0;
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

static bool has_links(const struct change *change)
{
        return !S_ISDIR(change->after.mode) && change->after.links > 1;
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
static int find_links(struct arena *arena, const change_list *list, struct error *err)
{
        struct change **names;
        size_t count = 0;

        for (size_t i = 0; i < list->count; i++)
                count += has_links(&list->items[i]);
        names = count ? arena_alloc_array(arena, count, sizeof(*names)) : NULL;
        if (!names)
                return count ? error_memory(err) : 0;
        count = 0;
        for (size_t i = 0; i < list->count; i++)
                if (has_links(&list->items[i]))
                        names[count++] = &list->items[i];
        qsort(names, count, sizeof(*names), compare_files);
        for (size_t i = 1; i < count; i++)
                if (names[i]->part == names[i - 1]->part && names[i]->after.file == names[i - 1]->after.file)
                        names[i]->link = names[i - 1]->link ? names[i - 1]->link : names[i - 1]->path;
        return 0;
}

/* Mostly it is in order: not where parts lie in one another, nor with marks that have names. */
static void sort(change_list *list)
{
        size_t i = 1;

        while (i < list->count && compare(&list->items[i - 1], &list->items[i]) <= 0)
                i++;
        if (i < list->count)
                qsort(list->items, list->count, sizeof(*list->items), compare);
}

int changes_find(struct arena *arena, const struct changes_question *question, change_list *ret, struct error *err)
{
        change_list list = { .count = 0 };

        for (size_t i = 0; i < question->parts.count; i++)
                if (find_in_part(arena, question, i, &list, err) < 0)
                        return err->code;
        if (drop_left_places(arena, &list, err) < 0)
                return err->code;
        sort(&list);
        if (find_links(arena, &list, err) < 0)
                return err->code;
        *ret = list;
        return 0;
}
