/* The verbs that bring changes to the host, which Windows has no counterpart of yet: it keeps a scratch as a virtual disk. */
#include "src/cli/cmd.h"

static int refuse(struct cmd_context *context, struct error *err)
{
        return error_set(err, E_NOT_SUPPORTED, "%s: not on Windows yet; what a sandbox changed is in its scratch disk, which `diff` "
                         "shows and `layer export` takes out", context->cmd->name);
}

#define REFUSED(verb) { .name = verb, .usage = "ID", .says = "not on Windows yet", .min_words = 0, .max_words = -1, .run = refuse }

const struct cmd cmd_apply = REFUSED("apply");
const struct cmd cmd_discard = REFUSED("discard");
const struct cmd cmd_do = REFUSED("do");
