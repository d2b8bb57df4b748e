/* Any bytes as config.json, for Linux and for Windows: refused with a message or read, never more than that.  What is read is
 * compiled, and what is compiled must be JSON that the strict tables of the engine read again, and that compiles to the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/json.h"
#include "oci/compile.h"
#include "oci/windows/compile.h"

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

static void require_refusal(const struct error *err)
{
        require(err->code == E_INVALID_DATA || err->code == E_NOT_SUPPORTED);
        require(err->text[0] && !strchr(err->text, '\n'));
}

static void read_again(const struct doc_system *document)
{
        struct doc_system system = { 0 };
        struct json_value *value;
        struct arena arena = { 0 };
        struct text text = { 0 }, again = { 0 };
        struct error err = { 0 };

        if (!document)
                return;
        json_write(&text, doc_system_fields, document);
        require(json_parse(&arena, text.data, text.length, "document", &value, &err) == 0);
        require(json_read(&arena, doc_system_fields, value, &system, "$", JSON_REFUSE_UNKNOWN, &err) == 0);
        json_write(&again, doc_system_fields, &system);
        require(strcmp(again.data, text.data) == 0);
        text_done(&text);
        text_done(&again);
        arena_done(&arena);
}

static void for_windows(const char *data, size_t size, const struct log *log)
{
        struct oci_windows_documents documents;
        struct oci_windows *config = NULL;
        struct oci_facts facts;
        struct text text = { 0 };
        struct error err = { 0 };

        if (oci_windows_parse(data, size, "/bundle", log, &config, &err) < 0) {
                require(!config);
                require_refusal(&err);
                return;
        }
        oci_facts_default(&facts);
        if (oci_windows_compile(config, &facts, "ID", &config->arena, log, &documents, &err) < 0) {
                require_refusal(&err);
        } else {
                read_again(documents.virtual_machine);
                read_again(documents.system);
                json_write(&text, oci_windows_documents_fields, &documents);
                require(text_check(&text, &err) == 0);
        }
        text_done(&text);
        oci_windows_free(config);
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
        for_windows((const char *)data, size, &log);

        if (oci_process_parse((const char *)data, size, "process", &arena, &log, &process, &err) == 0) {
                require(oci_compile_process(process, NULL, &text, &err) == 0);
                free(text);
        }
        arena_done(&arena);
        return 0;
}
