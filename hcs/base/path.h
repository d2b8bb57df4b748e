/* Paths as text: nothing here looks at the disk.  Paths inside a foreign root are inroot.h's. */
#ifndef HCS_BASE_PATH_H
#define HCS_BASE_PATH_H

#include <stdbool.h>

#include "hcs/base/error.h"
#include "hcs/base/text.h"

/* "/a//b/./c/../d/" becomes "/a/b/d"; ".." stops at "/"; a relative path is taken from "/".  Caller's, free(). */
int path_clean(const char *path, char **ret, struct error *err);
/* left + "/" + right with exactly one slash between; caller's, free(). */
int path_join(const char *left, const char *right, char **ret, struct error *err);
/* The caller's working directory in front when relative.  Caller's, free(). */
int path_absolute(const char *path, char **ret, struct error *err);
/* Is `path` the same as `parent` or below it?  Both clean and absolute. */
bool path_is_below(const char *path, const char *parent);
/* The part behind the last slash. */
const char *path_name(const char *path);

#endif
