/* What is to be done to the host for a change set, and what stands against it.  Reads only. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/apply.h"
#include "layers/hiding.h"
#include "layers/stack.h"

#define CLOCK_TICK_NS 20000000          /* how far a file system's clock may lag behind */
#define ACCOUNTS_MAX (16u << 20)

struct planner {
        struct arena *arena;
        const struct apply_wish *wish;
        struct apply_plan *plan;
        uint32_t salt;
        const char *timed_root, *timed; /* the directory whose times were noted last */
        struct error *err;
};

/* What the host has at a place. */
struct place { int dir; const char *name; struct change_look look; struct timespec changed; };

static void place_done(struct place *place)
{
        io_closep(&place->dir);
}

static const struct changes_part *part_of(const struct planner *planner, const struct change *change)
{
        return &planner->wish->question->parts.items[change->part];
}

static int note(struct planner *planner, apply_note_list *list, const char *path, const char *why)
{
        path = arena_copy(planner->arena, path);
        if (!path)
                return error_memory(planner->err);
        if (hiding_grow(planner->arena, (void **)&list->items, list->count, sizeof(*list->items), planner->err) < 0)
                return planner->err->code;
        list->items[list->count++] = (struct apply_note){ path, why };
        return 0;
}

static int refuse(struct planner *planner, const char *path, const char *why)
{
        return note(planner, &planner->plan->refused, path, why);
}

static bool is_since(const struct planner *planner, const struct timespec *changed)
{
        struct timespec since = planner->wish->since;

        since.tv_nsec -= CLOCK_TICK_NS;
        if (since.tv_nsec < 0) {
                since.tv_nsec += 1000000000;
                since.tv_sec--;
        }
        return changed->tv_sec != since.tv_sec ? changed->tv_sec > since.tv_sec : changed->tv_nsec >= since.tv_nsec;
}

/* --- steps -------------------------------------------------------------------------------------------------------------- */

static int add_step(struct planner *planner, const struct journal_step *step, const struct apply_source *source)
{
        struct apply_plan *plan = planner->plan;

        if (hiding_grow(planner->arena, (void **)&plan->steps.items, plan->steps.count, sizeof(*step), planner->err) < 0 ||
            hiding_grow(planner->arena, (void **)&plan->sources.items, plan->sources.count, sizeof(*source), planner->err) < 0)
                return planner->err->code;
        plan->steps.items[plan->steps.count] = *step;
        plan->sources.items[plan->steps.count] = source ? *source : (struct apply_source){ 0 };
        plan->sources.count = ++plan->steps.count;
        return 0;
}

static struct journal_seen seen_of(const struct change_look *look)
{
        return (struct journal_seen){
                .known = true, .mode = look->mode, .uid = look->uid, .gid = look->gid, .file = look->file, .size = look->size,
                .modified = look->modified,
        };
}

static int note_times(struct planner *planner, const char *root, const char *where, int dir)
{
        struct journal_step step = { .kind = JOURNAL_TIMES, .root = root, .where = where, .temporary = "" };
        struct stat what;

        if (planner->timed && text_equal(planner->timed_root, root) && text_equal(planner->timed, where))
                return 0;
        if (fstat(dir, &what) < 0)
                return error_errno(planner->err, "looking at %s", where);
        planner->timed_root = root;
        planner->timed = where;
        step.accessed = what.st_atim;
        step.modified = what.st_mtim;
        return add_step(planner, &step, NULL);
}

static int note_parent(struct planner *planner, const char *root, const char *where, int dir)
{
        size_t length = (size_t)(path_name(where) - where);
        const char *parent = arena_copy_n(planner->arena, where, length > 1 ? length - 1 : 1);

        return parent ? note_times(planner, root, parent, dir) : error_memory(planner->err);
}

static int add_put(struct planner *planner, const struct change *change, const struct place *place, bool over,
                   struct apply_source source)
{
        const char *root = part_of(planner, change)->host;
        struct journal_step step = { .kind = JOURNAL_PUT, .root = root, .where = change->where, .has_old = over };

        if (note_parent(planner, root, change->where, place->dir) < 0)
                return planner->err->code;
        step.temporary = arena_printf(planner->arena, ".hcs-sandbox-%08x-%zu", planner->salt, planner->plan->steps.count);
        if (!step.temporary)
                return error_memory(planner->err);
        source.change = change;
        /* What was merged with it must be it, also by force. */
        if (over && (!planner->wish->force || source.content))
                step.seen = seen_of(&place->look);
        return add_step(planner, &step, &source);
}

/* --- what goes ---------------------------------------------------------------------------------------------------------- */

struct removal { const struct change *change; const struct stack *stack; const char *where; unsigned depth; };

static int add_removal(struct planner *planner, const struct removal *removal, int dir, const char *name);

/* What the sandbox did not see must not go with a directory that it deleted: the reason, or NULL.  `ret` is what lies in it. */
static int check_seen(const struct planner *planner, const struct removal *removal, const char *name, struct stack *ret,
                      const char **ret_why)
{
        struct stack_entry entry;
        bool layered;

        if (stack_find(removal->stack, name, &entry, planner->err) < 0 || stack_enter(removal->stack, name, ret, planner->err) < 0 ||
            stack_is_layered(removal->stack, name, &entry, &layered, planner->err) < 0)
                return planner->err->code;
        *ret_why = entry.hidden || ret->hidden ? "it is hidden from the sandbox, and would go with the directory"
                   : layered && removal->depth && !planner->wish->force ? "a layer covers it, and it would go with the directory" : NULL;
        return 0;
}

static int add_inside(struct planner *planner, const struct removal *removal, int dir)
{
        _cleanup_(io_close_dirp) DIR *stream = NULL;
        int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
        struct dirent *entry;

        stream = again < 0 ? NULL : fdopendir(again);
        if (!stream)
                return error_errno(planner->err, "reading %s", removal->where);
        r = note_times(planner, part_of(planner, removal->change)->host, removal->where, dir);
        while (r >= 0 && (entry = readdir(stream)))
                if (!text_equal(entry->d_name, ".") && !text_equal(entry->d_name, ".."))
                        r = add_removal(planner, removal, dir, entry->d_name);
        return r;
}

static int add_directory(struct planner *planner, const struct removal *inside, int dir, const char *name)
{
        _cleanup_(io_closep) int below = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (inside->depth > CHANGES_DEPTH_MAX)
                return error_set(planner->err, E_NOT_SUPPORTED, "%.200s...: more than %d directories in each other", inside->where,
                                 CHANGES_DEPTH_MAX);
        return below < 0 ? error_errno(planner->err, "opening %s", inside->where) : add_inside(planner, inside, below);
}

static int add_removal(struct planner *planner, const struct removal *removal, int dir, const char *name)
{
        const struct changes_part *part = part_of(planner, removal->change);
        struct journal_step step = { .kind = JOURNAL_REMOVE, .root = part->host, .temporary = "", .has_old = true };
        struct removal inside = { .change = removal->change, .depth = removal->depth + 1 };
        const size_t refused = planner->plan->refused.count;
        _cleanup_(stack_done) struct stack below;
        struct change_look look;
        struct timespec changed;
        const char *why;

        stack_init(&below);
        inside.where = step.where = arena_printf(planner->arena, "%s/%s", removal->where, name);
        inside.stack = &below;
        if (!step.where)
                return error_memory(planner->err);
        if (check_seen(planner, removal, name, &below, &why) < 0)
                return error_wrap(planner->err, "%s", step.where);
        if (why)
                return refuse(planner, step.where, why);
        if (change_look_at(dir, name, &look, &changed) < 0)
                return error_errno(planner->err, "looking at %s", step.where);
        if (S_ISDIR(look.mode)) {
                step.kind = JOURNAL_RMDIR;
                if (add_directory(planner, &inside, dir, name) < 0)
                        return planner->err->code;
        }
        /* Of a directory it may be the doing of what is in it, which has been told then. */
        if (is_since(planner, &changed) && !planner->wish->force && planner->plan->refused.count == refused)
                return refuse(planner, step.where, "the host changed it since the sandbox began, and it would go");
        if (step.kind == JOURNAL_REMOVE && !planner->wish->force)
                step.seen = seen_of(&look);
        return add_step(planner, &step, NULL);
}

/* What the host has there, whole. */
static int add_removals(struct planner *planner, const struct change *change, const struct place *place)
{
        const struct changes_part *part = part_of(planner, change);
        size_t length = (size_t)(path_name(change->where) - change->where);
        _cleanup_(stack_done) struct stack top, parent;
        struct removal removal = { .change = change, .stack = &parent };
        int r;

        stack_init(&top);
        stack_init(&parent);
        removal.where = arena_copy_n(planner->arena, change->where, length - 1);
        if (!removal.where)
                return error_memory(planner->err);
        r = stack_open(part, planner->wish->question->marks, &top, planner->err);
        if (r >= 0 && *removal.where)
                r = stack_way(&top, removal.where, &parent, planner->err);
        if (!*removal.where)
                removal.stack = &top;
        if (r >= 0)
                r = note_parent(planner, part->host, change->where, place->dir);
        return r < 0 ? r : add_removal(planner, &removal, place->dir, place->name);
}

/* --- accounts ----------------------------------------------------------------------------------------------------------- */

static const struct { const char *path; const char *of; } accounts[] = {
        { "/etc/shadow", NULL }, { "/etc/gshadow", NULL }, { "/etc/shadow-", "/etc/shadow" }, { "/etc/gshadow-", "/etc/gshadow" },
};

static bool is_accounts(const char *path)
{
        for (size_t i = 0; i < ARRAY_LENGTH(accounts); i++)
                if (text_equal(accounts[i].path, path))
                        return true;
        return false;
}

static int read_layer(const struct planner *planner, const char *top, const char *where, struct text *ret)
{
        _cleanup_(io_closep) int dir = -1;
        const char *name;
        int r = top ? journal_parent(top, where, &dir, &name, planner->err) : error_set(planner->err, E_NOT_FOUND, "no layer");

        return r < 0 ? r : io_read_file_at(dir, name, ACCOUNTS_MAX, ret, planner->err);
}

static const char *or_empty(const struct text *text)
{
        return text->data ? text->data : "";
}

/* What the sandbox saw: a named layer's, else the mask's. */
static int read_base(const struct planner *planner, const struct change *change, struct text *ret)
{
        const struct changes_part *part = part_of(planner, change);

        for (size_t i = 0; change->layered && i < part->layers.count; i++) {
                _cleanup_(io_closep) int dir = -1;
                struct error none = { 0 };
                const char *name;

                if (journal_parent(part->layers.items[i], change->where, &dir, &name, &none) >= 0 && faccessat(dir, name, F_OK, 0) == 0)
                        return io_read_file_at(dir, name, ACCOUNTS_MAX, ret, planner->err);
        }
        return read_layer(planner, part->mask, change->where, ret);
}

/* Of a backup the host's own file is the content: what was there before. */
static int add_accounts(struct planner *planner, const struct change *change, const struct place *place)
{
        const struct changes_part *part = part_of(planner, change);
        _cleanup_(text_done) struct text base = { 0 }, mine = { 0 }, theirs = { 0 }, merged = { 0 };
        struct apply_source source = { 0 };
        const char *where = change->where;
        int r;

        for (size_t i = 0; i < ARRAY_LENGTH(accounts); i++)
                if (accounts[i].of && text_equal(accounts[i].path, where))
                        where = accounts[i].of;
        r = read_layer(planner, part->host, where, &theirs);
        if (r >= 0 && where == change->where)
                r = read_base(planner, change, &base);
        if (r >= 0 && where == change->where)
                r = read_layer(planner, part->upper, where, &mine);
        if (r >= 0 && where == change->where)
                r = apply_merge(or_empty(&base), or_empty(&mine), or_empty(&theirs), &merged, planner->err);
        if (r < 0)
                return error_wrap(planner->err, "%s", change->path);
        source.length = where == change->where ? merged.length : theirs.length;
        source.content = arena_copy_n(planner->arena, or_empty(where == change->where ? &merged : &theirs), source.length);
        return source.content ? add_put(planner, change, place, place->look.mode != 0, source) : error_memory(planner->err);
}

/* --- what stands against it --------------------------------------------------------------------------------------------- */

/* The reason, or NULL.  Never by force: what was not seen, or what would be more than a file. */
static const char *forbidden(const struct planner *planner, const struct change *change)
{
        const struct changes_part *part = part_of(planner, change);
        _cleanup_(io_closep) int dir = -1;
        _cleanup_(free_charp) char *partial = NULL;
        struct error none = { 0 };
        const char *name;
        char door[400], value[64];

        if (change->kind == CHANGE_RENAMED)
                return "a directory that was renamed can't be applied; copy it under the new name in the sandbox";
        if (change->kind == CHANGE_DELETED)
                return NULL;
        if (S_ISCHR(change->after.mode) || S_ISBLK(change->after.mode))
                return "devices are not applied";
        if (!S_ISREG(change->after.mode) || journal_parent(part->upper, change->where, &dir, &name, &none) < 0)
                return NULL;
        partial = change_read_mark(dir, name, "metacopy", planner->wish->question->marks);
        if (partial && planner->wish->question->marks == CHANGES_TRUSTED)
                return "its content is not in the scratch (metacopy)";
        if (planner->wish->set_user_id)
                return NULL;
        snprintf(door, sizeof(door), "/proc/self/fd/%d/%s", dir, name);
        if ((change->after.mode & 06000) && (change->after.mode & 06000) != (change->before.mode & 06000))
                return "it is set-user-id or set-group-id (--set-user-id takes it over)";
        return lgetxattr(door, "security.capability", value, sizeof(value)) >= 0 ?
               "it has file capabilities (--set-user-id takes it over)" : NULL;
}

/* The scratch has a copy of something that lay beneath, and the host's directory lost or got an entry since.  The origin alone says
 * less: what the sandbox gave another name has one too. */
static bool is_gone_beneath(const struct planner *planner, const struct change *change, const struct place *place)
{
        const struct changes_part *part = part_of(planner, change);
        _cleanup_(free_charp) char *origin = NULL;
        _cleanup_(io_closep) int dir = -1;
        struct error none = { 0 };
        const char *name;
        struct stat parent;

        if (fstat(place->dir, &parent) < 0 || !is_since(planner, &parent.st_ctim))
                return false;
        if (journal_parent(part->upper, change->where, &dir, &name, &none) < 0)
                return false;
        origin = change_read_mark(dir, name, "origin", planner->wish->question->marks);
        return origin != NULL;
}

static const char *conflict(const struct planner *planner, const struct change *change, const struct place *place)
{
        bool there = place->look.mode != 0;

        if (change->layered && there)
                return "a layer covered what this machine has there, so the sandbox did not see it";
        if (change->kind == CHANGE_ADDED && there)
                return "the host has something of that name by now";
        if (change->kind == CHANGE_ADDED)
                return !change->layered && is_gone_beneath(planner, change, place) ? "the host deleted it since the sandbox began" : NULL;
        if (!there)
                return "the host deleted it since the sandbox began";
        if ((place->look.mode & S_IFMT) != (change->before.mode & S_IFMT))
                return "the host has something of another kind there by now";
        if (change->kind == CHANGE_CHANGED && S_ISDIR(change->after.mode))
                return place->look.mode != change->before.mode || place->look.uid != change->before.uid ||
                       place->look.gid != change->before.gid ? "the host gave it another mode or owner" : NULL;
        if (S_ISDIR(change->before.mode))
                return NULL;            /* what is in it says more than it itself */
        return is_since(planner, &place->changed) ? "the host changed it since the sandbox began" : NULL;
}

/* --- one change --------------------------------------------------------------------------------------------------------- */

static int add_change(struct planner *planner, const struct change *change, const struct place *place, struct apply_source inside)
{
        struct journal_step looks = {
                .kind = JOURNAL_LOOKS, .root = part_of(planner, change)->host, .where = change->where, .temporary = "", .has_old = true,
        };
        const struct apply_source source = { .change = change };
        bool there = place->look.mode != 0;
        int r = 0;

        if (change->kind == CHANGE_DELETED)
                return there ? add_removals(planner, change, place) : 0;
        if (change->kind == CHANGE_CHANGED && S_ISDIR(change->after.mode))
                return add_step(planner, &looks, &source);
        if (there && (S_ISDIR(place->look.mode) || S_ISDIR(change->after.mode))) {
                r = add_removals(planner, change, place);
                there = false;
        }
        return r < 0 ? r : add_put(planner, change, place, there, inside);
}

static int look(const struct planner *planner, const struct change *change, struct place *ret)
{
        const struct changes_part *part = part_of(planner, change);
        struct error why = { 0 };

        if (journal_parent(part->host, change->where, &ret->dir, &ret->name, &why) < 0)
                return 1;
        if (change_look_at(ret->dir, ret->name, &ret->look, &ret->changed) < 0)
                return error_errno(planner->err, "looking at %s", change->path);
        return 0;
}

static int plan_one(struct planner *planner, const struct change *change, struct apply_source inside)
{
        _cleanup_(place_done) struct place place = { .dir = -1 };
        const char *why;
        int r;

        if (!part_of(planner, change)->host)
                return note(planner, &planner->plan->left_out, change->path, "the host has no such place");
        if (change->hidden && !(is_accounts(change->path) && change->kind != CHANGE_DELETED && S_ISREG(change->after.mode)))
                return note(planner, &planner->plan->left_out, change->path, "it is hidden from the sandbox");
        if (S_ISSOCK(change->after.mode))
                return note(planner, &planner->plan->left_out, change->path, "a socket lives with its program");
        why = forbidden(planner, change);
        if (why)
                return refuse(planner, change->path, why);
        r = look(planner, change, &place);
        if (r < 0)
                return r;
        if (r > 0)
                return change->kind == CHANGE_DELETED ? 0 : refuse(planner, change->path, "the directory that it is to lie in is not "
                                                                   "there, is a link, or is another file system");
        if (change->hidden)
                return add_accounts(planner, change, &place);
        why = planner->wish->force ? NULL : conflict(planner, change, &place);
        return why ? refuse(planner, change->path, why) : add_change(planner, change, &place, inside);
}

/* --- all of it ---------------------------------------------------------------------------------------------------------- */

/* Named, in something named, or a new directory that leads there. */
static bool is_chosen(const struct apply_wish *wish, const struct change *change)
{
        if (wish->paths.count == 0)
                return true;
        for (size_t i = 0; i < wish->paths.count; i++)
                if (path_is_below(change->path, wish->paths.items[i]) ||
                    (S_ISDIR(change->after.mode) && change->kind != CHANGE_CHANGED && path_is_below(wish->paths.items[i], change->path)))
                        return true;
        return false;
}

static int choose(struct planner *planner)
{
        const change_list *changes = planner->wish->changes;
        struct apply_plan *plan = planner->plan;

        plan->chosen.items = arena_alloc_array(planner->arena, changes->count + 1, sizeof(*plan->chosen.items));
        plan->inside.items = arena_alloc_array(planner->arena, changes->count + 1, sizeof(*plan->inside.items));
        if (!plan->chosen.items || !plan->inside.items)
                return error_memory(planner->err);
        for (size_t i = 0; i < changes->count; i++)
                if (is_chosen(planner->wish, &changes->items[i]))
                        plan->chosen.items[plan->chosen.count++] = changes->items[i];
        for (size_t i = 0; i < planner->wish->paths.count; i++) {
                bool found = false;

                for (size_t k = 0; !found && k < plan->chosen.count; k++)
                        found = !plan->chosen.items[k].leads && path_is_below(plan->chosen.items[k].path, planner->wish->paths.items[i]);
                if (!found)
                        return error_set(planner->err, E_NOT_FOUND, "%s: the sandbox changed nothing there", planner->wish->paths.items[i]);
        }
        return 0;
}

/* --- what came of a layer ------------------------------------------------------------------------------------------------- */

/* *ret: what the host has at its place; mode 0 also when the directory that it is to lie in is not there. */
static int look_at_host(const struct planner *planner, const struct change *change, struct change_look *ret)
{
        _cleanup_(place_done) struct place place = { .dir = -1 };
        int r = look(planner, change, &place);

        *ret = place.look;
        return r < 0 ? r : 0;
}

/* What is not on the host can't be changed there, nor deleted: it is new to it as a whole, or nothing to be done. */
static int settle_layered(struct planner *planner)
{
        change_list *chosen = &planner->plan->chosen;
        size_t kept = 0;

        for (size_t i = 0; i < chosen->count; i++) {
                struct change *change = &chosen->items[i];
                bool counts = change->layered && !change->leads && !change->hidden && part_of(planner, change)->host;
                struct change_look there = { 0 };

                if (counts && look_at_host(planner, change, &there) < 0)
                        return planner->err->code;
                if (counts && !there.mode && change->kind == CHANGE_DELETED) {
                        if (note(planner, &planner->plan->left_out, change->path, "a layer has it, and this machine does not") < 0)
                                return planner->err->code;
                        continue;
                }
                if (counts && !there.mode && change->kind != CHANGE_RENAMED) {
                        change->kind = CHANGE_ADDED;
                        change->before = (struct change_look){ 0 };
                }
                chosen->items[kept++] = *change;
        }
        chosen->count = kept;
        return 0;
}

static bool leads_somewhere(const change_list *chosen, size_t number)
{
        const char *path = chosen->items[number].path;

        for (size_t i = number + 1; i < chosen->count && path_is_below(chosen->items[i].path, path); i++)
                if (!chosen->items[i].leads && chosen->items[i].kind != CHANGE_DELETED)
                        return true;
        return false;
}

/* Of the directories that lead to a change those that the host lacks. */
static int settle_leading(struct planner *planner)
{
        change_list *chosen = &planner->plan->chosen;
        size_t kept = 0;

        for (size_t i = 0; i < chosen->count; i++) {
                const struct change *change = &chosen->items[i];
                struct change_look there = { 0 };

                if (change->leads && look_at_host(planner, change, &there) < 0)
                        return planner->err->code;
                if (!change->leads || (leads_somewhere(chosen, i) && !S_ISDIR(there.mode)))
                        chosen->items[kept++] = *change;
        }
        chosen->count = kept;
        return 0;
}

/* What is in a new directory comes with it; what may not come is told like everything else. */
static int gather_inside(struct planner *planner, size_t *at, struct apply_source *source)
{
        const change_list *chosen = &planner->plan->chosen;
        const struct change *top = &chosen->items[*at];

        source->first = planner->plan->inside.count;
        while (*at + 1 < chosen->count && path_is_below(chosen->items[*at + 1].path, top->path)) {
                const struct change *change = &chosen->items[++*at];
                const char *why = forbidden(planner, change);

                if (why && refuse(planner, change->path, why) < 0)
                        return planner->err->code;
                if (change->part != top->part && refuse(planner, change->path, "it lies on another file system than its directory") < 0)
                        return planner->err->code;
                if (S_ISSOCK(change->after.mode)) {
                        if (note(planner, &planner->plan->left_out, change->path, "a socket lives with its program") < 0)
                                return planner->err->code;
                        continue;
                }
                planner->plan->inside.items[planner->plan->inside.count++] = change;
                source->count++;
        }
        return 0;
}

int apply_make_plan(struct arena *arena, const struct apply_wish *wish, struct apply_plan *ret, struct error *err)
{
        struct apply_plan plan = { .wish = wish };
        struct planner planner = { .arena = arena, .wish = wish, .plan = &plan, .err = err };

        if (getrandom(&planner.salt, sizeof(planner.salt), 0) != sizeof(planner.salt))
                return error_errno(err, "getting random bytes");
        if (choose(&planner) < 0 || settle_layered(&planner) < 0 || settle_leading(&planner) < 0)
                return err->code;
        for (size_t i = 0; i < plan.chosen.count; i++) {
                const struct change *change = &plan.chosen.items[i];
                struct apply_source inside = { 0 };

                if ((change->kind == CHANGE_ADDED || change->kind == CHANGE_TYPE) && S_ISDIR(change->after.mode) && !change->hidden &&
                    gather_inside(&planner, &i, &inside) < 0)
                        return err->code;
                if (plan_one(&planner, change, inside) < 0)
                        return err->code;
        }
        *ret = plan;
        return 0;
}
