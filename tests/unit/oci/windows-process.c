/* A process on its own, as exec has it, and names that are made of an id. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "oci/windows/compile.h"
#include "oci/windows/hooks.h"

static void read_process(struct arena *arena, const char *text, struct spec_process *ret)
{
        struct error err = { 0 };
        struct json_value *value;

        cr_assert(eq(int, json_parse(arena, text, strlen(text), "process", &value, &err), 0), "%s", err.text);
        cr_assert(eq(int, json_read(arena, spec_process_fields, value, ret, "", JSON_IGNORE_UNKNOWN, &err), 0), "%s", err.text);
}

static void expect_parameters(const char *text, enum oci_windows_kind kind, const char *expected)
{
        struct spec_process process = { 0 };
        struct win_process *parameters = NULL;
        struct arena arena = { 0 };
        struct text found = { 0 };
        struct error err = { 0 };

        read_process(&arena, text, &process);
        cr_assert(eq(int, oci_windows_check_process(&process, kind, "", NULL, &err), 0), "%s: %s", text, err.text);
        cr_assert(eq(int, oci_windows_compile_process(&process, kind, &arena, &parameters, &err), 0), "%s", err.text);
        json_write(&found, win_process_fields, parameters);
        cr_expect(eq(str, found.data, (char *)expected));
        text_done(&found);
        arena_done(&arena);
}

Test(windows_process, of_exec_becomes_parameters)
{
        expect_parameters("{\"args\":[\"cmd\",\"/c\",\"a b\"],\"cwd\":\"C:\\\\w\",\"env\":[\"E=\",\"P=x=y\"],\"user\":{\"username\":\"ContainerUser\"}}",
                          OCI_WINDOWS_PROCESS,
                          "{\"CommandLine\":\"cmd /c \\\"a b\\\"\",\"User\":\"ContainerUser\",\"WorkingDirectory\":\"C:\\\\w\","
                          "\"Environment\":{\"E\":\"\",\"P\":\"x=y\"},\"CreateStdInPipe\":true,\"CreateStdOutPipe\":true,\"CreateStdErrPipe\":true}");
        expect_parameters("{\"args\":[\"sh\"],\"cwd\":\"/\",\"terminal\":true}", OCI_WINDOWS_LINUX,
                          "{\"CreateStdInPipe\":true,\"CreateStdOutPipe\":true,\"OciProcess\":{\"terminal\":true,\"user\":{\"uid\":0,\"gid\":0},"
                          "\"args\":[\"sh\"],\"cwd\":\"/\"}}");
}

Test(windows_process, of_exec_is_checked_by_the_kind_of_its_sandbox)
{
        struct spec_process process = { 0 };
        struct arena arena = { 0 };
        struct error err = { 0 };

        read_process(&arena, "{\"args\":[\"sh\"],\"cwd\":\"/\"}", &process);
        cr_expect(eq(int, oci_windows_check_process(&process, OCI_WINDOWS_LINUX, "", NULL, &err), 0), "%s", err.text);
        cr_expect(lt(int, oci_windows_check_process(&process, OCI_WINDOWS_HYPERV, "", NULL, &err), 0));
        cr_expect(text_starts_with(err.text, "cwd: found \"/\""), "%s", err.text);
        arena_done(&arena);
}

static void expect_hook(struct spec_hook hook, const char *expected)
{
        struct win_process parameters = { 0 };
        struct arena arena = { 0 };
        struct text found = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, oci_windows_compile_hook(&hook, &arena, &parameters, &err), 0), "%s", err.text);
        json_write(&found, win_process_fields, &parameters);
        cr_expect(eq(str, found.data, (char *)expected));
        text_done(&found);
        arena_done(&arena);
}

Test(windows_process, of_a_hook_has_its_path_as_its_first_word_and_nothing_that_it_was_not_given)
{
        const char *args[] = { "other", "a b", "c\"d" }, *env[] = { "A=1", "a=2", "B=" };

        expect_hook((struct spec_hook){ .path = "C:\\a.exe" }, "{\"CommandLine\":\"C:\\\\a.exe\"}");
        expect_hook((struct spec_hook){ .path = "C:\\a b.exe", .args = { args, 3 }, .env = { env, 3 } },
                    "{\"CommandLine\":\"\\\"C:\\\\a b.exe\\\" \\\"a b\\\" \\\"c\\\\\\\"d\\\"\",\"Environment\":{\"a\":\"2\",\"B\":\"\"}}");
}

/* What a container with a network and without a hostname is called. */
static void expect_name(const char *id, const char *expected)
{
        static const char text[] = "{\"ociVersion\":\"1.2.0\",\"process\":{\"args\":[\"a\"],\"cwd\":\"C:\\\\\"},"
                                   "\"annotations\":{\"org.hcs-sandbox.network\":\"nat\"}}";
        struct oci_windows_documents documents;
        struct oci_windows *config = NULL;
        struct oci_facts facts;
        struct error err = { 0 };

        oci_facts_default(&facts);
        cr_assert(eq(int, oci_windows_parse(text, strlen(text), "/bundle", NULL, &config, &err), 0), "%s", err.text);
        cr_assert(eq(int, oci_windows_compile(config, &facts, id, &config->arena, NULL, &documents, &err), 0), "%s", err.text);
        cr_expect(eq(str, (char *)documents.system->container->guest_os->host_name, (char *)expected));
        oci_windows_free(config);
}

Test(windows_names, are_made_of_the_id_as_netbios_takes_them)
{
        expect_name("demo", "demo");
        expect_name("my.box_1", "my-box-1");
        expect_name("a-very-long-name-of-a-sandbox", "a-very-long-nam");
        expect_name("fourteen-chars.x", "fourteen-chars");
        expect_name("__x__", "x");
        expect_name("1234567890123456", "box123456789012");
        expect_name("+++", "box");
}
