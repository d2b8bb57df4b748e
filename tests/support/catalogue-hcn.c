/* Every type and enumeration of the published HCN schema, transcribed from hcs-documents.md section 16, as in
 * catalogue-hcs.c. */
#include "tests/support/catalogue-data.h"

const struct catalogue_type catalogue_hcn_types[] = {
        { "AclPolicySetting", "2.0",
          "Protocols: string (2.5), LocalAddresses: string (2.5), RemoteAddresses: string (2.5), "
          "LocalPorts: string (2.5), RemotePorts: string (2.5), Priority: uint16 (2.5), Id: string, Action: ActionType, "
          "Direction: DirectionType, RuleType: RuleType" },
        { "AuthenticationCertificate", "2.1",
          "CertificateName: string" },
        { "AuthenticationMethod", "",
          "" },
        { "AuthenticationPresharedKey", "2.1",
          "Key: string" },
        { "AutomaticDNSNetworkPolicySetting", "2.0",
          "Enable: bool" },
        { "Base", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16" },
        { "BasePolicy", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16, Type: uint16, Data: Any" },
        { "CommonAclPolicySetting", "2.0",
          "Protocols: string (2.5), LocalAddresses: string (2.5), RemoteAddresses: string (2.5), "
          "LocalPorts: string (2.5), RemotePorts: string (2.5), Priority: uint16 (2.5), Id: string, Action: ActionType, "
          "Direction: DirectionType, RuleType: RuleType" },
        { "CommonL4ProxyPolicySetting", "2.0",
          "IP: string, Port: string, Protocol: ProtocolType, ExceptionList: string[], Destination: string, "
          "OutboundNat: bool" },
        { "DNS", "2.0",
          "Domain: string, Search: string[], ServerList: string[], Options: string[]" },
        { "DNS_2", "2.0",
          "MessageNumber: uint64, Family: uint16, Domain: string, Search: string, ServerList: string, Options: string" },
        { "DrMacAddressNetworkPolicySetting", "2.0",
          "Address: string" },
        { "EncapOverheadEndpointPolicySetting", "2.0",
          "Overhead: uint16" },
        { "EncryptionPolicySetting", "2.1",
          "EncryptionMethodType: EncryptionMethod, AuthenticationMethods: PrioritizedAuthenticationMethod[], "
          "Name: string, Endpoints1: string[], Endpoints2: string[], ProtocolType: string, Endpoint1Ports: string[], "
          "Endpoint2Ports: string[]" },
        { "EndpointAdditionalParams", "2.0",
          "SwitchId: Guid, SwitchPortId: Guid" },
        { "EndpointPolicy", "2.0",
          "Type: EndpointPolicyType, Settings: Any" },
        { "Extension", "2.0",
          "Id: Guid, IsEnabled: bool" },
        { "ExtraParams", "2.0",
          "Resources: Any, SharedContainers: Any, LayeredOn: Guid, SwitchGuid: Guid, UtilityVM: Guid, "
          "VirtualMachine: Guid" },
        { "Feature", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16, Enabled: bool, Data: Any" },
        { "FirewallPolicySetting", "2.16",
          "VmType: FirewallVMType, FirewallPolicyFlags: FirewallPolicyFlags" },
        { "FiveTuple", "2.5",
          "Protocols: string, LocalAddresses: string, RemoteAddresses: string, LocalPorts: string, RemotePorts: string, "
          "Priority: uint16" },
        { "FiveTuple_2", "2.5",
          "Protocols: string, LocalAddresses: string, RemoteAddresses: string, LocalPorts: string, RemotePorts: string, "
          "Priority: uint16" },
        { "GuestEndpoint", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16, NamespaceId: Guid" },
        { "GuestEndpointState", "2.4",
          "NetworkInterfaces: NetworkInterface[], Routes: Route_2[], IPAddresses: IPAddress[], DNS: DNS_2[], "
          "Xlat: Xlat[] (2.5)" },
        { "GuestFirewall", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16" },
        { "GuestModifySettingRequest", "2.0",
          "ResourceUri: string, RequestType: ModifyRequestType, ResourceType: GuestResourceType, Settings: Any" },
        { "GuestNamespace", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16, CompartmentId: uint32, "
          "Resources: NamespaceResource_2[]" },
        { "GuestNetworkService", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16, VirtualMachineId: Guid, "
          "MirroredInterfaces: GuestNetworkServiceInterface[] (2.2), MirrorHostNetworking: bool (2.5), "
          "GnsRpcServerInformation: RpcConnectionInformation (2.11), Flags: GuestNetworkServiceFlags (2.12)" },
        { "GuestNetworkServiceInterface", "2.2",
          "EndpointId: Guid, InterfaceGuid: Guid, State: GuestNetworkServiceInterfaceState, "
          "MissedNotifications: GuestNetworkServiceNotificationType (2.7)" },
        { "GuestNetworkServiceNotificationData", "2.2",
          "State: GuestNetworkServiceState, Interfaces: GuestNetworkServiceInterface[]" },
        { "GuestNetworkServiceStateRequest", "2.0",
          "State: GuestNetworkServiceState" },
        { "GuestService", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16, ServiceId: Guid, Base64EncodedData: string" },
        { "Health", "2.0",
          "Data: Any, Extra: ExtraParams" },
        { "HostComputeEndpoint", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16, HostComputeNetwork: Guid, "
          "HostComputeNamespace: Guid, Policies: EndpointPolicy[], IpConfigurations: IpConfig[], Dns: DNS, "
          "Routes: Route[], MacAddress: string, Flags: EndpointFlags" },
        { "HostComputeLoadBalancer", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16, HostComputeNetwork: string (2.5), "
          "HostComputeEndpoints: string[], SourceVIP: string, FrontendVIPs: string[], "
          "PortMappings: LoadBalancerPortMapping[], Flags: LoadBalancerFlags" },
        { "HostComputeNamespace", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16, NamespaceId: uint32, NamespaceGuid: Guid, "
          "Type: NamespaceType, Resources: NamespaceResource[]" },
        { "HostComputeNetwork", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16, Type: NetworkMode, Policies: NetworkPolicy[], "
          "MacPool: MacPool, Dns: DNS, Ipams: Ipam[], Flags: NetworkFlags" },
        { "HostComputePolicyList", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16, References: string[], Policies: Any[]" },
        { "HostComputeQuery", "2.0",
          "SchemaVersion: Version, Flags: HostComputeQueryFlags, Filter: string" },
        { "HostComputeRoute", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16, HostComputeNetwork: string (2.5), "
          "HostComputeEndpoints: string[], Routes: SDNRoutePolicySetting[]" },
        { "HostRoutePolicySetting", "",
          "" },
        { "InterfaceConstraintEndpointPolicySetting", "2.0",
          "InterfaceGuid: Guid, InterfaceLuid: uint64, InterfaceIndex: uint32, InterfaceMediaType: uint32, "
          "InterfaceAlias: string, InterfaceDescription: string" },
        { "InterfaceConstraintNetworkPolicySetting", "2.0",
          "InterfaceGuid: Guid, InterfaceLuid: uint64, InterfaceIndex: uint32, InterfaceMediaType: uint32, "
          "InterfaceAlias: string, InterfaceDescription: string" },
        { "InterfaceNotificationMessage", "2.0",
          "MessageNumber: uint64, Family: uint16" },
        { "InterfaceParametersPolicySetting", "2.4",
          "Mtu: uint16" },
        { "IovPolicySetting", "2.9",
          "IovOffloadWeight: uint32, QueuePairsRequested: uint32, InterruptModeration: IovInterruptModerationType" },
        { "IPAddress", "2.0",
          "MessageNumber: uint64, Family: uint16, Address: string, PrefixOrigin: uint8, SuffixOrigin: uint8, "
          "ValidLifetime: uint32, PreferredLifetime: uint32, OnLinkPrefixLength: uint8, SkipAsSource: bool" },
        { "Ipam", "2.0",
          "Type: IpamType, Subnets: Subnet[]" },
        { "IpConfig", "2.0",
          "IpAddress: string, PrefixLength: uint8, IpSubnetId: Guid (2.3)" },
        { "IpSubnet", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16, IpAddressPrefix: string (2.3), "
          "Flags: IPSubnetFlags (2.5)" },
        { "IPSubnetNetworkRequest", "2.6",
          "SubnetId: Guid, IpSubnets: IpSubnet[]" },
        { "L4ProxyPolicySetting", "2.0",
          "IP: string, Port: string, Protocol: ProtocolType, ExceptionList: string[], Destination: string, "
          "OutboundNat: bool" },
        { "L4ProxyPolicySetting_2", "2.0",
          "IP: string, Port: string, Protocol: ProtocolType, ExceptionList: string[], Destination: string, "
          "OutboundNat: bool" },
        { "L4WfpProxyPolicySetting", "2.5",
          "InboundProxyPort: string (2.11), OutboundProxyPort: string (2.11), FilterTuple: FiveTuple, UserSID: string, "
          "InboundExceptions: ProxyExceptions (2.14), OutboundExceptions: ProxyExceptions (2.14)" },
        { "LayerConstraintNetworkPolicySetting", "2.0",
          "LayerId: Guid" },
        { "LoadBalancerPortMapping", "2.0",
          "Protocol: ProtocolType, InternalPort: uint16, ExternalPort: uint16, "
          "DistributionType: LoadBalancerDistribution (2.7), Flags: LoadBalancerPortMappingFlags" },
        { "MacAddress", "2.0",
          "MessageNumber: uint64, Family: uint16, PhysicalAddress: string (2.5)" },
        { "MacPool", "2.0",
          "Ranges: MacRange[]" },
        { "MacRange", "2.0",
          "StartMacAddress: string, EndMacAddress: string" },
        { "ModifyEndpointSettingRequest", "2.0",
          "ResourceUri: string, RequestType: ModifyRequestType, ResourceType: EndpointResourceType, Settings: Any" },
        { "ModifyGuestEndpointSettingRequest", "2.0",
          "ResourceUri: string, RequestType: ModifyRequestType, ResourceType: GuestEndpointResourceType, Settings: Any" },
        { "ModifyGuestNamespaceSettingRequest", "2.0",
          "ResourceUri: string, RequestType: ModifyRequestType, ResourceType: GuestNamespaceResourceType, Settings: Any" },
        { "ModifyGuestNetworkServiceSettingRequest", "2.0",
          "ResourceUri: string, RequestType: ModifyRequestType, ResourceType: GuestNetworkServiceResourceType, "
          "Settings: Any" },
        { "ModifyNamespaceSettingRequest", "2.0",
          "ResourceUri: string, RequestType: ModifyRequestType, ResourceType: NamespaceResourceType, Settings: Any" },
        { "ModifyNamespaceSettingResponse", "2.0",
          "Success: bool, Error: string, ErrorCode: uint32, CompartmentId: uint32" },
        { "ModifyNetworkSettingRequest", "2.0",
          "ResourceUri: string, RequestType: ModifyRequestType, ResourceType: NetworkResourceType, Settings: Any" },
        { "ModifySettingRequest", "2.0",
          "ResourceUri: string, RequestType: ModifyRequestType" },
        { "ModifySettingResponse", "2.0",
          "Success: bool, Error: string, ErrorCode: uint32, Data: Any" },
        { "NamespaceContainerRequest", "2.0",
          "ContainerId: string" },
        { "NamespaceEndpointRequest", "2.0",
          "EndpointId: Guid" },
        { "NamespaceResource", "2.0",
          "Type: NamespaceResourceType, Data: Any" },
        { "NamespaceResource_2", "2.0",
          "EndpointId: Guid, ContainerId: Guid" },
        { "NamespaceResourceContainer", "2.0",
          "Id: string" },
        { "NamespaceResourceEndpoint", "2.0",
          "Id: string" },
        { "Neighbor", "2.0",
          "MessageNumber: uint64, Family: uint16, Address: string (2.5), InterfaceLuid: uint64 (2.5), "
          "InterfaceIndex: uint32 (2.5), PhysicalAddress: string (2.5), PhysicalAddressLength: uint64 (2.5), "
          "State: uint8 (2.5), IsRouter: bool (2.5), IsUnreachable: bool (2.5), Flags: uint8 (2.5), "
          "LastReachable: uint64 (2.5), LastUnreachable: uint64 (2.5)" },
        { "NetAdapterNameNetworkPolicySetting", "2.0",
          "NetworkAdapterName: string" },
        { "NetworkAclPolicySetting", "2.0",
          "Protocols: string (2.5), LocalAddresses: string (2.5), RemoteAddresses: string (2.5), "
          "LocalPorts: string (2.5), RemotePorts: string (2.5), Priority: uint16 (2.5), Id: string, Action: ActionType, "
          "Direction: DirectionType, RuleType: RuleType" },
        { "NetworkAdditionalParams", "2.0",
          "ICSFlags: uint16" },
        { "NetworkInterface", "2.0",
          "MessageNumber: uint64, Family: uint16, AdvertisingEnabled: bool, ForwardingEnabled: bool, WeakHostSend: bool, "
          "WeakHostReceive: bool, UseAutomaticMetric: bool, UseNeighborUnreachabilityDetection: bool, "
          "ManagedAddressConfigurationSupported: bool, OtherStatefulConfigurationSupported: bool, "
          "AdvertiseDefaultRoute: bool, RouterDiscoveryBehavior: uint8, DadTransmits: uint32, BaseReachableTime: uint32, "
          "RetransmitTime: uint32, PathMtuDiscoveryTimeout: uint32, LinkLocalAddressBehavior: uint8, "
          "LinkLocalAddressTimeout: uint32, ZoneIndices: uint32[], SitePrefixLength: uint32, Metric: uint32, "
          "NlMtu: uint32, Connected: bool, SupportsWakeUpPatterns: bool, SupportsNeighborDiscovery: bool, "
          "SupportsRouterDiscovery: bool, ReachableTime: uint32, TransmitOffload: uint8, ReceiveOffload: uint8, "
          "DisableDefaultRoutes: bool" },
        { "NetworkPolicy", "2.0",
          "Type: NetworkPolicyType, Settings: Any" },
        { "NotificationBase", "2.0",
          "ID: Guid, Flags: uint32, Data: Any (2.2)" },
        { "OutboundNatPolicySetting", "2.0",
          "VirtualIP: string, Destinations: string[], Exceptions: string[], Flags: NatFlags" },
        { "PolicyEndpointRequest", "2.0",
          "Policies: EndpointPolicy[]" },
        { "PolicyNetworkRequest", "2.0",
          "Policies: NetworkPolicy[]" },
        { "PortMappingPolicySetting", "2.0",
          "Protocol: ProtocolType, InternalPort: uint16, ExternalPort: uint16, VIP: string, Flags: NatFlags" },
        { "PortnameEndpointPolicySetting", "2.0",
          "Name: string" },
        { "PrioritizedAuthenticationMethod", "2.1",
          "Type: AuthenticationType, Settings: Any" },
        { "ProviderAddressEndpointPolicySetting", "2.0",
          "ProviderAddress: string" },
        { "ProviderAddressNetworkPolicySetting", "2.0",
          "ProviderAddress: string" },
        { "ProxyExceptions", "2.14",
          "IpAddressExceptions: string[], PortExceptions: string[]" },
        { "QosPolicySetting", "2.0",
          "MaximumOutgoingBandwidthInBytes: uint64" },
        { "RegistryKey", "2.0",
          "MessageNumber: uint64, Family: uint16, RegKeys: RegKey[] (2.1), Keyword: string (2.5), "
          "AdapterCLSID: string (2.5)" },
        { "RegKey", "2.1",
          "Path: string, Key: string, Type: uint16, Value: ByteArray" },
        { "RemoteSubnetRoutePolicySetting", "2.0",
          "DestinationPrefix: string, IsolationId: uint32, ProviderAddress: string, DistributedRouterMacAddress: string" },
        { "Response", "2.0",
          "Success: bool, Error: string, ErrorCode: uint32" },
        { "Route", "2.0",
          "NextHop: string, DestinationPrefix: string, Metric: uint16" },
        { "Route_2", "2.0",
          "MessageNumber: uint64, Family: uint16, NextHop: string, DestinationPrefix: string, SitePrefixLength: uint8, "
          "ValidLifetime: uint32, PreferredLifetime: uint32, Metric: uint32, Protocol: uint8, Loopback: bool, "
          "AutoconfigureAddress: bool, Publish: bool, Immortal: bool" },
        { "RpcConnectionInformation", "2.11",
          "NetworkAddress: string, EndpointAddress: string, EndpointType: RpcEndpointType (2.13), ObjectUuid: Guid (2.13)" },
        { "SDNRoutePolicySetting", "2.0",
          "DestinationPrefix: string, NextHop: string, NeedEncap: bool, AutomaticEndpointMonitor: bool" },
        { "SetPolicySetting", "2.0",
          "Id: string, Name: string, PolicyType: SetPolicyTypes, Values: string" },
        { "SourceMacAddressNetworkPolicySetting", "2.0",
          "SourceMacAddress: string" },
        { "Subnet", "2.0",
          "ID: Guid, Owner: string, Name: string, Version: uint64, AdditionalParams: Any, Health: Health, "
          "SchemaVersion: Version, Telemetry: Telemetry, State: uint16, IpAddressPrefix: string, "
          "Policies: SubnetPolicy[], Routes: Route[], IpSubnets: IpSubnet[] (2.3), Flags: SubnetFlags (2.7)" },
        { "SubnetNetworkRequest", "2.6",
          "Subnets: Subnet[]" },
        { "SubnetPolicy", "2.0",
          "Type: SubnetPolicyType, Settings: Any" },
        { "Telemetry", "2.0",
          "Data: Any" },
        { "TierAclPolicySetting", "2.10",
          "Name: string, Direction: DirectionType, Order: uint16, TierAclRules: TierAclRule[]" },
        { "TierAclRule", "2.5",
          "Protocols: string, LocalAddresses: string, RemoteAddresses: string, LocalPorts: string, RemotePorts: string, "
          "Priority: uint16, Id: string (2.10), TierAclRuleAction: ActionType (2.10)" },
        { "Version", "2.0",
          "Major: uint32, Minor: uint32" },
        { "VlanPolicySetting", "2.0",
          "IsolationId: uint32" },
        { "VmEndpointRequest", "2.0",
          "PortId: Guid, VirtualNicName: string, VirtualMachineId: Guid" },
        { "VsidPolicySetting", "2.0",
          "IsolationId: uint32" },
        { "VSwitchExtensionNetworkPolicySetting", "2.0",
          "ExtensionID: Guid, Enable: bool" },
        { "VxlanPortPolicySetting", "2.0",
          "Port: uint16" },
        { "Xlat", "2.0",
          "MessageNumber: uint64, Family: uint16, SyntheticIPv4Address: string (2.5), FallbackIPv4Address: string (2.5), "
          "LocalPrefix: string (2.5), LocalPrefixLength: uint8 (2.5), RemotePrefix: string (2.5), "
          "RemotePrefixLength: uint8 (2.5)" },
        { NULL, NULL, NULL },
};

const struct catalogue_type catalogue_hcn_enums[] = {
        { "ActionType", "2.0",
          "Allow, Block, Pass (2.10)" },
        { "AuthenticationType", "2.1",
          "PresharedKey, Certificate" },
        { "DirectionType", "2.0",
          "In, Out" },
        { "EncryptionMethod", "2.1",
          "Ipsec" },
        { "EndpointFlags", "2.0",
          "None, RemoteEndpoint, DisableInterComputeCommunication, EnableMirroring, EnableLowInterfaceMetric, "
          "OverrideDNSServerOrder, EnableDhcp" },
        { "EndpointPolicyType", "2.0",
          "PortMapping, ACL, QOS, L2Driver, OutBoundNAT, SDNRoute, L4Proxy, L4WFPPROXY (2.5), ProviderAddress, PortName, "
          "EncapOverhead, InterfaceConstraint, Encryption (2.1), VLAN (2.4), InterfaceParameters (2.4), Iov (2.9), "
          "TierAcl (2.10)" },
        { "EndpointResourceType", "2.0",
          "Port, Policy" },
        { "EntityFlags", "2.0",
          "None, EnableNonPersistent" },
        { "FirewallPolicyFlags", "2.16",
          "None, ConstrainedInterface" },
        { "FirewallVMType", "2.16",
          "Invalid, Host, WSA, WSL" },
        { "GuestEndpointResourceType", "2.0",
          "Interface, Route, IPAddress, DNS, RegistryKey, Encryption (2.1), MacAddress (2.5), L4Proxy (2.5), "
          "L4WFPPROXY (2.5), Xlat (2.5), Neighbor (2.5)" },
        { "GuestNamespaceResourceType", "2.0",
          "Container, Endpoint" },
        { "GuestNetworkServiceFlags", "2.12",
          "None, IsFlowsteered, IsFlowsteeredSelfManaged (2.14)" },
        { "GuestNetworkServiceInterfaceState", "2.2",
          "Created, Bootstrapping, Synchronized, Desynchronized, Paused" },
        { "GuestNetworkServiceNotificationType", "2.7",
          "None, DNSCacheParam, DHCPParam, InterfaceParam, AddressParam, Route, DNSParam, XlatParam, Neighbor" },
        { "GuestNetworkServiceResourceType", "2.0",
          "State" },
        { "GuestNetworkServiceState", "2.0",
          "None, Created, Bootstrapping, Synchronized, Paused, Desynchronized (2.5), Rehydrating (2.5), Degraded, "
          "Destroyed" },
        { "GuestResourceType", "2.0",
          "Endpoint, Namespace, Service, Firewall" },
        { "HostComputeQueryFlags", "2.0",
          "None, Detailed" },
        { "HostResourceType", "2.0",
          "Network, Endpoint, Container, Namespace, PolicyList" },
        { "IovInterruptModerationType", "2.9",
          "IovInterruptModerationDefault, IovInterruptModerationAdaptive, IovInterruptModerationOff, "
          "IovInterruptModerationLow, IovInterruptModerationMedium, IovInterruptModerationHigh" },
        { "IpamType", "2.0",
          "Static, Dhcp" },
        { "IPSubnetFlags", "2.5",
          "None, EnableBroadcast, ReserveNetworkAddress" },
        { "LoadBalancerDistribution", "2.7",
          "None, SourceIPProtocol, SourceIP" },
        { "LoadBalancerFlags", "2.0",
          "None, EnableDirectServerReturn, IPv6 (2.8)" },
        { "LoadBalancerPortMappingFlags", "2.0",
          "None, EnableInternalLoadBalancer, LocalRoutedVip, NotUsed, EnablePreserveDip" },
        { "ModifyRequestType", "2.0",
          "Add, Remove, Update, Refresh, Reset" },
        { "NamespaceResourceType", "2.0",
          "Container, Endpoint" },
        { "NamespaceType", "2.0",
          "Host, HostDefault, Guest, GuestDefault" },
        { "NatFlags", "2.0",
          "None, LocalRoutedVip, IPv6 (2.8)" },
        { "NetworkFlags", "2.0",
          "None, EnableDnsProxy, EnableDhcpServer, EnableMirroring, EnableNonPersistent, EnablePersistent, "
          "IsolateVSwitch, EnableFlowSteering (2.11), DisableSharing (2.14), EnableFirewall (2.14)" },
        { "NetworkMode", "2.0",
          "NAT, ICS, Transparent, L2Bridge, L2Tunnel, Overlay, Private, Internal, Mirrored (2.4), Infiniband (2.4), "
          "ConstrainedICS (2.10)" },
        { "NetworkPolicyType", "2.0",
          "SourceMacAddress, NetAdapterName, InterfaceConstraint, VSwitchExtension, ProviderAddress, DrMacAddress, "
          "AutomaticDNS, RemoteSubnetRoute, VxlanPort, HostRoute, SetPolicy, L4Proxy, LayerConstraint, NetworkACL" },
        { "NetworkResourceType", "2.0",
          "DNS, Extension, Policy, Subnet (2.6), IPSubnet (2.6)" },
        { "ProtocolType", "2.0",
          "Unknown, ICMPv4, IGMP, TCP, UDP, ICMPv6" },
        { "ProxyType", "2.5",
          "VFP, WFP" },
        { "RpcEndpointType", "2.13",
          "HvSocket, LRpc" },
        { "RuleType", "2.0",
          "Host, Switch" },
        { "SetPolicyTypes", "2.0",
          "IPSET, NESTEDIPSET" },
        { "SubnetFlags", "2.7",
          "None, DoNotReserveGatewayAddress" },
        { "SubnetPolicyType", "2.0",
          "VLAN, VSID" },
        { NULL, NULL, NULL },
};
