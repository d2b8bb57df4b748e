/* Blocks of bytes on their way from one thread to another, a fixed number of them: whoever is faster waits.
 *
 * One thread puts, one takes.  Either may give up (queue_stop): the other one's next call then says so.  Everything else here is safe
 * for these two threads only. */
#ifndef LAYERS_ARCHIVE_QUEUE_H
#define LAYERS_ARCHIVE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "hcs/base/error.h"

#define QUEUE_BLOCK (256u << 10)
#define QUEUE_BLOCKS 8

struct queue;

/* *ret is the caller's; when both threads are through. */
int queue_new(struct queue **ret, struct error *err);
void queue_free(struct queue *queue);
void queue_freep(struct queue **queue);

/* Copies the bytes in; false when the other side gave up. */
bool queue_put(struct queue *queue, const void *bytes, size_t length);
/* No more will come.  What was put is still taken. */
void queue_end(struct queue *queue);
/* The next bytes, which live until the next call; 0 at the end, and when the other side gave up: queue_is_stopped() tells. */
size_t queue_take(struct queue *queue, const void **ret);
/* Gives up, from either side. */
void queue_stop(struct queue *queue);
bool queue_is_stopped(struct queue *queue);

#endif
