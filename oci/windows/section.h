/* The member "windows" of a configuration (the runtime specification's config-windows.md) as a struct.  Shape and range are
 * the table's; meaning is check.c's.  Optional numbers are NULL when absent.  Inside oci/windows/. */
#ifndef OCI_WINDOWS_SECTION_H
#define OCI_WINDOWS_SECTION_H

#include "hcs/base/json.h"

struct section_device { const char *id, *id_type; };

struct section_memory { const uint64_t *limit; };       /* bytes */

struct section_affinity { uint64_t mask; uint32_t group; };

struct section_cpu {
        const uint64_t *count, *shares, *maximum;
        LIST_OF(struct section_affinity) affinity;
};

struct section_storage { const uint64_t *iops, *bps, *sandbox_size; };

struct section_resources {
        const struct section_memory *memory;
        const struct section_cpu *cpu;
        const struct section_storage *storage;
};

struct section_network {
        struct strings endpoint_list;
        bool allow_unqualified_dns_query;
        struct strings dns_search_list;
        const char *network_shared_container_name, *network_namespace;
};

struct section_hyperv { const char *utility_vm_path; };

struct windows_section {
        struct strings layer_folders;           /* uppermost first, base last but one, scratch last */
        LIST_OF(struct section_device) devices;
        const struct section_resources *resources;
        const struct json_value *credential_spec;       /* a text, or the object itself */
        bool servicing, ignore_flushes_during_boot;
        const struct section_hyperv *hyperv;
        const struct section_network *network;
};

extern const struct json_field windows_section_fields[];

#endif
