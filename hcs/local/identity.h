/* Who a sandbox's processes are to the host: the id maps of a new user namespace, written from outside. */
#ifndef HCS_LOCAL_IDENTITY_H
#define HCS_LOCAL_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "hcs/base/error.h"
#include "hcs/schema/specification.h"

/* Writes /proc/PID/{uid_map,gid_map}.  A caller without CAP_SETUID over the ids maps itself directly (and setgroups is denied
 * then), and more ids through newuidmap and newgidmap. */
int identity_map(pid_t pid, const struct spec_linux *linux_, struct error *err);

#endif
