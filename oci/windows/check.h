/* The rules of a Windows bundle that need to know nothing of the host.  Built like oci/check.h.  Inside oci/windows/. */
#ifndef OCI_WINDOWS_CHECK_H
#define OCI_WINDOWS_CHECK_H

#include "oci/check.h"
#include "oci/windows/config.h"

int wincheck_config(const struct check *check, const struct oci_windows *config);
int wincheck_process(const struct check *check, const struct spec_process *process, enum oci_windows_kind kind);
int wincheck_mounts(const struct check *check, enum oci_windows_kind kind);
int wincheck_section(const struct check *check, const struct oci_windows *config);
/* A further container of a pod, in a machine. */
int wincheck_pod(const struct check *check, const struct oci_windows *config);
int wincheck_hooks(const struct check *check, const struct oci_windows *config);
/* An absolute Windows path that can stand in a document. */
int wincheck_path(const struct check *check, const char *member, const char *path);

#endif
