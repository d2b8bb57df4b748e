/* Each document of tests/unit/schema/examples is read by our tables, judged by the published schema, written again and
 * compared: the same members with the same values.  The examples are those of hcs-documents.md (sections 3 to 11), whole or
 * completed where the page only names members, and answers of each kind. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/schema/document.h"
#include "hcs/schema/hcn.h"
#include "hcs/schema/windows-process.h"
#include "hcs/schema/windows-query.h"
#include "hcs/schema/windows-settings.h"
#include "hcs/schema/windows-storage.h"
#include "tests/support/catalogue.h"

struct example { const char *name, *type; const struct json_field *fields; size_t size; };

#define SYSTEM(name)            { name, "ComputeSystem", doc_system_fields, sizeof(struct doc_system) }
#define MODIFY(name)            { name, "ModifySettingRequest", win_modify_request_fields, sizeof(struct win_modify_request) }
#define SERVICE(name)           { name, "ModificationRequest", win_service_request_fields, sizeof(struct win_service_request) }
#define ANSWERS(name)           { name, "ServiceProperties", win_service_properties_fields, sizeof(struct win_service_properties) }
#define KIND(name, type, s)     { name, type, s##_fields, sizeof(struct s) }

static const struct example examples[] = {
        SYSTEM("container-device-namespace"), SYSTEM("container-process"), SYSTEM("container-hosted"), SYSTEM("container-linux"),
        SYSTEM("machine-utility"), SYSTEM("machine-linux"), SYSTEM("machine-desktop"), SYSTEM("restore"),
        MODIFY("modify-combined-layers"), MODIFY("modify-gpu"), MODIFY("modify-gpu-list"), MODIFY("modify-limits"),
        MODIFY("modify-linux-disk"), MODIFY("modify-linux-network"), MODIFY("modify-memory"), MODIFY("modify-namespace"),
        MODIFY("modify-network-add"), MODIFY("modify-network-pre-add"), MODIFY("modify-pipe"), MODIFY("modify-scsi"),
        MODIFY("modify-smb"),
        SERVICE("service-group-create"), SERVICE("service-group-delete"), SERVICE("service-group-property"),
        SERVICE("service-guard-add"), SERVICE("service-guard-remove"),
        ANSWERS("service-properties-basic"), ANSWERS("service-properties-processor"), ANSWERS("service-properties-refused"),
        KIND("process", "ProcessParameters", win_process), KIND("process-linux", "ProcessParameters", win_process),
        KIND("process-resize", "ProcessModifyRequest", win_process_modify),
        KIND("process-close", "ProcessModifyRequest", win_process_modify),
        KIND("signal-windows", "SignalProcessOptions", win_signal), KIND("signal-linux", "LinuxSignal", doc_signal),
        KIND("shutdown", "ShutdownOptions", win_shutdown_options), KIND("pause", "PauseOptions", win_pause_options),
        KIND("save-to-file", "SaveOptions", win_save_options), KIND("save-as-template", "SaveOptions", win_save_options),
        KIND("crash", "CrashOptions", win_crash_options),
        KIND("layer-data", "LayerData", win_layer_data), KIND("export-layer-options", "ExportLayerOptions", win_export_layer_options),
        KIND("os-layer-options-container", "OsLayerOptions", win_os_layer_options),
        KIND("os-layer-options-vm", "OsLayerOptions", win_os_layer_options),
        KIND("query-types", "System_PropertyQuery", win_property_query), KIND("query-empty", "System_PropertyQuery", win_property_query),
        KIND("query-console-image", "System_PropertyQuery", win_property_query), KIND("query-systems", "SystemQuery", win_system_query),
        KIND("service-query-basic", "Service_PropertyQuery", win_service_query),
        KIND("service-query-processor", "Service_PropertyQuery", win_service_query),
        KIND("properties-basic", "Properties", win_properties), KIND("properties-memory", "Properties", win_properties),
        KIND("properties-statistics", "Properties", win_properties), KIND("result-error", "ResultError", win_result_error),
        KIND("exit-status", "SystemExitStatus", win_exit_status), KIND("process-status", "ProcessStatus", win_process_status),
        KIND("crash-report", "CrashReport", win_crash_report), KIND("operation-info", "OperationInfo", win_operation_info),
        KIND("guard-system-info", "ContainerCredentialGuardSystemInfo", win_guard_system_info),
        KIND("network-nat", "hcn:HostComputeNetwork", hcn_network), KIND("network-ics", "hcn:HostComputeNetwork", hcn_network),
        KIND("network-transparent", "hcn:HostComputeNetwork", hcn_network), KIND("endpoint", "hcn:HostComputeEndpoint", hcn_endpoint),
        KIND("namespace", "hcn:HostComputeNamespace", hcn_namespace),
        KIND("namespace-guest", "hcn:HostComputeNamespace", hcn_namespace),
        KIND("namespace-answer", "hcn:HostComputeNamespace", hcn_namespace),
        KIND("namespace-add-endpoint", "hcn:ModifyNamespaceSettingRequest", hcn_modify_request),
        KIND("namespace-remove-container", "hcn:ModifyNamespaceSettingRequest", hcn_modify_request),
        KIND("endpoint-policy-add", "hcn:ModifyEndpointSettingRequest", hcn_modify_request),
        KIND("hcn-query", "hcn:HostComputeQuery", hcn_query),
};

#define EXAMPLES (sizeof(examples) / sizeof(examples[0]))

/* Tests run in the build directory; automake says where the source is. */
static void example_path(char *path, size_t size, const char *name)
{
        const char *source = getenv("srcdir");

        snprintf(path, size, "%s%stests/unit/schema/examples%s%s%s", source ? source : "", source ? "/" : "", *name ? "/" : "", name,
                 *name ? ".json" : "");
}

static const struct json_value *read_example(struct arena *arena, const char *name)
{
        struct json_value *value = NULL;
        struct error err = { 0 };
        struct text text = { 0 };
        char path[1024];

        example_path(path, sizeof(path), name);
        cr_assert(eq(int, io_read_file_at(AT_FDCWD, path, 1 << 20, &text, &err), 0), "%s", err.text);
        cr_assert(eq(int, json_parse(arena, text.data, text.length, name, &value, &err), 0), "%s", err.text);
        text_done(&text);
        return value;
}

/* --- the same document? ------------------------------------------------------------------------------------------------- */

static bool is_nothing(const struct json_value *value)
{
        return (value->type == JSON_BOOLEAN && !value->boolean) || (value->type == JSON_NUMBER && strcmp(value->text, "0") == 0);
}

static void compare(const char *example, const struct json_value *was, const struct json_value *is, const char *at);

static void compare_objects(const char *example, const struct json_value *was, const struct json_value *is, const char *at)
{
        char path[512];

        for (size_t i = 0; i < was->count; i++) {
                const struct json_value *same = json_get(is, was->members[i].name);

                snprintf(path, sizeof(path), "%s.%s", at, was->members[i].name);
                if (same)
                        compare(example, &was->members[i].value, same, path);
                else    /* false and 0 may go: absent is the same to HCS */
                        cr_expect(is_nothing(&was->members[i].value), "%s: %s was lost", example, path);
        }
        for (size_t i = 0; i < is->count; i++)
                cr_expect(json_get(was, is->members[i].name) != NULL, "%s: %s.%s was not there", example, at, is->members[i].name);
}

static void compare(const char *example, const struct json_value *was, const struct json_value *is, const char *at)
{
        char path[512];

        cr_assert(was->type == is->type, "%s: %s", example, at);
        switch (was->type) {
        case JSON_OBJECT:
                compare_objects(example, was, is, at);
                break;
        case JSON_ARRAY:
                cr_assert(was->count == is->count, "%s: %s has %zu items, had %zu", example, at, is->count, was->count);
                for (size_t i = 0; i < was->count; i++) {
                        snprintf(path, sizeof(path), "%s[%zu]", at, i);
                        compare(example, &was->items[i], &is->items[i], path);
                }
                break;
        case JSON_BOOLEAN:
                cr_expect(was->boolean == is->boolean, "%s: %s", example, at);
                break;
        case JSON_NULL:
                break;
        default:
                cr_expect(strcmp(was->text, is->text) == 0, "%s: %s was %s, is %s", example, at, was->text, is->text);
        }
}

/* --- open members: read by the table of their kind ----------------------------------------------------------------------- */

/* From a value to a struct with its table, as the mapping composes it. */
static void type_open(struct arena *arena, struct json_open *open, const struct json_field *fields, const char *example)
{
        struct error err = { 0 };
        void *object = arena_alloc(arena, 4096);

        cr_assert(fields != NULL, "%s: no table for these Settings", example);
        cr_assert(eq(int, json_read(arena, fields, open->value, object, "Settings", JSON_REFUSE_UNKNOWN, &err), 0), "%s: %s", example,
                  err.text);
        *open = (struct json_open){ .fields = fields, .object = object };
}

static void type_modify(struct arena *arena, struct win_modify_request *request, const char *example)
{
        struct win_guest_request *guest = (struct win_guest_request *)request->guest_request;
        const bool linux_guest = strncmp(example, "modify-linux-", 13) == 0;
        const struct json_field *fields = NULL;

        if (request->resource_path) {
                enum win_settings kind = win_modify_settings(request->resource_path, &fields);

                cr_expect(kind != WIN_SETTINGS_UNKNOWN, "%s: %s", example, request->resource_path);
                if (kind == WIN_SETTINGS_STRUCT)
                        type_open(arena, &request->settings, fields, example);
        }
        if (!guest)
                return;
        if (strcmp(guest->resource_type, "NetworkNamespace") == 0) {
                type_open(arena, &guest->settings, hcn_namespace_fields, example);
                return;
        }
        type_open(arena, &guest->settings, win_guest_settings(guest->resource_type, linux_guest), example);
        if (guest->settings.fields == win_guest_network_fields) {
                struct win_guest_network *network = (struct win_guest_network *)guest->settings.object;

                if (network->settings.value)
                        type_open(arena, &network->settings, hcn_endpoint_fields, example);
        }
}

static void type_policies(struct arena *arena, const hcn_policies *policies, const char *example)
{
        for (size_t i = 0; i < policies->count; i++)
                type_open(arena, &policies->items[i].settings, hcn_policy_settings(policies->items[i].type), example);
}

static void type_open_members(struct arena *arena, const struct example *example, void *object)
{
        if (example->fields == win_modify_request_fields)
                type_modify(arena, object, example->name);
        else if (example->fields == hcn_endpoint_fields)
                type_policies(arena, &((struct hcn_endpoint *)object)->policies, example->name);
        else if (example->fields == hcn_network_fields)
                type_policies(arena, &((struct hcn_network *)object)->policies, example->name);
}

/* --- the tests ------------------------------------------------------------------------------------------------------------ */

static void check_example(const struct example *example)
{
        struct arena arena = { 0 };
        struct error err = { 0 };
        struct text out = { 0 };
        struct json_value *again;
        const struct json_value *value = read_example(&arena, example->name);
        void *object = arena_alloc(&arena, example->size);

        cr_assert(eq(int, json_read(&arena, example->fields, value, object, "$", JSON_REFUSE_UNKNOWN, &err), 0), "%s: %s",
                  example->name, err.text);
        type_open_members(&arena, example, object);
        json_write(&out, example->fields, object);
        cr_assert(eq(int, text_check(&out, &err), 0));
        cr_assert(eq(int, json_parse(&arena, out.data, out.length, example->name, &again, &err), 0), "%s", err.text);
        compare(example->name, value, again, "$");
        text_done(&out);
        arena_done(&arena);
}

Test(schema_windows_examples, are_read_and_written_again)
{
        for (size_t i = 0; i < EXAMPLES; i++)
                check_example(&examples[i]);
}

Test(schema_windows_examples, are_as_the_published_schema_and_real_programs_have_them)
{
        const struct catalogue_rules rules = { 0 };

        for (size_t i = 0; i < EXAMPLES; i++) {
                struct arena arena = { 0 };
                struct text lines = { 0 };
                const struct json_value *value = read_example(&arena, examples[i].name);

                cr_expect(eq(sz, catalogue_check(value, examples[i].type, &rules, &lines, NULL), 0), "%s:\n%s", examples[i].name,
                          lines.data);
                text_done(&lines);
                arena_done(&arena);
        }
}

Test(schema_windows_examples, are_all_looked_at)
{
        char path[1024];
        const struct dirent *entry;
        size_t files = 0;
        DIR *directory;

        example_path(path, sizeof(path), "");
        directory = opendir(path);
        cr_assert(directory != NULL, "%s", path);
        while ((entry = readdir(directory)))
                files += entry->d_name[0] != '.';
        closedir(directory);
        cr_expect(eq(sz, files, EXAMPLES));
}

/* Answers of a newer Windows have members that we do not know: they are passed over. */
Test(schema_windows_examples, answers_may_say_more_than_we_know)
{
        static const char text[] = "{\"Id\":\"x\",\"State\":\"Hibernated\",\"New\":{\"a\":1},\"Memory\":{\"New\":2}}";
        struct win_properties properties = { 0 };
        struct arena arena = { 0 };
        struct error err = { 0 };
        struct json_value *value;

        cr_assert(eq(int, json_parse(&arena, text, strlen(text), "answer", &value, &err), 0));
        cr_expect(eq(i32, json_read(&arena, win_properties_fields, value, &properties, "$", JSON_REFUSE_UNKNOWN, &err), E_INVALID_DATA));
        cr_assert(eq(int, json_read(&arena, win_properties_fields, value, &properties, "$", JSON_IGNORE_UNKNOWN, &err), 0));
        cr_expect(eq(str, (char *)properties.state, "Hibernated"));
        cr_expect(properties.memory != NULL);
        arena_done(&arena);
}
