#include "src/lib/windows/credential.h"

#include <string.h>

#include "hcs/base/text.h"
#include "hcs/schema/windows-query.h"

static int modify(const struct sandbox_host *host, int operation, const struct json_field *fields, const void *details,
                  struct error *err)
{
        const struct win_guard_request guard = { operation, { .fields = fields, .object = details } };
        const struct win_service_request request = {
                WIN_MODIFY_CREDENTIAL_GUARD, { .fields = win_guard_request_fields, .object = &guard },
        };
        _cleanup_(free_charp) char *text = NULL;
        int r = winplan_print(win_service_request_fields, &request, &text, err);

        if (r >= 0)
                r = sandbox_host_need_compute(host, err);
        return r < 0 ? r : hcs_service_modify(&host->client, text, err);
}

/* Without the instance the container would be started with a guard that nobody stands behind. */
static int find_instance(struct arena *arena, const struct json_value *answer, const char *id, struct error *err)
{
        struct win_guard_system_info info = { 0 };
        int r = json_read(arena, win_guard_system_info_fields, answer, &info, "GetServiceProperties", JSON_IGNORE_UNKNOWN, err);

        for (size_t i = 0; r >= 0 && i < info.instances.count; i++)
                if (text_equal(info.instances.items[i].id, id) && info.instances.items[i].credential_guard)
                        return 0;
        return r < 0 ? r : error_set(err, E_INVALID_DATA, "GetServiceProperties: the service took the specification, and does not name it");
}

/* All instances; the composer finds ours by its id. */
static int ask(const struct sandbox_host *host, const char *id, struct arena *arena, const struct json_value **ret, struct error *err)
{
        _cleanup_(free_charp) char *answer = NULL;
        struct win_service_properties properties = { 0 };
        struct json_value *value;
        const char *text;
        int r = hcs_service_properties(&host->client, "{\"PropertyTypes\":[\"ContainerCredentialGuard\"]}", &answer, err);

        if (r < 0)
                return r;
        text = arena_copy(arena, answer);
        if (!text)
                return error_memory(err);
        r = json_parse(arena, text, strlen(text), "GetServiceProperties", &value, err);
        if (r >= 0)
                r = json_read(arena, win_service_properties_fields, value, &properties, "$", JSON_IGNORE_UNKNOWN, err);
        if (r < 0)
                return r;
        if (!properties.properties || properties.properties->type != JSON_ARRAY || !properties.properties->count)
                return error_set(err, E_INVALID_DATA, "GetServiceProperties: the service says nothing of its credentials");
        r = find_instance(arena, &properties.properties->items[0], id, err);
        if (r < 0)
                return r;
        *ret = &properties.properties->items[0];
        return 0;
}

int credential_add(const struct sandbox_host *host, struct winplan *plan, const struct place *place, struct error *err)
{
        const struct win_guard_add_instance *wanted = plan->documents.credential;
        int r;

        if (!wanted)
                return 0;
        r = modify(host, WIN_GUARD_ADD_INSTANCE, win_guard_add_instance_fields, wanted, err);
        if (r >= 0)
                r = ask(host, wanted->id, &plan->config->arena, &plan->facts.credential_guard, err);
        if (r >= 0)
                r = winplan_again(host, plan, place, err);
        return r < 0 ? error_wrap(err, "windows.credentialSpec") : 0;
}

int credential_remove(const struct sandbox_host *host, const struct winplan *plan, struct error *err)
{
        const struct win_guard_add_instance *had = plan->documents.credential;
        const struct win_guard_remove_instance gone = { had ? had->id : NULL };
        int r;

        if (!had)
                return 0;
        r = modify(host, WIN_GUARD_REMOVE_INSTANCE, win_guard_remove_instance_fields, &gone, err);
        if (r == E_NOT_FOUND || r == E_FILE_NOT_FOUND)
                return 0;
        return r < 0 ? error_wrap(err, "windows.credentialSpec") : 0;
}
