/* Drives the doubles straight from the SDK's headers, to prove that they are strict: each rule is broken once, and the code that
 * HCS has for it must come (hcs-api.md sections 2, 8, 9, 11).  Answers in TAP. */
#include <windows.h>
#include <computecore.h>
#include <computenetwork.h>
#include <computestorage.h>
#include <virtdisk.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

struct tap { int count, failed; };

static void expect(struct tap *tap, const char *name, HRESULT got, HRESULT wanted)
{
        tap->count++;
        tap->failed += got != wanted;
        printf("%sok %d - probe::%s\n", got == wanted ? "" : "not ", tap->count, name);
        if (got != wanted)
                printf("    got 0x%08x, wanted 0x%08x\n", (unsigned)got, (unsigned)wanted);
        fflush(stdout);
}

/* Waits for an operation, ends it, and keeps what it said. */
static HRESULT finish(HCS_OPERATION operation, HRESULT begun, WCHAR *said, size_t size)
{
        PWSTR document = NULL;
        HRESULT result = begun < 0 ? begun : HcsWaitForOperationResult(operation, 10000, &document);

        if (said) {
                said[0] = L'\0';
                if (document)
                        wcsncpy(said, document, size - 1), said[size - 1] = L'\0';
        }
        LocalFree(document);
        HcsCloseOperation(operation);
        return result;
}

#define DO(call_with_operation) ({ \
        HCS_OPERATION operation = HcsCreateOperation(NULL, NULL); \
        finish(operation, call_with_operation, NULL, 0); })

#define CONTAINER L"{\"Owner\":\"probe\",\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"Container\":{}}"
#define TIED L"{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"Container\":{},\"ShouldTerminateOnLastHandleClosed\":true}"
#define MACHINE(disk) L"{\"Owner\":\"probe\",\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"VirtualMachine\":{\"Devices\":{\"Scsi\":{\"0\":" \
        L"{\"Attachments\":{\"0\":{\"Type\":\"VirtualDisk\",\"Path\":\"" disk L"\"}}}}}}}"

static HRESULT create(const WCHAR *id, const WCHAR *document, HCS_SYSTEM *ret)
{
        return DO(HcsCreateComputeSystem(id, document, operation, NULL, ret));
}

static void end(HCS_SYSTEM system)
{
        DO(HcsTerminateComputeSystem(system, operation, NULL));
        HcsCloseComputeSystem(system);
}

static void documents(struct tap *tap)
{
        static const struct { const char *name; const WCHAR *document; HRESULT code; } cases[] = {
                { "an unknown member is refused", L"{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"Containr\":{}}", (HRESULT)0x8037010D },
                { "a deep unknown member is refused", L"{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"Container\":{\"Storage\":{\"Pth\":\"x\"}}}",
                  (HRESULT)0x8037010D },
                { "a wrong type is refused", L"{\"Owner\":1,\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"Container\":{}}", (HRESULT)0x8037010D },
                { "no JSON is refused", L"{\"Owner\":", (HRESULT)0x8037010D },
                { "a document without a schema version is refused", L"{\"Container\":{}}", (HRESULT)0x8037010D },
                { "a document without a kind is refused", L"{\"SchemaVersion\":{\"Major\":2,\"Minor\":1}}", (HRESULT)0x8037010D },
                { "a layer that is not there is refused", L"{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"Container\":{\"Storage\":{\"Layers\":"
                  L"[{\"Id\":\"86d0fd27-81d0-5f89-b3db-83170c3c9c78\",\"Path\":\"C:\\\\none\"}],\"Path\":\"\\\\\\\\?\\\\Volume{1}\\\\\"}}}", (HRESULT)0x80070003 },
                { "a folder as volume is refused", L"{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"Container\":{\"Storage\":{\"Layers\":"
                  L"[{\"Id\":\"86d0fd27-81d0-5f89-b3db-83170c3c9c78\",\"Path\":\"C:\\\\base\"}],\"Path\":\"C:\\\\base\"}}}", (HRESULT)0x80071126 },
                { "a volume without the filter is refused", L"{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"Container\":{\"Storage\":{\"Layers\":"
                  L"[{\"Id\":\"86d0fd27-81d0-5f89-b3db-83170c3c9c78\",\"Path\":\"C:\\\\base\"}],\"Path\":\"\\\\\\\\?\\\\Volume{1}\\\\\"}}}", (HRESULT)0x80070002 },
        };
        HCS_SYSTEM system;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                expect(tap, cases[i].name, create(L"doc", cases[i].document, &system), cases[i].code);
}

static void states(struct tap *tap)
{
        HCS_SYSTEM system = NULL, second = NULL;
        WCHAR said[2048];
        HCS_OPERATION operation;

        expect(tap, "an absent system can't be opened", HcsOpenComputeSystem(L"s", GENERIC_ALL, &second), (HRESULT)0x8037010E);
        expect(tap, "a system is created", create(L"s", CONTAINER, &system), S_OK);
        expect(tap, "an id is taken once", create(L"s", CONTAINER, &second), (HRESULT)0x8037010F);
        expect(tap, "what was not started does not pause", DO(HcsPauseComputeSystem(system, operation, NULL)), (HRESULT)0x80370105);
        expect(tap, "what was not started does not resume", DO(HcsResumeComputeSystem(system, operation, NULL)), (HRESULT)0x80370105);
        expect(tap, "what was not started does not shut down", DO(HcsShutDownComputeSystem(system, operation, NULL)), (HRESULT)0x80370105);
        expect(tap, "it starts", DO(HcsStartComputeSystem(system, operation, NULL)), S_OK);
        expect(tap, "it starts once", DO(HcsStartComputeSystem(system, operation, NULL)), (HRESULT)0x80370105);
        expect(tap, "it is saved only when paused", DO(HcsSaveComputeSystem(system, operation, NULL)), (HRESULT)0x80370105);
        expect(tap, "it pauses", DO(HcsPauseComputeSystem(system, operation, NULL)), S_OK);
        expect(tap, "it pauses once", DO(HcsPauseComputeSystem(system, operation, NULL)), (HRESULT)0x80370105);
        expect(tap, "it resumes", DO(HcsResumeComputeSystem(system, operation, NULL)), S_OK);
        expect(tap, "a modify request is judged", DO(HcsModifyComputeSystem(system, operation, L"{\"ResourcePth\":\"x\"}", NULL)), (HRESULT)0x8037010D);
        expect(tap, "a query is judged", DO(HcsGetComputeSystemProperties(system, operation, L"{\"Types\":[]}")), (HRESULT)0x8037010D);
        operation = HcsCreateOperation(NULL, NULL);
        expect(tap, "properties answer", finish(operation, HcsGetComputeSystemProperties(system, operation, NULL), said, 2048), S_OK);
        expect(tap, "properties tell id and state", wcsstr(said, L"\"Id\":\"s\"") && wcsstr(said, L"\"State\":\"Running\"") ? S_OK : E_FAIL, S_OK);
        operation = HcsCreateOperation(NULL, NULL);
        expect(tap, "systems are enumerated", finish(operation, HcsEnumerateComputeSystems(NULL, operation), said, 2048), S_OK);
        expect(tap, "the system is among them", wcsstr(said, L"\"s\"") ? S_OK : E_FAIL, S_OK);
        expect(tap, "it opens a second time", HcsOpenComputeSystem(L"s", GENERIC_ALL, &second), S_OK);
        expect(tap, "a wait ends with its time", HcsWaitForComputeSystemExit(second, 20, NULL), (HRESULT)0x80370118);
        expect(tap, "it is terminated", DO(HcsTerminateComputeSystem(system, operation, NULL)), S_OK);
        expect(tap, "it has exited", HcsWaitForComputeSystemExit(second, 5000, NULL), S_OK);
        expect(tap, "it is terminated once", DO(HcsTerminateComputeSystem(system, operation, NULL)), (HRESULT)0x80370110);
        HcsCloseComputeSystem(second);
        HcsCloseComputeSystem(system);
        expect(tap, "a closed handle is none", DO(HcsStartComputeSystem(system, operation, NULL)), (HRESULT)0x80070006);
        expect(tap, "what has stopped is gone", HcsOpenComputeSystem(L"s", GENERIC_ALL, &second), (HRESULT)0x8037010E);
}

static void CALLBACK completed(HCS_OPERATION operation, void *context)
{
        (void)operation;
        SetEvent(context);
}

struct heard { HANDLE event; DWORD thread; HCS_EVENT_TYPE type; WCHAR data[256]; };

static void CALLBACK hear(HCS_EVENT *event, void *context)
{
        struct heard *heard = context;

        if (event->Type == HcsEventOperationCallback)
                return;                 /* it may come behind the exit */
        heard->thread = GetCurrentThreadId();
        heard->type = event->Type;
        if (event->EventData)
                wcsncpy(heard->data, event->EventData, 255);
        SetEvent(heard->event);
}

static void operations(struct tap *tap)
{
        HANDLE done = CreateEventW(NULL, TRUE, FALSE, NULL);
        HCS_OPERATION operation = HcsCreateOperation(NULL, NULL), other = HcsCreateOperation(done, completed);
        struct heard heard = { .event = CreateEventW(NULL, TRUE, FALSE, NULL) };
        HCS_SYSTEM system = NULL;

        expect(tap, "an unused operation has no result", HcsGetOperationResult(operation, NULL), (HRESULT)0x80370115);
        expect(tap, "an unused operation is not waited for", HcsWaitForOperationResult(operation, 10, NULL), (HRESULT)0x80370115);
        expect(tap, "cancelling is not implemented", HcsCancelOperation(operation), E_NOTIMPL);
        expect(tap, "a create is accepted", HcsCreateComputeSystem(L"o", CONTAINER, operation, NULL, &system), S_OK);
        expect(tap, "its result is pending", HcsGetOperationResult(operation, NULL), (HRESULT)0x80370117);
        expect(tap, "an operation does one thing at a time", HcsEnumerateComputeSystems(NULL, operation), (HRESULT)0x80370116);
        expect(tap, "it ends", HcsWaitForOperationResult(operation, 10000, NULL), S_OK);
        expect(tap, "a callback is set", HcsSetComputeSystemCallback(system, HcsEventOptionEnableOperationCallbacks, &heard, hear), S_OK);
        expect(tap, "a callback is set once", HcsSetComputeSystemCallback(system, HcsEventOptionNone, &heard, hear), (HRESULT)0x80370119);
        expect(tap, "callbacks of both kinds are refused", HcsStartComputeSystem(system, other, NULL), (HRESULT)0x80370119);
        HcsCloseOperation(other);
        other = HcsCreateOperation(done, completed);
        expect(tap, "an operation calls back", HcsEnumerateComputeSystems(NULL, other), S_OK);
        expect(tap, "the callback came", WaitForSingleObject(done, 5000) == WAIT_OBJECT_0 ? S_OK : E_FAIL, S_OK);
        HcsCloseOperation(other);
        HcsCloseOperation(operation);
        expect(tap, "a closed operation is none", HcsWaitForOperationResult(operation, 10, NULL), (HRESULT)0x80070006);
        DO(HcsTerminateComputeSystem(system, operation, NULL));
        for (int i = 0; i < 100 && heard.type != HcsEventSystemExited; i++)
                Sleep(20);
        expect(tap, "the exit is told", heard.type == HcsEventSystemExited ? S_OK : E_FAIL, S_OK);
        expect(tap, "on another thread", heard.thread != GetCurrentThreadId() ? S_OK : E_FAIL, S_OK);
        expect(tap, "with its kind", wcsstr(heard.data, L"ForcedExit") ? S_OK : E_FAIL, S_OK);
        HcsCloseComputeSystem(system);
}

static HRESULT run(HCS_SYSTEM system, const WCHAR *parameters, HCS_PROCESS *ret, HCS_PROCESS_INFORMATION *info)
{
        HCS_OPERATION operation = HcsCreateOperation(NULL, NULL);
        HRESULT result = HcsCreateProcess(system, parameters, operation, NULL, ret);

        if (result >= 0)
                result = HcsWaitForOperationResultAndProcessInfo(operation, 20000, info, NULL);
        HcsCloseOperation(operation);
        return result;
}

static size_t read_all(HANDLE pipe, char *to, size_t size)
{
        size_t length = 0;

        while (length < size - 1) {
                OVERLAPPED overlapped = { .hEvent = CreateEventW(NULL, TRUE, FALSE, NULL) };
                DWORD got = 0;
                bool worked = ReadFile(pipe, to + length, (DWORD)(size - 1 - length), NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING;

                worked = worked && GetOverlappedResult(pipe, &overlapped, &got, TRUE);
                CloseHandle(overlapped.hEvent);
                if (!worked || got == 0)
                        break;
                length += got;
        }
        to[length] = '\0';
        return length;
}

static void consoles(struct tap *tap, HCS_SYSTEM system)
{
        const WCHAR *const sizes[] = { L"[0,80]", L"[25]" };
        HCS_PROCESS_INFORMATION info = { 0 };
        HCS_PROCESS process = NULL;
        WCHAR parameters[256];
        char output[4096] = "";

        for (int i = 0; i < 2; i++) {
                swprintf(parameters, 256, L"{\"CommandLine\":\"cmd.exe\",\"EmulateConsole\":true,\"ConsoleSize\":%ls}", sizes[i]);
                expect(tap, "no console has that size", run(system, parameters, &process, &info), (HRESULT)0x80070057);
        }
        expect(tap, "a missing program at a console", run(system, L"{\"CommandLine\":\"none.exe\",\"EmulateConsole\":true}", &process, &info),
               (HRESULT)0x80070002);
        expect(tap, "a process at a console", run(system, L"{\"CommandLine\":\"cmd.exe /c echo said& pause\",\"EmulateConsole\":true,"
               L"\"CreateStdOutPipe\":true,\"CreateStdErrPipe\":true,\"ConsoleSize\":[30,90]}", &process, &info), S_OK);
        expect(tap, "its errors have no pipe", info.StdError ? E_FAIL : S_OK, S_OK);
        expect(tap, "it gets another size", DO(HcsModifyProcess(process, operation, L"{\"Operation\":\"ConsoleSize\",\"ConsoleSize\":{\"Height\":40,"
               L"\"Width\":100}}")), S_OK);
        expect(tap, "and none without width", DO(HcsModifyProcess(process, operation, L"{\"Operation\":\"ConsoleSize\",\"ConsoleSize\":{\"Height\":5}}")),
               (HRESULT)0x80070057);
        expect(tap, "it is ended", DO(HcsTerminateProcess(process, operation, NULL)), S_OK);
        read_all(info.StdOutput, output, sizeof(output));
        expect(tap, "what was shown comes, with sequences", strstr(output, "\x1b[") ? S_OK : E_FAIL, S_OK);
        CloseHandle(info.StdOutput);
        HcsCloseProcess(process);
}

static void processes(struct tap *tap)
{
        HCS_PROCESS_INFORMATION info = { 0 }, again = { 0 };
        HCS_SYSTEM system = NULL;
        HCS_PROCESS process = NULL, second = NULL;
        PWSTR status = NULL;
        char output[256];

        create(L"p", CONTAINER, &system);
        expect(tap, "no process before the start", run(system, L"{\"CommandLine\":\"cmd.exe\"}", &process, &info), (HRESULT)0x80370105);
        DO(HcsStartComputeSystem(system, operation, NULL));
        expect(tap, "process parameters are judged", run(system, L"{\"CommandLin\":\"cmd.exe\"}", &process, &info), (HRESULT)0x8037010D);
        expect(tap, "a missing program", run(system, L"{\"CommandLine\":\"none.exe\"}", &process, &info), (HRESULT)0x80070002);
        expect(tap, "a process runs", run(system, L"{\"CommandLine\":\"cmd.exe /c echo %WORD%& exit 300\",\"CreateStdOutPipe\":true,"
               L"\"Environment\":{\"WORD\":\"heard\"}}", &process, &info), S_OK);
        expect(tap, "what was not wished has no pipe", info.StdInput || info.StdError ? E_FAIL : S_OK, S_OK);
        read_all(info.StdOutput, output, sizeof(output));
        expect(tap, "its output comes", strncmp(output, "heard", 5) == 0 ? S_OK : E_FAIL, S_OK);
        CloseHandle(info.StdOutput);
        expect(tap, "it is waited for", HcsWaitForProcessExit(process, 10000, &status), S_OK);
        expect(tap, "its exit code is whole", status && wcsstr(status, L"\"ExitCode\":300") ? S_OK : E_FAIL, S_OK);
        LocalFree(status);
        expect(tap, "an exited process is not ended", DO(HcsTerminateProcess(process, operation, NULL)), (HRESULT)0x8037011F);
        HcsCloseProcess(process);
        expect(tap, "a second one", run(system, L"{\"CommandLine\":\"cmd.exe\",\"CreateStdInPipe\":true}", &process, &info), S_OK);
        expect(tap, "it opens by its id", HcsOpenProcess(system, info.ProcessId, GENERIC_ALL, &second), S_OK);
        expect(tap, "another id is none", HcsOpenProcess(system, 7, GENERIC_ALL, &second), (HRESULT)0x80070490);
        expect(tap, "a size without a console", DO(HcsModifyProcess(process, operation, L"{\"Operation\":\"ConsoleSize\",\"ConsoleSize\":{\"Height\":5,"
               L"\"Width\":6}}")), (HRESULT)0x80070057);
        expect(tap, "a signal is judged", DO(HcsSignalProcess(process, operation, L"{\"Sig\":\"CtrlC\"}")), (HRESULT)0x8037010D);
        expect(tap, "it is ended", DO(HcsTerminateProcess(second, operation, NULL)), S_OK);
        expect(tap, "info comes without streams", run(system, L"{\"CommandLine\":\"cmd.exe /c exit 0\"}", &second, &again), S_OK);
        HcsCloseProcess(process);
        CloseHandle(info.StdInput);
        consoles(tap, system);
        end(system);
}

static void machines(struct tap *tap)
{
        HCS_SYSTEM system = NULL;

        DeleteFileW(L"C:\\state.vmgs");
        expect(tap, "a machine without its disk", create(L"m", MACHINE(L"C:\\\\state.vmgs"), &system), (HRESULT)0x80070002);
        expect(tap, "a file of state is made", HcsCreateEmptyGuestStateFile(L"C:\\state.vmgs"), S_OK);
        expect(tap, "a file of state is made once", HcsCreateEmptyGuestStateFile(L"C:\\state.vmgs"), (HRESULT)0x80070050);
        expect(tap, "a machine with its disk", create(L"m", MACHINE(L"C:\\\\state.vmgs"), &system), S_OK);
        expect(tap, "a disk that was not granted", DO(HcsStartComputeSystem(system, operation, NULL)), (HRESULT)0x80070005);
        expect(tap, "a grant of nothing", HcsGrantVmAccess(L"m", L"C:\\none.vhdx"), (HRESULT)0x80070002);
        expect(tap, "a grant", HcsGrantVmAccess(L"m", L"C:\\state.vmgs"), S_OK);
        expect(tap, "it starts then", DO(HcsStartComputeSystem(system, operation, NULL)), S_OK);
        end(system);
        expect(tap, "the grant is revoked", HcsRevokeVmAccess(L"m", L"C:\\state.vmgs"), S_OK);
        expect(tap, "it is revoked once", HcsRevokeVmAccess(L"m", L"C:\\state.vmgs"), (HRESULT)0x80070490);
}

#define LAYERS L"{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"Layers\":[{\"Id\":\"86d0fd27-81d0-5f89-b3db-83170c3c9c78\",\"Path\":\"C:\\\\base\"}]}"

static void layers(struct tap *tap)
{
        struct { DWORD version; GUID id; ULONGLONG size; ULONG block, sector, physical; PCWSTR parent, source; char rest[64]; } wanted = {
                .version = 2, .size = 1u << 30 };
        OPEN_VIRTUAL_DISK_PARAMETERS open = { .Version = OPEN_VIRTUAL_DISK_VERSION_2 };
        VIRTUAL_STORAGE_TYPE type = { 0 };
        HANDLE disk = NULL;
        PWSTR volume = NULL;

        DeleteFileW(L"C:\\d.vhdx");
        expect(tap, "a disk wants access NONE", (HRESULT)CreateVirtualDisk(&type, L"C:\\d.vhdx", VIRTUAL_DISK_ACCESS_ALL, NULL, 0, 0,
               (void *)&wanted, NULL, &disk), ERROR_INVALID_PARAMETER);
        expect(tap, "a disk is made", (HRESULT)CreateVirtualDisk(&type, L"C:\\d.vhdx", VIRTUAL_DISK_ACCESS_NONE, NULL, 0, 0, (void *)&wanted, NULL,
               &disk), 0);
        CloseHandle(disk);
        expect(tap, "a disk opens", (HRESULT)OpenVirtualDisk(&type, L"C:\\d.vhdx", VIRTUAL_DISK_ACCESS_NONE, 0, &open, &disk), 0);
        expect(tap, "no volume before it is attached", HcsGetLayerVhdMountPath(disk, &volume), (HRESULT)0x80070015);
        expect(tap, "it is formatted", HcsFormatWritableLayerVhd(disk), S_OK);
        expect(tap, "it is formatted once", HcsFormatWritableLayerVhd(disk), E_INVALIDARG);
        expect(tap, "it is attached", (HRESULT)AttachVirtualDisk(disk, NULL, 0, 0, NULL, NULL), 0);
        expect(tap, "it is attached once", (HRESULT)AttachVirtualDisk(disk, NULL, 0, 0, NULL, NULL), (HRESULT)0xC03A001E);
        expect(tap, "it is not formatted when attached", HcsFormatWritableLayerVhd(disk), (HRESULT)0xC03A001C);
        expect(tap, "it has a volume", HcsGetLayerVhdMountPath(disk, &volume), S_OK);
        expect(tap, "a filter before the layer", HcsAttachLayerStorageFilter(volume, LAYERS), (HRESULT)0x80370112);
        expect(tap, "layer data are judged", HcsInitializeWritableLayer(volume, L"{\"Layrs\":[]}", NULL), (HRESULT)0x8037010D);
        expect(tap, "the layer", HcsInitializeWritableLayer(volume, LAYERS, NULL), S_OK);
        expect(tap, "the filter", HcsAttachLayerStorageFilter(volume, LAYERS), S_OK);
        expect(tap, "one filter", HcsAttachLayerStorageFilter(volume, LAYERS), (HRESULT)0x80070020);
        expect(tap, "no detaching below a filter", (HRESULT)DetachVirtualDisk(disk, 0, 0), ERROR_SHARING_VIOLATION);
        expect(tap, "the filter goes", HcsDetachLayerStorageFilter(volume), S_OK);
        expect(tap, "it goes once", HcsDetachLayerStorageFilter(volume), (HRESULT)0x80070490);
        expect(tap, "the disk is detached", (HRESULT)DetachVirtualDisk(disk, 0, 0), 0);
        expect(tap, "an open disk is not deleted", DeleteFileW(L"C:\\d.vhdx") ? E_FAIL : S_OK, S_OK);
        LocalFree(volume);
        CloseHandle(disk);
        expect(tap, "a closed one is", DeleteFileW(L"C:\\d.vhdx") ? S_OK : E_FAIL, S_OK);
}

/* --- layers as folders ---------------------------------------------------------------------------------------------------- */

static void put(const WCHAR *path, const void *bytes, DWORD length)
{
        HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
        DWORD done;

        WriteFile(file, bytes, length, &done, NULL);
        CloseHandle(file);
}

static HRESULT is_file(const WCHAR *path)
{
        return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES ? S_OK : E_FAIL;
}

/* A disk that is attached, with the volume's path. */
static HANDLE scratch(PWSTR *volume)
{
        struct { DWORD version; GUID id; ULONGLONG size; ULONG block, sector, physical; PCWSTR parent, source; char rest[64]; } wanted = {
                .version = 2, .size = 1u << 30 };
        OPEN_VIRTUAL_DISK_PARAMETERS open = { .Version = OPEN_VIRTUAL_DISK_VERSION_2 };
        VIRTUAL_STORAGE_TYPE type = { 0 };
        HANDLE disk = NULL;

        DeleteFileW(L"C:\\s.vhdx");
        CreateVirtualDisk(&type, L"C:\\s.vhdx", VIRTUAL_DISK_ACCESS_NONE, NULL, 0, 0, (void *)&wanted, NULL, &disk);
        CloseHandle(disk);
        OpenVirtualDisk(&type, L"C:\\s.vhdx", VIRTUAL_DISK_ACCESS_NONE, 0, &open, &disk);
        HcsFormatWritableLayerVhd(disk);
        AttachVirtualDisk(disk, NULL, 0, 0, NULL, NULL);
        HcsGetLayerVhdMountPath(disk, volume);
        return disk;
}

static void drop_scratch(HANDLE disk, PWSTR volume)
{
        DetachVirtualDisk(disk, 0, 0);
        LocalFree(volume);
        CloseHandle(disk);
        DeleteFileW(L"C:\\s.vhdx");
}

#define WRITABLE L"{\"IsWritableLayer\":true}"
#define READ_ONLY L"{\"IsWritableLayer\":false}"

static void exports(struct tap *tap)
{
        PWSTR volume = NULL;
        HANDLE disk = scratch(&volume);

        expect(tap, "an export of no volume", HcsExportLayer(L"C:\\base", L"C:\\out", LAYERS, WRITABLE), (HRESULT)0x80070002);
        expect(tap, "an export before there is a layer", HcsExportLayer(volume, L"C:\\out", LAYERS, WRITABLE), (HRESULT)0x80370112);
        HcsInitializeWritableLayer(volume, LAYERS, NULL);
        HcsAttachLayerStorageFilter(volume, LAYERS);
        expect(tap, "an export below the filter", HcsExportLayer(volume, L"C:\\out", LAYERS, WRITABLE), (HRESULT)0x80070020);
        expect(tap, "a layer that a filter holds stays", HcsDestroyLayer(L"C:\\base"), (HRESULT)0x80070020);
        HcsDetachLayerStorageFilter(volume);
        expect(tap, "options of an export are judged", HcsExportLayer(volume, L"C:\\out", LAYERS, L"{\"IsWriteable\":true}"), (HRESULT)0x8037010D);
        expect(tap, "an export has options", HcsExportLayer(volume, L"C:\\out", LAYERS, NULL), E_INVALIDARG);
        expect(tap, "a scratch is exported", HcsExportLayer(volume, L"C:\\out", LAYERS, WRITABLE), S_OK);
        expect(tap, "with its hives", is_file(L"C:\\out\\Hives\\System_Delta"), S_OK);
        expect(tap, "an export wants an empty folder", HcsExportLayer(volume, L"C:\\out", LAYERS, WRITABLE), (HRESULT)0x80070091);
        expect(tap, "a legacy export of another kind of layer", HcsExportLegacyWritableLayer(volume, L"C:\\out", L"C:\\out2", LAYERS), (HRESULT)0x80370112);
        drop_scratch(disk, volume);
        disk = scratch(&volume);
        expect(tap, "a legacy layer without its folder", HcsInitializeLegacyWritableLayer(volume, L"C:\\none", LAYERS, NULL), (HRESULT)0x80070003);
        expect(tap, "a legacy layer", HcsInitializeLegacyWritableLayer(volume, L"C:\\out", LAYERS, NULL), S_OK);
        expect(tap, "a legacy layer is made once", HcsInitializeLegacyWritableLayer(volume, L"C:\\out", LAYERS, NULL), (HRESULT)0x800700B7);
        expect(tap, "its export", HcsExportLegacyWritableLayer(volume, L"C:\\out", L"C:\\out2", LAYERS), S_OK);
        expect(tap, "which is no other's", HcsExportLayer(volume, L"C:\\out3", LAYERS, WRITABLE), (HRESULT)0x80370112);
        drop_scratch(disk, volume);
        expect(tap, "its folder goes", HcsDestroyLayer(L"C:\\out2"), S_OK);
}

static void imports(struct tap *tap)
{
        static const unsigned char right[4 + 20 + 3] = { 0x20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c' };

        expect(tap, "an import of nothing", HcsImportLayer(L"C:\\layer", L"C:\\none", LAYERS), (HRESULT)0x80070003);
        put(L"C:\\out\\Files\\a", "abc", 3);
        expect(tap, "a file that is no backup stream", HcsImportLayer(L"C:\\layer", L"C:\\out", LAYERS), (HRESULT)0x8007000D);
        put(L"C:\\out\\Files\\a", right, sizeof(right) - 1);
        expect(tap, "a stream that is cut off", HcsImportLayer(L"C:\\layer", L"C:\\out", LAYERS), (HRESULT)0x8007000D);
        put(L"C:\\out\\Files\\a", right, sizeof(right));
        CreateDirectoryW(L"C:\\out\\Files\\d", NULL);
        expect(tap, "a directory without its stream", HcsImportLayer(L"C:\\layer", L"C:\\out", LAYERS), (HRESULT)0x8007000D);
        put(L"C:\\out\\Files\\d.$wcidirs$", right, 4);
        expect(tap, "a layer without a parent", HcsImportLayer(L"C:\\layer", L"C:\\out", L"{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},"
               L"\"Layers\":[]}"), E_INVALIDARG);
        expect(tap, "a layer is imported", HcsImportLayer(L"C:\\layer", L"C:\\out", LAYERS), S_OK);
        expect(tap, "with its files", is_file(L"C:\\layer\\Files\\a"), S_OK);
        expect(tap, "a layer is imported once", HcsImportLayer(L"C:\\layer", L"C:\\out", LAYERS), (HRESULT)0x800700B7);
        expect(tap, "an export of no layer", HcsExportLayer(L"C:\\base", L"C:\\out4", LAYERS, READ_ONLY), (HRESULT)0x80370112);
        expect(tap, "an imported layer is exported", HcsExportLayer(L"C:\\layer", L"C:\\out4", LAYERS, READ_ONLY), S_OK);
        expect(tap, "a layer's path has no backslash behind it", HcsDestroyLayer(L"C:\\layer\\"), (HRESULT)0x8007007B);
        expect(tap, "a layer is destroyed", HcsDestroyLayer(L"C:\\layer"), S_OK);
        expect(tap, "once", HcsDestroyLayer(L"C:\\layer"), (HRESULT)0x80070003);
        HcsDestroyLayer(L"C:\\out4");
        HcsDestroyLayer(L"C:\\out");
}

#define OS_CONTAINER L"{\"Type\":\"Container\"}"
#define OS_MACHINE L"{\"Type\":\"Vm\"}"

static void bases(struct tap *tap)
{
        PWSTR volume = NULL;
        HANDLE disk = scratch(&volume);

        CreateDirectoryW(L"C:\\os", NULL);
        expect(tap, "a base layer without files", HcsSetupBaseOSLayer(L"C:\\os", NULL, OS_CONTAINER), (HRESULT)0x80070003);
        CreateDirectoryW(L"C:\\os\\Files", NULL);
        expect(tap, "a base layer's options are judged", HcsSetupBaseOSLayer(L"C:\\os", NULL, L"{\"Type\":\"Box\"}"), (HRESULT)0x8037010D);
        expect(tap, "a container's base has no disk", HcsSetupBaseOSLayer(L"C:\\os", disk, OS_CONTAINER), E_INVALIDARG);
        expect(tap, "a machine's base has one", HcsSetupBaseOSLayer(L"C:\\os", NULL, OS_MACHINE), E_INVALIDARG);
        expect(tap, "a base layer", HcsSetupBaseOSLayer(L"C:\\os", NULL, OS_CONTAINER), S_OK);
        expect(tap, "a base layer is made once", HcsSetupBaseOSLayer(L"C:\\os", NULL, OS_CONTAINER), (HRESULT)0x800700B7);
        HcsDestroyLayer(L"C:\\os");
        CreateDirectoryW(L"C:\\os", NULL);
        CreateDirectoryW(L"C:\\os\\Files", NULL);
        expect(tap, "a machine's base layer", HcsSetupBaseOSLayer(L"C:\\os", disk, OS_MACHINE), S_OK);
        HcsDestroyLayer(L"C:\\os");
        CreateDirectoryW(L"C:\\os", NULL);
        CreateDirectoryW(L"C:\\os\\Files", NULL);
        expect(tap, "a base layer on no volume", HcsSetupBaseOSVolume(L"C:\\os", L"C:\\", OS_CONTAINER), (HRESULT)0x80070002);
        expect(tap, "a base layer on a volume", HcsSetupBaseOSVolume(L"C:\\os", volume, OS_CONTAINER), S_OK);
        drop_scratch(disk, volume);
        expect(tap, "a disk that is not attached", (disk = CreateFileW(L"C:\\os\\d.vhdx", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL),
               DeleteFileW(L"C:\\os\\Layout"), HcsSetupBaseOSLayer(L"C:\\os", disk, OS_MACHINE)), (HRESULT)0xC03A001C);
        CloseHandle(disk);
        HcsDestroyLayer(L"C:\\os");
}

static void networks(struct tap *tap)
{
        static const GUID id = { 0x11111111, 2, 3, { 1, 2, 3, 4, 5, 6, 7, 8 } }, other = { 0x22222222, 2, 3, { 1, 2, 3, 4, 5, 6, 7, 8 } };
        HCN_NETWORK network = NULL, second = NULL;
        HCN_ENDPOINT endpoint = NULL;
        PWSTR error = NULL;

        expect(tap, "no network", HcnOpenNetwork(&id, &network, &error), (HRESULT)0x803B0001);
        expect(tap, "an error has a record", error && wcsstr(error, L"\"Success\":false") ? S_OK : E_FAIL, S_OK);
        CoTaskMemFree(error);
        expect(tap, "a network is judged", HcnCreateNetwork(&id, L"{\"Nme\":\"n\"}", &network, NULL), (HRESULT)0x803B001B);
        expect(tap, "a network", HcnCreateNetwork(&id, L"{\"Name\":\"n\",\"Type\":\"NAT\"}", &network, NULL), S_OK);
        expect(tap, "an id is a network's once", HcnCreateNetwork(&id, L"{\"Name\":\"n\",\"Type\":\"NAT\"}", &second, NULL), (HRESULT)0x803B0010);
        expect(tap, "an endpoint", HcnCreateEndpoint(network, &other, L"{\"Name\":\"e\"}", &endpoint, NULL), S_OK);
        expect(tap, "a network with an endpoint stays", HcnDeleteNetwork(&id, NULL), (HRESULT)0x803B002C);
        expect(tap, "the endpoint goes", HcnDeleteEndpoint(&other, NULL), S_OK);
        expect(tap, "it goes once", HcnDeleteEndpoint(&other, NULL), (HRESULT)0x803B0002);
        expect(tap, "the network goes", HcnDeleteNetwork(&id, NULL), S_OK);
        HcnCloseEndpoint(endpoint);
        HcnCloseNetwork(network);
        expect(tap, "a closed network is none", HcnModifyNetwork(network, L"{}", NULL), (HRESULT)0x80070006);
}

/* leave: opens a system and an operation and ends without closing them, for the record to tell. */
static int leave(void)
{
        HCS_SYSTEM system = NULL;

        HcsCreateOperation(NULL, NULL);
        return create(L"left", TIED, &system) < 0;
}

/* fault: one create; the code is the exit status' low byte. */
static int fault(void)
{
        HCS_SYSTEM system = NULL;
        HCS_OPERATION operation = HcsCreateOperation(NULL, NULL);
        HRESULT result = HcsCreateComputeSystem(L"f", TIED, operation, NULL, &system);

        if (result >= 0)
                result = HcsWaitForOperationResult(operation, 1500, NULL);
        HcsCloseOperation(operation);
        if (result >= 0)
                end(system);
        return (int)(result & 0xff);
}

int main(int argc, char **argv)
{
        struct tap tap = { 0, 0 };

        if (argc > 1)
                return strcmp(argv[1], "leave") == 0 ? leave() : fault();
        documents(&tap);
        states(&tap);
        operations(&tap);
        processes(&tap);
        machines(&tap);
        layers(&tap);
        exports(&tap);
        imports(&tap);
        bases(&tap);
        networks(&tap);
        return tap.failed > 0;
}
