#include "hcs/schema/windows-process.h"

const struct json_field win_process_fields[] = {
        JSON_TEXT(struct win_process, "ApplicationName", application_name),
        JSON_TEXT(struct win_process, "CommandLine", command_line),
        JSON_STRINGS(struct win_process, "CommandArgs", command_args),
        JSON_TEXT(struct win_process, "User", user),
        JSON_TEXT(struct win_process, "WorkingDirectory", working_directory),
        JSON_MAP(struct win_process, "Environment", environment),
        JSON_BOOL(struct win_process, "RestrictedToken", restricted_token),
        JSON_BOOL(struct win_process, "EmulateConsole", emulate_console),
        JSON_BOOL(struct win_process, "CreateStdInPipe", create_std_in_pipe),
        JSON_BOOL(struct win_process, "CreateStdOutPipe", create_std_out_pipe),
        JSON_BOOL(struct win_process, "CreateStdErrPipe", create_std_err_pipe),
        JSON_UINT32S(struct win_process, "ConsoleSize", console_size, .max = UINT16_MAX),
        JSON_BOOL(struct win_process, "UseExistingLogin", use_existing_login),
        JSON_BOOL(struct win_process, "UseLegacyConsole", use_legacy_console),
        JSON_POINTER_F(struct win_process, "OciProcess", oci_process, spec_process_fields, JSON_UNPUBLISHED),
        JSON_END
};

static const char *const modify_operation_names[] = { "ConsoleSize", "CloseHandle", NULL };

static const char *const std_handle_names[] = { "StdIn", "StdOut", "StdErr", "All", NULL };

static const struct json_field console_size_fields[] = {
        JSON_UINT_F(struct win_console_size, "Height", height, JSON_ALWAYS),
        JSON_UINT_F(struct win_console_size, "Width", width, JSON_ALWAYS),
        JSON_END
};

static const struct json_field close_handle_fields[] = {
        JSON_ENUM_F(struct win_close_handle, "Handle", handle, std_handle_names, 0),
        JSON_END
};

const struct json_field win_process_modify_fields[] = {
        JSON_ENUM_F(struct win_process_modify, "Operation", operation, modify_operation_names, 0),
        JSON_POINTER(struct win_process_modify, "ConsoleSize", console_size, console_size_fields),
        JSON_POINTER(struct win_process_modify, "CloseHandle", close_handle, close_handle_fields),
        JSON_END
};

const char *const win_process_signal_names[] = { "CtrlC", "CtrlBreak", "CtrlClose", "CtrlLogOff", "CtrlShutdown", NULL };

const struct json_field win_signal_fields[] = {
        JSON_ENUM_F(struct win_signal, "Signal", signal, win_process_signal_names, JSON_REQUIRED),
        JSON_END
};

static const char *const shutdown_mechanism_names[] = { "GuestConnection", "IntegrationService", NULL };

static const char *const shutdown_type_names[] = { "Shutdown", "Hibernate", "Reboot", NULL };

const struct json_field win_shutdown_options_fields[] = {
        JSON_ENUM_F(struct win_shutdown_options, "Mechanism", mechanism, shutdown_mechanism_names, 0, JSON_SINCE(2, 5)),
        JSON_ENUM_F(struct win_shutdown_options, "Type", type, shutdown_type_names, 0, JSON_SINCE(2, 5)),
        JSON_BOOL(struct win_shutdown_options, "Force", force, JSON_SINCE(2, 5)),
        JSON_TEXT(struct win_shutdown_options, "Reason", reason, JSON_SINCE(2, 5)),
        JSON_END
};

static const char *const suspension_level_names[] = { "Suspend", "MemoryLow", "MemoryMedium", "MemoryHigh", NULL };

static const char *const pause_reason_names[] = { "None", "Save", "Template", NULL };

static const struct json_field pause_notification_fields[] = {
        JSON_ENUM_F(struct win_pause_notification, "Reason", reason, pause_reason_names, 0),
        JSON_END
};

const struct json_field win_pause_options_fields[] = {
        JSON_ENUM_F(struct win_pause_options, "SuspensionLevel", suspension_level, suspension_level_names, 0),
        JSON_POINTER(struct win_pause_options, "HostedNotification", hosted_notification, pause_notification_fields,
                     JSON_SINCE(2, 1)),
        JSON_END
};

static const char *const save_type_names[] = { "ToFile", "AsTemplate", NULL };

const struct json_field win_save_options_fields[] = {
        JSON_ENUM_F(struct win_save_options, "SaveType", save_type, save_type_names, 0),
        JSON_TEXT(struct win_save_options, "SaveStateFilePath", save_state_file_path),
        JSON_END
};

static const char *const crash_type_names[] = { "CrashGuest", NULL };

const struct json_field win_crash_options_fields[] = {
        JSON_ENUM_F(struct win_crash_options, "Type", type, crash_type_names, 0, JSON_SINCE(2, 3)),
        JSON_END
};
