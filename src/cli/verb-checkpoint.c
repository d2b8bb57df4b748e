#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        CMD_CRIU_FLAGS,
        { "leave-running", 0, CMD_FLAG_BOOL, NULL, "let it run on, instead of deleting it" },
        { "pre-dump", 0, CMD_FLAG_BOOL, NULL, "memory only, while it runs on; a whole image then takes --parent-path" },
        { "parent-path", 0, CMD_FLAG_TEXT, "DIRECTORY", "of the image that this one adds to, as seen from --image-path" },
        { "page-server", 0, CMD_FLAG_TEXT, "ADDRESS:PORT", "refused: memory that goes elsewhere is not carried out" },
        { "status-fd", 0, CMD_FLAG_TEXT, "N", "refused: it goes with --lazy-pages" },
        { .name = NULL },
};

static int refuse(const struct cmd_context *context, struct error *err)
{
        static const char *const refused[] = { "page-server", "status-fd" };

        for (size_t i = 0; i < ARRAY_LENGTH(refused); i++)
                if (args_has(context->args, refused[i]))
                        return error_set(err, E_NOT_SUPPORTED, "--%s: not supported; leave it out, and all memory goes into the image",
                                         refused[i]);
        return 0;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        struct doc_save_options options = {
                .save_type = DOC_SAVE_TO_FILE, .parent_path = args_text(context->args, "parent-path"),
                .leave_running = args_has(context->args, "leave-running"), .pre_dump = args_has(context->args, "pre-dump"),
        };
        int r = refuse(context, err);

        if (r >= 0)
                r = cmd_read_criu(context, &arena, &options.save_state_file_path, &options.settings, err);
        if (r >= 0)
                r = cmd_open(context, &host, &sandbox, err);
        if (r >= 0)
                r = sandbox_save(sandbox, &options, err);
        if (r < 0 || options.leave_running || options.pre_dump)
                return r;
        r = sandbox_delete(sandbox, true, err);
        return r < 0 ? error_wrap(err, "the image is whole, but what is left of the sandbox could not be deleted") : r;
}

const struct cmd cmd_checkpoint = {
        .name = "checkpoint",
        .usage = "[flags] ID",
        .says = "write the state of a running sandbox to files, and delete it (criu)",
        .more = "For sandboxes with a root of their own: files are not in the image. When it fails, all runs on.",
        .min_words = 1, .max_words = 1,
        .flags = flags,
        .run = run,
};
