#include "src/lib/windows/network-call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/guid.h"
#include "hcs/client/bounded.h"
#include "hcs/client/operation.h"

struct call {
        struct hcs_bounded bounded;
        struct hcs_api api;             /* a copy: whoever gave the call up may go first */
        enum network_kind kind;
        GUID id;
        char16_t *text;
        void *handle;                   /* borrowed */
        void *made;
        PWSTR answer, record;
        HRESULT code;
};

static HRESULT close_handle(const struct hcs_api *api, enum network_kind kind, void *handle)
{
        return kind == NETWORK_NETWORK ? api->CloseNetwork(handle) : kind == NETWORK_ENDPOINT ? api->CloseEndpoint(handle) :
               api->CloseNamespace(handle);
}

/* What HCN gave is freed by CoTaskMemFree, and an error's record by the same (hcs-api.md 1.1). */
static void call_free(struct call *call)
{
        if (call->answer)
                call->api.CoTaskMemFree(call->answer);
        if (call->record)
                call->api.CoTaskMemFree(call->record);
        free(call->text);
        free(call);
}

static void call_freep(struct call **call)
{
        if (*call)
                call_free(*call);
}

static void end(struct hcs_bounded *bounded)
{
        struct call *call = (struct call *)bounded;

        if (call->made)
                (void)close_handle(&call->api, call->kind, call->made);
        call_free(call);
}

static int guid_of(const char *text, GUID *ret, struct error *err)
{
        unsigned parts[11];

        if (!text || !guid_is_valid(text) ||
            sscanf(text, "%8x-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x", &parts[0], &parts[1], &parts[2], &parts[3], &parts[4], &parts[5],
                   &parts[6], &parts[7], &parts[8], &parts[9], &parts[10]) != 11)
                return error_set(err, E_INVALID_PARAMETER, "found \"%s\"; expected a GUID", text ? text : "");
        *ret = (GUID){ .Data1 = parts[0], .Data2 = (WORD)parts[1], .Data3 = (WORD)parts[2] };
        for (int i = 0; i < 8; i++)
                ret->Data4[i] = (BYTE)parts[3 + i];
        return 0;
}

/* Without an id it stays GUID_NULL: the service chooses. */
static int call_new(const struct sandbox_host *host, enum network_kind kind, void (*make)(struct hcs_bounded *), const char *id,
                    const char *text, struct call **ret, struct error *err)
{
        _cleanup_(call_freep) struct call *call = calloc(1, sizeof(*call));
        int r = call ? 0 : error_memory(err);

        if (r < 0)
                return r;
        call->bounded = (struct hcs_bounded){ .make = make, .end = end };
        call->api = *host->client.api;
        call->kind = kind;
        if (id)
                r = guid_of(id, &call->id, err);
        if (r >= 0)
                r = hcs_widen(text, "the settings", &call->text, err);
        if (r >= 0)
                *ret = take_ptr(call);
        return r;
}

/* HCN's own words are in the record: {"Success":false,"Error":"text","ErrorCode":n}. */
static int told(const struct sandbox_host *host, const char *name, const char *id, const struct call *call, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(free_charp) char *text = NULL;
        const struct json_value *words = NULL;
        struct json_value *value = NULL;
        struct error ignored = { 0 };

        if (call->record)
                (void)utf16_to_utf8(call->record, &text, &ignored);
        log_debug(&host->log, "call=%s id=%s code=0x%08x answer=%s", name, id ? id : "-", (unsigned)call->code, text ? text : "");
        if (call->code >= 0)
                return 0;
        if (text && json_parse(&arena, text, strlen(text), name, &value, &ignored) == 0)
                words = json_get(value, "Error");
        (void)hcs_refused(&host->client, name, call->code, NULL, err);
        if (words && words->type == JSON_STRING && words->length) {
                struct error whole = *err;

                (void)error_set(err, call->code, "%s: %s", whole.text, words->text);
        }
        return call->code;
}

/* *call becomes NULL when it was given up. */
static int run(const struct sandbox_host *host, const char *name, const char *id, struct call **call, struct error *err)
{
        int r = hcs_bounded_make(&host->client, id ? id : "-", name, HCS_LONG_MS, &(*call)->bounded, err);

        if (r == HCS_E_OPERATION_TIMEOUT)
                *call = NULL;
        return r < 0 ? r : told(host, name, id, *call, err);
}

static int answer_of(const struct call *call, char **ret, struct error *err)
{
        return call->answer ? utf16_to_utf8(call->answer, ret, err) : 0;
}

/* --- the calls ----------------------------------------------------------------------------------------------------------- */

static const struct { const char *create, *open, *query, *remove, *close; } names[] = {
        [NETWORK_NETWORK] = { "HcnCreateNetwork", "HcnOpenNetwork", "HcnQueryNetworkProperties", "HcnDeleteNetwork", "HcnCloseNetwork" },
        [NETWORK_ENDPOINT] = { "HcnCreateEndpoint", "HcnOpenEndpoint", "HcnQueryEndpointProperties", "HcnDeleteEndpoint",
                               "HcnCloseEndpoint" },
        [NETWORK_NAMESPACE] = { "HcnCreateNamespace", "HcnOpenNamespace", "HcnQueryNamespaceProperties", "HcnDeleteNamespace",
                                "HcnCloseNamespace" },
};

static void make_enumerate(struct hcs_bounded *bounded)
{
        struct call *call = (struct call *)bounded;

        call->code = call->api.EnumerateNetworks(u"", &call->answer, &call->record);
}

int network_enumerate(const struct sandbox_host *host, char **ret, struct error *err)
{
        _cleanup_(call_freep) struct call *call = NULL;
        int r = call_new(host, NETWORK_NETWORK, make_enumerate, NULL, NULL, &call, err);

        if (r >= 0)
                r = run(host, "HcnEnumerateNetworks", NULL, &call, err);
        return r < 0 ? r : answer_of(call, ret, err);
}

static void make_create(struct hcs_bounded *bounded)
{
        struct call *call = (struct call *)bounded;
        const struct hcs_api *api = &call->api;

        call->code = call->kind == NETWORK_NETWORK ? api->CreateNetwork(&call->id, call->text, &call->made, &call->record) :
                     call->kind == NETWORK_ENDPOINT ? api->CreateEndpoint(call->handle, &call->id, call->text, &call->made, &call->record) :
                     api->CreateNamespace(&call->id, call->text, &call->made, &call->record);
}

int network_create(const struct sandbox_host *host, enum network_kind kind, void *in, const char *id, const char *settings,
                   struct error *err)
{
        _cleanup_(call_freep) struct call *call = NULL;
        int r = call_new(host, kind, make_create, id, settings, &call, err);

        if (r < 0)
                return r;
        call->handle = in;
        r = run(host, names[kind].create, id, &call, err);
        if (call && call->made)
                network_close(host, kind, call->made);
        return r;
}

static void make_open(struct hcs_bounded *bounded)
{
        struct call *call = (struct call *)bounded;
        const struct hcs_api *api = &call->api;

        call->code = call->kind == NETWORK_NETWORK ? api->OpenNetwork(&call->id, &call->made, &call->record) :
                     call->kind == NETWORK_ENDPOINT ? api->OpenEndpoint(&call->id, &call->made, &call->record) :
                     api->OpenNamespace(&call->id, &call->made, &call->record);
}

int network_open(const struct sandbox_host *host, enum network_kind kind, const char *id, void **ret, struct error *err)
{
        _cleanup_(call_freep) struct call *call = NULL;
        int r = call_new(host, kind, make_open, id, NULL, &call, err);

        if (r >= 0)
                r = run(host, names[kind].open, id, &call, err);
        if (r >= 0)
                *ret = call->made;
        return r;
}

static void make_query(struct hcs_bounded *bounded)
{
        struct call *call = (struct call *)bounded;
        const struct hcs_api *api = &call->api;

        call->code = call->kind == NETWORK_NETWORK ? api->QueryNetworkProperties(call->handle, u"", &call->answer, &call->record) :
                     call->kind == NETWORK_ENDPOINT ? api->QueryEndpointProperties(call->handle, u"", &call->answer, &call->record) :
                     api->QueryNamespaceProperties(call->handle, u"", &call->answer, &call->record);
}

int network_query(const struct sandbox_host *host, enum network_kind kind, void *handle, const char *id, char **ret, struct error *err)
{
        _cleanup_(call_freep) struct call *call = NULL;
        int r = call_new(host, kind, make_query, NULL, NULL, &call, err);

        if (r < 0)
                return r;
        call->handle = handle;
        r = run(host, names[kind].query, id, &call, err);
        return r < 0 ? r : answer_of(call, ret, err);
}

static void make_modify(struct hcs_bounded *bounded)
{
        struct call *call = (struct call *)bounded;

        call->code = call->api.ModifyNamespace(call->handle, call->text, &call->record);
}

int network_modify_namespace(const struct sandbox_host *host, void *handle, const char *id, const char *settings, struct error *err)
{
        _cleanup_(call_freep) struct call *call = NULL;
        int r = call_new(host, NETWORK_NAMESPACE, make_modify, NULL, settings, &call, err);

        if (r < 0)
                return r;
        call->handle = handle;
        return run(host, "HcnModifyNamespace", id, &call, err);
}

static void make_delete(struct hcs_bounded *bounded)
{
        struct call *call = (struct call *)bounded;
        const struct hcs_api *api = &call->api;

        call->code = call->kind == NETWORK_NETWORK ? api->DeleteNetwork(&call->id, &call->record) :
                     call->kind == NETWORK_ENDPOINT ? api->DeleteEndpoint(&call->id, &call->record) :
                     api->DeleteNamespace(&call->id, &call->record);
}

int network_delete(const struct sandbox_host *host, enum network_kind kind, const char *id, struct error *err)
{
        _cleanup_(call_freep) struct call *call = NULL;
        int r = call_new(host, kind, make_delete, id, NULL, &call, err);

        return r < 0 ? r : run(host, names[kind].remove, id, &call, err);
}

static void make_close(struct hcs_bounded *bounded)
{
        struct call *call = (struct call *)bounded;

        call->code = close_handle(&call->api, call->kind, call->handle);
}

void network_close(const struct sandbox_host *host, enum network_kind kind, void *handle)
{
        _cleanup_(call_freep) struct call *call = NULL;
        struct error failed = { 0 };
        int r = call_new(host, kind, make_close, NULL, NULL, &call, &failed);

        if (r < 0)
                return;
        call->handle = handle;
        if (run(host, names[kind].close, NULL, &call, &failed) < 0)
                log_warning(&host->log, "%s", failed.text);
}
