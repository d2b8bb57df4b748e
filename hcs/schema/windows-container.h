/* Container: a Windows container, process-isolated or hosted in a virtual machine (hcs-documents.md sections 3 and 5.2). */
#ifndef HCS_SCHEMA_WINDOWS_CONTAINER_H
#define HCS_SCHEMA_WINDOWS_CONTAINER_H

#include "hcs/schema/windows-common.h"
#include "hcs/schema/windows-namespace.h"

struct win_guest_os { const char *host_name; };         /* at most 15 characters */

struct win_storage {
        win_layers layers;
        const char *path;                       /* volume path of the mounted scratch, with a backslash behind it */
        const struct win_storage_qos *qos;
        const char *privileged_container_root_path;     /* unpublished; HostProcess only */
};

struct win_mapped_directory {
        const char *host_path;
        int host_path_type;                     /* enum win_path_type */
        const char *container_path;
        bool read_only, support_cloud_files;
};

enum win_mapped_pipe_path_type { WIN_PIPE_ABSOLUTE = 1, WIN_PIPE_VIRTUAL_SMB_PIPE_NAME, WIN_PIPE_END };

struct win_mapped_pipe {
        const char *container_pipe_name;        /* without \\.\pipe\ before it */
        const char *host_path;
        int host_path_type;                     /* enum win_mapped_pipe_path_type */
};

struct win_container_memory { uint64_t size_in_mb; };

/* At most one of them. */
struct win_container_processor {
        uint32_t count;
        int64_t weight;                         /* 1 to 10000, about 100 is usual */
        int64_t maximum;                        /* 1 to 10000: share of all processors of the host, times 100 */
};

struct win_networking {
        bool allow_unqualified_dns_query;
        const char *dns_search_list;            /* commas between */
        const char *network_shared_container_name;
        const char *namespace_;                 /* GUID of the HCN namespace */
        struct strings network_adapters;        /* GUIDs of endpoints; the older way */
};

struct win_container_hv_socket { const struct win_hv_socket_system_config *config; bool enable_powershell_direct; };

enum win_guard_transport { WIN_GUARD_LRPC = 1, WIN_GUARD_HV_SOCKET, WIN_GUARD_END };

/* As HCS answered it (section 10.4). */
struct win_credential_guard_state {
        const char *cookie, *rpc_endpoint;
        int transport;                          /* enum win_guard_transport */
        const char *credential_spec;
};

enum win_device_type { WIN_DEVICE_CLASS_GUID = 1, WIN_DEVICE_INSTANCE, WIN_DEVICE_GPU_MIRROR, WIN_DEVICE_END };

struct win_device {
        int type;                               /* enum win_device_type; left out for class GUIDs on hosts below 2.2 */
        const char *interface_class_guid;
        const char *location_path;
};

struct win_container {
        const struct win_guest_os *guest_os;
        const struct win_storage *storage;
        LIST_OF(struct win_mapped_directory) mapped_directories;
        LIST_OF(struct win_mapped_pipe) mapped_pipes;
        const struct win_container_memory *memory;
        const struct win_container_processor *processor;
        const struct win_networking *networking;
        const struct win_container_hv_socket *hv_socket;
        const struct win_credential_guard_state *container_credential_guard;
        const struct win_registry_changes *registry_changes;
        LIST_OF(struct win_device) assigned_devices;
        const struct win_device_namespace *additional_device_namespace;
        const char *isolation_type;             /* unpublished; "HostProcess" */
};

extern const char *const win_guard_transport_names[];
extern const struct json_field win_storage_fields[];
extern const struct json_field win_mapped_directory_fields[];
extern const struct json_field win_mapped_pipe_fields[];
extern const struct json_field win_container_memory_fields[];
extern const struct json_field win_container_processor_fields[];
extern const struct json_field win_networking_fields[];
extern const struct json_field win_credential_guard_state_fields[];
extern const struct json_field win_device_fields[];
extern const struct json_field win_container_fields[];

#endif
