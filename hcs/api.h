/* The waist: the published Host Compute Service calls under their published names and types, as one table.
 *
 * On Windows hcs/host fills it from computecore.dll; on Linux hcs/local answers it in process; hcs/fake remembers and plays
 * back.  Everything above goes through one client (hcs/client) and nothing goes round it.  Facts: hcs-api.md, sections 2
 * (asynchronous model), 3 (signatures), 9 (states).
 *
 * A row that an engine does not have is NULL, and the client says "not supported" in the call's name; so hcs/local and
 * hcs/fake leave out what only Windows knows, and an old Windows leaves out what only a newer one knows.
 *
 * Strings are UTF-16.  Result documents are freed with LocalFree of the same table.  S_OK from a call that takes an
 * operation means "accepted"; the result comes out of the operation.  Any call may come from any thread; calls that change
 * one system are serialised by the caller on Linux (the sandbox's lock). */
#ifndef HCS_API_H
#define HCS_API_H

#include <stdint.h>
#include <uchar.h>

#ifdef _WIN32
#include "hcs/types-windows.h"
#else
#include "hcs/types-linux.h"
#endif

/* Descriptors that a call takes along: HcsAddResourceToOperation under these addresses.  Borrowed until the call has
 * returned.  The first three and the Handles go to StartComputeSystem (for the first process, whose streams exist from
 * there on) or to CreateProcess (for every other one). */
#define HCS_RESOURCE_STD_IN         u"hcs:/Process/StdInput"
#define HCS_RESOURCE_STD_OUT        u"hcs:/Process/StdOutput"
#define HCS_RESOURCE_STD_ERR        u"hcs:/Process/StdError"
#define HCS_RESOURCE_CONSOLE        u"hcs:/Process/ConsoleSocket"      /* a connected socket that gets the pty */
#define HCS_RESOURCE_HANDLES        u"hcs:/Process/Handles/"           /* + decimal: descriptor 3 + that of the program */
#define HCS_RESOURCE_NETWORK        u"hcs:/Network/Namespace"          /* of CreateNamespace, to be the first process's; no descriptor */

/* Ours, on Linux: with the option a system's callback also hears, each time, that its memory has run out. */
#define HCS_EVENT_OUT_OF_MEMORY         ((HCS_EVENT_TYPE)0x00008000)
#define HCS_EVENT_OPTION_MEMORY         ((HCS_EVENT_OPTIONS)0x00010000)

struct hcs_api {
        const char *name;

        /* Linux: idNamespace is the directory of all state: absolute, UTF-16.  Windows has these since a later build than
         * their brothers without a namespace, which are the ones that the client takes there. */
        HRESULT (WINAPI *EnumerateComputeSystemsInNamespace)(PCWSTR id_namespace, PCWSTR query, HCS_OPERATION);
        HRESULT (WINAPI *CreateComputeSystemInNamespace)(PCWSTR id_namespace, PCWSTR id, PCWSTR configuration,
                                                         HCS_OPERATION, const HCS_CREATE_OPTIONS *, HCS_SYSTEM *system);
        HRESULT (WINAPI *OpenComputeSystemInNamespace)(PCWSTR id_namespace, PCWSTR id, DWORD access, HCS_SYSTEM *system);
        void    (WINAPI *CloseComputeSystem)(HCS_SYSTEM);
        HRESULT (WINAPI *StartComputeSystem)(HCS_SYSTEM, HCS_OPERATION, PCWSTR options);
        HRESULT (WINAPI *TerminateComputeSystem)(HCS_SYSTEM, HCS_OPERATION, PCWSTR options);
        HRESULT (WINAPI *PauseComputeSystem)(HCS_SYSTEM, HCS_OPERATION, PCWSTR options);
        HRESULT (WINAPI *ResumeComputeSystem)(HCS_SYSTEM, HCS_OPERATION, PCWSTR options);
        /* Linux: also of a running system, which it freezes meanwhile; the options and a document's RestoreState are those of
         * hcs/schema/document.h.  When it fails, all runs on.  Of a system that was started
         * from such a state the first CreateProcess gives the process that runs already. */
        HRESULT (WINAPI *SaveComputeSystem)(HCS_SYSTEM, HCS_OPERATION, PCWSTR options);
        HRESULT (WINAPI *ModifyComputeSystem)(HCS_SYSTEM, HCS_OPERATION, PCWSTR configuration, HANDLE identity);
        HRESULT (WINAPI *GetComputeSystemProperties)(HCS_SYSTEM, HCS_OPERATION, PCWSTR query);
        HRESULT (WINAPI *WaitForComputeSystemExit)(HCS_SYSTEM, DWORD timeout_ms, PWSTR *result);
        HRESULT (WINAPI *SetComputeSystemCallback)(HCS_SYSTEM, HCS_EVENT_OPTIONS, const void *context, HCS_EVENT_CALLBACK);

        /* Windows only, down to the end of this part. */
        HRESULT (WINAPI *EnumerateComputeSystems)(PCWSTR query, HCS_OPERATION);
        HRESULT (WINAPI *CreateComputeSystem)(PCWSTR id, PCWSTR configuration, HCS_OPERATION, const SECURITY_DESCRIPTOR *,
                                              HCS_SYSTEM *system);
        HRESULT (WINAPI *OpenComputeSystem)(PCWSTR id, DWORD access, HCS_SYSTEM *system);
        HRESULT (WINAPI *ShutDownComputeSystem)(HCS_SYSTEM, HCS_OPERATION, PCWSTR options);
        HRESULT (WINAPI *GetServiceProperties)(PCWSTR query, PWSTR *result);
        HRESULT (WINAPI *ModifyServiceSettings)(PCWSTR settings, PWSTR *result);
        HRESULT (WINAPI *CreateEmptyGuestStateFile)(PCWSTR path);
        HRESULT (WINAPI *CreateEmptyRuntimeStateFile)(PCWSTR path);
        HRESULT (WINAPI *GrantVmAccess)(PCWSTR vm_id, PCWSTR path);
        HRESULT (WINAPI *RevokeVmAccess)(PCWSTR vm_id, PCWSTR path);
        HRESULT (WINAPI *GrantVmGroupAccess)(PCWSTR path);
        HRESULT (WINAPI *RevokeVmGroupAccess)(PCWSTR path);

        HRESULT (WINAPI *CreateProcess)(HCS_SYSTEM, PCWSTR parameters, HCS_OPERATION, const SECURITY_DESCRIPTOR *,
                                        HCS_PROCESS *process);
        HRESULT (WINAPI *OpenProcess)(HCS_SYSTEM, DWORD process_id, DWORD access, HCS_PROCESS *);
        void    (WINAPI *CloseProcess)(HCS_PROCESS);
        HRESULT (WINAPI *SignalProcess)(HCS_PROCESS, HCS_OPERATION, PCWSTR options);
        HRESULT (WINAPI *TerminateProcess)(HCS_PROCESS, HCS_OPERATION, PCWSTR options);
        HRESULT (WINAPI *GetProcessProperties)(HCS_PROCESS, HCS_OPERATION, PCWSTR query);
        HRESULT (WINAPI *WaitForProcessExit)(HCS_PROCESS, DWORD timeout_ms, PWSTR *result);
        HRESULT (WINAPI *SetProcessCallback)(HCS_PROCESS, HCS_EVENT_OPTIONS, void *context, HCS_EVENT_CALLBACK);

        /* Windows only: the process's words for its standard handles, when CreateProcess lost them; its input's end. */
        HRESULT (WINAPI *GetProcessInfo)(HCS_PROCESS, HCS_OPERATION);
        HRESULT (WINAPI *ModifyProcess)(HCS_PROCESS, HCS_OPERATION, PCWSTR settings);

        HCS_OPERATION (WINAPI *CreateOperation)(const void *context, HCS_OPERATION_COMPLETION);
        void    (WINAPI *CloseOperation)(HCS_OPERATION);
        HRESULT (WINAPI *AddResourceToOperation)(HCS_OPERATION, HCS_RESOURCE_TYPE, PCWSTR uri, HANDLE);
        HRESULT (WINAPI *WaitForOperationResult)(HCS_OPERATION, DWORD timeout_ms, PWSTR *result);
        HRESULT (WINAPI *WaitForOperationResultAndProcessInfo)(HCS_OPERATION, DWORD timeout_ms,
                                                               HCS_PROCESS_INFORMATION *, PWSTR *result);
        void   *(WINAPI *LocalFree)(void *);

        /* Layers (computestorage.dll).  All synchronous; layer_data is a LayerData document.  Windows only, like all below. */
        HRESULT (WINAPI *ImportLayer)(PCWSTR layer, PCWSTR source_folder, PCWSTR layer_data);
        HRESULT (WINAPI *ExportLayer)(PCWSTR layer, PCWSTR export_folder, PCWSTR layer_data, PCWSTR options);
        HRESULT (WINAPI *ExportLegacyWritableLayer)(PCWSTR mount, PCWSTR folder, PCWSTR export_folder, PCWSTR layer_data);
        HRESULT (WINAPI *DestroyLayer)(PCWSTR layer);
        HRESULT (WINAPI *SetupBaseOSLayer)(PCWSTR layer, HANDLE vhd, PCWSTR options);
        HRESULT (WINAPI *SetupBaseOSVolume)(PCWSTR layer, PCWSTR volume, PCWSTR options);
        HRESULT (WINAPI *InitializeWritableLayer)(PCWSTR writable_layer, PCWSTR layer_data, PCWSTR options);
        HRESULT (WINAPI *InitializeLegacyWritableLayer)(PCWSTR mount, PCWSTR folder, PCWSTR layer_data, PCWSTR options);
        HRESULT (WINAPI *AttachLayerStorageFilter)(PCWSTR layer, PCWSTR layer_data);
        HRESULT (WINAPI *DetachLayerStorageFilter)(PCWSTR layer);
        HRESULT (WINAPI *FormatWritableLayerVhd)(HANDLE vhd);
        HRESULT (WINAPI *GetLayerVhdMountPath)(HANDLE vhd, PWSTR *mount_path);         /* LocalFree */

        /* Networks (computenetwork.dll).  All synchronous; strings that come out are freed with CoTaskMemFree. */
        HRESULT (WINAPI *EnumerateNetworks)(PCWSTR query, PWSTR *networks, PWSTR *error_record);
        HRESULT (WINAPI *CreateNetwork)(const GUID *id, PCWSTR settings, HCN_NETWORK *, PWSTR *error_record);
        HRESULT (WINAPI *OpenNetwork)(const GUID *id, HCN_NETWORK *, PWSTR *error_record);
        HRESULT (WINAPI *ModifyNetwork)(HCN_NETWORK, PCWSTR settings, PWSTR *error_record);
        HRESULT (WINAPI *QueryNetworkProperties)(HCN_NETWORK, PCWSTR query, PWSTR *properties, PWSTR *error_record);
        HRESULT (WINAPI *DeleteNetwork)(const GUID *id, PWSTR *error_record);
        HRESULT (WINAPI *CloseNetwork)(HCN_NETWORK);
        HRESULT (WINAPI *EnumerateNamespaces)(PCWSTR query, PWSTR *namespaces, PWSTR *error_record);
        /* Linux: it has no id and no settings; a thread makes it, and StartComputeSystem takes it up. */
        HRESULT (WINAPI *CreateNamespace)(const GUID *id, PCWSTR settings, HCN_NAMESPACE *, PWSTR *error_record);
        HRESULT (WINAPI *OpenNamespace)(const GUID *id, HCN_NAMESPACE *, PWSTR *error_record);
        HRESULT (WINAPI *ModifyNamespace)(HCN_NAMESPACE, PCWSTR settings, PWSTR *error_record);
        HRESULT (WINAPI *QueryNamespaceProperties)(HCN_NAMESPACE, PCWSTR query, PWSTR *properties, PWSTR *error_record);
        HRESULT (WINAPI *DeleteNamespace)(const GUID *id, PWSTR *error_record);
        HRESULT (WINAPI *CloseNamespace)(HCN_NAMESPACE);
        HRESULT (WINAPI *EnumerateEndpoints)(PCWSTR query, PWSTR *endpoints, PWSTR *error_record);
        HRESULT (WINAPI *CreateEndpoint)(HCN_NETWORK, const GUID *id, PCWSTR settings, HCN_ENDPOINT *, PWSTR *error_record);
        HRESULT (WINAPI *OpenEndpoint)(const GUID *id, HCN_ENDPOINT *, PWSTR *error_record);
        HRESULT (WINAPI *ModifyEndpoint)(HCN_ENDPOINT, PCWSTR settings, PWSTR *error_record);
        HRESULT (WINAPI *QueryEndpointProperties)(HCN_ENDPOINT, PCWSTR query, PWSTR *properties, PWSTR *error_record);
        HRESULT (WINAPI *DeleteEndpoint)(const GUID *id, PWSTR *error_record);
        HRESULT (WINAPI *CloseEndpoint)(HCN_ENDPOINT);
        void    (WINAPI *CoTaskMemFree)(void *);

        /* Virtual disks (virtdisk.dll).  They answer a Win32 error (0 is done), not an HRESULT. */
        DWORD   (WINAPI *CreateVirtualDisk)(VIRTUAL_STORAGE_TYPE *, PCWSTR path, VIRTUAL_DISK_ACCESS_MASK,
                                            void *security_descriptor, CREATE_VIRTUAL_DISK_FLAG, ULONG provider_flags,
                                            CREATE_VIRTUAL_DISK_PARAMETERS *, OVERLAPPED *, HANDLE *disk);
        DWORD   (WINAPI *OpenVirtualDisk)(VIRTUAL_STORAGE_TYPE *, PCWSTR path, VIRTUAL_DISK_ACCESS_MASK,
                                          OPEN_VIRTUAL_DISK_FLAG, OPEN_VIRTUAL_DISK_PARAMETERS *, HANDLE *disk);
        DWORD   (WINAPI *AttachVirtualDisk)(HANDLE disk, void *security_descriptor, ATTACH_VIRTUAL_DISK_FLAG,
                                            ULONG provider_flags, ATTACH_VIRTUAL_DISK_PARAMETERS *, OVERLAPPED *);
        DWORD   (WINAPI *DetachVirtualDisk)(HANDLE disk, DETACH_VIRTUAL_DISK_FLAG, ULONG provider_flags);
};

const struct hcs_api *local_api(void);          /* hcs/local: this machine's kernel; Linux only */

#endif
