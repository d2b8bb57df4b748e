/* Verbs whose work is that of hcs-sandbox-layer, the program with libarchive: this process becomes that one. */
#ifndef CLI_COMPANION_H
#define CLI_COMPANION_H

#include "src/cli/cmd.h"

/* Our own flags before the verb, then `words`.  Returns on failure only. */
int companion_become(const struct cmd_context *context, char *const *words, int count, struct error *err);

#endif
