/* Access lists as tar programs write them (SCHILY.acl.*), to the attribute that the kernel knows. */
#ifndef LAYERS_ARCHIVE_ACCESS_LIST_H
#define LAYERS_ARCHIVE_ACCESS_LIST_H

#include <archive_entry.h>

#include "layers/archive/place.h"

/* Gives what was made at `path` the lists that the entry has; none is fine. */
int access_list_give(struct place *place, const char *path, struct archive_entry *entry, struct error *err);

#endif
