#include "hcs/base/processor.h"

#include <sched.h>

void processor_leave(pthread_t thread, int number)
{
        cpu_set_t others;

        if (number < 0 || number >= CPU_SETSIZE || sched_getaffinity(0, sizeof(others), &others) < 0)
                return;
        CPU_CLR((size_t)number, &others);
        if (CPU_COUNT(&others) > 0)
                (void)pthread_setaffinity_np(thread, sizeof(others), &others);
}
