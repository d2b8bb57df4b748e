/* The command line, read by a table of flags. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "src/cli/cmd.h"

#define ARGS_MAX 256

struct cmd_args {
        const struct cmd_flag *flags;
        struct { const struct cmd_flag *flag; const char *value; } given[ARGS_MAX];
        size_t given_count;
};

/* Reads flags out of words[0..count); what is neither flag nor value is moved to the front, its number is *ret_words.  `stop`: the
 * first word that is no flag ends the flags.  "--" always does. */
int args_read(struct cmd_args *args, const struct cmd_flag *flags, char **words, int count, bool stop, int *ret_words,
              struct error *err);
/* The entry of `names` that is nearest to `word`, or NULL when none is near. */
const char *args_nearest(const char *word, const char *const *names, size_t count);

#endif
