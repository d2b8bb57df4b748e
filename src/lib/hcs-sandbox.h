/* libhcs-sandbox: throw-away copies of this machine (and ordinary OCI bundles) for programs that embed them.
 *
 * The model: a *host* is a state directory on this machine; a *sandbox* is one bundle brought to life under an id; a
 * *process* runs in a sandbox.  The library prints nothing, never exits, and keeps no global state; errors are values.
 *
 * Threads: a host may be used from any number of threads at once.  A sandbox or process handle may be used from any thread;
 * calls on one handle are serialised inside, except the waits, which let other calls through.  Closing a handle while
 * another thread is inside a call on it is the caller's mistake.
 *
 * Results: 0 is done; negative is failed (an HRESULT, the text in the error struct); positive is an outcome that the
 * function names.  Strings are UTF-8.  What is "caller's, free()" goes back by hcs_sandbox_free(), which is free() itself elsewhere
 * than on Windows.  There a descriptor is a handle, cast to int (of a handle 32 bits count).  Options structs begin with their size,
 * so they can grow: use the _INIT macros. */
#ifndef HCS_SANDBOX_H
#define HCS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if !defined(_WIN32)
#define HCS_SANDBOX_API __attribute__((visibility("default")))
#elif defined(HCS_SANDBOX_BUILDS)
#define HCS_SANDBOX_API __declspec(dllexport)
#else
#define HCS_SANDBOX_API __declspec(dllimport)
#endif

/* Outcomes. */
enum {
        HCS_SANDBOX_NOT_FOUND       = 1,        /* no such sandbox or process */
        HCS_SANDBOX_NOT_RUNNING     = 2,        /* it has exited already */
        HCS_SANDBOX_STILL_RUNNING   = 3,        /* the time of a wait is over */
        HCS_SANDBOX_REFUSED         = 4,        /* something stands against applying; nothing was done */
        HCS_SANDBOX_NOTHING_TO_UNDO = 5,        /* nothing was applied, or it was undone already */
};

struct hcs_sandbox_error { int32_t code; char text[2048]; };

struct hcs_sandbox_host;
struct hcs_sandbox;
struct hcs_sandbox_process;

enum hcs_sandbox_level { HCS_SANDBOX_ERROR, HCS_SANDBOX_WARNING, HCS_SANDBOX_INFO, HCS_SANDBOX_DEBUG };

/* --- hosts -------------------------------------------------------------------------------------------------------- */

struct hcs_sandbox_host_options {
        size_t size;
        const char *root;               /* state directory; NULL: /run/hcs-sandbox, or $XDG_RUNTIME_DIR/hcs-sandbox */
        const char *data;               /* where scratches and masks lie; NULL: /var/lib/hcs-sandbox, or
                                         * $XDG_DATA_HOME/hcs-sandbox */
        const char *init;               /* the program that becomes a sandbox's first process; NULL: the installed one */
        /* Gets log events, one line of text each, on the calling thread; NULL: none. */
        void (*log)(void *context, enum hcs_sandbox_level level, const char *text);
        void *log_context;
        enum hcs_sandbox_level log_level;
};
#define HCS_SANDBOX_HOST_OPTIONS_INIT { .size = sizeof(struct hcs_sandbox_host_options), .log_level = HCS_SANDBOX_WARNING }

/* Opens a state directory, which is made when the first sandbox is.  `options` may be NULL.  *ret is the caller's, to be
 * ended with hcs_sandbox_host_close() after all its handles. */
HCS_SANDBOX_API int hcs_sandbox_host_open(const struct hcs_sandbox_host_options *options, struct hcs_sandbox_host **ret,
                                          struct hcs_sandbox_error *err);
HCS_SANDBOX_API void hcs_sandbox_host_close(struct hcs_sandbox_host *host);

/* --- sandboxes ---------------------------------------------------------------------------------------------------- */

struct hcs_sandbox_create_options {
        size_t size;
        int in, out, err;               /* streams of the first process; borrowed; -1: /dev/null */
        const int *fds;                 /* become descriptors 3, 4, ... of the program; borrowed */
        size_t fd_count;
        const char *console_socket;     /* a UNIX socket that is to get the pty, for process.terminal; NULL: none */
        int console_fd;                 /* the same as a connected socket; borrowed; -1: none */
        bool no_pivot_root, no_new_keyring;
        const char *scratch;            /* keep what it writes under this name, and go on from what is there; NULL: as the bundle says */
        uint64_t scratch_size;          /* Linux: let what it writes take no more bytes than this; 0: as the bundle says */
};
#define HCS_SANDBOX_CREATE_OPTIONS_INIT \
        { .size = sizeof(struct hcs_sandbox_create_options), .in = -1, .out = -1, .err = -1, .console_fd = -1 }

/* Makes a sandbox of the bundle, up to where its program waits to be started.  On failure nothing is left behind.  *ret is
 * the caller's, to be ended with hcs_sandbox_close(), which does not stop the sandbox. */
HCS_SANDBOX_API int hcs_sandbox_create(struct hcs_sandbox_host *host, const char *id, const char *bundle,
                                       const struct hcs_sandbox_create_options *options, struct hcs_sandbox **ret,
                                       struct hcs_sandbox_error *err);
/* HCS_SANDBOX_NOT_FOUND when there is none of that id. */
HCS_SANDBOX_API int hcs_sandbox_open(struct hcs_sandbox_host *host, const char *id, struct hcs_sandbox **ret,
                                     struct hcs_sandbox_error *err);
HCS_SANDBOX_API void hcs_sandbox_close(struct hcs_sandbox *sandbox);

/* Lets the program go.  Returns when it runs (or could not be run, with the reason). */
HCS_SANDBOX_API int hcs_sandbox_start(struct hcs_sandbox *sandbox, struct hcs_sandbox_error *err);
/* Sends a signal to the first process, or to all.  HCS_SANDBOX_NOT_RUNNING when it has exited. */
HCS_SANDBOX_API int hcs_sandbox_signal(struct hcs_sandbox *sandbox, int signal, bool all, struct hcs_sandbox_error *err);
HCS_SANDBOX_API int hcs_sandbox_pause(struct hcs_sandbox *sandbox, struct hcs_sandbox_error *err);
HCS_SANDBOX_API int hcs_sandbox_resume(struct hcs_sandbox *sandbox, struct hcs_sandbox_error *err);
/* Waits for the first process.  timeout_ms -1: for ever.  HCS_SANDBOX_STILL_RUNNING when the time is over.  *ret_status is
 * the exit code, 128 + N for signal N, or -1 when another process created the sandbox and the kernel does not tell.  On Windows it is
 * the code's 32 bits (0xC0000005 is negative), and -1 either a program's own or one that nobody knows. */
HCS_SANDBOX_API int hcs_sandbox_wait(struct hcs_sandbox *sandbox, int timeout_ms, int *ret_status,
                                     struct hcs_sandbox_error *err);
/* Removes what is left of a stopped sandbox.  `force`: stops it first, and cleans whatever a killed call left behind. */
HCS_SANDBOX_API int hcs_sandbox_delete(struct hcs_sandbox *sandbox, bool force, struct hcs_sandbox_error *err);

enum hcs_sandbox_status {
        HCS_SANDBOX_CREATING = 1, HCS_SANDBOX_CREATED, HCS_SANDBOX_RUNNING, HCS_SANDBOX_PAUSED, HCS_SANDBOX_STOPPED,
};

/* Strings live until the next hcs_sandbox_state() on the same handle, or its close. */
struct hcs_sandbox_state {
        const char *id, *bundle, *rootfs;
        const char *created;                                    /* RFC 3339 */
        const char *owner;                                      /* uid, decimal */
        enum hcs_sandbox_status status;
        uint32_t pid;                                           /* of the first process, host view; 0 when stopped */
};
HCS_SANDBOX_API int hcs_sandbox_state(struct hcs_sandbox *sandbox, struct hcs_sandbox_state *ret,
                                      struct hcs_sandbox_error *err);
/* The OCI state as JSON; caller's, free(). */
HCS_SANDBOX_API int hcs_sandbox_state_json(struct hcs_sandbox *sandbox, char **ret, struct hcs_sandbox_error *err);

/* Ids of all sandboxes below the host's root, sorted; *ret is one block, free() it; the last item is NULL. */
HCS_SANDBOX_API int hcs_sandbox_list(struct hcs_sandbox_host *host, char ***ret, size_t *ret_count,
                                     struct hcs_sandbox_error *err);
/* Host pids of all processes of the sandbox; free() it. */
HCS_SANDBOX_API int hcs_sandbox_processes(struct hcs_sandbox *sandbox, uint32_t **ret, size_t *ret_count,
                                          struct hcs_sandbox_error *err);

/* --- events ------------------------------------------------------------------------------------------------------- */

enum hcs_sandbox_event { HCS_SANDBOX_EVENT_EXITED = 1 };

/* Calls back on a thread of the library, once, when the sandbox's first process has exited. */
HCS_SANDBOX_API int hcs_sandbox_on_event(struct hcs_sandbox *sandbox,
                                         void (*fn)(void *context, struct hcs_sandbox *sandbox, enum hcs_sandbox_event event),
                                         void *context, struct hcs_sandbox_error *err);
/* The same as a descriptor for poll(): readable once the first process has exited.  Owned by the handle. */
HCS_SANDBOX_API int hcs_sandbox_event_fd(struct hcs_sandbox *sandbox, int *ret_fd, struct hcs_sandbox_error *err);

/* --- processes ---------------------------------------------------------------------------------------------------- */

struct hcs_sandbox_exec_options {
        size_t size;
        const char *process_json;       /* an OCI process object; NULL: the sandbox's own process with what follows */
        const char *const *args;        /* NULL-terminated */
        const char *const *env;         /* NULL-terminated, "NAME=value", added to the sandbox's or in the place of one there */
        const char *cwd;                /* NULL: the sandbox's */
        const char *user;               /* "UID[:GID]"; NULL: the sandbox's */
        bool terminal;
        int in, out, err;               /* borrowed; -1: /dev/null */
        const int *fds;
        size_t fd_count;
        const char *console_socket;
        int console_fd;
};
#define HCS_SANDBOX_EXEC_OPTIONS_INIT \
        { .size = sizeof(struct hcs_sandbox_exec_options), .in = -1, .out = -1, .err = -1, .console_fd = -1 }

/* Runs another process in the sandbox.  *ret is the caller's, to be ended with hcs_sandbox_process_close() before its sandbox's
 * handle is closed; that does not stop the process. */
HCS_SANDBOX_API int hcs_sandbox_exec(struct hcs_sandbox *sandbox, const struct hcs_sandbox_exec_options *options,
                                     struct hcs_sandbox_process **ret, struct hcs_sandbox_error *err);
HCS_SANDBOX_API uint32_t hcs_sandbox_process_pid(const struct hcs_sandbox_process *process);
HCS_SANDBOX_API int hcs_sandbox_process_signal(struct hcs_sandbox_process *process, int signal, struct hcs_sandbox_error *err);
HCS_SANDBOX_API int hcs_sandbox_process_wait(struct hcs_sandbox_process *process, int timeout_ms, int *ret_status,
                                             struct hcs_sandbox_error *err);
HCS_SANDBOX_API void hcs_sandbox_process_close(struct hcs_sandbox_process *process);

/* --- changes (Linux; elsewhere an error) -------------------------------------------------------------------------- */

/* What the sandbox changed in its copy of this machine, running or stopped, as the JSON of `hcs-sandbox diff --format json`:
 * { "summary": { "added", "changed", "deleted", "type", "renamed", "bytes" }, "changes": [ { "path", "change", ... } ] }, sorted by path;
 * caller's, free(). */
HCS_SANDBOX_API int hcs_sandbox_changes(struct hcs_sandbox *sandbox, char **ret, struct hcs_sandbox_error *err);
/* The same as a patch that `git apply` and `patch -p1` take, written to `descriptor`, which stays the caller's: text files and links;
 * what a patch can't carry is named in lines that both pass over.  Memory is bounded; a file of more than 4 MiB is only named. */
HCS_SANDBOX_API int hcs_sandbox_patch(struct hcs_sandbox *sandbox, int descriptor, struct hcs_sandbox_error *err);

struct hcs_sandbox_apply_options {
        size_t size;
        const char *const *paths;       /* NULL-terminated; NULL: everything */
        bool dry_run;
        bool force;                     /* also over what the host changed meanwhile */
        bool set_user_id;               /* take set-user-id, set-group-id and capable programs over too */
};
#define HCS_SANDBOX_APPLY_OPTIONS_INIT { .size = sizeof(struct hcs_sandbox_apply_options) }

/* Brings the changes of a stopped sandbox to this machine, all or nothing.  0 and HCS_SANDBOX_REFUSED give *ret (caller's, free()),
 * { "changes": [...], "refused": [ { "path", "why" } ], "leftOut": [ { "path", "why" } ] }. */
HCS_SANDBOX_API int hcs_sandbox_apply(struct hcs_sandbox *sandbox, const struct hcs_sandbox_apply_options *options, char **ret,
                                      struct hcs_sandbox_error *err);
/* Gives back what the last apply of this data directory found. */
HCS_SANDBOX_API int hcs_sandbox_undo(struct hcs_sandbox_host *host, bool force, struct hcs_sandbox_error *err);
/* Throws away what a stopped sandbox changed; it stays itself. */
HCS_SANDBOX_API int hcs_sandbox_discard(struct hcs_sandbox *sandbox, struct hcs_sandbox_error *err);

/* --- documents ---------------------------------------------------------------------------------------------------- */

/* What create and start of this bundle would send, as one JSON object {"System", "Process", "Hidden"}; touches nothing;
 * caller's, free(). */
HCS_SANDBOX_API int hcs_sandbox_document(struct hcs_sandbox_host *host, const char *bundle, char **ret,
                                         struct hcs_sandbox_error *err);

HCS_SANDBOX_API const char *hcs_sandbox_version(void);
/* What the library has given away: programs on Windows have a heap of their own. */
HCS_SANDBOX_API void hcs_sandbox_free(void *memory);

#ifdef __cplusplus
}
#endif
#endif
