/* Operations: where a request waits until somebody asks what it came to.
 *
 * A request is carried out as late as the rules allow: when its answer is first asked for, or when the operation is
 * closed.  So a client that takes "accepted" for "done" sees it at once.  Only a completion callback makes it happen by
 * itself, on a thread of the service. */
#include <stdio.h>
#include <string.h>

#include "hcs/base/utf16.h"
#include "hcs/fake/world.h"

HCS_OPERATION fake_create_operation(const void *context, HCS_OPERATION_COMPLETION completion)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct hcs_operation_object *operation;
        struct fake_fault fault;

        fake_count(world, "CreateOperation", &fault);
        if (fault.code < 0)
                return NULL;
        operation = fake_handle_new(world, FAKE_OPERATION_HANDLE, sizeof(*operation));
        if (operation) {
                operation->context = context;
                operation->completion = completion;
        }
        return operation;
}

/* --- carrying out ------------------------------------------------------------------------------------------------- */

/* The service's words about a failure: the JSON path stands in an event, as there. */
static void error_document(const struct error *err, struct text *out)
{
        struct doc_error_event event = { .message = err->text, .source = "fake" };
        struct doc_result result = { .error = err->code, .error_message = err->text };

        if (err->code == E_INVALID_DATA || err->code == HCS_E_INVALID_JSON) {
                result.error_message = "The document is not valid.";
                result.error_events.items = &event;
                result.error_events.count = 1;
        }
        json_write(out, doc_result_fields, &result);
}

static const char16_t *choose_answer(struct fake_world *world, const struct fake_fault *fault, const struct text *own)
{
        if (fault->no_result)
                return NULL;
        if (fault->raw_result)
                return fault->raw_result;
        if (fault->result)
                return fake_widen(world, fault->result);
        return own->length && !own->failed ? fake_widen(world, own->data) : NULL;
}

PWSTR fake_answer(struct fake_world *world, const struct fake_fault *fault, const struct text *own)
{
        const char16_t *chosen = choose_answer(world, fault, own);

        return chosen ? fake_hand_out(world, chosen) : NULL;
}

void fake_settle(struct fake_world *world, struct hcs_operation_object *operation)
{
        _cleanup_(text_done) struct text out = { 0 };
        const struct fake_fault *fault = &operation->fault;
        struct error err = { 0 };

        if (!operation->used || operation->performed)
                return;
        operation->performed = true;
        if (operation->handle.dead) {
                operation->code = ERROR_CODE(0x8037011E);
                return;
        }
        if (fault->code >= 0 || fault->takes_effect) {
                int r = operation->request.perform(world, operation, &out, &err);

                operation->code = r < 0 ? err.code : S_OK;
                if (r < 0) {
                        text_clear(&out);
                        error_document(&err, &out);
                }
        }
        if (fault->code < 0) {
                operation->code = fault->code;
                text_clear(&out);
        }
        operation->result = choose_answer(world, fault, &out);
}

static void *complete(void *argument)
{
        struct hcs_operation_object *operation = argument;
        struct fake_world *world = fake_lock();

        fake_settle(world, operation);
        if (!operation->handle.closed) {
                operation->handle.listener.busy = true;
                operation->handle.listener.thread = pthread_self();
                fake_unlock(world);
                operation->completion(operation, (void *)(uintptr_t)operation->context);
                world = fake_lock();
                operation->handle.listener.busy = false;
        }
        world->threads--;
        pthread_cond_broadcast(&world->changed);
        fake_unlock(world);
        return NULL;
}

static HRESULT begin_completion(struct fake_world *world, struct hcs_operation_object *operation)
{
        pthread_t thread;

        if (pthread_create(&thread, NULL, complete, operation) != 0)
                return E_NO_MEMORY;
        pthread_detach(thread);
        world->threads++;
        return S_OK;
}

static HRESULT refuse_use(struct fake_world *world, struct hcs_operation_object *operation, const char *call)
{
        HRESULT code = fake_check(world, call, operation, FAKE_OPERATION_HANDLE);

        if (code < 0)
                return code;
        if (operation->used && !operation->performed) {
                fake_misused(world, "%s with an operation that is in use", call);
                return HCS_E_OPERATION_ALREADY_STARTED;
        }
        return S_OK;
}

/* What a request is about, for the journal. */
static const char *subject_of(struct fake_world *world, const struct fake_request *request)
{
        if (request->process && request->process->process)
                return arena_printf(&world->arena, "%s/%u", request->process->system->id,
                                    request->process->process->pid);
        if (request->system && request->system->system)
                return request->system->system->id;
        return request->id;
}

HRESULT fake_accept(struct hcs_operation_object *operation, const struct fake_request *request)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct fake_fault fault;
        HRESULT code;

        fake_count(world, request->call, &fault);
        fake_note(world, request->call, subject_of(world, request), request->document);
        code = refuse_use(world, operation, request->call);
        if (code >= 0 && request->system)
                code = fake_check(world, request->call, request->system, FAKE_SYSTEM_HANDLE);
        if (code >= 0 && request->process)
                code = fake_check(world, request->call, request->process, FAKE_PROCESS_HANDLE);
        if (code < 0)
                return code;
        if (fault.at_once)
                return fault.code;

        operation->request = *request;
        operation->fault = fault;
        operation->delay_ms = fault.delay_ms;
        operation->used = true;
        operation->performed = false;
        operation->code = S_OK;
        operation->result = NULL;
        return operation->completion && !fault.lost ? begin_completion(world, operation) : S_OK;
}

/* --- resources ---------------------------------------------------------------------------------------------------- */

HRESULT fake_add_resource(HCS_OPERATION operation, HCS_RESOURCE_TYPE type, PCWSTR uri, HANDLE resource)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct fake_fault fault;
        char subject[200];
        const char *address;
        HRESULT code;

        fake_count(world, "AddResourceToOperation", &fault);
        code = refuse_use(world, operation, "AddResourceToOperation");
        if (code < 0 || fault.code < 0)
                return code < 0 ? code : fault.code;
        address = fake_narrow(world, uri);
        if (!address || (intptr_t)resource < 0 || (type != HcsResourceTypeFile && type != HcsResourceTypeSocket))
                return E_INVALID_PARAMETER;

        (void)snprintf(subject, sizeof(subject), "%s %s %lld", address, type == HcsResourceTypeFile ? "file" : "socket",
                       (long long)(intptr_t)resource);
        fake_note(world, "AddResourceToOperation", subject, NULL);
        operation->has_resources = true;
        return S_OK;
}

/* --- waiting ------------------------------------------------------------------------------------------------------ */

/* Lets time pass; false when it was not enough. */
static bool is_answered(struct fake_world *world, struct hcs_operation_object *operation, DWORD timeout_ms)
{
        if (operation->performed && !operation->fault.lost)
                return true;
        if (operation->fault.lost) {
                fake_settle(world, operation);
                if (timeout_ms == INFINITE)
                        fake_misused(world, "%s is waited for without end", operation->request.call);
        }
        if (operation->fault.lost || (timeout_ms != INFINITE && operation->delay_ms > timeout_ms)) {
                operation->delay_ms -= operation->fault.lost ? 0 : timeout_ms;
                world->waited_ms += timeout_ms;
                return false;
        }
        world->waited_ms += operation->delay_ms;
        operation->delay_ms = 0;
        fake_settle(world, operation);
        return true;
}

static HRESULT wait_for(const char *call, HCS_OPERATION operation, DWORD timeout_ms,
                        HCS_PROCESS_INFORMATION *information, PWSTR *result)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct fake_fault fault;
        HRESULT code;

        fake_count(world, call, &fault);
        code = fake_check(world, call, operation, FAKE_OPERATION_HANDLE);
        if (code < 0 || fault.code < 0)
                return code < 0 ? code : fault.code;
        if (!operation->used) {
                fake_misused(world, "%s of an operation that nothing was asked with", call);
                return HCS_E_OPERATION_NOT_STARTED;
        }
        if (!is_answered(world, operation, timeout_ms))
                return HCS_E_OPERATION_TIMEOUT;

        if (information) {
                if (strcmp(operation->request.call, "CreateProcess") != 0)
                        return HCS_E_PROCESS_INFO_NOT_AVAILABLE;
                *information = (HCS_PROCESS_INFORMATION){ .ProcessId = operation->code < 0 ? 0 : operation->pid };
        }
        if (result && operation->result) {
                *result = fake_hand_out(world, operation->result);
                if (!*result)
                        return ERROR_CODE(0x8037011A);
        }
        return operation->code;
}

HRESULT fake_wait_for_result(HCS_OPERATION operation, DWORD timeout_ms, PWSTR *result)
{
        return wait_for("WaitForOperationResult", operation, timeout_ms, NULL, result);
}

HRESULT fake_wait_for_result_and_info(HCS_OPERATION operation, DWORD timeout_ms, HCS_PROCESS_INFORMATION *information,
                                      PWSTR *result)
{
        return wait_for("WaitForOperationResultAndProcessInfo", operation, timeout_ms, information, result);
}

void fake_close_operation(HCS_OPERATION operation)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct fake_fault fault;
        HRESULT code;

        fake_count(world, "CloseOperation", &fault);
        code = fake_check(world, "CloseOperation", operation, FAKE_OPERATION_HANDLE);
        if (code == ERROR_CODE(0x80070006))
                return;
        fake_settle(world, operation);          /* nobody will hear what it comes to */
        operation->handle.closed = true;
        fake_await_silence(world, &operation->handle);
}
