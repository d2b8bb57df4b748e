#include "layers/archive/sum.h"

#include <nettle/sha2.h>

_Static_assert(sizeof(struct sha256_ctx) <= SUM_ROOM, "nettle's state has its place");

static struct sha256_ctx *state(struct sum *sum)
{
        return (struct sha256_ctx *)(void *)sum->room;
}

void sum_begin(struct sum *sum)
{
        sha256_init(state(sum));
}

void sum_add(struct sum *sum, const void *bytes, size_t length)
{
        sha256_update(state(sum), length, bytes);
}

void sum_end(struct sum *sum, unsigned char ret[SUM_LENGTH])
{
        sha256_digest(state(sum), SUM_LENGTH, ret);
}
