#include "hcs/base/windows.h"
#include "src/cli/cmd.h"
#include "src/cli/interrupts-windows.h"
#include "src/lib/windows/console.h"

static const struct cmd_flag flags[] = {
        { "bundle", 'b', CMD_FLAG_TEXT, "DIRECTORY", "the bundle (default: the working directory)" },
        { "pid-file", 0, CMD_FLAG_TEXT, "FILE", "write the monitor's pid there" },
        { "detach", 'd', CMD_FLAG_BOOL, NULL, "return when the program runs" },
        { "keep", 0, CMD_FLAG_BOOL, NULL, "leave the stopped sandbox there" },
        { .name = NULL },
};

static int write_pid(const struct cmd_context *context, struct sandbox *sandbox, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct oci_state state;
        int r;

        if (!args_text(context->args, "pid-file"))
                return 0;
        r = sandbox_state(sandbox, &arena, &state, err);
        return r < 0 ? r : cmd_write_pid_file(args_text(context->args, "pid-file"), state.pid, err);
}

struct attended { struct sandbox *sandbox; const struct log *log; };

static void hand_on(void *context, const char *word)
{
        const struct attended *attended = context;
        struct error failed = { 0 };

        if (sandbox_signal_word(attended->sandbox, word, false, &failed) < 0)
                log_warning(attended->log, "handing %s on: %s", word, failed.text);
}

/* Nobody needs a program that is to be ended at once. */
static int check_interrupts(const struct interrupts *interrupts, const char *when, struct error *err)
{
        return interrupts_wait(interrupts) ? error_set(err, E_UNEXPECTED_FAILURE, "Ctrl-C was pressed %s", when) : 0;
}

/* The monitor has our streams, so there is nothing to do but to wait; and to put the console back, should the monitor have been
 * killed before it did. */
static int hold(struct cmd_context *context, struct sandbox *sandbox, struct interrupts **interrupts, int *ret_status, struct error *err)
{
        struct attended attended = { sandbox, context->log };
        struct console console;
        int r = write_pid(context, sandbox, err);

        console_look(&console);
        if (r >= 0)
                r = check_interrupts(*interrupts, "before the program ran", err);
        if (r >= 0)
                r = sandbox_start(sandbox, err);
        if (r < 0)
                return r;
        if (args_has(context->args, "detach"))
                return check_interrupts(*interrupts, "while the program was started", err);
        interrupts_hand_on(*interrupts, hand_on, &attended);
        r = sandbox_wait(sandbox, INFINITE, ret_status, err);
        interrupts_end(take_ptr(*interrupts));
        console_restore(&console);
        return r;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        _cleanup_(interrupts_endp) struct interrupts *interrupts = NULL;
        struct error ignored = { 0 };
        struct sandbox_create wanted;
        int r, status = 0;

        r = cmd_read_create(context, &arena, &wanted, err);
        if (r >= 0)
                r = cmd_host(context, &host, err);
        if (r >= 0)
                r = interrupts_begin(context->log, &interrupts, err);
        if (r >= 0)
                r = sandbox_create(host, &wanted, &sandbox, err);
        if (r < 0)
                return r;
        r = hold(context, sandbox, &interrupts, &status, err);
        if (r < 0)
                (void)sandbox_delete(sandbox, true, &ignored);
        else if (!args_has(context->args, "detach") && !args_has(context->args, "keep"))
                r = sandbox_delete(sandbox, true, err);
        if (r >= 0 && status == -1)
                return error_set(err, E_UNEXPECTED_FAILURE, "the program ended with -1, or nobody knows how: its monitor or the service "
                                 "went away");
        context->exit_code = status;
        return r < 0 ? r : 0;
}

const struct cmd cmd_run = {
        .name = "run",
        .usage = "[flags] ID",
        .says = "create, start, wait, delete: the exit status is the program's",
        .more = "Ctrl-C is handed on to the program; pressed again, it ends it. So is Ctrl-Break. With "
                "process.terminal the console is relayed, and Ctrl-C is a key.",
        .min_words = 1, .max_words = 1,
        .flags = flags,
        .run = run,
};
