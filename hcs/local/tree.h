/* Mounts as values: each is made detached, gets its attributes, and is put in place by descriptor.  Thin over fsopen, open_tree,
 * mount_setattr, move_mount (Linux 5.12 and later). */
#ifndef HCS_LOCAL_TREE_H
#define HCS_LOCAL_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/error.h"

/* A file system being composed; the options are checked by the kernel as they are given. */
struct tree_maker { int context; const char *type; };

void tree_maker_done(struct tree_maker *maker);
int tree_begin(struct tree_maker *maker, const char *type, struct error *err);
/* value NULL: a flag. */
int tree_option(struct tree_maker *maker, const char *name, const char *value, struct error *err);
/* The detached mount, the caller's. */
int tree_finish(struct tree_maker *maker, uint64_t attributes, struct error *err);

/* A detached clone of what lies at `path` below `dir` (path "" is the descriptor itself). */
int tree_clone(int dir, const char *path, bool recursive, struct error *err);
int tree_attributes(int tree, uint64_t set, uint64_t clear, bool recursive, struct error *err);
/* propagation: one of MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE. */
int tree_propagation(int tree, uint64_t propagation, bool recursive, struct error *err);
/* Mounts `tree` on what the descriptor `target` is. */
int tree_put(int tree, int target, struct error *err);

#endif
