/* Files with more than one name: which name was the first. */
#ifndef LAYERS_ARCHIVE_LINKS_H
#define LAYERS_ARCHIVE_LINKS_H

#include <stddef.h>
#include <sys/stat.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"

struct links_slot { dev_t device; ino_t inode; const char *path; };
struct links { struct arena arena; struct links_slot *slots; size_t size, count; };     /* zeroed is empty */

/* *ret is the first name, or NULL when this is it; the name lives as long as the links do. */
int links_find(struct links *links, const struct stat *what, const char *path, const char **ret, struct error *err);
void links_done(struct links *links);

#endif
