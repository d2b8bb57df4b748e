/* The birth of a process that is to become another program at once.
 *
 * A fork copies the page tables of its maker, makes both pay a fault for each page that one of them writes to, and leaves it to the
 * scheduler when the child comes to a processor, which it does when the maker has done its part.  A child of its maker's own memory,
 * for which the maker waits as in vfork(2), has the processor at once and costs none of that: some 0.2 ms of a sandbox's start. */
#ifndef HCS_LOCAL_BIRTH_H
#define HCS_LOCAL_BIRTH_H

#include <sys/types.h>

#include <linux/sched.h>

/* What the child does.  It never returns, and makes system calls only: other threads may hold whatever lock there is. */
typedef void (*birth_life)(void *context);

/* Both return the child's number, or -1 and errno, and both let the child begin with every signal blocked, lest a handler of the
 * caller's run in it; `args` as in clone3(2), without a stack. */

/* Returns as soon as there is a child. */
pid_t birth_fork(struct clone_args *args, birth_life life, void *context);
/* Returns when the child has become another program, or has ended.  The other threads run on.  So `life` waits for nothing that only the
 * calling thread would do. */
pid_t birth_and_wait(struct clone_args *args, birth_life life, void *context);

#endif
