#include "hcs/schema/document.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

/* Reads strictly into `object`, writes it again, and expects the same bytes. */
static void expect_same(const struct json_field *fields, size_t size, const char *text)
{
        struct arena arena = { 0 };
        struct text out = { 0 };
        struct error err = { 0 };
        struct json_value *value = NULL;
        void *object = arena_alloc(&arena, size);

        cr_assert(eq(int, json_parse(&arena, text, strlen(text), "test", &value, &err), 0), "%s", err.text);
        cr_assert(eq(int, json_read(&arena, fields, value, object, "$", JSON_REFUSE_UNKNOWN, &err), 0), "%s", err.text);
        json_write(&out, fields, object);
        cr_expect(eq(str, out.data, (char *)text));
        text_done(&out);
        arena_done(&arena);
}

static void expect_refused(const struct json_field *fields, size_t size, const char *text, const char *words)
{
        struct arena arena = { 0 };
        struct error err = { 0 };
        struct json_value *value = NULL;
        void *object = arena_alloc(&arena, size);

        cr_assert(eq(int, json_parse(&arena, text, strlen(text), "test", &value, &err), 0), "%s", err.text);
        cr_expect(eq(i32, json_read(&arena, fields, value, object, "$", JSON_REFUSE_UNKNOWN, &err), E_INVALID_DATA), "%s", text);
        cr_expect(strstr(err.text, words) != NULL, "%s: %s", text, err.text);
        arena_done(&arena);
}

Test(schema_document, reads_and_writes_a_create_document)
{
        expect_same(doc_system_fields, sizeof(struct doc_system),
                    "{\"Owner\":\"o\",\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"HostingSystemId\":\"vm\","
                    "\"HostedSystem\":{\"SchemaVersion\":{\"Major\":2,\"Minor\":0},\"OciBundlePath\":\"/b\","
                    "\"OciSpecification\":{\"ociVersion\":\"1.2.0\"},"
                    "\"Storage\":{\"Path\":\"/r\",\"Union\":\"FuseOverlay\",\"Program\":\"/usr/bin/fuse-overlayfs\","
                    "\"Layers\":[{\"Id\":\"g\",\"Path\":\"/m\"},{\"Path\":\"/\"}],"
                    "\"Volumes\":[{\"Path\":\"/var\",\"Layers\":[{\"Path\":\"/var\"}]}],"
                    "\"Scratch\":{\"Path\":\"/s\",\"SizeInBytes\":4096,\"Keep\":true}},"
                    "\"Options\":{\"NoPivotRoot\":true,\"NoNewKeyring\":true,\"AllowSetUserId\":true}},"
                    "\"ShouldTerminateOnLastHandleClosed\":true}");
}

Test(schema_document, reads_and_writes_the_smaller_documents)
{
        expect_same(doc_process_fields, sizeof(struct doc_process),
                    "{\"EmulateConsole\":true,\"CreateStdInPipe\":true,\"CreateStdOutPipe\":true,\"CreateStdErrPipe\":true,"
                    "\"ConsoleSize\":[24,80],\"OciProcess\":{\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"x\"]},\"Cgroup\":\"/c\"}");
        expect_same(doc_properties_fields, sizeof(struct doc_properties),
                    "{\"Id\":\"i\",\"SystemType\":\"Container\",\"RuntimeOsType\":\"Linux\",\"Owner\":\"o\",\"State\":\"Running\","
                    "\"Stopped\":true,\"ExitType\":\"GracefulExit\",\"ProcessList\":[{\"ProcessId\":7}],\"InitProcessId\":7,"
                    "\"InitState\":\"Running\"}");
        expect_same(doc_property_query_fields, sizeof(struct doc_property_query), "{\"PropertyTypes\":[\"ProcessList\"]}");
        expect_same(doc_system_query_fields, sizeof(struct doc_system_query), "{\"Ids\":[\"a\"],\"Owners\":[\"o\"]}");
        expect_same(doc_signal_fields, sizeof(struct doc_signal), "{\"Signal\":0,\"All\":true}");
        expect_same(doc_process_status_fields, sizeof(struct doc_process_status),
                    "{\"ProcessId\":7,\"Exited\":true,\"ExitCode\":0,\"LastWaitResult\":-1}");
        expect_same(doc_exit_status_fields, sizeof(struct doc_exit_status), "{\"Status\":0,\"ExitType\":\"x\"}");
        expect_same(doc_result_fields, sizeof(struct doc_result),
                    "{\"Error\":-2147024809,\"ErrorMessage\":\"m\",\"ErrorEvents\":[{\"Message\":\"e\",\"Source\":\"s\"}]}");
}

Test(schema_document, refuses_unknown_members_as_the_service_does)
{
        expect_refused(doc_system_fields, sizeof(struct doc_system),
                       "{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"HostedSystem\":{\"Storage\":{\"Pathh\":\"/\"}}}",
                       "$.HostedSystem.Storage.Pathh: unknown member");
        expect_refused(doc_signal_fields, sizeof(struct doc_signal), "{\"signal\":9}", "$.signal: unknown member");
}

Test(schema_document, refuses_what_is_incomplete_or_out_of_range)
{
        expect_refused(doc_system_fields, sizeof(struct doc_system), "{\"Owner\":\"o\"}", "$.SchemaVersion: missing");
        expect_refused(doc_signal_fields, sizeof(struct doc_signal), "{}", "$.Signal: missing");
        expect_refused(doc_signal_fields, sizeof(struct doc_signal), "{\"Signal\":65}", "$.Signal: found a number, 65");
        expect_refused(doc_system_fields, sizeof(struct doc_system),
                       "{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"HostedSystem\":{\"Storage\":{\"Union\":\"Glue\"}}}",
                       "$.HostedSystem.Storage.Union: found a string, \"Glue\"; expected one of \"Overlay\"");
}
