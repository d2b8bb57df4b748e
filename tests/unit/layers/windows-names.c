/* Names in a Windows layer. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "hcs/base/text.h"
#include "layers/windows/names.h"

TestSuite(windows_names, .timeout = 30);

Test(windows_names, a_path_is_taken_apart)
{
        static const struct { const char *path, *clean, *stream; bool is_mark; } cases[] = {
                { "Files", "Files", "", false },
                { "./Files/", "Files", "", false },
                { "Files/Windows/System32/notepad.exe", "Files/Windows/System32/notepad.exe", "", false },
                { "Files/a b/c.d", "Files/a b/c.d", "", false },
                { "Files/.profile", "Files/.profile", "", false },
                { "Files/Z\xc3\xbcrich/\xe6\x97\xa5\xe6\x9c\xac", "Files/Z\xc3\xbcrich/\xe6\x97\xa5\xe6\x9c\xac", "", false },
                { "Files/x.txt:Zone.Identifier", "Files/x.txt", "Zone.Identifier", false },
                { "Files/d/.wh.gone", "Files/d/gone", "", true },
                { "Files/consul", "Files/consul", "", false },
                { "Files/com10", "Files/com10", "", false },
                { "Files/nul-device.txt", "Files/nul-device.txt", "", false },
                { "Hives/System_Delta", "Hives/System_Delta", "", false },
                { "UtilityVM/Files/EFI/x", "UtilityVM/Files/EFI/x", "", false },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
                struct error err = { 0 };
                struct winname name;

                cr_assert(eq(int, winnames_read(cases[i].path, 20, &name, &err), 0), "%s: %s", cases[i].path, err.text);
                cr_expect(eq(str, name.path, (char *)cases[i].clean));
                cr_expect(eq(str, (char *)name.stream, (char *)cases[i].stream), "%s", cases[i].path);
                cr_expect(eq(int, name.is_mark, cases[i].is_mark), "%s", cases[i].path);
        }
}

Test(windows_names, what_windows_would_take_for_something_else_is_refused)
{
        static const struct { const char *path, *why; } cases[] = {
                { "", "no name" }, { "/", "absolute" }, { "/Files/x", "absolute" }, { "\\Files\\x", "absolute" }, { "C:/Windows", "\":\"" },
                { "Files/../x", "\"..\"" }, { "..", "\"..\"" }, { "Files/a\\b", "\"\\\"" }, { "Files//x", "empty" }, { "Files/./x", "dot" },
                { "Files/CON", "device" }, { "Files/nul.txt", "device" }, { "Files/Aux.tar.gz", "device" }, { "Files/com1", "device" },
                { "Files/LPT9.x", "device" }, { "Files/COM\xc2\xb2", "device" }, { "Files/conin$", "device" }, { "Files/prn .x", "device" },
                { "Files/PRN/x", "device" }, { "Files/x.", "dot or a blank" }, { "Files/x /y", "dot or a blank" }, { "Files/a?b", "\"?\"" },
                { "Files/a*", "\"*\"" }, { "Files/a<b", "\"<\"" }, { "Files/a|b", "\"|\"" }, { "Files/a\"b", "\"\"\"" }, { "Files/a\nb", "control" },
                { "Files/a\x01", "control" }, { "Files/\xff", "UTF-8" }, { "Files/\xed\xa0\x80", "UTF-8" }, { "Files/x.$wcidirs$", ".$wcidirs$" },
                { "Files/X.$WCIDIRS$/y", ".$wcidirs$" }, { "Files/x:", "stream" }, { "Files/x:a:$DATA", "stream" }, { "Files/d:s/x", "\":\"" },
                { "Hives/Sam:x", "stream" }, { "Hives/a/b", "Hives" }, { "files/x", "none of" }, { "Windows/x", "none of" },
                { "UtilityVM/x", "none of" }, { "tombstones.txt", "none of" }, { "Files/.wh..wh..opq", "kind" }, { "Hives/.wh.Sam", "outside" },
                { "UtilityVM/Files/.wh.x", "outside" }, { ".wh.Files", "outside" }, { "Files/.wh.", "empty" }, { "Files/.wh..", "dot" },
                { "Files/.wh...", "\"..\"" }, { "Files/1/2/3/4/5/6/7/8/9", "deep" }, { "Files/.wh.x:y", "stream" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
                struct error err = { 0 };
                struct winname name;

                cr_expect(eq(int, winnames_read(cases[i].path, 9, &name, &err), E_INVALID_DATA), "%s is taken", cases[i].path);
                cr_expect(strstr(err.text, cases[i].why) != NULL, "%s: %s", cases[i].path, err.text);
        }
}

Test(windows_names, a_name_may_have_255_characters_and_a_path_its_bytes)
{
        char path[5000] = "Files/";
        struct error err = { 0 };
        struct winname name;

        for (int i = 0; i < 127; i++)
                strcat(path, "\xf0\x9f\x98\x80");       /* two characters of UTF-16 each */
        strcat(path, "x");
        cr_expect(eq(int, winnames_read(path, 9, &name, &err), 0), "%s", err.text);
        strcat(path, "x");
        cr_expect(eq(int, winnames_read(path, 9, &name, &err), E_INVALID_DATA));
        strcpy(path, "Files");
        while (strlen(path) < WINNAMES_PATH_MAX)
                strcat(path, "/x");
        cr_expect(eq(int, winnames_read(path, 9000, &name, &err), E_INVALID_DATA));
        cr_expect(strstr(err.text, "bytes") != NULL, "%s", err.text);
}

Test(windows_names, capitals_are_small_ones_to_windows)
{
        static const char *const same[][2] = {
                { "Files/README", "files/readme" }, { "\xc3\x84", "\xc3\xa4" }, { "\xc5\xbb", "\xc5\xbc" }, { "\xce\xa9", "\xcf\x89" },
                { "\xd0\x96", "\xd0\xb6" }, { "\xd0\x87", "\xd1\x97" }, { "\xef\xbc\xa1", "\xef\xbd\x81" }, { "\xf0\x90\x90\x80", "\xf0\x90\x90\xa8" },
        };
        static const char *const other[][2] = { { "a", "b" }, { "\xc3\x9f", "ss" }, { "\xc3\x97", "\xc3\xb7" }, { "@", "`" }, { "[", "{" } };

        for (size_t i = 0; i < ARRAY_LENGTH(same); i++) {
                char left[40], right[40];

                winnames_fold(same[i][0], left);
                winnames_fold(same[i][1], right);
                cr_expect(eq(str, left, right), "%s and %s", same[i][0], same[i][1]);
        }
        for (size_t i = 0; i < ARRAY_LENGTH(other); i++) {
                char left[40], right[40];

                winnames_fold(other[i][0], left);
                winnames_fold(other[i][1], right);
                cr_expect(ne(str, left, right), "%s and %s", other[i][0], other[i][1]);
        }
}
