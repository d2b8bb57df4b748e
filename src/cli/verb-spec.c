#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        { "bundle", 'b', CMD_FLAG_TEXT, "DIRECTORY", "where to write it (default: the working directory)" },
        { "rootfs", 0, CMD_FLAG_BOOL, NULL, "for an ordinary bundle with a directory rootfs" },
        { "rootless", 0, CMD_FLAG_BOOL, NULL, "for a user who is not root" },
        { .name = NULL },
};

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(free_charp) char *text = NULL, *path = NULL;
        const char *bundle = args_text(context->args, "bundle");
        int r;

        bundle = bundle ? bundle : ".";
        r = path_join(bundle, "config.json", &path, err);
        if (r >= 0)
                r = cmd_template(context, &text, err);
        if (r >= 0)
                r = io_make_file(path, text, strlen(text), 0666, err);
        if (r == E_ALREADY_EXISTS)
                return error_set(err, r, "%s is there already; remove it first", path);
        return r;
}

const struct cmd cmd_spec = {
        .name = "spec",
        .usage = "[flags]",
        .says = "write a config.json to begin with: a copy of this machine",
        .flags = flags,
        .run = run,
};
