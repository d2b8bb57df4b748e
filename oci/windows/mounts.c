/* Mounts of a Windows container (hcs-documents.md sections 5.2, 5.3 and 13.4).
 *
 * A process-isolated container is given the host's folder as it is.  A machine is given a share first, and its container the
 * place where the machine sees that; a disk is attached to the machine and seen below C:\mounts. */
#include "oci/windows/mounts.h"

#include <string.h>

#include "hcs/base/text.h"
#include "oci/windows/machine.h"
#include "oci/windows/path.h"

#define SANDBOX_MOUNTS "C:\\SandboxMounts"       /* hcs-documents.md section 13.4 */

static bool shares_are_read_only(const struct plan *plan)
{
        const struct windows_wishes *wishes = &plan->config->wishes;

        return (wishes->no_writable_shares && *wishes->no_writable_shares) || (wishes->no_unsafe && *wishes->no_unsafe);
}

/* What the mount leads to on the host. */
static const char *source_of(struct plan *plan, const struct spec_mount *mount)
{
        const char *clean = winpath_clean(plan->arena, mount->source);

        if (!clean) {
                (void)plan_memory(plan);
                return "";
        }
        return oci_facts_target(plan->facts, clean);
}

static int add_folder(struct plan *plan, const struct spec_mount *mount, size_t index, struct win_mapped_directory *directory)
{
        const char *source = source_of(plan, mount);
        const bool read_only = mount_is_read_only(mount);

        directory->container_path = winpath_clean(plan->arena, mount->destination);
        directory->read_only = read_only;
        directory->host_path = source;
        if (!directory->container_path)
                return plan_memory(plan);
        if (plan->config->kind == OCI_WINDOWS_PROCESS)
                return 0;
        if (!read_only && shares_are_read_only(plan))
                return error_set(plan->err, E_INVALID_DATA, "mounts[%zu]: found a folder to write to, which the annotation " MS_MACHINE
                                 "fileshares.disablewritable (or io.microsoft.disable-unsafe-operations) forbids; add \"ro\" to its "
                                 "options", index);
        return machine_share(plan, source, read_only, &directory->host_path);
}

static int add_disk(struct plan *plan, const struct spec_mount *mount, struct win_mapped_directory *directory)
{
        directory->container_path = winpath_clean(plan->arena, mount->destination);
        directory->read_only = mount_is_read_only(mount);
        if (!directory->container_path)
                return plan_memory(plan);
        return machine_disk(plan, mount, &directory->host_path);
}

/* Made in the machine before its container is: `mkdir` makes the folders above, too, and refuses one that is there. */
static int add_sandbox_folder(struct plan *plan, const struct spec_mount *mount, struct win_mapped_directory *directory)
{
        const char *folder = winpath_clean(plan->arena, plan_text(plan, SANDBOX_MOUNTS "\\%s", mount_inside(mount)));
        struct strings *folders = &plan->out->machine_folders;

        directory->container_path = winpath_clean(plan->arena, mount->destination);
        directory->read_only = mount_is_read_only(mount);
        directory->host_path = folder;
        if (!folder || !directory->container_path)
                return plan_memory(plan);
        for (size_t i = 0; i < folders->count; i++)
                if (winpath_equal(folders->items[i], folder))
                        return 0;
        if (!folders->items)
                folders->items = plan_alloc(plan, plan->config->spec.mounts.count, sizeof(*folders->items));
        if (!folders->items)
                return plan->err->code;
        folders->items[folders->count++] = folder;
        return 0;
}

static int add_pipe(struct plan *plan, const struct spec_mount *mount, struct win_mapped_pipe *pipe)
{
        const enum mount_class class = mount_class(mount, false);

        pipe->container_pipe_name = winpath_pipe_name(mount->destination);
        pipe->host_path = class == MOUNT_MACHINE_PIPE ? mount_inside(mount) : mount->source;
        if (class == MOUNT_MACHINE_PIPE || plan->config->kind == OCI_WINDOWS_PROCESS)
                return 0;
        return machine_pipe(plan, mount->source, &pipe->host_path);
}

int plan_mounts(struct plan *plan, struct win_container *container)
{
        const struct spec *spec = &plan->config->spec;
        int r = 0;

        if (!spec->mounts.count)
                return 0;
        container->mapped_directories.items = plan_alloc(plan, spec->mounts.count, sizeof(*container->mapped_directories.items));
        container->mapped_pipes.items = plan_alloc(plan, spec->mounts.count, sizeof(*container->mapped_pipes.items));
        if (!container->mapped_directories.items || !container->mapped_pipes.items)
                return plan->err->code;
        for (size_t i = 0; r >= 0 && i < spec->mounts.count; i++) {
                const struct spec_mount *mount = &spec->mounts.items[i];
                const enum mount_class class = mount_class(mount, false);

                if (class == MOUNT_PIPE || class == MOUNT_MACHINE_PIPE)
                        r = add_pipe(plan, mount, &container->mapped_pipes.items[container->mapped_pipes.count++]);
                else if (class == MOUNT_DISK)
                        r = add_disk(plan, mount, &container->mapped_directories.items[container->mapped_directories.count++]);
                else if (class == MOUNT_SANDBOX_PATH)
                        r = add_sandbox_folder(plan, mount, &container->mapped_directories.items[container->mapped_directories.count++]);
                else
                        r = add_folder(plan, mount, i, &container->mapped_directories.items[container->mapped_directories.count++]);
        }
        return r;
}
