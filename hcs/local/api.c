/* The door of the local engine: HCS's calls as a table.  UTF-16 comes in and goes out here; behind it all is UTF-8 and
 * struct error.  Each call does its work at once and leaves what it came to in the operation. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/utf16.h"
#include "hcs/local/engine.h"
#include "hcs/local/forerunner.h"
#include "hcs/local/proc.h"

/* UTF-16 that may be NULL. */
static int to_utf8(PCWSTR string, char **ret, struct error *err)
{
        if (string)
                return utf16_to_utf8(string, ret, err);
        *ret = NULL;
        return 0;
}

static HRESULT enumerate(PCWSTR space, PCWSTR query, HCS_OPERATION operation)
{
        _cleanup_(free_charp) char *directory = NULL;
        struct text out = { 0 };
        struct error err = { 0 };
        int r;

        (void)query;                            /* every system of a space is ours */
        r = to_utf8(space, &directory, &err);
        if (r >= 0)
                r = local_system_enumerate(directory, &out, &err);
        return local_operation_finish(operation, r, &err, out.data);
}

static HRESULT create_system(PCWSTR space, PCWSTR id, PCWSTR configuration, HCS_OPERATION operation, const HCS_CREATE_OPTIONS *options,
                             HCS_SYSTEM *ret)
{
        _cleanup_(free_charp) char *directory = NULL, *name = NULL, *document = NULL;
        struct error err = { 0 };
        int r;

        if (!space || !id || !configuration || !ret || options)
                return E_INVALID_PARAMETER;
        r = to_utf8(space, &directory, &err);
        if (r >= 0)
                r = to_utf8(id, &name, &err);
        if (r >= 0)
                r = to_utf8(configuration, &document, &err);
        if (r >= 0)
                r = local_system_create(directory, name, document, ret, &err);
        return local_operation_finish(operation, r, &err, NULL);
}

static HRESULT open_system(PCWSTR space, PCWSTR id, DWORD access, HCS_SYSTEM *ret)
{
        _cleanup_(free_charp) char *directory = NULL, *name = NULL;
        struct error err = { 0 };
        int r;

        (void)access;
        if (!space || !id || !ret)
                return E_INVALID_PARAMETER;
        r = to_utf8(space, &directory, &err);
        if (r >= 0)
                r = to_utf8(id, &name, &err);
        if (r >= 0)
                r = local_system_open(directory, name, ret, &err);
        return r < 0 ? r : S_OK;
}

/* HCN's namespaces have ids and settings, and stay; of these there is only the handle. */
static HRESULT create_namespace(const GUID *id, PCWSTR settings, HCN_NAMESPACE *ret, PWSTR *error_record)
{
        struct forerunner *forerunner = NULL;
        struct error err = { 0 };
        int r;

        if (id || settings || error_record || !ret)
                return E_INVALID_PARAMETER;
        r = forerunner_begin(&forerunner, &err);
        *ret = forerunner;
        return r < 0 ? r : S_OK;
}

static HRESULT close_namespace(HCN_NAMESPACE namespace)
{
        forerunner_free(namespace);
        return S_OK;
}

static HRESULT start_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options)
{
        struct error err = { 0 };

        if (!system || !operation || options)
                return E_INVALID_PARAMETER;
        return local_operation_finish(operation, local_system_start(system, &operation->descriptors, &err), &err, NULL);
}

static HRESULT terminate_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options)
{
        struct text warnings = { 0 };
        struct error err = { 0 };
        int r;

        if (!system || !operation || options)
                return E_INVALID_PARAMETER;
        r = local_system_terminate(system, &warnings, &err);
        return local_operation_finish(operation, r, &err, warnings.data);
}

static HRESULT pause_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options)
{
        struct error err = { 0 };

        if (!system || !operation || options)
                return E_INVALID_PARAMETER;
        return local_operation_finish(operation, local_system_pause(system, true, &err), &err, NULL);
}

static HRESULT resume_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options)
{
        struct error err = { 0 };

        if (!system || !operation || options)
                return E_INVALID_PARAMETER;
        return local_operation_finish(operation, local_system_pause(system, false, &err), &err, NULL);
}

static HRESULT save_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options)
{
        _cleanup_(free_charp) char *wishes = NULL;
        struct error err = { 0 };
        int r;

        if (!system || !operation || !options)
                return E_INVALID_PARAMETER;
        r = to_utf8(options, &wishes, &err);
        if (r >= 0)
                r = local_system_save(system, wishes, &err);
        return local_operation_finish(operation, r, &err, NULL);
}

static HRESULT modify_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR configuration, HANDLE identity)
{
        _cleanup_(free_charp) char *settings = NULL;
        struct error err = { 0 };
        int r;

        if (!system || !operation || !configuration || identity)
                return E_INVALID_PARAMETER;
        r = to_utf8(configuration, &settings, &err);
        if (r >= 0)
                r = local_system_modify(system, settings, &err);
        return local_operation_finish(operation, r, &err, NULL);
}

static HRESULT system_properties(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR query)
{
        _cleanup_(free_charp) char *asked = NULL;
        struct text out = { 0 };
        struct error err = { 0 };
        int r;

        if (!system || !operation)
                return E_INVALID_PARAMETER;
        r = to_utf8(query, &asked, &err);
        if (r >= 0)
                r = local_system_properties(system, asked, &out, &err);
        return local_operation_finish(operation, r, &err, out.data);
}

/* --- processes ---------------------------------------------------------------------------------------------------------- */

static HRESULT create_process(HCS_SYSTEM system, PCWSTR parameters, HCS_OPERATION operation, const SECURITY_DESCRIPTOR *security,
                              HCS_PROCESS *ret)
{
        _cleanup_(free_charp) char *text = NULL;
        struct error err = { 0 };
        int r;

        if (!system || !parameters || !operation || security || !ret)
                return E_INVALID_PARAMETER;
        r = to_utf8(parameters, &text, &err);
        if (r >= 0)
                r = local_process_create(system, text, &operation->descriptors, ret, &err);
        if (r >= 0)
                operation->information.ProcessId = (DWORD)(*ret)->exit.pid;
        return local_operation_finish(operation, r, &err, NULL);
}

static HRESULT open_process(HCS_SYSTEM system, DWORD pid, DWORD access, HCS_PROCESS *ret)
{
        struct error err = { 0 };
        int r;

        (void)access;
        if (!system || !ret)
                return E_INVALID_PARAMETER;
        r = local_process_open(system, (pid_t)pid, ret, &err);
        return r < 0 ? r : S_OK;
}

static void close_process(HCS_PROCESS process)
{
        local_process_freep(&process);
}

static HRESULT signal_process(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR options)
{
        _cleanup_(free_charp) char *text = NULL;
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct doc_signal wanted = { 0 };
        struct json_value *value;
        struct error err = { 0 };
        int r;

        if (!process || !operation || !options)
                return E_INVALID_PARAMETER;
        r = to_utf8(options, &text, &err);
        if (r >= 0)
                r = json_parse(&arena, text, strlen(text), "the signal", &value, &err);
        if (r >= 0)
                r = json_read(&arena, doc_signal_fields, value, &wanted, "$", JSON_REFUSE_UNKNOWN, &err);
        if (r >= 0)
                r = local_process_signal(process, (int)wanted.signal, wanted.all, &err);
        return local_operation_finish(operation, r, &err, NULL);
}

static HRESULT terminate_process(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR options)
{
        struct error err = { 0 };

        if (!process || !operation || options)
                return E_INVALID_PARAMETER;
        return local_operation_finish(operation, local_process_signal(process, SIGKILL, false, &err), &err, NULL);
}

/* The first process may have begun with another verb: its exit is the system's. */
static struct local_exit *exit_of(HCS_PROCESS process)
{
        struct local_exit *system = &process->system->init;

        return process->exit.pid == system->pid && process->exit.start_time == system->start_time ? system : &process->exit;
}

/* The status of a process that has exited or not. */
static char *status_document(struct local_exit *exit, bool exited)
{
        struct text text = { 0 };
        struct doc_process_status status = { .process_id = (uint32_t)exit->pid, .exited = exited };

        if (exited && exit->status >= 0)
                status.exit_code = (uint32_t)exit->status;
        else if (exited)
                status.last_wait_result = E_NOT_FOUND;  /* nobody told us: the exit code is not valid */
        json_write(&text, doc_process_status_fields, &status);
        return text.data;
}

static HRESULT process_properties(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR query)
{
        struct local_exit *exit;
        struct error err = { 0 };
        int r;

        (void)query;
        if (!process || !operation)
                return E_INVALID_PARAMETER;
        exit = exit_of(process);
        r = local_exit_wait(exit, 0, &err);
        return local_operation_finish(operation, r, &err, r < 0 ? NULL : status_document(exit, r == 0));
}

static HRESULT wait_exit(struct local_exit *exit, DWORD timeout_ms, PWSTR *result, char *(*document)(struct local_exit *))
{
        _cleanup_(free_charp) char *text = NULL;
        struct error err = { 0 };
        int r;

        r = local_exit_wait(exit, timeout_ms, &err);
        if (r == LOCAL_TIME_OVER)
                return E_TIMED_OUT;
        if (r < 0)
                return r;
        text = document(exit);
        if (!text)
                return E_NO_MEMORY;
        if (result) {
                char16_t *wide;

                r = utf16_from_utf8(text, &wide, &err);
                if (r < 0)
                        return r;
                *result = wide;
        }
        return S_OK;
}

static char *exited_status(struct local_exit *exit)
{
        return status_document(exit, true);
}

static char *system_status(struct local_exit *exit)
{
        struct text text = { 0 };
        struct doc_exit_status status = { .status = exit->status, .exit_type = "GracefulExit" };

        json_write(&text, doc_exit_status_fields, &status);
        return text.data;
}

static HRESULT wait_process(HCS_PROCESS process, DWORD timeout_ms, PWSTR *result)
{
        return process ? wait_exit(exit_of(process), timeout_ms, result, exited_status) : E_INVALID_PARAMETER;
}

static HRESULT wait_system(HCS_SYSTEM system, DWORD timeout_ms, PWSTR *result)
{
        return system ? wait_exit(&system->init, timeout_ms, result, system_status) : E_INVALID_PARAMETER;
}

static HRESULT set_system_callback(HCS_SYSTEM system, HCS_EVENT_OPTIONS options, const void *context,
                                   HCS_EVENT_CALLBACK callback)
{
        struct cgroup_memory_watch memory = CGROUP_MEMORY_WATCH_NONE;
        struct error err = { 0 };
        int r;

        if (!system || ((int)options & ~(int)HCS_EVENT_OPTION_MEMORY) || !callback)
                return E_INVALID_PARAMETER;
        r = (int)options ? local_system_watch_memory(system, &memory, &err) : 0;
        if (r >= 0)
                r = local_exit_watch(&system->init, &memory, HcsEventSystemExited, callback, context, &err);
        return r < 0 ? r : S_OK;
}

static HRESULT set_process_callback(HCS_PROCESS process, HCS_EVENT_OPTIONS options, void *context,
                                    HCS_EVENT_CALLBACK callback)
{
        struct error err = { 0 };
        int r;

        if (!process || options != HcsEventOptionNone || !callback)
                return E_INVALID_PARAMETER;
        r = local_exit_watch(exit_of(process), NULL, HcsEventProcessExited, callback, context, &err);
        return r < 0 ? r : S_OK;
}

static void *local_free(void *memory)
{
        free(memory);
        return NULL;
}

const struct hcs_api *local_api(void)
{
        static const struct hcs_api api = {
                .name = "local",
                .EnumerateComputeSystemsInNamespace = enumerate,
                .CreateComputeSystemInNamespace = create_system,
                .OpenComputeSystemInNamespace = open_system,
                .CloseComputeSystem = local_system_free,
                .StartComputeSystem = start_system,
                .TerminateComputeSystem = terminate_system,
                .PauseComputeSystem = pause_system,
                .ResumeComputeSystem = resume_system,
                .SaveComputeSystem = save_system,
                .ModifyComputeSystem = modify_system,
                .GetComputeSystemProperties = system_properties,
                .WaitForComputeSystemExit = wait_system,
                .SetComputeSystemCallback = set_system_callback,
                .CreateProcess = create_process,
                .OpenProcess = open_process,
                .CloseProcess = close_process,
                .SignalProcess = signal_process,
                .TerminateProcess = terminate_process,
                .GetProcessProperties = process_properties,
                .WaitForProcessExit = wait_process,
                .SetProcessCallback = set_process_callback,
                .CreateOperation = local_create_operation,
                .CloseOperation = local_close_operation,
                .AddResourceToOperation = local_add_resource,
                .WaitForOperationResult = local_wait_for_result,
                .WaitForOperationResultAndProcessInfo = local_wait_for_result_and_info,
                .LocalFree = local_free,
                .CreateNamespace = create_namespace,
                .CloseNamespace = close_namespace,
        };

        return &api;
}
