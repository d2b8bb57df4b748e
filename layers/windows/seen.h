/* Which paths of an archive there have been so far, as Windows takes them for the same: by a digest of each, so that a million cost 32
 * MB. */
#ifndef LAYERS_WINDOWS_SEEN_H
#define LAYERS_WINDOWS_SEEN_H

#include <stdint.h>

#include "hcs/base/error.h"

/* A directory that is only on the way to something may yet come itself. */
enum winseen_kind { WINSEEN_NONE, WINSEEN_ON_THE_WAY, WINSEEN_DIRECTORY, WINSEEN_FILE, WINSEEN_LINK, WINSEEN_DELETED };

struct winseen_slot { uint64_t folded; uint32_t folded_too; uint32_t exact_and_kind; };
struct winseen { struct winseen_slot *slots; uint64_t size, count; };   /* zeroed is empty */

/* WINSEEN_NONE: it is new.  *ret_same: it was spelled as it is here. */
enum winseen_kind winseen_find(const struct winseen *seen, const char *path, int *ret_same);
/* Adds it, or changes what it is. */
int winseen_put(struct winseen *seen, const char *path, enum winseen_kind kind, struct error *err);
void winseen_done(struct winseen *seen);

#endif
