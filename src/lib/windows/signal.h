/* What `kill` is asked for, as the service takes it. */
#ifndef LIB_WINDOWS_SIGNAL_H
#define LIB_WINDOWS_SIGNAL_H

#include "src/lib/windows/plan.h"

/* The document of a signal, to be freed; NULL when the process is to be ended instead.  A Linux agent takes Linux's numbers. */
int winsignal_document(const struct winplan *plan, const char *word, char **ret, struct error *err);

#endif
