/* The handle of a sandbox, as the files that carry out src/lib/sandbox.h share it: its place, its lock, the service's handle. */
#ifndef LIB_WINDOWS_HANDLE_H
#define LIB_WINDOWS_HANDLE_H

#include "hcs/client/client.h"
#include "src/lib/record.h"
#include "src/lib/sandbox.h"
#include "src/lib/windows/place.h"
#include "src/lib/windows/plan.h"

#define SLOW_MS 3000                    /* from here on it is said what is waited for */
#define MONITOR_MS 20000                /* how long a delete waits for the monitor to take the sandbox off the host */

struct sandbox {
        struct sandbox_host *host;
        char *id;
        struct place place;
        void *lock;
        struct hcs_system *system;      /* NULL until asked for; stays */
};

/* There need not be anything of it yet. */
int winsandbox_new(const struct sandbox_host *host, const char *id, struct sandbox **ret, struct error *err);
/* SANDBOX_NO_RECORD: it is being made or undone. */
int winsandbox_record(const struct sandbox *sandbox, struct arena *arena, struct sandbox_record *ret, struct error *err);
/* The sandbox's documents, composed again. */
int winsandbox_plan(const struct sandbox *sandbox, struct winplan *ret, struct error *err);
/* --timeout, or what is usual. */
uint32_t winsandbox_deadline(const struct sandbox *sandbox, uint32_t usual_ms);
/* Of the calls at work on a sandbox, one.  Unlocking what is not locked does nothing. */
int winsandbox_lock(struct sandbox *sandbox, struct error *err);
void winsandbox_unlock(struct sandbox *sandbox);
/* The engine's handle, in the struct; HCS_NOT_FOUND when the service knows nothing, which is an error of the second. */
int winsandbox_open_system(struct sandbox *sandbox, struct error *err);
int winsandbox_need_system(struct sandbox *sandbox, struct error *err);

#endif
