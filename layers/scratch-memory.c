/* A scratch in memory: a tmpfs on a directory of the sandbox's state, mounted where its creator is.  So it is read by its path, like one
 * on a disk, also when the last process has ended; and nothing in the sandbox, whose root is an overlay of directories in it, has a
 * way to the mount. */
#include "layers/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "layers/host.h"

int scratch_mount(const struct scratch *scratch, struct error *err)
{
        char options[48];

        snprintf(options, sizeof(options), scratch->size ? "mode=0700,size=%" PRIu64 : "mode=0700", scratch->size);
        if (mount("hcs-sandbox", scratch->path, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
                return error_errno(err, "mounting a tmpfs on the scratch %s", scratch->path);
        return 0;
}

int layer_scratch_unmount(const char *scratch, struct error *err)
{
        if (umount2(scratch, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || errno == EINVAL || errno == ENOENT)
                return 0;
        return error_errno(err, "unmounting the scratch %s", scratch);
}

int layer_scratch_find(const char *scratch, struct error *err)
{
        _cleanup_(text_done) struct text upper = { 0 };
        int r;

        text_addf(&upper, "%s/upper", scratch);
        r = text_check(&upper, err);
        if (r < 0 || faccessat(AT_FDCWD, upper.data, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return r;
        if (errno != ENOENT)
                return error_errno(err, "looking at %s", upper.data);
        return error_set(err, E_NOT_FOUND, "the scratch in memory, %s, is not mounted here: it was unmounted, or the sandbox was made in "
                         "another mount namespace, from where it is to be read (nsenter --mount); one on a disk (the annotation "
                         "org.hcs-sandbox.scratch) is there for everybody", scratch);
}
