/* Ctrl-C, Ctrl-Break and the closing of the console, for a verb that stays with a program: they are the program's to answer. */
#ifndef CLI_INTERRUPTS_WINDOWS_H
#define CLI_INTERRUPTS_WINDOWS_H

#include <stdbool.h>

#include "hcs/base/error.h"

struct interrupts;

/* From here on `fn` hears of each, on another thread: `again` when somebody asks for the second time, or the console is closed,
 * which is meant.  *ret is ended with interrupts_end(); one at a time. */
int interrupts_begin(void (*fn)(void *context, bool again), void *context, struct interrupts **ret, struct error *err);
/* Behind it no call comes any more.  NULL is none. */
void interrupts_end(struct interrupts *interrupts);

#endif
