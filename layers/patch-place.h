/* Where the two sides of a change lie, and what is in them: for patch.c.  Ways are resolved within the scratch, the mask and the host,
 * and never through a link. */
#ifndef LAYERS_PATCH_PLACE_H
#define LAYERS_PATCH_PLACE_H

#include "hcs/base/text.h"
#include "layers/changes.h"

/* A name in a directory; `dir` -1: there is nothing.  What lies beneath may have more than one directory of that name: the mask's and
 * the host's, of which the mask's goes first. */
struct patch_place {
        int dir;
        char name[256];
        int mask, host;                 /* where to look for the name; one of them is `dir` */
        enum changes_marks marks;
};
#define PATCH_PLACE_NONE { .dir = -1, .mask = -1, .host = -1 }

void patch_place_done(struct patch_place *place);
/* In the scratch. */
int patch_place_above(const struct changes_part *part, const char *where, struct patch_place *ret, struct error *err);
/* As the sandbox saw it before it changed anything. */
int patch_place_beneath(const struct changes_part *part, const char *where, enum changes_marks marks, struct patch_place *ret,
                        struct error *err);
/* Of a directory that lies beneath: the names in it, sorted, and one of them. */
int patch_place_list(struct arena *arena, const struct patch_place *place, struct strings *ret, struct error *err);
int patch_place_below(const struct patch_place *place, const char *name, struct patch_place *ret, struct error *err);

struct patch_content {
        struct text *text;              /* the caller's: a file's bytes, a link's target */
        bool binary;
        const char *why;                /* it was not read for this reason; NULL: it was */
};

int patch_content_read(struct patch_content *content, const struct patch_place *place, mode_t mode, size_t most, struct error *err);

#endif
