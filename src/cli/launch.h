/* A sandbox from its making to its program, or to its end: what run and restore share. */
#ifndef CLI_LAUNCH_H
#define CLI_LAUNCH_H

#include "src/cli/cmd.h"

#define LAUNCH_FLAGS \
        { "detach", 'd', CMD_FLAG_BOOL, NULL, "return when the program runs" }, \
        { "no-subreaper", 0, CMD_FLAG_BOOL, NULL, "do not adopt orphans of the sandbox" }

/* Creates it, and starts it unless it was restored, which runs already.  Without --detach it stays with the program, deletes the sandbox
 * unless --keep was given, and returns the program's exit status; else 0.  What fails leaves nothing. */
int launch(struct cmd_context *context, struct sandbox_host *host, struct sandbox_create *wanted, struct error *err);

#endif
