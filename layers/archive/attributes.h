/* Extended attributes: which of them belong to the content of a layer, and which to the overlay that holds it. */
#ifndef LAYERS_ARCHIVE_ATTRIBUTES_H
#define LAYERS_ARCHIVE_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>

#include "hcs/base/error.h"

#define ATTRIBUTES_VALUE_MAX (64u << 10)        /* the kernel's own limit, XATTR_SIZE_MAX */

/* What says how an overlay is to be read, and what we ourselves put there for a while: never exported, never imported. */
bool attributes_is_ours(const char *name);
/* "trusted.overlay.opaque" as root, "user.overlay.opaque" else. */
const char *attributes_opaque_name(void);
/* Where archive_import() keeps a directory's look until all is in it. */
const char *attributes_pending_name(void);
const char *attributes_pending_list_name(void);

/* Calls fn for each attribute of `name` in `dir` (never followed), in the order of their names; `name` NULL: of what `dir` itself is
 * open for.  fn returns below zero to end it. */
int attributes_each(int dir, const char *name, int (*fn)(void *context, const char *name, const void *value, size_t length),
                    void *context, struct error *err);
/* Reads one; its length, or -1 and errno. */
long attributes_get(int dir, const char *name, const char *attribute, void *value, size_t size);
int attributes_set(int dir, const char *name, const char *attribute, const void *value, size_t length);    /* 0; -1 and errno */
int attributes_remove(int dir, const char *name, const char *attribute);                                   /* likewise */

#endif
