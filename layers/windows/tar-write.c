#include <stdio.h>
#include <string.h>

#include "hcs/base/base64.h"
#include "hcs/base/text.h"
#include "layers/windows/tar.h"

#define SIZE_MAX_OCTAL (UINT64_C(1) << 33)      /* from here on a size is a record */

void wintar_writer_init(struct wintar_writer *writer, const struct winlayer_sink *sink)
{
        *writer = (struct wintar_writer){ .sink = sink };
        digest_begin(&writer->digest);
}

static int put(struct wintar_writer *writer, const void *bytes, size_t length, struct error *err)
{
        writer->bytes += length;
        digest_add(&writer->digest, bytes, length);
        return writer->sink->write(writer->sink->context, bytes, length, err);
}

static int put_zeros(struct wintar_writer *writer, size_t length, struct error *err)
{
        static const char zeros[2 * WINTAR_BLOCK];

        return length ? put(writer, zeros, length, err) : 0;
}

/* --- records -------------------------------------------------------------------------------------------------------------- */

/* The length counts itself. */
static void add_record(struct text *out, const char *key, const char *value, size_t length)
{
        size_t rest = strlen(key) + length + 3, whole = rest + 1;
        char digits[24];

        for (int n = 0; (n = snprintf(digits, sizeof(digits), "%zu", whole)), rest + (size_t)n != whole;)
                whole = rest + (size_t)n;
        text_addf(out, "%s %s=", digits, key);
        text_add_n(out, value, length);
        text_add_char(out, '\n');
}

static void add_text(struct text *out, const char *key, const char *value)
{
        add_record(out, key, value, strlen(value));
}

static void add_time(struct text *out, const char *key, uint64_t time)
{
        int64_t behind = (int64_t)time - WINTAR_EPOCH * (int64_t)WINTAR_SECOND;
        uint64_t length = behind < 0 ? (uint64_t)-behind : (uint64_t)behind;
        char value[48];
        size_t end;

        snprintf(value, sizeof(value), "%s%llu.%07llu", behind < 0 ? "-" : "", (unsigned long long)(length / WINTAR_SECOND),
                 (unsigned long long)(length % WINTAR_SECOND));
        end = strlen(value);
        while (value[end - 1] == '0')
                value[--end] = '\0';
        if (value[end - 1] == '.')
                value[--end] = '\0';
        add_record(out, key, value, end);
}

static void add_base64(struct text *out, const char *key, const struct bytes *bytes)
{
        _cleanup_(text_done) struct text value = { 0 };

        base64_add(&value, bytes->items, bytes->count);
        out->failed = out->failed || value.failed;
        add_record(out, key, value.data ? value.data : "", value.length);
}

static bool is_plain(const char *text, size_t size)
{
        for (size_t i = 0; text[i]; i++)
                if (i >= size || (unsigned char)text[i] >= 0x80)
                        return false;
        return true;
}

/* In the order of their keys, so that the same entry gives the same bytes. */
static void add_records(struct text *out, const struct wintar_entry *entry)
{
        char number[24];

        add_time(out, "LIBARCHIVE.creationtime", entry->times.created);
        if (entry->has_attributes) {
                snprintf(number, sizeof(number), "%u", (unsigned)entry->attributes);
                add_text(out, "MSWINDOWS.fileattr", number);
        }
        if (entry->mount_point)
                add_text(out, "MSWINDOWS.mountpoint", "1");
        if (entry->security.count)
                add_base64(out, "MSWINDOWS.rawsd", &entry->security);
        for (size_t i = 0; i < entry->extended.count; i++) {
                char key[300];

                snprintf(key, sizeof(key), "MSWINDOWS.xattr.%.255s", entry->extended.items[i].name);
                add_base64(out, key, &entry->extended.items[i].value);
        }
        add_time(out, "atime", entry->times.read);
        add_time(out, "ctime", entry->times.changed);
        if (!is_plain(entry->link, sizeof(((struct wintar_header *)0)->link)))
                add_text(out, "linkpath", entry->link);
        add_time(out, "mtime", entry->times.written);
        if (!is_plain(entry->path, sizeof(((struct wintar_header *)0)->name)))
                add_text(out, "path", entry->path);
        if (entry->size >= SIZE_MAX_OCTAL) {
                snprintf(number, sizeof(number), "%llu", (unsigned long long)entry->size);
                add_text(out, "size", number);
        }
}

/* --- headers -------------------------------------------------------------------------------------------------------------- */

static int put_header(struct wintar_writer *writer, char type, const char *name, const char *link, unsigned mode, uint64_t size,
                      uint64_t time, struct error *err)
{
        uint64_t epoch = (uint64_t)WINTAR_EPOCH * WINTAR_SECOND;
        struct wintar_header header = { .type = type, .magic = { 'u', 's', 't', 'a', 'r', '\0', '0', '0' } };

        memcpy(header.name, name, strnlen(name, sizeof(header.name)));
        memcpy(header.link, link, strnlen(link, sizeof(header.link)));
        snprintf(header.mode, sizeof(header.mode), "%07o", mode);
        snprintf(header.uid, sizeof(header.uid), "%07o", 0);
        snprintf(header.gid, sizeof(header.gid), "%07o", 0);
        snprintf(header.size, sizeof(header.size), "%011llo", (unsigned long long)(size < SIZE_MAX_OCTAL ? size : 0));
        snprintf(header.mtime, sizeof(header.mtime), "%011llo", (unsigned long long)(time < epoch ? 0 : (time - epoch) / WINTAR_SECOND) &
                 077777777777ull);
        snprintf(header.sum, sizeof(header.sum), "%06o", wintar_sum(&header));
        header.sum[7] = ' ';
        writer->left = size;
        writer->padding = (WINTAR_BLOCK - size % WINTAR_BLOCK) % WINTAR_BLOCK;
        return put(writer, &header, sizeof(header), err);
}

static unsigned mode_of(enum wintar_kind kind)
{
        return kind == WINTAR_DIRECTORY ? 0755 : kind == WINTAR_LINK ? 0777 : 0644;
}

int wintar_add(struct wintar_writer *writer, const struct wintar_entry *entry, struct error *err)
{
        _cleanup_(text_done) struct text records = { 0 };

        add_records(&records, entry);
        if (text_check(&records, err) < 0)
                return err->code;
        if (records.length > WINTAR_RECORDS_MAX)
                return error_set(err, E_INVALID_DATA, "%.512s: its security descriptor and attributes are too large", entry->path);
        if (put_header(writer, 'x', "PaxHeaders", "", 0644, records.length, entry->times.written, err) < 0 ||
            wintar_write(writer, records.data, records.length, err) < 0)
                return err->code;
        return put_header(writer, (char)entry->kind, entry->path, entry->link, mode_of(entry->kind), entry->size, entry->times.written,
                          err);
}

int wintar_write(struct wintar_writer *writer, const void *bytes, size_t length, struct error *err)
{
        if (length > writer->left)
                return error_set(err, E_UNEXPECTED_FAILURE, "more content than the entry has");
        if (length && put(writer, bytes, length, err) < 0)
                return err->code;
        writer->left -= length;
        if (writer->left > 0 || !writer->padding)
                return 0;
        length = (size_t)writer->padding;
        writer->padding = 0;
        return put_zeros(writer, length, err);
}

int wintar_end(struct wintar_writer *writer, struct error *err)
{
        return put_zeros(writer, 2 * WINTAR_BLOCK, err);
}
