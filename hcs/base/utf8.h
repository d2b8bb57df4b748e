/* UTF-8, decoded strictly: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef HCS_BASE_UTF8_H
#define HCS_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The character at `bytes` and how many bytes it takes; 0 when it is none. */
size_t utf8_decode(const char *bytes, size_t length, uint32_t *ret);
/* Writes 1 to 4 bytes. */
size_t utf8_encode(uint32_t character, char *bytes);
bool utf8_is_valid(const char *bytes, size_t length);

#endif
