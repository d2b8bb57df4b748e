/* The fake's own: its books, and what its files share.  Others include fake.h.
 *
 * Everything here is touched under the lock of the world.  The calls of the table take it, and a helper that does says
 * so; every other function wants it held.  Memory is the world's arena and ends with fake_reset(), so a handle that
 * was closed can still be told from one that never was. */
#ifndef HCS_FAKE_WORLD_H
#define HCS_FAKE_WORLD_H

#include <pthread.h>
#include <stdbool.h>

#include "hcs/fake/fake.h"

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/text.h"
#include "hcs/schema/document.h"

/* --- what there is ------------------------------------------------------------------------------------------------ */

struct fake_process {
        struct fake_process *next;
        uint32_t pid;
        bool waits;                     /* the first one, until CreateProcess lets it go */
        bool exited;
        int code;
};

enum fake_state { FAKE_CREATED, FAKE_RUNNING, FAKE_PAUSED, FAKE_STOPPED };

struct fake_system {
        struct fake_system *next;
        const char *space, *id;
        struct doc_system document;
        enum fake_state state;
        bool stopped;                   /* the state is FAKE_STOPPED; what waits look at */
        bool terminated;                /* not there any more; handles remember it */
        struct fake_process *processes; /* the first is the last of the list */
};

/* --- what was handed out ------------------------------------------------------------------------------------------ */

/* Who listens on a handle. */
struct fake_listener {
        HCS_EVENT_CALLBACK callback;
        const void *context;
        bool busy;                      /* a callback is under way ... */
        pthread_t thread;               /* ... on this thread */
};

enum fake_kind { FAKE_SYSTEM_HANDLE = 1, FAKE_PROCESS_HANDLE, FAKE_OPERATION_HANDLE };

/* The beginning of every handle. */
struct fake_handle {
        struct fake_handle *next;
        enum fake_kind kind;
        bool closed;
        bool dead;                      /* the service that gave it has died */
        struct fake_listener listener;
};

struct hcs_system_object {
        struct fake_handle handle;
        struct fake_system *system;     /* NULL until its creation was carried out, and when that was refused */
        struct hcs_operation_object *creation;  /* NULL for one that was opened */
};

struct hcs_process_object {
        struct fake_handle handle;
        struct fake_system *system;
        struct fake_process *process;   /* NULL as above */
};

struct fake_world;

struct fake_request {
        const char *call;
        struct hcs_system_object *system;
        struct hcs_process_object *process;
        const char *space, *id;
        const char *document;           /* UTF-8, NULL: none */
        /* Does it, and gives the document of a success in `out`; what went wrong is told in err, its code returned. */
        int (*perform)(struct fake_world *world, struct hcs_operation_object *operation, struct text *out,
                       struct error *err);
};

struct hcs_operation_object {
        struct fake_handle handle;
        const void *context;
        HCS_OPERATION_COMPLETION completion;
        struct fake_request request;
        struct fake_fault fault;
        bool used, performed, has_resources;
        uint64_t delay_ms;              /* still to pass */
        HRESULT code;
        const char16_t *result;
        uint32_t pid;                   /* of CreateProcess */
};

struct fake_string { struct fake_string *next; void *bytes; };
struct fake_pending_fault { struct fake_pending_fault *next; struct fake_fault fault; unsigned left; };
struct fake_call { struct fake_call *next; const char *name; unsigned count; const char *document; };

struct fake_world {
        pthread_mutex_t lock;
        pthread_cond_t changed;         /* a process ended, a callback returned, the service died */
        struct arena arena;
        struct fake_system *systems;
        struct fake_handle *handles;
        struct fake_string *strings;
        struct fake_pending_fault *faults;
        struct fake_call *calls;
        struct text journal;
        uint64_t waited_ms;
        uint32_t last_pid;
        bool forget_stopped;
        unsigned threads;               /* that deliver */
        size_t misuses;
        const char *misuse;
};

/* --- world.c ------------------------------------------------------------------------------------------------------ */

struct fake_world *fake_lock(void);
void fake_unlock(struct fake_world *world);
void fake_unlockp(struct fake_world **world);

void fake_misused(struct fake_world *world, const char *fmt, ...) _printf_(2, 3);
/* Counts the call, and says in *ret which fault is due (zero: none). */
void fake_count(struct fake_world *world, const char *call, struct fake_fault *ret);
void fake_note(struct fake_world *world, const char *call, const char *subject, const char *document);
/* Is this one of ours, open and alive?  S_OK, or the code for the caller; anything but a dead service is a misuse. */
HRESULT fake_check(struct fake_world *world, const char *call, const void *handle, enum fake_kind kind);
void *fake_handle_new(struct fake_world *world, enum fake_kind kind, size_t size);
/* Copies out: the caller frees it with LocalFree. */
PWSTR fake_hand_out(struct fake_world *world, const char16_t *string);
const char *fake_narrow(struct fake_world *world, PCWSTR string);
const char16_t *fake_widen(struct fake_world *world, const char *string);

struct fake_system *fake_find(struct fake_world *world, const char *space, const char *id);

/* --- operation.c -------------------------------------------------------------------------------------------------- */

/* Takes a request on: what it comes to is in the operation, once that is asked.  Takes the lock. */
HRESULT fake_accept(struct hcs_operation_object *operation, const struct fake_request *request);
/* Carries a request out, if that has not been done. */
void fake_settle(struct fake_world *world, struct hcs_operation_object *operation);

HCS_OPERATION fake_create_operation(const void *context, HCS_OPERATION_COMPLETION completion);
void fake_close_operation(HCS_OPERATION operation);
HRESULT fake_add_resource(HCS_OPERATION operation, HCS_RESOURCE_TYPE type, PCWSTR uri, HANDLE handle);
HRESULT fake_wait_for_result(HCS_OPERATION operation, DWORD timeout_ms, PWSTR *result);
HRESULT fake_wait_for_result_and_info(HCS_OPERATION operation, DWORD timeout_ms, HCS_PROCESS_INFORMATION *information,
                                      PWSTR *result);

/* --- events.c: endings, and who hears of them --------------------------------------------------------------------- */

/* Ends processes: one, or every one of a system (process NULL).  Listeners are told from another thread. */
int fake_end(struct fake_world *world, struct fake_system *system, struct fake_process *process, int code,
             struct error *err);
/* Tells a listener that came too late what it has missed. */
int fake_tell_system(struct fake_world *world, struct hcs_system_object *handle, struct error *err);
int fake_tell_process(struct fake_world *world, struct hcs_process_object *handle, struct error *err);
void fake_tell_all(struct fake_world *world, HCS_EVENT_TYPE type);
/* Waits until no callback of this handle runs (on another thread). */
void fake_await_silence(struct fake_world *world, struct fake_handle *handle);

void fake_process_status(const struct fake_process *process, struct text *out);
void fake_system_status(const struct fake_system *system, struct text *out);

/* --- system.c, process.c: the calls ------------------------------------------------------------------------------- */

HRESULT fake_enumerate(PCWSTR space, PCWSTR query, HCS_OPERATION operation);
HRESULT fake_create_system(PCWSTR space, PCWSTR id, PCWSTR configuration, HCS_OPERATION operation, const HCS_CREATE_OPTIONS *options,
                           HCS_SYSTEM *ret);
HRESULT fake_open_system(PCWSTR space, PCWSTR id, DWORD access, HCS_SYSTEM *ret);
void fake_close_system(HCS_SYSTEM system);
HRESULT fake_start_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options);
HRESULT fake_terminate_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options);
HRESULT fake_pause_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options);
HRESULT fake_resume_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR options);
HRESULT fake_system_properties(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR query);
HRESULT fake_wait_system(HCS_SYSTEM system, DWORD timeout_ms, PWSTR *result);
HRESULT fake_set_system_callback(HCS_SYSTEM system, HCS_EVENT_OPTIONS options, const void *context,
                                 HCS_EVENT_CALLBACK callback);

HRESULT fake_create_process(HCS_SYSTEM system, PCWSTR parameters, HCS_OPERATION operation, const SECURITY_DESCRIPTOR *security,
                            HCS_PROCESS *ret);
HRESULT fake_open_process(HCS_SYSTEM system, DWORD pid, DWORD access, HCS_PROCESS *ret);
void fake_close_process(HCS_PROCESS process);
HRESULT fake_signal_process(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR options);
HRESULT fake_terminate_process(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR options);
HRESULT fake_process_properties(HCS_PROCESS process, HCS_OPERATION operation, PCWSTR query);
HRESULT fake_wait_process(HCS_PROCESS process, DWORD timeout_ms, PWSTR *result);
HRESULT fake_set_process_callback(HCS_PROCESS process, HCS_EVENT_OPTIONS options, void *context,
                                  HCS_EVENT_CALLBACK callback);

/* A request about a system: the document narrowed, the handle checked.  Takes the lock. */
HRESULT fake_ask_system(HCS_SYSTEM system, HCS_OPERATION operation, PCWSTR document, struct fake_request request);
/* A new process with the next number. */
struct fake_process *fake_process_new(struct fake_world *world, struct fake_system *system);
/* The first process, NULL before the start. */
struct fake_process *fake_first(const struct fake_system *system);
/* What a system's state forbids is told in err. */
int fake_need_state(const struct fake_system *system, const char *call, unsigned states, struct error *err);
/* Reads a document as strictly as the service does. */
int fake_read(struct fake_world *world, const char *document, const struct json_field *fields, void *object,
              struct error *err);
/* Waits until *ended, the service dies or the time is over; gives what the wait returns. */
HRESULT fake_await(struct fake_world *world, const bool *ended, const struct fake_handle *handle, DWORD timeout_ms);
/* The document of an answer, handed out: the fault's, or the fake's own; NULL when there is none. */
PWSTR fake_answer(struct fake_world *world, const struct fake_fault *fault, const struct text *own);
HRESULT fake_listen(struct fake_world *world, struct fake_handle *handle, const void *context,
                    HCS_EVENT_CALLBACK callback);

#endif
