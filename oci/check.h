/* The meaning of a configuration: what its tables can't say.  Everything here is pure: text in, a verdict out; nothing
 * of this machine is looked at, so that a configuration can be checked anywhere.
 *
 * A refusal names the JSON path, what was found there and what is allowed.  It is E_INVALID_DATA for what no runtime
 * should take, E_NOT_SUPPORTED for what this one does not carry out yet.  Inside oci/ only. */
#ifndef OCI_CHECK_H
#define OCI_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "hcs/base/error.h"
#include "hcs/base/log.h"
#include "hcs/schema/specification.h"

/* What is being checked, and where it stands. */
struct check {
        const struct spec *spec;        /* NULL: a process on its own */
        const struct log *log;
        struct error *err;
        const char *at;                 /* path of the object at hand: "" is the top */
        size_t index;                   /* in the array `at`, or CHECK_NO_INDEX */
};

#define CHECK_NO_INDEX ((size_t)-1)

/* The same check, one object further in. */
struct check check_member(const struct check *check, const char *at);
struct check check_item(const struct check *check, const char *at, size_t index);

/* "linux.devices[2]." + the text. */
int check_refuse(const struct check *check, const char *fmt, ...) _printf_(2, 3);
/* A member that a later version carries out; `instead` says what to do until then. */
int check_not_yet(const struct check *check, const char *member, const char *instead);
void check_tell(const struct check *check, enum log_level level, const char *fmt, ...) _printf_(3, 4);

/* Rules that several places share. */
int check_absolute(const struct check *check, const char *member, const char *path);
int check_environment(const struct check *check, const struct strings *env);
bool check_is_given(const char *text);                          /* an empty string counts as absent */
bool check_is_full(const struct json_value *value);             /* so does an empty object */
bool check_has_part(const char *path, const char *part);        /* a component of a path */
bool check_has_control(const char *text);                       /* control characters: line breaks and their kin */
bool check_is_bind(const struct spec_mount *mount);             /* by its type or by an option */

/* One file each.  All take the top's check; check_process_object takes one that stands at the process. */
int check_spec(const struct check *check);
int check_version(const struct check *check);
int check_process_object(const struct check *check, const struct spec_process *process);
int check_process_settings(const struct check *check, const struct spec_process *process);
int check_mounts(const struct check *check);
int check_linux(const struct check *check);
int check_linux_settings(const struct check *check, const struct spec_linux *linux_);
int check_intel_rdt(const struct check *check, const struct spec_intel_rdt *wanted);
int check_namespaces(const struct check *check);
int check_sysctl(const struct check *check);
int check_resources(const struct check *check, const struct spec_resources *resources);
int check_controllers(const struct check *check, const struct spec_resources *resources);      /* stands at the resources */

#endif
