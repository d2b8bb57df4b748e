#include "src/lib/changes.h"

#include "hcs/base/loop.h"
#include "hcs/base/text.h"
#include "hcs/schema/document.h"
#include "layers/host.h"
#include "layers/patch.h"
#include "src/lib/record.h"

/* --- finding ------------------------------------------------------------------------------------------------------------ */

/* Where upper/ and volumes/ are to be found; of one in a file as long as the handle.  Who discards writes to it. */
static int find_scratch(struct sandbox *sandbox, const struct doc_scratch *scratch, struct arena *arena, const char **ret,
                        struct error *err)
{
        int *view = sandbox_view(sandbox), r = 0;

        if (!scratch->image) {
                *ret = scratch->path;
                return 0;
        }
        if (*view < 0)
                r = loop_mount(scratch->image, false, view, err);
        if (r < 0)
                return r;
        *ret = arena_printf(arena, "/proc/self/fd/%d", *view);
        return *ret ? 0 : error_memory(err);
}

/* Which layer is the host's own is told by its path: it is the place itself. */
static int set_layers(struct arena *arena, struct changes_part *part, const struct doc_layer *layers, size_t count, struct error *err)
{
        part->layers.items = arena_alloc_array(arena, count + 1, sizeof(*part->layers.items));
        if (!part->layers.items || !part->upper)
                return error_memory(err);
        for (size_t i = 0; i < count; i++) {
                if (layers[i].named)
                        part->layers.items[part->layers.count++] = layers[i].path;
                else if (text_equal(layers[i].path, part->at))
                        part->host = layers[i].path;
                else
                        part->mask = layers[i].path;
        }
        return 0;
}

static int set_parts(struct arena *arena, const struct doc_storage *storage, const char *scratch, struct changes_question *question,
                     struct error *err)
{
        struct changes_part *parts = arena_alloc_array(arena, storage->volumes.count + 1, sizeof(*parts));
        size_t count = 0;

        if (!parts)
                return error_memory(err);
        if (storage->layers.count) {
                parts[0].at = "/";
                parts[0].upper = arena_printf(arena, "%s/upper", scratch);
                if (set_layers(arena, &parts[0], storage->layers.items, storage->layers.count, err) < 0)
                        return err->code;
                count = 1;
        }
        for (size_t i = 0; i < storage->volumes.count; i++) {
                const struct doc_volume *volume = &storage->volumes.items[i];

                parts[count].at = volume->path;
                parts[count].upper = arena_printf(arena, "%s/volumes/%zu/upper", scratch, i);
                if (set_layers(arena, &parts[count++], volume->layers.items, volume->layers.count, err) < 0)
                        return err->code;
        }
        question->parts.items = parts;
        question->parts.count = count;
        return 0;
}

static int set_own(struct arena *arena, const struct doc_hosted_system *hosted, struct changes_question *question,
                   struct error *err)
{
        const struct doc_storage *storage = hosted->storage;
        const struct spec *spec = hosted->oci_specification;

        question->own.items = arena_alloc_array(arena, storage->volumes.count + spec->mounts.count + 1, sizeof(*question->own.items));
        if (!question->own.items)
                return error_memory(err);
        for (size_t i = 0; i < storage->volumes.count; i++)
                question->own.items[question->own.count++] = storage->volumes.items[i].path;
        for (size_t i = 0; i < spec->mounts.count; i++)
                question->own.items[question->own.count++] = spec->mounts.items[i].destination;
        return 0;
}

int sandbox_changes_question(struct sandbox *sandbox, struct arena *arena, struct changes_question *ret, struct error *err)
{
        static const enum changes_marks marks[] = {
                [DOC_UNION_OVERLAY] = CHANGES_TRUSTED, [DOC_UNION_FUSE_OVERLAY] = CHANGES_FUSE,
                [DOC_UNION_DIRECTORY_OVERLAYS] = CHANGES_USER,
        };
        struct sandbox_record record = { 0 };
        struct doc_system document = { 0 };
        const struct doc_storage *storage;
        const char *scratch = NULL;
        int r = sandbox_look(sandbox, arena, &document, &record, err);

        if (r < 0)
                return r;
        storage = document.hosted_system->storage;
        if (!storage || storage->path || !storage->scratch || storage->union_kind <= 0 || storage->union_kind >= DOC_UNION_END)
                return error_set(err, E_NOT_SUPPORTED, "container \"%s\" is no copy of this machine: it has a root of its own, and what "
                                 "it changed is there", sandbox_id(sandbox));
        if (storage->scratch->memory && layer_scratch_find(storage->scratch->path, err) < 0)
                return err->code;
        *ret = (struct changes_question){
                .marks = marks[storage->union_kind], .ignore_owners = storage->union_kind != DOC_UNION_OVERLAY,
        };
        r = find_scratch(sandbox, storage->scratch, arena, &scratch, err);
        if (r >= 0)
                r = set_parts(arena, storage, scratch, ret, err);
        return r < 0 ? r : set_own(arena, document.hosted_system, ret, err);
}

int sandbox_changes(struct sandbox *sandbox, struct arena *arena, change_list *ret, struct error *err)
{
        struct changes_question question;
        int r = sandbox_changes_question(sandbox, arena, &question, err);

        if (r >= 0)
                r = changes_find(arena, &question, ret, err);
        return r < 0 ? error_wrap(err, "what container \"%s\" changed", sandbox_id(sandbox)) : 0;
}

int sandbox_patch(struct sandbox *sandbox, int fd, bool printable, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct changes_question question;
        struct patch_wish wish = { .question = &question, .printable = printable };
        change_list list;
        int r = sandbox_changes_question(sandbox, &arena, &question, err);

        if (r >= 0)
                r = changes_find(&arena, &question, &list, err);
        wish.changes = &list;
        if (r >= 0)
                r = patch_write(&wish, fd, err);
        return r < 0 ? error_wrap(err, "what container \"%s\" changed", sandbox_id(sandbox)) : 0;
}
