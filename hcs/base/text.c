#include "hcs/base/text.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `more` bytes and the NUL. */
static bool reserve(struct text *text, size_t more)
{
        size_t needed, size = text->size ? text->size : 256;
        char *data;

        if (text->failed || __builtin_add_overflow(text->length, more, &needed) || needed == SIZE_MAX)
                return !(text->failed = true);
        if (needed + 1 <= text->size)
                return true;
        while (size < needed + 1)
                if (__builtin_mul_overflow(size, (size_t)2, &size))
                        return !(text->failed = true);
        data = realloc(text->data, size);
        if (!data)
                return !(text->failed = true);
        text->data = data;
        text->size = size;
        return true;
}

void text_add_n(struct text *text, const char *bytes, size_t length)
{
        if (!reserve(text, length))
                return;
        if (length)
                memcpy(text->data + text->length, bytes, length);
        text->length += length;
        text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
        text_add_n(text, string, strlen(string));
}

void text_add_char(struct text *text, char c)
{
        text_add_n(text, &c, 1);
}

void text_addf(struct text *text, const char *fmt, ...)
{
        va_list args;
        int length;

        va_start(args, fmt);
        length = vsnprintf(NULL, 0, fmt, args);
        va_end(args);
        if (length < 0) {
                text->failed = true;
                return;
        }
        if (!reserve(text, (size_t)length))
                return;
        va_start(args, fmt);
        (void)vsnprintf(text->data + text->length, (size_t)length + 1, fmt, args);
        va_end(args);
        text->length += (size_t)length;
}

void text_clear(struct text *text)
{
        text->length = 0;
        text->failed = false;
        if (text->data)
                text->data[0] = '\0';
}

int text_check(const struct text *text, struct error *err)
{
        return text->failed ? error_memory(err) : 0;
}

int text_take(struct text *text, char **ret, struct error *err)
{
        text_add_n(text, NULL, 0);      /* "" rather than NULL */
        if (text->failed)
                return error_memory(err);
        *ret = take_ptr(text->data);
        *text = (struct text){ 0 };
        return 0;
}

void text_done(struct text *text)
{
        free(text->data);
        *text = (struct text){ 0 };
}

bool text_starts_with(const char *string, const char *prefix)
{
        return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *string, const char *suffix)
{
        size_t a = strlen(string), b = strlen(suffix);

        return a >= b && strcmp(string + a - b, suffix) == 0;
}

bool text_equal(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_hexadecimal(char c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool text_is_guid(const char *string)
{
        static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

        for (size_t i = 0; i < sizeof(form) - 1; i++)
                if (form[i] == 'x' ? !is_hexadecimal(string[i]) : string[i] != '-')
                        return false;
        return string[sizeof(form) - 1] == '\0';
}

int text_to_u64(const char *string, uint64_t *ret)
{
        uint64_t value = 0;

        if (!*string)
                return -1;
        for (; *string; string++) {
                if (*string < '0' || *string > '9' || __builtin_mul_overflow(value, (uint64_t)10, &value) ||
                    __builtin_add_overflow(value, (uint64_t)(*string - '0'), &value))
                        return -1;
        }
        *ret = value;
        return 0;
}

int text_to_u32(const char *string, uint32_t *ret)
{
        uint64_t value;

        if (text_to_u64(string, &value) < 0 || value > UINT32_MAX)
                return -1;
        *ret = (uint32_t)value;
        return 0;
}

int text_to_i64(const char *string, int64_t *ret)
{
        bool negative = *string == '-';
        uint64_t value;

        if (text_to_u64(string + negative, &value) < 0 || value > (uint64_t)INT64_MAX + negative)
                return -1;
        *ret = negative ? (int64_t)(0 - value) : (int64_t)value;
        return 0;
}
