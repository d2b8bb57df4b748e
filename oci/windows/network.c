/* A network for the sandbox, in the order of hcs-documents.md section 11.5.
 *
 * With windows.network.networkNamespace the namespace is another's and ready; so is that of a pod's sandbox for the others of the
 * pod.  With endpointList the endpoints are another's and get a namespace of ours.  With the annotation org.hcs-sandbox.network
 * "nat" all is ours: the NAT network, one for all sandboxes (one for containers, one for desktops) and kept; the endpoint and the
 * namespace, made for this one and gone with it.  The GUIDs of ours are made of the sandbox's id, so what a killed call left behind
 * is found again. */
#include <string.h>

#include "hcs/base/guid.h"
#include "hcs/base/text.h"
#include "oci/check.h"
#include "oci/windows/plan.h"

#define OUR_NETWORK "hcs-sandbox-nat"
#define OUR_DESKTOP_NETWORK "hcs-sandbox-ics"

static const struct doc_version hcn_version = { 2, 0 };         /* accepted by every host; hcs-documents.md section 11 */

/* 00-15-5D is Hyper-V's own range. */
static const char *our_mac(struct plan *plan, const char *endpoint)
{
        char digits[7] = "";

        for (size_t i = 0; i < 6 && endpoint[i]; i++)          /* it is empty when there was no memory for it */
                digits[i] = endpoint[i] >= 'a' ? (char)(endpoint[i] - 'a' + 'A') : endpoint[i];
        return plan_text(plan, "00-15-5D-%.2s-%.2s-%.2s", digits, digits + 2, digits + 4);
}

/* --- the calls ---------------------------------------------------------------------------------------------------- */

/* Whom the network is for: an agent that sets the address it is told, or a system that asks for one itself. */
static const char *our_network(const struct plan *plan)
{
        return plan->config->kind == OCI_WINDOWS_DESKTOP ? OUR_DESKTOP_NETWORK : OUR_NETWORK;
}

/* One network for all: a Windows client takes no second NAT reliably, so it is looked for by its name first.  Desktops have
 * nobody inside who would set an address, so theirs is of the kind that gives them out (ICS), as Lima and multipass have it;
 * that HNS finds subnets for it by itself is unverified. */
static int add_our_network(struct plan *plan)
{
        struct hcn_network *network = plan_alloc(plan, 1, sizeof(*network));
        struct oci_network_call *call = network ? plan_call(plan, OCI_PHASE_CREATE, "HcnCreateNetwork", NULL) : NULL;
        const bool desktop = plan->config->kind == OCI_WINDOWS_DESKTOP;

        if (!call)
                return plan->err->code;
        *network = (struct hcn_network){
                .name = our_network(plan), .schema_version = hcn_version, .type = desktop ? HCN_ICS : HCN_NAT,
                /* Not persistent: a crash and a restart of the host leave nothing behind. */
                .flags = HCN_NETWORK_ENABLE_NON_PERSISTENT |
                         (desktop ? HCN_NETWORK_ENABLE_DNS | HCN_NETWORK_ENABLE_DHCP | HCN_NETWORK_ISOLATE_VSWITCH : 0u),
        };
        call->network = network->name;
        call->settings = (struct json_open){ .fields = hcn_network_fields, .object = network };
        return 0;
}

static int add_ports(struct plan *plan, struct hcn_endpoint *endpoint)
{
        const struct windows_wishes *wishes = &plan->config->wishes;
        struct hcn_port_mapping *mappings;

        if (!wishes->ports.count)
                return 0;
        mappings = plan_alloc(plan, wishes->ports.count, sizeof(*mappings));
        endpoint->policies.items = plan_alloc(plan, wishes->ports.count, sizeof(*endpoint->policies.items));
        if (!mappings || !endpoint->policies.items)
                return plan->err->code;
        for (size_t i = 0; i < wishes->ports.count; i++) {
                const struct wish_port *port = &wishes->ports.items[i];

                mappings[i] = (struct hcn_port_mapping){
                        .protocol = port->protocol, .internal_port = port->inside, .external_port = port->outside,
                };
                endpoint->policies.items[i].type = "PortMapping";
                endpoint->policies.items[i].settings = (struct json_open){ .fields = hcn_port_mapping_fields, .object = &mappings[i] };
        }
        endpoint->policies.count = wishes->ports.count;
        return 0;
}

static int add_dns(struct plan *plan, struct hcn_endpoint *endpoint)
{
        const struct section_network *network = plan->config->section.network;
        struct hcn_dns *dns;

        if (!network || !network->dns_search_list.count)
                return 0;
        dns = plan_alloc(plan, 1, sizeof(*dns));
        if (!dns)
                return plan->err->code;
        dns->search = network->dns_search_list;
        endpoint->dns = dns;
        return 0;
}

static int add_endpoint(struct plan *plan)
{
        struct hcn_endpoint *endpoint = plan_alloc(plan, 1, sizeof(*endpoint));
        struct oci_network_call *call = endpoint ? plan_call(plan, OCI_PHASE_CREATE, "HcnCreateEndpoint", NULL) : NULL;

        if (!call)
                return plan->err->code;
        plan->endpoint = plan_guid(plan, "endpoint");
        plan->endpoint_mac = our_mac(plan, plan->endpoint);
        *endpoint = (struct hcn_endpoint){
                .name = plan_text(plan, "%s_eth0", plan->out->id), .schema_version = hcn_version, .mac_address = plan->endpoint_mac,
        };
        call->id = plan->endpoint;
        call->network = our_network(plan);
        call->settings = (struct json_open){ .fields = hcn_endpoint_fields, .object = endpoint };
        return add_ports(plan, endpoint) < 0 ? plan->err->code : add_dns(plan, endpoint);
}

/* The host's side for a container beside the host's programs, the guest's for one in a machine (section 11.3). */
static int add_namespace(struct plan *plan)
{
        struct hcn_namespace *namespace_ = plan_alloc(plan, 1, sizeof(*namespace_));
        struct oci_network_call *call = namespace_ ? plan_call(plan, OCI_PHASE_CREATE, "HcnCreateNamespace", NULL) : NULL;

        if (!call)
                return plan->err->code;
        plan->namespace_ = plan_guid(plan, "namespace");
        *namespace_ = (struct hcn_namespace){
                .schema_version = hcn_version,
                .type = plan->config->kind == OCI_WINDOWS_PROCESS ? HCN_NAMESPACE_HOST : HCN_NAMESPACE_GUEST,
        };
        call->id = plan->namespace_;
        call->settings = (struct json_open){ .fields = hcn_namespace_fields, .object = namespace_ };
        return 0;
}

static int change_namespace(struct plan *plan, int phase, int request_type, const char *endpoint)
{
        struct hcn_modify_request *request = plan_alloc(plan, 1, sizeof(*request));
        struct hcn_namespace_endpoint *settings = plan_alloc(plan, 1, sizeof(*settings));
        struct oci_network_call *call = request && settings ? plan_call(plan, phase, "HcnModifyNamespace", plan->namespace_) : NULL;

        if (!call)
                return plan->err->code;
        settings->endpoint_id = endpoint;
        *request = (struct hcn_modify_request){
                .resource_type = "Endpoint", .request_type = request_type,
                .settings = { .fields = hcn_namespace_endpoint_fields, .object = settings },
        };
        call->settings = (struct json_open){ .fields = hcn_modify_request_fields, .object = request };
        return 0;
}

static int take_away(struct plan *plan, const struct strings *endpoints, bool ours)
{
        for (size_t i = 0; plan->namespace_ && i < endpoints->count; i++)
                if (change_namespace(plan, OCI_PHASE_DELETE, HCN_REMOVE, endpoints->items[i]) < 0)
                        return plan->err->code;
        for (size_t i = 0; ours && i < endpoints->count; i++)
                if (!plan_call(plan, OCI_PHASE_DELETE, "HcnDeleteEndpoint", endpoints->items[i]))
                        return plan->err->code;
        if (plan->namespace_ && !plan_call(plan, OCI_PHASE_DELETE, "HcnDeleteNamespace", plan->namespace_))
                return plan->err->code;
        return 0;
}

static int join(struct plan *plan, const struct strings *endpoints, bool ours)
{
        /* A desktop has its adapter, and no container whose namespace it could be. */
        int r = plan->config->kind == OCI_WINDOWS_DESKTOP ? 0 : add_namespace(plan);

        for (size_t i = 0; r >= 0 && plan->namespace_ && i < endpoints->count; i++)
                r = change_namespace(plan, OCI_PHASE_CREATE, HCN_ADD, endpoints->items[i]);
        plan->endpoints = *endpoints;
        return r < 0 ? r : take_away(plan, endpoints, ours);
}

static int add_nat(struct plan *plan)
{
        const char **ours = plan_alloc(plan, 1, sizeof(*ours));
        int r = ours ? add_our_network(plan) : plan->err->code;

        if (r >= 0)
                r = add_endpoint(plan);
        if (r < 0)
                return r;
        ours[0] = plan->endpoint;
        return join(plan, &(struct strings){ ours, 1 }, true);
}

static int add_given(struct plan *plan, const struct strings *given)
{
        struct strings endpoints = { .items = plan_alloc(plan, given->count, sizeof(*endpoints.items)) };
        char guid[GUID_TEXT_MAX];

        if (!endpoints.items)
                return plan->err->code;
        for (size_t i = 0; i < given->count; i++) {
                if (guid_normalise(given->items[i], guid) < 0)
                        return error_set(plan->err, E_INVALID_DATA, "windows.network.endpointList[%zu]: no GUID", i);
                endpoints.items[endpoints.count++] = plan_text(plan, "%s", guid);
        }
        return join(plan, &endpoints, false);
}

/* Kubernetes' clients give each container of a pod the pod's namespace; who calls by hand names the pod alone. */
const char *oci_windows_pod(const struct oci_windows *config)
{
        const struct section_network *network = config->section.network;
        const bool own = network && (check_is_given(network->network_namespace) || network->endpoint_list.count ||
                                     check_is_given(network->network_shared_container_name));
        const char *id = spec_annotation(&config->spec, WISH_POD_ID);

        if (config->kind != OCI_WINDOWS_PROCESS || own || !check_is_given(id) ||
            !text_equal(spec_annotation(&config->spec, WISH_POD_TYPE), "container"))
                return NULL;
        return id;
}

static int join_pod(struct plan *plan)
{
        char guid[GUID_TEXT_MAX];

        if (!plan->facts->pod_namespace)
                return 0;               /* the pod has no network */
        if (guid_normalise(plan->facts->pod_namespace, guid) < 0)
                return error_set(plan->err, E_INVALID_DATA, "the fact PodNamespace: no GUID");
        plan->namespace_ = plan_text(plan, "%s", guid);
        return 0;
}

int plan_network(struct plan *plan)
{
        const struct section_network *network = plan->config->section.network;
        char guid[GUID_TEXT_MAX];

        if (oci_windows_pod_machine(plan->config))
                return plan_pod_network(plan);
        if (plan->config->wishes.nat)
                return add_nat(plan);
        if (oci_windows_pod(plan->config))
                return join_pod(plan);
        if (!network || check_is_given(network->network_shared_container_name))
                return 0;               /* the network of the one that is shared with has the endpoints */
        if (check_is_given(network->network_namespace)) {
                if (guid_normalise(network->network_namespace, guid) < 0)
                        return error_set(plan->err, E_INVALID_DATA, "windows.network.networkNamespace: no GUID");
                plan->namespace_ = plan_text(plan, "%s", guid);
                return 0;
        }
        return network->endpoint_list.count ? add_given(plan, &network->endpoint_list) : 0;
}
