/* What the mapping to Windows documents has to know of the host.  On Windows they are asked of it; everywhere else they come
 * from a file (`document --host-facts FILE`) and from the defaults below, so a document can be composed on any machine.
 *
 * The file is a JSON object; each member may be left out:
 *
 *   Processors        logical processors                                                       4
 *   MemoryInMB        memory of the host                                                       16384
 *   Build             of Windows                                                               26100
 *   SchemaVersion     the newest that the host takes                                           { "Major": 2, "Minor": 7 }
 *   BaseLayer         the base layer for bundles without layers                                FACTS_BASE_LAYER
 *   ScratchVolume     where the scratch of a process-isolated container is mounted             FACTS_SCRATCH_VOLUME
 *   DataDirectory     where our scratches lie                                                  FACTS_DATA_DIRECTORY
 *   UtilityVM         the folder UtilityVM of the layers, once it was looked for               that of the lowest layer
 *   LinuxBootFiles    the folder with kernel and root of Linux utility VMs                     FACTS_LINUX_BOOT_FILES
 *   UserSid           the caller's SID, who may see a desktop                                  none
 *   PodNamespace      the HCN namespace of the sandbox of a container's pod                    none
 *   PodLun            the first place for a disk of a further container in a pod's machine     2
 *   PodProcessors     the processors of that machine                                           as many as a machine usually has
 *   Files             paths that a bundle names and that are files rather than folders         none
 *   Links             paths that a bundle names and that are links, with what they lead to     none
 *   Endpoints         HCN endpoints by id, as HCN describes them                               made up of the id
 *   Namespaces        HCN namespaces by id, likewise                                           made up of the id
 *   CredentialGuard   what the service answered when it was asked for ContainerCredentialGuard none
 */
#ifndef OCI_FACTS_H
#define OCI_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/json.h"
#include "hcs/schema/document.h"

#define FACTS_CONTAINERS     "C:\\ProgramData\\Microsoft\\Windows\\Containers"
#define FACTS_BASE_LAYER     FACTS_CONTAINERS "\\BaseImages\\00000000-0000-0000-0000-000000000000\\BaseLayer"
#define FACTS_SCRATCH_VOLUME "\\\\?\\Volume{00000000-0000-0000-0000-000000000000}\\"
#define FACTS_DATA_DIRECTORY "C:\\ProgramData\\hcs-sandbox"
#define FACTS_LINUX_BOOT_FILES "C:\\Program Files\\Linux Containers"

struct oci_facts {
        uint32_t processors;
        uint64_t memory_in_mb;
        uint32_t build;
        struct doc_version schema_version;
        const char *base_layer, *scratch_volume, *data_directory;
        const char *utility_vm;                 /* NULL: that of the lowest layer */
        const char *linux_boot_files;
        const char *user_sid;                   /* NULL: not known */
        const char *pod_namespace;              /* GUID; NULL: none */
        uint32_t pod_lun, pod_processors;       /* pod_processors 0: not known */
        struct strings files;
        struct string_map links;
        const struct json_value *endpoints, *namespaces;        /* objects, or NULL */
        const struct json_value *credential_guard;
};

void oci_facts_default(struct oci_facts *ret);
/* The defaults, and what the text says over them.  `what` names it in messages, which give the JSON path; an unknown member
 * or a wrong type is E_INVALID_DATA.  Strings live in `arena`. */
int oci_facts_parse(const char *text, size_t length, const char *what, struct arena *arena, struct oci_facts *ret,
                    struct error *err);
int oci_facts_load(const char *path, struct arena *arena, struct oci_facts *ret, struct error *err);

/* The same as a text that oci_facts_parse() reads back, compact. */
void oci_facts_write(const struct oci_facts *facts, struct text *out);

bool oci_facts_has_schema(const struct oci_facts *facts, uint32_t major, uint32_t minor);
bool oci_facts_is_file(const struct oci_facts *facts, const char *path);
/* What a path leads to; the path itself when it is no link. */
const char *oci_facts_target(const struct oci_facts *facts, const char *path);

#endif
