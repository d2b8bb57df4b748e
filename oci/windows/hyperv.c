/* A Windows container in a utility VM of its own (hcs-documents.md section 5): the machine boots from the layers' UtilityVM
 * over VSMB, gets the layers as shares and the scratch as a disk, puts them together, and hosts the container. */
#include "hcs/base/text.h"
#include "oci/check.h"
#include "oci/windows/machine.h"
#include "oci/windows/path.h"

#define BOOT_MANAGER "\\EFI\\Microsoft\\Boot\\bootmgfw.efi"
#define DIRECT_MAPPING_MB 1024

/* The folder UtilityVM itself, named as such or by the layer that has it. */
static const char *with_name(struct plan *plan, const char *path)
{
        const char *clean = winpath_clean(plan->arena, path);

        if (!clean) {
                (void)plan_memory(plan);
                return "";
        }
        return winpath_ends_with(clean, "\\UtilityVM") ? clean : plan_text(plan, "%s\\UtilityVM", clean);
}

const char *machine_utility_vm(struct plan *plan)
{
        const struct section_hyperv *hyperv = plan->config->section.hyperv;

        if (hyperv && check_is_given(hyperv->utility_vm_path))
                return with_name(plan, hyperv->utility_vm_path);
        if (plan->facts->utility_vm)
                return with_name(plan, plan->facts->utility_vm);
        return with_name(plan, plan->layers.items[plan->layers.count - 1].path);
}

/* --- the machine -------------------------------------------------------------------------------------------------- */

struct machine_parts {
        struct win_machine machine;
        struct win_chipset chipset;
        struct win_uefi uefi;
        struct win_uefi_boot_entry boot;
        struct win_devices devices;
        struct win_smb smb;
        struct win_smb_share share;
        struct win_smb_share_options options;
        struct win_guest_connection connection;
        struct win_attachment disk;
};

static void set_boot(struct machine_parts *parts)
{
        parts->boot = (struct win_uefi_boot_entry){ .device_type = WIN_BOOT_VMB_FS, .device_path = BOOT_MANAGER };
        parts->uefi.boot_this = &parts->boot;
        if (parts->devices.com_ports.count)
                parts->uefi.console = WIN_CONSOLE_COM_PORT_1;
        parts->chipset.uefi = &parts->uefi;
        parts->machine.chipset = &parts->chipset;
}

static void set_shares(struct plan *plan, struct machine_parts *parts, const char *utility_vm)
{
        share_options(plan, SHARE_LAYER, &parts->options);
        parts->share = (struct win_smb_share){
                .name = "os", .path = plan_text(plan, "%s\\Files", utility_vm), .options = &parts->options,
        };
        parts->smb.shares.items = &parts->share;
        parts->smb.shares.count = 1;
        parts->smb.direct_file_mapping_in_mb = plan->no_directmap ? 0 : DIRECT_MAPPING_MB;
        parts->devices.virtual_smb = &parts->smb;
}

static int set_disk(struct plan *plan, struct machine_parts *parts, const char *disk)
{
        parts->disk = (struct win_attachment){
                .type = WIN_ATTACH_VIRTUAL_DISK, .path = disk, .ignore_flushes = plan->config->section.ignore_flushes_during_boot,
        };
        return machine_scsi(plan, &parts->devices, SCSI_CONTROLLER, &parts->disk, 1);
}

int machine_windows(struct plan *plan, const char *utility_vm, const char *boot_disk, struct win_machine **ret,
                    struct win_devices **ret_devices)
{
        struct machine_parts *parts = plan_alloc(plan, 1, sizeof(*parts));
        const bool *no_time_zone = plan->config->wishes.no_time_zone;
        struct win_topology *topology = NULL;
        int r = parts ? machine_topology(plan, &topology) : plan->err->code;

        if (r >= 0)
                r = machine_com_ports(plan, &parts->devices);
        if (r >= 0)
                r = machine_hv_socket(plan, &parts->devices.hv_socket);
        if (r >= 0)
                r = set_disk(plan, parts, boot_disk);
        if (r >= 0)
                r = machine_registry(plan, &parts->machine.registry_changes);
        if (r < 0)
                return r;
        set_boot(parts);
        set_shares(plan, parts, utility_vm);
        parts->machine.stop_on_reset = true;
        parts->machine.compute_topology = topology;
        parts->machine.devices = &parts->devices;
        parts->machine.storage_qos = machine_qos(plan);
        parts->machine.resource_partition_id = plan->config->wishes.partition;
        /* Nobody but HCS speaks to the guest's agent here, so HCS has to: section 5.1. */
        parts->connection.use_host_time_zone = no_time_zone && !*no_time_zone;
        parts->machine.guest_connection = &parts->connection;
        *ret = &parts->machine;
        *ret_devices = &parts->devices;
        return 0;
}

/* --- what it is given once it runs -------------------------------------------------------------------------------- */

/* The layers as the guest sees them. */
static int add_layers(struct plan *plan, win_layers *inside)
{
        inside->items = plan_alloc(plan, plan->layers.count, sizeof(*inside->items));
        if (!inside->items)
                return plan->err->code;
        for (size_t i = 0; i < plan->layers.count; i++) {
                inside->items[i].id = plan->layers.items[i].id;
                if (machine_layer(plan, plan->layers.items[i].path, &inside->items[i].path) < 0)
                        return plan->err->code;
                inside->count++;
        }
        return 0;
}

static int add_scratch(struct plan *plan, const char **ret_root)
{
        struct win_attachment *disk = plan_alloc(plan, 1, sizeof(*disk));

        if (!disk)
                return plan->err->code;
        *disk = (struct win_attachment){
                .type = WIN_ATTACH_VIRTUAL_DISK, .path = plan->scratch_disk,
                .ignore_flushes = plan->config->section.ignore_flushes_during_boot,
        };
        return machine_mount_disk(plan, disk, ret_root);
}

static int combine(struct plan *plan, const win_layers *inside, const char *root)
{
        struct { struct win_guest_request guest; struct win_combined_layers layers; } *parts = plan_alloc(plan, 1, sizeof(*parts));
        struct win_modify_request *request = parts ? plan_modify(plan) : NULL;

        if (!request)
                return plan->err->code;
        parts->layers = (struct win_combined_layers){ .layers = *inside, .container_root_path = root };
        parts->guest = (struct win_guest_request){
                .resource_type = "CombinedLayers", .request_type = WIN_REQUEST_ADD,
                .settings = { .fields = win_combined_layers_fields, .object = &parts->layers },
        };
        request->guest_request = &parts->guest;
        return 0;
}

int machine_container(struct plan *plan)
{
        struct { struct doc_system system; struct doc_hosted_system hosted; } *parts = plan_alloc(plan, 1, sizeof(*parts));
        struct win_container *container;
        win_layers inside = { 0 };
        const char *root;
        int r = parts ? add_layers(plan, &inside) : plan->err->code;

        if (r >= 0)
                r = add_scratch(plan, &root);
        if (r >= 0)
                r = combine(plan, &inside, root);
        if (r >= 0)
                r = plan_container(plan, &inside, root, &container);
        if (r < 0)
                return r;
        parts->hosted = (struct doc_hosted_system){ .schema_version = { 2, 1 }, .container = container };
        parts->system = (struct doc_system){
                .owner = OWNER, .schema_version = { 2, 1 }, .hosting_system_id = plan->out->vm_id, .hosted_system = &parts->hosted,
                .should_terminate_on_last_handle_closed = true,
        };
        plan->out->system = &parts->system;
        return 0;
}

static int plan_own_machine(struct plan *plan)
{
        struct doc_system *system = plan_alloc(plan, 1, sizeof(*system));
        const char *utility_vm = machine_utility_vm(plan);
        const char *boot_disk = plan_text(plan, "%s\\vm\\" SCRATCH_DISK, plan->scratch);
        struct win_machine *machine;
        struct win_devices *devices;
        int r;

        plan->out->vm_id = plan_text(plan, "%s@vm", plan->out->id);
        plan->next_lun = 1;
        r = system ? plan_machine_storage(plan, utility_vm, boot_disk, true) : plan->err->code;
        if (r >= 0)
                r = machine_windows(plan, utility_vm, boot_disk, &machine, &devices);
        if (r >= 0)
                r = machine_container(plan);
        if (r >= 0)
                r = machine_adapters(plan);
        if (r >= 0)
                r = machine_gpu(plan);
        if (r < 0)
                return r;
        *system = (struct doc_system){
                .owner = OWNER, .schema_version = { 2, 1 }, .virtual_machine = machine, .should_terminate_on_last_handle_closed = true,
        };
        plan->out->virtual_machine = system;
        return 0;
}

int plan_hyperv(struct plan *plan)
{
        return oci_windows_pod_machine(plan->config) ? plan_in_pod(plan) : plan_own_machine(plan);
}
