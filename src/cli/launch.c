#include "src/cli/launch.h"

#include "src/cli/attach.h"

static int tell_pid(const struct cmd_context *context, struct sandbox *sandbox, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct oci_state state;
        int r;

        if (!cmd_tells_pid(context))
                return 0;
        r = sandbox_state(sandbox, &arena, &state, err);
        return r < 0 ? r : cmd_tell_pid(context, state.pid, err);
}

static int start(const struct cmd_context *context, const struct sandbox_create *wanted, struct sandbox *sandbox, bool wait,
                 struct error *err)
{
        int r = tell_pid(context, sandbox, err);

        return r < 0 || wanted->restore ? r : cmd_start_sandbox(context, sandbox, wait, err);
}

static int launch_attached(struct cmd_context *context, struct sandbox_host *host, struct sandbox_create *wanted, struct error *err)
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
                r = start(context, wanted, sandbox, false, err);
        if (r >= 0)
                sandbox_foresee_end(sandbox, !args_has(context->args, "keep"));
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

static int launch_detached(struct cmd_context *context, struct sandbox_host *host, const struct sandbox_create *wanted, struct error *err)
{
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        struct error ignored = { 0 };
        int r = sandbox_create(host, wanted, &sandbox, err);

        if (r < 0)
                return r;
        r = start(context, wanted, sandbox, true, err);
        if (r < 0)
                (void)sandbox_delete(sandbox, true, &ignored);
        return r;
}

int launch(struct cmd_context *context, struct sandbox_host *host, struct sandbox_create *wanted, struct error *err)
{
        return args_has(context->args, "detach") ? launch_detached(context, host, wanted, err)
                                                 : launch_attached(context, host, wanted, err);
}
