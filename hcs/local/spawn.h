/* Starts hcs-sandbox-init as a child in new namespaces, with its descriptors in their places.
 *
 * Between clone3 and execveat the child makes bare system calls only, so this is safe in a program with threads (birth.h).  The init is
 * run from a read-only detached clone of its file's mount, or from a sealed copy in memory where that is not allowed: in
 * the sandbox nothing leads from /proc/PID/exe to a writable file of the host (rule 2). */
#ifndef HCS_LOCAL_SPAWN_H
#define HCS_LOCAL_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "hcs/base/error.h"
#include "hcs/local/engine.h"
#include "hcs/local/plan.h"

/* What ENOSPC means for a namespace; the setting's word is an argument. */
#define SPAWN_LIMIT " (the limit in /proc/sys/user/max_%s_namespaces is reached)"

struct spawn {
        uint64_t namespaces;            /* CLONE_NEW* made at birth */
        const struct local_descriptors *descriptors;
        int group;                      /* v2: the directory of the group to be born in; borrowed; -1 none */
        int document, listen, target, filter;   /* borrowed; -1 none */
        int control[2];                 /* our end and the init's, by spawn_open() */
        bool busy;                      /* the caller has something to do while the child comes to life */
        const char *program;            /* the init; NULL: where it is usually found */
        struct plan plan;               /* what is not about descriptors is filled in by the caller */
        /* After birth, before anything else: writes the id maps, when there is a new user namespace. */
        int (*map)(pid_t pid, void *context, struct error *err);
        void *map_context;
};

struct spawned {                         /* the caller's */
        pid_t pid;
        int pidfd, control;
        int program;                    /* the init's.  Who closes it last waits until the kernel has taken the detached mount
                                         * down, a grace period (some 0.15 ms): we, while the init is at work */
};
#define SPAWNED_NONE { .pidfd = -1, .control = -1, .program = -1 }

/* Makes the control socket, whose messages may be sent before there is an init; spawn_done() closes what spawn_init() has not taken. */
int spawn_open(struct spawn *spawn, struct error *err);
void spawn_done(struct spawn *spawn);
int spawn_init(struct spawn *spawn, struct spawned *ret, struct error *err);

#endif
