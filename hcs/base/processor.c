#include "hcs/base/processor.h"

#include <sched.h>

#include "hcs/base/linux-calls.h"

void processor_leave(pthread_t thread)
{
        cpu_set_t others;
        unsigned here;

        if (sys_getcpu(&here) < 0 || here >= CPU_SETSIZE || sched_getaffinity(0, sizeof(others), &others) < 0)
                return;
        CPU_CLR((size_t)here, &others);
        if (CPU_COUNT(&others) > 0)
                (void)pthread_setaffinity_np(thread, sizeof(others), &others);
}
