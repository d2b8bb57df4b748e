/* A second scratch of one whose limit is a quota of the file system.  No kernel here has such quotas: the limit is told. */
#include <sys/xattr.h>

#include "hcs/base/loop.h"
#include "layers/scratch-image.h"
#include "layers/scratches.h"
#include "tests/unit/layers/scene.h"

static void begin(struct scene *scene, struct scratches_source *source)
{
        scene_begin(scene);
        if (access("/dev/loop-control", F_OK) < 0 || (access("/sbin/mkfs.ext4", X_OK) < 0 && access("/usr/sbin/mkfs.ext4", X_OK) < 0))
                cr_skip("needs loop devices and mkfs.ext4 (Debian package e2fsprogs)");
        place_directory(&scene->place, "one.project");
        place_directory(&scene->place, "one.project/upper");
        place_directory(&scene->place, "one.project/work");
        place_directory(&scene->place, "one.project/volumes");
        place_directory(&scene->place, "one.project/volumes/0");
        place_directory(&scene->place, "one.project/volumes/0/upper");
        place_directory(&scene->place, "one.project/volumes/0/work");
        place_file(&scene->place, "one.project/upper/file", "what it wrote");
        place_directory(&scene->place, "one.project/upper/dir");
        mark(scene, "one.project/upper/dir", "trusted.overlay.opaque", "y");
        place_file(&scene->place, "one.project/volumes/0/upper/other", "x");
        whiteout(scene, "one.project/upper/gone");
        *source = (struct scratches_source){
                .path = arena_printf(&scene->arena, "%s/one.project", scene->place.path), .layout = "overlay 0\n", .begun = 1000,
                .limit = 32u << 20,
        };
}

Test(scratches, a_clone_of_one_with_a_quota_has_its_limit_and_all_that_is_in_it)
{
        _cleanup_(scene_done) struct scene scene;
        _cleanup_(io_closep) int tree = -1;
        struct scratches_source source;
        struct error err = { 0 };
        char value[8];
        struct stat what;

        begin(&scene, &source);
        cr_assert(eq(int, scratches_clone(scene.place.path, &source, "two", &err), 0), "%s", err.text);
        cr_assert(eq(int, fstatat(scene.place.dir, "scratches/two/image", &what, 0), 0));
        cr_expect(eq(i64, what.st_size, 32 << 20));
        cr_expect(lt(int, faccessat(scene.place.dir, "scratches/two/tree", F_OK, 0), 0));
        cr_assert(eq(int, loop_mount(arena_printf(&scene.arena, "%s/scratches/two/image", scene.place.path), true, &tree, &err), 0),
                  "%s", err.text);
        cr_expect(eq(int, fstatat(tree, "upper/file", &what, 0), 0));
        cr_expect(eq(i64, what.st_size, 13));
        cr_expect(eq(i64, getxattr(arena_printf(&scene.arena, "/proc/self/fd/%d/upper/dir", tree), "trusted.overlay.opaque", value, 8), 1));
        cr_expect(fstatat(tree, "upper/gone", &what, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(what.st_mode) && what.st_rdev == 0);
        cr_expect(eq(int, faccessat(tree, "volumes/0/upper/other", F_OK, 0), 0));
        cr_expect(eq(int, faccessat(tree, "volumes/0/work", F_OK, 0), 0));
        cr_expect(eq(int, faccessat(tree, "work", F_OK, 0), 0));
}

Test(scratches, one_that_has_no_room_in_a_file_of_that_size_is_told_and_nothing_is_left)
{
        _cleanup_(scene_done) struct scene scene;
        _cleanup_(io_closep) int big = -1;
        struct scratches_source source;
        struct error err = { 0 };

        begin(&scene, &source);
        big = openat(scene.place.dir, "one.project/upper/big", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        for (int i = 0; i < 31 * 64; i++) {
                char bytes[16384];

                memset(bytes, 'x', sizeof(bytes));
                cr_assert(eq(i64, write(big, bytes, sizeof(bytes)), (ssize_t)sizeof(bytes)));
        }
        cr_assert(lt(int, scratches_clone(scene.place.path, &source, "two", &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "the scratch two: into a file of its limit, 33554432 bytes: "), NULL), "%s", err.text);
        cr_expect(ne(ptr, strstr(err.text, "no space left"), NULL), "%s", err.text);
        cr_expect(eq(int, unlinkat(scene.place.dir, "scratches", AT_REMOVEDIR), 0), "something is left in scratches/");
}
