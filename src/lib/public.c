/* The public face: the same calls for programs that embed us, with handles that threads may share.  What each system does in its
 * own way (events, further processes) is in public-linux.c and public-windows.c. */
#include "src/lib/public.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct hcs_sandbox_error) == sizeof(struct error), "one struct under two names");
_Static_assert((int)HCS_SANDBOX_CREATING == (int)OCI_CREATING && (int)HCS_SANDBOX_STOPPED == (int)OCI_STOPPED, "so are these");
_Static_assert((int)HCS_SANDBOX_STILL_RUNNING == (int)SANDBOX_STILL_RUNNING, "and these");

/* Options of an older caller are shorter: what it didn't know has its default.  Those of a newer one may ask what is not known
 * here. */
int public_take_options(void *to, size_t size, const void *from, struct hcs_sandbox_error *err)
{
        size_t given = from ? *(const size_t *)from : sizeof(given);

        if (given < sizeof(given))
                return error_set(public_error(err), E_INVALID_PARAMETER, "the options have no size; begin with their _INIT macro");
        for (size_t i = size; i < given; i++)
                if (((const char *)from)[i])
                        return error_set(public_error(err), E_NOT_SUPPORTED, "the options ask what version " PACKAGE_VERSION
                                         " of the library doesn't know");
        if (from)
                memcpy(to, from, given < size ? given : size);
        return 0;
}

/* --- hosts -------------------------------------------------------------------------------------------------------------- */

static void hand_on(void *context, enum log_level level, const char *text)
{
        struct hcs_sandbox_host *host = context;

        host->log(host->log_context, (enum hcs_sandbox_level)level, text);
}

int hcs_sandbox_host_open(const struct hcs_sandbox_host_options *given, struct hcs_sandbox_host **ret,
                          struct hcs_sandbox_error *err)
{
        struct hcs_sandbox_host_options options = HCS_SANDBOX_HOST_OPTIONS_INIT;
        struct hcs_sandbox_host *host;
        struct log log = { 0 };
        int r;

        r = public_take_options(&options, sizeof(options), given, err);
        if (r < 0)
                return r;
        host = calloc(1, sizeof(*host));
        if (!host)
                return error_memory(public_error(err));
        host->log = options.log;
        host->log_context = options.log_context;
        if (options.log)
                log = (struct log){ .sink = hand_on, .context = host, .level = (enum log_level)options.log_level };
        r = sandbox_host_open(options.root, options.data, options.init, &log, &host->inner, public_error(err));
        if (r < 0) {
                free(host);
                return r;
        }
        *ret = host;
        return 0;
}

void hcs_sandbox_host_close(struct hcs_sandbox_host *host)
{
        if (!host)
                return;
        sandbox_host_close(host->inner);
        free(host);
}

int hcs_sandbox_list(struct hcs_sandbox_host *host, char ***ret, size_t *ret_count, struct hcs_sandbox_error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct strings ids;
        size_t size;
        char **block, *text;
        int r = sandbox_host_list(host->inner, &arena, &ids, public_error(err));

        if (r < 0)
                return r;
        size = (ids.count + 1) * sizeof(*block);
        for (size_t i = 0; i < ids.count; i++)
                size += strlen(ids.items[i]) + 1;
        block = malloc(size);
        if (!block)
                return error_memory(public_error(err));
        text = (char *)(block + ids.count + 1);
        for (size_t i = 0; i < ids.count; i++) {
                block[i] = text;
                strcpy(text, ids.items[i]);
                text += strlen(text) + 1;
        }
        block[ids.count] = NULL;
        *ret = block;
        *ret_count = ids.count;
        return 0;
}

int hcs_sandbox_document(struct hcs_sandbox_host *host, const char *bundle, char **ret, struct hcs_sandbox_error *err)
{
        return sandbox_document(host->inner, &(struct oci_source){ .bundle = bundle }, ret, public_error(err));
}

const char *hcs_sandbox_version(void)
{
        return PACKAGE_VERSION;
}

/* --- sandboxes ---------------------------------------------------------------------------------------------------------- */

static int wrap(struct hcs_sandbox_host *host, struct sandbox *inner, struct hcs_sandbox **ret, struct hcs_sandbox_error *err)
{
        struct hcs_sandbox *sandbox = calloc(1, sizeof(*sandbox));

        if (!sandbox) {
                sandbox_close(inner);
                return error_memory(public_error(err));
        }
        sandbox->host = host;
        sandbox->inner = inner;
        pthread_mutex_init(&sandbox->lock, NULL);
        *ret = sandbox;
        return 0;
}

int hcs_sandbox_create(struct hcs_sandbox_host *host, const char *id, const char *bundle,
                       const struct hcs_sandbox_create_options *given, struct hcs_sandbox **ret, struct hcs_sandbox_error *err)
{
        struct hcs_sandbox_create_options options = HCS_SANDBOX_CREATE_OPTIONS_INIT;
        _cleanup_(io_closep) int console = -1;
        struct sandbox_create wanted = { .id = id, .bundle = bundle };
        struct sandbox *inner;
        int r = public_take_options(&options, sizeof(options), given, err);

        if (r >= 0 && options.console_socket)
                r = public_connect_console(options.console_socket, &console, public_error(err));
        if (r < 0)
                return r;
        wanted.streams = (struct hcs_streams){
                .in = options.in, .out = options.out, .err = options.err, .console = console >= 0 ? console : options.console_fd,
                .handles = options.fds, .handle_count = options.fd_count,
        };
        wanted.no_pivot_root = options.no_pivot_root;
        wanted.no_new_keyring = options.no_new_keyring;
        wanted.scratch = options.scratch;
        wanted.scratch_size = options.scratch_size;
        r = sandbox_create(host->inner, &wanted, &inner, public_error(err));
        return r < 0 ? r : wrap(host, inner, ret, err);
}

int hcs_sandbox_open(struct hcs_sandbox_host *host, const char *id, struct hcs_sandbox **ret, struct hcs_sandbox_error *err)
{
        struct sandbox *inner;
        int r = sandbox_open(host->inner, id, &inner, public_error(err));

        return r != 0 ? r : wrap(host, inner, ret, err);
}

void hcs_sandbox_close(struct hcs_sandbox *sandbox)
{
        if (!sandbox)
                return;
        public_end_events(sandbox);
        sandbox_close(sandbox->inner);
        arena_done(&sandbox->state);
        pthread_mutex_destroy(&sandbox->lock);
        free(sandbox);
}

int hcs_sandbox_start(struct hcs_sandbox *sandbox, struct hcs_sandbox_error *err)
{
        return LOCKED(sandbox, sandbox_start(sandbox->inner, public_error(err)));
}

int hcs_sandbox_signal(struct hcs_sandbox *sandbox, int signal, bool all, struct hcs_sandbox_error *err)
{
        return LOCKED(sandbox, sandbox_signal(sandbox->inner, signal, all, public_error(err)));
}

int hcs_sandbox_pause(struct hcs_sandbox *sandbox, struct hcs_sandbox_error *err)
{
        return LOCKED(sandbox, sandbox_pause(sandbox->inner, true, public_error(err)));
}

int hcs_sandbox_resume(struct hcs_sandbox *sandbox, struct hcs_sandbox_error *err)
{
        return LOCKED(sandbox, sandbox_pause(sandbox->inner, false, public_error(err)));
}

int hcs_sandbox_delete(struct hcs_sandbox *sandbox, bool force, struct hcs_sandbox_error *err)
{
        return LOCKED(sandbox, sandbox_delete(sandbox->inner, force, public_error(err)));
}

/* The first look opens what the wait needs, under the lock; the wait itself lets others through. */
int hcs_sandbox_wait(struct hcs_sandbox *sandbox, int timeout_ms, int *ret_status, struct hcs_sandbox_error *err)
{
        int r = LOCKED(sandbox, sandbox_wait(sandbox->inner, 0, ret_status, public_error(err)));

        if (r != SANDBOX_STILL_RUNNING || timeout_ms == 0)
                return r;
        return sandbox_wait(sandbox->inner, timeout_ms < 0 ? INFINITE : (uint32_t)timeout_ms, ret_status, public_error(err));
}

static int state_locked(struct hcs_sandbox *sandbox, struct oci_state *ret, struct error *err)
{
        arena_done(&sandbox->state);
        return sandbox_state(sandbox->inner, &sandbox->state, ret, err);
}

int hcs_sandbox_state(struct hcs_sandbox *sandbox, struct hcs_sandbox_state *ret, struct hcs_sandbox_error *err)
{
        struct oci_state state;
        int r = LOCKED(sandbox, state_locked(sandbox, &state, public_error(err)));

        if (r < 0)
                return r;
        *ret = (struct hcs_sandbox_state){
                .id = state.id, .bundle = state.bundle, .rootfs = state.rootfs, .created = state.created, .owner = state.owner,
                .status = (enum hcs_sandbox_status)state.status, .pid = state.pid,
        };
        return 0;
}

int hcs_sandbox_state_json(struct hcs_sandbox *sandbox, char **ret, struct hcs_sandbox_error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text out = { 0 };
        struct oci_state state;
        int r = LOCKED(sandbox, sandbox_state(sandbox->inner, &arena, &state, public_error(err)));

        if (r >= 0)
                r = oci_state_write(&state, &out, public_error(err));
        return r < 0 ? r : text_take(&out, ret, public_error(err));
}

int hcs_sandbox_processes(struct hcs_sandbox *sandbox, uint32_t **ret, size_t *ret_count, struct hcs_sandbox_error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct uint32s pids;
        uint32_t *copy;
        int r = LOCKED(sandbox, sandbox_processes(sandbox->inner, &arena, &pids, public_error(err)));

        if (r < 0)
                return r;
        copy = malloc((pids.count + 1) * sizeof(*copy));
        if (!copy)
                return error_memory(public_error(err));
        if (pids.count)
                memcpy(copy, pids.items, pids.count * sizeof(*copy));
        *ret = copy;
        *ret_count = pids.count;
        return 0;
}

void hcs_sandbox_free(void *memory)
{
        free(memory);
}

/* --- events ------------------------------------------------------------------------------------------------------------- */

/* One watcher serves the callback and the descriptor: both are made before it begins. */
static int watch_locked(struct hcs_sandbox *sandbox, struct error *err)
{
        if (sandbox->events)
                return error_set(err, E_ALREADY_EXISTS, "events of this handle are asked for already, by callback or by descriptor");
        return public_watch(sandbox, err);
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
                *ret_fd = public_event_descriptor(sandbox);
        pthread_mutex_unlock(&sandbox->lock);
        return r;
}

/* --- processes ---------------------------------------------------------------------------------------------------------- */

struct strings public_list_of(const char *const *items)
{
        struct strings list = { .items = (const char **)(uintptr_t)items };

        while (items && items[list.count])
                list.count++;
        return list;
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
        r = LOCKED(sandbox, public_exec(sandbox, &options, process, public_error(err)));
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
        int r = LOCKED(process, public_signal(process, signal, public_error(err)));

        return r == HCS_ALREADY_STOPPED ? HCS_SANDBOX_NOT_RUNNING : r;
}

int hcs_sandbox_process_wait(struct hcs_sandbox_process *process, int timeout_ms, int *ret_status,
                             struct hcs_sandbox_error *err)
{
        int r = hcs_process_wait(process->inner, timeout_ms < 0 ? INFINITE : (uint32_t)timeout_ms, ret_status, public_error(err));

        if (r == HCS_STILL_RUNNING)
                return HCS_SANDBOX_STILL_RUNNING;
        if (r >= 0) {
                pthread_mutex_lock(&process->lock);
                public_finish(process);
                pthread_mutex_unlock(&process->lock);
        }
        return r;
}

void hcs_sandbox_process_close(struct hcs_sandbox_process *process)
{
        if (!process)
                return;
        public_finish(process);
        hcs_process_close(process->inner);
        pthread_mutex_destroy(&process->lock);
        free(process);
}
