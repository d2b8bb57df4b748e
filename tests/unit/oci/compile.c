#include "oci/compile.h"

#include "hcs/base/json.h"
#include "hcs/schema/document.h"
#include "tests/unit/oci/refusals.h"

/* A compiled document, read back as the engine reads it. */
struct compiled { struct arena arena; struct oci_config *config; char *text; struct doc_system system; };

static int compile_r(struct compiled *compiled, const char *patch, const struct doc_storage *storage,
                     const struct oci_options *options, struct error *err)
{
        struct json_value *value;

        cr_assert(eq(int, test_parse(patch, &compiled->config, err), 0), "%s", err->text);
        if (oci_compile_system(compiled->config, storage, options, &compiled->text, err) < 0)
                return err->code;
        cr_assert(eq(int, json_parse(&compiled->arena, compiled->text, strlen(compiled->text), "document", &value, err), 0), "%s",
                  err->text);
        cr_assert(eq(int, json_read(&compiled->arena, doc_system_fields, value, &compiled->system, "$", JSON_REFUSE_UNKNOWN, err),
                     0), "%s", err->text);
        return 0;
}

static void compile(struct compiled *compiled, const char *patch, const struct doc_storage *storage,
                    const struct oci_options *options)
{
        struct error err = { 0 };

        cr_assert(eq(int, compile_r(compiled, patch, storage, options, &err), 0), "%s", err.text);
}

static void compiled_done(struct compiled *compiled)
{
        oci_config_free(compiled->config);
        free(compiled->text);
        arena_done(&compiled->arena);
}

Test(oci_compile, makes_a_hosted_system_with_the_whole_specification)
{
        const struct oci_options options = { 0 };
        struct compiled compiled = { 0 };
        const struct doc_hosted_system *hosted;

        compile(&compiled, "{\"root\":{\"path\":\"rootfs\"},\"hostname\":\"box\"}", NULL, &options);
        hosted = compiled.system.hosted_system;
        cr_assert(ne(ptr, (void *)hosted, NULL));
        cr_expect(eq(str, (char *)compiled.system.owner, "hcs-sandbox"));
        cr_expect(eq(u32, compiled.system.schema_version.major, 2));
        cr_expect(eq(u32, compiled.system.schema_version.minor, 1));
        cr_expect(eq(str, (char *)hosted->oci_bundle_path, "/bundle"));
        cr_expect(eq(str, (char *)hosted->oci_specification->hostname, "box"));
        cr_expect(eq(str, (char *)hosted->storage->path, "/bundle/rootfs"));
        cr_expect(eq(ptr, (void *)hosted->options, NULL));
        compiled_done(&compiled);
}

Test(oci_compile, takes_the_layers_it_is_given)
{
        struct doc_layer layers[] = { { .path = "/data/mask" }, { .path = "/" } };
        const struct doc_scratch scratch = { .path = "/data/scratch/x" };
        const struct doc_storage storage = { .union_kind = DOC_UNION_OVERLAY, .layers = { layers, 2 }, .scratch = &scratch };
        const struct oci_options options = { .no_pivot_root = true, .no_new_keyring = true };
        struct compiled compiled = { 0 };
        const struct doc_hosted_system *hosted;

        compile(&compiled, "{\"annotations\":{\"org.hcs-sandbox.set-user-id\":\"true\",\"org.hcs-sandbox.init\":\"true\"}}", &storage, &options);
        hosted = compiled.system.hosted_system;
        cr_expect(eq(ptr, (void *)hosted->storage->path, NULL));
        cr_expect(eq(int, hosted->storage->union_kind, DOC_UNION_OVERLAY));
        cr_expect(eq(str, (char *)hosted->storage->layers.items[1].path, "/"));
        cr_expect(eq(str, (char *)hosted->storage->scratch->path, "/data/scratch/x"));
        cr_assert(ne(ptr, (void *)hosted->options, NULL));
        cr_expect(hosted->options->no_pivot_root);
        cr_expect(hosted->options->no_new_keyring);
        cr_expect(hosted->options->allow_set_user_id);
        cr_expect(hosted->options->init_stays);
        compiled_done(&compiled);
}

Test(oci_compile, gives_a_caller_without_roots_rights_a_user_namespace)
{
        const struct doc_storage storage = { .union_kind = DOC_UNION_FUSE_OVERLAY };
        const struct oci_options options = { .own_user_namespace = true, .host_uid = 1000, .host_gid = 100 };
        struct compiled compiled = { 0 };
        const struct spec *spec;

        compile(&compiled, "{}", &storage, &options);
        spec = compiled.system.hosted_system->oci_specification;
        cr_assert(ne(ptr, (void *)spec_namespace_find(spec, SPEC_NAMESPACE_USER), NULL));
        cr_assert(ne(ptr, (void *)spec_namespace_find(spec, SPEC_NAMESPACE_MOUNT), NULL));
        cr_assert(eq(sz, spec->linux_->uid_mappings.count, 1));
        cr_expect(eq(u32, spec->linux_->uid_mappings.items[0].container_id, 0));
        cr_expect(eq(u32, spec->linux_->uid_mappings.items[0].host_id, 1000));
        cr_expect(eq(u32, spec->linux_->uid_mappings.items[0].size, 1));
        cr_expect(eq(u32, spec->linux_->gid_mappings.items[0].host_id, 100));
        cr_expect(eq(ptr, (void *)spec_namespace_find(&compiled.config->spec, SPEC_NAMESPACE_USER), NULL),
                  "the configuration itself stays as it was");
        compiled_done(&compiled);
}

Test(oci_compile, leaves_a_user_namespace_of_the_bundle_alone)
{
        const struct oci_options options = { .own_user_namespace = true, .host_uid = 1000, .host_gid = 1000 };
        struct compiled compiled = { 0 };

        compile(&compiled, "{\"process\":{\"user\":{\"uid\":5}},\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"}],"
                "\"uidMappings\":[{\"containerID\":5,\"hostID\":7,\"size\":1}],"
                "\"gidMappings\":[{\"containerID\":0,\"hostID\":7,\"size\":1}]}}", NULL, &options);
        cr_expect(eq(sz, compiled.system.hosted_system->oci_specification->linux_->namespaces.count, 2));
        cr_expect(eq(u32, compiled.system.hosted_system->oci_specification->linux_->uid_mappings.items[0].host_id, 7));
        compiled_done(&compiled);
}

Test(oci_compile, refuses_users_that_such_a_namespace_does_not_have)
{
        static const struct refusal rows[] = {
                { "{\"process\":{\"user\":{\"uid\":1}}}", "process.user.uid: found 1; expected 0" },
                { "{\"process\":{\"user\":{\"gid\":2}}}", "process.user.gid: found 2; expected 0" },
                { "{\"process\":{\"user\":{\"additionalGids\":[3]}}}", "process.user.additionalGids: found 1; expected none" },
        };
        const struct oci_options options = { .own_user_namespace = true, .host_uid = 1000, .host_gid = 1000 };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
                struct compiled compiled = { 0 };
                struct error err = { 0 };

                cr_expect(eq(i32, compile_r(&compiled, rows[i].patch, NULL, &options, &err), E_NOT_SUPPORTED));
                cr_expect(strstr(err.text, rows[i].words) != NULL, "%s", err.text);
                cr_expect(eq(ptr, compiled.text, NULL));
                compiled_done(&compiled);
        }
}

#define MAPPED "\"uidMappings\":[{\"containerID\":0,\"hostID\":7,\"size\":1}],\"gidMappings\":[{\"containerID\":0,\"hostID\":7,\"size\":1}]"

/* One that root makes; a user's is made by fuse-overlayfs or of single directories, and lies in a user namespace anyway. */
Test(oci_compile, refuses_a_user_namespace_around_an_overlay_of_the_machine)
{
        static const char *const namespaces[] = {
                "{\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"}]," MAPPED "}}",
                "{\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\",\"path\":\"/proc/1/ns/user\"}]}}",
        };
        const struct doc_storage overlay = { .union_kind = DOC_UNION_OVERLAY }, fuse = { .union_kind = DOC_UNION_FUSE_OVERLAY };
        const struct oci_options options = { 0 };

        for (size_t i = 0; i < ARRAY_LENGTH(namespaces); i++) {
                struct compiled refused = { 0 }, taken = { 0 };
                struct error err = { 0 };

                cr_expect(eq(i32, compile_r(&refused, namespaces[i], &overlay, &options, &err), E_NOT_SUPPORTED));
                cr_expect(strstr(err.text, "linux.namespaces: found \"user\" in a bundle without a root") != NULL, "%s", err.text);
                cr_expect(eq(ptr, refused.text, NULL));
                compile(&taken, namespaces[i], &fuse, &options);
                compiled_done(&refused);
                compiled_done(&taken);
        }
}

/* Group 5 is not mapped there; what else a bundle asks for the kernel shall refuse. */
Test(oci_compile, leaves_terminals_to_root_where_no_other_group_is)
{
        static const char bundle[] = "{\"mounts\":[{\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"options\":[\"nosuid\",\"gid=5\",\"mode=0620\"]},"
                                     "{\"destination\":\"/t\",\"type\":\"tmpfs\",\"options\":[\"gid=5\"]}]}";
        const struct oci_options root = { 0 }, user = { .own_user_namespace = true, .host_uid = 7, .host_gid = 8 };
        const struct doc_storage storage = { .union_kind = DOC_UNION_FUSE_OVERLAY };
        struct compiled compiled = { 0 };

        compile(&compiled, bundle, &storage, &root);
        cr_expect(ne(ptr, strstr(compiled.text, "\"options\":[\"nosuid\",\"gid=5\",\"mode=0620\"]"), NULL), "%s", compiled.text);
        compiled_done(&compiled);
        compile(&compiled, bundle, &storage, &user);
        cr_expect(ne(ptr, strstr(compiled.text, "\"options\":[\"nosuid\",\"mode=0620\"]"), NULL), "%s", compiled.text);
        cr_expect(ne(ptr, strstr(compiled.text, "\"options\":[\"gid=5\"]"), NULL), "%s", compiled.text);
        compiled_done(&compiled);
}

Test(oci_compile, gives_the_same_bytes_for_the_same_input)
{
        const struct oci_options options = { 0 };
        struct compiled a = { 0 }, b = { 0 };

        compile(&a, "{\"root\":{\"path\":\"r\"},\"annotations\":{\"z\":\"1\",\"a\":\"2\"}}", NULL, &options);
        compile(&b, "{\"root\":{\"path\":\"r\"},\"annotations\":{\"z\":\"1\",\"a\":\"2\"}}", NULL, &options);
        cr_expect(eq(str, a.text, b.text));
        compiled_done(&a);
        compiled_done(&b);
}

/* --- process parameters ------------------------------------------------------------------------------------------- */

static void expect_parameters(const char *process, const char *cgroup, const char *expected)
{
        struct spec_process *parsed = NULL;
        struct arena arena = { 0 };
        struct error err = { 0 };
        char *text = NULL;

        cr_assert(eq(int, oci_process_parse(process, strlen(process), "process", &arena, NULL, &parsed, &err), 0), "%s", err.text);
        cr_assert(eq(int, oci_compile_process(parsed, cgroup, &text, &err), 0), "%s", err.text);
        cr_expect(eq(str, text, (char *)expected));
        free(text);
        arena_done(&arena);
}

#define REST "\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"ls\"],\"cwd\":\"/\"}"

Test(oci_compile, asks_for_pipes_without_a_terminal)
{
        expect_parameters("{\"args\":[\"ls\"],\"cwd\":\"/\",\"consoleSize\":{\"height\":5,\"width\":6}}", NULL,
                          "{\"CreateStdInPipe\":true,\"CreateStdOutPipe\":true,\"CreateStdErrPipe\":true,"
                          "\"OciProcess\":{\"consoleSize\":{\"height\":5,\"width\":6}," REST "}");
}

Test(oci_compile, asks_for_a_console_with_a_terminal)
{
        expect_parameters("{\"terminal\":true,\"args\":[\"ls\"],\"cwd\":\"/\",\"consoleSize\":{\"height\":24,\"width\":80}}", NULL,
                          "{\"EmulateConsole\":true,\"ConsoleSize\":[24,80],"
                          "\"OciProcess\":{\"terminal\":true,\"consoleSize\":{\"height\":24,\"width\":80}," REST "}");
        expect_parameters("{\"terminal\":true,\"args\":[\"ls\"],\"cwd\":\"/\",\"consoleSize\":{\"height\":0,\"width\":0}}", "/sub",
                          "{\"EmulateConsole\":true,"
                          "\"OciProcess\":{\"terminal\":true,\"consoleSize\":{\"height\":0,\"width\":0}," REST ",\"Cgroup\":\"/sub\"}");
}
