/* What the tests that drive the real program share: a place of their own, bundles, calls of the program with everything that it
 * says caught, and the question whether something is left.
 *
 *         struct place place;
 *
 *         place_begin(&place, AS_ROOT);                    skipped with a reason where that can't be
 *         bundle_make(&place, "b", &(struct bundle){ .script = "echo hi" });
 *         result = RUN(&place, "run", "--bundle", "b", place_id(&place, "one"));
 *         cr_expect(eq(str, result.out, "hi\n"));
 *         place_end(&place);                               fails when anything is left
 *
 * Everything that is made bears the place's tag: ids, paths, and the variable HCS_TEST of every program.  By it what is left is
 * found: directories, scratches, masks' references, cgroups, mounts in any namespace, and processes.
 *
 * Texts live until place_end().  A helper that cannot do its work fails the test. */
#ifndef TESTS_ENGINE_HARNESS_H
#define TESTS_ENGINE_HARNESS_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "hcs/base/arena.h"

/* --- places ------------------------------------------------------------------------------------------------------------ */

enum place_caller {
        AS_ROOT,                        /* skipped when the tests are not run by root */
        AS_USER,                        /* somebody without privileges: uid 12345 when root tests, else whoever tests */
        AS_CALLER,                      /* whoever tests */
};

#define PLACE_USER 12345

struct place {
        struct arena arena;
        const char *tag;                /* in every name that is made */
        const char *path;               /* the directory; calls are made in it */
        const char *root;               /* --root */
        const char *program;            /* hcs-sandbox; a copy of it when the user could not reach the build tree */
        uid_t uid;                      /* who calls */
        unsigned calls;
};

void place_begin(struct place *place, enum place_caller caller);
/* Fails the test when something is left, cleans it up, and removes the place. */
void place_end(struct place *place);
/* The same question in the middle of a test, with sandboxes of other names alive: nothing is left of `name`. */
void place_expect_gone(struct place *place, const char *name);

/* "TAG-NAME": an id that no other test has. */
const char *place_id(struct place *place, const char *name);
/* "PATH/NAME". */
const char *place_path(struct place *place, const char *name);
const char *place_printf(struct place *place, const char *fmt, ...) _printf_(2, 3);
/* A file of the place: written (owned by the caller), read whole ("" when there is none). */
const char *place_write(struct place *place, const char *name, const char *text);
const char *place_read(struct place *place, const char *path);

/* --- bundles ----------------------------------------------------------------------------------------------------------- */

/* Members that are NULL take what an ordinary bundle has.  Texts that are JSON are put in as they are. */
struct bundle {
        const char *script;             /* for /bin/sh -c; NULL: sleep for long */
        const char *args;               /* JSON array, in place of `script` */
        bool host;                      /* no root: a copy of the machine; else a busybox */
        bool terminal;
        bool read_only;
        const char *root;               /* path of the root file system; NULL: the place's busybox */
        const char *user;               /* JSON object; NULL: 0:0 */
        const char *cwd, *hostname;
        const char *env;                /* more items, each with a "," in front: ",\"A=1\"" */
        const char *process;            /* more members of process, likewise */
        const char *mounts;             /* more items of mounts, likewise */
        const char *namespaces;         /* items in place of pid, ipc, uts, mount and network */
        const char *linux;              /* more members of linux, likewise */
        const char *members;            /* more members of the configuration, likewise */
};

/* Writes NAME/config.json; a user's bundle gets the user namespace that it needs.  Returns the bundle's path. */
const char *bundle_make(struct place *place, const char *name, const struct bundle *bundle);
/* Writes NAME/config.json as it is. */
const char *bundle_write(struct place *place, const char *name, const char *config);
/* A busybox with its usual names, proc, dev, sys, tmp, etc, root: a new one below the place. */
const char *rootfs_make(struct place *place, const char *name);

/* --- calls ------------------------------------------------------------------------------------------------------------- */

struct call {
        const char *const *args;        /* verb and words, NULL at the end; --root is put in front */
        const char *const *globals;     /* more global flags */
        const char *const *env;         /* in place of the usual environment */
        const char *directory;          /* NULL: the place */
        const char *in_text;            /* standard input; NULL: /dev/null */
        int in, out, err;               /* descriptors in place of that; 0: caught */
        const int *fds;                 /* the program's descriptors 3, 4, ... */
        size_t fd_count;
        int closed;                     /* bits 0 to 2: standard descriptors that are not open */
        bool no_root;                   /* without --root */
        unsigned timeout_ms;            /* 0: 30 seconds; then it is killed */
};

struct result {
        int status;                     /* the exit status; 128 + N when signal N ended it; 124 when it took too long */
        const char *out, *err;          /* what it wrote until it ended */
        const char *out_path, *err_path;/* what sandboxes that hold the descriptors write there later */
};

struct running { pid_t pid; unsigned timeout_ms; const char *out_path, *err_path; };

struct result call(struct place *place, const struct call *call);
#define RUN(place, ...) call(place, &(struct call){ .args = (const char *const[]){ __VA_ARGS__, NULL } })
/* The two halves: a call that goes on while the test does something. */
void call_begin(struct place *place, const struct call *call, struct running *ret);
struct result call_end(struct place *place, struct running *running);

/* A call that must do its work, silently. */
#define EXPECT_RUN(place, ...) \
        do { \
                struct result result_ = RUN(place, __VA_ARGS__); \
                cr_assert(eq(int, result_.status, 0), "%s", result_.err); \
                cr_expect(eq(str, (char *)result_.err, "")); \
        } while (0)

/* --- looking ----------------------------------------------------------------------------------------------------------- */

/* Out of `state`: "created", ...; "" when there is no such sandbox. */
const char *sandbox_status(struct place *place, const char *id);
pid_t sandbox_pid(struct place *place, const char *id);
/* Waits until it is so, 10 seconds at most; then the test fails. */
void sandbox_await(struct place *place, const char *id, const char *status);
/* Waits until the file holds `text`. */
void file_await(struct place *place, const char *path, const char *text);
void milliseconds(unsigned ms);

/* --- what a test needs: skipped with the reason when it is not there ----------------------------------------------------- */

void needs_root(void);
void needs_user_namespaces(void);
void needs_fuse_overlayfs(void);
void needs_program(const char *program, const char *package);
/* A cgroup v1 hierarchy, or v2 with that controller. */
void needs_cgroup(const char *controller);

#endif
