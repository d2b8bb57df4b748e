/* A section of linux.seccomp to instructions, by libseccomp.  Needs nothing else of this machine. */
#ifndef HCS_LOCAL_FILTER_COMPILE_H
#define HCS_LOCAL_FILTER_COMPILE_H

#include "hcs/base/error.h"
#include "hcs/base/text.h"
#include "hcs/schema/seccomp.h"

/* Appends the bytes of a whole filter file (hcs/local/filter.h) to *out. */
int filter_compile(const struct seccomp_section *section, struct text *out, struct error *err);

#endif
