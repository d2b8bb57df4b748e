/* An OCI image layout: index.json leads to a manifest, that to a configuration and to the layers; each by its digest. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/json.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"
#include "src/layer/layer.h"

#define DOCUMENT_MAX (4u << 20)
#define TAG "org.opencontainers.image.ref.name"
#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"
#define INDEX_TYPE_DOCKER "application/vnd.docker.distribution.manifest.list.v2+json"

struct descriptor { const char *media_type, *digest; uint64_t size; struct string_map annotations; };
struct image_index { LIST_OF(struct descriptor) manifests; };
struct manifest { struct descriptor config; LIST_OF(struct descriptor) layers; };
struct rootfs { struct strings diff_ids; };
struct configuration { struct rootfs rootfs; };

static const struct json_field descriptor_fields[] = {
        JSON_TEXT(struct descriptor, "mediaType", media_type),
        JSON_TEXT_F(struct descriptor, "digest", digest, JSON_REQUIRED),
        JSON_UINT(struct descriptor, "size", size),
        JSON_MAP(struct descriptor, "annotations", annotations),
        JSON_END
};

static const struct json_field index_fields[] = {
        JSON_LIST(struct image_index, "manifests", manifests, descriptor_fields),
        JSON_END
};

static const struct json_field manifest_fields[] = {
        JSON_STRUCT_F(struct manifest, "config", config, descriptor_fields, JSON_REQUIRED),
        JSON_LIST(struct manifest, "layers", layers, descriptor_fields),
        JSON_END
};

static const struct json_field rootfs_fields[] = {
        JSON_STRINGS(struct rootfs, "diff_ids", diff_ids),
        JSON_END
};

static const struct json_field configuration_fields[] = {
        JSON_STRUCT_F(struct configuration, "rootfs", rootfs, rootfs_fields, JSON_REQUIRED),
        JSON_END
};

struct reader { struct arena *arena; int dir; struct error *err; };

void layer_image_done(struct layer_image *image)
{
        while (image->count > 0)
                if (image->blobs[--image->count].fd > 2)
                        close(image->blobs[image->count].fd);
}

/* --- files ------------------------------------------------------------------------------------------------------------------ */

static int open_file(const struct reader *reader, const char *name, int *ret, struct error *err)
{
        struct stat what;
        int fd = sys_openat2(reader->dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC, RESOLVE_BENEATH);

        if (fd < 0)
                return error_errno(err, "opening %s", name);
        if (fstat(fd, &what) < 0 || !S_ISREG(what.st_mode)) {
                close(fd);
                return error_set(err, E_INVALID_DATA, "%s is no file", name);
        }
        *ret = fd;
        return 0;
}

int layer_digest_check(const char *digest, struct error *err)
{
        if (text_starts_with(digest, "sha256:") && strlen(digest) == 71 && !digest[7 + strspn(digest + 7, "0123456789abcdef")])
                return 0;
        return error_set(err, E_NOT_SUPPORTED, "the digest \"%.200s\": expected sha256: and 64 hexadecimal digits", digest);
}

static int open_blob(const struct reader *reader, const char *digest, int *ret)
{
        char name[128];

        if (layer_digest_check(digest, reader->err) < 0)
                return reader->err->code;
        snprintf(name, sizeof(name), "blobs/sha256/%s", digest + 7);
        return open_file(reader, name, ret, reader->err);
}

static int parse(const struct reader *reader, const struct text *text, const char *name, const struct json_field *fields, void *ret)
{
        struct json_value *value;
        int r = json_parse(reader->arena, text->data ? text->data : "", text->length, name, &value, reader->err);

        if (r >= 0)
                r = json_read(reader->arena, fields, value, ret, "", JSON_IGNORE_UNKNOWN, reader->err);
        return r < 0 ? error_wrap(reader->err, "%s", name) : r;
}

/* A document that must have the digest by which it is named. */
static int read_blob(const struct reader *reader, const char *digest, const struct json_field *fields, void *ret)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(io_closep) int fd = -1;
        char found[DIGEST_TEXT_MAX];
        struct digest sum;
        int r = open_blob(reader, digest, &fd);

        if (r >= 0)
                r = io_read_all(fd, DOCUMENT_MAX, &text, digest, reader->err);
        if (r < 0)
                return r;
        digest_begin(&sum);
        digest_add(&sum, text.data ? text.data : "", text.length);
        digest_end(&sum, found, DIGEST_TEXT_MAX - 1);
        if (!text_equal(found, digest + 7))
                return error_set(reader->err, E_INVALID_DATA, "%s has the digest sha256:%s", digest, found);
        return parse(reader, &text, digest, fields, ret);
}

/* --- the image -------------------------------------------------------------------------------------------------------------- */

static const char *tag_of(const struct descriptor *descriptor)
{
        for (size_t i = 0; i < descriptor->annotations.count; i++)
                if (text_equal(descriptor->annotations.items[i].key, TAG))
                        return descriptor->annotations.items[i].value;
        return "";
}

static int choose(const struct reader *reader, const struct image_index *index, const char *tag, const struct descriptor **ret)
{
        const struct descriptor *found = NULL;

        for (size_t i = 0; i < index->manifests.count; i++) {
                if (tag && !text_equal(tag_of(&index->manifests.items[i]), tag))
                        continue;
                if (found)
                        return error_set(reader->err, E_INVALID_PARAMETER, "it holds several images; say which: oci:DIRECTORY:TAG");
                found = &index->manifests.items[i];
        }
        if (!found)
                return error_set(reader->err, E_NOT_FOUND, tag ? "it has no image with the tag \"%s\"" : "it has no image%s",
                                 tag ? tag : "");
        if (text_equal(found->media_type, INDEX_TYPE) || text_equal(found->media_type, INDEX_TYPE_DOCKER))
                return error_set(reader->err, E_NOT_SUPPORTED, "its image is one for several platforms; copy the one for this machine with "
                                 "skopeo first");
        *ret = found;
        return 0;
}

static int open_layers(const struct reader *reader, const struct manifest *manifest, const struct configuration *configuration,
                       struct layer_image *ret)
{
        if (manifest->layers.count == 0 || manifest->layers.count > STORE_LAYERS_MAX)
                return error_set(reader->err, E_NOT_SUPPORTED, "it has %zu layers; expected 1 to %d", manifest->layers.count,
                                 STORE_LAYERS_MAX);
        if (configuration->rootfs.diff_ids.count != manifest->layers.count)
                return error_set(reader->err, E_INVALID_DATA, "its configuration has %zu diff_ids, its manifest %zu layers",
                                 configuration->rootfs.diff_ids.count, manifest->layers.count);
        for (size_t i = 0; i < manifest->layers.count; i++) {
                struct layer_blob *blob = &ret->blobs[i];

                *blob = (struct layer_blob){
                        .fd = -1, .digest = manifest->layers.items[i].digest, .size = manifest->layers.items[i].size,
                        .diff_id = configuration->rootfs.diff_ids.items[i],
                };
                if (open_blob(reader, blob->digest, &blob->fd) < 0)
                        return reader->err->code;
                ret->count++;
        }
        return 0;
}

static int read_image(const struct reader *reader, const char *tag, struct layer_image *ret)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(io_closep) int fd = -1;
        struct image_index index = { .manifests = { .count = 0 } };
        struct manifest manifest = { .layers = { .count = 0 } };
        struct configuration configuration = { .rootfs = { .diff_ids = { .count = 0 } } };
        const struct descriptor *chosen = NULL;
        int r = open_file(reader, "index.json", &fd, reader->err);

        if (r >= 0)
                r = io_read_all(fd, DOCUMENT_MAX, &text, "index.json", reader->err);
        if (r >= 0)
                r = parse(reader, &text, "index.json", index_fields, &index);
        if (r >= 0)
                r = choose(reader, &index, tag, &chosen);
        if (r >= 0)
                r = read_blob(reader, chosen->digest, manifest_fields, &manifest);
        if (r >= 0)
                r = read_blob(reader, manifest.config.digest, configuration_fields, &configuration);
        return r < 0 ? r : open_layers(reader, &manifest, &configuration, ret);
}

int layer_image_open(struct arena *arena, const char *what, struct layer_image *ret, struct error *err)
{
        const char *colon = strrchr(what, ':');
        const char *path = colon ? arena_copy_n(arena, what, (size_t)(colon - what)) : what;
        _cleanup_(io_closep) int dir = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
        const struct reader reader = { .arena = arena, .dir = dir, .err = err };
        int r;

        if (dir < 0)
                return path ? error_errno(err, "opening the image %s", path) : error_memory(err);
        r = read_image(&reader, colon ? colon + 1 : NULL, ret);
        return r < 0 ? error_wrap(err, "the image %s", what) : r;
}
