/* What a machine has to be given so that something inside of it can be seen, and where it is seen then: each of these adds
 * the requests to plan->out->modify and says the place.  Inside oci/windows/. */
#ifndef OCI_WINDOWS_MACHINE_H
#define OCI_WINDOWS_MACHINE_H

#include "oci/windows/plan.h"

/* Options of a VSMB share (hcs-documents.md section 5.3). */
enum share_use { SHARE_LAYER, SHARE_READ, SHARE_WRITE };
void share_options(const struct plan *plan, enum share_use use, struct win_smb_share_options *ret);

/* A folder or file of the host; once for each, however often it is mounted. */
int machine_share(struct plan *plan, const char *path, bool read_only, const char **ret_inside);
/* A disk by a mount of type physical-disk, virtual-disk or extensible-virtual-disk. */
int machine_disk(struct plan *plan, const struct spec_mount *mount, const char **ret_inside);
int machine_pipe(struct plan *plan, const char *pipe, const char **ret_inside);

/* A read-only layer. */
int machine_layer(struct plan *plan, const char *path, const char **ret_inside);
/* Attaches a disk that the guest itself mounts, and says where. */
int machine_mount_disk(struct plan *plan, struct win_attachment *attachment, const char **ret_inside);
/* What a mount of a disk attaches. */
int machine_attachment(struct plan *plan, const struct spec_mount *mount, struct win_attachment *attachment);

/* The folder UtilityVM that Windows guests boot from, and the machine that does. */
const char *machine_utility_vm(struct plan *plan);
int machine_windows(struct plan *plan, const char *utility_vm, const char *boot_disk, struct win_machine **ret,
                    struct win_devices **ret_devices);
/* The container that is hosted in it, with what it needs there; the LUN of its scratch is the next. */
int machine_container(struct plan *plan);
/* One controller, with disks at LUN 0 and on. */
int machine_scsi(struct plan *plan, struct win_devices *devices, const char *controller, const struct win_attachment *disks,
                 size_t count);

/* The next disk of the machine: an attachment and its LUN.  `guest` NULL: the guest is not told. */
int machine_attach(struct plan *plan, const struct win_attachment *attachment, uint32_t *ret_lun,
                   const struct win_guest_request *guest);

/* What every machine has, whoever lives in it. */
int machine_topology(struct plan *plan, struct win_topology **ret);
int machine_com_ports(struct plan *plan, struct win_devices *devices);
int machine_hv_socket(struct plan *plan, const struct win_machine_hv_socket **ret);
int machine_registry(struct plan *plan, const struct win_registry_changes **ret);
const struct win_storage_qos *machine_qos(struct plan *plan);           /* NULL: none */
int machine_adapters(struct plan *plan);                                /* the endpoints of the network, for a Windows guest */
int machine_linux_adapters(struct plan *plan);                          /* for a Linux guest */
int machine_network(struct plan *plan, struct win_devices *devices);    /* in the create document, for a desktop */
int machine_gpu(struct plan *plan);
int machine_pci(struct plan *plan);                                     /* windows.devices by instance id */
/* Lets the machine read (or write) a file of the host. */
int machine_grant(struct plan *plan, const char *path);

#endif
