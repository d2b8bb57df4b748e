#include <string.h>
#include <strings.h>

#include "hcs/base/text.h"
#include "oci/windows/check.h"
#include "oci/windows/mounts.h"
#include "oci/windows/path.h"

#define IN_SANDBOX "sandbox://"
#define IN_MACHINE "uvm://"

/* --- what it is --------------------------------------------------------------------------------------------------- */

enum mount_class mount_class(const struct spec_mount *mount, bool linux_guest)
{
        const char *type = mount->type ? mount->type : "", *source = mount->source ? mount->source : "";

        if (text_equal(type, "physical-disk") || text_equal(type, "virtual-disk") || text_equal(type, "extensible-virtual-disk"))
                return MOUNT_DISK;
        if (*type && !text_equal(type, "bind"))
                return linux_guest ? MOUNT_GUEST : MOUNT_OTHER;
        if (text_starts_with(source, IN_MACHINE))
                return winpath_is_pipe(source + strlen(IN_MACHINE)) ? MOUNT_MACHINE_PIPE : MOUNT_MACHINE_PATH;
        if (text_starts_with(source, IN_SANDBOX))
                return MOUNT_SANDBOX_PATH;
        return winpath_is_pipe(source) ? MOUNT_PIPE : MOUNT_PATH;
}

bool mount_is_read_only(const struct spec_mount *mount)
{
        for (size_t i = 0; i < mount->options.count; i++)
                if (strcasecmp(mount->options.items[i], "ro") == 0)
                        return true;
        return false;
}

const char *mount_inside(const struct spec_mount *mount)
{
        return strstr(mount->source, "://") + 3;
}

/* --- whether it may be -------------------------------------------------------------------------------------------- */

/* Linux's machine is a system that one may know; Windows' has nothing but what it boots from. */
static int check_machine_path(const struct check *check, const struct spec_mount *mount, enum oci_windows_kind kind)
{
        if (kind != OCI_WINDOWS_LINUX)
                return check_refuse(check, "source: found \"%.200s\"; of a machine with Windows only pipes can be named so, "
                                    "\"uvm://\\\\.\\pipe\\NAME\"", mount->source);
        return check_absolute(check, "source", mount_inside(mount));
}

/* It goes into a command line of the machine (mounts.c), so it is made of letters that mean nothing there. */
static int check_sandbox_path(const struct check *check, const struct spec_mount *mount, enum oci_windows_kind kind)
{
        static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-\\/ ";
        const char *path = mount_inside(mount);

        if (kind == OCI_WINDOWS_LINUX)
                return check_not_yet(check, "source", "the agent of a Linux machine makes folders of sandbox:// for pods alone; mount a "
                                     "folder of the host");
        if (kind != OCI_WINDOWS_HYPERV)
                return check_refuse(check, "source: found \"%.200s\"; there is no utility VM with Windows in it: add \"hyperv\": {} to "
                                    "windows", mount->source);
        if (!*path || path[strspn(path, allowed)] || winpath_has_dots(path))
                return check_refuse(check, "source: found \"%.200s\"; expected a path of letters, digits, \".\", \"_\", \"-\" and blanks, "
                                    "without \"..\"", mount->source);
        return 0;
}

static int check_class(const struct check *check, const struct spec_mount *mount, enum oci_windows_kind kind)
{
        switch (mount_class(mount, kind == OCI_WINDOWS_LINUX)) {
        case MOUNT_OTHER:
                return check_refuse(check, "type: found \"%.60s\"; expected none, \"bind\", \"virtual-disk\", \"physical-disk\" or "
                                    "\"extensible-virtual-disk\"", mount->type);
        case MOUNT_MACHINE_PATH:
                return check_machine_path(check, mount, kind);
        case MOUNT_SANDBOX_PATH:
                return check_sandbox_path(check, mount, kind);
        case MOUNT_MACHINE_PIPE:
                if (kind == OCI_WINDOWS_HYPERV)
                        return 0;
                return check_refuse(check, "source: found \"%.200s\"; there is no utility VM with Windows in it: add \"hyperv\": {} "
                                    "to windows", mount->source);
        case MOUNT_DISK:
                if (kind != OCI_WINDOWS_PROCESS)
                        return 0;
                return check_refuse(check, "type: found \"%s\"; a process-isolated container shares the host's disks: mount a "
                                    "folder, or add \"hyperv\": {} to windows", mount->type);
        case MOUNT_PIPE:
                if (kind != OCI_WINDOWS_LINUX)
                        return 0;
                return check_refuse(check, "source: found the pipe \"%.200s\"; Linux knows no named pipes of Windows", mount->source);
        default:
                return 0;
        }
}

static int check_windows_destination(const struct check *check, const struct spec_mount *mount)
{
        const enum mount_class class = mount_class(mount, false);
        const bool from_pipe = class == MOUNT_PIPE || class == MOUNT_MACHINE_PIPE;

        if (from_pipe != winpath_is_pipe(mount->destination))
                return check_refuse(check, "destination: found \"%.200s\"; a pipe is mounted on a pipe, \"\\\\.\\pipe\\NAME\", and "
                                    "nothing else is", mount->destination);
        if (from_pipe)
                return 0;
        if (wincheck_path(check, "destination", mount->destination) < 0)
                return check->err->code;
        if (mount->destination[1] != ':' || !mount->destination[3])
                return check_refuse(check, "destination: found \"%.200s\"; expected a folder below a drive, such as \"C:\\data\"",
                                    mount->destination);
        return 0;
}

static int check_source(const struct check *check, const struct spec_mount *mount, enum oci_windows_kind kind)
{
        switch (mount_class(mount, kind == OCI_WINDOWS_LINUX)) {
        case MOUNT_PATH:
                return wincheck_path(check, "source", mount->source);
        case MOUNT_DISK:
                if (!check_is_given(mount->source))
                        return check_refuse(check, "source: missing; expected the disk");
                if (text_equal(mount->type, "extensible-virtual-disk") && !text_starts_with(mount->source, "evd://"))
                        return check_refuse(check, "source: found \"%.200s\"; expected \"evd://TYPE/DISK\"", mount->source);
                return 0;
        default:
                return 0;
        }
}

static void warn_options(const struct check *check, const struct spec_mount *mount)
{
        static const char *const known[] = { "ro", "rw", "bind", "rbind" };

        for (size_t i = 0; i < mount->options.count; i++) {
                bool found = false;

                for (size_t k = 0; k < ARRAY_LENGTH(known); k++)
                        found = found || strcasecmp(mount->options.items[i], known[k]) == 0;
                if (!found)
                        check_tell(check, LOG_LEVEL_WARNING, "options[%zu]: \"%.60s\" means nothing on Windows, so it is passed over",
                                   i, mount->options.items[i]);
        }
}

static int check_mount(const struct check *check, const struct spec_mount *mount, enum oci_windows_kind kind)
{
        const bool linux_guest = kind == OCI_WINDOWS_LINUX;
        int r = check_class(check, mount, kind);

        if (r >= 0)
                r = check_source(check, mount, kind);
        if (r < 0)
                return r;
        if (linux_guest)
                return check_absolute(check, "destination", mount->destination);
        if (mount->uid_mappings.count || mount->gid_mappings.count)
                return check_refuse(check, "uidMappings: found on Windows, which has no numbers for users; leave them out");
        r = check_windows_destination(check, mount);
        if (r >= 0)
                warn_options(check, mount);
        return r;
}

int wincheck_mounts(const struct check *check, enum oci_windows_kind kind)
{
        for (size_t i = 0; i < check->spec->mounts.count; i++) {
                const struct check here = check_item(check, "mounts", i);
                const struct spec_mount *mount = &check->spec->mounts.items[i];

                if (check_mount(&here, mount, kind) < 0)
                        return check->err->code;
                for (size_t k = 0; k < i && kind != OCI_WINDOWS_LINUX; k++)
                        if (winpath_equal(check->spec->mounts.items[k].destination, mount->destination))
                                return check_refuse(&here, "destination: \"%.200s\" is mounted on by mounts[%zu], too; expected each "
                                                    "once", mount->destination, k);
        }
        return 0;
}
