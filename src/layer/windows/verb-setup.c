#include "hcs/base/text.h"
#include "oci/windows/path.h"
#include "src/layer/windows/verbs.h"
#include "src/lib/windows/base-layer.h"
#include "src/lib/windows/layer-call.h"

static const struct cmd_flag flags[] = {
        { "again", 0, CMD_FLAG_BOOL, NULL, "take away what an earlier setup made, and make it anew" },
        { .name = NULL },
};

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        const char *path = winpath_clean(&arena, context->words[0]), *line;
        struct base_layer layer = { .path = NULL };
        struct winstore store;
        int r = 0;

        if (!path || !winpath_is_absolute(path))
                return error_set(err, E_INVALID_PARAMETER, "%s: a folder from its drive on is expected, as C:\\layers\\base",
                                 context->words[0]);
        r = layer_call_take_rights(err);
        if (r >= 0)
                r = winlayer_verb_open(context, &arena, &host, &store, err);
        if (r >= 0)
                r = winlayer_verb_check_unused(&store, &arena, path, path, err);
        if (r >= 0)
                r = base_layer_look(&layer, &arena, path, err);
        if (r >= 0)
                r = base_layer_set_up(host, &layer, args_has(context->args, "again"), err);
        if (r < 0)
                return error_wrap(err, "setting up %s", path);
        line = arena_printf(&arena, "%s: a base layer for containers%s\n", path, layer.utility_vm ? " and machines" :
                            " alone: it has no UtilityVM");
        return line ? cmd_print(line, err) : error_memory(err);
}

const struct cmd cmd_layer_setup = {
        .name = LAYER_VERB "setup",
        .usage = "[flags] FOLDER",
        .says = "make a base layer of a folder with the files of a Windows",
        .more = "FOLDER has them in Files, and, for machines, in UtilityVM\\Files, as the lowest layer of an image brings them.  What a "
                "base layer has beyond that (Hives, Layout, and the disks that scratches and machines begin with) is made, all or nothing.",
        .min_words = 1,
        .max_words = 1,
        .flags = flags,
        .run = run,
};
