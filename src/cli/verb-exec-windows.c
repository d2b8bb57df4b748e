#include "hcs/base/io.h"
#include "src/cli/cmd.h"
#include "src/cli/interrupts-windows.h"
#include "src/lib/windows/exec.h"
#include "src/lib/windows/relay.h"

#define PROCESS_MAX (16u << 20)

static const struct cmd_flag flags[] = {
        { "process", 'p', CMD_FLAG_TEXT, "FILE", "an OCI process object (JSON) instead of flags and command" },
        { "detach", 'd', CMD_FLAG_BOOL, NULL, "return when the command runs" },
        { "pid-file", 0, CMD_FLAG_TEXT, "FILE", "write the command's pid there" },
        { "tty", 't', CMD_FLAG_BOOL, NULL, "give the command a terminal" },
        { "cwd", 0, CMD_FLAG_TEXT, "DIRECTORY", "where the command begins" },
        { "env", 'e', CMD_FLAG_LIST, "NAME=VALUE", "add to the environment" },
        { "user", 'u', CMD_FLAG_TEXT, "NAME", "who the command runs as" },
        { .name = NULL },
};

static int read_wishes(const struct cmd_context *context, struct arena *arena, struct text *process, struct winexec *ret,
                       struct error *err)
{
        static const char *const with_command[] = { "cwd", "env", "user" };
        const char *file = args_text(context->args, "process");
        int r = args_list(context->args, "env", arena, &ret->env, err);

        ret->args = (struct strings){ (const char **)context->words + 1, (size_t)context->word_count - 1 };
        ret->cwd = args_text(context->args, "cwd");
        ret->user = args_text(context->args, "user");
        ret->terminal = args_has(context->args, "tty");
        if (r < 0 || !file)
                return r;
        if (context->word_count > 1)
                return error_set(err, E_INVALID_PARAMETER, "exec takes a command or --process, not both");
        for (size_t i = 0; i < ARRAY_LENGTH(with_command); i++)
                if (args_has(context->args, with_command[i]))
                        return error_set(err, E_INVALID_PARAMETER, "--%s goes with a command; with --process, say it in the file",
                                         with_command[i]);
        r = io_read_file(file, PROCESS_MAX, process, err);
        ret->process = process->data ? process->data : "";
        ret->length = process->length;
        ret->what = file;
        return r;
}

struct attended { struct sandbox *sandbox; struct hcs_process *process; const struct log *log; };

static void hand_on(void *context, const char *word)
{
        const struct attended *attended = context;
        struct error failed = { 0 };

        if (winexec_signal(attended->sandbox, attended->process, word, &failed) < 0)
                log_warning(attended->log, "handing %s on: %s", word, failed.text);
}

/* Takes the pipes. */
static int hold(struct cmd_context *context, struct sandbox *sandbox, struct hcs_process *process, const struct hcs_pipes *pipes,
                bool terminal, struct interrupts **interrupts, struct error *err)
{
        struct attended attended = { sandbox, process, context->log };
        struct relay *relay = NULL;
        int code = -1, r;

        r = cmd_write_pid_file(args_text(context->args, "pid-file"), hcs_process_id(process), err);
        if (r >= 0)
                r = relay_start(process, pipes, NULL, terminal, &relay, err);
        if (r < 0) {
                struct error ignored = { 0 };

                (void)hcs_process_terminate(process, &ignored);
                return r;
        }
        interrupts_hand_on(*interrupts, hand_on, &attended);
        r = hcs_process_wait(process, INFINITE, &code, err);
        interrupts_end(take_ptr(*interrupts));
        relay_finish(relay);
        if (r >= 0 && code == -1)
                return error_set(err, E_UNEXPECTED_FAILURE, "the command ended with -1, or nobody knows how: its sandbox was ended");
        context->exit_code = code;
        return r < 0 ? r : 0;
}

static int detach(const struct cmd_context *context, struct sandbox *sandbox, const struct winexec *wishes, struct error *err)
{
        struct hcs_streams own;
        uint32_t process;
        int r;

        cmd_streams(&own);
        r = winexec_detached(sandbox, wishes, (const int[3]){ own.in, own.out, own.err }, &process, err);
        return r < 0 ? r : cmd_write_pid_file(args_text(context->args, "pid-file"), process, err);
}

/* From before it is made: a command that nobody holds would go on by itself. */
static int stay(struct cmd_context *context, struct sandbox *sandbox, const struct winexec *wishes, struct error *err)
{
        _cleanup_(hcs_process_closep) struct hcs_process *process = NULL;
        _cleanup_(interrupts_endp) struct interrupts *interrupts = NULL;
        struct hcs_pipes pipes = { 0 };
        bool terminal = false;
        int r = interrupts_begin(context->log, &interrupts, err);

        if (r >= 0)
                r = winexec_begin(sandbox, wishes, &process, &pipes, &terminal, err);
        return r < 0 ? r : hold(context, sandbox, process, &pipes, terminal, &interrupts, err);
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        struct winexec wishes = { 0 };
        int r = read_wishes(context, &arena, &text, &wishes, err);

        if (r >= 0)
                r = cmd_open(context, &host, &sandbox, err);
        if (r >= 0 && args_has(context->args, "detach"))
                return detach(context, sandbox, &wishes, err);
        return r < 0 ? r : stay(context, sandbox, &wishes, err);
}

const struct cmd cmd_exec = {
        .name = "exec",
        .usage = "[flags] ID COMMAND [ARGUMENTS]",
        .says = "run a further command in a sandbox: the exit status is the command's",
        .more = "Ctrl-C is handed on to the command; pressed again, it ends it. So is Ctrl-Break. With --tty the "
                "console is relayed, and Ctrl-C is a key.",
        .min_words = 1, .max_words = -1,
        .words_end_flags = true,
        .flags = flags,
        .run = run,
        .failure_status = 255,
};
