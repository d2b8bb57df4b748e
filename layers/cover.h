/* All that a copy of this machine is to hide, composed: places, secrets by rule, what is mounted and does not come along, and what
 * a bundle wishes. */
#ifndef LAYERS_COVER_H
#define LAYERS_COVER_H

#include "layers/host.h"
#include "layers/mounts.h"
#include "layers/walk.h"

struct cover_question {
        const mount_list *mounts;               /* selected */
        const struct layer_wishes *wishes;
        struct strings own;                     /* directories of ours: the data directory and the state */
};

/* `root` is a descriptor of "/" but in tests.  The list is settled; all strings live in `arena`. */
int cover_compose(struct arena *arena, int root, const struct cover_question *question, hiding_list *ret,
                  walked_list *ret_walked, struct error *err);

#endif
