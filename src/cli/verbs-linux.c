#include "src/cli/cmd.h"

const struct cmd *const cmd_verbs[] = {
        &cmd_do, &cmd_run, &cmd_create, &cmd_start, &cmd_exec, &cmd_kill, &cmd_delete, &cmd_state, &cmd_list, &cmd_ps, &cmd_pause,
        &cmd_resume, &cmd_update, &cmd_events, &cmd_spec, &cmd_document, &cmd_features, &cmd_doctor, &cmd_checkpoint,
        &cmd_restore, &cmd_diff, &cmd_apply, &cmd_discard, &cmd_scratch, &cmd_clone, &cmd_commit, &cmd_layer, NULL,
};
