/* Which layers a sandbox is made of, and where its scratch lies.
 *
 * With windows.layerFolders: those, the last being the scratch.  Without: a copy of this machine, on the base layer that the
 * annotation names or that Windows keeps for its own sandbox (hcs-documents.md section 4.5), with a scratch of ours. */
#include <string.h>

#include "oci/check.h"
#include "oci/windows/layer-id.h"
#include "oci/windows/path.h"
#include "oci/windows/plan.h"

static int add_layer(struct plan *plan, const char *path)
{
        struct win_layer *layer = &plan->layers.items[plan->layers.count];
        char id[GUID_TEXT_MAX];

        /* As it is named, link or not: the id is made of the name, and a base layer of Windows's own is a mount point. */
        layer->path = winpath_clean(plan->arena, path);
        if (!layer->path)
                return plan_memory(plan);
        if (layer_id(layer->path, id, plan->err) < 0)
                return plan->err->code;
        layer->id = plan_text(plan, "%s", id);
        plan->layers.count++;
        return 0;
}

static int from_bundle(struct plan *plan, const struct strings *folders)
{
        plan->layers.items = plan_alloc(plan, folders->count, sizeof(*plan->layers.items));
        if (!plan->layers.items)
                return plan->err->code;
        for (size_t i = 0; i + 1 < folders->count; i++)
                if (add_layer(plan, folders->items[i]) < 0)
                        return plan->err->code;
        plan->scratch_is_kept = true;           /* the folder is the caller's: what is made in it is, too */
        return 0;
}

static int from_host(struct plan *plan)
{
        const struct windows_wishes *wishes = &plan->config->wishes;

        plan->scratch_is_kept = wishes->scratch != NULL;
        if (wishes->disk)
                return 0;               /* a machine of its own: nothing of this one */
        plan->layers.items = plan_alloc(plan, 1, sizeof(*plan->layers.items));
        if (!plan->layers.items)
                return plan->err->code;
        if (!wishes->base_layer && !plan->facts->base_layer)
                return error_set(plan->err, E_FILE_NOT_FOUND, "windows.layerFolders: absent, and this host keeps no base layer: enable the "
                                 "feature Containers-DisposableClientVM (Windows Sandbox), or name one with the annotation "
                                 WISH_BASE_LAYER);
        return add_layer(plan, wishes->base_layer ? wishes->base_layer : plan->facts->base_layer);
}

static bool asks_for_size(const struct oci_windows *config)
{
        const struct section_resources *resources = config->section.resources;

        return config->wishes.scratch_size || (resources && resources->storage && resources->storage->sandbox_size);
}

int plan_layers(struct plan *plan)
{
        const struct strings *folders = &plan->config->section.layer_folders;
        int r = folders->count ? from_bundle(plan, folders) : from_host(plan);

        plan->scratch = plan_scratch_folder(plan->config, plan->facts, plan->out->id, plan->arena);
        if (r < 0 || !plan->scratch)
                return r < 0 ? r : plan_memory(plan);
        plan->scratch_disk = plan_text(plan, "%s\\" SCRATCH_DISK, plan->scratch);
        plan->scratch_is_new = !oci_facts_is_file(plan->facts, plan->scratch_disk);
        if (!plan->scratch_is_new && asks_for_size(plan->config))
                log_warning(plan->log, "the scratch %s is there already and keeps its size, so the size that is asked for is passed over",
                            plan->scratch_disk);
        return 0;
}
