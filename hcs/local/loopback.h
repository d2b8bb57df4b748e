/* The loopback device, which is down where a network namespace is new. */
#ifndef HCS_LOCAL_LOOPBACK_H
#define HCS_LOCAL_LOOPBACK_H

#include "hcs/base/error.h"

/* Brings it up in the network namespace of the calling thread.  Unless NULL, *ret_namespace becomes a descriptor of that, the
 * caller's; this way it costs no lookup in /proc. */
int loopback_raise(int *ret_namespace, struct error *err);

#endif
