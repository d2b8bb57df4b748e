#include "layers/windows/changes.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/text.h"
#include "layers/windows/names.h"
#include "layers/windows/stream.h"
#include "layers/windows/tombstones.h"

#define DEPTH_MAX 400

struct lister { struct winfolder folder; struct arena *arena; winchange_list list; size_t room; struct error *err; };

static int add(struct lister *lister, const struct winchange *change)
{
        if (lister->list.count == lister->room) {
                size_t room = lister->room ? 2 * lister->room : 64;
                struct winchange *more = arena_alloc_array(lister->arena, room, sizeof(*more));

                if (!more)
                        return error_memory(lister->err);
                if (lister->list.count)
                        memcpy(more, lister->list.items, lister->list.count * sizeof(*more));
                lister->list.items = more;
                lister->room = room;
        }
        lister->list.items[lister->list.count++] = *change;
        return 0;
}

static int add_stream(struct lister *lister, const char *path, bool is_directory)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        const char *transport = arena_printf(&arena, "%s%s", path, is_directory ? WINNAMES_DIRECTORY : "");
        struct winfolder_file file = { .fd = -1 };
        struct winstream stream = { .attributes = 0 };
        struct winchange change = { .type = is_directory ? WINCHANGE_DIRECTORY : WINCHANGE_FILE };
        int r = transport ? winfolder_open_file(&lister->folder, transport, &file, lister->err) : error_memory(lister->err);

        if (r >= 0)
                r = winstream_read(&file, &arena, &stream, lister->err);
        winfolder_close(&file);
        if (r < 0)
                return error_wrap(lister->err, "%.512s", path);
        change.path = arena_copy(lister->arena, path + strlen("Files/"));
        if (!change.path)
                return error_memory(lister->err);
        if (stream.reparse.count)
                change.type = WINCHANGE_LINK;
        change.size = stream.size;
        return add(lister, &change);
}

static int add_directory(struct lister *lister, const char *path, int depth)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        winfolder_list names;
        int r = depth <= DEPTH_MAX ? winfolder_read_directory(&lister->folder, path, &arena, &names, lister->err) :
                error_set(lister->err, E_INVALID_DATA, "%.512s is more than %d directories deep", path, DEPTH_MAX);

        for (size_t i = 0; r >= 0 && i < names.count; i++) {
                const char *below = arena_printf(&arena, "%s/%s", path, names.items[i].name);

                if (!below)
                        return error_memory(lister->err);
                if (text_ends_with(below, WINNAMES_DIRECTORY))
                        continue;
                r = add_stream(lister, below, names.items[i].is_directory);
                if (r >= 0 && names.items[i].is_directory)
                        r = add_directory(lister, below, depth + 1);
        }
        return r;
}

static int add_deleted(struct lister *lister)
{
        struct strings paths;
        int r = wintombstones_read(&lister->folder, lister->arena, &paths, lister->err);

        for (size_t i = 0; r >= 0 && i < paths.count; i++) {
                struct winchange change = { .path = paths.items[i] + strlen("Files/"), .type = WINCHANGE_DELETED };

                r = add(lister, &change);
        }
        return r;
}

static int compare(const void *a, const void *b)
{
        const struct winchange *left = a, *right = b;

        return strcmp(left->path, right->path);
}

int winchanges_read(const char *folder, struct arena *arena, winchange_list *ret, struct error *err)
{
        struct lister lister = { .folder = { .dir = -1 }, .arena = arena, .err = err };
        int r = winfolder_open(folder, &lister.folder, err);

        if (r >= 0)
                r = add_directory(&lister, "Files", 1);
        if (r >= 0)
                r = add_deleted(&lister);
        winfolder_done(&lister.folder);
        if (r < 0)
                return r;
        if (lister.list.count)
                qsort(lister.list.items, lister.list.count, sizeof(*lister.list.items), compare);
        *ret = lister.list;
        return 0;
}
