#include "src/lib/windows/layer-store.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/system.h"
#include "hcs/base/text.h"
#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"
#include "oci/windows/layer-id.h"
#include "oci/windows/path.h"
#include "src/lib/record.h"
#include "src/lib/windows/layer-call.h"
#include "src/lib/windows/place.h"
#include "src/lib/windows/plan.h"

#define NAME_MAX 100
#define WORK ".work"
#define LOCK ".lock"
#define RECORD ".json"
#define RECORD_MAX (1u << 20)
#define LOCK_MS 3000
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

const struct json_field winstore_layer_fields[] = {
        JSON_TEXT_F(struct winstore_layer, "name", name, JSON_REQUIRED),
        JSON_TEXT_F(struct winstore_layer, "created", created, JSON_REQUIRED),
        JSON_TEXT(struct winstore_layer, "source", source),
        JSON_TEXT(struct winstore_layer, "path", path),
        JSON_STRINGS(struct winstore_layer, "parents", parents),
        JSON_TEXT_F(struct winstore_layer, "digest", digest, JSON_REQUIRED),
        JSON_TEXT_F(struct winstore_layer, "diffId", diff_id, JSON_REQUIRED),
        JSON_TEXT_F(struct winstore_layer, "tree", tree, JSON_REQUIRED),
        JSON_UINT(struct winstore_layer, "size", size),
        JSON_UINT(struct winstore_layer, "bytes", bytes),
        JSON_UINT(struct winstore_layer, "entries", entries),
        JSON_END
};

/* --- names in a directory ------------------------------------------------------------------------------------------------- */

static int add_name(const WIN32_FIND_DATAW *found, const char *end, struct arena *arena, struct strings *ret, size_t *room,
                    struct error *err)
{
        _cleanup_(free_charp) char *name = NULL;
        struct error ignored = { 0 };

        if (utf16_to_utf8(found->cFileName, &name, &ignored) < 0 || !text_ends_with(name, end))
                return 0;
        if (ret->count == *room) {
                const char **more = arena_alloc_array(arena, *room = *room ? 2 * *room : 16, sizeof(*more));

                if (!more)
                        return error_memory(err);
                if (ret->count)
                        memcpy(more, ret->items, ret->count * sizeof(*more));
                ret->items = more;
        }
        ret->items[ret->count] = arena_copy_n(arena, name, strlen(name) - strlen(end));
        return ret->items[ret->count++] ? 0 : error_memory(err);
}

static int compare(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Those that end so, without that end; sorted. */
static int list_names(const char *directory, const char *end, struct arena *arena, struct strings *ret, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        const char *pattern = arena_printf(arena, "%s\\*", directory);
        WIN32_FIND_DATAW found;
        size_t room = 0;
        HANDLE find;
        int r = 0;

        *ret = (struct strings){ .count = 0 };
        if (!pattern || utf16_from_utf8(pattern, &wide, err) < 0)
                return pattern ? err->code : error_memory(err);
        find = FindFirstFileW(wide, &found);
        for (bool more = find != INVALID_HANDLE_VALUE; more && r >= 0; more = FindNextFileW(find, &found))
                r = add_name(&found, end, arena, ret, &room, err);
        if (find != INVALID_HANDLE_VALUE)
                FindClose(find);
        if (ret->count)
                qsort(ret->items, ret->count, sizeof(*ret->items), compare);
        return r;
}

int winstore_check_name(const char *name, struct error *err)
{
        size_t length = strlen(name);

        if (length > 0 && length <= NAME_MAX && strchr(LETTERS, *name) && !name[strspn(name, LETTERS "._-")] && name[length - 1] != '.' &&
            !text_ends_with(name, RECORD))
                return 0;
        return error_set(err, E_INVALID_PARAMETER,
                         "\"%.200s\" can't be the name of a layer: expected 1 to %d letters, digits, \".\", \"_\" and "
                         "\"-\", with a letter or digit first, and neither a dot nor .json at the end", name, NAME_MAX);
}

/* --- work ----------------------------------------------------------------------------------------------------------------- */

static int remove_folders(const struct winstore *store, struct arena *arena, const char *name, struct error *err)
{
        static const char *const ends[] = { ".in", ".out" };
        int r = 0;

        for (size_t i = 0; i < ARRAY_LENGTH(ends) && r >= 0; i++) {
                const char *path = arena_printf(arena, "%s\\%s%s", store->work, name, ends[i]);

                r = path ? io_remove_tree(path, err) : error_memory(err);
        }
        return r;
}

/* What a killed one has left: its folders, and a layer without a record, which nobody has seen yet. */
static int clean_up(const struct winstore *store, struct arena *arena, const char *name, struct error *err)
{
        struct winstore_layer layer;
        const char *path;
        int r = remove_folders(store, arena, name, err);

        if (r < 0 || *name == '@')
                return r;
        r = winstore_read(store, arena, name, &layer, err);
        if (r != WINSTORE_ABSENT)
                return r;
        path = winstore_path(store, arena, name);
        r = path ? layer_call_destroy(store->host, path, err) : error_memory(err);
        return r == E_FILE_NOT_FOUND ? 0 : r;
}

static int take_lock(const struct winstore *store, struct arena *arena, const char *name, uint32_t wait_ms, void **ret, struct error *err)
{
        struct place work = { .path = (char *)(uintptr_t)store->work };
        const char *lock = arena_printf(arena, "%s" LOCK, name);

        return lock ? place_lock(&work, lock, wait_ms, ret, err) : error_memory(err);
}

static void drop_lock(const struct winstore *store, struct arena *arena, const char *name, void *lock)
{
        const char *path = arena_printf(arena, "%s\\%s" LOCK, store->work, name);

        place_unlock(lock);
        if (path)
                io_remove(path);        /* somebody else may have it open by now: then it stays */
}

int winstore_claim(const struct winstore *store, struct arena *arena, const char *name, struct winstore_work *ret, struct error *err)
{
        struct winstore_work work = { .store = store, .name = name, .in = arena_printf(arena, "%s\\%s.in", store->work, name),
                                      .out = arena_printf(arena, "%s\\%s.out", store->work, name) };
        int r = work.in && work.out ? take_lock(store, arena, name, LOCK_MS, &work.lock, err) : error_memory(err);

        if (r == PLACE_BUSY)
                return error_set(err, E_BUSY, "somebody else is at work on %s \"%s\"; end that one, or try again later",
                                 *name == '@' ? "the sandbox" : "the layer", *name == '@' ? name + 1 : name);
        if (r >= 0)
                r = clean_up(store, arena, name, err);
        if (r < 0) {
                place_unlock(work.lock);
                return r;
        }
        *ret = work;
        return 0;
}

int winstore_release(struct winstore_work *work, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        int r = 0;

        if (!work->lock)
                return 0;
        r = remove_folders(work->store, &arena, work->name, err);
        if (r < 0)
                place_unlock(take_ptr(work->lock));     /* its lock stays, and says that there is something left */
        else
                drop_lock(work->store, &arena, work->name, take_ptr(work->lock));
        return r;
}

static int sweep(const struct winstore *store, struct arena *arena, struct error *err)
{
        struct strings names;
        int r = list_names(store->work, LOCK, arena, &names, err);

        for (size_t i = 0; r >= 0 && i < names.count; i++) {
                void *lock = NULL;

                r = take_lock(store, arena, names.items[i], 0, &lock, err);
                if (r == PLACE_BUSY)
                        continue;
                if (r >= 0)
                        r = clean_up(store, arena, names.items[i], err);
                if (r >= 0)
                        drop_lock(store, arena, names.items[i], lock);
                else
                        place_unlock(lock);
        }
        return r < 0 ? error_wrap(err, "cleaning up what a killed call has left") : 0;
}

int winstore_open(const struct sandbox_host *host, struct arena *arena, struct winstore *ret, struct error *err)
{
        const char *path = arena_printf(arena, "%s\\layers", host->data), *work = arena_printf(arena, "%s\\layers\\" WORK, host->data);
        struct place layers = { .path = (char *)(uintptr_t)path }, inner = { .path = (char *)(uintptr_t)work };
        int r = path && work ? place_make(&layers, host->data, err) : error_memory(err);

        if (r >= 0)
                r = place_make(&inner, path, err);
        if (r < 0)
                return r;
        *ret = (struct winstore){ host, path, work };
        return sweep(ret, arena, err);
}

/* --- records -------------------------------------------------------------------------------------------------------------- */

const char *winstore_path(const struct winstore *store, struct arena *arena, const char *name)
{
        return arena_printf(arena, "%s\\%s", store->path, name);
}

int winstore_read(const struct winstore *store, struct arena *arena, const char *name, struct winstore_layer *ret, struct error *err)
{
        struct place layers = { .path = (char *)(uintptr_t)store->path };
        _cleanup_(text_done) struct text text = { 0 };
        const char *file = arena_printf(arena, "%s" RECORD, name);
        struct json_value *value;
        int r = file ? place_read(&layers, file, &text, err) : error_memory(err);

        if (r == PLACE_ABSENT)
                return WINSTORE_ABSENT;
        if (r >= 0)
                r = json_parse(arena, text.data ? text.data : "", text.length, file, &value, err);
        if (r >= 0)
                r = json_read(arena, winstore_layer_fields, value, ret, "$", JSON_REFUSE_UNKNOWN, err);
        return r < 0 ? error_wrap(err, "the layer \"%s\"", name) : 0;
}

int winstore_write(const struct winstore *store, const struct winstore_layer *layer, struct error *err)
{
        struct place layers = { .path = (char *)(uintptr_t)store->path };
        _cleanup_(text_done) struct text out = { 0 }, file = { 0 };

        json_write(&out, winstore_layer_fields, layer);
        text_addf(&file, "%s" RECORD, layer->name);
        return text_check(&file, err) < 0 ? err->code : place_write(&layers, file.data, &out, err);
}

int winstore_forget(const struct winstore *store, const char *name, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        const char *path = arena_printf(&arena, "%s\\%s" RECORD, store->path, name);

        if (!path || utf16_from_utf8(path, &wide, err) < 0)
                return path ? err->code : error_memory(err);
        return DeleteFileW(wide) ? 0 : system_error(err, GetLastError(), "removing %s", path);
}

int winstore_read_all(const struct winstore *store, struct arena *arena, winstore_list *ret, struct error *err)
{
        struct strings names;
        int r = list_names(store->path, RECORD, arena, &names, err);

        *ret = (winstore_list){ .items = arena_alloc_array(arena, names.count + 1, sizeof(*ret->items)) };
        if (r >= 0 && !ret->items)
                r = error_memory(err);
        for (size_t i = 0; r >= 0 && i < names.count; i++) {
                r = winstore_read(store, arena, names.items[i], &ret->items[ret->count], err);
                ret->count += r == 0;           /* one that was removed meanwhile is none */
        }
        return r < 0 ? r : 0;
}

/* --- parents and users ---------------------------------------------------------------------------------------------------- */

int winstore_parents(struct arena *arena, const struct strings *paths, struct win_layer_data *ret, struct error *err)
{
        static const struct doc_version version = { 2, 1 };

        *ret = (struct win_layer_data){ .schema_version = &version };
        ret->layers.items = arena_alloc_array(arena, paths->count + 1, sizeof(*ret->layers.items));
        if (!ret->layers.items)
                return error_memory(err);
        for (size_t i = 0; i < paths->count; i++) {
                char id[GUID_TEXT_MAX];

                if (layer_id(paths->items[i], id, err) < 0)
                        return err->code;
                ret->layers.items[i] = (struct win_layer){ .id = arena_copy(arena, id), .path = paths->items[i] };
                if (!ret->layers.items[i].id)
                        return error_memory(err);
                ret->layers.count++;
        }
        return 0;
}

/* By its configuration: whether it runs does not matter. */
static int stands_on(const struct winstore *store, const char *id, const char *path, bool *ret, struct error *err)
{
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct place place = { .path = NULL };
        const char *base;
        int r = place_init(&place, store->host->root, id, err);

        if (r >= 0)
                r = winplan_of_place(store->host, &place, "C:\\", id, &plan, err);
        place_done(&place);
        if (r == E_FILE_NOT_FOUND)              /* it is being made, or goes */
                return 0;
        if (r < 0)
                return error_wrap(err, "what the sandbox \"%s\" stands on", id);
        base = plan.config->wishes.base_layer;
        *ret = base && winpath_equal(winpath_clean(&arena, base), path);
        for (size_t i = 0; i < plan.config->section.layer_folders.count; i++) {
                const char *folder = winpath_clean(&arena, plan.config->section.layer_folders.items[i]);

                *ret = *ret || (folder && winpath_equal(folder, path));
        }
        return 0;
}

int winstore_find_user(const struct winstore *store, struct arena *arena, const char *path, const char **ret, struct error *err)
{
        struct strings ids;
        int r = sandbox_host_list(store->host, arena, &ids, err);

        for (size_t i = 0; r >= 0 && !*ret && i < ids.count; i++) {
                bool found = false;

                r = stands_on(store, ids.items[i], path, &found, err);
                if (found)
                        *ret = ids.items[i];
        }
        return r;
}
