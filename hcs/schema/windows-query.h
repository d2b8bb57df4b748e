/* What is asked of systems and of the service, and what they answer: properties, service properties, lists, results with
 * their error events (hcs-documents.md section 10, hcs-api.md).
 *
 * Answers are read with JSON_IGNORE_UNKNOWN, since a newer Windows says more; for the same reason their enumerations are
 * texts here.  Compare State without regard to case. */
#ifndef HCS_SCHEMA_WINDOWS_QUERY_H
#define HCS_SCHEMA_WINDOWS_QUERY_H

#include "hcs/schema/version.h"
#include "hcs/schema/windows-container.h"

/* --- questions ------------------------------------------------------------------------------------------------------- */

struct win_console_image_query { uint16_t width, height; uint32_t flags; };
struct win_kvp_query { const char *source; struct strings keys; };

/* Queries is for hosts from 2.5 on. */
struct win_queries { const struct win_console_image_query *console_image; const struct win_kvp_query *kvp; };

struct win_property_query { struct strings property_types; const struct win_queries *queries; };        /* no types: the basic set */
struct win_system_query { struct strings ids, names, types, owners; };

struct win_service_queries { const struct win_empty *processor_capabilities; };
struct win_service_query { struct strings property_types; const struct win_service_queries *property_queries; };

/* --- errors -------------------------------------------------------------------------------------------------------------- */

struct win_event_data { const char *type, *value; };

struct win_error_event {
        const char *message, *stack_trace, *provider;
        uint16_t event_id;
        uint32_t flags;
        const char *source;
        LIST_OF(struct win_event_data) data;
};

struct win_worker_exit { uint32_t exit_code; const char *type, *detail, *initiator; };
struct win_guest_crash { struct uint64s crash_parameters; };
struct win_triple_fault { uint64_t error_type; };
struct win_operation_failure { const char *detail; };
struct win_system_exit { const char *detail, *initiator; };
struct win_virtual_device_failure { const char *detail, *name, *device_id, *instance_id; };

/* One of them. */
struct win_attribution_record {
        const struct win_worker_exit *worker_exit;
        const struct win_guest_crash *guest_crash;
        const struct win_triple_fault *triple_fault;
        const struct win_empty *inject_non_maskable_interrupt;
        const struct win_operation_failure *operation_failure;
        const struct win_system_exit *system_exit;
        const struct win_virtual_device_failure *virtual_device_failure;
};

typedef LIST_OF(struct win_attribution_record) win_attribution;

struct win_result_error {
        int32_t error;
        const char *error_message;
        LIST_OF(struct win_error_event) error_events;
        win_attribution attribution;
};

struct win_exit_status { int32_t status; const char *exit_type; win_attribution attribution; };

struct win_crash_report_windows {
        const char *dump_file;
        uint32_t os_major_version, os_minor_version, os_build_number, os_service_pack_major_version;
        uint32_t os_service_pack_minor_version, os_suite_mask, os_product_type;
        int32_t status;
        const char *final_phase;
};

struct win_guest_crash_save_info { const char *save_state_file; int32_t status; };      /* unpublished */

struct win_crash_report {
        const char *system_id, *activity_id;
        const struct win_crash_report_windows *windows_crash_info;
        struct uint64s crash_parameters;
        const char *crash_log;
        int32_t status;
        uint32_t pre_os_id;
        bool crash_stack_unavailable;
        const struct win_guest_crash_save_info *guest_crash_save_info;
};

/* --- properties of a system -------------------------------------------------------------------------------------------- */

struct win_vm_memory {
        int32_t available_memory, available_memory_buffer;
        uint64_t reserved_memory, assigned_memory;      /* pages of 4 KiB */
        bool slp_active, balancing_enabled, dm_operation_in_progress;
};

struct win_virtual_node {
        uint8_t virtual_node_index, physical_node_number;
        uint32_t virtual_processor_count;
        uint64_t memory_usage_in_pages;
};

struct win_memory_information {
        uint8_t virtual_node_count;
        const struct win_vm_memory *virtual_machine_memory;
        LIST_OF(struct win_virtual_node) virtual_nodes;
};

struct win_processor_stats { uint64_t total_runtime_100ns, runtime_user_100ns, runtime_kernel_100ns; };
struct win_memory_stats { uint64_t usage_commit_bytes, usage_commit_peak_bytes, usage_private_working_set_bytes; };
struct win_storage_stats { uint64_t read_count_normalized, read_size_bytes, write_count_normalized, write_size_bytes; };

struct win_statistics {
        const char *timestamp, *container_start_time;   /* ISO 8601 */
        uint64_t uptime_100ns;
        const struct win_processor_stats *processor;
        const struct win_memory_stats *memory;
        const struct win_storage_stats *storage;
};

struct win_process_details {
        uint32_t process_id;
        const char *image_name, *create_timestamp;
        uint64_t user_time_100ns, kernel_time_100ns;
        uint64_t memory_commit_bytes, memory_working_set_private_bytes, memory_working_set_shared_bytes;
};

struct win_shared_memory_region_info { const char *section_name; uint64_t guest_physical_address; };

typedef LIST_OF(struct doc_version) win_versions;

struct win_guest_connection_info {
        win_versions supported_schema_versions;
        uint32_t protocol_version;
        const struct json_value *guest_defined_capabilities;
};

struct win_property_response { const struct win_result_error *error; const struct json_value *response; };

struct win_console_image { struct bytes image; };       /* the Response to ConsoleImage; pixel format unverified */

struct win_properties {
        const char *id, *system_type, *runtime_os_type, *name, *owner, *runtime_id, *runtime_template_id, *state;
        bool stopped;
        const char *exit_type;
        const struct win_memory_information *memory;
        const struct win_statistics *statistics;
        LIST_OF(struct win_process_details) process_list;
        bool terminate_on_last_handle_closed;
        const char *hosting_system_id;
        LIST_OF(struct win_shared_memory_region_info) shared_memory_region_info;
        const struct win_guest_connection_info *guest_connection_info;
        MAP_OF(struct win_property_response) property_responses;
        const char *system_guid;                /* unpublished */
        const struct json_value *lcow_metrics;  /* unpublished */
};

struct win_process_status { uint32_t process_id; bool exited; uint32_t exit_code; int32_t last_wait_result; };

struct win_operation_failure_info { int32_t result; };
struct win_operation_info {
        const char *operation, *start_timestamp, *end_timestamp;
        const struct win_operation_failure_info *failure_info;
};

/* --- properties of the service ----------------------------------------------------------------------------------------- */

/* Properties: one value for each PropertyTypes of the question, in its order; read each by the table of its type. */
struct win_service_properties {
        const struct json_value *properties;
        MAP_OF(struct win_property_response) property_responses;
};

struct win_basic_information { win_versions supported_schema_versions; };       /* an entry A.X means all of A.0 to A.X */

struct win_processor_capabilities {
        struct strings processor_features, xsave_processor_features;
        uint64_t cache_line_flush_size, implemented_physical_address_bits;
        const char *non_architectural_core_sharing;
};

struct win_subnode { const char *type; uint64_t id; };

struct win_logical_processor {
        uint32_t lp_index;
        uint8_t node_number;
        uint32_t package_id, core_id;
        int32_t root_vp_index;
        LIST_OF(struct win_subnode) subnodes;
};

struct win_processor_topology { uint32_t logical_processor_count; LIST_OF(struct win_logical_processor) logical_processors; };
struct win_qos_capabilities { bool processor_qos_supported; };

struct win_cpu_group_affinity { uint32_t logical_processor_count; struct uint32s logical_processors; };
struct win_cpu_group_property { uint32_t property_code; uint64_t property_value; };

struct win_cpu_group_config {
        const char *group_id;
        const struct win_cpu_group_affinity *affinity;
        LIST_OF(struct win_cpu_group_property) group_properties;
        uint64_t hypervisor_group_id;
};

struct win_cpu_group_configurations { LIST_OF(struct win_cpu_group_config) cpu_groups; };

struct win_guard_hv_socket_config { const char *service_id; const struct win_hv_socket_service_config *service_config; };

struct win_guard_instance {
        const char *id;
        const struct win_credential_guard_state *credential_guard;
        const struct win_guard_hv_socket_config *hv_socket_config;
};

struct win_guard_system_info { LIST_OF(struct win_guard_instance) instances; };

/* --- tables ------------------------------------------------------------------------------------------------------------- */

extern const struct json_field win_property_query_fields[];
extern const struct json_field win_system_query_fields[];
extern const struct json_field win_service_query_fields[];
extern const struct json_field win_error_event_fields[];
extern const struct json_field win_result_error_fields[];
extern const struct json_field win_exit_status_fields[];
extern const struct json_field win_crash_report_fields[];
extern const struct json_field win_properties_fields[];
extern const struct json_field win_process_status_fields[];
extern const struct json_field win_operation_info_fields[];
extern const struct json_field win_console_image_fields[];
extern const struct json_field win_service_properties_fields[];
extern const struct json_field win_basic_information_fields[];
extern const struct json_field win_processor_capabilities_fields[];
extern const struct json_field win_processor_topology_fields[];
extern const struct json_field win_qos_capabilities_fields[];
extern const struct json_field win_cpu_group_configurations_fields[];
extern const struct json_field win_guard_system_info_fields[];

#endif
