/* The control socket between the engine and an init: whole messages, descriptors with one now and then, and errors that arrive
 * as the errors they were. */
#ifndef HCS_LOCAL_CONTROL_H
#define HCS_LOCAL_CONTROL_H

#include <stddef.h>

#include "hcs/base/error.h"

#define CONTROL_MAX     8192
#define CONTROL_FDS_MAX 16

struct control_message {
        char tag;
        char text[CONTROL_MAX];
        int fds[CONTROL_FDS_MAX];       /* the receiver's to close */
        size_t fd_count;
};

enum { CONTROL_CLOSED = 1, CONTROL_LATE = 2, CONTROL_RESET = 3 };

/* `text` may be NULL.  Never raises SIGPIPE. */
int control_send(int socket, char tag, const char *text, struct error *err);
int control_send_fds(int socket, char tag, const int *fds, size_t count, struct error *err);
/* Sends what went wrong. */
void control_send_error(int socket, const struct error *failure);
/* One message; CONTROL_CLOSED when the other side is gone, CONTROL_RESET when it went without reading what we sent, CONTROL_LATE
 * after timeout_ms (-1: waits for ever). */
int control_receive(int socket, int timeout_ms, struct control_message *ret, struct error *err);
/* Turns a CONTROL_ERROR's text into *err and returns its code. */
int control_take_error(const struct control_message *message, struct error *err);

#endif
