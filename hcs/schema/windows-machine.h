/* VirtualMachine: the utility VM of a Hyper-V isolated container, a Linux VM, a full VM with a desktop (hcs-documents.md
 * sections 5 to 7).  Its devices are in windows-devices.h. */
#ifndef HCS_SCHEMA_WINDOWS_MACHINE_H
#define HCS_SCHEMA_WINDOWS_MACHINE_H

#include "hcs/schema/windows-devices.h"

/* --- chipset ------------------------------------------------------------------------------------------------------ */

enum win_secure_boot { WIN_SECURE_BOOT_SKIP = 1, WIN_SECURE_BOOT_APPLY, WIN_SECURE_BOOT_END };
enum win_serial_console {
        WIN_CONSOLE_DEFAULT = 1, WIN_CONSOLE_DISABLED, WIN_CONSOLE_COM_PORT_1, WIN_CONSOLE_COM_PORT_2, WIN_CONSOLE_END,
};
enum win_boot_device { WIN_BOOT_SCSI_DRIVE = 1, WIN_BOOT_VMB_FS, WIN_BOOT_NETWORK, WIN_BOOT_FILE, WIN_BOOT_END };

struct win_uefi_boot_entry {
        int device_type;                        /* enum win_boot_device */
        const char *device_path;                /* ScsiDrive: the controller's key in Devices.Scsi */
        uint16_t disk_number;                   /* ScsiDrive: the LUN */
        const char *optional_data;
        const char *vmb_fs_root_path;
};

struct win_uefi {
        bool enable_debugger;
        const char *secure_boot_template_id;    /* GUID */
        int apply_secure_boot_template;         /* enum win_secure_boot */
        const struct win_uefi_boot_entry *boot_this;
        int console;                            /* enum win_serial_console */
        bool stop_on_boot_failure;
};

struct win_linux_kernel_direct { const char *kernel_file_path, *init_rd_path, *kernel_cmd_line; };

/* Unpublished; build 20348 and later. */
struct win_system_information {
        const char *manufacturer, *product_name, *version, *serial_number, *uuid, *sku_number, *family;
};

struct win_chipset {
        const struct win_uefi *uefi;
        bool is_num_lock_disabled;
        const char *base_board_serial_number, *chassis_serial_number, *chassis_asset_tag;
        bool enable_hibernation, use_utc;
        const struct win_linux_kernel_direct *linux_kernel_direct;
        const char *firmware_file;              /* unpublished */
        const struct win_system_information *system_information;
};

/* --- memory and processors ------------------------------------------------------------------------------------------ */

enum win_backing_page_size { WIN_PAGES_SMALL = 1, WIN_PAGES_LARGE, WIN_PAGES_END };
enum win_memory_backing { WIN_BACKING_PHYSICAL = 1, WIN_BACKING_VIRTUAL, WIN_BACKING_HYBRID, WIN_BACKING_END };
enum win_slit_type {
        WIN_SLIT_NONE = 1, WIN_SLIT_FIRMWARE, WIN_SLIT_MEASURED, WIN_SLIT_FIRMWARE_FALLBACK_MEASURED, WIN_SLIT_END,
};

struct win_machine_memory {
        uint64_t size_in_mb;                    /* even */
        bool allow_overcommit;
        int backing_page_size;                  /* enum win_backing_page_size */
        uint32_t fault_cluster_size_shift, direct_map_fault_cluster_size_shift;
        bool pin_backing_pages, forbid_small_backing_pages;
        bool enable_hot_hint, enable_cold_hint, enable_cold_discard_hint, enable_deferred_commit;
        uint64_t low_mmio_gap_in_mb, high_mmio_base_in_mb, high_mmio_gap_in_mb;
        int backing;                            /* unpublished; enum win_memory_backing */
        int slit_type;                          /* unpublished; enum win_slit_type */
        const char *hosting_process_name_suffix;        /* unpublished */
};

enum win_feature_set_mode { WIN_FEATURES_STRICT = 1, WIN_FEATURES_PERMISSIVE, WIN_FEATURES_END };

struct win_processor_feature_set {
        struct strings processor_features, xsave_processor_features;
        int processor_feature_set_mode;         /* enum win_feature_set_mode */
};

struct win_cpu_group { const char *id; };       /* GUID */
struct win_count_per_node { uint32_t max; };
struct win_numa_processors { struct win_count_per_node count_per_node; uint32_t node_per_socket; };     /* unpublished */

struct win_machine_processor {
        uint32_t count;
        uint64_t limit;                         /* 1 to 100000: share of its processors, times 1000 */
        uint64_t weight;                        /* 1 to 10000 */
        uint64_t reservation;
        uint32_t maximum_frequency_mhz;
        bool expose_virtualization_extensions;
        bool enable_perfmon_pmu, enable_perfmon_arch_pmu, enable_perfmon_pebs, enable_perfmon_lbr, enable_perfmon_ipt;
        bool enable_page_shattering, disable_speculation_controls;
        const struct win_processor_feature_set *processor_feature_set;
        const struct win_cpu_group *cpu_group;
        const struct win_numa_processors *numa_processors_settings;
};

/* Unpublished. */
struct win_numa_setting {
        uint32_t virtual_node_number, physical_node_number, virtual_socket_number;
        uint32_t count_of_processors;
        uint64_t count_of_memory_blocks;
        int memory_backing_type;                /* enum win_memory_backing */
};

struct win_numa {
        uint8_t virtual_node_count;
        struct uint64s preferred_physical_nodes;
        LIST_OF(struct win_numa_setting) settings;
        uint64_t max_size_per_node;
};

struct win_compatibility { const uint32_t *guest_feature_set; };        /* unpublished; build 26100; bits in section 7 */

struct win_topology {
        const struct win_machine_memory *memory;
        const struct win_machine_processor *processor;
        const struct win_numa *numa;
        const struct win_compatibility *compatibility;
};

/* --- services, state, the guest's agent -------------------------------------------------------------------------------- */

enum win_state_override { WIN_STATE_DEFAULT = 1, WIN_STATE_DISABLED, WIN_STATE_ENABLED, WIN_STATE_END };        /* of a device */

struct win_kvp_exchange {
        int enable_host_os_info_kvp_items;      /* enum win_state_override */
        struct string_map entries_to_be_added;
        struct strings entries_to_be_removed;
};

struct win_services {
        const struct win_empty *heartbeat, *shutdown, *timesync;
        const struct win_kvp_exchange *kvp_exchange;
};

struct win_guest_state {
        const char *guest_state_file_path, *runtime_state_file_path;
        bool force_transient_state;
        const char *guest_state_file_type;      /* unpublished */
};

struct win_restore_state { const char *save_state_file_path, *template_system_id; };
struct win_guest_connection { bool use_vsock, use_connected_suspend, use_host_time_zone; };

/* Unpublished. */
struct win_isolation {
        const char *isolation_type;             /* "GuestStateOnly" for a TPM */
        const char *debug_host;
        uint32_t debug_port;
        const char *launch_data;
        bool hcl_enabled;
};

struct win_security_settings { bool enable_tpm; const struct win_isolation *isolation; };

struct win_debug_options {
        const char *bugcheck_saved_state_file_name, *bugcheck_no_crashdump_saved_state_file_name;
        const char *triple_fault_saved_state_file_name, *firmware_dump_file_name;
};

/* --- the whole ---------------------------------------------------------------------------------------------------------- */

struct win_machine {
        const struct doc_version *version;
        bool stop_on_reset;
        const struct win_chipset *chipset;
        const struct win_topology *compute_topology;
        const struct win_devices *devices;
        const struct win_services *services;
        const struct win_guest_state *guest_state;
        const struct win_restore_state *restore_state;
        const struct win_registry_changes *registry_changes;
        const struct win_storage_qos *storage_qos;
        const struct win_guest_connection *guest_connection;
        const struct win_security_settings *security_settings;
        const struct win_debug_options *debug_options;
        const char *resource_partition_id;      /* unpublished; GUID */
        const struct json_value *migration_options;     /* unpublished */
};

extern const char *const win_state_override_names[];
extern const struct json_field win_cpu_group_fields[];
extern const struct json_field win_machine_memory_fields[];
extern const struct json_field win_machine_processor_fields[];
extern const struct json_field win_machine_fields[];

#endif
