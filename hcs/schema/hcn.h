/* The documents of the Host Compute Network: network, endpoint, namespace, their policies, questions and changes
 * (hcs-documents.md sections 11 and 16).
 *
 * Flags and protocols are numbers here and in what we write, as hcsshim sends them; they are read as numbers or names,
 * since the published pages show names.  Answers are read with JSON_IGNORE_UNKNOWN.  An answer says ID, and at times Id. */
#ifndef HCS_SCHEMA_HCN_H
#define HCS_SCHEMA_HCN_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/json.h"
#include "hcs/base/macros.h"
#include "hcs/schema/version.h"

/* --- policies -------------------------------------------------------------------------------------------------------- */

/* Of networks, endpoints and subnets.  Settings: .fields and .object with the table that its type names below. */
struct hcn_policy { const char *type; struct json_open settings; };

typedef LIST_OF(struct hcn_policy) hcn_policies;

enum hcn_protocol { HCN_ICMP_V4 = 1, HCN_IGMP = 2, HCN_TCP = 6, HCN_UDP = 17, HCN_ICMP_V6 = 58, HCN_PROTOCOL_UNKNOWN = 256 };
enum hcn_nat_flags { HCN_NAT_LOCAL_ROUTED_VIP = 1, HCN_NAT_IPV6 = 2 };

struct hcn_port_mapping {                       /* PortMapping */
        uint32_t protocol;                      /* enum hcn_protocol */
        uint16_t internal_port, external_port;
        const char *vip;
        uint32_t flags;                         /* enum hcn_nat_flags */
};

enum hcn_action { HCN_ALLOW = 1, HCN_BLOCK, HCN_PASS, HCN_ACTION_END };
enum hcn_direction { HCN_IN = 1, HCN_OUT, HCN_DIRECTION_END };
enum hcn_rule { HCN_RULE_HOST = 1, HCN_RULE_SWITCH, HCN_RULE_END };

struct hcn_acl {                                /* ACL, NetworkACL */
        const char *protocols;                  /* "6,17" */
        const char *local_addresses, *remote_addresses, *local_ports, *remote_ports;    /* commas between, ranges */
        uint16_t priority;
        const char *id;
        int action, direction, rule_type;
};

struct hcn_outbound_nat {                       /* OutBoundNAT */
        const char *virtual_ip;
        struct strings exceptions, destinations;
        uint32_t flags;                         /* enum hcn_nat_flags */
        uint32_t max_port_pool_usage;           /* unpublished */
};

struct hcn_qos { uint64_t maximum_outgoing_bandwidth_in_bytes; };       /* QOS */
struct hcn_port_name { const char *name; };                             /* PortName */
struct hcn_sdn_route {                                                  /* SDNRoute */
        const char *destination_prefix, *next_hop;
        bool need_encap, automatic_endpoint_monitor;
};

/* L4Proxy.  The published names; hcsshim sends Exceptions and OutboundNAT instead, which of them a host takes is unverified. */
struct hcn_l4_proxy {
        const char *ip, *port;
        uint32_t protocol;
        struct strings exception_list;
        const char *destination;
        bool outbound_nat;
};

struct hcn_five_tuple {
        const char *protocols, *local_addresses, *remote_addresses, *local_ports, *remote_ports;
        uint16_t priority;
};

struct hcn_proxy_exceptions { struct strings ip_address_exceptions, port_exceptions; };

struct hcn_l4_wfp_proxy {                       /* L4WFPPROXY */
        const char *inbound_proxy_port, *outbound_proxy_port;
        const struct hcn_five_tuple *filter_tuple;
        const char *user_sid;
        const struct hcn_proxy_exceptions *inbound_exceptions, *outbound_exceptions;
};

struct hcn_interface_constraint {               /* InterfaceConstraint, of networks and endpoints */
        const char *interface_guid;
        uint64_t interface_luid;
        uint32_t interface_index, interface_media_type;
        const char *interface_alias, *interface_description;
};

struct hcn_encap_overhead { uint16_t overhead; };                       /* EncapOverhead */
struct hcn_provider_address { const char *provider_address; };          /* ProviderAddress */
struct hcn_isolation { uint32_t isolation_id; };                        /* VLAN, VSID */
struct hcn_interface_parameters { uint16_t mtu; };                      /* InterfaceParameters */
struct hcn_iov { uint32_t iov_offload_weight, queue_pairs_requested, interrupt_moderation; };   /* Iov */
struct hcn_firewall {                           /* Firewall; the pages and WSL name the members differently */
        const char *vm_creator_id;              /* unpublished; GUID */
        uint32_t vm_type, firewall_policy_flags;
        uint32_t policy_flags;                  /* unpublished */
};

struct hcn_tier_acl_rule {
        const char *protocols, *local_addresses, *remote_addresses, *local_ports, *remote_ports;
        uint16_t priority;
        const char *id;
        int action;
};

struct hcn_tier_acl { const char *name; int direction; uint16_t order; LIST_OF(struct hcn_tier_acl_rule) tier_acl_rules; };

/* Of networks only. */
struct hcn_net_adapter_name { const char *network_adapter_name; };      /* NetAdapterName */
struct hcn_source_mac_address { const char *source_mac_address; };      /* SourceMacAddress */
struct hcn_dr_mac_address { const char *address; };                     /* DrMacAddress */
struct hcn_automatic_dns { bool enable; };                              /* AutomaticDNS */
struct hcn_layer_constraint { const char *layer_id; };                  /* LayerConstraint */
struct hcn_vswitch_extension { const char *extension_id; bool enable; };        /* VSwitchExtension */
struct hcn_vxlan_port { uint16_t port; };                               /* VxlanPort */
struct hcn_remote_subnet_route {                                        /* RemoteSubnetRoute */
        const char *destination_prefix;
        uint32_t isolation_id;
        const char *provider_address, *distributed_router_mac_address;
};
struct hcn_set_policy { const char *id, *name, *policy_type, *values; };        /* SetPolicy */

/* --- network -------------------------------------------------------------------------------------------------------------- */

enum hcn_network_flags {
        HCN_NETWORK_ENABLE_DNS = 1, HCN_NETWORK_ENABLE_DHCP = 2, HCN_NETWORK_ENABLE_MIRRORING = 4,
        HCN_NETWORK_ENABLE_NON_PERSISTENT = 8, HCN_NETWORK_ENABLE_PERSISTENT = 16, HCN_NETWORK_ISOLATE_VSWITCH = 32,
        HCN_NETWORK_ENABLE_FLOW_STEERING = 64, HCN_NETWORK_DISABLE_SHARING = 128, HCN_NETWORK_ENABLE_FIREWALL = 256,
};

enum hcn_network_mode {
        HCN_NAT = 1, HCN_ICS, HCN_TRANSPARENT, HCN_L2_BRIDGE, HCN_L2_TUNNEL, HCN_OVERLAY, HCN_PRIVATE, HCN_INTERNAL, HCN_MIRRORED,
        HCN_INFINIBAND, HCN_CONSTRAINED_ICS, HCN_NETWORK_MODE_END,
};

struct hcn_route { const char *next_hop, *destination_prefix; uint16_t metric; };
struct hcn_dns { const char *domain; struct strings search, server_list, options; };
struct hcn_ip_subnet { const char *id, *ip_address_prefix; uint32_t flags; };

struct hcn_subnet {
        const char *id, *ip_address_prefix;
        hcn_policies policies;
        LIST_OF(struct hcn_route) routes;
        LIST_OF(struct hcn_ip_subnet) ip_subnets;
        uint32_t flags;
};

struct hcn_ipam { const char *type; LIST_OF(struct hcn_subnet) subnets; };      /* "Static", "Dhcp" */

struct hcn_mac_range { const char *start_mac_address, *end_mac_address; };
struct hcn_mac_pool { LIST_OF(struct hcn_mac_range) ranges; };

/* The members that every object of HCN has and nobody here writes. */
struct hcn_common {
        uint64_t version;
        const struct json_value *additional_params, *health, *telemetry;
        uint16_t state;
};

struct hcn_network {
        const char *id, *owner, *name;
        struct doc_version schema_version;
        int type;                               /* enum hcn_network_mode; 0 in an answer is NAT (section 11.1) */
        hcn_policies policies;
        const struct hcn_mac_pool *mac_pool;
        const struct hcn_dns *dns;
        LIST_OF(struct hcn_ipam) ipams;
        uint32_t flags;                         /* enum hcn_network_flags */
        struct hcn_common common;
};

/* --- endpoint ------------------------------------------------------------------------------------------------------------- */

enum hcn_endpoint_flags {                       /* above the second inferred from the order of their names: unverified */
        HCN_ENDPOINT_REMOTE = 1, HCN_ENDPOINT_DISABLE_INTER_COMPUTE_COMMUNICATION = 2, HCN_ENDPOINT_ENABLE_MIRRORING = 4,
        HCN_ENDPOINT_ENABLE_LOW_INTERFACE_METRIC = 8, HCN_ENDPOINT_OVERRIDE_DNS_SERVER_ORDER = 16, HCN_ENDPOINT_ENABLE_DHCP = 32,
};

struct hcn_ip_config { const char *ip_address; uint8_t prefix_length; const char *ip_subnet_id; };

struct hcn_endpoint {
        const char *id, *owner, *name;
        struct doc_version schema_version;
        const char *host_compute_network, *host_compute_namespace;      /* GUIDs */
        hcn_policies policies;
        LIST_OF(struct hcn_ip_config) ip_configurations;                /* none: HNS allocates */
        const struct hcn_dns *dns;
        LIST_OF(struct hcn_route) routes;
        const char *mac_address;
        uint32_t flags;                         /* enum hcn_endpoint_flags */
        struct hcn_common common;
};

/* --- namespace ------------------------------------------------------------------------------------------------------------ */

enum hcn_namespace_type {
        HCN_NAMESPACE_HOST = 1, HCN_NAMESPACE_HOST_DEFAULT, HCN_NAMESPACE_GUEST, HCN_NAMESPACE_GUEST_DEFAULT, HCN_NAMESPACE_END,
};

struct hcn_resource_data { const char *id; };
struct hcn_resource { const char *type; const struct hcn_resource_data *data; };        /* "Endpoint", "Container" */

struct hcn_namespace {
        const char *id, *owner, *name;
        struct doc_version schema_version;
        uint32_t namespace_id;                  /* the compartment; set by HNS */
        const char *namespace_guid;
        int type;                               /* enum hcn_namespace_type; 0: left out */
        LIST_OF(struct hcn_resource) resources;
        struct hcn_common common;
};

/* --- questions, changes, answers ---------------------------------------------------------------------------------------- */

enum hcn_query_flags { HCN_QUERY_DETAILED = 1 };

struct hcn_query {
        struct doc_version schema_version;
        uint32_t flags;                         /* enum hcn_query_flags */
        const char *filter;                     /* JSON inside a text */
};

enum hcn_request_type { HCN_ADD = 1, HCN_REMOVE, HCN_UPDATE, HCN_REFRESH, HCN_RESET, HCN_REQUEST_END };

struct hcn_modify_request {                     /* of a network, endpoint or namespace */
        const char *resource_uri;
        const char *resource_type;              /* "Endpoint", "Container"; "Policy", "Port"; "DNS", "Subnet", ... */
        int request_type;                       /* enum hcn_request_type */
        struct json_open settings;
};

struct hcn_namespace_endpoint { const char *endpoint_id; };             /* ResourceType Endpoint */
struct hcn_namespace_container { const char *container_id; };           /* ResourceType Container */
struct hcn_policy_request { hcn_policies policies; };                   /* ResourceType Policy */
struct hcn_vm_endpoint { const char *port_id, *virtual_nic_name, *virtual_machine_id; };        /* ResourceType Port */

struct hcn_response { bool success; const char *error; uint32_t error_code; uint32_t compartment_id; };

/* --- tables ---------------------------------------------------------------------------------------------------------------- */

extern const struct json_field hcn_network_fields[];
extern const struct json_field hcn_endpoint_fields[];
extern const struct json_field hcn_namespace_fields[];
extern const struct json_field hcn_query_fields[];
extern const struct json_field hcn_modify_request_fields[];
extern const struct json_field hcn_namespace_endpoint_fields[];
extern const struct json_field hcn_namespace_container_fields[];
extern const struct json_field hcn_policy_request_fields[];
extern const struct json_field hcn_vm_endpoint_fields[];
extern const struct json_field hcn_response_fields[];

extern const struct json_field hcn_port_mapping_fields[];
extern const struct json_field hcn_acl_fields[];
extern const struct json_field hcn_outbound_nat_fields[];
extern const struct json_field hcn_qos_fields[];
extern const struct json_field hcn_port_name_fields[];
extern const struct json_field hcn_sdn_route_fields[];
extern const struct json_field hcn_l4_proxy_fields[];
extern const struct json_field hcn_l4_wfp_proxy_fields[];
extern const struct json_field hcn_interface_constraint_fields[];
extern const struct json_field hcn_encap_overhead_fields[];
extern const struct json_field hcn_provider_address_fields[];
extern const struct json_field hcn_isolation_fields[];
extern const struct json_field hcn_interface_parameters_fields[];
extern const struct json_field hcn_iov_fields[];
extern const struct json_field hcn_firewall_fields[];
extern const struct json_field hcn_tier_acl_fields[];
extern const struct json_field hcn_net_adapter_name_fields[];
extern const struct json_field hcn_source_mac_address_fields[];
extern const struct json_field hcn_dr_mac_address_fields[];
extern const struct json_field hcn_automatic_dns_fields[];
extern const struct json_field hcn_layer_constraint_fields[];
extern const struct json_field hcn_vswitch_extension_fields[];
extern const struct json_field hcn_vxlan_port_fields[];
extern const struct json_field hcn_remote_subnet_route_fields[];
extern const struct json_field hcn_set_policy_fields[];

/* The table of the Settings of a policy type of endpoints, networks or subnets, or NULL. */
const struct json_field *hcn_policy_settings(const char *type);

#endif
