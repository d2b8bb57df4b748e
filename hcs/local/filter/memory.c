/* malloc for a program that lives some milliseconds: libseccomp asks for thousands of small pieces, on which the static C library's
 * careful allocator spends a third of the time.  Pieces come from big blocks, are kept by size when they are freed, and go back to the
 * system with the process.  One thread; the state is the process's, as malloc has it. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define UNIT    32u                     /* every size is a multiple, and holds its own length in front */
#define CLASSES 64u                     /* pieces below CLASSES * UNIT bytes are used again */
#define BLOCK   (1u << 20)

union piece { size_t size; union piece *next; max_align_t align; };

static struct { char *at, *end; union piece *free[CLASSES]; } memory;

void *malloc(size_t size);
void free(void *pointer);
void *calloc(size_t count, size_t size);
void *realloc(void *pointer, size_t size);

static union piece *carve(size_t size)
{
        union piece *piece;

        if ((size_t)(memory.end - memory.at) < size) {
                size_t block = size > BLOCK ? size : BLOCK;
                char *fresh = mmap(NULL, block, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

                if (fresh == MAP_FAILED)
                        return NULL;
                memory.at = fresh;
                memory.end = fresh + block;
        }
        piece = (union piece *)(void *)memory.at;
        memory.at += size;
        return piece;
}

void *malloc(size_t size)
{
        union piece *piece;
        size_t class;

        if (size > SIZE_MAX / 2) {
                errno = ENOMEM;
                return NULL;
        }
        size = (size + sizeof(*piece) + UNIT - 1) / UNIT * UNIT;
        class = size / UNIT;
        piece = class < CLASSES ? memory.free[class] : NULL;
        if (piece)
                memory.free[class] = piece[1].next;
        else
                piece = carve(size);
        if (!piece)
                return NULL;
        piece->size = size;
        return piece + 1;
}

void free(void *pointer)
{
        union piece *piece = (union piece *)pointer - 1;

        if (!pointer || piece->size / UNIT >= CLASSES)
                return;
        piece[1].next = memory.free[piece->size / UNIT];
        memory.free[piece->size / UNIT] = piece;
}

void *calloc(size_t count, size_t size)
{
        void *pointer = size && count > SIZE_MAX / size ? malloc(SIZE_MAX) : malloc(count * size);

        return pointer ? memset(pointer, 0, count * size) : NULL;
}

void *realloc(void *pointer, size_t size)
{
        union piece *piece = (union piece *)pointer - 1;
        void *bigger;

        if (pointer && piece->size - sizeof(*piece) >= size)
                return pointer;
        bigger = malloc(size);
        if (bigger && pointer) {
                memcpy(bigger, pointer, piece->size - sizeof(*piece));
                free(pointer);
        }
        return bigger;
}
