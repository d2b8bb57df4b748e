/* The OCI state object, and the words of the statuses.  Pure. */
#ifndef OCI_STATE_H
#define OCI_STATE_H

#include <stdint.h>

#include "hcs/base/json.h"
#include "hcs/base/macros.h"
#include "hcs/base/text.h"

#define OCI_VERSION "1.2.0"

enum oci_status { OCI_CREATING = 1, OCI_CREATED, OCI_RUNNING, OCI_PAUSED, OCI_STOPPED };

struct oci_state {
        const char *oci_version;
        const char *id;
        int status;                     /* enum oci_status */
        uint32_t pid;                   /* 0 when stopped; written always */
        const char *bundle, *rootfs;
        const char *created;            /* RFC 3339, nanoseconds, UTC */
        const char *owner;
        struct string_map annotations;
};

extern const struct json_field oci_state_fields[];      /* also the verbs' record, without status and pid */

const char *oci_status_word(int status);
/* As runc prints it: indented, a newline at the end. */
int oci_state_write(const struct oci_state *state, struct text *out, struct error *err);

#endif
