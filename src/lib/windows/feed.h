/* A text on its way into a pipe whose other side may read it, or not: nobody waits for that.  The pipe's end is overlapped. */
#ifndef LIB_WINDOWS_FEED_H
#define LIB_WINDOWS_FEED_H

#include <stdbool.h>
#include <stddef.h>

#include "hcs/base/error.h"

struct feed { void *to, *written, *at; };       /* the pipe (ours, until all has gone in), an event, and what is under way */

/* Takes `to`, also on failure.  The text stays the caller's, and in its place until feed_done(). */
int feed_begin(struct feed *feed, void *to, const char *text, size_t length, struct error *err);
/* Closes the pipe once all has gone in, or nobody reads any more.  True when that has happened. */
bool feed_look(struct feed *feed);
/* Gives up what has not gone in. */
void feed_done(struct feed *feed);

#endif
