#include "src/lib/windows/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/guid.h"
#include "hcs/base/utf16.h"
#include "hcs/client/operation.h"
#include "hcs/host/host.h"
#include "src/lib/windows/plan.h"

#define HCN_E_NETWORK_NOT_FOUND       ERROR_CODE(0x803B0001)
#define HCN_E_ENDPOINT_NOT_FOUND      ERROR_CODE(0x803B0002)
#define HCN_E_NETWORK_ALREADY_EXISTS  ERROR_CODE(0x803B0010)

static const struct hcs_api *api_of(const struct sandbox_host *host)
{
        return host->client.api;
}

/* What HCN gave is freed by CoTaskMemFree, and an error's record by the same (hcs-api.md 1.1).  NULL stays NULL. */
static int take_text(const struct sandbox_host *host, PWSTR wide, char **ret, struct error *err)
{
        int r = wide ? utf16_to_utf8(wide, ret, err) : 0;

        if (wide)
                api_of(host)->CoTaskMemFree(wide);
        return r;
}

/* HCN's own words are in the record: {"Success":false,"Error":"text","ErrorCode":n}.  It comes by its address, for the call that fills
 * it may stand among our arguments, and these have no order. */
static int told(const struct sandbox_host *host, const char *call, const char *id, HRESULT code, PWSTR *record, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(free_charp) char *text = NULL;
        const struct json_value *words = NULL;
        struct json_value *value = NULL;
        struct error ignored = { 0 };

        (void)take_text(host, take_ptr(*record), &text, &ignored);
        log_debug(&host->log, "call=%s id=%s code=0x%08x answer=%s", call, id ? id : "-", (unsigned)code, text ? text : "");
        if (code >= 0)
                return 0;
        if (text && json_parse(&arena, text, strlen(text), call, &value, &ignored) == 0)
                words = json_get(value, "Error");
        (void)hcs_refused(&host->client, call, code, NULL, err);
        if (words && words->type == JSON_STRING && words->length) {
                struct error whole = *err;

                (void)error_set(err, code, "%s: %s", whole.text, words->text);
        }
        return code;
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

static int settings_of(const struct oci_network_call *call, char16_t **ret, struct error *err)
{
        _cleanup_(free_charp) char *document = NULL;

        if (winplan_print(call->settings.fields, call->settings.object, &document, err) < 0)
                return err->code;
        return hcs_widen(document, "the settings", ret, err);
}

/* --- networks ------------------------------------------------------------------------------------------------------------ */

/* Is this network the one of that name?  Its handle stays with the caller. */
static bool has_name(const struct sandbox_host *host, HCN_NETWORK network, const char *name)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(free_charp) char *text = NULL;
        PWSTR properties = NULL, record = NULL;
        struct json_value *value = NULL;
        const struct json_value *found;
        struct error ignored = { 0 };

        if (told(host, "HcnQueryNetworkProperties", name, api_of(host)->QueryNetworkProperties(network, u"", &properties, &record),
                 &record, &ignored) < 0 ||
            take_text(host, properties, &text, &ignored) < 0 || !text ||
            json_parse(&arena, text, strlen(text), "a network", &value, &ignored) < 0)
                return false;
        found = json_get(value, "Name");
        return found && found->type == JSON_STRING && strcmp(found->text, name) == 0;
}

static int list_networks(const struct sandbox_host *host, struct arena *arena, struct json_value **ret, struct error *err)
{
        _cleanup_(free_charp) char *text = NULL;
        PWSTR networks = NULL, record = NULL;
        HRESULT code = api_of(host)->EnumerateNetworks(u"", &networks, &record);
        int r = told(host, "HcnEnumerateNetworks", NULL, code, &record, err);

        if (r >= 0)
                r = take_text(host, networks, &text, err);
        if (r >= 0)
                r = json_parse(arena, text ? text : "[]", text ? strlen(text) : 2, "the list of networks", ret, err);
        return r;
}

/* Enumeration gives ids alone, so each is opened and asked.  HCS_NOT_FOUND when none has the name. */
static int open_network(const struct sandbox_host *host, const char *name, HCN_NETWORK *ret, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct json_value *ids = NULL;
        int r = list_networks(host, &arena, &ids, err);

        for (size_t i = 0; r >= 0 && ids->type == JSON_ARRAY && i < ids->count; i++) {
                PWSTR record = NULL;
                HCN_NETWORK network = NULL;
                GUID id;

                if (ids->items[i].type != JSON_STRING || guid_of(ids->items[i].text, &id, err) < 0)
                        continue;
                if (told(host, "HcnOpenNetwork", ids->items[i].text, api_of(host)->OpenNetwork(&id, &network, &record), &record, err) < 0)
                        continue;       /* deleted meanwhile */
                if (has_name(host, network, name)) {
                        *ret = network;
                        return 0;
                }
                (void)api_of(host)->CloseNetwork(network);
        }
        return r < 0 ? r : HCS_NOT_FOUND;
}

static int create_network(const struct sandbox_host *host, const struct oci_network_call *call, struct error *err)
{
        static const GUID any;          /* the service chooses */
        _cleanup_(free_utf16p) char16_t *settings = NULL;
        HCN_NETWORK network = NULL;
        PWSTR record = NULL;
        HRESULT code;
        int r = open_network(host, call->network, &network, err);

        if (r == HCS_NOT_FOUND) {
                r = settings_of(call, &settings, err);
                if (r < 0)
                        return r;
                code = api_of(host)->CreateNetwork(&any, settings, &network, &record);
                r = told(host, call->call, call->network, code, &record, err);
                if (r == HCN_E_NETWORK_ALREADY_EXISTS)  /* another create was quicker */
                        r = 0;
        }
        if (network)
                (void)api_of(host)->CloseNetwork(network);
        return r;
}

/* --- endpoints, namespaces ----------------------------------------------------------------------------------------------- */

static int create_endpoint(const struct sandbox_host *host, const struct oci_network_call *call, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *settings = NULL;
        HCN_NETWORK network = NULL;
        HCN_ENDPOINT endpoint = NULL;
        PWSTR record = NULL;
        GUID id;
        int r = guid_of(call->id, &id, err);

        if (r >= 0)
                r = settings_of(call, &settings, err);
        if (r >= 0)
                r = open_network(host, call->network, &network, err);
        if (r == HCS_NOT_FOUND)
                return error_set(err, HCN_E_NETWORK_NOT_FOUND, "there is no network \"%s\"", call->network);
        if (r < 0)
                return r;
        r = told(host, call->call, call->id, api_of(host)->CreateEndpoint(network, &id, settings, &endpoint, &record), &record, err);
        if (endpoint)
                (void)api_of(host)->CloseEndpoint(endpoint);
        (void)api_of(host)->CloseNetwork(network);
        return r;
}

static int create_namespace(const struct sandbox_host *host, const struct oci_network_call *call, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *settings = NULL;
        HCN_NAMESPACE namespace_ = NULL;
        PWSTR record = NULL;
        GUID id;
        int r = guid_of(call->id, &id, err);

        if (r >= 0)
                r = settings_of(call, &settings, err);
        if (r < 0)
                return r;
        r = told(host, call->call, call->id, api_of(host)->CreateNamespace(&id, settings, &namespace_, &record), &record, err);
        if (namespace_)
                (void)api_of(host)->CloseNamespace(namespace_);
        return r;
}

static int modify_namespace(const struct sandbox_host *host, const struct oci_network_call *call, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *settings = NULL;
        HCN_NAMESPACE namespace_ = NULL;
        PWSTR record = NULL;
        GUID id;
        int r = guid_of(call->id, &id, err);

        if (r >= 0)
                r = settings_of(call, &settings, err);
        if (r < 0)
                return r;
        r = told(host, "HcnOpenNamespace", call->id, api_of(host)->OpenNamespace(&id, &namespace_, &record), &record, err);
        if (r < 0)
                return r;
        record = NULL;
        r = told(host, call->call, call->id, api_of(host)->ModifyNamespace(namespace_, settings, &record), &record, err);
        (void)api_of(host)->CloseNamespace(namespace_);
        return r;
}

static int delete_endpoint(const struct sandbox_host *host, const struct oci_network_call *call, struct error *err)
{
        PWSTR record = NULL;
        GUID id;
        int r = guid_of(call->id, &id, err);

        return r < 0 ? r : told(host, call->call, call->id, api_of(host)->DeleteEndpoint(&id, &record), &record, err);
}

static int delete_namespace(const struct sandbox_host *host, const struct oci_network_call *call, struct error *err)
{
        PWSTR record = NULL;
        GUID id;
        int r = guid_of(call->id, &id, err);

        return r < 0 ? r : told(host, call->call, call->id, api_of(host)->DeleteNamespace(&id, &record), &record, err);
}

/* --- what HCN says of them ----------------------------------------------------------------------------------------------- */

static int ask_endpoint(const struct sandbox_host *host, const char *id, const GUID *guid, char **ret, struct error *err)
{
        HCN_ENDPOINT endpoint = NULL;
        PWSTR properties = NULL, record = NULL;
        int r = told(host, "HcnOpenEndpoint", id, api_of(host)->OpenEndpoint(guid, &endpoint, &record), &record, err);

        if (r < 0)
                return r;
        record = NULL;
        r = told(host, "HcnQueryEndpointProperties", id, api_of(host)->QueryEndpointProperties(endpoint, u"", &properties, &record),
                 &record, err);
        (void)api_of(host)->CloseEndpoint(endpoint);
        return r < 0 ? r : take_text(host, properties, ret, err);
}

static int ask_namespace(const struct sandbox_host *host, const char *id, const GUID *guid, char **ret, struct error *err)
{
        HCN_NAMESPACE namespace_ = NULL;
        PWSTR properties = NULL, record = NULL;
        int r = told(host, "HcnOpenNamespace", id, api_of(host)->OpenNamespace(guid, &namespace_, &record), &record, err);

        if (r < 0)
                return r;
        record = NULL;
        r = told(host, "HcnQueryNamespaceProperties", id,
                 api_of(host)->QueryNamespaceProperties(namespace_, u"", &properties, &record), &record, err);
        (void)api_of(host)->CloseNamespace(namespace_);
        return r < 0 ? r : take_text(host, properties, ret, err);
}

typedef int (*ask_one)(const struct sandbox_host *host, const char *id, const GUID *guid, char **ret, struct error *err);

/* {"ID": what is said of it, ...} */
static int ask_all(const struct sandbox_host *host, ask_one ask, const struct strings *ids, struct arena *arena,
                   const struct json_value **ret, struct error *err)
{
        _cleanup_(text_done) struct text all = { 0 };
        struct json_value *value;
        const char *kept;

        for (size_t i = 0; i < ids->count; i++) {
                _cleanup_(free_charp) char *said = NULL;
                GUID guid;

                if (guid_of(ids->items[i], &guid, err) < 0 || ask(host, ids->items[i], &guid, &said, err) < 0)
                        return err->code;
                text_addf(&all, "%s\"%s\":%s", i ? "," : "{", ids->items[i], said && *said ? said : "{}");
        }
        text_add(&all, ids->count ? "}" : "{}");
        if (text_check(&all, err) < 0)
                return err->code;
        kept = arena_copy(arena, all.data);
        if (!kept)
                return error_memory(err);
        if (json_parse(arena, kept, strlen(kept), "what HCN says", &value, err) < 0)
                return err->code;
        *ret = value;
        return 0;
}

int network_ask_namespace(const struct sandbox_host *host, const char *id, struct arena *arena, const struct json_value **ret,
                          struct error *err)
{
        const char *ids[] = { id };
        int r = host_load(host->engine, HOST_NETWORK, err);

        return r < 0 ? r : ask_all(host, ask_namespace, &(struct strings){ ids, 1 }, arena, ret, err);
}

int network_ask_endpoints(const struct sandbox_host *host, const struct strings *ids, struct arena *arena,
                          const struct json_value **ret, struct error *err)
{
        int r = host_load(host->engine, HOST_NETWORK, err);

        return r < 0 ? r : ask_all(host, ask_endpoint, ids, arena, ret, err);
}

/* --- all of them --------------------------------------------------------------------------------------------------------- */

static const struct {
        const char *call;
        int (*run)(const struct sandbox_host *, const struct oci_network_call *, struct error *);
} actions[] = {
        { "HcnCreateNetwork", create_network },       { "HcnCreateEndpoint", create_endpoint },
        { "HcnCreateNamespace", create_namespace },   { "HcnModifyNamespace", modify_namespace },
        { "HcnDeleteEndpoint", delete_endpoint },     { "HcnDeleteNamespace", delete_namespace },
};

static int run(const struct sandbox_host *host, const struct oci_network_call *call, struct error *err)
{
        int r = host_load(host->engine, HOST_NETWORK, err);

        if (r < 0)
                return r;
        for (size_t i = 0; i < ARRAY_LENGTH(actions); i++)
                if (strcmp(actions[i].call, call->call) == 0)
                        return actions[i].run(host, call, err);
        return error_set(err, E_NOT_SUPPORTED, "nobody here knows the call %s", call->call);
}

int network_make(const struct sandbox_host *host, const struct oci_windows_documents *documents, struct error *err)
{
        for (size_t i = 0; i < documents->network.count; i++)
                if (documents->network.items[i].phase == OCI_PHASE_CREATE && run(host, &documents->network.items[i], err) < 0)
                        return error_wrap(err, "the network");
        return 0;
}

static bool is_gone(int code)
{
        return code == HCN_E_NETWORK_NOT_FOUND || code == HCN_E_ENDPOINT_NOT_FOUND || code == E_NOT_FOUND || code == E_FILE_NOT_FOUND;
}

int network_unmake(const struct sandbox_host *host, const struct oci_windows_documents *documents, struct error *err)
{
        int first = 0;

        for (size_t i = 0; i < documents->network.count; i++) {
                struct error failed = { 0 };
                int r;

                if (documents->network.items[i].phase != OCI_PHASE_DELETE)
                        continue;
                r = run(host, &documents->network.items[i], &failed);
                if (r < 0 && !is_gone(r) && first == 0) {
                        *err = failed;
                        first = error_wrap(err, "the network");
                }
        }
        return first;
}
