/* A bundle that nobody has to write: a command in a throw-away copy of this machine, with a directory at hand. */
#ifndef LIB_THROWAWAY_H
#define LIB_THROWAWAY_H

#include "oci/template.h"
#include "src/lib/sandbox.h"

struct throwaway {
        struct strings args;
        struct strings binds;           /* "SRC[:DST[:ro]]" */
        struct strings hide;
        bool terminal, host_network;
        bool in_memory;                 /* the scratch */
};

/* The config.json; caller's, free().  The working directory comes along as a copy at its own place, unless the system has it anyway or
 * a bind covers it; a home directory as a whole, and the places of others' files, do not: then *ret_stays is true, and the command
 * begins in "/". */
int throwaway_config(const struct throwaway *wanted, char **ret, bool *ret_stays, struct error *err);

#endif
