/* Where a sandbox's writes go: a directory with upper/ and work/, and the same once more for each further file system. */
#ifndef LAYERS_SCRATCH_H
#define LAYERS_SCRATCH_H

#include <stddef.h>

#include "hcs/base/error.h"

/* Can an overlay write there?  `path` need not be there yet: the nearest directory that is counts.  An error names the file
 * system and what to do. */
int scratch_check(const char *path, struct error *err);
/* Makes it; upper/ is made like "/", volumes/N/upper like volume N's top.  A kept one may be there already; `owner` is the state
 * directory of the sandbox that holds it from now on. */
int scratch_make(const char *path, const char *const *volumes, size_t volume_count, const char *owner, struct error *err);

#endif
