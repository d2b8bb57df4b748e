#include "layers/archive/sum.h"

_Static_assert(sizeof(struct digest) <= SUM_ROOM, "our state has its place");

static struct digest *state(struct sum *sum)
{
        return (struct digest *)(void *)sum->room;
}

void sum_begin(struct sum *sum)
{
        digest_begin(state(sum));
}

void sum_add(struct sum *sum, const void *bytes, size_t length)
{
        digest_add(state(sum), bytes, length);
}

void sum_end(struct sum *sum, unsigned char ret[SUM_LENGTH])
{
        char text[DIGEST_TEXT_MAX];

        digest_end(state(sum), text, DIGEST_TEXT_MAX - 1);
        for (size_t i = 0; i < SUM_LENGTH; i++)
                ret[i] = (unsigned char)(state(sum)->state[i / 4] >> (24 - 8 * (i % 4)));
}
