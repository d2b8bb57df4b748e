/* Each directory windows-NAME is one rule of the mapping to Windows documents, and NAME says it:
 *
 *   config.json     the bundle
 *   facts.json      what is known of the host; absent: the defaults
 *   expected.json   what `document --platform windows` prints for it, byte for byte; or
 *   refused.txt     why it is refused, in one line
 *   warned.txt      what it warns of, a line each; absent: nothing
 *
 * With GOLDEN_WRITE=1 in the environment the last three are written instead of compared: to be read before they are kept. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/json.h"
#include "oci/windows/compile.h"
#include "tests/support/catalogue.h"

#define PREFIX "windows-"

static void case_path(char *path, size_t size, const char *name, const char *file)
{
        const char *source = getenv("srcdir");

        snprintf(path, size, "%s%stests/documents/%s%s%s", source ? source : "", source ? "/" : "", name, *file ? "/" : "", file);
}

static bool read_case(const char *name, const char *file, struct text *out)
{
        char path[1024];
        struct error err = { 0 };

        case_path(path, sizeof(path), name, file);
        text_clear(out);
        return io_read_file_at(AT_FDCWD, path, OCI_CONFIG_MAX, out, &err) == 0;
}

static void remember(void *context, enum log_level level, const char *line)
{
        if (level <= LOG_LEVEL_WARNING)
                text_addf(context, "%s\n", line);
}

/* --- the published schema is asked as well ------------------------------------------------------------------------- */

static uint32_t number(const struct json_value *object, const char *name)
{
        const struct json_value *value = object ? json_get(object, name) : NULL;
        uint32_t ret = 0;

        cr_assert(value != NULL && text_to_u32(value->text, &ret) == 0, "%s is no number", name);
        return ret;
}

static void judge(const char *name, const struct json_value *document, const char *type, struct catalogue_rules rules)
{
        struct text found = { 0 };

        if (document)
                cr_expect(eq(sz, catalogue_check(document, type, &rules, &found, NULL), 0), "%s: as %s %u.%u: %s", name, type,
                          rules.major, rules.minor, found.data);
        text_done(&found);
}

/* By the version that the document itself says. */
static void judge_system(const char *name, const struct json_value *system)
{
        const struct json_value *version = system ? json_get(system, "SchemaVersion") : NULL;

        if (system)
                judge(name, system, "ComputeSystem",
                      (struct catalogue_rules){ .major = number(version, "Major"), .minor = number(version, "Minor") });
}

static void judge_network(const char *name, const struct json_value *call)
{
        static const char *const types[][2] = {
                { "HcnCreateNetwork", "hcn:HostComputeNetwork" }, { "HcnCreateEndpoint", "hcn:HostComputeEndpoint" },
                { "HcnCreateNamespace", "hcn:HostComputeNamespace" }, { "HcnModifyNamespace", "hcn:ModifyNamespaceSettingRequest" },
        };
        const struct json_value *settings = json_get(call, "Settings");
        size_t at = 0;

        while (at < ARRAY_LENGTH(types) && !text_equal(json_get(call, "Call")->text, types[at][0]))
                at++;
        cr_expect(at < ARRAY_LENGTH(types) ? settings != NULL : !settings, "%s: %s", name, json_get(call, "Call")->text);
        if (settings && at < ARRAY_LENGTH(types))       /* every document of ours says 2.0 */
                judge(name, settings, types[at][1], (struct catalogue_rules){ .major = 2 });
}

static void judge_printed(const char *name, const struct text *printed, const struct doc_version *host)
{
        const struct catalogue_rules rules = { .major = host->major, .minor = host->minor };
        struct arena arena = { 0 };
        struct error err = { 0 };
        struct json_value *all;

        cr_assert(eq(int, json_parse(&arena, printed->data, printed->length, name, &all, &err), 0), "%s", err.text);
        judge_system(name, json_get(all, "VirtualMachine"));
        judge_system(name, json_get(all, "System"));
        judge(name, json_get(all, "Process"), "ProcessParameters", rules);
        for (size_t i = 0; i < json_get(all, "Modify")->count; i++)
                judge(name, &json_get(all, "Modify")->items[i], "ModifySettingRequest", rules);
        for (size_t i = 0; json_get(all, "Leave") && i < json_get(all, "Leave")->count; i++)
                judge(name, &json_get(all, "Leave")->items[i], "ModifySettingRequest", rules);
        for (size_t i = 0; i < json_get(all, "Storage")->count; i++)
                judge(name, json_get(&json_get(all, "Storage")->items[i], "LayerData"), "LayerData", rules);
        for (size_t i = 0; json_get(all, "Network") && i < json_get(all, "Network")->count; i++)
                judge_network(name, &json_get(all, "Network")->items[i]);
        arena_done(&arena);
}

/* --- what is found ----------------------------------------------------------------------------------------------- */

/* The same steps as the verb's.  The text is what it prints, or why it doesn't. */
static bool compile(const char *name, struct text *printed, struct text *warned, struct error *err)
{
        struct text source = { 0 }, facts_text = { 0 }, compact = { 0 };
        const struct log log = { .sink = remember, .context = warned, .level = LOG_LEVEL_WARNING };
        struct oci_windows_documents documents;
        struct oci_windows *config = NULL;
        struct oci_facts facts;
        struct arena arena = { 0 };
        int r;

        cr_assert(read_case(name, "config.json", &source), "%s has no config.json", name);
        oci_facts_default(&facts);
        r = oci_windows_parse(source.data, source.length, "/bundle", &log, &config, err);
        if (r >= 0 && read_case(name, "facts.json", &facts_text))
                r = oci_facts_parse(facts_text.data, facts_text.length, "facts.json", &arena, &facts, err);
        if (r >= 0)
                r = oci_windows_compile(config, &facts, "ID", &arena, &log, &documents, err);
        if (r >= 0) {
                json_write(&compact, oci_windows_documents_fields, &documents);
                cr_assert(eq(int, json_indent(printed, compact.data, err), 0), "%s: %s", name, err->text);
                text_add_char(printed, '\n');
                judge_printed(name, printed, &facts.schema_version);
        }
        oci_windows_free(config);
        arena_done(&arena);
        text_done(&source);
        text_done(&facts_text);
        text_done(&compact);
        return r >= 0;
}

/* --- cases ---------------------------------------------------------------------------------------------------------- */

static void write_case(const char *name, const char *file, const struct text *text)
{
        char path[1024];
        FILE *out;

        case_path(path, sizeof(path), name, file);
        if (!text->length) {
                (void)unlink(path);
                return;
        }
        out = fopen(path, "w");
        cr_assert(ne(ptr, out, NULL), "%s", path);
        cr_assert(fwrite(text->data, 1, text->length, out) == text->length && fclose(out) == 0);
}

/* The line where the two part. */
static const char *difference(const char *a, const char *b)
{
        const char *line = a;

        for (; *a && *a == *b; a++, b++)
                if (*a == '\n')
                        line = a + 1;
        return line;
}

static void expect_same(const char *name, const char *file, const struct text *found)
{
        struct text expected = { 0 };
        const char *text = found->data ? found->data : "";

        if (!read_case(name, file, &expected))
                cr_expect(eq(sz, found->length, 0), "%s: %s is missing, and there is: %s", name, file, text);
        else
                cr_expect(text_equal(text, expected.data), "%s/%s: found %.200s\n  expected %.200s", name, file,
                          difference(text, expected.data), difference(expected.data, text));
        text_done(&expected);
}

static void check_case(const char *name)
{
        struct text printed = { 0 }, warned = { 0 }, refused = { 0 };
        void (*const check)(const char *, const char *, const struct text *) = getenv("GOLDEN_WRITE") ? write_case : expect_same;
        struct error err = { 0 };

        if (!compile(name, &printed, &warned, &err)) {
                cr_expect(strchr(err.text, '\n') == NULL && strlen(err.text) < 600, "%s: a reason is one line: %s", name, err.text);
                cr_expect(eq(sz, printed.length, 0), "%s is refused, and prints", name);
                text_addf(&refused, "%s\n", err.text);
        }
        check(name, "expected.json", &printed);
        check(name, "refused.txt", &refused);
        check(name, "warned.txt", &warned);
        text_done(&printed);
        text_done(&warned);
        text_done(&refused);
}

Test(windows_documents, are_what_is_expected_of_each_rule)
{
        char path[1024];
        const struct dirent *entry;
        size_t count = 0;
        DIR *dir;

        case_path(path, sizeof(path), "", "");
        dir = opendir(path);
        cr_assert(ne(ptr, dir, NULL), "%s", path);
        while ((entry = readdir(dir)))
                if (text_starts_with(entry->d_name, PREFIX)) {
                        check_case(entry->d_name);
                        count++;
                }
        closedir(dir);
        cr_expect(gt(sz, count, 20), "most of the cases have gone: %zu are left", count);
}
