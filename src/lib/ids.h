/* Ids of sandboxes, gathered one by one from a directory and then sorted. */
#ifndef LIB_IDS_H
#define LIB_IDS_H

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/json.h"

struct ids { struct strings list; size_t size; };      /* zero-initialised is empty; lives in the arena that adds to it */

int ids_add(struct ids *ids, struct arena *arena, const char *id, struct error *err);
void ids_sort(struct ids *ids);

#endif
