/* From a bundle to what is sent for it: configuration, storage, document.  Looks at the host, changes nothing. */
#ifndef LIB_COMPOSE_H
#define LIB_COMPOSE_H

#include "layers/host.h"
#include "oci/compile.h"
#include "src/lib/host.h"

struct composition {
        struct oci_config *config;
        struct layer_host host;         /* only when the bundle has no root */
        bool from_host;
        char *data;                     /* the data directory that was used */
        char *document;                 /* of CreateComputeSystem; NULL after composition_read() */
};

struct composition_source {
        struct oci_source config;
        const char *scratch;            /* the name of one that is kept, whatever the bundle says; NULL: as it says */
        uint64_t scratch_size;          /* its limit in bytes, likewise; 0: as the bundle says */
};

void composition_done(struct composition *composition);
/* The configuration, read and checked. */
int composition_read(const struct sandbox_host *host, const struct composition_source *source, struct composition *ret,
                     struct error *err);
/* The rest, from the configuration; `id` names the scratch. */
int composition_complete(struct composition *composition, const struct sandbox_host *host, const char *id,
                         const struct oci_options *options, struct error *err);

#endif
