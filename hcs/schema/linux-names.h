/* Linux's words and their numbers, needed on every system because documents are checked and printed anywhere:
 * capabilities, resource limits, signals, mount options.  The numbers are Linux's ABI, not this compiler's headers'. */
#ifndef HCS_SCHEMA_LINUX_NAMES_H
#define HCS_SCHEMA_LINUX_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* "CAP_NET_ADMIN" (any case, with or without "CAP_") to its number; -1 when unknown. */
int linux_capability_number(const char *name);
/* The name with "CAP_", NULL past the last (40, CAP_CHECKPOINT_RESTORE). */
const char *linux_capability_name(int number);

/* "RLIMIT_NOFILE" to its number; -1 when unknown. */
int linux_rlimit_number(const char *name);
const char *linux_rlimit_name(int number);

/* "15", "TERM", "SIGTERM", "RTMIN+3", any case; 1 to 64; -1 when unknown.  0 is "0", the probe. */
int linux_signal_number(const char *text);
const char *linux_signal_name(int number);              /* "TERM"; NULL for real-time ones and unknown */

/* What a mount option means. */
enum linux_mount_option_kind {
        LINUX_MOUNT_SET,                /* sets attribute bits */
        LINUX_MOUNT_CLEAR,              /* clears attribute bits */
        LINUX_MOUNT_SET_RECURSIVE,      /* "rro" and its kin: mount_setattr with AT_RECURSIVE */
        LINUX_MOUNT_CLEAR_RECURSIVE,
        LINUX_MOUNT_BIND, LINUX_MOUNT_RBIND,
        LINUX_MOUNT_PROPAGATION,        /* bits is MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE */
        LINUX_MOUNT_PROPAGATION_RECURSIVE,
        LINUX_MOUNT_SUPER,              /* a flag of the file system: "sync", "dirsync", "silent", "mand", "lazytime" ...:
                                         * handed to fsconfig as the name in `super` when it is not NULL, else ignored */
        LINUX_MOUNT_COPY_UP,            /* "tmpcopyup" */
        LINUX_MOUNT_IDMAP, LINUX_MOUNT_RIDMAP,
};

struct linux_mount_option {
        const char *name;
        enum linux_mount_option_kind kind;
        uint64_t bits;                  /* MOUNT_ATTR_* or MS_* propagation */
        uint64_t mask;                  /* atime options: bits replace what the mask covers */
        const char *super;
};

/* The row of an option, or NULL: then it is data for the file system ("size=64k"). */
const struct linux_mount_option *linux_mount_option_find(const char *name);
/* All rows, the last has name NULL; for `features`. */
extern const struct linux_mount_option linux_mount_options[];

#endif
