/* The top of a Windows bundle: what stands outside of the member "windows". */
#include "oci/windows/check.h"

#include <string.h>

#include "oci/windows/path.h"

#define HOST_NAME_MAX_BYTES 15          /* NetBIOS; hcs-documents.md section 3 */

int wincheck_path(const struct check *check, const char *member, const char *path)
{
        if (!check_is_given(path))
                return check_refuse(check, "%s: missing or empty; expected an absolute path such as \"C:\\data\"", member);
        if (!winpath_is_absolute(path))
                return check_refuse(check, "%s: found \"%.200s\"; expected an absolute Windows path such as \"C:\\data\"", member,
                                    path);
        if (winpath_has_dots(path))
                return check_refuse(check, "%s: found \"%.200s\"; expected a path without \".\" and \"..\"", member, path);
        if (winpath_has_bad_character(path))
                return check_refuse(check, "%s: found \"%.200s\"; no Windows path has < > \" | ? * or control characters", member,
                                    path);
        return 0;
}

static int check_host_name(const struct check *check, const char *name)
{
        static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";
        size_t length;

        if (!check_is_given(name))
                return 0;
        length = strlen(name);
        if (length > HOST_NAME_MAX_BYTES)
                return check_refuse(check, "hostname: found %zu characters; expected at most %d, for Windows knows itself by a "
                                    "NetBIOS name", length, HOST_NAME_MAX_BYTES);
        if (name[strspn(name, allowed)] || name[0] == '-' || name[length - 1] == '-')
                return check_refuse(check, "hostname: found \"%s\"; expected letters, digits and \"-\" between them", name);
        if (!name[strspn(name, "0123456789")])
                return check_refuse(check, "hostname: found \"%s\"; expected a name that is not a number", name);
        return 0;
}

static int check_root(const struct check *check, const struct oci_windows *config)
{
        const struct spec_root *root = check->spec->root;

        if (!root)
                return 0;
        if (root->readonly)
                return check_refuse(check, "root.readonly: found true; the root of a sandbox on Windows can be written, and what "
                                    "is written is thrown away with it");
        if (!check_is_given(root->path))
                return 0;
        if (config->kind == OCI_WINDOWS_LINUX)
                return 0;               /* a name inside of the utility VM: the layers say what it holds */
        if (config->kind != OCI_WINDOWS_PROCESS)
                return check_refuse(check, "root.path: found \"%.200s\" for a sandbox with a virtual machine; expected none, for "
                                    "its root is made of layers inside", root->path);
        if (!winpath_is_volume(root->path))
                return check_refuse(check, "root.path: found \"%.200s\"; expected none, or a volume \"\\\\?\\Volume{GUID}\\\" on "
                                    "which the layers are mounted", root->path);
        if (!config->section.layer_folders.count)
                return check_refuse(check, "root.path: found \"%.200s\" without windows.layerFolders; expected the layers that are "
                                    "mounted there", root->path);
        return 0;
}

static int check_disk_desktop(const struct check *check, const struct oci_windows *config)
{
        if (check->spec->process)
                return check_refuse(check, "process: found together with the annotation " WISH_DESKTOP_DISK "; a disk starts its "
                                    "own programs, and nobody in it waits for ours: leave process out");
        if (check->spec->mounts.count)
                return check_refuse(check, "mounts: found together with the annotation " WISH_DESKTOP_DISK "; nobody in a disk's "
                                    "system waits for folders: put them on the disk");
        if (config->section.layer_folders.count || config->wishes.base_layer)
                return check_refuse(check, "windows.layerFolders: layers and the annotation " WISH_DESKTOP_DISK " are two answers "
                                    "to what the desktop is made of; expected one");
        return 0;
}

/* A container's name is set by HCS; nobody sets a machine's. */
static int check_no_name(const struct check *check)
{
        if (!check_is_given(check->spec->hostname))
                return 0;
        return check_refuse(check, "hostname: found together with the annotation " WISH_DESKTOP "; a desktop keeps its own name: leave "
                            "it out");
}

static int check_process(const struct check *check, const struct oci_windows *config)
{
        const struct check process = check_member(check, "process");

        if (config->wishes.disk && config->kind == OCI_WINDOWS_DESKTOP)
                return check_disk_desktop(check, config);
        if (!check->spec->process)
                return check_refuse(check, "process: missing; expected the program to run (args or commandLine, cwd, env)");
        return wincheck_process(&process, check->spec->process, config->kind);
}

int wincheck_config(const struct check *check, const struct oci_windows *config)
{
        int r = check_version(check);

        if (r >= 0 && check_is_full(check->spec->vm))
                r = check_not_yet(check, "vm", "leave it out; windows.hyperv or the annotation " WISH_DESKTOP " asks for a machine");
        if (r >= 0 && config->kind == OCI_WINDOWS_DESKTOP && check->spec->linux_)
                r = check_refuse(check, "linux: found together with the annotation " WISH_DESKTOP "; expected one of them");
        if (r >= 0)
                r = check_root(check, config);
        if (r >= 0)
                r = check_process(check, config);
        if (r >= 0 && config->kind != OCI_WINDOWS_LINUX)
                r = config->kind == OCI_WINDOWS_DESKTOP ? check_no_name(check) : check_host_name(check, check->spec->hostname);
        if (r >= 0 && config->kind != OCI_WINDOWS_LINUX && check_is_given(check->spec->domainname))
                r = check_refuse(check, "domainname: found \"%.60s\"; a sandbox on Windows has none: leave it out",
                                 check->spec->domainname);
        if (r >= 0)
                r = wincheck_hooks(check, config);
        if (r >= 0)
                r = wincheck_mounts(check, config->kind);
        return r < 0 ? r : wincheck_section(check, config);
}
