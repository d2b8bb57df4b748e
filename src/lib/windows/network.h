/* The network calls of a sandbox's documents, carried out on the Host Compute Network. */
#ifndef LIB_WINDOWS_NETWORK_H
#define LIB_WINDOWS_NETWORK_H

#include "oci/windows/compile.h"
#include "src/lib/host.h"

/* All calls that make, in order; a network that is there already is taken, since all sandboxes share it. */
int network_make(const struct sandbox_host *host, const struct oci_windows_documents *documents, struct error *err);
/* All calls that take away; what is not there any more is fine.  The first failure is told once all has been tried. */
int network_unmake(const struct sandbox_host *host, const struct oci_windows_documents *documents, struct error *err);

/* What HCN says of them, as an object by id: the facts Namespaces and Endpoints.  Lives in `arena`. */
int network_ask_namespace(const struct sandbox_host *host, const char *id, struct arena *arena, const struct json_value **ret,
                          struct error *err);
int network_ask_endpoints(const struct sandbox_host *host, const struct strings *ids, struct arena *arena,
                          const struct json_value **ret, struct error *err);

#endif
