/* Chosen changes of a sandbox brought to the host: planned (pure reading), then carried out by a journal, all or none.
 *
 * A conflict is a place that the host changed since the sandbox began.  How that is known: the change time (ctime) of what the host
 * has there, which nobody can set, is not before the moment at which the sandbox was created; or it is gone, though the scratch has a
 * copy of something (an origin), and the directory was changed since.  A directory's own mode and owner are in conflict when they are
 * not what they were compared with; its change time says nothing, since each new entry moves it.  So a clock that was set back in
 * between can hide a conflict.  It does not matter when the sandbox read a file: what it saw may have been the host's newer one
 * already, and is refused all the same.
 *
 * What came of a named layer is new to the host as far as it was changed: whole files, and the directories that lead to them (`leads`,
 * for which the question is to be asked with `leading`).  Its deletion is nothing to be done, and told.  What a layer covered on the
 * host is in conflict, whatever its time: it was never seen.
 *
 * What the mask hides is never touched: it is left out, and told.  Of /etc/shadow and /etc/gshadow, for which the mask has something
 * of its own, the accounts that were added, removed or changed are carried over, one by one and field by field. */
#ifndef LAYERS_APPLY_H
#define LAYERS_APPLY_H

#include "hcs/base/text.h"
#include "layers/changes.h"
#include "layers/journal.h"

struct apply_wish {
        const struct changes_question *question;
        const change_list *changes;
        struct strings paths;           /* clean; each with all that is in it; empty: everything */
        struct timespec since;          /* when the sandbox began */
        bool force;                     /* conflicts don't matter */
        bool set_user_id;               /* programs with set-user-id, set-group-id or capabilities are taken over */
};

struct apply_note { const char *path; const char *why; };
typedef LIST_OF(struct apply_note) apply_note_list;

/* How one step of the journal is prepared. */
struct apply_source {
        const struct change *change;    /* NULL: nothing to prepare */
        size_t first, count;            /* changes in a directory that is new as a whole: indexes into `inside` */
        const char *content;            /* a file that was merged; NULL: the scratch's */
        size_t length;
};

struct apply_plan {
        const struct apply_wish *wish;
        change_list chosen;
        apply_note_list refused;        /* any of these: nothing is done */
        apply_note_list left_out;
        journal_list steps;
        LIST_OF(struct apply_source) sources;   /* one a step */
        LIST_OF(const struct change *) inside;
};

int apply_make_plan(struct arena *arena, const struct apply_wish *wish, struct apply_plan *ret, struct error *err);
/* `place` is of journal_open(), and recovered (journal_recover()).  On failure nothing has changed. */
int apply_carry_out(struct arena *arena, int place, struct apply_plan *plan, struct error *err);

/* Three versions of a file of accounts, "name:field:..." a line: what `mine` changed of `base` is done to `theirs`. */
int apply_merge(const char *base, const char *mine, const char *theirs, struct text *out, struct error *err);

#endif
