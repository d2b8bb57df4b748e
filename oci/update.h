/* What `update` asks for: resources on their own, laid over those that a sandbox has.  Pure. */
#ifndef OCI_UPDATE_H
#define OCI_UPDATE_H

#include <stddef.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/log.h"
#include "hcs/schema/specification.h"

/* The JSON of linux.resources; `what` names it in messages.  Only its shape is checked.  *ret lives in `arena`. */
int oci_resources_parse(const char *text, size_t length, const char *what, struct arena *arena, struct spec_resources *ret,
                        struct error *err);

/* The resources `old` (may be NULL) with `change` on top, checked like those of config.json: what is not given stays, and so does
 * what is given as 0 where clients say "unchanged" by that (limits of memory and pids, shares, quota, periods, weights).  Devices
 * of blockIO, page sizes, RDMA devices, interfaces and unified's files are taken one by one; rules of devices all at once.  *ret
 * lives by both and by `arena`. */
int oci_resources_merge(const struct spec_resources *old, const struct spec_resources *change, const struct log *log,
                        struct arena *arena, struct spec_resources *ret, struct error *err);

/* The two schemata of linux.intelRdt, checked like those of config.json.  NULL is fine. */
int oci_check_rdt_change(const struct spec_intel_rdt *change, struct error *err);

/* The request to the engine (a ModifySettingRequest); `rdt` may be NULL.  Caller's, free(). */
int oci_compile_update(const struct spec_resources *resources, const struct spec_intel_rdt *rdt, char **ret, struct error *err);

#endif
