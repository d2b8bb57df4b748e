/* A growing UTF-8 text that remembers its first failure: add as you like, check once at the end. */
#ifndef HCS_BASE_TEXT_H
#define HCS_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "hcs/base/error.h"

struct text {
        char *data;             /* NUL-terminated once anything was added; NULL before */
        size_t length, size;
        bool failed;
};

void text_add(struct text *text, const char *string);
void text_add_n(struct text *text, const char *bytes, size_t length);
void text_add_char(struct text *text, char c);
void text_addf(struct text *text, const char *fmt, ...) _printf_(2, 3);
/* Forgets the content, keeps the memory. */
void text_clear(struct text *text);
/* 0, or "out of memory" when any addition failed. */
int text_check(const struct text *text, struct error *err);
/* The content as the caller's own string ("" when nothing was added); free() it.  The text is empty afterwards. */
int text_take(struct text *text, char **ret, struct error *err);
void text_done(struct text *text);

bool text_starts_with(const char *string, const char *prefix);
bool text_ends_with(const char *string, const char *suffix);
bool text_equal(const char *a, const char *b);          /* NULL equals only NULL */
/* Is it a GUID as HCS wants them: 8-4-4-4-12 hexadecimal digits, without braces? */
bool text_is_guid(const char *string);
/* Strict numbers: digits only (one '-' for the signed), whole text, in range.  0, or -1 and *ret untouched. */
int text_to_u32(const char *string, uint32_t *ret);
int text_to_u64(const char *string, uint64_t *ret);
int text_to_i64(const char *string, int64_t *ret);

#endif
