/* Which paths are to be looked at: those whose being a file changes what is composed, and those that may be links. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "oci/windows/compile.h"

static void expect_paths(const char *text, const char *expected)
{
        struct oci_windows *config = NULL;
        struct strings paths = { 0 };
        struct oci_facts facts;
        struct text found = { 0 };
        struct error err = { 0 };

        oci_facts_default(&facts);
        cr_assert(eq(int, oci_windows_parse(text, strlen(text), "/bundle", NULL, &config, &err), 0), "%s", err.text);
        cr_assert(eq(int, oci_windows_paths(config, &facts, "box", &config->arena, &paths, &err), 0), "%s", err.text);
        for (size_t i = 0; i < paths.count; i++)
                text_addf(&found, "%s%s", i ? " " : "", paths.items[i]);
        cr_expect(eq(str, found.data, (char *)expected));
        text_done(&found);
        oci_windows_free(config);
}

Test(windows_paths, are_the_scratch_and_what_is_mounted)
{
        expect_paths("{\"ociVersion\":\"1.2.0\",\"process\":{\"args\":[\"a\"],\"cwd\":\"C:\\\\\"},\"mounts\":["
                     "{\"source\":\"C:/x//y\",\"destination\":\"C:\\\\x\"},{\"source\":\"\\\\\\\\.\\\\pipe\\\\p\",\"destination\":\"\\\\\\\\.\\\\pipe\\\\p\"}]}",
                     "C:\\ProgramData\\hcs-sandbox\\scratch\\box\\sandbox.vhdx C:\\x\\y");
}

/* Not its layers, whose names are what they are known by. */
Test(windows_paths, are_in_the_scratch_of_the_bundle)
{
        expect_paths("{\"ociVersion\":\"1.2.0\",\"process\":{\"args\":[\"a\"],\"cwd\":\"C:\\\\\"},"
                     "\"windows\":{\"layerFolders\":[\"C:\\\\top\",\"C:\\\\base\",\"D:\\\\s\"]}}",
                     "D:\\s\\sandbox.vhdx");
}

Test(windows_paths, are_what_a_machine_starts_from)
{
        expect_paths("{\"ociVersion\":\"1.2.0\",\"annotations\":{\"org.hcs-sandbox.desktop\":\"true\",\"org.hcs-sandbox.desktop.disk\":\"C:\\\\w.vhdx\","
                     "\"org.hcs-sandbox.scratch\":\"D:\\\\keep\"}}", "D:\\keep\\sandbox.vhdx D:\\keep\\sandbox.vmgs");
        expect_paths("{\"ociVersion\":\"1.2.0\",\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"},\"linux\":{},\"mounts\":[{\"type\":\"proc\",\"source\":\"proc\","
                     "\"destination\":\"/proc\"}],\"windows\":{\"layerFolders\":[\"C:\\\\base\",\"D:\\\\s\"]}}",
                     "D:\\s\\sandbox.vhdx C:\\Program Files\\Linux Containers\\rootfs.vhd");
}

/* On a Windows that keeps none the fact is NULL: the message says what to switch on, or to name one. */
Test(windows_paths, of_a_base_layer_that_is_not_there_are_refused)
{
        static const char text[] = "{\"ociVersion\":\"1.2.0\",\"process\":{\"args\":[\"a\"],\"cwd\":\"C:\\\\\"}}";
        struct oci_windows_documents documents = { .id = "kept" };
        struct oci_windows *config = NULL;
        struct oci_facts facts;
        struct error err = { 0 };

        oci_facts_default(&facts);
        facts.base_layer = NULL;
        cr_assert(eq(int, oci_windows_parse(text, strlen(text), "/bundle", NULL, &config, &err), 0), "%s", err.text);
        cr_expect(eq(int, oci_windows_compile(config, &facts, "box", &config->arena, NULL, &documents, &err), E_FILE_NOT_FOUND));
        cr_expect(strstr(err.text, "Containers-DisposableClientVM") != NULL, "%s", err.text);
        cr_expect(strstr(err.text, "org.hcs-sandbox.base-layer") != NULL, "%s", err.text);
        cr_expect(eq(str, (char *)documents.id, "kept"), "a failure leaves its output alone");
        oci_windows_free(config);
}

static void expect_needs(const char *more, bool base_layer, bool utility_vm)
{
        struct oci_windows *config = NULL;
        struct text text = { 0 };
        struct error err = { 0 };

        text_addf(&text, "{\"ociVersion\":\"1.2.0\"%s}", more);
        cr_assert(eq(int, oci_windows_parse(text.data, text.length, "/bundle", NULL, &config, &err), 0), "%s: %s", more, err.text);
        cr_expect(oci_windows_needs_base_layer(config) == base_layer, "%s", more);
        cr_expect(oci_windows_boots_from_layers(config) == utility_vm, "%s", more);
        oci_windows_free(config);
        text_done(&text);
}

#define PROGRAM ",\"process\":{\"args\":[\"a\"],\"cwd\":\"C:\\\\\"}"
#define LAYERS "\"layerFolders\":[\"C:\\\\base\",\"C:\\\\s\"]"
#define DESKTOP ",\"annotations\":{\"org.hcs-sandbox.desktop\":\"true\"}"

Test(windows_paths, of_base_layer_and_utility_vm_are_asked_for_where_they_are_used)
{
        expect_needs(PROGRAM, true, false);
        expect_needs(PROGRAM ",\"windows\":{" LAYERS "}", false, false);
        expect_needs(PROGRAM ",\"windows\":{\"hyperv\":{}}", true, true);
        expect_needs(PROGRAM ",\"windows\":{\"hyperv\":{}," LAYERS "}", false, true);
        expect_needs(PROGRAM ",\"windows\":{\"hyperv\":{\"utilityVMPath\":\"C:\\\\u\"}," LAYERS "}", false, false);
        expect_needs(PROGRAM DESKTOP, true, true);
        expect_needs(",\"annotations\":{\"org.hcs-sandbox.desktop\":\"true\",\"org.hcs-sandbox.desktop.disk\":\"C:\\\\w.vhdx\"}", false, false);
        expect_needs(PROGRAM ",\"annotations\":{\"org.hcs-sandbox.base-layer\":\"C:\\\\b\"}", false, false);
        expect_needs(",\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"},\"linux\":{},\"windows\":{" LAYERS "}", false, false);
}
