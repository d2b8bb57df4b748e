/* Scratches that have a name: kept in DATA/scratches/NAME when their sandbox is deleted, for a later one to go on from (scratch.h says
 * what is in one).  Each has one user at a time.
 *
 * Beside them may stand what a killed call has left, which the next one that makes or removes something clears away:
 *
 *      .new-XXXXXXXXXXXXXXXX   a clone that is being made
 *      .gone-XXXXXXXXXXXXXXXX  one that is being removed
 *
 * Both are locked by the process that is at them. */
#ifndef LAYERS_SCRATCHES_H
#define LAYERS_SCRATCHES_H

#include <stdint.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/macros.h"

#define SCRATCHES_DIRECTORY "scratches"
#define SCRATCHES_PREFIX "name:"        /* before a name, where a path could be meant (layer_wishes.scratch) */

enum { SCRATCHES_ABSENT = 1 };

/* `holder`: the state directory of the sandbox that uses it; NULL: nobody does.  `begun` and `used`: seconds since 1970.  `limit`: in
 * bytes; 0: none. */
struct scratches_entry { const char *name, *holder; int64_t begun, used; uint64_t limit; };
typedef LIST_OF(struct scratches_entry) scratches_list;

/* Names are those of layers (store_check_name()). */
int scratches_check_name(const char *name, struct error *err);
/* Where it is, or would be; lives in `arena`, NULL without memory. */
const char *scratches_path(struct arena *arena, const char *data, const char *name);
/* By name; none is an empty list. */
int scratches_find(struct arena *arena, const char *data, scratches_list *ret, struct error *err);
/* Refused while a sandbox uses it, by its name.  SCRATCHES_ABSENT. */
int scratches_remove(const char *data, const char *name, struct error *err);

struct scratches_source {
        const char *path;               /* a scratch; a named one's is scratches_path() */
        const char *holder;             /* a state directory that may use it meanwhile, since it is stopped; NULL: nobody may */
        const char *layout;             /* what its parts belong to, of one that has no layout yet; NULL: it has */
        int64_t begun;                  /* and when its sandbox was created */
        long begun_ns;
        uint64_t limit;                 /* that a quota gives it, in bytes: the second one has it too, by an image; 0: none */
};

/* Makes a second one with the same changes: blocks are shared where the file system can, else copied.  It is there whole or not at
 * all.  SCRATCHES_ABSENT when the source is not there. */
int scratches_clone(const char *data, const struct scratches_source *source, const char *name, struct error *err);

#endif
