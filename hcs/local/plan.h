/* What the engine tells the first program of a sandbox, hcs-sandbox-init: which descriptors it has and what kind of place
 * it is to make.  The plan is a small JSON object in argv[1]; the document itself comes in a descriptor.  Both sides use
 * the one table.
 *
 * The two then talk over the control socket (SOCK_SEQPACKET), one message a step, by the tags below. */
#ifndef HCS_LOCAL_PLAN_H
#define HCS_LOCAL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/json.h"

struct plan {
        const char *version;            /* of the package: an init of another version refuses */
        const char *id;                 /* of the sandbox */
        bool join;                      /* a further process (exec) instead of the first one */
        int32_t control;                /* the socket to the engine */
        int32_t document;               /* create: the create document; join: { "OciProcess", "Namespaces" } */
        int32_t listen;                 /* create: the listening socket where `start` knocks */
        int32_t console;                /* gets the pty; -1 none */
        int32_t target;                 /* join: a pidfd of the sandbox's first process */
        int32_t filter;                 /* the compiled linux.seccomp; -1 none */
        uint32_t filter_flags;          /* of seccomp(2) */
        bool filter_pending;            /* still being compiled: ask by CONTROL_FILTER */
        uint32_t handles;               /* descriptors 3 .. 3 + handles - 1 belong to the program */
        bool created;                   /* the kernel has made the namespaces at clone; else they are made or joined here */
        bool ahead;                     /* but for the network's, which comes by CONTROL_NETWORK, the loopback device up */
        bool overlay;                   /* the root's comes by CONTROL_OVERLAY */
        bool wait_for_hooks;            /* report CONTROL_HOOKS and wait before the root is changed */
        bool scope;                     /* systemd's, made around the process that is born: it goes on as no other before the doors come */
        bool guard;                     /* its files stay in their project: no call that changes that */
        bool unprivileged;              /* in a user namespace: device nodes are bound, not made */
        const char *place;              /* a directory on which the new root may be mounted on its way */
        const char *cgroup;             /* the group's path, for cgroup mounts without a cgroup namespace */
};

extern const struct json_field plan_fields[];

struct doc_hosted_system;
/* What plan.guard is for this one. */
bool plan_guards(const struct doc_hosted_system *hosted);

/* Messages: one byte of tag, then what the tag says.  Engine to init: */
#define CONTROL_GO          'G'         /* go on (after maps, after hooks) */
#define CONTROL_DOORS       'D'         /* + v1: descriptors of `tasks` files to write "0" to; the group is made while the
                                         * init comes to life */
#define CONTROL_COMMIT      'C'         /* the record is written: outlive the engine from here on */
#define CONTROL_NETWORK     'A'         /* + a descriptor of the network namespace to join; before or behind the doors */
#define CONTROL_OVERLAY     'O'         /* + a descriptor of the root's overlay, mounted nowhere; in any order with these two */
/* Init to engine: */
#define CONTROL_BORN        'B'         /* it runs */
#define CONTROL_STILLBORN   'U'         /* + decimal: it can't be run, for this errno */
#define CONTROL_PROCESS     'P'         /* + decimal: the process to deal with is this one (host view) */
#define CONTROL_HOOKS       'H'         /* run the hooks of the runtime's side, then CONTROL_GO */
#define CONTROL_FUSE        'F'         /* + a descriptor of /dev/fuse: serve it, then CONTROL_GO */
#define CONTROL_FILTER      'S'         /* is the filter compiled?  then CONTROL_GO */
#define CONTROL_LISTENER    'N'         /* + decimal: by this number a descriptor will appear, that answers for seccomp's calls */
#define CONTROL_IDMAP       'I'         /* + decimal: make mounts[N] with its id mapping, then CONTROL_GO with its descriptor */
#define CONTROL_IMAGE       'X'         /* mount the scratch's file, then CONTROL_GO with its descriptor */
#define CONTROL_NET         'V'         /* move the network devices here, then CONTROL_GO */
#define CONTROL_READY       'R'         /* all is set up */
#define CONTROL_ERROR       'E'         /* + a JSON ResultError */

/* The knock at the start socket: engine sends START_GO, init takes it and becomes the program.  The connection ends without a word
 * when it did, with CONTROL_ERROR when it could not, and is reset when nobody took it. */
#define START_GO            'g'

/* Document of a join. */
struct plan_join {
        const struct spec_process *process;
        struct strings namespaces;      /* "user", "mount", ...: those to enter */
        uint32_t root_of;               /* the process of `target` by its number, whose root is to be entered as there is no mount
                                         * namespace of the sandbox's to lead there; 0: there is */
        bool no_new_keyring;
        const struct spec_personality *personality;
        const struct spec_memory_policy *memory_policy;
};
extern const struct json_field plan_join_fields[];

#endif
