/* The way out: a tar, compressed by a thread of its own, to a descriptor, with both digests. */
#ifndef LAYERS_ARCHIVE_OUTPUT_H
#define LAYERS_ARCHIVE_OUTPUT_H

#include <archive.h>

#include "layers/archive/archive.h"

struct output;

/* `fd` is borrowed.  *ret is the caller's. */
int output_new(int fd, enum archive_compression compression, struct output **ret, struct error *err);
/* Ends the thread, whatever it is at. */
void output_freep(struct output **output);
/* Where entries are written; a failure of its calls is told by output_failed(). */
struct archive *output_tar(struct output *output);
/* Says what went wrong in a call of output_tar(): the other thread's reason when it was that. */
int output_failed(struct output *output, struct error *err);
/* Ends the tar, waits, and tells the sums (all but `entries`). */
int output_end(struct output *output, struct archive_sums *ret, struct error *err);
/* How many bytes of tar there are so far. */
uint64_t output_bytes(const struct output *output);

#endif
