#include "hcs/base/io.h"
#include "src/layer/layer.h"

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct store store = { .dir = -1 };
        int r = store_check_name(context->words[0], err);

        if (r >= 0)
                r = layer_store(&arena, false, &store, err);
        if (r == 0)
                r = store_remove(&store, context->words[0], err);
        io_closep(&store.dir);
        return r == STORE_ABSENT ? layer_missing(context->words[0], err) : r;
}

const struct cmd cmd_layer_remove = {
        .name = "remove",
        .usage = "NAME",
        .says = "remove a layer that no sandbox uses",
        .min_words = 1,
        .max_words = 1,
        .run = run,
};
