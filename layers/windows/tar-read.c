#include "layers/windows/tar.h"

#include <string.h>

void wintar_reader_init(struct wintar_reader *reader, const struct winlayer_source *source, uint64_t limit)
{
        *reader = (struct wintar_reader){ .source = source, .limit = limit };
        digest_begin(&reader->digest);
}

void wintar_reader_done(struct wintar_reader *reader)
{
        arena_done(&reader->arena);
}

/* --- bytes ---------------------------------------------------------------------------------------------------------------- */

/* As many as there are, up to `size`; counted, limited and digested. */
static int take(struct wintar_reader *reader, void *bytes, size_t size, size_t *ret, struct error *err)
{
        size_t got = 0;

        while (got < size) {
                size_t n = 0;
                int r = reader->source->read(reader->source->context, (char *)bytes + got, size - got, &n, err);

                if (r < 0)
                        return r;
                if (n == 0)
                        break;
                got += n;
        }
        reader->bytes += got;
        if (reader->bytes > reader->limit)
                return error_set(err, E_INVALID_DATA, "the archive has more than %llu bytes; --max-size allows more",
                                 (unsigned long long)reader->limit);
        digest_add(&reader->digest, bytes, got);
        *ret = got;
        return 0;
}

static int take_all(struct wintar_reader *reader, void *bytes, size_t size, struct error *err)
{
        size_t got = 0;
        int r = take(reader, bytes, size, &got, err);

        return r < 0 || got == size ? r : error_set(err, E_INVALID_DATA, "the archive ends in the middle of an entry");
}

static int skip(struct wintar_reader *reader, uint64_t length, struct error *err)
{
        char piece[8192];

        while (length > 0) {
                size_t n = length < sizeof(piece) ? (size_t)length : sizeof(piece);

                if (take_all(reader, piece, n, err) < 0)
                        return err->code;
                length -= n;
        }
        return 0;
}

int wintar_read(struct wintar_reader *reader, void *bytes, size_t size, size_t *ret, struct error *err)
{
        size = size < reader->left ? size : (size_t)reader->left;
        if (take_all(reader, bytes, size, err) < 0)
                return err->code;
        reader->left -= size;
        *ret = size;
        return 0;
}

/* To the end of the file: behind the end of a tar there is nothing that counts, but its digest has it. */
static int take_rest(struct wintar_reader *reader, struct error *err)
{
        char piece[8192];
        size_t got = 1;
        int r = 0;

        while (r >= 0 && got > 0)
                r = take(reader, piece, sizeof(piece), &got, err);
        return r < 0 ? r : WINTAR_END;
}

/* --- headers -------------------------------------------------------------------------------------------------------------- */

unsigned wintar_sum(const struct wintar_header *header)
{
        const unsigned char *bytes = (const unsigned char *)header;
        size_t from = offsetof(struct wintar_header, sum), to = from + sizeof(header->sum);
        unsigned sum = 0;

        for (size_t i = 0; i < sizeof(*header); i++)
                sum += i >= from && i < to ? ' ' : bytes[i];
        return sum;
}

/* Octal, blanks around it; or binary, when the first bit is set. */
static int read_number(const char *field, size_t size, uint64_t *ret)
{
        uint64_t number = 0;
        size_t at = 0;

        if (field[0] & 0x80) {
                for (at = 0; at < size; at++) {
                        if (number >> 56)
                                return -1;
                        number = number << 8 | (unsigned char)(at == 0 ? field[at] & 0x7f : field[at]);
                }
                *ret = number;
                return 0;
        }
        while (at < size && field[at] == ' ')
                at++;
        for (; at < size && field[at] >= '0' && field[at] <= '7'; at++) {
                if (number >> 60)
                        return -1;
                number = number << 3 | (uint64_t)(field[at] - '0');
        }
        if (at < size && field[at] != ' ' && field[at] != '\0')
                return -1;
        *ret = number;
        return 0;
}

static bool is_zero(const struct wintar_header *header)
{
        const char *bytes = (const char *)header;

        return bytes[0] == 0 && memcmp(bytes, bytes + 1, sizeof(*header) - 1) == 0;
}

static int read_header(struct wintar_reader *reader, struct wintar_header *ret, struct error *err)
{
        uint64_t sum;
        size_t got = 0;

        if (skip(reader, reader->left + reader->padding, err) < 0)
                return err->code;
        reader->left = reader->padding = 0;
        if (take(reader, ret, sizeof(*ret), &got, err) < 0)
                return err->code;
        if (got == 0 || (got == sizeof(*ret) && is_zero(ret)))
                return take_rest(reader, err);
        if (got < sizeof(*ret))
                return error_set(err, E_INVALID_DATA, "the archive ends in the middle of an entry");
        if (read_number(ret->sum, sizeof(ret->sum), &sum) < 0 || sum != wintar_sum(ret))
                return error_set(err, E_INVALID_DATA, "it is no tar, or damaged: a header's sum is wrong");
        return 0;
}

static int set_size(struct wintar_reader *reader, uint64_t size, struct error *err)
{
        if (size > reader->limit)
                return error_set(err, E_INVALID_DATA, "an entry has more bytes than an archive may have");
        reader->left = size;
        reader->padding = (WINTAR_BLOCK - size % WINTAR_BLOCK) % WINTAR_BLOCK;
        return 0;
}

/* --- an entry ------------------------------------------------------------------------------------------------------------- */

/* What stands before an entry: records of its own, long names. */
struct before { char *records; size_t records_length; const char *path, *link; };

static int take_text(struct wintar_reader *reader, uint64_t size, char **ret, struct error *err)
{
        char *text = size <= WINTAR_RECORDS_MAX ? arena_alloc(&reader->arena, (size_t)size + 1) : NULL;
        size_t got;

        if (!text)
                return size <= WINTAR_RECORDS_MAX ? error_memory(err) :
                       error_set(err, E_INVALID_DATA, "what stands before an entry has more than %u bytes", WINTAR_RECORDS_MAX);
        if (set_size(reader, size, err) < 0 || wintar_read(reader, text, (size_t)size, &got, err) < 0)
                return err->code;
        *ret = text;
        return 0;
}

static int read_before(struct wintar_reader *reader, const struct wintar_header *header, struct before *before, struct error *err)
{
        uint64_t size;
        char *text = NULL;

        if (read_number(header->size, sizeof(header->size), &size) < 0)
                return error_set(err, E_INVALID_DATA, "a header's size is no number");
        if (header->type == 'g')        /* of the whole archive: nothing of a layer is told there */
                return set_size(reader, size, err);
        if (take_text(reader, size, &text, err) < 0)
                return err->code;
        switch (header->type) {
        case 'L': before->path = text; return 0;
        case 'K': before->link = text; return 0;
        default:
                if (before->records)
                        return error_set(err, E_INVALID_DATA, "an entry has two headers of records");
                before->records = text;
                before->records_length = (size_t)size;
                return 0;
        }
}

static int read_kind(char type, enum wintar_kind *ret, struct error *err)
{
        switch (type) {
        case '\0': case '0': case '7': *ret = WINTAR_FILE; return 0;
        case '1': *ret = WINTAR_HARD_LINK; return 0;
        case '2': *ret = WINTAR_LINK; return 0;
        case '5': *ret = WINTAR_DIRECTORY; return 0;
        case '3': case '4': case '6':
                return error_set(err, E_INVALID_DATA, "a device or a pipe, which Windows has not among its files");
        default:
                return error_set(err, E_INVALID_DATA, "a kind of entry that no layer has");
        }
}

static const char *field_text(struct arena *arena, const char *field, size_t size)
{
        return arena_copy_n(arena, field, strnlen(field, size));
}

static const char *path_of(struct arena *arena, const struct wintar_header *header)
{
        const char *name = field_text(arena, header->name, sizeof(header->name));

        if (memcmp(header->magic, "ustar\0", 6) != 0 || !header->prefix[0] || !name)
                return name;
        return arena_printf(arena, "%.*s/%s", (int)strnlen(header->prefix, sizeof(header->prefix)), header->prefix, name);
}

static int read_entry(struct wintar_reader *reader, const struct wintar_header *header, const struct before *before,
                      struct wintar_entry *entry, struct error *err)
{
        uint64_t mtime = 0;

        *entry = (struct wintar_entry){
                .path = before->path ? before->path : path_of(&reader->arena, header),
                .link = before->link ? before->link : field_text(&reader->arena, header->link, sizeof(header->link)),
        };
        if (!entry->path || !entry->link)
                return error_memory(err);
        if (read_kind(header->type, &entry->kind, err) < 0)
                return error_wrap(err, "entry \"%.512s\"", entry->path);
        if (read_number(header->size, sizeof(header->size), &entry->size) < 0 ||
            read_number(header->mtime, sizeof(header->mtime), &mtime) < 0 || mtime > INT32_MAX * UINT64_C(64))
                return error_set(err, E_INVALID_DATA, "entry \"%.512s\": its size or its time is no number", entry->path);
        entry->times.written = (mtime + (uint64_t)WINTAR_EPOCH) * WINTAR_SECOND;
        if (before->records && wintar_read_records(&reader->arena, before->records, before->records_length, entry, err) < 0)
                return error_wrap(err, "entry \"%.512s\"", entry->path);
        if (!entry->times.created)
                entry->times.created = entry->times.written;
        if (!entry->times.read)
                entry->times.read = entry->times.written;
        if (!entry->times.changed)
                entry->times.changed = entry->times.written;
        if (entry->kind == WINTAR_DIRECTORY || entry->kind == WINTAR_LINK)
                entry->size = 0;        /* some say what it takes on their disk: nothing of it follows */
        if (set_size(reader, entry->kind == WINTAR_FILE ? entry->size : 0, err) < 0)
                return error_wrap(err, "entry \"%.512s\"", entry->path);
        return 0;
}

int wintar_next(struct wintar_reader *reader, struct wintar_entry *ret, struct error *err)
{
        struct before before = { .records = NULL };
        struct wintar_header header;
        int r;

        arena_done(&reader->arena);
        reader->arena = (struct arena){ 0 };
        for (;;) {
                r = read_header(reader, &header, err);
                if (r == WINTAR_END && (before.records || before.path || before.link))
                        return error_set(err, E_INVALID_DATA, "the archive ends in the middle of an entry");
                if (r != 0)
                        return r;
                if (!header.type || !strchr("xgLK", header.type))
                        return read_entry(reader, &header, &before, ret, err);
                if (read_before(reader, &header, &before, err) < 0)
                        return err->code;
        }
}
