#include "layers/windows/stream.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/text.h"
#include "hcs/base/utf16.h"

enum { DATA = 1, EXTENDED, SECURITY, ALTERNATE, LINK, PROPERTY, OBJECT_ID, REPARSE, SPARSE, TRANSACTION };

#define HEAD 20u
#define PART_MAX (64u << 10)            /* of what is kept in memory: Windows has no larger one */
#define NAME_MAX_BYTES 1024u
#define PIECES_MAX (1u << 20)
#define END ":$DATA"

struct head { uint32_t kind, flags, name_length; uint64_t size; };

static int cut_off(struct error *err)
{
        return error_set(err, E_INVALID_DATA, "its backup stream is cut off");
}

/* --- in ------------------------------------------------------------------------------------------------------------------- */

struct reading { struct winfolder_file *file; struct arena *arena; struct winstream *stream; uint64_t at, end; size_t room;
                 struct error *err; };

static int take(struct reading *reading, void *bytes, size_t length)
{
        size_t got = 0;

        if (length > reading->end - reading->at)
                return cut_off(reading->err);
        if (winfolder_read(reading->file, reading->at, bytes, length, &got, reading->err) < 0)
                return reading->err->code;
        reading->at += got;
        return got == length ? 0 : cut_off(reading->err);
}

static int take_head(struct reading *reading, struct head *ret)
{
        unsigned char bytes[HEAD];

        if (take(reading, bytes, sizeof(bytes)) < 0)
                return reading->err->code;
        *ret = (struct head){ (uint32_t)winstream_number(bytes, 4), (uint32_t)winstream_number(bytes + 4, 4),
                              (uint32_t)winstream_number(bytes + 16, 4), winstream_number(bytes + 8, 8) };
        if (ret->name_length > NAME_MAX_BYTES || ret->name_length % 2 || (ret->name_length && ret->kind != ALTERNATE))
                return error_set(reading->err, E_INVALID_DATA, "its backup stream has a name where none can be");
        if (ret->name_length > reading->end - reading->at || ret->size > reading->end - reading->at - ret->name_length)
                return cut_off(reading->err);
        return 0;
}

static int take_part(struct reading *reading, const struct head *head, struct bytes *ret)
{
        unsigned char *bytes;

        if (head->size > PART_MAX || ret->count)
                return error_set(reading->err, E_INVALID_DATA, ret->count ? "its backup stream has a part twice" :
                                 "its backup stream has a part that is too large");
        bytes = arena_alloc(reading->arena, (size_t)head->size + 1);
        if (!bytes)
                return error_memory(reading->err);
        if (take(reading, bytes, (size_t)head->size) < 0)
                return reading->err->code;
        *ret = (struct bytes){ bytes, (size_t)head->size };
        return 0;
}

static int add_piece(struct reading *reading, uint64_t from, uint64_t at, uint64_t length)
{
        struct winstream *stream = reading->stream;

        if (at < stream->size || at > INT64_MAX || length > INT64_MAX - at)
                return error_set(reading->err, E_INVALID_DATA, "its backup stream has blocks that are not one behind the other");
        stream->size = at + length;
        if (!length)
                return 0;
        if (stream->pieces.count == reading->room) {
                size_t room = reading->room ? 2 * reading->room : 4;
                struct winstream_piece *more = room <= PIECES_MAX ? arena_alloc_array(reading->arena, room, sizeof(*more)) : NULL;

                if (!more)
                        return room <= PIECES_MAX ? error_memory(reading->err) :
                               error_set(reading->err, E_NOT_SUPPORTED, "it has more than %u blocks between holes", PIECES_MAX);
                if (stream->pieces.count)
                        memcpy(more, stream->pieces.items, stream->pieces.count * sizeof(*more));
                stream->pieces.items = more;
                reading->room = room;
        }
        stream->pieces.items[stream->pieces.count++] = (struct winstream_piece){ from, at, length };
        return 0;
}

static int read_content(struct reading *reading, const struct head *head)
{
        if (reading->stream->has_content)
                return error_set(reading->err, E_INVALID_DATA, "its backup stream has content twice");
        reading->stream->has_content = true;
        if (add_piece(reading, reading->at, 0, head->size) < 0)
                return reading->err->code;
        reading->at += head->size;
        return 0;
}

/* Where it begins in the file, then its bytes; the last one is empty, and where it is the file ends. */
static int read_block(struct reading *reading, const struct head *head)
{
        unsigned char at[8];

        if (head->size < sizeof(at))
                return cut_off(reading->err);
        if (take(reading, at, sizeof(at)) < 0)
                return reading->err->code;
        reading->stream->has_content = true;
        if (add_piece(reading, reading->at, winstream_number(at, 8), head->size - sizeof(at)) < 0)
                return reading->err->code;
        reading->at += head->size - sizeof(at);
        return 0;
}

static int read_name(struct reading *reading, const struct head *head, const char **ret)
{
        _cleanup_(free_charp) char *name = NULL;
        char16_t wide[NAME_MAX_BYTES / 2 + 1] = { 0 };
        unsigned char bytes[NAME_MAX_BYTES];
        char *copy;
        size_t length;

        if (take(reading, bytes, head->name_length) < 0)
                return reading->err->code;
        for (size_t i = 0; i < head->name_length / 2; i++)
                wide[i] = (char16_t)winstream_number(bytes + 2 * i, 2);
        if (utf16_length(wide) != head->name_length / 2 || utf16_to_utf8(wide, &name, reading->err) < 0)
                return error_set(reading->err, E_INVALID_DATA, "it has an alternate stream whose name is none");
        length = strlen(name);
        if (text_ends_with(name, END))
                length -= strlen(END);
        copy = arena_copy_n(reading->arena, name, length);
        if (!copy)
                return error_memory(reading->err);
        if (*copy != ':' || !copy[1] || strpbrk(copy + 1, ":/\\"))
                return error_set(reading->err, E_INVALID_DATA, "it has an alternate stream whose name is none");
        *ret = copy + 1;
        return 0;
}

static int read_alternate(struct reading *reading, const struct head *head)
{
        struct winstream *stream = reading->stream;
        size_t count = stream->alternates.count;
        struct winstream_alternate *more = arena_alloc_array(reading->arena, count + 1, sizeof(*more)), found = { .name = NULL };

        if (!more)
                return error_memory(reading->err);
        if (count >= 256 || (head->flags & 8))
                return error_set(reading->err, E_NOT_SUPPORTED, count >= 256 ? "it has more than 256 alternate streams" :
                                 "it has an alternate stream with holes, which no archive says");
        if (read_name(reading, head, &found.name) < 0)
                return reading->err->code;
        found.from = reading->at;
        found.length = head->size;
        reading->at += head->size;
        if (count)
                memcpy(more, stream->alternates.items, count * sizeof(*more));
        for (; count > 0 && strcmp(more[count - 1].name, found.name) > 0; count--)
                more[count] = more[count - 1];
        more[count] = found;
        stream->alternates.items = more;
        stream->alternates.count++;
        return 0;
}

static int read_extended(struct reading *reading, const struct head *head)
{
        struct bytes bytes = { .count = 0 };

        if (reading->stream->extended.count)
                return error_set(reading->err, E_INVALID_DATA, "its backup stream has a part twice");
        if (take_part(reading, head, &bytes) < 0)
                return reading->err->code;
        return winextended_read(&bytes, reading->arena, &reading->stream->extended.items, &reading->stream->extended.count, reading->err);
}

static int read_next(struct reading *reading)
{
        struct head head;

        if (take_head(reading, &head) < 0)
                return reading->err->code;
        switch (head.kind) {
        case DATA: return read_content(reading, &head);
        case EXTENDED: return read_extended(reading, &head);
        case SECURITY: return take_part(reading, &head, &reading->stream->security);
        case ALTERNATE: return read_alternate(reading, &head);
        case REPARSE: return take_part(reading, &head, &reading->stream->reparse);
        case SPARSE: return read_block(reading, &head);
        case LINK: case PROPERTY: case OBJECT_ID: case TRANSACTION:
                reading->at += head.size;
                return 0;
        default:
                return error_set(reading->err, E_INVALID_DATA, "its backup stream has a part of the unknown kind %u", head.kind);
        }
}

int winstream_read(struct winfolder_file *file, struct arena *arena, struct winstream *ret, struct error *err)
{
        struct reading reading = { .file = file, .arena = arena, .stream = ret, .end = file->size, .err = err };
        unsigned char attributes[4];
        int r;

        *ret = (struct winstream){ .attributes = 0 };
        r = take(&reading, attributes, sizeof(attributes));
        ret->attributes = (uint32_t)winstream_number(attributes, 4);
        while (r >= 0 && reading.at < reading.end)
                r = read_next(&reading);
        return r;
}

/* --- out ------------------------------------------------------------------------------------------------------------------ */

static int put_head(struct winfolder_file *file, uint32_t kind, uint64_t size, uint32_t name_length, struct error *err)
{
        unsigned char bytes[HEAD] = { 0 };

        winstream_set(bytes, 4, kind);
        winstream_set(bytes + 8, 8, size);
        winstream_set(bytes + 16, 4, name_length);
        return winfolder_write(file, bytes, sizeof(bytes), err);
}

static int put_part(struct winfolder_file *file, uint32_t kind, const struct bytes *bytes, struct error *err)
{
        int r = bytes->count ? put_head(file, kind, bytes->count, 0, err) : 0;

        return r < 0 || !bytes->count ? r : winfolder_write(file, bytes->items, bytes->count, err);
}

int winstream_write(struct winfolder_file *file, struct arena *arena, const struct wintar_entry *entry, uint32_t attributes,
                    struct error *err)
{
        struct bytes extended = { .count = 0 }, reparse = { .count = 0 };
        unsigned char head[4];
        int r = winextended_write(entry, arena, &extended, err);

        if (r >= 0 && entry->kind == WINTAR_LINK)
                r = winreparse_write(entry->link, entry->mount_point, arena, &reparse, err);
        winstream_set(head, 4, attributes);
        if (r >= 0)
                r = winfolder_write(file, head, sizeof(head), err);
        if (r >= 0)
                r = put_part(file, SECURITY, &entry->security, err);
        if (r >= 0)
                r = put_part(file, EXTENDED, &extended, err);
        if (r >= 0)
                r = put_part(file, REPARSE, &reparse, err);
        return r < 0 || entry->kind != WINTAR_FILE ? r : put_head(file, DATA, entry->size, 0, err);
}

int winstream_write_alternate(struct winfolder_file *file, struct arena *arena, const char *name, uint64_t size, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        const char *whole = arena_printf(arena, ":%s" END, name);
        unsigned char *bytes;
        size_t length;

        if (!whole || utf16_from_utf8(whole, &wide, err) < 0)
                return whole ? err->code : error_memory(err);
        length = utf16_length(wide);
        bytes = arena_alloc(arena, 2 * length);
        if (!bytes)
                return error_memory(err);
        for (size_t i = 0; i < length; i++)
                winstream_set(bytes + 2 * i, 2, wide[i]);
        if (2 * length > NAME_MAX_BYTES)
                return error_set(err, E_INVALID_DATA, "its alternate stream has a name of %zu characters", length);
        if (put_head(file, ALTERNATE, size, (uint32_t)(2 * length), err) < 0)
                return err->code;
        return winfolder_write(file, bytes, 2 * length, err);
}
