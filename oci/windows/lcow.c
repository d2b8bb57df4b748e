/* A Linux container on Windows (hcs-documents.md section 6): a Linux utility VM gets the layers as persistent memory, the
 * scratch as a disk and the host's folders over Plan 9; its agent gets the specification with the places as they are inside.
 *
 * How the guest's init is told what to start follows the kernel command line that hcsshim is seen to use, without the parts
 * that need a listener on the host (entropy, log); that the agent comes up without them is unverified. */
#include <string.h>

#include "hcs/base/text.h"
#include "oci/check.h"
#include "oci/windows/machine.h"
#include "oci/windows/mounts.h"
#include "oci/windows/path.h"

#define PLAN9_PORT 564
#define PMEM_COUNT 64
#define PMEM_SIZE (UINT64_C(4) << 30)
#define LAYER_DISK "layer.vhd"
#define AGENT "/bin/gcs -v4 -log-format json -loglevel info"

static bool is_on(const bool *flag)
{
        return flag && *flag;
}

static const char *inside(struct plan *plan, const char *what)
{
        return plan_text(plan, "/run/gcs/c/%s%s", plan->out->id, what);
}

/* --- boot --------------------------------------------------------------------------------------------------------- */

struct boot {
        const char *folder, *root_disk;         /* root_disk NULL: an initial ram disk holds the root */
        bool direct;                            /* the kernel is started without firmware */
        uint32_t pmem_count;
};

static int choose_boot(struct plan *plan, struct boot *boot)
{
        const struct windows_wishes *wishes = &plan->config->wishes;
        const char *type = wishes->root_type, *disk;

        boot->folder = plan_boot_folder(plan->config, plan->facts);
        disk = plan_text(plan, "%s\\" LINUX_ROOT_DISK, boot->folder);
        if (type && !text_equal(type, "initrd") && !text_equal(type, "vhd"))
                return error_set(plan->err, E_INVALID_DATA, "annotations." MS_LCOW "preferredrootfstype: found \"%.60s\"; expected "
                                 "\"initrd\" or \"vhd\"", type);
        if (type ? text_equal(type, "vhd") : oci_facts_is_file(plan->facts, disk))
                boot->root_disk = disk;
        boot->direct = wishes->kernel_direct ? *wishes->kernel_direct : plan->facts->build >= 18286;
        if (boot->direct && plan_needs_schema(plan, 2, 2, "a Linux kernel that is started without firmware") < 0)
                return plan->err->code;
        boot->pmem_count = is_on(wishes->physically_backed) ? 0 : wishes->pmem_count ? (uint32_t)*wishes->pmem_count : PMEM_COUNT;
        if (wishes->pmem_size && *wishes->pmem_size % 4096)
                return error_set(plan->err, E_INVALID_DATA, "annotations." MS_MACHINE "devices.virtualpmem.maximumsizebytes: found %llu; "
                                 "expected a multiple of 4096", (unsigned long long)*wishes->pmem_size);
        return 0;
}

static const char *command_line(struct plan *plan, const struct boot *boot, bool console)
{
        const char *root = !boot->root_disk ? boot->direct ? "" : "initrd=/initrd.img " :
                           boot->pmem_count ? "root=/dev/pmem0 ro rootwait init=/init " : "root=/dev/sda ro rootwait init=/init ";
        const char *options = plan->config->wishes.boot_options;

        return plan_text(plan, "%s8250_core.nr_uarts=%s panic=-1 quiet pci=off nr_cpus=%u brd.rd_nr=0 pmtmr=0%s%s -- " AGENT, root,
                         console ? "1 console=ttyS0,115200" : "0", plan->sizes.machine_count, options ? " " : "",
                         options ? options : "");
}

struct linux_parts {
        struct win_machine machine;
        struct win_chipset chipset;
        struct win_linux_kernel_direct kernel;
        struct win_uefi uefi;
        struct win_uefi_boot_entry entry;
        struct win_devices devices;
        struct win_pmem_controller pmem;
        __typeof__(*((struct win_pmem_controller *)0)->devices.items) root;
        struct win_plan9 plan9;
        struct win_guest_connection connection;
        struct win_attachment root_disk;
};

static void set_boot(struct plan *plan, struct linux_parts *parts, const struct boot *boot)
{
        const char *line = command_line(plan, boot, parts->devices.com_ports.count > 0);

        parts->machine.chipset = &parts->chipset;
        if (boot->direct) {
                parts->kernel = (struct win_linux_kernel_direct){
                        .kernel_file_path = plan_text(plan, "%s\\vmlinux", boot->folder), .kernel_cmd_line = line,
                        .init_rd_path = boot->root_disk ? NULL : plan_text(plan, "%s\\initrd.img", boot->folder),
                };
                parts->chipset.linux_kernel_direct = &parts->kernel;
                return;
        }
        parts->entry = (struct win_uefi_boot_entry){
                .device_type = WIN_BOOT_VMB_FS, .device_path = "\\kernel", .vmb_fs_root_path = boot->folder, .optional_data = line,
        };
        parts->uefi.boot_this = &parts->entry;
        parts->chipset.uefi = &parts->uefi;
}

/* The root file system is device 0 where there is persistent memory, and the first disk where not. */
static int set_root(struct plan *plan, struct linux_parts *parts, const struct boot *boot)
{
        const uint64_t *size = plan->config->wishes.pmem_size;

        if (boot->pmem_count) {
                parts->pmem = (struct win_pmem_controller){
                        .maximum_count = (uint8_t)boot->pmem_count, .maximum_size_bytes = size ? *size : PMEM_SIZE,
                        .backing = WIN_PMEM_VIRTUAL,
                };
                parts->devices.virtual_pmem = &parts->pmem;
        }
        if (boot->root_disk && boot->pmem_count) {
                parts->root.key = "0";
                parts->root.value = (struct win_pmem_device){
                        .host_path = boot->root_disk, .read_only = true, .image_format = WIN_PMEM_VHD1,
                };
                parts->pmem.devices.items = &parts->root;
                parts->pmem.devices.count = 1;
                plan->next_pmem = 1;
        } else if (boot->root_disk) {
                parts->root_disk = (struct win_attachment){
                        .type = WIN_ATTACH_VIRTUAL_DISK, .path = boot->root_disk, .read_only = true,
                };
                plan->next_lun = 1;
        }
        return machine_scsi(plan, &parts->devices, SCSI_CONTROLLER, &parts->root_disk, plan->next_lun);
}

static int linux_machine(struct plan *plan, const struct boot *boot, const struct win_machine **ret)
{
        struct linux_parts *parts = plan_alloc(plan, 1, sizeof(*parts));
        struct win_topology *topology = NULL;
        int r = parts ? machine_topology(plan, &topology) : plan->err->code;

        if (r >= 0)
                r = machine_com_ports(plan, &parts->devices);
        if (r >= 0)
                r = machine_hv_socket(plan, &parts->devices.hv_socket);
        if (r >= 0)
                r = set_root(plan, parts, boot);
        if (r < 0)
                return r;
        set_boot(plan, parts, boot);
        parts->devices.plan9 = &parts->plan9;   /* has to be there, or no share can be added later */
        parts->connection = (struct win_guest_connection){ .use_vsock = true, .use_connected_suspend = true };
        parts->machine.stop_on_reset = true;
        parts->machine.compute_topology = topology;
        parts->machine.devices = &parts->devices;
        parts->machine.storage_qos = machine_qos(plan);
        parts->machine.resource_partition_id = plan->config->wishes.partition;
        parts->machine.guest_connection = &parts->connection;
        *ret = &parts->machine;
        return 0;
}

/* --- layers ------------------------------------------------------------------------------------------------------- */

static int add_pmem(struct plan *plan, const char *disk, const char **ret_inside)
{
        struct { struct win_pmem_device device; struct win_guest_request guest; struct win_lcow_pmem_device place; } *parts;
        struct win_modify_request *request;

        parts = plan_alloc(plan, 1, sizeof(*parts));
        request = parts ? plan_modify(plan) : NULL;
        if (!request)
                return plan->err->code;
        parts->device = (struct win_pmem_device){ .host_path = disk, .read_only = true, .image_format = WIN_PMEM_VHD1 };
        parts->place = (struct win_lcow_pmem_device){
                .device_number = plan->next_pmem, .mount_path = plan_text(plan, "/run/layers/p%u", plan->next_pmem),
        };
        parts->guest = (struct win_guest_request){
                .resource_type = "VPMemDevice", .request_type = WIN_REQUEST_ADD,
                .settings = { .fields = win_lcow_pmem_device_fields, .object = &parts->place },
        };
        *request = (struct win_modify_request){
                .resource_path = plan_text(plan, "VirtualMachine/Devices/VirtualPMem/Devices/%u", plan->next_pmem++),
                .request_type = WIN_REQUEST_ADD, .settings = { .fields = win_pmem_device_fields, .object = &parts->device },
                .guest_request = &parts->guest,
        };
        *ret_inside = parts->place.mount_path;
        return 0;
}

/* An empty disk gets its file system from the agent. */
static int add_disk(struct plan *plan, struct win_attachment *attachment, bool empty, const char **ret_inside)
{
        struct { struct win_guest_request guest; struct win_lcow_mapped_virtual_disk disk; } *parts = plan_alloc(plan, 1, sizeof(*parts));
        uint32_t lun = 0;

        if (!parts || machine_attach(plan, attachment, &lun, &parts->guest) < 0)
                return plan->err->code;
        parts->disk = (struct win_lcow_mapped_virtual_disk){
                .mount_path = plan_text(plan, "/run/mounts/m%u", lun), .lun = (uint8_t)lun,
                .read_only = attachment->read_only, .ensure_filesystem = empty, .filesystem = empty ? "ext4" : NULL,
        };
        parts->guest = (struct win_guest_request){
                .resource_type = "MappedVirtualDisk", .request_type = WIN_REQUEST_ADD,
                .settings = { .fields = win_lcow_mapped_virtual_disk_fields, .object = &parts->disk },
        };
        *ret_inside = parts->disk.mount_path;
        return 0;
}

static int add_layer(struct plan *plan, const struct boot *boot, const char *folder, const char **ret_inside)
{
        const char *disk = plan_text(plan, "%s\\" LAYER_DISK, folder);
        struct win_attachment *attachment;

        if (machine_grant(plan, disk) < 0)
                return plan->err->code;
        if (plan->next_pmem < boot->pmem_count)
                return add_pmem(plan, disk, ret_inside);
        attachment = plan_alloc(plan, 1, sizeof(*attachment));
        if (!attachment)
                return plan->err->code;
        *attachment = (struct win_attachment){ .type = WIN_ATTACH_VIRTUAL_DISK, .path = disk, .read_only = true };
        return add_disk(plan, attachment, false, ret_inside);
}

static int add_scratch(struct plan *plan, const char **ret_inside)
{
        struct win_attachment *attachment = plan_alloc(plan, 1, sizeof(*attachment));

        if (!attachment)
                return plan->err->code;
        *attachment = (struct win_attachment){
                .type = WIN_ATTACH_VIRTUAL_DISK, .path = plan->scratch_disk,
                .ignore_flushes = plan->config->section.ignore_flushes_during_boot,
        };
        return add_disk(plan, attachment, plan->scratch_is_new, ret_inside);
}

static int add_root(struct plan *plan, const struct boot *boot, const char **ret_scratch)
{
        struct { struct win_guest_request guest; struct win_lcow_combined_layers layers; } *parts = plan_alloc(plan, 1, sizeof(*parts));
        struct win_modify_request *request;
        win_layers layers = { .items = plan_alloc(plan, plan->layers.count, sizeof(*layers.items)) };
        const char *disk;

        if (!parts || !layers.items)
                return plan->err->code;
        for (; layers.count < plan->layers.count; layers.count++)
                if (add_layer(plan, boot, plan->layers.items[layers.count].path, &layers.items[layers.count].path) < 0)
                        return plan->err->code;
        if (add_scratch(plan, &disk) < 0)
                return plan->err->code;
        request = plan_modify(plan);
        if (!request)
                return plan->err->code;
        *ret_scratch = plan_text(plan, "%s/scratch/%s", disk, plan->out->id);
        parts->layers = (struct win_lcow_combined_layers){
                .container_id = plan->out->id, .container_root_path = inside(plan, "/rootfs"), .layers = layers,
                .scratch_path = *ret_scratch,
        };
        parts->guest = (struct win_guest_request){
                .resource_type = "CombinedLayers", .request_type = WIN_REQUEST_ADD,
                .settings = { .fields = win_lcow_combined_layers_fields, .object = &parts->layers },
        };
        request->guest_request = &parts->guest;
        return 0;
}

/* --- mounts ------------------------------------------------------------------------------------------------------- */

static int share(struct plan *plan, const char *path, const char *file, bool read_only, size_t index, const char **ret_inside)
{
        struct { struct win_plan9_share share; struct win_guest_request guest; struct win_lcow_mapped_directory place;
                 const char *files[1]; } *parts = plan_alloc(plan, 1, sizeof(*parts));
        struct win_modify_request *request = parts ? plan_modify(plan) : NULL;
        const char *name = plan_text(plan, "%zu", index);

        if (!request)
                return plan->err->code;
        parts->files[0] = file;
        parts->share = (struct win_plan9_share){
                .name = name, .access_name = name, .path = path, .port = PLAN9_PORT, .allowed_files = { parts->files, file != NULL },
                .flags = (read_only ? WIN_PLAN9_READ_ONLY : 0u) | WIN_PLAN9_LINUX_METADATA | WIN_PLAN9_CASE_SENSITIVE |
                         (file ? WIN_PLAN9_RESTRICT_FILE_ACCESS : 0u),
        };
        parts->place = (struct win_lcow_mapped_directory){
                .mount_path = inside(plan, plan_text(plan, "/m%zu", index)), .port = PLAN9_PORT, .share_name = name,
                .read_only = read_only,
        };
        parts->guest = (struct win_guest_request){
                .resource_type = "MappedDirectory", .request_type = WIN_REQUEST_ADD,
                .settings = { .fields = win_lcow_mapped_directory_fields, .object = &parts->place },
        };
        *request = (struct win_modify_request){
                .resource_path = "VirtualMachine/Devices/Plan9/Shares", .request_type = WIN_REQUEST_ADD,
                .settings = { .fields = win_plan9_share_fields, .object = &parts->share }, .guest_request = &parts->guest,
        };
        *ret_inside = file ? plan_text(plan, "%s/%s", parts->place.mount_path, file) : parts->place.mount_path;
        return 0;
}

static int mount_folder(struct plan *plan, struct spec_mount *mount, size_t index)
{
        const char *path = winpath_clean(plan->arena, mount->source);
        const bool read_only = mount_is_read_only(mount);
        const struct windows_wishes *wishes = &plan->config->wishes;

        if (!path)
                return plan_memory(plan);
        if (!read_only && (is_on(wishes->no_writable_shares) || is_on(wishes->no_unsafe)))
                return error_set(plan->err, E_INVALID_DATA, "mounts[%zu]: found a folder to write to, which the annotation " MS_MACHINE
                                 "fileshares.disablewritable (or io.microsoft.disable-unsafe-operations) forbids; add \"ro\" to its "
                                 "options", index);
        path = oci_facts_target(plan->facts, path);
        mount->type = "bind";
        if (!oci_facts_is_file(plan->facts, path))
                return share(plan, path, NULL, read_only, index, &mount->source);
        return share(plan, winpath_parent(plan->arena, path), winpath_name(path), read_only, index, &mount->source);
}

static int mount_disk(struct plan *plan, struct spec_mount *mount)
{
        struct win_attachment *attachment = plan_alloc(plan, 1, sizeof(*attachment));

        if (!attachment || machine_attachment(plan, mount, attachment) < 0)
                return plan->err->code;
        mount->type = "bind";
        return add_disk(plan, attachment, false, &mount->source);
}

/* A bind without the option is none to Linux. */
static int add_bind(struct plan *plan, struct spec_mount *mount)
{
        struct strings options = { .items = plan_alloc(plan, mount->options.count + 1, sizeof(*options.items)) };

        if (!options.items)
                return plan->err->code;
        for (size_t i = 0; i < mount->options.count; i++) {
                if (text_equal(mount->options.items[i], "bind") || text_equal(mount->options.items[i], "rbind"))
                        return 0;
                options.items[options.count++] = mount->options.items[i];
        }
        options.items[options.count++] = "rbind";
        mount->options = options;
        return 0;
}

static int add_mounts(struct plan *plan, struct spec *spec)
{
        struct spec_mount *mounts;
        int r = 0;

        if (!spec->mounts.count)
                return 0;
        mounts = plan_alloc(plan, spec->mounts.count, sizeof(*mounts));
        if (!mounts)
                return plan->err->code;
        memcpy(mounts, spec->mounts.items, spec->mounts.count * sizeof(*mounts));
        spec->mounts.items = mounts;
        for (size_t i = 0; r >= 0 && i < spec->mounts.count; i++) {
                const enum mount_class class = mount_class(&mounts[i], true);

                if (class == MOUNT_GUEST)
                        continue;
                if (class == MOUNT_MACHINE_PATH) {
                        mounts[i].source = mount_inside(&mounts[i]);
                        mounts[i].type = "bind";
                        r = add_bind(plan, &mounts[i]);
                        continue;
                }
                r = class == MOUNT_DISK ? mount_disk(plan, &mounts[i]) : mount_folder(plan, &mounts[i], i);
                if (r >= 0)
                        r = add_bind(plan, &mounts[i]);
        }
        return r;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* Of the member "windows" the agent looks at the namespace alone; the rest is said by the documents around it. */
static int keep_network(struct plan *plan, struct spec *spec)
{
        struct json_value *kept;
        const char *text;

        spec->windows = NULL;
        if (!plan->namespace_)
                return 0;
        text = plan_text(plan, "{\"network\":{\"networkNamespace\":\"%s\"}}", plan->namespace_);
        if (json_parse(plan->arena, text, strlen(text), "windows", &kept, plan->err) < 0)
                return plan->err->code;
        spec->windows = kept;
        return 0;
}

static int add_container(struct plan *plan, const struct boot *boot)
{
        struct { struct doc_system system; struct doc_hosted_system hosted; struct spec spec; struct spec_root root; } *parts;
        const char *scratch = NULL;
        int r;

        parts = plan_alloc(plan, 1, sizeof(*parts));
        r = parts ? add_root(plan, boot, &scratch) : plan->err->code;
        if (r < 0)
                return r;
        parts->spec = plan->config->spec;
        parts->root.path = inside(plan, "/rootfs");
        parts->spec.root = &parts->root;
        parts->spec.hooks = NULL;       /* the host's, and run there */
        r = keep_network(plan, &parts->spec);
        if (r >= 0)
                r = add_mounts(plan, &parts->spec);
        if (r < 0)
                return r;
        parts->hosted = (struct doc_hosted_system){
                .schema_version = { 2, 1 }, .oci_bundle_path = inside(plan, ""), .oci_specification = &parts->spec,
                .scratch_dir_path = scratch,
        };
        parts->system = (struct doc_system){
                .owner = OWNER, .schema_version = { 2, 1 }, .hosting_system_id = plan->out->vm_id, .hosted_system = &parts->hosted,
                .should_terminate_on_last_handle_closed = true,
        };
        plan->out->system = &parts->system;
        return 0;
}

int plan_linux(struct plan *plan)
{
        struct doc_system *system = plan_alloc(plan, 1, sizeof(*system));
        const struct win_machine *machine = NULL;
        struct boot boot = { 0 };
        int r = system ? choose_boot(plan, &boot) : plan->err->code;

        plan->out->vm_id = plan_text(plan, "%s@vm", plan->out->id);
        if (r >= 0)
                r = linux_machine(plan, &boot, &machine);
        if (r >= 0)
                r = plan_linux_storage(plan, boot.root_disk);
        if (r >= 0)
                r = add_container(plan, &boot);
        if (r >= 0)
                r = machine_linux_adapters(plan);
        if (r >= 0)
                r = machine_gpu(plan);
        if (r >= 0)
                r = machine_pci(plan);
        if (r < 0)
                return r;
        *system = (struct doc_system){
                .owner = OWNER, .schema_version = { 2, 1 }, .virtual_machine = machine,
                .should_terminate_on_last_handle_closed = true,
        };
        plan->out->virtual_machine = system;
        return 0;
}
