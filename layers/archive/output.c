#include "layers/archive/output.h"

#include <archive_entry.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "layers/archive/deflater.h"
#include "layers/archive/queue.h"
#include "layers/archive/sum.h"
#include "layers/crew.h"
#include "layers/thread.h"


struct output {
        struct archive *tar;
        struct queue *queue;
        enum archive_compression compression;
        int fd;
        struct sum plain, packed;       /* without compression `packed` is both */
        uint64_t bytes, size;
        pthread_t thread;
        bool running;
        struct error err;               /* the thread's, to be read after it has ended */
};

/* --- the thread: compresses and writes ------------------------------------------------------------------------------------ */

static int write_packed(void *context, const void *bytes, size_t length, struct error *err)
{
        struct output *output = context;

        if (io_write_all(output->fd, bytes, length, "the archive", err) < 0)
                return err->code;
        sum_add(&output->packed, bytes, length);
        output->size += length;
        return 0;
}

/* gzip, by all the processors that there are: it is ten times slower than all the rest. */
static int pack_gzip(struct output *output)
{
        _cleanup_(deflater_freep) struct deflater *deflater = NULL;
        const void *bytes;
        size_t length;
        int r = deflater_new(crew_size(DEFLATER_MOST), write_packed, output, &deflater, &output->err);

        while (r >= 0 && (length = queue_take(output->queue, &bytes)) > 0)
                r = deflater_add(deflater, bytes, length, &output->err);
        return r < 0 || queue_is_stopped(output->queue) ? r : deflater_end(deflater, &output->err);
}

static la_ssize_t write_out(struct archive *archive, void *context, const void *bytes, size_t length)
{
        struct output *output = context;

        if (write_packed(output, bytes, length, &output->err) >= 0)
                return (la_ssize_t)length;
        archive_set_error(archive, EIO, "%s", output->err.text);
        return -1;
}

/* One nameless file through libarchive's filter. */
static int begin_packing(struct archive *archive, struct output *output)
{
        struct archive_entry *entry = archive_entry_new();
        int r = entry ? ARCHIVE_OK : ARCHIVE_FATAL;

        if (r == ARCHIVE_OK)
                r = archive_write_set_format_raw(archive);
        if (r == ARCHIVE_OK)
                r = output->compression == ARCHIVE_ZSTD ? archive_write_add_filter_zstd(archive) : ARCHIVE_OK;
        if (r == ARCHIVE_OK)
                r = archive_write_set_bytes_per_block(archive, QUEUE_BLOCK);
        if (r == ARCHIVE_OK)
                r = archive_write_set_bytes_in_last_block(archive, 1);
        if (r == ARCHIVE_OK)
                r = archive_write_open2(archive, output, NULL, write_out, NULL, NULL);
        if (r == ARCHIVE_OK) {
                archive_entry_set_filetype(entry, AE_IFREG);
                archive_entry_set_pathname(entry, "layer");
                r = archive_write_header(archive, entry);
        }
        archive_entry_free(entry);
        return r;
}

static void pack_other(struct output *output)
{
        struct archive *archive = archive_write_new();
        const void *bytes;
        size_t length;
        int r = archive ? begin_packing(archive, output) : ARCHIVE_FATAL;

        while (r == ARCHIVE_OK && (length = queue_take(output->queue, &bytes)) > 0)
                if (archive_write_data(archive, bytes, length) != (la_ssize_t)length)
                        r = ARCHIVE_FATAL;
        if (r == ARCHIVE_OK && !queue_is_stopped(output->queue))
                r = archive_write_close(archive);
        if (r != ARCHIVE_OK && !output->err.code)
                (void)error_set(&output->err, E_UNEXPECTED_FAILURE, "compressing: %s",
                                archive ? archive_error_string(archive) : "out of memory");
        archive_write_free(archive);
}

static void *pack(void *context)
{
        struct output *output = context;

        if (output->compression == ARCHIVE_GZIP)
                (void)pack_gzip(output);
        else
                pack_other(output);
        if (output->err.code)
                queue_stop(output->queue);
        return NULL;
}

/* --- the other side: the tar ---------------------------------------------------------------------------------------------- */

static la_ssize_t take_tar(struct archive *archive, void *context, const void *bytes, size_t length)
{
        struct output *output = context;

        if (output->compression != ARCHIVE_NONE)
                sum_add(&output->plain, bytes, length);
        output->bytes += length;
        if (queue_put(output->queue, bytes, length))
                return (la_ssize_t)length;
        archive_set_error(archive, EIO, "the other thread gave up");
        return -1;
}

static int begin_tar(struct output *output, struct error *err)
{
        int r = ARCHIVE_FATAL;

        output->tar = archive_write_new();
        if (output->tar)
                r = archive_write_set_format_pax(output->tar);
        /* Attributes as everybody reads them, and once. */
        if (r == ARCHIVE_OK)
                r = archive_write_set_options(output->tar, "xattrheader=SCHILY");
        if (r == ARCHIVE_OK)
                r = archive_write_set_bytes_per_block(output->tar, 64u << 10);
        if (r == ARCHIVE_OK)
                r = archive_write_set_bytes_in_last_block(output->tar, 1);
        if (r == ARCHIVE_OK)
                r = archive_write_open2(output->tar, output, NULL, take_tar, NULL, NULL);
        return r == ARCHIVE_OK ? 0 : error_set(err, E_UNEXPECTED_FAILURE, "beginning a tar: %s",
                                               output->tar ? archive_error_string(output->tar) : "out of memory");
}

int output_new(int fd, enum archive_compression compression, struct output **ret, struct error *err)
{
        _cleanup_(output_freep) struct output *output = calloc(1, sizeof(*output));
        int r;

        if (!output)
                return error_memory(err);
        output->fd = fd;
        output->compression = compression;
        sum_begin(&output->plain);
        sum_begin(&output->packed);
        r = queue_new(&output->queue, err);
        if (r >= 0)
                r = begin_tar(output, err);
        if (r < 0)
                return r;
        r = thread_begin(&output->thread, THREAD_STACK, pack, output, err);
        if (r < 0)
                return r;
        output->running = true;
        *ret = take_ptr(output);
        return 0;
}

static void join(struct output *output)
{
        if (output->running)
                pthread_join(output->thread, NULL);
        output->running = false;
}

void output_freep(struct output **output)
{
        if (!*output)
                return;
        if ((*output)->running)
                queue_stop((*output)->queue);
        if ((*output)->tar)
                archive_write_free((*output)->tar);
        join(*output);
        queue_free((*output)->queue);
        free(*output);
}

struct archive *output_tar(struct output *output)
{
        return output->tar;
}

int output_failed(struct output *output, struct error *err)
{
        const char *why = archive_error_string(output->tar);

        if (!queue_is_stopped(output->queue))
                return error_set(err, E_UNEXPECTED_FAILURE, "writing the tar: %s", why ? why : "libarchive does not say why");
        join(output);
        *err = output->err;
        return err->code;
}

int output_end(struct output *output, struct archive_sums *ret, struct error *err)
{
        if (archive_write_close(output->tar) != ARCHIVE_OK)
                return output_failed(output, err);
        queue_end(output->queue);
        join(output);
        if (output->err.code) {
                *err = output->err;
                return err->code;
        }
        sum_end_text(&output->packed, ret->digest);
        if (output->compression == ARCHIVE_NONE)
                memcpy(ret->diff_id, ret->digest, sizeof(ret->diff_id));
        else
                sum_end_text(&output->plain, ret->diff_id);
        ret->size = output->size;
        ret->bytes = output->bytes;
        return 0;
}

uint64_t output_bytes(const struct output *output)
{
        return output->bytes;
}
