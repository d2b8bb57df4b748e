/* The one client of the waist: UTF-8 calls with struct error above, UTF-16 and operation handles below.  No engine is
 * known here; which table is used is the caller's choice.
 *
 * A failure carries the service's own words: ErrorMessage and each ErrorEvent's Message out of the ResultError.
 * Warnings of calls that succeeded go to the client's log.  Handles may be used from one thread at a time. */
#ifndef HCS_CLIENT_CLIENT_H
#define HCS_CLIENT_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "hcs/api.h"
#include "hcs/base/error.h"
#include "hcs/base/log.h"
#include "hcs/schema/document.h"

enum { HCS_NOT_FOUND = 1, HCS_ALREADY_STOPPED = 2, HCS_STILL_RUNNING = 3 };

/* Borrowed by every handle that it made: it lives until the last one is closed. */
struct hcs_client {
        const struct hcs_api *api;
        const char *space;              /* the directory of all state (idNamespace); NULL on Windows: the service's own */
        const struct log *log;
        uint32_t deadline_ms;           /* for each request; 0: the usual ones (operation.h) */
        int32_t *strays;                /* Windows, may be NULL: counts the calls that were given up and have not come back (bounded.h);
                                         * lives until they have */
};

/* Descriptors for a process (on Windows handles, cast to int: of a handle 32 bits count).  All borrowed; -1 is "none", and for a
 * stream that means /dev/null. */
struct hcs_streams {
        int in, out, err;
        int console;                    /* a connected socket that is to get the pty's master */
        const int *handles;             /* become 3, 4, ... of the program */
        size_t handle_count;
        HCN_NAMESPACE network;          /* for the first process only: of hcs_network_begin(), or NULL */
};
#define HCS_STREAMS_NONE { .in = -1, .out = -1, .err = -1, .console = -1 }

/* What the service says of itself, by a PropertyQuery (UTF-8 JSON).  Caller's, free().  Windows only. */
int hcs_service_properties(const struct hcs_client *client, const char *query, char **ret, struct error *err);

/* Changes a setting of the service (ModificationRequest, UTF-8 JSON).  Windows only. */
int hcs_service_modify(const struct hcs_client *client, const char *settings, struct error *err);

struct hcs_system;
struct hcs_process;

/* Linux: has a network namespace made beside whatever the caller does until it starts the system that is to live in it.  NULL: the engine
 * has no use for that here, and makes one when it comes to it.  What goes wrong in the making is told by the start. */
HCN_NAMESPACE hcs_network_begin(const struct hcs_client *client);
/* After the start, or instead of it; the system keeps what it has. */
void hcs_network_end(const struct hcs_client *client, HCN_NAMESPACE network);

/* Makes a system from a create document (UTF-8 JSON).  *ret is the caller's, to be ended with hcs_system_close(), which
 * does not stop it. */
int hcs_system_create(const struct hcs_client *client, const char *id, const char *document, struct hcs_system **ret,
                      struct error *err);
/* HCS_NOT_FOUND when there is no such system. */
int hcs_system_open(const struct hcs_client *client, const char *id, struct hcs_system **ret, struct error *err);
void hcs_system_close(struct hcs_system *system);
void hcs_system_closep(struct hcs_system **system);

/* Brings the place up, up to where the first process waits.  `streams` are the first process's. */
int hcs_system_start(struct hcs_system *system, const struct hcs_streams *streams, struct error *err);
/* Ends every process and drops all that the engine made.  HCS_ALREADY_STOPPED when nothing ran any more (all is dropped
 * just the same).  Always ends: bounded by the engine's deadlines. */
int hcs_system_terminate(struct hcs_system *system, struct error *err);
/* Asks the system to end by itself, and takes its word for it: wait for the exit.  Windows only. */
int hcs_system_shut_down(struct hcs_system *system, struct error *err);
/* A ModifySettingRequest (UTF-8 JSON). */
int hcs_system_modify(struct hcs_system *system, const char *document, struct error *err);
/* Writes its state to files by SaveOptions (UTF-8 JSON), which on Windows needs a paused one; how it goes on then is
 * hcs/schema/document.h's doc_save_options. */
int hcs_system_save(struct hcs_system *system, const char *options, struct error *err);
int hcs_system_pause(struct hcs_system *system, struct error *err);
int hcs_system_resume(struct hcs_system *system, struct error *err);
/* What the engine says; strings live in `arena`.  `with_processes` fills process_list. */
int hcs_system_properties(struct hcs_system *system, bool with_processes, struct arena *arena,
                          struct doc_properties *ret, struct error *err);
/* What it has used so far; lives in `arena`.  NULL when it has stopped.  Linux only. */
int hcs_system_statistics(struct hcs_system *system, struct arena *arena, const struct statistics **ret, struct error *err);
/* Waits for the end of the system.  HCS_STILL_RUNNING when the time is over. */
int hcs_system_wait(struct hcs_system *system, uint32_t timeout_ms, struct error *err);
/* Calls back once, on another thread, when the system has exited, or when the service itself went away, so that nobody
 * will ever say so: ask what is.  Registered once per handle.  After hcs_system_close() no call comes any more; on
 * Linux the callback itself may close. */
int hcs_system_on_exit(struct hcs_system *system, void (*fn)(void *context), void *context, struct error *err);
/* The same, and each time that its memory has run out `on_out_of_memory` is called.  Linux only. */
int hcs_system_on_events(struct hcs_system *system, void (*on_exit)(void *context), void (*on_out_of_memory)(void *context),
                         void *context, struct error *err);
/* Which table the handle goes through. */
const struct hcs_client *hcs_system_client(const struct hcs_system *system);

/* Runs a process by ProcessParameters (UTF-8 JSON).  streams NULL: the first process, whose streams the system has. */
int hcs_process_create(struct hcs_system *system, const char *parameters, const struct hcs_streams *streams,
                       struct hcs_process **ret, struct error *err);
/* Windows, where the service makes the pipes: gives the process's ends of those that the parameters asked for (NULL: none), to
 * be closed by the caller.  They are opened for overlapped use. */
struct hcs_pipes { HANDLE in, out, err; };
int hcs_process_create_piped(struct hcs_system *system, const char *parameters, struct hcs_process **ret,
                             struct hcs_pipes *ret_pipes, struct error *err);
/* ProcessModifyRequest (UTF-8 JSON).  Windows only. */
int hcs_process_modify(struct hcs_process *process, const char *document, struct error *err);
/* Ends it at once: HCS_ALREADY_STOPPED when it has exited. */
int hcs_process_terminate(struct hcs_process *process, struct error *err);
/* A signal by its document, {"Signal":"CtrlC"}.  Else as hcs_process_signal(). */
int hcs_process_signal_document(struct hcs_process *process, const char *document, struct error *err);
/* HCS_NOT_FOUND when no such process is in the system. */
int hcs_process_open(struct hcs_system *system, uint32_t pid, struct hcs_process **ret, struct error *err);
void hcs_process_close(struct hcs_process *process);
void hcs_process_closep(struct hcs_process **process);
uint32_t hcs_process_id(const struct hcs_process *process);
/* HCS_ALREADY_STOPPED when it has exited.  all: every process of the system. */
int hcs_process_signal(struct hcs_process *process, int signal, bool all, struct error *err);
/* Waits for its end: HCS_STILL_RUNNING when the time is over.  *ret_code is the exit code, 128 + N for signal N; -1
 * when the process was not ours to wait for and the kernel does not tell. */
int hcs_process_wait(struct hcs_process *process, uint32_t timeout_ms, int *ret_code, struct error *err);

#endif
