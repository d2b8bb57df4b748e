/* linux.seccomp as the kernel takes it: a compiled filter in a file, shared by all sandboxes whose section is the same.
 *
 * The section is compiled by a program of its own, hcs-sandbox-seccomp, since only that needs libseccomp.  Filters lie in SPACE/.seccomp,
 * which only the owner may write, under a name that is the digest of the section, of this program's and libseccomp's
 * version and of the architecture.  One that is there is verified and used; one that is not is compiled while the init comes to life,
 * which asks for it last of all (CONTROL_FILTER), and kept.  Nobody waits for another one's compiling: two that begin at once
 * both compile, and either result is the same. */
#ifndef HCS_LOCAL_FILTER_H
#define HCS_LOCAL_FILTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/json.h"
#include "hcs/schema/seccomp.h"

/* The file: this, then `count` instructions of 8 bytes (struct sock_filter). */
struct filter_header {
        char magic[8];                  /* FILTER_MAGIC */
        uint32_t libseccomp;            /* FILTER_VERSION() of the one that compiled */
        uint32_t count;
        uint64_t sum;                   /* filter_sum() of the instructions */
};

#define FILTER_MAGIC            "hcsbpf1"       /* with its NUL */
#define FILTER_COUNT_MAX        32768           /* BPF_MAXINSNS is 4096; a kernel that takes more may come */
#define FILTER_VERSION(major, minor, micro)     ((uint32_t)(major) << 16 | (uint32_t)(minor) << 8 | (uint32_t)(micro))

/* FNV-1a over words of 8 bytes: against what is cut or rotten, not against anybody. */
uint64_t filter_sum(const void *instructions, uint32_t count);
/* Reads a whole filter from the beginning of `fd` and verifies it.  The header, instructions behind it, is the caller's, free(). */
int filter_read(int fd, struct filter_header **ret, struct error *err);

/* --- the engine's side ------------------------------------------------------------------------------------------------ */

struct filter {
        int fd;                         /* of the file, or of memory that is being filled; -1: there is no section */
        uint32_t flags;                 /* for seccomp(2); SECCOMP_FLAG_LISTENER when somebody listens */
        const char *listener_path, *listener_metadata;
        pid_t compiler;                 /* 0: the filter is ready */
        int complaint;                  /* where the compiler says what is wrong */
        char key[65];
        int home;                       /* SPACE/.seccomp */
};

#define FILTER_NONE ((struct filter){ .fd = -1, .complaint = -1, .home = -1 })

/* Finds the filter of a section in the cache below `space`, or begins to compile it.  `section` may be NULL or empty: there is none,
 * and fd is -1.  Texts live in the arena.  The compiler is looked for beside `init` first, when it is not NULL.  Ended with
 * filter_done() in every case. */
int filter_begin(struct filter *filter, struct arena *arena, const struct json_value *section, const char *space, const char *init,
                 struct error *err);
/* Waits until it is compiled, and keeps it. */
int filter_finish(struct filter *filter, struct error *err);
/* Ends a compiler that still runs, closes descriptors. */
void filter_done(struct filter *filter);

#endif
