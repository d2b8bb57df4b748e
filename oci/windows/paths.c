/* Which paths of the host the documents depend on by what they are: a file or a folder, there or not, a link.  Whoever fills
 * the facts looks at these and at nothing else. */
#include "hcs/base/text.h"
#include "oci/check.h"
#include "oci/windows/compile.h"
#include "oci/windows/mounts.h"
#include "oci/windows/path.h"
#include "oci/windows/plan.h"

const char *plan_scratch_folder(const struct oci_windows *config, const struct oci_facts *facts, const char *id, struct arena *arena)
{
        const struct strings *folders = &config->section.layer_folders;

        if (folders->count)
                return winpath_clean(arena, folders->items[folders->count - 1]);
        if (config->wishes.scratch)
                return config->wishes.scratch;
        return arena_printf(arena, "%s\\scratch\\%s", facts->data_directory, id);
}

const char *plan_boot_folder(const struct oci_windows *config, const struct oci_facts *facts)
{
        return config->wishes.boot_files ? config->wishes.boot_files : facts->linux_boot_files;
}

static int add(struct strings *paths, const char *path, struct error *err)
{
        if (!path)
                return error_memory(err);
        paths->items[paths->count++] = path;
        return 0;
}

static int add_mounts(const struct oci_windows *config, struct arena *arena, struct strings *paths, struct error *err)
{
        for (size_t i = 0; i < config->spec.mounts.count; i++) {
                const struct spec_mount *mount = &config->spec.mounts.items[i];

                if (mount_class(mount, config->kind == OCI_WINDOWS_LINUX) == MOUNT_PATH &&
                    add(paths, winpath_clean(arena, mount->source), err) < 0)
                        return err->code;
        }
        return 0;
}

int oci_windows_paths(const struct oci_windows *config, const struct oci_facts *facts, const char *id, struct arena *arena,
                      struct strings *ret, struct error *err)
{
        const char *scratch = plan_scratch_folder(config, facts, id, arena);
        struct strings paths = { .items = arena_alloc_array(arena, config->spec.mounts.count + 4, sizeof(*paths.items)) };
        int r = paths.items && scratch ? add(&paths, arena_printf(arena, "%s\\" SCRATCH_DISK, scratch), err) : error_memory(err);

        if (r >= 0 && config->kind == OCI_WINDOWS_DESKTOP && !config->wishes.disk)
                r = add(&paths, arena_printf(arena, "%s\\vm\\" SCRATCH_DISK, scratch), err);
        if (r >= 0 && config->kind == OCI_WINDOWS_DESKTOP)
                r = add(&paths, arena_printf(arena, "%s\\" GUEST_STATE ".vmgs", scratch), err);
        if (r >= 0 && config->kind == OCI_WINDOWS_LINUX)
                r = add(&paths, arena_printf(arena, "%s\\" LINUX_ROOT_DISK, plan_boot_folder(config, facts)), err);
        if (r >= 0)
                r = add_mounts(config, arena, &paths, err);
        if (r < 0)
                return r;
        *ret = paths;
        return 0;
}

static bool is_copy_desktop(const struct oci_windows *config)
{
        return config->kind == OCI_WINDOWS_DESKTOP && !config->wishes.disk;
}

bool oci_windows_needs_base_layer(const struct oci_windows *config)
{
        return !config->section.layer_folders.count && !config->wishes.base_layer &&
               (config->kind == OCI_WINDOWS_PROCESS || config->kind == OCI_WINDOWS_HYPERV || is_copy_desktop(config));
}

bool oci_windows_boots_from_layers(const struct oci_windows *config)
{
        const struct section_hyperv *hyperv = config->section.hyperv;

        return (config->kind == OCI_WINDOWS_HYPERV || is_copy_desktop(config)) && !(hyperv && check_is_given(hyperv->utility_vm_path));
}
