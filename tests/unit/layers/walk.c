#include "layers/walk.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "hcs/base/text.h"
#include "tests/unit/base/place.h"

struct found { struct arena arena; hiding_list list; walked_list walked; };

static void found_donep(struct found *found) { arena_done(&found->arena); }

static int look(const struct place *place, const char *top, struct found *found, struct error *err)
{
        static const struct strings none = { 0 };

        return walk_secrets(&found->arena, place->dir, top, &none, &found->list, &found->walked, err);
}

static const struct hiding *find(const struct found *found, const char *path)
{
        for (size_t i = 0; i < found->list.count; i++)
                if (text_equal(found->list.items[i].path, path))
                        return &found->list.items[i];
        return NULL;
}

static const struct walked *watched(const struct found *found, const char *path)
{
        for (size_t i = 0; i < found->walked.count; i++)
                if (text_equal(found->walked.items[i].path, path))
                        return &found->walked.items[i];
        return NULL;
}

static void file(const struct place *place, const char *name, const char *content, mode_t mode)
{
        place_file(place, name, content);
        cr_assert(eq(int, fchmodat(place->dir, name, mode, 0), 0));
}

Test(layer_walk, hides_what_others_may_not_read_or_enter)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(found_donep) struct found found = { 0 };
        struct error err = { 0 };

        place_directory(&place, "etc");
        place_directory(&place, "etc/closed");
        place_directory(&place, "etc/unlisted");
        place_directory(&place, "etc/open");
        file(&place, "etc/closed/secret", "x", 0600);
        file(&place, "etc/open/secret", "x", 0640);
        file(&place, "etc/open/public", "x", 0644);
        file(&place, "etc/open/lock", "", 0600);
        cr_assert(eq(int, fchmodat(place.dir, "etc/closed", 0750, 0), 0));
        cr_assert(eq(int, fchmodat(place.dir, "etc/unlisted", 0711, 0), 0));

        cr_assert(eq(int, look(&place, "/etc", &found, &err), 0), "%s", err.text);
        cr_expect(eq(sz, found.list.count, 3));
        cr_assert(ne(ptr, (void *)find(&found, "/etc/closed"), NULL));
        cr_expect(find(&found, "/etc/closed")->directory);
        cr_expect(eq(str, (char *)find(&found, "/etc/closed")->why, "not open to others"));
        cr_expect(ne(ptr, (void *)find(&found, "/etc/unlisted"), NULL));
        cr_assert(ne(ptr, (void *)find(&found, "/etc/open/secret"), NULL));
        cr_expect(not(find(&found, "/etc/open/secret")->directory));
        cr_expect(eq(str, (char *)find(&found, "/etc/open/secret")->why, "not readable by others"));
}

Test(layer_walk, hides_sockets_pipes_and_secrets_by_name)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(found_donep) struct found found = { 0 };
        _cleanup_(io_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un name = { .sun_family = AF_UNIX };
        struct error err = { 0 };

        place_directory(&place, "var");
        snprintf(name.sun_path, sizeof(name.sun_path), "%s/var/socket", place.path);
        cr_assert(eq(int, bind(fd, (struct sockaddr *)&name, sizeof(name)), 0));
        cr_assert(eq(int, mkfifoat(place.dir, "var/pipe", 0666), 0));
        file(&place, "var/.git-credentials", "x", 0644);
        file(&place, "var/ssh_host_rsa_key", "x", 0644);
        file(&place, "var/ssh_host_rsa_key.pub", "x", 0644);
        place_link(&place, "/etc/shadow", "var/.netrc");

        cr_assert(eq(int, look(&place, "/var", &found, &err), 0), "%s", err.text);
        cr_expect(eq(sz, found.list.count, 4));
        cr_expect(ne(ptr, (void *)find(&found, "/var/socket"), NULL));
        cr_expect(ne(ptr, (void *)find(&found, "/var/pipe"), NULL));
        cr_expect(ne(ptr, (void *)find(&found, "/var/.git-credentials"), NULL));
        cr_expect(ne(ptr, (void *)find(&found, "/var/ssh_host_rsa_key"), NULL));
}

Test(layer_walk, enters_neither_what_is_known_nor_what_is_shown)
{
        static const char *names[] = { "/etc/shown" };
        const struct strings shown = { names, 1 };
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(found_donep) struct found found = { 0 };
        struct error err = { 0 };

        place_directory(&place, "etc");
        place_directory(&place, "etc/known");
        place_directory(&place, "etc/shown");
        file(&place, "etc/known/secret", "x", 0600);
        file(&place, "etc/shown/secret", "x", 0600);
        file(&place, "etc/secret", "x", 0600);
        cr_assert(eq(int, hiding_add(&found.arena, &found.list, "/etc/known", "why", true, &err), 0));
        cr_assert(eq(int, walk_secrets(&found.arena, place.dir, "/etc", &shown, &found.list, &found.walked, &err), 0));
        cr_expect(eq(sz, found.list.count, 2));
        cr_expect(ne(ptr, (void *)find(&found, "/etc/secret"), NULL));
        cr_expect(eq(ptr, (void *)watched(&found, "/etc/known"), NULL));
}

Test(layer_walk, follows_no_link)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(found_donep) struct found found = { 0 };
        struct error err = { 0 };

        place_directory(&place, "opt");
        place_link(&place, "/etc", "opt/etc");
        place_link(&place, "..", "opt/up");
        cr_assert(eq(int, look(&place, "/opt", &found, &err), 0));
        cr_expect(eq(sz, found.list.count, 0));
        cr_expect(eq(sz, found.walked.count, 1));

        place_link(&place, "/etc", "srv");
        cr_expect(eq(int, look(&place, "/srv", &found, &err), 0), "a link is not a place");
        cr_expect(eq(int, look(&place, "/none", &found, &err), 0));
        cr_expect(eq(sz, found.list.count, 0));
}

Test(layer_walk, tells_what_to_watch)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(found_donep) struct found found = { 0 };
        struct error err = { 0 };
        int64_t before;

        place_directory(&place, "etc");
        file(&place, "etc/empty", "", 0600);
        file(&place, "etc/public", "", 0644);
        nanosleep(&(struct timespec){ .tv_nsec = 150000000 }, NULL);    /* past the tick */
        cr_assert(eq(int, look(&place, "/etc", &found, &err), 0));
        cr_assert(eq(sz, found.walked.count, 2));
        before = watched(&found, "/etc")->changed;
        cr_expect(eq(i64, walk_time_of(place.dir, "/etc"), before));
        cr_expect(ne(ptr, (void *)watched(&found, "/etc/empty"), NULL), "an empty file may become a secret");

        file(&place, "etc/new", "x", 0600);
        cr_expect(ne(i64, walk_time_of(place.dir, "/etc"), before), "a new file is seen");
        before = watched(&found, "/etc/empty")->changed;
        place_file(&place, "etc/empty", "secret");
        cr_expect(ne(i64, walk_time_of(place.dir, "/etc/empty"), before));
        cr_expect(eq(i64, walk_time_of(place.dir, "/none"), WALK_GONE));
}

Test(layer_walk, what_changed_just_now_is_never_believed)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(found_donep) struct found found = { 0 };
        struct error err = { 0 };

        place_directory(&place, "etc");
        cr_assert(eq(int, look(&place, "/etc", &found, &err), 0));
        cr_expect(eq(i64, watched(&found, "/etc")->changed, WALK_RACY));
}

static void dig(const struct place *place, int depth)
{
        int fd = dup(place->dir);

        for (int i = 0; i < depth; i++) {
                int next;

                cr_assert(eq(int, mkdirat(fd, "d", 0755), 0));
                next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                close(fd);
                fd = next;
        }
        close(openat(fd, "secret", O_WRONLY | O_CREAT, 0600));
        close(fd);
}

Test(layer_walk, what_is_too_deep_is_hidden_unseen)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(found_donep) struct found found = { 0 };
        struct error err = { 0 };

        dig(&place, 3000);
        cr_assert(eq(int, look(&place, "/d", &found, &err), 0), "%s", err.text);
        cr_assert(eq(sz, found.list.count, 1));
        cr_expect(eq(str, (char *)found.list.items[0].why, "too deep to look into"));
        cr_expect(found.list.items[0].directory);
}

Test(layer_walk, a_walk_that_cannot_go_on_is_no_walk)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(found_donep) struct found found = { 0 };
        struct rlimit before, few;
        struct error err = { 0 };

        dig(&place, 60);
        cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, &before), 0));
        few = (struct rlimit){ 24, before.rlim_max };
        cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &few), 0));
        cr_expect(lt(int, look(&place, "/d", &found, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "too many open files"), NULL), "%s", err.text);
        cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &before), 0));
}
