#include <string.h>

#include "hcs/base/text.h"
#include "src/layer/windows/verbs.h"

static const struct cmd_flag flags[] = { WINFILE_PACK_FLAGS, { .name = NULL } };

static int export_layer(const struct winstore *store, struct arena *arena, const struct cmd_context *context,
                        const struct winstore_layer *layer,
                        struct error *err)
{
        struct winstore_work work = { .lock = NULL };
        struct error cleaning = { 0 };
        int r = winstore_claim(store, arena, layer->name, &work, err);

        if (r >= 0)
                r = winlayer_verb_export(&work, arena, layer, err);
        if (r >= 0)
                r = winfile_pack(context, work.out, err);
        if (winstore_release(&work, &cleaning) < 0)
                log_warning(context->log, "%s", cleaning.text);
        return r;
}

static int export_sandbox(const struct winstore *store, struct arena *arena, const struct cmd_context *context, struct sandbox *sandbox,
                          struct error *err)
{
        const char *name = arena_printf(arena, "@%s", sandbox_id(sandbox));
        struct winstore_work work = { .lock = NULL };
        struct error cleaning = { 0 };
        struct strings beneath;
        int r = name ? winstore_claim(store, arena, name, &work, err) : error_memory(err);

        if (r >= 0)
                r = sandbox_export(sandbox, work.out, arena, &beneath, err);
        if (r >= 0)
                r = winfile_pack(context, work.out, err);
        if (winstore_release(&work, &cleaning) < 0)
                log_warning(context->log, "%s", cleaning.text);
        return r;
}

/* A sandbox, or a layer; one that is both has to be told apart. */
static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        const char *name = context->words[0];
        struct winstore_layer layer;
        struct winstore store;
        struct error none = { 0 };
        bool is_layer;
        int r = winlayer_verb_open(context, &arena, &host, &store, err);

        if (r < 0)
                return r;
        is_layer = winstore_check_name(name, &none) >= 0 && winstore_read(&store, &arena, name, &layer, &none) == 0;
        r = sandbox_open(host, name, &sandbox, is_layer ? &none : err);
        if (r == 0 && is_layer)
                return error_set(err, E_INVALID_PARAMETER, "\"%s\" is a sandbox and a layer; delete or remove the one that is not meant",
                                 name);
        if (is_layer)
                return export_layer(&store, &arena, context, &layer, err);
        if (r == 0)
                return export_sandbox(&store, &arena, context, sandbox, err);
        return r < 0 ? r : error_set(err, E_NOT_FOUND, "there is neither a sandbox nor a layer \"%s\"", name);
}

const struct cmd cmd_layer_export = {
        .name = LAYER_VERB "export",
        .usage = "[flags] ID|LAYER",
        .says = "write what a sandbox changed, or a layer, as an OCI layer tar",
        .more = "The sandbox must have ended, and have no machine of its own.  The digest is that of the file, the diffID that of the "
                "tar in it.",
        .min_words = 1,
        .max_words = 1,
        .flags = flags,
        .run = run,
};
