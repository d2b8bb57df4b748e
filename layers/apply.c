/* A plan carried out: everything is prepared beside its place, then the journal puts it there. */
#include "layers/apply.h"

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
#include "layers/copy.h"
#include "layers/hiding.h"

struct stager {
        struct arena *arena;
        const struct apply_plan *plan;
        const char **staged;            /* for each chosen change: where it was prepared, below its part's host; NULL: not yet */
        int journal;
        bool owners;
        struct error *err;
};

static const struct changes_part *part_of(const struct stager *stager, const struct change *change)
{
        return &stager->plan->wish->question->parts.items[change->part];
}

/* --- names of one file -------------------------------------------------------------------------------------------------- */

static int compare(const void *path, const void *change)
{
        return hiding_compare_paths(path, ((const struct change *)change)->path);
}

/* Where the file was prepared that this is to be another name of; NULL when it does not come along. */
static const char *find_first(const struct stager *stager, const struct change *change)
{
        const change_list *chosen = &stager->plan->chosen;
        const struct change *first = change->link ? bsearch(change->link, chosen->items, chosen->count, sizeof(*chosen->items), compare)
                                                  : NULL;

        return first ? stager->staged[first - chosen->items] : NULL;
}

static int link_first(const struct stager *stager, const struct change *change, const char *first, int to, const char *to_name)
{
        _cleanup_(io_closep) int dir = -1;
        const char *name;
        int r = journal_parent(part_of(stager, change)->host, first, &dir, &name, stager->err);

        if (r < 0)
                return r;
        return linkat(dir, name, to, to_name, 0) < 0 ? error_errno(stager->err, "linking it to %s", change->link) : 0;
}

/* --- preparing ---------------------------------------------------------------------------------------------------------- */

/* `below` is where it is prepared, as the host will have it until it is put in place. */
static int stage_entry(const struct stager *stager, const struct change *change, int to, const char *to_name, const char *below)
{
        const char *first = find_first(stager, change), *name;
        _cleanup_(io_closep) int from = -1;
        int r;

        stager->staged[change - stager->plan->chosen.items] = below;
        if (first)
                return link_first(stager, change, first, to, to_name);
        r = journal_parent(part_of(stager, change)->upper, change->where, &from, &name, stager->err);
        return r < 0 ? r : copy_entry(from, name, to, to_name, stager->owners, stager->err);
}

static int open_staged(int top, const char *path, struct error *err)
{
        int dir = sys_openat2(top, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);

        return dir < 0 ? error_errno(err, "opening what was prepared") : dir;
}

static int stage_inside(const struct stager *stager, const struct change *top, const struct change *change, int dir, const char *below)
{
        const char *rest = change->where + strlen(top->where) + 1, *name = path_name(rest);
        const char *parent = arena_copy_n(stager->arena, rest, name > rest ? (size_t)(name - rest) - 1 : 0);
        _cleanup_(io_closep) int to = -1;

        below = arena_printf(stager->arena, "%s/%s", below, rest);
        if (!parent || !below)
                return error_memory(stager->err);
        to = open_staged(dir, parent, stager->err);
        return to < 0 ? to : stage_entry(stager, change, to, name, below);
}

/* Last, for what is made in a directory changes its time, and its mode may forbid it. */
static int finish_directory(const struct stager *stager, const struct change *change, int dir)
{
        _cleanup_(io_closep) int from = -1;
        int r = journal_directory(part_of(stager, change)->upper, change->where, &from, stager->err);

        return r < 0 ? r : copy_looks(from, dir, stager->owners, true, stager->err);
}

static int stage_directory(const struct stager *stager, const struct apply_source *source, int parent, const char *temporary,
                           const char *below)
{
        const struct change *const *inside = source->count ? &stager->plan->inside.items[source->first] : NULL;
        _cleanup_(io_closep) int dir = openat(parent, temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int r = 0;

        if (dir < 0)
                return error_errno(stager->err, "opening what was prepared");
        for (size_t i = 0; i < source->count; i++)
                if (stage_inside(stager, source->change, inside[i], dir, below) < 0)
                        return error_wrap(stager->err, "%s", inside[i]->path);
        for (size_t i = source->count; r >= 0 && i-- > 0;) {
                _cleanup_(io_closep) int one = -1;

                if (!S_ISDIR(inside[i]->after.mode))
                        continue;
                one = open_staged(dir, inside[i]->where + strlen(source->change->where) + 1, stager->err);
                r = one < 0 ? one : finish_directory(stager, inside[i], one);
        }
        return r < 0 ? r : finish_directory(stager, source->change, dir);
}

/* What was merged looks like the host's own, or like the sandbox's where the host has none. */
static int stage_content(const struct stager *stager, const struct apply_source *source, int dir, const char *temporary, const char *name)
{
        _cleanup_(io_closep) int to = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        _cleanup_(io_closep) int like = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), from = -1;
        const char *upper_name;
        int r = 0;

        if (to < 0)
                return error_errno(stager->err, "making it");
        if (like < 0) {
                r = journal_parent(part_of(stager, source->change)->upper, source->change->where, &from, &upper_name, stager->err);
                like = r < 0 ? -1 : openat(from, upper_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        }
        if (r >= 0 && like < 0)
                return error_errno(stager->err, "opening it");
        if (r >= 0)
                r = io_write_all(to, source->content, source->length, "it", stager->err);
        return r < 0 ? r : copy_looks(like, to, stager->owners, false, stager->err);
}

static int stage_looks(const struct stager *stager, const struct change *change, size_t number)
{
        _cleanup_(io_closep) int dir = -1;
        char new[40];

        journal_name(new, "new", number);
        if (mkdirat(stager->journal, new, 0700) < 0)
                return error_errno(stager->err, "making the journal's %s", new);
        dir = openat(stager->journal, new, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return dir < 0 ? error_errno(stager->err, "opening the journal's %s", new) : finish_directory(stager, change, dir);
}

static int stage(const struct stager *stager, size_t number)
{
        const struct journal_step *step = &stager->plan->steps.items[number];
        const struct apply_source *source = &stager->plan->sources.items[number];
        _cleanup_(io_closep) int dir = -1;
        const char *name, *below;
        int r;

        if (step->kind == JOURNAL_LOOKS)
                return stage_looks(stager, source->change, number);
        if (step->kind != JOURNAL_PUT)
                return 0;
        r = journal_parent(step->root, step->where, &dir, &name, stager->err);
        if (r < 0)
                return r;
        if (source->content)
                return stage_content(stager, source, dir, step->temporary, name);
        below = arena_printf(stager->arena, "%.*s%s", (int)(name - step->where), step->where, step->temporary);
        if (!below)
                return error_memory(stager->err);
        r = stage_entry(stager, source->change, dir, step->temporary, below);
        return r >= 0 && S_ISDIR(source->change->after.mode) ? stage_directory(stager, source, dir, step->temporary, below) : r;
}

int apply_carry_out(struct arena *arena, int place, struct apply_plan *plan, struct error *err)
{
        struct stager stager = { .arena = arena, .plan = plan, .owners = !plan->wish->question->ignore_owners, .err = err };
        _cleanup_(io_closep) int journal = -1;
        struct error undoing = { 0 };
        int r;

        if (plan->refused.count)
                return error_set(err, E_BUSY, "%s: %s", plan->refused.items[0].path, plan->refused.items[0].why);
        stager.staged = arena_alloc_array(arena, plan->chosen.count + 1, sizeof(*stager.staged));
        if (!stager.staged)
                return error_memory(err);
        r = journal_begin(place, &plan->steps, err);
        if (r >= 0) {
                journal = openat(place, "journal", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                stager.journal = journal;
                r = journal < 0 ? error_errno(err, "opening the journal") : 0;
        }
        for (size_t i = 0; r >= 0 && i < plan->steps.count; i++)
                if (stage(&stager, i) < 0)
                        r = error_wrap(err, "preparing %s", plan->steps.items[i].where);
        if (r < 0) {
                if (journal_drop(place, &undoing) < 0)
                        return error_wrap(err, "clearing up after it failed too (%s)", undoing.text);
                return r;
        }
        return journal_carry_out(place, &plan->steps, stager.owners, err);
}
