#include "hcs/schema/document.h"

static const struct json_field layer_fields[] = {
        JSON_TEXT(struct doc_layer, "Id", id),
        JSON_TEXT_F(struct doc_layer, "Path", path, JSON_REQUIRED),
        JSON_BOOL(struct doc_layer, "Named", named),
        JSON_END
};

static const struct json_field volume_fields[] = {
        JSON_TEXT_F(struct doc_volume, "Path", path, JSON_REQUIRED),
        JSON_LIST(struct doc_volume, "Layers", layers, layer_fields),
        JSON_END
};

static const struct json_field scratch_fields[] = {
        JSON_TEXT(struct doc_scratch, "Path", path),
        JSON_TEXT(struct doc_scratch, "Image", image),
        JSON_BOOL(struct doc_scratch, "Memory", memory),
        JSON_UINT(struct doc_scratch, "SizeInBytes", size_in_bytes),
        JSON_BOOL(struct doc_scratch, "Project", project),
        JSON_BOOL(struct doc_scratch, "Keep", keep),
        JSON_END
};

static const char *const union_names[] = { "Overlay", "FuseOverlay", "DirectoryOverlays", NULL };

static const struct json_field storage_fields[] = {
        JSON_TEXT(struct doc_storage, "Path", path),
        JSON_ENUM_F(struct doc_storage, "Union", union_kind, union_names, 0),
        JSON_TEXT(struct doc_storage, "Program", program),
        JSON_LIST(struct doc_storage, "Layers", layers, layer_fields),
        JSON_UINT(struct doc_storage, "BaseLayers", base_layers),
        JSON_LIST(struct doc_storage, "Volumes", volumes, volume_fields),
        JSON_POINTER(struct doc_storage, "Scratch", scratch, scratch_fields),
        JSON_END
};

static const char *const cgroup_manager_names[] = { "Systemd", "None", NULL };

static const struct json_field options_fields[] = {
        JSON_BOOL(struct doc_options, "NoPivotRoot", no_pivot_root),
        JSON_BOOL(struct doc_options, "NoNewKeyring", no_new_keyring),
        JSON_UINT(struct doc_options, "ListenHandles", listen_handles),
        JSON_TEXT(struct doc_options, "ListenNames", listen_names),
        JSON_TEXT(struct doc_options, "NotifyDirectory", notify_directory),
        JSON_BOOL(struct doc_options, "AllowSetUserId", allow_set_user_id),
        JSON_ENUM_F(struct doc_options, "CgroupManager", cgroup_manager, cgroup_manager_names, 0),
        JSON_TEXT(struct doc_options, "InitProgram", init_program),
        JSON_BOOL(struct doc_options, "InitStays", init_stays),
        JSON_END
};

static const char *const saved_cgroups_names[] = { "Soft", "Full", "Strict", "Ignore", NULL };

static const struct json_field save_settings_fields[] = {
        JSON_TEXT(struct doc_save_settings, "WorkPath", work_path),
        JSON_BOOL(struct doc_save_settings, "TcpEstablished", tcp_established),
        JSON_BOOL(struct doc_save_settings, "TcpClose", tcp_close),
        JSON_BOOL(struct doc_save_settings, "ExternalSockets", external_sockets),
        JSON_BOOL(struct doc_save_settings, "ShellJob", shell_job),
        JSON_BOOL(struct doc_save_settings, "FileLocks", file_locks),
        JSON_BOOL(struct doc_save_settings, "AutoDedup", auto_dedup),
        JSON_BOOL(struct doc_save_settings, "LinkRemap", link_remap),
        JSON_ENUM_F(struct doc_save_settings, "Cgroups", cgroups, saved_cgroups_names, 0),
        JSON_END
};

static const char *const save_type_names[] = { "ToFile", "AsTemplate", NULL };

const struct json_field doc_save_options_fields[] = {
        JSON_ENUM_F(struct doc_save_options, "SaveType", save_type, save_type_names, JSON_REQUIRED),
        JSON_TEXT_F(struct doc_save_options, "SaveStateFilePath", save_state_file_path, JSON_REQUIRED),
        JSON_TEXT(struct doc_save_options, "ParentPath", parent_path),
        JSON_BOOL(struct doc_save_options, "LeaveRunning", leave_running),
        JSON_BOOL(struct doc_save_options, "PreDump", pre_dump),
        JSON_STRUCT(struct doc_save_options, "Settings", settings, save_settings_fields),
        JSON_END
};

static const struct json_field restore_state_fields[] = {
        JSON_TEXT_F(struct doc_restore_state, "SaveStateFilePath", save_state_file_path, JSON_REQUIRED),
        JSON_TEXT(struct doc_restore_state, "LsmProfile", lsm_profile),
        JSON_TEXT(struct doc_restore_state, "LsmMountContext", lsm_mount_context),
        JSON_STRUCT(struct doc_restore_state, "Settings", settings, save_settings_fields),
        JSON_END
};

static const struct json_field hosted_system_fields[] = {
        JSON_STRUCT_F(struct doc_hosted_system, "SchemaVersion", schema_version, doc_version_fields, JSON_ALWAYS),
        JSON_POINTER(struct doc_hosted_system, "Container", container, win_container_fields),
        JSON_TEXT_F(struct doc_hosted_system, "OciBundlePath", oci_bundle_path, JSON_UNPUBLISHED),
        JSON_POINTER_F(struct doc_hosted_system, "OciSpecification", oci_specification, spec_fields, JSON_UNPUBLISHED),
        JSON_TEXT_F(struct doc_hosted_system, "ScratchDirPath", scratch_dir_path, JSON_UNPUBLISHED),
        JSON_POINTER(struct doc_hosted_system, "Storage", storage, storage_fields),
        JSON_POINTER(struct doc_hosted_system, "Options", options, options_fields),
        JSON_POINTER(struct doc_hosted_system, "RestoreState", restore_state, restore_state_fields),
        JSON_END
};

const struct json_field doc_system_fields[] = {
        JSON_TEXT(struct doc_system, "Owner", owner),
        JSON_STRUCT_F(struct doc_system, "SchemaVersion", schema_version, doc_version_fields, JSON_REQUIRED),
        JSON_TEXT(struct doc_system, "HostingSystemId", hosting_system_id),
        JSON_POINTER(struct doc_system, "HostedSystem", hosted_system, hosted_system_fields),
        JSON_POINTER(struct doc_system, "Container", container, win_container_fields),
        JSON_POINTER(struct doc_system, "VirtualMachine", virtual_machine, win_machine_fields),
        JSON_BOOL(struct doc_system, "ShouldTerminateOnLastHandleClosed", should_terminate_on_last_handle_closed),
        JSON_END
};

const struct json_field doc_process_fields[] = {
        JSON_BOOL(struct doc_process, "EmulateConsole", emulate_console),
        JSON_BOOL(struct doc_process, "CreateStdInPipe", create_std_in_pipe),
        JSON_BOOL(struct doc_process, "CreateStdOutPipe", create_std_out_pipe),
        JSON_BOOL(struct doc_process, "CreateStdErrPipe", create_std_err_pipe),
        JSON_UINT32S(struct doc_process, "ConsoleSize", console_size),
        JSON_POINTER(struct doc_process, "OciProcess", oci_process, spec_process_fields),
        JSON_TEXT(struct doc_process, "Cgroup", cgroup),
        JSON_END
};

static const struct json_field process_details_fields[] = {
        JSON_UINT_F(struct doc_process_details, "ProcessId", process_id, JSON_REQUIRED),
        JSON_END
};

static const char *const init_names[] = { "Waiting", "Running", NULL };

const struct json_field doc_properties_fields[] = {
        JSON_TEXT_F(struct doc_properties, "Id", id, JSON_REQUIRED),
        JSON_TEXT_F(struct doc_properties, "SystemType", system_type, JSON_REQUIRED),
        JSON_TEXT(struct doc_properties, "RuntimeOsType", runtime_os_type),
        JSON_TEXT(struct doc_properties, "Owner", owner),
        JSON_TEXT(struct doc_properties, "State", state),
        JSON_BOOL(struct doc_properties, "Stopped", stopped),
        JSON_TEXT(struct doc_properties, "ExitType", exit_type),
        JSON_LIST(struct doc_properties, "ProcessList", process_list, process_details_fields),
        JSON_UINT(struct doc_properties, "InitProcessId", init_process_id),
        JSON_ENUM_F(struct doc_properties, "InitState", init_state, init_names, 0),
        JSON_POINTER(struct doc_properties, "LinuxStatistics", linux_statistics, statistics_fields),
        JSON_END
};

const struct json_field doc_constraints_fields[] = {
        JSON_POINTER(struct doc_constraints, "Linux", linux_, spec_resources_fields),
        JSON_POINTER(struct doc_constraints, "IntelRdt", intel_rdt, spec_intel_rdt_fields),
        JSON_END
};

const struct json_field doc_property_query_fields[] = {
        JSON_STRINGS(struct doc_property_query, "PropertyTypes", property_types),
        JSON_END
};

const struct json_field doc_system_query_fields[] = {
        JSON_STRINGS(struct doc_system_query, "Ids", ids),
        JSON_STRINGS(struct doc_system_query, "Owners", owners),
        JSON_END
};

const struct json_field doc_signal_fields[] = {
        JSON_UINT_RANGE_F(struct doc_signal, "Signal", signal, JSON_REQUIRED, 0, 64),
        JSON_BOOL(struct doc_signal, "All", all),
        JSON_END
};

const struct json_field doc_process_status_fields[] = {
        JSON_UINT(struct doc_process_status, "ProcessId", process_id),
        JSON_BOOL_F(struct doc_process_status, "Exited", exited, JSON_ALWAYS),
        JSON_UINT_F(struct doc_process_status, "ExitCode", exit_code, JSON_ALWAYS),
        JSON_INT_F(struct doc_process_status, "LastWaitResult", last_wait_result, JSON_ALWAYS),
        JSON_END
};

const struct json_field doc_exit_status_fields[] = {
        JSON_INT_F(struct doc_exit_status, "Status", status, JSON_ALWAYS),
        JSON_TEXT(struct doc_exit_status, "ExitType", exit_type),
        JSON_END
};

static const struct json_field error_event_fields[] = {
        JSON_TEXT(struct doc_error_event, "Message", message),
        JSON_TEXT(struct doc_error_event, "Source", source),
        JSON_END
};

const struct json_field doc_result_fields[] = {
        JSON_INT_F(struct doc_result, "Error", error, JSON_ALWAYS),
        JSON_TEXT(struct doc_result, "ErrorMessage", error_message),
        JSON_LIST(struct doc_result, "ErrorEvents", error_events, error_event_fields),
        JSON_END
};
