#include "layers/hiding.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static hiding_list make(struct arena *arena, size_t count, const char *const *paths)
{
        hiding_list list = { 0 };
        struct error err = { 0 };

        for (size_t i = 0; i < count; i++)
                cr_assert(eq(int, hiding_add(arena, &list, paths[i], "why", true, &err), 0));
        return list;
}

Test(layer_hiding, covers_a_path_and_what_lies_below_it)
{
        static const char *const paths[] = { "/home", "/etc/ssl/private" };
        _cleanup_(arena_done) struct arena arena = { 0 };
        hiding_list list = make(&arena, 2, paths);

        cr_expect(hiding_covers(&list, "/home"));
        cr_expect(hiding_covers(&list, "/home/me/x"));
        cr_expect(hiding_covers(&list, "/etc/ssl/private/key"));
        cr_expect(not(hiding_covers(&list, "/homely")));
        cr_expect(not(hiding_covers(&list, "/etc/ssl")));
        cr_expect(not(hiding_covers(&(hiding_list){ 0 }, "/home")));
}

Test(layer_hiding, settles_with_parents_first_and_nothing_twice)
{
        static const char *const paths[] = { "/var/lib/x", "/etc-old", "/var", "/etc/b", "/etc", "/etc", "/etc.d", "/usr/share/doc" };
        static const char *const wanted[] = { "/etc", "/etc-old", "/etc.d", "/usr/share/doc", "/var" };
        _cleanup_(arena_done) struct arena arena = { 0 };
        hiding_list list = make(&arena, ARRAY_LENGTH(paths), paths);

        hiding_settle(&list);
        cr_assert(eq(sz, list.count, ARRAY_LENGTH(wanted)));
        for (size_t i = 0; i < list.count; i++)
                cr_expect(eq(str, (char *)list.items[i].path, (char *)wanted[i]));
        hiding_settle(&(hiding_list){ 0 });
}

Test(layer_hiding, goes_on_growing_after_it_was_settled)
{
        static const char *const paths[] = { "/a/1", "/a/2", "/a/3", "/a/4", "/a", "/b", "/c", "/d", "/e" };
        _cleanup_(arena_done) struct arena arena = { 0 };
        hiding_list list = make(&arena, ARRAY_LENGTH(paths), paths);
        struct error err = { 0 };

        hiding_settle(&list);
        cr_assert(eq(sz, list.count, 5));
        for (int i = 0; i < 100; i++)
                cr_assert(eq(int, hiding_add(&arena, &list, "/x", "why", false, &err), 0));
        cr_expect(eq(sz, list.count, 105));
        cr_expect(eq(str, (char *)list.items[4].path, "/e"));
}

Test(layer_hiding, nothing_comes_between_a_directory_and_what_is_in_it)
{
        cr_expect(lt(int, hiding_compare_paths("/a", "/a/b"), 0));
        cr_expect(lt(int, hiding_compare_paths("/a/b", "/a-b"), 0));
        cr_expect(lt(int, hiding_compare_paths("/a/z", "/a b"), 0));
        cr_expect(gt(int, hiding_compare_paths("/a!", "/a/z/z"), 0));
        cr_expect(eq(int, hiding_compare_paths("/a/b", "/a/b"), 0));
        cr_expect(gt(int, hiding_compare_paths("/\xff", "/a"), 0));
}
