/* Bytes as base64 text (RFC 4648 section 4, with padding), the way HCS's ByteArray travels in JSON. */
#ifndef HCS_BASE_BASE64_H
#define HCS_BASE_BASE64_H

#include <stddef.h>

#include "hcs/base/text.h"

/* At most this many bytes come out of a text of `length` characters. */
#define BASE64_BYTES_MAX(length) ((length) / 4 * 3)

void base64_add(struct text *out, const unsigned char *bytes, size_t count);
/* Strict: whole groups of four, padding only at the end, no blanks, no stray bits.  0 and *count, or -1. */
int base64_decode(const char *text, size_t length, unsigned char *bytes, size_t *count);

#endif
