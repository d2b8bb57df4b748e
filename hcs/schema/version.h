/* Version: which schema a document is written in, and which ones a host or a guest knows (hcs-documents.md section 2). */
#ifndef HCS_SCHEMA_VERSION_H
#define HCS_SCHEMA_VERSION_H

#include <stdint.h>

#include "hcs/base/json.h"

struct doc_version { uint32_t major, minor; };

extern const struct json_field doc_version_fields[];

#endif
