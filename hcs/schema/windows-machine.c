#include "hcs/schema/windows-machine.h"

/* --- chipset ------------------------------------------------------------------------------------------------------ */

static const char *const secure_boot_names[] = { "Skip", "Apply", NULL };

static const char *const serial_console_names[] = { "Default", "Disabled", "ComPort1", "ComPort2", NULL };

static const char *const boot_device_names[] = { "ScsiDrive", "VmbFs", "Network", "File", NULL };

static const struct json_field boot_entry_fields[] = {
        JSON_ENUM_F(struct win_uefi_boot_entry, "DeviceType", device_type, boot_device_names, 0),
        JSON_TEXT(struct win_uefi_boot_entry, "DevicePath", device_path),
        JSON_UINT(struct win_uefi_boot_entry, "DiskNumber", disk_number),
        JSON_TEXT(struct win_uefi_boot_entry, "OptionalData", optional_data),
        JSON_TEXT(struct win_uefi_boot_entry, "VmbFsRootPath", vmb_fs_root_path),
        JSON_END
};

static const struct json_field uefi_fields[] = {
        JSON_BOOL(struct win_uefi, "EnableDebugger", enable_debugger),
        JSON_GUID(struct win_uefi, "SecureBootTemplateId", secure_boot_template_id),
        JSON_ENUM_F(struct win_uefi, "ApplySecureBootTemplate", apply_secure_boot_template, secure_boot_names, 0,
                    JSON_SINCE(2, 3)),
        JSON_POINTER(struct win_uefi, "BootThis", boot_this, boot_entry_fields),
        JSON_ENUM_F(struct win_uefi, "Console", console, serial_console_names, 0),
        JSON_BOOL(struct win_uefi, "StopOnBootFailure", stop_on_boot_failure, JSON_SINCE(2, 2)),
        JSON_END
};

static const struct json_field linux_kernel_direct_fields[] = {
        JSON_TEXT(struct win_linux_kernel_direct, "KernelFilePath", kernel_file_path),
        JSON_TEXT(struct win_linux_kernel_direct, "InitRdPath", init_rd_path),
        JSON_TEXT(struct win_linux_kernel_direct, "KernelCmdLine", kernel_cmd_line),
        JSON_END
};

static const struct json_field system_information_fields[] = {
        JSON_TEXT(struct win_system_information, "Manufacturer", manufacturer),
        JSON_TEXT(struct win_system_information, "ProductName", product_name),
        JSON_TEXT(struct win_system_information, "Version", version),
        JSON_TEXT(struct win_system_information, "SerialNumber", serial_number),
        JSON_TEXT(struct win_system_information, "UUID", uuid),
        JSON_TEXT(struct win_system_information, "SKUNumber", sku_number),
        JSON_TEXT(struct win_system_information, "Family", family),
        JSON_END
};

static const struct json_field chipset_fields[] = {
        JSON_POINTER(struct win_chipset, "Uefi", uefi, uefi_fields),
        JSON_BOOL(struct win_chipset, "IsNumLockDisabled", is_num_lock_disabled),
        JSON_TEXT(struct win_chipset, "BaseBoardSerialNumber", base_board_serial_number),
        JSON_TEXT(struct win_chipset, "ChassisSerialNumber", chassis_serial_number),
        JSON_TEXT(struct win_chipset, "ChassisAssetTag", chassis_asset_tag),
        JSON_BOOL(struct win_chipset, "EnableHibernation", enable_hibernation, JSON_SINCE(2, 5)),
        JSON_BOOL(struct win_chipset, "UseUtc", use_utc, JSON_SINCE(2, 1)),
        JSON_POINTER(struct win_chipset, "LinuxKernelDirect", linux_kernel_direct, linux_kernel_direct_fields,
                     JSON_SINCE(2, 2)),
        JSON_TEXT_F(struct win_chipset, "FirmwareFile", firmware_file, JSON_UNPUBLISHED),
        JSON_POINTER_F(struct win_chipset, "SystemInformation", system_information, system_information_fields,
                       JSON_UNPUBLISHED, JSON_BUILD(20348)),
        JSON_END
};

/* --- memory and processors ------------------------------------------------------------------------------------------ */

static const char *const backing_page_size_names[] = { "Small", "Large", NULL };

static const char *const memory_backing_names[] = { "Physical", "Virtual", "Hybrid", NULL };

static const char *const slit_type_names[] = { "None", "Firmware", "Measured", "FirmwareFallbackMeasured", NULL };

const struct json_field win_machine_memory_fields[] = {
        JSON_UINT(struct win_machine_memory, "SizeInMB", size_in_mb, JSON_SINCE(2, 1)),
        JSON_BOOL(struct win_machine_memory, "AllowOvercommit", allow_overcommit, JSON_SINCE(2, 1)),
        JSON_ENUM_F(struct win_machine_memory, "BackingPageSize", backing_page_size, backing_page_size_names, 0,
                    JSON_SINCE(2, 2)),
        JSON_UINT(struct win_machine_memory, "FaultClusterSizeShift", fault_cluster_size_shift, JSON_SINCE(2, 4)),
        JSON_UINT(struct win_machine_memory, "DirectMapFaultClusterSizeShift", direct_map_fault_cluster_size_shift,
                  JSON_SINCE(2, 4)),
        JSON_BOOL(struct win_machine_memory, "PinBackingPages", pin_backing_pages, JSON_SINCE(2, 2)),
        JSON_BOOL(struct win_machine_memory, "ForbidSmallBackingPages", forbid_small_backing_pages, JSON_SINCE(2, 2)),
        JSON_BOOL(struct win_machine_memory, "EnableHotHint", enable_hot_hint),
        JSON_BOOL(struct win_machine_memory, "EnableColdHint", enable_cold_hint),
        JSON_BOOL(struct win_machine_memory, "EnableColdDiscardHint", enable_cold_discard_hint, JSON_SINCE(2, 2),
                  JSON_BUILD(18967)),
        JSON_BOOL(struct win_machine_memory, "EnableDeferredCommit", enable_deferred_commit, JSON_SINCE(2, 1)),
        JSON_UINT(struct win_machine_memory, "LowMmioGapInMB", low_mmio_gap_in_mb, JSON_SINCE(2, 3)),
        JSON_UINT(struct win_machine_memory, "HighMmioBaseInMB", high_mmio_base_in_mb, JSON_SINCE(2, 3)),
        JSON_UINT(struct win_machine_memory, "HighMmioGapInMB", high_mmio_gap_in_mb, JSON_SINCE(2, 3)),
        JSON_ENUM_F(struct win_machine_memory, "Backing", backing, memory_backing_names, JSON_UNPUBLISHED),
        JSON_ENUM_F(struct win_machine_memory, "SlitType", slit_type, slit_type_names, JSON_UNPUBLISHED),
        JSON_TEXT_F(struct win_machine_memory, "HostingProcessNameSuffix", hosting_process_name_suffix, JSON_UNPUBLISHED),
        JSON_END
};

static const char *const feature_set_mode_names[] = { "Strict", "Permissive", NULL };

static const struct json_field processor_feature_set_fields[] = {
        JSON_STRINGS(struct win_processor_feature_set, "ProcessorFeatures", processor_features),
        JSON_STRINGS(struct win_processor_feature_set, "XsaveProcessorFeatures", xsave_processor_features),
        JSON_ENUM_F(struct win_processor_feature_set, "ProcessorFeatureSetMode", processor_feature_set_mode,
                    feature_set_mode_names, 0),
        JSON_END
};

const struct json_field win_cpu_group_fields[] = {
        JSON_GUID(struct win_cpu_group, "Id", id),
        JSON_END
};

static const struct json_field count_per_node_fields[] = {
        JSON_UINT(struct win_count_per_node, "max", max),
        JSON_END
};

static const struct json_field numa_processors_fields[] = {
        JSON_STRUCT(struct win_numa_processors, "count_per_node", count_per_node, count_per_node_fields),
        JSON_UINT(struct win_numa_processors, "node_per_socket", node_per_socket),
        JSON_END
};

const struct json_field win_machine_processor_fields[] = {
        JSON_UINT(struct win_machine_processor, "Count", count),
        JSON_UINT_RANGE_F(struct win_machine_processor, "Limit", limit, 0, 0, 100000, JSON_SINCE(2, 1)),
        JSON_UINT_RANGE_F(struct win_machine_processor, "Weight", weight, 0, 0, 10000, JSON_SINCE(2, 1)),
        JSON_UINT(struct win_machine_processor, "Reservation", reservation, JSON_SINCE(2, 4)),
        JSON_UINT(struct win_machine_processor, "MaximumFrequencyMHz", maximum_frequency_mhz, JSON_SINCE(2, 4)),
        JSON_BOOL(struct win_machine_processor, "ExposeVirtualizationExtensions", expose_virtualization_extensions),
        JSON_BOOL(struct win_machine_processor, "EnablePerfmonPmu", enable_perfmon_pmu, JSON_SINCE(2, 2)),
        JSON_BOOL(struct win_machine_processor, "EnablePerfmonArchPmu", enable_perfmon_arch_pmu, JSON_SINCE(2, 5)),
        JSON_BOOL(struct win_machine_processor, "EnablePerfmonPebs", enable_perfmon_pebs, JSON_SINCE(2, 2)),
        JSON_BOOL(struct win_machine_processor, "EnablePerfmonLbr", enable_perfmon_lbr, JSON_SINCE(2, 2)),
        JSON_BOOL(struct win_machine_processor, "EnablePerfmonIpt", enable_perfmon_ipt, JSON_SINCE(2, 2)),
        JSON_BOOL(struct win_machine_processor, "EnablePageShattering", enable_page_shattering, JSON_SINCE(2, 5)),
        JSON_BOOL(struct win_machine_processor, "DisableSpeculationControls", disable_speculation_controls, JSON_SINCE(2,
                  5)),
        JSON_POINTER(struct win_machine_processor, "ProcessorFeatureSet", processor_feature_set,
                     processor_feature_set_fields, JSON_SINCE(2, 5)),
        JSON_POINTER(struct win_machine_processor, "CpuGroup", cpu_group, win_cpu_group_fields, JSON_SINCE(2, 5)),
        JSON_POINTER_F(struct win_machine_processor, "NumaProcessorsSettings", numa_processors_settings,
                       numa_processors_fields, JSON_UNPUBLISHED),
        JSON_END
};

static const struct json_field numa_setting_fields[] = {
        JSON_UINT_F(struct win_numa_setting, "VirtualNodeNumber", virtual_node_number, JSON_ALWAYS),
        JSON_UINT_F(struct win_numa_setting, "PhysicalNodeNumber", physical_node_number, JSON_ALWAYS),
        JSON_UINT_F(struct win_numa_setting, "VirtualSocketNumber", virtual_socket_number, JSON_ALWAYS),
        JSON_UINT(struct win_numa_setting, "CountOfProcessors", count_of_processors),
        JSON_UINT(struct win_numa_setting, "CountOfMemoryBlocks", count_of_memory_blocks),
        JSON_ENUM_F(struct win_numa_setting, "MemoryBackingType", memory_backing_type, memory_backing_names, 0),
        JSON_END
};

static const struct json_field numa_fields[] = {
        JSON_UINT(struct win_numa, "VirtualNodeCount", virtual_node_count),
        JSON_UINT64S(struct win_numa, "PreferredPhysicalNodes", preferred_physical_nodes),
        JSON_LIST(struct win_numa, "Settings", settings, numa_setting_fields),
        JSON_UINT(struct win_numa, "MaxSizePerNode", max_size_per_node),
        JSON_END
};

static const struct json_field compatibility_fields[] = {
        JSON_UINT_OPT(struct win_compatibility, "GuestFeatureSet", guest_feature_set),
        JSON_END
};

static const struct json_field topology_fields[] = {
        JSON_POINTER(struct win_topology, "Memory", memory, win_machine_memory_fields),
        JSON_POINTER(struct win_topology, "Processor", processor, win_machine_processor_fields),
        JSON_POINTER_F(struct win_topology, "Numa", numa, numa_fields, JSON_UNPUBLISHED),
        JSON_POINTER_F(struct win_topology, "Compatibility", compatibility, compatibility_fields, JSON_UNPUBLISHED,
                       JSON_BUILD(26100)),
        JSON_END
};

/* --- services, state, the guest's agent ------------------------------------------------------------------------------ */

const char *const win_state_override_names[] = { "Default", "Disabled", "Enabled", NULL };

static const struct json_field kvp_exchange_fields[] = {
        JSON_ENUM_F(struct win_kvp_exchange, "EnableHostOSInfoKvpItems", enable_host_os_info_kvp_items,
                    win_state_override_names, 0),
        JSON_MAP(struct win_kvp_exchange, "EntriesToBeAdded", entries_to_be_added),
        JSON_STRINGS(struct win_kvp_exchange, "EntriesToBeRemoved", entries_to_be_removed),
        JSON_END
};

static const struct json_field services_fields[] = {
        JSON_POINTER(struct win_services, "Heartbeat", heartbeat, win_empty_fields),
        JSON_POINTER(struct win_services, "Shutdown", shutdown, win_empty_fields),
        JSON_POINTER(struct win_services, "Timesync", timesync, win_empty_fields),
        JSON_POINTER(struct win_services, "KvpExchange", kvp_exchange, kvp_exchange_fields),
        JSON_END
};

static const struct json_field guest_state_fields[] = {
        JSON_TEXT(struct win_guest_state, "GuestStateFilePath", guest_state_file_path),
        JSON_TEXT(struct win_guest_state, "RuntimeStateFilePath", runtime_state_file_path),
        JSON_BOOL(struct win_guest_state, "ForceTransientState", force_transient_state),
        JSON_TEXT_F(struct win_guest_state, "GuestStateFileType", guest_state_file_type, JSON_UNPUBLISHED),
        JSON_END
};

static const struct json_field restore_state_fields[] = {
        JSON_TEXT(struct win_restore_state, "SaveStateFilePath", save_state_file_path),
        JSON_TEXT(struct win_restore_state, "TemplateSystemId", template_system_id, JSON_SINCE(2, 1)),
        JSON_END
};

static const struct json_field guest_connection_fields[] = {
        JSON_BOOL(struct win_guest_connection, "UseVsock", use_vsock),
        JSON_BOOL(struct win_guest_connection, "UseConnectedSuspend", use_connected_suspend),
        JSON_BOOL(struct win_guest_connection, "UseHostTimeZone", use_host_time_zone, JSON_SINCE(2, 4)),
        JSON_END
};

static const struct json_field isolation_fields[] = {
        JSON_TEXT(struct win_isolation, "IsolationType", isolation_type),
        JSON_TEXT(struct win_isolation, "DebugHost", debug_host),
        JSON_UINT(struct win_isolation, "DebugPort", debug_port),
        JSON_TEXT(struct win_isolation, "LaunchData", launch_data),
        JSON_BOOL(struct win_isolation, "HclEnabled", hcl_enabled),
        JSON_END
};

static const struct json_field security_settings_fields[] = {
        JSON_BOOL(struct win_security_settings, "EnableTpm", enable_tpm),
        JSON_POINTER(struct win_security_settings, "Isolation", isolation, isolation_fields),
        JSON_END
};

static const struct json_field debug_options_fields[] = {
        JSON_TEXT(struct win_debug_options, "BugcheckSavedStateFileName", bugcheck_saved_state_file_name),
        JSON_TEXT(struct win_debug_options, "BugcheckNoCrashdumpSavedStateFileName",
                  bugcheck_no_crashdump_saved_state_file_name),
        JSON_TEXT(struct win_debug_options, "TripleFaultSavedStateFileName", triple_fault_saved_state_file_name),
        JSON_TEXT(struct win_debug_options, "FirmwareDumpFileName", firmware_dump_file_name),
        JSON_END
};

/* --- the whole -------------------------------------------------------------------------------------------------------- */

const struct json_field win_machine_fields[] = {
        JSON_POINTER(struct win_machine, "Version", version, doc_version_fields, JSON_SINCE(2, 5)),
        JSON_BOOL(struct win_machine, "StopOnReset", stop_on_reset),
        JSON_POINTER(struct win_machine, "Chipset", chipset, chipset_fields),
        JSON_POINTER(struct win_machine, "ComputeTopology", compute_topology, topology_fields),
        JSON_POINTER(struct win_machine, "Devices", devices, win_devices_fields),
        JSON_POINTER(struct win_machine, "Services", services, services_fields, JSON_SINCE(2, 5)),
        JSON_POINTER(struct win_machine, "GuestState", guest_state, guest_state_fields, JSON_SINCE(2, 1)),
        JSON_POINTER(struct win_machine, "RestoreState", restore_state, restore_state_fields),
        JSON_POINTER(struct win_machine, "RegistryChanges", registry_changes, win_registry_changes_fields),
        JSON_POINTER(struct win_machine, "StorageQoS", storage_qos, win_storage_qos_fields, JSON_SINCE(2, 1)),
        JSON_POINTER(struct win_machine, "GuestConnection", guest_connection, guest_connection_fields, JSON_SINCE(2, 1)),
        JSON_POINTER_F(struct win_machine, "SecuritySettings", security_settings, security_settings_fields,
                       JSON_UNPUBLISHED),
        JSON_POINTER_F(struct win_machine, "DebugOptions", debug_options, debug_options_fields, JSON_UNPUBLISHED),
        JSON_GUID_F(struct win_machine, "ResourcePartitionId", resource_partition_id, JSON_UNPUBLISHED),
        JSON_RAW_F(struct win_machine, "MigrationOptions", migration_options, JSON_UNPUBLISHED),
        JSON_END
};
