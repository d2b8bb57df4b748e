/* Processes run for real under Wine, in the job of their system.  Their streams are named pipes whose other ends the caller's
 * DLL opens; a process waits, suspended, until it has done so.  One with EmulateConsole has a pseudo-console, and the pipes carry
 * what goes into and comes out of that (terminal.c).  Ids are the service's own, as those of a guest are. */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wine/service.h"

#define TERMINATED_CODE 1               /* unverified: what a process ends with that HcsTerminateProcess ended */
#define CONTROL_C_CODE  0xC000013Au     /* STATUS_CONTROL_C_EXIT */

void process_done(struct process *process)
{
        HANDLE *pipes[] = { &process->in, &process->out, &process->err };

        if (process->attended)
                return;
        for (int i = 0; i < 3; i++)
                if (*pipes[i] && *pipes[i] != INVALID_HANDLE_VALUE) {
                        CloseHandle(*pipes[i]);
                        *pipes[i] = NULL;
                }
}

static HANDLE make_stream(const struct process *process, const WCHAR *name, bool wanted, DWORD access)
{
        SECURITY_ATTRIBUTES inherited = { sizeof(inherited), NULL, !process->emulates_console };
        WCHAR path[128];

        if (!wanted)
                return CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, NULL);
        swprintf(path, 128, WIRE_PIPE L"-%u-%ls", (unsigned)process->id, name);
        return CreateNamedPipeW(path, access, PIPE_TYPE_BYTE | PIPE_WAIT, 1, 65536, 65536, 0, &inherited);
}

/* The service's own variables, which programs under Wine need, and those of the document before: the first of a name counts.  They
 * are a map, or, of a Linux guest, "NAME=VALUE" words. */
static WCHAR *environment_of(const struct json_value *given)
{
        WCHAR *own = GetEnvironmentStringsW(), *block, *at;
        size_t length = 0, size;

        for (const WCHAR *entry = own; *entry; entry += wcslen(entry) + 1)
                length += wcslen(entry) + 1;
        size = length + 2;
        for (size_t i = 0; given && i < given->count; i++)
                size += given->type == JSON_ARRAY ? strlen(given->items[i].text) + 1 :
                        strlen(given->members[i].name) + strlen(given->members[i].value.text) + 2;
        block = fresh(size * sizeof(WCHAR));
        at = block;
        for (size_t i = 0; given && i < given->count; i++) {
                bool words = given->type == JSON_ARRAY;
                WCHAR *name = wire_wide(words ? given->items[i].text : given->members[i].name);
                WCHAR *value = words ? NULL : wire_wide(given->members[i].value.text);

                at += swprintf(at, size - (size_t)(at - block), words ? L"%ls" : L"%ls=%ls", name, value) + 1;
                free(name);
                free(value);
        }
        memcpy(at, own, length * sizeof(WCHAR));
        FreeEnvironmentStringsW(own);
        return block;
}

struct launch { struct service *service; struct process *process; HANDLE thread; };

/* Connected, the process runs; its own ends are then all that there are. */
static DWORD WINAPI launch(void *data)
{
        struct launch *launch = data;
        struct process *process = launch->process;

        if (process->has_in)
                ConnectNamedPipe(process->in, NULL);
        if (process->has_out)
                ConnectNamedPipe(process->out, NULL);
        if (process->has_err)
                ConnectNamedPipe(process->err, NULL);
        ResumeThread(launch->thread);
        CloseHandle(launch->thread);
        if (process->terminal)
                terminal_attend(launch->service, process);
        AcquireSRWLockExclusive(&launch->service->lock);
        process_done(process);
        ReleaseSRWLockExclusive(&launch->service->lock);
        free(launch);
        return 0;
}

static int32_t spawn(struct call *call, struct process *process, const struct json_value *variables)
{
        const char *directory = string_of(call->document, "WorkingDirectory");
        WCHAR *command = wire_wide(process->command), *place = directory && directory[0] != '/' ? wire_wide(directory) : NULL;
        WCHAR *environment = environment_of(variables);
        STARTUPINFOW startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
        PROCESS_INFORMATION made = { 0 };
        struct launch *later;
        DWORD code = 0;

        process->in = startup.hStdInput = make_stream(process, L"in", process->has_in, PIPE_ACCESS_INBOUND);
        process->out = startup.hStdOutput = make_stream(process, L"out", process->has_out, PIPE_ACCESS_OUTBOUND);
        if (process->emulates_console) {                /* one stream, whatever CreateStdErrPipe says */
                code = terminal_spawn(process, call->document, command, environment, place, &made);
        } else {
                process->err = startup.hStdError = make_stream(process, L"err", process->has_err, PIPE_ACCESS_OUTBOUND);
                if (!CreateProcessW(NULL, command, NULL, NULL, TRUE, CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT, environment, place,
                                    &startup, &made))
                        code = GetLastError();
        }
        free(command);
        free(place);
        free(environment);
        if (code) {
                process_done(process);
                return refuse(call, WIN32_CODE(code), "%s does not start", process->command);
        }
        AssignProcessToJobObject(process->system->job, made.hProcess);
        process->process = made.hProcess;
        later = fresh(sizeof(*later));
        *later = (struct launch){ call->service, process, made.hThread };
        CloseHandle(CreateThread(NULL, 0, launch, later, 0, NULL));
        return 0;
}

static void give_info(struct call *call, const struct process *process, bool first)
{
        call->reply.number = process->id;
        if (first)
                call->reply.pipes = (process->has_in ? 1u : 0) | (process->has_out ? 2u : 0) | (process->has_err ? 4u : 0);
}

static int32_t create(struct call *call)
{
        const struct handle *handle = handle_find(call->service, call->head.handle);
        const struct json_value *variables = NULL;
        struct process *process;
        int32_t result;

        if (!handle || handle->process)
                return refuse(call, WIN32_CODE(6), "HcsCreateProcess: the handle is none of a system");
        if (handle->system->state != RUNNING)
                return refuse(call, handle->system->state == STOPPED ? CODE_STOPPED : CODE_INVALID_STATE, "HcsCreateProcess: the system %s is %s",
                              handle->system->id, state_name(handle->system->state));
        process = fresh(sizeof(*process));
        process->system = handle->system;
        if (handle->system->machine && !handle->system->has_agent)
                return refuse(call, CODE(0x10A), "nobody in %s listens", handle->system->id);
        if (handle->system->linux_guest) {
                result = guest_process(call, process, &variables);
        } else {
                process->command = copy(string_of(call->document, "CommandLine"));
                process->emulates_console = truth_of(call->document, "EmulateConsole");
                variables = json_get(call->document, "Environment");
                result = process->command && *process->command ? 0 : refuse(call, WIN32_CODE(87), "$: there is no command");
        }
        if (result < 0)
                return result;
        process->id = (uint32_t)(1000 + 4 * ++call->service->last);
        process->has_in = truth_of(call->document, "CreateStdInPipe");
        process->has_out = truth_of(call->document, "CreateStdOutPipe");
        process->has_err = truth_of(call->document, "CreateStdErrPipe") && !process->emulates_console;
        result = spawn(call, process, variables);
        if (result < 0)
                return result;
        process->next = handle->system->processes;
        handle->system->processes = process;
        call->reply.handle = handle_give(call, handle->system, process);
        give_info(call, process, true);
        return 0;
}

static int32_t subject(struct call *call, struct process **ret)
{
        const struct handle *handle = handle_find(call->service, call->head.handle);

        if (!handle || !handle->process)
                return refuse(call, WIN32_CODE(6), "%s: the handle is none of a process", call->head.call);
        *ret = handle->process;
        return 0;
}

static bool has_exited(const struct process *process)
{
        return WaitForSingleObject(process->process, 0) == WAIT_OBJECT_0;
}

static int32_t open_process(struct call *call)
{
        const struct handle *handle = handle_find(call->service, call->head.handle);
        struct process *process = handle && !handle->process ? handle->system->processes : NULL;

        while (process && process->id != call->head.number)
                process = process->next;
        if (!process)
                return WIN32_CODE(0x490);
        call->reply.handle = handle_give(call, handle->system, process);
        return 0;
}

static void kill_process(struct process *process, UINT code)
{
        HANDLE exited = process->process;

        process->killed = true;
        TerminateProcess(exited, code);
        process_done(process);
}

static int32_t terminate(struct call *call)
{
        struct process *process = NULL;
        int32_t result = subject(call, &process);

        if (result < 0)
                return result;
        if (has_exited(process))
                return refuse(call, CODE_PROCESS_STOPPED, "the process %u has exited", (unsigned)process->id);
        kill_process(process, TERMINATED_CODE);
        return 0;
}

static int32_t signal_process(struct call *call)
{
        const char *name = string_of(call->document, "Signal");
        const struct json_value *number = call->document ? json_get(call->document, "Signal") : NULL;
        struct process *process = NULL;
        int32_t result = subject(call, &process);

        if (result < 0)
                return result;
        if (!name && !number)
                return refuse(call, WIN32_CODE(87), "$.Signal is missing");
        if (has_exited(process))
                return refuse(call, CODE_PROCESS_STOPPED, "the process %u has exited", (unsigned)process->id);
        kill_process(process, name ? CONTROL_C_CODE : 128 + (UINT)atoi(number->text));
        return 0;
}

static void describe(struct text *out, const struct process *process)
{
        DWORD code = 0;
        bool exited = has_exited(process);

        GetExitCodeProcess(process->process, &code);
        text_addf(out, "{\"ProcessId\":%u,\"Exited\":%s", (unsigned)process->id, exited ? "true" : "false");
        if (exited)
                text_addf(out, ",\"ExitCode\":%u", (unsigned)code);
        text_add(out, ",\"LastWaitResult\":0}");
}

static int32_t properties(struct call *call)
{
        struct process *process = NULL;
        int32_t result = subject(call, &process);

        if (result >= 0)
                describe(&call->answer, process);
        return result;
}

static int32_t info(struct call *call)
{
        struct process *process = NULL;
        int32_t result = subject(call, &process);

        if (result >= 0)
                give_info(call, process, false);        /* the streams were given with the process */
        return result;
}

static int32_t modify(struct call *call)
{
        const char *operation = string_of(call->document, "Operation");
        struct process *process = NULL;
        int32_t result = subject(call, &process);

        if (result < 0)
                return result;
        if (has_exited(process))
                return refuse(call, CODE_PROCESS_STOPPED, "the process %u has exited", (unsigned)process->id);
        return operation && strcmp(operation, "ConsoleSize") == 0 ? terminal_resize(call, process) : 0;
}

static int32_t wait_exit(struct call *call)
{
        struct process *process = NULL;
        int32_t result = subject(call, &process);

        if (result < 0)
                return result;
        if (!wait_unlocked(call->service, process->process, call->head.number))
                return CODE_TIMEOUT;
        describe(&call->answer, process);
        return 0;
}

const struct verb process_verbs[] = {
        { "HcsCreateProcess", 0, "ProcessParameters", true, create },
        { "HcsOpenProcess", -1, NULL, false, open_process },
        { "HcsTerminateProcess", -1, NULL, false, terminate },
        { "HcsSignalProcess", 0, "SignalProcessOptions", false, signal_process },
        { "HcsGetProcessProperties", -1, NULL, false, properties },
        { "HcsGetProcessInfo", -1, NULL, false, info },
        { "HcsModifyProcess", 0, "ProcessModifyRequest", true, modify },
        { "HcsWaitForProcessExit", -1, NULL, false, wait_exit },
        { "WatchProcess", -1, NULL, false, wait_exit },
        { NULL, -1, NULL, false, NULL },
};
