#include "hcs/base/guid.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "hcs/base/macros.h"

/* --- SHA-1 (RFC 3174) ---------------------------------------------------------------------------------------------- */

/* Here to make names, not to protect anything: version 5 of a GUID wants this sum and no other. */
struct sha1 { uint32_t state[5]; };

static uint32_t rotate(uint32_t value, unsigned bits)
{
        return value << bits | value >> (32 - bits);
}

static uint32_t mix(int round, uint32_t b, uint32_t c, uint32_t d)
{
        if (round < 20)
                return ((b & c) | (~b & d)) + 0x5a827999;
        if (round < 40)
                return (b ^ c ^ d) + 0x6ed9eba1;
        if (round < 60)
                return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
        return (b ^ c ^ d) + 0xca62c1d6;
}

static void sha1_block(struct sha1 *sha1, const uint8_t block[64])
{
        uint32_t words[80], s[5];

        for (int i = 0; i < 16; i++)
                words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                           (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
        for (int i = 16; i < 80; i++)
                words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
        memcpy(s, sha1->state, sizeof(s));
        for (int i = 0; i < 80; i++) {
                uint32_t next = rotate(s[0], 5) + mix(i, s[1], s[2], s[3]) + s[4] + words[i];

                s[4] = s[3];
                s[3] = s[2];
                s[2] = rotate(s[1], 30);
                s[1] = s[0];
                s[0] = next;
        }
        for (int i = 0; i < 5; i++)
                sha1->state[i] += s[i];
}

/* Over two pieces, so that nobody has to glue them. */
static void sha1_of(const uint8_t *first, size_t first_length, const uint8_t *second, size_t second_length, uint8_t ret[20])
{
        struct sha1 sha1 = { { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } };
        const uint64_t length = first_length + second_length, bits = length * 8;
        const uint64_t blocks = (length + 8) / 64 + 1;          /* what remains takes a mark and its length, eight bytes */

        for (uint64_t at = 0, block = 0; block < blocks; block++) {
                uint8_t bytes[64] = { 0 };

                for (size_t i = 0; i < sizeof(bytes); i++, at++) {
                        if (at < first_length)
                                bytes[i] = first[at];
                        else if (at < length)
                                bytes[i] = second[at - first_length];
                        else if (at == length)
                                bytes[i] = 0x80;
                }
                for (unsigned i = 0; block == blocks - 1 && i < 8; i++)
                        bytes[56 + i] = (uint8_t)(bits >> (56 - 8 * i));
                sha1_block(&sha1, bytes);
        }
        for (int i = 0; i < 20; i++)
                ret[i] = (uint8_t)(sha1.state[i / 4] >> (24 - 8 * (i % 4)));
}

/* --- GUIDs --------------------------------------------------------------------------------------------------------- */

static int digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_dash(size_t at)
{
        return at == 8 || at == 13 || at == 18 || at == 23;
}

/* The sixteen bytes in the order of the text, which is the network's. */
static int read(const char *text, uint8_t ret[16])
{
        uint8_t bytes[16] = { 0 };
        size_t length = strlen(text), nibble = 0;

        if (length == 38 && text[0] == '{' && text[37] == '}')
                text++;
        else if (length != 36)
                return -1;
        for (size_t at = 0; at < 36; at++) {
                int value = digit(text[at]);

                if (is_dash(at) ? text[at] != '-' : value < 0)
                        return -1;
                if (is_dash(at))
                        continue;
                bytes[nibble / 2] = (uint8_t)(bytes[nibble / 2] << 4 | value);
                nibble++;
        }
        memcpy(ret, bytes, sizeof(bytes));
        return 0;
}

static void write(const uint8_t bytes[16], char ret[GUID_TEXT_MAX])
{
        static const char digits[] = "0123456789abcdef";
        size_t nibble = 0;

        for (size_t at = 0; at < 36; at++) {
                if (is_dash(at)) {
                        ret[at] = '-';
                        continue;
                }
                ret[at] = digits[nibble % 2 ? bytes[nibble / 2] & 15 : bytes[nibble / 2] >> 4];
                nibble++;
        }
        ret[36] = '\0';
}

int guid_normalise(const char *text, char ret[GUID_TEXT_MAX])
{
        uint8_t bytes[16];

        if (!text || read(text, bytes) < 0)
                return -1;
        write(bytes, ret);
        return 0;
}

bool guid_is_valid(const char *text)
{
        uint8_t bytes[16];

        return text && read(text, bytes) == 0;
}

void guid_from_name(const char *space, const void *name, size_t length, char ret[GUID_TEXT_MAX])
{
        uint8_t bytes[16] = { 0 }, sum[20];

        (void)read(space, bytes);
        sha1_of(bytes, sizeof(bytes), name, length, sum);
        sum[6] = (uint8_t)((sum[6] & 0x0f) | 0x50);     /* version 5 */
        sum[8] = (uint8_t)((sum[8] & 0x3f) | 0x80);     /* the variant of RFC 9562 */
        write(sum, ret);
}
