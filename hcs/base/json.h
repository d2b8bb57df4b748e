/* JSON, read and written by tables.  The only place that knows yajl.
 *
 * Reading goes in two steps: json_parse() checks the bytes and makes a tree of values in an arena (limits: depth 64,
 * JSON_SIZE_MAX, no duplicate member, valid UTF-8 without NUL, nothing behind the value); json_read() walks a table and
 * fills a struct, and there numbers have their range.  json_write() walks the same table, so both sides of the waist cannot drift apart.
 *
 * Absent means default: NULL, 0, false and empty lists are left out in writing unless the row says JSON_ALWAYS.
 * Optional scalars are pointers in the struct, NULL when absent, written when not NULL.
 *
 * All strings and items that json_read() makes live in the arena it is given. */
#ifndef HCS_BASE_JSON_H
#define HCS_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/text.h"

#define JSON_SIZE_MAX (64u << 20)       /* bytes of a text: a document embeds a whole config.json and more */

enum json_type { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_member;

struct json_value {
        enum json_type type;
        bool boolean;
        const char *text;               /* JSON_STRING: decoded, NUL-terminated; JSON_NUMBER: as it was written */
        size_t length;                  /* of text; a decoded string may hold NUL bytes only if they were \u0000: refused */
        size_t count;                   /* JSON_ARRAY, JSON_OBJECT */
        struct json_value *items;       /* JSON_ARRAY: count values */
        struct json_member *members;    /* JSON_OBJECT: count members in the order of the text */
};

struct json_member { const char *name; struct json_value value; };

/* Parses a whole text.  `what` names it in messages ("config.json").  A failure is E_INVALID_DATA and says line and
 * column and what was found there. */
int json_parse(struct arena *arena, const char *text, size_t length, const char *what, struct json_value **ret,
               struct error *err);
/* The member of an object, or NULL. */
const struct json_value *json_get(const struct json_value *object, const char *name);

enum json_kind {
        JSON_KIND_END,
        JSON_KIND_BOOL,         /* bool */
        JSON_KIND_BOOL_OPT,     /* const bool * */
        JSON_KIND_INT,          /* int32_t or int64_t, by size */
        JSON_KIND_INT_OPT,      /* const int32_t * or const int64_t *, by size */
        JSON_KIND_UINT,         /* uint16_t, uint32_t or uint64_t, by size */
        JSON_KIND_UINT_OPT,     /* const uint32_t * or const uint64_t *, by size */
        JSON_KIND_STRING,       /* const char * */
        JSON_KIND_ENUM,         /* int: index into names[] + 1, so that 0 is "absent" */
        JSON_KIND_OBJECT,       /* a struct, in place */
        JSON_KIND_POINTER,      /* const struct x *: NULL when absent; "{}" gives an empty struct */
        JSON_KIND_LIST,         /* LIST_OF(struct x) */
        JSON_KIND_STRINGS,      /* struct strings */
        JSON_KIND_UINT32S,      /* struct uint32s */
        JSON_KIND_MAP,          /* struct string_map: an object whose values are strings */
        JSON_KIND_RAW,          /* const struct json_value *: any value, kept as it is */
};

enum json_flags {
        JSON_REQUIRED = 1,      /* reading: absent is an error; writing: the same as JSON_ALWAYS */
        JSON_ALWAYS   = 2,      /* writing: also when it has the default value */
};

struct json_field {
        const char *name;
        enum json_kind kind;
        unsigned flags;
        size_t offset;                          /* of the member in its struct */
        size_t size;                            /* of the scalar, or of one list item, or of the pointed-at struct */
        const struct json_field *fields;        /* OBJECT, POINTER, LIST */
        const char *const *names;               /* ENUM: NULL-terminated */
        int64_t min;                            /* INT, UINT: smallest allowed; both 0 = the whole range of the type */
        uint64_t max;
};

/* Rows.  s: struct type, n: JSON name, m: member.  The _F forms take flags. */
#define JSON_ROW_(k, s, n, m, sz, f, ...)   { .name = n, .kind = k, .flags = f, .offset = offsetof(s, m), .size = sz, __VA_ARGS__ }
#define JSON_SIZE_(s, m)                    sizeof(((s *)0)->m)
#define JSON_ITEM_(s, m)                    sizeof(*((s *)0)->m)

#define JSON_BOOL(s, n, m)                  JSON_ROW_(JSON_KIND_BOOL, s, n, m, JSON_SIZE_(s, m), 0)
#define JSON_BOOL_F(s, n, m, f)             JSON_ROW_(JSON_KIND_BOOL, s, n, m, JSON_SIZE_(s, m), f)
#define JSON_BOOL_OPT(s, n, m)              JSON_ROW_(JSON_KIND_BOOL_OPT, s, n, m, JSON_ITEM_(s, m), 0)
#define JSON_INT(s, n, m)                   JSON_ROW_(JSON_KIND_INT, s, n, m, JSON_SIZE_(s, m), 0)
#define JSON_INT_F(s, n, m, f)              JSON_ROW_(JSON_KIND_INT, s, n, m, JSON_SIZE_(s, m), f)
#define JSON_INT_RANGE(s, n, m, lo, hi)     JSON_ROW_(JSON_KIND_INT, s, n, m, JSON_SIZE_(s, m), 0, .min = lo, .max = hi)
#define JSON_INT_OPT(s, n, m)               JSON_ROW_(JSON_KIND_INT_OPT, s, n, m, JSON_ITEM_(s, m), 0)
#define JSON_INT_OPT_RANGE(s, n, m, lo, hi) JSON_ROW_(JSON_KIND_INT_OPT, s, n, m, JSON_ITEM_(s, m), 0, .min = lo, .max = hi)
#define JSON_UINT(s, n, m)                  JSON_ROW_(JSON_KIND_UINT, s, n, m, JSON_SIZE_(s, m), 0)
#define JSON_UINT_F(s, n, m, f)             JSON_ROW_(JSON_KIND_UINT, s, n, m, JSON_SIZE_(s, m), f)
#define JSON_UINT_RANGE_F(s, n, m, f, lo, hi) JSON_ROW_(JSON_KIND_UINT, s, n, m, JSON_SIZE_(s, m), f, .min = lo, .max = hi)
#define JSON_UINT_OPT(s, n, m)              JSON_ROW_(JSON_KIND_UINT_OPT, s, n, m, JSON_ITEM_(s, m), 0)
#define JSON_UINT_OPT_RANGE(s, n, m, lo, hi) JSON_ROW_(JSON_KIND_UINT_OPT, s, n, m, JSON_ITEM_(s, m), 0, .min = lo, .max = hi)
#define JSON_TEXT(s, n, m)                  JSON_ROW_(JSON_KIND_STRING, s, n, m, 0, 0)
#define JSON_TEXT_F(s, n, m, f)             JSON_ROW_(JSON_KIND_STRING, s, n, m, 0, f)
#define JSON_ENUM_F(s, n, m, list, f)       JSON_ROW_(JSON_KIND_ENUM, s, n, m, JSON_SIZE_(s, m), f, .names = list)
#define JSON_STRUCT(s, n, m, t)             JSON_ROW_(JSON_KIND_OBJECT, s, n, m, JSON_SIZE_(s, m), 0, .fields = t)
#define JSON_STRUCT_F(s, n, m, t, f)        JSON_ROW_(JSON_KIND_OBJECT, s, n, m, JSON_SIZE_(s, m), f, .fields = t)
#define JSON_POINTER(s, n, m, t)            JSON_ROW_(JSON_KIND_POINTER, s, n, m, JSON_ITEM_(s, m), 0, .fields = t)
#define JSON_POINTER_F(s, n, m, t, f)       JSON_ROW_(JSON_KIND_POINTER, s, n, m, JSON_ITEM_(s, m), f, .fields = t)
#define JSON_LIST(s, n, m, t)               JSON_ROW_(JSON_KIND_LIST, s, n, m, JSON_ITEM_(s, m.items), 0, .fields = t)
#define JSON_LIST_F(s, n, m, t, f)          JSON_ROW_(JSON_KIND_LIST, s, n, m, JSON_ITEM_(s, m.items), f, .fields = t)
#define JSON_STRINGS(s, n, m)               JSON_ROW_(JSON_KIND_STRINGS, s, n, m, 0, 0)
#define JSON_STRINGS_F(s, n, m, f)          JSON_ROW_(JSON_KIND_STRINGS, s, n, m, 0, f)
#define JSON_UINT32S(s, n, m)               JSON_ROW_(JSON_KIND_UINT32S, s, n, m, 0, 0)
#define JSON_MAP(s, n, m)                   JSON_ROW_(JSON_KIND_MAP, s, n, m, 0, 0)
#define JSON_RAW(s, n, m)                   JSON_ROW_(JSON_KIND_RAW, s, n, m, 0, 0)
#define JSON_END                            { .name = NULL, .kind = JSON_KIND_END }

enum json_strictness {
        JSON_IGNORE_UNKNOWN,    /* OCI: unknown members are passed over */
        JSON_REFUSE_UNKNOWN,    /* HCS: an unknown member is E_INVALID_DATA, as the service does it */
};

/* Fills `object` (zeroed by the caller) from `value` by the table.  `at` is the JSON path of the value ("" for the top);
 * messages read "process.user.uid: found a string, \"abc\"; expected a number from 0 to 4294967295".  null counts as
 * absent.  E_INVALID_DATA. */
int json_read(struct arena *arena, const struct json_field *fields, const struct json_value *value, void *object,
              const char *at, enum json_strictness strictness, struct error *err);

/* Appends `object` as compact JSON (no escaped slashes).  A failure shows in text_check(out). */
void json_write(struct text *out, const struct json_field *fields, const void *object);
/* Appends any parsed value, compact. */
void json_write_value(struct text *out, const struct json_value *value);
/* Appends a JSON string with quotes.  Bytes that are not UTF-8 become U+FFFD. */
void json_write_string(struct text *out, const char *string);
/* The same JSON for people: two blanks a level.  `compact` must be valid JSON. */
int json_indent(struct text *out, const char *compact, struct error *err);

#endif
