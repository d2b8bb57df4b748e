/* What a program of ours that is started may have of this process: handles, one by one. */
#ifndef LIB_WINDOWS_INHERIT_H
#define LIB_WINDOWS_INHERIT_H

#include <stdbool.h>

#include "hcs/base/error.h"

/* A copy that may be inherited (the caller's own stays as it is) of a handle, or NUL for NULL, -1, and what is no handle.  *ret is
 * the caller's. */
int inherit_copy(void *given, void **ret, struct error *err);
bool inherit_is_console(void *handle);
/* A pipe, salted, that nobody else can have; both ends overlapped when `ours_reads`, else theirs is for plain reads and inherited,
 * as their end always is. */
int inherit_pipe(bool ours_reads, void **ret_ours, void **ret_theirs, struct error *err);

#endif
