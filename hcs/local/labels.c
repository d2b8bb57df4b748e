#include "hcs/local/labels.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"

static bool have_apparmor(const char *sys)
{
        _cleanup_(text_done) struct text answer = { 0 };
        struct error ignored = { 0 };
        char path[256];

        snprintf(path, sizeof(path), "%s/module/apparmor/parameters/enabled", sys);
        return io_read_file(path, 16, &answer, &ignored) >= 0 && answer.length > 0 && answer.data[0] == 'Y';
}

static bool have_selinux(const char *sys)
{
        char path[256];

        snprintf(path, sizeof(path), "%s/fs/selinux/status", sys);
        return faccessat(AT_FDCWD, path, F_OK, 0) == 0;
}

static bool is_given(const char *label)
{
        return label && *label;
}

int labels_check(const struct spec_process *process, const char *mount_label, const char *sys, struct error *err)
{
        if (is_given(process->apparmor_profile) && !have_apparmor(sys))
                return error_set(err, E_NOT_SUPPORTED, "process.apparmorProfile: found \"%.100s\", but this kernel has no AppArmor, or it "
                                 "is off; leave it out, or run with apparmor=unconfined", process->apparmor_profile);
        if (is_given(process->selinux_label) && !have_selinux(sys))
                return error_set(err, E_NOT_SUPPORTED, "process.selinuxLabel: found \"%.100s\", but this kernel has no SELinux, or it is "
                                 "off; leave it out, or run with label=disable", process->selinux_label);
        if (is_given(mount_label) && !have_selinux(sys))
                return error_set(err, E_NOT_SUPPORTED, "linux.mountLabel: found \"%.100s\", but this kernel has no SELinux, or it is off; "
                                 "leave it out, or run with label=disable", mount_label);
        return 0;
}
