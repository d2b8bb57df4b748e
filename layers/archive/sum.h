/* SHA-256 for much: of archives and trees, gigabytes at a time.
 *
 * nettle's where the build found it (sum-nettle.c): it uses what the processor has for this, five times as fast as plain C, and
 * costs no loading where libarchive is linked with it itself, as Debian's is.  Else that of hcs/base/digest.h (sum-own.c). */
#ifndef LAYERS_ARCHIVE_SUM_H
#define LAYERS_ARCHIVE_SUM_H

#include <stdalign.h>
#include <stddef.h>

#include "hcs/base/digest.h"

#define SUM_LENGTH 32
#define SUM_ROOM 128

/* Plain data, whoever's state is in it. */
struct sum { alignas(16) unsigned char room[SUM_ROOM]; };

void sum_begin(struct sum *sum);
void sum_add(struct sum *sum, const void *bytes, size_t length);
/* Ends it; to be begun again. */
void sum_end(struct sum *sum, unsigned char ret[SUM_LENGTH]);
/* Likewise, as hexadecimal digits. */
void sum_end_text(struct sum *sum, char ret[DIGEST_TEXT_MAX]);

#endif
