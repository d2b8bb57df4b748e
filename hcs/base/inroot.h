/* The one resolver: a path inside a root that somebody else controls is turned into a descriptor and never into a
 * string (runtime-cves rule 3).  Symbolic links are followed inside the root; ".." stops at it; magic links are refused.
 * openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS).  Linux only. */
#ifndef HCS_BASE_INROOT_H
#define HCS_BASE_INROOT_H

#include <stdbool.h>
#include <sys/types.h>

#include "hcs/base/error.h"

enum { INROOT_ABSENT = 1 };

/* Opens `path` below `root` with `flags` (O_PATH as you like; O_CLOEXEC is added).  The descriptor, 0 or more, is the
 * caller's; a failure is negative and told in err.  With O_NOFOLLOW a link at the end is opened itself (with O_PATH) or
 * refused.  `path` may be absolute (from the root) or relative. */
int inroot_open(int root, const char *path, int flags, struct error *err);
/* The same, but a missing path is INROOT_ABSENT with *ret_fd untouched; 0 when *ret_fd was set.  A path below a file is missing
 * too, except with O_DIRECTORY: there it is a failure, as is a link at the end with O_NOFOLLOW. */
int inroot_open_if_there(int root, const char *path, int flags, int *ret_fd, struct error *err);
/* Makes missing directories one by one below descriptors (mode, 0755 as a rule) and gives an O_PATH descriptor of the
 * last.  Components that exist must be directories or links; a link that dangles has its target made inside the root. */
int inroot_make_directory(int root, const char *path, mode_t mode, int *ret_fd, struct error *err);
/* Makes a missing empty regular file (O_CREAT | O_EXCL | O_NOFOLLOW on the parent's descriptor), parents too, and the same
 * where a dangling link points; what exists is taken as it is, whatever its kind.  Gives a descriptor to mount on. */
int inroot_make_file(int root, const char *path, mode_t mode, int *ret_fd, struct error *err);
/* The directory that holds the last component (made if missing) and that component's name, for mknodat, symlinkat and
 * the like.  The name points into `path`.  A path that ends in "/", "." or ".." is refused. */
int inroot_make_parent(int root, const char *path, int *ret_fd, const char **ret_name, struct error *err);

#endif
