#include "hcs/schema/windows-storage.h"

const struct json_field win_layer_data_fields[] = {
        JSON_POINTER(struct win_layer_data, "SchemaVersion", schema_version, doc_version_fields),
        JSON_LIST_F(struct win_layer_data, "Layers", layers, win_layer_fields, JSON_KEEP_EMPTY),
        JSON_TEXT_F(struct win_layer_data, "FilterType", filter_type, JSON_UNPUBLISHED, JSON_SINCE(2, 9)),
        JSON_END
};

static const char *const os_layer_type_names[] = { "Container", "Vm", NULL };

const struct json_field win_os_layer_options_fields[] = {
        JSON_ENUM_F(struct win_os_layer_options, "Type", type, os_layer_type_names, 0),
        JSON_BOOL(struct win_os_layer_options, "DisableCiCacheOptimization", disable_ci_cache_optimization),
        JSON_BOOL(struct win_os_layer_options, "SkipUpdateBcdForBoot", skip_update_bcd_for_boot, JSON_SINCE(2, 5)),
        JSON_END
};

const struct json_field win_export_layer_options_fields[] = {
        JSON_BOOL(struct win_export_layer_options, "IsWritableLayer", is_writable_layer),
        JSON_END
};
