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

/* One watcher serves the callback and the descriptor: both are made before it begins. */
static int watch_locked(struct hcs_sandbox *sandbox, struct error *err)
{
        int r;

        if (sandbox->events)
                return error_set(err, E_ALREADY_EXISTS, "events of this handle are asked for already, by callback or by descriptor");
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

int hcs_sandbox_on_event(struct hcs_sandbox *sandbox,
                         void (*fn)(void *context, struct hcs_sandbox *sandbox, enum hcs_sandbox_event event), void *context,
                         struct hcs_sandbox_error *err)
{
        int r;

        pthread_mutex_lock(&sandbox->lock);
        if (!sandbox->events) {
                sandbox->on_event = fn;
                sandbox->event_context = context;
        }
        r = watch_locked(sandbox, public_error(err));
        pthread_mutex_unlock(&sandbox->lock);
        return r;
}

int hcs_sandbox_event_fd(struct hcs_sandbox *sandbox, int *ret_fd, struct hcs_sandbox_error *err)
{
        int r = 0;

        pthread_mutex_lock(&sandbox->lock);
        if (!sandbox->events)
                r = watch_locked(sandbox, public_error(err));
        if (r >= 0)
                *ret_fd = sandbox->events->fd;
        pthread_mutex_unlock(&sandbox->lock);
        return r;
}

/* --- processes ---------------------------------------------------------------------------------------------------------- */

static struct strings list_of(const char *const *items)
{
        struct strings list = { .items = (const char **)(uintptr_t)items };

        while (items && items[list.count])
                list.count++;
        return list;
}

static int exec_locked(struct hcs_sandbox *sandbox, const struct hcs_sandbox_exec_options *options,
                       struct hcs_process **ret, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(io_closep) int console = -1;
        const struct exec_wishes wishes = {
                .process = options->process_json, .length = options->process_json ? strlen(options->process_json) : 0,
                .what = "the process", .args = list_of(options->args), .env = list_of(options->env), .cwd = options->cwd,
                .user = options->user, .terminal = options->terminal,
        };
        struct spec_process process = { 0 };
        struct hcs_streams streams;
        int r = exec_compose(sandbox->inner, &wishes, &arena, &sandbox->host->inner->log, &process, err);

        if (r >= 0 && options->console_socket)
                r = io_connect_unix(options->console_socket, &console, err);
        if (r < 0)
                return r;
        streams = (struct hcs_streams){
                .in = options->in, .out = options->out, .err = options->err, .console = console >= 0 ? console : options->console_fd,
                .handles = options->fds, .handle_count = options->fd_count,
        };
        return sandbox_exec(sandbox->inner, &process, NULL, &streams, ret, err);
}

int hcs_sandbox_exec(struct hcs_sandbox *sandbox, const struct hcs_sandbox_exec_options *given,
                     struct hcs_sandbox_process **ret, struct hcs_sandbox_error *err)
{
        struct hcs_sandbox_exec_options options = HCS_SANDBOX_EXEC_OPTIONS_INIT;
        struct hcs_sandbox_process *process;
        int r;

        r = public_take_options(&options, sizeof(options), given, err);
        if (r < 0)
                return r;
        process = calloc(1, sizeof(*process));
        if (!process)
                return error_memory(public_error(err));
        r = LOCKED(sandbox, exec_locked(sandbox, &options, &process->inner, public_error(err)));
        if (r < 0) {
                free(process);
                return r;
        }
        pthread_mutex_init(&process->lock, NULL);
        *ret = process;
        return 0;
}

uint32_t hcs_sandbox_process_pid(const struct hcs_sandbox_process *process)
{
        return hcs_process_id(process->inner);
}

int hcs_sandbox_process_signal(struct hcs_sandbox_process *process, int signal, struct hcs_sandbox_error *err)
{
        int r = LOCKED(process, hcs_process_signal(process->inner, signal, false, public_error(err)));

        return r == HCS_ALREADY_STOPPED ? HCS_SANDBOX_NOT_RUNNING : r;
}

int hcs_sandbox_process_wait(struct hcs_sandbox_process *process, int timeout_ms, int *ret_status,
                             struct hcs_sandbox_error *err)
{
        int r = hcs_process_wait(process->inner, timeout_ms < 0 ? INFINITE : (uint32_t)timeout_ms, ret_status, public_error(err));

        return r == HCS_STILL_RUNNING ? HCS_SANDBOX_STILL_RUNNING : r;
}

void hcs_sandbox_process_close(struct hcs_sandbox_process *process)
{
        if (!process)
                return;
        hcs_process_close(process->inner);
        pthread_mutex_destroy(&process->lock);
        free(process);
}
