/* Processes of a system.  Their streams are the caller's own descriptors and go down with the request (streams.c), so
 * the service is never asked for pipes and none come back. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/arena.h"
#include "hcs/client/operation.h"

struct hcs_process {
        struct hcs_system *system;      /* the caller closes processes first */
        HCS_PROCESS handle;
        uint32_t pid;
};

static const struct hcs_api *api_of(const struct hcs_process *process)
{
        return process->system->client->api;
}

/* --- handles ------------------------------------------------------------------------------------------------------ */

static int process_new(struct hcs_system *system, struct hcs_process **ret, struct error *err)
{
        struct hcs_process *process = calloc(1, sizeof(*process));

        if (!process)
                return error_memory(err);
        process->system = system;
        *ret = process;
        return 0;
}

void hcs_process_close(struct hcs_process *process)
{
        if (!process)
                return;
        if (process->handle) {
                hcs_log_call(process->system->client, process->system->id, "CloseProcess", NULL);
                hcs_plain_close_process(process->system, process->handle);
        }
        free(process);
}

void hcs_process_closep(struct hcs_process **process)
{
        hcs_process_close(*process);
}

uint32_t hcs_process_id(const struct hcs_process *process)
{
        return process->pid;
}

/* --- status ------------------------------------------------------------------------------------------------------- */

static int status_read(const char *document, struct doc_process_status *ret, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct json_value *value;
        int r;

        *ret = (struct doc_process_status){ 0 };
        if (!document)
                return error_set(err, E_INVALID_DATA, "the service gave no answer");
        r = json_parse(&arena, document, strlen(document), "the service's answer", &value, err);
        if (r < 0)
                return r;
        return json_read(&arena, doc_process_status_fields, value, ret, "$", JSON_IGNORE_UNKNOWN, err);
}

static int status_ask(struct hcs_process *process, struct doc_process_status *ret, struct error *err)
{
        _cleanup_(hcs_operation_done) struct hcs_operation operation =
                HCS_OPERATION_FOR(process->system->client, process->system->id, "GetProcessProperties", HCS_SHORT_MS);
        _cleanup_(free_charp) char *document = NULL;
        HRESULT called;
        int r;

        r = hcs_operation_begin(&operation, NULL, err);
        if (r < 0)
                return r;
        called = api_of(process)->GetProcessProperties(process->handle, operation.handle, NULL);
        r = hcs_operation_end(&operation, called, &document, err);
        if (r >= 0) {
                r = status_read(document, ret, err);
                if (r < 0)
                        (void)error_wrap(err, "GetProcessProperties");
        }
        return r;
}

/* The code counts only when the process has exited and somebody saw how. */
static int exit_code_of(const struct doc_process_status *status)
{
        return status->exited && status->last_wait_result == 0 ? (int)status->exit_code : -1;
}

static bool is_gone(HRESULT code)
{
        return code == HCS_E_PROCESS_ALREADY_STOPPED || code == HCS_E_SYSTEM_ALREADY_STOPPED ||
               code == HCS_E_SYSTEM_NOT_FOUND || code == E_NOT_FOUND;
}

/* --- create, open ------------------------------------------------------------------------------------------------- */

/* Some Windows hosts say "invalid argument" although the process runs and its handle is good: then the process itself
 * is asked who it is. */
static bool runs_nevertheless(struct hcs_process *process, HRESULT code)
{
        struct doc_process_status status;
        struct error ignored = { 0 };

        if (code != E_INVALID_PARAMETER || !process->handle || status_ask(process, &status, &ignored) < 0)
                return false;
        process->pid = status.process_id;
        return process->pid != 0;
}

static int create(struct hcs_system *system, const char *parameters, const struct hcs_streams *streams,
                  struct hcs_process **ret, HCS_PROCESS_INFORMATION *ret_information, struct error *err)
{
        const struct hcs_client *client = system->client;
        _cleanup_(hcs_process_closep) struct hcs_process *process = NULL;
        _cleanup_(hcs_operation_done) struct hcs_operation operation =
                HCS_OPERATION_FOR(client, system->id, "CreateProcess", HCS_LONG_MS);
        _cleanup_(free_utf16p) char16_t *document = NULL;
        HCS_PROCESS_INFORMATION information = { 0 };
        HRESULT called;
        int r;

        r = process_new(system, &process, err);
        if (r >= 0)
                r = hcs_widen(parameters, "the process parameters", &document, err);
        if (r >= 0)
                r = hcs_operation_begin(&operation, parameters, err);
        if (r >= 0 && streams)
                r = hcs_streams_add(&operation, streams, true, err);
        if (r < 0)
                return r;

        called = client->api->CreateProcess(system->handle, document, operation.handle, NULL, &process->handle);
        r = hcs_operation_end_process(&operation, called, &information, err);
        process->pid = information.ProcessId;
        if (r < 0 && !(called >= 0 && runs_nevertheless(process, r)))
                return r;
        *ret = take_ptr(process);
        *ret_information = information;
        return 0;
}

int hcs_process_create(struct hcs_system *system, const char *parameters, const struct hcs_streams *streams,
                       struct hcs_process **ret, struct error *err)
{
        HCS_PROCESS_INFORMATION information = { 0 };

        return create(system, parameters, streams, ret, &information, err);
}

/* Pipes that were not asked for come as NULL or as INVALID_HANDLE_VALUE (hcs-api.md 3.3). */
static HANDLE pipe_of(HANDLE handle)
{
        return (intptr_t)handle == -1 ? NULL : handle;
}

/* CreateProcess lost the pipes of one that runs nevertheless: it is asked for them. */
static int ask_for_pipes(struct hcs_process *process, HCS_PROCESS_INFORMATION *information, struct error *err)
{
        _cleanup_(hcs_operation_done) struct hcs_operation operation =
                HCS_OPERATION_FOR(process->system->client, process->system->id, "GetProcessInfo", HCS_SHORT_MS);
        int r = hcs_operation_begin(&operation, NULL, err);

        if (r < 0)
                return r;
        return hcs_operation_end_process(&operation, api_of(process)->GetProcessInfo(process->handle, operation.handle),
                                         information, err);
}

int hcs_process_create_piped(struct hcs_system *system, const char *parameters, struct hcs_process **ret,
                             struct hcs_pipes *ret_pipes, struct error *err)
{
        HCS_PROCESS_INFORMATION information = { 0 };
        int r;

        r = create(system, parameters, NULL, ret, &information, err);
        if (r >= 0 && information.ProcessId == 0 && api_of(*ret)->GetProcessInfo) {
                r = ask_for_pipes(*ret, &information, err);
                if (r < 0) {
                        hcs_process_close(take_ptr(*ret));
                        return r;
                }
        }
        if (r < 0)
                return r;
        *ret_pipes = (struct hcs_pipes){ pipe_of(information.StdInput), pipe_of(information.StdOutput), pipe_of(information.StdError) };
        return 0;
}

int hcs_process_open(struct hcs_system *system, uint32_t pid, struct hcs_process **ret, struct error *err)
{
        const struct hcs_client *client = system->client;
        _cleanup_(hcs_process_closep) struct hcs_process *process = NULL;
        HRESULT code;
        int r;

        r = process_new(system, &process, err);
        if (r < 0)
                return r;
        process->pid = pid;
        hcs_log_call(client, system->id, "OpenProcess", NULL);
        r = hcs_plain_open_process(system, pid, &process->handle, &code, err);
        if (r < 0)
                return r;
        if (is_gone(code))
                return HCS_NOT_FOUND;
        if (code < 0)
                return hcs_refused(client, "OpenProcess", code, NULL, err);
        *ret = take_ptr(process);
        return 0;
}

/* --- signals ------------------------------------------------------------------------------------------------------ */

typedef HRESULT (WINAPI *process_call)(HCS_PROCESS, HCS_OPERATION, PCWSTR document);

/* A request about a process, with or without a document. */
static int request(struct hcs_process *process, const char *name, process_call call, const char *document, struct error *err)
{
        _cleanup_(hcs_operation_done) struct hcs_operation operation =
                HCS_OPERATION_FOR(process->system->client, process->system->id, name, HCS_SHORT_MS);
        _cleanup_(free_utf16p) char16_t *options = NULL;
        int r;

        if (!call)
                return error_set(err, E_NOT_SUPPORTED, "%s: this engine does not have it", name);
        r = hcs_widen(document, "the request", &options, err);
        if (r >= 0)
                r = hcs_operation_begin(&operation, document, err);
        if (r < 0)
                return r;
        return hcs_operation_end(&operation, call(process->handle, operation.handle, options), NULL, err);
}

/* "Access denied" and "wrong state" are also what a dead process may answer: only it knows. */
static bool has_exited(struct hcs_process *process, HRESULT code)
{
        struct doc_process_status status;
        struct error ignored = { 0 };

        if (code != E_ACCESS && code != HCS_E_ACCESS_DENIED && code != HCS_E_INVALID_STATE)
                return false;
        return status_ask(process, &status, &ignored) == 0 && status.exited;
}

int hcs_process_signal(struct hcs_process *process, int signal, bool all, struct error *err)
{
        _cleanup_(text_done) struct text document = { 0 };
        struct doc_signal wanted = { .signal = (uint32_t)signal, .all = all };
        int r;

        json_write(&document, doc_signal_fields, &wanted);
        r = text_check(&document, err);
        return r < 0 ? r : hcs_process_signal_document(process, document.data, err);
}

int hcs_process_signal_document(struct hcs_process *process, const char *document, struct error *err)
{
        int r = request(process, "SignalProcess", api_of(process)->SignalProcess, document, err);

        return r < 0 && (is_gone(r) || has_exited(process, r)) ? HCS_ALREADY_STOPPED : r;
}

int hcs_process_terminate(struct hcs_process *process, struct error *err)
{
        int r = request(process, "TerminateProcess", api_of(process)->TerminateProcess, NULL, err);

        return r < 0 && (is_gone(r) || has_exited(process, r)) ? HCS_ALREADY_STOPPED : r;
}

int hcs_process_modify(struct hcs_process *process, const char *document, struct error *err)
{
        return request(process, "ModifyProcess", api_of(process)->ModifyProcess, document, err);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static int ask_whether_exited(void *object, int *ret_code, struct error *err)
{
        struct doc_process_status status;
        int r;

        r = status_ask(object, &status, err);
        if (r < 0 && !is_gone(r))
                return r;
        if (r >= 0 && !status.exited)
                return HCS_STILL_RUNNING;
        *ret_code = r < 0 ? -1 : exit_code_of(&status);
        return 0;
}

int hcs_process_wait(struct hcs_process *process, uint32_t timeout_ms, int *ret_code, struct error *err)
{
        const struct hcs_client *client = process->system->client;
        _cleanup_(free_charp) char *document = NULL;
        struct doc_process_status status;
        PWSTR result = NULL;
        HRESULT code;
        int r;

        hcs_log_call(client, process->system->id, "WaitForProcessExit", NULL);
        if (!client->api->WaitForProcessExit)
                return hcs_poll_exit(ask_whether_exited, process, timeout_ms, ret_code, err);

        code = hcs_code(client->api->WaitForProcessExit(process->handle, timeout_ms, &result));
        r = hcs_take_result(client, result, &document, err);
        if (hcs_is_time_over(code))
                return HCS_STILL_RUNNING;
        if (code < 0 && !is_gone(code))
                return hcs_refused(client, "WaitForProcessExit", code, document, err);
        if (is_gone(code) || (r >= 0 && !document)) {
                *ret_code = -1;                 /* the end is known, how it came is not */
                return 0;
        }
        if (r >= 0)
                r = status_read(document, &status, err);
        if (r < 0)
                return error_wrap(err, "WaitForProcessExit");
        *ret_code = exit_code_of(&status);
        return 0;
}
