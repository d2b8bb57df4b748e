#include <stdio.h>

#include "hcs/base/system.h"
#include "hcs/base/windows.h"
#include "src/cli/cmd.h"

#define LOOK_MS 100

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

/* Each Ctrl-C, or closing of the console, is a count of a semaphore.  Windows calls back on a thread of its own and takes no context
 * along: so the semaphore is found by a name, which is this process's. */
static void name_interrupts(WCHAR name[64])
{
        (void)swprintf(name, 64, L"Local\\hcs-sandbox-interrupts-%lu", GetCurrentProcessId());
}

static BOOL WINAPI hear(DWORD event)
{
        HANDLE interrupts;
        WCHAR name[64];

        (void)event;
        name_interrupts(name);
        interrupts = OpenSemaphoreW(SEMAPHORE_MODIFY_STATE, FALSE, name);
        if (!interrupts)
                return FALSE;           /* nobody waits any more: the default, which is to end */
        (void)ReleaseSemaphore(interrupts, 1, NULL);
        CloseHandle(interrupts);
        return TRUE;
}

/* Of that name there is none yet, or it is somebody else's. */
static int listen_to_console(HANDLE *ret, struct error *err)
{
        HANDLE interrupts;
        WCHAR name[64];

        name_interrupts(name);
        interrupts = CreateSemaphoreW(NULL, 0, MAXLONG, name);
        if (!interrupts || GetLastError() == ERROR_ALREADY_EXISTS || !SetConsoleCtrlHandler(hear, TRUE)) {
                (void)system_error(err, GetLastError(), "listening for Ctrl-C");
                if (interrupts)
                        CloseHandle(interrupts);
                return err->code;
        }
        *ret = interrupts;
        return 0;
}

/* The first one is the program's to answer; whoever asks again means it. */
static int hand_on(struct sandbox *sandbox, LONG nth, struct error *err)
{
        int r = sandbox_signal_word(sandbox, nth == 1 ? "CtrlC" : "KILL", false, err);

        return r == SANDBOX_NOT_RUNNING ? 0 : r;
}

static int wait_for_end(struct sandbox *sandbox, const struct log *log, int *ret_status, struct error *err)
{
        HANDLE interrupts = NULL;
        LONG seen = 0;
        int r = listen_to_console(&interrupts, err);

        if (r < 0)
                return r;
        while ((r = sandbox_wait(sandbox, LOOK_MS, ret_status, err)) == SANDBOX_STILL_RUNNING) {
                struct error failed = { 0 };

                if (WaitForSingleObject(interrupts, 0) == WAIT_OBJECT_0 && hand_on(sandbox, ++seen, &failed) < 0)
                        log_warning(log, "handing Ctrl-C on: %s", failed.text);
        }
        (void)SetConsoleCtrlHandler(hear, FALSE);
        CloseHandle(interrupts);
        return r;
}

/* The monitor has our streams, so there is nothing to do but to wait. */
static int hold(struct cmd_context *context, struct sandbox *sandbox, int *ret_status, struct error *err)
{
        int r = write_pid(context, sandbox, err);

        if (r >= 0)
                r = sandbox_start(sandbox, err);
        if (r < 0 || args_has(context->args, "detach"))
                return r;
        return wait_for_end(sandbox, context->log, ret_status, err);
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        struct error ignored = { 0 };
        struct sandbox_create wanted;
        int r, status = 0;

        r = cmd_read_create(context, &arena, &wanted, err);
        if (r >= 0)
                r = cmd_host(context, &host, err);
        if (r >= 0)
                r = sandbox_create(host, &wanted, &sandbox, err);
        if (r < 0)
                return r;
        r = hold(context, sandbox, &status, err);
        if (r < 0)
                (void)sandbox_delete(sandbox, true, &ignored);
        else if (!args_has(context->args, "detach") && !args_has(context->args, "keep"))
                r = sandbox_delete(sandbox, true, err);
        if (r >= 0 && status < 0)
                return error_set(err, E_UNEXPECTED_FAILURE, "how the program ended is not known: its monitor or the service went away");
        return r < 0 ? r : status;
}

const struct cmd cmd_run = {
        .name = "run",
        .usage = "[flags] ID",
        .says = "create, start, wait, delete: the exit status is the program's",
        .more = "Ctrl-C is handed on to the program; pressed again, it ends it. With process.terminal the console is relayed.",
        .min_words = 1, .max_words = 1,
        .flags = flags,
        .run = run,
};
