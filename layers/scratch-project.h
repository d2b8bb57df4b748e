/* The limit of a scratch by a project quota of the file system that it lies on (ext4, xfs): its directory becomes a project of its own,
 * which all that is made in it belongs to, and the kernel counts.  Constant time, and no file system within another.
 *
 * Whoever owns a file may take it out of its project, so the engine keeps the sandbox's programs from asking for that
 * (doc_scratch.project); and ext4 lets CAP_SYS_RESOURCE go beyond any quota where a file is mapped, so a bundle with that has no use
 * for it.
 *
 * Nothing is recorded but in the file system itself: the project is that of the directory, the limit is what the project's quota says.
 * The directory's name ends with SCRATCH_PROJECT_END, so that who removes one needs not look at any other.  A number is taken when
 * its quota has a limit or counts something, which is looked at and made so under one lock.
 *
 * Linux 5.14 (quotactl_fd), root of the first user namespace. */
#ifndef LAYERS_SCRATCH_PROJECT_H
#define LAYERS_SCRATCH_PROJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/error.h"

#define SCRATCH_PROJECT_END ".project"

/* Does the file system that `path` lies on, or will lie on, enforce such quotas?  What can't be found out is a no. */
bool scratch_project_is_enforced(const char *path);
/* Makes the empty directory a project that may hold so many bytes. */
int scratch_project_begin(int dir, uint64_t size, struct error *err);
/* How many bytes the directory's project may hold; 0: its directory has none, or that has no limit any more. */
int scratch_project_limit(int dir, uint64_t *ret, struct error *err);
/* Ends that of a directory whose name says that it is one; one that has none is fine. */
int scratch_project_end(int parent, const char *name, struct error *err);

#endif
