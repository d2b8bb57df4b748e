/* The monitor's word on a sandbox: ROOT/ID/status.json. */
#ifndef LIB_WINDOWS_STATUS_H
#define LIB_WINDOWS_STATUS_H

#include <stdbool.h>

#include "hcs/base/arena.h"
#include "src/lib/windows/place.h"

enum win_status_state { WIN_STATUS_CREATING = 1, WIN_STATUS_CREATED, WIN_STATUS_RUNNING, WIN_STATUS_STOPPED };

#define WIN_STATUS_ID_MAX 300            /* an id has 255 bytes, and what stands behind it for a machine a few more */

struct win_status {
        int state;                      /* enum win_status_state */
        uint32_t monitor;               /* its pid, which is the sandbox's */
        uint32_t process;               /* the first process, as HCS counts inside; 0: none yet */
        bool hooks_due;                 /* its poststop hooks are to run when it is deleted */
        int32_t exit_code;              /* -1: not known */
        char pauses[WIN_STATUS_ID_MAX]; /* the system that is to be paused: the machine of a container that has one; "": none yet */
};

int win_status_write(const struct place *place, const struct win_status *status, struct error *err);
/* A monitor that is gone without a word has left the sandbox stopped; a file that is not there yet says "creating". */
int win_status_read(const struct place *place, struct win_status *ret, struct error *err);

#endif
