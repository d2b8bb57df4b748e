/* Compute systems, as those above see them. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hcs/base/arena.h"
#include "hcs/client/operation.h"

/* --- handles ------------------------------------------------------------------------------------------------------ */

static int system_new(const struct hcs_client *client, const char *id, struct hcs_system **ret, struct error *err)
{
        size_t size = strlen(id) + 1;
        struct hcs_system *system = calloc(1, sizeof(*system) + size);

        if (!system)
                return error_memory(err);
        system->client = client;
        memcpy(system->id, id, size);
        *ret = system;
        return 0;
}

void hcs_system_close(struct hcs_system *system)
{
        if (!system || system->stays)
                return;
        if (!system->handle) {
                free(system);
                return;
        }
        hcs_log_call(system->client, system->id, "CloseComputeSystem", NULL);
        __atomic_store_n(&system->on_exit, NULL, __ATOMIC_RELEASE);
        hcs_plain_close_system(system);
}

void hcs_system_closep(struct hcs_system **system)
{
        hcs_system_close(*system);
}

const struct hcs_client *hcs_system_client(const struct hcs_system *system)
{
        return system->client;
}

/* --- create, open ------------------------------------------------------------------------------------------------- */

/* A system whose creation took too long may still come into being.  Nobody would know of it: it is told to end, and not
 * waited for. */
static void abandon(struct hcs_system *system)
{
        _cleanup_(hcs_operation_done) struct hcs_operation operation =
                HCS_OPERATION_FOR(system->client, system->id, "TerminateComputeSystem", HCS_LONG_MS);
        struct error ignored = { 0 };

        if (!system->handle || hcs_operation_begin(&operation, NULL, &ignored) < 0)
                return;
        (void)system->client->api->TerminateComputeSystem(system->handle, operation.handle, NULL);
}

/* Without a space of our own the service's is used, by the calls that every Windows has. */
static HRESULT call_create(const struct hcs_client *client, PCWSTR space, PCWSTR id, PCWSTR configuration,
                           HCS_OPERATION operation, HCS_SYSTEM *ret)
{
        if (!space)
                return client->api->CreateComputeSystem(id, configuration, operation, NULL, ret);
        return client->api->CreateComputeSystemInNamespace(space, id, configuration, operation, NULL, ret);
}

int hcs_system_create(const struct hcs_client *client, const char *id, const char *document, struct hcs_system **ret,
                      struct error *err)
{
        _cleanup_(hcs_system_closep) struct hcs_system *system = NULL;
        _cleanup_(hcs_operation_done) struct hcs_operation operation =
                HCS_OPERATION_FOR(client, id, "CreateComputeSystem", HCS_LONG_MS);
        _cleanup_(free_utf16p) char16_t *space = NULL, *name = NULL, *configuration = NULL;
        HRESULT called;
        int r;

        r = system_new(client, id, &system, err);
        if (r < 0)
                return r;
        r = hcs_widen(client->space, "the state directory", &space, err);
        if (r >= 0)
                r = hcs_widen(id, "the id", &name, err);
        if (r >= 0)
                r = hcs_widen(document, "the document", &configuration, err);
        if (r >= 0)
                r = hcs_operation_begin(&operation, document, err);
        if (r < 0)
                return r;

        /* A handle may come with a creation that is refused later: it is closed like any other. */
        called = call_create(client, space, name, configuration, operation.handle, &system->handle);
        r = hcs_operation_end(&operation, called, NULL, err);
        if (r == HCS_E_OPERATION_TIMEOUT)
                abandon(system);
        if (r < 0)
                return r;
        *ret = take_ptr(system);
        return 0;
}

int hcs_system_open(const struct hcs_client *client, const char *id, struct hcs_system **ret, struct error *err)
{
        _cleanup_(hcs_system_closep) struct hcs_system *system = NULL;
        HRESULT code;
        int r;

        r = system_new(client, id, &system, err);
        if (r < 0)
                return r;
        hcs_log_call(client, id, "OpenComputeSystem", NULL);
        r = hcs_plain_open_system(client, id, &system->handle, &code, err);
        if (r < 0)
                return r;
        if (code == HCS_E_SYSTEM_NOT_FOUND)
                return HCS_NOT_FOUND;
        if (code < 0)
                return hcs_refused(client, "OpenComputeSystem", code, NULL, err);
        *ret = take_ptr(system);
        return 0;
}

/* --- the service -------------------------------------------------------------------------------------------------- */

int hcs_service_properties(const struct hcs_client *client, const char *query, char **ret, struct error *err)
{
        _cleanup_(free_charp) char *document = NULL;
        HRESULT code;
        int r;

        if (!client->api->GetServiceProperties)
                return error_set(err, E_NOT_SUPPORTED, "GetServiceProperties: this engine does not have it");
        r = hcs_plain_ask(client, "GetServiceProperties", client->api->GetServiceProperties, query, &document, &code, err);
        if (r < 0)
                return r;
        if (code < 0)
                return hcs_refused(client, "GetServiceProperties", code, document, err);
        if (!document)
                return error_set(err, E_INVALID_DATA, "GetServiceProperties: the service gave no answer");
        *ret = take_ptr(document);
        return 0;
}

int hcs_service_modify(const struct hcs_client *client, const char *settings, struct error *err)
{
        _cleanup_(free_charp) char *document = NULL;
        HRESULT code;
        int r;

        if (!client->api->ModifyServiceSettings)
                return error_set(err, E_NOT_SUPPORTED, "ModifyServiceSettings: this engine does not have it");
        r = hcs_plain_ask(client, "ModifyServiceSettings", client->api->ModifyServiceSettings, settings, &document, &code, err);
        return r < 0 ? r : code < 0 ? hcs_refused(client, "ModifyServiceSettings", code, document, err) : 0;
}

/* --- start, stop, pause ------------------------------------------------------------------------------------------- */

typedef HRESULT (WINAPI *system_call)(HCS_SYSTEM, HCS_OPERATION, PCWSTR options);

/* A request about a system that has no document. */
static int request(struct hcs_system *system, const char *name, system_call call, uint32_t deadline_ms,
                   struct error *err)
{
        _cleanup_(hcs_operation_done) struct hcs_operation operation =
                HCS_OPERATION_FOR(system->client, system->id, name, deadline_ms);
        int r;

        r = hcs_operation_begin(&operation, NULL, err);
        if (r < 0)
                return r;
        return hcs_operation_end(&operation, call(system->handle, operation.handle, NULL), NULL, err);
}

int hcs_system_start(struct hcs_system *system, const struct hcs_streams *streams, struct error *err)
{
        _cleanup_(hcs_operation_done) struct hcs_operation operation =
                HCS_OPERATION_FOR(system->client, system->id, "StartComputeSystem", HCS_LONG_MS);
        HRESULT called;
        int r;

        r = hcs_operation_begin(&operation, NULL, err);
        if (r >= 0 && streams)
                r = hcs_streams_add(&operation, streams, false, err);
        if (r < 0)
                return r;
        called = system->client->api->StartComputeSystem(system->handle, operation.handle, NULL);
        return hcs_operation_end(&operation, called, NULL, err);
}

int hcs_system_terminate(struct hcs_system *system, struct error *err)
{
        int r;

        r = request(system, "TerminateComputeSystem", system->client->api->TerminateComputeSystem, HCS_LONG_MS, err);
        switch (r) {
        case HCS_E_SYSTEM_ALREADY_STOPPED:
        case HCS_E_SYSTEM_NOT_FOUND:
                return HCS_ALREADY_STOPPED;
        case ERROR_CODE(0x80370107):            /* "was terminated": that is what was asked */
                return 0;
        default:
                return r;
        }
}

int hcs_system_shut_down(struct hcs_system *system, struct error *err)
{
        if (!system->client->api->ShutDownComputeSystem)
                return error_set(err, E_NOT_SUPPORTED, "ShutDownComputeSystem: this engine does not have it");
        return request(system, "ShutDownComputeSystem", system->client->api->ShutDownComputeSystem, HCS_LONG_MS, err);
}

int hcs_system_modify(struct hcs_system *system, const char *document, struct error *err)
{
        _cleanup_(hcs_operation_done) struct hcs_operation operation =
                HCS_OPERATION_FOR(system->client, system->id, "ModifyComputeSystem", HCS_LONG_MS);
        _cleanup_(free_utf16p) char16_t *settings = NULL;
        int r;

        if (!system->client->api->ModifyComputeSystem)
                return error_set(err, E_NOT_SUPPORTED, "ModifyComputeSystem: this engine does not have it");
        r = hcs_widen(document, "the settings", &settings, err);
        if (r >= 0)
                r = hcs_operation_begin(&operation, document, err);
        if (r < 0)
                return r;
        return hcs_operation_end(&operation, system->client->api->ModifyComputeSystem(system->handle, operation.handle, settings,
                                                                                      NULL), NULL, err);
}

int hcs_system_save(struct hcs_system *system, const char *options, struct error *err)
{
        _cleanup_(hcs_operation_done) struct hcs_operation operation =
                HCS_OPERATION_FOR(system->client, system->id, "SaveComputeSystem", HCS_LONG_MS);
        _cleanup_(free_utf16p) char16_t *wishes = NULL;
        int r;

        if (!system->client->api->SaveComputeSystem)
                return error_set(err, E_NOT_SUPPORTED, "SaveComputeSystem: this engine does not have it");
        r = hcs_widen(options, "the save options", &wishes, err);
        if (r >= 0)
                r = hcs_operation_begin(&operation, options, err);
        if (r < 0)
                return r;
        return hcs_operation_end(&operation, system->client->api->SaveComputeSystem(system->handle, operation.handle, wishes), NULL, err);
}

int hcs_system_pause(struct hcs_system *system, struct error *err)
{
        return request(system, "PauseComputeSystem", system->client->api->PauseComputeSystem, HCS_SHORT_MS, err);
}

int hcs_system_resume(struct hcs_system *system, struct error *err)
{
        return request(system, "ResumeComputeSystem", system->client->api->ResumeComputeSystem, HCS_SHORT_MS, err);
}

/* --- properties --------------------------------------------------------------------------------------------------- */

/* Services write the state as they like; above here it has one spelling.  One that is not told counts as stopped. */
static void settle_state(struct doc_properties *properties)
{
        static const char *const states[] = { "Created", "Running", "Paused", "Stopped" };

        if (!properties->state)
                properties->state = "Stopped";
        for (size_t i = 0; i < ARRAY_LENGTH(states); i++)
                if (strcasecmp(properties->state, states[i]) == 0)
                        properties->state = states[i];
        if (strcmp(properties->state, "Stopped") == 0)
                properties->stopped = true;
}

static int properties_read(struct arena *arena, const char *document, struct doc_properties *ret, struct error *err)
{
        struct doc_properties properties = { 0 };
        struct json_value *value;
        int r;

        if (!document)
                return error_set(err, E_INVALID_DATA, "GetComputeSystemProperties: the service gave no answer");
        r = json_parse(arena, document, strlen(document), "the service's answer", &value, err);
        if (r >= 0)
                r = json_read(arena, doc_properties_fields, value, &properties, "$", JSON_IGNORE_UNKNOWN, err);
        if (r < 0)
                return error_wrap(err, "GetComputeSystemProperties");
        settle_state(&properties);
        *ret = properties;
        return 0;
}

static int ask(struct hcs_system *system, const char *query, struct arena *arena, struct doc_properties *ret, struct error *err)
{
        _cleanup_(hcs_operation_done) struct hcs_operation operation =
                HCS_OPERATION_FOR(system->client, system->id, "GetComputeSystemProperties", HCS_SHORT_MS);
        _cleanup_(free_utf16p) char16_t *question = NULL;
        _cleanup_(free_charp) char *document = NULL;
        HRESULT called;
        int r = query ? hcs_widen(query, "the query", &question, err) : 0;

        if (r >= 0)
                r = hcs_operation_begin(&operation, query, err);
        if (r < 0)
                return r;
        called = system->client->api->GetComputeSystemProperties(system->handle, operation.handle, question);
        r = hcs_operation_end(&operation, called, &document, err);
        return r < 0 ? r : properties_read(arena, document, ret, err);
}

int hcs_system_properties(struct hcs_system *system, bool with_processes, struct arena *arena,
                          struct doc_properties *ret, struct error *err)
{
        return ask(system, with_processes ? "{\"PropertyTypes\":[\"ProcessList\"]}" : NULL, arena, ret, err);
}

int hcs_system_statistics(struct hcs_system *system, struct arena *arena, const struct statistics **ret, struct error *err)
{
        struct doc_properties properties = { 0 };
        int r = ask(system, "{\"PropertyTypes\":[\"LinuxStatistics\"]}", arena, &properties, err);

        if (r >= 0)
                *ret = properties.linux_statistics;
        return r;
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static bool is_gone(HRESULT code)
{
        return code == HCS_E_SYSTEM_NOT_FOUND || code == HCS_E_SYSTEM_ALREADY_STOPPED;
}

static int ask_whether_stopped(void *object, int *ret_code, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct doc_properties properties;
        int r;

        (void)ret_code;
        r = hcs_system_properties(object, false, &arena, &properties, err);
        if (r < 0)
                return is_gone(r) ? 0 : r;
        return properties.stopped ? 0 : HCS_STILL_RUNNING;
}

int hcs_system_wait(struct hcs_system *system, uint32_t timeout_ms, struct error *err)
{
        const struct hcs_client *client = system->client;
        PWSTR result = NULL;
        HRESULT code;

        hcs_log_call(client, system->id, "WaitForComputeSystemExit", NULL);
        if (!client->api->WaitForComputeSystemExit)
                return hcs_poll_exit(ask_whether_stopped, system, timeout_ms, NULL, err);

        code = hcs_code(client->api->WaitForComputeSystemExit(system->handle, timeout_ms, &result));
        if (result)
                client->api->LocalFree(result);
        if (hcs_is_time_over(code))
                return HCS_STILL_RUNNING;
        if (code < 0 && !is_gone(code))
                return hcs_refused(client, "WaitForComputeSystemExit", code, NULL, err);
        return 0;
}

#define EVENT_SERVICE_DISCONNECT 0x02000000u    /* the service has died, and no other event will ever come */

/* On a thread of the service.  The callback may close the handle, so nothing of it is touched after that. */
static void CALLBACK hear(HCS_EVENT *event, void *context)
{
        struct hcs_system *system = context;
        void (*fn)(void *context);

        if (event->Type == HCS_EVENT_OUT_OF_MEMORY && system->on_out_of_memory)
                system->on_out_of_memory(system->context);
        if (event->Type != HcsEventSystemExited && (uint32_t)event->Type != EVENT_SERVICE_DISCONNECT)
                return;
        fn = __atomic_exchange_n(&system->on_exit, NULL, __ATOMIC_ACQ_REL);
        if (fn)
                fn(system->context);
}

static int listen(struct hcs_system *system, HCS_EVENT_OPTIONS options, void (*on_exit)(void *context), void *context,
                  struct error *err)
{
        const struct hcs_client *client = system->client;
        HRESULT code;

        hcs_log_call(client, system->id, "SetComputeSystemCallback", NULL);
        system->listens = true;
        system->context = context;
        __atomic_store_n(&system->on_exit, on_exit, __ATOMIC_RELEASE);

        /* If it has exited already, the callback may have closed the handle by the time that this returns. */
        code = client->api->SetComputeSystemCallback(system->handle, options, system, hear);
        if (code >= 0)
                return 0;
        system->listens = false;
        return hcs_refused(client, "SetComputeSystemCallback", code, NULL, err);
}

static int refuse_second(const struct hcs_system *system, struct error *err)
{
        return error_set(err, HCS_E_CALLBACK_ALREADY_SET, "somebody listens for the exit of \"%s\" already", system->id);
}

int hcs_system_on_exit(struct hcs_system *system, void (*fn)(void *context), void *context, struct error *err)
{
        return system->listens ? refuse_second(system, err) : listen(system, HcsEventOptionNone, fn, context, err);
}

int hcs_system_on_events(struct hcs_system *system, void (*on_exit)(void *context), void (*on_out_of_memory)(void *context),
                         void *context, struct error *err)
{
        if (system->listens)
                return refuse_second(system, err);
        system->on_out_of_memory = on_out_of_memory;
        return listen(system, HCS_EVENT_OPTION_MEMORY, on_exit, context, err);
}
