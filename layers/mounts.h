/* The host's mounts, as far as a copy of it is concerned. */
#ifndef LAYERS_MOUNTS_H
#define LAYERS_MOUNTS_H

#include <stdbool.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/macros.h"

struct mount_entry { const char *path, *type; bool on_disk; };  /* on_disk: a local disk file system */
typedef LIST_OF(struct mount_entry) mount_list;

/* Everything mounted below "/", in the order of mounting.  `file` is /proc/self/mountinfo but in tests. */
int mounts_read(struct arena *arena, const char *file, mount_list *ret, struct error *err);
/* Is something mounted at or below the path? */
bool mounts_has_below(const mount_list *mounts, const char *path);

#endif
