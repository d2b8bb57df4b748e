/* Sandboxes: a bundle under an id, from create to delete.  What the verbs and the public library do is done here.
 *
 * A sandbox is the directory ROOT/ID: our record of what was wanted, and the engine's files beside it.  Its descriptor is the
 * lock (flock) for what changes it: create, start, pause, resume, update, delete.  Looking and signalling take none. */
#ifndef LIB_SANDBOX_H
#define LIB_SANDBOX_H

#include <stdbool.h>

#include "hcs/client/client.h"
#include "oci/config.h"
#include "oci/state.h"
#include "src/lib/host.h"

enum { SANDBOX_NOT_FOUND = 1, SANDBOX_NOT_RUNNING = 2, SANDBOX_STILL_RUNNING = 3 };

struct sandbox;

struct sandbox_create {
        const char *id, *bundle;
        const char *config;                     /* a config.json in the place of the bundle's; NULL: the bundle's */
        struct string_map annotations;          /* Linux: laid over those of the configuration; borrowed */
        const char *scratch;                    /* the name of one that is kept; NULL: as the configuration says */
        uint64_t scratch_size;                  /* its limit in bytes; 0: as the configuration says */
        struct hcs_streams streams;             /* borrowed */
        bool no_pivot_root, no_new_keyring;
        uint32_t listen_fds;                    /* the first of the handles are sockets that the program is told of (sd_listen_fds(3)) */
        const char *listen_names;               /* LISTEN_FDNAMES, or NULL */
        bool notify;                            /* the program may say that it is ready (sd_notify(3)); see sandbox_listen_ready() */
        int cgroup_manager;                     /* enum doc_cgroups */
        const struct doc_restore_state *restore;        /* Linux: it goes on from an image, and runs when this returns; NULL: it waits
                                                         * to be started */
        /* For callers who relay the terminal themselves: called when the bundle wants one and streams.console is -1; gives a
         * connected socket, which stays the caller's. */
        int (*make_console)(void *context, int *ret_fd, struct error *err);
        void *make_console_context;
};

int sandbox_create(const struct sandbox_host *host, const struct sandbox_create *wanted, struct sandbox **ret,
                   struct error *err);
/* SANDBOX_NOT_FOUND when there is none; sandbox_missing() says it in the words that clients know. */
int sandbox_open(const struct sandbox_host *host, const char *id, struct sandbox **ret, struct error *err);
int sandbox_missing(const char *id, struct error *err);
void sandbox_close(struct sandbox *sandbox);
void sandbox_closep(struct sandbox **sandbox);
const char *sandbox_id(const struct sandbox *sandbox);
const struct sandbox_host *sandbox_of_host(const struct sandbox *sandbox);

int sandbox_start(struct sandbox *sandbox, struct error *err);
/* Linux, before the start of one that was created with `notify`: the socket that its program tells, for notify_wait() (notify.h); -1
 * when it was created without. */
int sandbox_listen_ready(struct sandbox *sandbox, int *ret_fd, struct error *err);
/* SANDBOX_NOT_RUNNING when it has stopped. */
int sandbox_signal(struct sandbox *sandbox, int signal, bool all, struct error *err);
/* The same by what was typed.  Windows has no signals but the console's (oci/windows/signal.h); a Linux guest has Linux's. */
int sandbox_signal_word(struct sandbox *sandbox, const char *word, bool all, struct error *err);
/* Refuses a word that is no signal of any sandbox of this system, before one is looked for. */
int sandbox_signal_check(const char *word, struct error *err);
/* Linux: writes the state of what runs to files.  When it fails all runs on; without leave_running or pre_dump it has stopped. */
int sandbox_save(struct sandbox *sandbox, const struct doc_save_options *options, struct error *err);
int sandbox_pause(struct sandbox *sandbox, bool pause, struct error *err);
/* Lays `change` over the limits that it has, and the schemata of `rdt`, unless NULL, over those of its class of linux.intelRdt
 * (oci/update.h).  When it fails all are as they were. */
int sandbox_update(struct sandbox *sandbox, const struct spec_resources *change, const struct spec_intel_rdt *rdt, struct error *err);
int sandbox_wait(struct sandbox *sandbox, uint32_t timeout_ms, int *ret_status, struct error *err);
int sandbox_delete(struct sandbox *sandbox, bool force, struct error *err);
/* For who is going to delete it when its program has ended and has nothing to do till then: does what can be done of that already.
 * `sure`: it will be deleted whatever comes, and nobody looks at it before; it listens for its end then (sandbox_on_exit()). */
void sandbox_foresee_end(struct sandbox *sandbox, bool sure);

/* Our record and the engine's word, combined; strings live in `arena`. */
int sandbox_state(struct sandbox *sandbox, struct arena *arena, struct oci_state *ret, struct error *err);
int sandbox_processes(struct sandbox *sandbox, struct arena *arena, struct uint32s *ret, struct error *err);
/* Calls back once, on another thread, when the first process has exited. */
int sandbox_on_exit(struct sandbox *sandbox, void (*fn)(void *context), void *context, struct error *err);

/* The same, and `on_out_of_memory` whenever its memory has run out. */
int sandbox_on_events(struct sandbox *sandbox, void (*on_exit)(void *context), void (*on_out_of_memory)(void *context), void *context,
                      struct error *err);
/* What it has used so far; lives in `arena`.  SANDBOX_NOT_RUNNING when it has stopped. */
int sandbox_statistics(struct sandbox *sandbox, struct arena *arena, const struct statistics **ret, struct error *err);

struct doc_system;
struct sandbox_record;
/* The document that made it and our record of it; both live in `arena`. */
int sandbox_look(struct sandbox *sandbox, struct arena *arena, struct doc_system *ret_document, struct sandbox_record *ret_record,
                 struct error *err);

/* Linux: a descriptor that is closed with the handle, -1 at first; of changes.c. */
int *sandbox_view(struct sandbox *sandbox);

/* The process of the sandbox's own configuration, for exec to begin with; lives in `arena` or as long as the handle. */
int sandbox_own_process(struct sandbox *sandbox, struct arena *arena, struct spec_process *ret, struct error *err);
/* Runs a checked process.  `cgroup` names groups below the sandbox's (cgroup_choose()), or is NULL. */
int sandbox_exec(struct sandbox *sandbox, const struct spec_process *process, const char *cgroup,
                 const struct hcs_streams *streams, struct hcs_process **ret, struct error *err);

/* Windows: what it changed, as a folder of the transport form (layers/windows/layer.h), which is made.  It must stand still. 
 * *ret_beneath: the
 * folders of the layers that it stands on, uppermost first; they live in `arena`. */
int sandbox_export(struct sandbox *sandbox, const char *folder, struct arena *arena, struct strings *ret_beneath, struct error *err);

/* { "System", "Process", "Hidden" } of a bundle, indented; touches nothing.  Caller's, free(). */
int sandbox_document(const struct sandbox_host *host, const struct oci_source *source, char **ret, struct error *err);
/* { "VirtualMachine", "System", "Modify", "Process", "Storage", ... } of a bundle on Windows, indented; `facts_path` is a file
 * with what is known of that host (oci/facts.h), or NULL.  Caller's, free(). */
int sandbox_document_windows(const struct log *log, const char *bundle, const char *facts_path, char **ret, struct error *err);

#endif
