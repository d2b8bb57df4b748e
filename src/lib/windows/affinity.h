/* The processors that a process-isolated container may run on: a limit of its job, which Windows names by its id. */
#ifndef LIB_WINDOWS_AFFINITY_H
#define LIB_WINDOWS_AFFINITY_H

#include "oci/windows/compile.h"

/* Once the container has started.  None wanted: nothing is done. */
int affinity_set(const struct oci_windows_documents *documents, struct error *err);

#endif
