/* Networks, endpoints and namespaces: kept until they are deleted, whoever closes what. */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wine/service.h"

#define HCN(number) ((int32_t)(0x803B0000u | (number)))

/* Texts: 0 the id ("" is GUID_NULL), 1 the document, 2 what it lies in.  `head.call` is "HcnCreateNetwork" and so on. */
static const char *kind_of(const struct call *call)
{
        return strstr(call->head.call, "Namespace") ? "namespace" : strstr(call->head.call, "Endpoint") ? "endpoint" : "network";
}

static int32_t missing(const struct call *call)
{
        const char *kind = kind_of(call);

        return strcmp(kind, "network") == 0 ? HCN(1) : strcmp(kind, "endpoint") == 0 ? HCN(2) : WIN32_CODE(0x490);
}

static int32_t refuse_network(struct call *call, int32_t code, const char *words)
{
        text_clear(&call->answer);
        text_addf(&call->answer, "{\"Success\":false,\"Error\":\"%s\",\"ErrorCode\":%u}", words, (unsigned)code);
        return code;
}

static int32_t find(struct call *call, struct thing **ret)
{
        *ret = thing_find(call->service, kind_of(call), call->texts[0]);
        return *ret ? 0 : refuse_network(call, missing(call), "there is none of this id");
}

static int32_t create(struct call *call)
{
        struct service *service = call->service;
        const char *kind = kind_of(call), *of = NULL;
        char guid[40];
        struct thing *thing;

        if (!*call->texts[0])
                make_guid(guid);
        else
                snprintf(guid, sizeof(guid), "%s", call->texts[0]);
        if (thing_find(service, kind, guid))
                return refuse_network(call, strcmp(kind, "network") == 0 ? HCN(0x10) : HCN(0x2B), "there is one of this id already");
        if (strcmp(kind, "endpoint") == 0) {
                if (!call->texts[2] || !thing_find(service, "network", call->texts[2]))
                        return refuse_network(call, HCN(1), "there is no such network");
                of = call->texts[2];
        }
        thing = thing_add(service, kind, guid, of);
        thing->document = copy(call->texts[1]);
        text_add(&call->answer, guid);
        return 0;
}

static int32_t open_thing(struct call *call)
{
        struct thing *thing = NULL;
        int32_t result = find(call, &thing);

        if (result >= 0)
                text_add(&call->answer, thing->name);
        return result;
}

static int32_t modify(struct call *call)
{
        const struct json_value *settings = json_get(call->document, "Settings");
        const char *endpoint = settings ? string_of(settings, "EndpointId") : NULL, *request = string_of(call->document, "RequestType");
        struct thing *thing = NULL, *other;
        int32_t result = find(call, &thing);

        if (result < 0 || strcmp(kind_of(call), "namespace") != 0 || !endpoint)
                return result;
        other = thing_find(call->service, "endpoint", endpoint);
        if (!other)
                return refuse_network(call, HCN(2), "there is no such endpoint");
        if (request && strcmp(request, "Remove") == 0) {
                if (!other->client)
                        return refuse_network(call, HCN(0x34), "the endpoint is not attached");
                other->client = 0;
        } else {
                if (other->client)
                        return refuse_network(call, HCN(0x14), "the endpoint is attached already");
                other->client = (uint64_t)(uintptr_t)thing;
        }
        return 0;
}

/* What was given at the creation, with the id in it. */
static int32_t query(struct call *call)
{
        struct thing *thing = NULL;
        int32_t result = find(call, &thing);

        if (result < 0)
                return result;
        text_addf(&call->answer, "{\"ID\":\"%s\"", thing->name);
        if (thing->document && strchr(thing->document, '{') && strchr(thing->document, ':'))
                text_addf(&call->answer, ",%s", strchr(thing->document, '{') + 1);
        else
                text_add(&call->answer, "}");
        return 0;
}

static int32_t delete(struct call *call)
{
        struct thing *thing = NULL;
        int32_t result = find(call, &thing);

        if (result < 0)
                return result;
        for (const struct thing *other = call->service->things; other; other = other->next)
                if (strcmp(other->kind, "endpoint") == 0 && ((other->of && _stricmp(other->of, thing->name) == 0) ||
                    other->client == (uint64_t)(uintptr_t)thing))
                        return refuse_network(call, HCN(0x2C), "an endpoint refers to it");
        thing_drop(call->service, thing);
        return 0;
}

static int32_t enumerate(struct call *call)
{
        bool first = true;

        text_add(&call->answer, "[");
        for (const struct thing *thing = call->service->things; thing; thing = thing->next)
                if (strcmp(thing->kind, kind_of(call)) == 0) {
                        text_addf(&call->answer, "%s\"%s\"", first ? "" : ",", thing->name);
                        first = false;
                }
        text_add(&call->answer, "]");
        return 0;
}

int32_t network_want(struct call *call, const struct json_value *container, const struct json_value *machine)
{
        const struct json_value *networking = container ? json_get(container, "Networking") : NULL, *os = container ? json_get(container, "GuestOs") : NULL;
        const struct json_value *devices = machine ? json_get(machine, "Devices") : NULL;
        const struct json_value *adapters = devices ? json_get(devices, "NetworkAdapters") : NULL;
        const char *namespace_ = networking ? string_of(networking, "Namespace") : NULL;

        if (namespace_ && !thing_find(call->service, "namespace", namespace_))
                return refuse(call, WIN32_CODE(0x490), "Construct: there is no namespace %s", namespace_);
        if (namespace_ && !string_of(os, "HostName"))
                return refuse(call, E_INVALIDARG, "Construct: a namespace without GuestOs.HostName");
        for (size_t i = 0; adapters && i < adapters->count; i++) {
                const char *endpoint = string_of(&adapters->members[i].value, "EndpointId");

                if (endpoint && !thing_find(call->service, "endpoint", endpoint))
                        return refuse(call, HCN(2), "PowerOnCold: there is no endpoint %s", endpoint);
        }
        return 0;
}

#define ALL_OF(name, plural, type) \
        { "HcnCreate" name, 1, "hcn:HostCompute" type, true, create }, \
        { "HcnOpen" name, -1, NULL, false, open_thing }, \
        { "HcnModify" name, 1, "hcn:Modify" type "SettingRequest", true, modify }, \
        { "HcnQuery" name "Properties", -1, NULL, false, query }, \
        { "HcnDelete" name, -1, NULL, false, delete }, \
        { "HcnEnumerate" plural, 1, "hcn:HostComputeQuery", false, enumerate }

const struct verb network_verbs[] = {
        ALL_OF("Network", "Networks", "Network"), ALL_OF("Endpoint", "Endpoints", "Endpoint"), ALL_OF("Namespace", "Namespaces", "Namespace"),
        { NULL, -1, NULL, false, NULL },
};
