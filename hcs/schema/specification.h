/* The OCI runtime specification (1.2, with 1.3 where cheap) as structs and tables.  It lives down here because it crosses
 * the waist: a HostedSystem document embeds it, so oci/ reads and writes it above and hcs/local reads it below.
 *
 * Only shape and range are checked by the tables; meaning is oci/check.c's.  Every pointer lives in the arena that the
 * specification was read into.  Member names follow the specification's config.md, config-linux.md. */
#ifndef HCS_SCHEMA_SPECIFICATION_H
#define HCS_SCHEMA_SPECIFICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/json.h"
#include "hcs/base/macros.h"

/* --- process ------------------------------------------------------------------------------------------------------ */

struct spec_box { uint32_t height, width; };

struct spec_user {
        uint32_t uid, gid;                      /* 4294967295 is refused */
        const uint32_t *umask;
        struct uint32s additional_gids;
        const char *username;                   /* Windows */
};

struct spec_capabilities { struct strings bounding, effective, inheritable, permitted, ambient; };

struct spec_rlimit { const char *type; uint64_t soft, hard; };

struct spec_scheduler {
        const char *policy;
        int32_t nice, priority;
        struct strings flags;
        uint64_t runtime, deadline, period;
};

struct spec_io_priority { const char *class; int32_t priority; };
struct spec_cpu_affinity { const char *initial, *final; };

struct spec_process {
        bool terminal;
        const struct spec_box *console_size;
        struct spec_user user;
        struct strings args;
        const char *command_line;               /* Windows */
        struct strings env;
        const char *cwd;
        const struct spec_capabilities *capabilities;
        LIST_OF(struct spec_rlimit) rlimits;
        bool no_new_privileges;
        const char *apparmor_profile;
        const int32_t *oom_score_adj;
        const char *selinux_label;
        const struct spec_scheduler *scheduler;
        const struct spec_io_priority *io_priority;
        const struct spec_cpu_affinity *exec_cpu_affinity;
};

/* --- root, mounts, hooks ------------------------------------------------------------------------------------------ */

struct spec_root { const char *path; bool readonly; };

struct spec_mapping { uint32_t container_id, host_id, size; };

typedef LIST_OF(struct spec_mapping) spec_mappings;

struct spec_mount {
        const char *destination, *type, *source;
        struct strings options;
        spec_mappings uid_mappings, gid_mappings;
};

struct spec_hook {
        const char *path;
        struct strings args, env;
        const int32_t *timeout;                 /* seconds, above 0 */
};

typedef LIST_OF(struct spec_hook) spec_hook_list;

struct spec_hooks {
        spec_hook_list prestart, create_runtime, create_container, start_container, poststart, poststop;
};

/* --- linux -------------------------------------------------------------------------------------------------------- */

enum spec_namespace_kind {                      /* JSON_ENUM: 0 is absent */
        SPEC_NAMESPACE_PID = 1, SPEC_NAMESPACE_NETWORK, SPEC_NAMESPACE_MOUNT, SPEC_NAMESPACE_IPC, SPEC_NAMESPACE_UTS,
        SPEC_NAMESPACE_USER, SPEC_NAMESPACE_CGROUP, SPEC_NAMESPACE_TIME,
        SPEC_NAMESPACE_END,
};

struct spec_namespace { int kind; const char *path; };

struct spec_device {
        const char *type;                       /* "c", "b", "u", "p" */
        const char *path;
        int64_t major, minor;
        const uint32_t *file_mode, *uid, *gid;
};

struct spec_device_rule { bool allow; const char *type; const int64_t *major, *minor; const char *access; };

struct spec_memory {
        const int64_t *limit, *reservation, *swap, *kernel, *kernel_tcp;        /* bytes; -1 is no limit */
        const uint64_t *swappiness;
        const bool *disable_oom_killer, *use_hierarchy, *check_before_update;
};

struct spec_cpu {
        const uint64_t *shares, *period, *burst, *realtime_period;
        const int64_t *quota, *realtime_runtime, *idle;
        const char *cpus, *mems;
};

struct spec_pids { const int64_t *limit; };
struct spec_hugepage_limit { const char *page_size; uint64_t limit; };

struct spec_weight_device { int64_t major, minor; const uint32_t *weight, *leaf_weight; };
struct spec_throttle_device { int64_t major, minor; uint64_t rate; };
typedef LIST_OF(struct spec_throttle_device) spec_throttle_list;

struct spec_block_io {
        const uint32_t *weight, *leaf_weight;
        LIST_OF(struct spec_weight_device) weight_device;
        spec_throttle_list read_bps, write_bps, read_iops, write_iops;
};

struct spec_interface_priority { const char *name; uint32_t priority; };
struct spec_network { const uint32_t *class_id; LIST_OF(struct spec_interface_priority) priorities; };

struct spec_rdma { const uint32_t *hca_handles, *hca_objects; };

struct spec_resources {
        LIST_OF(struct spec_device_rule) devices;
        const struct spec_memory *memory;
        const struct spec_cpu *cpu;
        const struct spec_pids *pids;
        const struct spec_block_io *block_io;
        LIST_OF(struct spec_hugepage_limit) hugepage_limits;
        const struct spec_network *network;
        MAP_OF(struct spec_rdma) rdma;          /* by the name of the device, "mlx5_1" */
        struct string_map unified;
};

struct spec_time_offset { int64_t secs; uint32_t nanosecs; };
struct spec_time_offsets { const struct spec_time_offset *monotonic, *boottime; };

struct spec_personality { const char *domain; struct strings flags; };

struct spec_net_device { const char *name; };           /* in the sandbox; NULL: as on the host */
typedef MAP_OF(struct spec_net_device) spec_net_devices;

struct spec_memory_policy { const char *mode, *nodes; struct strings flags; };

/* enableCMT and enableMBM are of versions before 1.3. */
struct spec_intel_rdt {
        const char *clos_id, *l3_cache_schema, *mem_bw_schema;
        struct strings schemata;
        bool enable_monitoring, enable_cmt, enable_mbm;
};

struct spec_linux {
        LIST_OF(struct spec_namespace) namespaces;
        spec_mappings uid_mappings, gid_mappings;
        const struct spec_time_offsets *time_offsets;
        LIST_OF(struct spec_device) devices;
        const char *cgroups_path;
        const struct spec_resources *resources;
        const char *rootfs_propagation;
        const struct json_value *seccomp;
        struct string_map sysctl;
        struct strings masked_paths, readonly_paths;
        const char *mount_label;
        const struct spec_intel_rdt *intel_rdt;
        spec_net_devices net_devices;           /* by their names on the host */
        const struct spec_memory_policy *memory_policy;
        const struct spec_personality *personality;
};

/* --- the whole ---------------------------------------------------------------------------------------------------- */

struct spec {
        const char *oci_version;
        const struct spec_root *root;           /* NULL, or without a path: the host's own system, copy-on-write */
        LIST_OF(struct spec_mount) mounts;
        const struct spec_process *process;
        const char *hostname, *domainname;
        struct string_map annotations;
        const struct spec_hooks *hooks;
        const struct spec_linux *linux_;
        const struct json_value *windows, *vm, *solaris, *zos, *freebsd;        /* kept as they are */
};

extern const struct json_field spec_fields[];           /* struct spec */
extern const struct json_field spec_process_fields[];   /* struct spec_process; also exec's --process file */
extern const struct json_field spec_personality_fields[];       /* struct spec_personality */
extern const struct json_field spec_memory_policy_fields[];     /* struct spec_memory_policy */
extern const struct json_field spec_intel_rdt_fields[];        /* struct spec_intel_rdt */
extern const struct json_field spec_resources_fields[]; /* struct spec_resources; also update's --resources */
extern const char *const spec_namespace_names[];        /* "pid", "network", ...; index is kind - 1 */

/* As the kernel takes them, /proc/PID/uid_map: a line each. */
void spec_mappings_write(const spec_mappings *mappings, struct text *out);

/* The namespace of a kind, or NULL. */
const struct spec_namespace *spec_namespace_find(const struct spec *spec, enum spec_namespace_kind kind);
const char *spec_annotation(const struct spec *spec, const char *name);         /* NULL when absent */
/* Is the capability in any of its sets? */
bool spec_process_may(const struct spec_process *process, const char *capability);

#endif
