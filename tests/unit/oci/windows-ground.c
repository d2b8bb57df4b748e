/* What the mapping to Windows documents stands on: GUIDs of names, paths, command lines. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "hcs/base/guid.h"
#include "oci/windows/layer-id.h"
#include "oci/windows/path.h"
#include "oci/windows/quote.h"

/* --- GUIDs -------------------------------------------------------------------------------------------------------- */

Test(guid, of_a_name_is_that_of_the_rfc)
{
        char guid[GUID_TEXT_MAX];

        /* RFC 9562, appendix A.4: "www.example.com" in the name space of DNS. */
        guid_from_name("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com", 15, guid);
        cr_expect(eq(str, guid, "2ed6657d-e927-568b-95e1-2665a8aea6a2"));
}

/* Values that hcsshim is seen to use for its controllers (hcs-documents.md section 5.1). */
Test(guid, of_the_scsi_controllers_are_the_known_ones)
{
        static const char *const expected[] = {
                "df6d0690-79e5-55b6-a5ec-c1e2f77f580a", "0110f83b-de10-5172-a266-78bca56bf50a",
                "b5d2d8d4-3a75-51bf-945b-3444dc6b8579", "305891a9-b251-5dfe-91a2-c25d9212275b",
        };

        for (size_t i = 0; i < ARRAY_LENGTH(expected); i++) {
                const char name = (char)('0' + i);
                char guid[GUID_TEXT_MAX];

                guid_from_name("d422512d-2bf2-4752-809d-7b82b5fcb1b4", &name, 1, guid);
                cr_expect(eq(str, guid, (char *)expected[i]));
        }
}

/* The lengths about which a block of SHA-1 ends; the sums are of another implementation. */
Test(guid, of_long_names_go_over_several_blocks)
{
        static const struct { size_t length; const char *guid; } rows[] = {
                { 0, "4ebd0208-8328-5d69-8c44-ec50939c0967" },
                { 1, "05b16a01-46c6-56dd-bd6e-c6dfb4a1427a" },
                { 38, "f3ddef67-6e5b-53ca-baa2-12b379ef6ced" },
                { 39, "2f80c0d1-1c62-579f-8d68-e61ad5592c9b" },
                { 40, "e56fd57a-7633-5e1d-8f80-70e05ac413e5" },
                { 41, "ab3d3b41-220b-59ab-8b91-f83dcaeaa895" },
                { 47, "a112377b-8258-5ef7-b5b0-d2540bc03abb" },
                { 48, "83993b6c-dea9-55ca-be5b-9989c85943fc" },
                { 49, "a0f0b33b-afbf-5cad-b334-d8140d5af575" },
                { 102, "9b74c28c-4c1b-522f-b4bb-4f0654217884" },
                { 103, "69b5a616-6ae8-5c37-8b46-37d527314c4d" },
                { 104, "c917ca2c-8395-5e00-8f28-a898d41a4b8d" },
                { 112, "0243b19e-8bd4-5b57-95a2-1fcacc3142a0" },
                { 113, "4e772fc6-7f5c-5655-afd4-f6e0a2e8e912" },
                { 255, "635efb8e-96e5-5f1e-8289-59029ccebdfb" },
        };
        char name[256];

        memset(name, 'x', sizeof(name));
        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
                char guid[GUID_TEXT_MAX];

                guid_from_name("6ba7b810-9dad-11d1-80b4-00c04fd430c8", name, rows[i].length, guid);
                cr_expect(eq(str, guid, (char *)rows[i].guid), "%zu bytes", rows[i].length);
        }
}

Test(guid, is_read_in_either_case_and_with_braces)
{
        char guid[GUID_TEXT_MAX] = "kept";

        cr_expect(eq(int, guid_normalise("{5B45201D-F2F2-4F3B-85BB-30FF1F953599}", guid), 0));
        cr_expect(eq(str, guid, "5b45201d-f2f2-4f3b-85bb-30ff1f953599"));
        cr_expect(guid_is_valid("5b45201d-f2f2-4f3b-85bb-30ff1f953599"));
        for (size_t i = 0; i < 7; i++) {
                static const char *const bad[] = {
                        "", "{5b45201d-f2f2-4f3b-85bb-30ff1f953599", "5b45201d-f2f2-4f3b-85bb-30ff1f95359", "5b45201df2f24f3b85bb30ff1f953599",
                        "5b45201d-f2f2-4f3b-85bb-30ff1f95359g", "5b45201d+f2f2-4f3b-85bb-30ff1f953599", "5b45201d-f2f2-4f3b-85bb-30ff1f9535990",
                };

                cr_expect(false == (guid_is_valid(bad[i])), "%s", bad[i]);
                cr_expect(eq(int, guid_normalise(bad[i], guid), -1));
        }
        cr_expect(eq(str, guid, "5b45201d-f2f2-4f3b-85bb-30ff1f953599"), "a failure leaves its output alone");
}

/* Four ids of public logs (hcs-documents.md section 4.3). */
Test(layer_id, is_what_windows_is_seen_to_use)
{
        static const char *const rows[][2] = {
                { "4", "bd9c3ef9-f239-59b5-a27e-15c523b1d149" },
                { "4e3c0eecb91d8fc28eda07ff06c6910a592b0ce4539476fb943b48e6934e9976", "cd22d128-903e-550a-9d8f-aa8134ca1c9b" },
                { "e2a46135ff011a2ef9f193590ccddde95806850a0cdd7638b913e003c28e7fd0", "8f9dd02a-0f67-598e-921b-59884f08b5af" },
                { "3030b7a20c848d1553700c1ccf0369b0f5d9b3d9a4c37ea6652fd54809a60a07", "4d2dfb6d-2f3b-5926-adf1-4bd7e162b91f" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
                char path[128], id[GUID_TEXT_MAX];
                struct error err = { 0 };

                snprintf(path, sizeof(path), "C:\\layers\\%s", rows[i][0]);
                cr_assert(eq(int, layer_id(path, id, &err), 0));
                cr_expect(eq(str, id, (char *)rows[i][1]));
                snprintf(path, sizeof(path), "D:/elsewhere/%s\\", rows[i][0]);
                cr_assert(eq(int, layer_id(path, id, &err), 0));
                cr_expect(eq(str, id, (char *)rows[i][1]), "only the last part counts");
        }
}

Test(layer_id, knows_cases_and_characters_beyond_one_unit)
{
        char lower[GUID_TEXT_MAX], upper[GUID_TEXT_MAX];
        struct error err = { 0 };

        cr_assert(eq(int, layer_id("C:\\base", lower, &err), 0));
        cr_assert(eq(int, layer_id("C:\\BASE", upper, &err), 0));
        cr_expect(ne(str, lower, upper));
        cr_expect(eq(int, layer_id("C:\\\xf0\x9f\x93\xa6", lower, &err), 0));
        cr_expect(lt(int, layer_id("C:\\\xff", lower, &err), 0));
}

/* --- paths -------------------------------------------------------------------------------------------------------- */

Test(winpath, knows_what_is_absolute)
{
        static const char *const good[] = { "C:\\", "c:/x", "\\\\?\\C:\\x", "\\\\server\\share", "\\\\?\\Volume{0f2d3b52-6c0f-4c7a-9a4e-0d1f6a2b7c11}\\" };
        static const char *const bad[] = { "", "C:", "C:x", "\\x", "/x", "x\\y", "\\\\.\\pipe\\x", "\\\\", "1:\\x" };

        for (size_t i = 0; i < ARRAY_LENGTH(good); i++)
                cr_expect(winpath_is_absolute(good[i]), "%s", good[i]);
        for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
                cr_expect(false == (winpath_is_absolute(bad[i])), "%s", bad[i]);
}

Test(winpath, knows_pipes_and_volumes)
{
        cr_expect(winpath_is_pipe("\\\\.\\PIPE\\x") && winpath_is_pipe("//./pipe/x"));
        cr_expect(false == (winpath_is_pipe("\\\\.\\pipe\\")) && !(winpath_is_pipe("\\\\.\\pip\\x")));
        cr_expect(eq(str, (char *)winpath_pipe_name("\\\\.\\pipe\\a\\b"), "a\\b"));
        cr_expect(winpath_is_volume("\\\\?\\Volume{0f2d3b52-6c0f-4c7a-9a4e-0d1f6a2b7c11}\\"));
        cr_expect(false == (winpath_is_volume("\\\\?\\Volume{0f2d3b52-6c0f-4c7a-9a4e-0d1f6a2b7c11}")), "the backslash behind is part of it");
        cr_expect(false == (winpath_is_volume("\\\\?\\Volume{0f2d3b52-6c0f-4c7a-9a4e-0d1f6a2b7c11}\\x")));
}

Test(winpath, finds_dots_and_what_no_path_may_hold)
{
        cr_expect(winpath_has_dots("C:\\a\\..\\b") && winpath_has_dots("C:/a/.") && winpath_has_dots("C:\\a\\.\\b"));
        cr_expect(false == (winpath_has_dots("C:\\a..b\\.c\\...")) && !(winpath_has_dots("\\\\.\\pipe\\x")));
        cr_expect(winpath_has_bad_character("C:\\a*") && winpath_has_bad_character("C:\\a\n") && winpath_has_bad_character("\\\\?\\C:\\a?"));
        cr_expect(false == (winpath_has_bad_character("\\\\?\\C:\\a b")));
}

Test(winpath, is_cleaned_taken_apart_and_put_together)
{
        static const char *const rows[][2] = {
                { "C:/a//b\\\\c/", "C:\\a\\b\\c" }, { "C:\\", "C:\\" }, { "\\\\server\\share\\\\x", "\\\\server\\share\\x" },
                { "\\\\?\\Volume{0f2d3b52-6c0f-4c7a-9a4e-0d1f6a2b7c11}\\", "\\\\?\\Volume{0f2d3b52-6c0f-4c7a-9a4e-0d1f6a2b7c11}\\" },
        };
        struct arena arena = { 0 };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
                cr_expect(eq(str, winpath_clean(&arena, rows[i][0]), (char *)rows[i][1]));
        cr_expect(eq(str, (char *)winpath_name("C:\\a\\b"), "b"));
        cr_expect(eq(str, winpath_parent(&arena, "C:\\a\\b"), "C:\\a"));
        cr_expect(eq(str, winpath_parent(&arena, "C:\\b"), "C:\\"));
        cr_expect(eq(str, winpath_join(&arena, "C:\\", "b"), "C:\\b"));
        cr_expect(winpath_equal("C:/A", "c:\\a") && !(winpath_equal("C:\\a", "C:\\ab")));
        arena_done(&arena);
}

/* --- command lines ------------------------------------------------------------------------------------------------ */

/* How CommandLineToArgvW parts a line, written from its documentation: 2n backslashes before a quote are n, and the quote
 * begins or ends; 2n + 1 are n and a quote; others are themselves. */
static size_t part(const char *line, char words[][64])
{
        size_t count = 0;

        while (*line) {
                size_t length = 0, slashes;
                bool quoted = false;

                for (; *line && (quoted || *line != ' '); ) {
                        for (slashes = 0; line[slashes] == '\\'; slashes++)
                                ;
                        line += slashes;
                        for (size_t i = 0; i < (*line == '"' ? slashes / 2 : slashes); i++)
                                words[count][length++] = '\\';
                        if (*line == '"') {
                                if (slashes % 2)
                                        words[count][length++] = '"';
                                else
                                        quoted = !quoted;
                                line++;
                        } else if (*line && (quoted || *line != ' ')) {
                                words[count][length++] = *line++;
                        }
                }
                words[count++][length] = '\0';
                line += *line == ' ';
        }
        return count;
}

Test(quote, what_is_quoted_comes_apart_as_it_was)
{
        static const char *items[] = { "prog", "", "a b", "\"", "\\", "\\\\", "a\\", "a b\\", "a\\\"b", "\\\\\"", "c:\\x y\\z\\", "\"\"", "tab\there" };
        const struct strings arguments = { items, ARRAY_LENGTH(items) };
        char words[32][64];
        struct text line = { 0 };

        quote_arguments(&line, &arguments);
        cr_assert(eq(sz, part(line.data, words), arguments.count), "%s", line.data);
        for (size_t i = 0; i < arguments.count; i++)
                cr_expect(eq(str, words[i], (char *)items[i]), "%s", line.data);
        text_done(&line);
}

Test(quote, is_done_only_where_it_has_to_be)
{
        static const char *const rows[][2] = {
                { "plain", "plain" }, { "C:\\dir\\", "C:\\dir\\" }, { "", "\"\"" }, { "a b", "\"a b\"" }, { "a\"b", "\"a\\\"b\"" },
                { "a b\\", "\"a b\\\\\"" }, { "%PATH%", "%PATH%" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
                struct text line = { 0 };

                quote_argument(&line, rows[i][0]);
                cr_expect(eq(str, line.data, (char *)rows[i][1]));
                text_done(&line);
        }
}
