/* Whose directory is this?  %ProgramData% lets every user make directories, so one that is there already may be a trap: what is
 * in a state directory is deleted and mounted with an administrator's rights. */
#ifndef LIB_WINDOWS_OWNER_H
#define LIB_WINDOWS_OWNER_H

#include "hcs/base/error.h"

/* Refuses a directory that belongs to anybody but the administrators, the system, or the caller; and a link to one. */
int owner_check(const char *path, struct error *err);

#endif
