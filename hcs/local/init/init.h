/* hcs-sandbox-init: the first program of a sandbox, until it becomes the sandbox's own.
 *
 * It is born in new namespaces, makes the place that the document describes (make.c) or enters one (join.c), lowers its
 * privileges in one place (privileges.c), reports that it is ready, waits at the start socket, and executes the program.  It is
 * static, single-threaded, and keeps nothing of the host open beyond what its plan names.  Everything inside the root goes
 * through the one resolver (hcs/base/inroot.h) and is mounted on descriptors; after the root has changed, nothing is opened
 * by name but the program itself. */
#ifndef HCS_LOCAL_INIT_H
#define HCS_LOCAL_INIT_H

#include <stdbool.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/local/filter.h"
#include "hcs/local/plan.h"
#include "hcs/schema/document.h"

struct init {
        struct arena arena;
        struct plan plan;
        struct doc_system document;             /* make */
        const struct spec *spec;                /* make */
        const struct spec_process *process;
        struct plan_join join;                  /* join */
        int proc;                               /* a procfs that the sandbox cannot mount over (rule 4) */
        int overlay;                            /* the root's, as it came; -1: it didn't */
        int root;                               /* the new root's top, before and after the change of root */
        int outside;                            /* the mount namespace to go back to; -1: the new root has one of its own */
        struct { int *fds; size_t count; } parts;       /* the tops of a read-only root's other file systems */
        int notify;                             /* the directory for NOTIFY_PLACE, -1 none */
        int terminal;                           /* the pty's slave, -1 none */
        struct filter_header *filter;           /* by filter_prepare(); NULL: none */
        const char *program;                    /* found by program_prepare() */
        const char *home;                       /* the user's, when the environment has no HOME; NULL: it has */
};

/* make.c, join.c: everything up to "ready to execute". */
int init_make(struct init *init, struct error *err);
int init_join(struct init *init, struct error *err);

/* namespaces.c */
/* Enters and makes what the kernel did not make at birth.  May go on as another process (CONTROL_PROCESS). */
int namespaces_complete(struct init *init, struct error *err);
/* Takes what the engine sends unasked: joins the namespace that was made ahead and the sandbox's cgroup by its doors, keeps the overlay;
 * then makes the cgroup namespace, which begins there. */
int namespaces_join_group(struct init *init, struct error *err);
int namespaces_join(struct init *init, struct error *err);
/* Goes on as a child in the pid namespace that was entered; the old process ends. */
int namespaces_move(struct init *init, struct error *err);

/* kernel.c: names, offsets, parameters, the loopback device. */
int kernel_open_proc(struct init *init, struct error *err);
int kernel_set(struct init *init, struct error *err);
/* Asks for the network devices, too: not before the engine has sent the doors of the group, its first word. */
int kernel_set_parameters(struct init *init, struct error *err);
/* Leaves the caller's session keyring for that of the sandbox, unless it is to stay there. */
int kernel_join_keyring(struct init *init, struct error *err);

/* How the security modules label the program. */
int kernel_label(struct init *init, struct error *err);

/* root.c.  A sandbox without a mount namespace gets its root all the same in one, which goes away when root_enter() leaves it. */
/* Has root_attach() to be served by the engine? */
bool root_is_served(const struct init *init);
int root_attach(struct init *init, struct error *err);
int root_enter(struct init *init, struct error *err);
int root_finish(struct init *init, struct error *err);

/* mounts.c, devices.c, masks.c */
#define NOTIFY_PLACE "/run/notify"      /* where the socket of notifications is, if there is one */
/* Before the root is attached, which may lie on top of what is needed. */
int mounts_prepare(struct init *init, struct error *err);
int mounts_make(struct init *init, struct error *err);
int devices_make(struct init *init, struct error *err);
int masks_make(struct init *init, struct error *err);

/* copy-up.c: copies what lies in the directory `from` into the fresh file system `tree` (tmpcopyup): files, directories, links, with modes
 * and owners; devices and sockets stay behind.  The top keeps its own. */
int tree_copy_up(int from, int tree, struct error *err);

/* console.c */
int console_open(struct init *init, const char *ptmx, struct error *err);      /* make: before the root changes */
int console_adopt(const struct init *init, struct error *err);                 /* streams and controlling terminal */

/* privileges.c: down, in one place, read back (rule 6). */
int privileges_become_root(struct error *err);
int privileges_drop(const struct init *init, struct error *err);
int privileges_limit(const struct spec_process *process, struct error *err);

/* filter.c: what the program may ask of the kernel. */
enum filter_moment { FILTER_WHILE_PRIVILEGED, FILTER_BEFORE_READY, FILTER_LAST };
int filter_prepare(struct init *init, struct error *err);
/* Loads it when this is the moment for it, which depends on the process; else does nothing. */
int filter_install(const struct init *init, enum filter_moment moment, struct error *err);
/* Before the very last moment: then it judges what we still have to do. */
bool filter_is_loaded_early(const struct init *init);

/* guard.c: for plan.guard.  Needs CAP_SYS_ADMIN. */
int guard_install(struct error *err);

/* account.c: never fails; "/" is what nobody has.  Lives in `arena`, or always. */
const char *account_home(struct arena *arena, uint32_t uid);

/* reaper.c: goes on as a child; the process that was stays first, until the child ends.  The last step before the execve. */
int reaper_part(struct error *err);

/* program.c: in its place, this process becomes what the program will be: streams, directory, settings, rights, filter. */
int program_prepare(struct init *init, const struct spec_personality *personality, const struct spec_memory_policy *memory_policy,
                    struct error *err);
/* What is not the program's is closed by the execve. */
int descriptors_end_here(const struct init *init, struct error *err);
/* Returns only when it failed. */
int program_execute(struct init *init, struct error *err);

#endif
