#include "src/cli/launch.h"

static const struct cmd_flag flags[] = {
        CMD_CREATE_FLAGS,
        LAUNCH_FLAGS,
        { "keep", 0, CMD_FLAG_BOOL, NULL, "leave the stopped sandbox there" },
        { .name = NULL },
};

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        struct sandbox_create wanted;
        int r;

        r = cmd_read_create(context, &arena, &wanted, err);
        if (r >= 0)
                r = cmd_host(context, &host, err);
        return r < 0 ? r : launch(context, host, &wanted, err);
}

const struct cmd cmd_run = {
        .name = "run",
        .usage = "[flags] ID",
        .says = "create, start, wait, delete: the exit status is the program's",
        .more = "Signals are handed on to the program; 128+N is the status when signal N killed it. With process.terminal the "
                "terminal is relayed.",
        .min_words = 1, .max_words = 1,
        .flags = flags,
        .run = run,
};
