/* Mounts whose files belong to others than on their disk (mounts[].uidMappings, gidMappings, options idmap and ridmap).
 *
 * The engine makes them, not the init: the kernel asks for rights over the file system's own user namespace, which an init in a new one
 * has not.  The mapping itself is a user namespace, made for it and left again. */
#ifndef HCS_LOCAL_IDMAP_H
#define HCS_LOCAL_IDMAP_H

#include "hcs/base/error.h"
#include "hcs/schema/document.h"

/* A detached view of the source of a bind mount, with its mapping: the caller's descriptor.  One without mappings of its own gets those
 * of the sandbox. */
int idmap_make(const struct doc_hosted_system *hosted, const struct spec_mount *mount, struct error *err);

#endif
