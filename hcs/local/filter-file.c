/* What a filter's file is made of: for who writes it, who keeps it, and who loads it. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/filter.h"

uint64_t filter_sum(const void *instructions, uint32_t count)
{
        const unsigned char *at = instructions;
        uint64_t sum = 14695981039346656037u, word;

        for (uint32_t i = 0; i < count; i++) {
                memcpy(&word, at + (size_t)i * sizeof(word), sizeof(word));
                sum = (sum ^ word) * 1099511628211u;
        }
        return sum ^ count;
}

static int damaged(struct error *err)
{
        return error_set(err, E_INVALID_DATA, "the compiled filter is damaged");
}

int filter_read(int fd, struct filter_header **ret, struct error *err)
{
        _cleanup_(free_charp) char *bytes = NULL;
        struct filter_header *header;
        struct stat file;
        size_t size;

        if (fstat(fd, &file) < 0)
                return error_errno(err, "looking at the compiled filter");
        if (file.st_size < (off_t)sizeof(*header) || file.st_size > (off_t)(sizeof(*header) + FILTER_COUNT_MAX * 8u))
                return damaged(err);
        size = (size_t)file.st_size;
        bytes = malloc(size);
        if (!bytes)
                return error_memory(err);
        if (pread(fd, bytes, size, 0) != (ssize_t)size)
                return damaged(err);

        header = (struct filter_header *)(void *)bytes;
        if (memcmp(header->magic, FILTER_MAGIC, sizeof(header->magic)) != 0 || header->count == 0 ||
            size != sizeof(*header) + header->count * (size_t)8 || header->sum != filter_sum(header + 1, header->count))
                return damaged(err);
        bytes = NULL;
        *ret = header;
        return 0;
}
