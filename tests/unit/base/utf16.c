#include "hcs/base/utf16.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "hcs/base/macros.h"
#include "hcs/base/text.h"
#include "hcs/base/utf8.h"

/* Every way of not being UTF-8. */
static const char *const broken[] = {
        "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x82", "\xe2\x28\xa1",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff",
};

Test(base_utf8, refuses_every_broken_form_at_every_place)
{
        for (size_t i = 0; i < ARRAY_LENGTH(broken); i++)
                for (size_t before = 0; before < 20; before++) {
                        char text[64] = { 0 };

                        memset(text, 'a', before);
                        strcat(text, broken[i]);
                        cr_assert(not(utf8_is_valid(text, strlen(text))), "form %zu behind %zu", i, before);
                        strcat(text, "abcdefghij");
                        cr_assert(not(utf8_is_valid(text, strlen(text))), "form %zu behind %zu", i, before);
                        cr_assert(eq(sz, utf8_valid_run(text, strlen(text)), before), "form %zu behind %zu", i, before);
                }
}

Test(base_utf8, takes_every_character_and_no_other)
{
        for (uint32_t c = 0; c < 0x110000; c++) {
                char bytes[4];
                uint32_t back = 0;
                size_t n = utf8_encode(c, bytes);
                bool surrogate = c >= 0xd800 && c < 0xe000;

                if (utf8_decode(bytes, n, &back) != (surrogate ? 0 : n) || (!surrogate && back != c) || utf8_is_valid(bytes, n) == surrogate)
                        cr_assert(false, "U+%04X", c);
        }
}

Test(base_utf8, counts_ascii_up_to_the_first_other_byte)
{
        for (size_t length = 0; length < 40; length++)
                for (size_t at = 0; at < length; at++) {
                        char text[40];

                        memset(text, 'a', sizeof(text));
                        cr_assert(eq(sz, utf8_ascii_run(text, length), length));
                        text[at] = (char)0xc3;
                        cr_assert(eq(sz, utf8_ascii_run(text, length), at));
                        text[at] = '\0';
                        cr_assert(eq(sz, utf8_ascii_run(text, length), at));
                        text[at] = 0x7f;
                        cr_assert(eq(sz, utf8_ascii_run(text, length), length));
                }
}

Test(base_utf8, is_shown_in_any_room)
{
        for (size_t size = 4; size < 60; size++) {
                char shown[60];

                memset(shown, 'x', sizeof(shown));
                utf8_printable("a\n\x1b" "é\xff€\xe2\x80\xa8😀b", shown, size);
                cr_assert(lt(sz, strlen(shown), size));
                cr_assert(utf8_is_valid(shown, strlen(shown)), "room for %zu", size);
                cr_assert(size > strlen("a\\n\\x1bé\\xff€\\u2028😀b") || text_ends_with(shown, "..."), "room for %zu", size);
        }
}

static void expect_round_trip(const char *text, size_t units)
{
        struct error err = { 0 };
        char16_t *wide = NULL;
        char *back = NULL;

        cr_assert(eq(int, utf16_from_utf8(text, &wide, &err), 0), "%s", err.text);
        cr_expect(eq(sz, utf16_length(wide), units));
        cr_assert(eq(int, utf16_to_utf8(wide, &back, &err), 0), "%s", err.text);
        cr_expect(eq(str, back, (char *)text));
        free(wide);
        free(back);
}

Test(base_utf16, comes_back_as_it_went)
{
        expect_round_trip("", 0);
        expect_round_trip("a", 1);
        expect_round_trip("abcdefgh", 8);
        expect_round_trip("abcdefghijklmnopqrstuvwxyz0123456789", 36);
        expect_round_trip("é", 1);
        expect_round_trip("abcdefgé", 8);
        expect_round_trip("éabcdefghijklmnopé", 18);
        expect_round_trip("日本語テキスト", 7);
        expect_round_trip("𝄞", 2);
        expect_round_trip("a𝄞bcdefghijklmno😀", 19);
        expect_round_trip("\x7f\x01\xef\xbf\xbf\xf4\x8f\xbf\xbf", 5);
}

Test(base_utf16, is_made_of_nothing_broken)
{
        for (size_t i = 0; i < ARRAY_LENGTH(broken); i++) {
                struct error err = { 0 };
                char16_t *wide = NULL;
                char text[64] = "abcdefghijk";

                strcat(text, broken[i]);
                cr_expect(eq(int, utf16_from_utf8(text, &wide, &err), E_INVALID_DATA), "form %zu", i);
                cr_expect(eq(str, err.text, "byte 11 is not UTF-8"));
                cr_expect(eq(ptr, wide, NULL), "a failure leaves its output alone");
        }
}

Test(base_utf16, has_no_half_pairs)
{
        static const char16_t halves[][4] = { { 'a', 0xd800 }, { 0xdc00, 'a' }, { 0xd800, 'a' }, { 0xd800, 0xd800, 0xdc00 }, { 0xdfff } };

        for (size_t i = 0; i < ARRAY_LENGTH(halves); i++) {
                struct error err = { 0 };
                char *text = NULL;

                cr_expect(eq(int, utf16_to_utf8(halves[i], &text, &err), E_INVALID_DATA), "row %zu", i);
                cr_expect(eq(ptr, text, NULL));
        }
}
