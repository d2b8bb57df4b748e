/* The kinds of rows that the Windows documents brought: maps of structs and numbers, GUIDs, bytes, named numbers, open
 * members; and what is told of a host that is too old. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "hcs/base/base64.h"
#include "hcs/base/json.h"

struct port { const char *pipe; uint8_t lane; };
struct inner { MAP_OF(struct port) ports; bool late; };

struct thing {
        MAP_OF(struct port) any, numbered, by_guid;
        struct number_map numbers;
        const char *guid;
        struct bytes bytes;
        struct uint64s wide;
        struct uint32s narrow;
        uint8_t small;
        const uint16_t *maybe;
        uint32_t flags, protocol;
        struct json_open settings;
        LIST_OF(struct port) kept;
        struct strings names;
        const struct inner *inner;
        LIST_OF(struct inner) inners;
};

static const struct json_name flag_names[] = { { "None", 0 }, { "One", 1 }, { "Two", 2 }, { "Eight", 8 }, { NULL, 0 } };
static const struct json_name protocol_names[] = { { "TCP", 6 }, { "UDP", 17 }, { NULL, 0 } };

static const struct json_field port_fields[] = {
        JSON_TEXT(struct port, "Pipe", pipe),
        JSON_UINT(struct port, "Lane", lane, JSON_SINCE(2, 4)),
        JSON_END
};

static const struct json_field inner_fields[] = {
        JSON_STRUCT_MAP(struct inner, "Ports", ports, port_fields, JSON_SINCE(2, 2)),
        JSON_BOOL(struct inner, "Late", late, JSON_BUILD(22545)),
        JSON_END
};

static const struct json_field thing_fields[] = {
        JSON_STRUCT_MAP(struct thing, "Any", any, port_fields),
        JSON_STRUCT_MAP_F(struct thing, "Numbered", numbered, port_fields, JSON_KEY_NUMBER, UINT8_MAX),
        JSON_STRUCT_MAP_F(struct thing, "ByGuid", by_guid, port_fields, JSON_KEY_GUID, 0),
        JSON_NUMBER_MAP(struct thing, "Numbers", numbers, UINT16_MAX),
        JSON_GUID(struct thing, "Guid", guid),
        JSON_BYTES(struct thing, "Bytes", bytes),
        JSON_UINT64S(struct thing, "Wide", wide),
        JSON_UINT32S(struct thing, "Narrow", narrow, .max = UINT16_MAX),
        JSON_UINT(struct thing, "Small", small),
        JSON_UINT_OPT(struct thing, "Maybe", maybe),
        JSON_NAMED_F(struct thing, "Flags", flags, flag_names, JSON_SEVERAL),
        JSON_NAMED_F(struct thing, "Protocol", protocol, protocol_names, 0),
        JSON_OPEN(struct thing, "Settings", settings),
        JSON_LIST_F(struct thing, "Kept", kept, port_fields, JSON_KEEP_EMPTY),
        JSON_STRINGS_F(struct thing, "Names", names, JSON_KEEP_EMPTY),
        JSON_POINTER(struct thing, "Inner", inner, inner_fields, JSON_SINCE(2, 1)),
        JSON_LIST(struct thing, "Inners", inners, inner_fields),
        JSON_END
};

static int read_thing(struct arena *arena, const char *text, struct thing *thing, struct error *err)
{
        struct json_value *value;

        cr_assert(eq(int, json_parse(arena, text, strlen(text), "x", &value, err), 0), "%s: %s", text, err->text);
        return json_read(arena, thing_fields, value, thing, "$", JSON_REFUSE_UNKNOWN, err);
}

static void expect_written(const char *text, const char *written)
{
        struct thing thing = { 0 };
        struct arena arena = { 0 };
        struct error err = { 0 };
        struct text out = { 0 };

        cr_assert(eq(int, read_thing(&arena, text, &thing, &err), 0), "%s: %s", text, err.text);
        json_write(&out, thing_fields, &thing);
        cr_expect(eq(str, out.data, (char *)written));
        text_done(&out);
        arena_done(&arena);
}

static void expect_round_trip(const char *text)
{
        expect_written(text, text);
}

static void expect_complaint(const char *text, const char *words)
{
        struct thing thing = { 0 };
        struct arena arena = { 0 };
        struct error err = { 0 };

        cr_expect(eq(i32, read_thing(&arena, text, &thing, &err), E_INVALID_DATA), "%s", text);
        cr_expect(eq(str, err.text, (char *)words));
        arena_done(&arena);
}

#define GUID "0123abcd-4567-89AB-cdef-0123456789ab"

/* --- there and back ---------------------------------------------------------------------------------------------------- */

Test(base_json_kinds, writes_what_it_read)
{
        expect_round_trip("{}");
        expect_round_trip("{\"Any\":{\"a b\":{\"Pipe\":\"p\",\"Lane\":255},\"\":{}},\"Numbered\":{\"255\":{},\"0\":{\"Lane\":1}},"
                          "\"ByGuid\":{\"" GUID "\":{}},\"Numbers\":{\"x\":65535,\"y\":0},\"Guid\":\"" GUID "\",\"Bytes\":\"AAH/\","
                          "\"Wide\":[0,18446744073709551615],\"Narrow\":[65535],\"Small\":255,\"Maybe\":0,\"Flags\":4294967295,"
                          "\"Protocol\":6,\"Settings\":{\"x\":[1,null]},\"Kept\":[{}],\"Names\":[\"n\"],"
                          "\"Inner\":{\"Ports\":{\"p\":{}},\"Late\":true},\"Inners\":[{}]}");
}

Test(base_json_kinds, keeps_what_is_given_and_empty)
{
        expect_round_trip("{\"Any\":{},\"Kept\":[],\"Names\":[],\"Inner\":{\"Ports\":{}}}");
        expect_written("{\"Numbers\":{},\"Wide\":[],\"Bytes\":\"\"}", "{}");
}

Test(base_json_kinds, writes_maps_and_open_members_that_were_composed)
{
        struct thing thing = { 0 };
        struct text out = { 0 };
        const struct port settings = { .pipe = "q" };
        const struct json_value number = { .type = JSON_NUMBER, .text = "512", .length = 3 };

        thing.any.items = calloc(2, sizeof(*thing.any.items));
        thing.any.count = 2;
        thing.any.items[0].key = "0";
        thing.any.items[1].key = "\"";
        thing.any.items[1].value = (struct port){ .pipe = "p" };
        thing.settings = (struct json_open){ .fields = port_fields, .object = &settings };
        json_write(&out, thing_fields, &thing);
        cr_expect(eq(str, out.data, "{\"Any\":{\"0\":{},\"\\\"\":{\"Pipe\":\"p\"}},\"Settings\":{\"Pipe\":\"q\"}}"));

        text_clear(&out);
        thing.any.items = (free(thing.any.items), NULL);
        thing.any.count = 0;
        thing.settings = (struct json_open){ .value = &number };
        json_write(&out, thing_fields, &thing);
        cr_expect(eq(str, out.data, "{\"Settings\":512}"));
        text_done(&out);
}

Test(base_json_kinds, takes_numbers_by_name_and_writes_them_as_numbers)
{
        expect_written("{\"Flags\":\"Two\",\"Protocol\":\"UDP\"}", "{\"Flags\":2,\"Protocol\":17}");
        expect_written("{\"Flags\":\"One, Two,Eight\"}", "{\"Flags\":11}");
        expect_written("{\"Flags\":\"None\"}", "{}");
        expect_complaint("{\"Flags\":\"One,Three\"}",
                         "$.Flags: found a string, \"One,Three\"; expected a whole number, or one of \"None\", \"One\", \"Two\", \"Eight\"");
        expect_complaint("{\"Protocol\":\"TCP,UDP\"}",
                         "$.Protocol: found a string, \"TCP,UDP\"; expected a whole number, or one of \"TCP\", \"UDP\"");
        expect_complaint("{\"Protocol\":-1}", "$.Protocol: found a number, -1; expected a whole number, or one of \"TCP\", \"UDP\"");
        expect_complaint("{\"Flags\":\"\"}",
                         "$.Flags: found a string, \"\"; expected a whole number, or one of \"None\", \"One\", \"Two\", \"Eight\"");
}

/* --- complaints --------------------------------------------------------------------------------------------------------- */

Test(base_json_kinds, complains_of_keys)
{
        expect_complaint("{\"Numbered\":{\"256\":{}}}",
                         "$.Numbered.256: found a string, \"256\"; expected a whole number up to 255 as the member's name");
        expect_complaint("{\"Numbered\":{\"x\":{}}}",
                         "$.Numbered.x: found a string, \"x\"; expected a whole number up to 255 as the member's name");
        expect_complaint("{\"ByGuid\":{\"{" GUID "}\":{}}}",
                         "$.ByGuid.{" GUID "}: found a string, \"{" GUID "}\"; expected a GUID without braces as the member's name");
}

Test(base_json_kinds, complains_of_values)
{
        expect_complaint("{\"Any\":{\"a\":{\"Pip\":\"\"}}}", "$.Any.a.Pip: unknown member");
        expect_complaint("{\"Any\":{\"a\":1}}", "$.Any.a: found a number, 1; expected an object");
        expect_complaint("{\"Any\":[]}", "$.Any: found an array; expected an object whose values are objects");
        expect_complaint("{\"Numbers\":{\"x\":65536}}", "$.Numbers.x: found a number, 65536; expected a whole number from 0 to 65535");
        expect_complaint("{\"Numbers\":[]}", "$.Numbers: found an array; expected an object whose values are numbers");
        expect_complaint("{\"Narrow\":[1,65536]}", "$.Narrow[1]: found a number, 65536; expected a whole number from 0 to 65535");
        expect_complaint("{\"Wide\":[-1]}", "$.Wide[0]: found a number, -1; expected a whole number from 0 to 18446744073709551615");
        expect_complaint("{\"Small\":256}", "$.Small: found a number, 256; expected a whole number from 0 to 255");
        expect_complaint("{\"Maybe\":65536}", "$.Maybe: found a number, 65536; expected a whole number from 0 to 65535");
        expect_complaint("{\"Guid\":\"{" GUID "}\"}", "$.Guid: found a string, \"{" GUID "}\"; expected a GUID without braces");
        expect_complaint("{\"Guid\":\"" GUID "0\"}", "$.Guid: found a string, \"" GUID "0\"; expected a GUID without braces");
        expect_complaint("{\"Guid\":\"\"}", "$.Guid: found a string, \"\"; expected a GUID without braces");
        expect_complaint("{\"Guid\":7}", "$.Guid: found a number, 7; expected a GUID without braces");
        expect_complaint("{\"Bytes\":\"AA=\"}", "$.Bytes: found a string, \"AA=\"; expected a base64 string");
        expect_complaint("{\"Bytes\":1}", "$.Bytes: found a number, 1; expected a base64 string");
}

/* --- base64 -------------------------------------------------------------------------------------------------------------- */

/* The vectors of RFC 4648 section 10. */
Test(base_json_kinds, base64_there_and_back)
{
        static const struct { const char *bytes, *text; } vectors[] = {
                { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
                { "foobar", "Zm9vYmFy" },
        };

        for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
                struct text out = { 0 };
                unsigned char bytes[16];
                size_t count = 99;

                text_add(&out, "");
                base64_add(&out, (const unsigned char *)vectors[i].bytes, strlen(vectors[i].bytes));
                cr_expect(eq(str, out.data ? out.data : "", (char *)vectors[i].text));
                cr_assert(eq(int, base64_decode(vectors[i].text, strlen(vectors[i].text), bytes, &count), 0));
                cr_expect(eq(sz, count, strlen(vectors[i].bytes)));
                cr_expect(memcmp(bytes, vectors[i].bytes, count) == 0);
                text_done(&out);
        }
}

Test(base_json_kinds, base64_refuses_what_is_not)
{
        static const char *const bad[] = { "Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9v\n", "Zm 9", "Zh==", "Zm9=", "Zm-_" };
        unsigned char bytes[16];
        size_t count;

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                cr_expect(eq(int, base64_decode(bad[i], strlen(bad[i]), bytes, &count), -1), "%s", bad[i]);
}

/* --- what a host is too old for ----------------------------------------------------------------------------------------- */

static void note(void *context, const struct json_newer *newer)
{
        text_addf(context, "%s:%u.%u/%u ", newer->path, (unsigned)newer->field->since >> 8, (unsigned)newer->field->since & 0xff,
                  (unsigned)newer->field->build);
}

static void expect_newer(const char *text, struct json_host host, int count, const char *told)
{
        struct thing thing = { 0 };
        struct arena arena = { 0 };
        struct error err = { 0 };
        struct text out = { 0 };

        cr_assert(eq(int, read_thing(&arena, text, &thing, &err), 0), "%s", err.text);
        text_add(&out, "");
        cr_expect(eq(int, json_newer(thing_fields, &thing, "", &host, note, &out, &err), count));
        cr_expect(eq(str, out.data ? out.data : "", (char *)told));
        cr_expect(eq(int, json_newer(thing_fields, &thing, "", &host, NULL, NULL, &err), count), "without a listener");
        text_done(&out);
        arena_done(&arena);
}

Test(base_json_kinds, tells_what_a_host_is_too_old_for)
{
        const char *all = "{\"Any\":{\"x\":{\"Lane\":1},\"y\":{}},\"Kept\":[{},{\"Lane\":2}],\"Inner\":{\"Ports\":{\"p\":{\"Lane\":3}},\"Late\":true},"
                          "\"Inners\":[{\"Ports\":{}}]}";

        expect_newer(all, (struct json_host){ 0 }, 0, "");
        expect_newer(all, (struct json_host){ JSON_VERSION(2, 4), 22545 }, 0, "");
        expect_newer(all, (struct json_host){ JSON_VERSION(2, 2), 22544 }, 4,
                     "Any.x.Lane:2.4/0 Kept[1].Lane:2.4/0 Inner.Ports.p.Lane:2.4/0 Inner.Late:0.0/22545 ");
        expect_newer(all, (struct json_host){ JSON_VERSION(2, 1), 0 }, 4,
                     "Any.x.Lane:2.4/0 Kept[1].Lane:2.4/0 Inner.Ports:2.2/0 Inners[0].Ports:2.2/0 ");
        expect_newer(all, (struct json_host){ JSON_VERSION(2, 0), 0 }, 4,
                     "Any.x.Lane:2.4/0 Kept[1].Lane:2.4/0 Inner:2.1/0 Inners[0].Ports:2.2/0 ");
}

Test(base_json_kinds, looks_into_open_members_that_were_composed)
{
        const struct port settings = { .lane = 1 };
        const struct thing thing = { .settings = { .fields = port_fields, .object = &settings } };
        const struct json_host host = { JSON_VERSION(2, 1), 0 };
        struct text out = { 0 };
        struct error err = { 0 };

        cr_expect(eq(int, json_newer(thing_fields, &thing, "Modify[0]", &host, note, &out, &err), 1));
        cr_expect(eq(str, out.data, "Modify[0].Settings.Lane:2.4/0 "));
        text_done(&out);
}

Test(base_json_kinds, says_whether_a_host_takes_a_member)
{
        const struct json_host old = { JSON_VERSION(2, 1), 19041 }, unknown = { 0 };

        cr_expect(json_takes(port_fields, "Pipe", &old));
        cr_expect(not(json_takes(port_fields, "Lane", &old)));
        cr_expect(not(json_takes(inner_fields, "Late", &old)));
        cr_expect(json_takes(port_fields, "Lane", &unknown));
        cr_expect(not(json_takes(port_fields, "Other", &unknown)), "no such member");
}
