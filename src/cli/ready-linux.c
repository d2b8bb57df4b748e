/* Starting for a service manager that wants to know when the program is ready (NOTIFY_SOCKET, sd_notify(3)). */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "src/cli/cmd.h"
#include "src/lib/notify.h"

const char *cmd_notify_socket(void)
{
        const char *manager = getenv("NOTIFY_SOCKET");

        return manager && (*manager == '/' || *manager == '@') ? manager : NULL;
}

struct waiting { int socket; const char *manager; uint32_t pid; const struct log *log; };

static void *wait_in_thread(void *object)
{
        struct waiting *waiting = object;
        struct error err = { 0 };

        if (notify_wait(waiting->socket, waiting->manager, waiting->pid, &err) < 0)
                log_warning(waiting->log, "%s", err.text);
        close(waiting->socket);
        free(waiting);
        return NULL;
}

/* While we relay what the program has to say. */
static int wait_beside(const struct cmd_context *context, int *socket, uint32_t pid, struct error *err)
{
        struct waiting *waiting = malloc(sizeof(*waiting));
        pthread_t thread;
        int failure;

        if (!waiting)
                return error_memory(err);
        *waiting = (struct waiting){ .socket = take_fd(*socket), .manager = cmd_notify_socket(), .pid = pid, .log = context->log };
        failure = pthread_create(&thread, NULL, wait_in_thread, waiting);
        if (failure) {
                close(waiting->socket);
                free(waiting);
                return error_errnum(err, failure, "waiting for the program to be ready");
        }
        return pthread_detach(thread) ? error_set(err, E_UNEXPECTED_FAILURE, "waiting for the program to be ready") : 0;
}

int cmd_start_sandbox(const struct cmd_context *context, struct sandbox *sandbox, bool wait, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(io_closep) int socket = -1;
        struct oci_state state;
        int r = 0;

        if (cmd_notify_socket())
                r = sandbox_listen_ready(sandbox, &socket, err);
        if (r >= 0)
                r = sandbox_start(sandbox, err);
        if (r < 0 || socket < 0)
                return r;
        r = sandbox_state(sandbox, &arena, &state, err);
        if (r < 0 || state.pid == 0)
                return r < 0 ? r : 0;
        return wait ? notify_wait(socket, cmd_notify_socket(), state.pid, err) : wait_beside(context, &socket, state.pid, err);
}
