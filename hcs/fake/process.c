/* The calls about processes of a system. */
#include <string.h>

#include "hcs/fake/world.h"

struct fake_process *fake_process_new(struct fake_world *world, struct fake_system *system)
{
        struct fake_process *process = arena_alloc(&world->arena, sizeof(*process));

        if (!process)
                return NULL;
        process->pid = ++world->last_pid;
        process->next = system->processes;
        return system->processes = process;
}

static struct fake_process *process_of(const struct hcs_operation_object *operation, struct error *err)
{
        struct fake_process *process = operation->request.process->process;

        if (!process)
                (void)error_set(err, HCS_E_INVALID_STATE, "%s on a process that was not created",
                                operation->request.call);
        return process;
}

/* --- create, open, close ------------------------------------------------------------------------------------------ */

/* Without descriptors of its own it is the first process that is meant, and that is started once. */
static int create(struct fake_world *world, struct hcs_operation_object *operation, struct text *out, struct error *err)
{
        struct fake_system *system = operation->request.system->system;
        struct hcs_process_object *handle = operation->request.process;
        struct doc_process parameters = { 0 };
        struct fake_process *process;
        int r;

        (void)out;
        if (!system)
                return error_set(err, HCS_E_INVALID_STATE, "CreateProcess in a system that was not created");
        r = fake_read(world, operation->request.document, doc_process_fields, &parameters, err);
        if (r >= 0)
                r = fake_need_state(system, "CreateProcess", 1u << FAKE_RUNNING, err);
        if (r < 0)
                return r;

        process = operation->has_resources ? fake_process_new(world, system) : fake_first(system);
        if (!process)
                return error_memory(err);
        if (!operation->has_resources && !process->waits)
                return error_set(err, HCS_E_INVALID_STATE, "the first process runs already");
        process->waits = false;
        handle->system = system;
        handle->process = process;
        operation->pid = process->pid;
        return 0;
}

HRESULT fake_create_process(HCS_SYSTEM system, PCWSTR parameters, HCS_OPERATION operation, const SECURITY_DESCRIPTOR *security,
                            HCS_PROCESS *ret)
{
        struct fake_request request = { .call = "CreateProcess", .perform = create };
        struct hcs_process_object *process;
        struct fake_world *world;
        HRESULT code;

        if (!parameters || security || !ret)
                return E_INVALID_PARAMETER;
        world = fake_lock();
        process = fake_handle_new(world, FAKE_PROCESS_HANDLE, sizeof(*process));
        fake_unlock(world);
        if (!process)
                return E_NO_MEMORY;

        request.process = process;
        code = fake_ask_system(system, operation, parameters, request);
        if (code < 0)
                process->handle.closed = true;  /* it was never given out */
        else
                *ret = process;
        return code;
}

HRESULT fake_open_process(HCS_SYSTEM system, DWORD pid, DWORD access, HCS_PROCESS *ret)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct fake_process *process;
        struct hcs_process_object *handle;
        struct fake_fault fault;
        HRESULT code;

        fake_count(world, "OpenProcess", &fault);
        code = fake_check(world, "OpenProcess", system, FAKE_SYSTEM_HANDLE);
        if (code >= 0)
                fake_note(world, "OpenProcess",
                          arena_printf(&world->arena, "%s/%u", system->system ? system->system->id : "", pid), NULL);
        if (code < 0 || fault.code < 0)
                return code < 0 ? code : fault.code;
        if (access != GENERIC_ALL || !ret)
                return E_INVALID_PARAMETER;
        process = system->system ? system->system->processes : NULL;
        while (process && process->pid != pid)
                process = process->next;
        if (!process || process->exited)
                return E_NOT_FOUND;
        handle = fake_handle_new(world, FAKE_PROCESS_HANDLE, sizeof(*handle));
        if (!handle)
                return E_NO_MEMORY;
        handle->system = system->system;
        handle->process = process;
        *ret = handle;
        return S_OK;
}

void fake_close_process(HCS_PROCESS handle)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct fake_fault fault;

        fake_count(world, "CloseProcess", &fault);
        if (fake_check(world, "CloseProcess", handle, FAKE_PROCESS_HANDLE) == ERROR_CODE(0x80070006))
                return;
        fake_note(world, "CloseProcess",
                  handle->process ? arena_printf(&world->arena, "%s/%u", handle->system->id, handle->process->pid)
                                  : NULL,
                  NULL);
        handle->handle.closed = true;
        fake_await_silence(world, &handle->handle);
        pthread_cond_broadcast(&world->changed);
}

/* --- requests ----------------------------------------------------------------------------------------------------- */

static HRESULT ask(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR document, struct fake_request request)
{
        struct fake_world *world = fake_lock();
        HRESULT code = fake_check(world, request.call, process, FAKE_PROCESS_HANDLE);

        request.process = process;
        request.document = code >= 0 ? fake_narrow(world, document) : NULL;
        fake_unlock(world);
        return code < 0 ? code : fake_accept(operation, &request);
}

static int signal_one(struct fake_world *world, struct fake_system *system, struct fake_process *process,
                      uint32_t signal, struct error *err)
{
        /* What a program does about a signal is its own affair; two of them end it here. */
        if (signal != 9 && signal != 15)
                return 0;
        return fake_end(world, system, process, 128 + (int)signal, err);
}

static int signal_process(struct fake_world *world, struct hcs_operation_object *operation, struct text *out,
                          struct error *err)
{
        struct fake_process *process = process_of(operation, err);
        struct doc_signal wanted = { 0 };
        int r;

        (void)out;
        if (!process)
                return err->code;
        r = fake_read(world, operation->request.document, doc_signal_fields, &wanted, err);
        if (r < 0)
                return r;
        if (process->exited)
                return error_set(err, HCS_E_PROCESS_ALREADY_STOPPED, "the process has exited already");
        if (!wanted.all)
                return signal_one(world, operation->request.process->system, process, wanted.signal, err);
        for (process = operation->request.process->system->processes; process && r >= 0; process = process->next)
                r = signal_one(world, operation->request.process->system, process, wanted.signal, err);
        return r;
}

HRESULT fake_signal_process(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR options)
{
        return ask(process, operation, options,
                   (struct fake_request){ .call = "SignalProcess", .perform = signal_process });
}

static int terminate(struct fake_world *world, struct hcs_operation_object *operation, struct text *out,
                     struct error *err)
{
        struct fake_process *process = process_of(operation, err);

        (void)out;
        if (!process)
                return err->code;
        if (process->exited)
                return error_set(err, HCS_E_PROCESS_ALREADY_STOPPED, "the process has exited already");
        return fake_end(world, operation->request.process->system, process, 137, err);
}

HRESULT fake_terminate_process(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR options)
{
        if (options)
                return E_INVALID_PARAMETER;
        return ask(process, operation, NULL, (struct fake_request){ .call = "TerminateProcess", .perform = terminate });
}

static int properties(struct fake_world *world, struct hcs_operation_object *operation, struct text *out,
                      struct error *err)
{
        const struct fake_process *process = process_of(operation, err);

        (void)world;
        if (!process)
                return err->code;
        fake_process_status(process, out);
        return text_check(out, err);
}

HRESULT fake_process_properties(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR query)
{
        return ask(process, operation, query,
                   (struct fake_request){ .call = "GetProcessProperties", .perform = properties });
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

HRESULT fake_wait_process(HCS_PROCESS handle, DWORD timeout_ms, PWSTR *result)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        _cleanup_(text_done) struct text status = { 0 };
        struct fake_fault fault;
        HRESULT code;

        fake_count(world, "WaitForProcessExit", &fault);
        code = fake_check(world, "WaitForProcessExit", handle, FAKE_PROCESS_HANDLE);
        if (code < 0 || fault.code < 0)
                return code < 0 ? code : fault.code;
        if (!handle->process)
                return HCS_E_INVALID_STATE;
        code = fake_await(world, &handle->process->exited, &handle->handle, timeout_ms);
        if (code >= 0 && result) {
                fake_process_status(handle->process, &status);
                *result = fake_answer(world, &fault, &status);
        }
        return code;
}

HRESULT fake_set_process_callback(HCS_PROCESS handle, HCS_EVENT_OPTIONS options, void *context,
                                  HCS_EVENT_CALLBACK callback)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct error err = { 0 };
        struct fake_fault fault;
        HRESULT code;

        fake_count(world, "SetProcessCallback", &fault);
        code = fake_check(world, "SetProcessCallback", handle, FAKE_PROCESS_HANDLE);
        if (code < 0 || fault.code < 0)
                return code < 0 ? code : fault.code;
        if (options != HcsEventOptionNone)
                return E_INVALID_PARAMETER;
        code = fake_listen(world, &handle->handle, context, callback);
        if (code >= 0 && handle->process && handle->process->exited)
                code = fake_tell_process(world, handle, &err);
        return code;
}
