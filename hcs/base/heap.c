/* The heap of the static programs, in the place of musl's malloc.
 *
 * A verb lives for some milliseconds and needs some dozen kilobytes.  musl gives a page back to the kernel as soon as nothing lies
 * in it and asks for a new one a moment later: of the page faults of a `run` more than half were that, and each costs a
 * microsecond, the calls not counted.  Here memory comes from one piece that the kernel maps with the program, then from
 * larger ones; blocks have the sizes of powers of two, are kept for the next who asks, and go with the process.
 *
 * The kernel maps a page when it is touched first, which takes it as long as a dozen calls; so the next pages are asked for together,
 * before they are touched.
 *
 * A block's head knows its size and whether it is given out: what is freed twice, was never given out or has been written over
 * by its neighbour ends the program at once.  Large blocks are mappings of their own and go back.  Threads share it: a flag is held
 * for the few instructions that it takes, and nobody who holds it waits for anything but a mapping.  The library uses the heap of its
 * program. */
#include <errno.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "hcs/base/linux-calls.h"

#define SMALLEST 5u                     /* powers of two, the head included */
#define LARGEST 16u
#define FIRST_PIECE (128u << 10)
#define PIECE (512u << 10)
#define AHEAD (32u << 10)               /* a part of both */

#define GIVEN 0x6769766e2d6f7574u
#define KEPT  0x6b6570742d686572u

struct head {
        alignas(max_align_t) size_t size;       /* the whole block's */
        uint64_t mark;                          /* GIVEN or KEPT, mixed with where it lies */
};

struct kept { struct head head; struct kept *next; };

/* One heap a program: the C library's calls have no argument for it. */
static struct {
        alignas(4096) unsigned char first[FIRST_PIECE];
        unsigned char *at, *end, *mapped;
        struct kept *kept[LARGEST + 1];
        atomic_flag held;
} heap;

static void hold(void)
{
        while (atomic_flag_test_and_set_explicit(&heap.held, memory_order_acquire))
                (void)sched_yield();
}

static void let_go(void)
{
        atomic_flag_clear_explicit(&heap.held, memory_order_release);
}

static uint64_t mark_of(const struct head *head, uint64_t word)
{
        return word ^ (uintptr_t)head;
}

static struct head *head_of(void *memory)
{
        struct head *head = (struct head *)memory - 1;

        if (head->mark != mark_of(head, GIVEN))
                abort();
        return head;
}

static void *give(struct head *head, size_t size)
{
        head->size = size;
        head->mark = mark_of(head, GIVEN);
        return head + 1;
}

static void *map(size_t size)
{
        void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        return memory == MAP_FAILED ? NULL : memory;
}

/* Kernels before 5.14 don't know this, and nothing is lost. */
static void map_ahead(void)
{
        while (heap.mapped < heap.at && heap.mapped < heap.end) {
                (void)madvise(heap.mapped, AHEAD, MADV_POPULATE_WRITE);
                heap.mapped += AHEAD;
        }
}

/* From a piece that nobody has had: the kernel's zeros are still in it. */
static struct head *cut(size_t size)
{
        struct head *head;

        if (!heap.at) {
                heap.at = heap.mapped = heap.first;
                heap.end = heap.first + sizeof(heap.first);
        }
        if ((size_t)(heap.end - heap.at) < size) {
                unsigned char *piece = map(PIECE);

                if (!piece)
                        return NULL;
                heap.at = heap.mapped = piece;
                heap.end = piece + PIECE;
        }
        head = (struct head *)(void *)heap.at;
        heap.at += size;
        map_ahead();
        return head;
}

static void *take(size_t wanted, bool *ret_zero)
{
        size_t whole = wanted + sizeof(struct head), size = (size_t)1 << SMALLEST;
        unsigned power = SMALLEST;
        struct head *head;

        *ret_zero = true;
        if (wanted > PTRDIFF_MAX - (1u << LARGEST)) {
                errno = ENOMEM;
                return NULL;
        }
        for (; size < whole && power <= LARGEST; power++)
                size <<= 1;
        if (power > LARGEST) {
                size = (whole + 4095) & ~(size_t)4095;
                head = map(size);
                return head ? give(head, size) : NULL;
        }
        hold();
        if (heap.kept[power]) {
                head = &heap.kept[power]->head;
                if (head->mark != mark_of(head, KEPT))
                        abort();
                heap.kept[power] = heap.kept[power]->next;
                *ret_zero = false;
        } else {
                head = cut(size);
        }
        let_go();
        return head ? give(head, size) : NULL;
}

void *malloc(size_t size)
{
        bool zero;

        return take(size, &zero);
}

void *calloc(size_t count, size_t size)
{
        size_t whole;
        bool zero;
        void *memory;

        if (__builtin_mul_overflow(count, size, &whole)) {
                errno = ENOMEM;
                return NULL;
        }
        memory = take(whole, &zero);
        return memory && !zero ? memset(memory, 0, whole) : memory;
}

void free(void *memory)
{
        struct head *head;
        struct kept *kept;
        unsigned power;
        int saved = errno;

        if (!memory)
                return;
        head = head_of(memory);
        head->mark = mark_of(head, KEPT);
        if (head->size > (size_t)1 << LARGEST) {
                (void)munmap(head, head->size);
                errno = saved;
                return;
        }
        power = (unsigned)__builtin_ctzl(head->size);
        kept = (struct kept *)(void *)head;
        hold();
        kept->next = heap.kept[power];
        heap.kept[power] = kept;
        let_go();
}

void *realloc(void *memory, size_t size)
{
        struct head *head;
        size_t room;
        void *larger;

        if (!memory)
                return malloc(size);
        head = head_of(memory);
        room = head->size - sizeof(*head);
        if (size <= room)
                return memory;
        larger = malloc(size);
        if (!larger)
                return NULL;
        memcpy(larger, memory, room);
        free(memory);
        return larger;
}
