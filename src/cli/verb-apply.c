#include "hcs/base/text.h"
#include "src/cli/cmd.h"
#include "src/cli/outcome.h"

static const struct cmd_flag flags[] = {
        { "dry-run", 'n', CMD_FLAG_BOOL, NULL, "say what would be done, and what stands against it" },
        { "force", 'f', CMD_FLAG_BOOL, NULL, "also over what the host changed meanwhile" },
        { "set-user-id", 0, CMD_FLAG_BOOL, NULL, "take set-user-id, set-group-id and capable programs over too" },
        { "undo", 0, CMD_FLAG_BOOL, NULL, "give back what the last apply found" },
        { .name = NULL },
};

static int undo(const struct cmd_context *context, struct error *err)
{
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        int r;

        if (context->word_count || args_has(context->args, "dry-run") || args_has(context->args, "set-user-id"))
                return error_set(err, E_INVALID_PARAMETER, "apply --undo: takes no id and nothing but --force: it undoes the last apply");
        r = cmd_host(context, &host, err);
        if (r >= 0)
                r = sandbox_undo(host, args_has(context->args, "force"), err);
        if (r == SANDBOX_NOTHING_TO_UNDO)
                return error_set(err, E_NOT_FOUND, "apply --undo: nothing was applied, or it was undone already");
        return r;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        struct sandbox_apply wish = {
                .dry_run = args_has(context->args, "dry-run"), .force = args_has(context->args, "force"),
                .set_user_id = args_has(context->args, "set-user-id"),
        };
        struct sandbox_applied applied = { 0 };
        int r;

        if (args_has(context->args, "undo"))
                return undo(context, err);
        if (context->word_count < 1)
                return error_set(err, E_INVALID_PARAMETER, "apply: an id is missing; usage: " PROGRAM " apply [flags] ID [PATH...]");
        wish.paths = (struct strings){ .items = (const char **)(context->words + 1), .count = (size_t)context->word_count - 1 };
        r = cmd_open(context, &host, &sandbox, err);
        if (r >= 0)
                r = sandbox_apply(sandbox, &wish, &arena, &applied, err);
        return r < 0 ? r : outcome_tell(context->log, &applied, r == SANDBOX_REFUSED, wish.dry_run, err);
}

const struct cmd cmd_apply = {
        .name = "apply",
        .usage = "[flags] ID [PATH...]",
        .says = "bring what a stopped sandbox changed to this machine",
        .more = "All that was chosen, or nothing. What the host changed since the sandbox began is refused by name; what is hidden from "
                "the sandbox is left out. An apply that was interrupted is finished or taken back by the next one.",
        .min_words = 0, .max_words = -1,
        .flags = flags,
        .run = run,
};
