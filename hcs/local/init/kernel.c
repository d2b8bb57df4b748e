/* What belongs to the new namespaces themselves: names, parameters, the loopback device, the keyring; and a procfs of our
 * own, that nothing in the sandbox can mount over (rule 4). */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/local/control.h"
#include "hcs/local/init/init.h"
#include "hcs/local/init/settings.h"
#include "hcs/local/loopback.h"

static int new_procfs(void)
{
        _cleanup_(io_closep) int context = sys_fsopen("proc", FSOPEN_CLOEXEC);

        if (context < 0 || sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return -1;
        return sys_fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

int kernel_open_proc(struct init *init, struct error *err)
{
        struct statfs kind;

        if (init->proc >= 0)
                return 0;
        init->proc = new_procfs();
        if (init->proc < 0)     /* no rights over this pid namespace: the host's instance, cloned before anything is mounted */
                init->proc = sys_open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        if (init->proc < 0)
                return error_errno(err, "opening a procfs");
        if (fstatfs(init->proc, &kind) < 0 || kind.f_type != PROC_SUPER_MAGIC)
                return error_set(err, E_INVALID_DATA, "/proc is no procfs");
        return 0;
}

/* "net.ipv4.ip_forward" is sys/net/ipv4/ip_forward; in a name that has slashes, dots are dots. */
static void sysctl_path(const char *name, char *path, size_t size)
{
        snprintf(path, size, "sys/%s", name);
        if (!strchr(name, '/'))
                for (char *c = path; *c; c++)
                        if (*c == '.')
                                *c = '/';
}

static int set_sysctl(const struct init *init, const struct string_pair *pair, struct error *err)
{
        _cleanup_(io_closep) int fd = -1;
        char path[512];

        sysctl_path(pair->key, path, sizeof(path));
        fd = sys_openat2(init->proc, path, O_WRONLY | O_CLOEXEC,
                         RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS);
        if (fd < 0)
                return errno == ENOENT ? error_set(err, E_FILE_NOT_FOUND, "linux.sysctl: this kernel has no \"%s\"", pair->key)
                                       : error_errno(err, "linux.sysctl: opening \"%s\"", pair->key);
        if (write(fd, pair->value, strlen(pair->value)) < 0)
                return error_errno(err, "linux.sysctl: setting \"%s\" to \"%s\"", pair->key, pair->value);
        return 0;
}

static int set_sysctls(struct init *init, struct error *err)
{
        const struct string_map *sysctl = &init->spec->linux_->sysctl;
        int r = 0;

        if (sysctl->count > 0)
                r = kernel_open_proc(init, err);
        for (size_t i = 0; r >= 0 && i < sysctl->count; i++)
                r = set_sysctl(init, &sysctl->items[i], err);
        return r;
}

/* Only the outside can reach them. */
static int fetch_net_devices(const struct init *init, struct error *err)
{
        struct control_message message;
        int r;

        if (init->spec->linux_->net_devices.count == 0)
                return 0;
        r = control_send(init->plan.control, CONTROL_NET, NULL, err);
        if (r >= 0)
                r = control_receive(init->plan.control, -1, &message, err);
        if (r < 0)
                return r;
        return r == 0 && message.tag == CONTROL_GO ? 0 : error_set(err, E_BROKEN_PIPE, "the caller gave up");
}

int kernel_set(struct init *init, struct error *err)
{
        const struct spec *spec = init->spec;
        const struct spec_namespace *network = spec_namespace_find(spec, SPEC_NAMESPACE_NETWORK);

        if (spec->hostname && *spec->hostname && sethostname(spec->hostname, strlen(spec->hostname)) < 0)
                return error_errno(err, "hostname: setting \"%s\"", spec->hostname);
        if (spec->domainname && *spec->domainname && setdomainname(spec->domainname, strlen(spec->domainname)) < 0)
                return error_errno(err, "domainname: setting \"%s\"", spec->domainname);
        if (network && !network->path && !init->plan.ahead && loopback_raise(NULL, err) < 0)
                return err->code;
        return 0;
}

int kernel_set_parameters(struct init *init, struct error *err)
{
        int r = fetch_net_devices(init, err);

        return r < 0 ? r : set_sysctls(init, err);      /* some are of a device */
}

/* Its processes find it by its name again, for which they must be allowed to search it: possessors may do all, the user view, read,
 * search and link. */
#define KEYRING_RIGHTS 0x3f1b0000

static int join_keyring(const struct init *init, struct error *err)
{
        char name[300];
        long ring;

        snprintf(name, sizeof(name), "_ses.%s", init->plan.id);
        ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name, 0, 0, 0);
        if (ring < 0 && errno == ENOSYS)
                return 0;
        if (ring < 0)
                return error_errno(err, "joining a new session keyring (--no-new-keyring goes without)");
        if (!init->plan.join && syscall(SYS_keyctl, KEYCTL_SETPERM, ring, KEYRING_RIGHTS, 0, 0) < 0)
                return error_errno(err, "setting the rights of the session keyring");
        return 0;
}

int kernel_join_keyring(struct init *init, struct error *err)
{
        const struct doc_options *options = init->plan.join ? NULL : init->document.hosted_system->options;
        const char *label = init->process->selinux_label;
        int r = 0;

        if (options ? options->no_new_keyring : init->join.no_new_keyring)
                return 0;
        if (!label || !*label)
                return join_keyring(init, err);
        r = kernel_open_proc(init, err);
        if (r >= 0)
                r = settings_label_keys(init->proc, label, err);
        if (r >= 0)
                r = join_keyring(init, err);
        return r < 0 ? r : settings_label_keys(init->proc, NULL, err);
}

int kernel_label(struct init *init, struct error *err)
{
        const struct spec_process *process = init->process;
        int r;

        if (!(process->apparmor_profile && *process->apparmor_profile) && !(process->selinux_label && *process->selinux_label))
                return 0;
        r = kernel_open_proc(init, err);
        return r < 0 ? r : settings_label(init->proc, process, err);
}
