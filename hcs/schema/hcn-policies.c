#include "hcs/schema/hcn.h"

#include <string.h>

#include "hcs/base/macros.h"

static const struct json_name protocols[] = {
        { "Unknown", HCN_PROTOCOL_UNKNOWN }, { "ICMPv4", HCN_ICMP_V4 }, { "IGMP", HCN_IGMP }, { "TCP", HCN_TCP },
        { "UDP", HCN_UDP }, { "ICMPv6", HCN_ICMP_V6 }, { NULL, 0 },
};

static const struct json_name nat_flags[] = {
        { "None", 0 }, { "LocalRoutedVip", HCN_NAT_LOCAL_ROUTED_VIP }, { "IPv6", HCN_NAT_IPV6 }, { NULL, 0 },
};

const struct json_field hcn_port_mapping_fields[] = {
        JSON_NAMED_F(struct hcn_port_mapping, "Protocol", protocol, protocols, 0),
        JSON_UINT(struct hcn_port_mapping, "InternalPort", internal_port),
        JSON_UINT(struct hcn_port_mapping, "ExternalPort", external_port),
        JSON_TEXT(struct hcn_port_mapping, "VIP", vip),
        JSON_NAMED_F(struct hcn_port_mapping, "Flags", flags, nat_flags, JSON_SEVERAL),
        JSON_END
};

static const char *const action_names[] = { "Allow", "Block", "Pass", NULL };

static const char *const direction_names[] = { "In", "Out", NULL };

static const char *const rule_names[] = { "Host", "Switch", NULL };

const struct json_field hcn_acl_fields[] = {
        JSON_TEXT(struct hcn_acl, "Protocols", protocols, JSON_SINCE(2, 5)),
        JSON_TEXT(struct hcn_acl, "LocalAddresses", local_addresses, JSON_SINCE(2, 5)),
        JSON_TEXT(struct hcn_acl, "RemoteAddresses", remote_addresses, JSON_SINCE(2, 5)),
        JSON_TEXT(struct hcn_acl, "LocalPorts", local_ports, JSON_SINCE(2, 5)),
        JSON_TEXT(struct hcn_acl, "RemotePorts", remote_ports, JSON_SINCE(2, 5)),
        JSON_UINT(struct hcn_acl, "Priority", priority, JSON_SINCE(2, 5)),
        JSON_TEXT(struct hcn_acl, "Id", id),
        JSON_ENUM_F(struct hcn_acl, "Action", action, action_names, 0),
        JSON_ENUM_F(struct hcn_acl, "Direction", direction, direction_names, 0),
        JSON_ENUM_F(struct hcn_acl, "RuleType", rule_type, rule_names, 0),
        JSON_END
};

const struct json_field hcn_outbound_nat_fields[] = {
        JSON_TEXT(struct hcn_outbound_nat, "VirtualIP", virtual_ip),
        JSON_STRINGS(struct hcn_outbound_nat, "Exceptions", exceptions),
        JSON_STRINGS(struct hcn_outbound_nat, "Destinations", destinations),
        JSON_NAMED_F(struct hcn_outbound_nat, "Flags", flags, nat_flags, JSON_SEVERAL),
        JSON_UINT_F(struct hcn_outbound_nat, "MaxPortPoolUsage", max_port_pool_usage, JSON_UNPUBLISHED),
        JSON_END
};

const struct json_field hcn_qos_fields[] = {
        JSON_UINT(struct hcn_qos, "MaximumOutgoingBandwidthInBytes", maximum_outgoing_bandwidth_in_bytes),
        JSON_END
};

const struct json_field hcn_port_name_fields[] = {
        JSON_TEXT(struct hcn_port_name, "Name", name),
        JSON_END
};

const struct json_field hcn_sdn_route_fields[] = {
        JSON_TEXT(struct hcn_sdn_route, "DestinationPrefix", destination_prefix),
        JSON_TEXT(struct hcn_sdn_route, "NextHop", next_hop),
        JSON_BOOL(struct hcn_sdn_route, "NeedEncap", need_encap),
        JSON_BOOL(struct hcn_sdn_route, "AutomaticEndpointMonitor", automatic_endpoint_monitor),
        JSON_END
};

const struct json_field hcn_l4_proxy_fields[] = {
        JSON_TEXT(struct hcn_l4_proxy, "IP", ip),
        JSON_TEXT(struct hcn_l4_proxy, "Port", port),
        JSON_NAMED_F(struct hcn_l4_proxy, "Protocol", protocol, protocols, 0),
        JSON_STRINGS(struct hcn_l4_proxy, "ExceptionList", exception_list),
        JSON_TEXT(struct hcn_l4_proxy, "Destination", destination),
        JSON_BOOL(struct hcn_l4_proxy, "OutboundNat", outbound_nat),
        JSON_END
};

static const struct json_field five_tuple_fields[] = {
        JSON_TEXT(struct hcn_five_tuple, "Protocols", protocols),
        JSON_TEXT(struct hcn_five_tuple, "LocalAddresses", local_addresses),
        JSON_TEXT(struct hcn_five_tuple, "RemoteAddresses", remote_addresses),
        JSON_TEXT(struct hcn_five_tuple, "LocalPorts", local_ports),
        JSON_TEXT(struct hcn_five_tuple, "RemotePorts", remote_ports),
        JSON_UINT(struct hcn_five_tuple, "Priority", priority),
        JSON_END
};

static const struct json_field proxy_exceptions_fields[] = {
        JSON_STRINGS(struct hcn_proxy_exceptions, "IpAddressExceptions", ip_address_exceptions),
        JSON_STRINGS(struct hcn_proxy_exceptions, "PortExceptions", port_exceptions),
        JSON_END
};

const struct json_field hcn_l4_wfp_proxy_fields[] = {
        JSON_TEXT(struct hcn_l4_wfp_proxy, "InboundProxyPort", inbound_proxy_port, JSON_SINCE(2, 11)),
        JSON_TEXT(struct hcn_l4_wfp_proxy, "OutboundProxyPort", outbound_proxy_port, JSON_SINCE(2, 11)),
        JSON_POINTER(struct hcn_l4_wfp_proxy, "FilterTuple", filter_tuple, five_tuple_fields),
        JSON_TEXT(struct hcn_l4_wfp_proxy, "UserSID", user_sid),
        JSON_POINTER(struct hcn_l4_wfp_proxy, "InboundExceptions", inbound_exceptions, proxy_exceptions_fields,
                     JSON_SINCE(2, 14)),
        JSON_POINTER(struct hcn_l4_wfp_proxy, "OutboundExceptions", outbound_exceptions, proxy_exceptions_fields,
                     JSON_SINCE(2, 14)),
        JSON_END
};

const struct json_field hcn_interface_constraint_fields[] = {
        JSON_GUID(struct hcn_interface_constraint, "InterfaceGuid", interface_guid),
        JSON_UINT(struct hcn_interface_constraint, "InterfaceLuid", interface_luid),
        JSON_UINT(struct hcn_interface_constraint, "InterfaceIndex", interface_index),
        JSON_UINT(struct hcn_interface_constraint, "InterfaceMediaType", interface_media_type),
        JSON_TEXT(struct hcn_interface_constraint, "InterfaceAlias", interface_alias),
        JSON_TEXT(struct hcn_interface_constraint, "InterfaceDescription", interface_description),
        JSON_END
};

const struct json_field hcn_encap_overhead_fields[] = {
        JSON_UINT(struct hcn_encap_overhead, "Overhead", overhead),
        JSON_END
};

const struct json_field hcn_provider_address_fields[] = {
        JSON_TEXT(struct hcn_provider_address, "ProviderAddress", provider_address),
        JSON_END
};

const struct json_field hcn_isolation_fields[] = {
        JSON_UINT(struct hcn_isolation, "IsolationId", isolation_id),
        JSON_END
};

const struct json_field hcn_interface_parameters_fields[] = {
        JSON_UINT(struct hcn_interface_parameters, "Mtu", mtu),
        JSON_END
};

/* Hyper-V's own numbers for the same names; that HNS has the same, and those of the two lists of the firewall, is unverified. */
static const struct json_name moderations[] = {
        { "IovInterruptModerationDefault", 0 }, { "IovInterruptModerationAdaptive", 1 },
        { "IovInterruptModerationOff", 2 }, { "IovInterruptModerationLow", 100 },
        { "IovInterruptModerationMedium", 200 }, { "IovInterruptModerationHigh", 300 }, { NULL, 0 },
};

const struct json_field hcn_iov_fields[] = {
        JSON_UINT(struct hcn_iov, "IovOffloadWeight", iov_offload_weight),
        JSON_UINT(struct hcn_iov, "QueuePairsRequested", queue_pairs_requested),
        JSON_NAMED_F(struct hcn_iov, "InterruptModeration", interrupt_moderation, moderations, 0),
        JSON_END
};

static const struct json_name vm_types[] = {
        { "Invalid", 0 }, { "Host", 1 }, { "WSA", 2 }, { "WSL", 3 }, { NULL, 0 },
};

static const struct json_name firewall_flags[] = {
        { "None", 0 }, { "ConstrainedInterface", 1 }, { NULL, 0 },
};

const struct json_field hcn_firewall_fields[] = {
        JSON_GUID_F(struct hcn_firewall, "VmCreatorId", vm_creator_id, JSON_UNPUBLISHED),
        JSON_NAMED_F(struct hcn_firewall, "VmType", vm_type, vm_types, 0),
        JSON_NAMED_F(struct hcn_firewall, "FirewallPolicyFlags", firewall_policy_flags, firewall_flags, JSON_SEVERAL),
        JSON_UINT_F(struct hcn_firewall, "PolicyFlags", policy_flags, JSON_UNPUBLISHED),
        JSON_END
};

static const struct json_field tier_acl_rule_fields[] = {
        JSON_TEXT(struct hcn_tier_acl_rule, "Protocols", protocols),
        JSON_TEXT(struct hcn_tier_acl_rule, "LocalAddresses", local_addresses),
        JSON_TEXT(struct hcn_tier_acl_rule, "RemoteAddresses", remote_addresses),
        JSON_TEXT(struct hcn_tier_acl_rule, "LocalPorts", local_ports),
        JSON_TEXT(struct hcn_tier_acl_rule, "RemotePorts", remote_ports),
        JSON_UINT(struct hcn_tier_acl_rule, "Priority", priority),
        JSON_TEXT(struct hcn_tier_acl_rule, "Id", id, JSON_SINCE(2, 10)),
        JSON_ENUM_F(struct hcn_tier_acl_rule, "TierAclRuleAction", action, action_names, 0, JSON_SINCE(2, 10)),
        JSON_END
};

const struct json_field hcn_tier_acl_fields[] = {
        JSON_TEXT(struct hcn_tier_acl, "Name", name),
        JSON_ENUM_F(struct hcn_tier_acl, "Direction", direction, direction_names, 0),
        JSON_UINT(struct hcn_tier_acl, "Order", order),
        JSON_LIST(struct hcn_tier_acl, "TierAclRules", tier_acl_rules, tier_acl_rule_fields),
        JSON_END
};

const struct json_field hcn_net_adapter_name_fields[] = {
        JSON_TEXT(struct hcn_net_adapter_name, "NetworkAdapterName", network_adapter_name),
        JSON_END
};

const struct json_field hcn_source_mac_address_fields[] = {
        JSON_TEXT(struct hcn_source_mac_address, "SourceMacAddress", source_mac_address),
        JSON_END
};

const struct json_field hcn_dr_mac_address_fields[] = {
        JSON_TEXT(struct hcn_dr_mac_address, "Address", address),
        JSON_END
};

const struct json_field hcn_automatic_dns_fields[] = {
        JSON_BOOL(struct hcn_automatic_dns, "Enable", enable),
        JSON_END
};

const struct json_field hcn_layer_constraint_fields[] = {
        JSON_GUID(struct hcn_layer_constraint, "LayerId", layer_id),
        JSON_END
};

const struct json_field hcn_vswitch_extension_fields[] = {
        JSON_GUID(struct hcn_vswitch_extension, "ExtensionID", extension_id),
        JSON_BOOL(struct hcn_vswitch_extension, "Enable", enable),
        JSON_END
};

const struct json_field hcn_vxlan_port_fields[] = {
        JSON_UINT(struct hcn_vxlan_port, "Port", port),
        JSON_END
};

const struct json_field hcn_remote_subnet_route_fields[] = {
        JSON_TEXT(struct hcn_remote_subnet_route, "DestinationPrefix", destination_prefix),
        JSON_UINT(struct hcn_remote_subnet_route, "IsolationId", isolation_id),
        JSON_TEXT(struct hcn_remote_subnet_route, "ProviderAddress", provider_address),
        JSON_TEXT(struct hcn_remote_subnet_route, "DistributedRouterMacAddress", distributed_router_mac_address),
        JSON_END
};

const struct json_field hcn_set_policy_fields[] = {
        JSON_TEXT(struct hcn_set_policy, "Id", id),
        JSON_TEXT(struct hcn_set_policy, "Name", name),
        JSON_TEXT(struct hcn_set_policy, "PolicyType", policy_type),
        JSON_TEXT(struct hcn_set_policy, "Values", values),
        JSON_END
};

const struct json_field *hcn_policy_settings(const char *type)
{
        static const struct { const char *type; const struct json_field *fields; } kinds[] = {
                { "PortMapping", hcn_port_mapping_fields }, { "ACL", hcn_acl_fields }, { "NetworkACL", hcn_acl_fields },
                { "OutBoundNAT", hcn_outbound_nat_fields }, { "QOS", hcn_qos_fields }, { "PortName", hcn_port_name_fields },
                { "SDNRoute", hcn_sdn_route_fields }, { "L4Proxy", hcn_l4_proxy_fields }, { "L4WFPPROXY", hcn_l4_wfp_proxy_fields },
                { "InterfaceConstraint", hcn_interface_constraint_fields }, { "EncapOverhead", hcn_encap_overhead_fields },
                { "ProviderAddress", hcn_provider_address_fields }, { "VLAN", hcn_isolation_fields }, { "VSID", hcn_isolation_fields },
                { "InterfaceParameters", hcn_interface_parameters_fields }, { "Iov", hcn_iov_fields },
                { "Firewall", hcn_firewall_fields }, { "TierAcl", hcn_tier_acl_fields },
                { "NetAdapterName", hcn_net_adapter_name_fields }, { "SourceMacAddress", hcn_source_mac_address_fields },
                { "DrMacAddress", hcn_dr_mac_address_fields }, { "AutomaticDNS", hcn_automatic_dns_fields },
                { "LayerConstraint", hcn_layer_constraint_fields }, { "VSwitchExtension", hcn_vswitch_extension_fields },
                { "VxlanPort", hcn_vxlan_port_fields }, { "RemoteSubnetRoute", hcn_remote_subnet_route_fields },
                { "SetPolicy", hcn_set_policy_fields },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
                if (strcmp(kinds[i].type, type) == 0)
                        return kinds[i].fields;
        return NULL;
}
