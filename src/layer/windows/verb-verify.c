#include <stdio.h>

#include "hcs/base/text.h"
#include "src/layer/windows/verbs.h"

static int verify(const struct winstore *store, struct arena *arena, const struct cmd_context *context, const char *name, struct error *err)
{
        struct winstore_work work = { .lock = NULL };
        struct winstore_layer layer;
        struct error cleaning = { 0 };
        const char *tree = NULL;
        int r = winstore_claim(store, arena, name, &work, err);

        if (r >= 0)
                r = winlayer_verb_read(store, arena, name, &layer, err);
        if (r >= 0)
                r = winlayer_verb_export(&work, arena, &layer, err);
        if (r >= 0)
                r = winlayer_verb_tree(&work, arena, &tree, err);
        if (r >= 0 && !text_equal(tree, layer.tree))
                r = error_set(err, E_INVALID_DATA,
                              "the layer %s is not as it was imported: its tree has the digest %s, and had %s; remove it and "
                              "import it anew", name, tree, layer.tree);
        if (winstore_release(&work, &cleaning) < 0)
                log_warning(context->log, "%s", cleaning.text);
        return r;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        struct winstore store;
        char line[300];
        int r = winstore_check_name(context->words[0], err);

        if (r >= 0)
                r = winlayer_verb_open(context, &arena, &host, &store, err);
        if (r >= 0)
                r = verify(&store, &arena, context, context->words[0], err);
        if (r < 0)
                return r;
        snprintf(line, sizeof(line), "%s is as it was imported\n", context->words[0]);
        return cmd_print(line, err);
}

const struct cmd cmd_layer_verify = {
        .name = LAYER_VERB "verify",
        .usage = "NAME",
        .says = "compare a layer with what was imported",
        .min_words = 1,
        .max_words = 1,
        .run = run,
};
