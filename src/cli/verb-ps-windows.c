#include "hcs/base/text.h"
#include "src/cli/cmd.h"

static const struct cmd_flag flags[] = {
        { "format", 'f', CMD_FLAG_TEXT, "table|json", "how to print (default: table)" },
        { .name = NULL },
};

/* The numbers are the sandbox's own: a machine's processes have none on the host. */
static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text out = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        const char *format = args_text(context->args, "format");
        bool json = text_equal(format, "json");
        struct uint32s pids;
        int r;

        if (format && !json && !text_equal(format, "table"))
                return error_set(err, E_INVALID_PARAMETER, "--format: found \"%s\"; expected table or json", format);
        r = cmd_open(context, &host, &sandbox, err);
        if (r >= 0)
                r = sandbox_processes(sandbox, &arena, &pids, err);
        if (r < 0)
                return r;
        text_add(&out, json ? "[" : "PID\n");
        for (size_t i = 0; i < pids.count; i++)
                text_addf(&out, json ? "%s%u" : "%s%u\n", json && i ? "," : "", pids.items[i]);
        if (json)
                text_add(&out, "]\n");
        r = text_check(&out, err);
        return r < 0 ? r : cmd_print(out.data, err);
}

const struct cmd cmd_ps = {
        .name = "ps",
        .usage = "[flags] ID",
        .says = "list the processes of a sandbox",
        .min_words = 1, .max_words = 1,
        .flags = flags,
        .run = run,
};
