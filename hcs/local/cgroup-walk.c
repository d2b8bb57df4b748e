/* A group and the groups below it.  A sandbox that may write to its cgroup chooses how many there are and how deep they lie, and
 * makes more while we look; so nothing here recurses, keeps a descriptor for each level, or builds a path that could grow too
 * long: a walk stands in one directory, steps down by name and up by "..". */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/listing.h"
#include "hcs/local/cgroup-kinds.h"

#define PROCS_MAX (64u << 20)           /* the kernel's pid_max in lines of ten bytes */
#define REMOVE_MAX 100000               /* steps before a look at whether somebody makes them faster than we remove them */

/* --- walking ------------------------------------------------------------------------------------------------------------ */

static int move(DIR **at, const char *name)
{
        DIR *there = listing_open(dirfd(*at), name);

        if (!there)
                return -1;
        closedir(*at);
        *at = there;
        return 0;
}

static const char *next_below(DIR *at)
{
        struct dirent *entry;

        while ((entry = listing_next(at)))
                if (entry->d_type == DT_DIR)
                        return entry->d_name;
        return NULL;
}

/* Groups still to be seen, the next one last: each lies below the group that the walk stands in or one above that. */
struct pending { char *name; size_t depth; };
struct walk { DIR *at; size_t depth; struct pending *items; size_t count, size; };

static void walk_done(struct walk *walk)
{
        while (walk->count > 0)
                free(walk->items[--walk->count].name);
        free(walk->items);
        io_close_dirp(&walk->at);
}

static int walk_look_below(struct walk *walk, struct error *err)
{
        const char *name;

        while ((name = next_below(walk->at))) {
                if (walk->count == walk->size) {
                        size_t size = walk->size ? 2 * walk->size : 16;
                        struct pending *items = realloc(walk->items, size * sizeof(*items));

                        if (!items)
                                return error_memory(err);
                        walk->items = items;
                        walk->size = size;
                }
                walk->items[walk->count] = (struct pending){ .name = strdup(name), .depth = walk->depth + 1 };
                if (!walk->items[walk->count].name)
                        return error_memory(err);
                walk->count++;
        }
        return 0;
}

enum { WALK_END = 1 };

/* To the next group that is still there. */
static int walk_on(struct walk *walk, struct error *err)
{
        while (walk->count > 0) {
                struct pending *next = &walk->items[walk->count - 1];
                int r;

                for (; walk->depth >= next->depth; walk->depth--)
                        if (move(&walk->at, "..") < 0)
                                return error_errno(err, "going up in a cgroup");
                r = move(&walk->at, next->name);
                if (r < 0 && errno != ENOENT)
                        return error_errno(err, "opening the cgroup %s", next->name);
                free(next->name);
                walk->count--;
                if (r == 0) {
                        walk->depth++;
                        return 0;
                }
        }
        return WALK_END;
}

/* Calls `visit` in each group; the first result that is not 0 ends it. */
static int walk(const char *path, int (*visit)(int dir, void *context, struct error *err), void *context, struct error *err)
{
        _cleanup_(walk_done) struct walk walk = { .at = opendir(path) };
        int r;

        if (!walk.at)
                return errno == ENOENT ? 0 : error_errno(err, "opening the cgroup %s", path);
        do {
                r = visit(dirfd(walk.at), context, err);
                if (r == 0)
                        r = walk_look_below(&walk, err);
                if (r != 0)
                        return r;
                r = walk_on(&walk, err);
        } while (r == 0);
        return r == WALK_END ? 0 : r;
}

/* --- what is done in each ----------------------------------------------------------------------------------------------- */

static int add_pids(struct cgroup_pids *pids, const char *lines, struct error *err)
{
        size_t more = 0;
        pid_t *items;

        for (const char *c = lines; *c; c++)
                more += *c == '\n';
        items = realloc(pids->items, (pids->count + more + 1) * sizeof(*items));
        if (!items)
                return error_memory(err);
        pids->items = items;
        while (*lines) {
                char *end;
                long pid = strtol(lines, &end, 10);

                if (pid > 0)                    /* 0: of a pid namespace that we don't see */
                        items[pids->count++] = (pid_t)pid;
                lines = *end ? end + 1 : end;
        }
        return 0;
}

static int collect_here(int dir, void *context, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(io_closep) int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
        int r;

        if (fd < 0)
                return errno == ENOENT ? 0 : error_errno(err, "opening cgroup.procs");
        r = io_read_all(fd, PROCS_MAX, &text, "cgroup.procs", err);
        if (r < 0 && err->code == E_NOT_SUPPORTED)      /* threaded: they are listed above it; or removed meanwhile */
                return 0;
        return r < 0 || !text.data ? r : add_pids(context, text.data, err);
}

static int compare_pids(const void *a, const void *b)
{
        const pid_t *left = a, *right = b;

        return (*left > *right) - (*left < *right);
}

/* A process of which threads are in several groups (v1) is listed in each. */
static void sort_pids(struct cgroup_pids *pids)
{
        size_t kept = 0;

        if (pids->count > 1)
                qsort(pids->items, pids->count, sizeof(*pids->items), compare_pids);
        for (size_t i = 0; i < pids->count; i++)
                if (i == 0 || pids->items[i] != pids->items[i - 1])
                        pids->items[kept++] = pids->items[i];
        pids->count = kept;
}

int cgroup_collect(const char *path, struct cgroup_pids *ret, struct error *err)
{
        struct cgroup_pids pids = { 0 };
        int r = walk(path, collect_here, &pids, err);

        if (r < 0) {
                free(pids.items);
                return r;
        }
        sort_pids(&pids);
        *ret = pids;
        return 0;
}

/* A number is killed as soon as it was read, and read anew until none is left: there is no pidfd of a group. */
int cgroup_kill_each(const char *path, struct error *err)
{
        struct cgroup_pids pids = { 0 };
        int r = cgroup_collect(path, &pids, err);

        for (size_t i = 0; i < pids.count; i++)
                (void)kill(pids.items[i], SIGKILL);
        free(pids.items);
        return r;
}

static int is_used_here(int dir, void *context, struct error *err)
{
        _cleanup_(io_closep) int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
        char byte;

        (void)context;
        (void)err;
        return fd >= 0 && read(fd, &byte, 1) == 1 ? CGROUP_IN_USE : 0;
}

int cgroup_is_used(const char *path, bool *ret, struct error *err)
{
        int r = walk(path, is_used_here, NULL, err);

        if (r < 0)
                return r;
        *ret = r == CGROUP_IN_USE;
        return 0;
}

struct value { const char *file, *text; };

static int write_here(int dir, void *context, struct error *err)
{
        const struct value *value = context;
        struct error refused = { 0 };

        (void)err;
        (void)io_write_value_at(dir, value->file, value->text, &refused);
        return 0;
}

int cgroup_write_each(const char *path, const char *file, const char *value, struct error *err)
{
        struct value each = { .file = file, .text = value };

        return walk(path, write_here, &each, err);
}

/* --- removing ----------------------------------------------------------------------------------------------------------- */

/* The names on the way from the top to where we stand, "a/b/c". */
static const char *last_name(const struct text *names)
{
        const char *slash = strrchr(names->data, '/');

        return slash ? slash + 1 : names->data;
}

static void drop_last_name(struct text *names)
{
        const char *last = last_name(names);

        names->length = last > names->data ? (size_t)(last - names->data) - 1 : 0;
        names->data[names->length] = '\0';
}

static int step_up_and_remove(DIR **at, struct text *names, struct error *err)
{
        if (move(at, "..") < 0)
                return error_errno(err, "going up in a cgroup");
        if (unlinkat(dirfd(*at), last_name(names), AT_REMOVEDIR) < 0 && errno != ENOENT)
                return errno == EBUSY ? CGROUP_IN_USE : error_errno(err, "removing the cgroup %s", names->data);
        drop_last_name(names);
        return 0;
}

/* Down to the first that has none below it, and up again removing, until the top has none. */
static int remove_below(const char *path, struct error *err)
{
        _cleanup_(io_close_dirp) DIR *at = opendir(path);
        _cleanup_(text_done) struct text names = { 0 };

        if (!at)
                return errno == ENOENT ? 0 : error_errno(err, "opening the cgroup %s", path);
        for (unsigned steps = 0; steps < REMOVE_MAX; steps++) {
                const char *name = next_below(at);
                int r = 0;

                if (name) {
                        size_t length = names.length;

                        if (length > 0)
                                text_add_char(&names, '/');
                        text_add(&names, name);
                        r = text_check(&names, err);
                        if (r >= 0 && move(&at, last_name(&names)) < 0) {
                                if (errno != ENOENT)
                                        return error_errno(err, "opening the cgroup %s", names.data);
                                drop_last_name(&names);
                        }
                } else if (names.length > 0) {
                        r = step_up_and_remove(&at, &names, err);
                } else {
                        return 0;
                }
                if (r != 0)
                        return r;
        }
        return CGROUP_IN_USE;
}

int cgroup_remove_directory(const char *path, bool below, struct error *err)
{
        int r = 0;

        if (rmdir(path) == 0 || errno == ENOENT)
                return 0;
        if (errno != EBUSY && errno != ENOTEMPTY) {
                int kept = errno;

                if (access(path, F_OK) < 0 && errno == ENOENT)  /* a read-only mount refuses before it looks */
                        return 0;
                return error_errnum(err, kept, "removing the cgroup %s", path);
        }
        if (!below)
                return CGROUP_IN_USE;
        r = remove_below(path, err);
        if (r != 0)
                return r;
        if (rmdir(path) == 0 || errno == ENOENT)
                return 0;
        return errno == EBUSY ? CGROUP_IN_USE : error_errno(err, "removing the cgroup %s", path);
}
