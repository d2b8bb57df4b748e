/* For tests that drive the real binary ($HCS_SANDBOX, else ./hcs-sandbox): a box of their own, bundles, runs whose output and
 * status are caught, and the question whether something is left behind.
 *
 * A box is a directory with a state root in it.  As root it is more: a mount namespace of the test's own in which every cgroup
 * hierarchy is a fresh group of the host's; so tests that use one id do not meet, and what is left in a cgroup is found. */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

#define TIME_LIMIT_MS 60000
#define BOX_USER 12345

/* `program`: the binary, or a copy in the box when the user could not reach the original.  `uid`: who calls it. */
struct box { char dir[64], root[80], rootfs[80], program[4096]; uid_t uid; };

/* What a verb printed and how it ended; 128 + N for a signal, 124 when the time was over. */
struct result { int status; char out[65536], err[16384]; };

/* A bundle; every member may be NULL. */
struct bundle {
        bool host;                      /* a copy of the machine instead of a busybox root */
        const char *args;               /* JSON: ["true"] */
        const char *process;            /* more members of process, each with a comma behind */
        const char *mounts;             /* more mounts, with a comma before each */
        const char *linux_;             /* more members of linux, with a comma before each */
        const char *namespaces;         /* more namespaces, with a comma before each */
        const char *top;                /* more top-level members, each with a comma behind */
};

/* Whoever runs the tests calls the program. */
void box_setup(struct box *box);
/* Somebody without privileges does: uid BOX_USER when root runs the tests, else whoever runs them.  A bundle with a root of its
 * own gets the user namespace that it needs then. */
void box_setup_user(struct box *box);
/* Deletes every sandbox that is left and fails when something stays behind: a directory, a cgroup, a process, a mount in any
 * namespace. */
void box_teardown(struct box *box);
/* The same question while the box goes on, for when every sandbox has been deleted. */
void box_expect_empty(struct box *box);
/* DIR/NAME with a config.json; returns its path, which lives in static thread memory of the harness until the next call. */
const char *box_bundle(struct box *box, const char *name, const struct bundle *bundle);
/* The same with a text of its own. */
const char *box_bundle_text(struct box *box, const char *name, const char *config);

/* hcs-sandbox --root ROOT WORDS...; the last is NULL. */
void box_run(struct box *box, struct result *ret, ...) __attribute__((sentinel));
/* A shell line with $H set to "hcs-sandbox --root ROOT", $DIR and $ROOTFS. */
void box_shell(struct box *box, struct result *ret, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Runs a bundle attached and gives the result. */
void box_try(struct box *box, struct result *ret, const struct bundle *bundle);

/* Root, in the box: no mask that others have made is known, so what the machine has now is looked at.  Else an answer of the last seconds
 * would do. */
#define NO_MASKS "mount -t tmpfs -o mode=1777 masks /dev/shm"

/* Skip with a reason when it is not there. */
void needs_root(void);
void needs_programs(const char *names);
/* Somebody without privileges may make user namespaces. */
void needs_user_namespaces(void);
/* And mount with FUSE in them. */
void needs_fuse_overlayfs(void);
/* The controller, in a hierarchy of its own (v1) or in the one (v2). */
void needs_cgroup(const char *controller);

#define expect_status(r, wanted) \
        cr_expect(eq(int, (r)->status, wanted), "stdout: %s; stderr: %s", (r)->out, (r)->err)
#define expect_out(r, part) \
        cr_expect(ne(ptr, strstr((r)->out, part), NULL), "no \"%s\" in stdout: %s; stderr: %s", part, (r)->out, (r)->err)
#define expect_no_out(r, part) \
        cr_expect(eq(ptr, strstr((r)->out, part), NULL), "\"%s\" in stdout: %s", part, (r)->out)
#define expect_err(r, part) \
        cr_expect(ne(ptr, strstr((r)->err, part), NULL), "no \"%s\" in stderr: %s; stdout: %s", part, (r)->err, (r)->out)

#endif
