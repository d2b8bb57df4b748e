#include "hcs/base/json.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

/* In a block of exactly its size, so that a sanitizer sees a read beyond the end. */
static int parse(struct arena *arena, const char *text, size_t length, struct json_value **ret, struct error *err)
{
        char *exact = malloc(length ? length : 1);
        int r;

        cr_assert(ne(ptr, exact, NULL));
        memcpy(exact, text, length);
        r = json_parse(arena, exact, length, "x.json", ret, err);
        free(exact);
        return r;
}

static void expect_refused_n(const char *text, size_t length, const char *words)
{
        struct json_value *value = NULL;
        struct arena arena = { 0 };
        struct error err = { 0 };

        cr_expect(eq(int, parse(&arena, text, length, &value, &err), E_INVALID_DATA), "%.*s", (int)length, text);
        cr_expect(strstr(err.text, words) != NULL, "found \"%s\"; expected \"%s\"", err.text, words);
        cr_expect(strncmp(err.text, "x.json", 6) == 0, "%s", err.text);
        cr_expect(eq(ptr, value, NULL), "a failure leaves its output alone");
        arena_done(&arena);
}

static void expect_refused(const char *text, const char *words)
{
        expect_refused_n(text, strlen(text), words);
}

/* Parses, and writes what was parsed. */
static void expect_parsed(const char *text, const char *expected)
{
        struct json_value *value = NULL;
        struct arena arena = { 0 };
        struct error err = { 0 };
        struct text out = { 0 };

        cr_assert(eq(int, parse(&arena, text, strlen(text), &value, &err), 0), "%s: %s", text, err.text);
        json_write_value(&out, value);
        cr_expect(eq(str, out.data, (char *)expected));
        text_done(&out);
        arena_done(&arena);
}

Test(base_json, takes_every_kind_of_value)
{
        expect_parsed("null", "null");
        expect_parsed(" true\n", "true");
        expect_parsed("false", "false");
        expect_parsed("0", "0");
        expect_parsed("-12.50E+2", "-12.50E+2");
        expect_parsed("123456789012345678901234567890", "123456789012345678901234567890");
        expect_parsed("\"\"", "\"\"");
        expect_parsed("[ ]", "[]");
        expect_parsed("\t{\r\n}", "{}");
        expect_parsed("[1,[2,[]],{\"a\":{\"b\":null},\"\":0}]", "[1,[2,[]],{\"a\":{\"b\":null},\"\":0}]");
}

Test(base_json, decodes_escapes)
{
        expect_parsed("\"\\u0041\\u00e9\\u20ac\\ud834\\udd1e\"", "\"Aé€𝄞\"");
        expect_parsed("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\u0008\\u000c\\n\\u000d\\t\"");
        expect_parsed("\"\\\\ud800\"", "\"\\\\ud800\"");
        expect_parsed("{\"\\u0061\":1}", "{\"a\":1}");
}

Test(base_json, has_a_tree_with_lengths_and_counts)
{
        static const char text[] = "{\"a\":[true,\"xyz\"],\"n\":-7}";
        const struct json_value *a, *n;
        struct json_value *value;
        struct arena arena = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, parse(&arena, text, strlen(text), &value, &err), 0));
        cr_assert(eq(sz, value->count, 2));
        cr_expect(eq(str, (char *)value->members[1].name, "n"), "members keep their order");
        a = json_get(value, "a");
        n = json_get(value, "n");
        cr_assert(eq(sz, a->count, 2));
        cr_expect(a->items[0].boolean);
        cr_expect(eq(sz, a->items[1].length, 3));
        cr_expect(eq(str, (char *)n->text, "-7"));
        cr_expect(eq(ptr, (void *)json_get(value, "b"), NULL));
        cr_expect(eq(ptr, (void *)json_get(a, "a"), NULL));
        cr_expect(eq(ptr, (void *)json_get(NULL, "a"), NULL));
        arena_done(&arena);
}

Test(base_json, says_line_and_column)
{
        expect_refused("{\n  \"a\": 1,\n  \"a\": 2\n}", "x.json, line 3, column 6: an object has two members named \"a\"");
        expect_refused("{\"a\":1", "x.json, line 1, column 7: not JSON: premature EOF");
        expect_refused("[\"é\" x]", "x.json, line 1, column 7: not JSON: ");          /* where reading stopped, in characters */
        expect_refused("{}\n\n  {}", "x.json, line 3, column 3: not JSON: something stands behind the value");
}

Test(base_json, refuses_what_is_not_json)
{
        static const char *const rows[] = {
                "{", "}", "[", "]", "[1}", "{\"a\":1]", "[1,]", "[,1]", "[1 2]", "{\"a\":1,}", "{\"a\"}", "{\"a\":}", "{a:1}", "{1:2}",
                "{'a':1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "undefined", "01",
                "-01", "1.", ".5", "-", "+1", "1e", "1e+", "0x10", "1_000", "\"", "\"a", "\"\\\"", "\"\\x41\"", "\"\\u12\"", "\"\\u12g4\"",
                "\"a\nb\"", "\"a\tb\"", "\"\x01\"", "// x\n1", "/* x */ 1", "1 // x", "1 /", "#", "\xef\xbb\xbf{}", "\v1", "1\f", "[\v]",
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
                expect_refused(rows[i], "x.json, line 1");
        expect_refused("\f1", "the control character 0x0c");
}

Test(base_json, refuses_an_empty_text)
{
        expect_refused("", "is empty");
        expect_refused(" \n\t\r ", "is empty");
}

/* yajl overlooks a token without an end behind the value. */
Test(base_json, refuses_whatever_stands_behind_the_value)
{
        static const char *const rows[] = {
                "{} x", "{}{}", "[] []", "1 2", "1\"", "null \"", "\"a\"\"", "{}\"abc", "\"\"\":", "{} tru", "{} -", "{},", "1]", "{}}",
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
                expect_refused(rows[i], "something stands behind the value");
        expect_refused_n("{}\0", 3, "something stands behind the value");
        expect_refused_n("{}\0{}", 5, "something stands behind the value");
}

Test(base_json, refuses_a_text_cut_at_any_byte)
{
        static const char text[] = "{\"a\":[1,-2.5e3,\"x\\u00e9\\ud834\\udd1eé\",{\"b\":null,\"c\":[true,false,[[]]]}],\"d\":{}}";

        expect_parsed(text, "{\"a\":[1,-2.5e3,\"xé𝄞é\",{\"b\":null,\"c\":[true,false,[[]]]}],\"d\":{}}");
        for (size_t length = 0; length + 1 < sizeof(text); length++)
                expect_refused_n(text, length, "x.json");
}

Test(base_json, refuses_two_members_of_one_name_in_small_and_large_objects)
{
        expect_refused("{\"a\":1,\"b\":2,\"a\":1}", "two members named \"a\"");
        expect_refused("{\"a\":1,\"\\u0061\":2}", "two members named \"a\"");
        expect_refused("[{\"x\":{\"\":1,\"\":2}}]", "two members named \"\"");
        expect_parsed("{\"a\":{\"a\":{\"a\":1}},\"A\":2}", "{\"a\":{\"a\":{\"a\":1}},\"A\":2}");

        for (int count = 2; count < 100; count++)
                for (int twin = 0; twin < count; twin += 7) {
                        struct json_value *value = NULL;
                        struct arena arena = { 0 };
                        struct error err = { 0 };
                        struct text text = { 0 };

                        text_add(&text, "{\"before\":{\"m1\":0},");
                        for (int i = 0; i < count; i++)
                                text_addf(&text, "\"m%d\":%d,", i, i);
                        cr_assert(eq(int, json_parse(&arena, text.data, text.length, "x", &value, &err), E_INVALID_DATA));
                        text_addf(&text, "\"end\":0}");
                        cr_assert(eq(int, json_parse(&arena, text.data, text.length, "x", &value, &err), 0), "%s", err.text);
                        text.length--;
                        text_addf(&text, ",\"m%d\":0}", twin);
                        cr_assert(eq(int, json_parse(&arena, text.data, text.length, "x", &value, &err), E_INVALID_DATA));
                        cr_assert(strstr(err.text, "two members named \"m") != NULL, "%s", err.text);
                        text_done(&text);
                        arena_done(&arena);
                }
}

Test(base_json, is_at_most_64_levels_deep)
{
        char text[200001] = { 0 };

        memset(text, '[', 64);
        memset(text + 64, ']', 64);
        expect_parsed(text, text);
        memset(text, '[', 65);
        memset(text + 65, ']', 65);
        expect_refused(text, "line 1, column 66: it is nested more than 64 levels deep");
        memset(text, '[', sizeof(text) - 1);
        expect_refused(text, "more than 64 levels");
        for (size_t i = 0; i + 5 < sizeof(text); i += 5)
                memcpy(text + i, "{\"a\":", 5);
        expect_refused(text, "more than 64 levels");
}

Test(base_json, refuses_bytes_that_are_not_utf8_wherever_they_stand)
{
        static const char *const broken[] = {
                "\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80",
                "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe", "\xff",
        };
        static const char *const around[][2] = { { "[\"", "\"]" }, { "{\"", "\":1}" }, { "", "{}" }, { "[1,", "]" }, { "{} ", "" }, { "\"a\\n", "\\n\"" } };

        for (size_t i = 0; i < ARRAY_LENGTH(broken); i++)
                for (size_t k = 0; k < ARRAY_LENGTH(around); k++) {
                        char text[64];

                        snprintf(text, sizeof(text), "%s%s%s", around[k][0], broken[i], around[k][1]);
                        expect_refused(text, "does not belong to UTF-8");
                }
        expect_parsed("\"é€😀\xef\xbf\xbf\xf4\x8f\xbf\xbf\x7f\"", "\"é€😀\xef\xbf\xbf\xf4\x8f\xbf\xbf\x7f\"");
}

/* yajl writes "?" for the first half of a pair, and swallows the character behind it. */
Test(base_json, refuses_half_a_surrogate_pair)
{
        static const char *const rows[] = {
                "\"\\ud800\"", "\"\\ud800abc\"", "\"\\udc00\"", "\"\\ud834\\ud834\"", "\"\\ud834\\u0041\"", "\"\\udd1e\\ud834\"", "\"\\uDBFF\\n\"",
                "{\"\\ud800\":1}", "\"\\ud834\\udd1e\\udd1e\"", "\"\\\\\\ud800\"", "\"\\ud800\\", "\"\\ud800",
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
                expect_refused(rows[i], "half a surrogate pair");
}

Test(base_json, refuses_nul_in_strings_and_names)
{
        expect_refused("\"a\\u0000b\"", "a string holds a NUL character");
        expect_refused("{\"a\\u0000\":1,\"a\":2}", "a string holds a NUL character");
        expect_refused_n("\"a\0b\"", 5, "x.json");
}

Test(base_json, is_quick_about_large_things)
{
        struct json_value *value;
        struct arena arena = { 0 };
        struct error err = { 0 };
        struct text text = { 0 };

        text_add_char(&text, '{');
        for (int i = 0; i < 200000; i++)
                text_addf(&text, "\"m%d\":[%d],", i, i);
        text_add(&text, "\"long\":\"");
        for (int i = 0; i < 200000; i++)
                text_add(&text, "\\n€");
        text_add(&text, "\"}");
        cr_assert(eq(int, json_parse(&arena, text.data, text.length, "x", &value, &err), 0), "%s", err.text);
        cr_expect(eq(sz, value->count, 200001));
        cr_expect(eq(sz, json_get(value, "long")->length, 800000));
        arena_done(&arena);
        text_done(&text);
}

Test(base_json, keeps_words_of_the_input_harmless_in_messages)
{
        expect_refused("{\"a\\u001b[31m\\n\":1,\"a\\u001b[31m\\n\":1}", "two members named \"a\\x1b[31m\\n\"");
}
