/* A further process in a sandbox on Windows.  Its streams come to whoever creates it, so exec itself relays them (relay.h). */
#ifndef LIB_WINDOWS_EXEC_H
#define LIB_WINDOWS_EXEC_H

#include "src/lib/sandbox.h"
#include "src/lib/windows/plan.h"

struct winexec {
        const char *process;            /* an OCI process object (JSON); NULL: what follows, over the sandbox's own process */
        size_t length;
        const char *what;               /* names that text in messages */
        struct strings args, env;       /* env: NAME=value, added; one that is there already is replaced */
        const char *cwd, *user;         /* NULL: the sandbox's */
        bool terminal;
};

/* The parameters; live in the plan's arena. */
int winexec_compose(const struct winplan *plan, const struct winexec *wanted, const struct log *log, struct win_process **ret,
                    struct error *err);
/* Runs it.  The process lives no longer than the sandbox's handle. */
int winexec_begin(struct sandbox *sandbox, const struct winexec *wanted, struct hcs_process **ret, struct hcs_pipes *ret_pipes,
                  bool *ret_terminal, struct error *err);
/* A signal for it, as `kill` takes them.  One that has ended is none any more. */
int winexec_signal(struct sandbox *sandbox, struct hcs_process *process, const char *word, struct error *err);
/* Runs it beside us, with a monitor of its own (monitor.h), and returns when it runs. */
int winexec_detached(struct sandbox *sandbox, const struct winexec *wanted, const int streams[3], uint32_t *ret_process,
                     struct error *err);

#endif
