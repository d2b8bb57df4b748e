#include "hcs/schema/windows-query.h"

/* --- questions ---------------------------------------------------------------------------------------------------- */

static const struct json_field console_image_query_fields[] = {
        JSON_UINT(struct win_console_image_query, "Width", width),
        JSON_UINT(struct win_console_image_query, "Height", height),
        JSON_UINT(struct win_console_image_query, "Flags", flags),
        JSON_END
};

static const struct json_field kvp_query_fields[] = {
        JSON_TEXT(struct win_kvp_query, "Source", source),
        JSON_STRINGS(struct win_kvp_query, "Keys", keys),
        JSON_END
};

static const struct json_field queries_fields[] = {
        JSON_POINTER(struct win_queries, "ConsoleImage", console_image, console_image_query_fields, JSON_SINCE(2, 5)),
        JSON_POINTER(struct win_queries, "KvpExchange", kvp, kvp_query_fields, JSON_SINCE(2, 5)),
        JSON_END
};

const struct json_field win_property_query_fields[] = {
        JSON_STRINGS(struct win_property_query, "PropertyTypes", property_types),
        JSON_POINTER(struct win_property_query, "Queries", queries, queries_fields, JSON_SINCE(2, 5)),
        JSON_END
};

const struct json_field win_system_query_fields[] = {
        JSON_STRINGS(struct win_system_query, "Ids", ids),
        JSON_STRINGS(struct win_system_query, "Names", names),
        JSON_STRINGS(struct win_system_query, "Types", types),
        JSON_STRINGS(struct win_system_query, "Owners", owners),
        JSON_END
};

static const struct json_field service_queries_fields[] = {
        JSON_POINTER(struct win_service_queries, "ProcessorCapabilities", processor_capabilities, win_empty_fields),
        JSON_END
};

const struct json_field win_service_query_fields[] = {
        JSON_STRINGS(struct win_service_query, "PropertyTypes", property_types),
        JSON_POINTER(struct win_service_query, "PropertyQueries", property_queries, service_queries_fields, JSON_SINCE(2,
                     5)),
        JSON_END
};

/* --- errors ----------------------------------------------------------------------------------------------------------- */

static const struct json_field event_data_fields[] = {
        JSON_TEXT(struct win_event_data, "Type", type),
        JSON_TEXT(struct win_event_data, "Value", value),
        JSON_END
};

const struct json_field win_error_event_fields[] = {
        JSON_TEXT(struct win_error_event, "Message", message),
        JSON_TEXT(struct win_error_event, "StackTrace", stack_trace),
        JSON_TEXT(struct win_error_event, "Provider", provider),
        JSON_UINT(struct win_error_event, "EventId", event_id),
        JSON_UINT(struct win_error_event, "Flags", flags),
        JSON_TEXT(struct win_error_event, "Source", source),
        JSON_LIST(struct win_error_event, "Data", data, event_data_fields),
        JSON_END
};

static const struct json_field worker_exit_fields[] = {
        JSON_UINT(struct win_worker_exit, "ExitCode", exit_code),
        JSON_TEXT(struct win_worker_exit, "Type", type),
        JSON_TEXT(struct win_worker_exit, "Detail", detail),
        JSON_TEXT(struct win_worker_exit, "Initiator", initiator),
        JSON_END
};

static const struct json_field guest_crash_fields[] = {
        JSON_UINT64S(struct win_guest_crash, "CrashParameters", crash_parameters),
        JSON_END
};

static const struct json_field triple_fault_fields[] = {
        JSON_UINT(struct win_triple_fault, "ErrorType", error_type),
        JSON_END
};

static const struct json_field operation_failure_fields[] = {
        JSON_TEXT(struct win_operation_failure, "Detail", detail),
        JSON_END
};

static const struct json_field system_exit_fields[] = {
        JSON_TEXT(struct win_system_exit, "Detail", detail),
        JSON_TEXT(struct win_system_exit, "Initiator", initiator),
        JSON_END
};

static const struct json_field virtual_device_failure_fields[] = {
        JSON_TEXT(struct win_virtual_device_failure, "Detail", detail),
        JSON_TEXT(struct win_virtual_device_failure, "Name", name),
        JSON_TEXT(struct win_virtual_device_failure, "DeviceId", device_id),
        JSON_TEXT(struct win_virtual_device_failure, "InstanceId", instance_id),
        JSON_END
};

static const struct json_field attribution_record_fields[] = {
        JSON_POINTER(struct win_attribution_record, "WorkerExit", worker_exit, worker_exit_fields),
        JSON_POINTER(struct win_attribution_record, "GuestCrash", guest_crash, guest_crash_fields),
        JSON_POINTER(struct win_attribution_record, "TripleFault", triple_fault, triple_fault_fields),
        JSON_POINTER(struct win_attribution_record, "InjectNonMaskableInterrupt", inject_non_maskable_interrupt,
                     win_empty_fields),
        JSON_POINTER(struct win_attribution_record, "OperationFailure", operation_failure, operation_failure_fields),
        JSON_POINTER(struct win_attribution_record, "SystemExit", system_exit, system_exit_fields),
        JSON_POINTER(struct win_attribution_record, "VirtualDeviceFailure", virtual_device_failure,
                     virtual_device_failure_fields),
        JSON_END
};

const struct json_field win_result_error_fields[] = {
        JSON_INT_F(struct win_result_error, "Error", error, JSON_ALWAYS),
        JSON_TEXT(struct win_result_error, "ErrorMessage", error_message),
        JSON_LIST(struct win_result_error, "ErrorEvents", error_events, win_error_event_fields, JSON_SINCE(2, 4)),
        JSON_LIST(struct win_result_error, "Attribution", attribution, attribution_record_fields, JSON_SINCE(2, 4)),
        JSON_END
};

const struct json_field win_exit_status_fields[] = {
        JSON_INT_F(struct win_exit_status, "Status", status, JSON_ALWAYS),
        JSON_TEXT(struct win_exit_status, "ExitType", exit_type, JSON_SINCE(2, 2)),
        JSON_LIST(struct win_exit_status, "Attribution", attribution, attribution_record_fields, JSON_SINCE(2, 4)),
        JSON_END
};

static const struct json_field crash_report_windows_fields[] = {
        JSON_TEXT(struct win_crash_report_windows, "DumpFile", dump_file),
        JSON_UINT(struct win_crash_report_windows, "OsMajorVersion", os_major_version),
        JSON_UINT(struct win_crash_report_windows, "OsMinorVersion", os_minor_version),
        JSON_UINT(struct win_crash_report_windows, "OsBuildNumber", os_build_number),
        JSON_UINT(struct win_crash_report_windows, "OsServicePackMajorVersion", os_service_pack_major_version),
        JSON_UINT(struct win_crash_report_windows, "OsServicePackMinorVersion", os_service_pack_minor_version),
        JSON_UINT(struct win_crash_report_windows, "OsSuiteMask", os_suite_mask),
        JSON_UINT(struct win_crash_report_windows, "OsProductType", os_product_type),
        JSON_INT(struct win_crash_report_windows, "Status", status),
        JSON_TEXT(struct win_crash_report_windows, "FinalPhase", final_phase),
        JSON_END
};

static const struct json_field guest_crash_save_info_fields[] = {
        JSON_TEXT(struct win_guest_crash_save_info, "SaveStateFile", save_state_file),
        JSON_INT(struct win_guest_crash_save_info, "Status", status),
        JSON_END
};

const struct json_field win_crash_report_fields[] = {
        JSON_TEXT(struct win_crash_report, "SystemId", system_id),
        JSON_TEXT(struct win_crash_report, "ActivityId", activity_id),
        JSON_POINTER(struct win_crash_report, "WindowsCrashInfo", windows_crash_info, crash_report_windows_fields),
        JSON_UINT64S(struct win_crash_report, "CrashParameters", crash_parameters, JSON_SINCE(2, 3)),
        JSON_TEXT(struct win_crash_report, "CrashLog", crash_log, JSON_SINCE(2, 3)),
        JSON_INT(struct win_crash_report, "Status", status, JSON_SINCE(2, 4)),
        JSON_UINT(struct win_crash_report, "PreOSId", pre_os_id, JSON_SINCE(2, 4)),
        JSON_BOOL(struct win_crash_report, "CrashStackUnavailable", crash_stack_unavailable, JSON_SINCE(2, 4)),
        JSON_POINTER_F(struct win_crash_report, "GuestCrashSaveInfo", guest_crash_save_info,
                       guest_crash_save_info_fields, JSON_UNPUBLISHED),
        JSON_END
};

/* --- properties of a system ----------------------------------------------------------------------------------------- */

static const struct json_field vm_memory_fields[] = {
        JSON_INT(struct win_vm_memory, "AvailableMemory", available_memory),
        JSON_INT(struct win_vm_memory, "AvailableMemoryBuffer", available_memory_buffer),
        JSON_UINT(struct win_vm_memory, "ReservedMemory", reserved_memory),
        JSON_UINT(struct win_vm_memory, "AssignedMemory", assigned_memory),
        JSON_BOOL(struct win_vm_memory, "SlpActive", slp_active),
        JSON_BOOL(struct win_vm_memory, "BalancingEnabled", balancing_enabled),
        JSON_BOOL(struct win_vm_memory, "DmOperationInProgress", dm_operation_in_progress),
        JSON_END
};

static const struct json_field virtual_node_fields[] = {
        JSON_UINT_F(struct win_virtual_node, "VirtualNodeIndex", virtual_node_index, JSON_ALWAYS),
        JSON_UINT_F(struct win_virtual_node, "PhysicalNodeNumber", physical_node_number, JSON_ALWAYS),
        JSON_UINT(struct win_virtual_node, "VirtualProcessorCount", virtual_processor_count),
        JSON_UINT(struct win_virtual_node, "MemoryUsageInPages", memory_usage_in_pages),
        JSON_END
};

static const struct json_field memory_information_fields[] = {
        JSON_UINT(struct win_memory_information, "VirtualNodeCount", virtual_node_count),
        JSON_POINTER(struct win_memory_information, "VirtualMachineMemory", virtual_machine_memory, vm_memory_fields),
        JSON_LIST(struct win_memory_information, "VirtualNodes", virtual_nodes, virtual_node_fields),
        JSON_END
};

static const struct json_field processor_stats_fields[] = {
        JSON_UINT(struct win_processor_stats, "TotalRuntime100ns", total_runtime_100ns),
        JSON_UINT(struct win_processor_stats, "RuntimeUser100ns", runtime_user_100ns),
        JSON_UINT(struct win_processor_stats, "RuntimeKernel100ns", runtime_kernel_100ns),
        JSON_END
};

static const struct json_field memory_stats_fields[] = {
        JSON_UINT(struct win_memory_stats, "MemoryUsageCommitBytes", usage_commit_bytes),
        JSON_UINT(struct win_memory_stats, "MemoryUsageCommitPeakBytes", usage_commit_peak_bytes),
        JSON_UINT(struct win_memory_stats, "MemoryUsagePrivateWorkingSetBytes", usage_private_working_set_bytes),
        JSON_END
};

static const struct json_field storage_stats_fields[] = {
        JSON_UINT(struct win_storage_stats, "ReadCountNormalized", read_count_normalized),
        JSON_UINT(struct win_storage_stats, "ReadSizeBytes", read_size_bytes),
        JSON_UINT(struct win_storage_stats, "WriteCountNormalized", write_count_normalized),
        JSON_UINT(struct win_storage_stats, "WriteSizeBytes", write_size_bytes),
        JSON_END
};

static const struct json_field statistics_fields[] = {
        JSON_TEXT(struct win_statistics, "Timestamp", timestamp),
        JSON_TEXT(struct win_statistics, "ContainerStartTime", container_start_time),
        JSON_UINT(struct win_statistics, "Uptime100ns", uptime_100ns),
        JSON_POINTER(struct win_statistics, "Processor", processor, processor_stats_fields),
        JSON_POINTER(struct win_statistics, "Memory", memory, memory_stats_fields),
        JSON_POINTER(struct win_statistics, "Storage", storage, storage_stats_fields),
        JSON_END
};

static const struct json_field process_details_fields[] = {
        JSON_UINT(struct win_process_details, "ProcessId", process_id),
        JSON_TEXT(struct win_process_details, "ImageName", image_name),
        JSON_TEXT(struct win_process_details, "CreateTimestamp", create_timestamp),
        JSON_UINT(struct win_process_details, "UserTime100ns", user_time_100ns),
        JSON_UINT(struct win_process_details, "KernelTime100ns", kernel_time_100ns),
        JSON_UINT(struct win_process_details, "MemoryCommitBytes", memory_commit_bytes),
        JSON_UINT(struct win_process_details, "MemoryWorkingSetPrivateBytes", memory_working_set_private_bytes),
        JSON_UINT(struct win_process_details, "MemoryWorkingSetSharedBytes", memory_working_set_shared_bytes),
        JSON_END
};

static const struct json_field shared_memory_region_info_fields[] = {
        JSON_TEXT(struct win_shared_memory_region_info, "SectionName", section_name),
        JSON_UINT(struct win_shared_memory_region_info, "GuestPhysicalAddress", guest_physical_address),
        JSON_END
};

static const struct json_field guest_connection_info_fields[] = {
        JSON_LIST(struct win_guest_connection_info, "SupportedSchemaVersions", supported_schema_versions,
                  doc_version_fields),
        JSON_UINT(struct win_guest_connection_info, "ProtocolVersion", protocol_version),
        JSON_RAW(struct win_guest_connection_info, "GuestDefinedCapabilities", guest_defined_capabilities),
        JSON_END
};

static const struct json_field property_response_fields[] = {
        JSON_POINTER(struct win_property_response, "Error", error, win_result_error_fields),
        JSON_RAW(struct win_property_response, "Response", response),
        JSON_END
};

const struct json_field win_console_image_fields[] = {
        JSON_BYTES(struct win_console_image, "Image", image),
        JSON_END
};

const struct json_field win_properties_fields[] = {
        JSON_TEXT(struct win_properties, "Id", id),
        JSON_TEXT(struct win_properties, "SystemType", system_type),
        JSON_TEXT(struct win_properties, "RuntimeOsType", runtime_os_type),
        JSON_TEXT(struct win_properties, "Name", name),
        JSON_TEXT(struct win_properties, "Owner", owner),
        JSON_TEXT(struct win_properties, "RuntimeId", runtime_id),
        JSON_TEXT(struct win_properties, "RuntimeTemplateId", runtime_template_id),
        JSON_TEXT(struct win_properties, "State", state),
        JSON_BOOL(struct win_properties, "Stopped", stopped),
        JSON_TEXT(struct win_properties, "ExitType", exit_type),
        JSON_POINTER(struct win_properties, "Memory", memory, memory_information_fields),
        JSON_POINTER(struct win_properties, "Statistics", statistics, statistics_fields),
        JSON_LIST(struct win_properties, "ProcessList", process_list, process_details_fields),
        JSON_BOOL(struct win_properties, "TerminateOnLastHandleClosed", terminate_on_last_handle_closed),
        JSON_TEXT(struct win_properties, "HostingSystemId", hosting_system_id),
        JSON_LIST(struct win_properties, "SharedMemoryRegionInfo", shared_memory_region_info,
                  shared_memory_region_info_fields),
        JSON_POINTER(struct win_properties, "GuestConnectionInfo", guest_connection_info, guest_connection_info_fields),
        JSON_STRUCT_MAP(struct win_properties, "PropertyResponses", property_responses, property_response_fields,
                        JSON_SINCE(2, 5)),
        JSON_TEXT_F(struct win_properties, "SystemGUID", system_guid, JSON_UNPUBLISHED),
        JSON_RAW_F(struct win_properties, "LCOWMetrics", lcow_metrics, JSON_UNPUBLISHED),
        JSON_END
};

const struct json_field win_process_status_fields[] = {
        JSON_UINT(struct win_process_status, "ProcessId", process_id),
        JSON_BOOL_F(struct win_process_status, "Exited", exited, JSON_ALWAYS),
        JSON_UINT_F(struct win_process_status, "ExitCode", exit_code, JSON_ALWAYS),
        JSON_INT(struct win_process_status, "LastWaitResult", last_wait_result),
        JSON_END
};

static const struct json_field operation_failure_info_fields[] = {
        JSON_INT_F(struct win_operation_failure_info, "Result", result, JSON_ALWAYS),
        JSON_END
};

const struct json_field win_operation_info_fields[] = {
        JSON_TEXT(struct win_operation_info, "Operation", operation),
        JSON_TEXT(struct win_operation_info, "StartTimestamp", start_timestamp),
        JSON_TEXT(struct win_operation_info, "EndTimestamp", end_timestamp),
        JSON_POINTER(struct win_operation_info, "FailureInfo", failure_info, operation_failure_info_fields),
        JSON_END
};

/* --- properties of the service -------------------------------------------------------------------------------------- */

const struct json_field win_service_properties_fields[] = {
        JSON_RAW(struct win_service_properties, "Properties", properties),
        JSON_STRUCT_MAP(struct win_service_properties, "PropertyResponses", property_responses, property_response_fields,
                        JSON_SINCE(2, 5)),
        JSON_END
};

const struct json_field win_basic_information_fields[] = {
        JSON_LIST(struct win_basic_information, "SupportedSchemaVersions", supported_schema_versions, doc_version_fields),
        JSON_END
};

const struct json_field win_processor_capabilities_fields[] = {
        JSON_STRINGS(struct win_processor_capabilities, "ProcessorFeatures", processor_features),
        JSON_STRINGS(struct win_processor_capabilities, "XsaveProcessorFeatures", xsave_processor_features),
        JSON_UINT(struct win_processor_capabilities, "CacheLineFlushSize", cache_line_flush_size),
        JSON_UINT(struct win_processor_capabilities, "ImplementedPhysicalAddressBits", implemented_physical_address_bits),
        JSON_TEXT(struct win_processor_capabilities, "NonArchitecturalCoreSharing", non_architectural_core_sharing),
        JSON_END
};

static const struct json_field subnode_fields[] = {
        JSON_TEXT(struct win_subnode, "Type", type),
        JSON_UINT_F(struct win_subnode, "Id", id, JSON_ALWAYS),
        JSON_END
};

static const struct json_field logical_processor_fields[] = {
        JSON_UINT_F(struct win_logical_processor, "LpIndex", lp_index, JSON_ALWAYS),
        JSON_UINT_F(struct win_logical_processor, "NodeNumber", node_number, JSON_ALWAYS),
        JSON_UINT_F(struct win_logical_processor, "PackageId", package_id, JSON_ALWAYS),
        JSON_UINT_F(struct win_logical_processor, "CoreId", core_id, JSON_ALWAYS),
        JSON_INT_F(struct win_logical_processor, "RootVpIndex", root_vp_index, JSON_ALWAYS),
        JSON_LIST(struct win_logical_processor, "Subnodes", subnodes, subnode_fields, JSON_SINCE(2, 4)),
        JSON_END
};

const struct json_field win_processor_topology_fields[] = {
        JSON_UINT(struct win_processor_topology, "LogicalProcessorCount", logical_processor_count),
        JSON_LIST(struct win_processor_topology, "LogicalProcessors", logical_processors, logical_processor_fields),
        JSON_END
};

const struct json_field win_qos_capabilities_fields[] = {
        JSON_BOOL(struct win_qos_capabilities, "ProcessorQoSSupported", processor_qos_supported),
        JSON_END
};

static const struct json_field cpu_group_affinity_fields[] = {
        JSON_UINT(struct win_cpu_group_affinity, "LogicalProcessorCount", logical_processor_count),
        JSON_UINT32S(struct win_cpu_group_affinity, "LogicalProcessors", logical_processors),
        JSON_END
};

static const struct json_field cpu_group_property_fields[] = {
        JSON_UINT(struct win_cpu_group_property, "PropertyCode", property_code),
        JSON_UINT_F(struct win_cpu_group_property, "PropertyValue", property_value, JSON_ALWAYS),
        JSON_END
};

static const struct json_field cpu_group_config_fields[] = {
        JSON_TEXT(struct win_cpu_group_config, "GroupId", group_id),
        JSON_POINTER(struct win_cpu_group_config, "Affinity", affinity, cpu_group_affinity_fields),
        JSON_LIST(struct win_cpu_group_config, "GroupProperties", group_properties, cpu_group_property_fields),
        JSON_UINT(struct win_cpu_group_config, "HypervisorGroupId", hypervisor_group_id, JSON_SINCE(2, 5)),
        JSON_END
};

const struct json_field win_cpu_group_configurations_fields[] = {
        JSON_LIST(struct win_cpu_group_configurations, "CpuGroups", cpu_groups, cpu_group_config_fields),
        JSON_END
};

static const struct json_field guard_hv_socket_config_fields[] = {
        JSON_TEXT(struct win_guard_hv_socket_config, "ServiceId", service_id),
        JSON_POINTER(struct win_guard_hv_socket_config, "ServiceConfig", service_config,
                     win_hv_socket_service_config_fields),
        JSON_END
};

static const struct json_field guard_instance_fields[] = {
        JSON_TEXT(struct win_guard_instance, "Id", id),
        JSON_POINTER(struct win_guard_instance, "CredentialGuard", credential_guard, win_credential_guard_state_fields),
        JSON_POINTER(struct win_guard_instance, "HvSocketConfig", hv_socket_config, guard_hv_socket_config_fields),
        JSON_END
};

const struct json_field win_guard_system_info_fields[] = {
        JSON_LIST(struct win_guard_system_info, "Instances", instances, guard_instance_fields),
        JSON_END
};
