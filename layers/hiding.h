/* The list of what a copy of this machine hides, with the reasons. */
#ifndef LAYERS_HIDING_H
#define LAYERS_HIDING_H

#include <stdbool.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/macros.h"

/* One thing to hide.  A directory stays, empty; anything else is absent. */
struct hiding { const char *path; const char *why; bool directory; };
typedef LIST_OF(struct hiding) hiding_list;

/* Adds to a list that grows by doubling.  `path` and `why` are borrowed. */
int hiding_add(struct arena *arena, hiding_list *list, const char *path, const char *why, bool directory, struct error *err);
/* Is the path, or a directory above it, in the list? */
bool hiding_covers(const hiding_list *list, const char *path);
/* Sorts it, parents first, and drops what lies in a directory that is hidden anyway. */
void hiding_settle(hiding_list *list);
/* The order of paths in which what lies in a directory comes right behind it. */
int hiding_compare_paths(const char *a, const char *b);

/* Room for one more in an arena's list of any kind that is only grown by this. */
int hiding_grow(struct arena *arena, void **items, size_t count, size_t size, struct error *err);

#endif
