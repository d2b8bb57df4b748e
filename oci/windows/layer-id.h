/* The id by which HCS knows a layer (hcs-documents.md section 4.3).  Inside oci/windows/. */
#ifndef OCI_WINDOWS_LAYER_ID_H
#define OCI_WINDOWS_LAYER_ID_H

#include "hcs/base/error.h"
#include "hcs/base/guid.h"

/* Of the last component of `path` alone, as vmcompute's NameToGuid makes it. */
int layer_id(const char *path, char ret[GUID_TEXT_MAX], struct error *err);

#endif
