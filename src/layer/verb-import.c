#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/system.h"
#include "hcs/base/text.h"
#include "oci/annotations.h"
#include "src/layer/layer.h"

static const struct cmd_flag flags[] = {
        { "digest", 0, CMD_FLAG_TEXT, "sha256:DIGITS", "refuse a FILE that has another (an image has its own)" },
        { "devices", 0, CMD_FLAG_BOOL, NULL, "make device nodes, too (root only); else they are refused" },
        { "max-size", 0, CMD_FLAG_TEXT, "SIZE", "refuse more than this, unpacked (default: 64G)" },
        { "max-entries", 0, CMD_FLAG_TEXT, "N", "refuse more entries (default: 1000000)" },
        { "max-depth", 0, CMD_FLAG_TEXT, "N", "refuse deeper directories (default: 128, at most 400)" },
        { "max-ratio", 0, CMD_FLAG_TEXT, "N", "refuse what grows more when it is decompressed (default: 10000, from 256M on)" },
        LAYER_FORMAT_FLAG,
        LAYER_PROGRESS_FLAG,
        { .name = NULL },
};

static int read_number(const struct cmd_context *context, const char *flag, uint32_t most, uint32_t *ret, struct error *err)
{
        const char *text = args_text(context->args, flag);
        uint32_t number;

        if (!text)
                return 0;
        if (text_to_u32(text, &number) < 0 || number == 0 || number > most)
                return error_set(err, E_INVALID_PARAMETER, "--%s: found \"%s\"; expected a number from 1 to %u", flag, text, most);
        *ret = number;
        return 0;
}

static int read_limits(const struct cmd_context *context, struct archive_limits *limits, struct error *err)
{
        const char *size = args_text(context->args, "max-size");
        uint32_t entries = (uint32_t)limits->entries;

        if (size && annotations_read_size(size, &limits->size) < 0)
                return error_set(err, E_INVALID_PARAMETER, "--max-size: found \"%s\"; expected a size such as \"64M\" or \"1G\"", size);
        if (read_number(context, "max-entries", UINT32_MAX, &entries, err) < 0 ||
            read_number(context, "max-depth", 400, &limits->depth, err) < 0 ||
            read_number(context, "max-ratio", 1000000, &limits->ratio, err) < 0)
                return err->code;
        limits->entries = entries;
        return 0;
}

static int open_file(const char *name, const char *digest, struct layer_image *ret, struct error *err)
{
        struct stat what;
        int fd = text_equal(name, "-") ? 0 : open(name, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return error_errno(err, "opening %s", name);
        ret->blobs[ret->count++] = (struct layer_blob){ .fd = fd, .wanted = digest };
        if (fstat(fd, &what) < 0)
                return error_errno(err, "looking at %s", name);
        if (S_ISDIR(what.st_mode))
                return error_set(err, E_INVALID_PARAMETER, "%s is a directory; an image's is named oci:%s", name, name);
        if (S_ISREG(what.st_mode))
                ret->blobs[0].size = (uint64_t)what.st_size;
        return 0;
}

/* What the caller or the image says of the layer must be so. */
static int check(const struct layer_blob *blob, const struct store_layer *layer, struct error *err)
{
        if (blob->wanted && !text_equal(layer->digest, blob->wanted))
                return error_set(err, E_INVALID_DATA, "it has the digest %s; --digest says %s", layer->digest, blob->wanted);
        if (!blob->digest)
                return 0;
        if (layer->size != blob->size || !text_equal(layer->digest, blob->digest))
                return error_set(err, E_INVALID_DATA, "its file has %" PRIu64 " bytes and the digest %s; the image says %" PRIu64 " and %s",
                                 layer->size, layer->digest, blob->size, blob->digest);
        if (blob->diff_id && !text_equal(layer->diff_id, blob->diff_id))
                return error_set(err, E_INVALID_DATA, "the tar in it has the digest %s; the image says %s", layer->diff_id, blob->diff_id);
        return 0;
}

static int import_one(struct arena *arena, const struct store_making *making, unsigned number, const struct layer_blob *blob,
                      struct archive_import *wanted, struct store_layer *ret, struct error *err)
{
        _cleanup_(io_closep) int dir = -1;
        struct archive_sums sums;
        int r = store_add_tree(making, number, &dir, err);

        if (r < 0)
                return r;
        wanted->in = blob->fd;
        wanted->dir = dir;
        wanted->total = blob->size;
        r = archive_import(wanted, &sums, err);
        if (r < 0)
                return r;
        *ret = (struct store_layer){
                .digest = layer_sum(arena, sums.digest), .diff_id = layer_sum(arena, sums.diff_id), .tree = layer_sum(arena, sums.tree),
                .size = sums.size, .bytes = sums.bytes, .entries = sums.entries,
        };
        return ret->digest && ret->diff_id && ret->tree ? check(blob, ret, err) : error_memory(err);
}

static int import_all(struct arena *arena, const struct store_making *making, const struct layer_image *image,
                      struct archive_import *wanted, struct store_record *record, struct error *err)
{
        record->layers.items = arena_alloc_array(arena, image->count, sizeof(*record->layers.items));
        if (!record->layers.items)
                return error_memory(err);
        for (size_t i = 0; i < image->count; i++) {
                int r = import_one(arena, making, (unsigned)i, &image->blobs[i], wanted, &record->layers.items[i], err);

                if (r < 0)
                        return image->blobs[i].digest ? error_wrap(err, "layer %zu of the image", i) : r;
                record->layers.count++;
        }
        return 0;
}

static int tell(const struct store_record *record, bool json, struct error *err)
{
        _cleanup_(text_done) struct text out = { 0 };

        if (json) {
                json_write(&out, store_record_fields, record);
                text_add_char(&out, '\n');
        }
        for (size_t i = 0; !json && i < record->layers.count; i++)
                text_addf(&out, "digest %s, diffID %s, %" PRIu64 " bytes, %" PRIu64 " entries\n", record->layers.items[i].digest,
                          record->layers.items[i].diff_id, record->layers.items[i].size, record->layers.items[i].entries);
        return text_check(&out, err) < 0 ? err->code : cmd_print(out.data, err);
}

static int import(struct cmd_context *context, struct arena *arena, const struct layer_image *image, struct archive_import *wanted,
                  struct store_record *record, struct error *err)
{
        struct store store = { .dir = -1 };
        struct store_making making = { .dir = -1 };
        char now[40];
        int r = layer_store(arena, true, &store, err);

        system_time(now);
        record->name = context->words[1];
        record->created = now;
        record->source = context->words[0];
        if (r >= 0)
                r = store_begin(&store, context->words[1], &making, err);
        if (r >= 0)
                r = import_all(arena, &making, image, wanted, record, err);
        if (r >= 0)
                r = store_commit(&making, record, err);
        record->created = arena_copy(arena, now);
        store_making_done(&making);
        io_closep(&store.dir);
        return r;
}

static int open_source(const struct cmd_context *context, struct arena *arena, struct layer_image *ret, struct error *err)
{
        const char *what = context->words[0], *digest = args_text(context->args, "digest");

        if (digest && layer_digest_check(digest, err) < 0)
                return error_wrap(err, "--digest");
        if (!text_starts_with(what, "oci:"))
                return open_file(what, digest, ret, err);
        if (digest)
                return error_set(err, E_INVALID_PARAMETER, "--digest: an image says itself what digests its layers have");
        return layer_image_open(arena, what + 4, ret, err);
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(layer_image_done) struct layer_image image = { .count = 0 };
        const char *what = context->words[0];
        struct layer_progress progress;
        struct archive_import wanted = {
                .limits = ARCHIVE_LIMITS, .devices = args_has(context->args, "devices"), .progress = { layer_progress_tell, &progress },
                .warn = layer_warn, .warn_context = (void *)(uintptr_t)context->log,
        };
        struct store_record record = { .layers = { .count = 0 } };
        bool json;
        int r = read_limits(context, &wanted.limits, err);

        if (r >= 0)
                r = layer_format(context, &json, err);
        if (r >= 0)
                r = layer_progress_begin(context, &progress, err);
        if (r >= 0)
                r = store_check_name(context->words[1], err);
        if (r >= 0)
                r = open_source(context, &arena, &image, err);
        if (r < 0)
                return r;
        layer_limit_memory();
        r = import(context, &arena, &image, &wanted, &record, err);
        layer_progress_end(&progress);
        return r < 0 ? error_wrap(err, "importing %s", what) : tell(&record, json, err);
}

const struct cmd cmd_layer_import = {
        .name = "import",
        .usage = "[flags] FILE|-|oci:DIRECTORY[:TAG] NAME",
        .says = "make a layer of an OCI layer tar, or a stack of them of an image",
        .more = "The archive may be plain or compressed by gzip, zstd, xz or bzip2.  It becomes a layer whole, or nothing is left of it.  "
                "oci:DIRECTORY is an OCI image layout, as skopeo and buildah write it.",
        .min_words = 2,
        .max_words = 2,
        .flags = flags,
        .run = run,
};
