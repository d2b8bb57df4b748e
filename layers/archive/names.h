/* The names in a layer: what OCI's whiteouts are called, and what an entry's path may be. */
#ifndef LAYERS_ARCHIVE_NAMES_H
#define LAYERS_ARCHIVE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/error.h"

#define NAMES_MARK ".wh."
#define NAMES_MARK_LENGTH 4
#define NAMES_OPAQUE ".wh..wh..opq"
#define NAMES_PATH_MAX 4095

/* A path as bytes that lead down from the layer's top: "" for the top itself, else names with one '/' between, none of them "." or
 * "..".  E_INVALID_DATA, with the reason and without the path: absolute, "..", a name or a path that is too long, too deep, empty, a
 * whiteout on the way.  `ret` has room for NAMES_PATH_MAX + 1. */
int names_clean(const char *path, uint32_t depth, char *ret, struct error *err);
/* Where the last name of a clean path begins. */
const char *names_last(const char *path);

/* Is the name a whiteout's, of either kind? */
bool names_is_mark(const char *name);

#endif
