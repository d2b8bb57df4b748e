#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        { "bundle", 'b', CMD_FLAG_TEXT, "DIRECTORY", "the bundle (default: the working directory)" },
        { .name = NULL },
};

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(free_charp) char *text = NULL;
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        const char *bundle = args_text(context->args, "bundle");
        int r;

        r = cmd_host(context, &host, err);
        if (r >= 0)
                r = sandbox_document(host, bundle ? bundle : ".", &text, err);
        return r < 0 ? r : cmd_print(text, err);
}

const struct cmd cmd_document = {
        .name = "document",
        .usage = "[flags]",
        .says = "print the HCS documents of a bundle, and touch nothing",
        .more = "System is the create document, Process the parameters of its first process; for a copy of this machine, Hidden "
                "lists what the sandbox will not see, and why.",
        .flags = flags,
        .run = run,
};
