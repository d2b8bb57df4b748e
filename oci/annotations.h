/* Whether a bundle with a root wants a copy of the machine all the same, and what it asks of that: the annotations
 * org.hcs-sandbox.*.  Inside oci/. */
#ifndef OCI_ANNOTATIONS_H
#define OCI_ANNOTATIONS_H

#include "oci/config.h"

#define ANNOTATION_PREFIX       "org.hcs-sandbox."
#define ANNOTATION_HOST         ANNOTATION_PREFIX "host"                /* "true": in the place of root.path */
#define ANNOTATION_HIDE         ANNOTATION_PREFIX "hide"                /* "/a:/b": absent in the sandbox */
#define ANNOTATION_SHOW         ANNOTATION_PREFIX "show"                /* "/a:/b": there, though hidden by default */
#define ANNOTATION_COPY         ANNOTATION_PREFIX "copy"                /* "/a:/b": these directories come along, copied */
#define ANNOTATION_SCRATCH      ANNOTATION_PREFIX "scratch"             /* "disk", "memory", "name:NAME", a directory to keep */
#define ANNOTATION_SCRATCH_SIZE ANNOTATION_PREFIX "scratch.size"        /* "64M", "1G": its limit */
#define ANNOTATION_LAYERS       ANNOTATION_PREFIX "layers"              /* "a:b": named layers, uppermost first */
#define ANNOTATION_LAYERS_BASE  ANNOTATION_PREFIX "layers.base"         /* "host", "none": what is below them */
#define ANNOTATION_SET_USER_ID  ANNOTATION_PREFIX "set-user-id"         /* "true": set-uid programs keep their rights */
#define ANNOTATION_INIT         ANNOTATION_PREFIX "init"                /* "true": the program is not the first process */

/* Fills what config has of them from config->spec.annotations.  One of ours that is misspelt is an error, since what it means to say
 * would be lost.  The container that holds a pod's namespaces stays its image's: what the pod says is meant for the others. */
int annotations_read(struct oci_config *config, struct error *err);
/* "4096", "64M", "1G": bytes, or units of 1024.  0, or -1 and *ret untouched. */
int annotations_read_size(const char *value, uint64_t *ret);

#endif
