/* What is being composed, and the steps of composing it.  Each step reads what those before it have found out and adds to
 * the documents.  Inside oci/windows/. */
#ifndef OCI_WINDOWS_PLAN_H
#define OCI_WINDOWS_PLAN_H

#include "oci/windows/compile.h"

#define OWNER "hcs-sandbox"

/* Where a machine sees its VSMB shares (hcs-documents.md section 5.2). */
#define GUEST_SHARES "\\\\?\\VMSMB\\VSMB-{dcc079ae-60ba-4d07-847c-3493609c0870}\\"
#define SCSI_CONTROLLER "df6d0690-79e5-55b6-a5ec-c1e2f77f580a"  /* the first of the GUIDs that hcsshim uses; section 5.1 */

#define SCRATCH_DISK "sandbox.vhdx"
#define GUEST_STATE "sandbox"           /* .vmgs, .vmrs: not the id, so that a kept scratch goes on under another */
#define LINUX_ROOT_DISK "rootfs.vhd"

struct plan_sizes {
        uint64_t container_memory;              /* MB; 0: no limit */
        uint32_t container_count;               /* at most one of these three is set */
        uint32_t container_maximum, container_weight;
        uint64_t machine_memory;                /* MB, even */
        uint32_t machine_count;
        uint64_t machine_limit, machine_weight; /* 0: not set */
};

struct plan_share;

struct plan {
        const struct oci_windows *config;
        const struct oci_facts *facts;
        struct arena *arena;
        const struct log *log;
        struct error *err;
        struct oci_windows_documents *out;
        size_t modify_room, storage_room, network_room;
        bool failed;                            /* no memory, somewhere; looked at before anything is handed out */

        win_layers layers;                      /* as the host sees them, uppermost first */
        const char *scratch, *scratch_disk;     /* the folder, and the disk in it */
        bool scratch_is_new, scratch_is_kept;
        struct plan_sizes sizes;
        const char *namespace_;                 /* GUID, or NULL */
        const char *endpoint, *endpoint_mac;    /* of ours, with the network "nat" */
        struct strings endpoints;               /* all that are known by name */
        uint32_t next_share, next_lun, next_pmem;
        const char *share_prefix;               /* what the names of shares begin with; NULL: "s" */
        LIST_OF(struct plan_share *) shares;    /* of mounts, so that none is made twice; shares.c */
        bool no_directmap;                      /* memory that is backed can't have files mapped into it */
};

/* --- tools (plan.c) ----------------------------------------------------------------------------------------------- */

void *plan_alloc(struct plan *plan, size_t count, size_t size);         /* NULL: no memory, told */
const char *plan_text(struct plan *plan, const char *fmt, ...) _printf_(2, 3);  /* "" with plan->failed: no memory */
const char *plan_join(struct plan *plan, const struct strings *strings);        /* with commas; NULL when there are none */
/* A GUID of ours for something of this sandbox: the same for the same id and name. */
const char *plan_guid(struct plan *plan, const char *fmt, ...) _printf_(2, 3);
/* The next item of a list, zeroed; NULL: no memory, told. */
struct win_modify_request *plan_modify(struct plan *plan);
struct oci_storage_call *plan_storage(struct plan *plan, int phase, const char *call, const char *path);
struct oci_network_call *plan_call(struct plan *plan, int phase, const char *call, const char *id);
int plan_memory(struct plan *plan);             /* "out of memory" */
/* Refuses what this host's schema is too old for. */
int plan_needs_schema(struct plan *plan, uint32_t major, uint32_t minor, const char *what);

/* --- places (paths.c) --------------------------------------------------------------------------------------------- */

const char *plan_scratch_folder(const struct oci_windows *config, const struct oci_facts *facts, const char *id,
                                struct arena *arena);                   /* NULL: no memory */
const char *plan_boot_folder(const struct oci_windows *config, const struct oci_facts *facts);  /* of Linux machines */

/* --- steps -------------------------------------------------------------------------------------------------------- */

int plan_sizes(struct plan *plan);                                      /* sizes.c */
int plan_layers(struct plan *plan);                                     /* layers.c */
int plan_network(struct plan *plan);                                    /* network.c */
int plan_process_storage(struct plan *plan);                            /* storage.c */
/* The boot disk of a utility VM, and the scratch of the container in it (`format`: as a Windows layer). */
int plan_machine_storage(struct plan *plan, const char *utility_vm, const char *boot_disk, bool format);
int plan_boot_storage(struct plan *plan, const char *utility_vm, const char *boot_disk);        /* the boot disk alone */
int plan_linux_storage(struct plan *plan, const char *root_disk);        /* an empty scratch; root_disk may be NULL */
int plan_pod_storage(struct plan *plan);                                /* the scratch alone, for the machine of a pod */
int plan_child_disk(struct plan *plan, const char *parent);             /* the scratch as a child of another disk */
/* What was made for a desktop: its state, and what plan_child_disk() or plan_boot_storage() made. */
int plan_drop_disk(struct plan *plan, const struct win_guest_state *state);
int plan_drop_copy(struct plan *plan, const struct win_guest_state *state);
/* A container; its layers and its root as it will see them.  Its mounts are added by plan_mounts(). */
int plan_container(struct plan *plan, const win_layers *layers, const char *root, struct win_container **ret);
int plan_mounts(struct plan *plan, struct win_container *container);    /* mounts.c */
int plan_credential(struct plan *plan, struct win_container *container);        /* credential.c */
int plan_process_isolated(struct plan *plan);                           /* container.c */
int plan_hyperv(struct plan *plan);                                     /* hyperv.c */
int plan_desktop(struct plan *plan);                                    /* desktop.c */
int plan_linux(struct plan *plan);                                      /* lcow.c */
int plan_in_pod(struct plan *plan);                                     /* pod.c: in the machine of a pod */
int plan_pod_network(struct plan *plan);
int plan_label(struct plan *plan);                                      /* label.c: behind all others */

#endif
