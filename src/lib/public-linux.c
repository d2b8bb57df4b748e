/* The public face on Linux: an event is a descriptor, a process of a sandbox has the caller's own descriptors. */
#include "src/lib/public.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "src/lib/exec.h"

/* --- events ------------------------------------------------------------------------------------------------------------- */

struct public_events { int fd; };

static void exited(void *context)
{
        struct hcs_sandbox *sandbox = context;
        uint64_t one = 1;

        (void)!write(sandbox->events->fd, &one, sizeof(one));
        if (sandbox->on_event)
                sandbox->on_event(sandbox->event_context, sandbox, HCS_SANDBOX_EVENT_EXITED);
}

static void events_free(struct public_events *events)
{
        if (events->fd >= 0)
                close(events->fd);
        free(events);
}

int public_watch(struct hcs_sandbox *sandbox, struct error *err)
{
        int r;

        sandbox->events = calloc(1, sizeof(*sandbox->events));
        if (!sandbox->events)
                return error_memory(err);
        sandbox->events->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = sandbox->events->fd < 0 ? error_errno(err, "making an event descriptor")
                                    : sandbox_on_exit(sandbox->inner, exited, sandbox, err);
        if (r < 0)
                events_free(take_ptr(sandbox->events));
        return r;
}

int public_event_descriptor(const struct hcs_sandbox *sandbox)
{
        return sandbox->events->fd;
}

/* The engine's handle goes first: that ends the callback. */
void public_end_events(struct hcs_sandbox *sandbox)
{
        sandbox_close(take_ptr(sandbox->inner));
        if (sandbox->events)
                events_free(take_ptr(sandbox->events));
}

int public_connect_console(const char *path, int *ret_socket, struct error *err)
{
        return io_connect_unix(path, ret_socket, err);
}

/* --- processes ---------------------------------------------------------------------------------------------------------- */

int public_exec(struct hcs_sandbox *sandbox, const struct hcs_sandbox_exec_options *options,
                struct hcs_sandbox_process *process, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(io_closep) int console = -1;
        const struct exec_wishes wishes = {
                .process = options->process_json, .length = options->process_json ? strlen(options->process_json) : 0,
                .what = "the process", .args = public_list_of(options->args), .env = public_list_of(options->env), .cwd = options->cwd,
                .user = options->user, .terminal = options->terminal,
        };
        struct spec_process composed = { 0 };
        struct hcs_streams streams;
        int r = exec_compose(sandbox->inner, &wishes, &arena, &sandbox->host->inner->log, &composed, err);

        if (r >= 0 && options->console_socket)
                r = io_connect_unix(options->console_socket, &console, err);
        if (r < 0)
                return r;
        streams = (struct hcs_streams){
                .in = options->in, .out = options->out, .err = options->err, .console = console >= 0 ? console : options->console_fd,
                .handles = options->fds, .handle_count = options->fd_count,
        };
        return sandbox_exec(sandbox->inner, &composed, NULL, &streams, &process->inner, err);
}

int public_signal(struct hcs_sandbox_process *process, int signal, struct error *err)
{
        return hcs_process_signal(process->inner, signal, false, err);
}

/* Its streams are the caller's own. */
void public_finish(struct hcs_sandbox_process *process)
{
        (void)process;
}
