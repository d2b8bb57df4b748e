#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        { "all", 'a', CMD_FLAG_BOOL, NULL, "signal every process of the sandbox" },
        { .name = NULL },
};

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        const char *word = context->word_count > 1 ? context->words[1] : "TERM";
        int r = sandbox_signal_check(word, err);

        if (r >= 0)
                r = cmd_open(context, &host, &sandbox, err);
        if (r >= 0)
                r = sandbox_signal_word(sandbox, word, args_has(context->args, "all"), err);
        return r == SANDBOX_NOT_RUNNING ? error_set(err, E_NOT_FOUND, "container not running") : r;
}

const struct cmd cmd_kill = {
        .name = "kill",
        .usage = "[flags] ID [SIGNAL]",
        .says = "send a signal (TERM) to the first process of a sandbox",
        .min_words = 1, .max_words = 2,
        .flags = flags,
        .run = run,
};
