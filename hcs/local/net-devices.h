/* Network devices of the host that go into a sandbox (linux.netDevices): moved, renamed, given their lasting addresses again, which the
 * kernel takes away with the move, and brought up.  When the network namespace ends, the kernel gives physical ones back. */
#ifndef HCS_LOCAL_NET_DEVICES_H
#define HCS_LOCAL_NET_DEVICES_H

#include <sys/types.h>

#include "hcs/base/error.h"
#include "hcs/schema/specification.h"

/* Into the network namespace of a process. */
int net_devices_move(const spec_net_devices *devices, pid_t pid, struct error *err);
/* Brings the loopback device of its network namespace up. */
int net_devices_raise_loopback(pid_t pid, struct error *err);

#endif
