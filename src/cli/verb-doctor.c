#include "hcs/base/text.h"
#include "src/cli/cmd.h"
#include "src/lib/doctor.h"

static const struct cmd_flag flags[] = {
        { "format", 'f', CMD_FLAG_TEXT, "table|json", "how to print (default: table)" },
        { .name = NULL },
};

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text out = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        const char *format = args_text(context->args, "format");
        bool json = text_equal(format, "json");
        struct doctor_findings findings;
        int r;

        if (format && !json && !text_equal(format, "table"))
                return error_set(err, E_INVALID_PARAMETER, "--format: found \"%s\"; expected table or json", format);
        r = cmd_host(context, &host, err);
        if (r >= 0)
                r = doctor_look(host, &arena, &findings, err);
        if (r >= 0)
                r = json ? doctor_write_json(&findings, &out, err) : doctor_write_table(&findings, &out, err);
        if (r >= 0)
                r = cmd_print(out.data, err);
        return r < 0 ? r : !doctor_all_there(&findings);
}

const struct cmd cmd_doctor = {
        .name = "doctor",
        .usage = "[flags]",
        .says = "say what this machine lacks, and the command that mends it",
        .more = "The exit status is 0 when all that is needed is there. \"wanting\" is what some kinds of sandbox need.",
        .flags = flags,
        .run = run,
};
