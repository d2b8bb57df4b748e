#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"
#include "src/layer/layer.h"

static int verify_one(const struct store *store, struct arena *arena, const char *name, size_t number, const struct store_layer *layer,
                      struct error *err)
{
        const char *path = arena_printf(arena, "%s/%s/%zu", store->path, name, number), *found;
        _cleanup_(io_closep) int dir = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
        char digits[DIGEST_TEXT_MAX];

        if (dir < 0)
                return path ? error_errno(err, "opening %s", path) : error_memory(err);
        if (archive_tree_digest(dir, digits, err) < 0)
                return error_wrap(err, "%s", path);
        found = layer_sum(arena, digits);
        if (!found)
                return error_memory(err);
        if (!text_equal(found, layer->tree))
                return error_set(err, E_INVALID_DATA, "the layer %s/%zu is not as it was imported: its tree has the digest %s, and had %s; "
                                 "remove it and import it anew", name, number, found, layer->tree);
        return 0;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        const char *name = context->words[0];
        struct store store = { .dir = -1 };
        struct store_record record;
        char line[300];
        int r = store_check_name(name, err);

        if (r >= 0)
                r = layer_store(&arena, false, &store, err);
        if (r == 0)
                r = store_read(&store, &arena, name, &record, err);
        for (size_t i = 0; r == 0 && i < record.layers.count; i++)
                r = verify_one(&store, &arena, name, i, &record.layers.items[i], err);
        io_closep(&store.dir);
        if (r != 0)
                return r == STORE_ABSENT ? layer_missing(name, err) : r;
        snprintf(line, sizeof(line), "%s is as it was imported\n", name);
        return cmd_print(line, err);
}

const struct cmd cmd_layer_verify = {
        .name = "verify",
        .usage = "NAME",
        .says = "compare a layer with what was imported",
        .min_words = 1,
        .max_words = 1,
        .run = run,
};
