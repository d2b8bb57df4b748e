/* Bringing a process of a sandbox up: the conversation with its init. */
#ifndef HCS_LOCAL_BRING_UP_H
#define HCS_LOCAL_BRING_UP_H

#include "hcs/local/cgroup.h"
#include "hcs/local/engine.h"
#include "hcs/local/filter.h"
#include "hcs/local/resctrl.h"
#include "hcs/local/spawn.h"

struct conversation {
        struct hcs_system_object *system;
        const struct doc_system *document;
        const struct spec_process *process;     /* whose limits and score are set from outside */
        struct local_record *record;            /* NULL for a further process */
        struct filter *filter;                  /* of linux.seccomp */
        const struct resctrl *resctrl;          /* where the process goes (linux.intelRdt); NULL: nowhere */
        struct spawned *spawned;                /* its pid may be replaced by CONTROL_PROCESS */
        uint64_t start_time;                    /* of that process; 0: not known yet */
};

/* Hands over what the child joins its group by.  One that is gone has left its reason: conversation_hold() hears it. */
int conversation_hand_doors(int control, const struct cgroup_doors *doors, struct error *err);
/* Finds the filter, or begins to make it, and puts it into the plan. */
int conversation_prepare_filter(struct conversation *conversation, struct spawn *spawn, struct arena *arena, struct error *err);
/* Hears the init until it is ready; serves what it asks for on the way.  On failure the child is killed and reaped. */
int conversation_hold(struct conversation *conversation, struct error *err);
/* Kills and reaps the child; closes its descriptors. */
void conversation_break(struct spawned *spawned);

#endif
