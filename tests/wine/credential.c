/* Credential specifications (hcs-documents.md section 10.4): the service keeps an instance for each container until it is taken
 * away, and a container that is told of one has to bring its cookie. */
#include <windows.h>

#include <stdio.h>
#include <string.h>

#include "tests/wine/service.h"

#define SOCKET "2f8b6c1d-5d6e-4e58-9d0d-%012llx"

/* The thing "credential" has the container's id as its name, its specification as `document`, the cookie's number in `client`. */
static int32_t add(struct call *call, const struct json_value *details)
{
        const char *id = string_of(details, "Id"), *spec = string_of(details, "CredentialSpec"), *transport = string_of(details, "Transport");
        struct json_value *parsed = NULL;
        struct error err = { 0 };
        struct thing *thing;

        if (!id || !spec)
                return refuse(call, E_INVALIDARG, "$.Settings.OperationDetails: no Id, or no CredentialSpec");
        if (json_parse(&call->arena, spec, strlen(spec), "CredentialSpec", &parsed, &err) < 0 || parsed->type != JSON_OBJECT ||
            !json_get(parsed, "CmsPlugins"))
                return refuse(call, E_INVALIDARG, "$.Settings.OperationDetails.CredentialSpec: no credential specification");
        if (thing_find(call->service, "credential", id))
                return refuse(call, WIN32_CODE(0xB7), "there is an instance %s already", id);
        thing = thing_add(call->service, "credential", id, transport ? transport : "LRPC");
        thing->document = copy(spec);
        thing->client = ++call->service->last;
        thing->flag = json_get(parsed, "CmsPlugins")->count == 0;       /* for tests: it is taken, and never named (README.md) */
        return 0;
}

int32_t credential_modify(struct call *call)
{
        const struct json_value *settings = json_get(call->document, "Settings");
        const struct json_value *details = settings ? json_get(settings, "OperationDetails") : NULL;
        const char *operation = settings ? string_of(settings, "Operation") : NULL, *id = details ? string_of(details, "Id") : NULL;
        struct thing *thing;

        if (!string_of(call->document, "PropertyType") || strcmp(string_of(call->document, "PropertyType"), "ContainerCredentialGuard") != 0)
                return 0;
        if (!details)
                return refuse(call, E_INVALIDARG, "$.Settings.OperationDetails is missing");
        if (!operation || strcmp(operation, "RemoveInstance") != 0)
                return add(call, details);
        thing = id ? thing_find(call->service, "credential", id) : NULL;
        if (!thing)
                return refuse(call, WIN32_CODE(0x490), "there is no instance %s", id ? id : "(no id)");
        thing_drop(call->service, thing);
        return 0;
}

void credential_list(const struct service *service, struct text *out)
{
        bool first = true;

        text_add(out, "{\"Instances\":[");
        for (const struct thing *thing = service->things; thing; thing = thing->next) {
                if (strcmp(thing->kind, "credential") != 0 || thing->flag)
                        continue;
                text_addf(out, "%s{\"Id\":", first ? "" : ",");
                json_write_string(out, thing->name);
                text_addf(out, ",\"CredentialGuard\":{\"Cookie\":\"cookie-%llu\",\"RpcEndpoint\":\"ccg-%llu\",\"Transport\":\"%s\",\"CredentialSpec\":",
                          (unsigned long long)thing->client, (unsigned long long)thing->client, thing->of);
                json_write_string(out, thing->document);
                text_add_char(out, '}');
                if (strcmp(thing->of, "HvSocket") == 0)
                        text_addf(out, ",\"HvSocketConfig\":{\"ServiceId\":\"" SOCKET "\",\"ServiceConfig\":{\"AllowWildcardBinds\":true}}",
                                  (unsigned long long)thing->client);
                text_add_char(out, '}');
                first = false;
        }
        text_add(out, "]}");
}

/* Through the socket of the machine, too, which has to be open by then. */
int32_t credential_want(struct call *call, const struct json_value *container, const struct system *machine)
{
        const struct json_value *guard = container ? json_get(container, "ContainerCredentialGuard") : NULL;
        const char *cookie = guard ? string_of(guard, "Cookie") : NULL;
        const struct thing *thing = thing_find(call->service, "credential", call->texts[0]);
        char wanted[64];

        if (!guard)
                return 0;
        if (!thing)
                return refuse(call, WIN32_CODE(0x490), "Construct: no instance %s was added", call->texts[0]);
        snprintf(wanted, sizeof(wanted), "cookie-%llu", (unsigned long long)thing->client);
        if (!cookie || strcmp(cookie, wanted) != 0)
                return refuse(call, E_INVALIDARG, "Construct: the cookie is not that of the instance %s", call->texts[0]);
        snprintf(wanted, sizeof(wanted), SOCKET, (unsigned long long)thing->client);
        if (machine && (!machine->socket || strcmp(machine->socket, wanted) != 0))
                return refuse(call, E_INVALIDARG, "Construct: the machine has no socket %s", wanted);
        return 0;
}
