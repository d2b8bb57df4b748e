#include "hcs/schema/windows-container.h"

static const struct json_field guest_os_fields[] = {
        JSON_TEXT(struct win_guest_os, "HostName", host_name),
        JSON_END
};

const struct json_field win_storage_fields[] = {
        JSON_LIST(struct win_storage, "Layers", layers, win_layer_fields),
        JSON_TEXT(struct win_storage, "Path", path),
        JSON_POINTER(struct win_storage, "QoS", qos, win_storage_qos_fields),
        JSON_TEXT_F(struct win_storage, "PrivilegedContainerRootPath", privileged_container_root_path, JSON_UNPUBLISHED),
        JSON_END
};

const struct json_field win_mapped_directory_fields[] = {
        JSON_TEXT(struct win_mapped_directory, "HostPath", host_path),
        JSON_ENUM_F(struct win_mapped_directory, "HostPathType", host_path_type, win_path_type_names, 0, JSON_SINCE(2, 1)),
        JSON_TEXT(struct win_mapped_directory, "ContainerPath", container_path),
        JSON_BOOL(struct win_mapped_directory, "ReadOnly", read_only),
        JSON_BOOL(struct win_mapped_directory, "SupportCloudFiles", support_cloud_files, JSON_SINCE(2, 3)),
        JSON_END
};

static const char *const pipe_path_type_names[] = { "AbsolutePath", "VirtualSmbPipeName", NULL };

const struct json_field win_mapped_pipe_fields[] = {
        JSON_TEXT(struct win_mapped_pipe, "ContainerPipeName", container_pipe_name),
        JSON_TEXT(struct win_mapped_pipe, "HostPath", host_path),
        JSON_ENUM_F(struct win_mapped_pipe, "HostPathType", host_path_type, pipe_path_type_names, 0, JSON_SINCE(2, 1)),
        JSON_END
};

const struct json_field win_container_memory_fields[] = {
        JSON_UINT(struct win_container_memory, "SizeInMB", size_in_mb),
        JSON_END
};

const struct json_field win_container_processor_fields[] = {
        JSON_UINT(struct win_container_processor, "Count", count),
        JSON_INT_RANGE(struct win_container_processor, "Weight", weight, 0, 10000),
        JSON_INT_RANGE(struct win_container_processor, "Maximum", maximum, 0, 10000),
        JSON_END
};

const struct json_field win_networking_fields[] = {
        JSON_BOOL(struct win_networking, "AllowUnqualifiedDnsQuery", allow_unqualified_dns_query),
        JSON_TEXT(struct win_networking, "DnsSearchList", dns_search_list),
        JSON_TEXT(struct win_networking, "NetworkSharedContainerName", network_shared_container_name),
        JSON_TEXT(struct win_networking, "Namespace", namespace_),
        JSON_STRINGS(struct win_networking, "NetworkAdapters", network_adapters),
        JSON_END
};

static const struct json_field hv_socket_fields[] = {
        JSON_POINTER(struct win_container_hv_socket, "Config", config, win_hv_socket_system_config_fields),
        JSON_BOOL(struct win_container_hv_socket, "EnablePowerShellDirect", enable_powershell_direct),
        JSON_END
};

const char *const win_guard_transport_names[] = { "LRPC", "HvSocket", NULL };

const struct json_field win_credential_guard_state_fields[] = {
        JSON_TEXT(struct win_credential_guard_state, "Cookie", cookie),
        JSON_TEXT(struct win_credential_guard_state, "RpcEndpoint", rpc_endpoint),
        JSON_ENUM_F(struct win_credential_guard_state, "Transport", transport, win_guard_transport_names, 0),
        JSON_TEXT(struct win_credential_guard_state, "CredentialSpec", credential_spec),
        JSON_END
};

static const char *const device_type_names[] = { "ClassGuid", "DeviceInstance", "GpuMirror", NULL };

const struct json_field win_device_fields[] = {
        JSON_ENUM_F(struct win_device, "Type", type, device_type_names, 0, JSON_SINCE(2, 2)),
        JSON_GUID(struct win_device, "InterfaceClassGuid", interface_class_guid),
        JSON_TEXT(struct win_device, "LocationPath", location_path, JSON_SINCE(2, 2)),
        JSON_END
};

const struct json_field win_container_fields[] = {
        JSON_POINTER(struct win_container, "GuestOs", guest_os, guest_os_fields),
        JSON_POINTER(struct win_container, "Storage", storage, win_storage_fields),
        JSON_LIST(struct win_container, "MappedDirectories", mapped_directories, win_mapped_directory_fields),
        JSON_LIST(struct win_container, "MappedPipes", mapped_pipes, win_mapped_pipe_fields),
        JSON_POINTER(struct win_container, "Memory", memory, win_container_memory_fields),
        JSON_POINTER(struct win_container, "Processor", processor, win_container_processor_fields),
        JSON_POINTER(struct win_container, "Networking", networking, win_networking_fields),
        JSON_POINTER(struct win_container, "HvSocket", hv_socket, hv_socket_fields),
        JSON_POINTER(struct win_container, "ContainerCredentialGuard", container_credential_guard,
                     win_credential_guard_state_fields, JSON_SINCE(2, 1)),
        JSON_POINTER(struct win_container, "RegistryChanges", registry_changes, win_registry_changes_fields),
        JSON_LIST(struct win_container, "AssignedDevices", assigned_devices, win_device_fields, JSON_SINCE(2, 1)),
        JSON_POINTER(struct win_container, "AdditionalDeviceNamespace", additional_device_namespace,
                     win_device_namespace_fields, JSON_SINCE(2, 3), JSON_BUILD(20348)),
        JSON_TEXT_F(struct win_container, "IsolationType", isolation_type, JSON_UNPUBLISHED),
        JSON_END
};
