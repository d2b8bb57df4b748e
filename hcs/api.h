/* The waist: the published Host Compute Service calls under their published names and types, as one table.
 *
 * On Windows hcs/host fills it from computecore.dll; on Linux hcs/local answers it in process; hcs/fake remembers and plays
 * back.  Everything above goes through one client (hcs/client) and nothing goes round it.  Facts: hcs-api.md, sections 2
 * (asynchronous model), 3 (signatures), 9 (states).
 *
 * Strings are UTF-16.  Result documents are freed with LocalFree of the same table.  S_OK from a call that takes an
 * operation means "accepted"; the result comes out of the operation.  Any call may come from any thread; calls that change
 * one system are serialised by the caller on Linux (the sandbox's lock). */
#ifndef HCS_API_H
#define HCS_API_H

#include <stdint.h>
#include <uchar.h>

#ifdef _WIN32
#error "hcs/api.h takes its types from <windows.h> and <computecore.h> there: see hcs/host"
#endif

#define WINAPI
#define CALLBACK
#define S_OK            0
#define INFINITE        0xFFFFFFFFu
#define GENERIC_ALL     0x10000000u

typedef int32_t HRESULT;
typedef uint32_t DWORD;
typedef void *HANDLE;                           /* Linux: a descriptor, (HANDLE)(intptr_t)fd */
typedef const char16_t *PCWSTR;
typedef char16_t *PWSTR;

typedef struct hcs_operation_object *HCS_OPERATION;
typedef struct hcs_system_object *HCS_SYSTEM;
typedef struct hcs_process_object *HCS_PROCESS;

typedef enum { HcsEventInvalid = 0, HcsEventSystemExited = 1, HcsEventProcessExited = 0x00010000 } HCS_EVENT_TYPE;
typedef enum { HcsEventOptionNone = 0 } HCS_EVENT_OPTIONS;
typedef enum { HcsResourceTypeNone = 0, HcsResourceTypeFile = 1, HcsResourceTypeSocket = 4 } HCS_RESOURCE_TYPE;

typedef struct { HCS_EVENT_TYPE Type; PCWSTR EventData; HCS_OPERATION Operation; } HCS_EVENT;
typedef struct { DWORD ProcessId; DWORD Reserved; HANDLE StdInput, StdOutput, StdError; } HCS_PROCESS_INFORMATION;
typedef void (CALLBACK *HCS_OPERATION_COMPLETION)(HCS_OPERATION operation, void *context);
typedef void (CALLBACK *HCS_EVENT_CALLBACK)(HCS_EVENT *event, void *context);

/* Descriptors that a call takes along: HcsAddResourceToOperation under these addresses.  Borrowed until the call has
 * returned.  The first three and the Handles go to StartComputeSystem (for the first process, whose streams exist from
 * there on) or to CreateProcess (for every other one). */
#define HCS_RESOURCE_STD_IN         u"hcs:/Process/StdInput"
#define HCS_RESOURCE_STD_OUT        u"hcs:/Process/StdOutput"
#define HCS_RESOURCE_STD_ERR        u"hcs:/Process/StdError"
#define HCS_RESOURCE_CONSOLE        u"hcs:/Process/ConsoleSocket"      /* a connected socket that gets the pty */
#define HCS_RESOURCE_HANDLES        u"hcs:/Process/Handles/"           /* + decimal: descriptor 3 + that of the program */

struct hcs_api {
        const char *name;

        /* idNamespace is the directory of all state: absolute, UTF-16. */
        HRESULT (WINAPI *EnumerateComputeSystemsInNamespace)(PCWSTR id_namespace, PCWSTR query, HCS_OPERATION);
        HRESULT (WINAPI *CreateComputeSystemInNamespace)(PCWSTR id_namespace, PCWSTR id, PCWSTR configuration,
                                                         HCS_OPERATION, const void *options, HCS_SYSTEM *system);
        HRESULT (WINAPI *OpenComputeSystemInNamespace)(PCWSTR id_namespace, PCWSTR id, DWORD access, HCS_SYSTEM *system);
        void    (WINAPI *CloseComputeSystem)(HCS_SYSTEM);
        HRESULT (WINAPI *StartComputeSystem)(HCS_SYSTEM, HCS_OPERATION, PCWSTR options);
        HRESULT (WINAPI *TerminateComputeSystem)(HCS_SYSTEM, HCS_OPERATION, PCWSTR options);
        HRESULT (WINAPI *PauseComputeSystem)(HCS_SYSTEM, HCS_OPERATION, PCWSTR options);
        HRESULT (WINAPI *ResumeComputeSystem)(HCS_SYSTEM, HCS_OPERATION, PCWSTR options);
        HRESULT (WINAPI *GetComputeSystemProperties)(HCS_SYSTEM, HCS_OPERATION, PCWSTR query);
        HRESULT (WINAPI *WaitForComputeSystemExit)(HCS_SYSTEM, DWORD timeout_ms, PWSTR *result);
        HRESULT (WINAPI *SetComputeSystemCallback)(HCS_SYSTEM, HCS_EVENT_OPTIONS, const void *context, HCS_EVENT_CALLBACK);

        HRESULT (WINAPI *CreateProcess)(HCS_SYSTEM, PCWSTR parameters, HCS_OPERATION, const void *security, HCS_PROCESS *);
        HRESULT (WINAPI *OpenProcess)(HCS_SYSTEM, DWORD process_id, DWORD access, HCS_PROCESS *);
        void    (WINAPI *CloseProcess)(HCS_PROCESS);
        HRESULT (WINAPI *SignalProcess)(HCS_PROCESS, HCS_OPERATION, PCWSTR options);
        HRESULT (WINAPI *TerminateProcess)(HCS_PROCESS, HCS_OPERATION, PCWSTR options);
        HRESULT (WINAPI *GetProcessProperties)(HCS_PROCESS, HCS_OPERATION, PCWSTR query);
        HRESULT (WINAPI *WaitForProcessExit)(HCS_PROCESS, DWORD timeout_ms, PWSTR *result);
        HRESULT (WINAPI *SetProcessCallback)(HCS_PROCESS, HCS_EVENT_OPTIONS, void *context, HCS_EVENT_CALLBACK);

        HCS_OPERATION (WINAPI *CreateOperation)(const void *context, HCS_OPERATION_COMPLETION);
        void    (WINAPI *CloseOperation)(HCS_OPERATION);
        HRESULT (WINAPI *AddResourceToOperation)(HCS_OPERATION, HCS_RESOURCE_TYPE, PCWSTR uri, HANDLE);
        HRESULT (WINAPI *WaitForOperationResult)(HCS_OPERATION, DWORD timeout_ms, PWSTR *result);
        HRESULT (WINAPI *WaitForOperationResultAndProcessInfo)(HCS_OPERATION, DWORD timeout_ms,
                                                               HCS_PROCESS_INFORMATION *, PWSTR *result);
        void   *(WINAPI *LocalFree)(void *);
};

const struct hcs_api *local_api(void);          /* hcs/local: this machine's kernel */

#endif
