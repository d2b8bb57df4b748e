/* What is found in a scratch: trees made by hand, as the kernel and fuse-overlayfs leave them. */
#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "hcs/base/linux-calls.h"
#include "layers/hiding.h"
#include "tests/unit/layers/scene.h"

Test(changes, each_kind_is_told_once_and_in_order)
{
        _cleanup_(scene_done) struct scene scene;

        scene_begin(&scene);
        place_file(&scene.place, "host/changed", "before");
        place_file(&scene.place, "upper/changed", "after!");
        place_file(&scene.place, "host/deleted", "x");
        whiteout(&scene, "upper/deleted");
        place_file(&scene.place, "upper/added", "x");
        place_file(&scene.place, "host/type", "x");
        place_link(&scene.place, "added", "upper/type");
        place_directory(&scene.place, "upper/made");
        place_file(&scene.place, "upper/made/in it", "x");
        find(&scene);

        cr_assert(eq(sz, scene.list.count, 6));
        expect_change(&scene, "/added", CHANGE_ADDED);
        expect_change(&scene, "/changed", CHANGE_CHANGED);
        expect_change(&scene, "/deleted", CHANGE_DELETED);
        expect_change(&scene, "/type", CHANGE_TYPE);
        expect_change(&scene, "/made", CHANGE_ADDED);
        expect_change(&scene, "/made/in it", CHANGE_ADDED);
        for (size_t i = 1; i < scene.list.count; i++)
                cr_expect(lt(int, hiding_compare_paths(scene.list.items[i - 1].path, scene.list.items[i].path), 0));
}

Test(changes, a_copy_alone_is_none)
{
        _cleanup_(scene_done) struct scene scene;

        scene_begin(&scene);
        place_directory(&scene.place, "host/dir");
        place_directory(&scene.place, "upper/dir");
        place_file(&scene.place, "host/dir/file", "same");
        place_file(&scene.place, "upper/dir/file", "same");
        same_time(&scene, "host/dir/file");
        same_time(&scene, "upper/dir/file");
        find(&scene);
        cr_expect(eq(sz, scene.list.count, 0));
}

Test(changes, a_time_that_was_set_back_hides_nothing)
{
        _cleanup_(scene_done) struct scene scene;

        scene_begin(&scene);
        place_file(&scene.place, "host/file", "good");
        place_file(&scene.place, "upper/file", "evil");
        same_time(&scene, "host/file");
        same_time(&scene, "upper/file");
        find(&scene);
        cr_assert(eq(sz, scene.list.count, 1));
        cr_expect(eq(int, (int)scene.list.items[0].what, CHANGE_CONTENT));
}

Test(changes, modes_owners_and_attributes_are_told_apart)
{
        _cleanup_(scene_done) struct scene scene;
        const char *const names[] = { "mode", "owner", "attribute", "time" };
        const int wanted[] = { CHANGE_MODE, CHANGE_OWNER, CHANGE_XATTRS, CHANGE_TIME };
        char name[32];

        scene_begin(&scene);
        for (size_t i = 0; i < 4; i++)
                for (size_t k = 0; k < 2; k++) {
                        snprintf(name, sizeof(name), "%s/%s", k ? "upper" : "host", names[i]);
                        place_file(&scene.place, name, "x");
                        same_time(&scene, name);
                }
        cr_assert(eq(int, fchmodat(scene.place.dir, "upper/mode", 04755, 0), 0));
        cr_assert(eq(int, fchownat(scene.place.dir, "upper/owner", 7, 8, 0), 0));
        cr_assert(eq(int, utimensat(scene.place.dir, "upper/time", NULL, 0), 0));
        /* cap_net_raw=ep */
        {
                static const unsigned char capability[20] = { 1, 0, 0, 2, 0, 0x20 };
                char path[200];

                snprintf(path, sizeof(path), "%s/attribute", scene.upper);
                cr_assert(eq(int, setxattr(path, "security.capability", capability, sizeof(capability), 0), 0));
        }
        find(&scene);
        for (size_t i = 0; i < 4; i++) {
                snprintf(name, sizeof(name), "/%s", names[i]);
                expect_change(&scene, name, CHANGE_CHANGED);
                cr_expect(eq(int, (int)change_of(&scene, name)->what, wanted[i]), "%s", name);
        }
}

/* From here on the kernel lacks a call. */
static void take_away(long number)
{
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        const struct sock_fprog program = { .len = 4, .filter = filter };

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
                cr_skip("this kernel takes no filter");
}

Test(changes, attributes_are_told_by_kernels_without_listxattrat)
{
        _cleanup_(scene_done) struct scene scene;

        scene_begin(&scene);
        place_file(&scene.place, "host/file", "x");
        place_file(&scene.place, "upper/file", "longer");
        place_file(&scene.place, "host/same", "x");
        place_file(&scene.place, "upper/same", "y!");
        mark(&scene, "upper/file", "user.color", "red");
        take_away(SYS_listxattrat);
        find(&scene);
        cr_expect(eq(int, (int)(change_of(&scene, "/file")->what & (CHANGE_CONTENT | CHANGE_XATTRS)), CHANGE_CONTENT | CHANGE_XATTRS));
        cr_expect(eq(int, (int)(change_of(&scene, "/same")->what & CHANGE_XATTRS), 0));
}

Test(changes, an_opaque_directory_is_compared_with_what_it_replaced)
{
        _cleanup_(scene_done) struct scene scene;

        scene_begin(&scene);
        place_directory(&scene.place, "host/dir");
        place_directory(&scene.place, "host/dir/deep");
        place_file(&scene.place, "host/dir/deep/gone", "x");
        place_file(&scene.place, "host/dir/gone", "x");
        place_file(&scene.place, "host/dir/again", "before");
        place_directory(&scene.place, "upper/dir");
        place_directory(&scene.place, "upper/dir/deep");
        place_file(&scene.place, "upper/dir/again", "after!");
        mark(&scene, "upper/dir", "trusted.overlay.opaque", "y");
        find(&scene);
        cr_expect(eq(sz, scene.list.count, 3));
        expect_change(&scene, "/dir/gone", CHANGE_DELETED);
        expect_change(&scene, "/dir/deep/gone", CHANGE_DELETED);
        expect_change(&scene, "/dir/again", CHANGE_CHANGED);
}

Test(changes, what_a_sandbox_can_set_is_no_mark)
{
        _cleanup_(scene_done) struct scene scene;

        scene_begin(&scene);
        place_directory(&scene.place, "host/dir");
        place_file(&scene.place, "host/dir/still there", "x");
        place_directory(&scene.place, "upper/dir");
        mark(&scene, "upper/dir", "user.overlay.opaque", "y");
        mark(&scene, "upper/dir", "user.overlay.redirect", "/etc");
        find(&scene);
        cr_expect(eq(sz, scene.list.count, 0));
        scene.question.marks = CHANGES_USER;
        find(&scene);
        expect_change(&scene, "/dir/still there", CHANGE_DELETED);
        cr_expect(eq(sz, scene.list.count, 1), "without root the kernel follows no redirects");
}

Test(changes, the_mask_is_not_the_sandboxs_change)
{
        _cleanup_(scene_done) struct scene scene;

        scene_begin(&scene);
        place_file(&scene.place, "host/secret", "x");
        whiteout(&scene, "mask/secret");
        place_directory(&scene.place, "host/people");
        place_file(&scene.place, "host/people/data", "x");
        place_directory(&scene.place, "mask/people");
        mark(&scene, "mask/people", "trusted.overlay.opaque", "y");
        place_file(&scene.place, "host/shadow", "real");
        place_file(&scene.place, "mask/shadow", "given");
        whiteout(&scene, "upper/secret");               /* deleted after it was made anew: nothing is different */
        place_file(&scene.place, "upper/shadow", "given and more");
        place_directory(&scene.place, "upper/people");
        place_file(&scene.place, "upper/people/data", "mine");
        find(&scene);
        cr_expect(eq(sz, scene.list.count, 2));
        expect_change(&scene, "/shadow", CHANGE_CHANGED);
        expect_change(&scene, "/people/data", CHANGE_ADDED);
        cr_expect(change_of(&scene, "/shadow")->hidden);
        cr_expect(change_of(&scene, "/people/data")->hidden);
}

Test(changes, a_renamed_directory_is_one_change)
{
        _cleanup_(scene_done) struct scene scene;

        scene_begin(&scene);
        place_directory(&scene.place, "host/old");
        place_file(&scene.place, "host/old/file", "x");
        place_file(&scene.place, "host/old/gone", "x");
        place_directory(&scene.place, "upper/new");
        mark(&scene, "upper/new", "trusted.overlay.redirect", "old");
        whiteout(&scene, "upper/old");
        whiteout(&scene, "upper/new/gone");
        find(&scene);
        cr_expect(eq(sz, scene.list.count, 2));
        expect_change(&scene, "/new", CHANGE_RENAMED);
        expect_change(&scene, "/new/gone", CHANGE_DELETED);
        cr_expect(eq(str, (char *)(uintptr_t)change_of(&scene, "/new")->from, (char *)"/old"));
}

Test(changes, mount_points_and_what_leads_to_them_are_ours)
{
        _cleanup_(scene_done) struct scene scene;
        const char *own[] = { "/home/me/work", "/target" };

        scene_begin(&scene);
        scene.question.own.items = own;
        scene.question.own.count = 2;
        place_directory(&scene.place, "upper/home");
        place_directory(&scene.place, "upper/home/me");
        place_directory(&scene.place, "upper/home/me/work");
        place_file(&scene.place, "upper/home/me/note", "x");
        place_file(&scene.place, "upper/target", "");
        find(&scene);
        cr_expect(eq(sz, scene.list.count, 1));
        expect_change(&scene, "/home/me/note", CHANGE_ADDED);
        expect_no_change(&scene, "/home/me");
}

Test(changes, names_of_one_file_are_told_as_such)
{
        _cleanup_(scene_done) struct scene scene;

        scene_begin(&scene);
        place_file(&scene.place, "upper/b", "x");
        cr_assert(eq(int, linkat(scene.place.dir, "upper/b", scene.place.dir, "upper/a", 0), 0));
        cr_assert(eq(int, linkat(scene.place.dir, "upper/b", scene.place.dir, "upper/c", 0), 0));
        find(&scene);
        cr_expect(eq(sz, scene.list.count, 3));
        cr_expect(eq(ptr, (void *)(uintptr_t)change_of(&scene, "/a")->link, NULL));
        cr_expect(eq(str, (char *)(uintptr_t)change_of(&scene, "/b")->link, (char *)"/a"));
        cr_expect(eq(str, (char *)(uintptr_t)change_of(&scene, "/c")->link, (char *)"/a"));
}

Test(changes, fuse_overlayfs_has_marks_of_its_own)
{
        _cleanup_(scene_done) struct scene scene;

        scene_begin(&scene);
        place_file(&scene.place, "host/gone", "x");
        place_file(&scene.place, "upper/.wh.gone", "");
        place_directory(&scene.place, "host/dir");
        place_file(&scene.place, "host/dir/gone", "x");
        place_directory(&scene.place, "upper/dir");
        place_file(&scene.place, "upper/dir/.wh..wh..opq", "");
        scene.question.marks = CHANGES_FUSE;
        scene.question.ignore_owners = true;
        find(&scene);
        cr_expect(eq(sz, scene.list.count, 2));
        expect_change(&scene, "/gone", CHANGE_DELETED);
        expect_change(&scene, "/dir/gone", CHANGE_DELETED);
}

Test(changes, a_deep_scratch_is_refused_and_not_half_read)
{
        _cleanup_(scene_done) struct scene scene;
        struct error err = { 0 };
        int dir;

        scene_begin(&scene);
        dir = open(scene.upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (int i = 0; i < CHANGES_DEPTH_MAX + 2; i++) {
                int next;

                cr_assert(eq(int, mkdirat(dir, "d", 0755), 0));
                next = openat(dir, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                close(dir);
                dir = next;
        }
        close(dir);
        cr_expect(eq(int, changes_find(&scene.arena, &scene.question, &scene.list, &err), E_NOT_SUPPORTED));
}

/* --- named layers -------------------------------------------------------------------------------------------------------- */

Test(changes, are_compared_with_the_uppermost_layer_that_has_it)
{
        _cleanup_(scene_done) struct scene scene;

        scene_begin(&scene);
        add_layers(&scene);
        place_file(&scene.place, "low/tool", "one");
        place_file(&scene.place, "upper/tool", "two");
        place_file(&scene.place, "high/copy", "of high");
        place_file(&scene.place, "low/copy", "of low!");
        place_file(&scene.place, "host/copy", "of host");
        place_file(&scene.place, "upper/copy", "of high");
        same_time(&scene, "high/copy");
        same_time(&scene, "upper/copy");
        place_file(&scene.place, "host/own", "x");
        place_file(&scene.place, "upper/own", "y");
        find(&scene);
        cr_expect(eq(sz, scene.list.count, 2));
        expect_change(&scene, "/tool", CHANGE_CHANGED);
        cr_expect(change_of(&scene, "/tool")->layered);
        expect_change(&scene, "/own", CHANGE_CHANGED);
        cr_expect(not(change_of(&scene, "/own")->layered));
}

Test(changes, what_a_layer_takes_away_was_not_there)
{
        _cleanup_(scene_done) struct scene scene;

        scene_begin(&scene);
        add_layers(&scene);
        place_file(&scene.place, "host/again", "x");
        whiteout(&scene, "high/again");
        place_file(&scene.place, "upper/again", "x");
        place_file(&scene.place, "host/twice", "x");
        whiteout(&scene, "low/twice");
        whiteout(&scene, "upper/twice");
        place_file(&scene.place, "low/only", "x");
        whiteout(&scene, "upper/only");
        place_directory(&scene.place, "host/dir");
        place_file(&scene.place, "host/dir/covered", "x");
        place_directory(&scene.place, "low/dir");
        place_file(&scene.place, "low/dir/covered too", "x");
        place_directory(&scene.place, "high/dir");
        mark(&scene, "high/dir", "trusted.overlay.opaque", "y");
        place_file(&scene.place, "high/dir/seen", "x");
        place_directory(&scene.place, "upper/dir");
        mark(&scene, "upper/dir", "trusted.overlay.opaque", "y");
        find(&scene);
        cr_expect(eq(sz, scene.list.count, 3));
        expect_change(&scene, "/again", CHANGE_ADDED);
        cr_expect(change_of(&scene, "/again")->layered, "the host has one");
        expect_change(&scene, "/only", CHANGE_DELETED);
        cr_expect(change_of(&scene, "/only")->layered);
        expect_change(&scene, "/dir/seen", CHANGE_DELETED);
}

Test(changes, a_directory_of_a_layer_may_be_merged_with_the_hosts_and_renamed)
{
        _cleanup_(scene_done) struct scene scene;

        scene_begin(&scene);
        add_layers(&scene);
        place_directory(&scene.place, "host/old");
        place_directory(&scene.place, "low/old");
        place_directory(&scene.place, "high/old");
        place_file(&scene.place, "host/old/a", "x");
        place_file(&scene.place, "low/old/b", "x");
        whiteout(&scene, "high/old/a");
        place_directory(&scene.place, "upper/new");
        mark(&scene, "upper/new", "trusted.overlay.redirect", "/old");
        whiteout(&scene, "upper/old");
        whiteout(&scene, "upper/new/a");
        whiteout(&scene, "upper/new/b");
        place_directory(&scene.place, "host/merged");
        place_directory(&scene.place, "high/merged");
        whiteout(&scene, "upper/merged");
        find(&scene);
        cr_expect(eq(sz, scene.list.count, 3));
        expect_change(&scene, "/new", CHANGE_RENAMED);
        expect_change(&scene, "/new/b", CHANGE_DELETED);
        expect_change(&scene, "/merged", CHANGE_DELETED);
        cr_expect(not(change_of(&scene, "/merged")->layered), "the host's part was seen");
}

Test(changes, a_layer_at_a_hidden_place_does_not_open_the_host)
{
        _cleanup_(scene_done) struct scene scene;

        scene_begin(&scene);
        add_layers(&scene);
        place_directory(&scene.place, "host/home");
        place_file(&scene.place, "host/home/file", "the host's");
        place_directory(&scene.place, "mask/home");
        mark(&scene, "mask/home", "trusted.overlay.opaque", "y");
        place_directory(&scene.place, "high/home");
        place_file(&scene.place, "high/home/file", "x");
        place_directory(&scene.place, "upper/home");
        place_file(&scene.place, "upper/home/file", "y");
        place_file(&scene.place, "host/key", "x");
        whiteout(&scene, "mask/key");
        place_file(&scene.place, "low/key", "x");
        place_file(&scene.place, "upper/key", "y");
        find(&scene);
        cr_expect(eq(sz, scene.list.count, 2));
        expect_change(&scene, "/home/file", CHANGE_CHANGED);
        cr_expect(change_of(&scene, "/home/file")->hidden);
        cr_expect(change_of(&scene, "/key")->hidden);
}

/* --- many, which several threads look at ----------------------------------------------------------------------------------- */

static size_t open_files(void)
{
        DIR *dir = opendir("/proc/self/fd");
        size_t count = 0;

        while (readdir(dir))
                count++;
        closedir(dir);
        return count;
}

static void fill(const struct scene *scene, const char *side, unsigned directories, unsigned files, const char *content)
{
        char name[64];

        for (unsigned i = 0; i < directories; i++) {
                snprintf(name, sizeof(name), "%s/%02u", side, i);
                place_directory(&scene->place, name);
                for (unsigned k = 0; k < files; k++) {
                        snprintf(name, sizeof(name), "%s/%02u/%04u", side, i, k);
                        place_file(&scene->place, name, content);
                }
        }
}

static void expect_order(const struct scene *scene)
{
        for (size_t i = 1; i < scene->list.count; i++)
                cr_expect(lt(int, hiding_compare_paths(scene->list.items[i - 1].path, scene->list.items[i].path), 0));
}

Test(changes, of_thousands_each_is_told_once_and_in_order)
{
        _cleanup_(scene_done) struct scene scene;
        size_t before;

        scene_begin(&scene);
        fill(&scene, "host", 40, 50, "before");
        fill(&scene, "upper", 40, 50, "after!");
        place_directory(&scene.place, "upper/flat");
        place_directory(&scene.place, "host/flat");
        fill(&scene, "upper/flat", 1, 3000, "x");
        fill(&scene, "host/flat", 1, 1, "x");
        place_directory(&scene.place, "host/old");
        place_directory(&scene.place, "upper/old");
        fill(&scene, "host/old", 30, 20, "x");
        usleep(50000);                  /* times of files are as coarse as 10 ms */
        fill(&scene, "upper/old", 30, 10, "x");
        for (int i = 0; i < 30; i++) {
                char name[32];

                snprintf(name, sizeof(name), "upper/old/%02d", i);
                mark(&scene, name, "trusted.overlay.opaque", "y");
        }
        before = open_files();
        find(&scene);
        expect_order(&scene);
        cr_expect(eq(sz, open_files(), before));
        /* 40 * 50 changed, 3000 added, of 30 * 20 the half deleted, and the other half has new times. */
        cr_expect(eq(sz, scene.list.count, 2000 + 3000 + 300 + 300));
        expect_change(&scene, "/07/0049", CHANGE_CHANGED);
        expect_change(&scene, "/flat/00/2999", CHANGE_ADDED);
        expect_change(&scene, "/old/29/0010", CHANGE_DELETED);
        expect_change(&scene, "/old/29/0009", CHANGE_CHANGED);
}

Test(changes, one_directory_of_many_that_is_too_deep_is_named_and_ends_it)
{
        _cleanup_(scene_done) struct scene scene;
        struct error err = { 0 };
        char path[2 * 300 + 32] = "upper/20/0";
        size_t before;

        scene_begin(&scene);
        fill(&scene, "upper", 40, 50, "x");
        for (int i = 0; i < CHANGES_DEPTH_MAX; i++) {
                place_directory(&scene.place, path);
                strcat(path, "/d");
        }
        before = open_files();
        cr_assert(lt(int, changes_find(&scene.arena, &scene.question, &scene.list, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "directories in each other: /20/0/d"), NULL), "%s", err.text);
        cr_expect(eq(sz, open_files(), before));
}
