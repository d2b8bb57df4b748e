/* A machine with a desktop (hcs-documents.md section 7): screen, keyboard and mouse, seen over two pipes that speak RDP.
 *
 * What it runs is either a disk, written to in a child of its own that is thrown away; or a copy of this machine: the guest of
 * the base layer, booted like a utility VM.  That such a guest shows its desktop is what Windows Sandbox does with the same
 * parts; that these parts suffice for it is unverified.  A disk's system has no agent that anything could be asked of. */
#include "hcs/base/text.h"
#include "oci/check.h"
#include "oci/windows/machine.h"
#include "oci/windows/mounts.h"
#include "oci/windows/path.h"

#define SECURE_BOOT_TEMPLATE "1734c6e8-3154-4dda-ba5f-a874cc483422"     /* Microsoft Windows */
#define DISKS "Primary"                 /* any name does for a controller */
#define DRIVER_STORE "C:\\Windows\\System32\\DriverStore"

/* --- screen, keyboard, mouse -------------------------------------------------------------------------------------- */

struct screen {
        struct win_video_monitor monitor;
        struct win_enhanced_mode_video enhanced;
        struct win_rdp_connection_options basic_pipe, enhanced_pipe;
};

static int add_screen(struct plan *plan, struct win_devices *devices)
{
        struct screen *screen = plan_alloc(plan, 1, sizeof(*screen));
        const struct windows_wishes *wishes = &plan->config->wishes;
        const struct strings caller = { (const char **)&plan->facts->user_sid, plan->facts->user_sid ? 1 : 0 };
        const struct strings *users = wishes->users.count ? &wishes->users : &caller;

        if (!screen)
                return plan->err->code;
        screen->basic_pipe = (struct win_rdp_connection_options){
                .named_pipe = plan_text(plan, PIPE_PREFIX "%s.BasicSession", plan->out->id), .access_sids = *users,
        };
        screen->enhanced_pipe = (struct win_rdp_connection_options){
                .named_pipe = plan_text(plan, PIPE_PREFIX "%s.EnhancedSession", plan->out->id), .access_sids = *users,
        };
        screen->monitor = (struct win_video_monitor){
                .horizontal_resolution = (uint16_t)wishes->width, .vertical_resolution = (uint16_t)wishes->height,
                .connection_options = &screen->basic_pipe,
        };
        screen->enhanced.connection_options = &screen->enhanced_pipe;
        devices->video_monitor = &screen->monitor;
        devices->enhanced_mode_video = &screen->enhanced;
        devices->keyboard = &win_present;
        devices->mouse = &win_present;
        return 0;
}

/* --- its own memory ----------------------------------------------------------------------------------------------- */

/* The files of the machine's own memory (variables of the firmware, TPM), as Windows Sandbox has them for each of its own; made
 * before it is, and gone with it unless its scratch is kept. */
static int add_state(struct plan *plan, struct win_guest_state *state, const struct win_guest_state **ret)
{
        *state = (struct win_guest_state){
                .guest_state_file_path = plan_text(plan, "%s\\" GUEST_STATE ".vmgs", plan->scratch),
                .runtime_state_file_path = plan_text(plan, "%s\\" GUEST_STATE ".vmrs", plan->scratch),
        };
        *ret = state;
        if (!oci_facts_is_file(plan->facts, state->guest_state_file_path) &&   /* a kept scratch has it from last time */
            (!plan_storage(plan, OCI_PHASE_CREATE, "HcsCreateEmptyGuestStateFile", state->guest_state_file_path) ||
             !plan_storage(plan, OCI_PHASE_CREATE, "HcsCreateEmptyRuntimeStateFile", state->runtime_state_file_path)))
                return plan->err->code;
        return machine_grant(plan, state->guest_state_file_path) < 0 ? plan->err->code :
                                                                       machine_grant(plan, state->runtime_state_file_path);
}

/* --- a disk ------------------------------------------------------------------------------------------------------- */

struct disk_parts {
        struct win_machine machine;
        struct win_chipset chipset;
        struct win_uefi uefi;
        struct win_devices devices;
        struct win_guest_state state;
        struct win_services services;
        struct win_security_settings security;
        struct win_isolation isolation;
        struct win_smb smb;
        struct win_smb_share drivers;
        struct win_smb_share_options driver_options;
        struct win_machine_hv_socket hv_socket;
        struct win_attachment disks[2];
};

static int set_firmware(struct plan *plan, struct disk_parts *parts)
{
        const struct windows_wishes *wishes = &plan->config->wishes;

        parts->uefi.console = parts->devices.com_ports.count ? WIN_CONSOLE_COM_PORT_1 : WIN_CONSOLE_DISABLED;
        parts->chipset.uefi = &parts->uefi;
        parts->machine.chipset = &parts->chipset;
        if (wishes->secure_boot && *wishes->secure_boot) {
                parts->uefi.apply_secure_boot_template = WIN_SECURE_BOOT_APPLY;
                parts->uefi.secure_boot_template_id = SECURE_BOOT_TEMPLATE;
                if (plan_needs_schema(plan, 2, 3, "annotations." WISH_DESKTOP_SECURE) < 0)
                        return plan->err->code;
        }
        if (!wishes->tpm || !*wishes->tpm)
                return 0;
        if (plan->facts->build < 26100)         /* NanaBox offers it from 24H2 on */
                return error_set(plan->err, E_NOT_SUPPORTED, "annotations." WISH_DESKTOP_TPM ": needs Windows build 26100 or later, and "
                                 "this host has %u", plan->facts->build);
        parts->isolation.isolation_type = "GuestStateOnly";
        parts->security = (struct win_security_settings){ .enable_tpm = true, .isolation = &parts->isolation };
        parts->machine.security_settings = &parts->security;
        return 0;
}

static int add_disks(struct plan *plan, struct disk_parts *parts)
{
        const struct windows_wishes *wishes = &plan->config->wishes;

        parts->disks[0] = (struct win_attachment){ .type = WIN_ATTACH_VIRTUAL_DISK, .path = plan->scratch_disk };
        parts->disks[1] = (struct win_attachment){ .type = WIN_ATTACH_ISO, .path = wishes->iso, .read_only = true };
        if (plan_child_disk(plan, wishes->disk) < 0)
                return plan->err->code;
        if (wishes->iso && machine_grant(plan, wishes->iso) < 0)
                return plan->err->code;
        return machine_scsi(plan, &parts->devices, DISKS, parts->disks, wishes->iso ? 2 : 1);
}

/* The guest's drivers are the host's: error 43 in the guest says that it doesn't find them (section 7.1). */
static void add_drivers(struct plan *plan, struct disk_parts *parts)
{
        if (plan->config->wishes.gpu == WISH_GPU_NONE)
                return;
        parts->driver_options = (struct win_smb_share_options){
                .read_only = true, .share_read = true, .cache_io = true, .pseudo_oplocks = true, .no_directmap = plan->no_directmap,
        };
        parts->drivers = (struct win_smb_share){ .name = "HostDriverStore", .path = DRIVER_STORE, .options = &parts->driver_options };
        parts->smb.shares.items = &parts->drivers;
        parts->smb.shares.count = 1;
        parts->devices.virtual_smb = &parts->smb;
}

static int disk_machine(struct plan *plan, const struct win_machine **ret)
{
        struct disk_parts *parts = plan_alloc(plan, 1, sizeof(*parts));
        struct win_topology *topology = NULL;
        int r = parts ? machine_topology(plan, &topology) : plan->err->code;

        if (r >= 0)
                r = machine_com_ports(plan, &parts->devices);
        if (r >= 0)
                r = set_firmware(plan, parts);
        if (r >= 0)
                r = add_disks(plan, parts);
        if (r >= 0)
                r = add_state(plan, &parts->state, &parts->machine.guest_state);
        if (r >= 0)
                r = machine_network(plan, &parts->devices);
        if (r >= 0)
                r = add_screen(plan, &parts->devices);
        if (r >= 0)
                r = plan_drop_disk(plan, &parts->state);
        if (r < 0)
                return r;
        add_drivers(plan, parts);
        parts->devices.hv_socket = &parts->hv_socket;   /* one observer's machines didn't start without */
        if (plan->config->wishes.services.count && machine_hv_socket(plan, &parts->devices.hv_socket) < 0)
                return plan->err->code;
        if (oci_facts_has_schema(plan->facts, 2, 5)) {  /* a shutdown from outside, without an agent */
                parts->services = (struct win_services){ .heartbeat = &win_present, .shutdown = &win_present };
                parts->machine.services = &parts->services;
        }
        parts->machine.compute_topology = topology;
        parts->machine.devices = &parts->devices;
        parts->machine.storage_qos = machine_qos(plan);
        parts->machine.resource_partition_id = plan->config->wishes.partition;
        *ret = &parts->machine;
        return 0;
}

/* --- a copy of this machine --------------------------------------------------------------------------------------- */

/* In a machine that has no container it is the machine's agent that makes the place. */
static int tell_place(struct plan *plan, const char *type, const struct json_field *fields, const void *place)
{
        struct win_guest_request *guest = plan_alloc(plan, 1, sizeof(*guest));
        struct win_modify_request *request = guest ? plan_modify(plan) : NULL;

        if (!request)
                return plan->err->code;
        *guest = (struct win_guest_request){
                .resource_type = type, .request_type = WIN_REQUEST_ADD, .settings = { .fields = fields, .object = place },
        };
        request->guest_request = guest;
        return 0;
}

static int add_places(struct plan *plan)
{
        struct win_container *places = plan_alloc(plan, 1, sizeof(*places));
        int r = places ? plan_mounts(plan, places) : plan->err->code;

        for (size_t i = 0; r >= 0 && i < places->mapped_directories.count; i++)
                r = tell_place(plan, "MappedDirectory", win_mapped_directory_fields, &places->mapped_directories.items[i]);
        for (size_t i = 0; r >= 0 && i < places->mapped_pipes.count; i++)
                r = tell_place(plan, "MappedPipe", win_mapped_pipe_fields, &places->mapped_pipes.items[i]);
        return r;
}

/* Where a guest looks for the host's drivers of the GPU (section 7.1); that its agent can put a share there is unverified. */
static int add_driver_place(struct plan *plan)
{
        struct win_mapped_directory *place;

        if (plan->config->wishes.gpu == WISH_GPU_NONE)
                return 0;
        place = plan_alloc(plan, 1, sizeof(*place));
        if (!place || machine_share(plan, DRIVER_STORE, true, &place->host_path) < 0)
                return plan->err->code;
        place->container_path = "C:\\Windows\\System32\\HostDriverStore";
        place->read_only = true;
        return tell_place(plan, "MappedDirectory", win_mapped_directory_fields, place);
}

static int copy_machine(struct plan *plan, const struct win_machine **ret)
{
        struct win_guest_state *state = plan_alloc(plan, 1, sizeof(*state));
        const char *utility_vm = machine_utility_vm(plan);
        struct win_machine *machine;
        struct win_devices *devices;
        int r;

        plan->scratch_disk = plan_text(plan, "%s\\vm\\" SCRATCH_DISK, plan->scratch);
        plan->next_lun = 1;
        r = state ? plan_boot_storage(plan, utility_vm, plan->scratch_disk) : plan->err->code;
        if (r >= 0)
                r = machine_windows(plan, utility_vm, plan->scratch_disk, &machine, &devices);
        if (r >= 0)
                r = add_state(plan, state, &machine->guest_state);
        if (r >= 0)
                r = plan_drop_copy(plan, state);
        if (r >= 0)
                r = add_screen(plan, devices);
        if (r >= 0)
                r = add_places(plan);
        if (r >= 0)
                r = add_driver_place(plan);
        if (r >= 0)
                r = machine_network(plan, devices);
        if (r < 0)
                return r;
        *ret = machine;
        return 0;
}

int plan_desktop(struct plan *plan)
{
        struct doc_system *system = plan_alloc(plan, 1, sizeof(*system));
        const struct win_machine *machine = NULL;
        int r;

        plan->out->vm_id = plan->out->id;
        r = !system ? plan->err->code : plan->config->wishes.disk ? disk_machine(plan, &machine) : copy_machine(plan, &machine);
        if (r >= 0)
                r = machine_gpu(plan);
        if (r >= 0)
                r = machine_pci(plan);
        if (r < 0)
                return r;
        *system = (struct doc_system){
                .owner = OWNER, .schema_version = { 2, 1 }, .virtual_machine = machine, .should_terminate_on_last_handle_closed = true,
        };
        plan->out->system = system;
        return 0;
}
