#include "hcs/local/control.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "hcs/base/arena.h"
#include "hcs/base/json.h"
#include "hcs/base/text.h"
#include "hcs/local/plan.h"
#include "hcs/schema/document.h"

/* Room for the descriptors of one message, aligned as the kernel wants it. */
union attachment { struct cmsghdr header; char bytes[CMSG_SPACE(CONTROL_FDS_MAX * sizeof(int))]; };

static int send_message(int socket, char tag, const char *text, const int *fds, size_t count, struct error *err)
{
        struct iovec parts[2] = {
                { .iov_base = &tag, .iov_len = 1 },
                { .iov_base = (void *)(uintptr_t)text, .iov_len = text ? strlen(text) : 0 },
        };
        struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
        union attachment extra = { 0 };
        ssize_t n;

        if (count > 0) {
                extra.header.cmsg_level = SOL_SOCKET;
                extra.header.cmsg_type = SCM_RIGHTS;
                extra.header.cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
                memcpy(CMSG_DATA(&extra.header), fds, count * sizeof(int));
                message.msg_control = &extra;
                message.msg_controllen = (socklen_t)CMSG_SPACE(count * sizeof(int));
        }

        do {
                n = sendmsg(socket, &message, MSG_NOSIGNAL);
        } while (n < 0 && errno == EINTR);
        return n < 0 ? error_errno(err, "telling the other side of the control socket") : 0;
}

int control_send(int socket, char tag, const char *text, struct error *err)
{
        return send_message(socket, tag, text, NULL, 0, err);
}

int control_send_fds(int socket, char tag, const int *fds, size_t count, struct error *err)
{
        return send_message(socket, tag, NULL, fds, count, err);
}

void control_send_error(int socket, const struct error *failure)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct doc_result result = { .error = failure->code, .error_message = failure->text };
        struct error ignored = { 0 };

        json_write(&text, doc_result_fields, &result);
        if (text_check(&text, &ignored) < 0 || text.length >= CONTROL_MAX)
                return;
        (void)control_send(socket, CONTROL_ERROR, text.data, &ignored);
}

static void take_fds(struct msghdr *message, struct control_message *ret)
{
        struct cmsghdr *header;

        ret->fd_count = 0;
        for (header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header))
                if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
                        ret->fd_count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                        memcpy(ret->fds, CMSG_DATA(header), ret->fd_count * sizeof(int));
                }
}

/* A side that went without reading what we sent shows as a reset, once; its own last words come behind. */
static ssize_t receive_message(int socket, struct msghdr *message, bool *ret_reset)
{
        for (;;) {
                ssize_t n = recvmsg(socket, message, MSG_CMSG_CLOEXEC);

                if (n >= 0 || (errno != EINTR && (errno != ECONNRESET || *ret_reset)))
                        return n;
                if (errno == ECONNRESET)
                        *ret_reset = true;
        }
}

int control_receive(int socket, int timeout_ms, struct control_message *ret, struct error *err)
{
        struct iovec parts[2] = {
                { .iov_base = &ret->tag, .iov_len = 1 },
                { .iov_base = ret->text, .iov_len = CONTROL_MAX - 1 },
        };
        union attachment extra = { 0 };
        struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2,
                                  .msg_control = &extra, .msg_controllen = sizeof(extra) };
        bool reset = false;
        ssize_t n;

        if (timeout_ms >= 0) {
                struct pollfd wait = { .fd = socket, .events = POLLIN };
                int ready;

                do {
                        ready = poll(&wait, 1, timeout_ms);
                } while (ready < 0 && errno == EINTR);
                if (ready < 0)
                        return error_errno(err, "waiting at the control socket");
                if (ready == 0)
                        return CONTROL_LATE;
        }

        n = receive_message(socket, &message, &reset);
        if (n == 0)
                return reset ? CONTROL_RESET : CONTROL_CLOSED;
        if (n < 0)
                return errno == ECONNRESET ? CONTROL_RESET : error_errno(err, "hearing the other side of the control socket");

        ret->text[n - 1] = '\0';
        take_fds(&message, ret);
        return 0;
}

int control_take_error(const struct control_message *message, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct doc_result result = { 0 };
        struct json_value *value;
        int r;

        r = json_parse(&arena, message->text, strlen(message->text), "the init's report", &value, err);
        if (r < 0)
                return r;
        r = json_read(&arena, doc_result_fields, value, &result, "", JSON_REFUSE_UNKNOWN, err);
        if (r < 0)
                return r;
        if (result.error >= 0)
                return error_set(err, E_INVALID_DATA, "the init reports a failure without a code");
        return error_set(err, result.error, "%s", result.error_message ? result.error_message : "");
}
