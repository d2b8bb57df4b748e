/* What a caller without root's rights may do on this machine, and what is missing for more. */
#ifndef LAYERS_ROOTLESS_H
#define LAYERS_ROOTLESS_H

#include <stdbool.h>

#include "hcs/base/error.h"

/* Root, in the machine's own user namespace? */
bool rootless_is_root(void);
/* May this user make user namespaces?  An error that names the setting. */
int rootless_check_namespaces(struct error *err);
/* The program of fuse-overlayfs when it can be used here, else NULL with the reason in `why`. */
const char *rootless_fuse_program(const char **why);

#endif
