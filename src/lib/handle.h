/* A handle of a sandbox: its directory, whose descriptor is the lock, and the engine's handles, opened when they are asked for.  Linux.
 * For sandbox.c, which does all that is done with one; sandbox.h is what everybody else sees.
 * Not for several threads at once; two handles of one sandbox are each other's strangers, also in one process. */
#ifndef LIB_HANDLE_H
#define LIB_HANDLE_H

#include "layers/farewell.h"
#include "src/lib/compose.h"
#include "src/lib/sandbox.h"

struct sandbox {
        const struct sandbox_host *host;
        char *id;
        int directory;                  /* ROOT/ID */
        int view;                       /* of a scratch in a file: a mount of that; -1: not asked for */
        bool locked;                    /* through this very descriptor */
        struct hcs_system *system;      /* NULL until asked for; stays */
        struct hcs_process *first;      /* likewise */
        struct composition composition; /* of its creation, when that was through this handle */
        bool ended;                     /* its first process has, before the eyes of sandbox_wait() */
        struct layer_farewell *farewell; /* of sandbox_foresee_end(); NULL: none */
        bool sure;                      /* the system calls it back */
};

/* One without a directory; nothing need be there.  To be ended with sandbox_close(). */
int handle_new(const struct sandbox_host *host, const char *id, struct sandbox **ret, struct error *err);
/* SANDBOX_NOT_FOUND: it is not there. */
int handle_open_directory(struct sandbox *sandbox, struct error *err);

/* The engine's handle; HCS_NOT_FOUND when the engine knows nothing. */
int handle_open_system(struct sandbox *sandbox, struct error *err);
/* The same for a call that can do nothing without. */
int handle_need_system(struct sandbox *sandbox, struct error *err);

/* Waits for a call that is at work, for 10 s at most. */
int handle_lock(struct sandbox *sandbox, struct error *err);
/* Nothing to do without the lock. */
void handle_unlock(struct sandbox *sandbox);
/* SANDBOX_NOT_FOUND: while we waited for the lock the sandbox was deleted; another one may have been made under its name. */
int handle_check(const struct sandbox *sandbox, struct error *err);
/* By somebody else, who holds the lock. */
bool handle_is_being_made(const struct sandbox *sandbox);

#endif
