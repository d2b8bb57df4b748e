#include "tests/unit/oci/refusals.h"

#define WITH(name, value) "{\"annotations\":{\"org.hcs-sandbox." name "\":\"" value "\"}}"

static struct oci_config *parsed(const char *patch)
{
        struct oci_config *config = NULL;
        struct error err = { 0 };

        cr_assert(eq(int, test_parse(patch, &config, &err), 0), "%s: %s", patch, err.text);
        return config;
}

Test(oci_annotations, say_what_to_hide_and_what_to_show)
{
        struct oci_config *config = parsed("{\"annotations\":{\"org.hcs-sandbox.hide\":\"/opt/a:/srv//b/./c/\","
                                           "\"org.hcs-sandbox.show\":\"/etc/ssh\"}}");

        cr_assert(eq(sz, config->wishes.hide.count, 2));
        cr_expect(eq(str, (char *)config->wishes.hide.items[0], "/opt/a"));
        cr_expect(eq(str, (char *)config->wishes.hide.items[1], "/srv/b/c"));
        cr_assert(eq(sz, config->wishes.show.count, 1));
        cr_expect(eq(str, (char *)config->wishes.show.items[0], "/etc/ssh"));
        oci_config_free(config);
}

Test(oci_annotations, want_paths_that_say_what_they_mean)
{
        EXPECT_REFUSED(
                { WITH("hide", "opt"), "annotations.org.hcs-sandbox.hide: found \"opt\"; expected absolute paths" },
                { WITH("hide", "/opt:"), "annotations.org.hcs-sandbox.hide: found \"\"" },
                { WITH("hide", ""), "annotations.org.hcs-sandbox.hide: found \"\"" },
                { WITH("hide", "/"), "annotations.org.hcs-sandbox.hide: found \"/\"" },
                { WITH("show", "/./"), "annotations.org.hcs-sandbox.show: found \"/./\"" },
                { WITH("show", "/opt/../etc"), "annotations.org.hcs-sandbox.show: found \"/opt/../etc\"" },
                { WITH("show", "/a\\nb"), "annotations.org.hcs-sandbox.show" },
                { "{\"annotations\":{\"org.hcs-sandbox.hide\":\"/a\",\"org.hcs-sandbox.show\":\"/b:/a/\"}}",
                  "annotations: \"/a\" is in both org.hcs-sandbox.hide and org.hcs-sandbox.show" });
}

Test(oci_annotations, say_where_writes_go)
{
        static const struct { const char *patch, *scratch; uint64_t size; } rows[] = {
                { WITH("scratch", "disk"), "disk", 0 },
                { WITH("scratch", "memory"), "memory", 0 },
                { WITH("scratch", "/var/keep//me/"), "/var/keep/me", 0 },
                { WITH("scratch", "name:mine"), "name:mine", 0 },
                { "{\"annotations\":{\"org.hcs-sandbox.scratch\":\"memory\",\"org.hcs-sandbox.scratch.size\":\"64M\"}}", "memory",
                  64u << 20 },
                { "{\"annotations\":{\"org.hcs-sandbox.scratch\":\"memory\",\"org.hcs-sandbox.scratch.size\":\"1G\"}}", "memory",
                  1u << 30 },
                { "{\"annotations\":{\"org.hcs-sandbox.scratch\":\"memory\",\"org.hcs-sandbox.scratch.size\":\"4096\"}}", "memory",
                  4096 },
                { "{\"annotations\":{\"org.hcs-sandbox.scratch\":\"/keep\",\"org.hcs-sandbox.scratch.size\":\"1G\"}}", "/keep", 1u << 30 },
                { "{\"annotations\":{\"org.hcs-sandbox.scratch\":\"disk\",\"org.hcs-sandbox.scratch.size\":\"2M\"}}", "disk", 2u << 20 },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
                struct oci_config *config = parsed(rows[i].patch);

                cr_expect(eq(str, (char *)config->wishes.scratch, (char *)rows[i].scratch));
                cr_expect(eq(u64, config->wishes.scratch_size, rows[i].size));
                oci_config_free(config);
        }
}

Test(oci_annotations, want_a_scratch_and_a_size_that_make_sense)
{
#define SIZE(value) "{\"annotations\":{\"org.hcs-sandbox.scratch\":\"memory\",\"org.hcs-sandbox.scratch.size\":\"" value "\"}}"
        EXPECT_REFUSED(
                { WITH("scratch", "tape"), "annotations.org.hcs-sandbox.scratch: found \"tape\"; expected \"disk\", \"memory\"" },
                { WITH("scratch", "/"), "annotations.org.hcs-sandbox.scratch: found \"/\"" },
                { WITH("scratch", "keep/me"), "annotations.org.hcs-sandbox.scratch" },
                { WITH("scratch", ""), "annotations.org.hcs-sandbox.scratch: found \"\"" },
                { SIZE(""), "annotations.org.hcs-sandbox.scratch.size: found \"\"; expected a size such as" },
                { SIZE("0"), "expected a size such as" }, { SIZE("M"), "expected a size" }, { SIZE("1.5G"), "expected a size" },
                { SIZE("-1"), "expected a size" }, { SIZE("1GB"), "expected a size" }, { SIZE("64 M"), "expected a size" },
                { SIZE("99999999999999999999"), "expected a size" }, { SIZE("18014398509481984K"), "expected a size" });
}

Test(oci_annotations, let_set_user_id_programs_be)
{
        struct oci_config *config = parsed(WITH("set-user-id", "true"));

        cr_expect(config->allow_set_user_id);
        oci_config_free(config);
        config = parsed(WITH("set-user-id", "false"));
        cr_expect(not(config->allow_set_user_id));
        oci_config_free(config);
        EXPECT_REFUSED({ WITH("set-user-id", "yes"), "annotations.org.hcs-sandbox.set-user-id: found \"yes\"; expected \"true\"" });
}

Test(oci_annotations, let_the_first_process_be_ours)
{
        struct oci_config *config = parsed(WITH("init", "true"));

        cr_expect(config->init_stays);
        oci_config_free(config);
        EXPECT_REFUSED({ WITH("init", "tini"), "annotations.org.hcs-sandbox.init: found \"tini\"; expected \"true\"" });
}

Test(oci_annotations, are_never_lost_by_a_typing_error)
{
        EXPECT_REFUSED(
                { WITH("hidden", "/a"), "annotations.org.hcs-sandbox.hidden: unknown; expected one of org.hcs-sandbox.host, org.hcs-sandbox.hide, " },
                { WITH("", "x"), "annotations.org.hcs-sandbox.: unknown" },
                { WITH("Hide", "/a"), "annotations.org.hcs-sandbox.Hide: unknown" },
                { "{\"annotations\":{\"\":\"x\"}}", "annotations: found an empty name" });
}

Test(oci_annotations, are_about_the_copy_of_this_machine_only)
{
        EXPECT_REFUSED({ "{\"root\":{\"path\":\"rootfs\"},\"annotations\":{\"org.hcs-sandbox.hide\":\"/a\"}}",
                         "annotations.org.hcs-sandbox.hide: found together with \"root\"" });
        EXPECT_REFUSED({ "{\"root\":{\"path\":\"rootfs\"},\"annotations\":{\"org.hcs-sandbox.host\":\"false\",\"org.hcs-sandbox.hide\":\"/a\"}}",
                         "annotations.org.hcs-sandbox.hide: found together with \"root\"" });
        EXPECT_ACCEPTED("{\"root\":{\"path\":\"rootfs\"},\"annotations\":{\"io.container.manager\":\"libpod\"}}");
}

#define HOST(root, value) "{\"root\":" root ",\"annotations\":{\"org.hcs-sandbox.host\":\"" value "\",\"org.hcs-sandbox.scratch\":\"memory\"}}"

/* Managers send a root whatever they are told. */
Test(oci_annotations, turn_a_managers_root_into_a_copy_of_this_machine)
{
        static const char *const roots[] = { "{\"path\":\"/var/lib/manager/merged\"}", "{\"path\":\"rootfs\"}", "null" };
        static const char patch[] = "{\"root\":%s,\"annotations\":{\"org.hcs-sandbox.host\":\"true\",\"org.hcs-sandbox.scratch\":\"memory\"}}";

        for (size_t i = 0; i < ARRAY_LENGTH(roots); i++) {
                struct oci_config *config;
                char text[256];

                snprintf(text, sizeof(text), patch, roots[i]);
                config = parsed(text);
                cr_expect(config->from_host);
                cr_expect(eq(ptr, (void *)config->rootfs, NULL), "%s", text);
                cr_expect(eq(ptr, (void *)config->spec.root, NULL), "nobody below hears of it: %s", text);
                cr_expect(eq(str, (char *)config->wishes.scratch, (char *)"memory"), "the others hold, too");
                oci_config_free(config);
        }
}

/* `podman run --read-only`, a pod's readOnlyRootFilesystem. */
Test(oci_annotations, leave_a_managers_root_read_only)
{
        struct oci_config *config = parsed(HOST("{\"path\":\"/merged\",\"readonly\":true}", "true"));

        cr_expect(eq(ptr, (void *)config->rootfs, NULL));
        cr_assert(ne(ptr, (void *)config->spec.root, NULL));
        cr_expect(config->spec.root->readonly);
        cr_expect(eq(ptr, (void *)config->spec.root->path, NULL));
        oci_config_free(config);
}

Test(oci_annotations, leave_a_root_alone_when_they_say_so)
{
        struct oci_config *config = parsed("{\"root\":{\"path\":\"rootfs\"},\"annotations\":{\"org.hcs-sandbox.host\":\"false\"}}");

        cr_expect(not(config->from_host));
        cr_expect(eq(str, (char *)config->rootfs, (char *)"/bundle/rootfs"));
        oci_config_free(config);
}

/* The pause container: containerd's words, then CRI-O's. */
Test(oci_annotations, of_a_pod_do_not_mean_the_container_that_holds_its_namespaces)
{
        static const char *const names[] = { "io.kubernetes.cri.container-type", "io.kubernetes.cri-o.ContainerType" };
        static const char patch[] = "{\"root\":{\"path\":\"rootfs\"},\"annotations\":{\"org.hcs-sandbox.host\":\"true\",\"org.hcs-sandbox.scratch\":\"memory\",\"%s\":\"%s\"}}";

        for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
                struct oci_config *config;
                char text[256];

                snprintf(text, sizeof(text), patch, names[i], "sandbox");
                config = parsed(text);
                cr_expect(not(config->from_host));
                cr_expect(eq(str, (char *)config->rootfs, (char *)"/bundle/rootfs"), "%s", text);
                oci_config_free(config);
                snprintf(text, sizeof(text), patch, names[i], "container");
                config = parsed(text);
                cr_expect(config->from_host, "%s", text);
                oci_config_free(config);
        }
        EXPECT_REFUSED({ "{\"root\":{\"path\":\"rootfs\"},\"annotations\":{\"org.hcs-sandbox.host\":\"yes\",\"io.kubernetes.cri.container-type\":\"sandbox\"}}",
                         "annotations.org.hcs-sandbox.host: found \"yes\"" });
}

Test(oci_annotations, ask_for_the_host_by_true_or_false_only)
{
        EXPECT_REFUSED(
                { HOST("{\"path\":\"rootfs\"}", "yes"), "annotations.org.hcs-sandbox.host: found \"yes\"; expected \"true\" or \"false\"" },
                { HOST("{\"path\":\"rootfs\"}", "True"), "annotations.org.hcs-sandbox.host: found \"True\"" },
                { HOST("{\"path\":\"rootfs\"}", "1"), "annotations.org.hcs-sandbox.host: found \"1\"" },
                { HOST("{\"path\":\"rootfs\"}", ""), "annotations.org.hcs-sandbox.host: found \"\"" },
                { WITH("host", "false"), "annotations.org.hcs-sandbox.host: found \"false\"; expected \"true\" (or a \"root\"" });
}

Test(oci_annotations, name_layers_and_what_is_below_them)
{
        struct oci_config *config = parsed("{\"annotations\":{\"org.hcs-sandbox.layers\":\"tools:base\",\"org.hcs-sandbox.layers.base\":\"none\"}}");

        cr_assert(eq(sz, config->wishes.layers.count, 2));
        cr_expect(eq(str, (char *)config->wishes.layers.items[0], "tools"));
        cr_expect(eq(str, (char *)config->wishes.layers.items[1], "base"));
        cr_expect(config->wishes.without_host);
        oci_config_free(config);
        EXPECT_REFUSED(
                { WITH("layers", ""), "annotations.org.hcs-sandbox.layers: found \"\"; expected names of layers" },
                { WITH("layers", "a::b"), "annotations.org.hcs-sandbox.layers: found \"a::b\"" },
                { WITH("layers", "a:"), "annotations.org.hcs-sandbox.layers: found \"a:\"" },
                { WITH("layers.base", "none"), "expected it only together with org.hcs-sandbox.layers" },
                { "{\"annotations\":{\"org.hcs-sandbox.layers\":\"a\",\"org.hcs-sandbox.layers.base\":\"image\"}}",
                  "annotations.org.hcs-sandbox.layers.base: found \"image\"; expected \"host\" or \"none\"" });
}

/* The call's stand over the configuration's before anything is read out of them. */
Test(oci_annotations, of_the_call_are_laid_over_those_of_the_bundle)
{
        static const char text[] = "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\"},"
                                   "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]},"
                                   "\"annotations\":{\"com.example.kept\":\"1\",\"org.hcs-sandbox.host\":\"false\"}}";
        struct string_pair over[] = { { "org.hcs-sandbox.host", "maybe" }, { "org.hcs-sandbox.host", "true" }, { "com.example.new", "" } };
        struct oci_source source = { .bundle = "/bundle", .text = text, .annotations = { over, ARRAY_LENGTH(over) } };
        struct oci_config *config = NULL;
        struct error err = { 0 };

        cr_assert(eq(int, oci_config_read(&source, NULL, &config, &err), 0), "%s", err.text);
        cr_expect(config->from_host, "the last of a name counts");
        cr_expect(eq(sz, config->spec.annotations.count, 3));
        cr_expect(eq(str, (char *)spec_annotation(&config->spec, "com.example.kept"), (char *)"1"));
        cr_expect(eq(str, (char *)spec_annotation(&config->spec, "com.example.new"), (char *)""));
        oci_config_free(config);

        over[1].value = "yes";
        cr_expect(lt(int, oci_config_read(&source, NULL, &config, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "annotations.org.hcs-sandbox.host: found \"yes\""), NULL), "%s", err.text);
        over[0].value = over[1].value = "true";
        over[2] = (struct string_pair){ "org.hcs-sandbox.hots", "true" };
        cr_expect(lt(int, oci_config_read(&source, NULL, &config, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "annotations.org.hcs-sandbox.hots: unknown"), NULL), "%s", err.text);
}
