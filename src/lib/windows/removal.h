/* All that a sandbox has on this host, undone: by its delete, or by a create that failed. */
#ifndef LIB_WINDOWS_REMOVAL_H
#define LIB_WINDOWS_REMOVAL_H

#include "src/lib/windows/handle.h"

/* The record goes last, so what fails can be tried again.  Unlocks the sandbox. */
int winsandbox_undo(struct sandbox *sandbox, struct error *err);

#endif
