/* One question and one answer between a verb and the monitor of a sandbox.  An answer is a code and a text, as in struct error:
 * 0 is done.
 *
 * `create` gets its answer through a pipe that the monitor inherits; `start` asks by a named pipe, which only administrators
 * and the system may open.  A monitor that dies breaks either, so nobody waits for ever. */
#ifndef LIB_WINDOWS_CHANNEL_H
#define LIB_WINDOWS_CHANNEL_H

#include "hcs/base/error.h"
#include "hcs/base/log.h"
#include "src/lib/windows/place.h"

/* Who hears, once, that an answer takes more than three seconds; NULL: nobody, for the monitor itself says what it waits for. */
struct channel_slow { const struct log *log; const char *id; };

/* What `err` says; with code 0, the number of the process that runs now, or 0. */
int channel_answer(void *pipe, uint32_t process, const struct error *err);
/* 0, or the failure that was answered; silence until the pipe breaks is a failure in the words of `broken`.  ret_process may be
 * NULL. */
int channel_read_answer(void *pipe, const char *broken, struct channel_slow *slow, uint32_t *ret_process, struct error *err);

/* The monitor's end.  `event` is signalled once somebody is there. */
struct channel { void *pipe, *event, *connect; };
int channel_listen(struct channel *channel, const struct place *place, struct error *err);
void channel_done(struct channel *channel);

/* The verb's end: connects (the sandbox must wait for its start, else E_FILE_NOT_FOUND) and waits for the answer. */
int channel_ask(const struct place *place, struct channel_slow *slow, struct error *err);

#endif
