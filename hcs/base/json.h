/* JSON, read and written by tables.  The only place that knows yajl.
 *
 * Reading goes in two steps: json_parse() checks the bytes and makes a tree of values in an arena (limits: depth 64,
 * JSON_SIZE_MAX, no duplicate member, valid UTF-8 without NUL, nothing behind the value); json_read() walks a table and
 * fills a struct, and there numbers have their range.  json_write() walks the same table, so both sides of the waist cannot drift apart.
 *
 * Absent means default: NULL, 0, false and empty lists are left out in writing unless the row says JSON_ALWAYS.  Maps of
 * structs, and lists whose row says JSON_KEEP_EMPTY, are written when they are given, also empty: HCS takes "{}" as a wish.
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
        JSON_KIND_UINT,         /* uint8_t, uint16_t, uint32_t or uint64_t, by size */
        JSON_KIND_UINT_OPT,     /* a pointer to a const one of those, by size */
        JSON_KIND_STRING,       /* const char * */
        JSON_KIND_ENUM,         /* int: index into names[] + 1, so that 0 is "absent" */
        JSON_KIND_OBJECT,       /* a struct, in place */
        JSON_KIND_POINTER,      /* const struct x *: NULL when absent; "{}" gives an empty struct */
        JSON_KIND_LIST,         /* LIST_OF(struct x) */
        JSON_KIND_STRINGS,      /* struct strings */
        JSON_KIND_UINT32S,      /* struct uint32s */
        JSON_KIND_MAP,          /* struct string_map: an object whose values are strings */
        JSON_KIND_RAW,          /* const struct json_value *: any value, kept as it is */
        JSON_KIND_GUID,         /* const char *: 8-4-4-4-12 hexadecimal digits, no braces */
        JSON_KIND_BYTES,        /* struct bytes: base64 in the text */
        JSON_KIND_UINT64S,      /* struct uint64s */
        JSON_KIND_NUMBER_MAP,   /* struct number_map: an object whose values are whole numbers */
        JSON_KIND_STRUCT_MAP,   /* MAP_OF(struct x): an object whose values are structs */
        JSON_KIND_NAMED,        /* uint32_t: written as a number, read as a number or by its names */
        JSON_KIND_OPEN,         /* struct json_open: any value, or a struct with a table of its own */
};

enum json_flags {
        JSON_REQUIRED = 1,      /* reading: absent is an error; writing: the same as JSON_ALWAYS */
        JSON_ALWAYS   = 2,      /* writing: also when it has the default value */
        JSON_KEEP_EMPTY  = 4,   /* LIST, STRINGS, MAP, ...: written when given (items != NULL), also with no items */
        JSON_KEY_NUMBER  = 8,   /* STRUCT_MAP: each key is a whole number up to max */
        JSON_KEY_GUID    = 16,  /* STRUCT_MAP: each key is a GUID */
        JSON_SEVERAL     = 32,  /* NAMED: names are bits, and several of them may stand in one text, with commas */
        JSON_UNPUBLISHED = 64,  /* real programs send it, the published schema does not have it */
};

/* A number that also goes by a name.  Ends with a NULL name. */
struct json_name { const char *name; uint32_t number; };

/* A member whose kind another member decides ("Settings").  To be written: fields and object, or value.  Read: value. */
struct json_open { const struct json_field *fields; const void *object; const struct json_value *value; };

#define JSON_VERSION(major, minor)      ((uint16_t)((major) << 8 | (minor)))

struct json_field {
        const char *name;
        enum json_kind kind;
        unsigned flags;
        size_t offset;                          /* of the member in its struct */
        size_t size;                            /* of the scalar, or of one list item, or of the pointed-at struct */
        const struct json_field *fields;        /* OBJECT, POINTER, LIST */
        const char *const *names;               /* ENUM: NULL-terminated */
        int64_t min;                            /* INT, UINT, their lists and maps: smallest allowed; both 0 = the whole */
        uint64_t max;                           /* range of the type.  STRUCT_MAP: largest key */
        const struct json_name *numbers;        /* NAMED */
        size_t inner;                           /* STRUCT_MAP: offset of the struct in its item */
        uint16_t since;                         /* JSON_VERSION() of the first schema that has it; 0: from the beginning */
        uint32_t build;                         /* first build of Windows that takes it, where one is known; else 0 */
};

/* Rows.  s: struct type, n: JSON name, m: member.  The _F forms take flags.  All take JSON_SINCE() and JSON_BUILD() behind. */
#define JSON_SINCE(major, minor)            .since = JSON_VERSION(major, minor)
#define JSON_BUILD(number)                  .build = number
#define JSON_ROW_(k, s, n, m, sz, f, ...)   { .name = n, .kind = k, .flags = f, .offset = offsetof(s, m), .size = sz, __VA_ARGS__ }
#define JSON_SIZE_(s, m)                    sizeof(((s *)0)->m)
#define JSON_ITEM_(s, m)                    sizeof(*((s *)0)->m)
#define JSON_INNER_(s, m)                   offsetof(__typeof__(*((s *)0)->m.items), value)

#define JSON_BOOL(s, n, m, ...)             JSON_ROW_(JSON_KIND_BOOL, s, n, m, JSON_SIZE_(s, m), 0, __VA_ARGS__)
#define JSON_BOOL_F(s, n, m, f, ...)        JSON_ROW_(JSON_KIND_BOOL, s, n, m, JSON_SIZE_(s, m), f, __VA_ARGS__)
#define JSON_BOOL_OPT(s, n, m, ...)         JSON_ROW_(JSON_KIND_BOOL_OPT, s, n, m, JSON_ITEM_(s, m), 0, __VA_ARGS__)
#define JSON_BOOL_OPT_F(s, n, m, f, ...)    JSON_ROW_(JSON_KIND_BOOL_OPT, s, n, m, JSON_ITEM_(s, m), f, __VA_ARGS__)
#define JSON_INT(s, n, m, ...)              JSON_ROW_(JSON_KIND_INT, s, n, m, JSON_SIZE_(s, m), 0, __VA_ARGS__)
#define JSON_INT_F(s, n, m, f, ...)         JSON_ROW_(JSON_KIND_INT, s, n, m, JSON_SIZE_(s, m), f, __VA_ARGS__)
#define JSON_INT_RANGE(s, n, m, lo, hi, ...) \
                                            JSON_ROW_(JSON_KIND_INT, s, n, m, JSON_SIZE_(s, m), 0, .min = lo, .max = hi, __VA_ARGS__)
#define JSON_INT_OPT(s, n, m, ...)          JSON_ROW_(JSON_KIND_INT_OPT, s, n, m, JSON_ITEM_(s, m), 0, __VA_ARGS__)
#define JSON_INT_OPT_F(s, n, m, f, ...)     JSON_ROW_(JSON_KIND_INT_OPT, s, n, m, JSON_ITEM_(s, m), f, __VA_ARGS__)
#define JSON_INT_OPT_RANGE(s, n, m, lo, hi, ...) \
                                            JSON_ROW_(JSON_KIND_INT_OPT, s, n, m, JSON_ITEM_(s, m), 0, .min = lo, .max = hi, __VA_ARGS__)
#define JSON_UINT(s, n, m, ...)             JSON_ROW_(JSON_KIND_UINT, s, n, m, JSON_SIZE_(s, m), 0, __VA_ARGS__)
#define JSON_UINT_F(s, n, m, f, ...)        JSON_ROW_(JSON_KIND_UINT, s, n, m, JSON_SIZE_(s, m), f, __VA_ARGS__)
#define JSON_UINT_RANGE_F(s, n, m, f, lo, hi, ...) \
                                            JSON_ROW_(JSON_KIND_UINT, s, n, m, JSON_SIZE_(s, m), f, .min = lo, .max = hi, __VA_ARGS__)
#define JSON_UINT_OPT(s, n, m, ...)         JSON_ROW_(JSON_KIND_UINT_OPT, s, n, m, JSON_ITEM_(s, m), 0, __VA_ARGS__)
#define JSON_UINT_OPT_F(s, n, m, f, ...)    JSON_ROW_(JSON_KIND_UINT_OPT, s, n, m, JSON_ITEM_(s, m), f, __VA_ARGS__)
#define JSON_UINT_OPT_RANGE(s, n, m, lo, hi, ...) \
                                            JSON_ROW_(JSON_KIND_UINT_OPT, s, n, m, JSON_ITEM_(s, m), 0, .min = lo, .max = hi, __VA_ARGS__)
#define JSON_TEXT(s, n, m, ...)             JSON_ROW_(JSON_KIND_STRING, s, n, m, 0, 0, __VA_ARGS__)
#define JSON_TEXT_F(s, n, m, f, ...)        JSON_ROW_(JSON_KIND_STRING, s, n, m, 0, f, __VA_ARGS__)
#define JSON_ENUM_F(s, n, m, list, f, ...)  \
                                            JSON_ROW_(JSON_KIND_ENUM, s, n, m, JSON_SIZE_(s, m), f, .names = list, __VA_ARGS__)
#define JSON_STRUCT(s, n, m, t, ...)        \
                                            JSON_ROW_(JSON_KIND_OBJECT, s, n, m, JSON_SIZE_(s, m), 0, .fields = t, __VA_ARGS__)
#define JSON_STRUCT_F(s, n, m, t, f, ...)   \
                                            JSON_ROW_(JSON_KIND_OBJECT, s, n, m, JSON_SIZE_(s, m), f, .fields = t, __VA_ARGS__)
#define JSON_POINTER(s, n, m, t, ...)       \
                                            JSON_ROW_(JSON_KIND_POINTER, s, n, m, JSON_ITEM_(s, m), 0, .fields = t, __VA_ARGS__)
#define JSON_POINTER_F(s, n, m, t, f, ...)  \
                                            JSON_ROW_(JSON_KIND_POINTER, s, n, m, JSON_ITEM_(s, m), f, .fields = t, __VA_ARGS__)
#define JSON_LIST(s, n, m, t, ...)          \
                                            JSON_ROW_(JSON_KIND_LIST, s, n, m, JSON_ITEM_(s, m.items), 0, .fields = t, __VA_ARGS__)
#define JSON_LIST_F(s, n, m, t, f, ...)     \
                                            JSON_ROW_(JSON_KIND_LIST, s, n, m, JSON_ITEM_(s, m.items), f, .fields = t, __VA_ARGS__)
#define JSON_STRINGS(s, n, m, ...)          JSON_ROW_(JSON_KIND_STRINGS, s, n, m, 0, 0, __VA_ARGS__)
#define JSON_STRINGS_F(s, n, m, f, ...)     JSON_ROW_(JSON_KIND_STRINGS, s, n, m, 0, f, __VA_ARGS__)
#define JSON_UINT32S(s, n, m, ...)          JSON_ROW_(JSON_KIND_UINT32S, s, n, m, 0, 0, __VA_ARGS__)
#define JSON_MAP(s, n, m, ...)              JSON_ROW_(JSON_KIND_MAP, s, n, m, 0, 0, __VA_ARGS__)
#define JSON_RAW(s, n, m, ...)              JSON_ROW_(JSON_KIND_RAW, s, n, m, 0, 0, __VA_ARGS__)
#define JSON_RAW_F(s, n, m, f, ...)         JSON_ROW_(JSON_KIND_RAW, s, n, m, 0, f, __VA_ARGS__)
#define JSON_GUID(s, n, m, ...)             JSON_ROW_(JSON_KIND_GUID, s, n, m, 0, 0, __VA_ARGS__)
#define JSON_GUID_F(s, n, m, f, ...)        JSON_ROW_(JSON_KIND_GUID, s, n, m, 0, f, __VA_ARGS__)
#define JSON_BYTES(s, n, m, ...)            JSON_ROW_(JSON_KIND_BYTES, s, n, m, 0, 0, __VA_ARGS__)
#define JSON_UINT64S(s, n, m, ...)          JSON_ROW_(JSON_KIND_UINT64S, s, n, m, 0, 0, __VA_ARGS__)
#define JSON_NUMBER_MAP(s, n, m, hi, ...)   JSON_ROW_(JSON_KIND_NUMBER_MAP, s, n, m, 0, 0, .max = hi, __VA_ARGS__)
#define JSON_STRUCT_MAP_F(s, n, m, t, f, hi, ...) \
                                            JSON_ROW_(JSON_KIND_STRUCT_MAP, s, n, m, JSON_ITEM_(s, m.items), f, .fields = t, \
                                                  .inner = JSON_INNER_(s, m), .max = hi, __VA_ARGS__)
#define JSON_STRUCT_MAP(s, n, m, t, ...)    JSON_STRUCT_MAP_F(s, n, m, t, 0, 0, __VA_ARGS__)
#define JSON_NAMED_F(s, n, m, list, f, ...) \
                                            JSON_ROW_(JSON_KIND_NAMED, s, n, m, JSON_SIZE_(s, m), f, .numbers = list, __VA_ARGS__)
#define JSON_OPEN(s, n, m, ...)             JSON_ROW_(JSON_KIND_OPEN, s, n, m, 0, 0, __VA_ARGS__)
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
/* Would json_write() write this member of `object`? */
bool json_is_given(const struct json_field *field, const void *object);

/* A host of a certain age.  0: not known, takes all. */
struct json_host { uint16_t version; uint32_t build; };         /* JSON_VERSION(); of Windows */

/* What is too new for it.  `path` is "VirtualMachine.Devices.Scsi.0.DisableInterruptBatching" and ends with the call. */
struct json_newer { const char *path; const struct json_field *field; };
typedef void (*json_tell_newer)(void *context, const struct json_newer *newer);

/* Tells of each given member of `object`, at any depth, that the host does not take by its row's JSON_SINCE() or
 * JSON_BUILD(); not of what is inside of such a member.  `at` is put before the paths.  Returns how many there are, or
 * E_OUT_OF_MEMORY.  `tell` may be NULL. */
int json_newer(const struct json_field *fields, const void *object, const char *at, const struct json_host *host,
               json_tell_newer tell, void *context, struct error *err);
/* Does the host take the member of this name?  False also when the table has no such member. */
bool json_takes(const struct json_field *fields, const char *name, const struct json_host *host);

/* Appends any parsed value, compact. */
void json_write_value(struct text *out, const struct json_value *value);
/* Appends a JSON string with quotes.  Bytes that are not UTF-8 become U+FFFD. */
void json_write_string(struct text *out, const char *string);
/* The same JSON for people: two blanks a level.  `compact` must be valid JSON. */
int json_indent(struct text *out, const char *compact, struct error *err);

#endif
