/* One cgroup a sandbox: made, limited, joined, frozen, counted, killed, removed; on v1 (each controller its own hierarchy,
 * hybrid too) and v2 (one tree).  Everything is addressed through `struct cgroup_tree`, whose mount points come from
 * /proc/self/mountinfo once or, in tests, from a fake tree, so that v2's logic is tested where the kernel has only v1.
 *
 * Speed: joining on v1 is the child's own write of "0" to `tasks`.  A write to cgroup.procs takes the kernel's global
 * threadgroup lock and waits for an RCU grace period (up to 10 ms); a task that moves only itself through `tasks` skips it.
 * On v2 the child is born in the group (CLONE_INTO_CGROUP). */
#ifndef HCS_LOCAL_CGROUP_H
#define HCS_LOCAL_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/schema/specification.h"
#include "hcs/schema/statistics.h"

enum cgroup_version { CGROUP_NONE, CGROUP_V1, CGROUP_V2 };

enum cgroup_controller {                /* v1: one hierarchy each; the order is the order of joining */
        CGROUP_MEMORY, CGROUP_PIDS, CGROUP_CPU, CGROUP_CPUACCT, CGROUP_CPUSET, CGROUP_DEVICES, CGROUP_FREEZER, CGROUP_BLKIO,
        CGROUP_NET_CLS, CGROUP_NET_PRIO, CGROUP_HUGETLB, CGROUP_PERF_EVENT, CGROUP_RDMA, CGROUP_SYSTEMD,
        CGROUP_UNIFIED,                 /* v2 beside v1, with the controllers that are left, or none */
        CGROUP_CONTROLLER_COUNT,
};

/* Where the hierarchies are and where this process is in them. */
struct cgroup_tree {
        enum cgroup_version version;
        const char *mount[CGROUP_CONTROLLER_COUNT];     /* v1: mount point of each, NULL when not mounted */
        const char *unified;                            /* v2: the mount point */
        const char *own;        /* v2: the group that this process is in; NULL when it may make groups at the top, or can't tell */
};

/* Looks at `top` ("/sys/fs/cgroup"): its kind, and for v1 the usual places below it, so that no mountinfo is read.  A tree
 * that is not there is CGROUP_NONE.  Strings live in `arena`. */
int cgroup_tree_find(struct arena *arena, const char *top, struct cgroup_tree *ret, struct error *err);
#define CGROUP_TOP "/sys/fs/cgroup"

/* A sandbox's group.  `path` is relative to the mount points, begins with "/".  Written into the record before cgroup_make(). */
struct cgroup {
        const struct cgroup_tree *tree;
        const char *path;               /* NULL: no group (rootless without delegation and nothing asked) */
        bool every_hierarchy;           /* a manager named the group and reads its counters, or all can be seen and managed from inside;
                                         * on v2 it is every controller */
        bool unified_too;               /* v1: be in CGROUP_UNIFIED, too */
        bool freezer_only_by_signal;    /* no freezer to be had: pause is done by SIGSTOP */
};

/* A group that was made before, by its recorded path. */
void cgroup_open(const struct cgroup_tree *tree, const char *path, struct cgroup *ret);

/* Which controllers limits are asked of, as bits 1 << CGROUP_...; a zero is no limit, and what `unified` names does not count. */
unsigned cgroup_asked(const struct spec_resources *resources);

/* Decides the path: an absolute cgroupsPath as it is, a relative one below "/hcs-sandbox", none: "/hcs-sandbox/ID".  A caller who
 * may not make groups at the top gets an absolute cgroupsPath where the place was delegated to it (v2), else a group beside its
 * own, if that was; else none (path NULL), if no limit was asked for; else an error that says what is missing.  Touches nothing. */
int cgroup_compose(struct arena *arena, const struct cgroup_tree *tree, const char *cgroups_path, const char *id,
                   const struct spec_resources *resources, struct cgroup *ret, struct error *err);

/* Refuses a group that somebody else lives in: what is recorded as ours is killed when the sandbox goes.  Call before recording. */
int cgroup_check_free(const struct cgroup *cgroup, struct error *err);

/* Makes the group in every hierarchy that is needed (v1: those limited, devices and freezer, or all) and applies the limits, in
 * the order the kernel wants (cpuset parents filled first; swap after limit; device rules last).  On v2 turns controllers on in
 * the ancestors.  `devices`: apply device rules (not in user namespaces, where the kernel makes no device nodes anyway).  On
 * failure the caller removes it.  A group that is there already, left over, is taken. */
int cgroup_make(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct error *err);

/* Gives a living group the limits that it is to have from now on: all of them are written, and those in files that nobody asked
 * for before get their hierarchy or controller first.  `devices`: the device rules too.
 * On failure the old values are back; on success `undo` knows them (not the device rules), until cgroup_undo_done(). */
struct cgroup_undo { struct cgroup_undo_item *items; size_t count, size; };
int cgroup_update(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct cgroup_undo *undo,
                  struct error *err);
/* What was written, last first, is put back; what could not be is added to *err. */
void cgroup_undo_all(struct cgroup_undo *undo, struct error *err);
void cgroup_undo_done(struct cgroup_undo *undo);

/* What the child needs to get in.  v1: descriptors of `tasks`, to be written "0" by the child; v2: one descriptor of the
 * directory, for CLONE_INTO_CGROUP.  `sub` is what cgroup_choose() or cgroup_home() gave, NULL for the group itself. */
struct cgroup_doors { int fds[CGROUP_CONTROLLER_COUNT]; size_t count; int directory; };
#define CGROUP_DOORS_NONE { .count = 0, .directory = -1 }
int cgroup_open_doors(const struct cgroup *cgroup, const char *sub, struct cgroup_doors *ret, struct error *err);
void cgroup_doors_done(struct cgroup_doors *doors);

/* Where a process is wished to go (exec --cgroup), to be used as `sub`: lines of "PATH" or "CONTROLLER[,CONTROLLER...]:PATH".  Lives as
 * long as `arena` and the wishes. */
int cgroup_choose(struct arena *arena, const struct cgroup *cgroup, const char *wishes, const char **ret_sub, struct error *err);
/* Where a further process belongs, to be used as `sub`: NULL is the group itself.  On v2 a group that gives controllers to those
 * below takes no process, and one that has a process can give none; what manages groups in there (systemd) has put its first process,
 * `first`, into one below: there.  Lives in `arena`. */
const char *cgroup_home(struct arena *arena, const struct cgroup *cgroup, pid_t first);

/* Freezes or thaws, waiting until it is so (2 s at most, then an error that says so). */
int cgroup_freeze(const struct cgroup *cgroup, bool frozen, struct error *err);
int cgroup_is_frozen(const struct cgroup *cgroup, bool *ret, struct error *err);

/* Every process in the group and below, host pids; items are the caller's, free().  A group that is gone has none. */
struct cgroup_pids { pid_t *items; size_t count; };
int cgroup_processes(const struct cgroup *cgroup, struct cgroup_pids *ret, struct error *err);

/* What it has used so far; lives in `arena`.  On v1 only the hierarchies that it is in have counted. */
int cgroup_statistics(struct arena *arena, const struct cgroup *cgroup, struct statistics *ret, struct error *err);

/* Becomes readable (fd) when memory has run out, and take() then says how many times since it was asked last; 0 when it was
 * something else.  It goes on watching.  CGROUP_NO_MEMORY: the group has no memory of its own, so it can't run out. */
struct cgroup_memory_watch { int fd, directory; bool v2; uint64_t seen; };
#define CGROUP_MEMORY_WATCH_NONE { .fd = -1, .directory = -1 }
enum { CGROUP_NO_MEMORY = 1 };
int cgroup_memory_watch(const struct cgroup *cgroup, struct cgroup_memory_watch *ret, struct error *err);
uint64_t cgroup_memory_watch_take(struct cgroup_memory_watch *watch);
void cgroup_memory_watch_done(struct cgroup_memory_watch *watch);

/* Kills all (v2: cgroup.kill; v1: SIGKILL to each, thawing, until empty) when `kill`, and removes sub-groups and the group in
 * every hierarchy; what is gone already is fine.  A group that does not empty within 5 s is an error. */
int cgroup_remove(const struct cgroup *cgroup, bool kill, struct error *err);
/* v1, for a group that systemd has made: it knows nothing of some hierarchies, so what is above the group there is ours, too.  What
 * others are in stays. */
void cgroup_remove_slices(const struct cgroup *cgroup);

#endif
