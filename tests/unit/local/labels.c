/* Security modules on trees that look like a sysfs and a procfs: most machines have one module at most. */
#include "hcs/local/labels.h"

#include "hcs/local/init/settings.h"
#include "tests/unit/base/place.h"

static void expect_content(const struct place *place, const char *name, const char *wanted)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, io_read_file_at(place->dir, name, 4096, &text, &err), 0), "%s", err.text);
        cr_expect(eq(str, text.data ? text.data : (char *)"", (char *)wanted), "%s", name);
}

static void make_proc(const struct place *place)
{
        place_directory(place, "thread-self");
        place_directory(place, "thread-self/attr");
        place_file(place, "thread-self/attr/exec", "");
        place_file(place, "thread-self/attr/keycreate", "");
}

Test(local_labels, a_label_needs_its_module)
{
        _cleanup_(place_donep) struct place place = place_new();
        const struct spec_process apparmor = { .apparmor_profile = "p" }, selinux = { .selinux_label = "l" }, none = { .selinux_label = "" };
        struct error err = { 0 };

        cr_expect(eq(int, labels_check(&none, "", place.path, &err), 0));
        cr_expect(eq(int, labels_check(&apparmor, NULL, place.path, &err), E_NOT_SUPPORTED));
        cr_expect(ne(ptr, strstr(err.text, "this kernel has no AppArmor"), NULL), "%s", err.text);
        cr_expect(eq(int, labels_check(&selinux, NULL, place.path, &err), E_NOT_SUPPORTED));
        cr_expect(ne(ptr, strstr(err.text, "process.selinuxLabel: found \"l\""), NULL), "%s", err.text);
        cr_expect(eq(int, labels_check(&none, "m", place.path, &err), E_NOT_SUPPORTED));
        cr_expect(ne(ptr, strstr(err.text, "linux.mountLabel: found \"m\""), NULL), "%s", err.text);

        place_directory(&place, "module");
        place_directory(&place, "module/apparmor");
        place_directory(&place, "module/apparmor/parameters");
        place_file(&place, "module/apparmor/parameters/enabled", "N\n");
        cr_expect(eq(int, labels_check(&apparmor, NULL, place.path, &err), E_NOT_SUPPORTED), "it is off");
        place_file(&place, "module/apparmor/parameters/enabled", "Y\n");
        cr_expect(eq(int, labels_check(&apparmor, NULL, place.path, &err), 0));
        place_directory(&place, "fs");
        place_directory(&place, "fs/selinux");
        place_file(&place, "fs/selinux/status", "");
        cr_expect(eq(int, labels_check(&selinux, "m", place.path, &err), 0));
}

Test(local_labels, are_written_where_the_kernel_takes_them)
{
        _cleanup_(place_donep) struct place place = place_new();
        const struct spec_process apparmor = { .apparmor_profile = "docker-default" }, selinux = { .selinux_label = "a:b:c:s0" };
        struct error err = { 0 };

        place_needs_openat2();
        make_proc(&place);
        cr_assert(eq(int, settings_label(place.dir, &apparmor, &err), 0), "%s", err.text);
        expect_content(&place, "thread-self/attr/exec", "exec docker-default");
        place_directory(&place, "thread-self/attr/apparmor");
        place_file(&place, "thread-self/attr/apparmor/exec", "");
        cr_assert(eq(int, settings_label(place.dir, &apparmor, &err), 0), "%s", err.text);
        expect_content(&place, "thread-self/attr/apparmor/exec", "exec docker-default");
        place_file(&place, "thread-self/attr/exec", "");
        cr_assert(eq(int, settings_label(place.dir, &selinux, &err), 0), "%s", err.text);
        expect_content(&place, "thread-self/attr/exec", "a:b:c:s0");
        cr_assert(eq(int, settings_label_keys(place.dir, "a:b:c:s0", &err), 0), "%s", err.text);
        expect_content(&place, "thread-self/attr/keycreate", "a:b:c:s0");
}

Test(local_labels, a_procfs_without_them_is_told_of)
{
        _cleanup_(place_donep) struct place place = place_new();
        const struct spec_process selinux = { .selinux_label = "l" };
        struct error err = { 0 };

        place_needs_openat2();
        cr_expect(lt(int, settings_label(place.dir, &selinux, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "opening `/proc/thread-self/attr/exec`"), NULL), "podman looks for this: %s", err.text);
}
