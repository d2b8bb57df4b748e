/* A host: where state and data lie on this machine, who hears the log, and the client of the waist.  Fixed once it is open,
 * so threads may share it. */
#ifndef LIB_HOST_H
#define LIB_HOST_H

#include "hcs/base/error.h"
#include "hcs/base/log.h"
#include "hcs/client/client.h"

/* Where a process of ours that outlives the call writes its log (Windows: the monitor): the flags that the program itself takes. */
struct sandbox_log_flags { const char *file, *format; bool debug; };

struct sandbox_host {
        char *root;                     /* state: ROOT/ID is a sandbox */
        char *data;                     /* scratches and masks; NULL: the usual place */
        char *init;                     /* hcs-sandbox-init; NULL: where it is usually found */
        struct log log;
        struct sandbox_log_flags log_flags;     /* borrowed */
        struct hcs_client client;
        struct host *engine;            /* Windows: the table, filled as its parts are needed (hcs/host) */
};

/* `root`, `data` and `init` NULL: the usual places.  Nothing is made before the first sandbox is.  *ret is the caller's. */
int sandbox_host_open(const char *root, const char *data, const char *init, const struct log *log,
                      struct sandbox_host **ret, struct error *err);
void sandbox_host_close(struct sandbox_host *host);
void sandbox_host_closep(struct sandbox_host **host);

/* Refuses a path that can't stand in a document, which is UTF-8; `what` says whose it is. */
int sandbox_check_path(const char *path, const char *what, struct error *err);

/* Where state lies without --root: /run/hcs-sandbox, or $XDG_RUNTIME_DIR/hcs-sandbox for others than root.  Caller's, free(). */
int sandbox_default_root(char **ret, struct error *err);

/* Windows: sees to it that the calls for systems and processes are there. */
int sandbox_host_need_compute(const struct sandbox_host *host, struct error *err);

/* Windows: calls of ours that were given up, their time being over, and have not come back. */
int32_t sandbox_host_strays(const struct sandbox_host *host);

/* Ids below the root, sorted; each and the array are the caller's. */
int sandbox_host_list(const struct sandbox_host *host, struct arena *arena, struct strings *ret, struct error *err);

#endif
