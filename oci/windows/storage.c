/* The calls that make the scratch and take it away, in the order of hcs-documents.md section 4.4.
 *
 * A process-isolated container's scratch is mounted on the host, and its layers are merged there by a filter.  That of a
 * machine is not: the machine gets the disk, and a disk that is mounted on the host as well is refused by it (0x80070020). */
#include "oci/check.h"
#include "oci/windows/machine.h"

#define SCRATCH_SIZE (UINT64_C(20) << 30)       /* what Windows's own tools give a scratch; it grows as it is written to */
#define BLOCK_SIZE (1u << 20)

static uint64_t scratch_size(const struct plan *plan)
{
        const struct section_resources *resources = plan->config->section.resources;
        const struct section_storage *storage = resources ? resources->storage : NULL;

        if (plan->config->wishes.scratch_size)
                return plan->config->wishes.scratch_size;
        return storage && storage->sandbox_size && *storage->sandbox_size ? *storage->sandbox_size : SCRATCH_SIZE;
}

static struct oci_storage_call *create(struct plan *plan, const char *call, const char *path)
{
        return plan_storage(plan, OCI_PHASE_CREATE, call, path);
}

static int make_folder(struct plan *plan)
{
        return !plan->scratch_is_new || create(plan, "CreateDirectory", plan->scratch) ? 0 : plan->err->code;
}

/* The disk, formatted as a writable layer unless it is a machine's own matter what lies on it. */
static int make_disk(struct plan *plan, bool format)
{
        struct oci_storage_call *made;

        if (!plan->scratch_is_new)
                return 0;
        made = create(plan, "CreateVirtualDisk", plan->scratch_disk);
        if (!made)
                return plan->err->code;
        made->maximum_size = scratch_size(plan);
        made->block_size = BLOCK_SIZE;
        if (made->maximum_size % 512)           /* a disk is made of sectors */
                made->maximum_size += 512 - made->maximum_size % 512;
        if (format && !create(plan, "HcsFormatWritableLayerVhd", plan->scratch_disk))
                return plan->err->code;
        return 0;
}

static int drop(struct plan *plan, const char *call, const char *path)
{
        return plan_storage(plan, OCI_PHASE_DELETE, call, path) ? 0 : plan->err->code;
}

static int drop_folder(struct plan *plan)
{
        if (plan->scratch_is_kept || drop(plan, "DeleteFile", plan->scratch_disk) < 0)
                return plan->scratch_is_kept ? 0 : plan->err->code;
        return drop(plan, "RemoveDirectory", plan->scratch);
}

/* --- process isolation -------------------------------------------------------------------------------------------- */

static const struct win_layer_data *layer_data(struct plan *plan)
{
        static const struct doc_version version = { 2, 1 };
        struct win_layer_data *data = plan_alloc(plan, 1, sizeof(*data));

        if (!data)
                return NULL;
        data->schema_version = &version;
        data->layers = plan->layers;
        return data;
}

static int mount_disk(struct plan *plan)
{
        static const char *no_letter[] = { "ATTACH_VIRTUAL_DISK_FLAG_NO_DRIVE_LETTER" };
        struct oci_storage_call *attach = NULL, *path = NULL;

        if (create(plan, "OpenVirtualDisk", plan->scratch_disk))
                attach = create(plan, "AttachVirtualDisk", plan->scratch_disk);
        if (!attach)
                return plan->err->code;
        attach->flags = (struct strings){ no_letter, 1 };
        path = create(plan, "HcsGetLayerVhdMountPath", plan->scratch_disk);
        if (!path)
                return plan->err->code;
        path->volume = plan->facts->scratch_volume;
        return 0;
}

static int merge(struct plan *plan)
{
        const struct win_layer_data *data = layer_data(plan);
        struct oci_storage_call *call;

        if (!data)
                return plan->err->code;
        if (plan->scratch_is_new) {             /* once for each disk */
                call = create(plan, "HcsInitializeWritableLayer", NULL);
                if (!call)
                        return plan->err->code;
                call->volume = plan->facts->scratch_volume;
                call->layer_data = data;
        }
        call = create(plan, "HcsAttachLayerStorageFilter", NULL);
        if (!call)
                return plan->err->code;
        call->volume = plan->facts->scratch_volume;
        call->layer_data = data;
        return 0;
}

static int unmerge(struct plan *plan)
{
        struct oci_storage_call *call = plan_storage(plan, OCI_PHASE_DELETE, "HcsDetachLayerStorageFilter", NULL);

        if (!call)
                return plan->err->code;
        call->volume = plan->facts->scratch_volume;
        if (drop(plan, "DetachVirtualDisk", plan->scratch_disk) < 0 || drop(plan, "CloseHandle", plan->scratch_disk) < 0)
                return plan->err->code;
        return drop_folder(plan);
}

int plan_process_storage(struct plan *plan)
{
        const struct spec_root *root = plan->config->spec.root;
        int r;

        if (root && check_is_given(root->path))         /* mounted and merged by whoever wrote the bundle */
                return 0;
        r = make_folder(plan);
        if (r >= 0)
                r = make_disk(plan, true);
        if (r >= 0)
                r = mount_disk(plan);
        if (r >= 0)
                r = merge(plan);
        return r < 0 ? r : unmerge(plan);
}

/* --- machines ----------------------------------------------------------------------------------------------------- */

static int copy(struct plan *plan, const char *from, const char *to)
{
        struct oci_storage_call *call = create(plan, "CopyFile", to);

        if (!call)
                return plan->err->code;
        call->source = from;
        return 0;
}

/* The disk that the guest writes to while it boots: a copy of a child of SystemTemplateBase, which it reads as well. */
static int make_boot_disk(struct plan *plan, const char *utility_vm, const char *disk)
{
        if (!create(plan, "CreateDirectory", plan_text(plan, "%s\\vm", plan->scratch)))
                return plan->err->code;
        return copy(plan, plan_text(plan, "%s\\SystemTemplate.vhdx", utility_vm), disk);
}

static int grant_boot_disk(struct plan *plan, const char *utility_vm, const char *disk)
{
        if (machine_grant(plan, disk) < 0)
                return plan->err->code;
        return machine_grant(plan, plan_text(plan, "%s\\SystemTemplateBase.vhdx", utility_vm));
}

static int drop_boot_disk(struct plan *plan, const char *disk)
{
        if (drop(plan, "DeleteFile", disk) < 0)
                return plan->err->code;
        return drop(plan, "RemoveDirectory", plan_text(plan, "%s\\vm", plan->scratch));
}

int plan_machine_storage(struct plan *plan, const char *utility_vm, const char *boot_disk, bool format)
{
        int r = make_folder(plan);

        if (r >= 0)
                r = make_boot_disk(plan, utility_vm, boot_disk);
        if (r >= 0)
                r = grant_boot_disk(plan, utility_vm, boot_disk);
        if (r >= 0)
                r = make_disk(plan, format);
        if (r >= 0)
                r = machine_grant(plan, plan->scratch_disk);
        if (r >= 0)
                r = drop_boot_disk(plan, boot_disk);
        return r < 0 ? r : drop_folder(plan);
}

int plan_pod_storage(struct plan *plan)
{
        int r = make_folder(plan);

        if (r >= 0)
                r = make_disk(plan, true);
        if (r >= 0)
                r = machine_grant(plan, plan->scratch_disk);
        return r < 0 ? r : drop_folder(plan);
}

/* Here the boot disk is the scratch, so it is kept where that is, and goes on from there. */
int plan_boot_storage(struct plan *plan, const char *utility_vm, const char *boot_disk)
{
        int r = 0;

        if (!oci_facts_is_file(plan->facts, boot_disk)) {
                if (!create(plan, "CreateDirectory", plan->scratch))
                        return plan->err->code;
                r = make_boot_disk(plan, utility_vm, boot_disk);
        }
        if (r >= 0)
                r = grant_boot_disk(plan, utility_vm, boot_disk);
        return r < 0 || plan->scratch_is_kept ? r : drop_boot_disk(plan, boot_disk);
}

/* An empty disk: hcsshim copies one that holds an ext4 already, made in a machine for it.  The agent is told to make the file
 * system where there is none (lcow.c); that is a member of newer agents, and unverified. */
int plan_linux_storage(struct plan *plan, const char *root_disk)
{
        int r = make_folder(plan);

        if (r >= 0)
                r = make_disk(plan, false);
        if (r >= 0)
                r = machine_grant(plan, plan->scratch_disk);
        if (r >= 0 && root_disk)
                r = machine_grant(plan, root_disk);
        return r < 0 ? r : drop_folder(plan);
}

/* --- disks of full machines --------------------------------------------------------------------------------------- */

int plan_child_disk(struct plan *plan, const char *parent)
{
        struct oci_storage_call *child;
        int r = make_folder(plan);

        if (r < 0)
                return r;
        if (plan->scratch_is_new) {
                child = create(plan, "CreateVirtualDisk", plan->scratch_disk);
                if (!child)
                        return plan->err->code;
                child->source = parent;
        }
        r = machine_grant(plan, plan->scratch_disk);
        return r < 0 ? r : machine_grant(plan, parent);
}

static int drop_state(struct plan *plan, const struct win_guest_state *state)
{
        if (plan->scratch_is_kept)
                return 0;
        if (drop(plan, "DeleteFile", state->guest_state_file_path) < 0)
                return plan->err->code;
        return drop(plan, "DeleteFile", state->runtime_state_file_path);
}

int plan_drop_disk(struct plan *plan, const struct win_guest_state *state)
{
        return drop_state(plan, state) < 0 ? plan->err->code : drop_folder(plan);
}

int plan_drop_copy(struct plan *plan, const struct win_guest_state *state)
{
        if (drop_state(plan, state) < 0)
                return plan->err->code;
        return plan->scratch_is_kept ? 0 : drop(plan, "RemoveDirectory", plan->scratch);
}
