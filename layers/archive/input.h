/* The way in: a thread reads the file, decompresses it, and makes both digests, while the caller's takes the tar apart. */
#ifndef LAYERS_ARCHIVE_INPUT_H
#define LAYERS_ARCHIVE_INPUT_H

#include <archive.h>

#include "layers/archive/archive.h"

struct input;

/* `fd` and `limits` are borrowed.  *ret is the caller's. */
int input_new(int fd, const struct archive_limits *limits, struct input **ret, struct error *err);
/* Ends the thread, whatever it is at. */
void input_freep(struct input **input);
/* What entries are read from; a failure of its calls is told by input_failed(). */
struct archive *input_tar(struct input *input);
/* Says what went wrong in a call of input_tar(): the other thread's reason when it was that. */
int input_failed(struct input *input, struct error *err);
/* After the last entry: reads to the end of the file, and tells the sums (all but `entries`). */
int input_end(struct input *input, struct archive_sums *ret, struct error *err);
/* How many bytes of the file have been read. */
uint64_t input_progress(const struct input *input);

#endif
