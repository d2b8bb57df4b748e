/* What the engine has made of a system, in SPACE/ID/record.json.  Written whole before the thing is made, so that whoever
 * comes later can finish or undo what a killed one left. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/engine.h"

#define RECORD_MAX (64u << 10)

static const struct json_field record_fields[] = {
        JSON_UINT(struct local_record, "InitProcessId", init_pid),
        JSON_UINT(struct local_record, "InitStartTime", init_start),
        JSON_TEXT(struct local_record, "Cgroup", cgroup),
        JSON_TEXT(struct local_record, "Scope", scope),
        JSON_BOOL(struct local_record, "ScopeOfUser", scope_of_user),
        JSON_BOOL(struct local_record, "PausedBySignal", paused_by_signal),
        JSON_UINT(struct local_record, "HelperProcessId", helper_pid),
        JSON_UINT(struct local_record, "HelperStartTime", helper_start),
        JSON_BOOL(struct local_record, "Restored", restored),
        JSON_TEXT(struct local_record, "ResctrlClass", resctrl_class),
        JSON_BOOL(struct local_record, "ResctrlOwn", resctrl_own),
        JSON_TEXT(struct local_record, "ResctrlMonitor", resctrl_monitor),
        JSON_END
};

int local_record_write(int directory, const struct local_record *record, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        int r;

        json_write(&text, record_fields, record);
        r = text_check(&text, err);
        if (r < 0)
                return r;
        return io_replace_at(directory, "record.json", text.data, text.length, 0600, err);
}

int local_record_read(int directory, struct arena *arena, struct local_record *ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct local_record record = { 0 };
        struct json_value *value;
        int r;

        /* Until something is made there is nothing to write down: the document alone says that there is a system. */
        r = io_look_for(directory, "record.json", err);
        if (r == IO_ABSENT) {
                r = io_look_for(directory, "system.json", err);
                if (r == 0)
                        *ret = record;
                return r == IO_ABSENT ? LOCAL_NO_RECORD : r;
        }
        if (r < 0)
                return r;
        r = io_read_file_at(directory, "record.json", RECORD_MAX, &text, err);
        if (r < 0)
                return r;
        r = json_parse(arena, text.data ? text.data : "", text.length, "record.json", &value, err);
        if (r < 0)
                return r;
        r = json_read(arena, record_fields, value, &record, "", JSON_REFUSE_UNKNOWN, err);
        if (r < 0)
                return r;
        *ret = record;
        return 0;
}

int local_document_parse(struct arena *arena, const char *text, struct doc_system *ret, struct error *err)
{
        struct doc_system document = { 0 };
        struct json_value *value;
        int r;

        r = json_parse(arena, text, strlen(text), "the create document", &value, err);
        if (r < 0)
                return r;
        r = json_read(arena, doc_system_fields, value, &document, "$", JSON_REFUSE_UNKNOWN, err);
        if (r < 0)
                return r;
        if (document.container || document.virtual_machine || (document.hosted_system && document.hosted_system->container))
                return error_set(err, E_INVALID_DATA,
                                 "$: a Windows container or a virtual machine; this engine runs hosted Linux systems only");
        if (!document.hosted_system || !document.hosted_system->oci_specification)
                return error_set(err, E_INVALID_DATA,
                                 "$.HostedSystem.OciSpecification: missing; this engine runs hosted Linux systems only");
        *ret = document;
        return 0;
}

int local_system_document(struct hcs_system_object *system, const struct doc_system **ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct doc_system *document;
        int r;

        if (!system->document) {
                r = io_read_file_at(system->directory, "system.json", 64u << 20, &text, err);
                if (r < 0)
                        return r;
                document = arena_alloc(&system->arena, sizeof(*document));
                if (!document)
                        return error_memory(err);
                r = local_document_parse(&system->arena, text.data ? text.data : "", document, err);
                if (r < 0)
                        return r;
                system->document = document;
        }
        *ret = system->document;
        return 0;
}
