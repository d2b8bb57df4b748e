/* The HCS documents that we write and read: create document, process parameters, properties.  Tables, strict in reading
 * (HCS refuses unknown members).  Names are HCS's own (hcs-documents.md); what is ours, for Linux, says so. */
#ifndef HCS_SCHEMA_DOCUMENT_H
#define HCS_SCHEMA_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/json.h"
#include "hcs/schema/specification.h"
#include "hcs/schema/statistics.h"
#include "hcs/schema/version.h"
#include "hcs/schema/windows-container.h"
#include "hcs/schema/windows-machine.h"

struct doc_layer {
        const char *id;                         /* a GUID on Windows; absent for "/" */
        const char *path;                       /* a directory; "/" is the host's own root file system */
        bool named;                             /* a layer of the store, that the bundle asked for; ours */
};

/* How the layers become one tree.  Ours; "Overlay" is one kernel overlay, the two others are the ways without root. */
enum doc_union { DOC_UNION_OVERLAY = 1, DOC_UNION_FUSE_OVERLAY, DOC_UNION_DIRECTORY_OVERLAYS, DOC_UNION_END };

/* Where writes go.  Ours. */
struct doc_scratch {
        const char *path;                       /* a directory that holds upper/ and work/ */
        bool memory;                            /* the directory is a tmpfs of its own */
        const char *image;                      /* a file with the ext4 that holds both in the directory's place; NULL: none */
        uint64_t size_in_bytes;                 /* 0: no limit; the tmpfs or the file has it already */
        bool project;                           /* its quota is the limit: its programs may not leave that */
        bool keep;                              /* not ephemeral: syncs are done, nothing is volatile */
};

/* A file system of the host below its root that comes along copy-on-write, with layers and scratch of its own. */
struct doc_volume { const char *path; LIST_OF(struct doc_layer) layers; };

struct doc_storage {
        const char *path;                       /* ordinary bundle: the root file system, absolute */
        int union_kind;                         /* enum doc_union, with layers */
        const char *program;                    /* of fuse-overlayfs, absolute; only with that union */
        LIST_OF(struct doc_layer) layers;       /* uppermost first */
        uint32_t base_layers;                   /* so many of the last are merged first, read-only: the kernel takes no layer that lies
                                                 * within another, but one that lies beside their merging.  0: all are one overlay */
        LIST_OF(struct doc_volume) volumes;     /* parents first */
        const struct doc_scratch *scratch;
};

/* Who makes the cgroup: the engine by itself (absent), systemd, or nobody.  Ours. */
enum doc_cgroups { DOC_CGROUPS_OWN = 0, DOC_CGROUPS_SYSTEMD = 1, DOC_CGROUPS_NONE, DOC_CGROUPS_END };

/* Ours. */
struct doc_options {
        bool no_pivot_root, no_new_keyring, allow_set_user_id;
        bool init_stays;                        /* hcs-sandbox-init stays the first process, and the program is its child */
        uint32_t listen_handles;                /* so many of the program's handles are sockets that it is told of: LISTEN_FDS */
        const char *listen_names;               /* LISTEN_FDNAMES */
        const char *notify_directory;           /* bound read-only to /run/notify; the program is told of notify.sock there */
        int cgroup_manager;                     /* enum doc_cgroups */
        const char *init_program;               /* hcs-sandbox-init, when it is not where it is usually found */
};

/* What both who saves and who restores tells CRIU.  Ours. */
enum doc_saved_cgroups { DOC_SAVED_CGROUPS_SOFT = 1, DOC_SAVED_CGROUPS_FULL, DOC_SAVED_CGROUPS_STRICT, DOC_SAVED_CGROUPS_IGNORE,
                         DOC_SAVED_CGROUPS_END };
struct doc_save_settings {
        const char *work_path;                  /* a directory for logs; NULL: the image's own */
        bool tcp_established, tcp_close, external_sockets, shell_job, file_locks, auto_dedup, link_remap;
        int cgroups;                            /* enum doc_saved_cgroups; 0: soft */
};

/* SaveOptions.  SaveType is "ToFile", and the file a directory here.  All but the first two is ours. */
enum doc_save_type { DOC_SAVE_TO_FILE = 1, DOC_SAVE_AS_TEMPLATE, DOC_SAVE_END };
struct doc_save_options {
        int save_type;
        const char *save_state_file_path;       /* made when it is not there */
        const char *parent_path;                /* of the image that this one adds to, seen from there; NULL: none */
        bool leave_running;
        bool pre_dump;                          /* memory only, while it runs on; a whole one follows, with this as its parent */
        struct doc_save_settings settings;
};

/* RestoreState of a system that goes on from an image.  All but the first is ours. */
struct doc_restore_state {
        const char *save_state_file_path;
        const char *lsm_profile, *lsm_mount_context;    /* in the place of those that were saved */
        struct doc_save_settings settings;
};

/* A system inside of a running virtual machine.  A Windows container has Container; a Linux container has the rest, for
 * its agent gets the OCI specification (hcs-documents.md section 6).  The local engine takes Linux containers only. */
struct doc_hosted_system {
        struct doc_version schema_version;
        const struct win_container *container;
        const char *oci_bundle_path;
        const struct spec *oci_specification;
        const char *scratch_dir_path;           /* in the guest; unpublished */
        const struct doc_storage *storage;
        const struct doc_options *options;
        const struct doc_restore_state *restore_state;  /* ours: it is started from an image, and runs then */
};

/* ComputeSystem.  One of hosted_system, container, virtual_machine. */
struct doc_system {
        const char *owner;
        struct doc_version schema_version;
        const char *hosting_system_id;
        const struct doc_hosted_system *hosted_system;
        const struct win_container *container;
        const struct win_machine *virtual_machine;
        bool should_terminate_on_last_handle_closed;
};

/* ProcessParameters.  The first process of a Linux system is the specification's own: OciProcess then repeats it and must
 * be equal to it, since the place was made for it. */
struct doc_process {
        bool emulate_console, create_std_in_pipe, create_std_out_pipe, create_std_err_pipe;
        struct uint32s console_size;            /* height, width */
        const struct spec_process *oci_process;
        const char *cgroup;                     /* ours: a group below the system's own, for exec --cgroup */
};

struct doc_process_details { uint32_t process_id; };

/* What the local engine says of the first process beyond HCS's State.  Ours. */
enum doc_init { DOC_INIT_NONE = 0, DOC_INIT_WAITING = 1, DOC_INIT_RUNNING, DOC_INIT_END };

struct doc_properties {
        const char *id, *system_type, *runtime_os_type, *owner, *state;         /* State: Created Running Paused Stopped */
        bool stopped;
        const char *exit_type;
        LIST_OF(struct doc_process_details) process_list;
        uint32_t init_process_id;               /* ours: InitProcessId, 0 when stopped */
        int init_state;                         /* ours: InitState, enum doc_init */
        const struct statistics *linux_statistics;      /* ours: for the property type "LinuxStatistics" */
};

/* Settings of a ModifySettingRequest whose GuestRequest is an Update of "ContainerConstraints", as the agent of a Linux guest takes
 * it.  What is not given stays as it is in the guest; the local engine wants the whole, as it is to be. */
/* IntelRdt is ours; of it only the two schemata are changed. */
struct doc_constraints { const struct spec_resources *linux_; const struct spec_intel_rdt *intel_rdt; };

struct doc_property_query { struct strings property_types; };
struct doc_system_query { struct strings ids, owners; };
struct doc_signal { uint32_t signal; bool all; };                               /* All is ours: every process */
struct doc_process_status { uint32_t process_id; bool exited; uint32_t exit_code; int32_t last_wait_result; };
struct doc_exit_status { int32_t status; const char *exit_type; };

struct doc_error_event { const char *message; const char *source; };
/* ResultError; also, with Error 0, the warnings of a call that succeeded (ours). */
struct doc_result { int32_t error; const char *error_message; LIST_OF(struct doc_error_event) error_events; };

extern const struct json_field doc_system_fields[];
extern const struct json_field doc_process_fields[];
extern const struct json_field doc_properties_fields[];
extern const struct json_field doc_constraints_fields[];
extern const struct json_field doc_property_query_fields[];
extern const struct json_field doc_system_query_fields[];
extern const struct json_field doc_save_options_fields[];
extern const struct json_field doc_signal_fields[];
extern const struct json_field doc_process_status_fields[];
extern const struct json_field doc_exit_status_fields[];
extern const struct json_field doc_result_fields[];

#endif
