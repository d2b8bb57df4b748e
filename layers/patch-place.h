/* Where the two sides of a change lie, and what is in them: for patch.c.  Ways are resolved within the scratch and each of the layers,
 * and never through a link. */
#ifndef LAYERS_PATCH_PLACE_H
#define LAYERS_PATCH_PLACE_H

#include "hcs/base/text.h"
#include "layers/changes.h"
#include "layers/stack.h"

/* A name in a directory; `dir` -1: there is nothing.  What lies beneath has a stack of directories, of which `dir` is one. */
struct patch_place {
        int dir;
        char name[256];
        bool beneath;                   /* `dir` is the stack's */
        struct stack stack;
};

void patch_place_init(struct patch_place *place);
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
