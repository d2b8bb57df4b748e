/* A base layer: a folder with the files of a Windows (Files, and UtilityVM\Files for machines), made one that sandboxes can stand on.
 * What is added there (hcs-documents.md 4.4): Hives and Layout, and of disks
 *
 *      blank-base.vhdx, blank.vhdx                                     an empty scratch, and a child of it, for whoever copies it
 *      UtilityVM\SystemTemplateBase.vhdx, UtilityVM\SystemTemplate.vhdx       what a machine boots with, and a child of it
 *
 * While that is under way the file hcs-sandbox.setup lies there, locked, with something in it.  When nobody has it locked it was broken
 * off: the next setup takes away what that one made, and begins anew. */
#ifndef LIB_WINDOWS_BASE_LAYER_H
#define LIB_WINDOWS_BASE_LAYER_H

#include "src/lib/host.h"

struct base_layer { const char *path, *utility_vm; };   /* utility_vm: NULL when it is for containers alone */

/* Looks at the folder, which has to be there, with its files.  The texts live in `arena`. */
int base_layer_look(struct base_layer *ret, struct arena *arena, const char *path, struct error *err);
/* All or nothing, but for a call that was given up.  `again`: what an earlier one made is taken away first; otherwise it is an error. */
int base_layer_set_up(const struct sandbox_host *host, const struct base_layer *layer, bool again, struct error *err);

#endif
