/* What the files of the public face share.  Nobody else includes this. */
#ifndef LIB_PUBLIC_H
#define LIB_PUBLIC_H

#include "src/lib/hcs-sandbox.h"

#undef DLL_EXPORT       /* libtool's word; winpthreads would take it for "my code is in another DLL", and it is linked in */
#include <pthread.h>

#include "hcs/base/io.h"
#include "src/lib/sandbox.h"

struct hcs_sandbox_host {
        struct sandbox_host *inner;
        void (*log)(void *context, enum hcs_sandbox_level level, const char *text);
        void *log_context;
};

struct hcs_sandbox {
        struct hcs_sandbox_host *host;
        struct sandbox *inner;
        pthread_mutex_t lock;           /* over calls; waits go without */
        struct arena state;             /* of the last hcs_sandbox_state() */
        struct public_events *events;   /* the system's; NULL until asked for */
        void (*on_event)(void *context, struct hcs_sandbox *sandbox, enum hcs_sandbox_event event);
        void *event_context;
};

struct hcs_sandbox_process { struct hcs_process *inner; pthread_mutex_t lock; void *relay; };

static inline struct error *public_error(struct hcs_sandbox_error *err)
{
        return (struct error *)(void *)err;
}

int public_take_options(void *to, size_t size, const void *from, struct hcs_sandbox_error *err);

/* One call at a time. */
#define LOCKED(sandbox, call) ({ int r_; pthread_mutex_lock(&(sandbox)->lock); r_ = (call); \
                                 pthread_mutex_unlock(&(sandbox)->lock); r_; })

struct strings public_list_of(const char *const *items);       /* that ends with NULL; the pointers stay the caller's */

/* The system's half: public-linux.c, public-windows.c.  Of a handle that is locked, but for public_end_events(). */
int public_connect_console(const char *path, int *ret_socket, struct error *err);
int public_watch(struct hcs_sandbox *sandbox, struct error *err);
int public_event_descriptor(const struct hcs_sandbox *sandbox);
void public_end_events(struct hcs_sandbox *sandbox);            /* none comes any more */
int public_exec(struct hcs_sandbox *sandbox, const struct hcs_sandbox_exec_options *options, struct hcs_sandbox_process *process,
                struct error *err);
int public_signal(struct hcs_sandbox_process *process, int signal, struct error *err);
void public_finish(struct hcs_sandbox_process *process);        /* it has ended, or is let go */

#endif
