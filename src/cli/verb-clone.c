#include "src/cli/cmd.h"
#include "src/lib/scratches.h"

static const struct cmd_flag flags[] = {
        { "sandbox", 's', CMD_FLAG_BOOL, NULL, "the first word is the id of a stopped sandbox" },
        { .name = NULL },
};

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        int r;

        if (args_has(context->args, "sandbox")) {
                r = cmd_open(context, &host, &sandbox, err);
                return r < 0 ? r : sandbox_clone(sandbox, context->words[1], err);
        }
        r = cmd_host(context, &host, err);
        return r < 0 ? r : sandbox_scratch_clone(host, context->words[0], context->words[1], err);
}

const struct cmd cmd_clone = {
        .name = "clone",
        .usage = "[flags] NAME NEW",
        .says = "make a second scratch with the changes of a named one, or of a stopped sandbox",
        .more = "create, run and do go on from it with --scratch NEW.  Blocks are shared where the file system can (btrfs, xfs), else "
                "copied.",
        .min_words = 2, .max_words = 2,
        .flags = flags,
        .run = run,
};
