#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = { CMD_CREATE_FLAGS, { .name = NULL } };

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        struct sandbox_create wanted;
        struct oci_state state;
        int r;

        r = cmd_read_create(context, &arena, &wanted, err);
        if (r >= 0)
                r = cmd_host(context, &host, err);
        if (r >= 0)
                r = sandbox_create(host, &wanted, &sandbox, err);
        if (r < 0 || !cmd_tells_pid(context))
                return r;

        r = sandbox_state(sandbox, &arena, &state, err);
        if (r >= 0)
                r = cmd_tell_pid(context, state.pid, err);
        if (r < 0) {
                struct error ignored = { 0 };

                (void)sandbox_delete(sandbox, true, &ignored);
        }
        return r;
}

const struct cmd cmd_create = {
        .name = "create",
        .usage = "[flags] ID",
        .says = "make a sandbox of a bundle; its program waits for start",
        .more = "A bundle is a directory with a config.json. Without \"root\" in it the sandbox is a copy of this machine.",
        .min_words = 1, .max_words = 1,
        .flags = flags,
        .run = run,
};
