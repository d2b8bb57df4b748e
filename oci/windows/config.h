/* config.json read for Windows: the specification, the member "windows" as a struct, and what the annotations wish.  The
 * rules of Linux do not apply here, and those here not there.  Pure but for the file itself. */
#ifndef OCI_WINDOWS_CONFIG_H
#define OCI_WINDOWS_CONFIG_H

#include "oci/config.h"
#include "oci/windows/section.h"
#include "oci/windows/wishes.h"

enum oci_windows_kind {
        OCI_WINDOWS_PROCESS = 1,        /* a container beside the host's programs (silo) */
        OCI_WINDOWS_HYPERV,             /* a container in a utility VM of its own */
        OCI_WINDOWS_DESKTOP,            /* a VM with screen, keyboard and mouse */
        OCI_WINDOWS_LINUX,              /* a Linux container in a Linux utility VM */
};

/* A checked configuration.  Everything lives in `arena`, which it owns. */
struct oci_windows {
        struct arena arena;
        struct spec spec;
        struct windows_section section; /* zero when the member is absent */
        struct windows_wishes wishes;
        enum oci_windows_kind kind;
        const char *bundle;
};

/* As oci_config_load() and oci_config_parse(). */
int oci_windows_load(const char *bundle, const struct log *log, struct oci_windows **ret, struct error *err);
int oci_windows_parse(const char *text, size_t length, const char *bundle, const struct log *log, struct oci_windows **ret,
                      struct error *err);
void oci_windows_free(struct oci_windows *config);
void oci_windows_freep(struct oci_windows **config);

/* A process on its own, for exec; `kind` is that of the sandbox it goes to. */
int oci_windows_check_process(const struct spec_process *process, enum oci_windows_kind kind, const char *at,
                              const struct log *log, struct error *err);

#endif
