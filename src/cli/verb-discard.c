#include "src/cli/cmd.h"
#include "src/lib/apply.h"

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        int r = cmd_open(context, &host, &sandbox, err);

        return r < 0 ? r : sandbox_discard(sandbox, err);
}

const struct cmd cmd_discard = {
        .name = "discard",
        .usage = "ID",
        .says = "throw away what a stopped sandbox changed; it stays itself",
        .min_words = 1, .max_words = 1,
        .run = run,
};
