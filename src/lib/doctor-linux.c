/* Kernel, cgroups, user namespaces, overlay, fuse-overlayfs: what the local engine and the copy of the host stand on. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "src/lib/doctor.h"

#define FILE_MAX (1u << 20)
#define OLDEST_MAJOR 5u
#define OLDEST_MINOR 10u                /* what the engine has fall-backs for ends there */

struct look { const struct doctor_place *place; struct arena *arena; struct doctor_findings *findings; };

/* The content, without the line's end; NULL when there is no such file. */
static const char *read_file(const struct look *look, const char *path)
{
        _cleanup_(text_done) struct text text = { 0 };
        const char *whole = arena_printf(look->arena, "%s%s", look->place->root, path);
        struct error ignored = { 0 };

        if (!whole || io_read_file(whole, FILE_MAX, &text, &ignored) < 0)
                return NULL;
        while (text.length && text.data[text.length - 1] == '\n')
                text.data[--text.length] = '\0';
        return arena_copy(look->arena, text.data ? text.data : "");
}

static bool may(const struct look *look, const char *path, int how)
{
        const char *whole = arena_printf(look->arena, "%s%s", look->place->root, path);

        return whole && access(whole, how) == 0;
}

static const char *words(const struct look *look, const char *fmt, const char *what)
{
        const char *text = arena_printf(look->arena, fmt, what);

        return text ? text : "";
}

static bool is_root(const struct look *look)
{
        return look->place->uid == 0;
}

/* --- kernel -------------------------------------------------------------------------------------------------------------- */

static void look_at_kernel(const struct look *look)
{
        const char *release = read_file(look, "/proc/sys/kernel/osrelease");
        unsigned long major = 0, minor = 0;
        char *rest;

        if (!release) {
                doctor_add(look->findings, "kernel", DOCTOR_MISSING, "its version can't be read", "mount -t proc proc /proc");
                return;
        }
        major = strtoul(release, &rest, 10);
        if (*rest == '.')
                minor = strtoul(rest + 1, NULL, 10);
        if (major > OLDEST_MAJOR || (major == OLDEST_MAJOR && minor >= OLDEST_MINOR))
                doctor_add(look->findings, "kernel", DOCTOR_GOOD, words(look, "Linux %s", release), NULL);
        else
                doctor_add(look->findings, "kernel", DOCTOR_MISSING, words(look, "Linux %s", release), "install Linux 5.10 or later");
}

/* --- cgroups ------------------------------------------------------------------------------------------------------------- */

/* The caller's own group of the one hierarchy: "0::/user.slice/...". */
static const char *own_group(const struct look *look)
{
        const char *text = read_file(look, "/proc/self/cgroup"), *line = text;

        while (line && strncmp(line, "0::", 3) != 0) {
                line = strchr(line, '\n');
                line = line ? line + 1 : NULL;
        }
        return line ? arena_copy_n(look->arena, line + 3, strcspn(line + 3, "\n")) : NULL;
}

static void look_at_cgroups(const struct look *look)
{
        const char *controllers = read_file(look, "/sys/fs/cgroup/cgroup.controllers"), *group;
        const char *path;

        if (!controllers) {
                bool one = may(look, "/sys/fs/cgroup/memory", F_OK) || may(look, "/sys/fs/cgroup/pids", F_OK);

                doctor_add(look->findings, "cgroup", one ? (is_root(look) ? DOCTOR_GOOD : DOCTOR_WANTING) : DOCTOR_MISSING,
                           one ? "version 1" : "not mounted",
                           one ? "boot with systemd.unified_cgroup_hierarchy=1: version 1 gives users no group of their own, so no limits"
                               : "mount -t cgroup2 none /sys/fs/cgroup");
                return;
        }
        group = own_group(look);
        path = group ? arena_printf(look->arena, "/sys/fs/cgroup%s/cgroup.procs", strcmp(group, "/") == 0 ? "" : group) : NULL;
        if (is_root(look) || (path && may(look, path, W_OK)))
                doctor_add(look->findings, "cgroup", DOCTOR_GOOD, words(look, "version 2, with %s", controllers), NULL);
        else
                doctor_add(look->findings, "cgroup", DOCTOR_WANTING, "version 2, but this group is not yours to divide: no limits",
                           "systemd-run --user --scope -p Delegate=yes hcs-sandbox ...");
}

/* --- user namespaces ----------------------------------------------------------------------------------------------------- */

static bool says(const struct look *look, const char *path, const char *value)
{
        const char *found = read_file(look, path);

        return found && strcmp(found, value) == 0;
}

static void look_at_user_namespaces(const struct look *look)
{
        int lacking = is_root(look) ? DOCTOR_WANTING : DOCTOR_MISSING;

        if (!may(look, "/proc/self/ns/user", F_OK))
                doctor_add(look->findings, "user namespaces", lacking, "not in this kernel", "use a kernel with CONFIG_USER_NS");
        else if (says(look, "/proc/sys/user/max_user_namespaces", "0"))
                doctor_add(look->findings, "user namespaces", lacking, "none are allowed", "sysctl -w user.max_user_namespaces=15000");
        else if (!is_root(look) && says(look, "/proc/sys/kernel/unprivileged_userns_clone", "0"))
                doctor_add(look->findings, "user namespaces", lacking, "for root alone", "sysctl -w kernel.unprivileged_userns_clone=1");
        else if (!is_root(look) && says(look, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"))
                doctor_add(look->findings, "user namespaces", lacking, "AppArmor restricts them",
                           "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or a profile for hcs-sandbox");
        else
                doctor_add(look->findings, "user namespaces", DOCTOR_GOOD, "allowed", NULL);
}

/* --- overlay ------------------------------------------------------------------------------------------------------------- */

static bool has_overlay(const struct look *look)
{
        const char *known = read_file(look, "/proc/filesystems");
        const char *release = read_file(look, "/proc/sys/kernel/osrelease");

        if (known && strstr(known, "\toverlay\n"))
                return true;
        if (known && text_ends_with(known, "\toverlay"))
                return true;
        /* A module that is loaded when it is first asked for. */
        return release && may(look, words(look, "/lib/modules/%s/kernel/fs/overlayfs", release), F_OK);
}

static bool is_in_path(const struct look *look, const char *program)
{
        const char *at = look->place->path;

        while (at && *at) {
                size_t length = strcspn(at, ":");
                const char *directory = arena_copy_n(look->arena, at, length);
                const char *whole = directory ? arena_printf(look->arena, "%s/%s", directory, program) : NULL;

                if (whole && *directory && may(look, whole, X_OK))
                        return true;
                at += length + (at[length] == ':');
        }
        return false;
}

static void look_at_overlay(const struct look *look)
{
        bool overlay = has_overlay(look), helper = is_in_path(look, "fuse-overlayfs"), fuse = may(look, "/dev/fuse", R_OK | W_OK);

        doctor_add(look->findings, "overlay", overlay ? DOCTOR_GOOD : DOCTOR_MISSING, overlay ? "there" : "not in this kernel",
                   "modprobe overlay");
        if (is_root(look))
                return;                         /* the kernel's own does all */
        if (helper && fuse)
                doctor_add(look->findings, "fuse-overlayfs", DOCTOR_GOOD, "there", NULL);
        else if (helper)
                doctor_add(look->findings, "fuse-overlayfs", DOCTOR_WANTING, "there, but /dev/fuse can't be opened", "modprobe fuse");
        else
                doctor_add(look->findings, "fuse-overlayfs", DOCTOR_WANTING, "not installed: each directory gets an overlay of its own",
                           "apt-get install fuse-overlayfs");
}

int doctor_look_at(const struct doctor_place *place, struct arena *arena, struct doctor_findings *ret, struct error *err)
{
        struct doctor_findings findings = { .count = 0 };
        const struct look look = { place, arena, &findings };

        look_at_kernel(&look);
        look_at_cgroups(&look);
        look_at_user_namespaces(&look);
        look_at_overlay(&look);
        *ret = findings;
        (void)err;
        return 0;
}

int doctor_look(struct sandbox_host *host, struct arena *arena, struct doctor_findings *ret, struct error *err)
{
        const struct doctor_place place = { .root = "", .path = getenv("PATH"), .uid = geteuid() };

        (void)host;
        return doctor_look_at(&place, arena, ret, err);
}
