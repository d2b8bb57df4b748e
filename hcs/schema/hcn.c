#include "hcs/schema/hcn.h"

static const struct json_field policy_fields[] = {
        JSON_TEXT_F(struct hcn_policy, "Type", type, JSON_REQUIRED),
        JSON_OPEN(struct hcn_policy, "Settings", settings),
        JSON_END
};

static const struct json_field route_fields[] = {
        JSON_TEXT(struct hcn_route, "NextHop", next_hop),
        JSON_TEXT(struct hcn_route, "DestinationPrefix", destination_prefix),
        JSON_UINT(struct hcn_route, "Metric", metric),
        JSON_END
};

static const struct json_field dns_fields[] = {
        JSON_TEXT(struct hcn_dns, "Domain", domain),
        JSON_STRINGS(struct hcn_dns, "Search", search),
        JSON_STRINGS(struct hcn_dns, "ServerList", server_list),
        JSON_STRINGS(struct hcn_dns, "Options", options),
        JSON_END
};

/* --- network -------------------------------------------------------------------------------------------------------- */

/* The numbers are WSL's and hcsshim's; multipass counts the upper ones otherwise (hcs-documents.md section 11.1).  The
 * published names of the first two end in Proxy and Server. */
static const struct json_name network_flags[] = {
        { "None", 0 }, { "EnableDns", 1 }, { "EnableDnsProxy", 1 }, { "EnableDhcp", 2 }, { "EnableDhcpServer", 2 },
        { "EnableMirroring", 4 }, { "EnableNonPersistent", 8 }, { "EnablePersistent", 16 }, { "IsolateVSwitch", 32 },
        { "EnableFlowSteering", 64 }, { "DisableSharing", 128 }, { "EnableFirewall", 256 },
        { "SuppressMediaDisconnect", 512 }, { "DisableHostPort", 1024 }, { "WeakHostReceive", 2048 },
        { "WeakHostSend", 4096 }, { "EnableIov", 8192 }, { NULL, 0 },
};

static const struct json_name ip_subnet_flags[] = {
        { "None", 0 }, { "EnableBroadcast", 1 }, { "ReserveNetworkAddress", 2 }, { NULL, 0 },
};

static const struct json_name subnet_flags[] = {
        { "None", 0 }, { "DoNotReserveGatewayAddress", 1 }, { NULL, 0 },
};

static const struct json_field ip_subnet_fields[] = {
        JSON_GUID(struct hcn_ip_subnet, "ID", id),
        JSON_TEXT(struct hcn_ip_subnet, "IpAddressPrefix", ip_address_prefix, JSON_SINCE(2, 3)),
        JSON_NAMED_F(struct hcn_ip_subnet, "Flags", flags, ip_subnet_flags, JSON_SEVERAL, JSON_SINCE(2, 5)),
        JSON_END
};

static const struct json_field subnet_fields[] = {
        JSON_GUID(struct hcn_subnet, "ID", id),
        JSON_TEXT(struct hcn_subnet, "IpAddressPrefix", ip_address_prefix),
        JSON_LIST(struct hcn_subnet, "Policies", policies, policy_fields),
        JSON_LIST(struct hcn_subnet, "Routes", routes, route_fields),
        JSON_LIST(struct hcn_subnet, "IpSubnets", ip_subnets, ip_subnet_fields, JSON_SINCE(2, 3)),
        JSON_NAMED_F(struct hcn_subnet, "Flags", flags, subnet_flags, JSON_SEVERAL, JSON_SINCE(2, 7)),
        JSON_END
};

static const struct json_field ipam_fields[] = {
        JSON_TEXT(struct hcn_ipam, "Type", type),
        JSON_LIST(struct hcn_ipam, "Subnets", subnets, subnet_fields),
        JSON_END
};

static const struct json_field mac_range_fields[] = {
        JSON_TEXT(struct hcn_mac_range, "StartMacAddress", start_mac_address),
        JSON_TEXT(struct hcn_mac_range, "EndMacAddress", end_mac_address),
        JSON_END
};

static const struct json_field mac_pool_fields[] = {
        JSON_LIST(struct hcn_mac_pool, "Ranges", ranges, mac_range_fields),
        JSON_END
};

static const char *const network_mode_names[] = { "NAT", "ICS", "Transparent", "L2Bridge", "L2Tunnel", "Overlay",
        "Private", "Internal", "Mirrored", "Infiniband", "ConstrainedICS", NULL };

const struct json_field hcn_network_fields[] = {
        JSON_GUID(struct hcn_network, "ID", id),
        JSON_TEXT(struct hcn_network, "Owner", owner),
        JSON_TEXT(struct hcn_network, "Name", name),
        JSON_STRUCT_F(struct hcn_network, "SchemaVersion", schema_version, doc_version_fields, JSON_ALWAYS),
        JSON_ENUM_F(struct hcn_network, "Type", type, network_mode_names, 0),
        JSON_LIST(struct hcn_network, "Policies", policies, policy_fields),
        JSON_POINTER(struct hcn_network, "MacPool", mac_pool, mac_pool_fields),
        JSON_POINTER(struct hcn_network, "Dns", dns, dns_fields),
        JSON_LIST(struct hcn_network, "Ipams", ipams, ipam_fields),
        JSON_NAMED_F(struct hcn_network, "Flags", flags, network_flags, JSON_SEVERAL),
        JSON_UINT(struct hcn_network, "Version", common.version),
        JSON_RAW(struct hcn_network, "AdditionalParams", common.additional_params),
        JSON_RAW(struct hcn_network, "Health", common.health),
        JSON_RAW(struct hcn_network, "Telemetry", common.telemetry),
        JSON_UINT(struct hcn_network, "State", common.state),
        JSON_END
};

/* --- endpoint ------------------------------------------------------------------------------------------------------ */

static const struct json_name endpoint_flags[] = {
        { "None", 0 }, { "RemoteEndpoint", 1 }, { "DisableInterComputeCommunication", 2 }, { "EnableMirroring", 4 },
        { "EnableLowInterfaceMetric", 8 }, { "OverrideDNSServerOrder", 16 }, { "EnableDhcp", 32 }, { NULL, 0 },
};

static const struct json_field ip_config_fields[] = {
        JSON_TEXT(struct hcn_ip_config, "IpAddress", ip_address),
        JSON_UINT(struct hcn_ip_config, "PrefixLength", prefix_length),
        JSON_GUID(struct hcn_ip_config, "IpSubnetId", ip_subnet_id, JSON_SINCE(2, 3)),
        JSON_END
};

const struct json_field hcn_endpoint_fields[] = {
        JSON_GUID(struct hcn_endpoint, "ID", id),
        JSON_TEXT(struct hcn_endpoint, "Owner", owner),
        JSON_TEXT(struct hcn_endpoint, "Name", name),
        JSON_STRUCT_F(struct hcn_endpoint, "SchemaVersion", schema_version, doc_version_fields, JSON_ALWAYS),
        JSON_GUID(struct hcn_endpoint, "HostComputeNetwork", host_compute_network),
        JSON_GUID(struct hcn_endpoint, "HostComputeNamespace", host_compute_namespace),
        JSON_LIST(struct hcn_endpoint, "Policies", policies, policy_fields),
        JSON_LIST(struct hcn_endpoint, "IpConfigurations", ip_configurations, ip_config_fields),
        JSON_POINTER(struct hcn_endpoint, "Dns", dns, dns_fields),
        JSON_LIST(struct hcn_endpoint, "Routes", routes, route_fields),
        JSON_TEXT(struct hcn_endpoint, "MacAddress", mac_address),
        JSON_NAMED_F(struct hcn_endpoint, "Flags", flags, endpoint_flags, JSON_SEVERAL),
        JSON_UINT(struct hcn_endpoint, "Version", common.version),
        JSON_RAW(struct hcn_endpoint, "AdditionalParams", common.additional_params),
        JSON_RAW(struct hcn_endpoint, "Health", common.health),
        JSON_RAW(struct hcn_endpoint, "Telemetry", common.telemetry),
        JSON_UINT(struct hcn_endpoint, "State", common.state),
        JSON_END
};

/* --- namespace ------------------------------------------------------------------------------------------------------ */

static const char *const namespace_type_names[] = { "Host", "HostDefault", "Guest", "GuestDefault", NULL };

static const struct json_field resource_data_fields[] = {
        JSON_TEXT(struct hcn_resource_data, "Id", id),
        JSON_END
};

static const struct json_field resource_fields[] = {
        JSON_TEXT(struct hcn_resource, "Type", type),
        JSON_POINTER(struct hcn_resource, "Data", data, resource_data_fields),
        JSON_END
};

const struct json_field hcn_namespace_fields[] = {
        JSON_GUID(struct hcn_namespace, "ID", id),
        JSON_TEXT(struct hcn_namespace, "Owner", owner),
        JSON_TEXT(struct hcn_namespace, "Name", name),
        JSON_STRUCT_F(struct hcn_namespace, "SchemaVersion", schema_version, doc_version_fields, JSON_ALWAYS),
        JSON_UINT(struct hcn_namespace, "NamespaceId", namespace_id),
        JSON_GUID(struct hcn_namespace, "NamespaceGuid", namespace_guid),
        JSON_ENUM_F(struct hcn_namespace, "Type", type, namespace_type_names, 0),
        JSON_LIST(struct hcn_namespace, "Resources", resources, resource_fields),
        JSON_UINT(struct hcn_namespace, "Version", common.version),
        JSON_RAW(struct hcn_namespace, "AdditionalParams", common.additional_params),
        JSON_RAW(struct hcn_namespace, "Health", common.health),
        JSON_RAW(struct hcn_namespace, "Telemetry", common.telemetry),
        JSON_UINT(struct hcn_namespace, "State", common.state),
        JSON_END
};

/* --- questions, changes, answers ---------------------------------------------------------------------------------- */

static const struct json_name query_flags[] = {
        { "None", 0 }, { "Detailed", 1 }, { NULL, 0 },
};

const struct json_field hcn_query_fields[] = {
        JSON_STRUCT_F(struct hcn_query, "SchemaVersion", schema_version, doc_version_fields, JSON_ALWAYS),
        JSON_NAMED_F(struct hcn_query, "Flags", flags, query_flags, JSON_SEVERAL),
        JSON_TEXT(struct hcn_query, "Filter", filter),
        JSON_END
};

static const char *const request_type_names[] = { "Add", "Remove", "Update", "Refresh", "Reset", NULL };

const struct json_field hcn_modify_request_fields[] = {
        JSON_TEXT(struct hcn_modify_request, "ResourceUri", resource_uri),
        JSON_TEXT(struct hcn_modify_request, "ResourceType", resource_type),
        JSON_ENUM_F(struct hcn_modify_request, "RequestType", request_type, request_type_names, 0),
        JSON_OPEN(struct hcn_modify_request, "Settings", settings),
        JSON_END
};

const struct json_field hcn_namespace_endpoint_fields[] = {
        JSON_GUID(struct hcn_namespace_endpoint, "EndpointId", endpoint_id),
        JSON_END
};

const struct json_field hcn_namespace_container_fields[] = {
        JSON_TEXT(struct hcn_namespace_container, "ContainerId", container_id),
        JSON_END
};

const struct json_field hcn_policy_request_fields[] = {
        JSON_LIST(struct hcn_policy_request, "Policies", policies, policy_fields),
        JSON_END
};

const struct json_field hcn_vm_endpoint_fields[] = {
        JSON_GUID(struct hcn_vm_endpoint, "PortId", port_id),
        JSON_TEXT(struct hcn_vm_endpoint, "VirtualNicName", virtual_nic_name),
        JSON_GUID(struct hcn_vm_endpoint, "VirtualMachineId", virtual_machine_id),
        JSON_END
};

const struct json_field hcn_response_fields[] = {
        JSON_BOOL_F(struct hcn_response, "Success", success, JSON_ALWAYS),
        JSON_TEXT(struct hcn_response, "Error", error),
        JSON_UINT(struct hcn_response, "ErrorCode", error_code),
        JSON_UINT(struct hcn_response, "CompartmentId", compartment_id),
        JSON_END
};
