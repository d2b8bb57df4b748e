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
        char *document;                 /* of CreateComputeSystem */
};

void composition_done(struct composition *composition);
/* `id` names the scratch; `text` stands in for the bundle's config.json (NULL: that is read). */
int composition_make(const struct sandbox_host *host, const char *bundle, const char *text, const char *id,
                     const struct oci_options *options, struct composition *ret, struct error *err);

#endif
