/* The end of an import. */
#ifndef LAYERS_ARCHIVE_SEAL_H
#define LAYERS_ARCHIVE_SEAL_H

#include <stdbool.h>

#include "hcs/base/error.h"
#include "layers/archive/tree.h"

/* Gives every directory the mode, the time and the default access list that place_directory() noted; those that were only on the way
 * to something get 0755 and the time 0.  Adds to `tree` all entries but plain files with one name; `linked` false says that no file
 * has another. */
int seal_tree(int dir, bool linked, struct tree *tree, struct error *err);

#endif
