/* One look at a place of the host that must not wait: a file server that is gone, or an automount, would hold up every
 * sandbox. */
#ifndef LAYERS_LOOK_H
#define LAYERS_LOOK_H

#include <stdint.h>
#include <sys/types.h>

#include "hcs/base/arena.h"

struct look {
        mode_t mode;
        uid_t uid;
        gid_t gid;
        uint64_t size;
        int64_t modified, changed;      /* nanoseconds; changed is the later of mtime and ctime */
        uint64_t mount;                 /* id of the mount that it lies on; 0 unknown */
};

/* What `path` (absolute, or relative to `dir`; "" is `dir` itself) is; a link at its end is not followed.  0, or -1 with errno. */
int look_at(int dir, const char *path, struct look *ret);

/* Where an absolute path leads to in the end, with all links followed inside `root`; NULL when nowhere.  Lives in `arena`. */
const char *look_real_place(struct arena *arena, int root, const char *path);

#endif
