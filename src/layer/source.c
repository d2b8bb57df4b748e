/* Where a layer is to be taken from. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/json.h"
#include "hcs/base/loop.h"
#include "hcs/base/text.h"
#include "hcs/schema/document.h"
#include "layers/host.h"
#include "src/layer/layer.h"
#include "src/lib/record.h"

#define DOCUMENT_MAX (64u << 20)

void layer_source_done(struct layer_source *source)
{
        while (source->count > 0)
                close(source->parts[--source->count].dir);
}

static int add(struct layer_source *source, const char *path, const char *place, struct error *err)
{
        int dir;

        if (source->count == LAYER_PARTS_MAX)
                return error_set(err, E_NOT_SUPPORTED, "it has more than %d file systems", LAYER_PARTS_MAX);
        dir = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
        if (dir < 0)
                return path ? error_errno(err, "opening %s", path) : error_memory(err);
        source->parts[source->count++] = (struct archive_part){ dir, place };
        return 0;
}

/* --- a layer ---------------------------------------------------------------------------------------------------------------- */

/* NAME, or NAME/N for one of a stack. */
static int add_layer(struct arena *arena, const char *name, struct layer_source *ret, struct error *err)
{
        const char *slash = strchr(name, '/');
        const char *stack = slash ? arena_copy_n(arena, name, (size_t)(slash - name)) : name;
        struct store store = { .dir = -1 };
        struct store_record record;
        uint32_t number = 0;
        int r = stack ? layer_store(arena, false, &store, err) : error_memory(err);

        if (r == 0)
                r = store_read(&store, arena, stack, &record, err);
        io_closep(&store.dir);
        if (r != 0)
                return r;
        if (slash && (text_to_u32(slash + 1, &number) < 0 || number >= record.layers.count))
                return error_set(err, E_NOT_FOUND, "the layer %s has the parts %s/0 to %s/%zu", stack, stack, stack,
                                 record.layers.count - 1);
        if (!slash && record.layers.count > 1)
                return error_set(err, E_INVALID_PARAMETER, "%s is a stack of %zu layers; name one of them, from %s/0 to %s/%zu", stack,
                                 record.layers.count, stack, stack, record.layers.count - 1);
        return add(ret, arena_printf(arena, "%s/%s/%u", store.path, stack, number), "", err);
}

/* --- a sandbox -------------------------------------------------------------------------------------------------------------- */

static int read_storage(struct arena *arena, int state, const struct doc_storage **ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct doc_system *document = arena_alloc(arena, sizeof(*document));
        struct json_value *value;
        int r = document ? io_read_file_at(state, "system.json", DOCUMENT_MAX, &text, err) : error_memory(err);

        if (r >= 0)
                r = json_parse(arena, text.data ? text.data : "", text.length, "system.json", &value, err);
        if (r >= 0)
                r = json_read(arena, doc_system_fields, value, document, "$", JSON_REFUSE_UNKNOWN, err);
        if (r < 0)
                return r;
        if (!document->hosted_system || !document->hosted_system->storage)
                return error_set(err, E_INVALID_DATA, "system.json has no HostedSystem.Storage");
        *ret = document->hosted_system->storage;
        return 0;
}

static int add_storage(struct arena *arena, const struct doc_storage *storage, struct layer_source *ret, struct error *err)
{
        const char *scratch = storage->scratch ? storage->scratch->path : NULL;
        _cleanup_(io_closep) int view = -1;     /* what is opened in it stays */
        int r = 0;

        if (!storage->scratch)
                return error_set(err, E_NOT_SUPPORTED, "it is no copy of this machine: what it writes goes to its own root file system");
        if (storage->scratch->memory)
                r = layer_scratch_find(scratch, err);
        if (storage->scratch->image) {
                r = loop_mount(storage->scratch->image, true, &view, err);
                scratch = arena_printf(arena, "/proc/self/fd/%d", view);
                if (r >= 0 && !scratch)
                        r = error_memory(err);
        }
        if (r >= 0 && storage->layers.count > 0)
                r = add(ret, arena_printf(arena, "%s/upper", scratch), "", err);
        for (size_t i = 0; r >= 0 && i < storage->volumes.count; i++)
                r = add(ret, arena_printf(arena, "%s/volumes/%zu/upper", scratch, i), storage->volumes.items[i].path + 1, err);
        ret->marks_by_name = storage->union_kind == DOC_UNION_FUSE_OVERLAY;
        return r;
}

/* SANDBOX_NOT_FOUND when there is none. */
static int add_sandbox(const struct cmd_context *context, struct arena *arena, const char *id, struct layer_source *ret, struct error *err)
{
        _cleanup_(sandbox_host_closep) struct sandbox_host *host = NULL;
        _cleanup_(io_closep) int root = -1, state = -1;
        const struct doc_storage *storage = NULL;
        int r;

        if (strchr(id, '/') || *id == '.')
                return SANDBOX_NOT_FOUND;
        r = cmd_host(context, &host, err);
        if (r < 0)
                return r;
        root = open(host->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        state = root < 0 ? -1 : openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (state < 0)
                return errno == ENOENT ? SANDBOX_NOT_FOUND : error_errno(err, "opening %s/%s", host->root, id);
        r = read_storage(arena, state, &storage, err);
        if (r >= 0)
                r = add_storage(arena, storage, ret, err);
        return r < 0 ? error_wrap(err, "the sandbox \"%s\"", id) : r;
}

int layer_source_open(const struct cmd_context *context, struct arena *arena, const char *name, struct layer_source *ret, struct error *err)
{
        int r = add_sandbox(context, arena, name, ret, err), other;
        size_t count = ret->count;

        if (r < 0)
                return r;
        other = add_layer(arena, name, ret, err);
        if (r == 0 && other >= 0 && ret->count > count)
                return error_set(err, E_INVALID_PARAMETER, "\"%s\" is a sandbox and a layer; say %s/0 for the layer, or delete or "
                                 "remove the other one", name, name);
        if (r == 0)
                return 0;
        if (other < 0)
                return other;
        return other == 0 ? 0 : error_set(err, E_NOT_FOUND, "there is neither a sandbox nor a layer \"%s\"", name);
}
