/* /proc/PID/mountinfo, read. */
#ifndef HCS_LOCAL_MOUNTINFO_H
#define HCS_LOCAL_MOUNTINFO_H

#include <stdint.h>
#include <sys/types.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/macros.h"

struct mountinfo_line {
        uint32_t id;
        dev_t device;                   /* of the file system */
        const char *root;               /* what of it is seen */
        const char *place;              /* where, for processes of that mount namespace */
        const char *type;               /* "tmpfs" */
};
typedef LIST_OF(struct mountinfo_line) mountinfo;

/* A line that is not understood is passed over.  All lives in `arena`. */
int mountinfo_parse(struct arena *arena, const char *text, mountinfo *ret, struct error *err);
/* Of a process; 0: our own. */
int mountinfo_read(struct arena *arena, pid_t pid, mountinfo *ret, struct error *err);

#endif
