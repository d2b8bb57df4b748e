/* A verb is one file that says everything about itself: its name, its flags, its help, its action.  main.c lists them once;
 * help, completion and the checks of the command line are made from the same struct. */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include <stdbool.h>

#include "hcs/base/error.h"
#include "hcs/base/log.h"

enum cmd_flag_kind { CMD_FLAG_BOOL, CMD_FLAG_TEXT, CMD_FLAG_LIST };    /* LIST may be given more than once */

struct cmd_flag {
        const char *name;               /* "pid-file": --pid-file FILE, --pid-file=FILE */
        char letter;                    /* 0: no short form */
        enum cmd_flag_kind kind;
        const char *value;              /* "FILE" in help; NULL for BOOL */
        const char *says;
};

/* What was typed, by the verb's own table. */
struct cmd_args;
bool cmd_has(const struct cmd_args *args, const char *flag);
const char *cmd_text(const struct cmd_args *args, const char *flag);           /* NULL when not given */
const char *const *cmd_list(const struct cmd_args *args, const char *flag);    /* NULL-terminated; never NULL */

/* What every verb gets. */
struct cmd_context {
        const char *root;               /* state directory, absolute */
        const struct log *log;
        const struct cmd_args *args;
        char **words;                   /* what is neither flag nor value */
        int word_count;
};

struct cmd {
        const char *name;
        const char *usage;              /* "[flags] ID [SIGNAL]" */
        const char *says;               /* one line, lower case */
        const char *more;               /* paragraphs for --help; may be NULL */
        int min_words, max_words;       /* max -1: any number */
        bool words_end_flags;           /* flags end at the first word (exec ID COMMAND -x) */
        const struct cmd_flag *flags;   /* the last has name NULL; may be NULL */
        /* The exit status; below zero: failed, told in err, status 1 (or what the verb's own table says). */
        int (*run)(struct cmd_context *context, struct error *err);
        int failure_status;             /* 0 means 1; exec: 255 */
};

#endif
