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
        if (controller == CGROUP_UNIFIED)
                return cgroup->unified_too;
        return controller == CGROUP_FREEZER || (controller == CGROUP_DEVICES && devices) || cgroup_asked(resources) & 1u << controller ||
               (cgroup->every_hierarchy && cgroup_is_hierarchy(cgroup->tree->mount[controller]));
}

enum { NOT_FILLED = 1 };

/* NOT_FILLED: the parent has nothing to give. */
static int copy_cpuset(const char *parent, const char *path, struct error *err)
{
        static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
        _cleanup_(io_closep) int from = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(io_closep) int to = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (from < 0 || to < 0)
                return error_errno(err, "opening the cgroup %s", path);
        for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
                _cleanup_(text_done) struct text value = { 0 };
                int r = io_read_file_at(from, files[i], 65536, &value, err);

                if (r < 0)
                        return r;
                if (!value.data || value.data[strspn(value.data, "\n")] == '\0')
                        return NOT_FILLED;
                r = cgroup_write(&(const struct cgroup_target){ .dir = to }, files[i], value.data, "cpu", err);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* A cpuset without cpus and mems takes no process: each new directory inherits its parent's.  A parent that somebody else is just
 * making has none yet, and gets them from here.  At the top, which nobody fills, that comes to nothing. */
static int fill_cpuset(const char *path, struct error *err)
{
        _cleanup_(free_charp) char *parent = strndup(path, (size_t)(strrchr(path, '/') - path));
        struct error ignored = { 0 };
        int r;

        if (!parent)
                return error_memory(err);
        r = copy_cpuset(parent, path, err);
        if (r != NOT_FILLED)
                return r;
        (void)fill_cpuset(parent, &ignored);
        r = copy_cpuset(parent, path, err);
        return r == NOT_FILLED ? 0 : r;
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
        return controller == CGROUP_CPUSET ? fill_cpuset(path, err) : r;
}

static int make_group(const struct cgroup *cgroup, int controller, char *path, struct error *err)
{
        unsigned round = 0;
        int r;

        do
                r = make_directory(controller, path, err);
        while (r < 0 && cgroup_lost_level(cgroup, r, &round));
        return r;
}

static bool is_asked(const int64_t *number)
{
        return number && *number != 0;
}

/* The kernel holds memory below memory and swap at every moment, so of two that grow the sum goes first, and of two that shrink
 * the part.  A group in the making has no limits yet. */
static int limit_memory_and_swap(const struct cgroup_target *to, const struct spec_memory *memory, struct error *err)
{
        const char *sum = "memory.memsw.limit_in_bytes";
        int64_t swap = is_asked(memory->swap) ? *memory->swap : 0;
        bool sum_first = false;
        int r = 0;

        if (to->undo && !swap && is_asked(memory->limit) && *memory->limit < 0 && cgroup_has(to, sum))
                swap = -1;              /* no limit for memory alone is none for both */
        if (to->undo && swap)
                sum_first = swap < 0 || swap > cgroup_read_number(to->dir, sum);
        if (swap && sum_first)
                r = cgroup_write_number(to, sum, swap, "memory.swap", err);
        if (r >= 0 && is_asked(memory->limit))
                r = cgroup_write_number(to, "memory.limit_in_bytes", *memory->limit, "memory.limit", err);
        if (r == E_BUSY)
                return error_set(err, E_BUSY, "linux.resources.memory.limit: the sandbox uses more than %lld bytes, and the kernel "
                                 "can't take them back", (long long)*memory->limit);
        if (r >= 0 && swap && !sum_first)
                r = cgroup_write_number(to, sum, swap, "memory.swap", err);
        return r;
}

static int limit_memory(const struct cgroup_target *to, const struct spec_memory *memory, struct error *err)
{
        const bool *no_killer = memory->disable_oom_killer;
        int r = limit_memory_and_swap(to, memory, err);

        if (r >= 0 && is_asked(memory->reservation))
                r = cgroup_write_number(to, "memory.soft_limit_in_bytes", *memory->reservation, "memory.reservation", err);
        if (r >= 0 && is_asked(memory->kernel_tcp))
                r = cgroup_write_number(to, "memory.kmem.tcp.limit_in_bytes", *memory->kernel_tcp, "memory.kernelTCP", err);
        if (r >= 0 && memory->swappiness)
                r = cgroup_write_number(to, "memory.swappiness", (int64_t)*memory->swappiness, "memory.swappiness", err);
        if (r >= 0 && no_killer && (*no_killer || (to->undo && cgroup_has(to, "memory.oom_control"))))
                r = cgroup_write(to, "memory.oom_control", *no_killer ? "1" : "0", "memory.disableOOMKiller", err);
        return r;
}

/* A time that is not given or 0 is none. */
static int limit_times(const struct cgroup_target *to, const char *const files[2], const char *const members[2], const uint64_t *period,
                       const int64_t *run, struct error *err)
{
        char values[2][24];
        struct cgroup_value first = { files[0], values[0], members[0] }, second = { files[1], values[1], members[1] };
        bool has_period = period && *period != 0, has_run = is_asked(run);

        snprintf(values[0], sizeof(values[0]), "%llu", has_period ? (unsigned long long)*period : 0);
        snprintf(values[1], sizeof(values[1]), "%lld", has_run ? (long long)*run : 0);
        if (has_period && has_run)
                return cgroup_write_pair(to, &first, &second, err);
        if (has_period)
                return cgroup_write(to, first.file, first.value, first.member, err);
        return has_run ? cgroup_write(to, second.file, second.value, second.member, err) : 0;
}

/* The burst may not be above the quota, neither before nor after. */
static int limit_bandwidth(const struct cgroup_target *to, const struct spec_cpu *cpu, struct error *err)
{
        static const char *const files[] = { "cpu.cfs_period_us", "cpu.cfs_quota_us" };
        static const char *const members[] = { "cpu.period", "cpu.quota" };
        const char *burst = "cpu.cfs_burst_us";
        int r = 0;

        if (to->undo && cpu->burst && cgroup_has(to, burst))
                r = cgroup_write_number(to, burst, 0, "cpu.burst", err);
        if (r >= 0)
                r = limit_times(to, files, members, cpu->period, cpu->quota, err);
        if (r >= 0 && cpu->burst && *cpu->burst != 0)
                r = cgroup_write_number(to, burst, (int64_t)*cpu->burst, "cpu.burst", err);
        return r;
}

static int limit_cpu(const struct cgroup_target *to, const struct spec_cpu *cpu, struct error *err)
{
        static const char *const files[] = { "cpu.rt_period_us", "cpu.rt_runtime_us" };
        static const char *const members[] = { "cpu.realtimePeriod", "cpu.realtimeRuntime" };
        int r = 0;

        if (to->undo && cpu->idle && *cpu->idle == 0 && cgroup_has(to, "cpu.idle"))
                r = cgroup_write(to, "cpu.idle", "0", "cpu.idle", err); /* an idle group has no shares of its own */
        if (r >= 0 && cpu->shares && *cpu->shares != 0 && !(to->undo && is_asked(cpu->idle)))
                r = cgroup_write_number(to, "cpu.shares", (int64_t)*cpu->shares, "cpu.shares", err);
        if (r >= 0)
                r = limit_bandwidth(to, cpu, err);
        if (r >= 0)
                r = limit_times(to, files, members, cpu->realtime_period, cpu->realtime_runtime, err);
        if (r >= 0 && is_asked(cpu->idle))
                r = cgroup_write_number(to, "cpu.idle", *cpu->idle, "cpu.idle", err);
        return r;
}

static int limit_cpuset(const struct cgroup_target *to, const struct spec_cpu *cpu, struct error *err)
{
        int r = 0;

        if (cpu->cpus && *cpu->cpus)
                r = cgroup_write(to, "cpuset.cpus", cpu->cpus, "cpu.cpus", err);
        if (r >= 0 && cpu->mems && *cpu->mems)
                r = cgroup_write(to, "cpuset.mems", cpu->mems, "cpu.mems", err);
        return r;
}

static int limit_pids(const struct cgroup_target *to, const struct spec_pids *pids, struct error *err)
{
        if (!pids->limit || *pids->limit == 0)
                return 0;
        return *pids->limit < 0 ? cgroup_write(to, "pids.max", "max", "pids.limit", err)
                                : cgroup_write_number(to, "pids.max", *pids->limit, "pids.limit", err);
}

static int apply(const struct cgroup_target *to, int controller, const struct spec_resources *resources, bool devices,
                 struct error *err)
{
        switch (controller) {
        case CGROUP_MEMORY:
                return resources->memory ? limit_memory(to, resources->memory, err) : 0;
        case CGROUP_PIDS:
                return resources->pids ? limit_pids(to, resources->pids, err) : 0;
        case CGROUP_CPU:
                return resources->cpu ? limit_cpu(to, resources->cpu, err) : 0;
        case CGROUP_CPUSET:
                return resources->cpu ? limit_cpuset(to, resources->cpu, err) : 0;
        case CGROUP_BLKIO:
                return resources->block_io ? cgroup_v1_limit_io(to, resources->block_io, err) : 0;
        case CGROUP_HUGETLB:
                return cgroup_v1_limit_huge_pages(to, resources, err);
        case CGROUP_RDMA:
                return cgroup_limit_rdma(to, resources, err);
        case CGROUP_NET_CLS:
                return resources->network ? cgroup_v1_set_class(to, resources->network, err) : 0;
        case CGROUP_NET_PRIO:
                return resources->network ? cgroup_v1_set_priorities(to, resources->network, err) : 0;
        case CGROUP_DEVICES:
                return devices ? cgroup_devices_apply_v1(to->dir, resources, err) : 0;
        default:
                return 0;
        }
}

/* A limit without its controller would be lost without a word. */
static int check_controllers(const struct cgroup *cgroup, const struct spec_resources *resources, struct error *err)
{
        static const struct { int controller; const char *member; } needs[] = {
                { CGROUP_MEMORY, "memory" }, { CGROUP_PIDS, "pids" }, { CGROUP_CPU, "cpu" }, { CGROUP_CPUSET, "cpu.cpus and cpu.mems" },
                { CGROUP_BLKIO, "blockIO" }, { CGROUP_HUGETLB, "hugepageLimits" }, { CGROUP_RDMA, "rdma" },
                { CGROUP_NET_CLS, "network.classID" }, { CGROUP_NET_PRIO, "network.priorities" },
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
                r = make_group(cgroup, i, path, err);
                if (r < 0)
                        return r;
                dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (dir < 0)
                        return error_errno(err, "opening the cgroup %s", path);
                r = apply(&(const struct cgroup_target){ .dir = dir }, i, resources, devices, err);
        }
        return r;
}

/* --- update -------------------------------------------------------------------------------------------------------------- */

#define MOVE_ROUNDS 20

static bool holds(const struct cgroup_pids *pids, pid_t pid)
{
        for (size_t i = 0; i < pids->count; i++)
                if (pids->items[i] == pid)
                        return true;
        return false;
}

/* One look at who is not in `path` yet; those are moved.  *ret_moved: how many there were. */
static int move_once(const struct cgroup *cgroup, const char *path, const struct cgroup_target *to, size_t *ret_moved, struct error *err)
{
        struct cgroup_pids all = { 0 }, there = { 0 };
        struct error refused = { 0 };
        int r = cgroup_processes(cgroup, &all, err);

        if (r >= 0)
                r = cgroup_collect(path, &there, err);
        *ret_moved = 0;
        for (size_t i = 0; r >= 0 && i < all.count; i++) {
                char pid[16];

                if (holds(&there, all.items[i]))
                        continue;
                snprintf(pid, sizeof(pid), "%d", (int)all.items[i]);
                ++*ret_moved;
                if (io_write_value_at(to->dir, "cgroup.procs", pid, &refused) < 0 && error_to_errno(refused.code) != ESRCH)
                        r = error_set(err, refused.code, "moving process %s into the cgroup %s: %s", pid, path, refused.text);
        }
        free(all.items);
        free(there.items);
        return r;
}

/* A hierarchy in which nobody asked for anything so far: the group is made there, and its processes are moved in, also those that
 * they make meanwhile.  The first hierarchy that has the group (freezer, as a rule) says who they are. */
static int move_in(const struct cgroup *cgroup, int controller, char *path, struct error *err)
{
        struct cgroup_tree others = *cgroup->tree;
        struct cgroup elsewhere = { .tree = &others, .path = cgroup->path };
        struct cgroup_target to = { .dir = -1 };
        size_t moved = 1;
        int r = make_group(cgroup, controller, path, err);

        others.mount[controller] = NULL;
        if (r >= 0)
                to.dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (r >= 0 && to.dir < 0)
                r = error_errno(err, "opening the cgroup %s", path);
        for (unsigned round = 0; r >= 0 && moved > 0; round++) {
                if (round == MOVE_ROUNDS)
                        r = error_set(err, E_TIMED_OUT, "the processes of the sandbox multiply faster than they are moved into the "
                                      "cgroup %s; pause it, then try again", path);
                else
                        r = move_once(&elsewhere, path, &to, &moved, err);
        }
        io_closep(&to.dir);
        return r;
}

static int update_one(const struct cgroup *cgroup, int controller, const struct spec_resources *resources, struct cgroup_undo *undo,
                      struct error *err)
{
        struct cgroup_target to = { .undo = undo };
        char path[CGROUP_PATH_MAX];
        int r;

        group_path(cgroup, controller, path);
        if (access(path, F_OK) < 0) {
                if (!(cgroup_asked(resources) & 1u << controller))
                        return 0;
                r = move_in(cgroup, controller, path, err);
                if (r < 0)
                        return r;
        }
        to.dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (to.dir < 0)
                return error_errno(err, "opening the cgroup %s", path);
        r = apply(&to, controller, resources, true, err);
        io_closep(&to.dir);
        return r;
}

/* Rules of devices go last: no file says what they were. */
int cgroup_v1_update(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct cgroup_undo *undo,
                     struct error *err)
{
        int r = check_controllers(cgroup, resources, err);

        for (int i = 0; r >= 0 && i < CGROUP_CONTROLLER_COUNT; i++)
                if (cgroup->tree->mount[i] && i != CGROUP_DEVICES)
                        r = update_one(cgroup, i, resources, undo, err);
        if (r >= 0 && devices && cgroup->tree->mount[CGROUP_DEVICES])
                r = update_one(cgroup, CGROUP_DEVICES, resources, undo, err);
        return r;
}

/* --- doors -------------------------------------------------------------------------------------------------------------- */

/* Where a hierarchy has no group of the sandbox's there is none to go into; but a group below that is missed is an error, or the
 * process would be outside of the limits. */
static int open_door(const struct cgroup *cgroup, int controller, const char *wishes, struct cgroup_doors *ret, struct error *err)
{
        char group[CGROUP_PATH_MAX], path[CGROUP_PATH_MAX];
        const char *sub;
        int length, written, fd;

        cgroup_sub_find(wishes, controller, &sub, &length);
        group_path(cgroup, controller, group);
        written = snprintf(path, sizeof(path), "%s%s%.*s/%s", group, length ? "/" : "", length, sub,
                           controller == CGROUP_UNIFIED ? "cgroup.procs" : "tasks");
        if (written < 0 || (size_t)written >= sizeof(path))
                return error_set(err, E_INVALID_PARAMETER, "the path of a cgroup in %s is too long", cgroup->path);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd >= 0) {
                ret->fds[ret->count++] = fd;
                return 0;
        }
        if (errno != ENOENT)
                return error_errno(err, "opening %s", path);
        if (length && access(group, F_OK) == 0)
                return error_set(err, E_FILE_NOT_FOUND, "the cgroup %s/%.*s is not there", group, length, sub);
        return 0;
}

int cgroup_v1_open_doors(const struct cgroup *cgroup, const char *sub, struct cgroup_doors *ret, struct error *err)
{
        for (int i = 0; i < CGROUP_CONTROLLER_COUNT; i++)
                if (cgroup->tree->mount[i] && open_door(cgroup, i, sub, ret, err) < 0)
                        return err->code;
        if (ret->count == 0)
                return error_set(err, E_FILE_NOT_FOUND, "the cgroup %s is not there", cgroup->path);
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

/* --- slices ------------------------------------------------------------------------------------------------------------- */

void cgroup_remove_slices(const struct cgroup *cgroup)
{
        static const int unknown[] = { CGROUP_CPUSET, CGROUP_FREEZER, CGROUP_NET_CLS, CGROUP_NET_PRIO, CGROUP_HUGETLB,
                                       CGROUP_PERF_EVENT, CGROUP_RDMA };

        for (size_t i = 0; cgroup->tree->version == CGROUP_V1 && i < ARRAY_LENGTH(unknown); i++) {
                const char *mount = cgroup->tree->mount[unknown[i]];
                char path[CGROUP_PATH_MAX], *slash;

                if (!mount)
                        continue;
                group_path(cgroup, unknown[i], path);
                while ((slash = strrchr(path, '/')) && (size_t)(slash - path) > strlen(mount)) {
                        *slash = '\0';
                        if (rmdir(path) < 0 && errno != ENOENT)
                                break;
                }
        }
}
