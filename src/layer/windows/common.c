#include "src/layer/windows/verbs.h"

#include "oci/windows/path.h"
#include "src/lib/windows/layer-call.h"

int winlayer_verb_open(const struct cmd_context *context, struct arena *arena, struct sandbox_host **ret_host, struct winstore *ret,
                       struct error *err)
{
        int r = cmd_host(context, ret_host, err);

        return r < 0 ? r : winstore_open(*ret_host, arena, ret, err);
}

int winlayer_verb_read(const struct winstore *store, struct arena *arena, const char *name, struct winstore_layer *ret, struct error *err)
{
        int r = winstore_check_name(name, err);

        if (r >= 0)
                r = winstore_read(store, arena, name, ret, err);
        return r == WINSTORE_ABSENT ? error_set(err, E_NOT_FOUND, "there is no layer \"%s\"; `" PROGRAM " layer list` lists them", name) :
               r;
}

int winlayer_verb_export(const struct winstore_work *work, struct arena *arena, const struct winstore_layer *layer, struct error *err)
{
        struct win_layer_data parents;
        int r = layer_call_take_rights(err);

        if (r >= 0)
                r = winstore_parents(arena, &layer->parents, &parents, err);
        return r < 0 ? r : layer_call_export(work->store->host, layer->path, work->out, &parents, false, err);
}

static int swallow(void *context, const void *bytes, size_t length, struct error *err)
{
        (void)context, (void)bytes, (void)length, (void)err;
        return 0;
}

int winlayer_verb_tree(const struct winstore_work *work, struct arena *arena, const char **ret, struct error *err)
{
        const struct winlayer_sink sink = { swallow, NULL };
        struct winlayer_sums sums;

        if (winlayer_pack(work->out, &sink, NULL, &sums, err) < 0)
                return err->code;
        *ret = arena_printf(arena, "sha256:%s", sums.diff_id);
        return *ret ? 0 : error_memory(err);
}

int winlayer_verb_check_unused(const struct winstore *store, struct arena *arena, const char *path, const char *name, struct error *err)
{
        const char *user = NULL;
        winstore_list all;
        int r = winstore_find_user(store, arena, path, &user, err);

        if (r >= 0 && user)
                return error_set(err, E_BUSY, "the sandbox \"%s\" stands on the layer \"%s\"; delete it first", user, name);
        if (r >= 0)
                r = winstore_read_all(store, arena, &all, err);
        for (size_t i = 0; r >= 0 && i < all.count; i++)
                for (size_t k = 0; k < all.items[i].parents.count; k++)
                        if (winpath_equal(all.items[i].parents.items[k], path))
                                return error_set(err, E_BUSY, "the layer \"%s\" stands on \"%s\"; remove it first", all.items[i].name,
                                                 name);
        return r;
}
