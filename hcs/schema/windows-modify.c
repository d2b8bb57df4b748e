#include "hcs/schema/windows-modify.h"

/* --- to a system -------------------------------------------------------------------------------------------------- */

const char *const win_request_type_names[] = { "Add", "Remove", "Update", NULL };

const struct json_field win_guest_request_fields[] = {
        JSON_TEXT(struct win_guest_request, "ResourceType", resource_type),
        JSON_ENUM_F(struct win_guest_request, "RequestType", request_type, win_request_type_names, 0),
        JSON_OPEN(struct win_guest_request, "Settings", settings),
        JSON_END
};

const struct json_field win_modify_request_fields[] = {
        JSON_TEXT(struct win_modify_request, "ResourcePath", resource_path, JSON_SINCE(2, 1)),
        JSON_ENUM_F(struct win_modify_request, "RequestType", request_type, win_request_type_names, 0),
        JSON_OPEN(struct win_modify_request, "Settings", settings),
        JSON_POINTER(struct win_modify_request, "GuestRequest", guest_request, win_guest_request_fields, JSON_SINCE(2, 1)),
        JSON_END
};

/* The page has 2.4 for the type; hcsshim sends it to builds from 19042 on, which know 2.3. */
const struct json_field win_processor_limits_fields[] = {
        JSON_UINT(struct win_processor_limits, "Limit", limit, JSON_BUILD(19042)),
        JSON_UINT(struct win_processor_limits, "Weight", weight, JSON_BUILD(19042)),
        JSON_UINT(struct win_processor_limits, "Reservation", reservation, JSON_BUILD(19042)),
        JSON_UINT(struct win_processor_limits, "MaximumFrequencyMHz", maximum_frequency_mhz, JSON_BUILD(19042)),
        JSON_END
};

const struct json_field win_idle_processors_fields[] = {
        JSON_UINT_F(struct win_idle_processors, "IdleProcessorCount", idle_processor_count, JSON_ALWAYS, JSON_SINCE(2, 3)),
        JSON_END
};

const struct json_field win_registry_flush_state_fields[] = {
        JSON_BOOL_F(struct win_registry_flush_state, "Enabled", enabled, JSON_ALWAYS),
        JSON_END
};

static const char *const gpu_mode_names[] = { "Disabled", "Default", "List", "Mirror", NULL };

const struct json_field win_gpu_configuration_fields[] = {
        JSON_ENUM_F(struct win_gpu_configuration, "AssignmentMode", assignment_mode, gpu_mode_names, 0),
        JSON_NUMBER_MAP(struct win_gpu_configuration, "AssignmentRequest", assignment_request, UINT16_MAX),
        JSON_BOOL(struct win_gpu_configuration, "AllowVendorExtension", allow_vendor_extension),
        JSON_BOOL_F(struct win_gpu_configuration, "DisableGdiAcceleration", disable_gdi_acceleration, JSON_UNPUBLISHED,
                    JSON_SINCE(2, 7), JSON_BUILD(22545)),
        JSON_BOOL_F(struct win_gpu_configuration, "DisablePresentation", disable_presentation, JSON_UNPUBLISHED,
                    JSON_SINCE(2, 7), JSON_BUILD(22545)),
        JSON_END
};

/* --- to the agent in a Windows guest -------------------------------------------------------------------------------- */

const struct json_field win_combined_layers_fields[] = {
        JSON_LIST(struct win_combined_layers, "Layers", layers, win_layer_fields),
        JSON_TEXT(struct win_combined_layers, "ScratchPath", scratch_path),
        JSON_TEXT(struct win_combined_layers, "ContainerRootPath", container_root_path),
        JSON_TEXT_F(struct win_combined_layers, "FilterType", filter_type, JSON_UNPUBLISHED, JSON_SINCE(2, 9)),
        JSON_END
};

const struct json_field win_mapped_virtual_disk_fields[] = {
        JSON_TEXT(struct win_mapped_virtual_disk, "ContainerPath", container_path),
        JSON_UINT_F(struct win_mapped_virtual_disk, "Lun", lun, JSON_ALWAYS),
        JSON_END
};

const struct json_field win_cim_mount_fields[] = {
        JSON_TEXT(struct win_cim_mount, "ImagePath", image_path, JSON_SINCE(2, 3)),
        JSON_TEXT(struct win_cim_mount, "FileSystemName", file_system_name, JSON_SINCE(2, 3)),
        JSON_GUID(struct win_cim_mount, "VolumeGuid", volume_guid, JSON_SINCE(2, 3)),
        JSON_UINT(struct win_cim_mount, "MountFlags", mount_flags, JSON_SINCE(2, 5)),
        JSON_END
};

const struct json_field win_guest_network_fields[] = {
        JSON_GUID(struct win_guest_network, "AdapterId", adapter_id),
        JSON_TEXT(struct win_guest_network, "RequestType", request_type),
        JSON_OPEN(struct win_guest_network, "Settings", settings),
        JSON_END
};

const struct json_field win_hv_socket_address_fields[] = {
        JSON_GUID(struct win_hv_socket_address, "LocalAddress", local_address),
        JSON_GUID(struct win_hv_socket_address, "ParentAddress", parent_address),
        JSON_END
};

/* --- to the agent in a Linux guest ----------------------------------------------------------------------------------- */

const struct json_field win_lcow_combined_layers_fields[] = {
        JSON_TEXT(struct win_lcow_combined_layers, "ContainerID", container_id),
        JSON_TEXT(struct win_lcow_combined_layers, "ContainerRootPath", container_root_path),
        JSON_LIST(struct win_lcow_combined_layers, "Layers", layers, win_layer_fields),
        JSON_TEXT(struct win_lcow_combined_layers, "ScratchPath", scratch_path),
        JSON_END
};

const struct json_field win_lcow_mapped_virtual_disk_fields[] = {
        JSON_TEXT(struct win_lcow_mapped_virtual_disk, "MountPath", mount_path),
        JSON_UINT_F(struct win_lcow_mapped_virtual_disk, "Lun", lun, JSON_ALWAYS),
        JSON_UINT_F(struct win_lcow_mapped_virtual_disk, "Controller", controller, JSON_ALWAYS),
        JSON_BOOL(struct win_lcow_mapped_virtual_disk, "ReadOnly", read_only),
        JSON_STRINGS(struct win_lcow_mapped_virtual_disk, "Options", options),
        JSON_BOOL(struct win_lcow_mapped_virtual_disk, "EnsureFilesystem", ensure_filesystem),
        JSON_TEXT(struct win_lcow_mapped_virtual_disk, "Filesystem", filesystem),
        JSON_END
};

const struct json_field win_lcow_mapped_directory_fields[] = {
        JSON_TEXT(struct win_lcow_mapped_directory, "MountPath", mount_path),
        JSON_UINT(struct win_lcow_mapped_directory, "Port", port),
        JSON_TEXT(struct win_lcow_mapped_directory, "ShareName", share_name),
        JSON_BOOL(struct win_lcow_mapped_directory, "ReadOnly", read_only),
        JSON_END
};

static const struct json_field lcow_mapping_info_fields[] = {
        JSON_UINT(struct win_lcow_mapping_info, "DeviceOffsetInBytes", device_offset_in_bytes),
        JSON_UINT(struct win_lcow_mapping_info, "DeviceSizeInBytes", device_size_in_bytes),
        JSON_END
};

const struct json_field win_lcow_pmem_device_fields[] = {
        JSON_UINT_F(struct win_lcow_pmem_device, "DeviceNumber", device_number, JSON_ALWAYS),
        JSON_TEXT(struct win_lcow_pmem_device, "MountPath", mount_path),
        JSON_POINTER(struct win_lcow_pmem_device, "MappingInfo", mapping_info, lcow_mapping_info_fields),
        JSON_END
};

static const struct json_field lcow_ip_config_fields[] = {
        JSON_TEXT(struct win_lcow_ip_config, "IPAddress", ip_address),
        JSON_UINT(struct win_lcow_ip_config, "PrefixLength", prefix_length),
        JSON_END
};

static const struct json_field lcow_route_fields[] = {
        JSON_TEXT(struct win_lcow_route, "NextHop", next_hop),
        JSON_TEXT(struct win_lcow_route, "DestinationPrefix", destination_prefix),
        JSON_UINT(struct win_lcow_route, "Metric", metric),
        JSON_END
};

const struct json_field win_lcow_network_fields[] = {
        JSON_TEXT(struct win_lcow_network, "NamespaceID", namespace_id),
        JSON_TEXT(struct win_lcow_network, "ID", id),
        JSON_TEXT(struct win_lcow_network, "MacAddress", mac_address),
        JSON_TEXT(struct win_lcow_network, "DNSSuffix", dns_suffix),
        JSON_TEXT(struct win_lcow_network, "DNSServerList", dns_server_list),
        JSON_UINT(struct win_lcow_network, "EncapOverhead", encap_overhead),
        JSON_BOOL(struct win_lcow_network, "VPCIAssigned", vpci_assigned),
        JSON_LIST(struct win_lcow_network, "IPConfigs", ip_configs, lcow_ip_config_fields),
        JSON_LIST(struct win_lcow_network, "Routes", routes, lcow_route_fields),
        JSON_END
};

const struct json_field win_lcow_pci_device_fields[] = {
        JSON_GUID(struct win_lcow_pci_device, "VMBusGUID", vmbus_guid),
        JSON_END
};

const struct json_field win_lcow_constraints_fields[] = {
        JSON_RAW(struct win_lcow_constraints, "Windows", windows),
        JSON_RAW(struct win_lcow_constraints, "Linux", linux_),
        JSON_END
};

/* --- to the service --------------------------------------------------------------------------------------------------- */

static const char *const modify_property_names[] = { "CpuGroup", "ContainerCredentialGuard", NULL };

const struct json_field win_service_request_fields[] = {
        JSON_ENUM_F(struct win_service_request, "PropertyType", property_type, modify_property_names, 0),
        JSON_OPEN(struct win_service_request, "Settings", settings),
        JSON_END
};

static const char *const guard_operation_names[] = { "AddInstance", "RemoveInstance", NULL };

const struct json_field win_guard_request_fields[] = {
        JSON_ENUM_F(struct win_guard_request, "Operation", operation, guard_operation_names, 0),
        JSON_OPEN(struct win_guard_request, "OperationDetails", operation_details),
        JSON_END
};

const struct json_field win_guard_add_instance_fields[] = {
        JSON_TEXT(struct win_guard_add_instance, "Id", id),
        JSON_TEXT(struct win_guard_add_instance, "CredentialSpec", credential_spec),
        JSON_ENUM_F(struct win_guard_add_instance, "Transport", transport, win_guard_transport_names, 0),
        JSON_END
};

const struct json_field win_guard_remove_instance_fields[] = {
        JSON_TEXT(struct win_guard_remove_instance, "Id", id),
        JSON_END
};

static const char *const group_operation_names[] = { "CreateGroup", "DeleteGroup", "SetProperty", NULL };

const struct json_field win_group_request_fields[] = {
        JSON_ENUM_F(struct win_group_request, "Operation", operation, group_operation_names, 0),
        JSON_OPEN(struct win_group_request, "OperationDetails", operation_details),
        JSON_END
};

const struct json_field win_create_group_fields[] = {
        JSON_GUID(struct win_create_group, "GroupId", group_id),
        JSON_UINT(struct win_create_group, "LogicalProcessorCount", logical_processor_count),
        JSON_UINT32S(struct win_create_group, "LogicalProcessors", logical_processors),
        JSON_END
};

const struct json_field win_delete_group_fields[] = {
        JSON_GUID(struct win_delete_group, "GroupId", group_id),
        JSON_END
};

const struct json_field win_set_property_fields[] = {
        JSON_GUID(struct win_set_property, "GroupId", group_id),
        JSON_UINT_F(struct win_set_property, "PropertyCode", property_code, JSON_ALWAYS),
        JSON_UINT_F(struct win_set_property, "PropertyValue", property_value, JSON_ALWAYS),
        JSON_END
};
