/* Container: what a process-isolated container and one that is hosted in a utility VM have in common, and the first of the
 * two (hcs-documents.md section 3). */
#include <stdio.h>
#include <string.h>

#include "hcs/base/guid.h"
#include "hcs/base/text.h"
#include "oci/check.h"
#include "oci/windows/plan.h"

/* Everything a container points at, so that one piece of memory holds it. */
struct parts {
        struct win_container container;
        struct win_guest_os guest_os;
        struct win_storage storage;
        struct win_storage_qos qos;
        struct win_container_memory memory;
        struct win_container_processor processor;
        struct win_networking networking;
        struct win_registry_changes registry;
        struct win_registry_value values[1];
};

/* --- name and network --------------------------------------------------------------------------------------------- */

/* A name for a container that has a network but was given none: HCS of 24H2 refuses the one without the other
 * (E_INVALIDARG at Construct; hcs-documents.md section 3).  Made of the id: what a NetBIOS name may hold of it. */
static const char *name_of_id(struct plan *plan)
{
        char name[16] = "";
        size_t length = 0;

        for (const char *c = plan->out->id; *c && length < sizeof(name) - 1; c++) {
                const bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');

                if (letter || (length > 0 && name[length - 1] != '-'))
                        name[length++] = letter ? *c : '-';
        }
        while (length > 0 && name[length - 1] == '-')
                length--;
        name[length] = '\0';
        if (!name[strspn(name, "0123456789")])          /* empty, or a number */
                return plan_text(plan, "box%.12s", name);
        return plan_text(plan, "%s", name);
}

static void add_name(struct plan *plan, struct parts *parts)
{
        const char *name = plan->config->spec.hostname;

        if (check_is_given(name))
                parts->guest_os.host_name = name;
        else if (plan->namespace_)
                parts->guest_os.host_name = name_of_id(plan);
        if (parts->guest_os.host_name)
                parts->container.guest_os = &parts->guest_os;
}

static void add_network(struct plan *plan, struct parts *parts)
{
        const struct section_network *network = plan->config->section.network;
        struct win_networking *networking = &parts->networking;

        networking->namespace_ = plan->namespace_;
        if (network) {
                networking->allow_unqualified_dns_query = network->allow_unqualified_dns_query;
                if (check_is_given(network->network_shared_container_name))
                        networking->network_shared_container_name = network->network_shared_container_name;
                networking->dns_search_list = plan_join(plan, &network->dns_search_list);
        }
        if (networking->namespace_ || networking->allow_unqualified_dns_query || networking->network_shared_container_name ||
            networking->dns_search_list)
                parts->container.networking = networking;
}

/* --- limits ------------------------------------------------------------------------------------------------------- */

static uint64_t number(const uint64_t *first, const uint64_t *second)
{
        return first ? *first : second ? *second : 0;
}

static void add_limits(struct plan *plan, struct parts *parts)
{
        static const struct section_storage none;
        const struct section_resources *resources = plan->config->section.resources;
        const struct section_storage *storage = resources && resources->storage ? resources->storage : &none;
        const struct plan_sizes *sizes = &plan->sizes;

        parts->memory.size_in_mb = sizes->container_memory;
        if (sizes->container_memory)
                parts->container.memory = &parts->memory;
        parts->processor = (struct win_container_processor){
                .count = sizes->container_count, .maximum = sizes->container_maximum, .weight = sizes->container_weight,
        };
        if (sizes->container_count || sizes->container_maximum || sizes->container_weight)
                parts->container.processor = &parts->processor;
        parts->qos.iops_maximum = number(plan->config->wishes.container_iops, storage->iops);
        parts->qos.bandwidth_maximum = number(plan->config->wishes.container_bandwidth, storage->bps);
        if (parts->qos.iops_maximum || parts->qos.bandwidth_maximum)
                parts->storage.qos = &parts->qos;
}

/* Services of the guest get as long to end as the one who stops them waits, not five seconds; hcsshim sets the same value in
 * every Windows container. */
static void add_registry(struct parts *parts)
{
        parts->values[0] = (struct win_registry_value){
                .key = { .hive = WIN_HIVE_SYSTEM, .name = "ControlSet001\\Control" }, .name = "WaitToKillServiceTimeout",
                .type = WIN_REGISTRY_STRING, .string_value = "2147483647",
        };
        parts->registry.add_values.items = parts->values;
        parts->registry.add_values.count = 1;
        parts->container.registry_changes = &parts->registry;
}

/* --- devices ------------------------------------------------------------------------------------------------------ */

#define DIRECTX_CLASS "5b45201d-f2f2-4f3b-85bb-30ff1f953599"

static int add_device(struct plan *plan, struct win_device *device, const struct section_device *wanted)
{
        char guid[GUID_TEXT_MAX];

        if (text_equal(wanted->id_type, "vpci-location-path")) {
                device->type = WIN_DEVICE_INSTANCE;
                device->location_path = wanted->id;
                return plan_needs_schema(plan, 2, 2, "windows.devices: vpci-location-path");
        }
        if (guid_normalise(wanted->id, guid) < 0)
                return error_set(plan->err, E_INVALID_DATA, "windows.devices: \"%.60s\" is no GUID", wanted->id);
        /* Type is younger than the member beside it, and a class GUID is understood without. */
        device->type = oci_facts_has_schema(plan->facts, 2, 2) ? WIN_DEVICE_CLASS_GUID : 0;
        device->interface_class_guid = plan_text(plan, "%s", guid);
        return 0;
}

static int add_devices(struct plan *plan, struct win_container *container)
{
        static const struct section_device gpu = { DIRECTX_CLASS, "class" };
        const size_t count = plan->config->section.devices.count, more = plan->config->wishes.gpu != WISH_GPU_NONE;

        if (!count && !more)
                return 0;
        container->assigned_devices.items = plan_alloc(plan, count + more, sizeof(*container->assigned_devices.items));
        if (!container->assigned_devices.items)
                return plan->err->code;
        for (size_t i = 0; i < count + more; i++)
                if (add_device(plan, &container->assigned_devices.items[i],
                               i < count ? &plan->config->section.devices.items[i] : &gpu) < 0)
                        return plan->err->code;
        container->assigned_devices.count = count + more;
        return 0;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

int plan_container(struct plan *plan, const win_layers *layers, const char *root, struct win_container **ret)
{
        struct parts *parts = plan_alloc(plan, 1, sizeof(*parts));
        int r;

        if (!parts)
                return plan->err->code;
        parts->storage.layers = *layers;
        parts->storage.path = root;
        parts->container.storage = &parts->storage;
        add_name(plan, parts);
        add_limits(plan, parts);
        add_registry(parts);
        add_network(plan, parts);
        r = add_devices(plan, &parts->container);
        if (r >= 0)
                r = plan_mounts(plan, &parts->container);
        if (r >= 0)
                r = plan_credential(plan, &parts->container);
        if (r < 0)
                return r;
        *ret = &parts->container;
        return 0;
}

int plan_process_isolated(struct plan *plan)
{
        const struct spec_root *root = plan->config->spec.root;
        const char *path = root && check_is_given(root->path) ? root->path : plan->facts->scratch_volume;
        struct doc_system *system = plan_alloc(plan, 1, sizeof(*system));
        struct win_container *container;
        int r = system ? plan_process_storage(plan) : plan->err->code;

        if (r >= 0)
                r = plan_container(plan, &plan->layers, path, &container);
        if (r < 0)
                return r;
        *system = (struct doc_system){
                .owner = OWNER, .schema_version = { 2, 1 }, .container = container,
                .should_terminate_on_last_handle_closed = true,
        };
        plan->out->system = system;
        return 0;
}
