/* ModifyComputeSystem: what a living system may use from now on.  The request is the one that the agent of a Linux guest takes, an
 * Update of "ContainerConstraints"; its Linux member is the resources as they are to be, whole.  The kernel is told first, then
 * the document that says what the system is; when either fails, both are as they were. */
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/local/engine.h"
#include "hcs/schema/windows-modify.h"

static int read_request(struct arena *arena, const char *text, const struct spec_resources **ret, struct error *err)
{
        struct win_modify_request request = { 0 };
        struct doc_constraints constraints = { 0 };
        const struct win_guest_request *guest;
        struct json_value *value;
        int r;

        r = json_parse(arena, text, strlen(text), "the settings", &value, err);
        if (r >= 0)
                r = json_read(arena, win_modify_request_fields, value, &request, "$", JSON_REFUSE_UNKNOWN, err);
        if (r < 0)
                return r;
        guest = request.guest_request;
        if (request.resource_path || !guest || !text_equal(guest->resource_type, "ContainerConstraints") ||
            guest->request_type != WIN_REQUEST_UPDATE || !guest->settings.value)
                return error_set(err, E_NOT_SUPPORTED, "$: this engine changes a system by an Update of ContainerConstraints in a "
                                 "GuestRequest, and by nothing else");
        r = json_read(arena, doc_constraints_fields, guest->settings.value, &constraints, "$.GuestRequest.Settings", JSON_REFUSE_UNKNOWN,
                      err);
        if (r < 0)
                return r;
        if (!constraints.linux_)
                return error_set(err, E_INVALID_DATA, "$.GuestRequest.Settings.Linux: missing");
        *ret = constraints.linux_;
        return 0;
}

/* On v1 a change of the rules is not whole at once, so it is left alone unless it was asked for. */
static int are_devices_other(const struct spec_resources *old, const struct spec_resources *new, bool *ret, struct error *err)
{
        const struct spec_resources parts[2] = { { .devices = { new->devices.items, new->devices.count } },
                                                 { .devices = { old ? old->devices.items : NULL, old ? old->devices.count : 0 } } };
        _cleanup_(text_done) struct text one = { 0 }, other = { 0 };
        int r;

        json_write(&one, spec_resources_fields, &parts[0]);
        json_write(&other, spec_resources_fields, &parts[1]);
        r = text_check(&one, err);
        if (r >= 0)
                r = text_check(&other, err);
        *ret = r >= 0 && !text_equal(one.data, other.data);
        return r;
}

/* Writes the document down with the new resources in it. */
static int write_document(const struct hcs_system_object *system, const struct doc_system *document,
                          const struct spec_resources *resources, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct doc_system changed = *document;
        struct doc_hosted_system hosted = *document->hosted_system;
        struct spec spec = *hosted.oci_specification;
        struct spec_linux linux_ = *spec.linux_;
        int r;

        linux_.resources = resources;
        spec.linux_ = &linux_;
        hosted.oci_specification = &spec;
        changed.hosted_system = &hosted;
        json_write(&text, doc_system_fields, &changed);
        r = text_check(&text, err);
        return r < 0 ? r : io_replace_at(system->directory, "system.json", text.data, text.length, 0600, err);
}

static int find_group(struct hcs_system_object *system, struct arena *arena, struct cgroup_tree *tree, struct cgroup *group,
                      struct error *err)
{
        struct local_record record;
        enum local_state state;
        int r;

        r = local_record_read(system->directory, arena, &record, err);
        if (r != 0)
                return r < 0 ? r : error_set(err, HCS_E_SYSTEM_NOT_FOUND, "system \"%s\" does not exist", system->id);
        r = local_state_find(system, arena, &record, &state, err);
        if (r < 0)
                return r;
        if (state == LOCAL_STOPPED || state == LOCAL_CREATED)
                return error_set(err, HCS_E_SYSTEM_ALREADY_STOPPED, "container not running");
        return local_cgroup_of(arena, &record, tree, group, err);
}

int local_system_modify(struct hcs_system_object *system, const char *configuration, struct error *err)
{
        static const struct spec_resources none;
        _cleanup_(arena_done) struct arena arena = { 0 };
        const struct spec_resources *new = NULL, *old;
        const struct doc_system *document;
        struct error undoing = { 0 };
        struct cgroup_tree tree = { 0 };
        struct cgroup group;
        const struct spec *spec;
        bool devices;
        int r;

        /* Into the handle's arena: the document that the handle keeps names it from now on. */
        r = read_request(&system->arena, configuration, &new, err);
        if (r >= 0)
                r = local_system_document(system, &document, err);
        if (r < 0)
                return r;
        spec = document->hosted_system->oci_specification;
        old = spec->linux_->resources ? spec->linux_->resources : &none;
        r = are_devices_other(old, new, &devices, err);
        if (r >= 0)
                r = find_group(system, &arena, &tree, &group, err);
        if (r >= 0)
                r = cgroup_update(&group, new, devices && !spec_namespace_find(spec, SPEC_NAMESPACE_USER), err);
        if (r < 0)
                return r;
        r = write_document(system, document, new, err);
        if (r < 0) {
                if (cgroup_update(&group, old, devices, &undoing) < 0)
                        return error_wrap(err, "(the old limits could not be put back: %s)", undoing.text);
                return r;
        }
        system->document = NULL;        /* read again by whoever asks next */
        return 0;
}
