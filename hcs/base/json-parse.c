/* Bytes to a tree of values.  The only file that knows yajl, and the place where its holes are closed: depth, duplicate
 * members, bad UTF-8 (which it forgets by the next call), NUL in strings, what stands behind the value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "hcs/base/json.h"
#include "hcs/base/utf8.h"

#define DEPTH_MAX 64
#define SIZE_MAX_BYTES (64u << 20)

/* A container that is being read: its items gather in a growing array and go to the arena when it ends. */
struct level {
        enum json_type type;
        struct json_member *members;    /* for an array the names stay NULL */
        size_t count, size;
        const char *name;               /* of the member whose value comes next */
};

struct parser {
        struct arena *arena;
        struct level levels[DEPTH_MAX];
        size_t depth;
        struct json_value *top;
        const char *complaint;          /* why a callback said no; NULL: yajl's own words */
        const char *subject;            /* what it is about, or NULL */
};

static int refuse(struct parser *parser, const char *complaint, const char *subject)
{
        parser->complaint = complaint;
        parser->subject = subject;
        return 0;
}

static struct json_member *level_add(struct parser *parser, struct level *level)
{
        if (level->count == level->size) {
                size_t size = level->size ? level->size * 2 : 8;
                struct json_member *more = arena_alloc_array(parser->arena, size, sizeof(*more));

                if (!more)
                        return NULL;
                if (level->count)
                        memcpy(more, level->members, level->count * sizeof(*more));
                level->members = more;
                level->size = size;
        }
        return &level->members[level->count++];
}

/* Puts a finished value where it belongs. */
static int deliver(struct parser *parser, struct json_value value)
{
        struct json_member *member;
        struct level *level;

        if (parser->depth == 0) {
                *parser->top = value;
                return 1;
        }
        level = &parser->levels[parser->depth - 1];
        member = level_add(parser, level);
        if (!member)
                return refuse(parser, "out of memory", NULL);
        member->name = level->name;
        member->value = value;
        level->name = NULL;
        return 1;
}

static int on_null(void *context)
{
        return deliver(context, (struct json_value){ .type = JSON_NULL });
}

static int on_boolean(void *context, int value)
{
        return deliver(context, (struct json_value){ .type = JSON_BOOLEAN, .boolean = value != 0 });
}

static int on_number(void *context, const char *text, size_t length)
{
        struct parser *parser = context;
        char *copy = arena_copy_n(parser->arena, text, length);

        if (!copy)
                return refuse(parser, "out of memory", NULL);
        return deliver(parser, (struct json_value){ .type = JSON_NUMBER, .text = copy, .length = length });
}

static const char *take_string(struct parser *parser, const unsigned char *bytes, size_t length)
{
        const char *text = (const char *)bytes;
        char *copy;

        if (memchr(text, '\0', length)) {
                refuse(parser, "a string holds a NUL character", NULL);
                return NULL;
        }
        if (!utf8_is_valid(text, length)) {
                refuse(parser, "a string is not valid UTF-8", NULL);
                return NULL;
        }
        copy = arena_copy_n(parser->arena, text, length);
        if (!copy)
                refuse(parser, "out of memory", NULL);
        return copy;
}

static int on_string(void *context, const unsigned char *bytes, size_t length)
{
        struct parser *parser = context;
        const char *text = take_string(parser, bytes, length);

        return text ? deliver(parser, (struct json_value){ .type = JSON_STRING, .text = text, .length = length }) : 0;
}

static int on_key(void *context, const unsigned char *bytes, size_t length)
{
        struct parser *parser = context;
        const char *text = take_string(parser, bytes, length);

        parser->levels[parser->depth - 1].name = text;
        return text != NULL;
}

static int begin(struct parser *parser, enum json_type type)
{
        if (parser->depth == DEPTH_MAX)
                return refuse(parser, "it is nested more than 64 levels deep", NULL);
        parser->levels[parser->depth++] = (struct level){ .type = type };
        return 1;
}

static int on_begin_object(void *context) { return begin(context, JSON_OBJECT); }
static int on_begin_array(void *context) { return begin(context, JSON_ARRAY); }

static int by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Two members of one name mean different things to different readers: refused.  Small objects are compared pairwise. */
static const char *find_duplicate(struct parser *parser, const struct level *level)
{
        const char **names;

        if (level->count <= 16) {
                for (size_t i = 1; i < level->count; i++)
                        for (size_t k = 0; k < i; k++)
                                if (strcmp(level->members[i].name, level->members[k].name) == 0)
                                        return level->members[i].name;
                return NULL;
        }
        names = arena_alloc_array(parser->arena, level->count, sizeof(*names));
        if (!names)
                return "(out of memory)";
        for (size_t i = 0; i < level->count; i++)
                names[i] = level->members[i].name;
        qsort(names, level->count, sizeof(*names), by_name);
        for (size_t i = 1; i < level->count; i++)
                if (strcmp(names[i - 1], names[i]) == 0)
                        return names[i];
        return NULL;
}

static int on_end_object(void *context)
{
        struct parser *parser = context;
        struct level *level = &parser->levels[--parser->depth];
        const char *duplicate = find_duplicate(parser, level);

        if (duplicate)
                return refuse(parser, "an object has two members named ", duplicate);
        return deliver(parser, (struct json_value){ .type = JSON_OBJECT, .count = level->count, .members = level->members });
}

static int on_end_array(void *context)
{
        struct parser *parser = context;
        struct level *level = &parser->levels[--parser->depth];
        struct json_value *items = arena_alloc_array(parser->arena, level->count + 1, sizeof(*items));

        if (!items)
                return refuse(parser, "out of memory", NULL);
        for (size_t i = 0; i < level->count; i++)
                items[i] = level->members[i].value;
        return deliver(parser, (struct json_value){ .type = JSON_ARRAY, .count = level->count, .items = items });
}

static const yajl_callbacks callbacks = {
        .yajl_null = on_null, .yajl_boolean = on_boolean, .yajl_number = on_number, .yajl_string = on_string,
        .yajl_start_map = on_begin_object, .yajl_map_key = on_key, .yajl_end_map = on_end_object,
        .yajl_start_array = on_begin_array, .yajl_end_array = on_end_array,
};

/* Where in the text, as people count. */
static void locate(const char *text, size_t at, size_t *line, size_t *column)
{
        *line = *column = 1;
        for (size_t i = 0; i < at; i++) {
                ++*column;
                if (text[i] == '\n') {
                        ++*line;
                        *column = 1;
                }
        }
}

/* yajl's message begins with "parse error: " or "lexical error: " and ends with a newline and a picture. */
static void own_words(yajl_handle handle, char *words, size_t size)
{
        unsigned char *message = yajl_get_error(handle, 0, NULL, 0);
        const char *text = message ? (const char *)message : "";
        const char *colon = strstr(text, "error: ");

        snprintf(words, size, "%s", colon ? colon + 7 : text);
        words[strcspn(words, "\n")] = '\0';
        if (message)
                yajl_free_error(handle, message);
}

static int tell(struct parser *parser, yajl_handle handle, const char *text, size_t length, const char *what,
                struct error *err)
{
        size_t at = yajl_get_bytes_consumed(handle), line, column;
        char words[200];

        if (at > length)
                at = length;
        locate(text, at, &line, &column);
        if (parser->complaint)
                return error_set(err, E_INVALID_DATA, "%s, line %zu, column %zu: %s%s%s%s", what, line, column,
                                 parser->complaint, parser->subject ? "\"" : "", parser->subject ? parser->subject : "",
                                 parser->subject ? "\"" : "");
        own_words(handle, words, sizeof(words));
        return error_set(err, E_INVALID_DATA, "%s, line %zu, column %zu: not JSON: %s", what, line, column, words);
}

/* Is there anything but white space? */
static bool is_blank(const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (!strchr(" \t\r\n", text[i]) || text[i] == '\0')
                        return false;
        return true;
}

int json_parse(struct arena *arena, const char *text, size_t length, const char *what, struct json_value **ret,
               struct error *err)
{
        struct parser parser = { .arena = arena };
        yajl_handle handle;
        yajl_status status;
        int r = 0;

        if (length > SIZE_MAX_BYTES)
                return error_set(err, E_INVALID_DATA, "%s is larger than %u MiB", what, SIZE_MAX_BYTES >> 20);
        if (is_blank(text, length))
                return error_set(err, E_INVALID_DATA, "%s is empty; expected a JSON object", what);
        parser.top = arena_alloc(arena, sizeof(*parser.top));
        handle = yajl_alloc(&callbacks, NULL, &parser);
        if (!parser.top || !handle) {
                if (handle)
                        yajl_free(handle);
                return error_memory(err);
        }
        /* Strings are checked above; yajl's own check would be forgotten by its next call. */
        yajl_config(handle, yajl_dont_validate_strings, 1);

        status = yajl_parse(handle, (const unsigned char *)text, length);
        if (status == yajl_status_ok)
                status = yajl_complete_parse(handle);
        if (status != yajl_status_ok)
                r = tell(&parser, handle, text, length, what, err);
        yajl_free(handle);
        if (r < 0)
                return r;
        *ret = parser.top;
        return 0;
}

const struct json_value *json_get(const struct json_value *object, const char *name)
{
        if (!object || object->type != JSON_OBJECT)
                return NULL;
        for (size_t i = 0; i < object->count; i++)
                if (strcmp(object->members[i].name, name) == 0)
                        return &object->members[i].value;
        return NULL;
}
