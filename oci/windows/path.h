/* Windows paths as text, on any system.  Nothing here looks at a disk.  Inside oci/windows/. */
#ifndef OCI_WINDOWS_PATH_H
#define OCI_WINDOWS_PATH_H

#include <stdbool.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"

#define PIPE_PREFIX "\\\\.\\pipe\\"

/* "C:\x", "C:/x", "\\?\Volume{...}\", "\\?\C:\x", "\\server\share"; a pipe is none. */
bool winpath_is_absolute(const char *path);
bool winpath_is_pipe(const char *path);                 /* \\.\pipe\NAME, in any case, with either slash */
const char *winpath_pipe_name(const char *path);        /* NAME */
/* "\\?\Volume{GUID}\", with the backslash behind it. */
bool winpath_is_volume(const char *path);
bool winpath_has_dots(const char *path);                /* a component "." or ".." */
/* Does it hold what no Windows path may: < > " | ? * and control characters (the ? of \\?\ aside)? */
bool winpath_has_bad_character(const char *path);

/* Backslashes only, none doubled but the first two, none at the end but a root's ("C:\").  NULL: no memory. */
char *winpath_clean(struct arena *arena, const char *path);
/* The last component of a clean path: "C:\a\b" gives "b". */
const char *winpath_name(const char *path);
/* What stands before it: "C:\a".  NULL: no memory. */
char *winpath_parent(struct arena *arena, const char *path);
char *winpath_join(struct arena *arena, const char *left, const char *right);
/* As Windows compares names; letters beyond ASCII count as they stand. */
bool winpath_equal(const char *a, const char *b);
bool winpath_starts_with(const char *path, const char *prefix);
bool winpath_ends_with(const char *path, const char *suffix);

#endif
