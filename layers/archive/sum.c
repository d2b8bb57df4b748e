#include "layers/archive/sum.h"

void sum_end_text(struct sum *sum, char ret[DIGEST_TEXT_MAX])
{
        static const char hex[] = "0123456789abcdef";
        unsigned char bytes[SUM_LENGTH];

        sum_end(sum, bytes);
        for (size_t i = 0; i < SUM_LENGTH; i++) {
                ret[2 * i] = hex[bytes[i] >> 4];
                ret[2 * i + 1] = hex[bytes[i] & 15];
        }
        ret[2 * SUM_LENGTH] = '\0';
}
