/* Windows layers in memory: tars written by hand, folders of the transport form, and what came of both. */
#ifndef TESTS_UNIT_LAYERS_WINDOWS_H
#define TESTS_UNIT_LAYERS_WINDOWS_H

#include <dirent.h>
#include <sys/time.h>

#include "hcs/base/arena.h"
#include "layers/windows/layer.h"
#include "layers/windows/stream.h"
#include "tests/unit/base/place.h"

/* --- bytes ---------------------------------------------------------------------------------------------------------------- */

struct memory { const char *bytes; size_t length, at; };

static inline int memory_read(void *context, void *bytes, size_t size, size_t *ret, struct error *err)
{
        struct memory *memory = context;

        (void)err;
        *ret = size < memory->length - memory->at ? size : memory->length - memory->at;
        if (*ret)
                memcpy(bytes, memory->bytes + memory->at, *ret);
        memory->at += *ret;
        return 0;
}

static inline int memory_write(void *context, const void *bytes, size_t length, struct error *err)
{
        text_add_n(context, bytes, length);
        return text_check(context, err);
}

static inline int unpack_bytes(const char *bytes, size_t length, const struct place *place, struct winlayer_sums *sums, struct error *err)
{
        const struct winlayer_limits limits = { .size = 1u << 20, .entries = 50, .depth = 20 };
        struct memory memory = { bytes, length, 0 };
        const struct winlayer_source source = { memory_read, &memory };

        return winlayer_unpack(&source, place->path, &limits, NULL, sums, err);
}

static inline int pack_place(const struct place *place, struct text *out, struct error *err)
{
        const struct winlayer_sink sink = { memory_write, out };
        struct winlayer_sums sums;

        return winlayer_pack(place->path, &sink, NULL, &sums, err);
}

/* --- a tar, by hand ------------------------------------------------------------------------------------------------------- */

static inline void set_field(char *field, size_t size, const char *text)
{
        size_t length = strlen(text);

        memcpy(field, text, length < size ? length : size);
}

static inline void tar_block(struct text *tar, char type, const char *name, const char *link, const char *content, size_t length)
{
        static const char zeros[WINTAR_BLOCK];
        struct wintar_header header = { .type = type, .magic = "ustar", .mode = "0000644", .uid = "0000000", .gid = "0000000" };

        set_field(header.name, sizeof(header.name), name);
        set_field(header.link, sizeof(header.link), link);
        snprintf(header.size, sizeof(header.size), "%011o", (unsigned)length);
        memcpy(header.mtime, "14000000000", 11);
        snprintf(header.sum, sizeof(header.sum), "%06o", wintar_sum(&header));
        text_add_n(tar, (const char *)&header, sizeof(header));
        if (type == '1' || type == '2' || type == '5')
                return;
        text_add_n(tar, content, length);
        text_add_n(tar, zeros, (WINTAR_BLOCK - length % WINTAR_BLOCK) % WINTAR_BLOCK);
}

/* records: "KEY=VALUE\n" lines, whose lengths are put before them; NULL: none. */
static inline void tar_entry(struct text *tar, char type, const char *name, const char *link, const char *records, const char *content)
{
        _cleanup_(text_done) struct text all = { 0 };

        for (const char *line = records; line && *line; line += strcspn(line, "\n") + 1) {
                size_t rest = strcspn(line, "\n") + 2, whole = rest + 2;
                char digits[24];

                while (rest + (size_t)snprintf(digits, sizeof(digits), "%zu", whole) != whole)
                        whole = rest + strlen(digits);
                text_addf(&all, "%s %.*s\n", digits, (int)strcspn(line, "\n"), line);
        }
        if (all.length)
                tar_block(tar, 'x', "records", "", all.data, all.length);
        tar_block(tar, type, name, link, content, strlen(content));
}

static inline void tar_tops(struct text *tar)
{
        tar_entry(tar, '5', "Files", "", "MSWINDOWS.fileattr=16\n", "");
        tar_entry(tar, '5', "Hives", "", "MSWINDOWS.fileattr=16\n", "");
}

static inline void tar_finish(struct text *tar)
{
        static const char zeros[2 * WINTAR_BLOCK];

        text_add_n(tar, zeros, sizeof(zeros));
}

/* --- a folder, by hand ---------------------------------------------------------------------------------------------------- */

static inline void add_number(struct text *out, int count, uint64_t number)
{
        unsigned char bytes[8];

        winstream_set(bytes, count, number);
        text_add_n(out, (const char *)bytes, (size_t)count);
}

/* A part of a backup stream; `name` in ASCII. */
static inline void add_part(struct text *out, uint32_t kind, uint32_t flags, const char *name, const void *bytes, size_t length)
{
        add_number(out, 4, kind);
        add_number(out, 4, flags);
        add_number(out, 8, length);
        add_number(out, 4, 2 * strlen(name));
        for (const char *at = name; *at; at++)
                add_number(out, 2, (unsigned char)*at);
        text_add_n(out, bytes, length);
}

/* Written at 2021-05-06 07:08:09.25. */
static inline void put_bytes(const struct place *place, const char *name, const char *bytes, size_t length)
{
        const struct timespec times[2] = { { 1620284890, 500000000 }, { 1620284889, 250000000 } };
        int fd = openat(place->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        cr_assert(ge(int, fd, 0), "making %s", name);
        cr_assert(eq(sz, (size_t)write(fd, bytes, length), length));
        cr_assert(eq(int, futimens(fd, times), 0));
        close(fd);
}

static inline void put_stream(const struct place *place, const char *name, const struct text *stream)
{
        put_bytes(place, name, stream->data, stream->length);
}

static inline void put_file(const struct place *place, const char *name, const char *content)
{
        _cleanup_(text_done) struct text stream = { 0 };

        add_number(&stream, 4, WINFILE_ARCHIVE);
        add_part(&stream, 1, 0, "", content, strlen(content));
        put_stream(place, name, &stream);
}

static inline void put_directory(const struct place *place, const char *name)
{
        _cleanup_(text_done) struct text stream = { 0 };
        char mark[200];

        place_directory(place, name);
        snprintf(mark, sizeof(mark), "%s.$wcidirs$", name);
        add_number(&stream, 4, WINFILE_DIRECTORY);
        add_part(&stream, 3, 2, "", "dddd", 4);
        put_stream(place, mark, &stream);
}

#endif
