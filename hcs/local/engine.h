/* The local engine: HCS's calls answered by this machine's kernel, in process; nothing of it stays resident.
 *
 * A system is a directory, SPACE/ID, in which the engine keeps three things: system.json (the create document as it came),
 * record.json (what was made in the world, written before it is made), and the socket `start` at which the first process
 * waits.  From there any later process finds its way back; a handle is only a cache of that.
 *
 * States: Created (a record, no process), Running (first process waits or runs), Paused, Stopped (it has exited; what was
 * made is still there until TerminateComputeSystem).  Terminate ends and drops all; then the system is gone.
 *
 * This header is the engine's own; what others see is hcs/api.h. */
#ifndef HCS_LOCAL_ENGINE_H
#define HCS_LOCAL_ENGINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "hcs/api.h"
#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/text.h"
#include "hcs/local/cgroup.h"
#include "hcs/schema/document.h"

/* --- record.c: what was made ------------------------------------------------------------------------------------------ */

struct local_record {
        uint32_t init_pid;              /* 0: no process yet */
        uint64_t init_start;            /* its start time, field 22 of stat */
        const char *cgroup;             /* path, NULL: none */
        const char *scope;              /* the unit of systemd that it is, NULL: none */
        bool scope_of_user;             /* of the user's manager */
        bool paused_by_signal;
        uint32_t helper_pid;            /* fuse-overlayfs */
        uint64_t helper_start;
        bool restored;                  /* by CRIU, which makes a time namespace too */
        const char *resctrl_class;      /* of linux.intelRdt; NULL: none */
        bool resctrl_own;               /* it goes with the sandbox */
        const char *resctrl_monitor;    /* so does this; NULL: none */
};

int local_record_write(int directory, const struct local_record *record, struct error *err);
enum { LOCAL_NO_RECORD = 1 };
int local_record_read(int directory, struct arena *arena, struct local_record *ret, struct error *err);

/* --- operation.c ------------------------------------------------------------------------------------------------------ */

#define LOCAL_STREAM_COUNT 3

struct local_descriptors {              /* borrowed; -1 none */
        int streams[LOCAL_STREAM_COUNT];
        int console;
        int *handles;
        uint32_t handle_count;
        struct forerunner *network;     /* NULL: none */
};

struct hcs_operation_object {
        const void *context;
        HCS_OPERATION_COMPLETION completion;
        bool used;
        HRESULT result;
        char16_t *document;             /* taken by the first wait */
        HCS_PROCESS_INFORMATION information;
        struct local_descriptors descriptors;
};

/* Ends the operation with what a call came to: on failure a ResultError is made of err; on success `document` (UTF-8, may
 * be NULL, taken) is the result.  Returns what the call itself returns. */
HRESULT local_operation_finish(HCS_OPERATION operation, int result, const struct error *err, char *document);

HCS_OPERATION local_create_operation(const void *context, HCS_OPERATION_COMPLETION completion);
void local_close_operation(HCS_OPERATION operation);
HRESULT local_add_resource(HCS_OPERATION operation, HCS_RESOURCE_TYPE type, PCWSTR uri, HANDLE handle);
HRESULT local_wait_for_result(HCS_OPERATION operation, DWORD timeout_ms, PWSTR *result);
HRESULT local_wait_for_result_and_info(HCS_OPERATION operation, DWORD timeout_ms, HCS_PROCESS_INFORMATION *information,
                                       PWSTR *result);

/* --- watch.c: the end of one process, known once, told to all who ask --------------------------------------------------- */

struct local_exit {
        pid_t pid;
        uint64_t start_time;
        int pidfd;                      /* -1: not opened yet, or the process is gone */
        bool known;                     /* it has exited */
        int status;                     /* exit code, 128 + N; -1: not ours to know */
        pthread_mutex_t lock;
        bool watched;
        int wake;                       /* an eventfd that ends the watcher */
        pthread_t watcher;
        HCS_EVENT_CALLBACK callback;
        const void *context;
        HCS_EVENT_TYPE event;
        struct cgroup_memory_watch memory;      /* of the system's group, when somebody wants to hear of it */
};

void local_exit_init(struct local_exit *exit, pid_t pid, uint64_t start_time, int pidfd);
void local_exit_done(struct local_exit *exit);
enum { LOCAL_TIME_OVER = 1 };
int local_exit_wait(struct local_exit *exit, DWORD timeout_ms, struct error *err);
/* `memory` is taken, also on failure; NULL: not wanted. */
int local_exit_watch(struct local_exit *exit, struct cgroup_memory_watch *memory, HCS_EVENT_TYPE event, HCS_EVENT_CALLBACK callback,
                     const void *context, struct error *err);

/* --- system.c, process.c ------------------------------------------------------------------------------------------------ */

struct hcs_system_object {
        char *space, *id;
        int directory;                  /* SPACE/ID */
        struct local_exit init;
        struct arena arena;             /* of the document, and of what lives as long as the handle */
        bool restored;                  /* through this handle: its first process runs, and is no child of an init */
        struct doc_system *document;    /* NULL until somebody asks; local_system_document() */
};

struct hcs_process_object {
        struct hcs_system_object *system;       /* borrowed: the caller closes processes first */
        struct local_exit exit;
};

void local_system_free(struct hcs_system_object *system);
void local_system_freep(struct hcs_system_object **system);
void local_process_freep(struct hcs_process_object **process);

int local_system_create(const char *space, const char *id, const char *document, struct hcs_system_object **ret,
                        struct error *err);
int local_system_open(const char *space, const char *id, struct hcs_system_object **ret, struct error *err);
int local_system_start(struct hcs_system_object *system, const struct local_descriptors *descriptors, struct error *err);
int local_system_properties(struct hcs_system_object *system, const char *query, struct text *out, struct error *err);
int local_system_enumerate(const char *space, struct text *out, struct error *err);
/* Where there is no memory to run out of, nothing is watched. */
int local_system_watch_memory(struct hcs_system_object *system, struct cgroup_memory_watch *ret, struct error *err);
int local_system_modify(struct hcs_system_object *system, const char *configuration, struct error *err);
/* Writes the state of what runs to files (save.c), and starts what they hold (restore.c: instead of local_system_start()). */
int local_system_save(struct hcs_system_object *system, const char *options, struct error *err);
int local_system_restore(struct hcs_system_object *system, const struct doc_system *document,
                         const struct local_descriptors *descriptors, struct local_record *record, struct error *err);
int local_system_pause(struct hcs_system_object *system, bool pause, struct error *err);
/* Warnings (of poststop hooks) are added to *warnings as the JSON of a doc_result. */
int local_system_terminate(struct hcs_system_object *system, struct text *warnings, struct error *err);

int local_process_create(struct hcs_system_object *system, const char *parameters,
                         const struct local_descriptors *descriptors, struct hcs_process_object **ret, struct error *err);
int local_process_open(struct hcs_system_object *system, pid_t pid, struct hcs_process_object **ret, struct error *err);
int local_process_signal(struct hcs_process_object *process, int signal, bool all, struct error *err);

/* --- shared by the above ------------------------------------------------------------------------------------------------ */

/* The create document of a system; read once a handle.  Lives as long as the handle. */
int local_system_document(struct hcs_system_object *system, const struct doc_system **ret, struct error *err);
int local_document_parse(struct arena *arena, const char *text, struct doc_system *ret, struct error *err);

enum local_state { LOCAL_CREATED, LOCAL_WAITING, LOCAL_RUNNING, LOCAL_PAUSED, LOCAL_STOPPED };
/* What a system is right now, by the record and the kernel's word. */
int local_state_find(struct hcs_system_object *system, struct arena *arena, const struct local_record *record,
                     enum local_state *ret, struct error *err);
/* The cgroup of a record; path NULL when it has none. */
int local_cgroup_of(struct arena *arena, const struct local_record *record, struct cgroup_tree *tree, struct cgroup *ret,
                    struct error *err);
/* Host pids of all processes of a system; caller's, free(). */
int local_processes(struct arena *arena, const struct local_record *record, pid_t **ret, size_t *ret_count,
                    struct error *err);

/* --- knock.c: the start socket -------------------------------------------------------------------------------------------- */

/* Makes the socket SPACE/ID/start and listens. */
int local_knock_listen(const struct hcs_system_object *system, int *ret_fd, struct error *err);
/* Is somebody listening there?  Removes a socket that nobody listens at any more. */
int local_knock_is_awaited(int directory, bool *ret, struct error *err);
enum { LOCAL_NOT_WAITING = 1 };
/* Lets the first process go; returns when it has become its program. */
int local_knock(int directory, struct error *err);

#endif
