#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        { "force", 'f', CMD_FLAG_BOOL, NULL, "stop it first, and clean whatever an interrupted call left behind" },
        { .name = NULL },
};

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        bool force = args_has(context->args, "force");
        int r;

        r = cmd_host(context, &host, err);
        if (r >= 0)
                r = sandbox_open(host, context->words[0], &sandbox, err);
        if (r == SANDBOX_NOT_FOUND)             /* what is to be gone is gone */
                return force ? 0 : sandbox_missing(context->words[0], err);
        return r < 0 ? r : sandbox_delete(sandbox, force, err);
}

const struct cmd cmd_delete = {
        .name = "delete",
        .usage = "[flags] ID",
        .says = "remove a stopped sandbox and what it changed",
        .min_words = 1, .max_words = 1,
        .flags = flags,
        .run = run,
};
