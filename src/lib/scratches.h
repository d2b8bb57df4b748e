/* Named scratches (layers/scratches.h) of a host's data directory. */
#ifndef LIB_SCRATCHES_H
#define LIB_SCRATCHES_H

#include "layers/scratches.h"
#include "src/lib/sandbox.h"

/* All lives in `arena`. */
int sandbox_scratches(const struct sandbox_host *host, struct arena *arena, scratches_list *ret, struct error *err);
/* One that is not there is an error here. */
int sandbox_scratch_remove(const struct sandbox_host *host, const char *name, struct error *err);
/* A second scratch with the changes of the first. */
int sandbox_scratch_clone(const struct sandbox_host *host, const char *name, const char *to, struct error *err);
/* The same with the changes of a stopped sandbox, whether these go with it or are kept. */
int sandbox_clone(struct sandbox *sandbox, const char *to, struct error *err);

#endif
