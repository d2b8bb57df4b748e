/* The order of composing, and the tables by which the whole is printed. */
#include "oci/windows/compile.h"

#include "oci/windows/plan.h"

static const char *const phase_names[] = { "Create", "Delete", NULL };

const struct json_field oci_storage_call_fields[] = {
        JSON_ENUM_F(struct oci_storage_call, "Phase", phase, phase_names, JSON_REQUIRED),
        JSON_TEXT_F(struct oci_storage_call, "Call", call, JSON_REQUIRED),
        JSON_TEXT(struct oci_storage_call, "Path", path),
        JSON_TEXT(struct oci_storage_call, "Source", source),
        JSON_TEXT(struct oci_storage_call, "Volume", volume),
        JSON_TEXT(struct oci_storage_call, "VmId", vm_id),
        JSON_UINT(struct oci_storage_call, "MaximumSize", maximum_size),
        JSON_UINT(struct oci_storage_call, "BlockSize", block_size),
        JSON_STRINGS(struct oci_storage_call, "Flags", flags),
        JSON_POINTER(struct oci_storage_call, "LayerData", layer_data, win_layer_data_fields),
        JSON_END
};

static const struct json_field network_call_fields[] = {
        JSON_ENUM_F(struct oci_network_call, "Phase", phase, phase_names, JSON_REQUIRED),
        JSON_TEXT_F(struct oci_network_call, "Call", call, JSON_REQUIRED),
        JSON_TEXT(struct oci_network_call, "Id", id),
        JSON_TEXT(struct oci_network_call, "Network", network),
        JSON_OPEN(struct oci_network_call, "Settings", settings),
        JSON_END
};

static const struct json_field affinity_fields[] = {
        JSON_UINT_F(struct oci_affinity, "Mask", mask, JSON_ALWAYS),
        JSON_UINT_F(struct oci_affinity, "Group", group, JSON_ALWAYS),
        JSON_END
};

/* "Modify" and "Storage" are there even when nothing is to be done: whoever reads this finds the same members for each kind. */
const struct json_field oci_windows_documents_fields[] = {
        JSON_POINTER(struct oci_windows_documents, "VirtualMachine", virtual_machine, doc_system_fields),
        JSON_POINTER(struct oci_windows_documents, "System", system, doc_system_fields),
        JSON_LIST_F(struct oci_windows_documents, "Modify", modify, win_modify_request_fields, JSON_ALWAYS),
        JSON_STRINGS(struct oci_windows_documents, "MachineFolders", machine_folders),
        JSON_LIST(struct oci_windows_documents, "Leave", leave, win_modify_request_fields),
        JSON_POINTER(struct oci_windows_documents, "Process", process, win_process_fields),
        JSON_LIST_F(struct oci_windows_documents, "Storage", storage, oci_storage_call_fields, JSON_ALWAYS),
        JSON_LIST(struct oci_windows_documents, "Network", network, network_call_fields),
        JSON_POINTER(struct oci_windows_documents, "Credential", credential, win_guard_add_instance_fields),
        JSON_LIST(struct oci_windows_documents, "Affinity", affinity, affinity_fields),
        JSON_END
};

/* The calls that take away come behind all that make, each kind in its own order: steps write both as they go. */
static int part_phases(struct plan *plan)
{
        const size_t count = plan->out->storage.count;
        struct oci_storage_call *parted = plan_alloc(plan, count + 1, sizeof(*parted));
        size_t at = 0;

        if (!parted)
                return plan->err->code;
        for (int phase = OCI_PHASE_CREATE; phase < OCI_PHASE_END; phase++)
                for (size_t i = 0; i < count; i++)
                        if (plan->out->storage.items[i].phase == phase)
                                parted[at++] = plan->out->storage.items[i];
        plan->out->storage.items = parted;
        return 0;
}

/* It is no part of HCS's documents: the job of the silo has it (hcs-documents.md section 3). */
static int plan_affinity(struct plan *plan)
{
        const struct section_resources *resources = plan->config->section.resources;
        const struct section_cpu *cpu = resources ? resources->cpu : NULL;

        if (!cpu || !cpu->affinity.count)
                return 0;
        plan->out->affinity.items = plan_alloc(plan, cpu->affinity.count, sizeof(*plan->out->affinity.items));
        if (!plan->out->affinity.items)
                return plan->err->code;
        for (size_t i = 0; i < cpu->affinity.count; i++)
                plan->out->affinity.items[i] = (struct oci_affinity){ cpu->affinity.items[i].mask, cpu->affinity.items[i].group };
        plan->out->affinity.count = cpu->affinity.count;
        return 0;
}

static int compose(struct plan *plan)
{
        static int (*const kinds[])(struct plan *) = {
                [OCI_WINDOWS_PROCESS] = plan_process_isolated, [OCI_WINDOWS_HYPERV] = plan_hyperv,
                [OCI_WINDOWS_DESKTOP] = plan_desktop, [OCI_WINDOWS_LINUX] = plan_linux,
        };
        struct win_process *process = NULL;
        int r = plan_sizes(plan);

        if (r >= 0)
                r = plan_layers(plan);
        if (r >= 0)
                r = plan_network(plan);
        if (r >= 0)
                r = kinds[plan->config->kind](plan);
        if (r >= 0)
                r = plan_affinity(plan);
        if (r >= 0)
                r = part_phases(plan);
        if (r >= 0)
                r = plan_label(plan);
        if (r >= 0 && plan->config->spec.process) {
                r = oci_windows_compile_process(plan->config->spec.process, plan->config->kind, plan->arena, &process, plan->err);
                /* The agent has the first process from the specification: one with an OciProcess is a further one to it. */
                if (process && plan->config->kind == OCI_WINDOWS_LINUX)
                        process->oci_process = NULL;
                plan->out->process = process;
        }
        plan->out->next_lun = plan->next_lun;
        if (oci_windows_pod_machine(plan->config))      /* its guest was told, when the pod's sandbox was made */
                return plan->failed ? error_memory(plan->err) : r;
        plan->out->namespace_ = plan->namespace_;
        plan->out->endpoints = plan->endpoints;
        return plan->failed ? error_memory(plan->err) : r;              /* whatever came of it further on */
}

int oci_windows_compile(const struct oci_windows *config, const struct oci_facts *facts, const char *id, struct arena *arena,
                        const struct log *log, struct oci_windows_documents *ret, struct error *err)
{
        struct oci_windows_documents documents = { .kind = config->kind, .id = id };
        struct plan plan = { .config = config, .facts = facts, .arena = arena, .log = log, .err = err, .out = &documents };
        int r = compose(&plan);

        if (r < 0)
                return error_wrap(err, "config.json");
        *ret = documents;
        return 0;
}
