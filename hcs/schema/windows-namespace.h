/* Namespaces of a container's devices, the container definition's own language with its lower-case names: what
 * AdditionalDeviceNamespace holds (hcs-documents.md sections 3 and 15).  It comes from a file that the user names and goes
 * on to HCS; it is read by tables so that a wrong member is told by its path here.  Enumerations are indices into the names
 * of windows-namespace.c, as they were read. */
#ifndef HCS_SCHEMA_WINDOWS_NAMESPACE_H
#define HCS_SCHEMA_WINDOWS_NAMESPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/json.h"
#include "hcs/base/macros.h"

struct win_ns_job_cpu { uint32_t rate, weight; };
struct win_ns_job_memory { uint64_t limit; };
struct win_ns_job_system_root { const char *path; };

struct win_ns_job {
        const struct win_ns_job_cpu *cpu;
        const struct win_ns_job_memory *memory;
        const struct win_ns_job_system_root *systemroot;
        int terminationpolicy;
        bool threadimpersonation;
};

struct win_ns_batched_binding { const char *filepath; struct strings bindingroots; };
struct win_ns_filesystem_layer { const char *identifier, *path; };

struct win_ns_filesystem {
        const char *path;
        int isolation, nesting;
        LIST_OF(struct win_ns_filesystem_layer) layer;
        LIST_OF(struct win_ns_batched_binding) bindings;
};

struct win_ns_mount_point { const char *name, *path; };
struct win_ns_mount_manager { LIST_OF(struct win_ns_mount_point) mount_point; };
struct win_ns_pipe_symlink { const char *name, *path; };
struct win_ns_named_pipe { LIST_OF(struct win_ns_pipe_symlink) symlink; };
struct win_ns_object_symlink { const char *name, *path; int scope; const char *pathtoclone; uint32_t access_mask; };

struct win_ns_object_directory {
        const char *name, *clonesd;
        int shadow;
        LIST_OF(struct win_ns_object_symlink) symlink;
        LIST_OF(struct win_ns_object_directory) objdir;
};

struct win_ns_object {
        int shadow;
        LIST_OF(struct win_ns_object_symlink) symlink;
        LIST_OF(struct win_ns_object_directory) objdir;
};

struct win_ns_registry_symlink { const char *key, *target; };

struct win_ns_redirection_node {
        const char *containerpath, *hostpath, *hivestack;
        uint32_t access_mask;
        bool trustedhive, exitnode;
};

struct win_ns_registry_layer {
        const char *hosthive, *filepath, *identifier;
        bool readonly, immutable, inherittrustclass, trustedhive, writethrough;
        uint64_t fileaccesstoken;
};

struct win_ns_make_value {
        const char *name, *data_multistring;
        const uint32_t *data_dword;
        const char *data_string;
        struct bytes data_binary;
};

struct win_ns_make_key {
        const char *name, *clonesd;
        LIST_OF(struct win_ns_make_key) mkkey;
        LIST_OF(struct win_ns_make_value) mkvalue;
        bool volatile_;
};

struct win_ns_delete_key { const char *name; };

struct win_ns_hive_stack {
        const char *hive;
        LIST_OF(struct win_ns_registry_layer) layer;
        LIST_OF(struct win_ns_make_key) mkkey;
        LIST_OF(struct win_ns_delete_key) delkey;
};

struct win_ns_registry {
        LIST_OF(struct win_ns_registry_symlink) symlink;
        LIST_OF(struct win_ns_redirection_node) redirectionnode;
        LIST_OF(struct win_ns_hive_stack) hivestack;
};

struct win_ns_network { const char *compartment; };
struct win_ns_interface_class { int type; const char *identifier; bool recurse; };
struct win_ns_device_category { const char *name; LIST_OF(struct win_ns_interface_class) interface_class; };

struct win_ns_device_instance {
        const char *id, *location_path, *port_name;
        LIST_OF(struct win_ns_interface_class) interface_class;
};

struct win_ns_device {
        bool requires_driverstore;
        LIST_OF(struct win_ns_device_category) device_category;
        LIST_OF(struct win_ns_device_instance) device_instance;
};

struct win_ns_host_files { const char *base_image_path, *sandbox_path; struct strings file; };

struct win_ns_all {
        const struct win_ns_job *job;
        const struct win_ns_filesystem *filesystem;
        const struct win_ns_mount_manager *mountmgr;
        const struct win_ns_named_pipe *namedpipe;
        const struct win_ns_object *ob;
        const struct win_ns_registry *registry;
        const struct win_ns_network *network;
        const struct win_ns_device *device;
        const struct win_ns_host_files *hostfiles;
};

struct win_ns_device_extension {
        const struct win_ns_device_category *device_category;
        const struct win_ns_all *namespace_;
};


/* ContainersDef_Device. */
struct win_device_namespace { LIST_OF(struct win_ns_device_extension) device_extension; };

extern const struct json_field win_device_namespace_fields[];

#endif
