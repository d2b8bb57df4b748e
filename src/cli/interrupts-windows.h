/* Ctrl-C, Ctrl-Break and the closing of the console, for a verb that stays with a program: they are the program's to answer.  What
 * comes before there is a program waits for it, so that it is neither lost nor ends the verb in the middle of what it makes. */
#ifndef CLI_INTERRUPTS_WINDOWS_H
#define CLI_INTERRUPTS_WINDOWS_H

#include <stdbool.h>

#include "hcs/base/error.h"
#include "hcs/base/log.h"

struct interrupts;

/* From here on none ends us.  `log` hears of the first that has to wait.  *ret is ended with interrupts_end(); once in a process. */
int interrupts_begin(const struct log *log, struct interrupts **ret, struct error *err);
/* Has one come that waits? */
bool interrupts_wait(const struct interrupts *interrupts);
/* There is a program: `fn` hears of each as a word for `kill`, on another thread: "CtrlC", "CtrlBreak", and "KILL" when Ctrl-C is
 * pressed for the second time or the console is closed, which is meant. */
void interrupts_hand_on(struct interrupts *interrupts, void (*fn)(void *context, const char *word), void *context);
/* Behind it no call comes any more, and what is pressed is nobody's.  NULL is none. */
void interrupts_end(struct interrupts *interrupts);
void interrupts_endp(struct interrupts **interrupts);

#endif
