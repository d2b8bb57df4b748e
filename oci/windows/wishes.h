/* What the annotations of a Windows bundle ask for: ours (org.hcs-sandbox.*) and those of Microsoft's runtimes that clients
 * send (hcs-documents.md section 14).  One of ours that is misspelt is an error; one of Microsoft's that is known and not
 * carried out is warned about by name; all others are others' business.  Inside oci/windows/. */
#ifndef OCI_WINDOWS_WISHES_H
#define OCI_WINDOWS_WISHES_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/arena.h"
#include "hcs/base/json.h"
#include "hcs/base/log.h"
#include "hcs/schema/specification.h"

#define WISH_BASE_LAYER     "org.hcs-sandbox.base-layer"        /* a folder; instead of the one that Windows keeps */
#define WISH_SCRATCH        "org.hcs-sandbox.scratch"           /* "disk", or a folder to keep */
#define WISH_SCRATCH_SIZE   "org.hcs-sandbox.scratch.size"      /* "40G": how far the scratch may grow */
#define WISH_DESKTOP        "org.hcs-sandbox.desktop"           /* "true", or "1920x1080" */
#define WISH_DESKTOP_DISK   "org.hcs-sandbox.desktop.disk"      /* a VHDX to boot from, written to in a child of it */
#define WISH_DESKTOP_ISO    "org.hcs-sandbox.desktop.iso"       /* a second medium, read-only */
#define WISH_DESKTOP_USERS  "org.hcs-sandbox.desktop.users"     /* SIDs with commas between: who may see the screen */
#define WISH_DESKTOP_SECURE "org.hcs-sandbox.desktop.secure-boot"       /* "true" */
#define WISH_DESKTOP_TPM    "org.hcs-sandbox.desktop.tpm"       /* "true" */
#define WISH_DESKTOP_NESTED "org.hcs-sandbox.desktop.nested"    /* "true": the guest may run virtual machines itself */
#define WISH_GPU            "org.hcs-sandbox.gpu"               /* "true", or "default" */
#define WISH_COM_PORTS      "org.hcs-sandbox.com-ports"         /* one or two pipes with a comma between */
#define WISH_NETWORK        "org.hcs-sandbox.network"           /* "none", or "nat" */
#define WISH_PORTS          "org.hcs-sandbox.ports"             /* "8080:80/tcp,5353:53/udp" */

#define WISH_POD_TYPE       "io.kubernetes.cri.container-type"          /* "sandbox", "container" */
#define WISH_POD_ID         "io.kubernetes.cri.sandbox-id"
#define WISH_HOST_PROCESS   "microsoft.com/hostprocess-container"       /* refused: check-section.c says why */
#define MS_CONTAINER "io.microsoft.container."
#define MS_MACHINE   "io.microsoft.virtualmachine."
#define MS_MEMORY    MS_MACHINE "computetopology.memory."
#define MS_PROCESSOR MS_MACHINE "computetopology.processor."
#define MS_LCOW      MS_MACHINE "lcow."
#define MS_WCOW      MS_MACHINE "wcow."

enum wish_gpu { WISH_GPU_NONE, WISH_GPU_MIRROR, WISH_GPU_DEFAULT };

struct wish_port { uint16_t outside, inside; uint32_t protocol; };      /* IANA: 6 is TCP, 17 is UDP */

struct wish_service { const char *id; const struct json_value *config; };

/* Optional values are NULL when nobody asked. */
struct windows_wishes {
        const char *base_layer;
        const char *scratch;                    /* a folder to keep, or NULL */
        uint64_t scratch_size;                  /* bytes; 0: the default */
        bool desktop;
        uint32_t width, height;
        const char *disk, *iso;
        struct strings users;
        const bool *secure_boot, *tpm, *nested;
        enum wish_gpu gpu;
        struct strings com_ports;
        bool nat;
        LIST_OF(struct wish_port) ports;

        /* Microsoft's. */
        const uint64_t *container_memory, *container_count, *container_maximum, *container_weight;
        const uint64_t *container_bandwidth, *container_iops;
        const uint64_t *memory, *low_mmio_gap, *high_mmio_base, *high_mmio_gap;
        const bool *overcommit, *deferred_commit, *cold_discard, *physically_backed;
        const uint64_t *count, *limit, *weight, *bandwidth, *iops, *pmem_count, *pmem_size;
        const char *cpu_group, *partition, *root_type, *boot_options, *boot_files, *console_pipe;
        const bool *kernel_direct, *no_directmap, *no_time_zone, *no_compartment, *no_writable_shares, *no_guard, *no_multi_mapping;
        const bool *no_unsafe, *host_process, *no_host_process;
        const struct json_value *registry;      /* an array of RegistryValue */
        LIST_OF(struct wish_service) services;  /* for the HvSocket service table */
};

/* Fills *ret, whose strings live in `arena`. */
int wishes_read(struct arena *arena, const struct spec *spec, const struct log *log, struct windows_wishes *ret,
                struct error *err);

/* What a wish can be about; a desktop's machine is a copy of this one or starts from a disk. */
enum wish_target { WISH_FOR_PROCESS, WISH_FOR_HYPERV, WISH_FOR_DESKTOP_COPY, WISH_FOR_DESKTOP_DISK, WISH_FOR_LINUX, WISH_FOR_POD };
enum wish_answer { WISH_CARRIED, WISH_PASSED_OVER, WISH_REFUSED };

/* Does the target carry the annotation of this name out?  Others' annotations are "carried". */
enum wish_answer wishes_carried(const char *name, enum wish_target target);

#endif
