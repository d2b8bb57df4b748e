/* Layers that were imported, and what verbs about layers are at, on Windows.
 *
 *      DATA\layers\NAME            the layer, made by HcsImportLayer in its last place: its id is made of the folder's name
 *      DATA\layers\NAME.json       what it is (struct winstore_layer), written last: without it the folder is a leftover
 *      DATA\layers\.work\NAME.*    NAME.lock is held while somebody is at work on the layer; NAME.in and NAME.out are folders of the
 * transport
 *                                  form.  A sandbox's begin with "@ID".  Whoever comes next removes what nobody has locked
 *
 * Only administrators and the system may come in (place.h). */
#ifndef LIB_WINDOWS_LAYER_STORE_H
#define LIB_WINDOWS_LAYER_STORE_H

#include "hcs/base/arena.h"
#include "hcs/base/json.h"
#include "hcs/schema/windows-storage.h"
#include "src/lib/host.h"

enum { WINSTORE_ABSENT = 1 };

/* Digests are "sha256:" and 64 digits: of the file and of the tar that were imported; `tree` is that of a tar of what HCS exports of it. */
struct winstore_layer {
        const char *name, *created, *source, *path;
        struct strings parents;         /* uppermost first, the base last */
        const char *digest, *diff_id, *tree;
        uint64_t size, bytes, entries;
};
typedef LIST_OF(struct winstore_layer) winstore_list;
extern const struct json_field winstore_layer_fields[];

struct winstore { const struct sandbox_host *host; const char *path, *work; };

/* Makes it when it is not there, and cleans up.  The paths live in `arena`. */
int winstore_open(const struct sandbox_host *host, struct arena *arena, struct winstore *ret, struct error *err);
int winstore_check_name(const char *name, struct error *err);

/* For as long as somebody is at work on it; waits a little.  `name`: a layer's, or "@" and a sandbox's.  *ret is ended by
 * winstore_release(),
 * which takes the folders away. */
struct winstore_work { const struct winstore *store; const char *name, *in, *out; void *lock; };
int winstore_claim(const struct winstore *store, struct arena *arena, const char *name, struct winstore_work *ret, struct error *err);
int winstore_release(struct winstore_work *work, struct error *err);

/* The folder of a layer, there or not. */
const char *winstore_path(const struct winstore *store, struct arena *arena, const char *name);
/* WINSTORE_ABSENT. */
int winstore_read(const struct winstore *store, struct arena *arena, const char *name, struct winstore_layer *ret, struct error *err);
int winstore_write(const struct winstore *store, const struct winstore_layer *layer, struct error *err);
int winstore_forget(const struct winstore *store, const char *name, struct error *err);
/* By name. */
int winstore_read_all(const struct winstore *store, struct arena *arena, winstore_list *ret, struct error *err);

/* What HCS is told of the parents; all lives in `arena`. */
int winstore_parents(struct arena *arena, const struct strings *paths, struct win_layer_data *ret, struct error *err);
/* The id of a sandbox that stands on the layer at `path`; *ret stays NULL when there is none. */
int winstore_find_user(const struct winstore *store, struct arena *arena, const char *path, const char **ret, struct error *err);

#endif
