/* ROOT/ID on Windows: the directory of a sandbox, the files in it, and the locks on it.
 *
 *   sandbox.json   what was wanted (src/lib/record.h)
 *   config.json    the bundle's, as it was at create: whatever is undone later is composed of it again
 *   facts.json     what was known of the host then, and the volume of the scratch once it has one
 *   status.json    the monitor's word on what became of it
 *   machine.json   who of a pod has which places in the machine (pod.h), in the place of the pod's sandbox
 *   lock           held by a call that changes the sandbox
 *   monitor.lock   held by the monitor for as long as it lives: there is never more than one, and a dead one shows
 *
 * Only administrators and the system may come in: whoever writes here decides what is mounted and deleted with their rights. */
#ifndef LIB_WINDOWS_PLACE_H
#define LIB_WINDOWS_PLACE_H

#include <stdbool.h>

#include "hcs/base/error.h"
#include "hcs/base/text.h"

enum { PLACE_ABSENT = 1, PLACE_BUSY = 2 };

#define PLACE_LOCK    "lock"
#define PLACE_MONITOR "monitor.lock"
#define PLACE_CONFIG  "config.json"
#define PLACE_FACTS   "facts.json"
#define PLACE_STATUS  "status.json"

struct place { char *path; };

void place_done(struct place *place);
/* Names it; looks at nothing. */
int place_init(struct place *place, const char *root, const char *id, struct error *err);
/* Makes it, and the root above it; PLACE_BUSY when it is there already. */
int place_make(const struct place *place, const char *root, struct error *err);
bool place_is_there(const struct place *place);
int place_write(const struct place *place, const char *name, const struct text *text, struct error *err);
/* PLACE_ABSENT when there is no such file. */
int place_read(const struct place *place, const char *name, struct text *out, struct error *err);
/* Reads it and takes it away. */
int place_take(const struct place *place, const char *name, struct text *out, struct error *err);
/* Takes a lock, waiting for `wait_ms` at most: PLACE_BUSY.  *ret is the caller's, to be ended with place_unlock(). */
int place_lock(const struct place *place, const char *name, uint32_t wait_ms, void **ret, struct error *err);
void place_unlock(void *lock);
void place_unlockp(void **lock);
bool place_is_locked(const struct place *place, const char *name);
/* Takes the files and the directory away; absent is fine. */
int place_remove(const struct place *place, struct error *err);

#endif
