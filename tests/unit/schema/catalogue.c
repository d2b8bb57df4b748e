/* The judge itself: what it lets pass, what it finds, and where. */
#include "tests/support/catalogue.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static size_t judge(const char *root, const char *text, struct catalogue_rules rules, struct text *lines,
                    enum catalogue_finding *first)
{
        struct arena arena = { 0 };
        struct error err = { 0 };
        struct json_value *value;
        size_t count;

        cr_assert(eq(int, json_parse(&arena, text, strlen(text), "test", &value, &err), 0), "%s: %s", text, err.text);
        count = catalogue_check(value, root, &rules, lines, first);
        arena_done(&arena);
        return count;
}

static void expect_fine(const char *root, const char *text, struct catalogue_rules rules)
{
        enum catalogue_finding first = CATALOGUE_TOO_NEW;
        struct text lines = { 0 };

        cr_expect(eq(sz, judge(root, text, rules, &lines, &first), 0), "%s: %s", text, lines.data);
        cr_expect(eq(int, first, CATALOGUE_FINE));
        text_done(&lines);
}

static void expect_found(const char *root, const char *text, struct catalogue_rules rules, enum catalogue_finding kind,
                         const char *words)
{
        enum catalogue_finding first = CATALOGUE_FINE;
        struct text lines = { 0 };

        cr_expect(ne(sz, judge(root, text, rules, &lines, &first), 0), "%s", text);
        cr_expect(eq(int, first, kind), "%s", text);
        cr_expect(eq(str, lines.data ? lines.data : "", (char *)words));
        text_done(&lines);
}

static const struct catalogue_rules all = { 0 }, published = { .published_only = true };

Test(schema_catalogue, knows_members_by_their_exact_names)
{
        expect_fine("ComputeSystem", "{\"Container\":{\"Storage\":{\"Path\":\"p\"}}}", published);
        expect_found("ComputeSystem", "{\"Container\":{\"Storage\":{\"path\":\"p\"}}}", all, CATALOGUE_UNKNOWN_MEMBER,
                     "$.Container.Storage.path: unknown member of Storage\n");
        expect_found("ComputeSystem", "{\"A\":1,\"B\":2}", all, CATALOGUE_UNKNOWN_MEMBER,
                     "$.A: unknown member of ComputeSystem\n$.B: unknown member of ComputeSystem\n");
        expect_found("Keyboard", "{\"A\":1}", all, CATALOGUE_UNKNOWN_MEMBER, "$.A: unknown member of Keyboard\n");
        expect_found("Kayboard", "{}", all, CATALOGUE_WRONG_TYPE, "$: the catalogue has no type Kayboard\n");
}

Test(schema_catalogue, knows_what_only_real_programs_show)
{
        expect_fine("VirtualMachine", "{\"SecuritySettings\":{\"EnableTpm\":true,\"Isolation\":{\"IsolationType\":\"GuestStateOnly\"}}}", all);
        expect_found("VirtualMachine", "{\"SecuritySettings\":{}}", published, CATALOGUE_UNKNOWN_MEMBER,
                     "$.SecuritySettings: unknown member of VirtualMachine\n");
        expect_fine("Attachment", "{\"Type\":\"ExtensibleVirtualDisk\"}", all);
        expect_found("Attachment", "{\"Type\":\"ExtensibleVirtualDisk\"}", published, CATALOGUE_BAD_VALUE,
                     "$.Type: not a value of AttachmentType\n");
}

Test(schema_catalogue, refuses_members_that_a_public_attempt_showed_to_be_none)
{
        expect_found("ComputeSystem", "{\"VirtualMachine\":{\"Devices\":{\"Gpu\":{}}}}", all, CATALOGUE_UNKNOWN_MEMBER,
                     "$.VirtualMachine.Devices.Gpu: unknown member of Devices\n");
        expect_found("Devices", "{\"Clipboard\":{}}", all, CATALOGUE_UNKNOWN_MEMBER, "$.Clipboard: unknown member of Devices\n");
        expect_found("VirtualMachine", "{\"Storage\":{}}", all, CATALOGUE_UNKNOWN_MEMBER, "$.Storage: unknown member of VirtualMachine\n");
        expect_found("RdpConnectionOptions", "{\"AccessName\":\"\"}", all, CATALOGUE_UNKNOWN_MEMBER,
                     "$.AccessName: unknown member of RdpConnectionOptions\n");
}

Test(schema_catalogue, knows_types_and_ranges)
{
        expect_found("Container_Memory", "{\"SizeInMB\":\"512\"}", all, CATALOGUE_WRONG_TYPE, "$.SizeInMB: should be a uint64\n");
        expect_found("Container_Memory", "{\"SizeInMB\":-1}", all, CATALOGUE_WRONG_TYPE, "$.SizeInMB: should be a uint64\n");
        expect_found("Container_Memory", "{\"SizeInMB\":1.5}", all, CATALOGUE_WRONG_TYPE, "$.SizeInMB: should be a uint64\n");
        expect_found("MappedVirtualDisk", "{\"Lun\":256}", all, CATALOGUE_WRONG_TYPE, "$.Lun: should be a uint8\n");
        expect_fine("MappedVirtualDisk", "{\"Lun\":255}", all);
        expect_found("VideoMonitor", "{\"HorizontalResolution\":65536}", all, CATALOGUE_WRONG_TYPE,
                     "$.HorizontalResolution: should be a uint16\n");
        expect_found("ProcessStatus", "{\"LastWaitResult\":2147483648}", all, CATALOGUE_WRONG_TYPE, "$.LastWaitResult: should be a int32\n");
        expect_found("ProcessParameters", "{\"EmulateConsole\":1}", all, CATALOGUE_WRONG_TYPE, "$.EmulateConsole: should be a bool\n");
        expect_found("ProcessParameters", "{\"ConsoleSize\":[25,65536]}", all, CATALOGUE_WRONG_TYPE, "$.ConsoleSize[1]: should be a uint16\n");
        expect_found("ProcessParameters", "{\"User\":null}", all, CATALOGUE_WRONG_TYPE, "$.User: null; leave it out, or give a string\n");
        expect_found("Layer", "{\"Id\":\"{0123abcd-4567-89ab-cdef-0123456789ab}\"}", all, CATALOGUE_WRONG_TYPE, "$.Id: should be a Guid\n");
        expect_found("NetworkAdapter", "{\"MacAddress\":\"00:15:5D:01:02:03\"}", all, CATALOGUE_WRONG_TYPE,
                     "$.MacAddress: should be a MacAddress\n");
        expect_found("RegistryValue", "{\"BinaryValue\":\"AA=\"}", all, CATALOGUE_WRONG_TYPE, "$.BinaryValue: should be a ByteArray\n");
        expect_found("Storage", "{\"Layers\":{}}", all, CATALOGUE_WRONG_TYPE, "$.Layers: not an array; should be Layer[]\n");
        expect_found("Storage", "{\"Layers\":[\"x\"]}", all, CATALOGUE_WRONG_TYPE, "$.Layers[0]: not an object; should be Layer\n");
}

Test(schema_catalogue, knows_maps_and_their_keys)
{
        expect_fine("Devices", "{\"Scsi\":{\"any name\":{\"Attachments\":{\"0\":{\"Type\":\"Iso\"}}}},\"ComPorts\":{\"1\":{}}}", all);
        expect_found("Scsi", "{\"Attachments\":{\"first\":{}}}", all, CATALOGUE_WRONG_TYPE,
                     "$.Attachments.first: the member's name should be a uint32\n");
        expect_found("HvSocketSystemConfig", "{\"ServiceTable\":{\"x\":{}}}", all, CATALOGUE_WRONG_TYPE,
                     "$.ServiceTable.x: the member's name should be a Guid\n");
        expect_found("Scsi", "{\"Attachments\":{\"0\":{\"Size\":1}}}", all, CATALOGUE_UNKNOWN_MEMBER,
                     "$.Attachments.0.Size: unknown member of Attachment\n");
        expect_found("GpuConfiguration", "{\"AssignmentRequest\":{\"x\":65536}}", all, CATALOGUE_WRONG_TYPE,
                     "$.AssignmentRequest.x: should be a uint16\n");
}

Test(schema_catalogue, knows_the_values_of_enumerations)
{
        expect_found("Attachment", "{\"Type\":\"virtualdisk\"}", all, CATALOGUE_BAD_VALUE, "$.Type: not a value of AttachmentType\n");
        expect_found("Attachment", "{\"Type\":0}", all, CATALOGUE_WRONG_TYPE, "$.Type: not a value of AttachmentType\n");
        expect_fine("hcn:HostComputeNetwork", "{\"Type\":\"NAT\",\"Flags\":43}", all);
        expect_found("hcn:HostComputeNetwork", "{\"Type\":0}", all, CATALOGUE_WRONG_TYPE, "$.Type: not a value of NetworkMode\n");
        expect_fine("CloseHandle", "{\"Handle\":\"All\"}", (struct catalogue_rules){ .major = 2, .minor = 1 });
        expect_found("CloseHandle", "{\"Handle\":\"All\"}", (struct catalogue_rules){ .major = 2, .minor = 0 }, CATALOGUE_TOO_NEW,
                     "$.Handle: is of schema 2.1; the host has 2.0\n");
}

Test(schema_catalogue, knows_what_is_too_new)
{
        const struct catalogue_rules old = { .major = 2, .minor = 1 };

        expect_found("ComputeSystem", "{\"VirtualMachine\":{\"Chipset\":{\"LinuxKernelDirect\":{}}}}", old, CATALOGUE_TOO_NEW,
                     "$.VirtualMachine.Chipset.LinuxKernelDirect: is of schema 2.2; the host has 2.1\n"
                     "$.VirtualMachine.Chipset.LinuxKernelDirect: is of schema 2.2; the host has 2.1\n");
        expect_found("Scsi", "{\"DisableInterruptBatching\":true}", old, CATALOGUE_TOO_NEW,
                     "$.DisableInterruptBatching: is of schema 2.4; the host has 2.1\n");
        expect_found("ShutdownOptions", "{\"Force\":true}", old, CATALOGUE_TOO_NEW, "$: is of schema 2.5; the host has 2.1\n");
        expect_fine("Scsi", "{\"DisableInterruptBatching\":true}", (struct catalogue_rules){ .major = 2, .minor = 4 });
        expect_fine("GpuConfiguration", "{\"DisablePresentation\":true}", (struct catalogue_rules){ .major = 2, .minor = 7 });
        expect_found("GpuConfiguration", "{\"DisablePresentation\":true}", (struct catalogue_rules){ .major = 2, .minor = 6 },
                     CATALOGUE_TOO_NEW, "$.DisablePresentation: is of schema 2.7; the host has 2.6\n");
}

Test(schema_catalogue, knows_the_settings_by_what_they_are_for)
{
        expect_fine("ModifySettingRequest", "{\"ResourcePath\":\"Container/Memory/SizeInMB\",\"RequestType\":\"Update\",\"Settings\":512}", all);
        expect_found("ModifySettingRequest", "{\"ResourcePath\":\"Container/Memory/SizeInMB\",\"Settings\":{}}", all, CATALOGUE_WRONG_TYPE,
                     "$.Settings: should be a uint64\n");
        expect_found("ModifySettingRequest", "{\"ResourcePath\":\"VirtualMachine/Devices/Scsi/a b/Attachments/0\",\"Settings\":{\"Lun\":1}}", all,
                     CATALOGUE_UNKNOWN_MEMBER, "$.Settings.Lun: unknown member of Attachment\n");
        expect_found("ModifySettingRequest", "{\"GuestRequest\":{\"ResourceType\":\"MappedDirectory\",\"Settings\":{\"Path\":1}}}", all,
                     CATALOGUE_UNKNOWN_MEMBER, "$.GuestRequest.Settings.Path: unknown member of MappedDirectory\n");
        expect_fine("ModifySettingRequest", "{\"GuestRequest\":{\"ResourceType\":\"MappedDirectory\",\"Settings\":{\"MountPath\":\"/m\",\"Port\":564}}}",
                    all);
        expect_found("hcn:HostComputeEndpoint", "{\"Policies\":[{\"Type\":\"PortMapping\",\"Settings\":{\"Port\":1}}]}", all,
                     CATALOGUE_UNKNOWN_MEMBER, "$.Policies[0].Settings.Port: unknown member of PortMappingPolicySetting\n");
        expect_found("ComputeSystem", "{\"HostedSystem\":{\"Container\":{\"X\":1}}}", all, CATALOGUE_UNKNOWN_MEMBER,
                     "$.HostedSystem.Container.X: unknown member of Container\n");
        expect_found("System_PropertyQuery", "{\"Queries\":{\"Picture\":{}}}", all, CATALOGUE_UNKNOWN_MEMBER,
                     "$.Queries.Picture: unknown member of SystemQueries\n");
        expect_found("ModificationRequest",
                     "{\"PropertyType\":\"CpuGroup\",\"Settings\":{\"Operation\":\"DeleteGroup\",\"OperationDetails\":{\"Id\":\"x\"}}}", all,
                     CATALOGUE_UNKNOWN_MEMBER, "$.Settings.OperationDetails.Id: unknown member of DeleteGroupOperation\n");
}

Test(schema_catalogue, judges_arrays_of_a_type)
{
        expect_fine("ModifySettingRequest[]", "[{\"RequestType\":\"Add\"},{}]", all);
        expect_found("ModifySettingRequest[]", "[{},{\"X\":1}]", all, CATALOGUE_UNKNOWN_MEMBER,
                     "$[1].X: unknown member of ModifySettingRequest\n");
}

Test(schema_catalogue, counts_without_lines_too)
{
        struct catalogue_rules rules = { 0 };

        cr_expect(eq(sz, judge("ComputeSystem", "{\"A\":1,\"B\":2}", rules, NULL, NULL), 2));
}
