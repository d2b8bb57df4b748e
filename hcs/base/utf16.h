/* UTF-16 at the waist: strings cross hcs/api.h in it and nowhere else. */
#ifndef HCS_BASE_UTF16_H
#define HCS_BASE_UTF16_H

#include <stddef.h>
#include <uchar.h>

#include "hcs/base/error.h"

/* Bad UTF-8 (overlong, surrogates, cut off, above U+10FFFF) is E_INVALID_DATA.  The result is the caller's, free(). */
int utf16_from_utf8(const char *string, char16_t **ret, struct error *err);
/* A lone surrogate is E_INVALID_DATA. */
int utf16_to_utf8(const char16_t *string, char **ret, struct error *err);
size_t utf16_length(const char16_t *string);

static inline void free_utf16p(char16_t **p) { free(*p); }

#endif
