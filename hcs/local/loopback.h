/* The loopback device, which is down where a network namespace is new. */
#ifndef HCS_LOCAL_LOOPBACK_H
#define HCS_LOCAL_LOOPBACK_H

#include "hcs/base/error.h"

/* Brings it up in the network namespace of the calling thread. */
int loopback_raise(struct error *err);

#endif
