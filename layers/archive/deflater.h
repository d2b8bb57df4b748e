/* gzip by as many hands as the machine has, the same bytes whatever their number.
 *
 * The stream is cut into blocks of one size.  Each is deflated by itself, with the end of the one before it for its dictionary, and ended
 * at a whole byte; one behind the other they are one deflate stream, one member, that every gzip reads.  So what comes out depends on
 * what goes in and on the zlib alone.  A time is not in it. */
#ifndef LAYERS_ARCHIVE_DEFLATER_H
#define LAYERS_ARCHIVE_DEFLATER_H

#include <stddef.h>

#include "hcs/base/error.h"

#define DEFLATER_BLOCK (256u << 10)
#define DEFLATER_MOST 8                 /* hands, the caller among them; a megabyte for each */

struct deflater;

/* Takes what came out, in the caller's thread. */
typedef int (*deflater_write)(void *context, const void *bytes, size_t length, struct error *err);

/* `hands` is 1 to DEFLATER_MOST; where threads can't be had there are fewer.  *ret is the caller's. */
int deflater_new(size_t hands, deflater_write write, void *context, struct deflater **ret, struct error *err);
/* Also in the middle of it. */
void deflater_freep(struct deflater **deflater);
int deflater_add(struct deflater *deflater, const void *bytes, size_t length, struct error *err);
/* The rest, and the sums. */
int deflater_end(struct deflater *deflater, struct error *err);

#endif
