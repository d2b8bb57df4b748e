/* cgroup v2: one tree.  Controllers are turned on from the top down; a process is born in its group (CLONE_INTO_CGROUP). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/cgroup-kinds.h"

static int open_group(const struct cgroup *cgroup, const char *sub, int flags, struct error *err)
{
        char path[CGROUP_PATH_MAX];
        int fd, length;

        length = snprintf(path, sizeof(path), "%s%s%s%s", cgroup->tree->unified, cgroup->path, sub ? "/" : "", sub ? sub : "");
        if ((size_t)length >= sizeof(path))
                return error_set(err, E_INVALID_PARAMETER, "the path of a cgroup in %s is too long", cgroup->path);
        fd = open(path, flags | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
                return fd;
        if (errno == ENOENT)
                return error_set(err, E_FILE_NOT_FOUND, "the cgroup %s is not there", path);
        return error_errno(err, "opening the cgroup %s", path);
}

/* --- make --------------------------------------------------------------------------------------------------------------- */

#define CONTROLLERS_MAX 16              /* the kernel has ten */

struct controllers { char names[CONTROLLERS_MAX][24]; size_t count; };

static void need(struct controllers *controllers, const char *name, size_t length)
{
        char (*new)[24] = &controllers->names[controllers->count];

        if (controllers->count == CONTROLLERS_MAX || length >= sizeof(*new))
                return;                 /* no controller: its file will not be there */
        (void)snprintf(*new, sizeof(*new), "%.*s", (int)length, name);
        for (size_t i = 0; i < controllers->count; i++)
                if (text_equal(controllers->names[i], *new))
                        return;
        controllers->count++;
}

static void needed(const struct spec_resources *resources, struct controllers *ret)
{
        unsigned asked = cgroup_asked(resources);

        ret->count = 0;
        for (int i = 0; i < CGROUP_CONTROLLER_COUNT; i++) {
                const char *name = i == CGROUP_BLKIO ? "io" : cgroup_controller_names[i];

                if (asked & 1u << i && i != CGROUP_NET_CLS && i != CGROUP_NET_PRIO)
                        need(ret, name, strlen(name));
        }
        for (size_t i = 0; i < resources->unified.count; i++) {
                const char *key = resources->unified.items[i].key;

                if (!text_starts_with(key, "cgroup."))
                        need(ret, key, strcspn(key, "."));
        }
}

static bool has_word(const char *list, const char *word)
{
        size_t length = strlen(word);

        for (const char *at = list; at && (at = strstr(at, word)); at += length)
                if ((at == list || at[-1] == ' ') && (!at[length] || strchr(" \n", at[length])))
                        return true;
        return false;
}

static int refuse_busy(const char *path, const char *words, struct error *err)
{
        return error_set(err, E_BUSY, "linux.resources: %s can't be turned on in the cgroup %s: it has processes of its own, and then "
                         "cgroup v2 lets it give nothing to those below; move them into a group of their own", words, path);
}

/* Not every controller is refused by the kernel then: those that know threads (cpu, cpuset, pids) can be turned on, and from then on
 * no group below takes a process.  The top of all, which has no type, may have both. */
static bool has_processes(int dir)
{
        _cleanup_(io_closep) int processes = -1;
        char byte;

        if (faccessat(dir, "cgroup.type", F_OK, 0) < 0)
                return false;
        processes = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
        return processes >= 0 && read(processes, &byte, 1) == 1;
}

/* Why the controllers of `words`, "+cpu +memory", could not be turned on in `path`. */
static int explain(int dir, const char *path, const char *words, const struct controllers *controllers, struct error *err)
{
        _cleanup_(text_done) struct text available = { 0 };
        int reason = error_to_errno(err->code);
        struct error ignored = { 0 };

        if (io_read_file_at(dir, "cgroup.controllers", 4096, &available, &ignored) >= 0)
                for (size_t i = 0; i < controllers->count; i++)
                        if (!has_word(available.data, controllers->names[i]))
                                return error_set(err, E_NOT_SUPPORTED, "linux.resources: the cgroup controller \"%s\" is not available "
                                                 "in %s: this kernel lacks it, v1 has it, or it was not given to this place (systemd: "
                                                 "Delegate=%s)", controllers->names[i], path, controllers->names[i]);
        if (reason == EBUSY)
                return refuse_busy(path, words, err);
        if (reason == EACCES || reason == EPERM || reason == EROFS)
                return error_set(err, E_ACCESS, "linux.resources: %s is not turned on in the cgroup %s, and this user may not do it "
                                 "(systemd: Delegate=yes)", words, path);
        return error_wrap(err, "linux.resources: turning on %s in the cgroup %s", words, path);
}

/* What is on already is not touched: above a place that was delegated nothing may be written. */
static int turn_on(int dir, const char *path, const struct controllers *controllers, struct error *err)
{
        _cleanup_(text_done) struct text now = { 0 }, words = { 0 };
        int r;

        if (controllers->count == 0)
                return 0;
        r = io_read_file_at(dir, "cgroup.subtree_control", 4096, &now, err);
        if (r < 0)
                return error_wrap(err, "the cgroup %s", path);
        for (size_t i = 0; i < controllers->count; i++)
                if (!has_word(now.data ? now.data : "", controllers->names[i]))
                        text_addf(&words, "%s+%s", words.length ? " " : "", controllers->names[i]);
        r = text_check(&words, err);
        if (r < 0 || words.length == 0)
                return r;
        if (has_processes(dir))
                return refuse_busy(path, words.data, err);
        r = io_write_value_at(dir, "cgroup.subtree_control", words.data, err);
        return r < 0 ? explain(dir, path, words.data, controllers, err) : 0;
}

/* All that there is to give, also unasked: for whoever reads the counters of what has no limits, or manages groups in there.  runc and crun
 * do so for everybody.  What is refused, one by one, is left out. */
static void turn_on_rest(int dir)
{
        _cleanup_(text_done) struct text given = { 0 }, now = { 0 }, words = { 0 };
        struct error none = { 0 };
        char *rest, *name;

        if (io_read_file_at(dir, "cgroup.controllers", 4096, &given, &none) < 0 || !given.data ||
            io_read_file_at(dir, "cgroup.subtree_control", 4096, &now, &none) < 0)
                return;
        rest = given.data;
        while ((name = strsep(&rest, " \n")))
                if (*name && !has_word(now.data ? now.data : "", name))
                        text_addf(&words, "%s+%s", words.length ? " " : "", name);
        if (text_check(&words, &none) < 0 || words.length == 0 || has_processes(dir) ||
            io_write_value_at(dir, "cgroup.subtree_control", words.data, &none) >= 0)
                return;
        rest = words.data;
        while ((name = strsep(&rest, " ")))
                (void)io_write_value_at(dir, "cgroup.subtree_control", name, &none);
}

/* Walks down from the mount point; each ancestor gets the controllers on, each level is made when it is missing. */
static int make_levels(const struct cgroup *cgroup, const struct controllers *controllers, struct error *err)
{
        char path[CGROUP_PATH_MAX];
        size_t length = (size_t)snprintf(path, sizeof(path), "%s%s", cgroup->tree->unified, cgroup->path);
        size_t at = strlen(cgroup->tree->unified);

        if (length >= sizeof(path))
                return error_set(err, E_INVALID_PARAMETER, "linux.cgroupsPath: too long");
        while (at < length) {
                _cleanup_(io_closep) int dir = -1;
                int r;

                path[at] = '\0';
                dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (dir < 0)
                        return error_errno(err, "opening the cgroup %s", path);
                r = turn_on(dir, path, controllers, err);
                if (r < 0)
                        return r;
                if (cgroup->every_hierarchy)
                        turn_on_rest(dir);
                path[at] = '/';
                at += 1 + strcspn(path + at + 1, "/");
                path[at] = '\0';
                if (mkdir(path, 0755) < 0 && errno != EEXIST)
                        return error_errno(err, "making the cgroup %s", path);
                if (at < length)
                        path[at] = '/';
        }
        return 0;
}

static int write_or_max(const struct cgroup_target *to, const char *file, int64_t value, const char *member, struct error *err)
{
        return value < 0 ? cgroup_write(to, file, "max", member, err) : cgroup_write_number(to, file, value, member, err);
}

static bool is_asked(const int64_t *number)
{
        return number && *number != 0;
}

/* v1's swap limit is memory and swap together; v2's is swap alone. */
static int limit_swap(const struct cgroup_target *to, const struct spec_memory *memory, struct error *err)
{
        int64_t limit = memory->limit ? *memory->limit : 0, swap = memory->swap ? *memory->swap : 0;

        if (to->undo && !swap && limit < 0 && cgroup_has(to, "memory.swap.max"))
                swap = -1;              /* no limit for memory alone is none for both, as on v1 */
        if (!swap)
                return 0;
        if (swap > 0 && limit <= 0)
                return error_set(err, E_INVALID_PARAMETER, "linux.resources.memory.swap: needs memory.limit, of which it is the "
                                 "sum with swap");
        return write_or_max(to, "memory.swap.max", swap < 0 ? -1 : swap - limit, "memory.swap", err);
}

/* v2 takes any limit, and kills whoever is above it. */
static int check_usage(const struct cgroup_target *to, const struct spec_memory *memory, struct error *err)
{
        int64_t used;

        if (!to->undo || !memory->check_before_update || !*memory->check_before_update || !memory->limit || *memory->limit <= 0)
                return 0;
        used = cgroup_read_number(to->dir, "memory.current");
        if (used <= *memory->limit)
                return 0;
        return error_set(err, E_BUSY, "linux.resources.memory.limit: the sandbox uses %lld bytes, more than the %lld that it is to "
                         "have; with checkBeforeUpdate nothing is killed for that", (long long)used, (long long)*memory->limit);
}

static int limit_memory(const struct cgroup_target *to, const struct spec_memory *memory, struct error *err)
{
        int r = check_usage(to, memory, err);

        if (r >= 0 && is_asked(memory->limit))
                r = write_or_max(to, "memory.max", *memory->limit, "memory.limit", err);
        if (r >= 0)
                r = limit_swap(to, memory, err);
        if (r >= 0 && is_asked(memory->reservation))
                r = write_or_max(to, "memory.low", *memory->reservation, "memory.reservation", err);
        if (r >= 0 && is_asked(memory->kernel_tcp))
                r = error_set(err, E_NOT_SUPPORTED, "linux.resources.memory.kernelTCP: cgroup v2 has none; memory.limit counts it too");
        if (r >= 0 && memory->swappiness)
                r = error_set(err, E_NOT_SUPPORTED, "linux.resources.memory.swappiness: cgroup v2 has none");
        if (r >= 0 && memory->disable_oom_killer && *memory->disable_oom_killer)
                r = error_set(err, E_NOT_SUPPORTED, "linux.resources.memory.disableOOMKiller: cgroup v2 can't");
        return r;
}

/* The burst may not be above the quota, neither before nor after. */
static int limit_bandwidth(const struct cgroup_target *to, const struct spec_cpu *cpu, struct error *err)
{
        unsigned long long period = cpu->period && *cpu->period ? *cpu->period : 100000;
        char value[64];
        int r = 0;

        if (to->undo && cpu->burst && cgroup_has(to, "cpu.max.burst"))
                r = cgroup_write(to, "cpu.max.burst", "0", "cpu.burst", err);
        if (r >= 0 && (is_asked(cpu->quota) || (cpu->period && *cpu->period != 0))) {
                if (cpu->quota && *cpu->quota > 0)
                        snprintf(value, sizeof(value), "%lld %llu", (long long)*cpu->quota, period);
                else
                        snprintf(value, sizeof(value), "max %llu", period);
                r = cgroup_write(to, "cpu.max", value, "cpu.quota", err);
        }
        if (r >= 0 && cpu->burst && *cpu->burst != 0)
                r = cgroup_write_number(to, "cpu.max.burst", (int64_t)*cpu->burst, "cpu.burst", err);
        return r;
}

static int limit_cpu(const struct cgroup_target *to, const struct spec_cpu *cpu, struct error *err)
{
        int r = 0;

        if ((cpu->realtime_period && *cpu->realtime_period) || is_asked(cpu->realtime_runtime))
                return error_set(err, E_NOT_SUPPORTED, "linux.resources.cpu.realtimeRuntime: cgroup v2 has no real-time limits");
        if (to->undo && cpu->idle && *cpu->idle == 0 && cgroup_has(to, "cpu.idle"))
                r = cgroup_write(to, "cpu.idle", "0", "cpu.idle", err); /* an idle group has no weight of its own */
        if (r >= 0 && cpu->shares && *cpu->shares != 0 && !(to->undo && is_asked(cpu->idle)))
                r = cgroup_write_number(to, "cpu.weight", cgroup_weight_of_shares(*cpu->shares), "cpu.shares", err);
        if (r >= 0)
                r = limit_bandwidth(to, cpu, err);
        if (r >= 0 && is_asked(cpu->idle))
                r = cgroup_write_number(to, "cpu.idle", *cpu->idle, "cpu.idle", err);
        if (r >= 0 && cpu->cpus && *cpu->cpus)
                r = cgroup_write(to, "cpuset.cpus", cpu->cpus, "cpu.cpus", err);
        if (r >= 0 && cpu->mems && *cpu->mems)
                r = cgroup_write(to, "cpuset.mems", cpu->mems, "cpu.mems", err);
        return r;
}

/* Network packets are classed by BPF programs there. */
static int refuse_network(const struct spec_network *network, struct error *err)
{
        if (!network || ((!network->class_id || *network->class_id == 0) && network->priorities.count == 0))
                return 0;
        return error_set(err, E_NOT_SUPPORTED, "linux.resources.network: cgroup v2 has neither classes nor priorities; leave it out");
}

static int limit(const struct cgroup_target *to, const struct spec_resources *resources, bool devices, struct error *err)
{
        int r = refuse_network(resources->network, err);

        if (r >= 0 && resources->memory)
                r = limit_memory(to, resources->memory, err);
        if (r >= 0 && resources->cpu)
                r = limit_cpu(to, resources->cpu, err);
        if (r >= 0 && resources->pids && is_asked(resources->pids->limit))
                r = write_or_max(to, "pids.max", *resources->pids->limit, "pids.limit", err);
        if (r >= 0 && resources->block_io)
                r = cgroup_v2_limit_io(to, resources->block_io, err);
        if (r >= 0)
                r = cgroup_v2_limit_huge_pages(to, resources, err);
        if (r >= 0)
                r = cgroup_limit_rdma(to, resources, err);
        for (size_t i = 0; r >= 0 && i < resources->unified.count; i++)
                r = cgroup_write(to, resources->unified.items[i].key, resources->unified.items[i].value, "unified", err);
        if (r >= 0 && devices)
                r = to->undo ? cgroup_devices_replace_v2(to->dir, resources, err)
                             : cgroup_devices_apply_v2(to->dir, resources, err);
        return r;
}

static int make_and_limit(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct cgroup_undo *undo,
                          struct error *err)
{
        _cleanup_(io_closep) int dir = -1;
        struct controllers controllers;
        unsigned round = 0;
        int r;

        needed(resources, &controllers);
        do
                r = make_levels(cgroup, &controllers, err);
        while (r < 0 && cgroup_lost_level(cgroup, r, &round));
        if (r < 0)
                return r;
        dir = open_group(cgroup, NULL, O_RDONLY, err);
        return dir < 0 ? dir : limit(&(const struct cgroup_target){ .dir = dir, .undo = undo }, resources, devices, err);
}

int cgroup_v2_make(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct error *err)
{
        return make_and_limit(cgroup, resources, devices, NULL, err);
}

int cgroup_v2_update(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct cgroup_undo *undo,
                     struct error *err)
{
        return make_and_limit(cgroup, resources, devices, undo, err);
}

/* --- doors, freeze, remove ---------------------------------------------------------------------------------------------- */

int cgroup_v2_open_doors(const struct cgroup *cgroup, const char *sub, struct cgroup_doors *ret, struct error *err)
{
        ret->directory = open_group(cgroup, sub, O_RDONLY, err);
        return ret->directory < 0 ? ret->directory : 0;
}

/* `membership`: /proc/PID/cgroup of the first process, whose paths begin above our mount point where that is a part of the tree only (a
 * bind mount, as containers have it). */
const char *cgroup_v2_home(struct arena *arena, const struct cgroup *cgroup, const char *membership)
{
        const char *home = cgroup_unified_group(arena, membership);
        size_t length = strlen(cgroup->path);

        while (home && (home = strstr(home, cgroup->path))) {
                home += length;
                if (*home == '/')
                        return home + 1;
        }
        return NULL;
}

/* The value of "word N" in cgroup.events; 0 when the group is gone. */
static int read_event(const struct cgroup *cgroup, const char *word, bool *ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        char path[CGROUP_PATH_MAX + 16];
        struct error why = { 0 };
        const char *line;

        *ret = false;
        snprintf(path, sizeof(path), "%s%s/cgroup.events", cgroup->tree->unified, cgroup->path);
        if (io_read_file_at(AT_FDCWD, path, 4096, &text, &why) < 0) {
                int number = error_to_errno(why.code);

                if (number == ENOENT || number == ENODEV)       /* systemd removes a scope when it likes, between two calls too */
                        return 0;
                *err = why;
                return err->code;
        }
        line = text.data ? strstr(text.data, word) : NULL;
        *ret = line && line[strlen(word)] == ' ' && line[strlen(word) + 1] == '1';
        return 0;
}

int cgroup_v2_is_frozen(const struct cgroup *cgroup, bool *ret, struct error *err)
{
        return read_event(cgroup, "frozen", ret, err);
}

int cgroup_v2_freeze(const struct cgroup *cgroup, bool frozen, struct error *err)
{
        _cleanup_(io_closep) int dir = open_group(cgroup, NULL, O_PATH, err);
        bool now = false;
        int r;

        if (dir < 0)
                return dir;
        r = io_write_value_at(dir, "cgroup.freeze", frozen ? "1" : "0", err);
        for (unsigned round = 0; r >= 0 && round < 40; round++) {
                r = read_event(cgroup, "frozen", &now, err);
                if (r >= 0 && now == frozen)
                        return 0;
                cgroup_sleep(round);
        }
        if (r >= 0 && frozen)           /* half a sandbox that stands still is worse than none */
                (void)io_write_value_at(dir, "cgroup.freeze", "0", err);
        return r < 0 ? r : error_set(err, E_TIMED_OUT, "the processes of cgroup %s did not %s within 2 s%s", cgroup->path,
                                     frozen ? "freeze" : "thaw", frozen ? "" : " (is a group above it frozen?)");
}

int cgroup_v2_kill(const struct cgroup *cgroup, struct error *err)
{
        _cleanup_(io_closep) int dir = open_group(cgroup, NULL, O_PATH, err);
        char path[CGROUP_PATH_MAX];
        struct error ignored;

        if (dir < 0)
                return err->code == E_FILE_NOT_FOUND ? 0 : dir;
        if (io_write_value_at(dir, "cgroup.kill", "1", &ignored) >= 0)
                return 0;
        /* Before Linux 5.14.  Frozen ones die too, and don't fork away from the signal. */
        (void)io_write_value_at(dir, "cgroup.freeze", "1", &ignored);
        cgroup_directory(cgroup->tree->unified, cgroup->path, path);
        return cgroup_kill_each(path, err);
}
