#include "hcs/base/utf8.h"

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

bool utf8_is_valid(const char *bytes, size_t length)
{
        while (length > 0) {
                uint32_t c;
                size_t n = utf8_decode(bytes, length, &c);

                if (n == 0)
                        return false;
                bytes += n;
                length -= n;
        }
        return true;
}
