/* A Windows layer's tar as a file. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/json.h"
#include "hcs/base/text.h"
#include "src/layer/windows.h"

int winfile_format(const struct cmd_context *context, bool *ret_json, struct error *err)
{
        const char *format = args_text(context->args, "format");

        if (format && !text_equal(format, "text") && !text_equal(format, "json"))
                return error_set(err, E_INVALID_PARAMETER, "--format: found \"%s\"; expected text or json", format);
        *ret_json = text_equal(format, "json");
        return 0;
}

/* --- out ------------------------------------------------------------------------------------------------------------------ */

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

static int say(const struct winfile_sums *sums, bool packed, bool json, int fd, struct error *err)
{
        char digest[80], diff_id[80];
        struct told told = {
                .media_type = packed ? "application/vnd.oci.image.layer.v1.tar+gzip" : "application/vnd.oci.image.layer.v1.tar",
                .digest = digest, .diff_id = diff_id, .size = sums->size, .entries = sums->tar.entries, .bytes = sums->tar.bytes,
        };
        _cleanup_(text_done) struct text out = { 0 };

        snprintf(digest, sizeof(digest), "sha256:%s", sums->digest);
        snprintf(diff_id, sizeof(diff_id), "sha256:%s", sums->tar.diff_id);
        if (json)
                json_write(&out, told_fields, &told);
        else
                text_addf(&out, "digest %s, diffID %s, %" PRIu64 " bytes, %" PRIu64 " entries", told.digest, told.diff_id, told.size,
                          told.entries);
        text_add_char(&out, '\n');
        return text_check(&out, err) < 0 ? err->code : io_write_all(fd, out.data, out.length, "the answer", err);
}

static int pack_to(int fd, const char *folder, bool packed, struct winfile_sums *ret, struct error *err)
{
        _cleanup_(wingzip_freep) struct wingzip *gzip = NULL;
        struct winlayer_sink sink;
        int r = wingzip_writer_new(fd, packed, &gzip, err);

        if (r < 0)
                return r;
        sink = wingzip_sink(gzip);
        r = winlayer_pack(folder, &sink, NULL, &ret->tar, err);
        if (r >= 0)
                r = wingzip_end(gzip, err);
        if (r >= 0)
                wingzip_sums(gzip, ret->digest, &ret->size);
        return r;
}

/* What is half written has another name, and goes when it can't become whole. */
static int pack_to_file(const char *path, const char *folder, bool packed, struct winfile_sums *ret, struct error *err)
{
        _cleanup_(text_done) struct text part = { 0 };
        int fd = -1, r;

        text_addf(&part, "%s.part", path);
        r = text_check(&part, err);
        if (r >= 0)
                r = io_create(part.data, &fd, err);
        if (r < 0)
                return r;
        r = pack_to(fd, folder, packed, ret, err);
        if (r >= 0)
                r = io_sync(fd, part.data, err);
        io_closep(&fd);
        if (r >= 0)
                r = io_rename(part.data, path, err);
        if (r < 0)
                io_remove(part.data);
        return r;
}

int winfile_pack(const struct cmd_context *context, const char *folder, struct error *err)
{
        const char *output = args_text(context->args, "output"), *compress = args_text(context->args, "compress");
        bool to_stdout = !output || text_equal(output, "-"), packed = !compress || text_equal(compress, "gzip"), json;
        struct winfile_sums sums;
        int r = winfile_format(context, &json, err);

        if (r >= 0 && !packed && !text_equal(compress, "none"))
                r = error_set(err, E_INVALID_PARAMETER, "--compress: found \"%s\"; expected gzip or none", compress);
        if (r >= 0 && to_stdout && isatty(1))
                r = error_set(err, E_INVALID_PARAMETER, "an archive is not for a terminal; give --output FILE, or a pipe");
        if (r >= 0)
                r = to_stdout ? pack_to(1, folder, packed, &sums, err) : pack_to_file(output, folder, packed, &sums, err);
        return r < 0 ? r : say(&sums, packed, json, to_stdout ? 2 : 1, err);
}

/* --- in ------------------------------------------------------------------------------------------------------------------- */

static int read_number(const struct cmd_context *context, const char *flag, uint64_t most, uint64_t *ret, struct error *err)
{
        const char *text = args_text(context->args, flag);
        uint64_t number;

        if (!text)
                return 0;
        if (text_to_u64(text, &number) < 0 || number == 0 || number > most)
                return error_set(err, E_INVALID_PARAMETER, "--%s: found \"%s\"; expected a number from 1 to %" PRIu64, flag, text, most);
        *ret = number;
        return 0;
}

static int read_limits(const struct cmd_context *context, struct winlayer_limits *limits, struct error *err)
{
        uint64_t depth = limits->depth;

        if (read_number(context, "max-size", INT64_MAX, &limits->size, err) < 0 ||
            read_number(context, "max-entries", UINT32_MAX, &limits->entries, err) < 0 || read_number(context, "max-depth", 400, &depth,
                                                                                                      err) < 0)
                return err->code;
        limits->depth = (uint32_t)depth;
        return 0;
}

int winfile_unpack(const struct cmd_context *context, const char *file, const char *folder, struct winfile_sums *ret, struct error *err)
{
        _cleanup_(wingzip_freep) struct wingzip *gzip = NULL;
        struct winlayer_limits limits = WINLAYER_LIMITS;
        struct winlayer_source source;
        int fd = 0, r = read_limits(context, &limits, err);

        if (r >= 0 && !text_equal(file, "-"))
                r = io_open(file, &fd, err);
        if (r < 0)
                return r;
        r = wingzip_reader_new(fd, &gzip, err);
        if (r >= 0) {
                source = wingzip_source(gzip);
                r = winlayer_unpack(&source, folder, &limits, NULL, &ret->tar, err);
        }
        if (r >= 0)
                wingzip_sums(gzip, ret->digest, &ret->size);
        if (fd > 0)
                io_closep(&fd);
        return r < 0 ? error_wrap(err, "%s", text_equal(file, "-") ? "standard input" : file) : 0;
}
