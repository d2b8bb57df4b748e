/* The end of an import. */
#ifndef LAYERS_ARCHIVE_SEAL_H
#define LAYERS_ARCHIVE_SEAL_H

#include "hcs/base/error.h"

/* Gives every directory the mode, the time and the default access list that place_directory() noted; those that were only on the way
 * to something get 0755 and the time 0. */
int seal_tree(int dir, struct error *err);

#endif
