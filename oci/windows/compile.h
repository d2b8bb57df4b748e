/* From a checked Windows configuration and the facts of a host to the documents that are sent for it, in their order:
 *
 *   Storage          the layer calls that make the scratch (phase Create) and take it away again (phase Delete)
 *   Network          the calls of the Host Compute Network, when the bundle asks for a network of its own
 *   VirtualMachine   the create document of the utility VM, when there is one; created and started next
 *   Modify           requests to that machine (or to the desktop VM) once it runs, in order
 *   System           the create document of the container or desktop VM
 *   Process          the parameters of the first process; none when a disk starts its own
 *   Leave            requests to the machine of a pod when this container of it goes, in order
 *
 * Pure: the same input gives the same documents on any system. */
#ifndef OCI_WINDOWS_COMPILE_H
#define OCI_WINDOWS_COMPILE_H

#include "hcs/schema/hcn.h"
#include "hcs/schema/windows-modify.h"
#include "hcs/schema/windows-process.h"
#include "hcs/schema/windows-storage.h"
#include "oci/facts.h"
#include "oci/windows/config.h"

enum oci_phase { OCI_PHASE_CREATE = 1, OCI_PHASE_DELETE, OCI_PHASE_END };

/* One call that makes or takes away the matter of a sandbox.  `call` is the published name of the function. */
struct oci_storage_call {
        int phase;                              /* enum oci_phase */
        const char *call;
        const char *path;                       /* the file or folder that is acted on */
        const char *source;                     /* CopyFile: from where; CreateVirtualDisk: the parent of a differencing disk */
        const char *volume;                     /* where a disk is mounted, with a backslash behind it */
        const char *vm_id;                      /* HcsGrantVmAccess, HcsRevokeVmAccess */
        uint64_t maximum_size;                  /* bytes */
        uint32_t block_size;
        struct strings flags;
        const struct win_layer_data *layer_data;
};

/* Processors of the host: a mask within a processor group. */
struct oci_affinity { uint64_t mask; uint32_t group; };

/* One call to the Host Compute Network. */
struct oci_network_call {
        int phase;
        const char *call;
        const char *id;                         /* GUID of the object */
        const char *network;                    /* HcnCreateEndpoint: the network's name */
        struct json_open settings;
};

struct oci_windows_documents {
        enum oci_windows_kind kind;
        const char *id, *vm_id;                 /* by which HCS knows the system and its machine (NULL: none) */
        const struct doc_system *virtual_machine;       /* NULL: it is its own, is that of its pod, or there is none */
        const struct doc_system *system;
        LIST_OF(struct win_modify_request) modify, leave;
        uint32_t first_lun, next_lun;           /* the machine's disks that are its own: from one up to the other */
        struct strings machine_folders;         /* to be made in VirtualMachine, before System is */
        const struct win_process *process;
        LIST_OF(struct oci_storage_call) storage;
        LIST_OF(struct oci_network_call) network;
        const struct win_guard_add_instance *credential;        /* to be added before System is created; or NULL */
        LIST_OF(struct oci_affinity) affinity;  /* the container's job is bound to it, once it has started */
        const char *namespace_;                 /* GUIDs of what HCN is to be asked about for the facts Namespaces and Endpoints, */
        struct strings endpoints;               /* once Network is made; the guest of a machine is told what it answers */
};

extern const struct json_field oci_windows_documents_fields[];
extern const struct json_field oci_storage_call_fields[];

/* The paths of the host that the facts Files and Links are about: what is looked at before composing.  They live in `arena`, or
 * with the config and the facts. */
int oci_windows_paths(const struct oci_windows *config, const struct oci_facts *facts, const char *id, struct arena *arena,
                      struct strings *ret, struct error *err);
/* Is it a copy of this machine, which needs the fact BaseLayer?  Does it boot from the UtilityVM of its layers? */
bool oci_windows_needs_base_layer(const struct oci_windows *config);
bool oci_windows_boots_from_layers(const struct oci_windows *config);
/* The sandbox of the pod whose network this container shares, by its id: what the fact PodNamespace is about.  NULL: none; it has
 * a network of its own, or is no such container. */
const char *oci_windows_pod(const struct oci_windows *config);
/* The sandbox of the pod in whose machine this container lives, by its id: what the facts PodLun and PodProcessors are about, too.
 * NULL: it is none of those. */
const char *oci_windows_pod_machine(const struct oci_windows *config);
/* Everything in *ret lives in `arena`, or with the config and the facts.  Warnings go to `log`. */
int oci_windows_compile(const struct oci_windows *config, const struct oci_facts *facts, const char *id, struct arena *arena,
                        const struct log *log, struct oci_windows_documents *ret, struct error *err);
/* The parameters of one process, the first or another, in a sandbox of that kind. */
int oci_windows_compile_process(const struct spec_process *process, enum oci_windows_kind kind, struct arena *arena,
                                struct win_process **ret, struct error *err);
/* "NAME=VALUE" words as a map: a name once, in whatever case, with its last value. */
int oci_windows_environment(const struct strings *env, struct arena *arena, struct string_map *ret, struct error *err);

#endif
