#include "hcs/base/utf8.h"

#include <stdio.h>
#include <string.h>

size_t utf8_decode(const char *bytes, size_t length, uint32_t *ret)
{
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        const unsigned char *b = (const unsigned char *)bytes;
        size_t size;
        uint32_t c;

        if (length == 0)
                return 0;
        if (b[0] < 0x80) {
                *ret = b[0];
                return 1;
        }
        size = b[0] >= 0xf0 && b[0] < 0xf5 ? 4 : b[0] >= 0xe0 && b[0] < 0xf0 ? 3 : b[0] >= 0xc2 && b[0] < 0xe0 ? 2 : 0;
        if (size == 0 || size > length)
                return 0;
        c = b[0] & (0x7fu >> size);
        for (size_t i = 1; i < size; i++) {
                if ((b[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (b[i] & 0x3fu);
        }
        if (c < least[size] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
                return 0;
        *ret = c;
        return size;
}

size_t utf8_encode(uint32_t c, char *bytes)
{
        if (c < 0x80) {
                bytes[0] = (char)c;
                return 1;
        }
        if (c < 0x800) {
                bytes[0] = (char)(0xc0 | c >> 6);
                bytes[1] = (char)(0x80 | (c & 0x3f));
                return 2;
        }
        if (c < 0x10000) {
                bytes[0] = (char)(0xe0 | c >> 12);
                bytes[1] = (char)(0x80 | (c >> 6 & 0x3f));
                bytes[2] = (char)(0x80 | (c & 0x3f));
                return 3;
        }
        bytes[0] = (char)(0xf0 | c >> 18);
        bytes[1] = (char)(0x80 | (c >> 12 & 0x3f));
        bytes[2] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[3] = (char)(0x80 | (c & 0x3f));
        return 4;
}

size_t utf8_ascii_run(const char *bytes, size_t length)
{
        const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
        size_t at = 0;

        for (uint64_t eight; length - at >= sizeof(eight); at += sizeof(eight)) {
                memcpy(&eight, bytes + at, sizeof(eight));
                if ((eight | (eight - ones)) & tops)    /* a high bit, or a zero byte that borrowed one */
                        break;
        }
        while (at < length && bytes[at] > 0 && (unsigned char)bytes[at] < 0x80)
                at++;
        return at;
}

size_t utf8_valid_run(const char *bytes, size_t length)
{
        size_t at = 0;

        while (at < length) {
                uint32_t c;
                size_t n = utf8_ascii_run(bytes + at, length - at);

                if (n == 0)
                        n = utf8_decode(bytes + at, length - at, &c);
                if (n == 0)
                        break;
                at += n;
        }
        return at;
}

bool utf8_is_valid(const char *bytes, size_t length)
{
        return utf8_valid_run(bytes, length) == length;
}

static bool is_unprintable(uint32_t c)
{
        return c < 0x20 || (c >= 0x7f && c < 0xa0) ||           /* C0, DEL, C1 */
               (c >= 0x2028 && c <= 0x202e) ||                  /* separators of lines; direction */
               (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f;
}

/* How one character is shown, in at most 7 bytes. */
static size_t show(const char *bytes, size_t length, char piece[8], size_t *ret_length)
{
        uint32_t c = (unsigned char)*bytes;
        size_t n = utf8_decode(bytes, length, &c);

        if (n > 0 && !is_unprintable(c)) {
                memcpy(piece, bytes, n);
                *ret_length = n;
        } else if (c == '\n' || c == '\r' || c == '\t') {
                *ret_length = (size_t)snprintf(piece, 8, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
        } else {
                *ret_length = (size_t)snprintf(piece, 8, n < 2 ? "\\x%02x" : "\\u%04x", c & 0xffff);
        }
        return n > 0 ? n : 1;
}

void utf8_printable(const char *text, char *to, size_t size)
{
        size_t length = strlen(text), used = 0, cut = 0;

        while (length > 0) {
                char piece[8];
                size_t piece_length, n = show(text, length, piece, &piece_length);

                if (used + piece_length + 1 > size) {
                        memcpy(to + cut, "...", 4);
                        return;
                }
                memcpy(to + used, piece, piece_length);
                used += piece_length;
                if (used + 4 <= size)
                        cut = used;
                text += n;
                length -= n;
        }
        to[used] = '\0';
}
