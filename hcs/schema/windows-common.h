/* What the documents of containers and of virtual machines share: layers, registry, HvSocket, storage limits.
 *
 * All of windows-*.h: the structs have every member of hcs-documents.md sections 3 to 10, 15 and 17 under the schema's own
 * words, and a table next to each.  A pointer is NULL when the member is absent, and "{}" is not absent: it adds the
 * device.  false, 0 and NULL are left out in writing, which HCS takes as the same.  Text is UTF-8; paths are as Windows
 * wants them.  `since` and `build` in the rows say which host takes a member; json_newer() tells what a host is too old for. */
#ifndef HCS_SCHEMA_WINDOWS_COMMON_H
#define HCS_SCHEMA_WINDOWS_COMMON_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/json.h"
#include "hcs/base/macros.h"
#include "hcs/schema/version.h"

/* A member that only is there: "Keyboard": {}.  Point at win_present. */
struct win_empty { bool unused; };

enum win_path_type { WIN_PATH_ABSOLUTE = 1, WIN_PATH_VIRTUAL_SMB_SHARE_NAME, WIN_PATH_END };
enum win_cache_mode {
        WIN_CACHE_UNSPECIFIED = 1, WIN_CACHE_DISABLED, WIN_CACHE_ENABLED, WIN_CACHE_PRIVATE, WIN_CACHE_PRIVATE_ALLOW_SHARING,
        WIN_CACHE_END,
};

struct win_layer {
        const char *id;                         /* GUID by the rule of hcs-documents.md section 4.3 */
        const char *path;
        int path_type;                          /* enum win_path_type */
        int cache;                              /* enum win_cache_mode */
};

typedef LIST_OF(struct win_layer) win_layers;   /* uppermost first, base last, scratch not among them */

struct win_storage_qos { uint64_t iops_maximum, bandwidth_maximum; };  /* operations and bytes a second */

enum win_registry_hive { WIN_HIVE_SYSTEM = 1, WIN_HIVE_SOFTWARE, WIN_HIVE_SECURITY, WIN_HIVE_SAM, WIN_HIVE_END };
enum win_registry_type {
        WIN_REGISTRY_NONE = 1, WIN_REGISTRY_STRING, WIN_REGISTRY_EXPANDED_STRING, WIN_REGISTRY_MULTI_STRING, WIN_REGISTRY_BINARY,
        WIN_REGISTRY_DWORD, WIN_REGISTRY_QWORD, WIN_REGISTRY_CUSTOM_TYPE, WIN_REGISTRY_END,
};

struct win_registry_key {
        int hive;                               /* enum win_registry_hive */
        const char *name;                       /* ControlSet001 in containers, not CurrentControlSet */
        bool volatile_;
};

struct win_registry_value {
        struct win_registry_key key;
        const char *name;
        int type;                               /* enum win_registry_type; decides which of these is given */
        const char *string_value;
        struct bytes binary_value;
        const uint32_t *dword_value;
        const uint64_t *qword_value;
        const uint32_t *custom_type;
};

struct win_registry_changes {
        LIST_OF(struct win_registry_value) add_values;
        LIST_OF(struct win_registry_key) delete_keys;
};

struct win_hv_socket_service_config {
        const char *bind_security_descriptor, *connect_security_descriptor;     /* SDDL */
        bool allow_wildcard_binds;
        bool disabled;                          /* unpublished */
};

struct win_hv_socket_system_config {
        const char *default_bind_security_descriptor, *default_connect_security_descriptor;
        MAP_OF(struct win_hv_socket_service_config) service_table;              /* by GUID */
};

extern const struct win_empty win_present;
extern const struct json_field win_empty_fields[];
extern const char *const win_path_type_names[];
extern const struct json_field win_layer_fields[];
extern const struct json_field win_storage_qos_fields[];
extern const struct json_field win_registry_key_fields[];
extern const struct json_field win_registry_value_fields[];
extern const struct json_field win_registry_changes_fields[];
extern const struct json_field win_hv_socket_service_config_fields[];
extern const struct json_field win_hv_socket_system_config_fields[];

#endif
