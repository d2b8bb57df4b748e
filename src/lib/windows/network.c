#include "src/lib/windows/network.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/guid.h"
#include "hcs/host/host.h"
#include "src/lib/windows/network-call.h"
#include "src/lib/windows/plan.h"

#define HCN_E_NETWORK_NOT_FOUND       ERROR_CODE(0x803B0001)
#define HCN_E_ENDPOINT_NOT_FOUND      ERROR_CODE(0x803B0002)
#define HCN_E_NETWORK_ALREADY_EXISTS  ERROR_CODE(0x803B0010)
#define HCN_E_ENDPOINT_NOT_ATTACHED   ERROR_CODE(0x803B0034)

static int settings_of(const struct oci_network_call *call, char **ret, struct error *err)
{
        return winplan_print(call->settings.fields, call->settings.object, ret, err);
}

/* A handle in a call that was given up is the call's. */
static int close_after(const struct sandbox_host *host, enum network_kind kind, void *handle, int r)
{
        if (r != HCS_E_OPERATION_TIMEOUT)
                network_close(host, kind, handle);
        return r;
}

/* --- networks ------------------------------------------------------------------------------------------------------------ */

enum { OTHER_NAME = 1 };

/* Is this network the one of that name? */
static int has_name(const struct sandbox_host *host, void *network, const char *name, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(free_charp) char *text = NULL;
        struct json_value *value = NULL;
        const struct json_value *found;
        struct error unreadable = { 0 };
        int r = network_query(host, NETWORK_NETWORK, network, name, &text, err);

        if (r < 0)
                return r == HCN_E_NETWORK_NOT_FOUND ? OTHER_NAME : r;
        if (!text || json_parse(&arena, text, strlen(text), "a network", &value, &unreadable) < 0)
                return OTHER_NAME;
        found = json_get(value, "Name");
        return found && found->type == JSON_STRING && strcmp(found->text, name) == 0 ? 0 : OTHER_NAME;
}

static int list_networks(const struct sandbox_host *host, struct arena *arena, struct json_value **ret, struct error *err)
{
        _cleanup_(free_charp) char *text = NULL;
        const char *kept;
        int r = network_enumerate(host, &text, err);

        if (r < 0)
                return r;
        kept = arena_copy(arena, text ? text : "[]");
        if (!kept)
                return error_memory(err);
        return json_parse(arena, kept, strlen(kept), "the list of networks", ret, err);
}

/* Enumeration gives ids alone, so each is opened and asked.  HCS_NOT_FOUND when none has the name. */
static int open_network(const struct sandbox_host *host, const char *name, void **ret, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct json_value *ids = NULL;
        int r = list_networks(host, &arena, &ids, err);

        for (size_t i = 0; r >= 0 && ids->type == JSON_ARRAY && i < ids->count; i++) {
                void *network = NULL;

                if (ids->items[i].type != JSON_STRING || !guid_is_valid(ids->items[i].text))
                        continue;
                r = network_open(host, NETWORK_NETWORK, ids->items[i].text, &network, err);
                if (r == HCN_E_NETWORK_NOT_FOUND) {     /* deleted meanwhile */
                        r = 0;
                        continue;
                }
                if (r < 0)
                        return r;
                r = has_name(host, network, name, err);
                if (r == 0) {
                        *ret = network;
                        return 0;
                }
                (void)close_after(host, NETWORK_NETWORK, network, r);
        }
        return r < 0 ? r : HCS_NOT_FOUND;
}

static int create_network(const struct sandbox_host *host, const struct oci_network_call *call, struct error *err)
{
        _cleanup_(free_charp) char *settings = NULL;
        void *network = NULL;
        int r = open_network(host, call->network, &network, err);

        if (r == 0)
                network_close(host, NETWORK_NETWORK, network);
        if (r != HCS_NOT_FOUND)
                return r;
        r = settings_of(call, &settings, err);
        if (r >= 0)
                r = network_create(host, NETWORK_NETWORK, NULL, NULL, settings, err);
        return r == HCN_E_NETWORK_ALREADY_EXISTS ? 0 : r;               /* another create was quicker */
}

/* --- endpoints, namespaces ----------------------------------------------------------------------------------------------- */

static int create_endpoint(const struct sandbox_host *host, const struct oci_network_call *call, struct error *err)
{
        _cleanup_(free_charp) char *settings = NULL;
        void *network = NULL;
        int r = settings_of(call, &settings, err);

        if (r >= 0)
                r = open_network(host, call->network, &network, err);
        if (r == HCS_NOT_FOUND)
                return error_set(err, HCN_E_NETWORK_NOT_FOUND, "there is no network \"%s\"", call->network);
        if (r < 0)
                return r;
        r = network_create(host, NETWORK_ENDPOINT, network, call->id, settings, err);
        return close_after(host, NETWORK_NETWORK, network, r);
}

static int create_namespace(const struct sandbox_host *host, const struct oci_network_call *call, struct error *err)
{
        _cleanup_(free_charp) char *settings = NULL;
        int r = settings_of(call, &settings, err);

        return r < 0 ? r : network_create(host, NETWORK_NAMESPACE, NULL, call->id, settings, err);
}

static int modify_namespace(const struct sandbox_host *host, const struct oci_network_call *call, struct error *err)
{
        _cleanup_(free_charp) char *settings = NULL;
        void *namespace_ = NULL;
        int r = settings_of(call, &settings, err);

        if (r >= 0)
                r = network_open(host, NETWORK_NAMESPACE, call->id, &namespace_, err);
        if (r < 0)
                return r;
        r = network_modify_namespace(host, namespace_, call->id, settings, err);
        return close_after(host, NETWORK_NAMESPACE, namespace_, r);
}

static int delete_endpoint(const struct sandbox_host *host, const struct oci_network_call *call, struct error *err)
{
        return network_delete(host, NETWORK_ENDPOINT, call->id, err);
}

static int delete_namespace(const struct sandbox_host *host, const struct oci_network_call *call, struct error *err)
{
        return network_delete(host, NETWORK_NAMESPACE, call->id, err);
}

/* --- what HCN says of them ----------------------------------------------------------------------------------------------- */

static int ask_one(const struct sandbox_host *host, enum network_kind kind, const char *id, char **ret, struct error *err)
{
        void *handle = NULL;
        int r = network_open(host, kind, id, &handle, err);

        if (r < 0)
                return r;
        r = network_query(host, kind, handle, id, ret, err);
        return close_after(host, kind, handle, r);
}

/* {"ID": what is said of it, ...} */
static int ask_all(const struct sandbox_host *host, enum network_kind kind, const struct strings *ids, struct arena *arena,
                   const struct json_value **ret, struct error *err)
{
        _cleanup_(text_done) struct text all = { 0 };
        struct json_value *value;
        const char *kept;

        for (size_t i = 0; i < ids->count; i++) {
                _cleanup_(free_charp) char *said = NULL;

                if (ask_one(host, kind, ids->items[i], &said, err) < 0)
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

        return r < 0 ? r : ask_all(host, NETWORK_NAMESPACE, &(struct strings){ ids, 1 }, arena, ret, err);
}

int network_ask_endpoints(const struct sandbox_host *host, const struct strings *ids, struct arena *arena,
                          const struct json_value **ret, struct error *err)
{
        int r = host_load(host->engine, HOST_NETWORK, err);

        return r < 0 ? r : ask_all(host, NETWORK_ENDPOINT, ids, arena, ret, err);
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
        return code == HCN_E_NETWORK_NOT_FOUND || code == HCN_E_ENDPOINT_NOT_FOUND || code == HCN_E_ENDPOINT_NOT_ATTACHED ||
               code == E_NOT_FOUND || code == E_FILE_NOT_FOUND;
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
