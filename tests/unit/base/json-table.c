#include "hcs/base/json.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

/* --- a table of every kind of row --------------------------------------------------------------------------------------- */

struct inner { int32_t x; const char *s; };

struct thing {
        bool flag, always;
        const bool *maybe;
        int32_t i32;
        int64_t i64;
        int32_t small;
        const int64_t *opt;
        uint16_t u16;
        uint32_t u32;
        uint64_t u64;
        const uint32_t *uopt;
        const char *name;
        int color;
        struct inner in;
        const struct inner *ptr;
        LIST_OF(struct inner) list;
        struct strings strings;
        struct uint32s numbers;
        struct string_map map;
        const struct json_value *raw;
};

static const char *const colors[] = { "red", "green", NULL };

static const struct json_field inner_fields[] = {
        JSON_INT(struct inner, "x", x),
        JSON_TEXT(struct inner, "s", s),
        JSON_END
};

static const struct json_field thing_fields[] = {
        JSON_BOOL(struct thing, "flag", flag),
        JSON_BOOL_F(struct thing, "always", always, JSON_ALWAYS),
        JSON_ROW_(JSON_KIND_BOOL_OPT, struct thing, "maybe", maybe, sizeof(bool), 0),
        JSON_INT(struct thing, "i32", i32),
        JSON_INT(struct thing, "i64", i64),
        JSON_INT_RANGE(struct thing, "small", small, -5, 10),
        JSON_INT_OPT(struct thing, "opt", opt),
        JSON_UINT(struct thing, "u16", u16),
        JSON_UINT(struct thing, "u32", u32),
        JSON_UINT(struct thing, "u64", u64),
        JSON_UINT_OPT(struct thing, "uopt", uopt),
        JSON_TEXT(struct thing, "name", name),
        JSON_ENUM_F(struct thing, "color", color, colors, 0),
        JSON_STRUCT(struct thing, "in", in, inner_fields),
        JSON_POINTER(struct thing, "ptr", ptr, inner_fields),
        JSON_LIST(struct thing, "list", list, inner_fields),
        JSON_STRINGS(struct thing, "strings", strings),
        JSON_UINT32S(struct thing, "numbers", numbers),
        JSON_MAP(struct thing, "map", map),
        JSON_RAW(struct thing, "raw", raw),
        JSON_END
};

static int read_thing(struct arena *arena, const char *text, struct thing *thing, enum json_strictness strictness, struct error *err)
{
        struct json_value *value;

        cr_assert(eq(int, json_parse(arena, text, strlen(text), "x", &value, err), 0), "%s: %s", text, err->text);
        return json_read(arena, thing_fields, value, thing, "", strictness, err);
}

static void expect_round_trip(const char *text)
{
        struct thing thing = { 0 };
        struct arena arena = { 0 };
        struct error err = { 0 };
        struct text out = { 0 };

        cr_assert(eq(int, read_thing(&arena, text, &thing, JSON_REFUSE_UNKNOWN, &err), 0), "%s: %s", text, err.text);
        json_write(&out, thing_fields, &thing);
        cr_expect(eq(str, out.data, (char *)text));
        text_done(&out);
        arena_done(&arena);
}

static void expect_complaint(const char *text, const char *words)
{
        struct thing thing = { 0 };
        struct arena arena = { 0 };
        struct error err = { 0 };

        cr_expect(eq(int, read_thing(&arena, text, &thing, JSON_IGNORE_UNKNOWN, &err), E_INVALID_DATA), "%s", text);
        cr_expect(eq(str, err.text, (char *)words));
        arena_done(&arena);
}

/* --- there and back ----------------------------------------------------------------------------------------------------- */

Test(base_json_table, writes_what_it_read)
{
        expect_round_trip("{\"always\":false}");
        expect_round_trip("{\"flag\":true,\"always\":true,\"maybe\":false,\"i32\":-2147483648,\"i64\":9223372036854775807,\"small\":-5,"
                          "\"opt\":-9223372036854775808,\"u16\":65535,\"u32\":4294967295,\"u64\":18446744073709551615,\"uopt\":0,"
                          "\"name\":\"\",\"color\":\"green\",\"in\":{\"x\":1},\"ptr\":{},\"list\":[{},{\"x\":2,\"s\":\"é\"}],"
                          "\"strings\":[\"a\",\"\"],\"numbers\":[0,4294967295],\"map\":{\"k\":\"v\",\"\":\"\"},"
                          "\"raw\":{\"any\":[1e3,null,{}]}}");
}

Test(base_json_table, tells_absent_from_empty_from_zero)
{
        struct thing thing = { 0 };
        struct arena arena = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, read_thing(&arena, "{}", &thing, JSON_REFUSE_UNKNOWN, &err), 0));
        cr_expect(eq(ptr, (void *)thing.maybe, NULL));
        cr_expect(eq(ptr, (void *)thing.uopt, NULL));
        cr_expect(eq(ptr, (void *)thing.ptr, NULL));
        cr_expect(eq(ptr, thing.strings.items, NULL), "not given");
        cr_expect(eq(int, thing.color, 0));

        cr_assert(eq(int, read_thing(&arena, "{\"maybe\":false,\"uopt\":0,\"ptr\":{},\"strings\":[],\"list\":[],\"map\":{},\"numbers\":[]}",
                                     &thing, JSON_REFUSE_UNKNOWN, &err), 0));
        cr_assert(ne(ptr, (void *)thing.maybe, NULL));
        cr_expect(eq(int, *thing.maybe, false));
        cr_expect(eq(u32, *thing.uopt, 0));
        cr_expect(ne(ptr, (void *)thing.ptr, NULL));
        cr_expect(ne(ptr, thing.strings.items, NULL), "given, and empty");
        cr_expect(ne(ptr, thing.list.items, NULL));
        cr_expect(ne(ptr, thing.map.items, NULL));
        cr_expect(ne(ptr, thing.numbers.items, NULL));
        arena_done(&arena);
}

Test(base_json_table, takes_null_for_absent)
{
        struct thing thing = { 0 };
        struct arena arena = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, read_thing(&arena, "{\"flag\":null,\"maybe\":null,\"i32\":null,\"opt\":null,\"name\":null,\"color\":null,\"in\":null,"
                                     "\"ptr\":null,\"list\":null,\"strings\":null,\"map\":null,\"raw\":null}", &thing, JSON_REFUSE_UNKNOWN, &err), 0));
        cr_expect(eq(ptr, (void *)thing.ptr, NULL));
        cr_expect(eq(ptr, (void *)thing.raw, NULL));
        arena_done(&arena);
}

Test(base_json_table, passes_over_unknown_members_or_refuses_them)
{
        struct thing thing = { 0 };
        struct arena arena = { 0 };
        struct error err = { 0 };

        cr_expect(eq(int, read_thing(&arena, "{\"new\":1,\"in\":{\"y\":2}}", &thing, JSON_IGNORE_UNKNOWN, &err), 0));
        cr_expect(eq(int, read_thing(&arena, "{\"new\":1}", &thing, JSON_REFUSE_UNKNOWN, &err), E_INVALID_DATA));
        cr_expect(eq(str, err.text, "new: unknown member"));
        cr_expect(eq(int, read_thing(&arena, "{\"list\":[{},{\"y\":2}]}", &thing, JSON_REFUSE_UNKNOWN, &err), E_INVALID_DATA));
        cr_expect(eq(str, err.text, "list[1].y: unknown member"));
        cr_expect(eq(int, read_thing(&arena, "{\"Flag\":true}", &thing, JSON_REFUSE_UNKNOWN, &err), E_INVALID_DATA), "case matters");
        arena_done(&arena);
}

/* --- complaints --------------------------------------------------------------------------------------------------------- */

Test(base_json_table, names_the_place_what_was_found_and_what_is_allowed)
{
        expect_complaint("[]", "(top): found an array; expected an object");
        expect_complaint("{\"flag\":1}", "flag: found a number, 1; expected true or false");
        expect_complaint("{\"maybe\":\"true\"}", "maybe: found a string, \"true\"; expected true or false");
        expect_complaint("{\"name\":true}", "name: found a boolean, true; expected a string");
        expect_complaint("{\"color\":\"blue\"}", "color: found a string, \"blue\"; expected one of \"red\", \"green\"");
        expect_complaint("{\"color\":1}", "color: found a number, 1; expected one of \"red\", \"green\"");
        expect_complaint("{\"in\":[]}", "in: found an array; expected an object");
        expect_complaint("{\"ptr\":\"\"}", "ptr: found a string, \"\"; expected an object");
        expect_complaint("{\"in\":{\"s\":1}}", "in.s: found a number, 1; expected a string");
        expect_complaint("{\"list\":{}}", "list: found an object; expected an array of objects");
        expect_complaint("{\"list\":[{},{\"x\":\"1\"}]}", "list[1].x: found a string, \"1\"; expected a whole number from -2147483648 to 2147483647");
        expect_complaint("{\"list\":[null]}", "list[0]: found null; expected an object");
        expect_complaint("{\"strings\":[\"a\",null]}", "strings[1]: found null; expected a string");
        expect_complaint("{\"numbers\":[1,-1]}", "numbers[1]: found a number, -1; expected a whole number from 0 to 4294967295");
        expect_complaint("{\"map\":{\"a.b\":1}}", "map.a.b: found a number, 1; expected a string");
}

Test(base_json_table, takes_whole_numbers_in_range_only)
{
        static const struct { const char *member, *allowed; const char *const refused[8]; } rows[] = {
                { "i32", "-2147483648 to 2147483647", { "2147483648", "-2147483649", "1.0", "1e3", "0.5", "99999999999999999999" } },
                { "i64", "-9223372036854775808 to 9223372036854775807", { "9223372036854775808", "-9223372036854775809", "1E0" } },
                { "small", "-5 to 10", { "11", "-6", "1e0" } },
                { "u16", "0 to 65535", { "65536", "-1", "-0", "1.0" } },
                { "u32", "0 to 4294967295", { "4294967296", "-1", "18446744073709551616" } },
                { "u64", "0 to 18446744073709551615", { "18446744073709551616", "-1" } },
                { "uopt", "0 to 4294967295", { "4294967296" } },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
                for (const char *const *number = rows[i].refused; *number; number++) {
                        char text[80], words[200];

                        snprintf(text, sizeof(text), "{\"%s\":%s}", rows[i].member, *number);
                        snprintf(words, sizeof(words), "%s: found a number, %s; expected a whole number from %s", rows[i].member, *number, rows[i].allowed);
                        expect_complaint(text, words);
                }
}

Test(base_json_table, shortens_what_it_found_at_whole_characters)
{
        struct text text = { 0 }, words = { 0 };

        text_add(&text, "{\"flag\":\"a");
        text_add(&words, "flag: found a string, \"a");
        for (int i = 0; i < 100; i++) {
                text_add(&text, "€");
                text_add(&words, i < 19 ? "€" : "");
        }
        text_add(&text, "\"}");
        text_add(&words, "...\"; expected true or false");
        expect_complaint(text.data, words.data);

        text_clear(&text);
        text_clear(&words);
        text_add(&text, "{\"i32\":");
        for (int i = 0; i < 5000; i++)
                text_add(&text, "9");
        text_add(&text, "}");
        expect_complaint(text.data, "i32: found a number, 9999999999999999999999999999999999999999...; "
                                    "expected a whole number from -2147483648 to 2147483647");
        text_clear(&text);
        text_add(&text, "{\"map\":{\"");
        for (int i = 0; i < 5000; i++)
                text_add(&text, "k");
        text_add(&text, "\":1}}");
        text_add(&words, "map.");
        for (int i = 0; i < 200; i++)
                text_add(&words, "k");
        text_add(&words, "...: found a number, 1; expected a string");
        expect_complaint(text.data, words.data);
        text_done(&text);
        text_done(&words);
}

Test(base_json_table, asks_for_what_is_required)
{
        static const struct json_field fields[] = {
                JSON_TEXT_F(struct inner, "s", s, JSON_REQUIRED),
                JSON_END
        };
        static const char *const texts[] = { "{}", "{\"s\":null}", "{\"x\":1}" };

        for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
                struct inner inner = { 0 };
                struct json_value *value;
                struct arena arena = { 0 };
                struct error err = { 0 };

                cr_assert(eq(int, json_parse(&arena, texts[i], strlen(texts[i]), "x", &value, &err), 0));
                cr_expect(eq(int, json_read(&arena, fields, value, &inner, "process", JSON_IGNORE_UNKNOWN, &err), E_INVALID_DATA));
                cr_expect(eq(str, err.text, "process.s: missing; it is required"));
                arena_done(&arena);
        }
}

/* --- writing ------------------------------------------------------------------------------------------------------------ */

static void expect_string(const char *string, const char *expected)
{
        struct text out = { 0 };

        json_write_string(&out, string);
        cr_expect(eq(str, out.data, (char *)expected));
        text_done(&out);
}

Test(base_json_table, escapes_what_must_be_and_no_more)
{
        expect_string("", "\"\"");
        expect_string("a/b", "\"a/b\"");
        expect_string("\"\\\n\t\r\x01\x1f", "\"\\\"\\\\\\n\\t\\u000d\\u0001\\u001f\"");
        expect_string("é€😀\x7f", "\"é€😀\x7f\"");
        expect_string("a\xff" "b\xc3", "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\"");
        expect_string("\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void expect_indented(const char *compact, const char *expected)
{
        struct error err = { 0 };
        struct text out = { 0 };

        cr_assert(eq(int, json_indent(&out, compact, &err), 0));
        cr_expect(eq(str, out.data, (char *)expected));
        text_done(&out);
}

Test(base_json_table, is_indented_for_people)
{
        expect_indented("{\"a\":[1,{\"b\":\"x,{:\\\"\"}],\"e\":[],\"o\":{}}",
                        "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x,{:\\\"\"\n    }\n  ],\n  \"e\": [],\n  \"o\": {}\n}");
        expect_indented("1", "1");
        expect_indented("\"\\\\\"", "\"\\\\\"");
        expect_indented("[]", "[]");
}

Test(base_json_table, ends_even_on_what_is_not_json)
{
        static const char *const odd[] = { "}", "]]]", "\"", "\"\\", "{", "[}", "}{" };

        for (size_t i = 0; i < ARRAY_LENGTH(odd); i++) {
                struct error err = { 0 };
                struct text out = { 0 };

                cr_expect(eq(int, json_indent(&out, odd[i], &err), 0));
                cr_expect(lt(sz, out.length, 100));
                text_done(&out);
        }
}
