#include "layers/archive/gunzip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define ROOM (128u << 10)
#define GZIP (15 + 16)                  /* zlib's word for gzip's head and sums, with the largest window */
#define OTHER_BEHIND "something else stands behind it"

enum at { IN_MEMBER, BEHIND_MEMBER, IN_FILLING };

struct gunzip {
        gunzip_take take;
        void *context;
        z_stream stream;
        bool begun;
        enum at at;
        unsigned char room[ROOM];
};

bool gunzip_knows(const void *bytes, size_t length)
{
        return length >= GUNZIP_MAGIC && memcmp(bytes, "\x1f\x8b\x08", GUNZIP_MAGIC) == 0;
}

int gunzip_new(gunzip_take take, void *context, struct gunzip **ret, struct error *err)
{
        _cleanup_(gunzip_freep) struct gunzip *gunzip = calloc(1, sizeof(*gunzip));

        if (!gunzip || inflateInit2(&gunzip->stream, GZIP) != Z_OK)
                return error_memory(err);
        gunzip->begun = true;
        gunzip->take = take;
        gunzip->context = context;
        *ret = take_ptr(gunzip);
        return 0;
}

void gunzip_freep(struct gunzip **gunzip)
{
        if (!*gunzip)
                return;
        if ((*gunzip)->begun)
                (void)inflateEnd(&(*gunzip)->stream);
        free(*gunzip);
}

static int damaged(const char *why, struct error *err)
{
        return error_set(err, E_INVALID_DATA, "the compressed data is damaged: gzip: %s", why);
}

static int inflate_some(struct gunzip *gunzip, struct error *err)
{
        z_stream *stream = &gunzip->stream;
        int r;

        stream->next_out = gunzip->room;
        stream->avail_out = ROOM;
        r = inflate(stream, Z_NO_FLUSH);
        if (r == Z_MEM_ERROR)
                return error_memory(err);
        if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
                return damaged(stream->msg ? stream->msg : "it makes no sense", err);
        if (ROOM - stream->avail_out > 0 && !gunzip->take(gunzip->context, gunzip->room, ROOM - stream->avail_out))
                return GUNZIP_STOPPED;
        if (r == Z_STREAM_END)
                gunzip->at = BEHIND_MEMBER;
        return 0;
}

static int begin_next(struct gunzip *gunzip, struct error *err)
{
        if (*gunzip->stream.next_in != 0 && *gunzip->stream.next_in != 0x1f)
                return damaged(OTHER_BEHIND, err);
        gunzip->at = *gunzip->stream.next_in ? IN_MEMBER : IN_FILLING;
        return inflateReset(&gunzip->stream) == Z_OK ? 0 : error_memory(err);
}

static int pass_filling(struct gunzip *gunzip, struct error *err)
{
        z_stream *stream = &gunzip->stream;

        while (stream->avail_in > 0 && *stream->next_in == 0) {
                stream->next_in++;
                stream->avail_in--;
        }
        return stream->avail_in == 0 ? 0 : damaged(OTHER_BEHIND, err);
}

int gunzip_add(struct gunzip *gunzip, const void *bytes, size_t length, struct error *err)
{
        z_stream *stream = &gunzip->stream;
        int r = 0;

        stream->next_in = (Bytef *)(uintptr_t)bytes;
        stream->avail_in = (uInt)length;
        /* A full room may leave something in zlib that came of the last byte. */
        stream->avail_out = ROOM;
        while (r == 0 && (stream->avail_in > 0 || (gunzip->at == IN_MEMBER && stream->avail_out == 0)))
                r = gunzip->at == IN_MEMBER ? inflate_some(gunzip, err) :
                    gunzip->at == BEHIND_MEMBER ? begin_next(gunzip, err) : pass_filling(gunzip, err);
        return r;
}

int gunzip_end(const struct gunzip *gunzip, struct error *err)
{
        return gunzip->at == IN_MEMBER ? damaged("it is cut off", err) : 0;
}
