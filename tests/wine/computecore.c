/* The double of computecore.dll: operations, handles and callbacks.  What a call does is the service's (service.c).
 *
 * A call looks at its arguments and is accepted; a thread of its own asks the service and completes the operation, so results
 * come late and callbacks on other threads.  Handles are numbers that are never given twice: one that was closed stays wrong. */
#include <windows.h>
#include <computecore.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "tests/wine/wire.h"

#define NOT_STARTED      ((HRESULT)0x80370115)
#define ALREADY_STARTED  ((HRESULT)0x80370116)
#define PENDING          ((HRESULT)0x80370117)
#define TIMED_OUT        ((HRESULT)0x80370118)
#define CALLBACK_SET     ((HRESULT)0x80370119)
#define NO_PROCESS_INFO  ((HRESULT)0x8037011D)
#define BAD_HANDLE       ((HRESULT)0x80070006)
#define OBJECTS_MAX      4096

enum kind { NOTHING, OPERATION, SYSTEM, PROCESS };

struct object {
        enum kind kind;
        bool closed;
        /* an operation */
        enum { FRESH, FLYING, DONE } progress;
        HANDLE done;
        HRESULT result;
        char *document;
        HCS_OPERATION_TYPE type;
        struct object *subject;
        HCS_OPERATION_COMPLETION completion;
        void *context;
        bool info_there;
        HCS_PROCESS_INFORMATION info;
        /* a system or a process */
        uint64_t handle;                /* the service's; 0 while it is being created */
        HCS_EVENT_CALLBACK callback;
        HCS_EVENT_OPTIONS options;
        int calling;                    /* callbacks that run at the moment */
};

static struct object objects[OBJECTS_MAX];
static size_t object_count;
static SRWLOCK lock = SRWLOCK_INIT;

static void misuse(const char *call, const char *what)
{
        struct wire_request request = { .call = "Misuse", .client = wire_client() };
        const char *const texts[WIRE_TEXTS] = { call, what };
        struct wire_answer answer;

        wire_call(&request, texts, &answer);
}

static struct object *make(enum kind kind)
{
        struct object *object = NULL;

        AcquireSRWLockExclusive(&lock);
        if (object_count < OBJECTS_MAX) {
                object = &objects[object_count++];
                object->kind = kind;
        }
        ReleaseSRWLockExclusive(&lock);
        return object;
}

static struct object *find(const void *handle, enum kind kind, const char *call)
{
        const struct object *object = handle;

        if (object >= objects && object < objects + object_count && object->kind == kind && !object->closed)
                return objects + (object - objects);
        misuse(call, !object ? "NULL handle" : "a handle that is closed or was never given");
        return NULL;
}

static struct wire_strings strings;

static void *WINAPI allocate(SIZE_T size)
{
        return LocalAlloc(LMEM_FIXED, size);
}

/* Strings are the caller's, to be ended by LocalFree. */
static WCHAR *give(const char *text)
{
        return wire_give(&strings, text, allocate);
}

/* A request under way. */
struct flight { struct object *operation, *subject, *created; struct wire_request request; char *texts[WIRE_TEXTS]; };

static HANDLE open_stream(uint32_t number, const WCHAR *name, DWORD access)
{
        WCHAR path[128];

        swprintf(path, 128, WIRE_PIPE L"-%u-%ls", (unsigned)number, name);
        return CreateFileW(path, access, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
}

static void collect(struct object *operation, const struct wire_reply *reply)
{
        operation->info = (HCS_PROCESS_INFORMATION){ .ProcessId = reply->number };
        if (reply->pipes & 1)
                operation->info.StdInput = open_stream(reply->number, L"in", GENERIC_WRITE);
        if (reply->pipes & 2)
                operation->info.StdOutput = open_stream(reply->number, L"out", GENERIC_READ);
        if (reply->pipes & 4)
                operation->info.StdError = open_stream(reply->number, L"err", GENERIC_READ);
        operation->info_there = true;
}

static void tell_subject(struct object *operation, struct object *subject)
{
        HCS_EVENT event = { .Type = HcsEventOperationCallback, .Operation = (HCS_OPERATION)operation };

        if (subject && subject->callback && (subject->options & HcsEventOptionEnableOperationCallbacks))
                subject->callback(&event, subject->context);
}

static DWORD WINAPI fly(void *data)
{
        struct flight *flight = data;
        struct object *operation = flight->operation;
        HCS_OPERATION_COMPLETION completion;
        struct wire_answer answer;

        wire_call(&flight->request, (const char *const *)flight->texts, &answer);
        Sleep(1);
        if (flight->created)
                flight->created->handle = answer.head.handle;
        if (answer.head.action != WIRE_LOSE) {
                AcquireSRWLockExclusive(&lock);
                operation->result = answer.head.result;
                operation->document = answer.text;
                if (answer.head.result >= 0 && (operation->type == HcsOperationTypeCreateProcess || operation->type == HcsOperationTypeGetProcessInfo))
                        collect(operation, &answer.head);
                operation->progress = DONE;
                completion = operation->completion;
                ReleaseSRWLockExclusive(&lock);
                SetEvent(operation->done);
                if (completion && !operation->closed)
                        completion((HCS_OPERATION)operation, operation->context);
                tell_subject(operation, flight->subject);
        }
        for (int i = 0; i < WIRE_TEXTS; i++)
                free(flight->texts[i]);
        free(flight);
        return 0;
}

/* Every asynchronous call.  The service is asked first whether it refuses at once. */
static HRESULT start(const char *call, HCS_OPERATION_TYPE type, HCS_OPERATION handle, struct object *subject, struct object *created,
                     const WCHAR *a, const WCHAR *b, const WCHAR *c)
{
        struct object *operation = find(handle, OPERATION, call);
        struct flight *flight;
        HANDLE thread;

        if (!operation)
                return BAD_HANDLE;
        if (operation->completion && subject && (subject->options & HcsEventOptionEnableOperationCallbacks))
                return CALLBACK_SET;
        AcquireSRWLockExclusive(&lock);
        if (operation->progress == FLYING) {
                ReleaseSRWLockExclusive(&lock);
                misuse(call, "the operation is already in use");
                return ALREADY_STARTED;
        }
        operation->progress = FLYING;
        operation->type = type;
        operation->subject = created ? created : subject;
        operation->info_there = false;
        free(operation->document);
        operation->document = NULL;
        ResetEvent(operation->done);
        ReleaseSRWLockExclusive(&lock);

        flight = calloc(1, sizeof(*flight));
        if (!flight)
                return E_OUTOFMEMORY;
        *flight = (struct flight){ .operation = operation, .subject = subject, .created = created,
                                   .texts = { wire_narrow(a), wire_narrow(b), wire_narrow(c) } };
        strncpy(flight->request.call, call, sizeof(flight->request.call) - 1);
        flight->request.handle = subject ? subject->handle : 0;
        flight->request.client = wire_client();
        thread = CreateThread(NULL, 0, fly, flight, 0, NULL);
        CloseHandle(thread);
        return S_OK;
}

HCS_OPERATION WINAPI HcsCreateOperation(const void *context, HCS_OPERATION_COMPLETION callback)
{
        struct object *object = make(OPERATION);

        if (!object)
                return NULL;
        object->done = CreateEventW(NULL, TRUE, FALSE, NULL);
        object->context = (void *)(uintptr_t)context;
        object->completion = callback;
        object->type = HcsOperationTypeNone;
        return (HCS_OPERATION)object;
}

void WINAPI HcsCloseOperation(HCS_OPERATION handle)
{
        struct object *operation = find(handle, OPERATION, "HcsCloseOperation");

        if (operation)
                operation->closed = true;       /* its request may still be under way */
}

void *WINAPI HcsGetOperationContext(HCS_OPERATION handle)
{
        struct object *operation = find(handle, OPERATION, "HcsGetOperationContext");

        return operation ? operation->context : NULL;
}

HRESULT WINAPI HcsSetOperationContext(HCS_OPERATION handle, const void *context)
{
        struct object *operation = find(handle, OPERATION, "HcsSetOperationContext");

        if (!operation)
                return BAD_HANDLE;
        operation->context = (void *)(uintptr_t)context;
        return S_OK;
}

HRESULT WINAPI HcsSetOperationCallback(HCS_OPERATION handle, const void *context, HCS_OPERATION_COMPLETION callback)
{
        struct object *operation = find(handle, OPERATION, "HcsSetOperationCallback");

        if (!operation)
                return BAD_HANDLE;
        operation->context = (void *)(uintptr_t)context;
        operation->completion = callback;
        return S_OK;
}

HCS_OPERATION_TYPE WINAPI HcsGetOperationType(HCS_OPERATION handle)
{
        struct object *operation = find(handle, OPERATION, "HcsGetOperationType");

        return operation ? operation->type : HcsOperationTypeNone;
}

UINT64 WINAPI HcsGetOperationId(HCS_OPERATION handle)
{
        struct object *operation = find(handle, OPERATION, "HcsGetOperationId");

        return operation ? (UINT64)(operation - objects) + 1 : (UINT64)-1;
}

HCS_SYSTEM WINAPI HcsGetComputeSystemFromOperation(HCS_OPERATION handle)
{
        struct object *operation = find(handle, OPERATION, "HcsGetComputeSystemFromOperation");

        return operation && operation->subject && operation->subject->kind == SYSTEM ? (HCS_SYSTEM)operation->subject : NULL;
}

HCS_PROCESS WINAPI HcsGetProcessFromOperation(HCS_OPERATION handle)
{
        struct object *operation = find(handle, OPERATION, "HcsGetProcessFromOperation");

        return operation && operation->subject && operation->subject->kind == PROCESS ? (HCS_PROCESS)operation->subject : NULL;
}

static HRESULT wait_for(const char *call, HCS_OPERATION handle, DWORD limit, HCS_PROCESS_INFORMATION *info, PWSTR *document)
{
        struct object *operation = find(handle, OPERATION, call);

        if (document)
                *document = NULL;
        if (!operation)
                return BAD_HANDLE;
        if (operation->progress == FRESH)
                return NOT_STARTED;
        if (WaitForSingleObject(operation->done, limit) != WAIT_OBJECT_0)
                return limit == 0 ? PENDING : TIMED_OUT;
        if (document)
                *document = give(operation->document);
        if (info && operation->result >= 0) {
                if (!operation->info_there)
                        return NO_PROCESS_INFO;
                *info = operation->info;
                operation->info_there = false;  /* the handles are the caller's now */
        }
        return operation->result;
}

HRESULT WINAPI HcsGetOperationResult(HCS_OPERATION handle, PWSTR *document)
{
        return wait_for("HcsGetOperationResult", handle, 0, NULL, document);
}

HRESULT WINAPI HcsGetOperationResultAndProcessInfo(HCS_OPERATION handle, HCS_PROCESS_INFORMATION *info, PWSTR *document)
{
        return wait_for("HcsGetOperationResultAndProcessInfo", handle, 0, info, document);
}

HRESULT WINAPI HcsWaitForOperationResult(HCS_OPERATION handle, DWORD limit, PWSTR *document)
{
        return wait_for("HcsWaitForOperationResult", handle, limit, NULL, document);
}

HRESULT WINAPI HcsWaitForOperationResultAndProcessInfo(HCS_OPERATION handle, DWORD limit, HCS_PROCESS_INFORMATION *info, PWSTR *document)
{
        return wait_for("HcsWaitForOperationResultAndProcessInfo", handle, limit, info, document);
}

HRESULT WINAPI HcsCancelOperation(HCS_OPERATION handle)
{
        return find(handle, OPERATION, "HcsCancelOperation") ? E_NOTIMPL : BAD_HANDLE;  /* as documented */
}

HRESULT WINAPI HcsCreateComputeSystem(PCWSTR id, PCWSTR configuration, HCS_OPERATION operation, const SECURITY_DESCRIPTOR *descriptor,
                                      HCS_SYSTEM *ret)
{
        struct object *system;
        HRESULT result;

        if (!id || !*id || !configuration || descriptor || !ret)
                return E_INVALIDARG;
        system = make(SYSTEM);
        if (!system)
                return E_OUTOFMEMORY;
        result = start("HcsCreateComputeSystem", HcsOperationTypeCreate, operation, NULL, system, id, configuration, NULL);
        if (result < 0)
                system->closed = true;
        else
                *ret = (HCS_SYSTEM)system;
        return result;
}

static HRESULT open_object(const char *call, enum kind kind, uint64_t of, DWORD number, DWORD access, const WCHAR *id, void **ret)
{
        struct wire_request request = { .handle = of, .number = number, .wide = access, .client = wire_client() };
        char *texts[WIRE_TEXTS] = { wire_narrow(id), NULL, NULL };
        struct wire_answer answer;
        struct object *object;

        if (access != GENERIC_ALL)
                misuse(call, "requestedAccess is not GENERIC_ALL");
        strncpy(request.call, call, sizeof(request.call) - 1);
        wire_ask(&request, (const char *const *)texts, &answer);
        free(texts[0]);
        free(answer.text);
        if (answer.head.result < 0)
                return answer.head.result;
        object = make(kind);
        if (!object)
                return E_OUTOFMEMORY;
        object->handle = answer.head.handle;
        *ret = object;
        return S_OK;
}

HRESULT WINAPI HcsOpenComputeSystem(PCWSTR id, DWORD access, HCS_SYSTEM *ret)
{
        return id && ret ? open_object("HcsOpenComputeSystem", SYSTEM, 0, 0, access, id, (void **)ret) : E_INVALIDARG;
}

static void close_object(const char *call, const void *handle, enum kind kind)
{
        struct object *object = find(handle, kind, call);
        struct wire_answer answer;

        if (!object)
                return;
        AcquireSRWLockExclusive(&lock);
        object->closed = true;
        ReleaseSRWLockExclusive(&lock);
        wire_simple(call, object->handle, NULL, NULL, NULL, &answer);
        free(answer.text);
        while (InterlockedCompareExchange((volatile LONG *)&object->calling, 0, 0) > 0)
                Sleep(1);               /* no event after the close, and it waits for those in flight */
}

void WINAPI HcsCloseComputeSystem(HCS_SYSTEM handle)
{
        close_object("HcsCloseComputeSystem", handle, SYSTEM);
}

void WINAPI HcsCloseProcess(HCS_PROCESS handle)
{
        close_object("HcsCloseProcess", handle, PROCESS);
}

/* Waits of either kind, and what a callback waits for. */
static HRESULT wait_exit(const char *call, const struct object *object, DWORD limit, char **text)
{
        struct wire_request request = { .handle = object->handle, .number = limit, .client = wire_client() };
        const char *const none[WIRE_TEXTS] = { NULL };
        struct wire_answer answer;

        strncpy(request.call, call, sizeof(request.call) - 1);
        wire_ask(&request, none, &answer);
        *text = answer.text;
        return answer.head.result;
}

static HRESULT wait_exit_of(const char *call, const void *handle, enum kind kind, DWORD limit, PWSTR *ret)
{
        struct object *object = find(handle, kind, call);
        char *text = NULL;
        HRESULT result;

        if (!object)
                return BAD_HANDLE;
        result = wait_exit(call, object, limit, &text);
        if (ret)
                *ret = give(text);
        free(text);
        return result;
}

HRESULT WINAPI HcsWaitForComputeSystemExit(HCS_SYSTEM handle, DWORD limit, PWSTR *ret)
{
        return wait_exit_of("HcsWaitForComputeSystemExit", handle, SYSTEM, limit, ret);
}

HRESULT WINAPI HcsWaitForProcessExit(HCS_PROCESS handle, DWORD limit, PWSTR *ret)
{
        return wait_exit_of("HcsWaitForProcessExit", handle, PROCESS, limit, ret);
}

static DWORD WINAPI watch(void *data)
{
        struct object *object = data;
        HCS_EVENT event = { .Type = object->kind == SYSTEM ? HcsEventSystemExited : HcsEventProcessExited };
        char *text = NULL;
        HRESULT result = wait_exit(object->kind == SYSTEM ? "WatchSystem" : "WatchProcess", object, INFINITE, &text);
        WCHAR *wide = wire_wide(text);

        if (result == (HRESULT)0x80370114)
                event.Type = HcsEventServiceDisconnect;
        event.EventData = wide;
        AcquireSRWLockExclusive(&lock);
        if (!object->closed)
                InterlockedIncrement((volatile LONG *)&object->calling);
        else
                object = NULL;
        ReleaseSRWLockExclusive(&lock);
        if (object && (result >= 0 || event.Type == HcsEventServiceDisconnect))
                object->callback(&event, object->context);
        if (wide)
                memset(wide, 0xdd, wcslen(wide) * sizeof(WCHAR));       /* it lives for the callback only */
        free(wide);
        free(text);
        if (object)
                InterlockedDecrement((volatile LONG *)&object->calling);
        return 0;
}

static HRESULT set_callback(const char *call, const void *handle, enum kind kind, HCS_EVENT_OPTIONS options, void *context,
                            HCS_EVENT_CALLBACK callback)
{
        struct object *object = find(handle, kind, call);

        if (!object)
                return BAD_HANDLE;
        if (object->callback)
                return CALLBACK_SET;
        object->options = options;
        object->context = context;
        object->callback = callback;
        CloseHandle(CreateThread(NULL, 0, watch, object, 0, NULL));
        return S_OK;
}

HRESULT WINAPI HcsSetComputeSystemCallback(HCS_SYSTEM handle, HCS_EVENT_OPTIONS options, const void *context, HCS_EVENT_CALLBACK callback)
{
        return set_callback("HcsSetComputeSystemCallback", handle, SYSTEM, options, (void *)(uintptr_t)context, callback);
}

HRESULT WINAPI HcsSetProcessCallback(HCS_PROCESS handle, HCS_EVENT_OPTIONS options, void *context, HCS_EVENT_CALLBACK callback)
{
        return set_callback("HcsSetProcessCallback", handle, PROCESS, options, context, callback);
}

static HRESULT on_subject(const char *call, HCS_OPERATION_TYPE type, const void *handle, enum kind kind, HCS_OPERATION operation,
                          const WCHAR *document)
{
        struct object *subject = find(handle, kind, call);

        return subject ? start(call, type, operation, subject, NULL, document, NULL, NULL) : BAD_HANDLE;
}

#define ON_SYSTEM(name, type) \
        HRESULT WINAPI name(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options) \
        { \
                return on_subject(#name, type, system, SYSTEM, operation, options); \
        }
ON_SYSTEM(HcsStartComputeSystem, HcsOperationTypeStart)
ON_SYSTEM(HcsShutDownComputeSystem, HcsOperationTypeShutdown)
ON_SYSTEM(HcsTerminateComputeSystem, HcsOperationTypeTerminate)
ON_SYSTEM(HcsPauseComputeSystem, HcsOperationTypePause)
ON_SYSTEM(HcsResumeComputeSystem, HcsOperationTypeResume)
ON_SYSTEM(HcsSaveComputeSystem, HcsOperationTypeSave)
ON_SYSTEM(HcsGetComputeSystemProperties, HcsOperationTypeGetProperties)

#define ON_PROCESS(name, type) \
        HRESULT WINAPI name(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR options) \
        { \
                return on_subject(#name, type, process, PROCESS, operation, options); \
        }
ON_PROCESS(HcsTerminateProcess, HcsOperationTypeTerminate)
ON_PROCESS(HcsSignalProcess, HcsOperationTypeSignalProcess)
ON_PROCESS(HcsGetProcessProperties, HcsOperationTypeGetProcessProperties)
ON_PROCESS(HcsModifyProcess, HcsOperationTypeModifyProcess)

HRESULT WINAPI HcsGetProcessInfo(HCS_PROCESS process, HCS_OPERATION operation)
{
        return on_subject("HcsGetProcessInfo", HcsOperationTypeGetProcessInfo, process, PROCESS, operation, NULL);
}

HRESULT WINAPI HcsModifyComputeSystem(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR document, HANDLE identity)
{
        (void)identity;
        return document ? on_subject("HcsModifyComputeSystem", HcsOperationTypeModify, system, SYSTEM, operation, document) : E_INVALIDARG;
}

HRESULT WINAPI HcsEnumerateComputeSystems(PCWSTR query, HCS_OPERATION operation)
{
        return start("HcsEnumerateComputeSystems", HcsOperationTypeEnumerate, operation, NULL, NULL, query, NULL, NULL);
}

HRESULT WINAPI HcsCreateProcess(HCS_SYSTEM handle, PCWSTR parameters, HCS_OPERATION operation, const SECURITY_DESCRIPTOR *descriptor,
                                HCS_PROCESS *ret)
{
        struct object *system = find(handle, SYSTEM, "HcsCreateProcess"), *process;
        HRESULT result;

        if (!system)
                return BAD_HANDLE;
        if (!parameters || descriptor || !ret)
                return E_INVALIDARG;
        process = make(PROCESS);
        if (!process)
                return E_OUTOFMEMORY;
        result = start("HcsCreateProcess", HcsOperationTypeCreateProcess, operation, system, process, parameters, NULL, NULL);
        if (result < 0)
                process->closed = true;
        else
                *ret = (HCS_PROCESS)process;
        return result;
}

HRESULT WINAPI HcsOpenProcess(HCS_SYSTEM handle, DWORD id, DWORD access, HCS_PROCESS *ret)
{
        struct object *system = find(handle, SYSTEM, "HcsOpenProcess");

        if (!system)
                return BAD_HANDLE;
        return ret ? open_object("HcsOpenProcess", PROCESS, system->handle, id, access, NULL, (void **)ret) : E_INVALIDARG;
}

static HRESULT on_service(const char *call, const WCHAR *a, const WCHAR *b, PWSTR *ret)
{
        struct wire_answer answer;
        HRESULT result = wire_simple(call, 0, a, b, NULL, &answer);

        if (ret)
                *ret = give(answer.text);
        free(answer.text);
        return result;
}

HRESULT WINAPI HcsGetServiceProperties(PCWSTR query, PWSTR *ret)
{
        return ret ? on_service("HcsGetServiceProperties", query, NULL, ret) : E_INVALIDARG;
}

HRESULT WINAPI HcsModifyServiceSettings(PCWSTR settings, PWSTR *ret)
{
        return settings ? on_service("HcsModifyServiceSettings", settings, NULL, ret) : E_INVALIDARG;
}

HRESULT WINAPI HcsCreateEmptyGuestStateFile(PCWSTR path)
{
        return path ? on_service("HcsCreateEmptyGuestStateFile", path, NULL, NULL) : E_INVALIDARG;
}

HRESULT WINAPI HcsCreateEmptyRuntimeStateFile(PCWSTR path)
{
        return path ? on_service("HcsCreateEmptyRuntimeStateFile", path, NULL, NULL) : E_INVALIDARG;
}

HRESULT WINAPI HcsGrantVmAccess(PCWSTR id, PCWSTR path)
{
        return id && path ? on_service("HcsGrantVmAccess", id, path, NULL) : E_INVALIDARG;
}

HRESULT WINAPI HcsRevokeVmAccess(PCWSTR id, PCWSTR path)
{
        return id && path ? on_service("HcsRevokeVmAccess", id, path, NULL) : E_INVALIDARG;
}

HRESULT WINAPI HcsGrantVmGroupAccess(PCWSTR path)
{
        return path ? on_service("HcsGrantVmGroupAccess", L"*", path, NULL) : E_INVALIDARG;
}

HRESULT WINAPI HcsRevokeVmGroupAccess(PCWSTR path)
{
        return path ? on_service("HcsRevokeVmGroupAccess", L"*", path, NULL) : E_INVALIDARG;
}

static size_t count_open(enum kind kind)
{
        size_t count = 0;

        for (size_t i = 0; i < object_count; i++)
                count += objects[i].kind == kind && !objects[i].closed;
        return count;
}

/* What a process leaves open when it ends in order is told, and the record has it. */
BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *ending)
{
        size_t operations, systems, processes, kept;
        char what[160];

        (void)instance, (void)ending;
        if (reason != DLL_PROCESS_DETACH || (object_count == 0 && strings.count == 0))
                return TRUE;
        operations = count_open(OPERATION);
        systems = count_open(SYSTEM);
        processes = count_open(PROCESS);
        kept = wire_kept(&strings);
        if (operations || systems || processes || kept) {
                snprintf(what, sizeof(what), "operations=%u systems=%u processes=%u strings=%u", (unsigned)operations, (unsigned)systems,
                         (unsigned)processes, (unsigned)kept);
                wire_goodbye(what);
        }
        return TRUE;
}
