/* The named layers (store.h) that a sandbox asks for, as the layers of its overlay. */
#ifndef LAYERS_NAMED_H
#define LAYERS_NAMED_H

#include "layers/host.h"

struct named {
        struct strings names;           /* each once */
        struct strings trees;           /* uppermost first */
        struct strings references;      /* what named_use() makes: to be recorded, and dropped with the sandbox */
        bool on_root;                   /* they lie in the file system of "/": the kernel takes them only above a merged base */
};

/* Reads what there is; a name that is not there is an error.  `scratch` names the sandbox's scratch.  All lives in `arena`. */
int named_compose(struct arena *arena, const char *data, const char *scratch, const struct strings *names, struct named *ret,
                  struct error *err);
/* The trees' parts for the directory `path`, likewise uppermost first; one that has something else there is an error. */
int named_parts(struct arena *arena, const struct named *named, const char *path, struct strings *ret, struct error *err);
/* From here on nobody removes them.  `owner` is the sandbox's state directory. */
int named_use(struct arena *arena, const char *data, const char *scratch, const struct named *named, const char *owner,
              struct error *err);

#endif
