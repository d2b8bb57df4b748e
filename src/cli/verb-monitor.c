#include "hcs/base/text.h"
#include "hcs/base/windows.h"
#include "src/cli/cmd.h"
#include "src/lib/windows/monitor.h"

/* The keys of a console that we share with our caller are the program's, and the caller hands them on; one that is closed ends us. */
static BOOL WINAPI pass_over(DWORD event)
{
        return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        uint64_t answer;
        int r = cmd_host(context, &host, err);

        if (r < 0)
                return r;
        (void)SetConsoleCtrlHandler(pass_over, TRUE);
        if (text_to_u64(context->words[1], &answer) < 0)
                return error_set(err, E_INVALID_PARAMETER, "monitor: found \"%s\"; expected the number of a handle", context->words[1]);
        /* What went wrong was said to whoever asked. */
        if (context->word_count > 2)
                return monitor_run_exec(host, context->words[0], context->words[2], (void *)(uintptr_t)answer, err) < 0;
        return monitor_run(host, context->words[0], (void *)(uintptr_t)answer, err) < 0;
}

/* Nobody types this: create starts it (src/lib/windows/spawn.c). */
const struct cmd cmd_monitor = {
        .name = "monitor",
        .usage = "ID HANDLE [FILE]",
        .min_words = 2, .max_words = 3,
        .run = run,
};
