#include "src/cli/cmd.h"

const struct cmd *const cmd_verbs[] = { &cmd_spec, &cmd_document, NULL };
