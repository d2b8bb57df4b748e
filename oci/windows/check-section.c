/* The member "windows", and the wishes of annotations that stand beside it. */
#include <stdio.h>
#include <string.h>

#include "hcs/base/guid.h"
#include "hcs/base/text.h"
#include "oci/windows/check.h"
#include "oci/windows/compile.h"
#include "oci/windows/layer-id.h"

#define SHARES_MAX 10000
#define MAXIMUM_MAX 10000               /* all processors of the host */

/* --- layers ------------------------------------------------------------------------------------------------------- */

/* The id of a layer is made of its folder's name alone (hcs-documents.md section 4.3), so two of one name are one to HCS. */
static int check_layer_names(const struct check *check, const struct strings *folders)
{
        char a[GUID_TEXT_MAX], b[GUID_TEXT_MAX];

        for (size_t i = 0; i + 1 < folders->count; i++)
                for (size_t k = 0; k < i; k++) {
                        if (layer_id(folders->items[i], a, check->err) < 0 || layer_id(folders->items[k], b, check->err) < 0)
                                return check->err->code;
                        if (text_equal(a, b))
                                return check_refuse(check, "layerFolders[%zu]: \"%.200s\" has the same last part as layerFolders[%zu]; "
                                                    "expected different ones, for HCS tells layers apart by it", i, folders->items[i], k);
                }
        return 0;
}

static int check_layers(const struct check *check, const struct oci_windows *config)
{
        const struct strings *folders = &config->section.layer_folders;

        if (!folders->count) {
                if (config->kind == OCI_WINDOWS_LINUX)
                        return check_refuse(check, "layerFolders: missing or empty; expected the layers of the Linux container and its "
                                            "scratch: a Windows host has no Linux to be copied");
                return 0;
        }
        if (folders->count < 2)
                return check_refuse(check, "layerFolders: found one folder; expected at least one layer, and the scratch behind it "
                                    "(or none at all, for a copy of this machine)");
        for (size_t i = 0; i < folders->count; i++) {
                char member[40];

                (void)snprintf(member, sizeof(member), "layerFolders[%zu]", i);
                if (wincheck_path(check, member, folders->items[i]) < 0)
                        return check->err->code;
        }
        if (config->wishes.base_layer)
                return check_refuse(check, "layerFolders: found together with the annotation " WISH_BASE_LAYER "; expected one of them");
        if (config->wishes.scratch)
                return check_refuse(check, "layerFolders: found together with the annotation " WISH_SCRATCH "; the last folder is the "
                                    "scratch already");
        return check_layer_names(check, folders);
}

/* --- resources ---------------------------------------------------------------------------------------------------- */

static bool is_set(const uint64_t *number)
{
        return number && *number;
}

/* Zero is "not set", as in hcsshim: its structs can't tell the two apart, and its clients rely on it. */
static int check_cpu(const struct check *check, const struct section_cpu *cpu, const struct windows_wishes *wishes)
{
        const bool count = is_set(cpu->count) || is_set(wishes->container_count);
        const bool maximum = is_set(cpu->maximum) || is_set(wishes->container_maximum);
        const bool shares = is_set(cpu->shares) || is_set(wishes->container_weight);

        if (is_set(cpu->maximum) && *cpu->maximum > MAXIMUM_MAX)
                return check_refuse(check, "resources.cpu.maximum: found %llu; expected a number from 1 to %d (hundredths of a percent "
                                    "of all processors)", (unsigned long long)*cpu->maximum, MAXIMUM_MAX);
        if (is_set(cpu->shares) && *cpu->shares > SHARES_MAX)
                return check_refuse(check, "resources.cpu.shares: found %llu; expected a number from 1 to %d",
                                    (unsigned long long)*cpu->shares, SHARES_MAX);
        if (count + maximum + shares > 1)
                return check_refuse(check, "resources.cpu: found %s%s%s (annotations included); expected one of count, maximum and "
                                    "shares, for HCS takes no two of them", count ? "count " : "", maximum ? "maximum " : "",
                                    shares ? "shares" : "");
        if (is_set(cpu->count) && *cpu->count > UINT32_MAX)
                return check_refuse(check, "resources.cpu.count: found %llu; expected a number of processors",
                                    (unsigned long long)*cpu->count);
        return 0;
}

/* Of a silo only: nobody says to which of the host's processors those of a machine belong. */
static int check_affinity(const struct check *check, const struct oci_windows *config)
{
        const struct section_resources *resources = config->section.resources;
        const struct section_cpu *cpu = resources ? resources->cpu : NULL;

        if (!cpu || !cpu->affinity.count)
                return 0;
        if (config->kind != OCI_WINDOWS_PROCESS)
                return check_refuse(check, "resources.cpu.affinity: found for a sandbox with a machine of its own; only a process-isolated "
                                    "container can be bound to processors: leave it out, or use the annotation " MS_MACHINE "cpugroup.id");
        for (size_t i = 0; i < cpu->affinity.count; i++) {
                if (!cpu->affinity.items[i].mask)
                        return check_refuse(check, "resources.cpu.affinity[%zu].mask: found 0; expected a bit for each processor", i);
                if (cpu->affinity.items[i].group > UINT16_MAX)
                        return check_refuse(check, "resources.cpu.affinity[%zu].group: found %u; expected a processor group", i,
                                            cpu->affinity.items[i].group);
                for (size_t k = 0; k < i; k++)
                        if (cpu->affinity.items[k].group == cpu->affinity.items[i].group)
                                return check_refuse(check, "resources.cpu.affinity[%zu].group: group %u is named by affinity[%zu], too; "
                                                    "expected each once", i, cpu->affinity.items[i].group, k);
        }
        return 0;
}

static int check_resources_(const struct check *check, const struct oci_windows *config)
{
        static const struct section_cpu no_cpu;
        const struct section_resources *resources = config->section.resources;
        const struct section_storage *storage = resources ? resources->storage : NULL;
        int r = check_cpu(check, resources && resources->cpu ? resources->cpu : &no_cpu, &config->wishes);

        if (r >= 0)
                r = check_affinity(check, config);

        if (r >= 0 && storage && is_set(storage->sandbox_size) && config->kind == OCI_WINDOWS_DESKTOP)
                r = check_refuse(check, "resources.storage.sandboxSize: found for a desktop, whose disk has the size of the one it comes "
                                 "from; leave it out");
        if (r >= 0 && storage && is_set(storage->sandbox_size) && config->wishes.scratch_size)
                r = check_refuse(check, "resources.storage.sandboxSize: found together with the annotation " WISH_SCRATCH_SIZE "; "
                                 "expected one of them");
        return r;
}

/* --- network ------------------------------------------------------------------------------------------------------ */

/* A container of Windows is told how to look up names; a machine hears it from its endpoint, if we make that. */
static void warn_names(const struct check *check, const struct section_network *network, bool nat)
{
        if (network->allow_unqualified_dns_query)
                check_tell(check, LOG_LEVEL_WARNING, "network.allowUnqualifiedDNSQuery: only Windows containers can be told, so it is "
                           "passed over");
        if (network->dns_search_list.count && !nat)
                check_tell(check, LOG_LEVEL_WARNING, "network.DNSSearchList: only Windows containers and endpoints of ours can be told, so "
                           "it is passed over");
}

static int check_network(const struct check *check, const struct oci_windows *config)
{
        const struct section_network *network = config->section.network;
        const bool own = network && check_is_given(network->network_namespace);
        const bool shared = network && check_is_given(network->network_shared_container_name);

        if (config->wishes.ports.count && !config->wishes.nat)
                return error_set(check->err, E_INVALID_DATA, "annotations." WISH_PORTS ": found without " WISH_NETWORK " \"nat\"; "
                                 "without a network there is nothing to forward to");
        if (!network)
                return 0;
        if (config->wishes.nat && (own || shared || network->endpoint_list.count))
                return check_refuse(check, "network: found together with the annotation " WISH_NETWORK " \"nat\"; expected one of them");
        if (own && !guid_is_valid(network->network_namespace))
                return check_refuse(check, "network.networkNamespace: found \"%.100s\"; expected the GUID of an HCN namespace",
                                    network->network_namespace);
        if (own && network->endpoint_list.count)
                return check_refuse(check, "network.endpointList: found together with networkNamespace, whose endpoints are in it "
                                    "already; expected one of them");
        if (own && shared)
                return check_refuse(check, "network.networkSharedContainerName: found together with networkNamespace; expected one of "
                                    "them");
        if (own && config->kind == OCI_WINDOWS_DESKTOP)
                return check_refuse(check, "network.networkNamespace: found for a desktop, which knows no namespaces; name "
                                    "its endpoints in endpointList");
        if (config->kind == OCI_WINDOWS_LINUX || config->kind == OCI_WINDOWS_DESKTOP)
                warn_names(check, network, config->wishes.nat);
        if (shared && config->kind != OCI_WINDOWS_PROCESS)
                return check_refuse(check, "network.networkSharedContainerName: found \"%.100s\"; only process-isolated containers can "
                                    "share a network so", network->network_shared_container_name);
        for (size_t i = 0; i < network->endpoint_list.count; i++)
                if (!guid_is_valid(network->endpoint_list.items[i]))
                        return check_refuse(check, "network.endpointList[%zu]: found \"%.100s\"; expected the GUID of an HCN endpoint", i,
                                            network->endpoint_list.items[i]);
        for (size_t i = 0; i < network->dns_search_list.count; i++)
                if (!*network->dns_search_list.items[i] || strpbrk(network->dns_search_list.items[i], ", "))
                        return check_refuse(check, "network.DNSSearchList[%zu]: found \"%.100s\"; expected one domain", i,
                                            network->dns_search_list.items[i]);
        return 0;
}

/* --- devices ------------------------------------------------------------------------------------------------------ */

static int check_device(const struct check *check, const struct section_device *device, enum oci_windows_kind kind)
{
        const bool class = text_equal(device->id_type, "class") || text_equal(device->id_type, "vpci-class-guid");
        const bool location = text_equal(device->id_type, "vpci-location-path");
        const bool instance = text_equal(device->id_type, "vpci") || text_equal(device->id_type, "vpci-instance-id");

        if (text_equal(device->id_type, "gpu") && kind != OCI_WINDOWS_LINUX)
                return check_refuse(check, "idType: found \"gpu\"; only Linux containers take it: use the annotation " WISH_GPU
                                    ", or idType \"class\" with id 5B45201D-F2F2-4F3B-85BB-30FF1F953599");
        if (text_equal(device->id_type, "gpu"))
                return check_not_yet(check, "idType", "use \"vpci-instance-id\"");
        if (!class && !location && !instance)
                return check_refuse(check, "idType: found \"%.60s\"; expected \"class\", \"vpci-class-guid\", \"vpci-location-path\", "
                                    "\"vpci\" or \"vpci-instance-id\"", device->id_type);
        if (!check_is_given(device->id))
                return check_refuse(check, "id: found \"\"; expected the device");
        if (class && !guid_is_valid(device->id))
                return check_refuse(check, "id: found \"%.100s\"; expected the GUID of a device interface class", device->id);
        if (instance && kind == OCI_WINDOWS_PROCESS)
                return check_refuse(check, "idType: found \"%s\"; a process-isolated container takes \"class\" or "
                                    "\"vpci-location-path\"", device->id_type);
        if (instance && kind == OCI_WINDOWS_HYPERV)
                return check_not_yet(check, "idType", "the agent of a Windows guest doesn't say where the device came to lie; use "
                                     "\"class\"");
        if (!instance && (kind == OCI_WINDOWS_LINUX || kind == OCI_WINDOWS_DESKTOP))
                return check_refuse(check, "idType: found \"%s\"; this machine takes \"vpci-instance-id\"", device->id_type);
        return 0;
}

static int check_devices(const struct check *check, const struct oci_windows *config)
{
        for (size_t i = 0; i < config->section.devices.count; i++) {
                const struct check here = check_item(check, "windows.devices", i);

                if (check_device(&here, &config->section.devices.items[i], config->kind) < 0)
                        return check->err->code;
        }
        return 0;
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */

static int check_credential(const struct check *check, const struct oci_windows *config)
{
        const struct json_value *spec = config->section.credential_spec;

        if (!spec)
                return 0;
        if (spec->type != JSON_STRING && spec->type != JSON_OBJECT)
                return check_refuse(check, "credentialSpec: found neither a text nor an object; expected a credential specification");
        if (config->wishes.no_guard && *config->wishes.no_guard)
                return check_refuse(check, "credentialSpec: found together with the annotation " MS_CONTAINER "wcow.gmsa.disable");
        if (config->wishes.no_unsafe && *config->wishes.no_unsafe)
                return check_refuse(check, "credentialSpec: found together with the annotation io.microsoft.disable-unsafe-operations");
        if (config->kind == OCI_WINDOWS_LINUX || config->kind == OCI_WINDOWS_DESKTOP)
                return check_refuse(check, "credentialSpec: found for a machine that can't join a domain so; leave it out");
        return 0;
}

static enum wish_target target_of(const struct oci_windows *config)
{
        switch (config->kind) {
        case OCI_WINDOWS_HYPERV:
                return oci_windows_pod_machine(config) ? WISH_FOR_POD : WISH_FOR_HYPERV;
        case OCI_WINDOWS_LINUX:
                return WISH_FOR_LINUX;
        case OCI_WINDOWS_DESKTOP:
                return config->wishes.disk ? WISH_FOR_DESKTOP_DISK : WISH_FOR_DESKTOP_COPY;
        default:
                return WISH_FOR_PROCESS;
        }
}

/* Ours are refused where they mean nothing; Microsoft's come from clients that send them to all, and are only told of. */
static int check_targets(const struct check *check, const struct oci_windows *config)
{
        static const char *const whom[] = {
                "a process-isolated container", "a container in a utility machine", "a desktop that is a copy of this machine",
                "a desktop from a disk", "a Linux container", "a further container in the machine of a pod",
        };
        const enum wish_target target = target_of(config);

        for (size_t i = 0; i < check->spec->annotations.count; i++) {
                const char *name = check->spec->annotations.items[i].key;
                const enum wish_answer answer = wishes_carried(name, target);

                if (answer == WISH_REFUSED)
                        return error_set(check->err, E_INVALID_DATA, "annotations.%s: found for %s, which has nothing of the kind; leave "
                                         "it out", name, whom[target]);
                if (answer == WISH_PASSED_OVER)
                        check_tell(check, LOG_LEVEL_WARNING, "annotations.%.200s: passed over for %s", name, whom[target]);
        }
        return 0;
}

/* Wishes that go against each other. */
static int check_wishes(const struct check *check, const struct oci_windows *config)
{
        const struct windows_wishes *wishes = &config->wishes;

        if (check_targets(check, config) < 0)
                return check->err->code;
        if (wishes->com_ports.count && wishes->console_pipe)
                return error_set(check->err, E_INVALID_DATA, "annotations." WISH_COM_PORTS ": found together with " MS_MACHINE
                                 "console.pipe; expected one of them");
        if (wishes->physically_backed && *wishes->physically_backed && wishes->overcommit && *wishes->overcommit)
                return error_set(check->err, E_INVALID_DATA, "annotations." MS_MACHINE "fullyphysicallybacked: found together with "
                                 "allowovercommit; memory is one or the other");
        if (wishes->deferred_commit && *wishes->deferred_commit &&
            ((wishes->overcommit && !*wishes->overcommit) || (wishes->physically_backed && *wishes->physically_backed)))
                return error_set(check->err, E_INVALID_DATA, "annotations." MS_MEMORY "enabledeferredcommit: found for memory without "
                                 "overcommit; HCS takes it only with allowovercommit");
        return 0;
}

/* hcsshim makes no compute system for it: a program in a job object, with the host's files, network and rights (its layers are bound
 * to a folder of the host by another driver).  HCS knows of such containers only inside of a machine, by a member that its published
 * schema has not (hcs-documents.md section 17).  Beside the host it would be a sandbox that holds nothing back. */
static int check_host_process(const struct check *check, const struct oci_windows *config)
{
        if (!config->wishes.host_process || !*config->wishes.host_process)
                return 0;
        if (config->kind != OCI_WINDOWS_PROCESS)
                return error_set(check->err, E_NOT_SUPPORTED, "annotations." WISH_HOST_PROCESS ": the published documents of the Host "
                                 "Compute Service have no such container in a machine; leave it out");
        return error_set(check->err, E_NOT_SUPPORTED, "annotations." WISH_HOST_PROCESS ": the Host Compute Service has no such "
                         "container: its program would run beside the host's, with the host's files and rights, and nothing of it would "
                         "be a sandbox; run it on the host itself");
}

/* Kubernetes puts the containers of a pod into one machine, which the pod's own sandbox has started (pod.c); beside the host's programs
 * they share the network alone. */
static int check_pod(const struct check *check, const struct oci_windows *config)
{
        if (oci_windows_pod(config) && config->wishes.nat)
                return error_set(check->err, E_INVALID_DATA, "annotations." WISH_NETWORK ": found for a container of a pod, whose network "
                                 "is the pod's; leave it out");
        return wincheck_pod(check, config);
}

int wincheck_section(const struct check *check, const struct oci_windows *config)
{
        const struct check here = check_member(check, "windows");
        const struct windows_section *section = &config->section;
        int r = check_host_process(check, config);

        if (r >= 0)
                r = check_pod(check, config);
        if (r >= 0)
                r = check_layers(&here, config);
        if (r >= 0 && section->hyperv && check_is_given(section->hyperv->utility_vm_path))
                r = wincheck_path(&here, "hyperv.utilityVMPath", section->hyperv->utility_vm_path);
        if (r >= 0)
                r = check_resources_(&here, config);
        if (r >= 0)
                r = check_network(&here, config);
        if (r >= 0)
                r = check_devices(&here, config);
        if (r >= 0)
                r = check_credential(&here, config);
        if (r >= 0 && section->servicing)
                r = check_refuse(&here, "servicing: found true; HCS's documents of version 2 have no such mode: leave it out");
        if (r >= 0)
                r = check_wishes(check, config);
        if (r >= 0 && section->ignore_flushes_during_boot && config->kind == OCI_WINDOWS_PROCESS)
                check_tell(&here, LOG_LEVEL_WARNING, "ignoreFlushesDuringBoot: a process-isolated container doesn't boot, so it is "
                           "passed over");
        return r;
}
