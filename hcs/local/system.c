/* Compute systems: made, opened, asked, paused, ended.  Bringing one up is bring-up.c. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/local/engine.h"
#include "hcs/local/hooks.h"
#include "hcs/local/proc.h"
#include "hcs/local/resctrl.h"
#include "hcs/local/scope.h"

/* --- handles ---------------------------------------------------------------------------------------------------------- */

void local_system_free(struct hcs_system_object *system)
{
        if (!system)
                return;
        local_exit_done(&system->init);
        if (system->directory >= 0)
                close(system->directory);
        arena_done(&system->arena);
        free(system->space);
        free(system->id);
        free(system);
}

void local_system_freep(struct hcs_system_object **system)
{
        local_system_free(*system);
}

static int handle_new(const char *space, const char *id, struct hcs_system_object **ret, struct error *err)
{
        _cleanup_(local_system_freep) struct hcs_system_object *system = calloc(1, sizeof(*system));

        if (!system)
                return error_memory(err);
        system->directory = -1;
        local_exit_init(&system->init, 0, 0, -1);
        system->space = strdup(space);
        system->id = strdup(id);
        if (!system->space || !system->id)
                return error_memory(err);
        *ret = take_ptr(system);
        return 0;
}

static int open_directory(struct hcs_system_object *system, struct error *err)
{
        _cleanup_(free_charp) char *path = NULL;
        int r;

        r = path_join(system->space, system->id, &path, err);
        if (r < 0)
                return r;
        system->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (system->directory < 0) {
                if (errno == ENOENT)
                        return error_set(err, HCS_E_SYSTEM_NOT_FOUND, "system \"%s\" does not exist", system->id);
                return error_errno(err, "opening %s", path);
        }
        return 0;
}

static int check_name(const char *id, struct error *err)
{
        if (!*id || *id == '.' || strchr(id, '/'))
                return error_set(err, E_INVALID_PARAMETER, "\"%s\" can't be the id of a system", id);
        return 0;
}

/* --- create ----------------------------------------------------------------------------------------------------------- */

/* The caller may have made the directory already, to keep a record of its own there. */
static int claim_directory(struct hcs_system_object *system, struct error *err)
{
        _cleanup_(free_charp) char *path = NULL;
        int r;

        r = path_join(system->space, system->id, &path, err);
        if (r < 0)
                return r;
        if (mkdir(path, 0700) < 0 && errno == ENOENT) {
                r = io_make_directories(path, 0700, err);
                if (r < 0)
                        return r;
        }
        r = open_directory(system, err);
        if (r < 0)
                return r;
        if (faccessat(system->directory, "system.json", F_OK, 0) == 0)
                return error_set(err, HCS_E_SYSTEM_ALREADY_EXISTS, "system \"%s\" already exists", system->id);
        return 0;
}

int local_system_create(const char *space, const char *id, const char *document, struct hcs_system_object **ret,
                        struct error *err)
{
        _cleanup_(local_system_freep) struct hcs_system_object *system = NULL;
        struct doc_system *parsed;
        int r;

        r = check_name(id, err);
        if (r < 0)
                return r;
        r = handle_new(space, id, &system, err);
        if (r < 0)
                return r;
        parsed = arena_alloc(&system->arena, sizeof(*parsed));
        if (!parsed)
                return error_memory(err);
        r = local_document_parse(&system->arena, document, parsed, err);
        if (r < 0)
                return r;
        system->document = parsed;
        r = claim_directory(system, err);
        if (r < 0)
                return r;

        r = io_replace_at(system->directory, "system.json", document, strlen(document), 0600, err);
        if (r < 0)
                return r;
        *ret = take_ptr(system);
        return 0;
}

/* --- open, look ------------------------------------------------------------------------------------------------------- */

int local_system_open(const char *space, const char *id, struct hcs_system_object **ret, struct error *err)
{
        _cleanup_(local_system_freep) struct hcs_system_object *system = NULL;
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct local_record record;
        int r;

        r = check_name(id, err);
        if (r < 0)
                return r;
        r = handle_new(space, id, &system, err);
        if (r < 0)
                return r;
        r = open_directory(system, err);
        if (r < 0)
                return r;
        r = local_record_read(system->directory, &arena, &record, err);
        if (r < 0)
                return r;
        if (r == LOCAL_NO_RECORD)
                return error_set(err, HCS_E_SYSTEM_NOT_FOUND, "system \"%s\" does not exist", id);

        local_exit_done(&system->init);
        local_exit_init(&system->init, (pid_t)record.init_pid, record.init_start, -1);
        *ret = take_ptr(system);
        return 0;
}

int local_cgroup_of(struct arena *arena, const struct local_record *record, struct cgroup_tree *tree, struct cgroup *ret,
                    struct error *err)
{
        int r;

        *ret = (struct cgroup){ .freezer_only_by_signal = true };
        if (!record->cgroup)
                return 0;
        r = cgroup_tree_find(arena, CGROUP_TOP, tree, err);
        if (r < 0)
                return r;
        cgroup_open(tree, record->cgroup, ret);
        return 0;
}

static int is_paused(struct arena *arena, const struct local_record *record, bool *ret, struct error *err)
{
        struct cgroup_tree tree;
        struct cgroup group;
        int r;

        *ret = record->paused_by_signal;
        if (!record->cgroup || record->paused_by_signal)
                return 0;
        r = local_cgroup_of(arena, record, &tree, &group, err);
        if (r < 0)
                return r;
        return group.freezer_only_by_signal ? 0 : cgroup_is_frozen(&group, ret, err);
}

int local_state_find(struct hcs_system_object *system, struct arena *arena, const struct local_record *record,
                     enum local_state *ret, struct error *err)
{
        bool paused, awaited;
        int r;

        if (record->init_pid == 0) {
                *ret = LOCAL_CREATED;
                return 0;
        }
        if (!proc_is_alive((pid_t)record->init_pid, record->init_start)) {
                if (errno != ESRCH)
                        return error_errno(err, "looking for the first process, process %u", record->init_pid);
                *ret = LOCAL_STOPPED;
                return 0;
        }
        r = is_paused(arena, record, &paused, err);
        if (r < 0)
                return r;
        if (paused) {
                *ret = LOCAL_PAUSED;
                return 0;
        }
        r = local_knock_is_awaited(system->directory, &awaited, err);
        if (r < 0)
                return r;
        *ret = awaited ? LOCAL_WAITING : LOCAL_RUNNING;
        return 0;
}

int local_processes(struct arena *arena, const struct local_record *record, pid_t **ret, size_t *ret_count,
                    struct error *err)
{
        struct cgroup_pids pids = { 0 };
        struct cgroup_tree tree;
        struct cgroup group;
        int r;

        r = local_cgroup_of(arena, record, &tree, &group, err);
        if (r < 0)
                return r;
        if (!group.path)
                return proc_list_pid_namespace((pid_t)record->init_pid, ret, ret_count, err);
        r = cgroup_processes(&group, &pids, err);
        if (r < 0)
                return r;
        *ret = pids.items;
        *ret_count = pids.count;
        return 0;
}

int local_system_watch_memory(struct hcs_system_object *system, struct cgroup_memory_watch *ret, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct local_record record;
        struct cgroup_tree tree;
        struct cgroup group;
        int r;

        r = local_record_read(system->directory, &arena, &record, err);
        if (r != 0)
                return r < 0 ? r : error_set(err, HCS_E_SYSTEM_NOT_FOUND, "system \"%s\" does not exist", system->id);
        r = local_cgroup_of(&arena, &record, &tree, &group, err);
        return r < 0 ? r : cgroup_memory_watch(&group, ret, err);
}

static const char *const state_words[] = {
        [LOCAL_CREATED] = "Created", [LOCAL_WAITING] = "Running", [LOCAL_RUNNING] = "Running",
        [LOCAL_PAUSED] = "Paused", [LOCAL_STOPPED] = "Stopped",
};

static int add_processes(struct arena *arena, const struct local_record *record, struct doc_properties *properties,
                         struct error *err)
{
        pid_t *pids = NULL;
        size_t count = 0;
        int r;

        r = local_processes(arena, record, &pids, &count, err);
        if (r < 0)
                return r;
        properties->process_list.items = arena_alloc_array(arena, count + 1, sizeof(*properties->process_list.items));
        if (!properties->process_list.items) {
                free(pids);
                return error_memory(err);
        }
        for (size_t i = 0; i < count; i++)
                properties->process_list.items[i].process_id = (uint32_t)pids[i];
        properties->process_list.count = count;
        free(pids);
        return 0;
}

static int add_statistics(struct arena *arena, const struct local_record *record, struct doc_properties *properties,
                          struct error *err)
{
        struct statistics *statistics = arena_alloc(arena, sizeof(*statistics));
        struct cgroup_tree tree;
        struct cgroup group;
        int r;

        if (!statistics)
                return error_memory(err);
        r = local_cgroup_of(arena, record, &tree, &group, err);
        if (r >= 0)
                r = cgroup_statistics(arena, &group, statistics, err);
        if (r >= 0 && record->resctrl_class)
                r = resctrl_statistics(arena, &(const struct resctrl){ .class = record->resctrl_class, .own = record->resctrl_own,
                                                                       .monitor = record->resctrl_monitor }, &statistics->intel_rdt, err);
        properties->linux_statistics = statistics;
        return r;
}

static int set_stopped(struct doc_properties *properties)
{
        *properties = (struct doc_properties){ .id = properties->id, .system_type = properties->system_type,
                                               .runtime_os_type = properties->runtime_os_type, .owner = properties->owner,
                                               .state = state_words[LOCAL_STOPPED], .stopped = true };
        return 0;
}

struct wanted { bool processes, statistics; };

static int query_parse(struct arena *arena, const char *query, struct wanted *ret, struct error *err)
{
        struct doc_property_query asked = { 0 };
        struct json_value *value;
        int r;

        *ret = (struct wanted){ 0 };
        if (!query)
                return 0;
        r = json_parse(arena, query, strlen(query), "the property query", &value, err);
        if (r < 0)
                return r;
        r = json_read(arena, doc_property_query_fields, value, &asked, "$", JSON_REFUSE_UNKNOWN, err);
        if (r < 0)
                return r;
        for (size_t i = 0; i < asked.property_types.count; i++) {
                const char *type = asked.property_types.items[i];

                if (!text_equal(type, "ProcessList") && !text_equal(type, "LinuxStatistics"))
                        return error_set(err, E_NOT_SUPPORTED, "$.PropertyTypes[%zu]: \"%s\" is not known here", i, type);
                ret->processes |= text_equal(type, "ProcessList");
                ret->statistics |= text_equal(type, "LinuxStatistics");
        }
        return 0;
}

int local_system_properties(struct hcs_system_object *system, const char *query, struct text *out, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct doc_properties properties = { .id = system->id, .system_type = "Container", .runtime_os_type = "Linux",
                                             .owner = "hcs-sandbox" };
        struct local_record record;
        enum local_state state;
        struct wanted wanted;
        int r;

        r = query_parse(&arena, query, &wanted, err);
        if (r < 0)
                return r;
        r = local_record_read(system->directory, &arena, &record, err);
        if (r < 0)
                return r;
        if (r == LOCAL_NO_RECORD)
                return error_set(err, HCS_E_SYSTEM_NOT_FOUND, "system \"%s\" does not exist", system->id);
        r = local_state_find(system, &arena, &record, &state, err);
        if (r < 0)
                return r;

        properties.state = state_words[state];
        properties.stopped = state == LOCAL_STOPPED;
        if (state != LOCAL_STOPPED && state != LOCAL_CREATED) {
                bool waiting = state == LOCAL_WAITING;

                if (state == LOCAL_PAUSED && local_knock_is_awaited(system->directory, &waiting, err) < 0)
                        return err->code;
                properties.init_process_id = record.init_pid;
                properties.init_state = waiting ? DOC_INIT_WAITING : DOC_INIT_RUNNING;
                r = wanted.processes ? add_processes(&arena, &record, &properties, err) : 0;
                if (r >= 0 && wanted.statistics)
                        r = add_statistics(&arena, &record, &properties, err);
                /* Its group may go while it is read, and what is gone counts as nothing. */
                if (wanted.statistics && !proc_is_alive((pid_t)record.init_pid, record.init_start))
                        r = set_stopped(&properties);
                if (r < 0)
                        return r;
        }
        json_write(out, doc_properties_fields, &properties);
        return text_check(out, err);
}

int local_system_enumerate(const char *space, struct text *out, struct error *err)
{
        _cleanup_(io_close_dirp) DIR *dir = opendir(space);
        struct dirent *entry;
        const char *comma = "";

        text_add(out, "[");
        while (dir && (entry = readdir(dir))) {
                _cleanup_(local_system_freep) struct hcs_system_object *system = NULL;
                struct error gone = { 0 };

                if (entry->d_name[0] == '.' || local_system_open(space, entry->d_name, &system, &gone) < 0)
                        continue;
                text_add(out, comma);
                if (local_system_properties(system, NULL, out, err) < 0)
                        return err->code;
                comma = ",";
        }
        if (!dir && errno != ENOENT)
                return error_errno(err, "reading %s", space);
        text_add(out, "]");
        return text_check(out, err);
}

/* --- pause ------------------------------------------------------------------------------------------------------------ */

/* Without a freezer: every process is stopped by hand, again and again until no new one shows up. */
static int signal_each(struct arena *arena, const struct local_record *record, int signal, struct error *err)
{
        size_t before = SIZE_MAX, count = 0;

        for (int round = 0; round < 100 && count != before; round++) {
                pid_t *pids = NULL;
                int r;

                before = count;
                r = local_processes(arena, record, &pids, &count, err);
                if (r < 0)
                        return r;
                for (size_t i = 0; i < count; i++)
                        (void)kill(pids[i], signal);
                free(pids);
        }
        return 0;
}

int local_system_pause(struct hcs_system_object *system, bool pause, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct local_record record;
        struct cgroup_tree tree;
        struct cgroup group;
        enum local_state state;
        int r;

        r = local_record_read(system->directory, &arena, &record, err);
        if (r != 0)
                return r < 0 ? r : error_set(err, HCS_E_SYSTEM_NOT_FOUND, "system \"%s\" does not exist", system->id);
        r = local_state_find(system, &arena, &record, &state, err);
        if (r < 0)
                return r;
        if (state == LOCAL_STOPPED || state == LOCAL_CREATED)
                return error_set(err, HCS_E_SYSTEM_ALREADY_STOPPED, "container not running");
        if (pause == (state == LOCAL_PAUSED))
                return error_set(err, HCS_E_INVALID_STATE, pause ? "container is paused already" : "container is not paused");

        r = local_cgroup_of(&arena, &record, &tree, &group, err);
        if (r < 0)
                return r;
        if (!group.freezer_only_by_signal)
                return cgroup_freeze(&group, pause, err);

        record.paused_by_signal = pause;
        r = local_record_write(system->directory, &record, err);
        if (r < 0)
                return r;
        return signal_each(&arena, &record, pause ? SIGSTOP : SIGCONT, err);
}

/* --- terminate -------------------------------------------------------------------------------------------------------- */

#define END_MS 10000                    /* how long a killed process may take to go */

/* Waits until a killed process is gone, or a zombie that its own parent will reap. */
static int await_end(int pidfd, pid_t pid, const char *what, struct error *err)
{
        struct pollfd wait = { .fd = pidfd, .events = POLLIN };

        while (poll(&wait, 1, END_MS) < 0)
                if (errno != EINTR)
                        return error_errno(err, "waiting for process %d", (int)pid);
        if (!wait.revents)
                return error_set(err, E_TIMED_OUT, "%s, process %d, does not end within %d s of being killed; it hangs in the "
                                 "kernel (state D?)", what, (int)pid, END_MS / 1000);
        return 0;
}

/* `group` NULL: it can't be frozen.  A frozen process on v1 dies only when it is thawed. */
static int end_process(pid_t pid, uint64_t start_time, const struct cgroup *group, const char *what, struct error *err)
{
        _cleanup_(io_closep) int pidfd = -1;
        bool frozen = false;
        int r;

        if (pid <= 0)
                return 0;
        pidfd = proc_open_pidfd(pid, start_time);
        if (pidfd < 0)
                return errno == ESRCH ? 0 : error_errno(err, "looking for %s, process %d", what, (int)pid);
        if (proc_pidfd_signal(pidfd, SIGKILL) < 0 && errno != ESRCH)
                return error_errno(err, "killing %s, process %d", what, (int)pid);
        if (group && group->path && !group->freezer_only_by_signal) {
                r = cgroup_is_frozen(group, &frozen, err);
                if (r >= 0 && frozen)
                        r = cgroup_freeze(group, false, err);
                if (r < 0)
                        return r;
        }
        return await_end(pidfd, pid, what, err);
}

/* An empty scope goes by itself, so that systemd can't be reached is no reason to keep the sandbox: *ret_unsaid tells it. */
static int end_processes(struct hcs_system_object *system, struct arena *arena, const struct local_record *record,
                         struct error *ret_unsaid, struct error *err)
{
        struct error ignored = { 0 };
        struct cgroup_tree tree;
        struct cgroup group;
        int r, failed;

        r = local_cgroup_of(arena, record, &tree, &group, err);
        if (r < 0)
                return r;
        r = end_process((pid_t)record->init_pid, record->init_start, &group, "the first process", err);
        if (r < 0)
                return r;
        if (record->init_pid && system->init.pid == (pid_t)record->init_pid)
                (void)local_exit_wait(&system->init, 0, &ignored);     /* reaps it, if it is ours */

        failed = group.path ? cgroup_remove(&group, true, err) : 0;
        if (failed >= 0 && record->scope) {
                (void)scope_stop(record->scope, record->scope_of_user, ret_unsaid);
                if (group.path)
                        cgroup_remove_slices(&group);
        }
        r = end_process((pid_t)record->helper_pid, record->helper_start, NULL, "fuse-overlayfs", failed < 0 ? &ignored : err);
        if (failed >= 0 && r >= 0 && record->resctrl_class)
                r = resctrl_remove(&(const struct resctrl){ .class = record->resctrl_class, .own = record->resctrl_own,
                                                            .monitor = record->resctrl_monitor }, err);
        return failed < 0 ? failed : r;
}

static int run_poststop(struct hcs_system_object *system, struct error *err)
{
        const struct doc_system *document;
        struct error ignored = { 0 };
        const struct spec *spec;
        struct hook_state state = { .id = system->id, .status = "stopped" };

        if (local_system_document(system, &document, &ignored) < 0)
                return 0;                       /* half made: its hooks were never due */
        spec = document->hosted_system->oci_specification;
        if (!spec->hooks || spec->hooks->poststop.count == 0)
                return 0;
        state.spec = spec;
        state.bundle = document->hosted_system->oci_bundle_path;
        state.cwd = faccessat(AT_FDCWD, state.bundle, X_OK, 0) == 0 ? state.bundle : "/";
        return hooks_run_all(&spec->hooks->poststop, "poststop", &state, err);
}

/* What failed and kept nothing. */
static void add_warnings(const struct error *scope, const struct error *hooks, struct text *warnings)
{
        struct doc_error_event events[2];
        struct doc_result result = { .error_events = { .items = events } };

        if (scope->code)
                events[result.error_events.count++] = (struct doc_error_event){ .message = scope->text, .source = "systemd" };
        if (hooks->code)
                events[result.error_events.count++] = (struct doc_error_event){ .message = hooks->text, .source = "poststop" };
        if (result.error_events.count)
                json_write(warnings, doc_result_fields, &result);
}

int local_system_terminate(struct hcs_system_object *system, struct text *warnings, struct error *err)
{
        static const char *const files[] = { "start", "system.json", "record.json" };
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct local_record record = { 0 };
        struct error scope = { 0 }, hooks = { 0 };
        enum local_state state = LOCAL_STOPPED;
        int r;

        r = local_record_read(system->directory, &arena, &record, err);
        if (r < 0)
                return r;
        if (r == LOCAL_NO_RECORD)
                return error_set(err, HCS_E_SYSTEM_ALREADY_STOPPED, "system \"%s\" is gone already", system->id);
        if (record.init_pid && proc_is_alive((pid_t)record.init_pid, record.init_start))
                state = LOCAL_RUNNING;

        r = end_processes(system, &arena, &record, &scope, err);
        if (r < 0)
                return r;
        (void)run_poststop(system, &hooks);
        add_warnings(&scope, &hooks, warnings);
        for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
                if (unlinkat(system->directory, files[i], 0) < 0 && errno != ENOENT)
                        return error_errno(err, "removing %s of \"%s\"", files[i], system->id);

        /* A refusal has no room for what a hook had to say. */
        if (state == LOCAL_STOPPED && warnings->length == 0)
                return error_set(err, HCS_E_SYSTEM_ALREADY_STOPPED, "system \"%s\" had stopped already", system->id);
        return 0;
}
