#include "src/lib/windows/plan.h"

#include <string.h>

void winplan_done(struct winplan *plan)
{
        oci_windows_freep(&plan->config);
        *plan = (struct winplan){ 0 };
}

static int compose(const struct sandbox_host *host, const char *id, struct winplan *plan, struct error *err)
{
        return oci_windows_compile(plan->config, &plan->facts, id, &plan->config->arena, &host->log, &plan->documents, err);
}

int winplan_of_bundle(struct sandbox_host *host, const char *bundle, const char *id, struct winplan *ret, struct error *err)
{
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        int r = oci_windows_load(bundle, &host->log, &plan.config, err);

        if (r >= 0)
                r = winfacts_ask(host, plan.config, &plan.config->arena, &plan.facts, err);
        if (r >= 0)
                r = compose(host, id, &plan, err);
        if (r < 0)
                return r;
        *ret = plan;
        plan = (struct winplan){ 0 };
        return 0;
}

static int read_part(const struct place *place, const char *name, struct text *out, struct error *err)
{
        int r = place_read(place, name, out, err);

        return r == PLACE_ABSENT ? error_set(err, E_FILE_NOT_FOUND, "%s\\%s is not there", place->path, name) : r;
}

int winplan_of_place(const struct sandbox_host *host, const struct place *place, const char *bundle, const char *id,
                     struct winplan *ret, struct error *err)
{
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        _cleanup_(text_done) struct text config = { 0 }, facts = { 0 };
        const struct log silent = { 0 };        /* what there was to warn about was said at create */
        const char *kept;
        int r;

        r = read_part(place, PLACE_CONFIG, &config, err);
        if (r >= 0)
                r = read_part(place, PLACE_FACTS, &facts, err);
        if (r >= 0)
                r = oci_windows_parse(config.data ? config.data : "", config.length, bundle, &silent, &plan.config, err);
        if (r < 0)
                return r;
        kept = arena_copy(&plan.config->arena, facts.data ? facts.data : "");
        if (!kept)
                return error_memory(err);
        r = oci_facts_parse(kept, strlen(kept), PLACE_FACTS, &plan.config->arena, &plan.facts, err);
        if (r >= 0)
                r = compose(host, id, &plan, err);
        if (r < 0)
                return r;
        *ret = plan;
        plan = (struct winplan){ 0 };
        return 0;
}

static void add_text(struct text *out, const char *name, const char *value)
{
        if (!value)
                return;
        text_addf(out, ",\"%s\":", name);
        json_write_string(out, value);
}

int winplan_write_facts(const struct winplan *plan, const struct place *place, struct error *err)
{
        const struct oci_facts *facts = &plan->facts;
        _cleanup_(text_done) struct text out = { 0 };

        text_addf(&out, "{\"Processors\":%u,\"MemoryInMB\":%llu,\"Build\":%u,\"SchemaVersion\":{\"Major\":%u,\"Minor\":%u}",
                  facts->processors, (unsigned long long)facts->memory_in_mb, facts->build, facts->schema_version.major,
                  facts->schema_version.minor);
        add_text(&out, "BaseLayer", facts->base_layer);
        add_text(&out, "ScratchVolume", facts->scratch_volume);
        add_text(&out, "DataDirectory", facts->data_directory);
        add_text(&out, "UtilityVM", facts->utility_vm);
        add_text(&out, "LinuxBootFiles", facts->linux_boot_files);
        add_text(&out, "UserSid", facts->user_sid);
        text_add(&out, ",\"Files\":[");
        for (size_t i = 0; i < facts->files.count; i++) {
                text_add(&out, i ? "," : "");
                json_write_string(&out, facts->files.items[i]);
        }
        text_add(&out, "]}");
        return place_write(place, PLACE_FACTS, &out, err);
}

int winplan_set_volume(const struct sandbox_host *host, struct winplan *plan, const struct place *place, const char *volume,
                       struct error *err)
{
        int r;

        plan->facts.scratch_volume = arena_copy(&plan->config->arena, volume);
        if (!plan->facts.scratch_volume)
                return error_memory(err);
        r = winplan_write_facts(plan, place, err);
        return r < 0 ? r : compose(host, plan->documents.id, plan, err);
}

int winplan_print(const struct json_field *fields, const void *document, char **ret, struct error *err)
{
        _cleanup_(text_done) struct text out = { 0 };

        json_write(&out, fields, document);
        return text_take(&out, ret, err);
}
