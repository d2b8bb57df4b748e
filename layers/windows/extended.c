/* Extended attributes of NTFS as they lie in a backup stream: each with the distance to the next (0: the last), flags, the lengths of
 * name and
 * value, the name and a zero, the value; the next begins at a multiple of four. */
#include <string.h>

#include "layers/windows/stream.h"

#define HEAD 8u
#define COUNT_MAX 256u

static int refuse(struct error *err)
{
        return error_set(err, E_INVALID_DATA, "its extended attributes are none");
}

static int read_one(const unsigned char *bytes, size_t length, struct arena *arena, struct wintar_attribute *ret, size_t *ret_next,
                    struct error *err)
{
        size_t name, value;

        if (length < HEAD)
                return refuse(err);
        *ret_next = (size_t)winstream_number(bytes, 4);
        name = bytes[5];
        value = (size_t)winstream_number(bytes + 6, 2);
        if (!name || length - HEAD < name + 1 + value || memchr(bytes + HEAD, '\0', name) || memchr(bytes + HEAD, '=', name))
                return refuse(err);
        if (*ret_next && (*ret_next < HEAD + name + 1 + value || *ret_next > length))
                return refuse(err);
        ret->name = arena_copy_n(arena, (const char *)bytes + HEAD, name);
        ret->value = (struct bytes){ bytes + HEAD + name + 1, value };
        return ret->name ? 0 : error_memory(err);
}

static void put_in_order(struct wintar_attribute *all, size_t count, const struct wintar_attribute *one)
{
        for (; count > 0 && strcmp(all[count - 1].name, one->name) > 0; count--)
                all[count] = all[count - 1];
        all[count] = *one;
}

int winextended_read(const struct bytes *data, struct arena *arena, struct wintar_attribute **ret, size_t *ret_count, struct error *err)
{
        struct wintar_attribute *all = data->count ? arena_alloc_array(arena, COUNT_MAX, sizeof(*all)) : NULL;
        size_t at = 0, count = 0, next = 1;

        if (data->count && !all)
                return error_memory(err);
        for (; data->count && next; at += next) {
                struct wintar_attribute one;

                if (count == COUNT_MAX)
                        return refuse(err);
                if (read_one(data->items + at, data->count - at, arena, &one, &next, err) < 0)
                        return err->code;
                put_in_order(all, count++, &one);
        }
        *ret = all;
        *ret_count = count;
        return 0;
}

int winextended_write(const struct wintar_entry *entry, struct arena *arena, struct bytes *ret, struct error *err)
{
        size_t length = 0, at = 0;
        unsigned char *bytes;

        for (size_t i = 0; i < entry->extended.count; i++)
                length += (HEAD + strlen(entry->extended.items[i].name) + 1 + entry->extended.items[i].value.count + 3) / 4 * 4;
        if (length > UINT16_MAX)
                return error_set(err, E_INVALID_DATA, "its extended attributes have more than 65535 bytes");
        bytes = length ? arena_alloc(arena, length) : NULL;
        if (length && !bytes)
                return error_memory(err);
        for (size_t i = 0; i < entry->extended.count; i++) {
                const struct wintar_attribute *one = &entry->extended.items[i];
                size_t name = strlen(one->name), size = (HEAD + name + 1 + one->value.count + 3) / 4 * 4;

                winstream_set(bytes + at, 4, i + 1 < entry->extended.count ? size : 0);
                bytes[at + 5] = (unsigned char)name;
                winstream_set(bytes + at + 6, 2, one->value.count);
                memcpy(bytes + at + HEAD, one->name, name + 1);
                if (one->value.count)
                        memcpy(bytes + at + HEAD + name + 1, one->value.items, one->value.count);
                at += size;
        }
        *ret = (struct bytes){ bytes, length };
        return 0;
}
