/* Adapters of a machine for the endpoints of its network (hcs-documents.md section 8).
 *
 * The guest of a container is told of the namespace first, then of each endpoint, and gets the adapter last.  What it is told
 * is HCN's own description, which the facts carry once HCN was asked; before that it is made up of what is known. */
#include "hcs/base/text.h"
#include "oci/windows/machine.h"

static const struct json_value *find(const struct json_value *objects, const char *id)
{
        for (size_t i = 0; objects && i < objects->count; i++)
                if (text_equal(objects->members[i].name, id))
                        return &objects->members[i].value;
        return NULL;
}

static const char *member_text(const struct json_value *object, const char *name)
{
        const struct json_value *value = object && object->type == JSON_OBJECT ? json_get(object, name) : NULL;

        return value && value->type == JSON_STRING ? value->text : NULL;
}

/* The endpoints of a namespace that another has made. */
static int add_known(struct plan *plan, const struct json_value *described)
{
        const struct json_value *resources = described && described->type == JSON_OBJECT ? json_get(described, "Resources") : NULL;

        if (!resources || resources->type != JSON_ARRAY || plan->endpoints.count)
                return 0;
        plan->endpoints.items = plan_alloc(plan, resources->count + 1, sizeof(*plan->endpoints.items));
        if (!plan->endpoints.items)
                return plan->err->code;
        for (size_t i = 0; i < resources->count; i++) {
                const struct json_value *resource = &resources->items[i], *data;
                const char *id;

                if (!text_equal(member_text(resource, "Type"), "Endpoint"))
                        continue;
                data = json_get(resource, "Data");
                id = member_text(data, "Id");
                if (!id)
                        id = member_text(data, "ID");
                if (id)
                        plan->endpoints.items[plan->endpoints.count++] = id;
        }
        return 0;
}

static int tell_namespace(struct plan *plan, const struct json_value *described)
{
        struct { struct win_guest_request guest; struct hcn_namespace made_up; } *parts = plan_alloc(plan, 1, sizeof(*parts));
        struct win_modify_request *request = parts ? plan_modify(plan) : NULL;

        if (!request)
                return plan->err->code;
        parts->made_up = (struct hcn_namespace){ .id = plan->namespace_, .schema_version = { 2, 0 }, .type = HCN_NAMESPACE_GUEST };
        parts->guest = (struct win_guest_request){ .resource_type = "NetworkNamespace", .request_type = WIN_REQUEST_ADD };
        if (described)
                parts->guest.settings.value = described;
        else
                parts->guest.settings = (struct json_open){ .fields = hcn_namespace_fields, .object = &parts->made_up };
        request->guest_request = &parts->guest;
        return 0;
}

static int tell_endpoint(struct plan *plan, const char *endpoint, const struct json_value *described)
{
        struct { struct win_guest_request guest; struct win_guest_network network; struct hcn_endpoint made_up; } *parts;
        struct win_modify_request *request;

        parts = plan_alloc(plan, 1, sizeof(*parts));
        request = parts ? plan_modify(plan) : NULL;
        if (!request)
                return plan->err->code;
        parts->made_up = (struct hcn_endpoint){
                .id = endpoint, .schema_version = { 2, 0 }, .host_compute_namespace = plan->namespace_, .mac_address = plan->endpoint_mac,
        };
        parts->network = (struct win_guest_network){ .adapter_id = endpoint, .request_type = "PreAdd" };
        if (described)
                parts->network.settings.value = described;
        else
                parts->network.settings = (struct json_open){ .fields = hcn_endpoint_fields, .object = &parts->made_up };
        parts->guest = (struct win_guest_request){
                .resource_type = "Network", .request_type = WIN_REQUEST_ADD,
                .settings = { .fields = win_guest_network_fields, .object = &parts->network },
        };
        request->guest_request = &parts->guest;
        return 0;
}

static const char *mac_of(const struct plan *plan, const struct json_value *described)
{
        const char *mac = member_text(described, "MacAddress");

        return mac ? mac : plan->endpoint_mac;
}

static int add_adapter(struct plan *plan, const char *endpoint, const struct json_value *described)
{
        struct { struct win_network_adapter adapter; struct win_guest_request guest; struct win_guest_network network; } *parts;
        struct win_modify_request *request;

        parts = plan_alloc(plan, 1, sizeof(*parts));
        request = parts ? plan_modify(plan) : NULL;
        if (!request)
                return plan->err->code;
        parts->adapter = (struct win_network_adapter){ .endpoint_id = endpoint, .mac_address = mac_of(plan, described) };
        *request = (struct win_modify_request){
                .resource_path = plan_text(plan, "VirtualMachine/Devices/NetworkAdapters/%s", endpoint),
                .request_type = WIN_REQUEST_ADD, .settings = { .fields = win_network_adapter_fields, .object = &parts->adapter },
        };
        parts->network = (struct win_guest_network){ .adapter_id = endpoint, .request_type = "Add" };
        parts->guest = (struct win_guest_request){
                .resource_type = "Network", .request_type = WIN_REQUEST_ADD,
                .settings = { .fields = win_guest_network_fields, .object = &parts->network },
        };
        request->guest_request = &parts->guest;
        return 0;
}

/* --- Linux guests ------------------------------------------------------------------------------------------------- */

/* The agent of a Linux guest takes the endpoint in words of its own, and in one request with the adapter. */
static int fill_linux(struct plan *plan, struct win_lcow_network *network, const struct json_value *described)
{
        struct hcn_endpoint endpoint = { 0 };
        int r;

        if (!described)
                return 0;
        r = json_read(plan->arena, hcn_endpoint_fields, described, &endpoint, "Endpoints", JSON_IGNORE_UNKNOWN, plan->err);
        if (r < 0)
                return r;
        network->ip_configs.items = plan_alloc(plan, endpoint.ip_configurations.count + 1, sizeof(*network->ip_configs.items));
        network->routes.items = plan_alloc(plan, endpoint.routes.count + 1, sizeof(*network->routes.items));
        if (!network->ip_configs.items || !network->routes.items)
                return plan->err->code;
        for (; network->ip_configs.count < endpoint.ip_configurations.count; network->ip_configs.count++)
                network->ip_configs.items[network->ip_configs.count] = (struct win_lcow_ip_config){
                        .ip_address = endpoint.ip_configurations.items[network->ip_configs.count].ip_address,
                        .prefix_length = endpoint.ip_configurations.items[network->ip_configs.count].prefix_length,
                };
        for (; network->routes.count < endpoint.routes.count; network->routes.count++)
                network->routes.items[network->routes.count] = (struct win_lcow_route){
                        .next_hop = endpoint.routes.items[network->routes.count].next_hop,
                        .destination_prefix = endpoint.routes.items[network->routes.count].destination_prefix,
                        .metric = endpoint.routes.items[network->routes.count].metric,
                };
        if (endpoint.dns) {
                network->dns_suffix = endpoint.dns->domain;
                network->dns_server_list = plan_join(plan, &endpoint.dns->server_list);
        }
        return 0;
}

static int add_linux_adapter(struct plan *plan, const char *endpoint, const struct json_value *described)
{
        struct { struct win_network_adapter adapter; struct win_guest_request guest; struct win_lcow_network network; } *parts;
        struct win_modify_request *request;

        parts = plan_alloc(plan, 1, sizeof(*parts));
        request = parts ? plan_modify(plan) : NULL;
        if (!request)
                return plan->err->code;
        parts->adapter = (struct win_network_adapter){ .endpoint_id = endpoint, .mac_address = mac_of(plan, described) };
        parts->network = (struct win_lcow_network){
                .namespace_id = plan->namespace_, .id = endpoint, .mac_address = parts->adapter.mac_address,
        };
        parts->guest = (struct win_guest_request){
                .resource_type = "Network", .request_type = WIN_REQUEST_ADD,
                .settings = { .fields = win_lcow_network_fields, .object = &parts->network },
        };
        *request = (struct win_modify_request){
                .resource_path = plan_text(plan, "VirtualMachine/Devices/NetworkAdapters/%s", endpoint),
                .request_type = WIN_REQUEST_ADD, .settings = { .fields = win_network_adapter_fields, .object = &parts->adapter },
                .guest_request = &parts->guest,
        };
        return fill_linux(plan, &parts->network, described);
}

int machine_linux_adapters(struct plan *plan)
{
        int r = add_known(plan, plan->namespace_ ? find(plan->facts->namespaces, plan->namespace_) : NULL);

        for (size_t i = 0; r >= 0 && i < plan->endpoints.count; i++)
                r = add_linux_adapter(plan, plan->endpoints.items[i], find(plan->facts->endpoints, plan->endpoints.items[i]));
        return r;
}

/* --- Windows guests ----------------------------------------------------------------------------------------------- */

int machine_adapters(struct plan *plan)
{
        const struct json_value *namespace_ = plan->namespace_ ? find(plan->facts->namespaces, plan->namespace_) : NULL;
        int r = add_known(plan, namespace_);

        if (r >= 0 && plan->namespace_)
                r = tell_namespace(plan, namespace_);
        for (size_t i = 0; r >= 0 && i < plan->endpoints.count; i++) {
                const struct json_value *described = find(plan->facts->endpoints, plan->endpoints.items[i]);

                r = tell_endpoint(plan, plan->endpoints.items[i], described);
                if (r >= 0)
                        r = add_adapter(plan, plan->endpoints.items[i], described);
        }
        return r;
}

/* In the create document: a desktop finds an adapter as any computer does. */
int machine_network(struct plan *plan, struct win_devices *devices)
{
        const size_t count = plan->endpoints.count;

        if (!count)
                return 0;
        devices->network_adapters.items = plan_alloc(plan, count, sizeof(*devices->network_adapters.items));
        if (!devices->network_adapters.items)
                return plan->err->code;
        for (size_t i = 0; i < count; i++) {
                devices->network_adapters.items[i].key = plan->endpoints.items[i];
                devices->network_adapters.items[i].value = (struct win_network_adapter){
                        .endpoint_id = plan->endpoints.items[i],
                        .mac_address = mac_of(plan, find(plan->facts->endpoints, plan->endpoints.items[i])),
                };
        }
        devices->network_adapters.count = count;
        return 0;
}
