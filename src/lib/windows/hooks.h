/* The hooks of a bundle, run (oci/windows/hooks.h says which there are, and when).
 *
 * A hook on the host gets the state on its standard input, its own environment and nothing else (SystemRoot aside, without which
 * Windows' own DLLs don't load), the bundle as its directory, and no handle but its three.  Until it has ended its programs are in
 * a job of ours: they go when its time is over, when the sandbox ends, and with the process that waits for it. */
#ifndef LIB_WINDOWS_HOOKS_H
#define LIB_WINDOWS_HOOKS_H

#include "hcs/base/log.h"
#include "hcs/client/client.h"
#include "oci/windows/config.h"
#include "src/lib/windows/status.h"

struct winhook_state {
        struct oci_windows *config;     /* whose arena is used */
        const char *id, *status;
        uint32_t pid;                   /* 0: absent */
        void *stop;                     /* an event that ends the waiting, for the sandbox has gone; NULL: none */
        const struct log *log;          /* hears what takes more than three seconds */
};

/* In order; the first that fails ends it: "createRuntime hook 2, C:\x.exe: exit status 1". */
int winhooks_run(const spec_hook_list *hooks, const char *kind, const struct winhook_state *state, struct error *err);
/* Those behind the end (poststop), all whatever happens: one that fails is told of and keeps nothing.  That they have run is written
 * down: what is left to be done may fail, and be tried again, without them.  Whoever is killed while they run leaves them due. */
void winhooks_run_poststop(const spec_hook_list *hooks, const struct winhook_state *state, const struct place *place,
                           struct win_status *status);
/* Inside, by the service, as startContainer's; what they say goes to our own streams. */
int winhooks_run_inside(const spec_hook_list *hooks, struct hcs_system *system, const struct winhook_state *state, struct error *err);

#endif
