/* The one process of ours beside a sandbox.  HCS gives the streams of a process to whoever created it, and a mounted scratch
 * lives as long as a handle to it: so somebody has to stay.  It makes the sandbox, waits for `start`, relays the streams, writes
 * down how the program ended, takes the sandbox off the host, and ends.  It outlives its caller, and its systems do not outlive
 * it (their documents say ShouldTerminateOnLastHandleClosed). */
#ifndef LIB_WINDOWS_MONITOR_H
#define LIB_WINDOWS_MONITOR_H

#include "src/lib/host.h"

/* The monitor itself, until the sandbox's end.  `answer` is the pipe on which the maker waits to hear how the making went. */
int monitor_run(struct sandbox_host *host, const char *id, void *answer, struct error *err);

/* Starts one for a sandbox whose place is made, with these streams (handles; -1: none), and waits until the sandbox
 * stands. */
int monitor_spawn(const struct sandbox_host *host, const char *id, const int streams[3], struct error *err);

/* A further process that outlives the call that wanted it has a monitor of its own, which makes it by the parameters in a file of
 * the place, relays its streams, and ends with it. */
int monitor_run_exec(struct sandbox_host *host, const char *id, const char *file, void *answer, struct error *err);
int monitor_spawn_exec(const struct sandbox_host *host, const char *id, const char *file, const int streams[3], uint32_t *ret_process,
                       struct error *err);

#endif
