#include "hcs/base/utf16.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/utf8.h"

size_t utf16_length(const char16_t *string)
{
        size_t length = 0;

        while (string[length])
                length++;
        return length;
}

int utf16_from_utf8(const char *string, char16_t **ret, struct error *err)
{
        size_t length = strlen(string), at = 0;
        char16_t *wide = malloc((length + 1) * sizeof(*wide)), *to = wide;

        if (!wide)
                return error_memory(err);
        while (at < length) {
                uint32_t c;
                size_t n = utf8_ascii_run(string + at, length - at);

                for (const char *end = string + at + n; string + at < end; at++)
                        *to++ = (char16_t)string[at];
                if (at == length)
                        break;
                n = utf8_decode(string + at, length - at, &c);
                if (n == 0) {
                        free(wide);
                        return error_set(err, E_INVALID_DATA, "byte %zu is not UTF-8", at);
                }
                at += n;
                if (c >= 0x10000) {
                        *to++ = (char16_t)(0xd800 + ((c - 0x10000) >> 10));
                        *to++ = (char16_t)(0xdc00 + (c & 0x3ff));
                } else {
                        *to++ = (char16_t)c;
                }
        }
        *to = 0;
        *ret = wide;
        return 0;
}

int utf16_to_utf8(const char16_t *string, char **ret, struct error *err)
{
        size_t length = utf16_length(string);
        char *bytes = malloc(length * 3 + 1), *to = bytes;

        if (!bytes)
                return error_memory(err);
        for (size_t i = 0; i < length; i++) {
                uint32_t c = string[i];

                if (c < 0x80) {
                        *to++ = (char)c;
                        continue;
                }
                if (c >= 0xd800 && c < 0xe000) {
                        if (c >= 0xdc00 || string[i + 1] < 0xdc00 || string[i + 1] >= 0xe000) {
                                free(bytes);
                                return error_set(err, E_INVALID_DATA, "character %zu is half a UTF-16 pair", i);
                        }
                        c = 0x10000 + ((c - 0xd800) << 10) + (string[++i] - 0xdc00u);
                }
                to += utf8_encode(c, to);
        }
        *to = '\0';
        *ret = bytes;
        return 0;
}
