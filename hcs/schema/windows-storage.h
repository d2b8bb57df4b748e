/* The documents of the layer calls of computestorage.dll (hcs-documents.md section 4). */
#ifndef HCS_SCHEMA_WINDOWS_STORAGE_H
#define HCS_SCHEMA_WINDOWS_STORAGE_H

#include "hcs/schema/windows-common.h"

struct win_layer_data {
        const struct doc_version *schema_version;
        win_layers layers;
        const char *filter_type;                /* unpublished; "WCIFS" (also when absent) or "UnionFS" */
};

enum win_os_layer_type { WIN_OS_LAYER_CONTAINER = 1, WIN_OS_LAYER_VM, WIN_OS_LAYER_END };

struct win_os_layer_options {
        int type;                               /* enum win_os_layer_type */
        bool disable_ci_cache_optimization, skip_update_bcd_for_boot;
};

struct win_export_layer_options { bool is_writable_layer; };

extern const struct json_field win_layer_data_fields[];
extern const struct json_field win_os_layer_options_fields[];
extern const struct json_field win_export_layer_options_fields[];

#endif
