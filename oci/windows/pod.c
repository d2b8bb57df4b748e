/* A further container in the machine of a pod.  The sandbox of the pod has made the machine and keeps it; this one brings nothing
 * but what it adds to it: its layers as shares, its scratch as a disk, its mounts, and the container that the machine hosts.  The
 * network is the pod's, and the guest knows it already.
 *
 * Disks lie from the fact PodLun on, and shares are named after it, so no two containers of a pod come into each other's way.  What
 * was added is taken out again (Leave), in the opposite order, while the machine lives on; shares that the guest's memory is mapped
 * to can't be taken out (hcs-documents.md section 5.2), so those of such a container never are. */
#include <string.h>

#include "hcs/base/guid.h"
#include "hcs/base/text.h"
#include "oci/check.h"
#include "oci/windows/check.h"
#include "oci/windows/machine.h"
#include "oci/windows/mounts.h"

const char *oci_windows_pod_machine(const struct oci_windows *config)
{
        const char *id = spec_annotation(&config->spec, WISH_POD_ID);

        if (config->kind != OCI_WINDOWS_HYPERV || !check_is_given(id) ||
            !text_equal(spec_annotation(&config->spec, WISH_POD_TYPE), "container"))
                return NULL;
        return id;
}

/* --- checks -------------------------------------------------------------------------------------------------------- */

static int check_pod_network(const struct check *check, const struct oci_windows *config)
{
        const struct section_network *network = config->section.network;

        if (config->wishes.nat)
                return error_set(check->err, E_INVALID_DATA, "annotations." WISH_NETWORK ": found for a container of a pod, whose network "
                                 "is the pod's; leave it out");
        if (network && (network->endpoint_list.count || check_is_given(network->network_shared_container_name)))
                return error_set(check->err, E_INVALID_DATA, "windows.network: found an endpointList or a networkSharedContainerName for a "
                                 "container in the machine of a pod, whose network is the pod's; leave them out");
        return 0;
}

/* A pipe is given to a machine by the name that it has on the host, so it is there once for all who live in it: the first who leaves
 * would take it away from the others. */
static int check_pod_mounts(const struct check *check)
{
        for (size_t i = 0; i < check->spec->mounts.count; i++)
                if (mount_class(&check->spec->mounts.items[i], false) == MOUNT_PIPE)
                        return error_set(check->err, E_NOT_SUPPORTED, "mounts[%zu].source: found a pipe of the host for a further "
                                         "container of a pod's machine, which has such pipes for all or for none; mount it in the "
                                         "pod's sandbox, and here as \"uvm://%.100s\"", i, check->spec->mounts.items[i].source);
        return 0;
}

int wincheck_pod(const struct check *check, const struct oci_windows *config)
{
        if (!text_equal(spec_annotation(check->spec, WISH_POD_TYPE), "container") || config->kind == OCI_WINDOWS_PROCESS)
                return 0;
        if (config->kind == OCI_WINDOWS_LINUX)          /* layers are files of disks there, and containers of a pod share some */
                return error_set(check->err, E_NOT_SUPPORTED, "annotations." WISH_POD_TYPE ": found \"container\" for a Linux container: "
                                 "its layers are disks, and nothing published says that a machine takes one twice, for two of its "
                                 "containers; leave the annotation out, and it gets a machine of its own");
        if (config->kind != OCI_WINDOWS_HYPERV)
                return error_set(check->err, E_NOT_SUPPORTED, "annotations." WISH_POD_TYPE ": found \"container\" for a desktop, which is "
                                 "a machine itself and lives in none; leave the annotation out");
        if (!oci_windows_pod_machine(config))
                return error_set(check->err, E_INVALID_DATA, "annotations." WISH_POD_TYPE ": found \"container\" without " WISH_POD_ID
                                 "; expected the sandbox in whose machine it is to live");
        if (config->section.credential_spec)
                return error_set(check->err, E_NOT_SUPPORTED, "windows.credentialSpec: found for a further container of a pod's machine, "
                                 "which has one way to the service of credentials; leave it out");
        if (check_pod_network(check, config) < 0)
                return check->err->code;
        return check_pod_mounts(check);
}

/* --- network ------------------------------------------------------------------------------------------------------- */

/* Kubernetes' clients give each container of a pod the pod's namespace; who calls by hand names the pod alone. */
int plan_pod_network(struct plan *plan)
{
        const struct section_network *network = plan->config->section.network;
        const bool own = network && check_is_given(network->network_namespace);
        char of_pod[GUID_TEXT_MAX] = "", given[GUID_TEXT_MAX] = "";

        if (plan->facts->pod_namespace && guid_normalise(plan->facts->pod_namespace, of_pod) < 0)
                return error_set(plan->err, E_INVALID_DATA, "the fact PodNamespace: no GUID");
        if (own && guid_normalise(network->network_namespace, given) < 0)
                return error_set(plan->err, E_INVALID_DATA, "windows.network.networkNamespace: no GUID");
        if (*of_pod && own && strcmp(of_pod, given) != 0)
                return error_set(plan->err, E_INVALID_DATA, "windows.network.networkNamespace: found %s, and the machine of the pod is in "
                                 "%s; expected that, or none", given, of_pod);
        if (*of_pod || own)
                plan->namespace_ = plan_text(plan, "%s", own ? given : of_pod);
        return 0;
}

/* --- the way out --------------------------------------------------------------------------------------------------- */

/* Of a share the name is enough, and of a disk its place. */
static int take_out(struct plan *plan, const struct win_modify_request *added, struct win_modify_request *ret)
{
        struct { struct win_smb_share share; struct win_guest_request guest; struct win_combined_layers layers; } *parts;

        parts = plan_alloc(plan, 1, sizeof(*parts));
        if (!parts)
                return plan->err->code;
        *ret = (struct win_modify_request){ .resource_path = added->resource_path };
        if (added->resource_path)
                ret->request_type = WIN_REQUEST_REMOVE;
        if (added->settings.fields == win_smb_share_fields) {
                parts->share.name = ((const struct win_smb_share *)added->settings.object)->name;
                ret->settings = (struct json_open){ .fields = win_smb_share_fields, .object = &parts->share };
        }
        if (!added->guest_request)
                return 0;
        parts->guest = *added->guest_request;
        parts->guest.request_type = WIN_REQUEST_REMOVE;
        if (parts->guest.settings.fields == win_combined_layers_fields) {
                const struct win_combined_layers *layers = parts->guest.settings.object;

                parts->layers.container_root_path = layers->container_root_path;
                parts->guest.settings.object = &parts->layers;
        }
        ret->guest_request = &parts->guest;
        return 0;
}

static int plan_leave(struct plan *plan)
{
        const size_t count = plan->out->modify.count;

        plan->out->leave.items = plan_alloc(plan, count, sizeof(*plan->out->leave.items));
        if (!plan->out->leave.items)
                return plan->err->code;
        for (; plan->out->leave.count < count; plan->out->leave.count++)
                if (take_out(plan, &plan->out->modify.items[count - 1 - plan->out->leave.count],
                             &plan->out->leave.items[plan->out->leave.count]) < 0)
                        return plan->err->code;
        return 0;
}

int plan_in_pod(struct plan *plan)
{
        int r;

        plan->out->vm_id = plan_text(plan, "%s@vm", oci_windows_pod_machine(plan->config));
        plan->next_lun = plan->out->first_lun = plan->facts->pod_lun;
        plan->share_prefix = plan_text(plan, "c%us", plan->next_lun);
        plan->no_directmap = true;
        r = plan_pod_storage(plan);
        if (r >= 0)
                r = machine_container(plan);
        return r < 0 ? r : plan_leave(plan);
}
