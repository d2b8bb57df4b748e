/* NAME/config.json must compile to NAME/expected.json, byte for byte: {"System", "Process"} as the verb `document` prints
 * them.  A directory with process.json instead is an exec: {"Process"}.
 *
 * A bundle without a root gets a storage that is made up here, since what layers/ finds out differs from host to host.  With
 * GOLDEN_WRITE=1 in the environment the expected files are written instead of compared: to be read before they are kept. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/json.h"
#include "hcs/base/path.h"
#include "oci/compile.h"

enum caller { CALLER_ROOT, CALLER_USER };

static const struct { const char *name; enum caller caller; } documents[] = {
        { "container-rootless", CALLER_USER }, { "devices", CALLER_ROOT }, { "docker", CALLER_ROOT }, { "exec", CALLER_ROOT },
        { "hooks", CALLER_ROOT }, { "host-copy", CALLER_ROOT }, { "host-copy-annotated", CALLER_ROOT },
        { "host-copy-of-a-manager", CALLER_ROOT }, { "host-copy-rootless", CALLER_USER }, { "joined-namespaces", CALLER_ROOT }, { "minimal", CALLER_ROOT },
        { "mounts", CALLER_ROOT }, { "podman", CALLER_ROOT }, { "resources", CALLER_ROOT }, { "runc-default", CALLER_ROOT },
        { "seccomp", CALLER_ROOT }, { "terminal", CALLER_ROOT }, { "time-namespace", CALLER_ROOT }, { "user-namespace", CALLER_ROOT },
};

/* --- where things are --------------------------------------------------------------------------------------------- */

/* Tests run in the build directory; automake says where the source is. */
static void documents_path(char *path, size_t size, const char *name, const char *file)
{
        const char *source = getenv("srcdir");

        snprintf(path, size, "%s%stests/documents/%s%s%s", source ? source : "", source ? "/" : "", name, *file ? "/" : "", file);
}

static bool read_document(const char *name, const char *file, struct text *out)
{
        char path[1024];
        struct error err = { 0 };

        documents_path(path, sizeof(path), name, file);
        return io_read_file_at(AT_FDCWD, path, OCI_CONFIG_MAX, out, &err) == 0;
}

/* --- what layers/ would say --------------------------------------------------------------------------------------- */

static char *compile_host_copy(const struct oci_config *config, enum caller caller, struct error *err)
{
        const bool memory = text_equal(config->wishes.scratch, "memory");
        struct doc_layer root_layers[] = { { .path = "/var/lib/hcs-sandbox/masks/1" }, { .path = "/" } };
        struct doc_layer user_layers[] = { { .path = "/" } };
        struct doc_layer usr_layers[] = { { .path = "/usr" } };
        struct doc_volume volumes[] = { { .path = "/usr", .layers = { usr_layers, 1 } } };
        const struct doc_scratch scratch = {
                .path = memory ? "/run/hcs-sandbox/box/scratch" : "/var/lib/hcs-sandbox/scratch/box", .memory = memory,
                .size_in_bytes = config->wishes.scratch_size,
        };
        const struct doc_storage for_root = {
                .union_kind = DOC_UNION_OVERLAY, .layers = { root_layers, 2 }, .volumes = { volumes, 1 }, .scratch = &scratch,
        };
        const struct doc_storage for_user = {
                .union_kind = DOC_UNION_FUSE_OVERLAY, .program = "/usr/bin/fuse-overlayfs", .layers = { user_layers, 1 },
                .scratch = &scratch,
        };
        const struct oci_options options = {
                .own_user_namespace = caller == CALLER_USER, .host_uid = 1000, .host_gid = 100,
        };
        char *system = NULL;

        (void)oci_compile_system(config, caller == CALLER_USER ? &for_user : &for_root, &options, &system, err);
        return system;
}

static char *compile_system(const struct oci_config *config, enum caller caller, struct error *err)
{
        const struct oci_options options = { 0 };
        char *system = NULL;

        if (!config->rootfs)
                return compile_host_copy(config, caller, err);
        (void)oci_compile_system(config, NULL, &options, &system, err);
        return system;
}

/* --- compiling ---------------------------------------------------------------------------------------------------- */

static void add_process(struct text *out, const struct spec_process *process)
{
        struct error err = { 0 };
        char *text = NULL;

        cr_assert(eq(int, oci_compile_process(process, NULL, &text, &err), 0), "%s", err.text);
        text_addf(out, "\"Process\":%s}", text);
        free(text);
}

static void compile_bundle(const struct text *source, enum caller caller, struct text *out)
{
        struct oci_config *config = NULL;
        struct error err = { 0 };
        char *system;

        cr_assert(eq(int, oci_config_parse(source->data, source->length, "/bundle", NULL, &config, &err), 0), "%s", err.text);
        system = compile_system(config, caller, &err);
        cr_assert(ne(ptr, system, NULL), "%s", err.text);
        text_addf(out, "{\"System\":%s,", system);
        add_process(out, config->spec.process);
        free(system);
        oci_config_free(config);
}

static void compile_exec(const struct text *source, struct text *out)
{
        struct spec_process *process = NULL;
        struct arena arena = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, oci_process_parse(source->data, source->length, "process.json", &arena, NULL, &process, &err), 0), "%s",
                  err.text);
        text_add_char(out, '{');
        add_process(out, process);
        arena_done(&arena);
}

static void write_expected(const char *name, const struct text *text)
{
        char path[1024];
        FILE *file;

        documents_path(path, sizeof(path), name, "expected.json");
        file = fopen(path, "w");
        cr_assert(ne(ptr, file, NULL), "%s", path);
        cr_assert(fwrite(text->data, 1, text->length, file) == text->length && fclose(file) == 0);
}

/* Where the two part, for the message. */
static const char *first_difference(const char *a, const char *b)
{
        const char *line = a;

        for (; *a && *a == *b; a++, b++)
                if (*a == '\n')
                        line = a + 1;
        return line;
}

static void check_document(const char *name, enum caller caller)
{
        struct text source = { 0 }, compact = { 0 }, found = { 0 }, expected = { 0 };
        struct error err = { 0 };

        if (read_document(name, "process.json", &source))
                compile_exec(&source, &compact);
        else if (read_document(name, "config.json", &source))
                compile_bundle(&source, caller, &compact);
        else
                cr_fatal("%s has neither config.json nor process.json", name);
        cr_assert(eq(int, json_indent(&found, compact.data, &err), 0), "%s", err.text);
        text_add_char(&found, '\n');

        if (getenv("GOLDEN_WRITE"))
                write_expected(name, &found);
        else {
                cr_assert(read_document(name, "expected.json", &expected), "%s/expected.json is missing", name);
                cr_expect(text_equal(found.data, expected.data), "%s differs from what is expected at: %.200s", name,
                          first_difference(found.data, expected.data));
        }
        text_done(&source);
        text_done(&compact);
        text_done(&found);
        text_done(&expected);
}

Test(documents, compile_to_what_is_expected)
{
        for (size_t i = 0; i < ARRAY_LENGTH(documents); i++)
                check_document(documents[i].name, documents[i].caller);
}

Test(documents, are_all_in_the_list)
{
        char path[1024];
        const struct dirent *entry;
        DIR *dir;
        size_t count = 0;

        documents_path(path, sizeof(path), "", "");
        dir = opendir(path);
        cr_assert(ne(ptr, dir, NULL), "%s", path);
        while ((entry = readdir(dir))) {
                bool known = false;

                if (strchr(entry->d_name, '.') || text_starts_with(entry->d_name, "windows-"))  /* those are windows.c's */
                        continue;
                for (size_t i = 0; i < ARRAY_LENGTH(documents); i++)
                        known = known || text_equal(documents[i].name, entry->d_name);
                cr_expect(known, "%s is in no row", entry->d_name);
                count++;
        }
        closedir(dir);
        cr_expect(eq(sz, count, ARRAY_LENGTH(documents)));
}
