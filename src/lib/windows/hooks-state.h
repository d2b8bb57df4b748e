/* What hooks on the host and hooks inside share.  Inside src/lib/windows/hooks*.c only. */
#ifndef LIB_WINDOWS_HOOKS_STATE_H
#define LIB_WINDOWS_HOOKS_STATE_H

#include "hcs/base/text.h"
#include "src/lib/windows/hooks.h"

#define WINHOOK_SLOW_MS 3000

/* The state, as a hook reads it. */
int winhook_state_print(const struct winhook_state *state, struct text *out, struct error *err);

/* One hook that is waited for. */
struct winhook_watch { const struct spec_hook *hook; const struct winhook_state *state; uint64_t begun; bool said; };
/* Fails when its time is over or its sandbox has gone; says, once, what takes long. */
int winhook_look(struct winhook_watch *watch, struct error *err);
/* 0, or a failure with its exit status: crashes as Windows writes them. */
int winhook_code(uint32_t code, struct error *err);

#endif
