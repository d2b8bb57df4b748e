/* SHA-256, to name a thing by what is in it (a mask, a filter).  Others choose what is hashed, so it must be a hash that nobody
 * can bend. */
#ifndef HCS_BASE_DIGEST_H
#define HCS_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "hcs/base/macros.h"

#define DIGEST_TEXT_MAX 65              /* 64 hexadecimal digits and a NUL */

struct digest {
        uint32_t state[8];
        uint64_t length;                /* bytes so far */
        unsigned char block[64];
};

void digest_begin(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t length);
/* Ends it and writes the first `digits` (at most 64) hexadecimal digits and a NUL. */
void digest_end(struct digest *digest, char *ret, size_t digits);

#endif
