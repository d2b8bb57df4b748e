#include "layers/mask.h"

#include <dirent.h>
#include <signal.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>

#include "tests/unit/layers/rig.h"

#define HOME FRESH "/masks"

TestSuite(layer_mask, .timeout = 60);

/* One question, asked again and again of the real machine, in which /srv is the test's own. */
static const struct layer_wishes nothing;
static const struct mask_question question = { .home = HOME, .way = MASK_OVERLAY, .wishes = &nothing };
static int scratches;

static void setup(void) { rig_enter(); }

/* A directory of the test's own as /srv, which is walked when it is a disk. */
static void dress(const struct place *place)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        mount_list mounts = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, fchmod(place->dir, 0755), 0));
        cr_assert(eq(int, mount(place->path, "/srv", NULL, MS_BIND, NULL), 0));
        cr_assert(eq(int, mounts_read(&arena, "/proc/self/mountinfo", &mounts, &err), 0));
        for (size_t i = 0; i < mounts.count; i++)
                if (text_equal(mounts.items[i].path, "/srv") && mounts.items[i].comes_along)
                        return;
        cr_skip("/tmp is no local disk here");
}

static struct mask find(struct arena *arena, const struct mask_question *asked)
{
        struct mask mask = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, mask_find(arena, asked, &mask, &err), 0), "%s", err.text);
        return mask;
}

static void make(const struct mask *mask)
{
        struct error err = { 0 };
        char name[32];

        snprintf(name, sizeof(name), "scratch-%d-%d", (int)getpid(), scratches++);
        cr_assert(eq(int, mask_make(mask, name, &err), 0), "%s", err.text);
}

static const char *answer_of(struct arena *arena, const struct mask *mask)
{
        return arena_printf(arena, "%s/%s.answer", HOME, mask->key);
}

/* Names in the home that are masks, or that begin with a dot. */
static int count(bool leftovers)
{
        _cleanup_(io_close_dirp) DIR *dir = opendir(HOME);
        struct dirent *entry;
        int found = 0;

        cr_assert(ne(ptr, dir, NULL));
        while ((entry = readdir(dir)))
                found += leftovers ? entry->d_name[0] == '.' && entry->d_name[1] && entry->d_name[1] != '.'
                                   : strlen(entry->d_name) == MASK_DIGEST_LENGTH;
        return found;
}

static void settle(void) { nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL); }

Test(layer_mask, finding_writes_nothing)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct mask mask;

        setup();
        mask = find(&arena, &question);
        cr_expect(not(mask.is_made));
        cr_expect(gt(sz, mask.entries.count, 10));
        cr_expect(not(rig_exists(HOME)));
}

Test(layer_mask, hides_with_whiteouts_and_opaque_directories)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct stat what, host;
        struct mask mask;
        char value[2];

        setup();
        mask = find(&arena, &question);
        make(&mask);
        cr_assert(eq(int, chdir(mask_tree(&arena, &mask)), 0));
        cr_assert(eq(int, lstat("root", &what), 0));
        cr_assert(eq(int, lstat("/root", &host), 0));
        cr_expect(eq(int, (int)what.st_mode, (int)host.st_mode), "an empty directory keeps its mode");
        cr_expect(eq(int, (int)getxattr("root", "trusted.overlay.opaque", value, 2), 1));
        cr_assert(eq(int, lstat("etc", &what), 0));
        cr_assert(eq(int, lstat("/etc", &host), 0));
        cr_expect(eq(int, (int)what.st_mode, (int)host.st_mode));
        cr_expect(eq(i64, what.st_mtim.tv_sec, host.st_mtim.tv_sec), "and one that shows through its time, too");
        cr_expect(lt(int, (int)getxattr("etc", "trusted.overlay.opaque", value, 2), 0), "it shows through");
        if (lstat("/etc/shadow-", &host) == 0) {
                cr_assert(eq(int, lstat("etc/shadow-", &what), 0));
                cr_expect(eq(int, (int)(what.st_mode & S_IFMT), S_IFCHR));
                cr_expect(eq(u64, what.st_rdev, makedev(0, 0)));
        }
}

/* As on a tmpfs before Linux 6.6. */
Test(layer_mask, where_there_are_no_attributes_there_is_none)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct mask_question asked = question;
        struct error err = { 0 };
        struct mask mask;

        setup();
        rig_mount("ramfs", FRESH, NULL);
        asked.way = MASK_FUSE;
        mask = find(&arena, &asked);
        cr_expect(eq(int, mask_make(&mask, "one", &err), E_NOT_SUPPORTED));
        cr_expect(ne(ptr, strstr(err.text, "set XDG_DATA_HOME"), NULL), "%s", err.text);
}

Test(layer_mask, an_answer_is_believed_for_five_seconds)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct mask mask, again;

        setup();
        mask = find(&arena, &question);
        make(&mask);
        again = find(&arena, &question);
        cr_expect(again.is_made);
        cr_expect(again.is_recent);
        cr_expect(eq(str, (char *)again.digest, (char *)mask.digest));

        rig_age(answer_of(&arena, &mask), 6);
        again = find(&arena, &question);
        cr_expect(not(again.is_recent));
        rig_age(answer_of(&arena, &mask), -3600);
        again = find(&arena, &question);
        cr_expect(not(again.is_recent), "nor when the clock was set back");
}

Test(layer_mask, an_old_answer_holds_while_nothing_has_changed)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct mask mask, again;

        setup();
        settle();
        mask = find(&arena, &question);
        make(&mask);
        for (int i = 0; i < 2; i++) {
                rig_age(answer_of(&arena, &mask), 6);
                again = find(&arena, &question);
                cr_expect(again.is_made, "looked at, not walked");
                cr_expect(not(again.is_recent));
                make(&again);
                again = find(&arena, &question);
                cr_expect(again.is_recent, "who looked tells the others");
        }
}

/* The mask after a change, asked for when the last answer is six seconds old. */
static const char *digest_after(struct arena *arena, const char *change)
{
        struct mask mask;

        cr_assert(eq(int, system(change), 0), "%s", change);
        settle();
        mask = find(arena, &question);
        make(&mask);
        rig_age(answer_of(arena, &mask), 6);
        return mask.digest;
}

Test(layer_mask, what_matters_makes_another_mask_and_the_rest_does_not)
{
        static const char *const same[] = { "touch /srv/x", "mkdir -p /srv/open", "echo more >>/srv/secret", ": >/srv/lock; chmod 600 /srv/lock" };
        static const char *const other[] = {
                "echo x >/srv/lock", "echo x >/srv/open/y; chmod 600 /srv/open/y", "chmod 1777 /srv/open",
                "rm /srv/secret", "mkfifo /srv/open/pipe", "mount -t tmpfs x /srv/open",
        };
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(arena_done) struct arena arena = { 0 };
        const char *before, *after;

        setup();
        dress(&place);
        before = digest_after(&arena, "mkdir /srv/closed; chmod 700 /srv/closed; echo x >/srv/secret; chmod 640 /srv/secret");
        /* Somebody else may change the machine meanwhile, an account or a mount; hardly each time. */
        for (size_t i = 0; i < ARRAY_LENGTH(same); i++) {
                after = digest_after(&arena, same[i]);
                for (int again = 0; again < 5 && !text_equal(after, before); again++) {
                        before = digest_after(&arena, "true");
                        after = digest_after(&arena, same[i]);
                }
                cr_expect(eq(str, (char *)after, (char *)before), "%s", same[i]);
        }
        for (size_t i = 0; i < ARRAY_LENGTH(other); i++, before = after) {
                after = digest_after(&arena, other[i]);
                cr_expect(ne(str, (char *)after, (char *)before), "%s", other[i]);
        }
        cr_assert(eq(int, umount("/srv/open"), 0));
}

Test(layer_mask, an_answer_for_another_mount_namespace_is_looked_at)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct mask mask = { .is_made = false };

        setup();
        /* Somebody else may change the machine meanwhile, an account or a mount; hardly each time. */
        for (int i = 0; i < 5 && !mask.is_made; i++) {
                settle();
                mask = find(&arena, &question);
                make(&mask);
                cr_assert(eq(int, unshare(CLONE_NEWNS), 0));
                mask = find(&arena, &question);
        }
        cr_expect(mask.is_made);
        cr_expect(not(mask.is_recent));
}

Test(layer_mask, a_mask_that_is_gone_is_made_again)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct error err = { 0 };
        struct mask mask, again;

        setup();
        mask = find(&arena, &question);
        make(&mask);
        again = find(&arena, &question);
        cr_assert(again.is_recent);
        cr_assert(eq(int, io_remove_tree_at(AT_FDCWD, arena_printf(&arena, "%s/%s", HOME, mask.digest), &err), 0));
        cr_expect(eq(int, mask_make(&again, "late", &err), E_NOT_FOUND));
        cr_expect(not(rig_exists(HOME "/refs/late")));

        again = find(&arena, &question);
        cr_expect(not(again.is_made));
        make(&again);
        cr_expect(rig_exists(mask_tree(&arena, &again)));
}

Test(layer_mask, what_cannot_be_read_is_not_believed)
{
        static const char *const broken[] = {
                "", "\n", "hcs-sandbox answer 1", "hcs-sandbox answer 2\n", "hcs-sandbox answer 1\n../../etc\n1\n0123456789abcdef\n",
                "hcs-sandbox answer 1\n00000000000000000000000000000000\n1\n0123456789abcdef\n",
                "hcs-sandbox answer 1\n%s\n1\nshort\n", "hcs-sandbox answer 1\n%s\n1\n0123456789abcdef\nxx /var\n",
                "hcs-sandbox answer 1\n%s\n1\n0123456789abcdef\np\n", "hcs-sandbox answer 1\n%s\n",
        };
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct error err = { 0 };
        struct mask mask;

        setup();
        mask = find(&arena, &question);
        make(&mask);
        for (size_t i = 0; i < ARRAY_LENGTH(broken); i++) {
                const char *part = strstr(broken[i], "%s");
                const char *text = part ? arena_printf(&arena, "%.*s%s%s", (int)(part - broken[i]), broken[i], mask.digest, part + 2) : broken[i];

                _cleanup_(io_closep) int home = open(HOME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

                cr_assert(eq(int, io_replace_at(home, arena_printf(&arena, "%s.answer", mask.key), text, strlen(text), 0600, &err), 0));
                cr_expect(not(find(&arena, &question).is_made), "%s", text);
        }
}

Test(layer_mask, an_answer_with_a_volume_that_went_is_not_believed)
{
        static const struct { const char *line; bool believed; } added[] = { { "-h /\n", true }, { "-h /hcs-test-went\n", false } };
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct error err = { 0 };
        struct mask mask;

        setup();
        mask = find(&arena, &question);
        make(&mask);
        for (size_t i = 0; i < ARRAY_LENGTH(added); i++) {
                const char *name = arena_printf(&arena, "%s.answer", mask.key);
                _cleanup_(io_closep) int home = open(HOME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                _cleanup_(text_done) struct text text = { 0 };

                make(&mask);
                cr_assert(ge(int, io_read_file_at(home, name, 1 << 20, &text, &err), 0));
                text_add(&text, added[i].line);
                cr_assert(eq(int, io_replace_at(home, name, text.data, text.length, 0600, &err), 0));
                cr_expect(eq(int, find(&arena, &question).is_recent, added[i].believed), "%s", added[i].line);
        }
}

Test(layer_mask, many_makers_at_once_make_one_mask)
{
        pid_t makers[8];

        setup();
        for (size_t i = 0; i < ARRAY_LENGTH(makers); i++) {
                makers[i] = fork();
                if (makers[i] == 0) {
                        _cleanup_(arena_done) struct arena arena = { 0 };
                        struct error err = { 0 };
                        struct mask mask;
                        char name[32];

                        for (int k = 0; k < 5; k++) {
                                snprintf(name, sizeof(name), "s-%d-%d", (int)getpid(), k);
                                if (mask_find(&arena, &question, &mask, &err) < 0 || mask_make(&mask, name, &err) < 0 ||
                                    !rig_exists(mask_tree(&arena, &mask)))
                                        _exit(1);
                        }
                        _exit(0);
                }
        }
        for (size_t i = 0; i < ARRAY_LENGTH(makers); i++)
                rig_wait(makers[i]);
        cr_expect(eq(int, count(false), 1));
        cr_expect(eq(int, count(true), 0));
}

Test(layer_mask, a_killed_maker_leaves_nothing_that_matters)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        int halves = 0;

        setup();
        for (int i = 0; i < 40; i++) {
                struct mask mask = find(&arena, &question);
                struct error err = { 0 };
                pid_t maker = fork();

                if (maker == 0) {
                        (void)mask_make(&mask, "killed", &err);
                        _exit(0);
                }
                nanosleep(&(struct timespec){ .tv_nsec = 200000 + i * 40000 }, NULL);
                kill(maker, SIGKILL);
                cr_assert(eq(int, waitpid(maker, NULL, 0), maker));
                halves += rig_exists(HOME) && count(true) > 0;
                make(&mask);
                cr_expect(eq(int, count(true), 0), "the next one cleans");
                cr_expect(find(&arena, &question).is_recent);
                cr_assert(eq(int, io_remove_tree_at(AT_FDCWD, HOME, &err), 0));
        }
        cr_log_info("killed over a half-made mask %d times of 40", halves);
}

Test(layer_mask, masks_that_nobody_needs_go)
{
        const struct layer_wishes wishes = { .hide = { (const char *[]){ "/usr/share/doc" }, 1 } };
        const struct mask_question other = { .home = HOME, .way = MASK_OVERLAY, .wishes = &wishes };
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct error err = { 0 };
        struct mask mask, wished;

        setup();
        wished = find(&arena, &other);
        cr_assert(eq(int, mask_make(&wished, "wished", &err), 0), "%s", err.text);
        cr_expect(find(&arena, &other).is_recent, "a wish has an answer, too");
        mask = find(&arena, &question);
        make(&mask);
        cr_expect(eq(int, count(false), 2));

        rig_age(answer_of(&arena, &wished), 4000);
        rig_age(arena_printf(&arena, "%s/%s", HOME, wished.digest), 4000);
        make(&mask);                    /* it was composed before: made as if it were not there */
        cr_expect(not(rig_exists(answer_of(&arena, &wished))), "nobody has asked for an hour");
        cr_expect(eq(int, count(false), 2), "but a sandbox uses it");
        cr_assert(eq(int, unlink(HOME "/refs/wished"), 0));
        make(&mask);
        cr_expect(eq(int, count(false), 1));
        cr_expect(rig_exists(mask_tree(&arena, &mask)));
}

Test(layer_mask, a_home_of_somebody_else_is_refused)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct error err = { 0 };
        struct mask mask;

        setup();
        mask = find(&arena, &question);
        cr_assert(eq(int, mkdir(HOME, 0777), 0));
        cr_assert(eq(int, chown(HOME, 12345, 12345), 0));
        cr_expect(eq(int, mask_make(&mask, "s", &err), E_ACCESS));
        cr_assert(eq(int, chown(HOME, 0, 0), 0));
        cr_assert(eq(int, chmod(HOME, 0777), 0));
        cr_expect(eq(int, mask_make(&mask, "s", &err), E_ACCESS));
        cr_expect(ne(ptr, strstr(err.text, "belongs to somebody else"), NULL), "%s", err.text);
        cr_assert(eq(int, rmdir(HOME), 0));
        cr_assert(eq(int, symlink("/tmp", HOME), 0));
        cr_expect(lt(int, mask_make(&mask, "s", &err), 0), "a link is none");
}

Test(layer_mask, tells_what_it_hides_before_and_after_it_is_made)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        hiding_list before = { 0 }, after = { 0 };
        struct error err = { 0 };
        struct mask mask;

        setup();
        mask = find(&arena, &question);
        cr_assert(eq(int, mask_hidden(&arena, &mask, &before, &err), 0));
        make(&mask);
        mask = find(&arena, &question);
        cr_assert(mask.is_made);
        cr_assert(eq(int, mask_hidden(&arena, &mask, &after, &err), 0), "%s", err.text);
        cr_assert(eq(sz, before.count, after.count));
        for (size_t i = 0; i < before.count; i++) {
                cr_expect(eq(str, (char *)before.items[i].path, (char *)after.items[i].path));
                cr_expect(eq(str, (char *)before.items[i].why, (char *)after.items[i].why));
        }
}
