/* Words of the runtime specification for settings of a process, and the kernel's numbers: scheduling, I/O priority, NUMA memory policy,
 * execution domain.  The numbers are Linux's ABI: sched_setattr(2), ioprio_set(2), set_mempolicy(2), personality(2). */
#ifndef HCS_SCHEMA_KERNEL_WORDS_H
#define HCS_SCHEMA_KERNEL_WORDS_H

#include <stdint.h>

/* The last of a list has a NULL name. */
struct kernel_word { const char *name; uint32_t number; };

extern const struct kernel_word kernel_schedulers[];            /* SCHED_OTHER, ... */
extern const struct kernel_word kernel_scheduler_flags[];       /* SCHED_FLAG_*: bits */
extern const struct kernel_word kernel_io_classes[];            /* IOPRIO_CLASS_* */
extern const struct kernel_word kernel_memory_modes[];          /* MPOL_* */
extern const struct kernel_word kernel_memory_flags[];          /* MPOL_F_*: bits that go with the mode */
extern const struct kernel_word kernel_domains[];               /* LINUX, LINUX32 */

#define KERNEL_SCHED_OTHER      0u
#define KERNEL_SCHED_FIFO       1u
#define KERNEL_SCHED_RR         2u
#define KERNEL_SCHED_BATCH      3u
#define KERNEL_SCHED_DEADLINE   6u
#define KERNEL_IO_IDLE          3u

/* The row of a word, or NULL. */
const struct kernel_word *kernel_word_find(const struct kernel_word *words, const char *name);

/* A list of numbers as the kernel writes them, "0-3,8", into bits of `set`; at most `bits`.  0, or -1 when it is not one. */
int kernel_list_read(const char *text, uint64_t *set, uint32_t bits);

#endif
