/* The calls about systems, processes and the service that have no operation. */
#include <stdlib.h>

#include "hcs/client/bounded.h"
#include "hcs/client/operation.h"

/* One of them, with all that it needs (bounded.h); the table is a copy, for the client's may go first. */
struct plain {
        struct hcs_bounded bounded;
        struct hcs_api api;
        char16_t *space, *text;
        uint32_t number;
        HCS_SYSTEM system;
        HCS_PROCESS process;
        hcs_service_call ask;
        PWSTR result;
        HRESULT code;
        void *owned;                    /* of a system that is closed: its callbacks use it until then */
};

static void plain_end(struct hcs_bounded *bounded)
{
        struct plain *plain = (struct plain *)bounded;

        if (plain->result)
                plain->api.LocalFree(plain->result);
        free(plain->owned);
        free(plain->space);
        free(plain->text);
        free(plain);
}

static void plain_endp(struct plain **plain)
{
        if (*plain)
                plain_end(&(*plain)->bounded);
}

static int plain_new(const struct hcs_client *client, void (*make)(struct hcs_bounded *), struct plain **ret, struct error *err)
{
        struct plain *plain = calloc(1, sizeof(*plain));

        if (!plain)
                return error_memory(err);
        plain->bounded = (struct hcs_bounded){ .make = make, .end = plain_end };
        plain->api = *client->api;
        *ret = plain;
        return 0;
}

/* *plain becomes NULL when it was given up. */
static int run(const struct hcs_client *client, const char *id, const char *call, uint32_t deadline_ms, struct plain **plain,
               struct error *err)
{
        int r = hcs_bounded_make(client, id, call, deadline_ms, &(*plain)->bounded, err);

        if (r == HCS_E_OPERATION_TIMEOUT)
                *plain = NULL;
        return r;
}

/* --- open ----------------------------------------------------------------------------------------------------------------- */

/* Without a space of our own the service's is used, by the call that every Windows has. */
static void make_open_system(struct hcs_bounded *bounded)
{
        struct plain *plain = (struct plain *)bounded;

        plain->code = plain->space ?
                plain->api.OpenComputeSystemInNamespace(plain->space, plain->text, GENERIC_ALL, &plain->system) :
                plain->api.OpenComputeSystem(plain->text, GENERIC_ALL, &plain->system);
}

static void end_open_system(struct hcs_bounded *bounded)
{
        struct plain *plain = (struct plain *)bounded;

        if (plain->code >= 0)
                plain->api.CloseComputeSystem(plain->system);
        plain_end(bounded);
}

int hcs_plain_open_system(const struct hcs_client *client, const char *id, HCS_SYSTEM *ret, HRESULT *ret_code, struct error *err)
{
        _cleanup_(plain_endp) struct plain *plain = NULL;
        int r = plain_new(client, make_open_system, &plain, err);

        if (r >= 0)
                r = hcs_widen(client->space, "the state directory", &plain->space, err);
        if (r >= 0)
                r = hcs_widen(id, "the id", &plain->text, err);
        if (r < 0)
                return r;
        plain->bounded.end = end_open_system;
        r = run(client, id, "OpenComputeSystem", HCS_SHORT_MS, &plain, err);
        if (r < 0)
                return r;
        *ret_code = hcs_code(plain->code);
        *ret = plain->code < 0 ? NULL : plain->system;
        return 0;
}

static void make_open_process(struct hcs_bounded *bounded)
{
        struct plain *plain = (struct plain *)bounded;

        plain->code = plain->api.OpenProcess(plain->system, plain->number, GENERIC_ALL, &plain->process);
}

static void end_open_process(struct hcs_bounded *bounded)
{
        struct plain *plain = (struct plain *)bounded;

        if (plain->code >= 0)
                plain->api.CloseProcess(plain->process);
        plain_end(bounded);
}

int hcs_plain_open_process(struct hcs_system *system, uint32_t pid, HCS_PROCESS *ret, HRESULT *ret_code, struct error *err)
{
        _cleanup_(plain_endp) struct plain *plain = NULL;
        int r = plain_new(system->client, make_open_process, &plain, err);

        if (r < 0)
                return r;
        plain->bounded.end = end_open_process;
        plain->system = system->handle;
        plain->number = pid;
        r = run(system->client, system->id, "OpenProcess", HCS_SHORT_MS, &plain, err);
        if (r == HCS_E_OPERATION_TIMEOUT)
                system->stays = true;
        if (r < 0)
                return r;
        *ret_code = hcs_code(plain->code);
        *ret = plain->code < 0 ? NULL : plain->process;
        return 0;
}

/* --- close ---------------------------------------------------------------------------------------------------------------- */

static void make_close(struct hcs_bounded *bounded)
{
        struct plain *plain = (struct plain *)bounded;

        if (plain->system)
                plain->api.CloseComputeSystem(plain->system);   /* ends the callbacks */
        else
                plain->api.CloseProcess(plain->process);
}

static void close_handle(const struct hcs_client *client, const char *id, const char *call, struct plain **plain)
{
        struct error failed = { 0 };

        if (run(client, id, call, HCS_SHORT_MS, plain, &failed) >= 0)
                return;
        log_warning(client->log, "%s", failed.text);
        if (*plain)                     /* there is no thread to be had: then without a deadline */
                make_close(&(*plain)->bounded);
}

void hcs_plain_close_system(struct hcs_system *system)
{
        _cleanup_(plain_endp) struct plain *plain = NULL;
        const struct hcs_client *client = system->client;
        struct error failed = { 0 };

        if (plain_new(client, make_close, &plain, &failed) < 0) {
                client->api->CloseComputeSystem(system->handle);
                free(system);
                return;
        }
        plain->system = system->handle;
        plain->owned = system;
        close_handle(client, system->id, "CloseComputeSystem", &plain);
}

void hcs_plain_close_process(const struct hcs_system *system, HCS_PROCESS process)
{
        _cleanup_(plain_endp) struct plain *plain = NULL;
        struct error failed = { 0 };

        if (plain_new(system->client, make_close, &plain, &failed) < 0) {
                system->client->api->CloseProcess(process);
                return;
        }
        plain->process = process;
        close_handle(system->client, system->id, "CloseProcess", &plain);
}

/* --- the service ---------------------------------------------------------------------------------------------------------- */

static void make_ask(struct hcs_bounded *bounded)
{
        struct plain *plain = (struct plain *)bounded;

        plain->code = plain->ask(plain->text, &plain->result);
}

int hcs_plain_ask(const struct hcs_client *client, const char *name, hcs_service_call call, const char *document, char **ret,
                  HRESULT *ret_code, struct error *err)
{
        _cleanup_(plain_endp) struct plain *plain = NULL;
        int r = plain_new(client, make_ask, &plain, err);

        if (r >= 0)
                r = hcs_widen(document, "the document", &plain->text, err);
        if (r < 0)
                return r;
        plain->ask = call;
        hcs_log_call(client, "-", name, document);
        r = run(client, "-", name, HCS_SHORT_MS, &plain, err);
        if (r >= 0)
                r = hcs_take_result(client, take_ptr(plain->result), ret, err);
        if (r < 0)
                return r;
        *ret_code = hcs_code(plain->code);
        return 0;
}
