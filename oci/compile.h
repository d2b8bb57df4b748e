/* From a checked configuration to HCS documents.  Pure: same input, same bytes. */
#ifndef OCI_COMPILE_H
#define OCI_COMPILE_H

#include "oci/config.h"

struct oci_options {
        bool no_pivot_root, no_new_keyring;     /* from the command line */
        uint32_t listen_handles;                /* from a service manager: see doc_options */
        const char *listen_names;
        const char *notify_directory;
        int cgroup_manager;                     /* enum doc_cgroups; likewise */
        const struct doc_restore_state *restore;        /* from an image; NULL: from the beginning */
        const char *init_program;               /* NULL: where it is usually found */
        /* A host copy-on-write sandbox of a caller who is not root: a user namespace is added to the specification, in
         * which the caller is uid 0 and gid 0. */
        bool own_user_namespace;
        uint32_t host_uid, host_gid;
};

/* The create document.  `storage` NULL: an ordinary bundle.  Caller's, free(). */
int oci_compile_system(const struct oci_config *config, const struct doc_storage *storage,
                       const struct oci_options *options, char **ret, struct error *err);
/* ProcessParameters.  `cgroup` may be NULL.  Caller's, free(). */
int oci_compile_process(const struct spec_process *process, const char *cgroup, char **ret, struct error *err);

#endif
