/* Files with more than one name: which name was the first. */
#ifndef LAYERS_WINDOWS_LINKS_H
#define LAYERS_WINDOWS_LINKS_H

#include <stddef.h>
#include <stdint.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"

struct winlinks_slot { uint64_t device, number; const char *path; };
struct winlinks { struct arena arena; struct winlinks_slot *slots; size_t size, count; };       /* zeroed is empty */

/* *ret is the first name, or NULL when this is it; lives as long as the links do. */
int winlinks_find(struct winlinks *links, uint64_t device, uint64_t number, const char *path, const char **ret, struct error *err);
void winlinks_done(struct winlinks *links);

#endif
