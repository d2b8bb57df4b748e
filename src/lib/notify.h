/* sd_notify(3) for the program of a sandbox: it tells a socket of its own, /run/notify/notify.sock, and what it says of being ready is
 * handed on to the service manager that started us.  The socket lies in ROOT/ID/notify, which is bound into the sandbox at create and
 * where whoever starts it listens. */
#ifndef LIB_NOTIFY_H
#define LIB_NOTIFY_H

#include <stdint.h>

#include "hcs/base/error.h"

#define NOTIFY_DIRECTORY "notify"

/* Listens for the sandbox whose directory this is; NOTIFY_NONE when it was created without.  The socket is the caller's. */
enum { NOTIFY_NONE = 1 };
int notify_listen(int directory, int *ret_socket, struct error *err);
/* Waits until the program is ready or has ended, and tells `manager` (NOTIFY_SOCKET: a path, or '@' and a name), with the program's pid as
 * the main process. */
int notify_wait(int socket, const char *manager, uint32_t pid, struct error *err);

#endif
