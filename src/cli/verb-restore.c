#include "src/cli/attach.h"
#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        CMD_CREATE_FLAGS,
        CMD_CRIU_FLAGS,
        { "detach", 'd', CMD_FLAG_BOOL, NULL, "return when the program runs" },
        { "no-subreaper", 0, CMD_FLAG_BOOL, NULL, "do not adopt orphans of the sandbox" },
        { "tcp-close", 0, CMD_FLAG_BOOL, NULL, "with connections of TCP closed" },
        { "lsm-profile", 0, CMD_FLAG_TEXT, "TYPE:NAME", "apparmor:NAME or selinux:LABEL in the place of the one it had" },
        { "lsm-mount-context", 0, CMD_FLAG_TEXT, "CONTEXT", "SELinux's label for mounts, in the place of the one they had" },
        { .name = NULL },
};

static int tell_pid(const struct cmd_context *context, struct sandbox *sandbox, struct arena *arena, struct error *err)
{
        struct oci_state state;
        int r;

        if (!cmd_tells_pid(context))
                return 0;
        r = sandbox_state(sandbox, arena, &state, err);
        return r < 0 ? r : cmd_tell_pid(context, state.pid, err);
}

static int run_detached(const struct cmd_context *context, struct sandbox_host *host, const struct sandbox_create *wanted,
                        struct arena *arena, struct error *err)
{
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        struct error ignored = { 0 };
        int r = sandbox_create(host, wanted, &sandbox, err);

        if (r < 0)
                return r;
        r = tell_pid(context, sandbox, arena, err);
        if (r < 0)
                (void)sandbox_delete(sandbox, true, &ignored);
        return r;
}

static int run_attached(const struct cmd_context *context, struct sandbox_host *host, struct sandbox_create *wanted,
                        struct arena *arena, struct error *err)
{
        _cleanup_(attach_end) struct attach attach = ATTACH_NONE;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        struct attach_target target;
        struct error ignored = { 0 };
        int r, status = 0;

        r = attach_begin(&attach, !args_has(context->args, "no-subreaper"), err);
        if (r >= 0 && wanted->streams.console < 0) {
                wanted->make_console = attach_make_console;
                wanted->make_console_context = &attach;
        }
        if (r >= 0)
                r = sandbox_create(host, wanted, &sandbox, err);
        if (r < 0)
                return r;

        target = attach_first(sandbox);
        r = attach_take_terminal(&attach, err);
        if (r >= 0)
                r = tell_pid(context, sandbox, arena, err);
        if (r >= 0)
                r = status = attach_hold(&attach, &target, err);
        if (r < 0) {
                (void)sandbox_delete(sandbox, true, &ignored);
                return r;
        }
        r = sandbox_delete(sandbox, true, err);
        return r < 0 ? r : status;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        struct doc_restore_state restore = {
                .lsm_profile = args_text(context->args, "lsm-profile"),
                .lsm_mount_context = args_text(context->args, "lsm-mount-context"),
        };
        struct sandbox_create wanted;
        int r = cmd_read_criu(context, &arena, &restore.save_state_file_path, &restore.settings, err);

        restore.settings.tcp_close = args_has(context->args, "tcp-close");
        if (r >= 0)
                r = cmd_read_create(context, &arena, &wanted, err);
        if (r >= 0)
                r = cmd_host(context, &host, err);
        if (r < 0)
                return r;
        wanted.restore = &restore;
        wanted.notify = false;                  /* whom the program told is gone */
        return args_has(context->args, "detach") ? run_detached(context, host, &wanted, &arena, err)
                                                 : run_attached(context, host, &wanted, &arena, err);
}

const struct cmd cmd_restore = {
        .name = "restore",
        .usage = "[flags] ID",
        .says = "make a sandbox of a bundle and the files that checkpoint wrote; it runs on (criu)",
        .more = "The exit status is the program's, unless --detach is given.",
        .min_words = 1, .max_words = 1,
        .flags = flags,
        .run = run,
};
