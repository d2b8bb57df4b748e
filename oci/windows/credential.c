/* A credential specification (hcs-documents.md section 10.4): the service is given it, answers with what the container has to
 * be told, and forgets it only when it is taken away again.  Until the service was asked, the container's part is made up of
 * what is known; afterwards it is in the facts. */
#include "hcs/base/text.h"
#include "hcs/schema/windows-query.h"
#include "oci/windows/machine.h"

/* It is a text to HCS, also where the bundle has it as an object. */
static const char *text_of(struct plan *plan, const struct json_value *spec)
{
        _cleanup_(text_done) struct text text = { 0 };

        if (spec->type == JSON_STRING)
                return spec->text;
        json_write_value(&text, spec);
        if (!text.failed)
                return plan_text(plan, "%s", text.data);
        (void)plan_memory(plan);
        return "";
}

static int find_answer(struct plan *plan, const struct win_guard_instance **ret)
{
        struct win_guard_system_info *answer = plan_alloc(plan, 1, sizeof(*answer));

        *ret = NULL;
        if (!answer)
                return plan->err->code;
        if (!plan->facts->credential_guard)
                return 0;
        if (json_read(plan->arena, win_guard_system_info_fields, plan->facts->credential_guard, answer, "CredentialGuard",
                      JSON_IGNORE_UNKNOWN, plan->err) < 0)
                return plan->err->code;
        for (size_t i = 0; i < answer->instances.count; i++)
                if (text_equal(answer->instances.items[i].id, plan->out->id))
                        *ret = &answer->instances.items[i];
        return 0;
}

/* The guest reaches the service by a socket that the machine has to let through. */
static int open_socket(struct plan *plan, const struct win_guard_hv_socket_config *socket)
{
        struct win_modify_request *request = plan_modify(plan);

        if (!request)
                return plan->err->code;
        *request = (struct win_modify_request){
                .resource_path = plan_text(plan, "VirtualMachine/Devices/HvSocket/HvSocketConfig/ServiceTable/%s", socket->service_id),
                .request_type = WIN_REQUEST_UPDATE,
                .settings = { .fields = win_hv_socket_service_config_fields, .object = socket->service_config },
        };
        return 0;
}

int plan_credential(struct plan *plan, struct win_container *container)
{
        struct { struct win_guard_add_instance add; struct win_credential_guard_state state; } *parts;
        const struct json_value *spec = plan->config->section.credential_spec;
        const struct win_guard_instance *answer;

        if (!spec)
                return 0;
        parts = plan_alloc(plan, 1, sizeof(*parts));
        if (!parts || find_answer(plan, &answer) < 0)
                return plan->err->code;
        parts->add = (struct win_guard_add_instance){
                .id = plan->out->id, .credential_spec = text_of(plan, spec),
                .transport = plan->config->kind == OCI_WINDOWS_HYPERV ? WIN_GUARD_HV_SOCKET : WIN_GUARD_LRPC,
        };
        parts->state = (struct win_credential_guard_state){
                .transport = parts->add.transport, .credential_spec = parts->add.credential_spec,
        };
        plan->out->credential = &parts->add;
        container->container_credential_guard = answer && answer->credential_guard ? answer->credential_guard : &parts->state;
        if (plan->config->kind == OCI_WINDOWS_HYPERV && answer && answer->hv_socket_config)
                return open_socket(plan, answer->hv_socket_config);
        return 0;
}
