#include "layers/archive/input.h"

#include <archive_entry.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layers/archive/gunzip.h"
#include "layers/archive/queue.h"
#include "layers/archive/sum.h"
#include "layers/thread.h"

#define PIECE (128u << 10)
#define RATIO_FROM (256ull << 20)       /* what is smaller may be as dense as it likes: zeros are, and files have holes */
#define END_BYTES 1024                  /* two blocks of zeros end a tar */

struct input {
        struct archive *tar;
        struct queue *queue;
        int fd;
        const struct archive_limits *limits;
        struct sum plain, packed;
        bool compressed;                /* else both are the same */
        _Atomic uint64_t size;
        uint64_t bytes;
        uint64_t zeros;                 /* how many zeros there are at the end of what was taken */
        uint64_t filling;               /* and at the end of the file */
        size_t first;                   /* bytes in `piece` that nobody has looked at yet */
        pthread_t thread;
        bool running;
        struct error err;               /* the thread's, to be read after it has ended */
        unsigned char piece[PIECE];
};

/* --- the thread: reads and decompresses ----------------------------------------------------------------------------------- */

/* How many zeros there are at the end, counted up to `most`, when there were `before` of them. */
static uint64_t count_zeros(const unsigned char *bytes, size_t length, uint64_t before, uint64_t most)
{
        size_t zeros = 0;

        while (zeros < length && zeros < most && bytes[length - 1 - zeros] == 0)
                zeros++;
        return zeros == length ? before + zeros : zeros;
}

/* The next piece of the file, at least `least` bytes of it; none at its end. */
static ssize_t read_piece(struct input *input, size_t least)
{
        size_t got = 0;

        while (got < least) {
                ssize_t n = read(input->fd, input->piece + got, PIECE - got);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_errno(&input->err, "reading the archive");
                if (n == 0)
                        break;
                got += (size_t)n;
        }
        sum_add(&input->packed, input->piece, got);
        input->filling = count_zeros(input->piece, got, input->filling, UINT64_MAX);
        atomic_fetch_add(&input->size, got);
        return (ssize_t)got;
}

/* For libarchive: what was read already to see what it is, then the rest. */
static la_ssize_t read_file(struct archive *archive, void *context, const void **ret)
{
        struct input *input = context;
        ssize_t n = (ssize_t)input->first;

        if (n == 0)
                n = read_piece(input, 1);
        input->first = 0;
        *ret = input->piece;
        if (n < 0)
                archive_set_error(archive, EIO, "%s", input->err.text);
        return n < 0 ? -1 : n;
}

static int check_limits(struct input *input)
{
        uint64_t size = atomic_load(&input->size);

        if (input->bytes > input->limits->size)
                return error_set(&input->err, E_INVALID_DATA, "the archive holds more than %llu bytes; --max-size allows more",
                                 (unsigned long long)input->limits->size);
        if (input->bytes > RATIO_FROM && input->bytes / input->limits->ratio > size)
                return error_set(&input->err, E_INVALID_DATA, "one byte of the archive becomes more than %u when it is decompressed; "
                                 "--max-ratio allows more", input->limits->ratio);
        return 0;
}

static bool pass_on(struct input *input, const void *bytes, size_t length)
{
        if (input->compressed)
                sum_add(&input->plain, bytes, length);
        input->bytes += length;
        return check_limits(input) >= 0 && queue_put(input->queue, bytes, length);
}

static int refuse_twice(struct input *input)
{
        return error_set(&input->err, E_INVALID_DATA, "it is compressed more than once");
}

/* By the bytes that each begins with; a tar begins with a name. */
static bool is_packed(const void *bytes, size_t length)
{
        static const struct { size_t at, length; const char *magic; } kinds[] = {
                { 0, 3, "\x1f\x8b\x08" }, { 0, 4, "\x28\xb5\x2f\xfd" }, { 0, 6, "\xfd" "7zXZ" },
                { 4, 6, "\x31\x41\x59\x26\x53\x59" },         /* bzip2's, behind its name and its level */
        };

        for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
                if (length >= kinds[i].at + kinds[i].length &&
                    memcmp((const char *)bytes + kinds[i].at, kinds[i].magic, kinds[i].length) == 0)
                        return true;
        return false;
}

/* gzip, for which libarchive looks at no sum. */
static bool pass_on_gunzipped(void *context, const void *bytes, size_t length)
{
        struct input *input = context;

        if (input->bytes == 0 && is_packed(bytes, length)) {
                (void)refuse_twice(input);
                return false;
        }
        return pass_on(input, bytes, length);
}

static int unpack_gzip(struct input *input)
{
        _cleanup_(gunzip_freep) struct gunzip *gunzip = NULL;
        ssize_t n = (ssize_t)input->first;
        int r = gunzip_new(pass_on_gunzipped, input, &gunzip, &input->err);

        input->compressed = true;
        while (r == 0 && n > 0) {
                r = gunzip_add(gunzip, input->piece, (size_t)n, &input->err);
                n = r == 0 ? read_piece(input, 1) : 0;
        }
        return r != 0 || n < 0 ? -1 : gunzip_end(gunzip, &input->err);
}

/* Only what libarchive does itself: it would run programs for other compressions. */
static int begin_reading(struct input *input, struct archive *archive)
{
        static int (*const filters[])(struct archive *) = {
                archive_read_support_filter_gzip, archive_read_support_filter_zstd, archive_read_support_filter_xz,
                archive_read_support_filter_bzip2,
        };
        struct archive_entry *entry;

        for (size_t i = 0; i < ARRAY_LENGTH(filters); i++)
                if (filters[i](archive) != ARCHIVE_OK)
                        return error_set(&input->err, E_NOT_SUPPORTED, "this libarchive can't read gzip, zstd, xz and bzip2 itself: %s",
                                         archive_error_string(archive));
        if (archive_read_support_format_raw(archive) != ARCHIVE_OK ||
            archive_read_open(archive, input, NULL, read_file, NULL) != ARCHIVE_OK ||
            archive_read_next_header(archive, &entry) != ARCHIVE_OK)
                return -1;
        if (archive_filter_count(archive) > 2)
                return refuse_twice(input);
        input->compressed = archive_filter_count(archive) > 1;
        return 0;
}

/* libarchive lets lie what stands behind bzip2's end. */
static int read_rest(struct input *input, struct archive *archive)
{
        uint64_t used = (uint64_t)archive_filter_bytes(archive, -1);
        ssize_t n;

        while ((n = read_piece(input, 1)) > 0)
                ;
        if (n < 0)
                return -1;
        return atomic_load(&input->size) - used <= input->filling ? 0 :
               error_set(&input->err, E_INVALID_DATA, "the compressed data is damaged: something else stands behind it");
}

static int unpack_other(struct input *input, struct archive *archive)
{
        const void *bytes;
        la_int64_t offset;
        size_t length;
        int r = begin_reading(input, archive);

        if (r < 0)
                return r;
        while ((r = archive_read_data_block(archive, &bytes, &length, &offset)) == ARCHIVE_OK)
                if (!pass_on(input, bytes, length))
                        return -1;
        return r == ARCHIVE_EOF ? read_rest(input, archive) : -1;
}

static void tell_failure(struct input *input, struct archive *archive)
{
        const char *why = archive ? archive_error_string(archive) : NULL;

        if (!archive || archive_errno(archive) == ENOMEM)
                (void)error_set(&input->err, E_NO_MEMORY, "out of memory; xz and zstd with very large windows take more than "
                                "hcs-sandbox allows itself: compress it with less");
        else if (atomic_load(&input->size) == 0)
                (void)error_set(&input->err, E_INVALID_DATA, "the archive is empty");
        else
                (void)error_set(&input->err, E_INVALID_DATA, "the compressed data is damaged: %s", why ? why : "it is cut off");
}

static void *unpack(void *context)
{
        struct input *input = context;
        struct archive *archive = archive_read_new();
        ssize_t n = archive ? read_piece(input, GUNZIP_MAGIC) : -1;
        int r = -1;

        if (n >= 0) {
                input->first = (size_t)n;
                r = gunzip_knows(input->piece, input->first) ? unpack_gzip(input) : unpack_other(input, archive);
        }
        if (r >= 0)
                queue_end(input->queue);
        if (r < 0 && !input->err.code && !queue_is_stopped(input->queue))
                tell_failure(input, archive);
        if (r < 0)
                queue_stop(input->queue);
        archive_read_free(archive);
        return NULL;
}

/* --- the other side: the tar ---------------------------------------------------------------------------------------------- */

static la_ssize_t give_tar(struct archive *archive, void *context, const void **ret)
{
        struct input *input = context;
        size_t length = queue_take(input->queue, ret);

        if (length == 0 && queue_is_stopped(input->queue)) {
                archive_set_error(archive, EIO, "the other thread gave up");
                return -1;
        }
        input->zeros = count_zeros(*ret, length, input->zeros, END_BYTES);
        return (la_ssize_t)length;
}

int input_new(int fd, const struct archive_limits *limits, struct input **ret, struct error *err)
{
        _cleanup_(input_freep) struct input *input = calloc(1, sizeof(*input));
        int r;

        if (!input)
                return error_memory(err);
        input->fd = fd;
        input->limits = limits;
        sum_begin(&input->plain);
        sum_begin(&input->packed);
        r = queue_new(&input->queue, err);
        if (r < 0)
                return r;
        input->tar = archive_read_new();
        if (!input->tar || archive_read_support_format_tar(input->tar) != ARCHIVE_OK)
                return error_memory(err);
        r = thread_begin(&input->thread, THREAD_STACK, unpack, input, err);
        if (r < 0)
                return r;
        input->running = true;
        if (archive_read_open(input->tar, input, NULL, give_tar, NULL) != ARCHIVE_OK)
                return input_failed(input, err);
        *ret = take_ptr(input);
        return 0;
}

static void join(struct input *input)
{
        if (input->running)
                pthread_join(input->thread, NULL);
        input->running = false;
}

void input_freep(struct input **input)
{
        if (!*input)
                return;
        if ((*input)->running)
                queue_stop((*input)->queue);
        if ((*input)->tar)
                archive_read_free((*input)->tar);
        join(*input);
        queue_free((*input)->queue);
        free(*input);
}

struct archive *input_tar(struct input *input)
{
        return input->tar;
}

int input_failed(struct input *input, struct error *err)
{
        const char *why = archive_error_string(input->tar);

        if (queue_is_stopped(input->queue)) {
                join(input);
                if (input->err.code) {
                        *err = input->err;
                        return err->code;
                }
        }
        if (archive_errno(input->tar) == ENOMEM)
                return error_memory(err);
        return error_set(err, E_INVALID_DATA, "the tar is damaged: %s", why ? why : "libarchive does not say why");
}

int input_end(struct input *input, struct archive_sums *ret, struct error *err)
{
        const void *bytes;
        size_t length;

        while ((length = queue_take(input->queue, &bytes)) > 0)
                input->zeros = count_zeros(bytes, length, input->zeros, END_BYTES);
        join(input);
        if (input->err.code) {
                *err = input->err;
                return err->code;
        }
        if (input->zeros < END_BYTES)
                return error_set(err, E_INVALID_DATA, "the tar does not end with its end mark: it was cut short, or something else stands "
                                 "behind it");
        sum_end_text(&input->packed, ret->digest);
        if (input->compressed)
                sum_end_text(&input->plain, ret->diff_id);
        else
                memcpy(ret->diff_id, ret->digest, sizeof(ret->diff_id));
        ret->size = atomic_load(&input->size);
        ret->bytes = input->bytes;
        return 0;
}

uint64_t input_progress(const struct input *input)
{
        return atomic_load(&input->size);
}
