#include "hcs/schema/windows-settings.h"

#include <inttypes.h>
#include <string.h>

struct resource { const char *pattern; enum win_settings kind; const struct json_field *fields; };

/* hcs-documents.md section 8; "*" is one name. */
static const struct resource resources[] = {
        { "Container/MappedDirectories", WIN_SETTINGS_STRUCT, win_mapped_directory_fields },
        { "Container/MappedPipes", WIN_SETTINGS_STRUCT, win_mapped_pipe_fields },
        { "Container/Memory/SizeInMB", WIN_SETTINGS_NUMBER, NULL },
        { "Container/Processor", WIN_SETTINGS_STRUCT, win_container_processor_fields },
        { "Container/Devices/Generic", WIN_SETTINGS_STRUCT, win_device_fields },
        { "Container/RegistryFlushState", WIN_SETTINGS_STRUCT, win_registry_flush_state_fields },
        { "VirtualMachine/ComputeTopology/Memory/SizeInMB", WIN_SETTINGS_NUMBER, NULL },
        { "VirtualMachine/ComputeTopology/Processor/Limits", WIN_SETTINGS_STRUCT, win_processor_limits_fields },
        { "VirtualMachine/ComputeTopology/Processor/CpuGroup", WIN_SETTINGS_STRUCT, win_cpu_group_fields },
        { "VirtualMachine/ComputeTopology/Processor/IdledProcessors", WIN_SETTINGS_STRUCT, win_idle_processors_fields },
        { "VirtualMachine/ComputeTopology/Processor/CpuFrequencyPowerCap", WIN_SETTINGS_NUMBER, NULL },
        { "VirtualMachine/ComputeTopology/Gpu", WIN_SETTINGS_STRUCT, win_gpu_configuration_fields },
        { "VirtualMachine/Devices/Scsi/*/Attachments/*", WIN_SETTINGS_STRUCT, win_attachment_fields },
        { "VirtualMachine/Devices/NetworkAdapters/*", WIN_SETTINGS_STRUCT, win_network_adapter_fields },
        { "VirtualMachine/Devices/VirtualSmb/Shares", WIN_SETTINGS_STRUCT, win_smb_share_fields },
        { "VirtualMachine/Devices/Plan9/Shares", WIN_SETTINGS_STRUCT, win_plan9_share_fields },
        { "VirtualMachine/Devices/VirtualPMem/Devices/*", WIN_SETTINGS_STRUCT, win_pmem_device_fields },
        { "VirtualMachine/Devices/VirtualPMem/Devices/*/Mappings/*", WIN_SETTINGS_STRUCT, win_pmem_mapping_fields },
        { "VirtualMachine/Devices/MappedPipes/*", WIN_SETTINGS_NONE, NULL },
        { "VirtualMachine/Devices/VirtualPci/*", WIN_SETTINGS_STRUCT, win_pci_device_fields },
        { "VirtualMachine/Devices/FlexibleIov/*", WIN_SETTINGS_STRUCT, win_flexible_io_device_fields },
        { "VirtualMachine/Devices/ComPorts/*", WIN_SETTINGS_STRUCT, win_com_port_fields },
        { "VirtualMachine/Devices/SharedMemory/Regions", WIN_SETTINGS_STRUCT, win_shared_memory_region_fields },
        { "VirtualMachine/Devices/HvSocket/HvSocketConfig/ServiceTable/*", WIN_SETTINGS_STRUCT, win_hv_socket_service_config_fields },
};

static bool path_matches(const char *pattern, const char *path)
{
        for (; *pattern; pattern++) {
                if (*pattern == '*') {
                        size_t name = strcspn(path, "/");

                        if (name == 0)
                                return false;
                        path += name;
                } else if (*pattern != *path++) {
                        return false;
                }
        }
        return !*path;
}

enum win_settings win_modify_settings(const char *resource_path, const struct json_field **fields)
{
        for (size_t i = 0; i < ARRAY_LENGTH(resources); i++)
                if (path_matches(resources[i].pattern, resource_path)) {
                        *fields = resources[i].fields;
                        return resources[i].kind;
                }
        return WIN_SETTINGS_UNKNOWN;
}

struct guest_resource { const char *type; const struct json_field *windows, *linux_; };

/* The agents' own list is longer (hcs-documents.md section 8); these are the ones whose Settings are known. */
static const struct guest_resource guest_resources[] = {
        { "CimMount", win_cim_mount_fields, NULL },
        { "CombinedLayers", win_combined_layers_fields, win_lcow_combined_layers_fields },
        { "ContainerConstraints", NULL, win_lcow_constraints_fields },
        { "HvSocket", win_hv_socket_address_fields, NULL },
        { "MappedDirectory", win_mapped_directory_fields, win_lcow_mapped_directory_fields },
        { "MappedPipe", win_mapped_pipe_fields, NULL },
        { "MappedVirtualDisk", win_mapped_virtual_disk_fields, win_lcow_mapped_virtual_disk_fields },
        { "Network", win_guest_network_fields, win_lcow_network_fields },
        { "VPCIDevice", NULL, win_lcow_pci_device_fields },
        { "VPMemDevice", NULL, win_lcow_pmem_device_fields },
};

const struct json_field *win_guest_settings(const char *resource_type, bool linux_guest)
{
        for (size_t i = 0; i < ARRAY_LENGTH(guest_resources); i++)
                if (strcmp(guest_resources[i].type, resource_type) == 0)
                        return linux_guest ? guest_resources[i].linux_ : guest_resources[i].windows;
        return NULL;
}

const struct json_value *win_number_value(struct arena *arena, uint64_t number)
{
        struct json_value *value = arena_alloc(arena, sizeof(*value));
        char *text = arena_printf(arena, "%" PRIu64, number);

        if (!value || !text)
                return NULL;
        *value = (struct json_value){ .type = JSON_NUMBER, .text = text, .length = strlen(text) };
        return value;
}
