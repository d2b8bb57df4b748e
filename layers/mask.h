/* The mask: one more layer between the host's root and a scratch.  Hidden files are whiteouts in it (character device 0:0), hidden
 * directories are empty and opaque, and a few files are given anew (password hashes without hashes, a host name of its own).
 *
 * A mask is named by a digest of what it hides and lies in a home of masks:  HOME/DIGEST/tree, HOME/current -> DIGEST, and
 * HOME/refs/SCRATCH -> DIGEST for each sandbox that uses it.  HOME/watch lists the directories that were walked, with their times;
 * they are looked at again when HOME/stamp is older than five seconds.  Masks are made under a lock, beside the place, and renamed
 * there; those that nobody refers to go with the next making. */
#ifndef LAYERS_MASK_H
#define LAYERS_MASK_H

#include "layers/walk.h"

/* Which marks the union understands. */
enum mask_kind {
        MASK_FOR_ROOT,                  /* trusted.overlay.opaque */
        MASK_FOR_USER,                  /* user.overlay.opaque, and .wh..wh..opq for fuse-overlayfs */
};

struct mask {
        const char *home;
        enum mask_kind kind;
        const char *digest;             /* of the one to use */
        bool is_made;                   /* it is there and fresh: nothing is to do */
        hiding_list hidden;             /* when it is not: what to make */
        walked_list walked;
        const mount_list *mounts;
        const struct layer_wishes *wishes;
};

/* The digest to use: the current one when it is fresh and nothing is wished beside it, else by a walk.  Writes nothing. */
int mask_find(struct arena *arena, const char *home, enum mask_kind kind, const mount_list *mounts,
              const struct layer_wishes *wishes, struct mask *ret, struct error *err);
/* Makes it if need be, and refers to it under the name of a scratch. */
int mask_make(const struct mask *mask, const char *scratch_name, struct error *err);
/* HOME/DIGEST/tree; lives in `arena`. */
const char *mask_tree(struct arena *arena, const struct mask *mask);
/* The whole list, walking if need be. */
int mask_hidden(struct arena *arena, const struct mask *mask, hiding_list *ret, struct error *err);

/* mask-tree.c: writes one out below `dir`, an empty directory; `root` is the host's. */
int mask_tree_write(int dir, int root, const hiding_list *hidden, enum mask_kind kind, struct error *err);

#endif
