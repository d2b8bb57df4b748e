#include "layers/host.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/mask.h"
#include "layers/named.h"
#include "layers/rootless.h"
#include "layers/scratch-image.h"
#include "layers/scratch-project.h"
#include "layers/scratch.h"
#include "layers/scratches.h"

struct layer_host_plan {
        struct mask_question question;
        struct mask mask;
        struct scratch scratch;
        struct named named;
        const char *data, *owner;       /* the data directory; the sandbox's state directory */
        bool without_host;
        const char *name;               /* of the scratch and of the reference */
        const char *scratches, *references;     /* the directories that both are in */
};

/* What one composing has at hand. */
struct composer {
        struct arena *arena;
        const char *data, *root, *id;
        const struct layer_wishes *wishes;
        struct layer_host *host;
        struct layer_host_plan *plan;
        struct error *err;
};

int layer_data_directory(char **ret, struct error *err)
{
        const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

        if (rootless_is_root())
                return path_join("/var/lib", "hcs-sandbox", ret, err);
        if (data && *data == '/')       /* a relative one is to be ignored, as its specification has it */
                return path_join(data, "hcs-sandbox", ret, err);
        if (home && *home)
                return path_join(home, ".local/share/hcs-sandbox", ret, err);
        return error_set(err, E_NOT_FOUND, "where to keep scratches is not known: neither XDG_DATA_HOME nor HOME is set");
}

/* --- names -------------------------------------------------------------------------------------------------------------- */

static int name_all(const struct composer *composer)
{
        struct layer_host_plan *plan = composer->plan;
        uint32_t salt;

        if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
                return error_errno(composer->err, "getting random bytes");
        /* Not the whole of a long id: with the salt it would be too long for a name. */
        plan->name = arena_printf(composer->arena, "%.64s-%08x", composer->id, salt);
        plan->scratches = arena_printf(composer->arena, "%s/scratch", composer->data);
        plan->owner = arena_printf(composer->arena, "%s/%s", composer->root, composer->id);
        plan->data = arena_copy(composer->arena, composer->data);
        plan->without_host = composer->wishes->without_host;
        if (!plan->name || !plan->scratches || !plan->owner || !plan->data)
                return error_memory(composer->err);
        if (named_compose(composer->arena, composer->data, plan->name, &composer->wishes->layers, &plan->named, composer->err) < 0)
                return composer->err->code;
        composer->host->layer_references = plan->named.references;
        return 0;
}

/* --- the mask ----------------------------------------------------------------------------------------------------------- */

/* The kernel refuses a layer within another one, and "/" is one: root's masks need a file system of their own. */
static const char *tmpfs_for_masks(void)
{
        static const struct { const char *top, *home; } places[] = {
                { "/run", "/run/hcs-sandbox/.masks" }, { "/dev/shm", "/dev/shm/hcs-sandbox.masks" },
        };
        struct stat system, place;
        struct statfs kind;

        for (size_t i = 0; i < ARRAY_LENGTH(places); i++)
                if (statfs(places[i].top, &kind) == 0 && kind.f_type == TMPFS_MAGIC && stat("/", &system) == 0 &&
                    stat(places[i].top, &place) == 0 && place.st_dev != system.st_dev)
                        return places[i].home;
        return NULL;
}

static int find_mask(const struct composer *composer, enum mask_way way)
{
        struct layer_host_plan *plan = composer->plan;
        const char *home = way == MASK_OVERLAY ? tmpfs_for_masks() : arena_printf(composer->arena, "%s/masks", composer->data);
        const char **own = arena_alloc_array(composer->arena, 2, sizeof(*own));

        if (!home && way == MASK_OVERLAY)
                return error_set(composer->err, E_NOT_SUPPORTED, "neither /run nor /dev/shm is a tmpfs; one is needed to hide the "
                                 "host's secrets: mount -t tmpfs tmpfs /dev/shm");
        if (!home || !own)
                return error_memory(composer->err);
        own[0] = composer->data;
        own[1] = composer->root;
        plan->question = (struct mask_question){
                .home = home, .way = way, .wishes = composer->wishes, .own = { .items = own, .count = 2 },
        };
        plan->references = arena_printf(composer->arena, "%s/refs", home);
        composer->host->reference = arena_printf(composer->arena, "%s/refs/%s", home, plan->name);
        if (!plan->references || !composer->host->reference)
                return error_memory(composer->err);
        return mask_find(composer->arena, &plan->question, &plan->mask, composer->err);
}

/* --- the scratch -------------------------------------------------------------------------------------------------------- */

static bool can_be_project(const struct composer *composer, const struct doc_scratch *scratch)
{
        return !scratch->keep && !composer->wishes->lifts_quotas && rootless_is_root() && scratch_project_is_enforced(scratch->path);
}

static int make_it_a_project(const struct composer *composer, struct doc_scratch *scratch)
{
        scratch->path = arena_printf(composer->arena, "%s" SCRATCH_PROJECT_END, scratch->path);
        if (!scratch->path)
                return error_memory(composer->err);
        scratch->project = true;
        scratch->size_in_bytes = composer->wishes->scratch_size;
        composer->host->scratch = scratch->path;
        return 0;
}

/* A kept one may have a limit already; as a file it has it wherever it goes. */
static int limit_scratch(const struct composer *composer, struct doc_scratch *scratch)
{
        uint64_t wished = composer->wishes->scratch_size;
        struct stat image = { .st_size = 0 };

        if (wished && wished < SCRATCH_IMAGE_MIN)
                return error_set(composer->err, E_INVALID_PARAMETER, "org.hcs-sandbox.scratch.size: found %llu bytes; the least of a "
                                 "scratch on a disk is %u", (unsigned long long)wished, SCRATCH_IMAGE_MIN);
        if (can_be_project(composer, scratch))
                return make_it_a_project(composer, scratch);
        scratch->image = arena_printf(composer->arena, "%s/" SCRATCH_IMAGE, scratch->path);
        if (!scratch->image)
                return error_memory(composer->err);
        if (scratch->keep && lstat(scratch->image, &image) < 0 && errno != ENOENT)
                return error_errno(composer->err, "looking at %s", scratch->image);
        if (!wished && !image.st_size) {
                scratch->image = NULL;
                return 0;
        }
        if (!rootless_is_root())
                return error_set(composer->err, E_NOT_SUPPORTED, "org.hcs-sandbox.scratch.size: without root a scratch on a disk can't be "
                                 "limited, since that takes a loop device; leave the size out, or be root");
        scratch->size_in_bytes = wished ? wished : (uint64_t)image.st_size;
        return 0;
}

static int choose_scratch(const struct composer *composer)
{
        const struct layer_wishes *wishes = composer->wishes;
        struct doc_scratch *scratch = arena_alloc(composer->arena, sizeof(*scratch));
        bool named = wishes->scratch && text_starts_with(wishes->scratch, SCRATCHES_PREFIX);
        bool kept = named || (wishes->scratch && *wishes->scratch == '/');

        if (named && scratches_check_name(wishes->scratch + strlen(SCRATCHES_PREFIX), composer->err) < 0)
                return composer->err->code;
        if (!scratch)
                return error_memory(composer->err);
        composer->host->storage.scratch = scratch;
        if (text_equal(wishes->scratch, "memory") && !rootless_is_root())
                return error_set(composer->err, E_NOT_SUPPORTED, "org.hcs-sandbox.scratch: without root the scratch can't be in "
                                 "memory; leave it out, or name a directory");
        if (text_equal(wishes->scratch, "memory")) {
                scratch->memory = true;
                scratch->size_in_bytes = wishes->scratch_size;
                scratch->path = arena_printf(composer->arena, "%s/" LAYER_SCRATCH_IN_MEMORY, composer->plan->owner);
                composer->host->scratch = scratch->path;
                composer->host->scratch_in_memory = true;
                return scratch->path ? 0 : error_memory(composer->err);
        }
        scratch->keep = kept;
        if (named)
                scratch->path = scratches_path(composer->arena, composer->data, wishes->scratch + strlen(SCRATCHES_PREFIX));
        else
                scratch->path = kept ? wishes->scratch : arena_printf(composer->arena, "%s/%s", composer->plan->scratches,
                                                                      composer->plan->name);
        if (!scratch->path)
                return error_memory(composer->err);
        composer->host->scratch = scratch->path;
        composer->host->scratch_is_kept = kept;
        if (scratch_check(scratch->path, composer->err) < 0)
                return composer->err->code;
        return wishes->scratch_size || kept ? limit_scratch(composer, scratch) : 0;
}

const char *layer_scratch_layout(struct arena *arena, const char *way, uint32_t uid, const struct doc_storage *storage)
{
        char *layout = arena_printf(arena, "%s %u\n", way, uid);

        for (size_t i = 0; layout && i < storage->volumes.count; i++)
                layout = arena_printf(arena, "%s%s\n", layout, storage->volumes.items[i].path);
        return layout;
}

static int plan_scratch(const struct composer *composer)
{
        const struct doc_storage *storage = &composer->host->storage;
        struct scratch *scratch = &composer->plan->scratch;
        const char **like;

        if (!composer->host->scratch)
                return 0;
        like = arena_alloc_array(composer->arena, storage->volumes.count + 1, sizeof(*like));
        if (!like)
                return error_memory(composer->err);
        for (size_t i = 0; i < storage->volumes.count; i++)
                like[i] = storage->volumes.items[i].layers.items[storage->volumes.items[i].layers.count - 1].path;
        scratch->path = composer->host->scratch;
        scratch->volumes = like;
        scratch->volume_count = storage->volumes.count;
        scratch->image = storage->scratch->image;
        scratch->project = storage->scratch->project;
        scratch->size = composer->wishes->scratch_size;
        scratch->memory = storage->scratch->memory;
        if (!composer->host->scratch_is_kept)
                return 0;
        scratch->owner = arena_printf(composer->arena, "%s/%s", composer->root, composer->id);
        scratch->layout = layer_scratch_layout(composer->arena, composer->host->way, geteuid(), storage);
        return scratch->owner && scratch->layout ? 0 : error_memory(composer->err);
}

/* --- the layers --------------------------------------------------------------------------------------------------------- */

static int set_layers(const struct composer *composer)
{
        const struct named *named = &composer->plan->named;
        struct doc_storage *storage = &composer->host->storage;
        struct doc_layer *layers = arena_alloc_array(composer->arena, named->trees.count + 2, sizeof(*layers));
        size_t count = 0;

        if (!layers)
                return error_memory(composer->err);
        for (size_t i = 0; i < named->trees.count; i++)
                layers[count++] = (struct doc_layer){ .path = named->trees.items[i], .named = true };
        storage->layers.items = layers;
        storage->layers.count = count;
        if (composer->plan->without_host)
                return 0;
        layers[count].path = mask_tree(composer->arena, &composer->plan->mask);
        layers[count + 1].path = "/";
        storage->layers.count = count + 2;
        storage->base_layers = count && named->on_root && storage->union_kind == DOC_UNION_OVERLAY ? 2 : 0;
        return layers[count].path ? 0 : error_memory(composer->err);
}

static int set_volume(const struct composer *composer, const char *tree, const struct mask_volume *volume, struct doc_volume *ret)
{
        struct strings parts = { 0 };
        struct doc_layer *layers;
        size_t count = 0;

        if (named_parts(composer->arena, &composer->plan->named, volume->path, &parts, composer->err) < 0)
                return composer->err->code;
        if (parts.count && path_is_below(composer->data, volume->path))
                return error_set(composer->err, E_NOT_SUPPORTED,
                                 "org.hcs-sandbox.layers: a layer has something in %s, a file system of its "
                                 "own, in which the data directory lies; the kernel takes no layer that lies in another", volume->path);
        layers = arena_alloc_array(composer->arena, parts.count + 2, sizeof(*layers));
        if (!layers)
                return error_memory(composer->err);
        for (size_t i = 0; i < parts.count; i++)
                layers[count++] = (struct doc_layer){ .path = parts.items[i], .named = true };
        if (volume->part) {
                layers[count].path = arena_printf(composer->arena, "%s%s", tree, volume->path);
                if (!layers[count++].path)
                        return error_memory(composer->err);
        }
        if (volume->host)
                layers[count++].path = volume->path;
        ret->path = volume->path;
        ret->layers.items = layers;
        ret->layers.count = count;
        return 0;
}

/* What was asked for comes last, since it may lie in one of the others. */
static int add_copies(const struct composer *composer)
{
        const struct strings *copy = &composer->wishes->copy;
        struct doc_storage *storage = &composer->host->storage;

        for (size_t i = 0; i < copy->count; i++) {
                const struct mask_volume volume = { .path = copy->items[i], .host = true };
                struct stat what;

                if (lstat(volume.path, &what) < 0)
                        return error_errno(composer->err, "org.hcs-sandbox.copy: looking at \"%s\"", volume.path);
                if (!S_ISDIR(what.st_mode))
                        return error_set(composer->err, E_INVALID_PARAMETER, "org.hcs-sandbox.copy: \"%s\" is no directory", volume.path);
                if (path_is_below(composer->data, volume.path) || path_is_below(composer->root, volume.path))
                        return error_set(composer->err, E_NOT_SUPPORTED, "org.hcs-sandbox.copy: \"%s\" holds the sandboxes' own "
                                         "directories, %s and %s; name one that does not", volume.path, composer->data, composer->root);
                if (set_volume(composer, "", &volume, &storage->volumes.items[storage->volumes.count++]) < 0)
                        return composer->err->code;
        }
        return 0;
}

static int set_volumes(const struct composer *composer)
{
        const mask_volume_list *volumes = &composer->plan->mask.volumes;
        struct doc_storage *storage = &composer->host->storage;
        const char *tree;

        if (volumes->count + composer->wishes->copy.count == 0)
                return 0;
        /* Without the host there is no mask, and so no volume that would lean on its tree. */
        tree = volumes->count > 0 ? mask_tree(composer->arena, &composer->plan->mask) : "";
        storage->volumes.items = arena_alloc_array(composer->arena, volumes->count + composer->wishes->copy.count,
                                                   sizeof(*storage->volumes.items));
        if (!tree || !storage->volumes.items)
                return error_memory(composer->err);
        for (size_t i = 0; i < volumes->count; i++) {
                if (!volumes->items[i].part && !volumes->items[i].host)
                        continue;
                if (set_volume(composer, tree, &volumes->items[i], &storage->volumes.items[storage->volumes.count++]) < 0)
                        return composer->err->code;
        }
        return add_copies(composer);
}

/* --- the ways ----------------------------------------------------------------------------------------------------------- */

static int compose_overlay(const struct composer *composer)
{
        int r = choose_scratch(composer);

        composer->host->storage.union_kind = DOC_UNION_OVERLAY;
        composer->host->way = "overlay";
        if (r >= 0 && !composer->plan->without_host)
                r = find_mask(composer, MASK_OVERLAY);
        if (r >= 0)
                r = set_layers(composer);
        return r < 0 ? r : set_volumes(composer);
}

static int compose_fuse(const struct composer *composer, const char *program)
{
        int r;

        composer->host->storage.union_kind = DOC_UNION_FUSE_OVERLAY;
        composer->host->storage.program = program;
        composer->host->way = "fuse-overlayfs";
        r = choose_scratch(composer);
        /* fuse-overlayfs (seen with 1.10) takes the real path of its upper directory apart at ':', escaped or not. */
        if (r >= 0 && strchr(composer->host->scratch, ':'))
                return error_set(composer->err, E_INVALID_PARAMETER, "fuse-overlayfs takes no scratch with a \":\" in its path: \"%s\"; "
                                 "%s", composer->host->scratch, composer->host->scratch_is_kept ? "name another directory" :
                                 "set XDG_DATA_HOME to another directory");
        if (r >= 0 && !composer->plan->without_host)
                r = find_mask(composer, MASK_FUSE);
        if (r >= 0)
                r = set_layers(composer);
        return r < 0 ? r : set_volumes(composer);
}

/* The kernel refuses a layer within another one. */
static int check_data_outside(const struct composer *composer)
{
        const mask_volume_list *volumes = &composer->plan->mask.volumes;

        for (size_t i = 0; i < volumes->count; i++)
                if (volumes->items[i].host && path_is_below(composer->data, volumes->items[i].path))
                        return error_set(composer->err, E_NOT_SUPPORTED, "the data directory %s lies in %s, which is to be copied; "
                                         "without root it must lie elsewhere: set XDG_DATA_HOME", composer->data,
                                         volumes->items[i].path);
        return 0;
}

/* The next best way: kernel overlays on directories that have no mounts beneath.  Own files can be changed, the system's only be
 * read, since their owner is not mapped. */
static int compose_directories(const struct composer *composer)
{
        int r = choose_scratch(composer);

        if (composer->plan->named.names.count)
                return error_set(composer->err, E_NOT_SUPPORTED, "org.hcs-sandbox.layers: without root layers need fuse-overlayfs: %s",
                                 composer->host->warning);
        composer->host->storage.union_kind = DOC_UNION_DIRECTORY_OVERLAYS;
        composer->host->way = "directory overlays";
        if (r >= 0)
                r = find_mask(composer, MASK_DIRECTORIES);
        if (r >= 0)
                r = check_data_outside(composer);
        return r < 0 ? r : set_volumes(composer);
}

static int compose_rootless(const struct composer *composer)
{
        const char *why = NULL, *program;
        int r = rootless_check_namespaces(composer->err);

        if (r < 0)
                return r;
        program = rootless_fuse_program(&why);
        if (program)
                return compose_fuse(composer, program);
        composer->host->warning = arena_printf(composer->arena, "the system's own files can't be changed in this copy of the machine: "
                                               "%s", why);
        return composer->host->warning ? compose_directories(composer) : error_memory(composer->err);
}

int layer_host_compose(struct arena *arena, const char *data, const char *root, const char *id,
                       const struct layer_wishes *wishes, struct layer_host *ret, struct error *err)
{
        struct layer_host host = { .plan = arena_alloc(arena, sizeof(*host.plan)) };
        const struct composer composer = {
                .arena = arena, .data = data, .root = root, .id = id, .wishes = wishes, .host = &host, .plan = host.plan, .err = err,
        };
        int r;

        if (!host.plan)
                return error_memory(err);
        r = name_all(&composer);
        if (r >= 0)
                r = rootless_is_root() ? compose_overlay(&composer) : compose_rootless(&composer);
        if (r >= 0)
                r = plan_scratch(&composer);
        if (r < 0)
                return r;
        *ret = host;
        return 0;
}

/* --- making ------------------------------------------------------------------------------------------------------------- */

static int use_named(const struct layer_host_plan *plan, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };

        return named_use(&arena, plan->data, plan->name, &plan->named, plan->owner, err);
}

int layer_host_make(const struct layer_host *host, struct error *err)
{
        const struct layer_host_plan *plan = host->plan;
        struct error none = { .code = 0 };
        int r = use_named(plan, err);

        if (r >= 0 && !plan->without_host && !plan->mask.is_recent)
                r = scratch_sweep(plan->scratches, plan->references, err);
        if (r >= 0 && !plan->without_host)
                r = mask_make(&plan->mask, plan->name, err);
        if (r < 0 || !host->scratch)
                return r;
        r = scratch_make(&plan->scratch, err);
        if (r < 0) {
                if (host->reference)
                        (void)layer_mask_release(host->reference, &none);
                if (host->scratch_in_memory)
                        (void)layer_scratch_unmount(host->scratch, &none);
                if (!host->scratch_is_kept)
                        (void)layer_scratch_remove(host->scratch, &none);
        }
        return r;
}

int layer_host_hidden(struct arena *arena, const struct layer_host *host, layer_hidden_list *ret, struct error *err)
{
        hiding_list hidden = { 0 };
        int r = host->plan->without_host ? 0 : mask_hidden(arena, &host->plan->mask, &hidden, err);

        if (r < 0)
                return r;
        ret->items = arena_alloc_array(arena, hidden.count + 1, sizeof(*ret->items));
        if (!ret->items)
                return error_memory(err);
        for (size_t i = 0; i < hidden.count; i++)
                ret->items[i] = (struct layer_hidden){ hidden.items[i].path, hidden.items[i].why };
        ret->count = hidden.count;
        return 0;
}
