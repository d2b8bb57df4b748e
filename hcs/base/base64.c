#include "hcs/base/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_add(struct text *out, const unsigned char *bytes, size_t count)
{
        for (size_t i = 0; i < count; i += 3) {
                uint32_t group = (uint32_t)bytes[i] << 16;
                char four[4];

                if (i + 1 < count)
                        group |= (uint32_t)bytes[i + 1] << 8;
                if (i + 2 < count)
                        group |= bytes[i + 2];
                four[0] = alphabet[group >> 18];
                four[1] = alphabet[group >> 12 & 63];
                four[2] = i + 1 < count ? alphabet[group >> 6 & 63] : '=';
                four[3] = i + 2 < count ? alphabet[group & 63] : '=';
                text_add_n(out, four, sizeof(four));
        }
}

static int digit_value(char c)
{
        const char *at = c ? strchr(alphabet, c) : NULL;

        return at ? (int)(at - alphabet) : -1;
}

/* The padding of the last group: 0, 1 or 2. */
static size_t padding_of(const char *text, size_t length)
{
        if (length == 0 || text[length - 1] != '=')
                return 0;
        return text[length - 2] == '=' ? 2 : 1;
}

int base64_decode(const char *text, size_t length, unsigned char *bytes, size_t *count)
{
        size_t padding, n = 0;

        if (length % 4 != 0)
                return -1;
        padding = padding_of(text, length);
        for (size_t i = 0; i < length; i += 4) {
                size_t missing = i + 4 == length ? padding : 0;
                uint32_t group = 0;

                for (size_t k = 0; k < 4; k++) {
                        int value = k >= 4 - missing ? 0 : digit_value(text[i + k]);

                        if (value < 0)
                                return -1;
                        group = group << 6 | (uint32_t)value;
                }
                if (group & (missing == 2 ? 0xffffu : missing == 1 ? 0xffu : 0u))
                        return -1;
                for (size_t k = 0; k < 3 - missing; k++)
                        bytes[n++] = (unsigned char)(group >> (16 - 8 * k));
        }
        *count = n;
        return 0;
}
