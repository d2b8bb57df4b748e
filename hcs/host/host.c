#include "hcs/host/host.h"

#include <combaseapi.h>
#include <stddef.h>
#include <string.h>

#include "hcs/base/system.h"

/* A row of the table: the export's name, where its address goes, and whether Windows 10 1809 (build 17763), the oldest that
 * we run on, has it (hcs-api.md, sections 3 to 6).  The compiler holds each row against the SDK's prototype. */
struct row { const char *name; size_t offset; bool optional; };

#define SAME_TYPE(row, function) \
        _Static_assert(__builtin_types_compatible_p(__typeof__(((struct hcs_api *)0)->row), __typeof__(&function)), #row)
#define HCS(row)     { "Hcs" #row, offsetof(struct hcs_api, row), false }
#define HCS_NEW(row) { "Hcs" #row, offsetof(struct hcs_api, row), true }
#define HCN(row)     { "Hcn" #row, offsetof(struct hcs_api, row), false }
#define DISK(row)    { #row, offsetof(struct hcs_api, row), false }

static const struct row compute_rows[] = {
        HCS_NEW(EnumerateComputeSystemsInNamespace), HCS_NEW(CreateComputeSystemInNamespace),
        HCS_NEW(OpenComputeSystemInNamespace), HCS(CloseComputeSystem), HCS(StartComputeSystem), HCS(TerminateComputeSystem),
        HCS(PauseComputeSystem), HCS(ResumeComputeSystem), HCS(GetComputeSystemProperties), HCS_NEW(WaitForComputeSystemExit),
        HCS(SetComputeSystemCallback), HCS(EnumerateComputeSystems), HCS(CreateComputeSystem), HCS(OpenComputeSystem),
        HCS(ShutDownComputeSystem), HCS(SaveComputeSystem), HCS(ModifyComputeSystem), HCS(GetServiceProperties),
        HCS(ModifyServiceSettings), HCS(CreateEmptyGuestStateFile), HCS(CreateEmptyRuntimeStateFile), HCS(GrantVmAccess),
        HCS(RevokeVmAccess), HCS_NEW(GrantVmGroupAccess), HCS_NEW(RevokeVmGroupAccess), HCS(CreateProcess), HCS(OpenProcess),
        HCS(CloseProcess), HCS(SignalProcess), HCS(TerminateProcess), HCS(GetProcessProperties), HCS_NEW(WaitForProcessExit),
        HCS(SetProcessCallback), HCS(GetProcessInfo), HCS(ModifyProcess), HCS(CreateOperation), HCS(CloseOperation),
        HCS_NEW(AddResourceToOperation), HCS(WaitForOperationResult), HCS(WaitForOperationResultAndProcessInfo),
};

SAME_TYPE(EnumerateComputeSystemsInNamespace, HcsEnumerateComputeSystemsInNamespace);
SAME_TYPE(CreateComputeSystemInNamespace, HcsCreateComputeSystemInNamespace);
SAME_TYPE(OpenComputeSystemInNamespace, HcsOpenComputeSystemInNamespace);
SAME_TYPE(CloseComputeSystem, HcsCloseComputeSystem);
SAME_TYPE(StartComputeSystem, HcsStartComputeSystem);
SAME_TYPE(TerminateComputeSystem, HcsTerminateComputeSystem);
SAME_TYPE(PauseComputeSystem, HcsPauseComputeSystem);
SAME_TYPE(ResumeComputeSystem, HcsResumeComputeSystem);
SAME_TYPE(GetComputeSystemProperties, HcsGetComputeSystemProperties);
SAME_TYPE(WaitForComputeSystemExit, HcsWaitForComputeSystemExit);
SAME_TYPE(SetComputeSystemCallback, HcsSetComputeSystemCallback);
SAME_TYPE(EnumerateComputeSystems, HcsEnumerateComputeSystems);
SAME_TYPE(CreateComputeSystem, HcsCreateComputeSystem);
SAME_TYPE(OpenComputeSystem, HcsOpenComputeSystem);
SAME_TYPE(ShutDownComputeSystem, HcsShutDownComputeSystem);
SAME_TYPE(SaveComputeSystem, HcsSaveComputeSystem);
SAME_TYPE(ModifyComputeSystem, HcsModifyComputeSystem);
SAME_TYPE(GetServiceProperties, HcsGetServiceProperties);
SAME_TYPE(ModifyServiceSettings, HcsModifyServiceSettings);
SAME_TYPE(CreateEmptyGuestStateFile, HcsCreateEmptyGuestStateFile);
SAME_TYPE(CreateEmptyRuntimeStateFile, HcsCreateEmptyRuntimeStateFile);
SAME_TYPE(GrantVmAccess, HcsGrantVmAccess);
SAME_TYPE(RevokeVmAccess, HcsRevokeVmAccess);
SAME_TYPE(GrantVmGroupAccess, HcsGrantVmGroupAccess);
SAME_TYPE(RevokeVmGroupAccess, HcsRevokeVmGroupAccess);
SAME_TYPE(CreateProcess, HcsCreateProcess);
SAME_TYPE(OpenProcess, HcsOpenProcess);
SAME_TYPE(CloseProcess, HcsCloseProcess);
SAME_TYPE(SignalProcess, HcsSignalProcess);
SAME_TYPE(TerminateProcess, HcsTerminateProcess);
SAME_TYPE(GetProcessProperties, HcsGetProcessProperties);
SAME_TYPE(WaitForProcessExit, HcsWaitForProcessExit);
SAME_TYPE(SetProcessCallback, HcsSetProcessCallback);
SAME_TYPE(GetProcessInfo, HcsGetProcessInfo);
SAME_TYPE(ModifyProcess, HcsModifyProcess);
SAME_TYPE(CreateOperation, HcsCreateOperation);
SAME_TYPE(CloseOperation, HcsCloseOperation);
/* HcsAddResourceToOperation is newer than mingw-w64 10 and has no prototype there. */
SAME_TYPE(WaitForOperationResult, HcsWaitForOperationResult);
SAME_TYPE(WaitForOperationResultAndProcessInfo, HcsWaitForOperationResultAndProcessInfo);

static const struct row storage_rows[] = {
        HCS(ImportLayer), HCS(ExportLayer), HCS(ExportLegacyWritableLayer), HCS(DestroyLayer), HCS(SetupBaseOSLayer),
        HCS_NEW(SetupBaseOSVolume), HCS(InitializeWritableLayer), HCS(InitializeLegacyWritableLayer), HCS(AttachLayerStorageFilter),
        HCS(DetachLayerStorageFilter), HCS(FormatWritableLayerVhd), HCS(GetLayerVhdMountPath),
};

SAME_TYPE(ImportLayer, HcsImportLayer);
SAME_TYPE(ExportLayer, HcsExportLayer);
SAME_TYPE(ExportLegacyWritableLayer, HcsExportLegacyWritableLayer);
SAME_TYPE(DestroyLayer, HcsDestroyLayer);
SAME_TYPE(SetupBaseOSLayer, HcsSetupBaseOSLayer);
SAME_TYPE(SetupBaseOSVolume, HcsSetupBaseOSVolume);
SAME_TYPE(InitializeWritableLayer, HcsInitializeWritableLayer);
SAME_TYPE(InitializeLegacyWritableLayer, HcsInitializeLegacyWritableLayer);
SAME_TYPE(AttachLayerStorageFilter, HcsAttachLayerStorageFilter);
SAME_TYPE(DetachLayerStorageFilter, HcsDetachLayerStorageFilter);
SAME_TYPE(FormatWritableLayerVhd, HcsFormatWritableLayerVhd);
SAME_TYPE(GetLayerVhdMountPath, HcsGetLayerVhdMountPath);

static const struct row network_rows[] = {
        HCN(EnumerateNetworks), HCN(CreateNetwork), HCN(OpenNetwork), HCN(ModifyNetwork), HCN(QueryNetworkProperties),
        HCN(DeleteNetwork), HCN(CloseNetwork), HCN(EnumerateNamespaces), HCN(CreateNamespace), HCN(OpenNamespace),
        HCN(ModifyNamespace), HCN(QueryNamespaceProperties), HCN(DeleteNamespace), HCN(CloseNamespace), HCN(EnumerateEndpoints),
        HCN(CreateEndpoint), HCN(OpenEndpoint), HCN(ModifyEndpoint), HCN(QueryEndpointProperties), HCN(DeleteEndpoint),
        HCN(CloseEndpoint),
};

SAME_TYPE(EnumerateNetworks, HcnEnumerateNetworks);
SAME_TYPE(CreateNetwork, HcnCreateNetwork);
SAME_TYPE(OpenNetwork, HcnOpenNetwork);
SAME_TYPE(ModifyNetwork, HcnModifyNetwork);
SAME_TYPE(QueryNetworkProperties, HcnQueryNetworkProperties);
SAME_TYPE(DeleteNetwork, HcnDeleteNetwork);
SAME_TYPE(CloseNetwork, HcnCloseNetwork);
SAME_TYPE(EnumerateNamespaces, HcnEnumerateNamespaces);
SAME_TYPE(CreateNamespace, HcnCreateNamespace);
SAME_TYPE(OpenNamespace, HcnOpenNamespace);
SAME_TYPE(ModifyNamespace, HcnModifyNamespace);
SAME_TYPE(QueryNamespaceProperties, HcnQueryNamespaceProperties);
SAME_TYPE(DeleteNamespace, HcnDeleteNamespace);
SAME_TYPE(CloseNamespace, HcnCloseNamespace);
SAME_TYPE(EnumerateEndpoints, HcnEnumerateEndpoints);
SAME_TYPE(CreateEndpoint, HcnCreateEndpoint);
SAME_TYPE(OpenEndpoint, HcnOpenEndpoint);
SAME_TYPE(ModifyEndpoint, HcnModifyEndpoint);
SAME_TYPE(QueryEndpointProperties, HcnQueryEndpointProperties);
SAME_TYPE(DeleteEndpoint, HcnDeleteEndpoint);
SAME_TYPE(CloseEndpoint, HcnCloseEndpoint);

static const struct row disk_rows[] = {
        DISK(CreateVirtualDisk), DISK(OpenVirtualDisk), DISK(AttachVirtualDisk), DISK(DetachVirtualDisk),
};

SAME_TYPE(CreateVirtualDisk, CreateVirtualDisk);
SAME_TYPE(OpenVirtualDisk, OpenVirtualDisk);
SAME_TYPE(AttachVirtualDisk, AttachVirtualDisk);
SAME_TYPE(DetachVirtualDisk, DetachVirtualDisk);

/* What a DLL's absence means, and what mends it (hcs-api.md, section 1, "Optional features"). */
static const struct { const WCHAR *file; const char *name, *mend; const struct row *rows; size_t count; } modules[] = {
        [HOST_COMPUTE] = { L"computecore.dll", "computecore.dll",
                           "enable the feature Containers (and VirtualMachinePlatform or Microsoft-Hyper-V for virtual machines)",
                           compute_rows, ARRAY_LENGTH(compute_rows) },
        [HOST_STORAGE] = { L"computestorage.dll", "computestorage.dll", "enable the feature Containers", storage_rows,
                           ARRAY_LENGTH(storage_rows) },
        [HOST_NETWORK] = { L"computenetwork.dll", "computenetwork.dll",
                           "enable the feature Containers, or VirtualMachinePlatform on Windows Home", network_rows,
                           ARRAY_LENGTH(network_rows) },
        [HOST_DISKS] = { L"virtdisk.dll", "virtdisk.dll", "it is a part of Windows: repair the system files (sfc /scannow)",
                         disk_rows, ARRAY_LENGTH(disk_rows) },
};

/* The rows give WINAPI functions, the C library of the SDK too. */
static void *WINAPI local_free(void *memory)
{
        return LocalFree(memory);
}

void host_init(struct host *host)
{
        *host = (struct host){ .api = { .name = "host", .LocalFree = local_free } };
}

static int no_module(enum host_module module, struct error *err)
{
        DWORD code = GetLastError();

        if (code == ERROR_MOD_NOT_FOUND)
                return error_set(err, HCS_E_SERVICE_NOT_AVAILABLE, "%s is not on this Windows: %s, then restart; `hcs-sandbox doctor` "
                                 "gives the command", modules[module].name, modules[module].mend);
        return system_error(err, code, "loading %s", modules[module].name);
}

SAME_TYPE(CoTaskMemFree, CoTaskMemFree);

/* What frees the network's strings.  Loaded with it, for it brings a dozen libraries along that nobody else needs. */
static int add_task_free(struct hcs_api *api, struct error *err)
{
        HMODULE library = LoadLibraryExW(L"ole32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
        FARPROC address = library ? GetProcAddress(library, "CoTaskMemFree") : NULL;

        if (!address)
                return system_error(err, GetLastError(), "loading CoTaskMemFree");
        memcpy(&api->CoTaskMemFree, &address, sizeof(address));
        return 0;
}

int host_load(struct host *host, enum host_module module, struct error *err)
{
        struct hcs_api api = host->api;
        HMODULE library;

        if (host->loaded[module])
                return 0;
        library = LoadLibraryExW(modules[module].file, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
        if (!library)
                return no_module(module, err);
        for (size_t i = 0; i < modules[module].count; i++) {
                const struct row *row = &modules[module].rows[i];
                FARPROC address = GetProcAddress(library, row->name);

                if (!address && !row->optional)
                        return error_set(err, E_NOT_SUPPORTED, "%s does not have the call %s: Windows 10 1809 or Windows Server 2019 is "
                                         "the oldest that will do", modules[module].name, row->name);
                memcpy((char *)&api + row->offset, &address, sizeof(address));
        }
        if (module == HOST_NETWORK && add_task_free(&api, err) < 0)
                return err->code;
        host->api = api;                /* all or nothing; the library stays for as long as the program runs */
        host->loaded[module] = true;
        return 0;
}
