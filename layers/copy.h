/* One entry of a tree copied to another place with all that belongs to it: holes, owner, mode, attributes, times.  Everything is
 * done through descriptors of what was just made, since somebody else may be able to write to the directory. */
#ifndef LAYERS_COPY_H
#define LAYERS_COPY_H

#include <stdbool.h>

#include "hcs/base/error.h"

/* Makes `to_name`, which must not be there; a directory is made empty, with mode 0700, and gets its looks by copy_looks() when what
 * is to be in it is there.  `owners` false: it is the caller's. */
int copy_entry(int from, const char *name, int to, const char *to_name, bool owners, struct error *err);
/* Owner, mode and attributes; `times` as well.  Both are descriptors of directories, or of files that are open. */
int copy_looks(int from, int to, bool owners, bool times, struct error *err);

#endif
