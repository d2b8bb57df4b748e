#include <unistd.h>

#include "hcs/base/text.h"
#include "src/cli/cmd.h"
#include "src/lib/changes.h"

static const struct cmd_flag flags[] = {
        { "format", 'f', CMD_FLAG_TEXT, "table|json", "how to print (default: table)" },
        { "name-only", 0, CMD_FLAG_BOOL, NULL, "paths alone" },
        { "null", 'z', CMD_FLAG_BOOL, NULL, "with --name-only: each path as it is, ended by a NUL" },
        { "stat", 0, CMD_FLAG_BOOL, NULL, "one line that counts" },
        { "patch", 'p', CMD_FLAG_BOOL, NULL, "what differs in text files, for git apply or patch -p1" },
        { .name = NULL },
};

static int print(const struct cmd_context *context, const change_list *list, struct error *err)
{
        _cleanup_(text_done) struct text out = { 0 };
        bool json = text_equal(args_text(context->args, "format"), "json");
        int r;

        if (json)
                changes_print_json(&out, list);
        else if (args_has(context->args, "name-only"))
                changes_print_names(&out, list, args_has(context->args, "null") ? '\0' : '\n');
        else if (args_has(context->args, "stat"))
                changes_print_stat(&out, list);
        else
                changes_print_lines(&out, list);
        if (json || args_has(context->args, "stat"))
                text_add_char(&out, '\n');
        r = text_check(&out, err);
        return r < 0 ? r : cmd_print_bytes(out.data ? out.data : "", out.length, err);
}

static int check(const struct cmd_context *context, struct error *err)
{
        const char *format = args_text(context->args, "format");
        bool names = args_has(context->args, "name-only"), stat = args_has(context->args, "stat");
        bool patch = args_has(context->args, "patch");

        if (format && !text_equal(format, "table") && !text_equal(format, "json"))
                return error_set(err, E_INVALID_PARAMETER, "--format: found \"%s\"; expected table or json", format);
        if (text_equal(format, "json") + names + stat + patch > 1)
                return error_set(err, E_INVALID_PARAMETER, "diff: expected one of --format json, --name-only, --stat and --patch");
        if (args_has(context->args, "null") && !names)
                return error_set(err, E_INVALID_PARAMETER, "diff: --null goes with --name-only");
        return 0;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        change_list list;
        int r = check(context, err);

        if (r >= 0)
                r = cmd_open(context, &host, &sandbox, err);
        if (r >= 0 && args_has(context->args, "patch"))
                return sandbox_patch(sandbox, 1, isatty(1), err);
        if (r >= 0)
                r = sandbox_changes(sandbox, &arena, &list, err);
        return r < 0 ? r : print(context, &list, err);
}

const struct cmd cmd_diff = {
        .name = "diff",
        .usage = "[flags] ID",
        .says = "show what a sandbox changed in its copy of this machine",
        .more = "A added, M changed (what of it), D deleted, T of another type, R renamed. What the mask hides or gives is no change "
                "of the sandbox's. It may run meanwhile.",
        .min_words = 1, .max_words = 1,
        .flags = flags,
        .run = run,
};
