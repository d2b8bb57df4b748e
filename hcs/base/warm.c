#include "hcs/base/warm.h"

#include <stdint.h>
#include <sys/mman.h>

#include "hcs/base/linux-calls.h"

#define PAGE ((uintptr_t)4096)
#define STACK (8 * PAGE)                /* what a verb uses of it; exec has made room for four times that */

extern const char __executable_start, edata;    /* the linker's */

static void map(uintptr_t from, uintptr_t to, int how)
{
        from &= ~(PAGE - 1);
        to &= ~(PAGE - 1);
        if (from < to)
                (void)madvise((void *)from, to - from, how);
}

void warm_up(void)
{
        const char here = 0;

        map((uintptr_t)&__executable_start, (uintptr_t)&edata, MADV_POPULATE_READ);
        map((uintptr_t)&here - STACK, (uintptr_t)&here, MADV_POPULATE_WRITE);
}
