/* Structs into compact JSON, by the same tables; and the same JSON for people. */
#include <string.h>

#include "hcs/base/base64.h"
#include "hcs/base/json.h"
#include "hcs/base/utf8.h"

void json_write_string(struct text *out, const char *string)
{
        size_t length = strlen(string), at = 0, plain = 0;

        text_add_char(out, '"');
        while (at < length) {
                unsigned char c = (unsigned char)string[at];
                uint32_t character;
                size_t n = 1;

                if (c >= 0x80)
                        n = utf8_decode(string + at, length - at, &character);
                if (n > 0 && c >= 0x20 && c != '"' && c != '\\') {
                        at += n;
                        continue;
                }
                text_add_n(out, string + plain, at - plain);
                if (n == 0)
                        text_add(out, "\xef\xbf\xbd");
                else if (c == '"' || c == '\\')
                        text_addf(out, "\\%c", c);
                else if (c == '\n')
                        text_add(out, "\\n");
                else if (c == '\t')
                        text_add(out, "\\t");
                else
                        text_addf(out, "\\u%04x", c);
                plain = ++at;
        }
        text_add_n(out, string + plain, length - plain);
        text_add_char(out, '"');
}

void json_write_value(struct text *out, const struct json_value *value)
{
        switch (value->type) {
        case JSON_NULL:
                text_add(out, "null");
                break;
        case JSON_BOOLEAN:
                text_add(out, value->boolean ? "true" : "false");
                break;
        case JSON_NUMBER:
                text_add_n(out, value->text, value->length);
                break;
        case JSON_STRING:
                json_write_string(out, value->text);
                break;
        case JSON_ARRAY:
                text_add_char(out, '[');
                for (size_t i = 0; i < value->count; i++) {
                        if (i)
                                text_add_char(out, ',');
                        json_write_value(out, &value->items[i]);
                }
                text_add_char(out, ']');
                break;
        case JSON_OBJECT:
                text_add_char(out, '{');
                for (size_t i = 0; i < value->count; i++) {
                        if (i)
                                text_add_char(out, ',');
                        json_write_string(out, value->members[i].name);
                        text_add_char(out, ':');
                        json_write_value(out, &value->members[i].value);
                }
                text_add_char(out, '}');
                break;
        }
}

static void write_object(struct text *out, const struct json_field *fields, const void *object);

struct any_list { const void *items; size_t count; };

static uint64_t get_unsigned(const void *from, size_t size)
{
        if (size == 1)
                return *(const uint8_t *)from;
        return size == 2 ? *(const uint16_t *)from : size == 4 ? *(const uint32_t *)from : *(const uint64_t *)from;
}

static int64_t get_signed(const void *from, size_t size)
{
        return size == 4 ? *(const int32_t *)from : *(const int64_t *)from;
}

/* Does the member have its default value?  Empty objects in place count when all their members do. */
static bool is_default(const struct json_field *field, const void *from)
{
        const struct any_list *list = from;

        switch (field->kind) {
        case JSON_KIND_BOOL:
                return !*(const bool *)from;
        case JSON_KIND_INT:
                return get_signed(from, field->size) == 0;
        case JSON_KIND_UINT:
        case JSON_KIND_NAMED:
                return get_unsigned(from, field->size) == 0;
        case JSON_KIND_ENUM:
                return *(const int *)from == 0;
        case JSON_KIND_LIST:
        case JSON_KIND_STRINGS:
        case JSON_KIND_UINT32S:
        case JSON_KIND_UINT64S:
        case JSON_KIND_MAP:
        case JSON_KIND_NUMBER_MAP:
        case JSON_KIND_BYTES:
                return field->flags & JSON_KEEP_EMPTY ? !list->items : list->count == 0;
        case JSON_KIND_STRUCT_MAP:
                return !list->items;
        case JSON_KIND_OPEN:
                return !((const struct json_open *)from)->fields && !((const struct json_open *)from)->value;
        case JSON_KIND_OBJECT:
                for (const struct json_field *inner = field->fields; inner->name; inner++)
                        if (json_is_given(inner, from))
                                return false;
                return true;
        default:
                return !*(const void *const *)from;
        }
}

bool json_is_given(const struct json_field *field, const void *object)
{
        return field->flags & (JSON_ALWAYS | JSON_REQUIRED) || !is_default(field, (const char *)object + field->offset);
}

static void write_list(struct text *out, const struct json_field *field, const struct any_list *list)
{
        text_add_char(out, '[');
        for (size_t i = 0; i < list->count; i++) {
                if (i)
                        text_add_char(out, ',');
                if (field->kind == JSON_KIND_STRINGS)
                        json_write_string(out, ((const char *const *)list->items)[i]);
                else if (field->kind == JSON_KIND_UINT32S)
                        text_addf(out, "%u", ((const uint32_t *)list->items)[i]);
                else if (field->kind == JSON_KIND_UINT64S)
                        text_addf(out, "%llu", (unsigned long long)((const uint64_t *)list->items)[i]);
                else
                        write_object(out, field->fields, (const char *)list->items + i * field->size);
        }
        text_add_char(out, ']');
}

static void write_map(struct text *out, const struct string_map *map)
{
        text_add_char(out, '{');
        for (size_t i = 0; i < map->count; i++) {
                if (i)
                        text_add_char(out, ',');
                json_write_string(out, map->items[i].key);
                text_add_char(out, ':');
                json_write_string(out, map->items[i].value);
        }
        text_add_char(out, '}');
}

static void write_number_map(struct text *out, const struct number_map *map)
{
        text_add_char(out, '{');
        for (size_t i = 0; i < map->count; i++) {
                if (i)
                        text_add_char(out, ',');
                json_write_string(out, map->items[i].key);
                text_addf(out, ":%llu", (unsigned long long)map->items[i].value);
        }
        text_add_char(out, '}');
}

static void write_struct_map(struct text *out, const struct json_field *field, const struct any_list *map)
{
        text_add_char(out, '{');
        for (size_t i = 0; i < map->count; i++) {
                const char *item = (const char *)map->items + i * field->size;

                if (i)
                        text_add_char(out, ',');
                json_write_string(out, *(const char *const *)(const void *)item);
                text_add_char(out, ':');
                write_object(out, field->fields, item + field->inner);
        }
        text_add_char(out, '}');
}

static void write_bytes(struct text *out, const struct bytes *bytes)
{
        text_add_char(out, '"');
        base64_add(out, bytes->items, bytes->count);
        text_add_char(out, '"');
}

static void write_open(struct text *out, const struct json_open *open)
{
        if (open->fields)
                write_object(out, open->fields, open->object);
        else if (open->value)
                json_write_value(out, open->value);
        else
                text_add(out, "null");
}

static void write_member(struct text *out, const struct json_field *field, const void *from)
{
        switch (field->kind) {
        case JSON_KIND_BOOL_OPT:
        case JSON_KIND_INT_OPT:
        case JSON_KIND_UINT_OPT:
        case JSON_KIND_POINTER:
        case JSON_KIND_RAW:
                from = *(const void *const *)from;
                break;
        default:
                break;
        }

        switch (field->kind) {
        case JSON_KIND_BOOL:
        case JSON_KIND_BOOL_OPT:
                text_add(out, *(const bool *)from ? "true" : "false");
                break;
        case JSON_KIND_INT:
        case JSON_KIND_INT_OPT:
                text_addf(out, "%lld", (long long)get_signed(from, field->size));
                break;
        case JSON_KIND_UINT:
        case JSON_KIND_UINT_OPT:
        case JSON_KIND_NAMED:
                text_addf(out, "%llu", (unsigned long long)get_unsigned(from, field->size));
                break;
        case JSON_KIND_STRING:
        case JSON_KIND_GUID:
                json_write_string(out, *(const char *const *)from ? *(const char *const *)from : "");
                break;
        case JSON_KIND_ENUM:
                json_write_string(out, *(const int *)from > 0 ? field->names[*(const int *)from - 1] : "");
                break;
        case JSON_KIND_OBJECT:
        case JSON_KIND_POINTER:
                if (from)
                        write_object(out, field->fields, from);
                else
                        text_add(out, "null");
                break;
        case JSON_KIND_LIST:
        case JSON_KIND_STRINGS:
        case JSON_KIND_UINT32S:
        case JSON_KIND_UINT64S:
                write_list(out, field, from);
                break;
        case JSON_KIND_MAP:
                write_map(out, from);
                break;
        case JSON_KIND_RAW:
                json_write_value(out, from);
                break;
        case JSON_KIND_BYTES:
                write_bytes(out, from);
                break;
        case JSON_KIND_NUMBER_MAP:
                write_number_map(out, from);
                break;
        case JSON_KIND_STRUCT_MAP:
                write_struct_map(out, field, from);
                break;
        case JSON_KIND_OPEN:
                write_open(out, from);
                break;
        case JSON_KIND_END:
                break;
        }
}

static void write_object(struct text *out, const struct json_field *fields, const void *object)
{
        bool first = true;

        text_add_char(out, '{');
        for (; fields->name; fields++) {
                const void *from = (const char *)object + fields->offset;

                if (!json_is_given(fields, object))
                        continue;
                if (!first)
                        text_add_char(out, ',');
                first = false;
                text_add_char(out, '"');
                text_add(out, fields->name);
                text_add(out, "\":");
                write_member(out, fields, from);
        }
        text_add_char(out, '}');
}

void json_write(struct text *out, const struct json_field *fields, const void *object)
{
        write_object(out, fields, object);
}

static void new_line(struct text *out, size_t depth)
{
        text_add_char(out, '\n');
        while (depth-- > 0)
                text_add_n(out, "  ", 2);
}

/* Works on the text: what is outside of strings is only brackets, commas and colons. */
int json_indent(struct text *out, const char *compact, struct error *err)
{
        size_t depth = 0;

        for (const char *c = compact; *c; c++) {
                if (*c == '"') {
                        const char *end = c + 1;

                        while (*end && *end != '"')
                                end += *end == '\\' && end[1] ? 2 : 1;
                        text_add_n(out, c, (size_t)(end - c) + (*end == '"'));
                        c = *end ? end : end - 1;
                } else if ((*c == '{' || *c == '[') && (c[1] == '}' || c[1] == ']')) {
                        text_add_n(out, c++, 2);
                } else if (*c == '{' || *c == '[') {
                        text_add_char(out, *c);
                        new_line(out, ++depth);
                } else if (*c == '}' || *c == ']') {
                        depth -= depth > 0;
                        new_line(out, depth);
                        text_add_char(out, *c);
                } else if (*c == ',') {
                        text_add_char(out, ',');
                        new_line(out, depth);
                } else if (*c == ':') {
                        text_add_n(out, ": ", 2);
                } else if (!strchr(" \t\r\n", *c)) {
                        text_add_char(out, *c);
                }
        }
        return text_check(out, err);
}
