/* A folder of the transport form as a tar.  Directories before what is in them, names in the order of their bytes. */
#include <stdlib.h>
#include <string.h>

#include "hcs/base/text.h"
#include "layers/windows/links.h"
#include "layers/windows/names.h"
#include "layers/windows/stream.h"
#include "layers/windows/tombstones.h"

#define DEPTH_MAX 400
#define PIECE (128u << 10)
#define TELL_EVERY 128
#define RECYCLED "Files/$Recycle.Bin"   /* what users threw away is left out, as other tools leave it out */

struct packer {
        struct winfolder folder;
        struct wintar_writer writer;
        struct winlinks links;
        const struct winlayer_progress *progress;
        struct wintar_times standard;   /* of the directories that HCS makes anew for each export: those of a hive */
        char *piece;
        uint64_t entries;
        bool named;                     /* the failure names its path already */
        struct error *err;
};

static int add_entry(struct packer *packer, struct wintar_entry *entry)
{
        if (!entry->link)
                entry->link = "";
        if (packer->progress && packer->progress->tell && packer->entries % TELL_EVERY == 0)
                packer->progress->tell(packer->progress->context, packer->writer.bytes, packer->entries);
        packer->entries++;
        return wintar_add(&packer->writer, entry, packer->err);
}

/* --- content -------------------------------------------------------------------------------------------------------------- */

static int copy(struct packer *packer, struct winfolder_file *file, uint64_t from, uint64_t length)
{
        while (length > 0) {
                size_t n = length < PIECE ? (size_t)length : PIECE, got = 0;

                if (winfolder_read(file, from, packer->piece, n, &got, packer->err) < 0)
                        return packer->err->code;
                if (got < n)
                        return error_set(packer->err, E_INVALID_DATA, "it became shorter while it was read");
                if (wintar_write(&packer->writer, packer->piece, n, packer->err) < 0)
                        return packer->err->code;
                from += n;
                length -= n;
        }
        return 0;
}

static int put_hole(struct packer *packer, uint64_t length)
{
        memset(packer->piece, 0, length < PIECE ? (size_t)length : PIECE);
        while (length > 0) {
                size_t n = length < PIECE ? (size_t)length : PIECE;

                if (wintar_write(&packer->writer, packer->piece, n, packer->err) < 0)
                        return packer->err->code;
                length -= n;
        }
        return 0;
}

static int put_content(struct packer *packer, struct winfolder_file *file, const struct winstream *stream)
{
        uint64_t at = 0;

        for (size_t i = 0; i < stream->pieces.count; i++) {
                const struct winstream_piece *piece = &stream->pieces.items[i];

                if (put_hole(packer, piece->at - at) < 0 || copy(packer, file, piece->from, piece->length) < 0)
                        return packer->err->code;
                at = piece->at + piece->length;
        }
        return put_hole(packer, stream->size - at);
}

static int put_alternates(struct packer *packer, struct winfolder_file *file, const char *path, const struct winstream *stream,
                          const struct wintar_times *times, struct arena *arena)
{
        for (size_t i = 0; i < stream->alternates.count; i++) {
                const struct winstream_alternate *one = &stream->alternates.items[i];
                struct wintar_entry entry = { .kind = WINTAR_FILE, .path = arena_printf(arena, "%s:%s", path, one->name),
                                              .size = one->length, .times = *times };

                if (!entry.path)
                        return error_memory(packer->err);
                if (add_entry(packer, &entry) < 0 || copy(packer, file, one->from, one->length) < 0)
                        return packer->err->code;
        }
        return 0;
}

/* --- files and directories ------------------------------------------------------------------------------------------------ */

/* What the stream says of a file or of a directory, as an entry. */
static int describe(struct packer *packer, struct arena *arena, const struct winstream *stream, bool is_directory,
                    struct wintar_entry *entry)
{
        if (is_directory != ((stream->attributes & WINFILE_DIRECTORY) != 0) ||
            (is_directory && (stream->has_content || stream->alternates.count)))
                return error_set(packer->err, E_INVALID_DATA, "its attributes or its parts are not those of a %s", is_directory ?
                                 "directory" : "file");
        entry->kind = is_directory ? WINTAR_DIRECTORY : WINTAR_FILE;
        entry->size = stream->size;
        entry->has_attributes = true;
        entry->attributes = stream->attributes;
        entry->security = stream->security;
        entry->extended.items = stream->extended.items;
        entry->extended.count = stream->extended.count;
        if (!stream->reparse.count)
                return 0;
        if (stream->size || stream->alternates.count)
                return error_set(packer->err, E_NOT_SUPPORTED, "it is a link with content, which no archive says");
        entry->kind = WINTAR_LINK;
        return winreparse_read(&stream->reparse, arena, &entry->link, &entry->mount_point, packer->err);
}

static int pack_stream(struct packer *packer, const char *path, const char *transport, bool is_directory, struct arena *arena)
{
        struct winfolder_file file = { .fd = -1 };
        struct wintar_entry entry = { .path = path };
        struct winstream stream;
        int r = winfolder_open_file(&packer->folder, transport, &file, packer->err);

        if (r >= 0)
                r = winstream_read(&file, arena, &stream, packer->err);
        entry.times = file.times;
        if (r >= 0)
                r = describe(packer, arena, &stream, is_directory, &entry);
        if (r >= 0)
                r = add_entry(packer, &entry);
        if (r >= 0 && entry.kind == WINTAR_FILE)
                r = put_content(packer, &file, &stream);
        if (r >= 0)
                r = put_alternates(packer, &file, path, &stream, &entry.times, arena);
        winfolder_close(&file);
        return r;
}

static int pack_hive(struct packer *packer, const char *path, const struct winfolder_entry *what)
{
        struct winfolder_file file = { .fd = -1 };
        int r = winfolder_open_file(&packer->folder, path, &file, packer->err);
        struct wintar_entry entry = { .kind = WINTAR_FILE, .path = path, .size = file.size, .has_attributes = true,
                                      .attributes = what->attributes,
                                      .times = { what->times.written, what->times.written, what->times.written, what->times.written } };

        if (r >= 0)
                r = add_entry(packer, &entry);
        if (r >= 0)
                r = copy(packer, &file, 0, file.size);
        winfolder_close(&file);
        return r;
}

/* A hard link, when the file has been there by another name: *ret_done. */
static int pack_link(struct packer *packer, const char *path, const struct winfolder_entry *what, bool *ret_done)
{
        struct wintar_entry entry = { .kind = WINTAR_HARD_LINK, .path = path, .times = what->times };

        *ret_done = false;
        if (what->names < 2)
                return 0;
        if (winlinks_find(&packer->links, what->device, what->number, path, &entry.link, packer->err) < 0)
                return packer->err->code;
        *ret_done = entry.link != NULL;
        return *ret_done ? add_entry(packer, &entry) : 0;
}

static const struct winfolder_entry *find(const winfolder_list *list, const char *name)
{
        for (size_t i = 0; i < list->count; i++)
                if (text_equal(list->items[i].name, name))
                        return &list->items[i];
        return NULL;
}

/* NAME.$wcidirs$ without NAME would get lost. */
static int check_mark(struct packer *packer, const winfolder_list *list, const char *name, struct arena *arena)
{
        const char *owner = arena_copy_n(arena, name, strlen(name) - strlen(WINNAMES_DIRECTORY));
        const struct winfolder_entry *directory = owner ? find(list, owner) : NULL;

        if (!owner)
                return error_memory(packer->err);
        return directory && directory->is_directory ? 0 :
               error_set(packer->err, E_INVALID_DATA, "it is a directory's, and that is not there");
}

static int pack_directory(struct packer *packer, const char *path, int depth);

static int pack_one(struct packer *packer, const winfolder_list *list, const struct winfolder_entry *what, const char *path, int depth,
                    struct arena *arena)
{
        struct winname name;
        bool done = false;
        int r;

        if (text_ends_with(what->name, WINNAMES_DIRECTORY))
                return check_mark(packer, list, what->name, arena);
        if (winnames_read(path, DEPTH_MAX, &name, packer->err) < 0)
                return packer->err->code;
        if (name.is_mark || *name.stream)
                return error_set(packer->err, E_NOT_SUPPORTED, "a name that an archive takes for a whiteout or for a stream");
        if (what->is_directory) {
                const char *transport = arena_printf(arena, "%s" WINNAMES_DIRECTORY, path);

                r = transport ? pack_stream(packer, path, transport, true, arena) : error_memory(packer->err);
                return r < 0 ? r : pack_directory(packer, path, depth + 1);
        }
        r = pack_link(packer, path, what, &done);
        return r < 0 || done ? r : pack_stream(packer, path, path, false, arena);
}

/* What is in it.  A failure names the deepest path, once. */
static int pack_directory(struct packer *packer, const char *path, int depth)
{
        _cleanup_(arena_done) struct arena names = { 0 };
        winfolder_list list;
        int r = winfolder_read_directory(&packer->folder, path, &names, &list, packer->err);

        if (depth > DEPTH_MAX)
                return error_set(packer->err, E_INVALID_DATA, "%.512s is more than %d directories deep", path, DEPTH_MAX);
        for (size_t i = 0; r >= 0 && i < list.count; i++) {
                const struct winfolder_entry *what = &list.items[i];
                _cleanup_(arena_done) struct arena arena = { 0 };
                const char *below = arena_printf(&arena, "%s/%s", path, what->name);

                if (!below)
                        return error_memory(packer->err);
                if (text_equal(below, RECYCLED) || text_equal(below, RECYCLED WINNAMES_DIRECTORY))
                        continue;
                r = text_equal(path, "Hives") ? pack_hive(packer, below, what) : pack_one(packer, &list, what, below, depth, &arena);
                if (r < 0 && !packer->named)
                        (void)error_wrap(packer->err, "%.512s", below);
                packer->named = r < 0;
        }
        return r;
}

/* --- the top -------------------------------------------------------------------------------------------------------------- */

/* One of the directories that every layer has.  What HCS says of it lies beside it, if anything does. */
static int pack_top(struct packer *packer, const char *path)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        const char *transport = arena_printf(&arena, "%s" WINNAMES_DIRECTORY, path);
        struct wintar_entry entry = { .kind = WINTAR_DIRECTORY, .path = path, .has_attributes = true, .attributes = WINFILE_DIRECTORY,
                                      .times = packer->standard };
        struct winfolder_file file = { .fd = -1 };
        int r = transport ? winfolder_open_file(&packer->folder, transport, &file, packer->err) : error_memory(packer->err);

        winfolder_close(&file);
        if (r == E_FILE_NOT_FOUND)
                return add_entry(packer, &entry);
        r = r < 0 ? r : pack_stream(packer, path, transport, true, &arena);
        return r < 0 ? error_wrap(packer->err, "%s", path) : r;
}

static int pack_tombstones(struct packer *packer)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct strings paths;

        if (wintombstones_read(&packer->folder, &arena, &paths, packer->err) < 0)
                return packer->err->code;
        for (size_t i = 0; i < paths.count; i++) {
                const char *path = paths.items[i], *last = strrchr(path, '/') + 1;
                struct wintar_entry entry = { .kind = WINTAR_FILE, .times = packer->standard };

                entry.path = arena_printf(&arena, "%.*s" WINNAMES_MARK "%s", (int)(last - path), path, last);
                if (!entry.path)
                        return error_memory(packer->err);
                if (add_entry(packer, &entry) < 0)
                        return packer->err->code;
        }
        return 0;
}

/* Files and Hives have to be there, and nothing may be that would get lost. */
static int check_top(struct packer *packer, const winfolder_list *list)
{
        static const char *const known[] = { "Files", "Hives", "UtilityVM", "Files" WINNAMES_DIRECTORY, "Hives" WINNAMES_DIRECTORY,
                                             "UtilityVM" WINNAMES_DIRECTORY, WINTOMBSTONES };

        for (size_t i = 0; i < list->count; i++) {
                bool right = false;

                for (size_t k = 0; k < ARRAY_LENGTH(known); k++)
                        right = right || (text_equal(list->items[i].name, known[k]) && list->items[i].is_directory == (k < 3));
                if (!right)
                        return error_set(packer->err, E_INVALID_DATA, "%s: nobody knows what that is in an exported layer",
                                         list->items[i].name);
        }
        return find(list, "Files") && find(list, "Hives") ? 0 :
               error_set(packer->err, E_INVALID_DATA, "an exported layer has the directories Files and Hives; this one has not");
}

static int pack_utility_vm(struct packer *packer)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        winfolder_list list;

        if (pack_top(packer, "UtilityVM") < 0 || winfolder_read_directory(&packer->folder, "UtilityVM", &arena, &list, packer->err) < 0)
                return packer->err->code;
        for (size_t i = 0; i < list.count; i++)
                if (!text_equal(list.items[i].name, "Files") && !text_equal(list.items[i].name, "Files" WINNAMES_DIRECTORY))
                        return error_set(packer->err, E_INVALID_DATA, "UtilityVM/%s: nobody knows what that is in a layer",
                                         list.items[i].name);
        if (!find(&list, "Files"))
                return 0;
        return pack_top(packer, "UtilityVM/Files") < 0 ? packer->err->code : pack_directory(packer, "UtilityVM/Files", 2);
}

static void find_standard(struct packer *packer)
{
        struct winfolder_file file = { .fd = -1 };
        struct error none = { 0 };

        packer->standard.written = (uint64_t)WINTAR_EPOCH * WINTAR_SECOND;
        if (winfolder_open_file(&packer->folder, "Hives/System_Delta", &file, &none) >= 0)
                packer->standard.written = file.times.written;
        winfolder_close(&file);
        packer->standard.created = packer->standard.read = packer->standard.changed = packer->standard.written;
}

static int pack_all(struct packer *packer)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        winfolder_list list;
        int r = winfolder_read_directory(&packer->folder, "", &arena, &list, packer->err);

        if (r >= 0)
                r = check_top(packer, &list);
        if (r < 0)
                return r;
        find_standard(packer);
        if (pack_top(packer, "Files") < 0 || pack_tombstones(packer) < 0 || pack_directory(packer, "Files", 1) < 0 ||
            pack_top(packer, "Hives") < 0 || pack_directory(packer, "Hives", 1) < 0)
                return packer->err->code;
        r = find(&list, "UtilityVM") ? pack_utility_vm(packer) : 0;
        return r < 0 ? r : wintar_end(&packer->writer, packer->err);
}

int winlayer_pack(const char *folder, const struct winlayer_sink *sink, const struct winlayer_progress *progress,
                  struct winlayer_sums *ret, struct error *err)
{
        struct packer packer = { .folder = { .dir = -1 }, .progress = progress, .err = err };
        int r = winfolder_open(folder, &packer.folder, err);

        wintar_writer_init(&packer.writer, sink);
        packer.piece = malloc(PIECE);
        if (r >= 0 && !packer.piece)
                r = error_memory(err);
        if (r >= 0)
                r = pack_all(&packer);
        winfolder_done(&packer.folder);
        winlinks_done(&packer.links);
        free(packer.piece);
        if (r < 0)
                return r;
        ret->entries = packer.entries;
        ret->bytes = packer.writer.bytes;
        digest_end(&packer.writer.digest, ret->diff_id, DIGEST_TEXT_MAX - 1);
        return 0;
}
