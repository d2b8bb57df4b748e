#include "hcs/base/path.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <unistd.h>

static void expect_clean(const char *path, const char *expected)
{
        struct error err = { 0 };
        char *clean = NULL;

        cr_assert(eq(int, path_clean(path, &clean, &err), 0));
        cr_expect(eq(str, clean, (char *)expected), "\"%s\"", path);
        free(clean);
}

static void expect_joined(const char *left, const char *right, const char *expected)
{
        struct error err = { 0 };
        char *joined = NULL;

        cr_assert(eq(int, path_join(left, right, &joined, &err), 0));
        cr_expect(eq(str, joined, (char *)expected));
        free(joined);
}

Test(base_path, is_cleaned_and_stops_at_the_root)
{
        expect_clean("/a//b/./c/../d/", "/a/b/d");
        expect_clean("/", "/");
        expect_clean("", "/");
        expect_clean(".", "/");
        expect_clean("a/b", "/a/b");
        expect_clean("/..", "/");
        expect_clean("/../../a", "/a");
        expect_clean("/a/..", "/");
        expect_clean("/a/../../../b/", "/b");
        expect_clean("/...", "/...");
        expect_clean("/..a/b..", "/..a/b..");
        expect_clean("/ab/../c", "/c");
}

Test(base_path, is_joined_with_one_slash)
{
        expect_joined("/a", "b", "/a/b");
        expect_joined("/a/", "/b", "/a/b");
        expect_joined("/", "b", "/b");
        expect_joined("a", "b/c", "a/b/c");
        expect_joined("/a///", "///b", "/a/b");
}

Test(base_path, begins_at_the_working_directory_when_relative)
{
        struct error err = { 0 };
        char *path = NULL;

        cr_assert(eq(int, chdir("/usr"), 0));
        cr_assert(eq(int, path_absolute("../x/./y", &path, &err), 0));
        cr_expect(eq(str, path, "/x/y"));
        free(path);
        cr_assert(eq(int, path_absolute("/x/", &path, &err), 0));
        cr_expect(eq(str, path, "/x"));
        free(path);
}

Test(base_path, is_below_by_whole_names)
{
        cr_expect(path_is_below("/a/b", "/a"));
        cr_expect(path_is_below("/a", "/a"));
        cr_expect(not(path_is_below("/ab", "/a")));
        cr_expect(not(path_is_below("/a", "/a/b")));
        cr_expect(path_is_below("/x", "/"));
        cr_expect(path_is_below("/", "/"));
}

Test(base_path, has_a_name_at_its_end)
{
        cr_expect(eq(str, (char *)path_name("/a/b"), "b"));
        cr_expect(eq(str, (char *)path_name("b"), "b"));
        cr_expect(eq(str, (char *)path_name("/a/"), ""));
}
