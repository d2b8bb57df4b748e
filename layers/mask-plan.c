#include "layers/mask-plan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hcs/base/path.h"
#include "hcs/base/text.h"

int mask_entry_add(struct arena *arena, mask_entry_list *list, const struct mask_entry *entry, struct error *err)
{
        if (hiding_grow(arena, (void **)&list->items, list->count, sizeof(*list->items), err) < 0)
                return err->code;
        list->items[list->count++] = *entry;
        return 0;
}

/* Of two entries on one path that which gives something comes first. */
static int compare(const void *left, const void *right)
{
        const struct mask_entry *a = left, *b = right;
        int order = hiding_compare_paths(a->path, b->path);

        return order ? order : (int)b->kind - (int)a->kind;
}

static int collect(struct arena *arena, int root, const hiding_list *hidden, const mask_entry_list *extra,
                   mask_entry_list *all, struct error *err)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < hidden->count; i++) {
                struct mask_entry entry = { .path = hidden->items[i].path,
                                            .kind = hidden->items[i].directory ? MASK_EMPTY : MASK_ABSENT };

                if (entry.kind == MASK_ABSENT || (look_at(root, entry.path, &entry.like) == 0 && S_ISDIR(entry.like.mode)))
                        r = mask_entry_add(arena, all, &entry, err);
        }
        for (size_t i = 0; r >= 0 && i < extra->count; i++)
                r = mask_entry_add(arena, all, &extra->items[i], err);
        if (r >= 0 && all->count)
                qsort(all->items, all->count, sizeof(*all->items), compare);
        return r;
}

struct planner {
        struct arena *arena;
        int root;
        mask_entry_list *list;
        walked_list *walked;
        const char *before;             /* the path that was added last */
        struct error *err;
};

/* Adds the directories above `path` that are not there yet; 1 when one of them has gone. */
static int add_above(struct planner *planner, const char *path)
{
        for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                struct mask_entry entry = { .kind = MASK_MERGED, .path = arena_copy_n(planner->arena, path, (size_t)(slash - path)) };

                if (!entry.path)
                        return error_memory(planner->err);
                if (planner->before && path_is_below(planner->before, entry.path))
                        continue;
                if (look_at(planner->root, entry.path, &entry.like) < 0 || !S_ISDIR(entry.like.mode))
                        return 1;
                planner->before = entry.path;
                if (mask_entry_add(planner->arena, planner->list, &entry, planner->err) < 0 ||
                    walk_note(planner->arena, planner->root, entry.path, planner->walked, planner->err) < 0)
                        return planner->err->code;
        }
        return 0;
}

int mask_plan(struct arena *arena, int root, const hiding_list *hidden, const mask_entry_list *extra, mask_entry_list *ret,
              walked_list *walked, struct error *err)
{
        struct planner planner = { .arena = arena, .root = root, .list = ret, .walked = walked, .err = err };
        mask_entry_list all = { 0 };
        int r = collect(arena, root, hidden, extra, &all, err);

        for (size_t i = 0; r >= 0 && i < all.count; i++) {
                if (planner.before && text_equal(planner.before, all.items[i].path))
                        continue;
                r = add_above(&planner, all.items[i].path);
                if (r != 0)
                        continue;
                planner.before = all.items[i].path;
                r = mask_entry_add(arena, ret, &all.items[i], err);
        }
        return r < 0 ? r : 0;
}
