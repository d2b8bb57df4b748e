#include "hcs/local/listener.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"

#define WAIT_MS 10000                   /* from the announcement to the call behind it */

struct process_state {
        const char *version;
        struct strings fds;
        uint32_t pid;
        const char *metadata;
        const struct json_value *state;
};

static const struct json_field process_state_fields[] = {
        JSON_TEXT_F(struct process_state, "ociVersion", version, JSON_ALWAYS),
        JSON_STRINGS(struct process_state, "fds", fds),
        JSON_UINT_F(struct process_state, "pid", pid, JSON_ALWAYS),
        JSON_TEXT(struct process_state, "metadata", metadata),
        JSON_RAW(struct process_state, "state", state),
        JSON_END
};

/* It is taken while the call that makes it is under way: it appears a moment later. */
static int take_listener(int pidfd, int control, int number, int *ret, struct error *err)
{
        struct pollfd word = { .fd = control, .events = POLLIN };

        for (int waited = 0; waited < WAIT_MS; waited++) {
                bool last = poll(&word, 1, 0) > 0;
                int fd = sys_pidfd_getfd(pidfd, number);

                if (fd >= 0) {
                        *ret = fd;
                        return 0;
                }
                if (errno != EBADF)
                        return error_errno(err, "linux.seccomp: taking the listener out of the process");
                if (last)
                        return LISTENER_NONE;
                (void)poll(&word, 1, 1);
        }
        return error_set(err, E_TIMED_OUT, "linux.seccomp: no listener after %d s", WAIT_MS / 1000);
}

static int compose(const struct filter *filter, const struct hook_state *state, pid_t process, struct text *out, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text text = { 0 };
        const char *names[] = { "seccompFd" };
        struct process_state object = { .version = state->spec->oci_version, .fds = { names, 1 }, .pid = (uint32_t)process,
                                        .metadata = filter->listener_metadata };
        struct json_value *value;
        int r;

        hook_state_write(state, &text);
        r = text_check(&text, err);
        if (r >= 0)
                r = json_parse(&arena, text.data, text.length, "the state", &value, err);
        if (r < 0)
                return r;
        object.state = value;
        json_write(out, process_state_fields, &object);
        return text_check(out, err);
}

int listener_hand_over(const struct filter *filter, const struct hook_state *state, pid_t process, int pidfd, int control, int number,
                       struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(io_closep) int listener = -1, socket = -1;
        int r;

        r = compose(filter, state, process, &text, err);
        if (r < 0)
                return r;
        r = io_connect_unix(filter->listener_path, &socket, err);
        if (r < 0)
                return error_wrap(err, "linux.seccomp.listenerPath");
        r = take_listener(pidfd, control, number, &listener, err);
        if (r != 0)
                return r;
        r = io_send_fd(socket, listener, text.data, err);
        return r < 0 ? error_wrap(err, "linux.seccomp.listenerPath: %s", filter->listener_path) : 0;
}
