/* What every virtual machine has: memory, processors, ports, disks, adapters (hcs-documents.md sections 5 to 8). */
#include "oci/windows/machine.h"

#include "hcs/base/text.h"
#include "oci/check.h"
#include "oci/windows/mounts.h"
#include "oci/windows/path.h"

static bool is_on(const bool *flag)
{
        return flag && *flag;
}

/* --- memory and processors ---------------------------------------------------------------------------------------- */

static void set_memory(const struct plan *plan, struct win_machine_memory *memory)
{
        const struct windows_wishes *wishes = &plan->config->wishes;
        const bool backed = is_on(wishes->physically_backed) || (wishes->overcommit && !*wishes->overcommit);
        const bool linux_guest = plan->config->kind == OCI_WINDOWS_LINUX;

        *memory = (struct win_machine_memory){
                .size_in_mb = plan->sizes.machine_memory, .allow_overcommit = !backed,
                /* Hints about memory that isn't backed mean nothing where all of it is. */
                .enable_hot_hint = !backed && plan->config->kind == OCI_WINDOWS_HYPERV,
                .enable_deferred_commit = !backed && (wishes->deferred_commit ? *wishes->deferred_commit : linux_guest),
                .enable_cold_discard_hint = !backed && (wishes->cold_discard ? *wishes->cold_discard : linux_guest) &&
                                            plan->facts->build >= 18967,
                .low_mmio_gap_in_mb = wishes->low_mmio_gap ? *wishes->low_mmio_gap : 0,
                .high_mmio_base_in_mb = wishes->high_mmio_base ? *wishes->high_mmio_base : 0,
                .high_mmio_gap_in_mb = wishes->high_mmio_gap ? *wishes->high_mmio_gap : 0,
        };
}

static int set_processor(struct plan *plan, struct win_machine_processor *processor)
{
        const struct windows_wishes *wishes = &plan->config->wishes;
        struct win_cpu_group *group;

        *processor = (struct win_machine_processor){
                .count = plan->sizes.machine_count, .limit = plan->sizes.machine_limit, .weight = plan->sizes.machine_weight,
                .expose_virtualization_extensions = is_on(wishes->nested),
        };
        if (!wishes->cpu_group)
                return 0;
        if (plan->facts->build < 19043)
                return error_set(plan->err, E_NOT_SUPPORTED, "annotations." MS_MACHINE "cpugroup.id: needs Windows build 19043 or later, "
                                 "and this host has %u", plan->facts->build);
        group = plan_alloc(plan, 1, sizeof(*group));
        if (!group)
                return plan->err->code;
        group->id = wishes->cpu_group;
        processor->cpu_group = group;
        return 0;
}

int machine_topology(struct plan *plan, struct win_topology **ret)
{
        struct { struct win_topology topology; struct win_machine_memory memory; struct win_machine_processor processor; } *parts;
        const struct windows_wishes *wishes = &plan->config->wishes;

        parts = plan_alloc(plan, 1, sizeof(*parts));
        if (!parts || set_processor(plan, &parts->processor) < 0)
                return plan->err->code;
        if ((wishes->low_mmio_gap || wishes->high_mmio_base || wishes->high_mmio_gap) &&
            plan_needs_schema(plan, 2, 3, "annotations." MS_MEMORY "lowmmiogapinmb, highmmiobaseinmb, highmmiogapinmb") < 0)
                return plan->err->code;
        set_memory(plan, &parts->memory);
        plan->no_directmap = !parts->memory.allow_overcommit || is_on(wishes->no_directmap);
        parts->topology.memory = &parts->memory;
        parts->topology.processor = &parts->processor;
        *ret = &parts->topology;
        return 0;
}

/* --- ports and sockets -------------------------------------------------------------------------------------------- */

int machine_com_ports(struct plan *plan, struct win_devices *devices)
{
        static const char *const keys[] = { "0", "1" };
        const struct windows_wishes *wishes = &plan->config->wishes;
        const struct strings console = { (const char **)&wishes->console_pipe, wishes->console_pipe ? 1 : 0 };
        const struct strings *pipes = wishes->console_pipe ? &console : &wishes->com_ports;

        if (!pipes->count)
                return 0;
        devices->com_ports.items = plan_alloc(plan, pipes->count, sizeof(*devices->com_ports.items));
        if (!devices->com_ports.items)
                return plan->err->code;
        for (size_t i = 0; i < pipes->count; i++) {
                devices->com_ports.items[i].key = keys[i];
                devices->com_ports.items[i].value.named_pipe = pipes->items[i];
        }
        devices->com_ports.count = pipes->count;
        return 0;
}

#define ADMINISTRATORS_ONLY "D:P(A;;FA;;;SY)(A;;FA;;;BA)"

/* Nobody but the system and administrators may listen; services by annotation have rules of their own. */
int machine_hv_socket(struct plan *plan, const struct win_machine_hv_socket **ret)
{
        struct { struct win_machine_hv_socket socket; struct win_hv_socket_system_config config; } *parts;
        const struct windows_wishes *wishes = &plan->config->wishes;
        const size_t count = wishes->services.count;

        parts = plan_alloc(plan, 1, sizeof(*parts));
        if (!parts)
                return plan->err->code;
        parts->config.default_bind_security_descriptor = ADMINISTRATORS_ONLY;
        if (plan->config->kind == OCI_WINDOWS_LINUX)
                parts->config.default_connect_security_descriptor = ADMINISTRATORS_ONLY;
        if (count || plan->config->kind == OCI_WINDOWS_HYPERV) {
                parts->config.service_table.items = plan_alloc(plan, count + 1, sizeof(*parts->config.service_table.items));
                if (!parts->config.service_table.items)
                        return plan->err->code;
        }
        for (size_t i = 0; i < count; i++) {
                parts->config.service_table.items[i].key = wishes->services.items[i].id;
                if (json_read(plan->arena, win_hv_socket_service_config_fields, wishes->services.items[i].config,
                              &parts->config.service_table.items[i].value, "annotations." MS_MACHINE "hv-socket.service-table",
                              JSON_REFUSE_UNKNOWN, plan->err) < 0)
                        return plan->err->code;
        }
        parts->config.service_table.count = count;
        parts->socket.hv_socket_config = &parts->config;
        *ret = &parts->socket;
        return 0;
}

/* The machine's own limits; and its container's where that can't have any: a desktop has none, and Linux counts by device. */
const struct win_storage_qos *machine_qos(struct plan *plan)
{
        static const struct section_storage none;
        const struct windows_wishes *wishes = &plan->config->wishes;
        const struct section_resources *resources = plan->config->section.resources;
        const struct section_storage *storage = resources && resources->storage ? resources->storage : &none;
        const bool both = plan->config->kind != OCI_WINDOWS_HYPERV;
        const uint64_t *iops = wishes->iops ? wishes->iops : !both ? NULL : wishes->container_iops ? wishes->container_iops : storage->iops;
        const uint64_t *bandwidth = wishes->bandwidth ? wishes->bandwidth : !both ? NULL :
                                    wishes->container_bandwidth ? wishes->container_bandwidth : storage->bps;
        struct win_storage_qos *qos = iops || bandwidth ? plan_alloc(plan, 1, sizeof(*qos)) : NULL;

        if (qos)
                *qos = (struct win_storage_qos){ .iops_maximum = iops ? *iops : 0, .bandwidth_maximum = bandwidth ? *bandwidth : 0 };
        return qos && (qos->iops_maximum || qos->bandwidth_maximum) ? qos : NULL;
}

/* --- registry ----------------------------------------------------------------------------------------------------- */

/* Without the first value, the guest's network service knows one network for all and no namespaces; a desktop has no use for
 * any. */
int machine_registry(struct plan *plan, const struct win_registry_changes **ret)
{
        static const uint32_t on = 1;
        const struct json_value *wished = plan->config->wishes.registry;
        const size_t more = wished ? wished->count : 0;
        struct win_registry_changes *changes = plan_alloc(plan, 1, sizeof(*changes));

        if (!changes)
                return plan->err->code;
        changes->add_values.items = plan_alloc(plan, more + 1, sizeof(*changes->add_values.items));
        if (!changes->add_values.items)
                return plan->err->code;
        if (!is_on(plan->config->wishes.no_compartment) && plan->config->kind == OCI_WINDOWS_HYPERV)
                changes->add_values.items[changes->add_values.count++] = (struct win_registry_value){
                        .key = { .hive = WIN_HIVE_SYSTEM, .name = "CurrentControlSet\\Services\\gns" },
                        .name = "EnableCompartmentNamespace", .type = WIN_REGISTRY_DWORD, .dword_value = &on,
                };
        for (size_t i = 0; i < more; i++)
                if (json_read(plan->arena, win_registry_value_fields, &wished->items[i],
                              &changes->add_values.items[changes->add_values.count++],
                              "annotations." MS_WCOW "additional-reg-keys", JSON_REFUSE_UNKNOWN, plan->err) < 0)
                        return plan->err->code;
        *ret = changes->add_values.count ? changes : NULL;
        return 0;
}

/* --- files and disks ---------------------------------------------------------------------------------------------- */

int machine_grant(struct plan *plan, const char *path)
{
        struct oci_storage_call *grant = plan_storage(plan, OCI_PHASE_CREATE, "HcsGrantVmAccess", path);
        struct oci_storage_call *revoke;

        if (!grant)
                return plan->err->code;
        grant->vm_id = plan->out->vm_id;
        revoke = plan_storage(plan, OCI_PHASE_DELETE, "HcsRevokeVmAccess", path);       /* else the file keeps a stale entry */
        if (!revoke)
                return plan->err->code;
        revoke->vm_id = plan->out->vm_id;
        return 0;
}

int machine_scsi(struct plan *plan, struct win_devices *devices, const char *controller, const struct win_attachment *disks,
                 size_t count)
{
        __typeof__(devices->scsi.items) scsi = plan_alloc(plan, 1, sizeof(*scsi));

        if (!scsi)
                return plan->err->code;
        scsi->key = controller;
        scsi->value.attachments.items = plan_alloc(plan, count + 1, sizeof(*scsi->value.attachments.items));
        if (!scsi->value.attachments.items)
                return plan->err->code;
        for (size_t i = 0; i < count; i++) {
                scsi->value.attachments.items[i].key = plan_text(plan, "%zu", i);
                scsi->value.attachments.items[i].value = disks[i];
        }
        scsi->value.attachments.count = count;
        devices->scsi.items = scsi;
        devices->scsi.count = 1;
        return 0;
}

int machine_attach(struct plan *plan, const struct win_attachment *attachment, uint32_t *ret_lun,
                   const struct win_guest_request *guest)
{
        struct win_modify_request *request;

        if (plan->next_lun > 63)
                return error_set(plan->err, E_NOT_SUPPORTED, "mounts: found more disks than a machine's 64; mount fewer");
        request = plan_modify(plan);
        if (!request)
                return plan->err->code;
        *ret_lun = plan->next_lun++;
        *request = (struct win_modify_request){
                .resource_path = plan_text(plan, "VirtualMachine/Devices/Scsi/%s/Attachments/%u", SCSI_CONTROLLER, *ret_lun),
                .request_type = WIN_REQUEST_ADD, .settings = { .fields = win_attachment_fields, .object = attachment },
                .guest_request = guest,
        };
        return 0;
}

/* --- GPU and other devices ---------------------------------------------------------------------------------------- */

int machine_gpu(struct plan *plan)
{
        struct win_gpu_configuration *gpu;
        struct win_modify_request *request;

        if (plan->config->wishes.gpu == WISH_GPU_NONE)
                return 0;
        gpu = plan_alloc(plan, 1, sizeof(*gpu));
        request = gpu ? plan_modify(plan) : NULL;
        if (!request)
                return plan->err->code;
        *gpu = (struct win_gpu_configuration){
                .assignment_mode = plan->config->wishes.gpu == WISH_GPU_MIRROR ? WIN_GPU_MIRROR : WIN_GPU_DEFAULT,
                .allow_vendor_extension = true,
        };
        *request = (struct win_modify_request){
                .resource_path = "VirtualMachine/ComputeTopology/Gpu", .request_type = WIN_REQUEST_UPDATE,
                .settings = { .fields = win_gpu_configuration_fields, .object = gpu },
        };
        return 0;
}

/* "PCI\VEN_...\..." or the same with "/1" behind for virtual function 1. */
static int split_device(struct plan *plan, const char *id, struct win_pci_function *function)
{
        const char *slash = NULL;
        uint32_t index = 0;

        for (const char *c = id; *c; c++)
                if (*c == '/')
                        slash = c;
        if (slash && (text_to_u32(slash + 1, &index) < 0 || index > UINT16_MAX))
                return error_set(plan->err, E_INVALID_DATA, "windows.devices: found \"%.100s\"; expected the number of a virtual function "
                                 "behind the slash", id);
        function->virtual_function = (uint16_t)index;
        function->device_instance_path = slash ? arena_copy_n(plan->arena, id, (size_t)(slash - id)) : id;
        return function->device_instance_path ? 0 : plan_memory(plan);
}

int machine_pci(struct plan *plan)
{
        for (size_t i = 0; i < plan->config->section.devices.count; i++) {
                struct { struct win_pci_device device; struct win_pci_function function; struct win_guest_request guest;
                         struct win_lcow_pci_device inside; } *parts = plan_alloc(plan, 1, sizeof(*parts));
                struct win_modify_request *request = parts ? plan_modify(plan) : NULL;
                const char *guid;

                if (!request || split_device(plan, plan->config->section.devices.items[i].id, &parts->function) < 0)
                        return plan->err->code;
                guid = plan_guid(plan, "pci%zu", i);
                parts->device.functions.items = &parts->function;
                parts->device.functions.count = 1;
                *request = (struct win_modify_request){
                        .resource_path = plan_text(plan, "VirtualMachine/Devices/VirtualPci/%s", guid), .request_type = WIN_REQUEST_ADD,
                        .settings = { .fields = win_pci_device_fields, .object = &parts->device },
                };
                if (plan->config->kind != OCI_WINDOWS_LINUX)
                        continue;
                parts->inside.vmbus_guid = guid;
                parts->guest = (struct win_guest_request){
                        .resource_type = "VPCIDevice", .request_type = WIN_REQUEST_ADD,
                        .settings = { .fields = win_lcow_pci_device_fields, .object = &parts->inside },
                };
                request->guest_request = &parts->guest;
        }
        return 0;
}
