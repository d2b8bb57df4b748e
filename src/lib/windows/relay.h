/* Bytes between the pipes of a process in a sandbox and the streams of a process of ours, until the process has ended.  A console
 * on our side is told to leave what it reads and writes alone, and put back afterwards; its size is told on. */
#ifndef LIB_WINDOWS_RELAY_H
#define LIB_WINDOWS_RELAY_H

#include "hcs/client/client.h"

struct relay;

/* Takes the pipes, also on failure.  `process` must outlive the relay.  `streams` are handles of ours, which must too (-1: none);
 * NULL: our own three. */
int relay_start(struct hcs_process *process, const struct hcs_pipes *pipes, const int streams[3], bool terminal, struct relay **ret,
                struct error *err);
/* What the process had still to say is heard, for a second at most (a pipe may stay open behind it: hcs-api.md 3.3); then all is
 * closed. */
void relay_finish(struct relay *relay);

#endif
