#include "hcs/schema/specification.h"

/* --- process ------------------------------------------------------------------------------------------------------------ */

static const struct json_field box_fields[] = {
        JSON_UINT_RANGE_F(struct spec_box, "height", height, JSON_REQUIRED, 0, UINT16_MAX),
        JSON_UINT_RANGE_F(struct spec_box, "width", width, JSON_REQUIRED, 0, UINT16_MAX),
        JSON_END
};

static const struct json_field user_fields[] = {
        JSON_UINT_RANGE_F(struct spec_user, "uid", uid, JSON_ALWAYS, 0, UINT32_MAX - 1),
        JSON_UINT_RANGE_F(struct spec_user, "gid", gid, JSON_ALWAYS, 0, UINT32_MAX - 1),
        JSON_UINT_OPT_RANGE(struct spec_user, "umask", umask, 0, 0777),
        JSON_UINT32S(struct spec_user, "additionalGids", additional_gids),
        JSON_TEXT(struct spec_user, "username", username),
        JSON_END
};

static const struct json_field capabilities_fields[] = {
        JSON_STRINGS(struct spec_capabilities, "bounding", bounding),
        JSON_STRINGS(struct spec_capabilities, "effective", effective),
        JSON_STRINGS(struct spec_capabilities, "inheritable", inheritable),
        JSON_STRINGS(struct spec_capabilities, "permitted", permitted),
        JSON_STRINGS(struct spec_capabilities, "ambient", ambient),
        JSON_END
};

static const struct json_field rlimit_fields[] = {
        JSON_TEXT_F(struct spec_rlimit, "type", type, JSON_REQUIRED),
        JSON_UINT_F(struct spec_rlimit, "soft", soft, JSON_REQUIRED),
        JSON_UINT_F(struct spec_rlimit, "hard", hard, JSON_REQUIRED),
        JSON_END
};

static const struct json_field scheduler_fields[] = {
        JSON_TEXT_F(struct spec_scheduler, "policy", policy, JSON_REQUIRED),
        JSON_INT(struct spec_scheduler, "nice", nice),
        JSON_INT(struct spec_scheduler, "priority", priority),
        JSON_STRINGS(struct spec_scheduler, "flags", flags),
        JSON_UINT(struct spec_scheduler, "runtime", runtime),
        JSON_UINT(struct spec_scheduler, "deadline", deadline),
        JSON_UINT(struct spec_scheduler, "period", period),
        JSON_END
};

static const struct json_field io_priority_fields[] = {
        JSON_TEXT_F(struct spec_io_priority, "class", class, JSON_REQUIRED),
        JSON_INT(struct spec_io_priority, "priority", priority),
        JSON_END
};

static const struct json_field cpu_affinity_fields[] = {
        JSON_TEXT(struct spec_cpu_affinity, "initial", initial),
        JSON_TEXT(struct spec_cpu_affinity, "final", final),
        JSON_END
};

const struct json_field spec_process_fields[] = {
        JSON_BOOL(struct spec_process, "terminal", terminal),
        JSON_POINTER(struct spec_process, "consoleSize", console_size, box_fields),
        JSON_STRUCT_F(struct spec_process, "user", user, user_fields, JSON_ALWAYS),
        JSON_STRINGS(struct spec_process, "args", args),
        JSON_TEXT(struct spec_process, "commandLine", command_line),
        JSON_STRINGS(struct spec_process, "env", env),
        JSON_TEXT(struct spec_process, "cwd", cwd),
        JSON_POINTER(struct spec_process, "capabilities", capabilities, capabilities_fields),
        JSON_LIST(struct spec_process, "rlimits", rlimits, rlimit_fields),
        JSON_BOOL(struct spec_process, "noNewPrivileges", no_new_privileges),
        JSON_TEXT(struct spec_process, "apparmorProfile", apparmor_profile),
        JSON_INT_OPT_RANGE(struct spec_process, "oomScoreAdj", oom_score_adj, -1000, 1000),
        JSON_TEXT(struct spec_process, "selinuxLabel", selinux_label),
        JSON_POINTER(struct spec_process, "scheduler", scheduler, scheduler_fields),
        JSON_POINTER(struct spec_process, "ioPriority", io_priority, io_priority_fields),
        JSON_POINTER(struct spec_process, "execCPUAffinity", exec_cpu_affinity, cpu_affinity_fields),
        JSON_END
};

/* --- root, mounts, hooks ------------------------------------------------------------------------------------------------ */

static const struct json_field root_fields[] = {
        JSON_TEXT(struct spec_root, "path", path),
        JSON_BOOL(struct spec_root, "readonly", readonly),
        JSON_END
};

static const struct json_field mapping_fields[] = {
        JSON_UINT_RANGE_F(struct spec_mapping, "containerID", container_id, JSON_REQUIRED, 0, UINT32_MAX - 1),
        JSON_UINT_RANGE_F(struct spec_mapping, "hostID", host_id, JSON_REQUIRED, 0, UINT32_MAX - 1),
        JSON_UINT_RANGE_F(struct spec_mapping, "size", size, JSON_REQUIRED, 1, UINT32_MAX),
        JSON_END
};

static const struct json_field mount_fields[] = {
        JSON_TEXT_F(struct spec_mount, "destination", destination, JSON_REQUIRED),
        JSON_TEXT(struct spec_mount, "type", type),
        JSON_TEXT(struct spec_mount, "source", source),
        JSON_STRINGS(struct spec_mount, "options", options),
        JSON_LIST(struct spec_mount, "uidMappings", uid_mappings, mapping_fields),
        JSON_LIST(struct spec_mount, "gidMappings", gid_mappings, mapping_fields),
        JSON_END
};

static const struct json_field hook_fields[] = {
        JSON_TEXT_F(struct spec_hook, "path", path, JSON_REQUIRED),
        JSON_STRINGS(struct spec_hook, "args", args),
        JSON_STRINGS(struct spec_hook, "env", env),
        JSON_INT_OPT_RANGE(struct spec_hook, "timeout", timeout, 1, INT32_MAX),
        JSON_END
};

static const struct json_field hooks_fields[] = {
        JSON_LIST(struct spec_hooks, "prestart", prestart, hook_fields),
        JSON_LIST(struct spec_hooks, "createRuntime", create_runtime, hook_fields),
        JSON_LIST(struct spec_hooks, "createContainer", create_container, hook_fields),
        JSON_LIST(struct spec_hooks, "startContainer", start_container, hook_fields),
        JSON_LIST(struct spec_hooks, "poststart", poststart, hook_fields),
        JSON_LIST(struct spec_hooks, "poststop", poststop, hook_fields),
        JSON_END
};

/* --- linux -------------------------------------------------------------------------------------------------------------- */

const char *const spec_namespace_names[] = { "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time", NULL };

static const struct json_field namespace_fields[] = {
        JSON_ENUM_F(struct spec_namespace, "type", kind, spec_namespace_names, JSON_REQUIRED),
        JSON_TEXT(struct spec_namespace, "path", path),
        JSON_END
};

static const struct json_field device_fields[] = {
        JSON_TEXT_F(struct spec_device, "type", type, JSON_REQUIRED),
        JSON_TEXT_F(struct spec_device, "path", path, JSON_REQUIRED),
        JSON_INT(struct spec_device, "major", major),
        JSON_INT(struct spec_device, "minor", minor),
        JSON_UINT_OPT_RANGE(struct spec_device, "fileMode", file_mode, 0, UINT32_MAX),
        JSON_UINT_OPT_RANGE(struct spec_device, "uid", uid, 0, UINT32_MAX - 1),
        JSON_UINT_OPT_RANGE(struct spec_device, "gid", gid, 0, UINT32_MAX - 1),
        JSON_END
};

static const struct json_field device_rule_fields[] = {
        JSON_BOOL_F(struct spec_device_rule, "allow", allow, JSON_REQUIRED),
        JSON_TEXT(struct spec_device_rule, "type", type),
        JSON_INT_OPT(struct spec_device_rule, "major", major),
        JSON_INT_OPT(struct spec_device_rule, "minor", minor),
        JSON_TEXT(struct spec_device_rule, "access", access),
        JSON_END
};

static const struct json_field memory_fields[] = {
        JSON_INT_OPT(struct spec_memory, "limit", limit),
        JSON_INT_OPT(struct spec_memory, "reservation", reservation),
        JSON_INT_OPT(struct spec_memory, "swap", swap),
        JSON_INT_OPT(struct spec_memory, "kernel", kernel),
        JSON_INT_OPT(struct spec_memory, "kernelTCP", kernel_tcp),
        JSON_UINT_OPT_RANGE(struct spec_memory, "swappiness", swappiness, 0, 100),
        JSON_BOOL_OPT(struct spec_memory, "disableOOMKiller", disable_oom_killer),
        JSON_BOOL_OPT(struct spec_memory, "useHierarchy", use_hierarchy),
        JSON_BOOL_OPT(struct spec_memory, "checkBeforeUpdate", check_before_update),
        JSON_END
};

static const struct json_field cpu_fields[] = {
        JSON_UINT_OPT(struct spec_cpu, "shares", shares),
        JSON_INT_OPT(struct spec_cpu, "quota", quota),
        JSON_UINT_OPT(struct spec_cpu, "burst", burst),
        JSON_UINT_OPT(struct spec_cpu, "period", period),
        JSON_INT_OPT(struct spec_cpu, "realtimeRuntime", realtime_runtime),
        JSON_UINT_OPT(struct spec_cpu, "realtimePeriod", realtime_period),
        JSON_TEXT(struct spec_cpu, "cpus", cpus),
        JSON_TEXT(struct spec_cpu, "mems", mems),
        JSON_INT_OPT_RANGE(struct spec_cpu, "idle", idle, 0, 1),
        JSON_END
};

static const struct json_field pids_fields[] = {
        JSON_INT_OPT(struct spec_pids, "limit", limit),
        JSON_END
};

static const struct json_field hugepage_fields[] = {
        JSON_TEXT_F(struct spec_hugepage_limit, "pageSize", page_size, JSON_REQUIRED),
        JSON_UINT_F(struct spec_hugepage_limit, "limit", limit, JSON_REQUIRED),
        JSON_END
};

static const struct json_field weight_device_fields[] = {
        JSON_INT_F(struct spec_weight_device, "major", major, JSON_REQUIRED),
        JSON_INT_F(struct spec_weight_device, "minor", minor, JSON_REQUIRED),
        JSON_UINT_OPT(struct spec_weight_device, "weight", weight),
        JSON_UINT_OPT(struct spec_weight_device, "leafWeight", leaf_weight),
        JSON_END
};

static const struct json_field throttle_fields[] = {
        JSON_INT_F(struct spec_throttle_device, "major", major, JSON_REQUIRED),
        JSON_INT_F(struct spec_throttle_device, "minor", minor, JSON_REQUIRED),
        JSON_UINT_F(struct spec_throttle_device, "rate", rate, JSON_REQUIRED),
        JSON_END
};

static const struct json_field block_io_fields[] = {
        JSON_UINT_OPT(struct spec_block_io, "weight", weight),
        JSON_UINT_OPT(struct spec_block_io, "leafWeight", leaf_weight),
        JSON_LIST(struct spec_block_io, "weightDevice", weight_device, weight_device_fields),
        JSON_LIST(struct spec_block_io, "throttleReadBpsDevice", read_bps, throttle_fields),
        JSON_LIST(struct spec_block_io, "throttleWriteBpsDevice", write_bps, throttle_fields),
        JSON_LIST(struct spec_block_io, "throttleReadIOPSDevice", read_iops, throttle_fields),
        JSON_LIST(struct spec_block_io, "throttleWriteIOPSDevice", write_iops, throttle_fields),
        JSON_END
};

static const struct json_field interface_priority_fields[] = {
        JSON_TEXT_F(struct spec_interface_priority, "name", name, JSON_REQUIRED),
        JSON_UINT_F(struct spec_interface_priority, "priority", priority, JSON_REQUIRED),
        JSON_END
};

static const struct json_field network_fields[] = {
        JSON_UINT_OPT(struct spec_network, "classID", class_id),
        JSON_LIST(struct spec_network, "priorities", priorities, interface_priority_fields),
        JSON_END
};

static const struct json_field rdma_fields[] = {
        JSON_UINT_OPT(struct spec_rdma, "hcaHandles", hca_handles),
        JSON_UINT_OPT(struct spec_rdma, "hcaObjects", hca_objects),
        JSON_END
};

const struct json_field spec_resources_fields[] = {
        JSON_LIST(struct spec_resources, "devices", devices, device_rule_fields),
        JSON_POINTER(struct spec_resources, "memory", memory, memory_fields),
        JSON_POINTER(struct spec_resources, "cpu", cpu, cpu_fields),
        JSON_POINTER(struct spec_resources, "pids", pids, pids_fields),
        JSON_POINTER(struct spec_resources, "blockIO", block_io, block_io_fields),
        JSON_LIST(struct spec_resources, "hugepageLimits", hugepage_limits, hugepage_fields),
        JSON_POINTER(struct spec_resources, "network", network, network_fields),
        JSON_STRUCT_MAP(struct spec_resources, "rdma", rdma, rdma_fields),
        JSON_MAP(struct spec_resources, "unified", unified),
        JSON_END
};

static const struct json_field time_offset_fields[] = {
        JSON_INT(struct spec_time_offset, "secs", secs),
        JSON_UINT_RANGE_F(struct spec_time_offset, "nanosecs", nanosecs, 0, 0, 999999999),
        JSON_END
};

static const struct json_field time_offsets_fields[] = {
        JSON_POINTER(struct spec_time_offsets, "monotonic", monotonic, time_offset_fields),
        JSON_POINTER(struct spec_time_offsets, "boottime", boottime, time_offset_fields),
        JSON_END
};

const struct json_field spec_personality_fields[] = {
        JSON_TEXT_F(struct spec_personality, "domain", domain, JSON_REQUIRED),
        JSON_STRINGS(struct spec_personality, "flags", flags),
        JSON_END
};

const struct json_field spec_memory_policy_fields[] = {
        JSON_TEXT(struct spec_memory_policy, "mode", mode),
        JSON_TEXT(struct spec_memory_policy, "nodes", nodes),
        JSON_STRINGS(struct spec_memory_policy, "flags", flags),
        JSON_END
};

static const struct json_field net_device_fields[] = {
        JSON_TEXT(struct spec_net_device, "name", name),
        JSON_END
};

const struct json_field spec_intel_rdt_fields[] = {
        JSON_TEXT(struct spec_intel_rdt, "closID", clos_id),
        JSON_TEXT(struct spec_intel_rdt, "l3CacheSchema", l3_cache_schema),
        JSON_TEXT(struct spec_intel_rdt, "memBwSchema", mem_bw_schema),
        JSON_STRINGS(struct spec_intel_rdt, "schemata", schemata),
        JSON_BOOL(struct spec_intel_rdt, "enableMonitoring", enable_monitoring),
        JSON_BOOL(struct spec_intel_rdt, "enableCMT", enable_cmt),
        JSON_BOOL(struct spec_intel_rdt, "enableMBM", enable_mbm),
        JSON_END
};

static const struct json_field linux_fields[] = {
        JSON_LIST(struct spec_linux, "uidMappings", uid_mappings, mapping_fields),
        JSON_LIST(struct spec_linux, "gidMappings", gid_mappings, mapping_fields),
        JSON_MAP(struct spec_linux, "sysctl", sysctl),
        JSON_POINTER(struct spec_linux, "resources", resources, spec_resources_fields),
        JSON_TEXT(struct spec_linux, "cgroupsPath", cgroups_path),
        JSON_LIST(struct spec_linux, "namespaces", namespaces, namespace_fields),
        JSON_LIST(struct spec_linux, "devices", devices, device_fields),
        JSON_RAW(struct spec_linux, "seccomp", seccomp),
        JSON_TEXT(struct spec_linux, "rootfsPropagation", rootfs_propagation),
        JSON_STRINGS(struct spec_linux, "maskedPaths", masked_paths),
        JSON_STRINGS(struct spec_linux, "readonlyPaths", readonly_paths),
        JSON_TEXT(struct spec_linux, "mountLabel", mount_label),
        JSON_POINTER(struct spec_linux, "intelRdt", intel_rdt, spec_intel_rdt_fields),
        JSON_STRUCT_MAP(struct spec_linux, "netDevices", net_devices, net_device_fields),
        JSON_POINTER(struct spec_linux, "memoryPolicy", memory_policy, spec_memory_policy_fields),
        JSON_POINTER(struct spec_linux, "personality", personality, spec_personality_fields),
        JSON_POINTER(struct spec_linux, "timeOffsets", time_offsets, time_offsets_fields),
        JSON_END
};

/* --- the whole ---------------------------------------------------------------------------------------------------------- */

const struct json_field spec_fields[] = {
        JSON_TEXT_F(struct spec, "ociVersion", oci_version, JSON_REQUIRED),
        JSON_POINTER(struct spec, "process", process, spec_process_fields),
        JSON_POINTER(struct spec, "root", root, root_fields),
        JSON_TEXT(struct spec, "hostname", hostname),
        JSON_TEXT(struct spec, "domainname", domainname),
        JSON_LIST(struct spec, "mounts", mounts, mount_fields),
        JSON_POINTER(struct spec, "hooks", hooks, hooks_fields),
        JSON_MAP(struct spec, "annotations", annotations),
        JSON_POINTER(struct spec, "linux", linux_, linux_fields),
        JSON_RAW(struct spec, "windows", windows),
        JSON_RAW(struct spec, "vm", vm),
        JSON_RAW(struct spec, "solaris", solaris),
        JSON_RAW(struct spec, "zos", zos),
        JSON_RAW(struct spec, "freebsd", freebsd),
        JSON_END
};

void spec_mappings_write(const spec_mappings *mappings, struct text *out)
{
        for (size_t i = 0; i < mappings->count; i++)
                text_addf(out, "%u %u %u\n", mappings->items[i].container_id, mappings->items[i].host_id, mappings->items[i].size);
}

const struct spec_namespace *spec_namespace_find(const struct spec *spec, enum spec_namespace_kind kind)
{
        for (size_t i = 0; spec->linux_ && i < spec->linux_->namespaces.count; i++)
                if (spec->linux_->namespaces.items[i].kind == (int)kind)
                        return &spec->linux_->namespaces.items[i];
        return NULL;
}

const char *spec_annotation(const struct spec *spec, const char *name)
{
        for (size_t i = 0; i < spec->annotations.count; i++)
                if (text_equal(spec->annotations.items[i].key, name))
                        return spec->annotations.items[i].value;
        return NULL;
}

bool spec_process_may(const struct spec_process *process, const char *capability)
{
        const struct spec_capabilities *has = process->capabilities;
        const struct strings *sets[] = {
                has ? &has->bounding : NULL, has ? &has->effective : NULL, has ? &has->permitted : NULL, has ? &has->inheritable : NULL,
                has ? &has->ambient : NULL,
        };

        for (size_t i = 0; has && i < ARRAY_LENGTH(sets); i++)
                for (size_t k = 0; k < sets[i]->count; k++)
                        if (text_equal(sets[i]->items[k], capability))
                                return true;
        return false;
}
