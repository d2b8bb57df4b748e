/* What a mount of a Windows bundle means (hcs-documents.md section 13.4).  Inside oci/windows/. */
#ifndef OCI_WINDOWS_MOUNTS_H
#define OCI_WINDOWS_MOUNTS_H

#include <stdbool.h>

#include "hcs/schema/specification.h"

enum mount_class {
        MOUNT_PATH,             /* a folder or a file of the host */
        MOUNT_PIPE,             /* \\.\pipe\NAME of the host */
        MOUNT_MACHINE_PIPE,     /* uvm://\\.\pipe\NAME: a pipe of the utility VM */
        MOUNT_MACHINE_PATH,     /* uvm://PATH: a place that the utility VM has */
        MOUNT_SANDBOX_PATH,     /* sandbox://PATH: an empty folder of the utility VM, made for it */
        MOUNT_DISK,             /* physical-disk, virtual-disk, extensible-virtual-disk */
        MOUNT_GUEST,            /* a file system that the Linux guest makes: proc, tmpfs, ... */
        MOUNT_OTHER,
};

enum mount_class mount_class(const struct spec_mount *mount, bool linux_guest);
bool mount_is_read_only(const struct spec_mount *mount);
/* What stands behind "uvm://" or "sandbox://". */
const char *mount_inside(const struct spec_mount *mount);

#endif
