/* The memory of a short-lived program, mapped in a few calls.  The kernel maps at each first touch what lies around it, and in some
 * virtual machines such a touch takes as long as a dozen system calls.  Linux. */
#ifndef HCS_BASE_WARM_H
#define HCS_BASE_WARM_H

/* The first thing that a program does.  Kernels before 5.14 don't know the calls, and nothing is lost. */
void warm_up(void);

#endif
