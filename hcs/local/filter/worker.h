/* A piece that a process of its own compiles, beside the others: libseccomp takes milliseconds for each architecture, and while a filter
 * is compiled a sandbox waits for it.  Processes, because nothing says that libseccomp could do it in threads. */
#ifndef HCS_LOCAL_FILTER_WORKER_H
#define HCS_LOCAL_FILTER_WORKER_H

#include <sys/types.h>

#include "hcs/base/error.h"
#include "hcs/local/filter/pieces.h"

struct worker { pid_t pid; struct worker_answer *answer; };

/* Compiles a piece (its architecture is set); `context` is what the caller likes. */
typedef int worker_compile(const void *context, struct piece *piece, struct error *err);

/* Begins.  Where there is no room for a process it is done here and now. */
int worker_begin(struct worker *worker, worker_compile *compile, const void *context, struct piece *piece, struct error *err);
/* Waits, and fills the piece. */
int worker_end(struct worker *worker, struct piece *piece, struct error *err);
/* Ends one that nobody waits for any more; one that was not begun, too. */
void worker_drop(struct worker *worker);

#endif
