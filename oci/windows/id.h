/* What an id may look like on Windows, where it becomes the name of a directory. */
#ifndef OCI_WINDOWS_ID_H
#define OCI_WINDOWS_ID_H

#include "hcs/base/error.h"

/* As oci_check_id(), and besides: Windows drops a dot at the end, so "a." would be "a"; CON, NUL, COM1 and the like are devices,
 * whatever stands behind a dot; and "scratch" and "layers" are where those lie. */
int oci_windows_check_id(const char *id, struct error *err);

#endif
