/* gzip, its sums verified: libarchive reads over them.  A file may be several members, one behind the other, and be filled up with
 * zeros; whatever else stands behind a member is damage. */
#ifndef LAYERS_ARCHIVE_GUNZIP_H
#define LAYERS_ARCHIVE_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "hcs/base/error.h"

#define GUNZIP_MAGIC 3                  /* so many bytes tell whether it is gzip */

struct gunzip;

/* Takes what came out; false: stop, with the taker's own reason. */
typedef bool (*gunzip_take)(void *context, const void *bytes, size_t length);

bool gunzip_knows(const void *bytes, size_t length);

/* *ret is the caller's. */
int gunzip_new(gunzip_take take, void *context, struct gunzip **ret, struct error *err);
void gunzip_freep(struct gunzip **gunzip);
/* The next bytes of the file.  GUNZIP_STOPPED: the taker wanted no more. */
int gunzip_add(struct gunzip *gunzip, const void *bytes, size_t length, struct error *err);
#define GUNZIP_STOPPED 1
/* There are no more: was it whole? */
int gunzip_end(const struct gunzip *gunzip, struct error *err);

#endif
