#include "hcs/local/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
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
};

/* --- where things are --------------------------------------------------------------------------------------------------- */

int cgroup_tree_find(struct arena *arena, const char *top, struct cgroup_tree *ret, struct error *err)
{
        struct statfs kind;

        *ret = (struct cgroup_tree){ .version = CGROUP_NONE };
        if (statfs(top, &kind) < 0)
                return 0;
        if (kind.f_type == CGROUP2_SUPER_MAGIC) {
                ret->version = CGROUP_V2;
                ret->unified = arena_copy(arena, top);
                return ret->unified ? 0 : error_memory(err);
        }
        for (int i = 0; i < CGROUP_CONTROLLER_COUNT; i++) {
                char *path = arena_printf(arena, "%s/%s", top, cgroup_controller_names[i]);

                if (!path)
                        return error_memory(err);
                if (access(path, F_OK) == 0) {
                        ret->mount[i] = path;
                        ret->version = CGROUP_V1;
                }
        }
        return 0;
}

void cgroup_open(const struct cgroup_tree *tree, const char *path, struct cgroup *ret)
{
        *ret = (struct cgroup){
                .tree = tree, .path = path,
                .freezer_only_by_signal = !path || tree->version == CGROUP_NONE ||
                                          (tree->version == CGROUP_V1 && !tree->mount[CGROUP_FREEZER]),
        };
}

static bool limits_asked(const struct spec_resources *resources)
{
        return resources && (resources->memory || resources->cpu || (resources->pids && resources->pids->limit));
}

static bool may_make_groups(const char *mount)
{
        return mount && faccessat(AT_FDCWD, mount, W_OK, AT_EACCESS) == 0;
}

/* The group that this process is in, v2; free() it. */
static char *own_unified_group(void)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct error ignored = { 0 };
        char *line;

        if (io_read_file_at(AT_FDCWD, "/proc/self/cgroup", 65536, &text, &ignored) < 0 || !text.data)
                return NULL;
        line = text_starts_with(text.data, "0::") ? text.data : strstr(text.data, "\n0::");
        if (!line)
                return NULL;
        line = strchr(line, ':') + 2;
        return strndup(line, strcspn(line, "\n"));
}

/* Beside our own group, where a user's manager may be allowed to make more; our own holds processes and can't have children with
 * controllers. */
static char *delegated_path(struct arena *arena, const struct cgroup_tree *tree, const char *id)
{
        _cleanup_(free_charp) char *own = own_unified_group();
        char mount[CGROUP_PATH_MAX];
        char *slash = own ? strrchr(own, '/') : NULL;

        if (!slash || slash == own)
                return NULL;
        *slash = '\0';
        snprintf(mount, sizeof(mount), "%s%s", tree->unified, own);
        return may_make_groups(mount) ? arena_printf(arena, "%s/hcs-sandbox-%s", own, id) : NULL;
}

int cgroup_compose(struct arena *arena, const struct cgroup_tree *tree, const char *cgroups_path, const char *id,
                   const struct spec_resources *resources, struct cgroup *ret, struct error *err)
{
        const char *mount = tree->version == CGROUP_V2 ? tree->unified : tree->mount[CGROUP_PIDS];
        const char *path = NULL;

        if (may_make_groups(mount)) {
                path = cgroups_path && *cgroups_path == '/' ? arena_copy(arena, cgroups_path)
                                                            : arena_printf(arena, "/hcs-sandbox/%s",
                                                                           cgroups_path && *cgroups_path ? cgroups_path : id);
                if (!path)
                        return error_memory(err);
        } else if (tree->version == CGROUP_V2) {
                path = delegated_path(arena, tree, id);
        }
        if (!path && limits_asked(resources))
                return error_set(err, E_ACCESS, "linux.resources: limits need a cgroup, and this user may not make one: run as "
                                 "root, or in a session where systemd delegates cgroup v2 (Delegate=yes), or drop the limits");
        cgroup_open(tree, path, ret);
        ret->every_hierarchy = cgroups_path && *cgroups_path;
        return 0;
}

static int refuse_inhabited(const char *path, struct error *err)
{
        struct cgroup_pids pids = { 0 };
        int r;

        if (access(path, F_OK) < 0)
                return 0;
        r = cgroup_collect(path, &pids, err);
        free(pids.items);
        if (r < 0)
                return r;
        return pids.count ? error_set(err, E_BUSY, "linux.cgroupsPath: the cgroup %s has %zu processes in it already", path, pids.count)
                          : 0;
}

int cgroup_check_free(const struct cgroup *cgroup, struct error *err)
{
        char path[CGROUP_PATH_MAX];
        int r = 0;

        if (cgroup->tree->version == CGROUP_V2) {
                snprintf(path, sizeof(path), "%s%s", cgroup->tree->unified, cgroup->path);
                return refuse_inhabited(path, err);
        }
        for (int i = 0; r >= 0 && i < CGROUP_CONTROLLER_COUNT; i++) {
                /* A group of our own naming is in the freezer's hierarchy whenever it is anywhere. */
                if (!cgroup->tree->mount[i] || (!cgroup->every_hierarchy && i != CGROUP_FREEZER))
                        continue;
                snprintf(path, sizeof(path), "%s%s", cgroup->tree->mount[i], cgroup->path);
                r = refuse_inhabited(path, err);
        }
        return r;
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

int cgroup_open_doors(const struct cgroup *cgroup, const char *sub, struct cgroup_doors *ret, struct error *err)
{
        return cgroup->tree->version == CGROUP_V2 ? cgroup_v2_open_doors(cgroup, sub, ret, err)
                                                  : cgroup_v1_open_doors(cgroup, sub, ret, err);
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

int cgroup_processes(const struct cgroup *cgroup, struct cgroup_pids *ret, struct error *err)
{
        const struct cgroup_tree *tree = cgroup->tree;
        const char *mount = tree->version == CGROUP_V2 ? tree->unified
                            : tree->mount[CGROUP_FREEZER] ? tree->mount[CGROUP_FREEZER] : tree->mount[CGROUP_PIDS];
        char path[CGROUP_PATH_MAX];

        *ret = (struct cgroup_pids){ 0 };
        snprintf(path, sizeof(path), "%s%s", mount ? mount : "", cgroup->path);
        return cgroup_collect(path, ret, err);
}

int cgroup_remove(const struct cgroup *cgroup, bool kill, struct error *err)
{
        if (!cgroup->path || cgroup->tree->version == CGROUP_NONE)
                return 0;
        return cgroup->tree->version == CGROUP_V2 ? cgroup_v2_remove(cgroup, kill, err) : cgroup_v1_remove(cgroup, kill, err);
}

/* --- files and directories ---------------------------------------------------------------------------------------------- */

int cgroup_write(int dir, const char *file, const char *value, const char *member, struct error *err)
{
        _cleanup_(io_closep) int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);

        if (fd < 0 && errno == ENOENT)
                return error_set(err, E_NOT_SUPPORTED, "linux.resources.%s: this kernel has no %s here (is the controller "
                                 "enabled?)", member, file);
        if (fd < 0)
                return error_errno(err, "linux.resources.%s: opening %s", member, file);
        if (write(fd, value, strlen(value)) < 0)
                return error_errno(err, "linux.resources.%s: writing %s to %s", member, value, file);
        return 0;
}

int cgroup_write_number(int dir, const char *file, int64_t number, const char *member, struct error *err)
{
        char value[24];

        snprintf(value, sizeof(value), "%lld", (long long)number);
        return cgroup_write(dir, file, value, member, err);
}

static int pids_add(struct cgroup_pids *pids, const char *lines, struct error *err)
{
        for (const char *line = lines; line && *line;) {
                char *end;
                long pid = strtol(line, &end, 10);
                pid_t *more = realloc(pids->items, (pids->count + 1) * sizeof(*more));

                if (!more)
                        return error_memory(err);
                pids->items = more;
                if (pid > 0)
                        pids->items[pids->count++] = (pid_t)pid;
                line = *end ? end + 1 : end;
        }
        return 0;
}

/* Calls `each` for every sub-group; the first result that is not 0 ends it. */
static int for_sub_groups(const char *path, int (*each)(const char *, void *, struct error *), void *context,
                          struct error *err)
{
        _cleanup_(io_close_dirp) DIR *dir = opendir(path);
        struct dirent *entry;
        char sub[CGROUP_PATH_MAX];
        int r = 0;

        while (r == 0 && dir && (entry = readdir(dir)))
                if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
                    (size_t)snprintf(sub, sizeof(sub), "%s/%s", path, entry->d_name) < sizeof(sub))
                        r = each(sub, context, err);
        return r;
}

static int collect_sub(const char *path, void *context, struct error *err)
{
        return cgroup_collect(path, context, err);
}

int cgroup_collect(const char *path, struct cgroup_pids *ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(io_closep) int fd = -1;
        char file[CGROUP_PATH_MAX + 16];
        int r;

        snprintf(file, sizeof(file), "%s/cgroup.procs", path);
        fd = open(file, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? 0 : error_errno(err, "opening %s", file);
        r = io_read_all(fd, 64u << 20, &text, file, err);
        if (r < 0 && err->code == E_NOT_SUPPORTED)      /* a threaded sub-group: its processes are listed above it */
                r = 0;
        if (r >= 0)
                r = pids_add(ret, text.data, err);
        return r < 0 ? r : for_sub_groups(path, collect_sub, ret, err);
}

int cgroup_kill_each(const char *path, struct error *err)
{
        struct cgroup_pids pids = { 0 };
        int r = cgroup_collect(path, &pids, err);

        for (size_t i = 0; i < pids.count; i++)
                (void)kill(pids.items[i], SIGKILL);
        free(pids.items);
        return r;
}

static int remove_sub(const char *path, void *context, struct error *err)
{
        (void)context;
        return cgroup_remove_directory(path, err);
}

int cgroup_remove_directory(const char *path, struct error *err)
{
        int r;

        if (rmdir(path) == 0 || errno == ENOENT)
                return 0;
        if (errno != EBUSY && errno != ENOTEMPTY)
                return error_errno(err, "removing the cgroup %s", path);
        r = for_sub_groups(path, remove_sub, NULL, err);
        if (r != 0)
                return r;
        if (rmdir(path) == 0 || errno == ENOENT)
                return 0;
        return errno == EBUSY ? 1 : error_errno(err, "removing the cgroup %s", path);
}

void cgroup_sleep(unsigned round)
{
        struct timespec nap = { .tv_nsec = 1000000L << (round < 6 ? round : 6) };

        (void)nanosleep(&nap, NULL);
}
