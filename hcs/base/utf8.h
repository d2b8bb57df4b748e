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
/* How many bytes from the beginning are whole characters. */
size_t utf8_valid_run(const char *bytes, size_t length);
bool utf8_is_valid(const char *bytes, size_t length);
/* How many of the first `length` bytes are ASCII and not NUL, counted eight at a time: the rest is for utf8_decode(). */
size_t utf8_ascii_run(const char *bytes, size_t length);

/* The most that utf8_printable() makes of one byte. */
enum { UTF8_PRINTABLE_MAX = 4 };
/* Copies a text so that it stays on its line and can't drive a terminal: control characters, line separators and marks of
 * direction are written as \n, \t, \x1b, \u202e, and bytes that are not UTF-8 as \xff.  What does not fit into `size`
 * (at least 4) is cut off at a whole character, and "..." says so.  Always ends with a NUL. */
void utf8_printable(const char *text, char *to, size_t size);

#endif
