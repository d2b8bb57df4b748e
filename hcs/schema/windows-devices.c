#include "hcs/schema/windows-devices.h"

#include "hcs/schema/windows-machine.h"

/* --- disks -------------------------------------------------------------------------------------------------------- */

static const char *const attachment_type_names[] = { "VirtualDisk", "Iso", "PassThru", "ExtensibleVirtualDisk", NULL };

static const char *const caching_mode_names[] = { "Uncached", "Cached", "ReadOnlyCached", NULL };

const struct json_field win_attachment_fields[] = {
        JSON_ENUM_F(struct win_attachment, "Type", type, attachment_type_names, 0),
        JSON_TEXT(struct win_attachment, "Path", path),
        JSON_ENUM_F(struct win_attachment, "CachingMode", caching_mode, caching_mode_names, 0, JSON_SINCE(2, 1)),
        JSON_BOOL(struct win_attachment, "ReadOnly", read_only),
        JSON_BOOL(struct win_attachment, "SupportCompressedVolumes", support_compressed_volumes, JSON_SINCE(2, 3)),
        JSON_BOOL(struct win_attachment, "AlwaysAllowSparseFiles", always_allow_sparse_files, JSON_SINCE(2, 6)),
        JSON_BOOL(struct win_attachment, "SupportEncryptedFiles", support_encrypted_files, JSON_SINCE(2, 6)),
        JSON_BOOL_F(struct win_attachment, "IgnoreFlushes", ignore_flushes, JSON_UNPUBLISHED),
        JSON_BOOL_F(struct win_attachment, "NoWriteHardening", no_write_hardening, JSON_UNPUBLISHED),
        JSON_BOOL_F(struct win_attachment, "DisableExpansionOptimization", disable_expansion_optimization,
                    JSON_UNPUBLISHED),
        JSON_BOOL_F(struct win_attachment, "IgnoreRelativeLocator", ignore_relative_locator, JSON_UNPUBLISHED),
        JSON_BOOL_F(struct win_attachment, "CaptureIoAttributionContext", capture_io_attribution_context, JSON_UNPUBLISHED),
        JSON_TEXT_F(struct win_attachment, "ExtensibleVirtualDiskType", extensible_virtual_disk_type, JSON_UNPUBLISHED),
        JSON_END
};

static const struct json_field scsi_fields[] = {
        JSON_STRUCT_MAP_F(struct win_scsi, "Attachments", attachments, win_attachment_fields, JSON_KEY_NUMBER, UINT32_MAX),
        JSON_BOOL(struct win_scsi, "DisableInterruptBatching", disable_interrupt_batching, JSON_SINCE(2, 4)),
        JSON_END
};

static const char *const pmem_format_names[] = { "Vhdx", "Vhd1", NULL };

static const char *const pmem_backing_names[] = { "Virtual", "Physical", NULL };

const struct json_field win_pmem_mapping_fields[] = {
        JSON_TEXT(struct win_pmem_mapping, "HostPath", host_path),
        JSON_ENUM_F(struct win_pmem_mapping, "ImageFormat", image_format, pmem_format_names, 0),
        JSON_END
};

const struct json_field win_pmem_device_fields[] = {
        JSON_TEXT(struct win_pmem_device, "HostPath", host_path),
        JSON_BOOL(struct win_pmem_device, "ReadOnly", read_only),
        JSON_ENUM_F(struct win_pmem_device, "ImageFormat", image_format, pmem_format_names, 0),
        JSON_UINT(struct win_pmem_device, "SizeBytes", size_bytes, JSON_SINCE(2, 2)),
        JSON_STRUCT_MAP_F(struct win_pmem_device, "Mappings", mappings, win_pmem_mapping_fields, JSON_KEY_NUMBER, 0,
                          JSON_SINCE(2, 2)),
        JSON_END
};

static const struct json_field pmem_controller_fields[] = {
        JSON_STRUCT_MAP_F(struct win_pmem_controller, "Devices", devices, win_pmem_device_fields, JSON_KEY_NUMBER,
                          UINT8_MAX),
        JSON_UINT(struct win_pmem_controller, "MaximumCount", maximum_count),
        JSON_UINT(struct win_pmem_controller, "MaximumSizeBytes", maximum_size_bytes),
        JSON_ENUM_F(struct win_pmem_controller, "Backing", backing, pmem_backing_names, 0, JSON_SINCE(2, 1)),
        JSON_END
};

/* --- shares ------------------------------------------------------------------------------------------------------- */

static const struct json_field smb_share_options_fields[] = {
        JSON_BOOL(struct win_smb_share_options, "ReadOnly", read_only),
        JSON_BOOL(struct win_smb_share_options, "ShareRead", share_read),
        JSON_BOOL(struct win_smb_share_options, "CacheIo", cache_io),
        JSON_BOOL(struct win_smb_share_options, "NoOplocks", no_oplocks),
        JSON_BOOL(struct win_smb_share_options, "TakeBackupPrivilege", take_backup_privilege),
        JSON_BOOL(struct win_smb_share_options, "UseShareRootIdentity", use_share_root_identity),
        JSON_BOOL(struct win_smb_share_options, "NoDirectmap", no_directmap),
        JSON_BOOL(struct win_smb_share_options, "NoLocks", no_locks),
        JSON_BOOL(struct win_smb_share_options, "NoDirnotify", no_dirnotify),
        JSON_BOOL(struct win_smb_share_options, "VmSharedMemory", vm_shared_memory),
        JSON_BOOL(struct win_smb_share_options, "RestrictFileAccess", restrict_file_access),
        JSON_BOOL(struct win_smb_share_options, "ForceLevelIIOplocks", force_level_ii_oplocks),
        JSON_BOOL(struct win_smb_share_options, "ReparseBaseLayer", reparse_base_layer),
        JSON_BOOL(struct win_smb_share_options, "PseudoOplocks", pseudo_oplocks),
        JSON_BOOL(struct win_smb_share_options, "NonCacheIo", non_cache_io),
        JSON_BOOL(struct win_smb_share_options, "PseudoDirnotify", pseudo_dirnotify),
        JSON_BOOL(struct win_smb_share_options, "SingleFileMapping", single_file_mapping),
        JSON_BOOL(struct win_smb_share_options, "SupportCloudFiles", support_cloud_files, JSON_SINCE(2, 3)),
        JSON_BOOL(struct win_smb_share_options, "FilterEncryptionAttributes", filter_encryption_attributes, JSON_SINCE(2,
                  4)),
        JSON_END
};

const struct json_field win_smb_share_fields[] = {
        JSON_TEXT(struct win_smb_share, "Name", name),
        JSON_TEXT(struct win_smb_share, "Path", path),
        JSON_STRINGS(struct win_smb_share, "AllowedFiles", allowed_files),
        JSON_POINTER(struct win_smb_share, "Options", options, smb_share_options_fields, JSON_SINCE(2, 1)),
        JSON_END
};

static const struct json_field smb_fields[] = {
        JSON_LIST_F(struct win_smb, "Shares", shares, win_smb_share_fields, JSON_KEEP_EMPTY),
        JSON_INT(struct win_smb, "DirectFileMappingInMB", direct_file_mapping_in_mb),
        JSON_END
};

const struct json_field win_plan9_share_fields[] = {
        JSON_TEXT(struct win_plan9_share, "Name", name),
        JSON_TEXT(struct win_plan9_share, "AccessName", access_name, JSON_SINCE(2, 1)),
        JSON_TEXT(struct win_plan9_share, "Path", path),
        JSON_UINT(struct win_plan9_share, "Port", port),
        JSON_STRINGS(struct win_plan9_share, "AllowedFiles", allowed_files, JSON_SINCE(2, 2)),
        JSON_UINT_F(struct win_plan9_share, "Flags", flags, JSON_UNPUBLISHED),
        JSON_END
};

static const struct json_field plan9_fields[] = {
        JSON_LIST_F(struct win_plan9, "Shares", shares, win_plan9_share_fields, JSON_KEEP_EMPTY),
        JSON_END
};

/* --- network ------------------------------------------------------------------------------------------------------ */

static const char *const interrupt_moderation_names[] = { "Default", "Adaptive", "Off", "Low", "Medium", "High", NULL };

static const struct json_field iov_settings_fields[] = {
        JSON_UINT(struct win_iov_settings, "OffloadWeight", offload_weight),
        JSON_UINT(struct win_iov_settings, "QueuePairsRequested", queue_pairs_requested),
        JSON_ENUM_F(struct win_iov_settings, "InterruptModeration", interrupt_moderation, interrupt_moderation_names, 0),
        JSON_END
};

const struct json_field win_network_adapter_fields[] = {
        JSON_GUID(struct win_network_adapter, "EndpointId", endpoint_id),
        JSON_TEXT(struct win_network_adapter, "MacAddress", mac_address),
        JSON_GUID(struct win_network_adapter, "InstanceId", instance_id, JSON_SINCE(2, 4)),
        JSON_BOOL(struct win_network_adapter, "DisableInterruptBatching", disable_interrupt_batching, JSON_SINCE(2, 4)),
        JSON_POINTER(struct win_network_adapter, "IovSettings", iov_settings, iov_settings_fields, JSON_SINCE(2, 4)),
        JSON_ENUM_F(struct win_network_adapter, "ConnectionState", connection_state, win_state_override_names, 0,
                    JSON_SINCE(2, 4)),
        JSON_END
};

/* --- ports, picture, input ------------------------------------------------------------------------------------------ */

const struct json_field win_com_port_fields[] = {
        JSON_TEXT(struct win_com_port, "NamedPipe", named_pipe),
        JSON_BOOL(struct win_com_port, "OptimizeForDebugger", optimize_for_debugger),
        JSON_END
};

static const struct json_field virtio_serial_port_fields[] = {
        JSON_TEXT(struct win_virtio_serial_port, "NamedPipe", named_pipe),
        JSON_TEXT(struct win_virtio_serial_port, "Name", name),
        JSON_BOOL_F(struct win_virtio_serial_port, "ConsoleSupport", console_support, JSON_UNPUBLISHED),
        JSON_END
};

static const struct json_field virtio_serial_fields[] = {
        JSON_STRUCT_MAP_F(struct win_virtio_serial, "Ports", ports, virtio_serial_port_fields, JSON_KEY_NUMBER, UINT32_MAX),
        JSON_END
};

static const struct json_field rdp_connection_options_fields[] = {
        JSON_STRINGS(struct win_rdp_connection_options, "AccessSids", access_sids),
        JSON_TEXT(struct win_rdp_connection_options, "NamedPipe", named_pipe),
        JSON_END
};

static const struct json_field video_monitor_fields[] = {
        JSON_UINT(struct win_video_monitor, "HorizontalResolution", horizontal_resolution),
        JSON_UINT(struct win_video_monitor, "VerticalResolution", vertical_resolution),
        JSON_POINTER(struct win_video_monitor, "ConnectionOptions", connection_options, rdp_connection_options_fields),
        JSON_INT_OPT_F(struct win_video_monitor, "ResolutionType", resolution_type, JSON_UNPUBLISHED, JSON_BUILD(20348)),
        JSON_END
};

static const struct json_field enhanced_mode_video_fields[] = {
        JSON_POINTER(struct win_enhanced_mode_video, "ConnectionOptions", connection_options,
                     rdp_connection_options_fields),
        JSON_END
};

/* --- the rest ------------------------------------------------------------------------------------------------------- */

static const struct json_field machine_hv_socket_fields[] = {
        JSON_POINTER(struct win_machine_hv_socket, "HvSocketConfig", hv_socket_config, win_hv_socket_system_config_fields),
        JSON_END
};

static const struct json_field crash_reporting_fields[] = {
        JSON_TEXT(struct win_crash_reporting, "DumpFileName", dump_file_name),
        JSON_INT(struct win_crash_reporting, "MaxDumpSize", max_dump_size),
        JSON_TEXT_F(struct win_crash_reporting, "DumpType", dump_type, JSON_UNPUBLISHED),
        JSON_END
};

static const struct json_field guest_crash_reporting_fields[] = {
        JSON_POINTER(struct win_guest_crash_reporting, "WindowsCrashSettings", windows_crash_settings,
                     crash_reporting_fields),
        JSON_END
};

static const char *const hosting_model_names[] = { "Internal", "External", NULL };

const struct json_field win_flexible_io_device_fields[] = {
        JSON_GUID(struct win_flexible_io_device, "EmulatorId", emulator_id),
        JSON_ENUM_F(struct win_flexible_io_device, "HostingModel", hosting_model, hosting_model_names, 0),
        JSON_STRINGS(struct win_flexible_io_device, "Configuration", configuration),
        JSON_END
};

const struct json_field win_shared_memory_region_fields[] = {
        JSON_TEXT(struct win_shared_memory_region, "SectionName", section_name),
        JSON_UINT(struct win_shared_memory_region, "StartOffset", start_offset),
        JSON_UINT(struct win_shared_memory_region, "Length", length),
        JSON_BOOL(struct win_shared_memory_region, "AllowGuestWrite", allow_guest_write),
        JSON_BOOL(struct win_shared_memory_region, "HiddenFromGuest", hidden_from_guest),
        JSON_END
};

static const struct json_field shared_memory_fields[] = {
        JSON_LIST(struct win_shared_memory, "Regions", regions, win_shared_memory_region_fields),
        JSON_END
};

static const struct json_field pci_function_fields[] = {
        JSON_TEXT(struct win_pci_function, "DeviceInstancePath", device_instance_path),
        JSON_UINT(struct win_pci_function, "VirtualFunction", virtual_function),
        JSON_BOOL(struct win_pci_function, "AllowDirectTranslatedP2P", allow_direct_translated_p2p, JSON_SINCE(2, 4)),
        JSON_END
};

const struct json_field win_pci_device_fields[] = {
        JSON_LIST(struct win_pci_device, "Functions", functions, pci_function_fields),
        JSON_BOOL_OPT_F(struct win_pci_device, "PropagateNumaAffinity", propagate_numa_affinity, JSON_UNPUBLISHED,
                        JSON_SINCE(2, 11)),
        JSON_END
};

const struct json_field win_devices_fields[] = {
        JSON_STRUCT_MAP_F(struct win_devices, "ComPorts", com_ports, win_com_port_fields, JSON_KEY_NUMBER, UINT32_MAX,
                          JSON_SINCE(2, 1)),
        JSON_POINTER(struct win_devices, "VirtioSerial", virtio_serial, virtio_serial_fields, JSON_SINCE(2, 2)),
        JSON_STRUCT_MAP(struct win_devices, "Scsi", scsi, scsi_fields),
        JSON_POINTER(struct win_devices, "VirtualPMem", virtual_pmem, pmem_controller_fields),
        JSON_STRUCT_MAP(struct win_devices, "NetworkAdapters", network_adapters, win_network_adapter_fields),
        JSON_POINTER(struct win_devices, "VideoMonitor", video_monitor, video_monitor_fields),
        JSON_POINTER(struct win_devices, "Keyboard", keyboard, win_empty_fields),
        JSON_POINTER(struct win_devices, "Mouse", mouse, win_empty_fields),
        JSON_POINTER(struct win_devices, "HvSocket", hv_socket, machine_hv_socket_fields, JSON_SINCE(2, 1)),
        JSON_POINTER(struct win_devices, "EnhancedModeVideo", enhanced_mode_video, enhanced_mode_video_fields,
                     JSON_SINCE(2, 1)),
        JSON_POINTER(struct win_devices, "GuestCrashReporting", guest_crash_reporting, guest_crash_reporting_fields),
        JSON_POINTER(struct win_devices, "VirtualSmb", virtual_smb, smb_fields),
        JSON_POINTER(struct win_devices, "Plan9", plan9, plan9_fields),
        JSON_POINTER(struct win_devices, "Battery", battery, win_empty_fields),
        JSON_STRUCT_MAP(struct win_devices, "FlexibleIov", flexible_iov, win_flexible_io_device_fields, JSON_SINCE(2, 1)),
        JSON_POINTER(struct win_devices, "SharedMemory", shared_memory, shared_memory_fields, JSON_SINCE(2, 1)),
        JSON_STRUCT_MAP(struct win_devices, "VirtualPci", virtual_pci, win_pci_device_fields, JSON_SINCE(2, 3)),
        JSON_END
};
