/* config.json, read and checked in one pass.  Nothing of the world is looked at but the file itself. */
#ifndef OCI_CONFIG_H
#define OCI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/log.h"
#include "hcs/schema/specification.h"
#include "layers/host.h"

/* A checked configuration.  Everything lives in `arena`, which the config owns. */
struct oci_config {
        struct arena arena;
        struct spec spec;
        const char *bundle;             /* absolute */
        const char *rootfs;             /* absolute; NULL: host copy-on-write */
        bool from_host;                 /* org.hcs-sandbox.host: what the bundle has as a root does not count */
        struct layer_wishes wishes;     /* from org.hcs-sandbox.* annotations; only of a copy of the host */
        bool allow_set_user_id;         /* likewise: set-uid programs keep their rights */
        bool init_stays;                /* likewise: the program is not the first process */
};

#define OCI_CONFIG_MAX (16u << 20)      /* bytes of config.json */

struct oci_source {
        const char *bundle;
        const char *text;               /* stands in for the bundle's config.json; NULL: that is read */
        struct string_map annotations;  /* laid over the configuration's own before anything is read out of them */
};

/* Reads BUNDLE/config.json and checks it.  Warnings (unknown capabilities, what the specification says to warn about)
 * go to `log`.  A failure names the JSON path, what was found and what is allowed.  *ret is the caller's, to be ended
 * with oci_config_free(). */
int oci_config_load(const char *bundle, const struct log *log, struct oci_config **ret, struct error *err);
/* The same from a text ("config.json" in messages). */
int oci_config_parse(const char *text, size_t length, const char *bundle, const struct log *log,
                     struct oci_config **ret, struct error *err);
/* The same from any source; what it names is needed for the call only. */
int oci_config_read(const struct oci_source *source, const struct log *log, struct oci_config **ret, struct error *err);
/* A process on its own (exec --process FILE), checked like config.json's. */
int oci_process_parse(const char *text, size_t length, const char *what, struct arena *arena, const struct log *log,
                      struct spec_process **ret, struct error *err);
void oci_config_free(struct oci_config *config);
void oci_config_freep(struct oci_config **config);

/* The same checks for a process that was composed from flags. */
int oci_check_process(const struct spec_process *process, const char *at, const struct log *log, struct error *err);
/* What an id may look like (letters, digits, _ + - . ; 1 to 255 bytes; not first '.'). */
int oci_check_id(const char *id, struct error *err);

#endif
