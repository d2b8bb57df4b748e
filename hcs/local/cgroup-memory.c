/* Who is told when memory runs out in a group: on v1 an eventfd that the kernel writes to, on v2 a file with a counter that the
 * kernel says it has changed (inotify). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/cgroup-kinds.h"

void cgroup_memory_watch_done(struct cgroup_memory_watch *watch)
{
        io_closep(&watch->fd);
        io_closep(&watch->directory);
}

/* --- v1 ------------------------------------------------------------------------------------------------------------------- */

static int v1_watch(struct cgroup_memory_watch *watch, struct error *err)
{
        _cleanup_(io_closep) int control = openat(watch->directory, "memory.oom_control", O_RDONLY | O_CLOEXEC);
        char line[32];

        if (control < 0)
                return error_errno(err, "opening memory.oom_control");
        watch->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (watch->fd < 0)
                return error_errno(err, "making an event descriptor");
        snprintf(line, sizeof(line), "%d %d", watch->fd, control);
        return io_write_value_at(watch->directory, "cgroup.event_control", line, err);
}

/* The end of a group is told by the same descriptor, once more than its memory has run out. */
static uint64_t v1_take(struct cgroup_memory_watch *watch)
{
        uint64_t times;

        if (read(watch->fd, &times, sizeof(times)) != sizeof(times))
                return 0;
        return faccessat(watch->directory, "cgroup.event_control", F_OK, 0) == 0 ? times : times - 1;
}

/* --- v2 ------------------------------------------------------------------------------------------------------------------- */

static uint64_t kills(int directory)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct error ignored = { 0 };
        const char *at;

        if (io_read_file_at(directory, "memory.events", 4096, &text, &ignored) < 0 || !text.data)
                return 0;
        at = strstr(text.data, "oom_kill ");
        return at ? strtoull(at + 9, NULL, 10) : 0;
}

static int v2_watch(struct cgroup_memory_watch *watch, const char *path, struct error *err)
{
        char file[CGROUP_PATH_MAX + 16];

        watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (watch->fd < 0)
                return error_errno(err, "making an inotify descriptor");
        snprintf(file, sizeof(file), "%s/memory.events", path);
        if (inotify_add_watch(watch->fd, file, IN_MODIFY) < 0)
                return error_errno(err, "watching %s", file);
        watch->seen = kills(watch->directory);
        return 0;
}

static uint64_t v2_take(struct cgroup_memory_watch *watch)
{
        char events[4096];
        uint64_t now, before = watch->seen;

        while (read(watch->fd, events, sizeof(events)) > 0)
                ;
        now = kills(watch->directory);
        if (now <= before)
                return 0;
        watch->seen = now;
        return now - before;
}

/* --- either ---------------------------------------------------------------------------------------------------------------- */

int cgroup_memory_watch(const struct cgroup *cgroup, struct cgroup_memory_watch *ret, struct error *err)
{
        struct cgroup_memory_watch watch = { .fd = -1, .directory = -1, .v2 = cgroup->path && cgroup->tree->version == CGROUP_V2 };
        const char *mount = !cgroup->path ? NULL : watch.v2 ? cgroup->tree->unified : cgroup->tree->mount[CGROUP_MEMORY];
        char path[CGROUP_PATH_MAX];
        int r;

        *ret = watch;
        if (!mount)
                return CGROUP_NO_MEMORY;
        cgroup_directory(mount, cgroup->path, path);
        watch.directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (watch.directory < 0)
                return errno == ENOENT ? CGROUP_NO_MEMORY : error_errno(err, "opening the cgroup %s", path);
        if (watch.v2 && faccessat(watch.directory, "memory.events", F_OK, 0) < 0)
                r = CGROUP_NO_MEMORY;
        else
                r = watch.v2 ? v2_watch(&watch, path, err) : v1_watch(&watch, err);
        if (r != 0)
                cgroup_memory_watch_done(&watch);
        else
                *ret = watch;
        return r;
}

uint64_t cgroup_memory_watch_take(struct cgroup_memory_watch *watch)
{
        return watch->v2 ? v2_take(watch) : v1_take(watch);
}
