/* Named layers: what was imported, below the data directory.
 *
 *      DATA/layers/NAME/layer.json     what it is (struct store_record), written last
 *      DATA/layers/NAME/0 1 2 ...      the trees, lowermost first: lower layers of overlays
 *      DATA/layers/.use/NAME@SCRATCH   a link to the state directory of the sandbox (ROOT/ID) that stands on it; one whose directory
 *                                      is gone counts no more
 *      DATA/layers/.making-*           what an import is at, locked by it; whoever comes next removes what nobody has locked
 *      DATA/layers/.gone-*             the same for what is being removed
 *
 * All of it is its owner's alone (0700), so that set-uid programs and devices in a layer are data to everybody else.  A layer appears by
 * rename and is never changed.  DATA/layers itself is locked for the few calls that look who uses what. */
#ifndef LAYERS_STORE_H
#define LAYERS_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/json.h"
#include "hcs/base/macros.h"

#define STORE_NAME_MAX 100
#define STORE_LAYERS_MAX 10             /* in one stack; the kernel's mount calls end a little above */

enum { STORE_ABSENT = 1 };

/* Digests are "sha256:" and 64 digits; `tree` is archive_tree_digest()'s. */
struct store_layer { const char *digest, *diff_id, *tree; uint64_t size, bytes, entries; };
struct store_record { const char *name, *created, *source; LIST_OF(struct store_layer) layers; };
typedef LIST_OF(struct store_record) store_record_list;

extern const struct json_field store_record_fields[];

/* 1 to STORE_NAME_MAX of a-z A-Z 0-9 . _ - and beginning with a letter or digit. */
int store_check_name(const char *name, struct error *err);

struct store { int dir; const char *path; };    /* DATA/layers, which lives in the caller's arena */

/* Opens it; `make` says whether it is made.  STORE_ABSENT when it is not there.  Ends with io_closep(&store.dir). */
int store_open(struct arena *arena, const char *data, bool make, struct store *ret, struct error *err);

/* The record of one layer; STORE_ABSENT. */
int store_read(const struct store *store, struct arena *arena, const char *name, struct store_record *ret, struct error *err);
/* All, by name. */
int store_list(const struct store *store, struct arena *arena, store_record_list *ret, struct error *err);

/* One that is being made: nothing of it can be seen until store_commit(). */
struct store_making { const struct store *store; const char *name; char temporary[64]; int dir; bool done; };

/* Refuses a name that is taken, and cleans up what killed ones have left. */
int store_begin(const struct store *store, const char *name, struct store_making *ret, struct error *err);
/* Makes and opens the directory of the next tree: number 0, 1, ... */
int store_add_tree(const struct store_making *making, unsigned number, int *ret_fd, struct error *err);
/* Writes the record, syncs, and puts all in place. */
int store_commit(struct store_making *making, const struct store_record *record, struct error *err);
/* Removes it, when it was not committed. */
void store_making_done(struct store_making *making);

/* Removes a layer; refused while a sandbox uses it, by its name.  STORE_ABSENT. */
int store_remove(const struct store *store, const char *name, struct error *err);

/* Says that the sandbox with the state directory `owner` and the scratch `scratch` uses the layer; store_use_path() is what says so, and
 * goes with layer_mask_release().  STORE_ABSENT. */
int store_use(const struct store *store, const char *name, const char *scratch, const char *owner, struct error *err);
const char *store_use_path(struct arena *arena, const char *data, const char *name, const char *scratch);

#endif
