/* Linux: the file system that is within a file, mounted through a loop device.
 *
 * Nothing of it outlives who uses it.  The device clears itself when its last user is gone (LO_FLAGS_AUTOCLEAR), and the mount is
 * detached: a descriptor, which ends with its process.  So there is nothing to write down, and nothing to undo.
 *
 * A second device on the same file would have a cache of its own, and the two would ruin what is in it.  Hence the lock: flock(2) on
 * the file, through the very description that the device gets.  The device keeps that as long as it has the file, so a file that is
 * not locked has no device, and who finds it locked looks for the device and mounts that: the kernel then gives what is mounted
 * there already. */
#ifndef HCS_BASE_LOOP_H
#define HCS_BASE_LOOP_H

#include <stdbool.h>

#include "hcs/base/error.h"

/* Mounts the ext4 in the file `image` detached, for whoever has the descriptor: the caller's.  `read_only`: this mount is; what is in
 * the file may be changed through others.  Needs root.  An error says what a machine without loop devices can do. */
int loop_mount(const char *image, bool read_only, int *ret_tree, struct error *err);

/* Opens the file for reading and writing, and waits until no device has it: nobody gets one while the descriptor is there.
 * E_TIMED_OUT when it stays in use. */
int loop_lock(int dir, const char *image, int *ret_fd, struct error *err);

#endif
