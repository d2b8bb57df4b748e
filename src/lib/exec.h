/* What a further process of a sandbox is to be: given whole as JSON, or as differences to the sandbox's own process. */
#ifndef LIB_EXEC_H
#define LIB_EXEC_H

#include "src/lib/sandbox.h"

struct exec_wishes {
        const char *process;            /* an OCI process object (JSON); NULL: what follows, over the sandbox's own process */
        size_t length;                  /* of that text */
        const char *what;               /* names it in messages */
        struct strings args;
        struct strings env;             /* NAME=value, added; one that is there already is replaced */
        const char *cwd;                /* NULL: the sandbox's */
        const char *user;               /* UID[:GID]; NULL: the sandbox's, with its groups */
        struct strings groups;          /* added */
        struct strings capabilities;    /* added to bounding, effective and permitted */
        bool no_new_privileges;
        const char *apparmor_profile, *selinux_label;   /* NULL: the sandbox's */
        bool terminal;                  /* also added to what the JSON says */
        bool even_paused;               /* the process then waits for resume */
};

/* A checked process, for sandbox_exec(); lives in `arena`, and by the wishes.  A sandbox in which nothing can be run now is
 * refused. */
int exec_compose(struct sandbox *sandbox, const struct exec_wishes *wishes, struct arena *arena, const struct log *log,
                 struct spec_process *ret, struct error *err);
/* Lies a cgroup that a process is to go into below the sandbox's own, and not by a way round?  Each line of `groups` is "PATH" or
 * "CONTROLLERS:PATH"; "/" is that group. */
int exec_check_group(const char *groups, struct error *err);

#endif
