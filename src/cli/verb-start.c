#include "src/cli/cmd.h"

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        int r = cmd_open(context, &host, &sandbox, err);

        return r < 0 ? r : cmd_start_sandbox(context, sandbox, true, err);
}

const struct cmd cmd_start = {
        .name = "start",
        .usage = "ID",
        .says = "let the program of a created sandbox go",
        .min_words = 1, .max_words = 1,
        .run = run,
};
