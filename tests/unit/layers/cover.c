#include "layers/cover.h"

#include "hcs/base/text.h"
#include "tests/unit/base/place.h"

/* A made-up machine, and what is asked about it. */
struct machine {
        struct place place;
        struct arena arena;
        mount_list mounts;
        struct layer_wishes wishes;
        struct cover_question question;
        hiding_list list;
        walked_list walked;
        struct error err;
};

static void machine_new(struct machine *machine)
{
        static const char *const directories[] = {
                "bin", "boot", "dev", "etc", "etc/ssh", "home", "home/me", "mnt", "opt", "proc", "root", "run", "srv", "sys", "tmp", "usr", "usr/lib",
                "var", "var/lib", "var/lib/docker", "var/log", "var/tmp", "data",
        };

        *machine = (struct machine){ .place = place_new() };
        machine->question = (struct cover_question){ .mounts = &machine->mounts, .wishes = &machine->wishes };
        for (size_t i = 0; i < ARRAY_LENGTH(directories); i++)
                place_directory(&machine->place, directories[i]);
        place_file(&machine->place, "etc/shadow", "root:hash:1::::::\n");
        cr_assert(eq(int, fchmodat(machine->place.dir, "etc/shadow", 0640, 0), 0));
        place_file(&machine->place, "image.raw", "x");
}

static void machine_donep(struct machine *machine)
{
        arena_done(&machine->arena);
        place_donep(&machine->place);
}

static int ask(struct machine *machine)
{
        return cover_compose(&machine->arena, machine->place.dir, &machine->question, &machine->list, &machine->walked, &machine->err);
}

static const struct hiding *find(const struct machine *machine, const char *path)
{
        for (size_t i = 0; i < machine->list.count; i++)
                if (text_equal(machine->list.items[i].path, path))
                        return &machine->list.items[i];
        return NULL;
}

#define expect_hidden(m, path) cr_expect(ne(ptr, (void *)find(m, path), NULL), "%s", path)
#define expect_shown(m, path) cr_expect(not(hiding_covers(&(m)->list, path)), "%s", path)

static const char *paths[2];
static struct strings one(const char *path)
{
        paths[0] = path;
        return (struct strings){ paths, 1 };
}

Test(layer_cover, hides_people_secrets_and_what_is_not_the_system)
{
        static const char *const hidden[] = {
                "/boot", "/dev", "/home", "/mnt", "/proc", "/root", "/run", "/sys", "/tmp", "/var/lib/docker", "/var/log", "/var/tmp",
                "/data", "/image.raw", "/etc/shadow",
        };
        _cleanup_(machine_donep) struct machine m;

        machine_new(&m);
        cr_assert(eq(int, ask(&m), 0), "%s", m.err.text);
        for (size_t i = 0; i < ARRAY_LENGTH(hidden); i++)
                expect_hidden(&m, hidden[i]);
        cr_expect(eq(sz, m.list.count, ARRAY_LENGTH(hidden)));
        cr_expect(find(&m, "/home")->directory, "a place stays, empty");
        cr_expect(not(find(&m, "/data")->directory), "what is not the system's is absent");
        for (size_t i = 0; i < m.list.count; i++)
                cr_expect(gt(sz, strlen(m.list.items[i].why), 2), "%s has no reason", m.list.items[i].path);
}

Test(layer_cover, a_place_behind_a_link_is_hidden_where_it_is)
{
        _cleanup_(machine_donep) struct machine m;

        place_needs_openat2();
        machine_new(&m);
        place_directory(&m.place, "usr/people");
        cr_assert(eq(int, unlinkat(m.place.dir, "home/me", AT_REMOVEDIR), 0));
        cr_assert(eq(int, unlinkat(m.place.dir, "home", AT_REMOVEDIR), 0));
        place_link(&m.place, "/usr/people", "home");
        cr_assert(eq(int, unlinkat(m.place.dir, "srv", AT_REMOVEDIR), 0));
        place_directory(&m.place, "usr/srv");
        place_file(&m.place, "usr/srv/secret", "x");
        cr_assert(eq(int, fchmodat(m.place.dir, "usr/srv/secret", 0600, 0), 0));
        place_link(&m.place, "usr/srv", "srv");
        cr_assert(eq(int, ask(&m), 0), "%s", m.err.text);
        expect_hidden(&m, "/usr/people");
        expect_shown(&m, "/home");
        expect_hidden(&m, "/usr/srv/secret");
}

Test(layer_cover, a_link_to_the_system_takes_nothing_away)
{
        static const char *const targets[] = { "/", "/usr", "usr", "/etc", "../../..", "nowhere", "mnt" };

        for (size_t i = 0; i < ARRAY_LENGTH(targets); i++) {
                _cleanup_(machine_donep) struct machine m;

                machine_new(&m);
                cr_assert(eq(int, unlinkat(m.place.dir, "mnt", AT_REMOVEDIR), 0));
                place_link(&m.place, targets[i], "mnt");
                cr_assert(eq(int, ask(&m), 0), "%s", m.err.text);
                expect_shown(&m, "/usr");
                expect_shown(&m, "/etc/ssh");
                expect_shown(&m, "/mnt");
        }
}

Test(layer_cover, our_own_directories_are_hidden_wherever_they_are)
{
        _cleanup_(machine_donep) struct machine m;

        machine_new(&m);
        place_directory(&m.place, "usr/lib/data");
        m.question.own = one("/usr/lib/data");
        m.wishes.show = (struct strings){ (const char *[]){ "/usr/lib" }, 1 };
        cr_assert(eq(int, ask(&m), 0), "%s", m.err.text);
        expect_hidden(&m, "/usr/lib/data");
        m.wishes.show = one("/usr/lib/data");
        cr_expect(eq(int, ask(&m), E_NOT_SUPPORTED), "not even on demand");
}

Test(layer_cover, what_is_mounted_and_does_not_come_along_is_empty)
{
        struct mount_entry mounts[] = {
                { .path = "/opt", .type = "nfs4" }, { .path = "/usr/lib", .type = "ext4", .comes_along = true },
                { .path = "/var/log", .type = "ext4", .comes_along = true }, { .path = "/none", .type = "nfs4" },
        };
        _cleanup_(machine_donep) struct machine m;

        machine_new(&m);
        m.mounts = (mount_list){ mounts, ARRAY_LENGTH(mounts) };
        cr_assert(eq(int, ask(&m), 0), "%s", m.err.text);
        expect_hidden(&m, "/opt");
        expect_shown(&m, "/usr/lib");
        expect_hidden(&m, "/var/log");
        expect_shown(&m, "/none");

        m.wishes.show = one("/opt/x");
        cr_expect(eq(int, ask(&m), E_NOT_SUPPORTED));
        cr_expect(ne(ptr, strstr(m.err.text, "nfs4 at /opt"), NULL), "%s", m.err.text);
}

Test(layer_cover, hides_what_is_asked_for)
{
        _cleanup_(machine_donep) struct machine m;
        bool watched = false;

        machine_new(&m);
        m.wishes.hide = one("/etc");
        cr_assert(eq(int, ask(&m), 0), "%s", m.err.text);
        expect_hidden(&m, "/etc");
        cr_expect(eq(ptr, (void *)find(&m, "/etc/shadow"), NULL), "it lies in what is hidden anyway");

        m.wishes.hide = one("/usr/lib/not/there");
        cr_assert(eq(int, ask(&m), 0), "%s", m.err.text);
        expect_shown(&m, "/usr/lib/not/there");
        for (size_t i = 0; i < m.walked.count; i++)
                watched = watched || text_equal(m.walked.items[i].path, "/usr/lib");
        cr_expect(watched, "it may come to be");
}

Test(layer_cover, what_is_to_be_hidden_must_be_named_by_its_place)
{
        _cleanup_(machine_donep) struct machine m;

        place_needs_openat2();
        machine_new(&m);
        place_directory(&m.place, "usr/bin");
        place_link(&m.place, "usr/bin", "lib");
        place_file(&m.place, "usr/bin/su", "x");
        m.wishes.hide = one("/lib/su");
        cr_expect(eq(int, ask(&m), E_INVALID_PARAMETER));
        cr_expect(ne(ptr, strstr(m.err.text, "leads to /usr/bin/su"), NULL), "%s", m.err.text);
        m.wishes.hide = one("/lib");
        cr_expect(eq(int, ask(&m), 0), "the link itself may go");
        expect_hidden(&m, "/lib");
        cr_expect(not(find(&m, "/lib")->directory));
}

Test(layer_cover, shows_what_is_asked_for)
{
        _cleanup_(machine_donep) struct machine m;

        machine_new(&m);
        m.wishes.show = one("/home");
        cr_assert(eq(int, ask(&m), 0), "%s", m.err.text);
        expect_shown(&m, "/home");
        m.wishes.show = one("/etc/shadow");
        cr_assert(eq(int, ask(&m), 0), "%s", m.err.text);
        expect_shown(&m, "/etc/shadow");
        m.wishes.show = one("/data");
        cr_assert(eq(int, ask(&m), 0), "%s", m.err.text);
        expect_shown(&m, "/data");
        m.wishes.show = one("/none");
        cr_expect(eq(int, ask(&m), 0));
}

Test(layer_cover, a_wish_that_cannot_be_fulfilled_is_refused)
{
        _cleanup_(machine_donep) struct machine m;

        machine_new(&m);
        m.wishes.show = one("/home/me");
        cr_expect(eq(int, ask(&m), E_NOT_SUPPORTED));
        cr_expect(ne(ptr, strstr(m.err.text, "\"/home/me\" lies in /home"), NULL), "%s", m.err.text);
}
