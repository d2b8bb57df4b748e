/* The heap of the static programs, under other names: this program keeps its own. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void *heap_malloc(size_t size);
void *heap_calloc(size_t count, size_t size);
void *heap_realloc(void *memory, size_t size);
void heap_free(void *memory);

#define malloc heap_malloc
#define calloc heap_calloc
#define realloc heap_realloc
#define free heap_free
#include "hcs/base/heap.c"

/* What the compiler knows of malloc and free must not show it how these tests misuse them. */
static void *hidden(void *memory)
{
        void *volatile copy = memory;

        return copy;
}

Test(heap, blocks_of_all_sizes_are_aligned_and_apart)
{
        enum { COUNT = 2000 };
        static unsigned char *blocks[COUNT];

        for (size_t i = 0; i < COUNT; i++) {
                blocks[i] = malloc(i * 37);
                cr_assert(blocks[i] != NULL);
                cr_assert_eq((uintptr_t)blocks[i] % alignof(max_align_t), 0);
                memset(blocks[i], (int)(i & 0xff), i * 37);
        }
        for (size_t i = 0; i < COUNT; i++) {
                for (size_t k = 0; k < i * 37; k++)
                        cr_assert_eq(blocks[i][k], i & 0xff, "byte %zu of block %zu was written over", k, i);
                free(blocks[i]);
        }
}

Test(heap, what_is_given_back_is_given_out_again)
{
        void *first = malloc(100), *again;
        uintptr_t where = (uintptr_t)first;

        free(first);
        again = malloc(90);
        cr_assert_eq((uintptr_t)again, where);
}

Test(heap, calloc_gives_zeros_also_of_a_used_block)
{
        unsigned char *used = malloc(500), *zeros;

        memset(used, 0xff, 500);
        free(used);
        zeros = calloc(5, 100);
        for (size_t i = 0; i < 500; i++)
                cr_assert_eq(zeros[i], 0);
}

Test(heap, realloc_keeps_what_was_there)
{
        char *text = realloc(NULL, 8);

        strcpy(text, "0123456");
        for (size_t size = 16; size < (4u << 20); size *= 2) {
                text = realloc(text, size);
                cr_assert(text != NULL);
                cr_assert_str_eq(text, "0123456");
                memset(text + size / 2, 'x', size / 2);
        }
        free(text);
}

Test(heap, more_than_there_can_be_is_refused)
{
        volatile size_t much = SIZE_MAX - 8;

        errno = 0;
        cr_assert_null(malloc(much));
        cr_assert_eq(errno, ENOMEM);
        cr_assert_null(calloc(much / 2, 4));
        cr_assert_null(realloc(NULL, (size_t)PTRDIFF_MAX - 4096));
}

Test(heap, free_keeps_errno_and_takes_nothing)
{
        void *large = malloc(1u << 20);

        errno = EBUSY;
        free(large);
        free(NULL);
        cr_assert_eq(errno, EBUSY);
}

/* --- misuse ends the program: tried in one of its own ------------------------------------------------------------------- */

static int signal_of(void (*misuse)(void))
{
        int status = 0;
        pid_t pid = fork();

        if (pid == 0) {
                misuse();
                _exit(0);
        }
        cr_assert(pid > 0);
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void free_twice(void)
{
        void *memory = malloc(40);

        free(hidden(memory));
        free(hidden(memory));
}

static void free_what_was_never_given_out(void)
{
        static struct head pretended[2];

        free(hidden(&pretended[1]));
}

/* The block behind this one is the next. */
static void write_over_a_head(void)
{
        char *low = malloc(16), *high = malloc(16);

        if (high - low != 32)
                return;
        memset(hidden(low), 'x', 40);
        free(high);
}

static void write_over_a_kept_block(void)
{
        char *low = malloc(16), *high = malloc(16);

        free(high);
        memset(hidden(low), 'x', 40);
        (void)hidden(malloc(16));
}

Test(heap, misuse_ends_the_program)
{
        cr_expect_eq(signal_of(free_twice), SIGABRT);
        cr_expect_eq(signal_of(free_what_was_never_given_out), SIGABRT);
        cr_expect_eq(signal_of(write_over_a_head), SIGABRT);
        cr_expect_eq(signal_of(write_over_a_kept_block), SIGABRT);
}

struct user { pthread_t thread; unsigned char mine; bool whole; };

static void *use(void *context)
{
        enum { COUNT = 64, ROUNDS = 2000 };
        struct user *user = context;
        unsigned char *blocks[COUNT] = { NULL };

        user->whole = true;
        for (size_t i = 0; i < COUNT * ROUNDS; i++) {
                unsigned char **block = &blocks[i % COUNT];
                size_t size = 1 + (i * 31) % 500;

                if (*block && (**block != user->mine || (*block)[((i - COUNT) * 31) % 500] != user->mine))
                        user->whole = false;
                free(*block);
                *block = malloc(size);
                memset(*block, user->mine, size);
        }
        return NULL;
}

Test(heap, threads_get_blocks_of_their_own)
{
        struct user users[4];

        for (size_t i = 0; i < 4; i++) {
                users[i].mine = (unsigned char)(i + 1);
                cr_assert_eq(pthread_create(&users[i].thread, NULL, use, &users[i]), 0);
        }
        for (size_t i = 0; i < 4; i++) {
                pthread_join(users[i].thread, NULL);
                cr_expect(users[i].whole, "thread %zu found another's bytes in its blocks", i);
        }
}
