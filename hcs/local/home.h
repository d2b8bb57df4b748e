/* Where a system is to live: its cgroup, from the name to the doors into it, systemd's scope around that, and its class of
 * linux.intelRdt.  Everything is written down before it is made. */
#ifndef HCS_LOCAL_HOME_H
#define HCS_LOCAL_HOME_H

#include "hcs/local/cgroup.h"
#include "hcs/local/engine.h"
#include "hcs/local/resctrl.h"
#include "hcs/local/scope.h"

struct home { struct cgroup_tree tree; struct cgroup group; struct cgroup_doors doors; struct scope scope; struct resctrl resctrl; };
#define HOME_NONE { .doors = CGROUP_DOORS_NONE, .scope = SCOPE_NONE }

void home_done(struct home *home);
/* Composes the group and writes its name down; on v2 makes it, unless systemd is to. */
int home_prepare_group(struct hcs_system_object *system, struct arena *arena, const struct doc_hosted_system *hosted,
                        struct local_record *record, struct home *home, struct error *err);
/* Makes the group itself and opens its doors; after systemd's scope is there, if it is in one. */
int home_make_group(struct home *home, const struct spec *spec, struct error *err);
/* The class, written down, made and filled; `wanted` NULL: none. */
int home_make_class(const struct hcs_system_object *system, struct arena *arena, const struct spec_intel_rdt *wanted,
                     struct local_record *record, struct home *home, struct error *err);

#endif
