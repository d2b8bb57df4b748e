/* A Host Compute Service in memory, for tests: it remembers what it was asked and plays back what it was told to.
 *
 * It is as strict as the service: requests only take effect, and answer, by their operation; an unknown member of a
 * document is 0x8007000D with the member's path; ids are unique; a request in the wrong state is 0x80370105; every
 * handle, operation and string that is not given back is counted, and so is every use of one that was.
 *
 * Like the service, which is one a machine, the fake is one a process: the calls of the table carry nothing that could
 * tell two fakes apart.  It is the one piece of mutable global state in the house, behind one lock (world.c).
 * fake_reset() begins anew.  All of it may be used from any thread. */
#ifndef HCS_FAKE_FAKE_H
#define HCS_FAKE_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hcs/api.h"

const struct hcs_api *fake_api(void);
/* The table of a Windows before 2104, which can't wait for exits. */
const struct hcs_api *fake_api_without_waits(void);

/* Forgets everything, once the callbacks that are under way have returned.  All handles are void then. */
void fake_reset(void);

/* --- what goes wrong ---------------------------------------------------------------------------------------------- */

struct fake_fault {
        const char *call;               /* a member of the table, without "InNamespace": "CreateComputeSystem" */
        unsigned nth;                   /* at the nth such call from now on; 0: at every one */
        HRESULT code;                   /* what the request comes to */
        bool at_once;                   /* the call itself gives the code, there is nothing to wait for */
        bool takes_effect;              /* it happens nevertheless */
        const char *result;             /* the document of the answer (UTF-8), instead of the fake's own */
        const char16_t *raw_result;     /* the same, of any 16-bit units */
        bool no_result;                 /* no document comes, also where one is due */
        uint32_t delay_ms;              /* answers only after so long: see fake_waited_ms() */
        bool lost;                      /* takes effect and never answers */
};

/* Strings are copied.  Of several faults for one call the first that is due acts. */
void fake_inject(const struct fake_fault *fault);

/* Time passes only in waits for operations, and without anybody waiting for it: how long they would have taken. */
uint64_t fake_waited_ms(void);

/* A process ends, as if by itself: pid 0 is the first of the system.  The end of the first ends the system.  False
 * when no such process runs. */
bool fake_process_exit(const char *id, uint32_t pid, int code);
/* The service dies and comes back: handles are void (0x8037011E), listeners hear of it, systems live on. */
void fake_service_restart(void);
/* Returns once all who listen have been told of what has happened so far.  Not for callbacks. */
void fake_await_events(void);
/* HCS forgets a system as soon as it has stopped; Linux's engine when it is terminated, and so does the fake unless
 * told. */
void fake_forget_stopped(bool forget);

/* --- what was asked ----------------------------------------------------------------------------------------------- */

/* The journal: a line for each request and each handle opened or closed, in order, with its document:
 *     CreateComputeSystem demo {"Owner":"x"}
 *     AddResourceToOperation hcs:/Process/StdInput file 7
 *     StartComputeSystem demo
 * Caller's, free(); NULL when there is no memory. */
char *fake_journal(void);
/* How often a call was made, the plumbing (CreateOperation, LocalFree ...) included; names as in a fault. */
unsigned fake_calls(const char *call);
/* The document that the last such call brought along, or NULL; good until fake_reset(). */
const char *fake_document(const char *call);

struct fake_books {
        size_t systems, processes, operations, strings;         /* handed out and not given back */
        size_t misuses;                                         /* things no client may do */
        const char *misuse;                                     /* the first of them, NULL: none; until fake_reset() */
};
struct fake_books fake_books(void);

#endif
