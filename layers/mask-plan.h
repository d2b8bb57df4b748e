/* What is in a mask, as a list: composed from what is to be hidden and what is given in its stead.  The digest of the list names
 * the mask. */
#ifndef LAYERS_MASK_PLAN_H
#define LAYERS_MASK_PLAN_H

#include "layers/look.h"
#include "layers/walk.h"

enum mask_entry_kind {
        MASK_MERGED = 1,                /* a directory on the way to something: the host's shows through */
        MASK_EMPTY,                     /* a directory that shows nothing of the host's */
        MASK_ABSENT,
        MASK_FILE,                      /* given anew */
        MASK_LINK,                      /* likewise; content is where it leads to */
};

struct mask_entry {
        enum mask_entry_kind kind;
        const char *path;
        struct look like;               /* mode, owner and time */
        const char *content;
        size_t length;
};
typedef LIST_OF(struct mask_entry) mask_entry_list;

int mask_entry_add(struct arena *arena, mask_entry_list *list, const struct mask_entry *entry, struct error *err);

/* given.c: what stands in for some of what is hidden: locked accounts, names of its own, a home directory as a new account
 * gets it.  Adds to *ret, and to what is to be watched.  `hidden` is settled. */
int given_compose(struct arena *arena, int root, const hiding_list *hidden, const struct strings *shown,
                  mask_entry_list *ret, walked_list *walked, struct error *err);

/* All entries, parents first: `hidden` (settled), `extra`, and every directory on the way to them, which are watched too. */
int mask_plan(struct arena *arena, int root, const hiding_list *hidden, const mask_entry_list *extra, mask_entry_list *ret,
              walked_list *walked, struct error *err);

#endif
