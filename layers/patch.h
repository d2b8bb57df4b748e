/* A change set as a patch: what git writes for `git diff`, so that `git apply` takes it, and `patch -p1` of GNU's 2.7 or later.
 *
 * In it are text files that were added, changed or deleted, their permissions, and links.  What such a patch can't carry is named
 * where it would stand, in lines that both programs pass over.  (A file that became a directory with something in it is more than GNU's
 * patch can do in one go; git can.)
 *
 *      Binary files a/bin/x and b/bin/x differ
 *      # /etc/x: its owner is not in a patch
 *
 * Files are told one after the other and memory is bounded by two of PATCH_FILE_MAX and their lines.  What the mask hides is not
 * read. */
#ifndef LAYERS_PATCH_H
#define LAYERS_PATCH_H

#include "layers/changes.h"

#define PATCH_FILE_MAX (4u << 20)       /* bytes; a larger one is named only */

struct patch_wish {
        const struct changes_question *question;
        const change_list *changes;     /* what changes_find() answered to it */
        bool printable;                 /* for a terminal: control characters but '\t' and '\n' are written out, so it is no patch then */
};

/* Writes all to `fd`. */
int patch_write(const struct patch_wish *wish, int fd, struct error *err);

#endif
