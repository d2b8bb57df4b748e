/* cgroup v1: each controller is a hierarchy of its own, and a group is a directory in each of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/cgroup-kinds.h"

static void group_path(const struct cgroup *cgroup, int controller, char path[CGROUP_PATH_MAX])
{
        cgroup_directory(cgroup->tree->mount[controller], cgroup->path, path);
}

/* --- make --------------------------------------------------------------------------------------------------------------- */

static bool is_needed(const struct cgroup *cgroup, int controller, const struct spec_resources *resources, bool devices)
{
        return cgroup->every_hierarchy || controller == CGROUP_FREEZER || (controller == CGROUP_DEVICES && devices) ||
               cgroup_asked(resources) & 1u << controller;
}

/* A cpuset without cpus and mems takes no process: each new directory inherits its parent's. */
static int fill_cpuset(const char *parent, const char *path, struct error *err)
{
        static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
        _cleanup_(io_closep) int from = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(io_closep) int to = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (from < 0 || to < 0)
                return error_errno(err, "opening the cgroup %s", path);
        for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
                _cleanup_(text_done) struct text value = { 0 };
                int r = io_read_file_at(from, files[i], 65536, &value, err);

                if (r >= 0 && value.data)
                        r = cgroup_write(to, files[i], value.data, "cpu", err);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* `path` is written to on the way and is as it was in the end. */
static int make_directory(int controller, char *path, struct error *err)
{
        char *slash = strrchr(path, '/');
        int r = 0;

        if (mkdir(path, 0755) == 0)
                goto made;
        if (errno == ENOENT) {
                *slash = '\0';
                r = make_directory(controller, path, err);
                *slash = '/';
                if (r < 0)
                        return r;
                if (mkdir(path, 0755) == 0)
                        goto made;
        }
        return errno == EEXIST ? 0 : error_errno(err, "making the cgroup %s", path);
made:
        if (controller == CGROUP_CPUSET) {
                _cleanup_(free_charp) char *parent = strndup(path, (size_t)(slash - path));

                r = parent ? fill_cpuset(parent, path, err) : error_memory(err);
        }
        return r;
}

static int limit_memory(int dir, const struct spec_memory *memory, struct error *err)
{
        int r = 0;

        if (memory->limit && *memory->limit != 0) {
                r = cgroup_write_number(dir, "memory.limit_in_bytes", *memory->limit, "memory.limit", err);
                if (r < 0)
                        return r;
        }
        if (memory->swap && *memory->swap != 0)
                r = cgroup_write_number(dir, "memory.memsw.limit_in_bytes", *memory->swap, "memory.swap", err);
        if (r >= 0 && memory->reservation && *memory->reservation != 0)
                r = cgroup_write_number(dir, "memory.soft_limit_in_bytes", *memory->reservation, "memory.reservation", err);
        if (r >= 0 && memory->kernel_tcp && *memory->kernel_tcp != 0)
                r = cgroup_write_number(dir, "memory.kmem.tcp.limit_in_bytes", *memory->kernel_tcp, "memory.kernelTCP", err);
        if (r >= 0 && memory->swappiness)
                r = cgroup_write_number(dir, "memory.swappiness", (int64_t)*memory->swappiness, "memory.swappiness", err);
        if (r >= 0 && memory->disable_oom_killer && *memory->disable_oom_killer)
                r = cgroup_write(dir, "memory.oom_control", "1", "memory.disableOOMKiller", err);
        return r;
}

static int limit_cpu(int dir, const struct spec_cpu *cpu, struct error *err)
{
        int r = 0;

        if (cpu->shares && *cpu->shares != 0)
                r = cgroup_write_number(dir, "cpu.shares", (int64_t)*cpu->shares, "cpu.shares", err);
        if (r >= 0 && cpu->period && *cpu->period != 0)
                r = cgroup_write_number(dir, "cpu.cfs_period_us", (int64_t)*cpu->period, "cpu.period", err);
        if (r >= 0 && cpu->quota && *cpu->quota != 0)
                r = cgroup_write_number(dir, "cpu.cfs_quota_us", *cpu->quota, "cpu.quota", err);
        if (r >= 0 && cpu->burst && *cpu->burst != 0)
                r = cgroup_write_number(dir, "cpu.cfs_burst_us", (int64_t)*cpu->burst, "cpu.burst", err);
        if (r >= 0 && cpu->realtime_period && *cpu->realtime_period != 0)
                r = cgroup_write_number(dir, "cpu.rt_period_us", (int64_t)*cpu->realtime_period, "cpu.realtimePeriod", err);
        if (r >= 0 && cpu->realtime_runtime && *cpu->realtime_runtime != 0)
                r = cgroup_write_number(dir, "cpu.rt_runtime_us", *cpu->realtime_runtime, "cpu.realtimeRuntime", err);
        if (r >= 0 && cpu->idle && *cpu->idle != 0)
                r = cgroup_write_number(dir, "cpu.idle", *cpu->idle, "cpu.idle", err);
        return r;
}

static int limit_cpuset(int dir, const struct spec_cpu *cpu, struct error *err)
{
        int r = 0;

        if (cpu->cpus && *cpu->cpus)
                r = cgroup_write(dir, "cpuset.cpus", cpu->cpus, "cpu.cpus", err);
        if (r >= 0 && cpu->mems && *cpu->mems)
                r = cgroup_write(dir, "cpuset.mems", cpu->mems, "cpu.mems", err);
        return r;
}

static int limit_pids(int dir, const struct spec_pids *pids, struct error *err)
{
        if (!pids->limit || *pids->limit == 0)
                return 0;
        return *pids->limit < 0 ? cgroup_write(dir, "pids.max", "max", "pids.limit", err)
                                : cgroup_write_number(dir, "pids.max", *pids->limit, "pids.limit", err);
}

static int apply(int dir, int controller, const struct spec_resources *resources, bool devices, struct error *err)
{
        if (controller == CGROUP_MEMORY && resources->memory)
                return limit_memory(dir, resources->memory, err);
        if (controller == CGROUP_PIDS && resources->pids)
                return limit_pids(dir, resources->pids, err);
        if (controller == CGROUP_CPU && resources->cpu)
                return limit_cpu(dir, resources->cpu, err);
        if (controller == CGROUP_CPUSET && resources->cpu)
                return limit_cpuset(dir, resources->cpu, err);
        if (controller == CGROUP_DEVICES && devices)
                return cgroup_devices_apply_v1(dir, resources, err);
        return 0;
}

/* A limit without its controller would be lost without a word. */
static int check_controllers(const struct cgroup *cgroup, const struct spec_resources *resources, struct error *err)
{
        static const struct { int controller; const char *member; } needs[] = {
                { CGROUP_MEMORY, "memory" }, { CGROUP_PIDS, "pids" }, { CGROUP_CPU, "cpu" }, { CGROUP_CPUSET, "cpu.cpus and cpu.mems" },
        };
        unsigned asked = cgroup_asked(resources);

        if (resources->unified.count)
                return error_set(err, E_NOT_SUPPORTED, "linux.resources.unified: needs cgroup v2, and this machine has v1; use memory, "
                                 "cpu and pids");
        for (size_t i = 0; i < ARRAY_LENGTH(needs); i++)
                if (asked & 1u << needs[i].controller && !cgroup->tree->mount[needs[i].controller])
                        return error_set(err, E_NOT_SUPPORTED, "linux.resources.%s: the cgroup controller \"%s\" is not mounted "
                                         "on this machine", needs[i].member, cgroup_controller_names[needs[i].controller]);
        return 0;
}

int cgroup_v1_make(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct error *err)
{
        int r = check_controllers(cgroup, resources, err);

        for (int i = 0; r >= 0 && i < CGROUP_CONTROLLER_COUNT; i++) {
                _cleanup_(io_closep) int dir = -1;
                char path[CGROUP_PATH_MAX];

                if (!cgroup->tree->mount[i] || !is_needed(cgroup, i, resources, devices))
                        continue;
                group_path(cgroup, i, path);
                r = make_directory(i, path, err);
                if (r < 0)
                        return r;
                dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (dir < 0)
                        return error_errno(err, "opening the cgroup %s", path);
                r = apply(dir, i, resources, devices, err);
        }
        return r;
}

/* --- doors -------------------------------------------------------------------------------------------------------------- */

int cgroup_v1_open_doors(const struct cgroup *cgroup, const char *sub, struct cgroup_doors *ret, struct error *err)
{
        for (int i = 0; i < CGROUP_CONTROLLER_COUNT; i++) {
                char path[CGROUP_PATH_MAX], file[CGROUP_PATH_MAX + 300];
                int fd;

                if (!cgroup->tree->mount[i])
                        continue;
                group_path(cgroup, i, path);
                snprintf(file, sizeof(file), "%s/%.255s/tasks", path, sub ? sub : "");
                fd = open(file, O_WRONLY | O_CLOEXEC);
                if (fd >= 0)
                        ret->fds[ret->count++] = fd;
                else if (errno != ENOENT)
                        return error_errno(err, "opening %s", file);
        }
        if (ret->count == 0)
                return error_set(err, E_FILE_NOT_FOUND, "the cgroup %s%s%s is not there", cgroup->path, sub ? "/" : "",
                                 sub ? sub : "");
        return 0;
}

/* --- freeze ------------------------------------------------------------------------------------------------------------- */

static int read_state(const struct cgroup *cgroup, char word[16], struct error *err)
{
        _cleanup_(io_closep) int fd = -1;
        char path[CGROUP_PATH_MAX], file[CGROUP_PATH_MAX + 16];
        ssize_t n;

        word[0] = '\0';
        group_path(cgroup, CGROUP_FREEZER, path);
        snprintf(file, sizeof(file), "%s/freezer.state", path);
        fd = open(file, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? 0 : error_errno(err, "opening %s", file);
        n = read(fd, word, 15);
        if (n < 0)
                return error_errno(err, "reading %s", file);
        word[n] = '\0';
        word[strcspn(word, "\n")] = '\0';
        return 0;
}

int cgroup_v1_is_frozen(const struct cgroup *cgroup, bool *ret, struct error *err)
{
        char word[16];
        int r = read_state(cgroup, word, err);

        *ret = r >= 0 && (text_equal(word, "FROZEN") || text_equal(word, "FREEZING"));
        return r;
}

#define FREEZE_ROUNDS 40                /* cgroup_sleep()s: some 2 s */
#define HOLD_ROUNDS 7                   /* some 130 ms */

enum { STILL_CHANGING = 1 };

/* A group may hang in FREEZING while its processes sleep in the kernel: asking again lets it try again. */
static int reach_state(const struct cgroup *cgroup, const char *wanted, unsigned rounds, char word[16], struct error *err)
{
        _cleanup_(io_closep) int dir = -1;
        char path[CGROUP_PATH_MAX];
        int r;

        group_path(cgroup, CGROUP_FREEZER, path);
        dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0)
                return error_errno(err, "opening the cgroup %s", path);
        for (unsigned round = 0; round < rounds; round++) {
                r = io_write_value_at(dir, "freezer.state", wanted, err);
                if (r >= 0)
                        r = read_state(cgroup, word, err);
                if (r < 0)
                        return r;
                if (text_equal(word, wanted))
                        return 0;
                cgroup_sleep(round);
        }
        return STILL_CHANGING;
}

/* What can't be frozen wholly is thawed again: half a sandbox that stands still is worse than none. */
int cgroup_v1_freeze(const struct cgroup *cgroup, bool frozen, struct error *err)
{
        struct error ignored;
        char word[16], after[16];
        int r = reach_state(cgroup, frozen ? "FROZEN" : "THAWED", FREEZE_ROUNDS, word, err);

        if (r != STILL_CHANGING)
                return r;
        if (frozen)
                (void)reach_state(cgroup, "THAWED", 1, after, &ignored);
        return error_set(err, E_TIMED_OUT, "the processes of cgroup %s did not %s within 2 s: the kernel says %s%s", cgroup->path,
                         frozen ? "freeze" : "thaw", word, frozen ? "" : " (is a group above it frozen?)");
}

/* --- kill --------------------------------------------------------------------------------------------------------------- */

int cgroup_v1_kill(const struct cgroup *cgroup, bool hold, struct error *err)
{
        const char *freezer = cgroup->tree->mount[CGROUP_FREEZER];
        char path[CGROUP_PATH_MAX], word[16];
        struct error ignored;
        int r = 0;

        if (hold && freezer)
                (void)reach_state(cgroup, "FROZEN", HOLD_ROUNDS, word, &ignored);
        for (int i = 0; r >= 0 && i < CGROUP_CONTROLLER_COUNT; i++)
                if (cgroup->tree->mount[i]) {
                        group_path(cgroup, i, path);
                        r = cgroup_kill_each(path, err);
                }
        if (!freezer)
                return r;
        /* Also those below, which may have been frozen by themselves. */
        group_path(cgroup, CGROUP_FREEZER, path);
        (void)cgroup_write_each(path, "freezer.state", "THAWED", &ignored);
        return r;
}
