/* The cache of compiled filters, with the real compiler beside the build's init. */
#include "hcs/local/filter.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/base/place.h"

static const char allow[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\"}]}";

static struct json_value *value(struct arena *arena, const char *text)
{
        struct json_value *parsed = NULL;
        struct error err = { 0 };

        cr_assert(eq(int, json_parse(arena, text, strlen(text), "test", &parsed, &err), 0), "%s", err.text);
        return parsed;
}

static const char *init(void)
{
        static char path[4096];
        const char *program = getenv("HCS_SANDBOX");

        snprintf(path, sizeof(path), "%s-init", program ? program : "./hcs-sandbox");
        return path;
}

/* Makes it ready; was it compiled for that? */
static bool make(const struct place *place, const char *section, struct filter *filter)
{
        struct arena arena = { 0 };
        struct error err = { 0 };
        bool compiled;

        cr_assert(eq(int, filter_begin(filter, &arena, value(&arena, section), place->path, init(), &err), 0), "%s", err.text);
        compiled = filter->compiler != 0;
        cr_assert(eq(int, filter_finish(filter, &err), 0), "%s", err.text);
        arena_done(&arena);
        return compiled;
}

static bool is_compiled(const struct place *place, const char *section)
{
        _cleanup_(filter_done) struct filter filter = FILTER_NONE;

        return make(place, section, &filter);
}

static int count_kept(const struct place *place)
{
        int fd = openat(place->dir, ".seccomp", O_RDONLY | O_DIRECTORY), count = 0;
        DIR *dir = fdopendir(fd);

        for (struct dirent *entry; (entry = readdir(dir));)
                count += entry->d_name[0] != '.';
        closedir(dir);
        return count;
}

Test(local_filter, is_compiled_once_and_kept)
{
        _cleanup_(place_donep) struct place place = place_new();
        int before = place_open_descriptors();

        cr_expect(is_compiled(&place, allow));
        cr_expect(not(is_compiled(&place, allow)));
        cr_expect(is_compiled(&place, "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}"), "another section is another filter");
        cr_expect(not(is_compiled(&place, allow)));
        cr_expect(eq(int, count_kept(&place), 2));
        cr_expect(eq(int, place_mode(&place, ".seccomp") & 07777, 0700));
        cr_expect(eq(int, place_open_descriptors(), before));
}

Test(local_filter, no_section_is_no_filter)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct filter filter;
        struct arena arena = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, filter_begin(&filter, &arena, NULL, place.path, init(), &err), 0));
        cr_expect(eq(int, filter.fd, -1));
        cr_assert(eq(int, filter_begin(&filter, &arena, value(&arena, "{}"), place.path, init(), &err), 0));
        cr_expect(eq(int, filter.fd, -1));
        cr_expect(not(place_has(&place, ".seccomp")));
        arena_done(&arena);
}

Test(local_filter, one_that_is_damaged_or_not_its_owners_alone_is_made_anew)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct filter filter;
        char name[96];
        int fd;

        make(&place, allow, &filter);
        snprintf(name, sizeof(name), ".seccomp/%s", filter.key);
        filter_done(&filter);

        fd = openat(place.dir, name, O_WRONLY);
        cr_assert(eq(int, (int)pwrite(fd, "x", 1, sizeof(struct filter_header) + 3), 1));
        close(fd);
        cr_expect(is_compiled(&place, allow), "a byte is another");
        cr_expect(not(is_compiled(&place, allow)));
        fd = openat(place.dir, name, O_WRONLY);
        cr_assert(eq(int, ftruncate(fd, 100), 0));
        close(fd);
        cr_expect(is_compiled(&place, allow), "it is cut");
        cr_assert(eq(int, fchmodat(place.dir, name, 0620, 0), 0));
        cr_expect(is_compiled(&place, allow), "a group may write it");
        cr_expect(not(is_compiled(&place, allow)));
}

Test(local_filter, lies_where_nobody_else_may_write)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct filter filter;
        struct arena arena = { 0 };
        struct error err = { 0 };

        place_directory(&place, ".seccomp");            /* mode 0755 */
        cr_expect(eq(int, filter_begin(&filter, &arena, value(&arena, allow), place.path, init(), &err), E_ACCESS));
        cr_expect(ne(ptr, strstr(err.text, "it must belong to user"), NULL), "%s", err.text);
        filter_done(&filter);
        arena_done(&arena);
}

Test(local_filter, not_more_are_kept_than_64)
{
        _cleanup_(place_donep) struct place place = place_new();
        char name[128];

        is_compiled(&place, allow);
        for (int i = 0; i < 70; i++) {
                snprintf(name, sizeof(name), ".seccomp/%064d", i);
                place_file(&place, name, "old");
        }
        for (int i = 0; i < 8; i++) {
                snprintf(name, sizeof(name), "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":%d}", i + 1);
                cr_expect(is_compiled(&place, name));
        }
        cr_expect(le(int, count_kept(&place), 71), "each one that comes takes an old one with it");
}

Test(local_filter, a_refusal_of_the_compiler_is_told)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct filter filter;
        struct arena arena = { 0 };
        struct error err = { 0 };
        int r;

        r = filter_begin(&filter, &arena, value(&arena, "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_SHEB\"]}"),
                         place.path, init(), &err);
        if (r >= 0)
                r = filter_finish(&filter, &err);
        cr_expect(lt(int, r, 0));
        cr_expect(ne(ptr, strstr(err.text, "SCMP_ARCH_SHEB"), NULL), "%s", err.text);
        cr_expect(eq(int, count_kept(&place), 0));
        filter_done(&filter);
        arena_done(&arena);
}
