/* Staying with a process that was started attached: signals are handed on, a terminal is relayed, the exit status is ours. */
#ifndef CLI_ATTACH_H
#define CLI_ATTACH_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

#include "src/lib/sandbox.h"

struct attach {
        int signals;                    /* a signalfd; -1 before attach_begin() */
        int console[2];                 /* a socket pair: the engine's end and ours; -1 without a terminal */
        int master;                     /* the pty */
        struct termios before;          /* of our own terminal */
        bool raw;
        sigset_t mask;                  /* as it was */
};
#define ATTACH_NONE { .signals = -1, .console = { -1, -1 }, .master = -1 }

/* Blocks the signals that will be handed on, so that none is lost from here. */
int attach_begin(struct attach *attach, bool subreaper, struct error *err);
/* Makes the socket pair and gives the engine's end, which stays ours.  `attach` is a struct attach: this is what a struct
 * sandbox_create has as make_console. */
int attach_make_console(void *attach, int *ret_fd, struct error *err);
/* After the process has its terminal, if it has one: takes the master, sets ours raw and the size. */
int attach_take_terminal(struct attach *attach, struct error *err);
/* What is waited for: a sandbox's first process or another one. */
struct attach_target {
        int (*wait)(void *object, int *ret_status, struct error *err);          /* SANDBOX_STILL_RUNNING: not yet */
        int (*signal)(void *object, int signal, struct error *err);
        void *object;
};
/* The first process; the sandbox stays the caller's. */
struct attach_target attach_first(struct sandbox *sandbox);
/* Until it has exited: its exit status. */
int attach_hold(struct attach *attach, const struct attach_target *target, struct error *err);
void attach_end(struct attach *attach);

#endif
