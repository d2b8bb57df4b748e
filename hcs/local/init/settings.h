/* Settings of a process that are neither rights nor limits: how it is scheduled, where it runs and where its memory lies, what it looks
 * like to a program (personality), and its labels. */
#ifndef HCS_LOCAL_INIT_SETTINGS_H
#define HCS_LOCAL_INIT_SETTINGS_H

#include "hcs/base/error.h"
#include "hcs/schema/specification.h"

/* While there are rights to do it, after the process is in its group. */
int settings_apply(const struct spec_process *process, const struct spec_personality *personality,
                   const struct spec_memory_policy *memory_policy, struct error *err);
/* Onto the processors of a list; NULL or "": where it is.  `member` names it in messages. */
int settings_move_to(const char *processors, const char *member, struct error *err);

/* What the program is labelled with when it is executed: process.apparmorProfile, process.selinuxLabel.  `proc` is a procfs. */
int settings_label(int proc, const struct spec_process *process, struct error *err);
/* What keys that are made from now on are labelled with; NULL: as usual again. */
int settings_label_keys(int proc, const char *label, struct error *err);

#endif
