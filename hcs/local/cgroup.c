#include "hcs/local/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/local/cgroup-kinds.h"

const char *const cgroup_controller_names[CGROUP_CONTROLLER_COUNT] = {
        [CGROUP_MEMORY] = "memory", [CGROUP_PIDS] = "pids", [CGROUP_CPU] = "cpu", [CGROUP_CPUACCT] = "cpuacct",
        [CGROUP_CPUSET] = "cpuset", [CGROUP_DEVICES] = "devices", [CGROUP_FREEZER] = "freezer", [CGROUP_BLKIO] = "blkio",
        [CGROUP_NET_CLS] = "net_cls", [CGROUP_NET_PRIO] = "net_prio", [CGROUP_HUGETLB] = "hugetlb",
        [CGROUP_PERF_EVENT] = "perf_event", [CGROUP_RDMA] = "rdma", [CGROUP_SYSTEMD] = "systemd",
        [CGROUP_UNIFIED] = "unified",
};

#define LEVEL_ROUNDS 1000               /* each needs another sandbox's end in the very moment */

/* --- where things are --------------------------------------------------------------------------------------------------- */

static bool may_make_groups(const char *directory)
{
        return faccessat(AT_FDCWD, directory, W_OK, AT_EACCESS) == 0;
}

char *cgroup_unified_group(struct arena *arena, const char *membership)
{
        const char *line = text_starts_with(membership, "0::") ? membership : strstr(membership, "\n0::");

        if (!line)
                return NULL;
        line = strchr(line, ':') + 2;
        return arena_copy_n(arena, line, strcspn(line, "\n"));
}

static char *own_unified_group(struct arena *arena)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct error ignored = { 0 };

        if (io_read_file_at(AT_FDCWD, "/proc/self/cgroup", 65536, &text, &ignored) < 0 || !text.data)
                return NULL;
        return cgroup_unified_group(arena, text.data);
}

static int controller_number(const char *name)
{
        for (int i = 0; i < CGROUP_CONTROLLER_COUNT; i++)
                if (text_equal(name, cgroup_controller_names[i]))
                        return i;
        return -1;
}

bool cgroup_is_hierarchy(const char *mount)
{
        char path[CGROUP_PATH_MAX];

        cgroup_directory(mount, "/cgroup.procs", path);
        return faccessat(AT_FDCWD, path, F_OK, 0) == 0;
}

/* v1: a directory or a link for each controller.  One listing costs less than a question for each name; only v2's directory is asked
 * whether anything is mounted there: where nothing is, crun writes its groups as plain directories and files, with numbers of
 * processes of long ago in them. */
static int find_hierarchies(struct arena *arena, const char *top, struct cgroup_tree *ret, struct error *err)
{
        _cleanup_(io_close_dirp) DIR *dir = opendir(top);
        struct dirent *entry;

        if (!dir)
                return error_errno(err, "reading %s", top);
        while ((void)(errno = 0), (entry = readdir(dir))) {
                int i = controller_number(entry->d_name);

                if (i < 0)
                        continue;
                ret->mount[i] = arena_printf(arena, "%s/%s", top, entry->d_name);
                if (!ret->mount[i])
                        return error_memory(err);
                if (i == CGROUP_UNIFIED && !cgroup_is_hierarchy(ret->mount[i]))
                        ret->mount[i] = NULL;
                else
                        ret->version = CGROUP_V1;
        }
        return errno ? error_errno(err, "reading %s", top) : 0;
}

int cgroup_tree_find(struct arena *arena, const char *top, struct cgroup_tree *ret, struct error *err)
{
        struct statfs kind;

        *ret = (struct cgroup_tree){ .version = CGROUP_NONE };
        /* Whatever else is wrong, such as no memory or no descriptor left, is not that there are none. */
        if (statfs(top, &kind) < 0)
                return errno == ENOENT || errno == ENOTDIR ? 0 : error_errno(err, "looking at %s", top);
        if (kind.f_type == CGROUP2_SUPER_MAGIC) {
                ret->version = CGROUP_V2;
                ret->unified = arena_copy(arena, top);
                if (ret->unified && !may_make_groups(top))
                        ret->own = own_unified_group(arena);
                return ret->unified ? 0 : error_memory(err);
        }
        return find_hierarchies(arena, top, ret, err);
}

void cgroup_open(const struct cgroup_tree *tree, const char *path, struct cgroup *ret)
{
        *ret = (struct cgroup){
                .tree = tree, .path = path,
                .freezer_only_by_signal = !path || tree->version == CGROUP_NONE ||
                                          (tree->version == CGROUP_V1 && !tree->mount[CGROUP_FREEZER]),
        };
}

void cgroup_directory(const char *mount, const char *path, char ret[CGROUP_PATH_MAX])
{
        (void)snprintf(ret, CGROUP_PATH_MAX, "%s%s", mount, path);
}

/* The mount points in which a group may be, all of the tree's; false behind the last. */
static bool next_mount(const struct cgroup_tree *tree, int *at, const char **ret)
{
        for (; *at < CGROUP_CONTROLLER_COUNT; ++*at) {
                *ret = tree->version == CGROUP_V2 ? tree->unified : tree->mount[*at];
                if (!*ret)
                        continue;
                *at = tree->version == CGROUP_V2 ? CGROUP_CONTROLLER_COUNT : *at + 1;
                return true;
        }
        return false;
}

/* Is there a group that is only this sandbox's?  The top of a hierarchy never is: everybody is in it. */
static bool is_own(const struct cgroup *cgroup)
{
        return cgroup->path && *cgroup->path == '/' && cgroup->path[strspn(cgroup->path, "/")];
}

/* --- what is asked for -------------------------------------------------------------------------------------------------- */

/* Docker and its kin send zeros for what nobody asked for. */
static bool is_asked(const int64_t *number)
{
        return number && *number != 0;
}

static bool is_given(const uint64_t *number)
{
        return number && *number != 0;
}

static bool is_set(const uint32_t *number)
{
        return number && *number != 0;
}

static bool asks_io(const struct spec_block_io *io)
{
        return io && (is_set(io->weight) || is_set(io->leaf_weight) || io->weight_device.count || io->read_bps.count ||
                      io->write_bps.count || io->read_iops.count || io->write_iops.count);
}

unsigned cgroup_asked(const struct spec_resources *resources)
{
        const struct spec_memory *memory = resources ? resources->memory : NULL;
        const struct spec_cpu *cpu = resources ? resources->cpu : NULL;
        const struct { bool asked; int controller; } needs[] = {
                { memory && (is_asked(memory->limit) || is_asked(memory->reservation) || is_asked(memory->swap) ||
                             is_asked(memory->kernel_tcp) || memory->swappiness ||
                             (memory->disable_oom_killer && *memory->disable_oom_killer)), CGROUP_MEMORY },
                { resources && resources->pids && is_asked(resources->pids->limit), CGROUP_PIDS },
                { cpu && (is_asked(cpu->quota) || is_asked(cpu->realtime_runtime) || is_asked(cpu->idle) || is_given(cpu->shares) ||
                          is_given(cpu->period) || is_given(cpu->burst) || is_given(cpu->realtime_period)), CGROUP_CPU },
                { cpu && ((cpu->cpus && *cpu->cpus) || (cpu->mems && *cpu->mems)), CGROUP_CPUSET },
                { resources && asks_io(resources->block_io), CGROUP_BLKIO },
                { resources && resources->hugepage_limits.count, CGROUP_HUGETLB },
                { resources && resources->rdma.count, CGROUP_RDMA },
                { resources && resources->network && is_set(resources->network->class_id), CGROUP_NET_CLS },
                { resources && resources->network && resources->network->priorities.count, CGROUP_NET_PRIO },
        };
        unsigned asked = 0;

        for (size_t i = 0; i < ARRAY_LENGTH(needs); i++)
                if (needs[i].asked)
                        asked |= 1u << needs[i].controller;
        return asked;
}

/* The deepest directory on the way to a group that is there already, as a group. */
static char *deepest_above(struct arena *arena, const struct cgroup_tree *tree, const char *path)
{
        char *above = arena_copy(arena, path), *slash;

        while (above && (slash = strrchr(above, '/'))) {
                char there[CGROUP_PATH_MAX];

                *slash = '\0';
                cgroup_directory(tree->unified, above, there);
                if (access(there, F_OK) == 0)
                        return above;
        }
        return NULL;
}

/* May this user make groups in `group` and put processes into them?  For that the kernel wants the right to write cgroup.procs of
 * the group that is above both where a process is and where it goes. */
static bool is_delegated(const struct cgroup_tree *tree, const char *group)
{
        char path[CGROUP_PATH_MAX + 16];

        cgroup_directory(tree->unified, group, path);
        if (!may_make_groups(path))
                return false;
        strcat(path, "/cgroup.procs");
        return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

/* Where somebody may make groups who may not at the top: where the bundle says, else beside our own group, as a user's manager
 * allows; our own holds processes and can't have children with controllers. */
static const char *delegated_path(struct arena *arena, const struct cgroup_tree *tree, const char *cgroups_path, const char *id)
{
        const char *above = cgroups_path && *cgroups_path == '/' ? deepest_above(arena, tree, cgroups_path) : NULL;

        if (above && is_delegated(tree, above))
                return cgroups_path;
        above = tree->own ? deepest_above(arena, tree, tree->own) : NULL;
        return above && is_delegated(tree, above) ? arena_printf(arena, "%s/hcs-sandbox-%s", above, id) : NULL;
}

static int refuse_limits(const struct cgroup_tree *tree, struct error *err)
{
        if (tree->version == CGROUP_NONE)
                return error_set(err, E_NOT_SUPPORTED, "linux.resources: limits need a cgroup, and no cgroups are mounted at " CGROUP_TOP
                                 "; mount them, or drop the limits");
        return error_set(err, E_ACCESS, "linux.resources: limits need a cgroup, and this user may not make one: run as "
                         "root, or in a session where systemd delegates cgroup v2 (Delegate=yes), or drop the limits");
}

int cgroup_compose(struct arena *arena, const struct cgroup_tree *tree, const char *cgroups_path, const char *id,
                   const struct spec_resources *resources, struct cgroup *ret, struct error *err)
{
        const char *mount = NULL, *path = NULL;
        int at = 0;

        if (next_mount(tree, &at, &mount) && may_make_groups(mount)) {
                path = cgroups_path && *cgroups_path == '/' ? arena_copy(arena, cgroups_path)
                                                            : arena_printf(arena, CGROUP_OWN_PLACE "%s",
                                                                           cgroups_path && *cgroups_path ? cgroups_path : id);
                if (!path)
                        return error_memory(err);
        } else if (tree->version == CGROUP_V2) {
                path = delegated_path(arena, tree, cgroups_path, id);
        }
        if (!path && (cgroup_asked(resources) || (resources && resources->unified.count)))
                return refuse_limits(tree, err);
        if (path && (mount ? strlen(mount) : 0) + strlen(path) >= CGROUP_PATH_MAX)
                return error_set(err, E_INVALID_PARAMETER, "linux.cgroupsPath: too long");
        cgroup_open(tree, path, ret);
        ret->every_hierarchy = cgroups_path && *cgroups_path;
        return 0;
}

static int refuse_inhabited(const char *mount, const char *group, struct error *err)
{
        char path[CGROUP_PATH_MAX];
        bool used;
        int r;

        cgroup_directory(mount, group, path);
        r = cgroup_is_used(path, &used, err);
        if (r < 0 || !used)
                return r;
        return error_set(err, E_BUSY, "linux.cgroupsPath: the cgroup %s is in use: it has processes that are not this sandbox's",
                         path);
}

/* A group of our own naming is in the freezer's hierarchy whenever it is anywhere; a manager's may be in all. */
int cgroup_check_free(const struct cgroup *cgroup, struct error *err)
{
        const struct cgroup_tree *tree = cgroup->tree;
        bool only_freezer = tree->version == CGROUP_V1 && !cgroup->every_hierarchy && tree->mount[CGROUP_FREEZER];
        const char *mount;
        int at = 0, r = 0;

        if (only_freezer)
                return refuse_inhabited(tree->mount[CGROUP_FREEZER], cgroup->path, err);
        while (r >= 0 && next_mount(tree, &at, &mount))
                r = refuse_inhabited(mount, cgroup->path, err);
        return r;
}

bool cgroup_has_levels(const char *path)
{
        return text_starts_with(path, CGROUP_OWN_PLACE) && strchr(path + strlen(CGROUP_OWN_PLACE), '/');
}

bool cgroup_lost_level(const struct cgroup *cgroup, int code, unsigned *round)
{
        return (code == error_from_errno(ENOENT) || code == error_from_errno(ENODEV)) && cgroup_has_levels(cgroup->path) &&
               ++*round < LEVEL_ROUNDS;
}

/* --- the two kinds ------------------------------------------------------------------------------------------------------ */

int cgroup_make(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct error *err)
{
        static const struct spec_resources none;

        if (!resources)
                resources = &none;
        return cgroup->tree->version == CGROUP_V2 ? cgroup_v2_make(cgroup, resources, devices, err)
                                                  : cgroup_v1_make(cgroup, resources, devices, err);
}

int cgroup_update(const struct cgroup *cgroup, const struct spec_resources *resources, bool devices, struct cgroup_undo *undo,
                  struct error *err)
{
        int r;

        if (!is_own(cgroup) || cgroup->tree->version == CGROUP_NONE)
                return error_set(err, E_NOT_SUPPORTED, "linux.resources: the sandbox has no cgroup of its own, so nothing of it can be "
                                 "limited; create it where it may have one");
        r = cgroup->tree->version == CGROUP_V2 ? cgroup_v2_update(cgroup, resources, devices, undo, err)
                                               : cgroup_v1_update(cgroup, resources, devices, undo, err);
        if (r < 0)
                cgroup_undo_all(undo, err);
        return r;
}

int cgroup_open_doors(const struct cgroup *cgroup, const char *sub, struct cgroup_doors *ret, struct error *err)
{
        return cgroup->tree->version == CGROUP_V2 ? cgroup_v2_open_doors(cgroup, sub, ret, err)
                                                  : cgroup_v1_open_doors(cgroup, sub, ret, err);
}

const char *cgroup_home(struct arena *arena, const struct cgroup *cgroup, pid_t first)
{
        _cleanup_(text_done) struct text membership = { 0 };
        struct error gone = { 0 };
        char path[64];

        if (cgroup->tree->version != CGROUP_V2)
                return NULL;
        snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)first);
        if (io_read_file_at(AT_FDCWD, path, 65536, &membership, &gone) < 0 || !membership.data)
                return NULL;            /* whoever enters it will be told */
        return cgroup_v2_home(arena, cgroup, membership.data);
}

void cgroup_doors_done(struct cgroup_doors *doors)
{
        for (size_t i = 0; i < doors->count; i++)
                close(doors->fds[i]);
        if (doors->directory >= 0)
                close(doors->directory);
        *doors = (struct cgroup_doors)CGROUP_DOORS_NONE;
}

int cgroup_freeze(const struct cgroup *cgroup, bool frozen, struct error *err)
{
        if (cgroup->freezer_only_by_signal)
                return error_set(err, E_NOT_SUPPORTED, "there is no freezer cgroup to pause with");
        return cgroup->tree->version == CGROUP_V2 ? cgroup_v2_freeze(cgroup, frozen, err)
                                                  : cgroup_v1_freeze(cgroup, frozen, err);
}

int cgroup_is_frozen(const struct cgroup *cgroup, bool *ret, struct error *err)
{
        if (cgroup->freezer_only_by_signal) {
                *ret = false;
                return 0;
        }
        return cgroup->tree->version == CGROUP_V2 ? cgroup_v2_is_frozen(cgroup, ret, err)
                                                  : cgroup_v1_is_frozen(cgroup, ret, err);
}

/* On v1 the same processes are in every hierarchy that the group was made in. */
int cgroup_processes(const struct cgroup *cgroup, struct cgroup_pids *ret, struct error *err)
{
        const char *mount;
        int at = 0;

        *ret = (struct cgroup_pids){ 0 };
        while (is_own(cgroup) && next_mount(cgroup->tree, &at, &mount)) {
                char path[CGROUP_PATH_MAX];

                cgroup_directory(mount, cgroup->path, path);
                if (access(path, F_OK) == 0)
                        return cgroup_collect(path, ret, err);
        }
        return 0;
}

/* --- remove ------------------------------------------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* In every hierarchy, also when one refuses.  CGROUP_IN_USE when somebody is left in any. */
static int remove_once(const struct cgroup *cgroup, bool below, struct error *err)
{
        struct error other;
        const char *mount;
        int at = 0, failed = 0, used = 0;

        while (next_mount(cgroup->tree, &at, &mount)) {
                char path[CGROUP_PATH_MAX];
                int r;

                cgroup_directory(mount, cgroup->path, path);
                r = cgroup_remove_directory(path, below, failed ? &other : err);
                if (r > 0)
                        used = r;
                else if (r < 0 && !failed)
                        failed = r;
        }
        return failed ? failed : used;
}

static int tell_who_is_left(const struct cgroup *cgroup, bool kill, struct error *err)
{
        struct cgroup_pids left;
        int r = cgroup_processes(cgroup, &left, err);

        if (r < 0)
                return r;
        if (left.count == 0)
                r = error_set(err, E_BUSY, "the cgroup %s has no processes and is still in use by the kernel: try again",
                              cgroup->path);
        else
                r = error_set(err, E_BUSY, "the cgroup %s does not empty within %d s: %zu left, the first is process %d%s",
                              cgroup->path, CGROUP_EMPTY_MS / 1000, left.count, (int)left.items[0],
                              kill ? ", which was killed (it hangs in the kernel, state D, or a group above is frozen)" : "");
        free(left.items);
        return r;
}

/* The usual group is empty and has none below: one rmdir a hierarchy.  Only when that was refused are there processes to be
 * killed, and only when they were killed is it worth while to look for groups below, which they could go on making. */
static int remove_group(const struct cgroup *cgroup, bool kill, struct error *err)
{
        int64_t end = 0;

        for (unsigned round = 0;; round++) {
                int r = remove_once(cgroup, round > 0 || !kill, err);

                if (r <= 0)
                        return r;
                if (round == 0)
                        end = now_ms() + CGROUP_EMPTY_MS;
                else if (now_ms() > end)
                        return tell_who_is_left(cgroup, kill, err);
                if (kill) {
                        r = cgroup->tree->version == CGROUP_V2 ? cgroup_v2_kill(cgroup, err)
                                                               : cgroup_v1_kill(cgroup, round > 0, err);
                        if (r < 0)
                                return r;
                }
                cgroup_sleep(round);
        }
}

/* What lies below /hcs-sandbox is ours: levels of "a/b/c" were made by a create, and go with the last below them.  Whoever is still
 * there, or was just made, makes the kernel refuse. */
static void remove_levels(const struct cgroup *cgroup)
{
        const char *mount;
        int at = 0;

        while (next_mount(cgroup->tree, &at, &mount)) {
                char path[CGROUP_PATH_MAX], *slash;
                size_t end = strlen(mount) + strlen(CGROUP_OWN_PLACE) - 1;

                cgroup_directory(mount, cgroup->path, path);
                do {
                        slash = strrchr(path, '/');
                        *slash = '\0';
                } while (slash > path + end && rmdir(path) == 0);
        }
}

int cgroup_remove(const struct cgroup *cgroup, bool kill, struct error *err)
{
        int r;

        if (!is_own(cgroup))
                return 0;
        /* It was made, so it must not be forgotten. */
        if (cgroup->tree->version == CGROUP_NONE)
                return error_set(err, E_NOT_SUPPORTED, "the cgroup %s can't be removed from here: no cgroups are mounted at " CGROUP_TOP
                                 "; try again where they are", cgroup->path);
        r = remove_group(cgroup, kill, err);
        if (r >= 0 && cgroup_has_levels(cgroup->path))
                remove_levels(cgroup);
        return r;
}

/* --- files --------------------------------------------------------------------------------------------------------------- */

int cgroup_put(int fd, const char *value)
{
        ssize_t n;

        do {
                n = write(fd, value, strlen(value));
        } while (n < 0 && errno == EINTR);
        return n < 0 ? -1 : 0;
}

static int write_value(const struct cgroup_target *to, const char *file, const char *value, const char *member, struct error *err)
{
        _cleanup_(io_closep) int fd = openat(to->dir, file, O_WRONLY | O_CLOEXEC);

        if (fd < 0 && errno == ENOENT)
                return error_set(err, E_NOT_SUPPORTED, "linux.resources.%s: this kernel has no %s here (is the controller "
                                 "enabled?)", member, file);
        if (fd < 0)
                return error_errno(err, "linux.resources.%s: opening %s", member, file);
        if (cgroup_put(fd, value) < 0)
                return error_errno(err, "linux.resources.%s: writing %s to %s", member, value, file);
        return 0;
}

int cgroup_write(const struct cgroup_target *to, const char *file, const char *value, const char *member, struct error *err)
{
        if (to->undo && cgroup_has(to, file) && cgroup_undo_keep(to->undo, to->dir, file, NULL, NULL, err) < 0)
                return err->code;
        return write_value(to, file, value, member, err);
}

int cgroup_write_line(const struct cgroup_target *to, const char *file, const char *line, const char *none, const char *member,
                      struct error *err)
{
        if (to->undo && cgroup_has(to, file) && cgroup_undo_keep(to->undo, to->dir, file, line, none, err) < 0)
                return err->code;
        return write_value(to, file, line, member, err);
}

int cgroup_write_number(const struct cgroup_target *to, const char *file, int64_t number, const char *member, struct error *err)
{
        char value[24];

        snprintf(value, sizeof(value), "%lld", (long long)number);
        return cgroup_write(to, file, value, member, err);
}

int cgroup_write_pair(const struct cgroup_target *to, const struct cgroup_value *first, const struct cgroup_value *second,
                      struct error *err)
{
        int r = cgroup_write(to, first->file, first->value, first->member, err);
        bool other_way = r == error_from_errno(EINVAL);

        if (r >= 0 || other_way)
                r = cgroup_write(to, second->file, second->value, second->member, err);
        return r < 0 || !other_way ? r : cgroup_write(to, first->file, first->value, first->member, err);
}

bool cgroup_has(const struct cgroup_target *to, const char *file)
{
        return faccessat(to->dir, file, F_OK, 0) == 0;
}

int64_t cgroup_read_number(int dir, const char *file)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct error ignored = { 0 };
        int64_t number = -1;

        if (faccessat(dir, file, F_OK, 0) < 0 || io_read_file_at(dir, file, 4096, &text, &ignored) < 0 || !text.data)
                return -1;
        text.data[strcspn(text.data, "\n")] = '\0';
        if (text_equal(text.data, "max"))
                return INT64_MAX;
        return text_to_i64(text.data, &number) < 0 ? -1 : number;
}

void cgroup_sleep(unsigned round)
{
        struct timespec nap = { .tv_nsec = 1000000L << (round < 6 ? round : 6) };

        (void)nanosleep(&nap, NULL);
}
