#include "hcs/schema/kernel-words.h"

#include <stddef.h>
#include <string.h>

#include "hcs/base/text.h"

const struct kernel_word kernel_schedulers[] = {
        { "SCHED_OTHER", KERNEL_SCHED_OTHER }, { "SCHED_FIFO", KERNEL_SCHED_FIFO }, { "SCHED_RR", KERNEL_SCHED_RR },
        { "SCHED_BATCH", KERNEL_SCHED_BATCH }, { "SCHED_ISO", 4 }, { "SCHED_IDLE", 5 },
        { "SCHED_DEADLINE", KERNEL_SCHED_DEADLINE }, { NULL, 0 }
};

const struct kernel_word kernel_scheduler_flags[] = {
        { "SCHED_FLAG_RESET_ON_FORK", 0x01 }, { "SCHED_FLAG_RECLAIM", 0x02 }, { "SCHED_FLAG_DL_OVERRUN", 0x04 },
        { "SCHED_FLAG_KEEP_POLICY", 0x08 }, { "SCHED_FLAG_KEEP_PARAMS", 0x10 }, { "SCHED_FLAG_UTIL_CLAMP_MIN", 0x20 },
        { "SCHED_FLAG_UTIL_CLAMP_MAX", 0x40 }, { NULL, 0 }
};

const struct kernel_word kernel_io_classes[] = {
        { "IOPRIO_CLASS_RT", 1 }, { "IOPRIO_CLASS_BE", 2 }, { "IOPRIO_CLASS_IDLE", KERNEL_IO_IDLE }, { NULL, 0 }
};

const struct kernel_word kernel_memory_modes[] = {
        { "MPOL_DEFAULT", 0 }, { "MPOL_PREFERRED", 1 }, { "MPOL_BIND", 2 }, { "MPOL_INTERLEAVE", 3 }, { "MPOL_LOCAL", 4 },
        { "MPOL_PREFERRED_MANY", 5 }, { "MPOL_WEIGHTED_INTERLEAVE", 6 }, { NULL, 0 }
};

const struct kernel_word kernel_memory_flags[] = {
        { "MPOL_F_NUMA_BALANCING", 1u << 13 }, { "MPOL_F_RELATIVE_NODES", 1u << 14 }, { "MPOL_F_STATIC_NODES", 1u << 15 }, { NULL, 0 }
};

const struct kernel_word kernel_domains[] = { { "LINUX", 0 }, { "LINUX32", 8 }, { NULL, 0 } };

const struct kernel_word *kernel_word_find(const struct kernel_word *words, const char *name)
{
        for (; words->name; words++)
                if (text_equal(words->name, name))
                        return words;
        return NULL;
}

/* Digits up to `end`; -1 when there is anything else, or too much of it. */
static int64_t number(const char *text, size_t length)
{
        char digits[8];
        uint32_t value;

        if (length >= sizeof(digits))
                return -1;
        memcpy(digits, text, length);
        digits[length] = '\0';
        return text_to_u32(digits, &value) < 0 ? -1 : (int64_t)value;
}

int kernel_list_read(const char *text, uint64_t *set, uint32_t bits)
{
        memset(set, 0, (bits + 63) / 64 * sizeof(*set));
        if (!*text)
                return -1;
        for (;;) {
                size_t length = strcspn(text, ",");
                const char *dash = memchr(text, '-', length);
                int64_t first = number(text, dash ? (size_t)(dash - text) : length);
                int64_t last = dash ? number(dash + 1, length - (size_t)(dash + 1 - text)) : first;

                if (first < 0 || last < first || last >= bits)
                        return -1;
                for (int64_t i = first; i <= last; i++)
                        set[i / 64] |= UINT64_C(1) << (i % 64);
                if (!text[length])
                        return 0;
                text += length + 1;
        }
}
