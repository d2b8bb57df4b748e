/* Secrets by rule: walks what belongs to the system and lists what "other" may not read or enter, and what is a secret by name.
 * Tells the directories it looked into, with their times, so that a later caller can see whether anything may have changed. */
#ifndef LAYERS_WALK_H
#define LAYERS_WALK_H

#include <stdint.h>

#include "layers/mounts.h"
#include "layers/rules.h"

struct walked { const char *path; int64_t changed; };  /* nanoseconds: the later of mtime and ctime */
typedef LIST_OF(struct walked) walked_list;

/* `root` is a descriptor of "/" but in tests.  Directories on other file systems are entered only when `mounts` calls them
 * disks.  All strings live in `arena`. */
int walk_secrets(struct arena *arena, int root, const mount_list *mounts, hiding_list *ret, walked_list *ret_walked,
                 struct error *err);
/* Adds to a list that grows by doubling. */
int hiding_add(struct arena *arena, hiding_list *list, const char *path, const char *why, bool directory, struct error *err);
/* Is the path, or a directory above it, in the list? */
bool hiding_covers(const hiding_list *list, const char *path);
/* Has none of them changed since? */
int64_t walk_time_of(int root, const char *path);      /* -1 when it is gone */

#endif
