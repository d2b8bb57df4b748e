/* The service behind the doubles: what vmcompute and hns are on Windows.  It keeps systems, processes, grants, disks, layers
 * and networks for as long as it runs, whoever calls.  Its books are told in the file "books" of its directory, every call in
 * "record"; "faults" is the test's.  README.md has the formats. */
#ifndef TESTS_WINE_SERVICE_H
#define TESTS_WINE_SERVICE_H

#include <stdio.h>

#include "tests/wine/wire.h"

#include "hcs/base/arena.h"
#include "hcs/base/json.h"
#include "hcs/base/text.h"

#define CODE(number)            ((int32_t)(0x80370000u | (number)))
#define CODE_INVALID_STATE      CODE(0x105)
#define CODE_TERMINATED         CODE(0x107)
#define CODE_INVALID_JSON       CODE(0x10D)
#define CODE_NOT_FOUND          CODE(0x10E)
#define CODE_EXISTS             CODE(0x10F)
#define CODE_STOPPED            CODE(0x110)
#define CODE_TIMEOUT            CODE(0x118)
#define CODE_PROCESS_STOPPED    CODE(0x11F)
#define WIN32_CODE(number)           ((int32_t)(0x80070000u | (number)))

enum system_state { CREATED, RUNNING, PAUSED, STOPPED };

struct process {
        struct process *next;
        uint32_t id;
        HANDLE process;                 /* real, under Wine */
        HANDLE in, out, err;            /* the service's ends of the caller's pipes */
        struct system *system;
        char *command;
        bool emulates_console, has_in, has_out, has_err, killed;
        struct terminal *terminal;      /* its pseudo-console, until that is closed; NULL: it has plain pipes */
        bool attended;                  /* its pipes are those of a thread that copies */
};

struct system {
        struct system *next;
        char *id, runtime_id[40], *owner, *network;
        char *volume;                   /* where its root is */
        enum system_state state;
        bool machine, hosted, tied, forced;     /* tied: ShouldTerminateOnLastHandleClosed */
        bool was_started;
        char *host;                     /* HostingSystemId */
        HANDLE job, exited;             /* exited: an event, set once */
        struct process *processes;
        char **disks;                   /* files that a machine wants to be granted */
        size_t disk_count;
        /* A Linux machine, or a container in one (guest.c). */
        bool linux_guest, has_agent, has_plan9, was_run;        /* was_run: the container's first process */
        unsigned pmem_count;
        struct part *parts;             /* what is attached, and where it is mounted inside */
        char *socket;                   /* the last service that was let through */
        char *first_process;            /* JSON of the container's specification */
};

struct handle { uint64_t number, client; struct system *system; struct process *process; struct handle *next; };

/* A process that has our DLLs: on the stack of the thread that keeps its connection. */
struct client { struct client *next; uint64_t number; const char *name; };

/* A thing of the books that has a name and a few words: a grant, a disk, a layer, a network ... */
struct thing {
        struct thing *next;
        const char *kind;               /* "grant", "disk", "attached", "layer", "filter", "network", "endpoint", "namespace" */
        char *name, *of, *document;
        uint64_t client;
        bool flag;
};

struct service {
        SRWLOCK lock;
        const char *directory;
        struct system *systems;
        struct handle *handles;
        struct thing *things;
        struct client *clients;
        uint64_t last;                  /* handle or client that was given */
        struct thing *counts;           /* calls so far, by name: the fault file counts with them */
        char faults[256];               /* how the file began when the counts did */
        FILE *record;
        bool stopping;
};

struct call {
        struct service *service;
        struct wire_request head;
        char *texts[WIRE_TEXTS];
        struct json_value *document;    /* the document that the call's row names, parsed and checked */
        struct arena arena;
        struct wire_reply reply;
        struct text answer;
};

/* What a call is: a row of one of the tables below. */
struct verb {
        const char *name;
        int text;                       /* which text is a document; -1: none */
        const char *type;               /* of the catalogue */
        bool required;
        int32_t (*run)(struct call *call);
};
extern const struct verb system_verbs[], process_verbs[], storage_verbs[], layer_verbs[], network_verbs[];

/* A failure with a ResultError document that has one event. */
int32_t refuse(struct call *call, int32_t code, const char *fmt, ...) __attribute__((format(gnu_printf, 3, 4)));
void *fresh(size_t size);               /* zeroed memory; the service ends without */
char *copy(const char *text);
void make_guid(char guid[40]);
struct handle *handle_find(struct service *service, uint64_t number);
uint64_t handle_give(struct call *call, struct system *system, struct process *process);
/* Takes a handle away; a tied system ends with its last. */
void handle_drop(struct service *service, struct handle *handle);
struct thing *thing_find(struct service *service, const char *kind, const char *name);
struct thing *thing_add(struct service *service, const char *kind, const char *name, const char *of);
void thing_drop(struct service *service, struct thing *thing);
void system_end(struct service *service, struct system *system, bool forced);
struct system *system_find(struct service *service, const char *id);
const char *state_name(enum system_state state);
bool system_is_granted(struct service *service, const struct system *system, const char *path);
void process_done(struct process *process);
void books_write(struct service *service);
/* The pseudo-console of a process (terminal.c).  It is made with the process, which is suspended; a Win32 error code. */
unsigned terminal_spawn(struct process *process, const struct json_value *parameters, const WCHAR *command, WCHAR *environment,
                        const WCHAR *directory, PROCESS_INFORMATION *ret);
/* Copies between the caller's pipes and the console until the process has ended, and its last word was told; then closes the console. */
void terminal_attend(struct service *service, struct process *process);
int32_t terminal_resize(struct call *call, struct process *process);
void terminal_describe(FILE *books, const struct process *process);
int terminal_inside(void);              /* runs in a pseudo-console: starts what the command line says there */
int terminal_set_size(int columns, int rows);   /* there, too: of the console itself; */
int terminal_press(void);                       /* Ctrl-C, for all who are at it */
/* A container's namespace, or the endpoints of a machine's adapters, have to be there. */
int32_t network_want(struct call *call, const struct json_value *container, const struct json_value *machine);
/* Instances of the credential guard: the service's setting and property, and a container that is told of one. */
int32_t credential_modify(struct call *call);
void credential_list(const struct service *service, struct text *out);
int32_t credential_want(struct call *call, const struct json_value *container, const struct system *machine);
/* The guest of a Linux machine: its document; a request to it; a container in it; a process there, whose command is set. */
const char *guest_type(const struct call *call, const char *type);      /* what a document is there, of the call's type */
int32_t guest_want_machine(struct call *call, struct system *machine, const struct json_value *document);
int32_t guest_modify(struct call *call, struct system *machine);
int32_t guest_want_container(struct call *call, struct system *system, const struct system *machine, const struct json_value *hosted);
int32_t guest_process(struct call *call, struct process *process, const struct json_value **ret_environment);
/* Waits unlocked for `object`, at most `limit` ms; false when the time is over. */
bool wait_unlocked(struct service *service, HANDLE object, uint32_t limit);
const char *string_of(const struct json_value *object, const char *name);       /* NULL when absent */
bool truth_of(const struct json_value *object, const char *name);
/* Is a disk still held by someone?  An attachment lives by its handle. */
void disks_sweep(struct service *service);
bool disk_write_magic(const char *file, const char *magic);     /* 8 bytes that say what the disk is */
bool disk_is_attached(const struct call *call, const char *file);
/* The volume of an attached disk, with or without the backslash behind it. */
int32_t volume_of(struct call *call, const char *name, struct thing **ret);
/* The layers of the call's LayerData are there, and there is one. */
int32_t layers_check(struct call *call);

#endif
