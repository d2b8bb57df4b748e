/* One call to the Host Compute Network: with a deadline, and with all that it needs, so that it can be given up
 * (hcs/client/bounded.h).  HCN answers every call at once, or when it pleases. */
#ifndef LIB_WINDOWS_NETWORK_CALL_H
#define LIB_WINDOWS_NETWORK_CALL_H

#include "src/lib/host.h"

/* Networks, endpoints and namespaces have the same calls: a kind's part of the table. */
enum network_kind { NETWORK_NETWORK, NETWORK_ENDPOINT, NETWORK_NAMESPACE };

/* All take a document and give one, as UTF-8; a failure says HCN's own words.  A handle is closed by network_close(), but for one
 * whose call was given up (HCS_E_OPERATION_TIMEOUT): that is left to the call. */
int network_enumerate(const struct sandbox_host *host, char **ret, struct error *err);                 /* networks */
/* `in`: the network of an endpoint. */
int network_create(const struct sandbox_host *host, enum network_kind kind, void *in, const char *id, const char *settings,
                   struct error *err);
int network_open(const struct sandbox_host *host, enum network_kind kind, const char *id, void **ret, struct error *err);
int network_query(const struct sandbox_host *host, enum network_kind kind, void *handle, const char *id, char **ret, struct error *err);
int network_modify_namespace(const struct sandbox_host *host, void *handle, const char *id, const char *settings, struct error *err);
int network_delete(const struct sandbox_host *host, enum network_kind kind, const char *id, struct error *err);
void network_close(const struct sandbox_host *host, enum network_kind kind, void *handle);

#endif
