/* The one helper program that a sandbox may have: fuse-overlayfs, for host copy-on-write without root.  It runs outside the
 * sandbox's pid and mount namespaces (the program can neither see nor trace it) but in its user namespace, and serves a
 * descriptor of /dev/fuse that the init has mounted: when the sandbox's mount namespace dies, the connection does, and so
 * does the helper.  It is recorded and ended at Terminate all the same. */
#ifndef HCS_LOCAL_HELPER_H
#define HCS_LOCAL_HELPER_H

#include <sys/types.h>

#include "hcs/base/error.h"
#include "hcs/schema/document.h"

/* Starts it for `storage` on the descriptor `fuse`, in the user namespace of process `pid`. */
int helper_start(const struct doc_storage *storage, int fuse, pid_t pid, pid_t *ret, struct error *err);

#endif
