/* ModifyComputeSystem: what a living system may use from now on.  The request is the one that the agent of a Linux guest takes, an
 * Update of "ContainerConstraints"; its Linux member is the resources as they are to be, whole.  The kernel is told first, then
 * the document that says what the system is; when either fails, both are as they were. */
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/local/engine.h"
#include "hcs/local/resctrl.h"
#include "hcs/local/scope.h"
#include "hcs/schema/windows-modify.h"

static int read_request(struct arena *arena, const char *text, const struct spec_resources **ret, const struct spec_intel_rdt **ret_rdt,
                        struct error *err)
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
        *ret_rdt = constraints.intel_rdt;
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
                          const struct spec_resources *resources, const struct spec_intel_rdt *rdt, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct doc_system changed = *document;
        struct doc_hosted_system hosted = *document->hosted_system;
        struct spec spec = *hosted.oci_specification;
        struct spec_linux linux_ = *spec.linux_;
        struct spec_intel_rdt class = { 0 };
        int r;

        if (linux_.intel_rdt)
                class = *linux_.intel_rdt;
        if (rdt && rdt->l3_cache_schema && *rdt->l3_cache_schema)
                class.l3_cache_schema = rdt->l3_cache_schema;
        if (rdt && rdt->mem_bw_schema && *rdt->mem_bw_schema)
                class.mem_bw_schema = rdt->mem_bw_schema;

        linux_.resources = resources;
        if (rdt)
                linux_.intel_rdt = &class;
        spec.linux_ = &linux_;
        hosted.oci_specification = &spec;
        changed.hosted_system = &hosted;
        json_write(&text, doc_system_fields, &changed);
        r = text_check(&text, err);
        return r < 0 ? r : io_replace_at(system->directory, "system.json", text.data, text.length, 0600, err);
}

static int find_group(struct hcs_system_object *system, struct arena *arena, struct local_record *record, struct cgroup_tree *tree,
                      struct cgroup *group, struct error *err)
{
        enum local_state state;
        int r;

        r = local_record_read(system->directory, arena, record, err);
        if (r != 0)
                return r < 0 ? r : error_set(err, HCS_E_SYSTEM_NOT_FOUND, "system \"%s\" does not exist", system->id);
        r = local_state_find(system, arena, record, &state, err);
        if (r < 0)
                return r;
        if (state == LOCAL_STOPPED || state == LOCAL_CREATED)
                return error_set(err, HCS_E_SYSTEM_ALREADY_STOPPED, "container not running");
        return local_cgroup_of(arena, record, tree, group, err);
}

/* What is changed together: the kernel's files, what systemd knows, and the document. */
struct change {
        struct hcs_system_object *system;
        struct arena *arena;
        struct local_record record;
        struct cgroup_tree tree;
        struct cgroup group;
        const struct spec_resources *old, *new;
        const struct spec_intel_rdt *rdt;       /* NULL: nothing of it */
        struct text class_before;
        bool devices;
        struct cgroup_undo undo;
};

static void change_done(struct change *change)
{
        cgroup_undo_done(&change->undo);
        text_done(&change->class_before);
}

/* It would put back what it does not know when it reloads. */
static int tell_systemd(const struct change *change, bool back, struct error *err)
{
        scope_property_list old, new;
        int r;

        if (!change->record.scope)
                return 0;
        r = scope_properties(change->arena, change->old, NULL, change->tree.version, &old, err);
        if (r >= 0)
                r = scope_properties(change->arena, change->new, NULL, change->tree.version, &new, err);
        if (r >= 0 && change->devices && !change->record.scope_of_user)
                r = scope_add_devices(change->arena, change->old, change->tree.version, &old, err);
        if (r >= 0 && change->devices && !change->record.scope_of_user)
                r = scope_add_devices(change->arena, change->new, change->tree.version, &new, err);
        if (r >= 0 && back)
                r = scope_properties_back(change->arena, &old, &new, &new, err);
        return r < 0 ? r : scope_update(change->record.scope, change->record.scope_of_user, &new, err);
}

/* systemd first: it writes to the same files, and ours are to be the last word. */
static void take_back(struct change *change, bool systemd, struct error *err)
{
        _cleanup_(cgroup_undo_done) struct cgroup_undo forgotten = { 0 };
        struct error undoing = { 0 };

        if (resctrl_put_back(change->record.resctrl_class, &change->class_before, &undoing) < 0)
                (void)error_wrap(err, "(the old schemata could not be put back: %s)", undoing.text);
        if (systemd && tell_systemd(change, true, &undoing) < 0)
                (void)error_wrap(err, "(the old limits could not be put back: %s)", undoing.text);
        cgroup_undo_all(&change->undo, err);
        if (change->devices && cgroup_update(&change->group, change->old, true, &forgotten, &undoing) < 0)
                (void)error_wrap(err, "(the old rules of devices could not be put back: %s)", undoing.text);
}

static int change_class(struct change *change, struct error *err)
{
        if (!change->rdt)
                return 0;
        if (!change->record.resctrl_class)
                return error_set(err, E_NOT_SUPPORTED, "linux.intelRdt: this sandbox has no class, and what runs can't be put into one "
                                 "as a whole; give its config.json \"intelRdt\", which may be {}");
        return resctrl_change(change->record.resctrl_class, change->rdt, &change->class_before, err);
}

static int carry_out(struct change *change, const struct doc_system *document, struct error *err)
{
        int r = change_class(change, err), told;

        if (r < 0)
                return r;
        r = cgroup_update(&change->group, change->new, change->devices, &change->undo, err);
        if (r < 0) {
                struct error undoing = { 0 };

                return resctrl_put_back(change->record.resctrl_class, &change->class_before, &undoing) < 0
                               ? error_wrap(err, "(the old schemata could not be put back: %s)", undoing.text) : r;
        }
        r = told = tell_systemd(change, false, err);
        if (r >= 0)
                r = write_document(change->system, document, change->new, change->rdt, err);
        if (r < 0)
                take_back(change, told >= 0, err);
        return r;
}

int local_system_modify(struct hcs_system_object *system, const char *configuration, struct error *err)
{
        static const struct spec_resources none;
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(change_done) struct change change = { .system = system, .arena = &arena };
        const struct doc_system *document;
        const struct spec *spec;
        int r;

        /* Into the handle's arena: the document that the handle keeps names it from now on. */
        r = read_request(&system->arena, configuration, &change.new, &change.rdt, err);
        if (r >= 0)
                r = local_system_document(system, &document, err);
        if (r < 0)
                return r;
        spec = document->hosted_system->oci_specification;
        change.old = spec->linux_->resources ? spec->linux_->resources : &none;
        r = are_devices_other(change.old, change.new, &change.devices, err);
        if (r >= 0)
                r = find_group(system, &arena, &change.record, &change.tree, &change.group, err);
        if (r < 0)
                return r;
        change.devices &= !spec_namespace_find(spec, SPEC_NAMESPACE_USER);
        r = carry_out(&change, document, err);
        if (r >= 0)
                system->document = NULL;        /* read again by whoever asks next */
        return r;
}
