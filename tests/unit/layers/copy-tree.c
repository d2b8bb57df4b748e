/* Trees that are copied as an overlay left them. */
#include "layers/copy-tree.h"
#include "tests/unit/layers/scene.h"

Test(copy_tree, keeps_whiteouts_marks_links_and_times)
{
        _cleanup_(scene_done) struct scene scene;
        struct stat one, two, directory;
        struct error err = { 0 };
        char value[8], path[256];

        scene_begin(&scene);
        place_directory(&scene.place, "upper/replaced");
        mark(&scene, "upper/replaced", "trusted.overlay.opaque", "y");
        place_directory(&scene.place, "upper/a");
        place_file(&scene.place, "upper/a/file", "x");
        same_time(&scene, "upper/a/file");
        cr_assert(eq(int, linkat(scene.place.dir, "upper/a/file", scene.place.dir, "upper/again", 0), 0));
        whiteout(&scene, "upper/a/gone");
        cr_assert(eq(int, fchmodat(scene.place.dir, "upper/a", 0500, 0), 0));
        same_time(&scene, "upper/a");
        cr_assert(eq(int, copy_tree(scene.place.dir, "upper", scene.place.dir, "copy", true, &err), 0), "%s", err.text);

        cr_assert(eq(int, fstatat(scene.place.dir, "copy/a/file", &one, 0), 0));
        cr_assert(eq(int, fstatat(scene.place.dir, "copy/again", &two, 0), 0));
        cr_expect(eq(u64, one.st_ino, two.st_ino));
        cr_assert(eq(int, fstatat(scene.place.dir, "upper/a/file", &two, 0), 0));
        cr_expect(ne(u64, one.st_ino, two.st_ino));
        cr_expect(eq(i64, one.st_mtim.tv_sec, two.st_mtim.tv_sec));
        cr_assert(eq(int, fstatat(scene.place.dir, "copy/a/gone", &one, AT_SYMLINK_NOFOLLOW), 0));
        cr_expect(eq(int, (int)(one.st_mode & S_IFMT), S_IFCHR));
        cr_assert(eq(int, fstatat(scene.place.dir, "copy/a", &directory, 0), 0));
        cr_assert(eq(int, fstatat(scene.place.dir, "upper/a", &two, 0), 0));
        cr_expect(eq(int, (int)directory.st_mode, S_IFDIR | 0500));
        cr_expect(eq(i64, directory.st_mtim.tv_sec, two.st_mtim.tv_sec));
        snprintf(path, sizeof(path), "%s/copy/replaced", scene.place.path);
        cr_expect(eq(int, (int)lgetxattr(path, "trusted.overlay.opaque", value, sizeof(value)), 1));
}

Test(copy_tree, refuses_more_directories_in_each_other_than_it_may_open)
{
        _cleanup_(scene_done) struct scene scene;
        struct error err = { 0 };
        int dir;

        scene_begin(&scene);
        dir = openat(scene.place.dir, "upper", O_RDONLY | O_DIRECTORY);
        for (int i = 0; i < CHANGES_DEPTH_MAX + 2; i++) {
                int next;

                cr_assert(eq(int, mkdirat(dir, "d", 0700), 0));
                next = openat(dir, "d", O_RDONLY | O_DIRECTORY);
                close(dir);
                dir = next;
        }
        close(dir);
        cr_expect(eq(int, copy_tree(scene.place.dir, "upper", scene.place.dir, "copy", true, &err), E_NOT_SUPPORTED));
        cr_expect(ne(ptr, strstr(err.text, "more than 250 directories"), NULL), "%s", err.text);
}
