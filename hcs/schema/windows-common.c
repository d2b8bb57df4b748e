#include "hcs/schema/windows-common.h"

const struct win_empty win_present = { .unused = false };

const struct json_field win_empty_fields[] = {
        JSON_END
};

const struct json_field doc_version_fields[] = {
        JSON_UINT_F(struct doc_version, "Major", major, JSON_ALWAYS),
        JSON_UINT_F(struct doc_version, "Minor", minor, JSON_ALWAYS),
        JSON_END
};

const char *const win_path_type_names[] = { "AbsolutePath", "VirtualSmbShareName", NULL };

static const char *const cache_mode_names[] = { "Unspecified", "Disabled", "Enabled", "Private", "PrivateAllowSharing",
        NULL };

const struct json_field win_layer_fields[] = {
        JSON_GUID(struct win_layer, "Id", id),
        JSON_TEXT(struct win_layer, "Path", path),
        JSON_ENUM_F(struct win_layer, "PathType", path_type, win_path_type_names, 0, JSON_SINCE(2, 1)),
        JSON_ENUM_F(struct win_layer, "Cache", cache, cache_mode_names, 0),
        JSON_END
};

const struct json_field win_storage_qos_fields[] = {
        JSON_UINT(struct win_storage_qos, "IopsMaximum", iops_maximum),
        JSON_UINT(struct win_storage_qos, "BandwidthMaximum", bandwidth_maximum),
        JSON_END
};

static const char *const registry_hive_names[] = { "System", "Software", "Security", "Sam", NULL };

static const char *const registry_type_names[] = { "None", "String", "ExpandedString", "MultiString", "Binary", "DWord",
        "QWord", "CustomType", NULL };

const struct json_field win_registry_key_fields[] = {
        JSON_ENUM_F(struct win_registry_key, "Hive", hive, registry_hive_names, 0),
        JSON_TEXT(struct win_registry_key, "Name", name),
        JSON_BOOL(struct win_registry_key, "Volatile", volatile_),
        JSON_END
};

const struct json_field win_registry_value_fields[] = {
        JSON_STRUCT(struct win_registry_value, "Key", key, win_registry_key_fields),
        JSON_TEXT(struct win_registry_value, "Name", name),
        JSON_ENUM_F(struct win_registry_value, "Type", type, registry_type_names, 0),
        JSON_TEXT(struct win_registry_value, "StringValue", string_value),
        JSON_BYTES(struct win_registry_value, "BinaryValue", binary_value),
        JSON_UINT_OPT(struct win_registry_value, "DWordValue", dword_value),
        JSON_UINT_OPT(struct win_registry_value, "QWordValue", qword_value),
        JSON_UINT_OPT(struct win_registry_value, "CustomType", custom_type),
        JSON_END
};

const struct json_field win_registry_changes_fields[] = {
        JSON_LIST(struct win_registry_changes, "AddValues", add_values, win_registry_value_fields),
        JSON_LIST(struct win_registry_changes, "DeleteKeys", delete_keys, win_registry_key_fields),
        JSON_END
};

const struct json_field win_hv_socket_service_config_fields[] = {
        JSON_TEXT(struct win_hv_socket_service_config, "BindSecurityDescriptor", bind_security_descriptor),
        JSON_TEXT(struct win_hv_socket_service_config, "ConnectSecurityDescriptor", connect_security_descriptor),
        JSON_BOOL(struct win_hv_socket_service_config, "AllowWildcardBinds", allow_wildcard_binds),
        JSON_BOOL_F(struct win_hv_socket_service_config, "Disabled", disabled, JSON_UNPUBLISHED),
        JSON_END
};

const struct json_field win_hv_socket_system_config_fields[] = {
        JSON_TEXT(struct win_hv_socket_system_config, "DefaultBindSecurityDescriptor", default_bind_security_descriptor),
        JSON_TEXT(struct win_hv_socket_system_config, "DefaultConnectSecurityDescriptor",
                  default_connect_security_descriptor),
        JSON_STRUCT_MAP_F(struct win_hv_socket_system_config, "ServiceTable", service_table,
                          win_hv_socket_service_config_fields, JSON_KEY_GUID, 0),
        JSON_END
};
