/* The table of hcs/api.h, filled from the DLLs of Windows.  A module is loaded when it is first asked for, from the system
 * directory and from nowhere else: a DLL beside the program must not be able to stand in for the service's. */
#ifndef HCS_HOST_HOST_H
#define HCS_HOST_HOST_H

#include <stdbool.h>

#include "hcs/api.h"
#include "hcs/base/error.h"

enum host_module { HOST_COMPUTE, HOST_STORAGE, HOST_NETWORK, HOST_DISKS, HOST_MODULES };

struct host {
        struct hcs_api api;             /* rows of modules that are not loaded are NULL */
        bool loaded[HOST_MODULES];
};

/* An empty table. */
void host_init(struct host *host);
/* Fills a module's rows; nothing to do when they are filled already.  A missing DLL, or a call that every supported Windows
 * has (1809 and later), is an error that names the feature to enable; a later call that is missing stays NULL. */
int host_load(struct host *host, enum host_module module, struct error *err);

#endif
