#include "oci/windows/section.h"

static const struct json_field device_fields[] = {
        JSON_TEXT_F(struct section_device, "id", id, JSON_REQUIRED),
        JSON_TEXT_F(struct section_device, "idType", id_type, JSON_REQUIRED),
        JSON_END
};

static const struct json_field memory_fields[] = {
        JSON_UINT_OPT(struct section_memory, "limit", limit),
        JSON_END
};

static const struct json_field affinity_fields[] = {
        JSON_UINT(struct section_affinity, "mask", mask),
        JSON_UINT(struct section_affinity, "group", group),
        JSON_END
};

static const struct json_field cpu_fields[] = {
        JSON_UINT_OPT(struct section_cpu, "count", count),
        JSON_UINT_OPT(struct section_cpu, "shares", shares),
        JSON_UINT_OPT(struct section_cpu, "maximum", maximum),
        JSON_LIST(struct section_cpu, "affinity", affinity, affinity_fields),
        JSON_END
};

static const struct json_field storage_fields[] = {
        JSON_UINT_OPT(struct section_storage, "iops", iops),
        JSON_UINT_OPT(struct section_storage, "bps", bps),
        JSON_UINT_OPT(struct section_storage, "sandboxSize", sandbox_size),
        JSON_END
};

static const struct json_field resources_fields[] = {
        JSON_POINTER(struct section_resources, "memory", memory, memory_fields),
        JSON_POINTER(struct section_resources, "cpu", cpu, cpu_fields),
        JSON_POINTER(struct section_resources, "storage", storage, storage_fields),
        JSON_END
};

static const struct json_field network_fields[] = {
        JSON_STRINGS(struct section_network, "endpointList", endpoint_list),
        JSON_BOOL(struct section_network, "allowUnqualifiedDNSQuery", allow_unqualified_dns_query),
        JSON_STRINGS(struct section_network, "DNSSearchList", dns_search_list),
        JSON_TEXT(struct section_network, "networkSharedContainerName", network_shared_container_name),
        JSON_TEXT(struct section_network, "networkNamespace", network_namespace),
        JSON_END
};

static const struct json_field hyperv_fields[] = {
        JSON_TEXT(struct section_hyperv, "utilityVMPath", utility_vm_path),
        JSON_END
};

const struct json_field windows_section_fields[] = {
        JSON_STRINGS(struct windows_section, "layerFolders", layer_folders),
        JSON_LIST(struct windows_section, "devices", devices, device_fields),
        JSON_POINTER(struct windows_section, "resources", resources, resources_fields),
        JSON_RAW(struct windows_section, "credentialSpec", credential_spec),
        JSON_BOOL(struct windows_section, "servicing", servicing),
        JSON_BOOL(struct windows_section, "ignoreFlushesDuringBoot", ignore_flushes_during_boot),
        JSON_POINTER(struct windows_section, "hyperv", hyperv, hyperv_fields),
        JSON_POINTER(struct windows_section, "network", network, network_fields),
        JSON_END
};
