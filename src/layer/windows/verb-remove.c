#include "src/layer/windows/verbs.h"
#include "src/lib/windows/layer-call.h"

/* The record goes first: from there on it is a leftover, which whoever comes next takes away. */
static int remove_layer(const struct winstore *store, struct arena *arena, const struct cmd_context *context, const char *name,
                        struct error *err)
{
        struct winstore_work work = { .lock = NULL };
        struct winstore_layer layer;
        struct error cleaning = { 0 };
        int r = winstore_claim(store, arena, name, &work, err);

        if (r >= 0)
                r = winlayer_verb_read(store, arena, name, &layer, err);
        if (r >= 0)
                r = winlayer_verb_check_unused(store, arena, layer.path, layer.name, err);
        if (r >= 0)
                r = winstore_forget(store, layer.name, err);
        if (r >= 0) {
                r = layer_call_destroy(store->host, layer.path, err);
                r = r == E_FILE_NOT_FOUND ? 0 : r;
                if (r < 0)              /* it is still there, and is to be seen */
                        (void)winstore_write(store, &layer, &cleaning);
        }
        if (winstore_release(&work, &cleaning) < 0)
                log_warning(context->log, "%s", cleaning.text);
        return r;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        struct winstore store;
        int r = winstore_check_name(context->words[0], err);

        if (r >= 0)
                r = layer_call_take_rights(err);
        if (r >= 0)
                r = winlayer_verb_open(context, &arena, &host, &store, err);
        return r < 0 ? r : remove_layer(&store, &arena, context, context->words[0], err);
}

const struct cmd cmd_layer_remove = {
        .name = LAYER_VERB "remove",
        .usage = "NAME",
        .says = "remove a layer that no sandbox and no other layer stands on",
        .min_words = 1,
        .max_words = 1,
        .run = run,
};
