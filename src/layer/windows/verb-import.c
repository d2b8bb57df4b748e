#include <inttypes.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/system.h"
#include "hcs/base/text.h"
#include "oci/windows/path.h"
#include "src/layer/windows/verbs.h"
#include "src/lib/windows/layer-call.h"
#include "src/lib/windows/plan.h"

static const struct cmd_flag flags[] = {
        { "parent", 'p', CMD_FLAG_LIST, "LAYER|FOLDER", "what it stands on, uppermost first (default: the base layer that Windows keeps)" },
        WINFILE_UNPACK_FLAGS,
        { .name = NULL },
};

/* --- parents -------------------------------------------------------------------------------------------------------------- */

static int add_parent(const char **list, size_t *count, size_t most, const char *path, struct error *err)
{
        if (*count == most)
                return error_set(err, E_NOT_SUPPORTED, "it would stand on more than %zu layers", most);
        list[(*count)++] = path;
        return 0;
}

/* A layer of ours with what it stands on itself, or a folder. */
static int add_word(const struct winstore *store, struct arena *arena, const char *word, const char **list, size_t *count, size_t most,
                    struct error *err)
{
        struct winstore_layer layer;
        const char *clean;
        int r;

        if (winpath_is_absolute(word)) {
                clean = winpath_clean(arena, word);
                return clean ? add_parent(list, count, most, clean, err) : error_memory(err);
        }
        r = winlayer_verb_read(store, arena, word, &layer, err);
        if (r >= 0)
                r = add_parent(list, count, most, layer.path, err);
        for (size_t i = 0; r >= 0 && i < layer.parents.count; i++)
                r = add_parent(list, count, most, layer.parents.items[i], err);
        return r < 0 ? error_wrap(err, "--parent %s", word) : 0;
}

#define PARENTS_MAX 120

static int find_parents(const struct winstore *store, const struct cmd_context *context, struct arena *arena, struct strings *ret,
                        struct error *err)
{
        const char **list = arena_alloc_array(arena, PARENTS_MAX, sizeof(*list)), *base = NULL;
        struct strings words = { .count = 0 };
        size_t count = 0;
        int r = list ? args_list(context->args, "parent", arena, &words, err) : error_memory(err);

        for (size_t i = 0; r >= 0 && i < words.count; i++)
                r = add_word(store, arena, words.items[i], list, &count, PARENTS_MAX, err);
        if (r >= 0 && !words.count) {
                r = winfacts_base_layer(arena, &base, err);
                if (r >= 0 && !base)
                        return error_set(err, E_FILE_NOT_FOUND,
                                         "a layer stands on another one, and this host keeps no base layer: enable the feature "
                                         "Containers-DisposableClientVM (Windows Sandbox), or name one by --parent");
                if (r >= 0)
                        r = add_parent(list, &count, PARENTS_MAX, base, err);
        }
        *ret = (struct strings){ list, count };
        return r;
}

/* --- the layer ------------------------------------------------------------------------------------------------------------ */

/* Base layers and updates of them bring a system to boot along, which HcsImportLayer does not take. */
static int check_kind(const char *folder, struct error *err)
{
        _cleanup_(free_charp) char *path = NULL;
        int fd = -1;

        if (path_join(folder, "UtilityVM.$wcidirs$", &path, err) < 0)
                return err->code;
        if (io_open(path, &fd, &(struct error){ 0 }) < 0)
                return 0;
        io_closep(&fd);
        return error_set(err, E_NOT_SUPPORTED,
                         "it has a UtilityVM: that is a base layer, or an update of one, and HcsImportLayer takes neither; let "
                         "containerd unpack it (ctr image pull), and name its folder by --parent or org.hcs-sandbox.base-layer");
}

static int make_layer(const struct winstore_work *work, struct arena *arena, const struct cmd_context *context,
                      struct winstore_layer *layer,
                      struct error *err)
{
        struct win_layer_data parents;
        struct winfile_sums sums;
        int r = winstore_parents(arena, &layer->parents, &parents, err);

        if (r >= 0)
                r = io_make_directory(work->in, 0700, err);
        if (r >= 0)
                r = winfile_unpack(context, context->words[0], work->in, &sums, err);
        if (r >= 0)
                r = check_kind(work->in, err);
        if (r >= 0)
                r = layer_call_import(work->store->host, layer->path, work->in, &parents, err);
        if (r >= 0)
                r = winlayer_verb_export(work, arena, layer, err);
        if (r >= 0)
                r = winlayer_verb_tree(work, arena, &layer->tree, err);
        if (r < 0)
                return r;
        layer->digest = arena_printf(arena, "sha256:%s", sums.digest);
        layer->diff_id = arena_printf(arena, "sha256:%s", sums.tar.diff_id);
        layer->size = sums.size;
        layer->bytes = sums.tar.bytes;
        layer->entries = sums.tar.entries;
        return layer->digest && layer->diff_id ? winstore_write(work->store, layer, err) : error_memory(err);
}

static int tell(const struct winstore_layer *layer, bool json, struct error *err)
{
        _cleanup_(text_done) struct text out = { 0 };

        if (json)
                json_write(&out, winstore_layer_fields, layer);
        else
                text_addf(&out, "%s: digest %s, diffID %s, %" PRIu64 " bytes, %" PRIu64 " entries", layer->path, layer->digest,
                          layer->diff_id,
                          layer->size, layer->entries);
        text_add_char(&out, '\n');
        return text_check(&out, err) < 0 ? err->code : cmd_print(out.data, err);
}

/* A failure leaves nothing: neither folders nor a layer. */
static int import(const struct winstore *store, struct arena *arena, const struct cmd_context *context, struct winstore_layer *layer,
                  struct error *err)
{
        struct winstore_work work = { .lock = NULL };
        struct winstore_layer other;
        struct error cleaning = { 0 };
        int r = winstore_claim(store, arena, layer->name, &work, err);

        if (r < 0)
                return r;
        r = winstore_read(store, arena, layer->name, &other, err);
        if (r == 0)
                r = error_set(err, E_ALREADY_EXISTS, "there is a layer \"%s\" already; choose another name, or remove it", layer->name);
        else if (r == WINSTORE_ABSENT) {
                r = make_layer(&work, arena, context, layer, err);
                if (r < 0 && layer_call_destroy(store->host, layer->path, &cleaning) < 0 && cleaning.code != E_FILE_NOT_FOUND)
                        log_warning(context->log, "%s; the next call about layers tries again", cleaning.text);
        }
        if (winstore_release(&work, &cleaning) < 0)
                log_warning(context->log, "%s; the next call about layers tries again", cleaning.text);
        return r;
}

static int run(struct cmd_context *context, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        struct winstore_layer layer = { .name = context->words[1], .source = context->words[0] };
        struct winstore store;
        char now[40];
        bool json;
        int r = winfile_format(context, &json, err);

        if (r >= 0 && text_starts_with(context->words[0], "oci:"))
                r = error_set(err, E_NOT_SUPPORTED,
                              "oci:DIRECTORY is for Linux: here layers are imported one by one, each with its --parent");
        if (r >= 0)
                r = winstore_check_name(layer.name, err);
        if (r >= 0)
                r = layer_call_take_rights(err);
        if (r >= 0)
                r = winlayer_verb_open(context, &arena, &host, &store, err);
        if (r >= 0)
                r = find_parents(&store, context, &arena, &layer.parents, err);
        if (r < 0)
                return r;
        system_time(now);
        layer.created = now;
        layer.path = winstore_path(&store, &arena, layer.name);
        r = layer.path ? import(&store, &arena, context, &layer, err) : error_memory(err);
        return r < 0 ? error_wrap(err, "importing %s", context->words[0]) : tell(&layer, json, err);
}

const struct cmd cmd_layer_import = {
        .name = LAYER_VERB "import",
        .usage = "[flags] FILE|- NAME",
        .says = "make a layer of an OCI layer tar for Windows",
        .more = "The archive may be plain or packed by gzip.  It becomes a layer whole, or nothing is left of it.  A bundle names the "
                "layer's folder in "
                "windows.layerFolders, before those that it stands on.",
        .min_words = 2,
        .max_words = 2,
        .flags = flags,
        .run = run,
};
