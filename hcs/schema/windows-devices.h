/* Devices of a virtual machine (hcs-documents.md sections 5 to 7); the same structs are the Settings of requests that add
 * them to a running one (section 8). */
#ifndef HCS_SCHEMA_WINDOWS_DEVICES_H
#define HCS_SCHEMA_WINDOWS_DEVICES_H

#include "hcs/schema/windows-common.h"

/* --- disks -------------------------------------------------------------------------------------------------------- */

enum win_attachment_type { WIN_ATTACH_VIRTUAL_DISK = 1, WIN_ATTACH_ISO, WIN_ATTACH_PASS_THRU, WIN_ATTACH_EXTENSIBLE, WIN_ATTACH_END };
enum win_caching_mode { WIN_CACHING_UNCACHED = 1, WIN_CACHING_CACHED, WIN_CACHING_READ_ONLY_CACHED, WIN_CACHING_END };

struct win_attachment {
        int type;                               /* enum win_attachment_type; WIN_ATTACH_EXTENSIBLE is unpublished */
        const char *path;
        int caching_mode;                       /* enum win_caching_mode */
        bool read_only, support_compressed_volumes, always_allow_sparse_files, support_encrypted_files;
        /* unpublished: */
        bool ignore_flushes, no_write_hardening, disable_expansion_optimization, ignore_relative_locator;
        bool capture_io_attribution_context;
        const char *extensible_virtual_disk_type;
};

struct win_scsi {
        MAP_OF(struct win_attachment) attachments;      /* by LUN */
        bool disable_interrupt_batching;
};

enum win_pmem_image_format { WIN_PMEM_VHDX = 1, WIN_PMEM_VHD1, WIN_PMEM_FORMAT_END };
enum win_pmem_backing { WIN_PMEM_VIRTUAL = 1, WIN_PMEM_PHYSICAL, WIN_PMEM_BACKING_END };

struct win_pmem_mapping { const char *host_path; int image_format; };

struct win_pmem_device {
        const char *host_path;
        bool read_only;
        int image_format;                       /* enum win_pmem_image_format */
        uint64_t size_bytes;
        MAP_OF(struct win_pmem_mapping) mappings;       /* by byte offset */
};

struct win_pmem_controller {
        MAP_OF(struct win_pmem_device) devices; /* by device number */
        uint8_t maximum_count;
        uint64_t maximum_size_bytes;
        int backing;                            /* enum win_pmem_backing */
};

/* --- shares --------------------------------------------------------------------------------------------------------- */

struct win_smb_share_options {
        bool read_only, share_read, cache_io, no_oplocks, take_backup_privilege, use_share_root_identity, no_directmap;
        bool no_locks, no_dirnotify, vm_shared_memory, restrict_file_access, force_level_ii_oplocks, reparse_base_layer;
        bool pseudo_oplocks, non_cache_io, pseudo_dirnotify, single_file_mapping, support_cloud_files;
        bool filter_encryption_attributes;
};

struct win_smb_share {
        const char *name, *path;
        struct strings allowed_files;
        const struct win_smb_share_options *options;
};

struct win_smb { LIST_OF(struct win_smb_share) shares; int64_t direct_file_mapping_in_mb; };

/* Flags is unpublished. */
enum win_plan9_flags {
        WIN_PLAN9_READ_ONLY = 1, WIN_PLAN9_LINUX_METADATA = 4, WIN_PLAN9_CASE_SENSITIVE = 8, WIN_PLAN9_USE_SHARE_ROOT_IDENTITY = 16,
        WIN_PLAN9_ALLOW_OPTIONS = 32, WIN_PLAN9_ALLOW_SUB_PATHS = 64, WIN_PLAN9_RESTRICT_FILE_ACCESS = 128,
        WIN_PLAN9_UNLIMITED_CONNECTIONS = 256,
};

struct win_plan9_share {
        const char *name, *access_name, *path;
        uint32_t port;
        struct strings allowed_files;
        uint32_t flags;                         /* enum win_plan9_flags, added up */
};

struct win_plan9 { LIST_OF(struct win_plan9_share) shares; };

/* --- network -------------------------------------------------------------------------------------------------------- */

enum win_interrupt_moderation {
        WIN_MODERATION_DEFAULT = 1, WIN_MODERATION_ADAPTIVE, WIN_MODERATION_OFF, WIN_MODERATION_LOW, WIN_MODERATION_MEDIUM,
        WIN_MODERATION_HIGH, WIN_MODERATION_END,
};

struct win_iov_settings { uint32_t offload_weight, queue_pairs_requested; int interrupt_moderation; };

struct win_network_adapter {
        const char *endpoint_id, *mac_address;  /* GUID; 00-15-5D-01-02-03 */
        const char *instance_id;
        bool disable_interrupt_batching;
        const struct win_iov_settings *iov_settings;
        int connection_state;                   /* enum win_state_override */
};

/* --- ports, picture, input -------------------------------------------------------------------------------------------- */

struct win_com_port { const char *named_pipe; bool optimize_for_debugger; };
struct win_virtio_serial_port { const char *named_pipe, *name; bool console_support; };         /* ConsoleSupport: unpublished */
struct win_virtio_serial { MAP_OF(struct win_virtio_serial_port) ports; };                      /* by number */

struct win_rdp_connection_options { struct strings access_sids; const char *named_pipe; };

struct win_video_monitor {
        uint16_t horizontal_resolution, vertical_resolution;
        const struct win_rdp_connection_options *connection_options;
        const int32_t *resolution_type;         /* unpublished; build 20348; meaning of the values unverified */
};

struct win_enhanced_mode_video { const struct win_rdp_connection_options *connection_options; };

/* --- the rest --------------------------------------------------------------------------------------------------------- */

struct win_machine_hv_socket { const struct win_hv_socket_system_config *hv_socket_config; };

struct win_crash_reporting { const char *dump_file_name; int64_t max_dump_size; const char *dump_type; };        /* DumpType: unpublished */
struct win_guest_crash_reporting { const struct win_crash_reporting *windows_crash_settings; };

enum win_hosting_model { WIN_HOSTING_INTERNAL = 1, WIN_HOSTING_EXTERNAL, WIN_HOSTING_END };
struct win_flexible_io_device { const char *emulator_id; int hosting_model; struct strings configuration; };

struct win_shared_memory_region {
        const char *section_name;
        uint64_t start_offset, length;
        bool allow_guest_write, hidden_from_guest;
};

struct win_shared_memory { LIST_OF(struct win_shared_memory_region) regions; };

struct win_pci_function { const char *device_instance_path; uint16_t virtual_function; bool allow_direct_translated_p2p; };
struct win_pci_device {
        LIST_OF(struct win_pci_function) functions;
        const bool *propagate_numa_affinity;    /* unpublished; 2.11, unverified */
};

struct win_devices {
        MAP_OF(struct win_com_port) com_ports;  /* "0", "1" */
        const struct win_virtio_serial *virtio_serial;
        MAP_OF(struct win_scsi) scsi;           /* by any name */
        const struct win_pmem_controller *virtual_pmem;
        MAP_OF(struct win_network_adapter) network_adapters;    /* by GUID */
        const struct win_video_monitor *video_monitor;
        const struct win_empty *keyboard, *mouse;
        const struct win_machine_hv_socket *hv_socket;
        const struct win_enhanced_mode_video *enhanced_mode_video;
        const struct win_guest_crash_reporting *guest_crash_reporting;
        const struct win_smb *virtual_smb;
        const struct win_plan9 *plan9;
        const struct win_empty *battery;
        MAP_OF(struct win_flexible_io_device) flexible_iov;
        const struct win_shared_memory *shared_memory;
        MAP_OF(struct win_pci_device) virtual_pci;      /* by GUID */
};

extern const struct json_field win_attachment_fields[];
extern const struct json_field win_pmem_device_fields[];
extern const struct json_field win_pmem_mapping_fields[];
extern const struct json_field win_smb_share_fields[];
extern const struct json_field win_plan9_share_fields[];
extern const struct json_field win_network_adapter_fields[];
extern const struct json_field win_com_port_fields[];
extern const struct json_field win_flexible_io_device_fields[];
extern const struct json_field win_shared_memory_region_fields[];
extern const struct json_field win_pci_device_fields[];
extern const struct json_field win_devices_fields[];

#endif
