/* The public face on Windows: an event is an event object, a process's streams are relayed by threads of ours. */
#include "src/lib/public.h"

#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/system.h"
#include "hcs/base/windows.h"
#include "oci/windows/signal.h"
#include "src/lib/windows/exec.h"
#include "src/lib/windows/plan.h"
#include "src/lib/windows/relay.h"

/* --- events ------------------------------------------------------------------------------------------------------------- */

#define LOOK_MS 200                     /* how soon a thread that waits sees that it is to end */

struct public_events { HANDLE exited, thread; bool stop; };

static unsigned __stdcall watch(void *context)
{
        struct hcs_sandbox *sandbox = context;
        struct public_events *events = sandbox->events;
        struct error failed = { 0 };
        int status, r = SANDBOX_STILL_RUNNING;

        while (r == SANDBOX_STILL_RUNNING && !__atomic_load_n(&events->stop, __ATOMIC_ACQUIRE))
                r = sandbox_wait(sandbox->inner, LOOK_MS, &status, &failed);
        if (r == SANDBOX_STILL_RUNNING)
                return 0;
        (void)SetEvent(events->exited);
        if (sandbox->on_event)
                sandbox->on_event(sandbox->event_context, sandbox, HCS_SANDBOX_EVENT_EXITED);
        return 0;
}

static void events_free(struct public_events *events)
{
        if (events->thread)
                CloseHandle(events->thread);
        if (events->exited)
                CloseHandle(events->exited);
        free(events);
}

int public_watch(struct hcs_sandbox *sandbox, struct error *err)
{
        int r = 0;

        sandbox->events = calloc(1, sizeof(*sandbox->events));
        if (!sandbox->events)
                return error_memory(err);
        sandbox->events->exited = CreateEventW(NULL, TRUE, FALSE, NULL);
        if (!sandbox->events->exited)
                r = system_error(err, GetLastError(), "making an event");
        if (r >= 0)
                sandbox->events->thread = (HANDLE)_beginthreadex(NULL, 0, watch, sandbox, 0, NULL);
        if (r >= 0 && !sandbox->events->thread)
                r = error_errno(err, "starting a thread");
        if (r < 0)
                events_free(take_ptr(sandbox->events));
        return r;
}

int public_event_descriptor(const struct hcs_sandbox *sandbox)
{
        return (int)(intptr_t)sandbox->events->exited;
}

/* The callback itself may close the handle: then its thread is ours. */
void public_end_events(struct hcs_sandbox *sandbox)
{
        if (!sandbox->events)
                return;
        __atomic_store_n(&sandbox->events->stop, true, __ATOMIC_RELEASE);
        if (GetThreadId(sandbox->events->thread) != GetCurrentThreadId())
                (void)WaitForSingleObject(sandbox->events->thread, INFINITE);
        events_free(take_ptr(sandbox->events));
}

int public_connect_console(const char *path, int *ret_socket, struct error *err)
{
        (void)ret_socket;
        return error_set(err, E_NOT_SUPPORTED, "the console socket %s: not on Windows, where the streams carry the console", path);
}

/* --- processes ---------------------------------------------------------------------------------------------------------- */

int public_exec(struct hcs_sandbox *sandbox, const struct hcs_sandbox_exec_options *options,
                struct hcs_sandbox_process *process, struct error *err)
{
        const struct winexec wishes = {
                .process = options->process_json, .length = options->process_json ? strlen(options->process_json) : 0,
                .what = "the process", .args = public_list_of(options->args), .env = public_list_of(options->env), .cwd = options->cwd,
                .user = options->user, .terminal = options->terminal,
        };
        const int streams[3] = { options->in, options->out, options->err };
        struct hcs_pipes pipes = { 0 };
        struct relay *relay = NULL;
        struct error ignored = { 0 };
        bool terminal;
        int r;

        if (options->fd_count || options->console_socket)
                return error_set(err, E_NOT_SUPPORTED, "descriptors and console sockets are for Linux alone");
        r = winexec_begin(sandbox->inner, &wishes, &process->inner, &pipes, &terminal, err);
        if (r < 0)
                return r;
        /* What is on our console is the caller's business: the library leaves it alone. */
        r = relay_start(process->inner, &pipes, streams, false, &relay, err);
        if (r < 0) {
                (void)hcs_process_terminate(process->inner, &ignored);
                hcs_process_close(take_ptr(process->inner));
                return r;
        }
        process->relay = relay;
        return 0;
}

int public_signal(struct hcs_sandbox_process *process, int signal, struct error *err)
{
        _cleanup_(free_charp) char *document = NULL;
        struct win_signal wanted;
        char number[16];
        int r;

        (void)snprintf(number, sizeof(number), "%d", signal);
        r = oci_windows_signal(number, &wanted.signal, err);
        if (r >= 0 && wanted.signal == OCI_WINDOWS_KILL)
                return hcs_process_terminate(process->inner, err);
        if (r >= 0)
                r = winplan_print(win_signal_fields, &wanted, &document, err);
        return r < 0 ? r : hcs_process_signal_document(process->inner, document, err);
}

/* Its last words are out before its end is told. */
void public_finish(struct hcs_sandbox_process *process)
{
        if (process->relay)
                relay_finish(take_ptr(process->relay));
}
