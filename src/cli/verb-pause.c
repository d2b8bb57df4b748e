#include "src/cli/cmd.h"

static int set_paused(struct cmd_context *context, bool pause, struct error *err)
{
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        int r = cmd_open(context, &host, &sandbox, err);

        return r < 0 ? r : sandbox_pause(sandbox, pause, err);
}

static int run_pause(struct cmd_context *context, struct error *err)
{
        return set_paused(context, true, err);
}

static int run_resume(struct cmd_context *context, struct error *err)
{
        return set_paused(context, false, err);
}

const struct cmd cmd_pause = {
        .name = "pause",
        .usage = "ID",
        .says = "stop every process of a sandbox where it stands",
        .min_words = 1, .max_words = 1,
        .run = run_pause,
};

const struct cmd cmd_resume = {
        .name = "resume",
        .usage = "ID",
        .says = "let a paused sandbox go on",
        .min_words = 1, .max_words = 1,
        .run = run_resume,
};
