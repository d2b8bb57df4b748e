/* Values into structs, by table.  Every complaint names the JSON path, what was found there and what is allowed. */
#include <stdio.h>
#include <string.h>

#include "hcs/base/base64.h"
#include "hcs/base/json.h"

/* The path of what is being read, as a chain of frames on the stack: nothing is built until something is wrong. */
struct place { const struct place *outer; const char *name; size_t index; };

struct any_list { void *items; size_t count; };

struct reader { struct arena *arena; enum json_strictness strictness; struct error *err; };

/* As much of a text as a message needs, in whole characters. */
static void short_add(struct text *out, const char *string, size_t most)
{
        size_t length = strlen(string), n = length < most ? length : most;

        while (n < length && n > 0 && ((unsigned char)string[n] & 0xc0) == 0x80)
                n--;
        text_add_n(out, string, n);
        if (n < length)
                text_add(out, "...");
}

static void path_add(struct text *path, const struct place *place)
{
        if (!place)
                return;
        path_add(path, place->outer);
        if (!place->name) {
                text_addf(path, "[%zu]", place->index);
        } else if (*place->name) {
                text_add(path, path->length ? "." : "");
                short_add(path, place->name, 200);
        }
}

/* What was found, shortly. */
static void found_add(struct text *out, const struct json_value *value)
{
        static const char *const words[] = { "null", "a boolean", "a number", "a string", "an array", "an object" };

        text_add(out, words[value->type]);
        if (value->type == JSON_BOOLEAN)
                text_add(out, value->boolean ? ", true" : ", false");
        if (value->type == JSON_NUMBER) {
                text_add(out, ", ");
                short_add(out, value->text, 40);
        }
        if (value->type == JSON_STRING) {
                text_add(out, ", \"");
                short_add(out, value->text, 60);
                text_add_char(out, '"');
        }
}

static int complain(struct reader *reader, const struct place *place, const struct json_value *found, const char *expected)
{
        _cleanup_(text_done) struct text path = { 0 }, what = { 0 };

        path_add(&path, place);
        found_add(&what, found);
        if (path.failed || what.failed)
                return error_memory(reader->err);
        return error_set(reader->err, E_INVALID_DATA, "%s: found %s; expected %s",
                         path.length ? path.data : "(top)", what.data, expected);
}

static int complain_missing(struct reader *reader, const struct place *place, const char *name)
{
        _cleanup_(text_done) struct text path = { 0 };
        const struct place member = { .outer = place, .name = name };

        path_add(&path, &member);
        if (path.failed)
                return error_memory(reader->err);
        return error_set(reader->err, E_INVALID_DATA, "%s: missing; it is required", path.data);
}

static int complain_unknown(struct reader *reader, const struct place *place, const char *name)
{
        _cleanup_(text_done) struct text path = { 0 };
        const struct place member = { .outer = place, .name = name };

        path_add(&path, &member);
        if (path.failed)
                return error_memory(reader->err);
        return error_set(reader->err, E_INVALID_DATA, "%s: unknown member", path.data);
}

/* --- scalars ------------------------------------------------------------------------------------------------------------ */

static int read_signed(struct reader *reader, const struct json_field *field, const struct json_value *value, void *to,
                       const struct place *place)
{
        int64_t least = field->size == 4 ? INT32_MIN : INT64_MIN, most = field->size == 4 ? INT32_MAX : INT64_MAX, number;
        char expected[96];

        if (field->min || field->max) {
                least = field->min;
                most = (int64_t)field->max;
        }
        if (value->type != JSON_NUMBER || text_to_i64(value->text, &number) < 0 || number < least || number > most) {
                snprintf(expected, sizeof(expected), "a whole number from %lld to %lld", (long long)least, (long long)most);
                return complain(reader, place, value, expected);
        }
        if (field->size == 4)
                *(int32_t *)to = (int32_t)number;
        else
                *(int64_t *)to = number;
        return 0;
}

static int read_unsigned(struct reader *reader, const struct json_field *field, const struct json_value *value, void *to,
                         const struct place *place)
{
        uint64_t most = UINT64_MAX >> (64 - 8 * field->size), least = 0, number;
        char expected[96];

        if (field->min || field->max) {
                least = (uint64_t)field->min;
                most = field->max;
        }
        if (value->type != JSON_NUMBER || text_to_u64(value->text, &number) < 0 || number < least || number > most) {
                snprintf(expected, sizeof(expected), "a whole number from %llu to %llu", (unsigned long long)least,
                         (unsigned long long)most);
                return complain(reader, place, value, expected);
        }
        if (field->size == 1)
                *(uint8_t *)to = (uint8_t)number;
        else if (field->size == 2)
                *(uint16_t *)to = (uint16_t)number;
        else if (field->size == 4)
                *(uint32_t *)to = (uint32_t)number;
        else
                *(uint64_t *)to = number;
        return 0;
}

static int read_enum(struct reader *reader, const struct json_field *field, const struct json_value *value, int *to,
                     const struct place *place)
{
        _cleanup_(text_done) struct text expected = { 0 };

        for (int i = 0; field->names[i]; i++)
                if (value->type == JSON_STRING && strcmp(field->names[i], value->text) == 0) {
                        *to = i + 1;
                        return 0;
                }
        text_add(&expected, "one of");
        for (int i = 0; field->names[i]; i++)
                text_addf(&expected, "%s \"%s\"", i ? "," : "", field->names[i]);
        return expected.failed ? error_memory(reader->err) : complain(reader, place, value, expected.data);
}

static int read_guid(struct reader *reader, const struct json_value *value, const char **to, const struct place *place)
{
        if (value->type != JSON_STRING || !text_is_guid(value->text))
                return complain(reader, place, value, "a GUID without braces");
        *to = value->text;
        return 0;
}

static int read_bytes(struct reader *reader, const struct json_value *value, struct bytes *to, const struct place *place)
{
        unsigned char *bytes;

        if (value->type != JSON_STRING)
                return complain(reader, place, value, "a base64 string");
        bytes = arena_alloc(reader->arena, BASE64_BYTES_MAX(value->length) + 1);
        if (!bytes)
                return error_memory(reader->err);
        if (base64_decode(value->text, value->length, bytes, &to->count) < 0)
                return complain(reader, place, value, "a base64 string");
        to->items = bytes;
        return 0;
}

static const struct json_name *find_name(const struct json_name *names, const char *name, size_t length)
{
        for (; names->name; names++)
                if (strlen(names->name) == length && memcmp(names->name, name, length) == 0)
                        return names;
        return NULL;
}

/* Names with commas (and blanks) between, added up.  How HCN writes several flags is unverified; numbers are what is seen. */
static bool add_names(const struct json_field *field, const char *text, uint32_t *to)
{
        uint32_t sum = 0;

        for (;;) {
                size_t length = field->flags & JSON_SEVERAL ? strcspn(text, ",") : strlen(text);
                const struct json_name *found = find_name(field->numbers, text, length);

                if (!found)
                        return false;
                sum |= found->number;
                if (!text[length])
                        break;
                text += length + 1;
                text += strspn(text, " ");
        }
        *to = sum;
        return true;
}

static int read_named(struct reader *reader, const struct json_field *field, const struct json_value *value, uint32_t *to,
                      const struct place *place)
{
        _cleanup_(text_done) struct text expected = { 0 };

        if (value->type == JSON_NUMBER && text_to_u32(value->text, to) == 0)
                return 0;
        if (value->type == JSON_STRING && add_names(field, value->text, to))
                return 0;
        text_add(&expected, "a whole number, or one of");
        for (const struct json_name *name = field->numbers; name->name; name++)
                text_addf(&expected, "%s \"%s\"", name == field->numbers ? "" : ",", name->name);
        return expected.failed ? error_memory(reader->err) : complain(reader, place, value, expected.data);
}

/* --- lists -------------------------------------------------------------------------------------------------------------- */

static int read_strings(struct reader *reader, const struct json_value *value, struct strings *to, const struct place *place)
{
        if (value->type != JSON_ARRAY)
                return complain(reader, place, value, "an array of strings");
        to->items = arena_alloc_array(reader->arena, value->count + 1, sizeof(*to->items));
        if (!to->items)
                return error_memory(reader->err);
        for (size_t i = 0; i < value->count; i++) {
                const struct place item = { .outer = place, .index = i };

                if (value->items[i].type != JSON_STRING)
                        return complain(reader, &item, &value->items[i], "a string");
                to->items[i] = value->items[i].text;
        }
        to->count = value->count;
        return 0;
}

/* Arrays of numbers: the items are `size` bytes each, in the range of the row. */
static int read_numbers(struct reader *reader, const struct json_field *field, const struct json_value *value, size_t size,
                        struct any_list *to, const struct place *place)
{
        const struct json_field number = { .size = size, .min = field->min, .max = field->max };

        if (value->type != JSON_ARRAY)
                return complain(reader, place, value, "an array of numbers");
        to->items = arena_alloc_array(reader->arena, value->count + 1, size);
        if (!to->items)
                return error_memory(reader->err);
        for (size_t i = 0; i < value->count; i++) {
                const struct place item = { .outer = place, .index = i };
                int r = read_unsigned(reader, &number, &value->items[i], (char *)to->items + i * size, &item);

                if (r < 0)
                        return r;
        }
        to->count = value->count;
        return 0;
}

static int read_number_map(struct reader *reader, const struct json_field *field, const struct json_value *value,
                           struct number_map *to, const struct place *place)
{
        const struct json_field number = { .size = sizeof(uint64_t), .min = field->min, .max = field->max };

        if (value->type != JSON_OBJECT)
                return complain(reader, place, value, "an object whose values are numbers");
        to->items = arena_alloc_array(reader->arena, value->count + 1, sizeof(*to->items));
        if (!to->items)
                return error_memory(reader->err);
        for (size_t i = 0; i < value->count; i++) {
                const struct place item = { .outer = place, .name = value->members[i].name };
                int r = read_unsigned(reader, &number, &value->members[i].value, &to->items[i].value, &item);

                if (r < 0)
                        return r;
                to->items[i].key = value->members[i].name;
        }
        to->count = value->count;
        return 0;
}

static int read_map(struct reader *reader, const struct json_value *value, struct string_map *to, const struct place *place)
{
        if (value->type != JSON_OBJECT)
                return complain(reader, place, value, "an object whose values are strings");
        to->items = arena_alloc_array(reader->arena, value->count + 1, sizeof(*to->items));
        if (!to->items)
                return error_memory(reader->err);
        for (size_t i = 0; i < value->count; i++) {
                const struct place item = { .outer = place, .name = value->members[i].name };

                if (value->members[i].value.type != JSON_STRING)
                        return complain(reader, &item, &value->members[i].value, "a string");
                to->items[i] = (struct string_pair){ value->members[i].name, value->members[i].value.text };
        }
        to->count = value->count;
        return 0;
}

/* --- structs ------------------------------------------------------------------------------------------------------------ */

static int read_object(struct reader *reader, const struct json_field *fields, const struct json_value *value, void *object,
                       const struct place *place);

static int read_list(struct reader *reader, const struct json_field *field, const struct json_value *value,
                     struct any_list *to, const struct place *place)
{
        if (value->type != JSON_ARRAY)
                return complain(reader, place, value, "an array of objects");
        to->items = arena_alloc_array(reader->arena, value->count + 1, field->size);
        if (!to->items)
                return error_memory(reader->err);
        for (size_t i = 0; i < value->count; i++) {
                const struct place item = { .outer = place, .index = i };
                int r = read_object(reader, field->fields, &value->items[i], (char *)to->items + i * field->size, &item);

                if (r < 0)
                        return r;
        }
        to->count = value->count;
        return 0;
}

static int check_key(struct reader *reader, const struct json_field *field, const char *key, const struct place *place)
{
        const struct json_value found = { .type = JSON_STRING, .text = key, .length = strlen(key) };
        char expected[80];
        uint64_t number;

        if (field->flags & JSON_KEY_GUID && !text_is_guid(key))
                return complain(reader, place, &found, "a GUID without braces as the member's name");
        if (field->flags & JSON_KEY_NUMBER && (text_to_u64(key, &number) < 0 || (field->max && number > field->max))) {
                snprintf(expected, sizeof(expected), "a whole number up to %llu as the member's name",
                         (unsigned long long)(field->max ? field->max : UINT64_MAX));
                return complain(reader, place, &found, expected);
        }
        return 0;
}

static int read_struct_map(struct reader *reader, const struct json_field *field, const struct json_value *value,
                           struct any_list *to, const struct place *place)
{
        if (value->type != JSON_OBJECT)
                return complain(reader, place, value, "an object whose values are objects");
        to->items = arena_alloc_array(reader->arena, value->count + 1, field->size);
        if (!to->items)
                return error_memory(reader->err);
        for (size_t i = 0; i < value->count; i++) {
                const struct json_member *member = &value->members[i];
                const struct place here = { .outer = place, .name = member->name };
                char *item = (char *)to->items + i * field->size;
                int r = check_key(reader, field, member->name, &here);

                if (r < 0)
                        return r;
                r = read_object(reader, field->fields, &member->value, item + field->inner, &here);
                if (r < 0)
                        return r;
                *(const char **)(void *)item = member->name;
        }
        to->count = value->count;
        return 0;
}

/* The member's memory for a kind that is kept behind a pointer. */
static void *behind_pointer(struct reader *reader, const struct json_field *field, void *to)
{
        void *memory = arena_alloc(reader->arena, field->size);

        *(void **)to = memory;
        return memory;
}

static int read_bool(struct reader *reader, const struct json_value *value, bool *to, const struct place *place)
{
        if (value->type != JSON_BOOLEAN)
                return complain(reader, place, value, "true or false");
        *to = value->boolean;
        return 0;
}

static int read_member(struct reader *reader, const struct json_field *field, const struct json_value *value, void *to,
                       const struct place *place)
{
        switch (field->kind) {
        case JSON_KIND_BOOL_OPT:
        case JSON_KIND_INT_OPT:
        case JSON_KIND_UINT_OPT:
        case JSON_KIND_POINTER:
                to = behind_pointer(reader, field, to);
                if (!to)
                        return error_memory(reader->err);
                break;
        default:
                break;
        }

        switch (field->kind) {
        case JSON_KIND_BOOL:
        case JSON_KIND_BOOL_OPT:
                return read_bool(reader, value, to, place);
        case JSON_KIND_INT:
        case JSON_KIND_INT_OPT:
                return read_signed(reader, field, value, to, place);
        case JSON_KIND_UINT:
        case JSON_KIND_UINT_OPT:
                return read_unsigned(reader, field, value, to, place);
        case JSON_KIND_STRING:
                if (value->type != JSON_STRING)
                        return complain(reader, place, value, "a string");
                *(const char **)to = value->text;
                return 0;
        case JSON_KIND_ENUM:
                return read_enum(reader, field, value, to, place);
        case JSON_KIND_OBJECT:
        case JSON_KIND_POINTER:
                return read_object(reader, field->fields, value, to, place);
        case JSON_KIND_LIST:
                return read_list(reader, field, value, to, place);
        case JSON_KIND_STRINGS:
                return read_strings(reader, value, to, place);
        case JSON_KIND_UINT32S:
                return read_numbers(reader, field, value, sizeof(uint32_t), to, place);
        case JSON_KIND_UINT64S:
                return read_numbers(reader, field, value, sizeof(uint64_t), to, place);
        case JSON_KIND_MAP:
                return read_map(reader, value, to, place);
        case JSON_KIND_RAW:
                *(const struct json_value **)to = value;
                return 0;
        case JSON_KIND_GUID:
                return read_guid(reader, value, to, place);
        case JSON_KIND_BYTES:
                return read_bytes(reader, value, to, place);
        case JSON_KIND_NUMBER_MAP:
                return read_number_map(reader, field, value, to, place);
        case JSON_KIND_STRUCT_MAP:
                return read_struct_map(reader, field, value, to, place);
        case JSON_KIND_NAMED:
                return read_named(reader, field, value, to, place);
        case JSON_KIND_OPEN:
                *(struct json_open *)to = (struct json_open){ .value = value };
                return 0;
        case JSON_KIND_END:
                break;
        }
        return 0;
}

static bool is_known(const struct json_field *fields, const char *name)
{
        for (; fields->name; fields++)
                if (strcmp(fields->name, name) == 0)
                        return true;
        return false;
}

static int read_object(struct reader *reader, const struct json_field *fields, const struct json_value *value, void *object,
                       const struct place *place)
{
        if (value->type != JSON_OBJECT)
                return complain(reader, place, value, "an object");
        if (reader->strictness == JSON_REFUSE_UNKNOWN)
                for (size_t i = 0; i < value->count; i++)
                        if (!is_known(fields, value->members[i].name))
                                return complain_unknown(reader, place, value->members[i].name);

        for (; fields->name; fields++) {
                const struct json_value *member = json_get(value, fields->name);
                const struct place here = { .outer = place, .name = fields->name };
                int r;

                if (!member || member->type == JSON_NULL) {
                        if (fields->flags & JSON_REQUIRED)
                                return complain_missing(reader, place, fields->name);
                        continue;
                }
                r = read_member(reader, fields, member, (char *)object + fields->offset, &here);
                if (r < 0)
                        return r;
        }
        return 0;
}

int json_read(struct arena *arena, const struct json_field *fields, const struct json_value *value, void *object,
              const char *at, enum json_strictness strictness, struct error *err)
{
        struct reader reader = { .arena = arena, .strictness = strictness, .err = err };
        const struct place top = { .name = at };

        return read_object(&reader, fields, value, object, &top);
}
