#include "src/layer/windows.h"

static const struct cmd_flag flags[] = { WINFILE_PACK_FLAGS, { .name = NULL } };

static int run(struct cmd_context *context, struct error *err)
{
        return winfile_pack(context, context->words[0], err);
}

const struct cmd cmd_layer_pack = {
        .name = LAYER_VERB "pack",
        .usage = "[flags] FOLDER",
        .says = "make an OCI layer tar of a Windows layer that HcsExportLayer wrote",
        .more = "The folder holds Files, Hives and tombstones.txt, as HCS exports them.  The same folder gives the same bytes.",
        .min_words = 1,
        .max_words = 1,
        .flags = flags,
        .run = run,
};
