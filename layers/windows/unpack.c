/* A tar as a folder of the transport form: entry by entry, each judged before anything of it is made. */
#include <stdlib.h>
#include <string.h>

#include "hcs/base/text.h"
#include "layers/windows/names.h"
#include "layers/windows/seen.h"
#include "layers/windows/stream.h"
#include "layers/windows/tombstones.h"

#define PIECE (128u << 10)
#define TELL_EVERY 128

struct unpacker {
        const struct winlayer_limits *limits;
        const struct winlayer_progress *progress;
        struct winfolder folder;
        struct wintar_reader reader;
        struct winseen seen;
        struct winfolder_file tombstones;
        struct winfolder_file file;     /* the last one, which alternate streams may yet be added to */
        char file_path[WINNAMES_PATH_MAX + 1];
        struct wintar_times file_times;
        char *piece;
        uint64_t entries;
        struct error *err;
};

static int refuse(struct unpacker *unpacker, const char *why)
{
        return error_set(unpacker->err, E_INVALID_DATA, "%s", why);
}

/* --- the last file -------------------------------------------------------------------------------------------------------- */

static int finish_file(struct unpacker *unpacker)
{
        int r = unpacker->file.fd < 0 ? 0 : winfolder_set_times(&unpacker->file, &unpacker->file_times, unpacker->err);

        winfolder_close(&unpacker->file);
        unpacker->file_path[0] = '\0';
        return r;
}

static int copy_content(struct unpacker *unpacker)
{
        size_t got = 1;

        while (got > 0) {
                if (wintar_read(&unpacker->reader, unpacker->piece, PIECE, &got, unpacker->err) < 0 ||
                    winfolder_write(&unpacker->file, unpacker->piece, got, unpacker->err) < 0)
                        return unpacker->err->code;
        }
        return 0;
}

/* --- places --------------------------------------------------------------------------------------------------------------- */

static bool is_top(const char *path)
{
        return text_equal(path, "Files") || text_equal(path, "Hives") || text_equal(path, "UtilityVM") ||
               text_equal(path, "UtilityVM/Files");
}

/* The file that says what a directory is. */
static int write_directory(struct unpacker *unpacker, const char *path, const struct wintar_entry *entry)
{
        char transport[WINNAMES_PATH_MAX + sizeof(WINNAMES_DIRECTORY)];
        uint32_t attributes = (entry->has_attributes ? entry->attributes : 0) | WINFILE_DIRECTORY;
        int r;

        strcpy(transport, path);
        strcat(transport, WINNAMES_DIRECTORY);
        if (entry->kind == WINTAR_LINK)
                attributes |= WINFILE_REPARSE_POINT;
        r = winfolder_make_file(&unpacker->folder, transport, &unpacker->file, unpacker->err);
        if (r >= 0)
                r = winstream_write(&unpacker->file, &unpacker->reader.arena, entry, attributes, unpacker->err);
        unpacker->file_times = entry->times;
        return r < 0 ? r : finish_file(unpacker);
}

static int make_directory(struct unpacker *unpacker, const char *path, const struct wintar_entry *entry, enum winseen_kind kind)
{
        if (winfolder_make_directory(&unpacker->folder, path, unpacker->err) < 0 || write_directory(unpacker, path, entry) < 0)
                return unpacker->err->code;
        return winseen_put(&unpacker->seen, path, kind, unpacker->err);
}

/* The directories above it: those that have not been there are made, and may yet come. */
static int make_way(struct unpacker *unpacker, const char *path)
{
        const struct wintar_entry plain = { .kind = WINTAR_DIRECTORY, .path = path, .link = "",
                                            .times = { WINTAR_EPOCH * WINTAR_SECOND, WINTAR_EPOCH * WINTAR_SECOND,
                                                       WINTAR_EPOCH * WINTAR_SECOND, WINTAR_EPOCH * WINTAR_SECOND } };
        char parent[WINNAMES_PATH_MAX + 1];
        const char *slash = strrchr(path, '/');
        enum winseen_kind kind;
        int same;

        if (!slash)
                return 0;
        memcpy(parent, path, (size_t)(slash - path));
        parent[slash - path] = '\0';
        kind = winseen_find(&unpacker->seen, parent, &same);
        if (kind != WINSEEN_NONE && !same)
                return refuse(unpacker, "the directory that it is in was spelled otherwise before");
        if (kind == WINSEEN_DIRECTORY || kind == WINSEEN_ON_THE_WAY)
                return 0;
        if (kind != WINSEEN_NONE)
                return refuse(unpacker, kind == WINSEEN_LINK ? "its path leads through a link, which may lead out of the layer" :
                              kind == WINSEEN_DELETED ? "its path leads through what the same layer deletes" :
                                      "its path leads through a file");
        if (make_way(unpacker, parent) < 0)
                return unpacker->err->code;
        return make_directory(unpacker, parent, &plain, WINSEEN_ON_THE_WAY);
}

/* Nothing comes twice, however it is spelled; but a directory that was on the way may come itself. */
static int check_new(struct unpacker *unpacker, const char *path, bool is_directory, bool *ret_there)
{
        int same;
        enum winseen_kind kind = winseen_find(&unpacker->seen, path, &same);

        *ret_there = kind == WINSEEN_ON_THE_WAY && is_directory && same;
        if (kind == WINSEEN_NONE || *ret_there)
                return 0;
        if (kind == WINSEEN_DELETED)
                return refuse(unpacker, "the same layer deletes it");
        return refuse(unpacker, same ? "it is there twice" : "it is there twice: another spelling is the same name to Windows");
}

/* --- entries -------------------------------------------------------------------------------------------------------------- */

static int unpack_directory(struct unpacker *unpacker, const struct winname *name, const struct wintar_entry *entry)
{
        char transport[WINNAMES_PATH_MAX + sizeof(WINNAMES_DIRECTORY)];
        enum winseen_kind kind = entry->kind == WINTAR_LINK ? WINSEEN_LINK : WINSEEN_DIRECTORY;
        bool there;

        if (winnames_is_hive(name->path))
                return refuse(unpacker, "a directory among the hives");
        if (check_new(unpacker, name->path, entry->kind == WINTAR_DIRECTORY, &there) < 0 || make_way(unpacker, name->path) < 0)
                return unpacker->err->code;
        if (entry->kind == WINTAR_LINK && is_top(name->path))
                return refuse(unpacker, "a link in the place of a directory that every layer has");
        if (!there)
                return make_directory(unpacker, name->path, entry, kind);
        strcpy(transport, name->path);
        strcat(transport, WINNAMES_DIRECTORY);
        if (winfolder_remove_file(&unpacker->folder, transport, unpacker->err) < 0 || write_directory(unpacker, name->path, entry) < 0)
                return unpacker->err->code;
        return winseen_put(&unpacker->seen, name->path, kind, unpacker->err);
}

static int unpack_file(struct unpacker *unpacker, const struct winname *name, const struct wintar_entry *entry)
{
        uint32_t attributes = entry->has_attributes ? entry->attributes : 0;
        bool there, hive = winnames_is_hive(name->path);

        if (!hive && !winnames_is_file(name->path))
                return refuse(unpacker, "a file in the place of a directory that every layer has");
        if (hive && entry->kind == WINTAR_LINK)
                return refuse(unpacker, "a link among the hives");
        if (check_new(unpacker, name->path, false, &there) < 0 || make_way(unpacker, name->path) < 0)
                return unpacker->err->code;
        if (winfolder_make_file(&unpacker->folder, name->path, &unpacker->file, unpacker->err) < 0)
                return unpacker->err->code;
        strcpy(unpacker->file_path, name->path);
        unpacker->file_times = entry->times;
        if (entry->kind == WINTAR_LINK)
                attributes |= WINFILE_REPARSE_POINT;
        if (!hive && winstream_write(&unpacker->file, &unpacker->reader.arena, entry, attributes, unpacker->err) < 0)
                return unpacker->err->code;
        if (entry->kind == WINTAR_FILE && copy_content(unpacker) < 0)
                return unpacker->err->code;
        return winseen_put(&unpacker->seen, name->path, entry->kind == WINTAR_LINK ? WINSEEN_LINK : WINSEEN_FILE, unpacker->err);
}

/* Right behind its file, and nowhere else. */
static int unpack_stream(struct unpacker *unpacker, const struct winname *name, const struct wintar_entry *entry)
{
        char whole[2 * WINNAMES_PATH_MAX + 2];
        int same;

        if (entry->kind != WINTAR_FILE)
                return refuse(unpacker, "an alternate stream that is no plain file");
        if (unpacker->file.fd < 0 || !text_equal(unpacker->file_path, name->path) ||
            winseen_find(&unpacker->seen, name->path, &same) != WINSEEN_FILE)
                return refuse(unpacker, "an alternate stream that is not right behind its file");
        strcpy(whole, name->path);
        strcat(whole, ":");
        strcat(whole, name->stream);
        if (strlen(whole) > WINNAMES_PATH_MAX || winseen_find(&unpacker->seen, whole, &same) != WINSEEN_NONE)
                return refuse(unpacker, "an alternate stream that is there twice, or whose name is too long");
        if (winseen_put(&unpacker->seen, whole, WINSEEN_FILE, unpacker->err) < 0 ||
            winstream_write_alternate(&unpacker->file, &unpacker->reader.arena, name->stream, entry->size, unpacker->err) < 0)
                return unpacker->err->code;
        return copy_content(unpacker);
}

/* To a file of the same layer that has been there. */
static int unpack_hard_link(struct unpacker *unpacker, const struct winname *name, const struct wintar_entry *entry)
{
        struct winname target;
        bool there;
        int same;

        if (entry->size)
                return refuse(unpacker, "a hard link with content");
        if (winnames_read(entry->link, unpacker->limits->depth, &target, unpacker->err) < 0)
                return error_wrap(unpacker->err, "a hard link to \"%.255s\"", entry->link);
        if (target.is_mark || *target.stream || !winnames_is_file(target.path) || !winnames_is_file(name->path) ||
            text_starts_with(target.path, "Files/") != text_starts_with(name->path, "Files/"))
                return refuse(unpacker, "a hard link that is not from file to file of Files, or of UtilityVM/Files");
        if (winseen_find(&unpacker->seen, target.path, &same) != WINSEEN_FILE || !same)
                return error_set(unpacker->err, E_NOT_SUPPORTED, "a hard link to \"%.255s\", which is no file of this layer before it",
                                 entry->link);
        if (check_new(unpacker, name->path, false, &there) < 0 || make_way(unpacker, name->path) < 0 ||
            winfolder_link(&unpacker->folder, name->path, target.path, unpacker->err) < 0)
                return unpacker->err->code;
        return winseen_put(&unpacker->seen, name->path, WINSEEN_FILE, unpacker->err);
}

static int unpack_mark(struct unpacker *unpacker, const struct winname *name, const struct wintar_entry *entry)
{
        bool there;

        if (entry->kind != WINTAR_FILE || entry->size)
                return refuse(unpacker, "a whiteout that is no empty file");
        if (check_new(unpacker, name->path, false, &there) < 0 || wintombstones_add(&unpacker->tombstones, name->path, unpacker->err) < 0)
                return unpacker->err->code;
        return winseen_put(&unpacker->seen, name->path, WINSEEN_DELETED, unpacker->err);
}

static int unpack_entry(struct unpacker *unpacker, const struct wintar_entry *entry)
{
        struct winname name;

        if (winnames_read(entry->path, unpacker->limits->depth, &name, unpacker->err) < 0)
                return unpacker->err->code;
        if (*name.stream)
                return unpack_stream(unpacker, &name, entry);
        if (finish_file(unpacker) < 0)
                return unpacker->err->code;
        if (name.is_mark)
                return unpack_mark(unpacker, &name, entry);
        if (entry->kind == WINTAR_HARD_LINK)
                return unpack_hard_link(unpacker, &name, entry);
        if (entry->kind == WINTAR_DIRECTORY || (entry->kind == WINTAR_LINK && (entry->attributes & WINFILE_DIRECTORY)))
                return unpack_directory(unpacker, &name, entry);
        if (entry->attributes & WINFILE_DIRECTORY)
                return refuse(unpacker, "a file with the attributes of a directory");
        return unpack_file(unpacker, &name, entry);
}

/* --- all of it ------------------------------------------------------------------------------------------------------------ */

static void tell(const struct unpacker *unpacker)
{
        if (unpacker->progress && unpacker->progress->tell)
                unpacker->progress->tell(unpacker->progress->context, unpacker->reader.bytes, unpacker->entries);
}

static int unpack_entries(struct unpacker *unpacker)
{
        for (;;) {
                struct wintar_entry entry;
                int r = wintar_next(&unpacker->reader, &entry, unpacker->err);

                if (r != 0)
                        return r < 0 ? r : 0;
                if (++unpacker->entries > unpacker->limits->entries)
                        return error_set(unpacker->err, E_INVALID_DATA, "the archive has more than %llu entries; --max-entries allows more",
                                         (unsigned long long)unpacker->limits->entries);
                if (unpack_entry(unpacker, &entry) < 0)
                        return error_wrap(unpacker->err, "entry \"%.512s\"", entry.path);
                if (unpacker->entries % TELL_EVERY == 0)
                        tell(unpacker);
        }
}

/* Files and Hives, which HCS wants, whatever the archive had. */
static int make_tops(struct unpacker *unpacker)
{
        return make_way(unpacker, "Files/x") < 0 || make_way(unpacker, "Hives/x") < 0 ? unpacker->err->code : 0;
}

static int unpack(struct unpacker *unpacker)
{
        int r = wintombstones_begin(&unpacker->folder, &unpacker->tombstones, unpacker->err);

        if (r >= 0)
                r = unpack_entries(unpacker);
        if (r >= 0)
                r = finish_file(unpacker);
        return r < 0 ? r : make_tops(unpacker);
}

int winlayer_unpack(const struct winlayer_source *source, const char *folder, const struct winlayer_limits *limits,
                    const struct winlayer_progress *progress, struct winlayer_sums *ret, struct error *err)
{
        struct unpacker unpacker = { .limits = limits, .progress = progress, .folder = { .dir = -1 }, .tombstones = { .fd = -1 },
                                     .file = { .fd = -1 }, .err = err };
        int r = winfolder_open(folder, &unpacker.folder, err);

        wintar_reader_init(&unpacker.reader, source, limits->size);
        unpacker.piece = malloc(PIECE);
        if (r >= 0)
                r = unpacker.piece ? unpack(&unpacker) : error_memory(err);
        if (r >= 0) {
                tell(&unpacker);
                ret->entries = unpacker.entries;
                ret->bytes = unpacker.reader.bytes;
                digest_end(&unpacker.reader.digest, ret->diff_id, DIGEST_TEXT_MAX - 1);
        }
        winfolder_close(&unpacker.file);
        winfolder_close(&unpacker.tombstones);
        winfolder_done(&unpacker.folder);
        winseen_done(&unpacker.seen);
        wintar_reader_done(&unpacker.reader);
        free(unpacker.piece);
        return r;
}
