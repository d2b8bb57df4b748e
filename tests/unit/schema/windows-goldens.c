/* Each document that the mapping composes (tests/documents/windows-NAME/expected.json) is read by the strict tables and
 * written again as it was: nothing is lost, nothing is added, and nothing in it is newer than the version it says it is of.
 * That it is as the published schema has it, tests/documents/windows.c asks. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/schema/document.h"
#include "hcs/schema/windows-modify.h"
#include "hcs/schema/windows-process.h"

struct part { const char *name; const struct json_field *fields; size_t size; };

static const struct part parts[] = {
        { "VirtualMachine", doc_system_fields, sizeof(struct doc_system) },
        { "System", doc_system_fields, sizeof(struct doc_system) },
        { "Process", win_process_fields, sizeof(struct win_process) },
};

static const struct part request = { "Modify", win_modify_request_fields, sizeof(struct win_modify_request) };

/* Tests run in the build directory; automake says where the source is. */
static void documents_path(char *path, size_t size, const char *name)
{
        const char *source = getenv("srcdir");

        snprintf(path, size, "%s%stests/documents%s%s%s", source ? source : "", source ? "/" : "", *name ? "/" : "", name,
                 *name ? "/expected.json" : "");
}

static void *expect_the_same(struct arena *arena, const char *name, const struct part *part, const struct json_value *value)
{
        struct text was = { 0 }, is = { 0 };
        struct error err = { 0 };
        void *object = arena_alloc(arena, part->size);

        cr_expect(eq(int, json_read(arena, part->fields, value, object, part->name, JSON_REFUSE_UNKNOWN, &err), 0), "%s: %s", name,
                  err.text);
        json_write_value(&was, value);
        json_write(&is, part->fields, object);
        cr_expect(eq(str, is.data, was.data), "%s: %s", name, part->name);
        text_done(&was);
        text_done(&is);
        return object;
}

static void note(void *context, const struct json_newer *newer)
{
        text_addf(context, " %s", newer->path);
}

static void expect_not_newer(const char *name, const struct doc_system *system)
{
        const struct json_host host = { .version = JSON_VERSION(system->schema_version.major, system->schema_version.minor) };
        struct text found = { 0 };
        struct error err = { 0 };

        cr_expect(eq(int, json_newer(doc_system_fields, system, "", &host, note, &found, &err), 0), "%s:%s", name, found.data);
        text_done(&found);
}

static bool check_document(const char *name)
{
        const struct json_value *requests;
        struct json_value *document;
        struct arena arena = { 0 };
        struct error err = { 0 };
        struct text text = { 0 };
        char path[1024];

        documents_path(path, sizeof(path), name);
        if (io_read_file_at(AT_FDCWD, path, 1 << 20, &text, &err) != 0)
                return false;           /* a refusal, or an exec of one */
        cr_assert(eq(int, json_parse(&arena, text.data, text.length, name, &document, &err), 0), "%s", err.text);
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
                const struct json_value *value = json_get(document, parts[i].name);
                const void *object = value ? expect_the_same(&arena, name, &parts[i], value) : NULL;

                if (object && parts[i].fields == doc_system_fields)
                        expect_not_newer(name, object);
        }
        requests = json_get(document, "Modify");
        for (size_t i = 0; requests && i < requests->count; i++)
                (void)expect_the_same(&arena, name, &request, &requests->items[i]);
        text_done(&text);
        arena_done(&arena);
        return true;
}

Test(schema_windows_goldens, are_read_and_written_again)
{
        const struct dirent *entry;
        char path[1024];
        size_t count = 0;
        DIR *directory;

        documents_path(path, sizeof(path), "");
        directory = opendir(path);
        cr_assert(directory != NULL, "%s", path);
        while ((entry = readdir(directory)))
                if (strncmp(entry->d_name, "windows-", 8) == 0)
                        count += check_document(entry->d_name);
        closedir(directory);
        cr_expect(gt(sz, count, 100), "only %zu documents", count);
}
