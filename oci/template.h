/* The config.json that the verb `spec` writes.  Pure. */
#ifndef OCI_TEMPLATE_H
#define OCI_TEMPLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/error.h"
#include "hcs/base/macros.h"

struct oci_template_bind { const char *source, *destination; bool read_only; };

struct oci_template {
        bool rootfs;                    /* an ordinary bundle with rootfs/; else a copy of this machine */
        bool rootless;                  /* for a caller who is not root */
        uint32_t uid, gid;              /* the caller; with rootfs and rootless: who becomes root inside */
        /* What `do` asks beyond that; all may be left empty. */
        struct strings args, env;       /* env is added */
        const char *cwd;
        bool piped;                     /* no terminal */
        bool unlimited;                 /* it sets no limits: no view of the cgroups, each of which is a mount on v1 */
        bool host_network;
        struct strings uncovered;       /* what lies there is to be seen: no fresh file system comes over it */
        LIST_OF(struct oci_template_bind) binds;
        struct string_map annotations;
};

/* Indented JSON with a newline at the end; caller's, free(). */
int oci_template(const struct oci_template *wanted, char **ret, struct error *err);

#endif
