#include "oci/template.h"

#include "tests/unit/oci/refusals.h"

/* What `spec` writes must run: so it must be read without a word of complaint. */
static struct oci_config *read_template(bool rootfs, bool rootless)
{
        const struct oci_template wanted = { .rootfs = rootfs, .rootless = rootless, .uid = 1000, .gid = 100 };
        struct remembered seen = { 0 };
        const struct log log = { .sink = remember, .context = &seen, .level = LOG_LEVEL_DEBUG };
        struct oci_config *config = NULL;
        struct error err = { 0 };
        char *text = NULL;

        cr_assert(eq(int, oci_template(&wanted, &text, &err), 0), "%s", err.text);
        cr_assert(eq(int, oci_config_parse(text, strlen(text), "/b", &log, &config, &err), 0), "%s", err.text);
        cr_expect(eq(sz, seen.count, 0), "%s", seen.text.data);
        cr_expect(text_ends_with(text, "}\n"));
        text_done(&seen.text);
        free(text);
        return config;
}

static const struct spec_mount *mount_at(const struct oci_config *config, const char *destination)
{
        for (size_t i = 0; i < config->spec.mounts.count; i++)
                if (text_equal(config->spec.mounts.items[i].destination, destination))
                        return &config->spec.mounts.items[i];
        return NULL;
}

static bool has(const struct strings *list, const char *word)
{
        for (size_t i = 0; i < list->count; i++)
                if (text_equal(list->items[i], word))
                        return true;
        return false;
}

Test(oci_template, is_a_copy_of_this_machine_without_being_asked)
{
        struct oci_config *config = read_template(false, false);

        cr_expect(eq(ptr, (void *)config->spec.root, NULL));
        cr_expect(config->spec.process->terminal);
        cr_expect(config->spec.process->no_new_privileges);
        cr_expect(has(&config->spec.process->capabilities->permitted, "CAP_CHOWN"), "root can install packages");
        cr_expect(not(has(&config->spec.process->capabilities->bounding, "CAP_SYS_ADMIN")));
        cr_expect(not(has(&config->spec.process->capabilities->bounding, "CAP_MKNOD")));
        cr_expect(ne(ptr, (void *)mount_at(config, "/run"), NULL), "sockets of the host stay outside");
        cr_expect(ne(ptr, (void *)mount_at(config, "/tmp"), NULL));
        cr_expect(ne(ptr, (void *)mount_at(config, "/var/tmp"), NULL));
        cr_expect(eq(ptr, (void *)spec_namespace_find(&config->spec, SPEC_NAMESPACE_USER), NULL));
        oci_config_free(config);
}

Test(oci_template, shows_no_cgroups_when_it_sets_no_limits)
{
        const struct oci_template wanted = { .unlimited = true };
        struct oci_config *config = read_template(false, false);
        struct error err = { 0 };
        char *text = NULL;

        cr_expect(ne(ptr, (void *)mount_at(config, "/sys/fs/cgroup"), NULL));
        cr_assert(eq(int, oci_template(&wanted, &text, &err), 0), "%s", err.text);
        cr_expect(eq(ptr, strstr(text, "/sys/fs/cgroup"), NULL));
        cr_expect(ne(ptr, strstr(text, "\"/sys\""), NULL));
        oci_config_free(config);
        free(text);
}

Test(oci_template, is_a_container_when_asked)
{
        struct oci_config *config = read_template(true, false);

        cr_expect(eq(str, (char *)config->rootfs, "/b/rootfs"));
        cr_expect(config->spec.root->readonly);
        cr_expect(eq(sz, config->spec.process->capabilities->bounding.count, 3));
        cr_expect(eq(ptr, (void *)mount_at(config, "/run"), NULL));
        cr_expect(has(&mount_at(config, "/dev/pts")->options, "gid=5"));
        cr_expect(eq(str, (char *)mount_at(config, "/sys")->type, "sysfs"));
        cr_expect(ne(ptr, (void *)config->spec.linux_->resources, NULL));
        oci_config_free(config);
}

Test(oci_template, maps_the_caller_for_a_container_without_root)
{
        struct oci_config *config = read_template(true, true);

        cr_assert(ne(ptr, (void *)spec_namespace_find(&config->spec, SPEC_NAMESPACE_USER), NULL));
        cr_expect(eq(u32, config->spec.linux_->uid_mappings.items[0].host_id, 1000));
        cr_expect(eq(u32, config->spec.linux_->gid_mappings.items[0].host_id, 100));
        cr_expect(not(has(&mount_at(config, "/dev/pts")->options, "gid=5")), "the group is not mapped");
        cr_expect(has(&mount_at(config, "/sys")->options, "rro"), "the host's cgroups lie below");
        cr_expect(eq(ptr, (void *)mount_at(config, "/sys/fs/cgroup"), NULL));
        cr_expect(eq(ptr, (void *)config->spec.linux_->resources, NULL));
        oci_config_free(config);
}

Test(oci_template, leaves_mappings_to_the_engine_for_a_copy_without_root)
{
        struct oci_config *config = read_template(false, true);

        cr_expect(eq(ptr, (void *)spec_namespace_find(&config->spec, SPEC_NAMESPACE_USER), NULL));
        cr_expect(eq(sz, config->spec.linux_->uid_mappings.count, 0));
        cr_expect(not(has(&mount_at(config, "/dev/pts")->options, "gid=5")));
        oci_config_free(config);
}

/* runc's list of what must not be seen is the least. */
Test(oci_template, masks_what_others_mask)
{
        static const char *const paths[] = {
                "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
        };
        struct oci_config *config = read_template(false, false);

        for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
                cr_expect(has(&config->spec.linux_->masked_paths, paths[i]), "%s", paths[i]);
        cr_expect(has(&config->spec.linux_->readonly_paths, "/proc/sys"));
        cr_expect(has(&config->spec.linux_->readonly_paths, "/proc/sysrq-trigger"));
        oci_config_free(config);
}

Test(oci_template, is_a_commands_when_do_asks)
{
        const char *args[] = { "make", "all" }, *env[] = { "TERM=dumb", "LANG=C" }, *uncovered[] = { "/tmp/work" };
        struct oci_template_bind binds[] = { { "/src", "/dst", true }, { "/own", "/own", false } };
        struct string_pair annotations[] = { { "org.hcs-sandbox.copy", "/tmp/work" } };
        const struct oci_template wanted = {
                .args = { args, 2 }, .env = { env, 2 }, .cwd = "/tmp/work", .piped = true, .host_network = true, .uncovered = { uncovered, 1 },
                .binds = { binds, 2 }, .annotations = { annotations, 1 },
        };
        struct oci_config *config = NULL;
        struct error err = { 0 };
        char *text = NULL;

        cr_assert(eq(int, oci_template(&wanted, &text, &err), 0), "%s", err.text);
        cr_assert(eq(int, oci_config_parse(text, strlen(text), "/b", NULL, &config, &err), 0), "%s", err.text);
        cr_expect(not(config->spec.process->terminal));
        cr_expect(has(&config->spec.process->args, "all"));
        cr_expect(has(&config->spec.process->env, "TERM=dumb"));
        cr_expect(not(has(&config->spec.process->env, "TERM=xterm")), "one terminal");
        cr_expect(eq(ptr, (void *)mount_at(config, "/tmp"), NULL), "the copy would lie below it");
        cr_expect(ne(ptr, (void *)mount_at(config, "/var/tmp"), NULL));
        cr_expect(has(&mount_at(config, "/dst")->options, "rro"));
        cr_expect(not(has(&mount_at(config, "/own")->options, "rro")));
        cr_expect(eq(ptr, (void *)spec_namespace_find(&config->spec, SPEC_NAMESPACE_NETWORK), NULL));
        cr_assert(eq(sz, config->wishes.copy.count, 1));
        cr_expect(eq(str, (char *)(uintptr_t)config->wishes.copy.items[0], (char *)"/tmp/work"));
        free(text);
        oci_config_free(config);
}
