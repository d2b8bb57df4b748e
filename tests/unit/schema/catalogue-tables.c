/* Our tables against the published schema: each row is a member there, of a type that our kind of row can hold, with the
 * same first version; what only real programs show is marked so; and nothing of the schema is missing in our tables, except
 * what is listed here with its reason. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/schema/document.h"
#include "hcs/schema/hcn.h"
#include "hcs/schema/windows-process.h"
#include "hcs/schema/windows-query.h"
#include "hcs/schema/windows-settings.h"
#include "hcs/schema/windows-storage.h"
#include "tests/support/catalogue.h"

struct root { const struct json_field *fields; const char *type; };

static const struct root roots[] = {
        { doc_system_fields, "ComputeSystem" }, { win_process_fields, "ProcessParameters" },
        { win_process_modify_fields, "ProcessModifyRequest" }, { win_signal_fields, "SignalProcessOptions" },
        { win_shutdown_options_fields, "ShutdownOptions" }, { win_pause_options_fields, "PauseOptions" },
        { win_save_options_fields, "SaveOptions" }, { win_crash_options_fields, "CrashOptions" },
        { win_modify_request_fields, "ModifySettingRequest" }, { win_guest_request_fields, "GuestModifySettingRequest" },
        { win_processor_limits_fields, "ProcessorLimits" }, { win_idle_processors_fields, "IdleProcessorsRequest" },
        { win_registry_flush_state_fields, "RegistryFlushState" }, { win_gpu_configuration_fields, "GpuConfiguration" },
        { win_combined_layers_fields, "CombinedLayers" }, { win_mapped_virtual_disk_fields, "MappedVirtualDisk" },
        { win_cim_mount_fields, "CimMount" }, { win_guest_network_fields, "GuestNetworkRequest" },
        { win_hv_socket_address_fields, "HvSocketAddress" }, { win_lcow_combined_layers_fields, "LcowCombinedLayers" },
        { win_lcow_mapped_virtual_disk_fields, "LcowMappedVirtualDisk" },
        { win_lcow_mapped_directory_fields, "LcowMappedDirectory" }, { win_lcow_pmem_device_fields, "LcowVPMemDevice" },
        { win_lcow_network_fields, "LcowNetwork" }, { win_lcow_pci_device_fields, "LcowVPCIDevice" },
        { win_lcow_constraints_fields, "LcowConstraints" }, { win_service_request_fields, "ModificationRequest" },
        { win_guard_request_fields, "ContainerCredentialGuardOperationRequest" },
        { win_guard_add_instance_fields, "ContainerCredentialGuardAddInstanceRequest" },
        { win_guard_remove_instance_fields, "ContainerCredentialGuardRemoveInstanceRequest" },
        { win_group_request_fields, "HostProcessorModificationRequest" }, { win_create_group_fields, "CreateGroupOperation" },
        { win_delete_group_fields, "DeleteGroupOperation" }, { win_set_property_fields, "SetPropertyOperation" },
        { win_layer_data_fields, "LayerData" }, { win_os_layer_options_fields, "OsLayerOptions" },
        { win_export_layer_options_fields, "ExportLayerOptions" }, { win_property_query_fields, "System_PropertyQuery" },
        { win_system_query_fields, "SystemQuery" }, { win_service_query_fields, "Service_PropertyQuery" },
        { win_error_event_fields, "ErrorEvent" }, { win_result_error_fields, "ResultError" },
        { win_exit_status_fields, "SystemExitStatus" }, { win_crash_report_fields, "CrashReport" },
        { win_properties_fields, "Properties" }, { win_process_status_fields, "ProcessStatus" },
        { win_operation_info_fields, "OperationInfo" }, { win_console_image_fields, "ConsoleImage" },
        { win_service_properties_fields, "ServiceProperties" }, { win_basic_information_fields, "BasicInformation" },
        { win_processor_capabilities_fields, "ProcessorCapabilitiesInfo" },
        { win_processor_topology_fields, "ProcessorTopology" }, { win_qos_capabilities_fields, "QoSCapabilities" },
        { win_cpu_group_configurations_fields, "CpuGroupConfigurations" },
        { win_guard_system_info_fields, "ContainerCredentialGuardSystemInfo" },
        { hcn_network_fields, "hcn:HostComputeNetwork" }, { hcn_endpoint_fields, "hcn:HostComputeEndpoint" },
        { hcn_namespace_fields, "hcn:HostComputeNamespace" }, { hcn_query_fields, "hcn:HostComputeQuery" },
        { hcn_modify_request_fields, "hcn:ModifyNamespaceSettingRequest" },
        { hcn_namespace_endpoint_fields, "hcn:NamespaceEndpointRequest" },
        { hcn_namespace_container_fields, "hcn:NamespaceContainerRequest" },
        { hcn_policy_request_fields, "hcn:PolicyEndpointRequest" }, { hcn_vm_endpoint_fields, "hcn:VmEndpointRequest" },
        { hcn_response_fields, "hcn:ModifyNamespaceSettingResponse" },
        { hcn_port_mapping_fields, "hcn:PortMappingPolicySetting" }, { hcn_acl_fields, "hcn:AclPolicySetting" },
        { hcn_acl_fields, "hcn:NetworkAclPolicySetting" }, { hcn_outbound_nat_fields, "hcn:OutboundNatPolicySetting" },
        { hcn_qos_fields, "hcn:QosPolicySetting" }, { hcn_port_name_fields, "hcn:PortnameEndpointPolicySetting" },
        { hcn_sdn_route_fields, "hcn:SDNRoutePolicySetting" }, { hcn_l4_proxy_fields, "hcn:L4ProxyPolicySetting" },
        { hcn_l4_wfp_proxy_fields, "hcn:L4WfpProxyPolicySetting" },
        { hcn_interface_constraint_fields, "hcn:InterfaceConstraintEndpointPolicySetting" },
        { hcn_encap_overhead_fields, "hcn:EncapOverheadEndpointPolicySetting" },
        { hcn_provider_address_fields, "hcn:ProviderAddressEndpointPolicySetting" },
        { hcn_isolation_fields, "hcn:VlanPolicySetting" }, { hcn_isolation_fields, "hcn:VsidPolicySetting" },
        { hcn_interface_parameters_fields, "hcn:InterfaceParametersPolicySetting" }, { hcn_iov_fields, "hcn:IovPolicySetting" },
        { hcn_firewall_fields, "hcn:FirewallPolicySetting" }, { hcn_tier_acl_fields, "hcn:TierAclPolicySetting" },
        { hcn_net_adapter_name_fields, "hcn:NetAdapterNameNetworkPolicySetting" },
        { hcn_source_mac_address_fields, "hcn:SourceMacAddressNetworkPolicySetting" },
        { hcn_dr_mac_address_fields, "hcn:DrMacAddressNetworkPolicySetting" },
        { hcn_automatic_dns_fields, "hcn:AutomaticDNSNetworkPolicySetting" },
        { hcn_layer_constraint_fields, "hcn:LayerConstraintNetworkPolicySetting" },
        { hcn_vswitch_extension_fields, "hcn:VSwitchExtensionNetworkPolicySetting" },
        { hcn_vxlan_port_fields, "hcn:VxlanPortPolicySetting" },
        { hcn_remote_subnet_route_fields, "hcn:RemoteSubnetRoutePolicySetting" },
        { hcn_set_policy_fields, "hcn:SetPolicySetting" },
};

/* Rows that are ours alone: the local engine's, never sent to Windows. */
static const char *const ours[] = { "HostedSystem.Storage", "HostedSystem.Options", "HostedSystem.RestoreState" };

/* Published, and not in a table of ours; "*" is every member. */
static const char *const absent[] = {
        "hcn:Subnet.Owner", "hcn:Subnet.Name", "hcn:Subnet.Version", "hcn:Subnet.AdditionalParams", "hcn:Subnet.Health",
        "hcn:Subnet.SchemaVersion", "hcn:Subnet.Telemetry", "hcn:Subnet.State",         /* Base's; nothing uses them there */
        "hcn:IpSubnet.Owner", "hcn:IpSubnet.Name", "hcn:IpSubnet.Version", "hcn:IpSubnet.AdditionalParams", "hcn:IpSubnet.Health",
        "hcn:IpSubnet.SchemaVersion", "hcn:IpSubnet.Telemetry", "hcn:IpSubnet.State",
};

struct walk { const char *seen[512]; const struct json_field *tables[512]; size_t count; size_t rows; };

static bool in_list(const char *const *list, size_t count, const char *type, const char *member)
{
        char name[256];

        snprintf(name, sizeof(name), "%s.%s", type, member);
        for (size_t i = 0; i < count; i++)
                if (strcmp(list[i], name) == 0)
                        return true;
        return false;
}

/* --- does a row's kind hold what the schema's type is? ------------------------------------------------------------------ */

/* The member's type as text, with "hcn:" before when it is another type of that schema. */
struct name { char text[128]; };

static struct name type_name(const char *of, const char *type, size_t length)
{
        const bool hcn = strncmp(of, "hcn:", 4) == 0;
        struct name name, with;

        snprintf(name.text, sizeof(name.text), "%.*s", (int)length, type);
        snprintf(with.text, sizeof(with.text), "hcn:%.*s", (int)length, type);
        if (hcn && (catalogue_is_type(with.text, strlen(with.text)) || catalogue_is_enum(with.text, strlen(with.text))))
                return with;
        return name;
}

static bool is_enum(const char *type)
{
        return catalogue_is_enum(type, strlen(type));
}

static bool is_one_of(const char *word, const char *list)
{
        size_t length = strlen(word);

        for (const char *at = strstr(list, word); at; at = strstr(at + 1, word))
                if ((at == list || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
                        return true;
        return false;
}

static bool holds_number(const struct json_field *row, const char *type)
{
        static const char *const by_size[] = { [1] = "uint8", [2] = "uint16", [4] = "uint32", [8] = "uint64" };

        return strcmp(type, by_size[row->size]) == 0;
}

static bool holds_item(const struct json_field *row, const char *type)
{
        const size_t length = strlen(type);
        struct name item;

        if (length < 3 || strcmp(type + length - 2, "[]") != 0)
                return false;
        snprintf(item.text, sizeof(item.text), "%.*s", (int)length - 2, type);
        switch (row->kind) {
        case JSON_KIND_UINT32S:
                return strcmp(item.text, "uint32") == 0 || (row->max == UINT16_MAX && strcmp(item.text, "uint16") == 0);
        case JSON_KIND_UINT64S:
                return strcmp(item.text, "uint64") == 0;
        case JSON_KIND_STRINGS:         /* also names of an enumeration, for it grows */
                return is_one_of(item.text, "string Guid ProcessorFeature XsaveProcessorFeature") || is_enum(item.text);
        case JSON_KIND_RAW:             /* kept as it is: properties of the service */
                return strcmp(item.text, "Any") == 0;
        default:
                return row->kind == JSON_KIND_LIST;
        }
}

static bool holds(const struct json_field *row, const char *type)
{
        switch (row->kind) {
        case JSON_KIND_BOOL:
        case JSON_KIND_BOOL_OPT:
                return strcmp(type, "bool") == 0;
        case JSON_KIND_INT:
        case JSON_KIND_INT_OPT:
                return strcmp(type, row->size == 4 ? "int32" : "int64") == 0;
        case JSON_KIND_UINT:
        case JSON_KIND_UINT_OPT:
                return holds_number(row, type);
        case JSON_KIND_STRING:          /* enumerations of answers are texts, for they grow */
                return is_one_of(type, "string string_binary DateTime MacAddress Guid") || is_enum(type);
        case JSON_KIND_GUID:
                return strcmp(type, "Guid") == 0;
        case JSON_KIND_BYTES:
                return is_one_of(type, "ByteArray NullableByteArray");
        case JSON_KIND_ENUM:
        case JSON_KIND_NAMED:
                return is_enum(type);
        case JSON_KIND_OBJECT:
        case JSON_KIND_POINTER:
                return catalogue_is_type(type, strlen(type)) || strcmp(type, "Any") == 0 || strcmp(type, "Map<string, Any>") == 0;
        case JSON_KIND_MAP:
                return strcmp(type, "Map<string, string>") == 0;
        case JSON_KIND_NUMBER_MAP:
                return row->max == UINT16_MAX && strcmp(type, "Map<string, uint16>") == 0;
        case JSON_KIND_STRUCT_MAP:
                return strncmp(type, "Map<", 4) == 0;
        case JSON_KIND_OPEN:
        case JSON_KIND_RAW:
                return is_one_of(type, "Any hcn:Health hcn:Telemetry") || holds_item(row, type);
        default:
                return holds_item(row, type);
        }
}

static void check_enum(const char *at, const struct json_field *row, const char *type)
{
        if (row->kind == JSON_KIND_ENUM)
                for (size_t i = 0; row->names[i]; i++)
                        cr_expect(catalogue_enum_has(type, strlen(type), row->names[i]), "%s: %s has no %s", at, type, row->names[i]);
        if (row->kind == JSON_KIND_NAMED)
                for (size_t i = 0; row->numbers[i].name; i++)
                        cr_expect(catalogue_enum_has(type, strlen(type), row->numbers[i].name), "%s: %s has no %s", at, type,
                                  row->numbers[i].name);
}

static void check_key(const char *at, const struct json_field *row, const char *type)
{
        const char *key = type + 4;
        const unsigned flags = row->flags & (JSON_KEY_NUMBER | JSON_KEY_GUID);

        if (row->kind != JSON_KIND_STRUCT_MAP)
                return;
        if (strncmp(key, "uint", 4) == 0)
                cr_expect(eq(u32, flags, JSON_KEY_NUMBER), "%s: keys are numbers", at);
        else if (strncmp(key, "Guid", 4) == 0)
                cr_expect(eq(u32, flags, JSON_KEY_GUID), "%s: keys are GUIDs", at);
        else
                cr_expect(eq(u32, flags, 0), "%s: keys are any text", at);
        if (strncmp(key, "uint8,", 6) == 0)
                cr_expect(eq(u64, row->max, UINT8_MAX), "%s", at);
        if (strncmp(key, "uint32,", 7) == 0)
                cr_expect(eq(u64, row->max, UINT32_MAX), "%s", at);
}

/* --- the walk --------------------------------------------------------------------------------------------------------------- */

static void walk_table(struct walk *walk, const struct json_field *fields, const char *type);

/* The type inside of an array or a map, or what "Any" stands for. */
static struct name inner_type(const char *of, const struct json_field *row, const char *type)
{
        const char *comma = strchr(type, ',');
        const size_t length = strlen(type);

        if (strcmp(of, "ComputeSystem") == 0 && strcmp(row->name, "HostedSystem") == 0)
                return (struct name){ "HostedSystem" };
        if (strcmp(of, "ModifySettingRequest") == 0 && strcmp(row->name, "GuestRequest") == 0)
                return (struct name){ "GuestModifySettingRequest" };
        if (strcmp(row->name, "Queries") == 0)
                return (struct name){ "SystemQueries" };
        if (strcmp(row->name, "PropertyQueries") == 0)
                return (struct name){ "ServiceQueries" };
        if (strcmp(of, "hcn:NamespaceResource") == 0 && strcmp(row->name, "Data") == 0)
                return (struct name){ "hcn:NamespaceResourceEndpoint" };
        if (row->kind == JSON_KIND_LIST)
                return type_name(of, type, length - 2);
        if (row->kind == JSON_KIND_STRUCT_MAP)
                return type_name(of, comma + 2, strlen(comma) - 3);
        return type_name(of, type, length);
}

static void walk_row(struct walk *walk, const struct json_field *row, const char *of)
{
        struct catalogue_member member = { 0 };
        struct name type;
        char at[256];

        if (in_list(ours, sizeof(ours) / sizeof(ours[0]), of, row->name))
                return;
        snprintf(at, sizeof(at), "%s.%s", of, row->name);
        cr_assert(catalogue_member(of, row->name, &member), "%s is not in the schema", at);
        type = type_name(of, member.type, member.type_length);
        walk->rows++;
        cr_expect(holds(row, type.text), "%s is a %s, our row is of kind %d", at, type.text, row->kind);
        cr_expect(row->since == member.since || (!member.since && row->since == member.type_since),
                  "%s came with another version: %u.%u", at, (unsigned)member.since >> 8, (unsigned)member.since & 0xff);
        if (catalogue_member_name(of, 0, &(size_t){ 0 }))
                cr_expect(eq(int, !(row->flags & JSON_UNPUBLISHED), member.published), "%s: published or not", at);
        check_enum(at, row, type.text);
        check_key(at, row, type.text);
        /* The runtime specification is not HCS's. */
        if (row->fields && row->fields != spec_fields && row->fields != spec_process_fields) {
                const struct name inner = inner_type(of, row, type.text);

                walk_table(walk, row->fields, inner.text);
        }
}

static void check_all_there(const struct json_field *fields, const char *type)
{
        const char *name;
        size_t length;

        for (size_t n = 0; (name = catalogue_member_name(type, n, &length)); n++) {
                const struct json_field *row = fields;
                char member[128];

                snprintf(member, sizeof(member), "%.*s", (int)length, name);
                while (row->name && strcmp(row->name, member) != 0)
                        row++;
                cr_expect(row->name || in_list(absent, sizeof(absent) / sizeof(absent[0]), type, member), "%s.%s is in no table", type,
                          member);
        }
}

static void walk_table(struct walk *walk, const struct json_field *fields, const char *type)
{
        for (size_t i = 0; i < walk->count; i++)
                if (walk->tables[i] == fields && strcmp(walk->seen[i], type) == 0)
                        return;
        cr_assert(walk->count < 512);
        walk->seen[walk->count] = strdup(type);
        walk->tables[walk->count++] = fields;

        cr_expect(catalogue_is_type(type, strlen(type)), "%s is no type", type);
        check_all_there(fields, type);
        for (; fields->name; fields++)
                walk_row(walk, fields, type);
}

Test(schema_catalogue_tables, agree_with_the_published_schema)
{
        struct walk walk = { .count = 0 };

        for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
                walk_table(&walk, roots[i].fields, roots[i].type);
        cr_expect(gt(sz, walk.rows, 700), "only %zu rows were looked at", walk.rows);
        for (size_t i = 0; i < walk.count; i++)
                free((char *)walk.seen[i]);
}

Test(schema_catalogue_tables, settings_are_found_by_their_path)
{
        const struct json_field *fields = NULL;

        cr_expect(eq(int, win_modify_settings("VirtualMachine/Devices/Scsi/a/Attachments/0", &fields), WIN_SETTINGS_STRUCT));
        cr_expect(eq(ptr, (void *)fields, (void *)win_attachment_fields));
        cr_expect(eq(int, win_modify_settings("VirtualMachine/Devices/VirtualPMem/Devices/1/Mappings/4096", &fields), WIN_SETTINGS_STRUCT));
        cr_expect(eq(ptr, (void *)fields, (void *)win_pmem_mapping_fields));
        cr_expect(eq(int, win_modify_settings("Container/Memory/SizeInMB", &fields), WIN_SETTINGS_NUMBER));
        cr_expect(eq(int, win_modify_settings("VirtualMachine/Devices/MappedPipes/agent", &fields), WIN_SETTINGS_NONE));
        cr_expect(eq(int, win_modify_settings("VirtualMachine/Devices/Scsi//Attachments/0", &fields), WIN_SETTINGS_UNKNOWN));
        cr_expect(eq(int, win_modify_settings("VirtualMachine/Devices/Scsi/a/Attachments/0/1", &fields), WIN_SETTINGS_UNKNOWN));
        cr_expect(eq(int, win_modify_settings("Container/Storage", &fields), WIN_SETTINGS_UNKNOWN));
        cr_expect(eq(ptr, (void *)win_guest_settings("MappedDirectory", false), (void *)win_mapped_directory_fields));
        cr_expect(eq(ptr, (void *)win_guest_settings("MappedDirectory", true), (void *)win_lcow_mapped_directory_fields));
        cr_expect(eq(ptr, (void *)win_guest_settings("Nothing", true), NULL));
}
