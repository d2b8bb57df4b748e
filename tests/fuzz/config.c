/* Any bytes as config.json: refused with a message or read, never more than that.  What is read is compiled, and what is
 * compiled must be JSON that the strict tables of the engine read again, and that compiles to the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/json.h"
#include "oci/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
        if (!holds)
                abort();
}

static void ignore(void *context, enum log_level level, const char *text)
{
        (void)context;
        (void)level;
        require(text && !strchr(text, '\n'));
}

static void compile(const struct oci_config *config, bool own_user_namespace)
{
        const struct doc_storage storage = { .union_kind = DOC_UNION_OVERLAY };
        const struct oci_options options = { .own_user_namespace = own_user_namespace, .host_uid = 1000, .host_gid = 1000 };
        struct doc_system system = { 0 };
        struct json_value *value;
        struct arena arena = { 0 };
        struct text again = { 0 };
        struct error err = { 0 };
        char *text = NULL;

        if (oci_compile_system(config, config->rootfs ? NULL : &storage, &options, &text, &err) < 0) {
                require(own_user_namespace && err.code == E_NOT_SUPPORTED);
                return;
        }
        require(json_parse(&arena, text, strlen(text), "document", &value, &err) == 0);
        require(json_read(&arena, doc_system_fields, value, &system, "$", JSON_REFUSE_UNKNOWN, &err) == 0);
        json_write(&again, doc_system_fields, &system);
        require(strcmp(again.data, text) == 0);
        text_done(&again);
        arena_done(&arena);
        free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct log log = { .sink = ignore, .level = LOG_LEVEL_DEBUG };
        struct oci_config *config = NULL;
        struct spec_process *process = NULL;
        struct arena arena = { 0 };
        struct error err = { 0 };
        char *text = NULL;

        if (oci_config_parse((const char *)data, size, "/bundle", &log, &config, &err) == 0) {
                compile(config, false);
                compile(config, true);
        } else {
                require(!config && err.code < 0 && err.text[0] && !strchr(err.text, '\n'));
        }
        oci_config_free(config);

        if (oci_process_parse((const char *)data, size, "process", &arena, &log, &process, &err) == 0) {
                require(oci_compile_process(process, NULL, &text, &err) == 0);
                free(text);
        }
        arena_done(&arena);
        return 0;
}
