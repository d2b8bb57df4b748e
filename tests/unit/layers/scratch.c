#include "layers/scratch.h"

#include <signal.h>
#include <sys/resource.h>

#include "layers/host.h"
#include "tests/unit/layers/rig.h"

static const char *const volumes[] = { "/tmp", "/usr" };

static const char *below(const struct place *place, const char *name)
{
        static char path[8][128];       /* as many as a test has at once */
        static size_t turn;

        turn = (turn + 1) % ARRAY_LENGTH(path);
        snprintf(path[turn], sizeof(path[turn]), "%s/%s", place->path, name);
        return path[turn];
}

static struct scratch kept(const struct place *place, const char *owner)
{
        return (struct scratch){ .path = below(place, "kept"), .owner = owner, .layout = "overlay 0\n" };
}

Test(layer_scratch, is_made_like_what_it_covers_whatever_the_umask)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct scratch scratch = { .path = below(&place, "s"), .volumes = volumes, .volume_count = 2 };
        struct error err = { 0 };
        struct stat root, tmp;

        cr_assert(eq(int, stat("/", &root), 0));
        cr_assert(eq(int, stat("/tmp", &tmp), 0));
        umask(0077);
        cr_assert(eq(int, scratch_make(&scratch, &err), 0), "%s", err.text);
        cr_expect(eq(int, (int)place_mode(&place, "s"), S_IFDIR | 0700));
        cr_expect(eq(int, (int)place_mode(&place, "s/upper"), (int)root.st_mode));
        cr_expect(eq(int, (int)place_mode(&place, "s/work"), S_IFDIR | 0700));
        cr_expect(eq(int, (int)place_mode(&place, "s/volumes/0/upper"), (int)tmp.st_mode));
        cr_expect(place_has(&place, "s/volumes/1/work"));
        cr_expect(eq(int, scratch_make(&scratch, &err), E_ALREADY_EXISTS), "one that is thrown away is made once");
}

static void make_what_overlayfs_makes(const char *pair)
{
        char line[256];

        snprintf(line, sizeof(line), "cd %s && mkdir -p work/work/incompat/volatile && touch work/work/incompat/volatile/dirty", pair);
        cr_assert(eq(int, system(line), 0));
}

Test(layer_scratch, settles_without_its_marks_and_with_all_else_and_goes_then)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct scratch scratch = { .path = below(&place, "s"), .volumes = volumes, .volume_count = 2 };
        struct error err = { 0 };

        cr_assert(eq(int, scratch_make(&scratch, &err), 0), "%s", err.text);
        make_what_overlayfs_makes(scratch.path);
        make_what_overlayfs_makes(below(&place, "s/volumes/1"));
        cr_assert(eq(int, mkdir(below(&place, "s/upper/made"), 0755), 0));
        scratch_settle(scratch.path);
        cr_expect(not(place_has(&place, "s/work/work/incompat")));
        cr_expect(not(place_has(&place, "s/volumes/1/work/work/incompat")));
        cr_expect(place_has(&place, "s/work/work"));
        cr_expect(place_has(&place, "s/upper/made"));
        cr_expect(place_has(&place, "s/volumes/0/work"));
        scratch_settle(below(&place, "nobody"));
        cr_expect(eq(int, layer_scratch_remove(scratch.path, &err), 0), "%s", err.text);
        cr_expect(not(place_has(&place, "s")));
}

Test(layer_scratch, needs_less_than_64_kib)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct scratch scratch = { .path = below(&place, "s") };
        struct error err = { 0 };
        char line[256];

        cr_assert(eq(int, scratch_make(&scratch, &err), 0));
        snprintf(line, sizeof(line), "test $(du -sk %s | cut -f1) -lt 64", scratch.path);
        cr_expect(eq(int, system(line), 0));
}

Test(layer_scratch, a_kept_one_is_held_by_one_sandbox)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct scratch one, two;
        struct error err = { 0 };

        place_directory(&place, "one");
        place_directory(&place, "two");
        one = kept(&place, below(&place, "one"));
        two = kept(&place, below(&place, "two"));
        cr_assert(eq(int, scratch_make(&one, &err), 0), "%s", err.text);
        cr_expect(eq(int, scratch_make(&one, &err), 0), "its holder may come again");
        cr_expect(eq(int, scratch_make(&two, &err), E_BUSY));
        cr_expect(ne(ptr, strstr(err.text, "in use by the sandbox of"), NULL), "%s", err.text);

        cr_expect(eq(int, layer_scratch_release(two.path, two.owner, &err), 0));
        cr_expect(eq(int, scratch_make(&two, &err), E_BUSY), "who doesn't hold it can't let go of it");
        cr_expect(eq(int, layer_scratch_release(one.path, one.owner, &err), 0));
        cr_expect(eq(int, scratch_make(&two, &err), 0), "%s", err.text);
        cr_expect(eq(int, layer_scratch_release(below(&place, "none"), "x", &err), 0));
}

Test(layer_scratch, a_holder_that_is_gone_holds_nothing)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct scratch one, two;
        struct error err = { 0 };

        place_directory(&place, "one");
        place_directory(&place, "two");
        one = kept(&place, below(&place, "one"));
        two = kept(&place, below(&place, "two"));
        cr_assert(eq(int, scratch_make(&one, &err), 0));
        place_file(&place, "kept/upper/work-of-days", "x");
        cr_assert(eq(int, unlinkat(place.dir, "one", AT_REMOVEDIR), 0));
        cr_expect(eq(int, scratch_make(&two, &err), 0), "%s", err.text);
        cr_expect(place_has(&place, "kept/upper/work-of-days"));
}

Test(layer_scratch, of_many_that_want_a_kept_one_one_gets_it)
{
        _cleanup_(place_donep) struct place place = place_new();
        int winners = 0, status;
        pid_t takers[12];
        char name[16];

        place_directory(&place, "kept");
        place_file(&place, "kept/in-use", "/nowhere/that/is/there");
        for (int i = 0; i < 12; i++) {
                snprintf(name, sizeof(name), "o%d", i);
                place_directory(&place, name);
        }
        for (int i = 0; i < 12; i++) {
                takers[i] = fork();
                if (takers[i] == 0) {
                        struct scratch scratch;
                        struct error err = { 0 };

                        snprintf(name, sizeof(name), "o%d", i);
                        scratch = kept(&place, below(&place, name));
                        _exit(scratch_make(&scratch, &err) == 0 ? 0 : err.code == E_BUSY ? 1 : 2);
                }
        }
        for (int i = 0; i < 12; i++) {
                cr_assert(eq(int, waitpid(takers[i], &status, 0), takers[i]));
                cr_expect(eq(int, WIFEXITED(status) && WEXITSTATUS(status) < 2, 1));
                winners += status == 0;
        }
        cr_expect(eq(int, winners, 1));
}

Test(layer_scratch, a_kept_one_of_another_layout_is_refused)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct scratch scratch = kept(&place, place.path);
        struct error err = { 0 };

        cr_assert(eq(int, scratch_make(&scratch, &err), 0));
        scratch.layout = "overlay 0\n/var\n";
        cr_expect(eq(int, scratch_make(&scratch, &err), E_INVALID_DATA));
        cr_expect(ne(ptr, strstr(err.text, "other file systems"), NULL), "%s", err.text);
}

Test(layer_scratch, is_removed_however_deep_and_closed_it_is)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct scratch scratch = { .path = below(&place, "s") };
        struct rlimit few;
        struct error err = { 0 };
        int fd;

        cr_assert(eq(int, scratch_make(&scratch, &err), 0));
        place_directory(&place, "s/work/work");
        place_directory(&place, "s/work/work/inside");
        cr_assert(eq(int, fchmodat(place.dir, "s/work/work", 0, 0), 0));
        place_link(&place, "/etc", "s/upper/link");
        fd = openat(place.dir, "s/upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (int i = 0; i < 3000; i++) {
                int next;

                cr_assert(eq(int, mkdirat(fd, "a-name-that-makes-paths-longer-than-any-call-takes", 0755), 0));
                next = openat(fd, "a-name-that-makes-paths-longer-than-any-call-takes", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                close(fd);
                fd = next;
        }
        close(fd);
        cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, &few), 0));
        few.rlim_cur = 128;                     /* the hard limit stays: valgrind lets nobody change that */
        cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &few), 0));
        cr_expect(eq(int, layer_scratch_remove(scratch.path, &err), 0), "%s", err.text);
        cr_expect(not(place_has(&place, "s")));
        cr_expect(eq(int, layer_scratch_remove(scratch.path, &err), 0), "absent is fine");
        cr_expect(eq(int, layer_scratch_remove("/nowhere/at/all", &err), 0));
        cr_expect(rig_exists("/etc/passwd"));
}

Test(layer_scratch, may_not_lie_where_no_overlay_can_write)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct error err = { 0 };

        rig_enter();
        rig_mount("ramfs", place.path, NULL);
        cr_expect(eq(int, scratch_check(below(&place, "data/scratch/x"), &err), E_NOT_SUPPORTED));
        cr_expect(ne(ptr, strstr(err.text, "lies on ramfs"), NULL), "%s", err.text);
        cr_expect(ne(ptr, strstr(err.text, "org.hcs-sandbox.scratch to \"memory\""), NULL));
        cr_assert(eq(int, seteuid(12345), 0));  /* whose scratch can't be in memory */
        cr_expect(eq(int, scratch_check(below(&place, "data/scratch/x"), &err), E_NOT_SUPPORTED));
        cr_expect(ne(ptr, strstr(err.text, "org.hcs-sandbox.scratch, to a directory on ext4"), NULL), "%s", err.text);
        cr_assert(eq(int, seteuid(0), 0));
        cr_assert(eq(int, umount(place.path), 0));
        rig_mount("tmpfs", place.path, NULL);
        cr_expect(eq(int, scratch_check(below(&place, "data/scratch/x"), &err), 0), "%s", err.text);
        cr_assert(eq(int, umount(place.path), 0));
}

Test(layer_scratch, of_a_user_needs_attributes_of_users)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct scratch scratch = { .path = below(&place, "s") };
        struct error err = { 0 };

        rig_enter();
        rig_mount("ramfs", place.path, NULL);
        cr_assert(eq(int, chmod(place.path, 0777), 0));
        cr_assert(eq(int, seteuid(12345), 0));
        cr_expect(eq(int, scratch_make(&scratch, &err), E_NOT_SUPPORTED));
        cr_expect(ne(ptr, strstr(err.text, "keeps no attributes of users"), NULL), "%s", err.text);
        cr_assert(eq(int, seteuid(0), 0));
        cr_assert(eq(int, umount(place.path), 0));
        cr_assert(eq(int, chmod(place.path, 0777), 0));
        cr_assert(eq(int, seteuid(12345), 0));
        cr_expect(eq(int, scratch_make(&scratch, &err), 0), "%s", err.text);
        cr_assert(eq(int, seteuid(0), 0));
}

Test(layer_scratch, what_an_earlier_boot_left_goes)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct error err = { 0 };
        const char *directory = below(&place, "scratch"), *references = below(&place, "refs");

        place_directory(&place, "refs");
        cr_assert(eq(int, scratch_sweep(directory, references, &err), 0), "%s", err.text);
        place_directory(&place, "scratch/alive");
        place_link(&place, "digest", "refs/alive");
        cr_assert(eq(int, scratch_sweep(directory, references, &err), 0));
        cr_expect(place_has(&place, "scratch/alive"), "of this boot");

        place_file(&place, "scratch/.boot", "of another one\n");
        place_file(&place, "scratch/alive/file", "x");
        cr_assert(eq(int, scratch_sweep(directory, references, &err), 0));
        cr_expect(not(place_has(&place, "scratch/alive")));
        cr_expect(not(place_has(&place, "refs/alive")));
        cr_expect(not(place_has(&place, "scratch/.left-alive")));

        place_directory(&place, "scratch/unmarked");
        cr_assert(eq(int, unlinkat(place.dir, "scratch/.boot", 0), 0));
        cr_assert(eq(int, scratch_sweep(directory, references, &err), 0));
        cr_expect(place_has(&place, "scratch/unmarked"), "without a mark nothing is known");
}
