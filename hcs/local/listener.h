/* Who answers for the calls of a sandbox (SCMP_ACT_NOTIFY): the descriptor goes to a socket, with the container process state that
 * the runtime specification describes (runtime.md has the state, config-linux.md "The Container Process State"). */
#ifndef HCS_LOCAL_LISTENER_H
#define HCS_LOCAL_LISTENER_H

#include "hcs/local/filter.h"
#include "hcs/local/hooks.h"

enum { LISTENER_NONE = 1 };             /* the process said something else instead: hear it */

/* Takes descriptor `number` out of the process as soon as it is there, and sends it.  `control` ends the waiting: a word on it says that
 * the process has gone on or failed. */
int listener_hand_over(const struct filter *filter, const struct hook_state *state, pid_t process, int pidfd, int control, int number,
                       struct error *err);

#endif
