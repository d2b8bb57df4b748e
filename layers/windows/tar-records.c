/* The records of a PAX header: "LENGTH KEY=VALUE\n", the length that of the whole record. */
#include <string.h>

#include "hcs/base/base64.h"
#include "hcs/base/text.h"
#include "layers/windows/tar.h"

struct record { const char *key; char *value; size_t length; };

static int refuse(const struct record *record, const char *why, struct error *err)
{
        return error_set(err, E_INVALID_DATA, "its %.60s %s", record->key, why);
}

/* --- values --------------------------------------------------------------------------------------------------------------- */

/* Seconds with a fraction, before or behind 1970; as a file time. */
static int read_time(const struct record *record, uint64_t *ret, struct error *err)
{
        const char *at = record->value;
        bool before = *at == '-';
        uint64_t seconds = 0, fraction = 0, unit = WINTAR_SECOND / 10;
        int64_t time;

        at += before;
        if (*at < '0' || *at > '9')
                return refuse(record, "is no time", err);
        for (; *at >= '0' && *at <= '9'; at++) {
                seconds = seconds * 10 + (uint64_t)(*at - '0');
                if (seconds > UINT64_C(900000000000))
                        return refuse(record, "is too far from now", err);
        }
        if (*at == '.')
                for (at++; *at >= '0' && *at <= '9'; at++, unit /= 10)
                        fraction += (uint64_t)(*at - '0') * unit;
        if (*at)
                return refuse(record, "is no time", err);
        time = (int64_t)(seconds * WINTAR_SECOND + fraction);
        time = WINTAR_EPOCH * (int64_t)WINTAR_SECOND + (before ? -time : time);
        if (time < 0)
                return refuse(record, "is before 1601, where Windows' time begins", err);
        *ret = (uint64_t)time;
        return 0;
}

static int read_base64(struct arena *arena, const struct record *record, struct bytes *ret, struct error *err)
{
        unsigned char *bytes = arena_alloc(arena, BASE64_BYTES_MAX(record->length) + 1);
        size_t count = 0;

        if (!bytes)
                return error_memory(err);
        if (base64_decode(record->value, record->length, bytes, &count) < 0)
                return refuse(record, "is no base64", err);
        if (count > UINT16_MAX)
                return refuse(record, "has more than 65535 bytes", err);
        *ret = (struct bytes){ bytes, count };
        return 0;
}

static int add_attribute(struct arena *arena, const struct record *record, const char *name, struct wintar_entry *entry, struct error *err)
{
        struct wintar_attribute *more = arena_alloc_array(arena, entry->extended.count + 1, sizeof(*more));

        if (!more)
                return error_memory(err);
        if (!*name || strlen(name) > UINT8_MAX)
                return refuse(record, "has no name, or one of more than 255 bytes", err);
        if (entry->extended.count >= 256)
                return refuse(record, "is one of more than 256 extended attributes", err);
        if (entry->extended.count)
                memcpy(more, entry->extended.items, entry->extended.count * sizeof(*more));
        more[entry->extended.count].name = name;
        if (read_base64(arena, record, &more[entry->extended.count].value, err) < 0)
                return err->code;
        entry->extended.items = more;
        entry->extended.count++;
        return 0;
}

static int read_windows(struct arena *arena, const struct record *record, struct wintar_entry *entry, struct error *err)
{
        const char *key = record->key + strlen("MSWINDOWS.");

        if (text_equal(key, "fileattr")) {
                entry->has_attributes = true;
                return text_to_u32(record->value, &entry->attributes) < 0 ? refuse(record, "is no number of 32 bits", err) : 0;
        }
        if (text_equal(key, "rawsd"))
                return read_base64(arena, record, &entry->security, err);
        if (text_starts_with(key, "xattr."))
                return add_attribute(arena, record, key + strlen("xattr."), entry, err);
        if (text_equal(key, "mountpoint")) {
                entry->mount_point = true;
                return 0;
        }
        if (text_equal(key, "sd"))
                return error_set(err, E_NOT_SUPPORTED, "its security descriptor is text (MSWINDOWS.sd), as tools wrote it before 2017");
        return refuse(record, "is a record that nobody here knows", err);
}

static int read_record(struct arena *arena, const struct record *record, struct wintar_entry *entry, struct error *err)
{
        if (text_starts_with(record->key, "MSWINDOWS."))
                return read_windows(arena, record, entry, err);
        if (text_starts_with(record->key, "GNU.sparse."))
                return refuse(record, "says that it is sparse, which no Windows layer says so", err);
        if (text_equal(record->key, "path"))
                entry->path = record->value;
        else if (text_equal(record->key, "linkpath"))
                entry->link = record->value;
        else if (text_equal(record->key, "mtime"))
                return read_time(record, &entry->times.written, err);
        else if (text_equal(record->key, "atime"))
                return read_time(record, &entry->times.read, err);
        else if (text_equal(record->key, "ctime"))
                return read_time(record, &entry->times.changed, err);
        else if (text_equal(record->key, "LIBARCHIVE.creationtime"))
                return read_time(record, &entry->times.created, err);
        else if (text_equal(record->key, "size"))
                return text_to_u64(record->value, &entry->size) < 0 ? refuse(record, "is no number", err) : 0;
        return 0;                       /* owners, groups, comments: Windows has none */
}

/* --- records -------------------------------------------------------------------------------------------------------------- */

static int take_record(char *bytes, size_t length, struct record *ret, size_t *ret_length, struct error *err)
{
        size_t whole = 0, at = 0;
        char *equals;

        for (; at < length && at < 8 && bytes[at] >= '0' && bytes[at] <= '9'; at++)
                whole = whole * 10 + (size_t)(bytes[at] - '0');
        if (at == 0 || at >= length || bytes[at] != ' ' || whole <= at + 1 || whole > length || bytes[whole - 1] != '\n')
                return error_set(err, E_INVALID_DATA, "the records before it are none");
        bytes[whole - 1] = '\0';
        equals = memchr(bytes + at + 1, '=', whole - at - 2);
        if (!equals || equals == bytes + at + 1)
                return error_set(err, E_INVALID_DATA, "a record before it has no name");
        *equals = '\0';
        *ret = (struct record){ bytes + at + 1, equals + 1, (size_t)(bytes + whole - 1 - (equals + 1)) };
        *ret_length = whole;
        if (strlen(ret->value) != ret->length || strlen(ret->key) != (size_t)(equals - ret->key))
                return refuse(ret, "has a zero in it", err);
        return 0;
}

int wintar_read_records(struct arena *arena, char *bytes, size_t length, struct wintar_entry *entry, struct error *err)
{
        while (length > 0) {
                struct record record;
                size_t whole = 0;

                if (take_record(bytes, length, &record, &whole, err) < 0 || read_record(arena, &record, entry, err) < 0)
                        return err->code;
                bytes += whole;
                length -= whole;
        }
        return 0;
}
