/* A layer of what a sandbox changed: the work is hcs-sandbox-layer's (verb-layer.c says why). */
#include "src/cli/cmd.h"
#include "src/cli/companion.h"

static const struct cmd_flag flags[] = {
        { "format", 'f', CMD_FLAG_TEXT, "text|json", "how to print (default: text)" },
        { .name = NULL },
};

static int run(struct cmd_context *context, struct error *err)
{
        const char *format = args_text(context->args, "format");
        char *words[] = { "commit", "--format", (char *)(uintptr_t)(format ? format : "text"), context->words[0], context->words[1] };

        return companion_become(context, words, (int)ARRAY_LENGTH(words), err);
}

const struct cmd cmd_commit = {
        .name = "commit",
        .usage = "[flags] ID NAME",
        .says = "make a layer of what a sandbox changed",
        .more = "It is what `layer export` and `layer import` would make; the annotation org.hcs-sandbox.layers puts it into other "
                "sandboxes.",
        .min_words = 2, .max_words = 2,
        .flags = flags,
        .run = run,
};
