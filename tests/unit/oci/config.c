#include "oci/config.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/oci/refusals.h"

static int parse(const char *text, struct oci_config **ret, struct error *err)
{
        return oci_config_parse(text, strlen(text), "/bundle", NULL, ret, err);
}

Test(oci_config, takes_the_smallest_configuration)
{
        struct oci_config *config = NULL;
        struct error err = { 0 };

        cr_assert(eq(int, parse(good_config, &config, &err), 0), "%s", err.text);
        cr_expect(eq(str, (char *)config->bundle, "/bundle"));
        cr_expect(eq(ptr, (void *)config->rootfs, NULL));
        cr_expect(eq(str, (char *)config->spec.process->args.items[0], "sh"));
        oci_config_free(config);
}

Test(oci_config, ignores_unknown_members_and_the_annotations_of_others)
{
        EXPECT_ACCEPTED("{\"zebra\":1,\"process\":{\"stripes\":[1,2]},\"linux\":{\"horn\":{\"a\":null}}}",
                        "{\"annotations\":{\"com.example.key\":\"value\",\"org.hcs-sandboxes.x\":\"y\"}}");
}

Test(oci_config, ignores_the_sections_of_other_systems)
{
        EXPECT_ACCEPTED("{\"windows\":{\"layerFolders\":[\"C:\\\\x\"]},\"solaris\":{\"milestone\":\"m\"},\"zos\":{},"
                        "\"freebsd\":{\"jail\":{}}}", "{\"vm\":{}}");
}

Test(oci_config, refuses_what_is_no_json)
{
        static const struct { const char *text, *words; } rows[] = {
                { "", "config.json is empty; expected a JSON object" },
                { " \n\t", "config.json is empty" },
                { "{\"ociVersion\":", "config.json, line 1, column" },
                { "{\n \"ociVersion\": \"1.2.0\",\n \"process\": }", "config.json, line 3, column" },
                { "{} {}", "config.json, line 1, column" },
                { "[]", "config.json: (top): found an array; expected an object" },
                { "\"text\"", "config.json: (top): found a string, \"text\"; expected an object" },
                { "{\"ociVersion\":\"1.2.0\",\"ociVersion\":\"1.0.0\"}", "two members named \"ociVersion\"" },
                { "{\"ociVersion\":\"1.2.0\\u0000\"}", "NUL" },
                { "{\"ociVersion\":\"1.2.0\xff\"}", "UTF-8" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
                struct oci_config *config = NULL;
                struct error err = { 0 };

                cr_expect(lt(int, parse(rows[i].text, &config, &err), 0), "%s", rows[i].text);
                cr_expect(strstr(err.text, rows[i].words) != NULL, "%s: %s", rows[i].text, err.text);
                cr_expect(eq(ptr, config, NULL));
        }
}

Test(oci_config, refuses_the_wrong_type_with_its_path)
{
        EXPECT_REFUSED(
                { "{\"process\":{\"user\":{\"uid\":\"abc\"}}}", "process.user.uid: found a string, \"abc\"; expected a whole "
                  "number from 0 to 4294967294" },
                { "{\"process\":{\"terminal\":1}}", "process.terminal: found a number, 1; expected true or false" },
                { "{\"process\":{\"args\":\"sh\"}}", "process.args: found a string, \"sh\"; expected an array of strings" },
                { "{\"process\":{\"args\":[\"sh\",7]}}", "process.args[1]: found a number, 7; expected a string" },
                { "{\"process\":[]}", "process: found an array; expected an object" },
                { "{\"mounts\":{}}", "mounts: found an object; expected an array of objects" },
                { "{\"mounts\":[7]}", "mounts[0]: found a number, 7; expected an object" },
                { "{\"hostname\":[]}", "hostname: found an array; expected a string" },
                { "{\"annotations\":{\"a\":1}}", "annotations.a: found a number, 1; expected a string" },
                { "{\"linux\":{\"devices\":[{\"type\":\"c\",\"path\":\"/dev/x\",\"major\":\"1\"}]}}",
                  "linux.devices[0].major: found a string, \"1\"; expected a whole number" });
}

Test(oci_config, refuses_numbers_out_of_range)
{
        EXPECT_REFUSED(
                { "{\"process\":{\"user\":{\"uid\":4294967295}}}", "process.user.uid: found a number, 4294967295; expected" },
                { "{\"process\":{\"user\":{\"uid\":4294967296}}}", "process.user.uid: found a number, 4294967296" },
                { "{\"process\":{\"user\":{\"gid\":-1}}}", "process.user.gid: found a number, -1" },
                { "{\"process\":{\"user\":{\"uid\":1.5}}}", "process.user.uid: found a number, 1.5" },
                { "{\"process\":{\"user\":{\"uid\":1e3}}}", "process.user.uid: found a number, 1e3" },
                { "{\"linux\":{\"resources\":{\"pids\":{\"limit\":9223372036854775808}}}}",
                  "linux.resources.pids.limit: found a number, 9223372036854775808" });
}

Test(oci_config, needs_a_version_of_the_first_kind)
{
        EXPECT_REFUSED(
                { "{\"ociVersion\":null}", "ociVersion: missing; it is required" },
                { "{\"ociVersion\":\"\"}", "ociVersion: found \"\"" },
                { "{\"ociVersion\":\"9.0.0\"}", "ociVersion: found \"9.0.0\"; expected a version from 1.0 below 2" },
                { "{\"ociVersion\":\"2.0.0\"}", "ociVersion: found \"2.0.0\"" },
                { "{\"ociVersion\":\"0.9.0\"}", "ociVersion: found \"0.9.0\"" },
                { "{\"ociVersion\":\"bogus\"}", "ociVersion: found \"bogus\"" },
                { "{\"ociVersion\":\"1\"}", "ociVersion: found \"1\"" },
                { "{\"ociVersion\":\"1.\"}", "ociVersion: found \"1.\"" },
                { "{\"ociVersion\":\"1.2.\"}", "ociVersion: found \"1.2.\"" },
                { "{\"ociVersion\":\"1.2.0.1\"}", "ociVersion: found \"1.2.0.1\"" },
                { "{\"ociVersion\":\"1.2.0-\"}", "ociVersion: found \"1.2.0-\"" },
                { "{\"ociVersion\":\"1.2.0 \"}", "ociVersion: found \"1.2.0 \"" },
                { "{\"ociVersion\":\"10.2.0\"}", "ociVersion: found \"10.2.0\"" });
        EXPECT_ACCEPTED("{\"ociVersion\":\"1.0.0\"}", "{\"ociVersion\":\"1.0.2-dev\"}", "{\"ociVersion\":\"1.1.0+dev\"}",
                        "{\"ociVersion\":\"1.2\"}", "{\"ociVersion\":\"1.3.0\"}", "{\"ociVersion\":\"1.10.27-rc.1\"}");
}

Test(oci_config, needs_a_process_and_linux)
{
        EXPECT_REFUSED({ "{\"process\":null}", "process: missing; expected the program to run" },
                       { "{\"linux\":null}", "linux: missing; expected at least its namespaces" });
}

Test(oci_config, takes_a_root_from_the_bundle)
{
        static const struct { const char *patch, *rootfs; } rows[] = {
                { "{\"root\":{\"path\":\"rootfs\"}}", "/bundle/rootfs" },
                { "{\"root\":{\"path\":\"./rootfs/\"}}", "/bundle/rootfs" },
                { "{\"root\":{\"path\":\"/srv//image\"}}", "/srv/image" },
                /* Behind a link, ".." is not the directory before it: such a path is the kernel's to walk. */
                { "{\"root\":{\"path\":\"../image\"}}", "/bundle/../image" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
                struct oci_config *config = NULL;
                struct error err = { 0 };

                cr_assert(eq(int, test_parse(rows[i].patch, &config, &err), 0), "%s", err.text);
                cr_expect(eq(str, (char *)config->rootfs, (char *)rows[i].rootfs));
                oci_config_free(config);
        }
        EXPECT_REFUSED({ "{\"root\":{}}", "root.path: missing or empty; expected a directory (leave out \"root\"" },
                       { "{\"root\":{\"path\":\"\",\"readonly\":true}}", "root.path: missing or empty" });
}

Test(oci_config, wants_names_that_are_names)
{
        EXPECT_REFUSED(
                { "{\"hostname\":\"a b\"}", "hostname: found \"a b\"; expected a name without blanks" },
                { "{\"hostname\":\"a\\nb\"}", "hostname: found \"a\\nb\"; expected a name" },
                { "{\"hostname\":\"12345678901234567890123456789012345678901234567890123456789012345\"}",
                  "hostname: found 65 bytes; expected at most 64" },
                { "{\"domainname\":\"a/b\"}", "domainname: found \"a/b\"" });
        EXPECT_ACCEPTED("{\"hostname\":\"\",\"domainname\":\"\"}", "{\"hostname\":\"box-1\",\"domainname\":\"(none)\"}",
                        "{\"hostname\":\"1234567890123456789012345678901234567890123456789012345678901234\"}");
}

Test(oci_config, never_renames_the_host)
{
        EXPECT_REFUSED(
                { "{\"hostname\":\"box\",\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}",
                  "hostname: found \"box\" without a \"uts\" namespace; the host itself would be renamed" },
                { "{\"domainname\":\"lan\",\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}",
                  "domainname: found \"lan\" without a \"uts\" namespace" });
        EXPECT_ACCEPTED("{\"hostname\":\"box\",\"linux\":{\"namespaces\":[{\"type\":\"mount\"},"
                        "{\"type\":\"uts\",\"path\":\"/proc/7/ns/uts\"}]}}");
}

Test(oci_config, wants_hooks_by_absolute_path)
{
        EXPECT_REFUSED(
                { "{\"hooks\":{\"prestart\":[{}]}}", "hooks.prestart[0].path: missing" },
                { "{\"hooks\":{\"prestart\":[{\"path\":\"hook\"}]}}", "hooks.prestart[0].path: found \"hook\"; expected an "
                  "absolute path" },
                { "{\"hooks\":{\"createRuntime\":[{\"path\":\"\"}]}}", "hooks.createRuntime[0].path: missing or empty" },
                { "{\"hooks\":{\"createContainer\":[{\"path\":\"/a\"},{\"path\":\"b\"}]}}", "hooks.createContainer[1].path" },
                { "{\"hooks\":{\"startContainer\":[{\"path\":\"/a\",\"timeout\":0}]}}",
                  "hooks.startContainer[0].timeout: found a number, 0; expected a whole number from 1" },
                { "{\"hooks\":{\"poststart\":[{\"path\":\"/a\",\"timeout\":-3}]}}", "hooks.poststart[0].timeout" },
                { "{\"hooks\":{\"poststop\":[{\"path\":\"/a\",\"env\":[\"PATH\"]}]}}",
                  "hooks.poststop[0].env[0]: found \"PATH\"; expected NAME=VALUE" },
                { "{\"hooks\":{\"poststop\":[{\"path\":\"x\"}]}}", "hooks.poststop[0].path: found \"x\"" });
        EXPECT_ACCEPTED("{\"hooks\":{}}", "{\"hooks\":{\"prestart\":[],\"poststop\":[{\"path\":\"/a\",\"args\":[\"a\"],"
                        "\"env\":[\"A=\"],\"timeout\":1}]}}");
}

Test(oci_config, does_not_run_virtual_machines_yet)
{
        EXPECT_NOT_YET({ "{\"vm\":{\"kernel\":{\"path\":\"/vmlinuz\"}}}", "vm: not supported yet" });
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static void with_bundle(const char *text, void (*fn)(const char *bundle))
{
        char bundle[] = "/tmp/oci-config-XXXXXX", path[64];
        FILE *file;

        cr_assert(ne(ptr, mkdtemp(bundle), NULL));
        snprintf(path, sizeof(path), "%s/config.json", bundle);
        if (text) {
                file = fopen(path, "w");
                cr_assert(ne(ptr, file, NULL));
                cr_assert(fputs(text, file) >= 0 && fclose(file) == 0);
        }
        fn(bundle);
        (void)unlink(path);
        (void)rmdir(path);
        cr_expect(eq(int, rmdir(bundle), 0));
}

static void loads(const char *bundle)
{
        struct oci_config *config = NULL;
        struct error err = { 0 };

        cr_assert(eq(int, oci_config_load(bundle, NULL, &config, &err), 0), "%s", err.text);
        cr_expect(eq(str, (char *)config->bundle, (char *)bundle));
        oci_config_free(config);
}

/* "no such file or directory" would make podman and docker say that the program is missing (127). */
static void is_missing(const char *bundle)
{
        struct oci_config *config = NULL;
        struct error err = { 0 };

        cr_expect(lt(int, oci_config_load(bundle, NULL, &config, &err), 0));
        cr_expect(strstr(err.text, "there is no config.json in it") != NULL, "%s", err.text);
        cr_expect(strstr(err.text, bundle) != NULL, "%s", err.text);
        cr_expect(eq(ptr, strstr(err.text, "no such file"), NULL), "%s", err.text);
}

static void is_a_directory(const char *bundle)
{
        struct oci_config *config = NULL;
        struct error err = { 0 };
        char path[64];

        snprintf(path, sizeof(path), "%s/config.json", bundle);
        cr_assert(eq(int, mkdir(path, 0700), 0));
        cr_expect(lt(int, oci_config_load(bundle, NULL, &config, &err), 0));
        cr_expect(strstr(err.text, "is a directory") != NULL, "%s", err.text);
}

Test(oci_config, is_loaded_from_a_bundle)
{
        with_bundle(good_config, loads);
}

Test(oci_config, says_that_a_bundle_has_no_configuration)
{
        with_bundle(NULL, is_missing);
        is_missing("/nonexistent");
}

Test(oci_config, says_that_a_configuration_is_no_file)
{
        with_bundle(NULL, is_a_directory);
}

/* --- ids ---------------------------------------------------------------------------------------------------------- */

Test(oci_config, takes_ids_that_can_be_names_of_directories)
{
        static const char *const good[] = { "a", "box-1", "0", "A.b_c+d-e", "_", "-x", "+" };
        static const struct { const char *id, *words; } bad[] = {
                { "", "the id is empty" }, { ".", "found \".\" first" }, { "..", "found \".\" first" },
                { ".hidden", "found \".\" first" }, { "a/b", "found \"/\" at byte 2" }, { "a b", "found \" \" at byte 2" },
                { "../x", "found \"/\" at byte 3" }, { "a\n", "id \"a\\n\": found \"\\n\" at byte 2" }, { "\xc3\xa9", "at byte 1" },
                { "a:b", "found \":\"" },
        };
        char longest[257];
        struct error err = { 0 };

        for (size_t i = 0; i < ARRAY_LENGTH(good); i++)
                cr_expect(eq(int, oci_check_id(good[i], &err), 0), "%s: %s", good[i], err.text);
        for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
                cr_expect(eq(i32, oci_check_id(bad[i].id, &err), E_INVALID_PARAMETER), "%s", bad[i].id);
                cr_expect(strstr(err.text, bad[i].words) != NULL, "%s: %s", bad[i].id, err.text);
        }

        memset(longest, 'x', sizeof(longest));
        longest[256] = '\0';
        cr_expect(lt(int, oci_check_id(longest, &err), 0));
        cr_expect(strstr(err.text, "256 bytes; expected at most 255") != NULL, "%s", err.text);
        longest[255] = '\0';
        cr_expect(eq(int, oci_check_id(longest, &err), 0), "%s", err.text);
}
