#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "oci/template.h"
#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        { "bundle", 'b', CMD_FLAG_TEXT, "DIRECTORY", "where to write it (default: the working directory)" },
        { "rootfs", 0, CMD_FLAG_BOOL, NULL, "for an ordinary bundle with a directory rootfs" },
        { "rootless", 0, CMD_FLAG_BOOL, NULL, "for a user who is not root" },
        { .name = NULL },
};

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(free_charp) char *text = NULL;
        _cleanup_(io_closep) int dir = -1, file = -1;
        const char *bundle = args_text(context->args, "bundle");
        const struct oci_template wanted = {
                .rootfs = args_has(context->args, "rootfs"), .rootless = args_has(context->args, "rootless") || geteuid() != 0,
                .uid = geteuid(), .gid = getegid(),
        };
        int r;

        bundle = bundle ? bundle : ".";
        dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0)
                return error_errno(err, "opening the bundle %s", bundle);
        r = oci_template(&wanted, &text, err);
        if (r < 0)
                return r;
        file = openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file < 0 && errno == EEXIST)
                return error_set(err, E_ALREADY_EXISTS, "%s/config.json is there already; remove it first", bundle);
        if (file < 0)
                return error_errno(err, "making %s/config.json", bundle);
        r = io_write_all(file, text, strlen(text), "config.json", err);
        if (r < 0)
                (void)unlinkat(dir, "config.json", 0);  /* half a one would be in the way of the next try */
        return r;
}

const struct cmd cmd_spec = {
        .name = "spec",
        .usage = "[flags]",
        .says = "write a config.json to begin with: a copy of this machine",
        .flags = flags,
        .run = run,
};
