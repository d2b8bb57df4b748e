/* Where a sandbox's writes go: a directory with upper/ and work/, and the same once more for each directory with layers of its
 * own.  A kept one also has
 *
 *      in-use          the state directory of the sandbox that holds it; one whose directory is gone holds nothing
 *      layout          what its parts belong to, since volumes/N means nothing without
 *      unfinished      until the sandbox for which it was made stands: that one's failure takes it away again
 *
 * One of limited size has all but those in a file (scratch-image.h). */
#ifndef LAYERS_SCRATCH_H
#define LAYERS_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hcs/base/error.h"
#include "hcs/base/text.h"

#define SCRATCH_LAYOUT "layout"

struct scratch {
        const char *path;
        const char *const *volumes;             /* for each, the directory whose top volumes/N/upper is made like */
        size_t volume_count;
        bool memory;                            /* on a tmpfs of its own, which is mounted on `path`; never a kept one */
        const char *owner, *layout;             /* of a kept one; NULL else */
        uint64_t size;                          /* its limit in bytes; 0: none, or what it has already */
        bool image;                             /* it has a limit, and so a file */
        bool project;                           /* it has a limit, by a quota (scratch-project.h) */
};

/* Can an overlay write there?  `path` need not be there yet: the nearest directory that is counts.  An error names the file
 * system and what to do. */
int scratch_check(const char *path, struct error *err);
/* Makes it; upper/ is made like "/".  A kept one may be there already.  On failure a kept one is not held, and not there when it was
 * not there before. */
int scratch_make(const struct scratch *scratch, struct error *err);
/* Of one that goes with its sandbox, once that is up: removes what its overlays hold only to be warned by at a next mount, which there
 * is none of. */
void scratch_settle(const char *path);
/* Then, when nobody uses it any more: removes one in which nobody has written anything by the names that overlayfs gives to its own; of
 * any other only what is so.  What stays is for layer_scratch_remove(), and so is every complaint. */
void scratch_remove_settled(const char *path);
/* Mounts the tmpfs of one in memory on its directory, which is there. */
int scratch_mount(const struct scratch *scratch, struct error *err);
/* Of a directory that is open, `path` being its name for people: waits for the lock, which is held for a few system calls but by who
 * copies it.  Ends with the descriptor, or with LOCK_UN. */
int scratch_lock(int dir, const char *path, struct error *err);
/* Who holds it; empty when nobody does.  A holder whose state is gone holds nothing any more. */
int scratch_read_holder(int dir, struct text *ret, struct error *err);
/* Once after each boot: drops the scratches in `directory` that sandboxes of an earlier boot have left, and the references that
 * these had in `references`. */
int scratch_sweep(const char *directory, const char *references, struct error *err);

#endif
