/* Containers of a pod and its sandbox: what a container takes over of it, and its places in the machine of the pod.
 *
 * The sandbox's place holds who has which places for disks there (machine.json, changed under machine.lock), so that two who come at
 * once take different ones.  Someone whose own place has gone has none any more. */
#ifndef LIB_WINDOWS_POD_H
#define LIB_WINDOWS_POD_H

#include "hcs/client/client.h"
#include "src/lib/windows/plan.h"

/* Fills the facts about the pod, if the plan's bundle is of one; before it is composed. */
int pod_ask(struct sandbox_host *host, struct winplan *plan, struct error *err);
/* Writes the facts down in the container's place, which has been made.  In the machine of a pod it takes its places there first, and
 * is composed anew for them. */
int pod_settle(const struct sandbox_host *host, struct winplan *plan, const struct place *place, struct error *err);
/* The machine that it is to live in; *ret is the caller's, hcs_system_close(). */
int pod_open_machine(struct sandbox_host *host, const struct winplan *plan, struct hcs_system **ret, struct error *err);
/* Takes out of that machine what was added to it for this container, if anything was; with `for_good`, its places are free then.
 * A machine that has gone has taken all along.  May be repeated. */
int pod_leave(struct sandbox_host *host, const struct winplan *plan, bool for_good, struct error *err);

#endif
