/* The whole layer, mounted: what a sandbox sees of this machine. */
#include "layers/host.h"

#include <dirent.h>
#include <sys/vfs.h>

#include "hcs/base/path.h"
#include "tests/unit/layers/rig.h"

TestSuite(layer_host, .timeout = 60);

struct copy { struct place place; struct arena arena; struct layer_wishes wishes; struct layer_host host; char data[96], root[96]; };

static void copy_donep(struct copy *copy)
{
        struct error err = { 0 };

        (void)umount2(copy->root, MNT_DETACH);
        if (copy->host.scratch && !copy->host.scratch_is_kept)
                (void)layer_scratch_remove(copy->host.scratch, &err);
        arena_done(&copy->arena);
        place_donep(&copy->place);
}

static void prepare(struct copy *copy)
{
        rig_enter();
        *copy = (struct copy){ .place = place_new() };
        cr_assert(eq(int, fchmod(copy->place.dir, 0755), 0));
        snprintf(copy->data, sizeof(copy->data), "%s/data", copy->place.path);
        snprintf(copy->root, sizeof(copy->root), "%s/root", copy->place.path);
        place_directory(&copy->place, "root");
}

static int compose(struct copy *copy, struct error *err)
{
        return layer_host_compose(&copy->arena, copy->data, "/run/hcs-sandbox", "test", &copy->wishes, &copy->host, err);
}

static void mount_layers(const struct copy *copy, const char *on, const struct doc_layer *layers, size_t count, const char *scratch)
{
        char options[2048];

        snprintf(options, sizeof(options), "lowerdir=%s%s%s,upperdir=%s/upper,workdir=%s/work", layers[0].path, count > 1 ? ":" : "",
                 count > 1 ? layers[1].path : "", scratch, scratch);
        rig_mount("overlay", on, options);
        (void)copy;
}

/* As the engine does it. */
static void bring_up(struct copy *copy)
{
        const struct doc_storage *storage = &copy->host.storage;
        struct error err = { 0 };
        int r = compose(copy, &err);

        if (r == E_NOT_SUPPORTED)
                cr_skip("/tmp is no place for a scratch here");
        cr_assert(eq(int, r, 0), "%s", err.text);
        cr_assert(eq(int, layer_host_make(&copy->host, &err), 0), "%s", err.text);
        mount_layers(copy, copy->root, storage->layers.items, storage->layers.count, storage->scratch->path);
        for (size_t i = 0; i < storage->volumes.count; i++)
                mount_layers(copy, arena_printf(&copy->arena, "%s%s", copy->root, storage->volumes.items[i].path),
                             storage->volumes.items[i].layers.items, storage->volumes.items[i].layers.count,
                             arena_printf(&copy->arena, "%s/volumes/%zu", storage->scratch->path, i));
}

static const char *inside(struct copy *copy, const char *path)
{
        return arena_printf(&copy->arena, "%s%s", copy->root, path);
}

static int entries(const char *path)
{
        _cleanup_(io_close_dirp) DIR *dir = opendir(path);
        int count = 0;

        cr_assert(ne(ptr, dir, NULL), "%s: %m", path);
        while (readdir(dir))
                count++;
        return count - 2;
}

static bool is_hidden(const layer_hidden_list *list, const char *path)
{
        for (size_t i = 0; i < list->count; i++)
                if (path_is_below(path, list->items[i].path))
                        return true;
        return false;
}

static const struct doc_volume *volume(const struct copy *copy, const char *path)
{
        for (size_t i = 0; i < copy->host.storage.volumes.count; i++)
                if (text_equal(copy->host.storage.volumes.items[i].path, path))
                        return &copy->host.storage.volumes.items[i];
        return NULL;
}

Test(layer_host, composing_writes_nothing)
{
        _cleanup_(copy_donep) struct copy copy;
        struct error err = { 0 };

        prepare(&copy);
        cr_assert(eq(int, compose(&copy, &err), 0), "%s", err.text);
        cr_expect(not(rig_exists(copy.data)));
        cr_expect(eq(int, entries("/run"), 0));
        cr_expect(eq(int, entries("/dev/shm"), 0));
        cr_expect(eq(str, (char *)copy.host.way, "overlay"));
        cr_expect(eq(sz, copy.host.storage.layers.count, 2));
        cr_expect(eq(str, (char *)copy.host.storage.layers.items[1].path, "/"));
}

Test(layer_host, everything_on_the_list_is_absent_or_empty)
{
        _cleanup_(copy_donep) struct copy copy;
        layer_hidden_list hidden = { 0 };
        struct error err = { 0 };

        prepare(&copy);
        bring_up(&copy);
        cr_assert(eq(int, layer_host_hidden(&copy.arena, &copy.host, &hidden, &err), 0), "%s", err.text);
        cr_expect(gt(sz, hidden.count, 15));
        for (size_t i = 0; i < hidden.count; i++) {
                const char *path = hidden.items[i].path, *there = inside(&copy, path);
                struct stat what;

                if (lstat(there, &what) < 0 || text_equal(path, "/root") || text_equal(path, "/etc/shadow") || text_equal(path, "/etc/gshadow"))
                        continue;
                cr_expect(eq(int, (int)(what.st_mode & S_IFMT), S_IFDIR), "%s", path);
                cr_expect(eq(int, entries(there), 0), "%s", path);
        }
}

Test(layer_host, accounts_are_there_and_locked)
{
        _cleanup_(copy_donep) struct copy copy;
        _cleanup_(text_done) struct text shadow = { 0 };
        struct stat what, host;

        place_needs_openat2();
        prepare(&copy);
        if (!rig_exists("/etc/shadow"))
                cr_skip("this machine has no /etc/shadow");
        bring_up(&copy);
        rig_content(inside(&copy, "/etc/shadow"), &shadow);
        cr_expect(eq(int, strncmp(shadow.data, "root:*:::::::\n", 14), 0), "%s", shadow.data);
        cr_expect(eq(ptr, strchr(shadow.data, '$'), NULL));
        cr_assert(eq(int, stat(inside(&copy, "/etc/shadow"), &what), 0));
        cr_assert(eq(int, stat("/etc/shadow", &host), 0));
        cr_expect(eq(int, (int)what.st_mode, (int)host.st_mode));
        cr_expect(eq(int, (int)what.st_gid, (int)host.st_gid));
}

Test(layer_host, root_has_a_new_home)
{
        _cleanup_(copy_donep) struct copy copy;

        place_needs_openat2();
        prepare(&copy);
        bring_up(&copy);
        cr_expect(eq(int, rig_exists(inside(&copy, "/root/.bashrc")), rig_exists("/etc/skel/.bashrc")));
        cr_expect(not(rig_exists(inside(&copy, "/root/.bash_history"))));
        cr_expect(le(int, entries(inside(&copy, "/root")), entries("/etc/skel")));
}

Test(layer_host, directories_look_like_the_hosts)
{
        static const char *const paths[] = { "/", "/etc", "/etc/ssl", "/var", "/var/lib", "/var/cache", "/var/log", "/tmp", "/var/tmp", "/root", "/usr", "/home" };
        _cleanup_(copy_donep) struct copy copy;

        prepare(&copy);
        bring_up(&copy);
        for (size_t i = 0; i < ARRAY_LENGTH(paths); i++) {
                struct stat what, host;

                if (lstat(paths[i], &host) < 0 || text_equal(paths[i], "/tmp"))
                        continue;
                cr_assert(eq(int, lstat(inside(&copy, paths[i]), &what), 0), "%s", paths[i]);
                cr_expect(eq(int, (int)what.st_mode, (int)host.st_mode), "%s", paths[i]);
                cr_expect(eq(int, (int)what.st_uid, (int)host.st_uid), "%s", paths[i]);
                cr_expect(eq(int, (int)what.st_gid, (int)host.st_gid), "%s", paths[i]);
        }
}

Test(layer_host, writes_go_to_the_scratch_alone)
{
        _cleanup_(copy_donep) struct copy copy;

        prepare(&copy);
        bring_up(&copy);
        cr_assert(eq(int, system(arena_printf(&copy.arena, "cd %s && echo x >etc/hcs-test-new && rm -r usr/share/doc && mkdir home/me && echo x >root/mine", copy.root)), 0));
        cr_expect(not(rig_exists("/etc/hcs-test-new")));
        cr_expect(rig_exists("/usr/share"));
        cr_expect(rig_exists(arena_printf(&copy.arena, "%s/upper/etc/hcs-test-new", copy.host.scratch)));
        cr_expect(not(rig_exists(arena_printf(&copy.arena, "%s/etc/hcs-test-new", copy.host.storage.layers.items[0].path))));
}

Test(layer_host, neither_scratches_nor_masks_are_seen_inside)
{
        _cleanup_(copy_donep) struct copy copy;

        prepare(&copy);
        bring_up(&copy);
        cr_expect(not(rig_exists(inside(&copy, copy.host.scratch))));
        cr_expect(not(rig_exists(inside(&copy, copy.host.storage.layers.items[0].path))));
}

Test(layer_host, a_disk_in_a_system_place_comes_along_without_its_secrets)
{
        _cleanup_(copy_donep) struct copy copy;
        struct error err = { 0 };

        prepare(&copy);
        place_directory(&copy.place, "disk");
        cr_assert(eq(int, mount(arena_printf(&copy.arena, "%s/disk", copy.place.path), "/srv", NULL, MS_BIND, NULL), 0));
        cr_assert(eq(int, system("echo x >/srv/public; echo x >/srv/secret; chmod 600 /srv/secret; chmod 1777 /srv"), 0));
        cr_assert(eq(int, compose(&copy, &err), 0), "%s", err.text);
        if (!volume(&copy, "/srv"))
                cr_skip("/tmp is no local disk here");
        cr_expect(eq(sz, volume(&copy, "/srv")->layers.count, 2));
        bring_up(&copy);
        cr_expect(rig_exists(inside(&copy, "/srv/public")));
        cr_expect(not(rig_exists(inside(&copy, "/srv/secret"))));
        cr_assert(eq(int, system(arena_printf(&copy.arena, "test $(stat -c %%a %s/srv) = 1777; rm %s/srv/public", copy.root, copy.root)), 0));
        cr_expect(rig_exists("/srv/public"));
}

Test(layer_host, a_disk_in_a_hidden_place_does_not)
{
        _cleanup_(copy_donep) struct copy copy;

        prepare(&copy);
        if (!rig_exists("/var/log") || !rig_exists("/var/tmp"))
                cr_skip("this machine has no /var/log");
        place_directory(&copy.place, "disk");
        cr_assert(eq(int, mount(arena_printf(&copy.arena, "%s/disk", copy.place.path), "/var/log", NULL, MS_BIND, NULL), 0));
        place_file(&copy.place, "disk/secret", "x");
        bring_up(&copy);
        cr_expect(eq(ptr, (void *)volume(&copy, "/var/log"), NULL));
        cr_expect(eq(int, entries(inside(&copy, "/var/log")), 0));
}

Test(layer_host, what_is_mounted_from_elsewhere_is_an_empty_place)
{
        _cleanup_(copy_donep) struct copy copy;
        layer_hidden_list hidden = { 0 };
        struct error err = { 0 };

        prepare(&copy);
        rig_mount("tmpfs", "/usr/share", "mode=755");
        cr_assert(eq(int, system("echo x >/usr/share/file"), 0));
        bring_up(&copy);
        cr_expect(eq(int, entries(inside(&copy, "/usr/share")), 0), "not even what lies beneath");
        cr_assert(eq(int, layer_host_hidden(&copy.arena, &copy.host, &hidden, &err), 0));
        cr_expect(is_hidden(&hidden, "/usr/share"));
}

Test(layer_host, the_resolver_that_the_host_has_mounted_comes_along)
{
        _cleanup_(copy_donep) struct copy copy;
        _cleanup_(text_done) struct text text = { 0 };

        place_needs_openat2();
        prepare(&copy);
        if (!rig_exists("/etc/resolv.conf"))
                cr_skip("this machine has no /etc/resolv.conf");
        cr_assert(eq(int, system("echo nameserver 192.0.2.1 >/run/resolv.conf"), 0));
        cr_assert(eq(int, mount("/run/resolv.conf", "/etc/resolv.conf", NULL, MS_BIND, NULL), 0));
        bring_up(&copy);
        rig_content(inside(&copy, "/etc/resolv.conf"), &text);
        cr_expect(eq(str, text.data, "nameserver 192.0.2.1\n"));
}

Test(layer_host, hides_and_shows_what_is_wished)
{
        _cleanup_(copy_donep) struct copy copy;

        prepare(&copy);
        copy.wishes.hide = (struct strings){ (const char *[]){ "/usr/share", "/etc/hosts", "/usr/lib/not/there" }, 3 };
        copy.wishes.show = (struct strings){ (const char *[]){ "/var/log", "/etc/hostname" }, 2 };
        bring_up(&copy);
        cr_expect(eq(int, entries(inside(&copy, "/usr/share")), 0));
        cr_expect(not(rig_exists(inside(&copy, "/usr/lib/not"))), "what is not there is not made");
        cr_expect(eq(int, entries(inside(&copy, "/var/log")), entries("/var/log")));
        if (rig_exists("/etc/hostname")) {
                cr_expect(eq(int, system(arena_printf(&copy.arena, "cmp -s /etc/hostname %s", inside(&copy, "/etc/hostname"))), 0));
        }
}

Test(layer_host, a_new_account_is_in_the_next_sandbox)
{
        _cleanup_(copy_donep) struct copy copy;
        struct layer_host before;
        struct error err = { 0 };

        prepare(&copy);
        if (!rig_exists("/etc/shadow"))
                cr_skip("this machine has no /etc/shadow");
        cr_assert(eq(int, compose(&copy, &err), 0), "%s", err.text);
        before = copy.host;
        /* /etc over itself, and writable for this test alone: an overlay is no disk, but its files are the machine's. */
        place_directory(&copy.place, "u");
        place_directory(&copy.place, "w");
        rig_mount("overlay", "/etc", arena_printf(&copy.arena, "lowerdir=/etc,upperdir=%s/u,workdir=%s/w", copy.place.path, copy.place.path));
        cr_assert(eq(int, system("echo new-one:x:54321:54321::/:/bin/sh >>/etc/passwd"), 0));
        cr_assert(eq(int, compose(&copy, &err), 0), "%s", err.text);
        cr_expect(ne(str, (char *)before.storage.layers.items[0].path, (char *)copy.host.storage.layers.items[0].path));
}

Test(layer_host, a_scratch_in_memory_or_kept_is_composed_as_asked_for)
{
        _cleanup_(copy_donep) struct copy copy;
        struct statfs kind;
        struct error err = { 0 };

        prepare(&copy);
        copy.wishes.scratch = "memory";
        copy.wishes.scratch_size = 65536;
        cr_assert(eq(int, compose(&copy, &err), 0), "%s", err.text);
        cr_expect(eq(str, (char *)copy.host.scratch, (char *)"/run/hcs-sandbox/test/scratch"));
        cr_expect(copy.host.scratch_in_memory && copy.host.storage.scratch->memory && !copy.host.scratch_is_kept);
        cr_expect(eq(u64, copy.host.storage.scratch->size_in_bytes, 65536));
        cr_assert(eq(int, layer_host_make(&copy.host, &err), 0), "%s", err.text);
        cr_expect(rig_exists(copy.host.reference));
        cr_assert(eq(int, statfs(copy.host.scratch, &kind), 0));
        cr_expect(eq(u64, (uint64_t)kind.f_blocks * (uint64_t)kind.f_bsize, 65536), "its limit");
        cr_expect(eq(int, layer_scratch_find(copy.host.scratch, &err), 0));
        cr_expect(eq(int, layer_scratch_unmount(copy.host.scratch, &err), 0));
        cr_expect(eq(int, layer_scratch_unmount(copy.host.scratch, &err), 0), "gone already is fine");
        cr_expect(eq(int, layer_scratch_find(copy.host.scratch, &err), E_NOT_FOUND));
        cr_expect(ne(ptr, strstr(err.text, "not mounted here"), NULL), "%s", err.text);
        cr_expect(eq(int, layer_scratch_remove(copy.host.scratch, &err), 0));
        cr_expect(eq(int, layer_mask_release(copy.host.reference, &err), 0));
        cr_expect(eq(int, layer_mask_release(copy.host.reference, &err), 0), "absent is fine");

        copy.wishes = (struct layer_wishes){ .scratch = arena_printf(&copy.arena, "%s/kept", copy.place.path) };
        cr_assert(eq(int, compose(&copy, &err), 0), "%s", err.text);
        cr_expect(copy.host.scratch_is_kept);
        cr_expect(copy.host.storage.scratch->keep);
        cr_expect(eq(str, (char *)copy.host.scratch, (char *)copy.wishes.scratch));

        cr_expect(eq(ptr, (void *)copy.host.storage.scratch->image, NULL));
}

Test(layer_host, a_scratch_with_a_limit_on_a_disk_is_a_file)
{
        _cleanup_(copy_donep) struct copy copy;
        struct error err = { 0 };

        prepare(&copy);
        copy.wishes.scratch_size = 64u << 20;
        cr_assert(eq(int, compose(&copy, &err), 0), "%s", err.text);
        cr_expect(eq(u64, copy.host.storage.scratch->size_in_bytes, 64u << 20));
        cr_expect(eq(str, (char *)copy.host.storage.scratch->image, arena_printf(&copy.arena, "%s/image", copy.host.scratch)));
        copy.wishes.scratch_size = (1u << 20) - 1;
        cr_expect(eq(int, compose(&copy, &err), E_INVALID_PARAMETER));
        cr_expect(ne(ptr, strstr(err.text, "found 1048575 bytes; the least of a scratch on a disk is 1048576"), NULL), "%s", err.text);
}

Test(layer_host, a_kept_scratch_that_has_a_limit_is_found_to_have_it)
{
        _cleanup_(copy_donep) struct copy copy;
        struct error err = { 0 };

        prepare(&copy);
        place_directory(&copy.place, "kept");
        place_file(&copy.place, "kept/image", "12345");
        copy.wishes.scratch = arena_printf(&copy.arena, "%s/kept", copy.place.path);
        cr_assert(eq(int, compose(&copy, &err), 0), "%s", err.text);
        cr_expect(eq(u64, copy.host.storage.scratch->size_in_bytes, 5));
        cr_expect(ne(ptr, (void *)copy.host.storage.scratch->image, NULL));
}

Test(layer_host, a_failed_make_leaves_nothing)
{
        _cleanup_(copy_donep) struct copy copy;
        struct error err = { 0 };

        prepare(&copy);
        cr_assert(eq(int, compose(&copy, &err), 0), "%s", err.text);
        cr_assert(eq(int, mkdir(copy.data, 0700), 0));
        cr_assert(eq(int, mkdir(arena_printf(&copy.arena, "%s/scratch", copy.data), 0700), 0));
        cr_assert(eq(int, mkdir(copy.host.scratch, 0700), 0));
        cr_expect(eq(int, layer_host_make(&copy.host, &err), E_ALREADY_EXISTS));
        cr_expect(not(rig_exists(copy.host.reference)));
}

Test(layer_host, mount_options_have_room_for_the_longest_id)
{
        _cleanup_(copy_donep) struct copy copy;
        struct error err = { 0 };
        char id[256];

        prepare(&copy);
        memset(id, 'i', 255);
        id[255] = '\0';
        cr_assert(eq(int, layer_host_compose(&copy.arena, "/var/lib/hcs-sandbox", "/run/hcs-sandbox", id, &copy.wishes, &copy.host, &err), 0));
        cr_expect(lt(sz, strlen(copy.host.scratch) + strlen("/volumes/1000/upper"), 256));
        cr_expect(lt(sz, strlen(copy.host.storage.layers.items[0].path), 200));
}

Test(layer_host, a_scratch_that_cannot_be_there_says_what_to_do)
{
        _cleanup_(copy_donep) struct copy copy;
        struct error err = { 0 };

        prepare(&copy);
        cr_assert(eq(int, mkdir(copy.data, 0700), 0));
        rig_mount("ramfs", copy.data, NULL);
        cr_expect(eq(int, compose(&copy, &err), E_NOT_SUPPORTED));
        cr_expect(ne(ptr, strstr(err.text, "org.hcs-sandbox.scratch to \"memory\""), NULL), "%s", err.text);
        copy.wishes.scratch = "memory";
        cr_expect(eq(int, compose(&copy, &err), 0), "%s", err.text);
        umount(copy.data);
}

/* --- without root ------------------------------------------------------------------------------------------------------- */

#define USER 12345

static void become_user(struct copy *copy)
{
        cr_assert(eq(int, chown(copy->place.path, USER, USER), 0));
        if (setresgid(USER, USER, USER) < 0 || setresuid(USER, USER, USER) < 0)
                cr_fatal("becoming a user: %m");
}

Test(layer_host, without_fuse_single_directories_are_overlaid)
{
        _cleanup_(copy_donep) struct copy copy;
        struct error err = { 0 };

        prepare(&copy);
        if (rig_exists("/dev/fuse")) {  /* one that nobody may open */
                cr_assert(eq(int, system("mknod -m 600 /run/fuse c 10 229 && mount --bind /run/fuse /dev/fuse"), 0));
        }
        rig_mount("tmpfs", "/usr/local/share", "mode=755");
        become_user(&copy);
        if (compose(&copy, &err) < 0)
                cr_skip("this machine lets no user make user namespaces");
        cr_assert(eq(str, (char *)copy.host.way, "directory overlays"));
        cr_expect(ne(ptr, (void *)copy.host.warning, NULL));
        cr_expect(eq(sz, copy.host.storage.layers.count, 0));
        cr_assert(ne(ptr, (void *)volume(&copy, "/etc"), NULL));
        cr_expect(eq(sz, volume(&copy, "/etc")->layers.count, 2));
        cr_assert(ne(ptr, (void *)volume(&copy, "/root"), NULL));
        cr_expect(eq(sz, volume(&copy, "/root")->layers.count, 1), "the mask's part alone");
        cr_assert(ne(ptr, (void *)volume(&copy, "/usr"), NULL));
        cr_expect(eq(sz, volume(&copy, "/usr")->layers.count, 1), "taken apart: something is mounted beneath");
        cr_assert(ne(ptr, (void *)volume(&copy, "/usr/bin"), NULL));
        cr_expect(eq(ptr, (void *)volume(&copy, "/usr/local/share"), NULL), "what is mounted is empty");
        cr_expect(eq(int, layer_host_make(&copy.host, &err), 0), "%s", err.text);
}
