#include "src/lib/windows/plan.h"

#include <string.h>

#include "src/lib/windows/network.h"
#include "src/lib/windows/pod.h"

void winplan_done(struct winplan *plan)
{
        oci_windows_freep(&plan->config);
        *plan = (struct winplan){ 0 };
}

static int compose(const struct sandbox_host *host, const char *id, struct winplan *plan, struct error *err)
{
        return oci_windows_compile(plan->config, &plan->facts, id, &plan->config->arena, &host->log, &plan->documents, err);
}

int winplan_of_bundle(struct sandbox_host *host, const struct oci_source *source, const char *id, struct winplan *ret, struct error *err)
{
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        int r;

        if (source->annotations.count)
                return error_set(err, E_NOT_SUPPORTED, "--annotation: only on Linux; write it into the bundle's config.json");
        r = oci_windows_load(source->bundle, &host->log, &plan.config, err);
        if (r >= 0)
                r = winfacts_ask(host, plan.config, &plan.config->arena, &plan.facts, err);
        if (r >= 0)
                r = pod_ask(host, &plan, err);
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

int winplan_write_facts(const struct winplan *plan, const struct place *place, struct error *err)
{
        _cleanup_(text_done) struct text out = { 0 };

        oci_facts_write(&plan->facts, &out);
        return place_write(place, PLACE_FACTS, &out, err);
}

int winplan_again(const struct sandbox_host *host, struct winplan *plan, const struct place *place, struct error *err)
{
        int r = winplan_write_facts(plan, place, err);

        return r < 0 ? r : compose(host, plan->documents.id, plan, err);
}

int winplan_set_volume(const struct sandbox_host *host, struct winplan *plan, const struct place *place, const char *volume,
                       struct error *err)
{
        plan->facts.scratch_volume = arena_copy(&plan->config->arena, volume);
        if (!plan->facts.scratch_volume)
                return error_memory(err);
        return winplan_again(host, plan, place, err);
}

/* The namespace first: of another's it says which endpoints there are. */
int winplan_ask_network(const struct sandbox_host *host, struct winplan *plan, const struct place *place, struct error *err)
{
        struct arena *arena = &plan->config->arena;
        const struct oci_windows_documents *documents = &plan->documents;
        int r = 0;

        if (plan->config->kind != OCI_WINDOWS_HYPERV && plan->config->kind != OCI_WINDOWS_LINUX)
                return 0;               /* nobody inside is told */
        if (!documents->namespace_ && !documents->endpoints.count)
                return 0;
        if (documents->namespace_) {
                r = network_ask_namespace(host, documents->namespace_, arena, &plan->facts.namespaces, err);
                if (r >= 0)
                        r = compose(host, documents->id, plan, err);
        }
        if (r >= 0)
                r = network_ask_endpoints(host, &documents->endpoints, arena, &plan->facts.endpoints, err);
        if (r >= 0)
                r = winplan_write_facts(plan, place, err);
        return r < 0 ? r : compose(host, documents->id, plan, err);
}

int winplan_print(const struct json_field *fields, const void *document, char **ret, struct error *err)
{
        _cleanup_(text_done) struct text out = { 0 };

        json_write(&out, fields, document);
        return text_take(&out, ret, err);
}
