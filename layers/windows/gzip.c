#include "layers/windows/gzip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "hcs/base/io.h"

#define ROOM (128u << 10)
#define GZIP (15 + 16)                  /* zlib's word for gzip's head and sum, with the largest window */

struct wingzip {
        int fd;
        bool writes, packed, begun, ended;
        z_stream stream;
        struct digest digest;
        uint64_t size;
        unsigned char room[ROOM];
};

static int new(int fd, bool writes, struct wingzip **ret, struct error *err)
{
        struct wingzip *gzip = calloc(1, sizeof(*gzip));

        if (!gzip)
                return error_memory(err);
        gzip->fd = fd;
        gzip->writes = writes;
        digest_begin(&gzip->digest);
        *ret = gzip;
        return 0;
}

void wingzip_freep(struct wingzip **gzip)
{
        if (!*gzip)
                return;
        if ((*gzip)->begun)
                (void)((*gzip)->writes ? deflateEnd(&(*gzip)->stream) : inflateEnd(&(*gzip)->stream));
        free(*gzip);
}

void wingzip_sums(struct wingzip *gzip, char ret[DIGEST_TEXT_MAX], uint64_t *ret_size)
{
        digest_end(&gzip->digest, ret, DIGEST_TEXT_MAX - 1);
        *ret_size = gzip->size;
}

/* --- in ------------------------------------------------------------------------------------------------------------------- */

/* More of the file; none at its end. */
static int fill(struct wingzip *gzip, struct error *err)
{
        size_t got = 0;

        while (got < sizeof(gzip->room)) {
                ssize_t n = read(gzip->fd, gzip->room + got, (unsigned)(sizeof(gzip->room) - got));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_errno(err, "reading the archive");
                if (n == 0)
                        break;
                got += (size_t)n;
        }
        digest_add(&gzip->digest, gzip->room, got);
        gzip->size += got;
        gzip->stream.next_in = gzip->room;
        gzip->stream.avail_in = (unsigned)got;
        return 0;
}

static int begin(struct wingzip *gzip, struct error *err)
{
        static const struct { unsigned char magic[4]; size_t length; const char *name; } others[] = {
                { { 0x28, 0xb5, 0x2f, 0xfd }, 4, "zstd" }, { { 0xfd, '7', 'z', 'X' }, 4, "xz" }, { { 'B', 'Z', 'h' }, 3, "bzip2" },
        };

        if (fill(gzip, err) < 0)
                return err->code;
        for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
                if (gzip->stream.avail_in >= 4 && memcmp(gzip->room, others[i].magic, others[i].length) == 0)
                        return error_set(err, E_NOT_SUPPORTED,
                                         "the archive is packed by %s; unpack it first: here a Windows layer is plain, or "
                                         "packed by gzip", others[i].name);
        gzip->packed = gzip->stream.avail_in >= 2 && gzip->room[0] == 0x1f && gzip->room[1] == 0x8b;
        if (gzip->packed && inflateInit2(&gzip->stream, GZIP) != Z_OK)
                return error_memory(err);
        gzip->begun = gzip->packed;
        return 0;
}

/* One end of gzip may be followed by another beginning; anything else behind it is damage. */
static int next_member(struct wingzip *gzip, struct error *err)
{
        if (gzip->stream.avail_in == 0 && fill(gzip, err) < 0)
                return err->code;
        if (gzip->stream.avail_in == 0) {
                gzip->ended = true;
                return 0;
        }
        return inflateReset(&gzip->stream) == Z_OK ? 0 : error_memory(err);
}

static int unpack(struct wingzip *gzip, void *bytes, size_t size, size_t *ret, struct error *err)
{
        gzip->stream.next_out = bytes;
        gzip->stream.avail_out = (unsigned)(size < ROOM ? size : ROOM);
        size = gzip->stream.avail_out;
        while (!gzip->ended && gzip->stream.avail_out == size) {
                int r;

                if (gzip->stream.avail_in == 0 && fill(gzip, err) < 0)
                        return err->code;
                if (gzip->stream.avail_in == 0)
                        return error_set(err, E_INVALID_DATA, "the archive is cut off");
                r = inflate(&gzip->stream, Z_NO_FLUSH);
                if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
                        return r == Z_MEM_ERROR ? error_memory(err) :
                               error_set(err, E_INVALID_DATA, "the archive is damaged: %s", gzip->stream.msg ? gzip->stream.msg :
                                         "by gzip's sum");
                if (r == Z_STREAM_END && next_member(gzip, err) < 0)
                        return err->code;
        }
        *ret = size - gzip->stream.avail_out;
        return 0;
}

static int source_read(void *context, void *bytes, size_t size, size_t *ret, struct error *err)
{
        struct wingzip *gzip = context;

        if (!gzip->ended && gzip->size == 0 && begin(gzip, err) < 0)
                return err->code;
        if (gzip->packed)
                return unpack(gzip, bytes, size, ret, err);
        if (!gzip->ended && gzip->stream.avail_in == 0 && fill(gzip, err) < 0)
                return err->code;
        gzip->ended = gzip->stream.avail_in == 0;
        *ret = size < gzip->stream.avail_in ? size : gzip->stream.avail_in;
        if (*ret)
                memcpy(bytes, gzip->stream.next_in, *ret);
        gzip->stream.next_in += *ret;
        gzip->stream.avail_in -= (unsigned)*ret;
        return 0;
}

int wingzip_reader_new(int fd, struct wingzip **ret, struct error *err)
{
        return new(fd, false, ret, err);
}

struct winlayer_source wingzip_source(struct wingzip *gzip)
{
        return (struct winlayer_source){ source_read, gzip };
}

/* --- out ------------------------------------------------------------------------------------------------------------------ */

static int put(struct wingzip *gzip, const void *bytes, size_t length, struct error *err)
{
        digest_add(&gzip->digest, bytes, length);
        gzip->size += length;
        return io_write_all(gzip->fd, bytes, length, "the archive", err);
}

static int pack(struct wingzip *gzip, const void *bytes, size_t length, int flush, struct error *err)
{
        gzip->stream.next_in = (Bytef *)(uintptr_t)bytes;
        gzip->stream.avail_in = (unsigned)length;
        do {
                gzip->stream.next_out = gzip->room;
                gzip->stream.avail_out = sizeof(gzip->room);
                (void)deflate(&gzip->stream, flush);
                if (put(gzip, gzip->room, sizeof(gzip->room) - gzip->stream.avail_out, err) < 0)
                        return err->code;
        } while (gzip->stream.avail_out == 0);
        return 0;
}

static int sink_write(void *context, const void *bytes, size_t length, struct error *err)
{
        struct wingzip *gzip = context;

        return gzip->packed ? pack(gzip, bytes, length, Z_NO_FLUSH, err) : put(gzip, bytes, length, err);
}

int wingzip_writer_new(int fd, bool packed, struct wingzip **ret, struct error *err)
{
        _cleanup_(wingzip_freep) struct wingzip *gzip = NULL;

        if (new(fd, true, &gzip, err) < 0)
                return err->code;
        gzip->packed = packed;
        if (packed && deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK)
                return error_memory(err);
        gzip->begun = packed;
        *ret = take_ptr(gzip);
        return 0;
}

struct winlayer_sink wingzip_sink(struct wingzip *gzip)
{
        return (struct winlayer_sink){ sink_write, gzip };
}

int wingzip_end(struct wingzip *gzip, struct error *err)
{
        return gzip->packed ? pack(gzip, NULL, 0, Z_FINISH, err) : 0;
}
