#include "layers/rootless.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/system.h"
#include "hcs/base/text.h"

/* The first line of a file, as a number; `absent` when it is not there. */
static long setting(const char *path, long absent)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct error ignored = { 0 };

        if (access(path, R_OK) < 0 || io_read_file_at(AT_FDCWD, path, 4096, &text, &ignored) < 0 || !text.data)
                return absent;
        return strtol(text.data, NULL, 10);
}

bool rootless_is_root(void)
{
        return geteuid() == 0 && system_is_first_user_namespace();
}

int rootless_check_namespaces(struct error *err)
{
        if (setting("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
                return error_set(err, E_ACCESS, "user namespaces are forbidden to users here: "
                                 "sysctl kernel.unprivileged_userns_clone=1 allows them");
        if (setting("/proc/sys/user/max_user_namespaces", 1) == 0)
                return error_set(err, E_ACCESS, "user namespaces are turned off here: sysctl user.max_user_namespaces=10000 turns "
                                 "them on");
        if (setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1)
                return error_set(err, E_ACCESS, "AppArmor forbids user namespaces to users here: "
                                 "sysctl kernel.apparmor_restrict_unprivileged_userns=0 allows them");
        return 0;
}

const char *rootless_fuse_program(const char **why)
{
        static const char *const programs[] = { "/usr/bin/fuse-overlayfs", "/usr/local/bin/fuse-overlayfs", "/bin/fuse-overlayfs" };
        _cleanup_(io_closep) int fuse = -1;

        for (size_t i = 0; i < ARRAY_LENGTH(programs); i++) {
                if (access(programs[i], X_OK) < 0)
                        continue;
                fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
                if (fuse >= 0)
                        return programs[i];
                *why = errno == ENOENT ? "there is no /dev/fuse (modprobe fuse)"
                                       : "/dev/fuse may not be opened (chmod 666 /dev/fuse, as udev has it)";
                return NULL;
        }
        *why = "fuse-overlayfs is not installed (apt-get install fuse-overlayfs)";
        return NULL;
}
