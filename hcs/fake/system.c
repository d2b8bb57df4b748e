/* The calls about compute systems. */
#include <string.h>

#include "hcs/fake/world.h"

static const char *const state_words[] = {
        [FAKE_CREATED] = "Created", [FAKE_RUNNING] = "Running", [FAKE_PAUSED] = "Paused", [FAKE_STOPPED] = "Stopped",
};

/* --- shared with process.c ---------------------------------------------------------------------------------------- */

struct fake_system *fake_find(struct fake_world *world, const char *space, const char *id)
{
        for (struct fake_system *system = world->systems; system; system = system->next)
                if (!system->terminated && strcmp(system->id, id) == 0 &&
                    (!space || strcmp(system->space, space) == 0) &&
                    !(world->forget_stopped && system->state == FAKE_STOPPED))
                        return system;
        return NULL;
}

int fake_read(struct fake_world *world, const char *document, const struct json_field *fields, void *object,
              struct error *err)
{
        struct json_value *value;
        int r;

        if (!document)
                return 0;
        r = json_parse(&world->arena, document, strlen(document), "Invalid JSON document '$'", &value, err);
        if (r < 0) {
                err->code = HCS_E_INVALID_JSON;
                return err->code;
        }
        r = json_read(&world->arena, fields, value, object, "$", JSON_REFUSE_UNKNOWN, err);
        return r < 0 ? error_wrap(err, "Invalid JSON document") : 0;
}

int fake_need_state(const struct fake_system *system, const char *call, unsigned states, struct error *err)
{
        if (states & (1u << system->state))
                return 0;
        return error_set(err, system->state == FAKE_STOPPED ? HCS_E_SYSTEM_ALREADY_STOPPED : HCS_E_INVALID_STATE,
                         "%s is not possible while the system is %s", call, state_words[system->state]);
}

/* --- requests ----------------------------------------------------------------------------------------------------- */

static struct fake_system *system_of(const struct hcs_operation_object *operation, struct error *err)
{
        struct fake_system *system = operation->request.system->system;

        if (!system)
                (void)error_set(err, HCS_E_INVALID_STATE, "%s on a system that was not created",
                                operation->request.call);
        return system;
}

/* A system whose creation nobody has waited for is not there yet and may only be told to end.  The service takes the
 * requests about one handle in their order. */
static void check_creation(struct fake_world *world, const struct hcs_system_object *system, const char *call)
{
        if (!system->creation || system->creation->performed)
                return;
        if (strcmp(call, "TerminateComputeSystem") == 0)
                fake_settle(world, system->creation);
        else
                fake_misused(world, "%s before the creation of the system was waited for", call);
}

HRESULT fake_ask_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR document, struct fake_request request)
{
        struct fake_world *world = fake_lock();
        HRESULT code = fake_check(world, request.call, system, FAKE_SYSTEM_HANDLE);

        if (code >= 0) {
                check_creation(world, system, request.call);
                request.system = system;
                request.document = fake_narrow(world, document);
        }
        fake_unlock(world);
        return code < 0 ? code : fake_accept(operation, &request);
}

/* --- create, open, close ------------------------------------------------------------------------------------------ */

static int create(struct fake_world *world, struct hcs_operation_object *operation, struct text *out, struct error *err)
{
        const struct fake_request *request = &operation->request;
        struct fake_system *system;
        int r;

        (void)out;
        if (fake_find(world, request->space, request->id))
                return error_set(err, HCS_E_SYSTEM_ALREADY_EXISTS, "a system named \"%s\" exists already", request->id);
        system = arena_alloc(&world->arena, sizeof(*system));
        if (!system)
                return error_memory(err);
        r = fake_read(world, request->document, doc_system_fields, &system->document, err);
        if (r < 0)
                return r;
        system->space = request->space;
        system->id = request->id;
        system->next = world->systems;
        world->systems = system;
        request->system->system = system;
        return 0;
}

/* The handle is there at once and stays when the creation is refused: it wants closing in any case. */
HRESULT fake_create_system(PCWSTR space, PCWSTR id, PCWSTR configuration, HCS_OPERATION operation, const HCS_CREATE_OPTIONS *options,
                           HCS_SYSTEM *ret)
{
        struct fake_request request = { .call = "CreateComputeSystem", .perform = create };
        struct hcs_system_object *system;
        struct fake_world *world;
        HRESULT code;

        if (!space || !id || !*id || !configuration || options || !ret)
                return E_INVALID_PARAMETER;
        world = fake_lock();
        request.space = fake_narrow(world, space);
        request.id = fake_narrow(world, id);
        request.document = fake_narrow(world, configuration);
        system = request.space && request.id && request.document ?
                 fake_handle_new(world, FAKE_SYSTEM_HANDLE, sizeof(*system)) : NULL;
        fake_unlock(world);
        if (!system)
                return E_NO_MEMORY;

        request.system = system;
        system->creation = operation;
        code = fake_accept(operation, &request);
        if (code < 0)
                system->handle.closed = true;   /* it was never given out */
        else
                *ret = system;
        return code;
}

HRESULT fake_open_system(PCWSTR space, PCWSTR id, DWORD access, HCS_SYSTEM *ret)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct hcs_system_object *handle;
        struct fake_system *system;
        struct fake_fault fault;
        const char *name = id ? fake_narrow(world, id) : NULL;

        fake_count(world, "OpenComputeSystem", &fault);
        fake_note(world, "OpenComputeSystem", name, NULL);
        if (fault.code < 0)
                return fault.code;
        if (!space || !name || access != GENERIC_ALL || !ret)
                return E_INVALID_PARAMETER;
        system = fake_find(world, fake_narrow(world, space), name);
        if (!system)
                return HCS_E_SYSTEM_NOT_FOUND;
        handle = fake_handle_new(world, FAKE_SYSTEM_HANDLE, sizeof(*handle));
        if (!handle)
                return E_NO_MEMORY;
        handle->system = system;
        *ret = handle;
        return S_OK;
}

static bool is_open_elsewhere(const struct fake_world *world, const struct fake_system *system)
{
        for (const struct fake_handle *handle = world->handles; handle; handle = handle->next)
                if (handle->kind == FAKE_SYSTEM_HANDLE && !handle->closed &&
                    ((const struct hcs_system_object *)handle)->system == system)
                        return true;
        return false;
}

void fake_close_system(HCS_SYSTEM handle)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct fake_fault fault;
        struct error ignored = { 0 };

        fake_count(world, "CloseComputeSystem", &fault);
        if (fake_check(world, "CloseComputeSystem", handle, FAKE_SYSTEM_HANDLE) == ERROR_CODE(0x80070006))
                return;
        fake_note(world, "CloseComputeSystem", handle->system ? handle->system->id : NULL, NULL);
        handle->handle.closed = true;
        fake_await_silence(world, &handle->handle);
        if (handle->system && handle->system->document.should_terminate_on_last_handle_closed &&
            !is_open_elsewhere(world, handle->system)) {
                (void)fake_end(world, handle->system, NULL, 137, &ignored);
                handle->system->terminated = true;
        }
        pthread_cond_broadcast(&world->changed);
}

/* --- start, stop, pause ------------------------------------------------------------------------------------------- */

/* As on Linux: the first process is there from the start on, and waits until CreateProcess lets it go. */
static int start(struct fake_world *world, struct hcs_operation_object *operation, struct text *out, struct error *err)
{
        struct fake_system *system = system_of(operation, err);
        struct fake_process *first;

        (void)out;
        if (!system || fake_need_state(system, operation->request.call, 1u << FAKE_CREATED, err) < 0)
                return err->code;
        first = fake_process_new(world, system);
        if (!first)
                return error_memory(err);
        first->waits = true;
        system->state = FAKE_RUNNING;
        return 0;
}

static int terminate(struct fake_world *world, struct hcs_operation_object *operation, struct text *out,
                     struct error *err)
{
        struct fake_system *system = system_of(operation, err);
        bool stopped;
        int r;

        (void)out;
        if (!system)
                return err->code;
        stopped = system->state == FAKE_STOPPED;
        system->terminated = true;
        r = fake_end(world, system, NULL, 137, err);
        if (r >= 0 && stopped)
                return error_set(err, HCS_E_SYSTEM_ALREADY_STOPPED, "the system has stopped already");
        return r;
}

static int move(struct hcs_operation_object *operation, enum fake_state from, enum fake_state to, struct error *err)
{
        struct fake_system *system = system_of(operation, err);

        if (!system || fake_need_state(system, operation->request.call, 1u << from, err) < 0)
                return err->code;
        system->state = to;
        return 0;
}

static int pause_it(struct fake_world *world, struct hcs_operation_object *operation, struct text *out,
                    struct error *err)
{
        (void)world;
        (void)out;
        return move(operation, FAKE_RUNNING, FAKE_PAUSED, err);
}

static int resume(struct fake_world *world, struct hcs_operation_object *operation, struct text *out, struct error *err)
{
        (void)world;
        (void)out;
        return move(operation, FAKE_PAUSED, FAKE_RUNNING, err);
}

HRESULT fake_start_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options)
{
        if (options)
                return E_INVALID_PARAMETER;
        return fake_ask_system(system, operation, NULL,
                               (struct fake_request){ .call = "StartComputeSystem", .perform = start });
}

HRESULT fake_terminate_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options)
{
        if (options)
                return E_INVALID_PARAMETER;
        return fake_ask_system(system, operation, NULL,
                               (struct fake_request){ .call = "TerminateComputeSystem", .perform = terminate });
}

HRESULT fake_pause_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options)
{
        if (options)
                return E_INVALID_PARAMETER;
        return fake_ask_system(system, operation, NULL,
                               (struct fake_request){ .call = "PauseComputeSystem", .perform = pause_it });
}

HRESULT fake_resume_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options)
{
        if (options)
                return E_INVALID_PARAMETER;
        return fake_ask_system(system, operation, NULL,
                               (struct fake_request){ .call = "ResumeComputeSystem", .perform = resume });
}

/* --- properties --------------------------------------------------------------------------------------------------- */

static int list_processes(struct fake_world *world, const struct fake_system *system, struct doc_properties *properties,
                          struct error *err)
{
        size_t count = 0;

        for (const struct fake_process *process = system->processes; process; process = process->next)
                count += !process->exited;
        properties->process_list.items =
                arena_alloc_array(&world->arena, count + 1, sizeof(*properties->process_list.items));
        if (!properties->process_list.items)
                return error_memory(err);
        for (const struct fake_process *process = system->processes; process; process = process->next)
                if (!process->exited)
                        properties->process_list.items[properties->process_list.count++].process_id = process->pid;
        return 0;
}

static int describe(struct fake_world *world, const struct fake_system *system, bool with_processes, struct text *out,
                    struct error *err)
{
        const struct fake_process *first = fake_first(system);
        struct doc_properties properties = {
                .id = system->id,
                .system_type = "Container",
                .runtime_os_type = "Linux",
                .owner = system->document.owner,
                .state = state_words[system->state],
                .stopped = system->state == FAKE_STOPPED,
        };
        int r = 0;

        if (first && !first->exited) {
                properties.init_process_id = first->pid;
                properties.init_state = first->waits ? DOC_INIT_WAITING : DOC_INIT_RUNNING;
        }
        if (system->state == FAKE_STOPPED)
                properties.exit_type = system->terminated ? "ForcedExit" : "GracefulExit";
        if (with_processes)
                r = list_processes(world, system, &properties, err);
        if (r < 0)
                return r;
        json_write(out, doc_properties_fields, &properties);
        return text_check(out, err);
}

static int properties(struct fake_world *world, struct hcs_operation_object *operation, struct text *out,
                      struct error *err)
{
        const struct fake_system *system = system_of(operation, err);
        struct doc_property_query query = { 0 };
        bool with_processes = false;
        int r;

        if (!system)
                return err->code;
        r = fake_read(world, operation->request.document, doc_property_query_fields, &query, err);
        if (r < 0)
                return r;
        for (size_t i = 0; i < query.property_types.count; i++) {
                if (strcmp(query.property_types.items[i], "ProcessList") != 0)
                        return error_set(err, E_NOT_SUPPORTED, "the fake knows nothing of \"%s\"",
                                         query.property_types.items[i]);
                with_processes = true;
        }
        return describe(world, system, with_processes, out, err);
}

HRESULT fake_system_properties(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR query)
{
        return fake_ask_system(system, operation, query,
                               (struct fake_request){ .call = "GetComputeSystemProperties", .perform = properties });
}

static bool is_listed(const struct strings *wanted, const char *word)
{
        for (size_t i = 0; i < wanted->count; i++)
                if (text_equal(wanted->items[i], word))
                        return true;
        return wanted->count == 0;
}

static int enumerate(struct fake_world *world, struct hcs_operation_object *operation, struct text *out,
                     struct error *err)
{
        const struct fake_request *request = &operation->request;
        struct doc_system_query query = { 0 };
        const char *comma = "";
        int r;

        r = fake_read(world, request->document, doc_system_query_fields, &query, err);
        text_add_char(out, '[');
        for (struct fake_system *system = world->systems; system && r >= 0; system = system->next) {
                if (fake_find(world, request->space, system->id) != system || !is_listed(&query.ids, system->id) ||
                    !is_listed(&query.owners, system->document.owner))
                        continue;
                text_add(out, comma);
                r = describe(world, system, false, out, err);
                comma = ",";
        }
        text_add_char(out, ']');
        return r;
}

HRESULT fake_enumerate(PCWSTR space, PCWSTR query, HCS_OPERATION operation)
{
        struct fake_request request = { .call = "EnumerateComputeSystems", .perform = enumerate };
        struct fake_world *world = fake_lock();

        request.space = fake_narrow(world, space);
        request.document = fake_narrow(world, query);
        fake_unlock(world);
        return request.space ? fake_accept(operation, &request) : E_INVALID_PARAMETER;
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

HRESULT fake_wait_system(HCS_SYSTEM handle, DWORD timeout_ms, PWSTR *result)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        _cleanup_(text_done) struct text status = { 0 };
        struct fake_fault fault;
        HRESULT code;

        fake_count(world, "WaitForComputeSystemExit", &fault);
        code = fake_check(world, "WaitForComputeSystemExit", handle, FAKE_SYSTEM_HANDLE);
        if (code < 0 || fault.code < 0)
                return code < 0 ? code : fault.code;
        if (!handle->system)
                return HCS_E_INVALID_STATE;
        code = fake_await(world, &handle->system->stopped, &handle->handle, timeout_ms);
        if (code >= 0 && result) {
                fake_system_status(handle->system, &status);
                *result = fake_answer(world, &fault, &status);
        }
        return code;
}

HRESULT fake_set_system_callback(HCS_SYSTEM handle, HCS_EVENT_OPTIONS options, const void *context,
                                 HCS_EVENT_CALLBACK callback)
{
        _cleanup_(fake_unlockp) struct fake_world *world = fake_lock();
        struct error err = { 0 };
        struct fake_fault fault;
        HRESULT code;

        fake_count(world, "SetComputeSystemCallback", &fault);
        code = fake_check(world, "SetComputeSystemCallback", handle, FAKE_SYSTEM_HANDLE);
        if (code < 0 || fault.code < 0)
                return code < 0 ? code : fault.code;
        if (options != HcsEventOptionNone)
                return E_INVALID_PARAMETER;
        code = fake_listen(world, &handle->handle, context, callback);
        if (code >= 0 && handle->system && handle->system->stopped)
                code = fake_tell_system(world, handle, &err);
        return code;
}
