#include "hcs/schema/windows-namespace.h"

static const char *const isolation_names[] = { "hard", "soft", NULL };

static const char *const nesting_names[] = { "inner", "outer", NULL };

static const char *const shadow_names[] = { "false", "true", "ifexists", NULL };

static const char *const scope_names[] = { "Local", "Global", "GlobalDropSilo", NULL };

static const char *const termination_names[] = { "PermanentQuiescent", "KillOnHandleClose", NULL };

static const char *const interface_type_names[] = { "Inherit", "DeviceInstance", "ClassGuid", NULL };

static const struct json_field ns_job_cpu_fields[] = {
        JSON_UINT(struct win_ns_job_cpu, "rate", rate),
        JSON_UINT(struct win_ns_job_cpu, "weight", weight),
        JSON_END
};

static const struct json_field ns_job_memory_fields[] = {
        JSON_UINT(struct win_ns_job_memory, "limit", limit),
        JSON_END
};

static const struct json_field ns_job_system_root_fields[] = {
        JSON_TEXT(struct win_ns_job_system_root, "path", path),
        JSON_END
};

static const struct json_field ns_job_fields[] = {
        JSON_POINTER(struct win_ns_job, "cpu", cpu, ns_job_cpu_fields),
        JSON_POINTER(struct win_ns_job, "memory", memory, ns_job_memory_fields),
        JSON_POINTER(struct win_ns_job, "systemroot", systemroot, ns_job_system_root_fields),
        JSON_ENUM_F(struct win_ns_job, "terminationpolicy", terminationpolicy, termination_names, 0),
        JSON_BOOL(struct win_ns_job, "threadimpersonation", threadimpersonation),
        JSON_END
};

static const struct json_field ns_batched_binding_fields[] = {
        JSON_TEXT(struct win_ns_batched_binding, "filepath", filepath),
        JSON_STRINGS(struct win_ns_batched_binding, "bindingroots", bindingroots),
        JSON_END
};

static const struct json_field ns_filesystem_layer_fields[] = {
        JSON_GUID(struct win_ns_filesystem_layer, "identifier", identifier),
        JSON_TEXT(struct win_ns_filesystem_layer, "path", path),
        JSON_END
};

static const struct json_field ns_filesystem_fields[] = {
        JSON_TEXT(struct win_ns_filesystem, "path", path),
        JSON_ENUM_F(struct win_ns_filesystem, "isolation", isolation, isolation_names, 0),
        JSON_ENUM_F(struct win_ns_filesystem, "nesting", nesting, nesting_names, 0),
        JSON_LIST(struct win_ns_filesystem, "layer", layer, ns_filesystem_layer_fields),
        JSON_LIST(struct win_ns_filesystem, "bindings", bindings, ns_batched_binding_fields),
        JSON_END
};

static const struct json_field ns_mount_point_fields[] = {
        JSON_TEXT(struct win_ns_mount_point, "name", name),
        JSON_TEXT(struct win_ns_mount_point, "path", path),
        JSON_END
};

static const struct json_field ns_mount_manager_fields[] = {
        JSON_LIST(struct win_ns_mount_manager, "mount_point", mount_point, ns_mount_point_fields),
        JSON_END
};

static const struct json_field ns_pipe_symlink_fields[] = {
        JSON_TEXT(struct win_ns_pipe_symlink, "name", name),
        JSON_TEXT(struct win_ns_pipe_symlink, "path", path),
        JSON_END
};

static const struct json_field ns_named_pipe_fields[] = {
        JSON_LIST(struct win_ns_named_pipe, "symlink", symlink, ns_pipe_symlink_fields),
        JSON_END
};

static const struct json_field ns_object_symlink_fields[] = {
        JSON_TEXT(struct win_ns_object_symlink, "name", name),
        JSON_TEXT(struct win_ns_object_symlink, "path", path),
        JSON_ENUM_F(struct win_ns_object_symlink, "scope", scope, scope_names, 0),
        JSON_TEXT(struct win_ns_object_symlink, "pathtoclone", pathtoclone),
        JSON_UINT(struct win_ns_object_symlink, "access_mask", access_mask),
        JSON_END
};

static const struct json_field ns_object_directory_fields[];

static const struct json_field ns_object_directory_fields[] = {
        JSON_TEXT(struct win_ns_object_directory, "name", name),
        JSON_TEXT(struct win_ns_object_directory, "clonesd", clonesd),
        JSON_ENUM_F(struct win_ns_object_directory, "shadow", shadow, shadow_names, 0),
        JSON_LIST(struct win_ns_object_directory, "symlink", symlink, ns_object_symlink_fields),
        JSON_LIST(struct win_ns_object_directory, "objdir", objdir, ns_object_directory_fields),
        JSON_END
};

static const struct json_field ns_object_fields[] = {
        JSON_ENUM_F(struct win_ns_object, "shadow", shadow, shadow_names, 0),
        JSON_LIST(struct win_ns_object, "symlink", symlink, ns_object_symlink_fields),
        JSON_LIST(struct win_ns_object, "objdir", objdir, ns_object_directory_fields),
        JSON_END
};

static const struct json_field ns_registry_symlink_fields[] = {
        JSON_TEXT(struct win_ns_registry_symlink, "key", key),
        JSON_TEXT(struct win_ns_registry_symlink, "target", target),
        JSON_END
};

static const struct json_field ns_redirection_node_fields[] = {
        JSON_TEXT(struct win_ns_redirection_node, "containerpath", containerpath),
        JSON_TEXT(struct win_ns_redirection_node, "hostpath", hostpath),
        JSON_TEXT(struct win_ns_redirection_node, "hivestack", hivestack),
        JSON_UINT(struct win_ns_redirection_node, "access_mask", access_mask),
        JSON_BOOL(struct win_ns_redirection_node, "trustedhive", trustedhive),
        JSON_BOOL(struct win_ns_redirection_node, "exitnode", exitnode),
        JSON_END
};

static const struct json_field ns_registry_layer_fields[] = {
        JSON_TEXT(struct win_ns_registry_layer, "hosthive", hosthive, JSON_SINCE(2, 3)),
        JSON_TEXT(struct win_ns_registry_layer, "filepath", filepath, JSON_SINCE(2, 3)),
        JSON_GUID(struct win_ns_registry_layer, "identifier", identifier, JSON_SINCE(2, 3)),
        JSON_BOOL(struct win_ns_registry_layer, "readonly", readonly, JSON_SINCE(2, 3)),
        JSON_BOOL(struct win_ns_registry_layer, "immutable", immutable, JSON_SINCE(2, 3)),
        JSON_BOOL(struct win_ns_registry_layer, "inherittrustclass", inherittrustclass, JSON_SINCE(2, 3)),
        JSON_BOOL(struct win_ns_registry_layer, "trustedhive", trustedhive),
        JSON_BOOL(struct win_ns_registry_layer, "writethrough", writethrough, JSON_SINCE(2, 3)),
        JSON_UINT(struct win_ns_registry_layer, "fileaccesstoken", fileaccesstoken, JSON_SINCE(2, 3)),
        JSON_END
};

static const struct json_field ns_make_value_fields[] = {
        JSON_TEXT(struct win_ns_make_value, "name", name),
        JSON_TEXT(struct win_ns_make_value, "data_multistring", data_multistring),
        JSON_UINT_OPT(struct win_ns_make_value, "data_dword", data_dword),
        JSON_TEXT(struct win_ns_make_value, "data_string", data_string),
        JSON_BYTES(struct win_ns_make_value, "data_binary", data_binary),
        JSON_END
};

static const struct json_field ns_make_key_fields[];

static const struct json_field ns_make_key_fields[] = {
        JSON_TEXT(struct win_ns_make_key, "name", name),
        JSON_TEXT(struct win_ns_make_key, "clonesd", clonesd),
        JSON_LIST(struct win_ns_make_key, "mkkey", mkkey, ns_make_key_fields),
        JSON_LIST(struct win_ns_make_key, "mkvalue", mkvalue, ns_make_value_fields),
        JSON_BOOL(struct win_ns_make_key, "volatile", volatile_),
        JSON_END
};

static const struct json_field ns_delete_key_fields[] = {
        JSON_TEXT(struct win_ns_delete_key, "name", name),
        JSON_END
};

static const struct json_field ns_hive_stack_fields[] = {
        JSON_TEXT(struct win_ns_hive_stack, "hive", hive),
        JSON_LIST(struct win_ns_hive_stack, "layer", layer, ns_registry_layer_fields),
        JSON_LIST(struct win_ns_hive_stack, "mkkey", mkkey, ns_make_key_fields),
        JSON_LIST(struct win_ns_hive_stack, "delkey", delkey, ns_delete_key_fields),
        JSON_END
};

static const struct json_field ns_registry_fields[] = {
        JSON_LIST(struct win_ns_registry, "symlink", symlink, ns_registry_symlink_fields),
        JSON_LIST(struct win_ns_registry, "redirectionnode", redirectionnode, ns_redirection_node_fields),
        JSON_LIST(struct win_ns_registry, "hivestack", hivestack, ns_hive_stack_fields),
        JSON_END
};

static const struct json_field ns_network_fields[] = {
        JSON_TEXT(struct win_ns_network, "compartment", compartment),
        JSON_END
};

static const struct json_field ns_interface_class_fields[] = {
        JSON_ENUM_F(struct win_ns_interface_class, "type", type, interface_type_names, 0),
        JSON_GUID(struct win_ns_interface_class, "identifier", identifier),
        JSON_BOOL(struct win_ns_interface_class, "recurse", recurse),
        JSON_END
};

static const struct json_field ns_device_category_fields[] = {
        JSON_TEXT(struct win_ns_device_category, "name", name),
        JSON_LIST(struct win_ns_device_category, "interface_class", interface_class, ns_interface_class_fields),
        JSON_END
};

static const struct json_field ns_device_instance_fields[] = {
        JSON_TEXT(struct win_ns_device_instance, "id", id),
        JSON_TEXT(struct win_ns_device_instance, "location_path", location_path),
        JSON_TEXT(struct win_ns_device_instance, "port_name", port_name),
        JSON_LIST(struct win_ns_device_instance, "interface_class", interface_class, ns_interface_class_fields),
        JSON_END
};

static const struct json_field ns_device_fields[] = {
        JSON_BOOL(struct win_ns_device, "requires_driverstore", requires_driverstore),
        JSON_LIST(struct win_ns_device, "device_category", device_category, ns_device_category_fields),
        JSON_LIST(struct win_ns_device, "device_instance", device_instance, ns_device_instance_fields),
        JSON_END
};

static const struct json_field ns_host_files_fields[] = {
        JSON_TEXT(struct win_ns_host_files, "base_image_path", base_image_path),
        JSON_TEXT(struct win_ns_host_files, "sandbox_path", sandbox_path),
        JSON_STRINGS(struct win_ns_host_files, "file", file),
        JSON_END
};

static const struct json_field ns_all_fields[] = {
        JSON_POINTER(struct win_ns_all, "job", job, ns_job_fields),
        JSON_POINTER(struct win_ns_all, "filesystem", filesystem, ns_filesystem_fields),
        JSON_POINTER(struct win_ns_all, "mountmgr", mountmgr, ns_mount_manager_fields),
        JSON_POINTER(struct win_ns_all, "namedpipe", namedpipe, ns_named_pipe_fields),
        JSON_POINTER(struct win_ns_all, "ob", ob, ns_object_fields),
        JSON_POINTER(struct win_ns_all, "registry", registry, ns_registry_fields),
        JSON_POINTER(struct win_ns_all, "network", network, ns_network_fields),
        JSON_POINTER(struct win_ns_all, "device", device, ns_device_fields),
        JSON_POINTER(struct win_ns_all, "hostfiles", hostfiles, ns_host_files_fields),
        JSON_END
};

static const struct json_field ns_device_extension_fields[] = {
        JSON_POINTER(struct win_ns_device_extension, "device_category", device_category, ns_device_category_fields),
        JSON_POINTER(struct win_ns_device_extension, "namespace", namespace_, ns_all_fields),
        JSON_END
};

const struct json_field win_device_namespace_fields[] = {
        JSON_LIST(struct win_device_namespace, "device_extension", device_extension, ns_device_extension_fields),
        JSON_END
};
