#include "src/cli/cmd.h"

const struct cmd *const cmd_verbs[] = {
        &cmd_run, &cmd_create, &cmd_start, &cmd_exec, &cmd_kill, &cmd_delete, &cmd_state, &cmd_list, &cmd_ps, &cmd_pause,
        &cmd_resume, &cmd_spec, &cmd_document, &cmd_features, &cmd_doctor, &cmd_monitor,
        &cmd_diff, &cmd_apply, &cmd_discard, &cmd_do, &cmd_layer, NULL,
};
