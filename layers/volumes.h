/* Which directories get layers of their own, by the way that is taken. */
#ifndef LAYERS_VOLUMES_H
#define LAYERS_VOLUMES_H

#include "layers/mask.h"

/* For MASK_OVERLAY the file systems that come along; for MASK_DIRECTORIES each top-level directory, and where something is
 * mounted beneath, which the kernel refuses, those within it; for MASK_FUSE none.  What lies in a directory that had to be taken
 * apart is added to *extra, as part of the mask.  `mounts` are all, `selected` those that count; `hidden` is settled. */
int volumes_choose(struct arena *arena, int root, enum mask_way way, const mount_list *mounts, const mount_list *selected,
                   const hiding_list *hidden, mask_volume_list *ret, mask_entry_list *extra, struct error *err);
/* Finds out for which of them the mask has something. */
void volumes_match(mask_volume_list *volumes, const mask_entry_list *entries);

#endif
