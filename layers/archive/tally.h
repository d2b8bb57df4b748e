/* A thread that adds files to a tree's digest while others are still being written. */
#ifndef LAYERS_ARCHIVE_TALLY_H
#define LAYERS_ARCHIVE_TALLY_H

#include "layers/archive/tree.h"

struct tally;

/* *ret is the caller's, whose thread alone calls what is here. */
int tally_new(struct tally **ret, struct error *err);
/* Ends the thread, whatever it is at. */
void tally_freep(struct tally **tally);
/* A plain file that is as it will stay.  Takes `file` (readable), also on failure; `path` as tree.h has it.  Waits while there are many.
 * Tells also of what went wrong with a file before it. */
int tally_add(struct tally *tally, int file, uint64_t size, const char *path, struct error *err);
/* Waits until all of them are in *ret, which is the caller's to look at and change until the next tally_add(). */
int tally_wait(struct tally *tally, struct tree **ret, struct error *err);

#endif
