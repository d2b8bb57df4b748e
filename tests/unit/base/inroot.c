#include "hcs/base/inroot.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/unit/base/place.h"

/* A root with a directory beside it that nothing may reach:  outside/secret, root/... */
struct rooted { struct place place; int root; };

static struct rooted rooted_new(void)
{
        struct rooted rooted;

        place_needs_openat2();
        rooted = (struct rooted){ .place = place_new() };
        place_directory(&rooted.place, "outside");
        place_file(&rooted.place, "outside/secret", "secret");
        place_directory(&rooted.place, "root");
        rooted.root = openat(rooted.place.dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        cr_assert(ge(int, rooted.root, 0));
        return rooted;
}

static void rooted_donep(struct rooted *rooted)
{
        close(rooted->root);
        place_donep(&rooted->place);
}

/* What the descriptor is, as a name below the place; closes it. */
static void expect_is(const struct rooted *rooted, int fd, const char *name)
{
        struct stat got = { 0 }, wanted = { 0 };

        cr_assert(ge(int, fd, 0));
        cr_assert(eq(int, fstat(fd, &got), 0));
        cr_expect(eq(int, fstatat(rooted->place.dir, name, &wanted, AT_SYMLINK_NOFOLLOW), 0), "%s", name);
        cr_expect(got.st_ino == wanted.st_ino && got.st_dev == wanted.st_dev, "it is not %s", name);
        close(fd);
}

static void expect_refused(int result, const struct error *err)
{
        cr_expect(lt(int, result, 0));
        cr_expect(err->text[0] != '\0');
        if (result >= 0)
                close(result);
}

Test(base_inroot, opens_from_the_root_absolute_or_not)
{
        _cleanup_(rooted_donep) struct rooted rooted = rooted_new();
        struct error err = { 0 };

        place_directory(&rooted.place, "root/a");
        place_file(&rooted.place, "root/a/b", "x");
        expect_is(&rooted, inroot_open(rooted.root, "/a/b", O_PATH, &err), "root/a/b");
        expect_is(&rooted, inroot_open(rooted.root, "a/b", O_PATH, &err), "root/a/b");
        expect_is(&rooted, inroot_open(rooted.root, "//a/./b", O_PATH, &err), "root/a/b");
        expect_is(&rooted, inroot_open(rooted.root, "/", O_PATH, &err), "root");
        expect_is(&rooted, inroot_open(rooted.root, "", O_PATH, &err), "root");
}

Test(base_inroot, is_left_by_no_link_and_no_dots)
{
        _cleanup_(rooted_donep) struct rooted rooted = rooted_new();
        struct error err = { 0 };
        char outside[128];

        snprintf(outside, sizeof(outside), "%s/outside", rooted.place.path);
        place_directory(&rooted.place, "root/etc");
        place_link(&rooted.place, outside, "root/absolute");
        place_link(&rooted.place, "../outside", "root/relative");
        place_link(&rooted.place, "../../../../../../../..", "root/etc/up");
        place_link(&rooted.place, "/", "root/slash");

        cr_expect(eq(int, inroot_open(rooted.root, "absolute/secret", O_PATH, &err), E_FILE_NOT_FOUND));
        cr_expect(eq(int, inroot_open(rooted.root, "relative/secret", O_PATH, &err), E_FILE_NOT_FOUND));
        cr_expect(eq(int, inroot_open(rooted.root, "../outside/secret", O_PATH, &err), E_FILE_NOT_FOUND));
        expect_is(&rooted, inroot_open(rooted.root, "etc/up", O_PATH, &err), "root");
        expect_is(&rooted, inroot_open(rooted.root, "slash/etc", O_PATH, &err), "root/etc");
        expect_is(&rooted, inroot_open(rooted.root, "/..", O_PATH, &err), "root");
}

Test(base_inroot, follows_links_inside)
{
        _cleanup_(rooted_donep) struct rooted rooted = rooted_new();
        struct error err = { 0 };

        place_directory(&rooted.place, "root/run");
        place_file(&rooted.place, "root/run/x", "");
        place_directory(&rooted.place, "root/var");
        place_link(&rooted.place, "/run", "root/var/run");
        place_link(&rooted.place, "../run/x", "root/var/y");
        expect_is(&rooted, inroot_open(rooted.root, "/var/run/x", O_PATH, &err), "root/run/x");
        expect_is(&rooted, inroot_open(rooted.root, "/var/y", O_PATH, &err), "root/run/x");
        expect_is(&rooted, inroot_open(rooted.root, "/var/y", O_PATH | O_NOFOLLOW, &err), "root/var/y");
        expect_refused(inroot_open(rooted.root, "/var/y", O_RDONLY | O_NOFOLLOW, &err), &err);
}

Test(base_inroot, refuses_circles_and_magic_links)
{
        _cleanup_(rooted_donep) struct rooted rooted = rooted_new();
        struct error err = { 0 };
        int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), fd;
        char magic[64];

        place_link(&rooted.place, "self", "root/self");
        place_link(&rooted.place, "b", "root/a");
        place_link(&rooted.place, "a", "root/b");
        expect_refused(inroot_open(rooted.root, "self", O_PATH, &err), &err);
        expect_refused(inroot_open(rooted.root, "a/x", O_PATH, &err), &err);
        expect_refused(inroot_make_directory(rooted.root, "self/x", 0755, &fd, &err), &err);
        expect_refused(inroot_make_file(rooted.root, "a", 0644, &fd, &err), &err);

        snprintf(magic, sizeof(magic), "self/fd/%d/outside", rooted.place.dir);
        expect_refused(inroot_open(proc, magic, O_PATH, &err), &err);
        expect_refused(inroot_open(proc, "self/root", O_PATH, &err), &err);
        expect_refused(inroot_make_file(proc, "self/cwd/new", 0644, &fd, &err), &err);
        close(proc);
}

Test(base_inroot, tells_absence_from_failure)
{
        _cleanup_(rooted_donep) struct rooted rooted = rooted_new();
        struct error err = { 0 };
        int fd = 77;

        cr_expect(eq(int, inroot_open_if_there(rooted.root, "no", O_PATH, &fd, &err), INROOT_ABSENT));
        cr_expect(eq(int, inroot_open_if_there(rooted.root, "no/such", O_PATH, &fd, &err), INROOT_ABSENT));
        cr_expect(eq(int, fd, 77), "an absent file leaves the output alone");
        cr_expect(eq(int, err.code, 0));
        place_file(&rooted.place, "root/file", "");
        cr_expect(eq(int, inroot_open_if_there(rooted.root, "file/x", O_PATH, &fd, &err), INROOT_ABSENT), "below a file");
        cr_expect(eq(int, symlinkat("..", rooted.root, "link"), 0));
        cr_expect(lt(int, inroot_open_if_there(rooted.root, "link", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, &fd, &err), 0), "it is there");
        cr_expect(lt(int, inroot_open_if_there(rooted.root, "file", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, &fd, &err), 0), "it is there");
        cr_expect(eq(int, inroot_open_if_there(rooted.root, "file", O_PATH, &fd, &err), 0));
        expect_is(&rooted, fd, "root/file");
}

Test(base_inroot, says_what_is_missing_in_words_that_clients_do_not_take_for_a_missing_program)
{
        _cleanup_(rooted_donep) struct rooted rooted = rooted_new();
        struct error err = { 0 };

        cr_expect(eq(int, inroot_open(rooted.root, "/no", O_PATH, &err), E_FILE_NOT_FOUND));
        cr_expect(eq(str, err.text, "opening \"/no\": it is not there"));
}

Test(base_inroot, makes_directories_with_their_mode)
{
        _cleanup_(rooted_donep) struct rooted rooted = rooted_new();
        struct error err = { 0 };
        int fd;

        umask(0);
        cr_assert(eq(int, inroot_make_directory(rooted.root, "/a//b/./c/", 0750, &fd, &err), 0), "%s", err.text);
        expect_is(&rooted, fd, "root/a/b/c");
        cr_expect(eq(int, (int)place_mode(&rooted.place, "root/a/b"), S_IFDIR | 0750));
        cr_assert(eq(int, inroot_make_directory(rooted.root, "a/b/c", 0700, &fd, &err), 0), "%s", err.text);
        expect_is(&rooted, fd, "root/a/b/c");
        cr_expect(eq(int, (int)place_mode(&rooted.place, "root/a/b/c"), S_IFDIR | 0750), "what is there keeps its mode");
        cr_assert(eq(int, inroot_make_directory(rooted.root, "/", 0700, &fd, &err), 0), "%s", err.text);
        expect_is(&rooted, fd, "root");
        cr_assert(eq(int, inroot_make_directory(rooted.root, "a/../n/../../m", 0700, &fd, &err), 0), "%s", err.text);
        expect_is(&rooted, fd, "root/m");
        cr_expect(place_has(&rooted.place, "root/n"));
}

Test(base_inroot, makes_nothing_outside)
{
        _cleanup_(rooted_donep) struct rooted rooted = rooted_new();
        struct error err = { 0 };
        const char *name;
        char outside[128];
        int fd;

        snprintf(outside, sizeof(outside), "%s/outside", rooted.place.path);
        place_link(&rooted.place, outside, "root/absolute");
        place_link(&rooted.place, "../outside", "root/relative");
        place_link(&rooted.place, "../../../../../../outside/new-file", "root/file");

        cr_assert(eq(int, inroot_make_directory(rooted.root, "absolute/new", 0755, &fd, &err), 0), "%s", err.text);
        close(fd);
        cr_assert(eq(int, inroot_make_directory(rooted.root, "relative/new", 0755, &fd, &err), 0), "%s", err.text);
        expect_is(&rooted, fd, "root/outside/new");
        cr_assert(eq(int, inroot_make_file(rooted.root, "file", 0644, &fd, &err), 0), "%s", err.text);
        expect_is(&rooted, fd, "root/outside/new-file");
        cr_assert(eq(int, inroot_make_parent(rooted.root, "relative/p/name", &fd, &name, &err), 0), "%s", err.text);
        expect_is(&rooted, fd, "root/outside/p");
        cr_expect(eq(str, (char *)name, "name"));

        cr_expect(not(place_has(&rooted.place, "outside/new")));
        cr_expect(not(place_has(&rooted.place, "outside/new-file")));
        cr_expect(not(place_has(&rooted.place, "outside/p")));
}

/* Debian's and Ubuntu's images: the link points into a /run that is empty. */
Test(base_inroot, makes_the_target_of_a_link_that_dangles)
{
        _cleanup_(rooted_donep) struct rooted rooted = rooted_new();
        struct error err = { 0 };
        int fd;

        place_directory(&rooted.place, "root/usr");
        place_directory(&rooted.place, "root/usr/etc");
        place_link(&rooted.place, "usr/etc", "root/etc");
        place_link(&rooted.place, "../../run/systemd/resolve/stub-resolv.conf", "root/usr/etc/resolv.conf");
        cr_assert(eq(int, inroot_make_file(rooted.root, "/etc/resolv.conf", 0644, &fd, &err), 0), "%s", err.text);
        expect_is(&rooted, fd, "root/run/systemd/resolve/stub-resolv.conf");
        cr_expect(eq(int, (int)(place_mode(&rooted.place, "root/usr/etc/resolv.conf") & S_IFMT), S_IFLNK), "the link stays");

        place_link(&rooted.place, "/two", "root/one");
        place_link(&rooted.place, "three/four", "root/two");
        cr_assert(eq(int, inroot_make_directory(rooted.root, "one/five", 0755, &fd, &err), 0), "%s", err.text);
        expect_is(&rooted, fd, "root/three/four/five");
}

Test(base_inroot, gives_up_on_links_without_end)
{
        _cleanup_(rooted_donep) struct rooted rooted = rooted_new();
        struct error err = { 0 };
        int fd;

        for (int i = 0; i < 100; i++) {
                char name[32], target[32];

                snprintf(name, sizeof(name), "root/%d", i);
                snprintf(target, sizeof(target), "%d", i + 1);
                place_link(&rooted.place, target, name);
        }
        expect_refused(inroot_make_file(rooted.root, "0", 0644, &fd, &err), &err);
        expect_refused(inroot_make_directory(rooted.root, "0/x", 0755, &fd, &err), &err);
        /* Each turn makes one more path: "a" is a link to "b/a", and "b" to ".". */
        place_link(&rooted.place, "b/a", "root/a");
        place_link(&rooted.place, ".", "root/b");
        expect_refused(inroot_make_file(rooted.root, "a", 0644, &fd, &err), &err);
        cr_expect(not(place_has(&rooted.place, "root/100")));
}

Test(base_inroot, makes_files_and_takes_what_is_there)
{
        _cleanup_(rooted_donep) struct rooted rooted = rooted_new();
        struct error err = { 0 };
        int fd;

        umask(0);
        cr_assert(eq(int, inroot_make_file(rooted.root, "/a/b/file", 0640, &fd, &err), 0), "%s", err.text);
        expect_is(&rooted, fd, "root/a/b/file");
        cr_expect(eq(int, (int)place_mode(&rooted.place, "root/a/b/file"), S_IFREG | 0640));
        cr_expect(eq(int, (int)place_mode(&rooted.place, "root/a"), S_IFDIR | 0755));

        place_file(&rooted.place, "root/full", "content");
        cr_assert(eq(int, inroot_make_file(rooted.root, "full", 0600, &fd, &err), 0), "%s", err.text);
        expect_is(&rooted, fd, "root/full");
        cr_expect(eq(int, (int)place_mode(&rooted.place, "root/full"), S_IFREG | 0644));

        expect_refused(inroot_make_file(rooted.root, "full/x", 0600, &fd, &err), &err);
        expect_refused(inroot_make_directory(rooted.root, "full", 0755, &fd, &err), &err);
        expect_refused(inroot_make_directory(rooted.root, "full/x", 0755, &fd, &err), &err);
}

Test(base_inroot, wants_a_name_at_the_end_of_what_it_makes)
{
        _cleanup_(rooted_donep) struct rooted rooted = rooted_new();
        static const char *const nameless[] = { "", "/", "a/", "a/.", "a/..", ".", ".." };
        struct error err = { 0 };
        const char *name;
        int fd;

        for (size_t i = 0; i < ARRAY_LENGTH(nameless); i++)
                cr_expect(eq(int, inroot_make_parent(rooted.root, nameless[i], &fd, &name, &err), E_INVALID_PARAMETER), "\"%s\"", nameless[i]);
        cr_expect(not(place_has(&rooted.place, "root/a")));
}

Test(base_inroot, leaves_no_descriptor_open)
{
        _cleanup_(rooted_donep) struct rooted rooted = rooted_new();
        int before = place_open_descriptors(), fd;
        struct error err = { 0 };

        place_link(&rooted.place, "self", "root/self");
        place_link(&rooted.place, "x/y", "root/dangling");
        cr_assert(eq(int, inroot_make_file(rooted.root, "a/b/c", 0644, &fd, &err), 0));
        close(fd);
        cr_assert(eq(int, inroot_make_file(rooted.root, "dangling", 0644, &fd, &err), 0));
        close(fd);
        (void)inroot_make_file(rooted.root, "a/self/../../self/x", 0644, &fd, &err);
        (void)inroot_make_directory(rooted.root, "self/x", 0755, &fd, &err);
        cr_expect(eq(int, place_open_descriptors(), before));
}

/* Swaps a directory of the root with a link that leads out, for ever. */
static void swap(const struct rooted *rooted)
{
        prctl(PR_SET_PDEATHSIG, SIGKILL);       /* a failed assertion leaves nobody to stop it */
        for (;;)
                (void)syscall(SYS_renameat2, rooted->root, "dir", rooted->root, "link", 2 /* RENAME_EXCHANGE */);
}

Test(base_inroot, is_not_left_while_somebody_swaps_a_directory_and_a_link, .timeout = 30)
{
        _cleanup_(rooted_donep) struct rooted rooted = rooted_new();
        pid_t swapper;
        char outside[128];

        snprintf(outside, sizeof(outside), "%s/outside", rooted.place.path);
        place_directory(&rooted.place, "root/dir");
        place_link(&rooted.place, outside, "root/link");
        swapper = fork();
        if (swapper == 0)
                swap(&rooted);
        cr_assert(gt(int, swapper, 0));
        for (int i = 0; i < 2000; i++) {
                struct error err = { 0 };
                char path[64];
                int fd = -1;

                snprintf(path, sizeof(path), "dir/new-%d/x", i);
                if (i % 2 ? inroot_make_file(rooted.root, path, 0644, &fd, &err) >= 0
                          : inroot_make_directory(rooted.root, path, 0755, &fd, &err) >= 0)
                        close(fd);
                cr_assert(ne(int, inroot_open(rooted.root, "dir/secret", O_PATH, &err), 0));
        }
        kill(swapper, SIGKILL);
        waitpid(swapper, NULL, 0);

        cr_expect(eq(int, unlinkat(rooted.place.dir, "outside/secret", 0), 0));
        cr_expect(eq(int, unlinkat(rooted.place.dir, "outside", AT_REMOVEDIR), 0), "nothing was made outside");
}
