/* ModifySettingRequest and what is only in its Settings: requests to a running system, for the host, for the agent in the
 * guest, or for both (hcs-documents.md section 8); and the requests to the service itself (section 10.4). */
#ifndef HCS_SCHEMA_WINDOWS_MODIFY_H
#define HCS_SCHEMA_WINDOWS_MODIFY_H

#include "hcs/schema/windows-container.h"
#include "hcs/schema/windows-machine.h"

/* --- to a system ---------------------------------------------------------------------------------------------------- */

enum win_request_type { WIN_REQUEST_ADD = 1, WIN_REQUEST_REMOVE, WIN_REQUEST_UPDATE, WIN_REQUEST_END };

/* Settings: .fields and .object, the table that win_modify_settings() or win_guest_settings() names; a plain number goes
 * in as .value (win_number_value(), all in windows-settings.h). */
struct win_guest_request {
        const char *resource_type;              /* "CombinedLayers", ...: hcsshim's agents know more than the schema */
        int request_type;                       /* enum win_request_type */
        struct json_open settings;
};

struct win_modify_request {
        const char *resource_path;              /* NULL: for the guest only */
        int request_type;                       /* enum win_request_type; 0: left out */
        struct json_open settings;
        const struct win_guest_request *guest_request;  /* NULL: for the host only */
};

struct win_processor_limits { uint64_t limit, weight, reservation; uint32_t maximum_frequency_mhz; };
struct win_idle_processors { uint32_t idle_processor_count; };
struct win_registry_flush_state { bool enabled; };

enum win_gpu_mode { WIN_GPU_DISABLED = 1, WIN_GPU_DEFAULT, WIN_GPU_LIST, WIN_GPU_MIRROR, WIN_GPU_END };

struct win_gpu_configuration {
        int assignment_mode;                    /* enum win_gpu_mode */
        struct number_map assignment_request;   /* device interface path: partition, 65535 is any */
        bool allow_vendor_extension;
        bool disable_gdi_acceleration, disable_presentation;    /* 2.7 */
};

/* --- to the agent in a Windows guest ----------------------------------------------------------------------------------- */

struct win_combined_layers {
        win_layers layers;
        const char *scratch_path;               /* not for Windows guests */
        const char *container_root_path;
        const char *filter_type;                /* unpublished; "WCIFS" or "UnionFS", 2.9 */
};

struct win_mapped_virtual_disk { const char *container_path; uint8_t lun; };
struct win_cim_mount { const char *image_path, *file_system_name, *volume_guid; uint32_t mount_flags; };

/* Network: an adapter to a Windows guest.  First RequestType PreAdd with the endpoint's own JSON, then Add without. */
struct win_guest_network { const char *adapter_id; const char *request_type; struct json_open settings; };

struct win_hv_socket_address { const char *local_address, *parent_address; };   /* GUIDs */

/* --- to the agent in a Linux guest (unpublished; hcs-documents.md section 6) --------------------------------------------- */

struct win_lcow_combined_layers {
        const char *container_id, *container_root_path;
        win_layers layers;
        const char *scratch_path;
};

struct win_lcow_mapped_virtual_disk {
        const char *mount_path;
        uint8_t lun, controller;
        bool read_only;
        struct strings options;
        bool ensure_filesystem;         /* an empty disk gets a file system first: hcsshim, guestresource/resources.go */
        const char *filesystem;
};

struct win_lcow_mapped_directory { const char *mount_path; uint32_t port; const char *share_name; bool read_only; };
struct win_lcow_mapping_info { uint64_t device_offset_in_bytes, device_size_in_bytes; };
struct win_lcow_pmem_device { uint32_t device_number; const char *mount_path; const struct win_lcow_mapping_info *mapping_info; };

struct win_lcow_ip_config { const char *ip_address; uint8_t prefix_length; };
struct win_lcow_route { const char *next_hop, *destination_prefix; uint16_t metric; };

struct win_lcow_network {
        const char *namespace_id, *id, *mac_address, *dns_suffix, *dns_server_list;
        uint16_t encap_overhead;
        bool vpci_assigned;
        LIST_OF(struct win_lcow_ip_config) ip_configs;
        LIST_OF(struct win_lcow_route) routes;
};

struct win_lcow_pci_device { const char *vmbus_guid; };
struct win_lcow_constraints { const struct json_value *windows, *linux_; };

/* --- to the service ------------------------------------------------------------------------------------------------------ */

enum win_modify_property { WIN_MODIFY_CPU_GROUP = 1, WIN_MODIFY_CREDENTIAL_GUARD, WIN_MODIFY_PROPERTY_END };

struct win_service_request { int property_type; struct json_open settings; };           /* ModificationRequest */

enum win_guard_operation { WIN_GUARD_ADD_INSTANCE = 1, WIN_GUARD_REMOVE_INSTANCE, WIN_GUARD_OPERATION_END };

struct win_guard_request { int operation; struct json_open operation_details; };
struct win_guard_add_instance { const char *id, *credential_spec; int transport; };
struct win_guard_remove_instance { const char *id; };

enum win_group_operation { WIN_GROUP_CREATE = 1, WIN_GROUP_DELETE, WIN_GROUP_SET_PROPERTY, WIN_GROUP_END };

struct win_group_request { int operation; struct json_open operation_details; };
struct win_create_group { const char *group_id; uint32_t logical_processor_count; struct uint32s logical_processors; };
struct win_delete_group { const char *group_id; };
struct win_set_property { const char *group_id; uint32_t property_code; uint64_t property_value; };

/* --- tables -------------------------------------------------------------------------------------------------------------- */

extern const char *const win_request_type_names[];
extern const struct json_field win_guest_request_fields[];
extern const struct json_field win_modify_request_fields[];
extern const struct json_field win_processor_limits_fields[];
extern const struct json_field win_idle_processors_fields[];
extern const struct json_field win_registry_flush_state_fields[];
extern const struct json_field win_gpu_configuration_fields[];
extern const struct json_field win_combined_layers_fields[];
extern const struct json_field win_mapped_virtual_disk_fields[];
extern const struct json_field win_cim_mount_fields[];
extern const struct json_field win_guest_network_fields[];
extern const struct json_field win_hv_socket_address_fields[];
extern const struct json_field win_lcow_combined_layers_fields[];
extern const struct json_field win_lcow_mapped_virtual_disk_fields[];
extern const struct json_field win_lcow_mapped_directory_fields[];
extern const struct json_field win_lcow_pmem_device_fields[];
extern const struct json_field win_lcow_network_fields[];
extern const struct json_field win_lcow_pci_device_fields[];
extern const struct json_field win_lcow_constraints_fields[];
extern const struct json_field win_service_request_fields[];
extern const struct json_field win_guard_request_fields[];
extern const struct json_field win_guard_add_instance_fields[];
extern const struct json_field win_guard_remove_instance_fields[];
extern const struct json_field win_group_request_fields[];
extern const struct json_field win_create_group_fields[];
extern const struct json_field win_delete_group_fields[];
extern const struct json_field win_set_property_fields[];

#endif
