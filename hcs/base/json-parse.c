/* Bytes to a tree of values.  The only file that knows yajl, and the place where its holes are closed.
 *
 * Before yajl sees them the bytes are UTF-8 throughout, each escaped surrogate has its other half, and there is no
 * vertical tab or form feed (yajl forgets the first kind of failure by its next call, writes "?" for the second and takes
 * the third for white space).  While it reads, we keep the depth and the duplicates.  What stands behind the value we look
 * at ourselves, for there yajl overlooks a token without an end.  And it never checks an allocation: its memory is an
 * arena of ours, and where that ends we jump out of it. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "hcs/base/json.h"
#include "hcs/base/utf8.h"

#define DEPTH_MAX 64
#define PAIRWISE_MAX 32                 /* members that are compared with each other; above, names are sorted */

/* A container that is being read.  Its members wait on the parser's stack from `first` on and go to the arena, in one
 * piece, when it ends. */
struct level {
        size_t first;
        const char *name;               /* of the member whose value comes next */
};

struct parser {
        struct arena *arena;
        struct level levels[DEPTH_MAX];
        size_t depth;
        struct json_member *stack;      /* for items of an array the names stay NULL */
        size_t used, size;
        struct json_value *top;
        const char *complaint;          /* why a callback said no; NULL: yajl's own words */
        const char *subject;            /* the name that it is about, or NULL */
        bool out_of_memory;
        struct arena yajl;              /* what yajl allocates */
        jmp_buf yajl_has_no_memory;
};

static int refuse(struct parser *parser, const char *complaint, const char *subject)
{
        parser->complaint = complaint;
        parser->subject = subject;
        return 0;
}

static int refuse_memory(struct parser *parser)
{
        parser->out_of_memory = true;
        return 0;
}

/* Puts a finished value where it belongs. */
static int deliver(struct parser *parser, struct json_value value)
{
        const char *name = NULL;

        if (parser->depth == 0) {
                *parser->top = value;
                return 1;
        }
        name = take_ptr(parser->levels[parser->depth - 1].name);
        if (parser->used == parser->size) {
                size_t size = parser->size ? parser->size * 2 : 64;
                /* can't overflow: a value takes two bytes of a text below JSON_SIZE_MAX */
                struct json_member *more = realloc(parser->stack, size * sizeof(*more));

                if (!more)
                        return refuse_memory(parser);
                parser->stack = more;
                parser->size = size;
        }
        parser->stack[parser->used++] = (struct json_member){ .name = name, .value = value };
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
                return refuse_memory(parser);
        return deliver(parser, (struct json_value){ .type = JSON_NUMBER, .text = copy, .length = length });
}

static const char *take_string(struct parser *parser, const unsigned char *bytes, size_t length)
{
        char *copy;

        if (length && memchr(bytes, '\0', length)) {
                refuse(parser, "a string holds a NUL character", NULL);
                return NULL;
        }
        copy = arena_copy_n(parser->arena, (const char *)bytes, length);
        if (!copy)
                refuse_memory(parser);
        return copy;
}

static int on_string(void *context, const unsigned char *bytes, size_t length)
{
        struct parser *parser = context;
        const char *text = take_string(parser, bytes, length);

        return text ? deliver(parser, (struct json_value){ .type = JSON_STRING, .text = text, .length = length }) : 0;
}

/* --- containers --------------------------------------------------------------------------------------------------------- */

/* Two members of one name mean different things to different readers, so they are refused. */
static int refuse_duplicate(struct parser *parser, const char *name)
{
        return refuse(parser, "an object has two members named ", name);
}

static int on_key(void *context, const unsigned char *bytes, size_t length)
{
        struct parser *parser = context;
        struct level *level = &parser->levels[parser->depth - 1];
        const char *name = take_string(parser, bytes, length);

        if (!name)
                return 0;
        if (parser->used - level->first < PAIRWISE_MAX)
                for (size_t i = level->first; i < parser->used; i++)
                        if (strcmp(parser->stack[i].name, name) == 0)
                                return refuse_duplicate(parser, name);
        level->name = name;
        return 1;
}

static int begin(void *context)
{
        struct parser *parser = context;

        if (parser->depth == DEPTH_MAX)
                return refuse(parser, "it is nested more than 64 levels deep", NULL);
        parser->levels[parser->depth++] = (struct level){ .first = parser->used };
        return 1;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_names(struct parser *parser, const struct json_member *members, size_t count)
{
        const char **names = malloc(count * sizeof(*names)), *duplicate = NULL;

        if (!names)
                return refuse_memory(parser);
        for (size_t i = 0; i < count; i++)
                names[i] = members[i].name;
        qsort(names, count, sizeof(*names), by_name);
        for (size_t i = 1; i < count && !duplicate; i++)
                if (strcmp(names[i - 1], names[i]) == 0)
                        duplicate = names[i];
        free(names);
        return duplicate ? refuse_duplicate(parser, duplicate) : 1;
}

static int on_end_object(void *context)
{
        struct parser *parser = context;
        size_t first = parser->levels[--parser->depth].first, count = parser->used - first;
        struct json_member *members = arena_alloc_array(parser->arena, count, sizeof(*members));

        if (!members)
                return refuse_memory(parser);
        if (count > 0)
                memcpy(members, parser->stack + first, count * sizeof(*members));
        parser->used = first;
        if (count > PAIRWISE_MAX && !check_names(parser, members, count))
                return 0;
        return deliver(parser, (struct json_value){ .type = JSON_OBJECT, .count = count, .members = members });
}

static int on_end_array(void *context)
{
        struct parser *parser = context;
        size_t first = parser->levels[--parser->depth].first, count = parser->used - first;
        struct json_value *items = arena_alloc_array(parser->arena, count, sizeof(*items));

        if (!items)
                return refuse_memory(parser);
        for (size_t i = 0; i < count; i++)
                items[i] = parser->stack[first + i].value;
        parser->used = first;
        return deliver(parser, (struct json_value){ .type = JSON_ARRAY, .count = count, .items = items });
}

static const yajl_callbacks callbacks = {
        .yajl_null = on_null, .yajl_boolean = on_boolean, .yajl_number = on_number, .yajl_string = on_string,
        .yajl_start_map = begin, .yajl_map_key = on_key, .yajl_end_map = on_end_object,
        .yajl_start_array = begin, .yajl_end_array = on_end_array,
};

/* --- yajl's memory ------------------------------------------------------------------------------------------------------ */

/* A piece remembers its size for realloc.  Nothing is given back before the end: it is a few KiB, and twice the longest
 * string that has escapes. */
struct piece { _Alignas(max_align_t) size_t size; };

static void *yajl_take(void *context, size_t size)
{
        struct parser *parser = context;
        struct piece *piece = size <= SIZE_MAX - sizeof(*piece) ? arena_alloc(&parser->yajl, sizeof(*piece) + size) : NULL;

        if (!piece)
                longjmp(parser->yajl_has_no_memory, 1);
        piece->size = size;
        return piece + 1;
}

static void *yajl_take_more(void *context, void *old, size_t size)
{
        size_t old_size = old ? ((struct piece *)old)[-1].size : 0;
        void *more = yajl_take(context, size);

        if (old)
                memcpy(more, old, old_size < size ? old_size : size);
        return more;
}

static void yajl_give(void *context, void *memory)
{
        (void)context;
        (void)memory;
}

/* --- what is wrong, and where ------------------------------------------------------------------------------------------- */

/* "config.json, line 3, column 7", as people count. */
static void tell_place(struct text *out, const char *what, const char *text, size_t at)
{
        size_t line = 1, column = 1;

        for (size_t i = 0; i < at; i++) {
                if (text[i] == '\n') {
                        line++;
                        column = 1;
                } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
                        column++;
                }
        }
        text_addf(out, "%s, line %zu, column %zu: ", what, line, column);
}

static int tell(const char *what, const char *text, size_t at, struct error *err, const char *fmt, ...) _printf_(5, 6);

static int tell(const char *what, const char *text, size_t at, struct error *err, const char *fmt, ...)
{
        _cleanup_(text_done) struct text message = { 0 };
        va_list args;

        tell_place(&message, what, text, at);
        if (text_check(&message, err) < 0)
                return err->code;
        va_start(args, fmt);
        (void)error_set_va(err, E_INVALID_DATA, fmt, args);
        va_end(args);
        return error_set(err, E_INVALID_DATA, "%s%s", message.data, err->text);
}

/* yajl's message begins with "parse error: " or "lexical error: " and ends with a newline. */
static int tell_in_yajls_words(yajl_handle handle, const char *what, const char *text, size_t at, struct error *err)
{
        const char *words = (const char *)yajl_get_error(handle, 0, NULL, 0), *behind;

        if (!words)
                words = "";
        behind = strstr(words, "error: ");
        if (behind)
                words = behind + strlen("error: ");
        return tell(what, text, at, err, "not JSON: %.*s", (int)strcspn(words, "\n"), words);
}

/* The value of "\uXXXX" at `text`, or -1 when it is none (which yajl will say). */
static int escaped_unit(const char *text, size_t length)
{
        int value = 0;

        if (length < 6 || text[0] != '\\' || text[1] != 'u')
                return -1;
        for (int i = 2; i < 6; i++) {
                const char *digits = "0123456789abcdef0123456789ABCDEF", *digit = strchr(digits, text[i]);

                if (!digit || !*digit)
                        return -1;
                value = value << 4 | (int)((digit - digits) & 15);
        }
        return value;
}

/* How many bytes to pass over from a backslash on; 0 when it begins half a surrogate pair. */
static size_t escape_size(const char *text, size_t length)
{
        int unit = escaped_unit(text, length), low;

        if (unit < 0xd800 || unit >= 0xe000)
                return length < 2 ? length : 2;
        if (unit >= 0xdc00)
                return 0;
        low = escaped_unit(text + 6, length - 6);
        return low >= 0xdc00 && low < 0xe000 ? 12 : 0;
}

static int check_bytes(const char *text, size_t length, const char *what, struct error *err)
{
        size_t valid = utf8_valid_run(text, length), size;
        const char *end = text + length, *feed;

        if (valid < length)
                return tell(what, text, valid, err, "the byte 0x%02x does not belong to UTF-8", (unsigned char)text[valid]);
        feed = memchr(text, '\v', length);
        if (!feed)
                feed = memchr(text, '\f', length);
        if (feed)
                return tell(what, text, (size_t)(feed - text), err, "not JSON: the control character 0x%02x", *feed);
        for (const char *at = text; (at = memchr(at, '\\', (size_t)(end - at))); at += size) {
                size = escape_size(at, (size_t)(end - at));
                if (size == 0)
                        return tell(what, text, (size_t)(at - text), err, "half a surrogate pair");
        }
        return 0;
}

/* The length of the white space in front. */
static size_t blank_run(const char *text, size_t length)
{
        size_t at = 0;

        while (at < length && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n'))
                at++;
        return at;
}

static int run_yajl(struct parser *parser, const char *text, size_t length, const char *what, struct error *err)
{
        yajl_alloc_funcs memory = {
                .malloc = yajl_take, .realloc = yajl_take_more, .free = yajl_give, .ctx = parser,
        };
        yajl_handle handle = yajl_alloc(&callbacks, &memory, parser);   /* ends with its arena */
        yajl_status status;
        size_t at;

        yajl_config(handle, yajl_dont_validate_strings, 1);
        yajl_config(handle, yajl_allow_trailing_garbage, 1);

        status = yajl_parse(handle, (const unsigned char *)text, length);
        at = yajl_get_bytes_consumed(handle);
        if (status == yajl_status_ok) {
                at += blank_run(text + at, length - at);
                if (at < length)
                        return tell(what, text, at, err, "not JSON: something stands behind the value");
                status = yajl_complete_parse(handle);
                if (status == yajl_status_ok)
                        return 0;
        }

        if (parser->out_of_memory)
                return error_memory(err);
        if (parser->subject)
                return tell(what, text, at, err, "%s\"%.200s\"", parser->complaint, parser->subject);
        if (parser->complaint)
                return tell(what, text, at, err, "%s", parser->complaint);
        return tell_in_yajls_words(handle, what, text, at, err);
}

int json_parse(struct arena *arena, const char *text, size_t length, const char *what, struct json_value **ret,
               struct error *err)
{
        struct parser parser = { .arena = arena, .top = arena_alloc(arena, sizeof(*parser.top)) };
        int r;

        if (!parser.top)
                return error_memory(err);
        if (length > JSON_SIZE_MAX)
                return error_set(err, E_INVALID_DATA, "%s is larger than %u MiB", what, JSON_SIZE_MAX >> 20);
        if (blank_run(text, length) == length)
                return error_set(err, E_INVALID_DATA, "%s is empty; expected a JSON object", what);
        r = check_bytes(text, length, what, err);
        if (r < 0)
                return r;

        if (setjmp(parser.yajl_has_no_memory))
                r = error_memory(err);
        else
                r = run_yajl(&parser, text, length, what, err);
        arena_done(&parser.yajl);
        free(parser.stack);
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
