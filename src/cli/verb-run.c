#include "src/cli/attach.h"
#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        CMD_CREATE_FLAGS,
        { "detach", 'd', CMD_FLAG_BOOL, NULL, "return when the program runs" },
        { "keep", 0, CMD_FLAG_BOOL, NULL, "leave the stopped sandbox there" },
        { "no-subreaper", 0, CMD_FLAG_BOOL, NULL, "do not adopt orphans of the sandbox" },
        { .name = NULL },
};

static int write_pid(const struct cmd_context *context, struct sandbox *sandbox, struct arena *arena, struct error *err)
{
        struct oci_state state;
        int r;

        if (!cmd_tells_pid(context))
                return 0;
        r = sandbox_state(sandbox, arena, &state, err);
        return r < 0 ? r : cmd_tell_pid(context, state.pid, err);
}

static int run_attached(struct cmd_context *context, struct sandbox_host *host, struct sandbox_create *wanted,
                        struct arena *arena, struct error *err)
{
        _cleanup_(attach_end) struct attach attach = ATTACH_NONE;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        struct attach_target target;
        struct error ignored = { 0 };
        int r, status = 0;

        r = attach_begin(&attach, !args_has(context->args, "no-subreaper"), err);
        if (r >= 0 && wanted->streams.console < 0) {
                wanted->make_console = attach_make_console;      /* only a bundle with a terminal asks for it */
                wanted->make_console_context = &attach;
        }
        if (r >= 0)
                r = sandbox_create(host, wanted, &sandbox, err);
        if (r < 0)
                return r;

        target = attach_first(sandbox);
        r = attach_take_terminal(&attach, err);
        if (r >= 0)
                r = write_pid(context, sandbox, arena, err);
        if (r >= 0)
                r = cmd_start_sandbox(context, sandbox, false, err);
        if (r >= 0)
                r = status = attach_hold(&attach, &target, err);
        if (r < 0) {
                (void)sandbox_delete(sandbox, true, &ignored);
                return r;
        }
        if (!args_has(context->args, "keep"))
                r = sandbox_delete(sandbox, true, err);
        return r < 0 ? r : status;
}

static int run_detached(struct cmd_context *context, struct sandbox_host *host, const struct sandbox_create *wanted,
                        struct arena *arena, struct error *err)
{
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        struct error ignored = { 0 };
        int r = sandbox_create(host, wanted, &sandbox, err);

        if (r < 0)
                return r;
        r = write_pid(context, sandbox, arena, err);
        if (r >= 0)
                r = cmd_start_sandbox(context, sandbox, true, err);
        if (r < 0)
                (void)sandbox_delete(sandbox, true, &ignored);
        return r;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        struct sandbox_create wanted;
        int r;

        r = cmd_read_create(context, &arena, &wanted, err);
        if (r >= 0)
                r = cmd_host(context, &host, err);
        if (r < 0)
                return r;
        return args_has(context->args, "detach") ? run_detached(context, host, &wanted, &arena, err)
                                                 : run_attached(context, host, &wanted, &arena, err);
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
