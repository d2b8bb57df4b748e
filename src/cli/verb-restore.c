#include "src/cli/launch.h"

static const struct cmd_flag flags[] = {
        CMD_CREATE_FLAGS,
        CMD_CRIU_FLAGS,
        LAUNCH_FLAGS,
        { "tcp-close", 0, CMD_FLAG_BOOL, NULL, "with connections of TCP closed" },
        { "lsm-profile", 0, CMD_FLAG_TEXT, "TYPE:NAME", "apparmor:NAME or selinux:LABEL in the place of the one it had" },
        { "lsm-mount-context", 0, CMD_FLAG_TEXT, "CONTEXT", "SELinux's label for mounts, in the place of the one they had" },
        { .name = NULL },
};

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
        return launch(context, host, &wanted, err);
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
