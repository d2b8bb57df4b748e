#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/json.h"
#include "hcs/base/text.h"
#include "src/layer/layer.h"

static const struct cmd_flag flags[] = {
        { "output", 'o', CMD_FLAG_TEXT, "FILE|-", "where to write it (default: -, standard output)" },
        { "compress", 'c', CMD_FLAG_TEXT, "gzip|zstd|none", "how to compress it (default: gzip)" },
        LAYER_FORMAT_FLAG,
        LAYER_PROGRESS_FLAG,
        { .name = NULL },
};

static const char *const media_types[] = {
        [ARCHIVE_NONE] = "application/vnd.oci.image.layer.v1.tar",
        [ARCHIVE_GZIP] = "application/vnd.oci.image.layer.v1.tar+gzip",
        [ARCHIVE_ZSTD] = "application/vnd.oci.image.layer.v1.tar+zstd",
};

static int read_compression(const char *text, enum archive_compression *ret, struct error *err)
{
        if (!text || text_equal(text, "gzip"))
                *ret = ARCHIVE_GZIP;
        else if (text_equal(text, "zstd"))
                *ret = ARCHIVE_ZSTD;
        else if (text_equal(text, "none"))
                *ret = ARCHIVE_NONE;
        else
                return error_set(err, E_INVALID_PARAMETER, "--compress: found \"%s\"; expected gzip, zstd or none", text);
        return 0;
}

struct told { const char *media_type, *digest, *diff_id; uint64_t size, entries, bytes; };

static const struct json_field told_fields[] = {
        JSON_TEXT(struct told, "mediaType", media_type),
        JSON_TEXT(struct told, "digest", digest),
        JSON_TEXT(struct told, "diffId", diff_id),
        JSON_UINT(struct told, "size", size),
        JSON_UINT(struct told, "bytes", bytes),
        JSON_UINT(struct told, "entries", entries),
        JSON_END
};

/* To standard error, when the archive itself goes to standard output. */
static int tell(struct arena *arena, const struct archive_sums *sums, enum archive_compression compression, bool json, int fd,
                struct error *err)
{
        const struct told told = {
                .media_type = media_types[compression], .digest = layer_sum(arena, sums->digest),
                .diff_id = layer_sum(arena, sums->diff_id), .size = sums->size, .entries = sums->entries, .bytes = sums->bytes,
        };
        _cleanup_(text_done) struct text out = { 0 };

        if (json)
                json_write(&out, told_fields, &told);
        else
                text_addf(&out, "digest %s, diffID %s, %" PRIu64 " bytes, %" PRIu64 " entries", told.digest, told.diff_id, told.size,
                          told.entries);
        text_add_char(&out, '\n');
        return text_check(&out, err) < 0 ? err->code : io_write_all(fd, out.data, out.length, "the answer", err);
}

/* Whole, or not there: what is half written has another name. */
static int export_to_file(struct archive_export *wanted, const char *path, struct archive_sums *ret, struct error *err)
{
        _cleanup_(text_done) struct text part = { 0 };
        _cleanup_(io_closep) int fd = -1;
        int r;

        text_addf(&part, "%s.part", path);
        r = text_check(&part, err);
        if (r < 0)
                return r;
        fd = open(part.data, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return error_errno(err, "making %s", part.data);
        wanted->out = fd;
        r = archive_export(wanted, ret, err);
        if (r >= 0 && fsync(fd) < 0)
                r = error_errno(err, "writing %s to the disk", part.data);
        if (r >= 0 && rename(part.data, path) < 0)
                r = error_errno(err, "putting %s in place", path);
        if (r < 0)
                (void)unlink(part.data);
        return r;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(layer_source_done) struct layer_source source = { .count = 0 };
        const char *output = args_text(context->args, "output");
        bool to_stdout = !output || text_equal(output, "-"), json;
        struct layer_progress progress;
        struct archive_sums sums;
        struct archive_export wanted = {
                .parts = source.parts, .out = 1, .progress = { layer_progress_tell, &progress }, .warn = layer_warn,
                .warn_context = (void *)(uintptr_t)context->log,
        };
        int r = read_compression(args_text(context->args, "compress"), &wanted.compression, err);

        if (r >= 0)
                r = layer_format(context, &json, err);
        if (r >= 0)
                r = layer_progress_begin(context, &progress, err);
        if (r >= 0 && to_stdout && isatty(1))
                r = error_set(err, E_INVALID_PARAMETER, "an archive is not for a terminal; give --output FILE, or a pipe");
        if (r >= 0)
                r = layer_source_open(context, &arena, context->words[0], &source, err);
        if (r < 0)
                return r;
        wanted.part_count = source.count;
        wanted.marks_by_name = source.marks_by_name;
        r = to_stdout ? archive_export(&wanted, &sums, err) : export_to_file(&wanted, output, &sums, err);
        layer_progress_end(&progress);
        return r < 0 ? r : tell(&arena, &sums, wanted.compression, json, to_stdout ? 2 : 1, err);
}

const struct cmd cmd_layer_export = {
        .name = "export",
        .usage = "[flags] ID|LAYER",
        .says = "write what a sandbox changed, or a layer, as an OCI layer tar",
        .more = "A sandbox may be running; one that writes meanwhile is better paused.  Of a stack of layers name one: NAME/0, the lowest, "
                "to NAME/N.  The digest is that of the file, the diffID that of the tar in it.",
        .min_words = 1,
        .max_words = 1,
        .flags = flags,
        .run = run,
};
