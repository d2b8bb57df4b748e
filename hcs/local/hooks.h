/* The specification's hooks, run by whoever stands in the right place: the engine (prestart, createRuntime, poststart,
 * poststop) or the init (createContainer, startContainer).  Each gets exactly its own environment, the state on its standard
 * input, default signals and no descriptor beyond 2 (rule 11). */
#ifndef HCS_LOCAL_HOOKS_H
#define HCS_LOCAL_HOOKS_H

#include <sys/types.h>

#include "hcs/base/error.h"
#include "hcs/base/text.h"
#include "hcs/schema/specification.h"

struct hook_state {
        const struct spec *spec;
        const char *id, *status, *bundle;
        pid_t pid;                      /* 0: absent */
        const char *cwd;
};

/* The state as JSON (runtime.md, "State"); a failure shows in text_check(). */
void hook_state_write(const struct hook_state *state, struct text *out);
/* Runs them in order; the first that fails ends it: "createRuntime hook 2, /bin/x: exit status 1". */
int hooks_run(const spec_hook_list *hooks, const char *kind, const struct hook_state *state, struct error *err);
/* Runs all whatever happens (poststop); *err is the first failure, the result tells whether there was one. */
int hooks_run_all(const spec_hook_list *hooks, const char *kind, const struct hook_state *state, struct error *err);

#endif
