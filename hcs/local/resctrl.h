/* The kernel's groups for processor caches and memory bandwidth (linux.intelRdt): the file system resctrl, whose directories at the
 * top are classes, each with a `schemata` (what it may use) and `tasks` (who is in it), and maybe monitoring groups below.
 *
 * Facts: the kernel's Documentation/filesystems/resctrl.rst; what is to be made and removed when: the OCI specification's
 * config-linux.md, "IntelRdt".  Everything goes through the mount point, so that a tree of plain files does for tests. */
#ifndef HCS_LOCAL_RESCTRL_H
#define HCS_LOCAL_RESCTRL_H

#include <stdbool.h>
#include <sys/types.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/local/mountinfo.h"
#include "hcs/schema/specification.h"
#include "hcs/schema/statistics.h"

#define RESCTRL_TOP "/sys/fs/resctrl"

/* The mount point: the usual one, else the first in mountinfo.  None is an error that says how to get one.  Lives in `arena`. */
int resctrl_find(struct arena *arena, const char **ret_mount, struct error *err);
/* The same among given mounts; NULL when there is none. */
const char *resctrl_find_in(const mountinfo *mounts);

/* A sandbox's place; paths are absolute and live in the arena. */
struct resctrl {
        const char *mount;
        const char *class;              /* NULL: nothing was asked for */
        bool make;                      /* it is not there yet */
        bool own;                       /* and goes with the sandbox: nobody else was told of its name */
        const char *monitor;            /* the sandbox's own monitoring group; NULL: none */
};

/* Decides; touches nothing.  A class that is there must be as it is wanted.  `id` is the sandbox's. */
int resctrl_compose(struct arena *arena, const char *mount, const struct spec_intel_rdt *wanted, const char *id,
                    struct resctrl *ret, struct error *err);
/* Makes the directories; call after they were written down.  On failure the caller removes them. */
int resctrl_make(const struct resctrl *place, struct error *err);
/* Writes what the class may use. */
int resctrl_fill(const struct resctrl *place, const struct spec_intel_rdt *wanted, struct error *err);
/* Puts a process in; those that it makes from then on follow. */
int resctrl_join(const struct resctrl *place, pid_t pid, struct error *err);
/* Of a living sandbox: writes what was given of the two schemata (L3, MB) and says in *ret_before, which is text_done()'s, what
 * resctrl_put_back() takes to undo it.  What fails has changed nothing.  The class at the top is everybody's, and refused. */
int resctrl_change(const char *class, const struct spec_intel_rdt *wanted, struct text *ret_before, struct error *err);
int resctrl_put_back(const char *class, const struct text *before, struct error *err);
/* What the class may use, and what was counted in a group of the sandbox's own: that of a class that others share is not its. */
int resctrl_statistics(struct arena *arena, const struct resctrl *place, struct stat_rdt *ret, struct error *err);
/* Removes what is the sandbox's own; what is gone already is fine.  Processes fall back to the default class. */
int resctrl_remove(const struct resctrl *place, struct error *err);

#endif
