/* The changes of a stopped sandbox brought to this machine, undone again, or thrown away. */
#ifndef LIB_APPLY_H
#define LIB_APPLY_H

#include "layers/apply.h"
#include "src/lib/sandbox.h"

struct sandbox_apply {
        struct strings paths;           /* absolute; empty: everything */
        bool dry_run, force, set_user_id;
};

/* What came of it; lives in the arena. */
struct sandbox_applied {
        change_list changes;            /* that were applied, or would be */
        apply_note_list refused;        /* when there are any, nothing was done */
        apply_note_list left_out;
};

enum { SANDBOX_REFUSED = 4, SANDBOX_NOTHING_TO_UNDO = 5 };

/* 0: done (or, dry, could be done); SANDBOX_REFUSED: `refused` says why nothing was.  All or nothing, also over a crash: whoever
 * applies next finishes or takes back what was begun. */
int sandbox_apply(struct sandbox *sandbox, const struct sandbox_apply *wish, struct arena *arena, struct sandbox_applied *ret,
                  struct error *err);
/* The last one that was carried out; SANDBOX_NOTHING_TO_UNDO. */
int sandbox_undo(const struct sandbox_host *host, bool force, struct error *err);
/* Empties the scratch; the sandbox stays. */
int sandbox_discard(struct sandbox *sandbox, struct error *err);

/* An error for one that may change more. */
int sandbox_need_stopped(struct sandbox *sandbox, struct arena *arena, struct error *err);
/* When its changes began: for a kept scratch, with the first sandbox that had it. */
int sandbox_since(struct sandbox *sandbox, struct arena *arena, struct timespec *ret, struct error *err);

#endif
