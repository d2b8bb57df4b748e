#include "layers/archive/input.h"

#include <archive_entry.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layers/archive/queue.h"
#include "layers/archive/sum.h"

#define STACK_BYTES (512u << 10)
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
        pthread_t thread;
        bool running;
        struct error err;               /* the thread's, to be read after it has ended */
        unsigned char piece[PIECE];
};

/* --- the thread: reads and decompresses ----------------------------------------------------------------------------------- */

static la_ssize_t read_file(struct archive *archive, void *context, const void **ret)
{
        struct input *input = context;
        ssize_t n;

        do
                n = read(input->fd, input->piece, PIECE);
        while (n < 0 && errno == EINTR);
        if (n < 0) {
                (void)error_errno(&input->err, "reading the archive");
                archive_set_error(archive, EIO, "%s", input->err.text);
                return -1;
        }
        sum_add(&input->packed, input->piece, (size_t)n);
        atomic_fetch_add(&input->size, (uint64_t)n);
        *ret = input->piece;
        return n;
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
                return error_set(&input->err, E_INVALID_DATA, "it is compressed more than once");
        input->compressed = archive_filter_count(archive) > 1;
        return 0;
}

static int pass_on(struct input *input, struct archive *archive)
{
        const void *bytes;
        la_int64_t offset;
        size_t length;
        int r;

        while ((r = archive_read_data_block(archive, &bytes, &length, &offset)) == ARCHIVE_OK) {
                if (input->compressed)
                        sum_add(&input->plain, bytes, length);
                input->bytes += length;
                if (check_limits(input) < 0 || !queue_put(input->queue, bytes, length))
                        return -1;
        }
        return r == ARCHIVE_EOF ? 0 : -1;
}

/* What stands behind the compressed data belongs to the file's digest. */
static int read_rest(struct input *input, struct archive *archive)
{
        const void *bytes;
        la_ssize_t n;

        while ((n = read_file(archive, input, &bytes)) > 0)
                ;
        return n < 0 ? -1 : 0;
}

static void *unpack(void *context)
{
        struct input *input = context;
        struct archive *archive = archive_read_new();
        int r = archive ? begin_reading(input, archive) : -1;

        if (r >= 0)
                r = pass_on(input, archive);
        if (r >= 0)
                r = read_rest(input, archive);
        if (r >= 0)
                queue_end(input->queue);
        if (r < 0 && !input->err.code && !queue_is_stopped(input->queue)) {
                if (!archive || archive_errno(archive) == ENOMEM)
                        (void)error_set(&input->err, E_NO_MEMORY, "out of memory; xz and zstd with very large windows take more than "
                                        "hcs-sandbox allows itself: compress it with less");
                else if (atomic_load(&input->size) == 0)
                        (void)error_set(&input->err, E_INVALID_DATA, "the archive is empty");
                else
                        (void)error_set(&input->err, E_INVALID_DATA, "the compressed data is damaged: %s", archive_error_string(archive));
        }
        if (r < 0)
                queue_stop(input->queue);
        archive_read_free(archive);
        return NULL;
}

/* --- the other side: the tar ---------------------------------------------------------------------------------------------- */

static void count_zeros(struct input *input, const unsigned char *bytes, size_t length)
{
        size_t zeros = 0;

        while (zeros < length && zeros < END_BYTES && bytes[length - 1 - zeros] == 0)
                zeros++;
        input->zeros = zeros == length ? input->zeros + zeros : zeros;
}

static la_ssize_t give_tar(struct archive *archive, void *context, const void **ret)
{
        struct input *input = context;
        size_t length = queue_take(input->queue, ret);

        if (length == 0 && queue_is_stopped(input->queue)) {
                archive_set_error(archive, EIO, "the other thread gave up");
                return -1;
        }
        count_zeros(input, *ret, length);
        return (la_ssize_t)length;
}

static int begin_thread(struct input *input, struct error *err)
{
        pthread_attr_t attributes;
        int r;

        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, STACK_BYTES);
        r = pthread_create(&input->thread, &attributes, unpack, input);
        pthread_attr_destroy(&attributes);
        if (r != 0)
                return error_errnum(err, r, "starting a thread");
        input->running = true;
        return 0;
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
        r = begin_thread(input, err);
        if (r < 0)
                return r;
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
                count_zeros(input, bytes, length);
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
