/* The tree of an overlay's upper directory copied as it is: with holes, names of one file, whiteouts and the overlay's own marks. */
#ifndef LAYERS_COPY_TREE_H
#define LAYERS_COPY_TREE_H

#include <stdbool.h>

#include "hcs/base/error.h"

/* Makes `to_name`, which must not be there.  `owners` false: all is the caller's.  On failure some of it is there.  Nobody may write to
 * either meanwhile. */
int copy_tree(int from, const char *name, int to, const char *to_name, bool owners, struct error *err);

#endif
