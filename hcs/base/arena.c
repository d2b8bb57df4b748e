#include "hcs/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE (8192 - 64)         /* with its heads a power of two, as heaps like it */

struct arena_block {
        struct arena_block *before;
        size_t used, size;
        alignas(max_align_t) unsigned char bytes[];
};

static struct arena_block *block_new(struct arena *arena, size_t least)
{
        size_t size = least > BLOCK_SIZE ? least : BLOCK_SIZE;
        struct arena_block *block;

        if (size > SIZE_MAX - sizeof(*block))
                return NULL;
        block = malloc(sizeof(*block) + size);
        if (!block)
                return NULL;
        *block = (struct arena_block){ .before = arena->last, .size = size };
        arena->last = block;
        return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
        struct arena_block *block = arena->last;
        void *memory;

        if (size > SIZE_MAX - alignof(max_align_t))
                return NULL;
        size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
        if (!block || block->size - block->used < size)
                block = block_new(arena, size);
        if (!block)
                return NULL;
        memory = block->bytes + block->used;
        block->used += size;
        return memset(memory, 0, size);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
        size_t whole;

        return __builtin_mul_overflow(count, size, &whole) ? NULL : arena_alloc(arena, whole);
}

char *arena_copy_n(struct arena *arena, const char *bytes, size_t length)
{
        char *copy = length < SIZE_MAX ? arena_alloc(arena, length + 1) : NULL;

        if (copy && length)
                memcpy(copy, bytes, length);
        return copy;
}

char *arena_copy(struct arena *arena, const char *text)
{
        return text ? arena_copy_n(arena, text, strlen(text)) : NULL;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
        va_list args;
        char *text;
        int length;

        va_start(args, fmt);
        length = vsnprintf(NULL, 0, fmt, args);
        va_end(args);
        if (length < 0)
                return NULL;
        text = arena_alloc(arena, (size_t)length + 1);
        if (!text)
                return NULL;
        va_start(args, fmt);
        (void)vsnprintf(text, (size_t)length + 1, fmt, args);
        va_end(args);
        return text;
}

void arena_take(struct arena *arena, struct arena *other)
{
        struct arena_block **end = &arena->last;

        while (*end)
                end = &(*end)->before;
        *end = other->last;
        other->last = NULL;
}

void arena_done(struct arena *arena)
{
        while (arena->last) {
                struct arena_block *before = arena->last->before;

                free(arena->last);
                arena->last = before;
        }
}
