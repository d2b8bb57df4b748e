#include <inttypes.h>
#include <stdio.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"
#include "src/layer/windows.h"

static const struct cmd_flag flags[] = { WINFILE_UNPACK_FLAGS, { .name = NULL } };

static int tell(const struct winfile_sums *sums, bool json, struct error *err)
{
        char line[400];

        snprintf(line, sizeof(line), json ? "{\"digest\":\"sha256:%s\",\"diffId\":\"sha256:%s\",\"size\":%" PRIu64 ",\"bytes\":%" PRIu64
                 ",\"entries\":%" PRIu64 "}\n" :
                         "digest sha256:%s, diffID sha256:%s, %" PRIu64 " bytes, %" PRIu64 " of tar, %" PRIu64 " entries\n",
                 sums->digest, sums->tar.diff_id, sums->size, sums->tar.bytes, sums->tar.entries);
        return cmd_print(line, err);
}

static int run(struct cmd_context *context, struct error *err)
{
        const char *folder = context->words[1];
        struct winfile_sums sums;
        struct error removing = { 0 };
        bool json;
        int r = winfile_format(context, &json, err);

        if (r >= 0)
                r = io_make_directory(folder, 0755, err);
        if (r < 0)
                return r;
        r = winfile_unpack(context, context->words[0], folder, &sums, err);
        if (r < 0 && io_remove_tree(folder, &removing) < 0)
                log_warning(context->log, "%s", removing.text);
        return r < 0 ? r : tell(&sums, json, err);
}

const struct cmd cmd_layer_unpack = {
        .name = LAYER_VERB "unpack",
        .usage = "[flags] FILE|- FOLDER",
        .says = "make a folder for HcsImportLayer of a Windows layer's tar",
        .more = "The folder is made, and is gone again when the archive is refused.  Linux keeps two of the four times that Windows has.",
        .min_words = 2,
        .max_words = 2,
        .flags = flags,
        .run = run,
};
