/* A group that systemd makes: a transient scope, PREFIX-NAME.scope in a slice, delegated to us.  systemd is asked over D-Bus by a
 * helper program, hcs-sandbox-systemd, since its library can't be in a static program and nobody else should load it.
 *
 * The helper is begun before the first process is born, and says where the manager lives; once that process is there it is given
 * to the scope.  All limits go to systemd as properties, so that it does not undo them when it reloads, and to the kernel's files
 * by cgroup_make(), which know more. */
#ifndef HCS_LOCAL_SCOPE_H
#define HCS_LOCAL_SCOPE_H

#include <stdbool.h>
#include <sys/types.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/local/cgroup.h"

/* --- what is asked, and how it is written ------------------------------------------------------------------------------------ */

/* D-Bus types: "b", "i", "u", "x", "t", "s" in value; "as", "ay" (decimal) and "a(ss)" (two by two) in
 * values. */
struct scope_property { const char *name, *type, *value; struct strings values; };
typedef LIST_OF(struct scope_property) scope_property_list;

enum scope_action { SCOPE_START = 1, SCOPE_UPDATE, SCOPE_STOP, SCOPE_ATTACH };

struct scope_request {
        int action;                     /* enum scope_action */
        bool user;                      /* the user's manager, on the session bus */
        const char *unit, *slice, *description;
        scope_property_list properties;
        uint32_t process;               /* SCOPE_ATTACH: who goes into the unit, and where below its group, "" or "/NAME" */
        const char *subgroup;
};

extern const struct json_field scope_request_fields[];

/* Messages, as in plan.h.  Engine to helper: the request, then for SCOPE_START the process; helper to engine: for SCOPE_START
 * where the manager's own group is, and in the end that it is done. */
#define SCOPE_REQUEST   'Q'             /* + the JSON of a scope_request */
#define SCOPE_PROCESS   'P'             /* + decimal */
#define SCOPE_MANAGER   'M'             /* + ControlGroup of the manager: "" for the machine's own */
#define SCOPE_DONE      'D'             /* + ControlGroup of the scope */

/* --- pure ---------------------------------------------------------------------------------------------------------------------- */

struct scope { const char *unit, *slice, *path; bool user; int control; pid_t helper; };
#define SCOPE_NONE { .control = -1 }

/* Is it systemd's way of naming a group? */
bool scope_is_meant(const char *cgroups_path);
/* "SLICE:PREFIX:NAME", each but NAME may be empty; no cgroupsPath: "hcs-sandbox-ID.scope".  *ret lives in `arena`. */
int scope_compose(struct arena *arena, const char *cgroups_path, const char *id, bool user, struct scope *ret, struct error *err);
/* "a-b.slice" is /a.slice/a-b.slice.  NULL: no memory. */
const char *scope_slice_path(struct arena *arena, const char *slice);
/* The limits as systemd calls them, and what annotations org.systemd.property.NAME say. */
int scope_properties(struct arena *arena, const struct spec_resources *resources, const struct string_map *annotations,
                     enum cgroup_version version, scope_property_list *ret, struct error *err);

/* Adds the rules of devices, with those that every sandbox has (DevicePolicy, DeviceAllow).  Not for a user's manager, which may set
 * none, and not in a user namespace, where there are none. */
int scope_add_devices(struct arena *arena, const struct spec_resources *resources, enum cgroup_version version, scope_property_list *list,
                      struct error *err);

/* What takes `new` back to `old`: the old properties, and those that only the new ones have as systemd has them when nobody asks. */
int scope_properties_back(struct arena *arena, const scope_property_list *old, const scope_property_list *new, scope_property_list *ret,
                          struct error *err);

/* --- done ---------------------------------------------------------------------------------------------------------------------- */

/* Is the user's manager to be asked: nobody's root, or root of a user namespace only? */
bool scope_is_for_user(void);
/* Starts the helper; scope->path is known then.  `id` goes into the description. */
int scope_begin(struct scope *scope, struct arena *arena, const char *id, const scope_property_list *properties, struct error *err);
/* Makes the scope around a process. */
int scope_start(struct scope *scope, pid_t pid, struct error *err);
void scope_done(struct scope *scope);
int scope_update(const char *unit, bool user, const scope_property_list *properties, struct error *err);
/* Puts a process into the scope, or into `sub` below it (NULL: itself).  systemd may do that where the kernel forbids it to us: somebody
 * who has logged in is in a group that isn't the user's, unlike those of the user's manager. */
int scope_attach(const char *unit, bool user, const char *sub, pid_t pid, struct error *err);
/* A scope that is gone is fine. */
int scope_stop(const char *unit, bool user, struct error *err);

#endif
