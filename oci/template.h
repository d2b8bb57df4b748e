/* The config.json that the verb `spec` writes.  Pure. */
#ifndef OCI_TEMPLATE_H
#define OCI_TEMPLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/error.h"

struct oci_template {
        bool rootfs;                    /* an ordinary bundle with rootfs/; else a copy of this machine */
        bool rootless;                  /* for a caller who is not root */
        uint32_t uid, gid;              /* the caller; with rootfs and rootless: who becomes root inside */
};

/* Indented JSON with a newline at the end; caller's, free(). */
int oci_template(const struct oci_template *wanted, char **ret, struct error *err);

#endif
