#include "layers/mounts.h"

#include "tests/unit/base/place.h"

static const char machine[] =
        "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
        "22 27 0:21 / /proc rw,relatime shared:5 master:3 - proc proc rw\n"
        "40 27 254:1 / /var rw,relatime - xfs /dev/vdb rw\n"
        "41 40 254:2 /sub /var/lib/docker rw - btrfs /dev/vdc rw\n"
        "42 27 0:40 / /opt/with\\040blank\\134and\\011tab rw - nfs4 server:/x rw\n"
        "43 27 254:3 / /usr/local rw - ext4 /dev/vdd rw\n"
        "44 43 254:4 / /usr/local rw - ext4 /dev/vde rw\n"
        "45 27 0:41 / /data rw - ext4 /dev/vdf rw\n"
        "46 27 254:5 / /home rw - ext4 /dev/vdg rw\n"
        "47 27 0:42 / /usr/share/new\\012line rw - ext4 /dev/vdh rw\n"
        "48 27 0:43 / /etc/resolv.conf rw - tmpfs tmpfs rw\n";

static mount_list read_text(const struct place *place, struct arena *arena, const char *text)
{
        mount_list list = { 0 };
        struct error err = { 0 };
        char path[128];

        place_file(place, "mountinfo", text);
        snprintf(path, sizeof(path), "%s/mountinfo", place->path);
        cr_assert(eq(int, mounts_read(arena, path, &list, &err), 0), "%s", err.text);
        return list;
}

static const struct mount_entry *find(const mount_list *list, const char *path)
{
        for (size_t i = 0; i < list->count; i++)
                if (strcmp(list->items[i].path, path) == 0)
                        return &list->items[i];
        return NULL;
}

Test(layer_mounts, reads_what_is_mounted_below_the_root)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(arena_done) struct arena arena = { 0 };
        mount_list list = read_text(&place, &arena, machine);
        const struct mount_entry *docker = find(&list, "/var/lib/docker");

        cr_expect(eq(sz, list.count, 10));
        cr_assert(ne(ptr, (void *)docker, NULL));
        cr_expect(eq(u64, docker->id, 41));
        cr_expect(eq(str, (char *)docker->device, "254:2"));
        cr_expect(eq(str, (char *)docker->top, "/sub"));
        cr_expect(eq(str, (char *)docker->type, "btrfs"));
        cr_expect(ne(ptr, (void *)find(&list, "/opt/with blank\\and\ttab"), NULL));
}

Test(layer_mounts, local_disks_in_system_places_come_along)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(arena_done) struct arena arena = { 0 };
        mount_list list = read_text(&place, &arena, machine);

        cr_expect(find(&list, "/var")->comes_along);
        cr_expect(find(&list, "/usr/local")->comes_along);
        cr_expect(not(find(&list, "/proc")->comes_along));
        cr_expect(not(find(&list, "/data")->comes_along), "not a system's place");
        cr_expect(not(find(&list, "/opt/with blank\\and\ttab")->comes_along), "not a disk");
        cr_expect(not(find(&list, "/usr/share/new\nline")->comes_along), "it could not be written down");
}

Test(layer_mounts, of_those_that_count_the_last_on_a_path_stays)
{
        static const char *const wanted[] = {
                "/etc/resolv.conf", "/opt/with blank\\and\ttab", "/usr/local", "/usr/share/new\nline", "/var",
        };
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(arena_done) struct arena arena = { 0 };
        mount_list list = read_text(&place, &arena, machine), selected = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, mounts_select(&arena, &list, false, &selected, &err), 0));
        cr_assert(eq(sz, selected.count, ARRAY_LENGTH(wanted)));
        for (size_t i = 0; i < selected.count; i++)
                cr_expect(eq(str, (char *)selected.items[i].path, (char *)wanted[i]));
        cr_expect(eq(u64, find(&selected, "/usr/local")->id, 44));

        cr_assert(eq(int, mounts_select(&arena, &list, true, &selected, &err), 0));
        cr_expect(eq(sz, selected.count, 9), "all, for those who want something hidden to be shown");
}

Test(layer_mounts, something_below_a_path_is_not_the_path_itself)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(arena_done) struct arena arena = { 0 };
        mount_list list = read_text(&place, &arena, machine);

        cr_expect(mounts_has_below(&list, "/var"));
        cr_expect(not(mounts_has_below(&list, "/usr/local")));
        cr_expect(mounts_has_below(&list, "/usr"));
        cr_expect(not(mounts_has_below(&list, "/va")));
}

Test(layer_mounts, lines_that_are_none_are_left_out)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(arena_done) struct arena arena = { 0 };
        mount_list list = read_text(&place, &arena, "\n\n - \nx\n1 2 3\n1 2 3 4 - ext4 a b\n1 2 0:1 / /a rw -\nx 2 0:1 / /b rw - ext4 a\n"
                                    "9 2 0:1 / c rw - ext4 a\n7 2 0:1 / /d\\04 rw - ext4");

        cr_assert(eq(sz, list.count, 1));
        cr_expect(eq(str, (char *)list.items[0].path, "/d\\04"));
}

Test(layer_mounts, another_device_on_the_same_path_is_another_machine)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(arena_done) struct arena arena = { 0 };
        static const char *const texts[] = {
                "5 2 0:1 / /var rw - ext4 a", "6 2 0:1 / /var rw - ext4 a", "5 2 0:2 / /var rw - ext4 a", "5 2 0:1 /x /var rw - ext4 a",
                "5 2 0:1 / /opt rw - ext4 a", "5 2 0:1 / /var rw - xfs a",
        };
        char digests[ARRAY_LENGTH(texts)][DIGEST_TEXT_MAX];

        for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
                mount_list list = read_text(&place, &arena, texts[i]);
                struct digest digest;

                digest_begin(&digest);
                mounts_digest(&list, &digest);
                digest_end(&digest, digests[i], 64);
        }
        cr_expect(eq(str, digests[0], digests[1]), "a number that the kernel gives anew is no difference");
        for (size_t i = 2; i < ARRAY_LENGTH(texts); i++)
                cr_expect(ne(str, digests[0], digests[i]), "%s", texts[i]);
}
