#include "src/layer/layer.h"

const struct cmd *const cmd_verbs[] = {
        &cmd_layer_export, &cmd_layer_import, &cmd_layer_commit, &cmd_layer_list, &cmd_layer_remove, &cmd_layer_verify, NULL,
};
