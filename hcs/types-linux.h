/* The types of the waist where there is no Windows: the same names and shapes as <windows.h> and <computecore.h> have. */
#ifndef HCS_TYPES_LINUX_H
#define HCS_TYPES_LINUX_H

#include <stdint.h>
#include <uchar.h>

#define WINAPI
#define CALLBACK
#define S_OK            0
#define INFINITE        0xFFFFFFFFu
#define GENERIC_ALL     0x10000000u

typedef int32_t HRESULT;
typedef uint32_t DWORD, ULONG;
typedef void *HANDLE;                           /* a descriptor, (HANDLE)(intptr_t)fd */
typedef const char16_t *PCWSTR;
typedef char16_t *PWSTR;
typedef struct { uint32_t Data1; uint16_t Data2, Data3; uint8_t Data4[8]; } GUID;
typedef struct security_descriptor SECURITY_DESCRIPTOR;         /* always NULL */

typedef struct hcs_operation_object *HCS_OPERATION;
typedef struct hcs_system_object *HCS_SYSTEM;
typedef struct hcs_process_object *HCS_PROCESS;
typedef void *HCN_NETWORK, *HCN_NAMESPACE, *HCN_ENDPOINT;

typedef enum { HcsEventInvalid = 0, HcsEventSystemExited = 1, HcsEventProcessExited = 0x00010000 } HCS_EVENT_TYPE;
typedef enum { HcsEventOptionNone = 0 } HCS_EVENT_OPTIONS;
typedef enum { HcsResourceTypeNone = 0, HcsResourceTypeFile = 1, HcsResourceTypeSocket = 4 } HCS_RESOURCE_TYPE;
typedef enum { HcsCreateOptions_1 = 0x00010000 } HCS_CREATE_OPTIONS;

typedef struct { HCS_EVENT_TYPE Type; PCWSTR EventData; HCS_OPERATION Operation; } HCS_EVENT;
typedef struct { DWORD ProcessId; DWORD Reserved; HANDLE StdInput, StdOutput, StdError; } HCS_PROCESS_INFORMATION;
typedef void (CALLBACK *HCS_OPERATION_COMPLETION)(HCS_OPERATION operation, void *context);
typedef void (CALLBACK *HCS_EVENT_CALLBACK)(HCS_EVENT *event, void *context);

/* Virtual disks exist on Windows only; their rows need names here and nothing more. */
typedef uint32_t VIRTUAL_DISK_ACCESS_MASK, CREATE_VIRTUAL_DISK_FLAG, OPEN_VIRTUAL_DISK_FLAG, ATTACH_VIRTUAL_DISK_FLAG,
                 DETACH_VIRTUAL_DISK_FLAG;
typedef struct virtual_storage_type VIRTUAL_STORAGE_TYPE;
typedef struct create_virtual_disk_parameters CREATE_VIRTUAL_DISK_PARAMETERS;
typedef struct open_virtual_disk_parameters OPEN_VIRTUAL_DISK_PARAMETERS;
typedef struct attach_virtual_disk_parameters ATTACH_VIRTUAL_DISK_PARAMETERS;
typedef struct overlapped OVERLAPPED;

#endif
