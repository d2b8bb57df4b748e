/* The state of a container as the specification hands it to hooks and to seccomp agents (runtime.md, "State"). */
#ifndef HCS_SCHEMA_STATE_H
#define HCS_SCHEMA_STATE_H

#include "hcs/base/json.h"

struct doc_state {
        const char *oci_version, *id, *status;
        uint32_t pid;                   /* 0: left out */
        const char *bundle;
        struct string_map annotations;
};

extern const struct json_field doc_state_fields[];

#endif
