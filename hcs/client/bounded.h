/* A call of the table that has no operation, and so no deadline of its own: it is made on a thread of its own, waited for as
 * operations are (with a word after three seconds), and given up when its time is over.  Nobody can make such a call end: its
 * thread stays in it, and so everything that it reads and writes has to live as long, whatever becomes of the caller.
 *
 * So a call is a struct on the heap that begins with this one and holds all of that: copies of what goes in, room for what comes
 * out.  Handles that go in are not closed by whoever gave the call up.  On Linux the engine is in the process and nothing waits:
 * calls are made where they stand. */
#ifndef HCS_CLIENT_BOUNDED_H
#define HCS_CLIENT_BOUNDED_H

#include <stdint.h>

#include "hcs/base/error.h"

struct hcs_client;

struct hcs_bounded {
        void (*make)(struct hcs_bounded *bounded);      /* the call, and nothing else */
        /* Of one that was given up, once it came back: closes what it made, frees all of it.  On the call's thread, and maybe
         * long after the client has gone. */
        void (*end)(struct hcs_bounded *bounded);
        /* bounded-windows.c's own */
        int32_t state;
        int32_t *strays;
};

/* Makes it.  0: it has been made, whatever came of it, and is the caller's as before.  HCS_E_OPERATION_TIMEOUT: it was given up,
 * and is not the caller's any more.  Any other failure: it was not made, and is the caller's.  deadline_ms is for clients that
 * have none of their own; `call` and `id` are for the words. */
int hcs_bounded_make(const struct hcs_client *client, const char *id, const char *call, uint32_t deadline_ms,
                     struct hcs_bounded *bounded, struct error *err);

#endif
