/* Labels of the security modules.  A label that this kernel can't heed is an error: whoever gave it relies on it. */
#ifndef HCS_LOCAL_LABELS_H
#define HCS_LOCAL_LABELS_H

#include "hcs/base/error.h"
#include "hcs/schema/specification.h"

#define LABELS_SYS "/sys"

/* Are the modules there that a process, or a sandbox's mounts (NULL: a process alone), is labelled for?  `sys` is a sysfs. */
int labels_check(const struct spec_process *process, const char *mount_label, const char *sys, struct error *err);

#endif
