#include "layers/host.h"

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
#include "layers/rootless.h"
#include "layers/scratch.h"

struct layer_host_plan {
        struct mask mask;
        mount_list mounts;
        const char *name;               /* of the scratch and of the reference */
        const char *owner;              /* the state directory, for a kept scratch */
        const char **volumes;           /* paths of storage.volumes */
};

/* What one composing has at hand. */
struct composer {
        struct arena *arena;
        const char *data;
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
        if (data && *data)
                return path_join(data, "hcs-sandbox", ret, err);
        if (home && *home)
                return path_join(home, ".local/share/hcs-sandbox", ret, err);
        return error_set(err, E_NOT_FOUND, "where to keep scratches is not known: neither XDG_DATA_HOME nor HOME is set");
}

/* --- the parts ---------------------------------------------------------------------------------------------------------- */

/* The kernel refuses a layer within another one, and "/" is one: root's masks need a file system of their own. */
static const char *tmpfs_for_masks(struct arena *arena)
{
        static const struct { const char *top, *home; } places[] = {
                { "/run", "/run/hcs-sandbox/.masks" }, { "/dev/shm", "/dev/shm/hcs-sandbox.masks" },
        };
        struct statfs kind;

        for (size_t i = 0; i < ARRAY_LENGTH(places); i++)
                if (statfs(places[i].top, &kind) == 0 && kind.f_type == TMPFS_MAGIC)
                        return arena_copy(arena, places[i].home);
        return NULL;
}

static int name_scratch(const struct composer *composer, const char *id)
{
        uint32_t salt;

        if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
                return error_errno(composer->err, "getting random bytes");
        composer->plan->name = arena_printf(composer->arena, "%.200s-%08x", id, salt);
        return composer->plan->name ? 0 : error_memory(composer->err);
}

static int find_mask(const struct composer *composer, enum mask_kind kind)
{
        const char *home = kind == MASK_FOR_ROOT ? tmpfs_for_masks(composer->arena)
                                                 : arena_printf(composer->arena, "%s/masks", composer->data);
        int r;

        if (!home)
                return error_set(composer->err, E_NOT_SUPPORTED, "neither /run nor /dev/shm is a tmpfs; one is needed to hide the "
                                 "host's secrets: mount -t tmpfs tmpfs /dev/shm");
        r = mask_find(composer->arena, home, kind, &composer->plan->mounts, composer->wishes, &composer->plan->mask, composer->err);
        if (r < 0)
                return r;
        composer->host->reference = arena_printf(composer->arena, "%s/refs/%s", home, composer->plan->name);
        return composer->host->reference ? 0 : error_memory(composer->err);
}

static int choose_scratch(const struct composer *composer)
{
        const struct layer_wishes *wishes = composer->wishes;
        struct doc_scratch *scratch = arena_alloc(composer->arena, sizeof(*scratch));
        bool memory = text_equal(wishes->scratch, "memory"), kept = wishes->scratch && *wishes->scratch == '/';

        if (!scratch)
                return error_memory(composer->err);
        composer->host->storage.scratch = scratch;
        if (memory) {
                scratch->size_in_bytes = wishes->scratch_size;
                return 0;
        }
        if (wishes->scratch_size)
                return error_set(composer->err, E_NOT_SUPPORTED, "org.hcs-sandbox.scratch.size: only a scratch in memory can be "
                                 "limited; set org.hcs-sandbox.scratch to \"memory\"");
        scratch->keep = kept;
        scratch->path = kept ? wishes->scratch
                             : arena_printf(composer->arena, "%s/scratch/%s", composer->data, composer->plan->name);
        if (!scratch->path)
                return error_memory(composer->err);
        composer->host->scratch = scratch->path;
        composer->host->scratch_is_kept = kept;
        return scratch_check(scratch->path, composer->err);
}

/* The mask's part for `path` over the host's own. */
static int make_layers(const struct composer *composer, const char *path, struct doc_layer **ret, size_t *ret_count)
{
        const char *tree = mask_tree(composer->arena, &composer->plan->mask);
        struct doc_layer *layers = arena_alloc_array(composer->arena, 2, sizeof(*layers));
        bool whole = text_equal(path, "/"), part = whole;

        if (!tree || !layers)
                return error_memory(composer->err);
        layers[0].path = whole ? tree : arena_printf(composer->arena, "%s%s", tree, path);
        layers[1].path = path;
        if (!layers[0].path)
                return error_memory(composer->err);
        /* A part of the mask exists only when something is hidden there. */
        if (!whole && composer->plan->mask.is_made)
                part = access(layers[0].path, F_OK) == 0;
        for (size_t i = 0; !part && !composer->plan->mask.is_made && i < composer->plan->mask.hidden.count; i++)
                part = path_is_below(composer->plan->mask.hidden.items[i].path, path);
        *ret = part ? layers : layers + 1;
        *ret_count = part ? 2 : 1;
        return 0;
}

static int add_volume(const struct composer *composer, const char *path, size_t room)
{
        struct doc_storage *storage = &composer->host->storage;
        struct doc_layer *layers;
        size_t count;

        if (!storage->volumes.items) {
                storage->volumes.items = arena_alloc_array(composer->arena, room + 1, sizeof(*storage->volumes.items));
                composer->plan->volumes = arena_alloc_array(composer->arena, room + 1, sizeof(*composer->plan->volumes));
        }
        if (!storage->volumes.items || !composer->plan->volumes)
                return error_memory(composer->err);
        if (make_layers(composer, path, &layers, &count) < 0)
                return composer->err->code;
        composer->plan->volumes[storage->volumes.count] = path;
        storage->volumes.items[storage->volumes.count].path = path;
        storage->volumes.items[storage->volumes.count].layers.items = layers;
        storage->volumes.items[storage->volumes.count++].layers.count = count;
        return 0;
}

static int set_layers(const struct composer *composer)
{
        struct doc_layer *layers;
        size_t count;

        if (make_layers(composer, "/", &layers, &count) < 0)
                return composer->err->code;
        composer->host->storage.layers.items = layers;
        composer->host->storage.layers.count = count;
        return 0;
}

/* --- the ways ----------------------------------------------------------------------------------------------------------- */

/* Local disks at or below the system's own places come along; other mounts don't. */
static bool comes_along(const struct mount_entry *mount)
{
        static const char *const places[] = { "/usr", "/opt", "/var", "/srv" };

        for (size_t i = 0; mount->on_disk && i < ARRAY_LENGTH(places); i++)
                if (path_is_below(mount->path, places[i]))
                        return true;
        return false;
}

static int compose_overlay(const struct composer *composer)
{
        const mount_list *mounts = &composer->plan->mounts;
        int r;

        composer->host->storage.union_kind = DOC_UNION_OVERLAY;
        composer->host->way = "overlay";
        r = find_mask(composer, MASK_FOR_ROOT);
        if (r >= 0)
                r = set_layers(composer);
        for (size_t i = 0; r >= 0 && i < mounts->count; i++)
                if (comes_along(&mounts->items[i]))
                        r = add_volume(composer, mounts->items[i].path, mounts->count);
        return r;
}

static int compose_fuse(const struct composer *composer, const char *program)
{
        int r;

        if (text_equal(composer->wishes->scratch, "memory"))
                return error_set(composer->err, E_NOT_SUPPORTED, "org.hcs-sandbox.scratch: without root the scratch can't be in "
                                 "memory; leave it out, or name a directory");
        composer->host->storage.union_kind = DOC_UNION_FUSE_OVERLAY;
        composer->host->storage.program = program;
        composer->host->way = "fuse-overlayfs";
        r = find_mask(composer, MASK_FOR_USER);
        return r < 0 ? r : set_layers(composer);
}

/* The next best way: kernel overlays on directories that have no mounts beneath.  Own files can be changed, the system's only be
 * read, since their owner is not mapped. */
static int compose_directories(const struct composer *composer)
{
        static const char *const tops[] = { "/bin", "/etc", "/lib", "/lib32", "/lib64", "/opt", "/sbin", "/srv", "/usr", "/var" };
        struct stat what;
        int r;

        composer->host->storage.union_kind = DOC_UNION_DIRECTORY_OVERLAYS;
        composer->host->way = "directory overlays";
        r = find_mask(composer, MASK_FOR_USER);
        for (size_t i = 0; r >= 0 && i < ARRAY_LENGTH(tops); i++)
                if (lstat(tops[i], &what) == 0 && S_ISDIR(what.st_mode) && !mounts_has_below(&composer->plan->mounts, tops[i]))
                        r = add_volume(composer, tops[i], ARRAY_LENGTH(tops));
        if (r >= 0 && !composer->host->storage.volumes.items)
                r = error_set(composer->err, E_NOT_SUPPORTED, "without root no way to copy this machine is left (%s)",
                              composer->host->warning);
        return r;
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
        struct layer_host_plan *plan = arena_alloc(arena, sizeof(*plan));
        const struct composer composer = { .arena = arena, .data = data, .wishes = wishes, .host = ret, .plan = plan, .err = err };
        int r;

        if (!plan)
                return error_memory(err);
        *ret = (struct layer_host){ .plan = plan };
        r = name_scratch(&composer, id);
        if (r >= 0)
                r = mounts_read(arena, "/proc/self/mountinfo", &plan->mounts, err);
        if (r >= 0)
                r = choose_scratch(&composer);
        if (r < 0)
                return r;
        if (ret->scratch_is_kept) {
                plan->owner = arena_printf(arena, "%s/%s", root, id);
                if (!plan->owner)
                        return error_memory(err);
        }
        return rootless_is_root() ? compose_overlay(&composer) : compose_rootless(&composer);
}

int layer_host_make(const struct layer_host *host, struct error *err)
{
        const struct layer_host_plan *plan = host->plan;
        struct error ignored = { 0 };
        int r;

        r = mask_make(&plan->mask, plan->name, err);
        if (r < 0 || !host->scratch)
                return r;
        r = scratch_make(host->scratch, plan->volumes, host->storage.volumes.count, plan->owner, err);
        if (r < 0) {
                (void)layer_mask_release(host->reference, &ignored);
                if (!host->scratch_is_kept)
                        (void)layer_scratch_remove(host->scratch, &ignored);
        }
        return r;
}

int layer_host_hidden(struct arena *arena, const struct layer_host *host, layer_hidden_list *ret, struct error *err)
{
        hiding_list hidden = { 0 };
        int r = mask_hidden(arena, &host->plan->mask, &hidden, err);

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
