/* The directories of one overlay, named by descriptor.  fsconfig(2) takes no string above 255 bytes, overlayfs and fuse-overlayfs
 * split their layers at ':' and read '\' as an escape, fuse-overlayfs and the kernel before 6.5 split options at ','.  A
 * "/proc/self/fd/5" is short and plain whatever the directory is called. */
#ifndef HCS_LOCAL_DIRECTORIES_H
#define HCS_LOCAL_DIRECTORIES_H

#include <stddef.h>

#include "hcs/base/error.h"
#include "hcs/base/text.h"

#define DIRECTORIES_MAX 16              /* fsconfig(2)'s limit is reached with these */
#define DIRECTORIES_NAME "/proc/self/fd/%d"

/* `above`: no descriptor is below it. */
struct directories { int fds[DIRECTORIES_MAX], above; size_t count; };

/* Opens one more: `name` in `path`, or with "" that itself. */
int directories_add(struct directories *directories, const char *path, const char *name, struct error *err);
void directories_done(struct directories *directories);

#endif
