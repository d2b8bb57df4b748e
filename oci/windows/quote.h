/* One command line of many arguments.  Windows hands a program one string; most programs part it by the rules of
 * CommandLineToArgvW, so these are the rules it is made by.  Inside oci/windows/. */
#ifndef OCI_WINDOWS_QUOTE_H
#define OCI_WINDOWS_QUOTE_H

#include "hcs/base/macros.h"
#include "hcs/base/text.h"

/* Appends one argument.  Quoted only when it has to be: empty, or with a blank, a tab, a line break or a quote in it. */
void quote_argument(struct text *out, const char *argument);
/* All of them, with blanks between. */
void quote_arguments(struct text *out, const struct strings *arguments);

#endif
