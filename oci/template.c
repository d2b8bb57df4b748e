/* The bundles that `spec` writes, as structs that the same tables write and read back.  A row says for which of the
 * four kinds of bundle it is. */
#include "oci/template.h"

#include <stdlib.h>

#include "hcs/base/json.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "hcs/schema/specification.h"
#include "oci/state.h"

enum fits { ALL, HOST_ONLY, ROOT_ONLY, USER_ONLY, ROOTFS_USER_ONLY };

static bool fits(enum fits row, const struct oci_template *wanted)
{
        switch (row) {
        case ALL:
                return true;
        case HOST_ONLY:
                return !wanted->rootfs;
        case ROOT_ONLY:
                return !wanted->rootless;
        case USER_ONLY:
                return wanted->rootless;
        case ROOTFS_USER_ONLY:
                return wanted->rootfs && wanted->rootless;
        }
        return false;
}

#define STRINGS(...)    { (const char *[]){ __VA_ARGS__ }, ARRAY_LENGTH(((const char *[]){ __VA_ARGS__ })) }
#define MOUNT(d, t, s, ...) { .destination = d, .type = t, .source = s, .options = STRINGS(__VA_ARGS__) }

/* A user's terminals belong to the one group there is.  His sysfs is a view of the host's, cgroups included, to be read
 * only.  In a copy of the machine, what runs and what is temporary starts empty. */
static const struct { enum fits fits; struct spec_mount mount; } mounts[] = {
        { ALL, { .destination = "/proc", .type = "proc", .source = "proc" } },
        { ALL, MOUNT("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k") },
        { ROOT_ONLY, MOUNT("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666",
                           "mode=0620", "gid=5") },
        { USER_ONLY, MOUNT("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666",
                           "mode=0620") },
        { ALL, MOUNT("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k") },
        { ALL, MOUNT("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev") },
        { ROOT_ONLY, MOUNT("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro") },
        { ROOT_ONLY, MOUNT("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro") },
        { USER_ONLY, MOUNT("/sys", "bind", "/sys", "rbind", "rprivate", "nosuid", "noexec", "nodev", "rro") },
        { HOST_ONLY, MOUNT("/run", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=755", "size=65536k") },
        { HOST_ONLY, MOUNT("/tmp", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=1777") },
        { HOST_ONLY, MOUNT("/var/tmp", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=1777") },
};

/* Without root, a copy of the machine gets its user namespace from the engine, which knows who calls then. */
static const struct { enum fits fits; int kind; } namespaces[] = {
        { ALL, SPEC_NAMESPACE_PID }, { ALL, SPEC_NAMESPACE_NETWORK }, { ALL, SPEC_NAMESPACE_IPC },
        { ALL, SPEC_NAMESPACE_UTS }, { ALL, SPEC_NAMESPACE_MOUNT }, { ALL, SPEC_NAMESPACE_CGROUP },
        { ROOTFS_USER_ONLY, SPEC_NAMESPACE_USER },
};

/* What a shell in a container needs; and what root needs to install packages into a copy of a system: nothing of that
 * reaches the kernel or a device. */
static const struct strings container_capabilities = STRINGS("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE");
static const struct strings system_capabilities = STRINGS(
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_AUDIT_WRITE", "CAP_SETFCAP");

static const struct strings program = STRINGS("sh");
static const struct strings environment = STRINGS(
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", "HOME=/root");

static const struct strings bind_options = STRINGS("rbind", "rprivate");
static const struct strings bind_read_only = STRINGS("rbind", "rprivate", "rro");

static const struct strings masked_paths = STRINGS(
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap",
        "/sys/firmware");
static const struct strings readonly_paths = STRINGS(
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

/* A specification and what it points at. */
struct draft {
        struct spec spec;
        struct spec_root root;
        struct spec_process process;
        struct spec_capabilities capabilities;
        struct spec_rlimit rlimit;
        struct spec_linux linux_;
        struct spec_resources resources;
        struct spec_device_rule rule;
        struct spec_mapping uid, gid;
        struct spec_mount *mounts;
        struct strings env;
        struct spec_namespace namespaces[ARRAY_LENGTH(namespaces)];
};

static void draft_process(struct draft *draft, const struct oci_template *wanted)
{
        const struct strings given = wanted->rootfs ? container_capabilities : system_capabilities;

        draft->capabilities = (struct spec_capabilities){ .bounding = given, .effective = given, .permitted = given };
        draft->rlimit = (struct spec_rlimit){ .type = "RLIMIT_NOFILE", .soft = 1024, .hard = 1024 };
        draft->process = (struct spec_process){
                .terminal = !wanted->piped, .args = wanted->args.count ? wanted->args : program,
                .env = wanted->env.count ? draft->env : environment, .cwd = wanted->cwd ? wanted->cwd : "/",
                .capabilities = &draft->capabilities,
                .rlimits = { .items = &draft->rlimit, .count = 1 }, .no_new_privileges = true,
        };
        draft->spec.process = &draft->process;
}

static bool is_covered(const struct oci_template *wanted, const char *destination)
{
        for (size_t i = 0; i < wanted->uncovered.count; i++)
                if (path_is_below(wanted->uncovered.items[i], destination))
                        return false;
        return true;
}

static bool is_wanted(const struct oci_template *wanted, const struct spec_mount *mount)
{
        return is_covered(wanted, mount->destination) && !(wanted->unlimited && text_equal(mount->type, "cgroup"));
}

static void draft_mounts(struct draft *draft, const struct oci_template *wanted)
{
        draft->spec.mounts.items = draft->mounts;
        for (size_t i = 0; i < ARRAY_LENGTH(mounts); i++)
                if (fits(mounts[i].fits, wanted) && is_wanted(wanted, &mounts[i].mount))
                        draft->mounts[draft->spec.mounts.count++] = mounts[i].mount;
        for (size_t i = 0; i < wanted->binds.count; i++)
                draft->mounts[draft->spec.mounts.count++] = (struct spec_mount){
                        .destination = wanted->binds.items[i].destination, .type = "bind", .source = wanted->binds.items[i].source,
                        .options = wanted->binds.items[i].read_only ? bind_read_only : bind_options,
                };
}

static void draft_done(struct draft *draft)
{
        free(draft->mounts);
        free(draft->env.items);
}

static int draft_lists(struct draft *draft, const struct oci_template *wanted, struct error *err)
{
        draft->mounts = calloc(ARRAY_LENGTH(mounts) + wanted->binds.count, sizeof(*draft->mounts));
        draft->env.items = calloc(environment.count + wanted->env.count, sizeof(*draft->env.items));
        if (!draft->mounts || !draft->env.items)
                return error_memory(err);
        for (size_t i = 0; i < environment.count; i++)
                if (i != 1 || !wanted->env.count)       /* the caller says what terminal it is */
                        draft->env.items[draft->env.count++] = environment.items[i];
        for (size_t i = 0; i < wanted->env.count; i++)
                draft->env.items[draft->env.count++] = wanted->env.items[i];
        return 0;
}

static void draft_mappings(struct draft *draft, const struct oci_template *wanted)
{
        if (!fits(ROOTFS_USER_ONLY, wanted))
                return;
        draft->uid = (struct spec_mapping){ .container_id = 0, .host_id = wanted->uid, .size = 1 };
        draft->gid = (struct spec_mapping){ .container_id = 0, .host_id = wanted->gid, .size = 1 };
        draft->linux_.uid_mappings.items = &draft->uid;
        draft->linux_.uid_mappings.count = 1;
        draft->linux_.gid_mappings.items = &draft->gid;
        draft->linux_.gid_mappings.count = 1;
}

static void draft_linux(struct draft *draft, const struct oci_template *wanted)
{
        draft->linux_.namespaces.items = draft->namespaces;
        for (size_t i = 0; i < ARRAY_LENGTH(namespaces); i++)
                if (fits(namespaces[i].fits, wanted) && !(wanted->host_network && namespaces[i].kind == SPEC_NAMESPACE_NETWORK))
                        draft->namespaces[draft->linux_.namespaces.count++].kind = namespaces[i].kind;
        draft_mappings(draft, wanted);
        draft->linux_.masked_paths = masked_paths;
        draft->linux_.readonly_paths = readonly_paths;
        draft->spec.linux_ = &draft->linux_;
        if (wanted->rootless)
                return;

        /* No device but the usual ones. */
        draft->rule = (struct spec_device_rule){ .allow = false, .access = "rwm" };
        draft->resources.devices.items = &draft->rule;
        draft->resources.devices.count = 1;
        draft->linux_.resources = &draft->resources;
}

int oci_template(const struct oci_template *wanted, char **ret, struct error *err)
{
        _cleanup_(draft_done) struct draft draft = { .spec = { .oci_version = OCI_VERSION, .hostname = "sandbox" } };
        _cleanup_(text_done) struct text compact = { 0 }, pretty = { 0 };
        int r = draft_lists(&draft, wanted, err);

        if (r < 0)
                return r;
        draft.spec.annotations = wanted->annotations;
        draft.root = (struct spec_root){ .path = "rootfs", .readonly = true };
        draft.spec.root = wanted->rootfs ? &draft.root : NULL;
        draft_process(&draft, wanted);
        draft_mounts(&draft, wanted);
        draft_linux(&draft, wanted);

        json_write(&compact, spec_fields, &draft.spec);
        r = text_check(&compact, err);
        if (r >= 0)
                r = json_indent(&pretty, compact.data, err);
        if (r < 0)
                return r;
        text_add_char(&pretty, '\n');
        return text_take(&pretty, ret, err);
}
