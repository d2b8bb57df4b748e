/* GUIDs as the Host Compute Service writes them: 8-4-4-4-12 lower-case hexadecimal digits without braces. */
#ifndef HCS_BASE_GUID_H
#define HCS_BASE_GUID_H

#include <stdbool.h>
#include <stddef.h>

#define GUID_TEXT_MAX 37                /* 36 characters and a NUL */

/* Reads a GUID in either case, with or without braces, and writes it in the one form above.  0, or -1 and `ret` untouched. */
int guid_normalise(const char *text, char ret[GUID_TEXT_MAX]);
bool guid_is_valid(const char *text);

/* RFC 9562 version 5: made of a name below a name space, so the same name gives the same GUID for ever.  `space` must be
 * valid. */
void guid_from_name(const char *space, const void *name, size_t length, char ret[GUID_TEXT_MAX]);

#endif
