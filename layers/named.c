#include "layers/named.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"
#include "layers/store.h"

static int missing(const char *name, struct error *err)
{
        return error_set(err, E_NOT_FOUND, "org.hcs-sandbox.layers: there is no layer \"%s\"; `hcs-sandbox layer import` makes one", name);
}

static int add(struct arena *arena, struct strings *list, const char *string, struct error *err)
{
        const char **more = arena_alloc_array(arena, list->count + 1, sizeof(*more));

        if (!more || !string)
                return error_memory(err);
        for (size_t i = 0; i < list->count; i++)
                more[i] = list->items[i];
        more[list->count] = string;
        *list = (struct strings){ more, list->count + 1 };
        return 0;
}

static int add_stack(struct arena *arena, const struct store *store, const char *data, const char *scratch, const char *name,
                     struct named *named, struct error *err)
{
        struct store_record record;
        int r = store_read(store, arena, name, &record, err);

        if (r == STORE_ABSENT)
                return missing(name, err);
        for (size_t i = 0; r >= 0 && i < named->names.count; i++)
                if (text_equal(named->names.items[i], name))
                        return error_set(err, E_INVALID_PARAMETER, "org.hcs-sandbox.layers: \"%s\" is there twice", name);
        for (size_t i = record.layers.count; r >= 0 && i-- > 0;)
                r = add(arena, &named->trees, arena_printf(arena, "%s/%s/%zu", store->path, name, i), err);
        if (r >= 0)
                r = add(arena, &named->names, name, err);
        if (r >= 0)
                r = add(arena, &named->references, store_use_path(arena, data, name, scratch), err);
        if (r >= 0 && named->trees.count > STORE_LAYERS_MAX)
                return error_set(err, E_NOT_SUPPORTED, "org.hcs-sandbox.layers: more than %d layers, which is as many as a "
                                 "mount takes", STORE_LAYERS_MAX);
        return r;
}

int named_compose(struct arena *arena, const char *data, const char *scratch, const struct strings *names, struct named *ret,
                  struct error *err)
{
        struct store store = { .dir = -1 };
        struct named named = { .on_root = false };
        struct stat top, place;
        int r;

        *ret = named;
        if (names->count == 0)
                return 0;
        r = store_open(arena, data, false, &store, err);
        if (r == STORE_ABSENT)
                r = missing(names->items[0], err);
        for (size_t i = 0; r >= 0 && i < names->count; i++)
                r = add_stack(arena, &store, data, scratch, names->items[i], &named, err);
        if (r >= 0 && (stat("/", &top) < 0 || fstat(store.dir, &place) < 0))
                r = error_errno(err, "looking at %s", store.path);
        io_closep(&store.dir);
        if (r < 0)
                return r;
        named.on_root = top.st_dev == place.st_dev;
        *ret = named;
        return 0;
}

int named_parts(struct arena *arena, const struct named *named, const char *path, struct strings *ret, struct error *err)
{
        for (size_t i = 0; i < named->trees.count; i++) {
                const char *tree = named->trees.items[i];
                _cleanup_(io_closep) int top = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC), part = -1;

                if (top < 0)
                        return error_errno(err, "opening the layer %s", tree);
                part = sys_openat2(top, path + 1, O_PATH | O_DIRECTORY | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
                if (part < 0 && errno == ENOENT)
                        continue;
                if (part < 0)
                        return error_errno(err, "the layer %s has something in the place of %s, a file system of its own here", tree, path);
                if (add(arena, ret, arena_printf(arena, "%s%s", tree, path), err) < 0)
                        return err->code;
        }
        return 0;
}

int named_use(struct arena *arena, const char *data, const char *scratch, const struct named *named, const char *owner,
              struct error *err)
{
        struct store store = { .dir = -1 };
        int r;

        if (named->names.count == 0)
                return 0;
        r = store_open(arena, data, false, &store, err);
        for (size_t i = 0; r == 0 && i < named->names.count; i++) {
                r = store_use(&store, named->names.items[i], scratch, owner, err);
                if (r == STORE_ABSENT)
                        r = missing(named->names.items[i], err);
        }
        io_closep(&store.dir);
        return r == STORE_ABSENT ? missing(named->names.items[0], err) : r;
}
