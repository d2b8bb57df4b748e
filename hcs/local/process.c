/* Processes of a system.  The first one is the specification's own and waits at its socket; every other one is a new init
 * that enters the namespaces of the first. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/bring-up.h"
#include "hcs/local/control.h"
#include "hcs/local/hooks.h"
#include "hcs/local/labels.h"
#include "hcs/local/proc.h"
#include "hcs/local/scope.h"

void local_process_freep(struct hcs_process_object **process)
{
        if (!*process)
                return;
        local_exit_done(&(*process)->exit);
        free(*process);
}

static int handle_new(struct hcs_system_object *system, pid_t pid, uint64_t start_time, int pidfd,
                      struct hcs_process_object **ret, struct error *err)
{
        struct hcs_process_object *process = calloc(1, sizeof(*process));

        if (!process) {
                if (pidfd >= 0)
                        close(pidfd);
                return error_memory(err);
        }
        process->system = system;
        local_exit_init(&process->exit, pid, start_time, pidfd);
        *ret = process;
        return 0;
}

/* --- the first process -------------------------------------------------------------------------------------------------- */

/* The place was made for the process that the specification names; another one can't be the first. */
static int check_first(const struct doc_system *document, const struct doc_process *parameters, struct error *err)
{
        _cleanup_(text_done) struct text named = { 0 }, asked = { 0 };

        if (!parameters->oci_process)
                return 0;
        json_write(&named, spec_process_fields, document->hosted_system->oci_specification->process);
        json_write(&asked, spec_process_fields, parameters->oci_process);
        if (text_check(&named, err) < 0 || text_check(&asked, err) < 0)
                return err->code;
        if (!text_equal(named.data, asked.data))
                return error_set(err, E_INVALID_PARAMETER, "$.OciProcess: the first process of a system is the one that its "
                                 "specification names");
        return 0;
}

/* Since 1.3 a poststart hook that fails stops the container. */
static int run_poststart(struct hcs_system_object *system, const struct doc_system *document,
                         const struct local_record *record, struct error *err)
{
        const struct doc_hosted_system *hosted = document->hosted_system;
        const struct spec *spec = hosted->oci_specification;
        struct hook_state state = {
                .spec = spec, .id = system->id, .status = "running", .pid = (pid_t)record->init_pid,
                .bundle = hosted->oci_bundle_path, .cwd = hosted->oci_bundle_path,
        };
        int pidfd, r;

        if (!spec->hooks || spec->hooks->poststart.count == 0)
                return 0;
        r = hooks_run(&spec->hooks->poststart, "poststart", &state, err);
        if (r < 0) {
                pidfd = proc_open_pidfd((pid_t)record->init_pid, record->init_start);
                if (pidfd >= 0) {
                        (void)proc_pidfd_signal(pidfd, SIGKILL);
                        close(pidfd);
                }
        }
        return r;
}

static int start_first(struct hcs_system_object *system, const struct doc_system *document,
                       const struct doc_process *parameters, const struct local_record *record,
                       struct hcs_process_object **ret, struct error *err)
{
        int r;

        r = check_first(document, parameters, err);
        if (r < 0)
                return r;
        r = local_knock(system->directory, err);
        if (r < 0)
                return r;
        if (r == LOCAL_NOT_WAITING) {
                if (!proc_is_alive((pid_t)record->init_pid, record->init_start))
                        return error_set(err, HCS_E_SYSTEM_ALREADY_STOPPED, "cannot start a container that has stopped");
                return error_set(err, HCS_E_INVALID_STATE, "cannot start a container that is running already");
        }
        r = run_poststart(system, document, record, err);
        if (r < 0)
                return r;
        return handle_new(system, (pid_t)record->init_pid, record->init_start, -1, ret, err);
}

/* --- every other one ---------------------------------------------------------------------------------------------------- */

/* The clocks of a restored one go on where they stood, in a time namespace that nobody asked for. */
static bool has_kind(const struct spec *spec, const struct local_record *record, int kind)
{
        return spec_namespace_find(spec, (enum spec_namespace_kind)kind) || (kind == SPEC_NAMESPACE_TIME && record->restored);
}

static int join_document(const struct doc_hosted_system *hosted, const struct spec_process *process, const struct local_record *record,
                         int *ret_fd, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(io_closep) int fd = -1;
        const struct spec *spec = hosted->oci_specification;
        const char *names[SPEC_NAMESPACE_END];
        struct plan_join join = {
                .process = process, .namespaces = { .items = names }, .personality = spec->linux_->personality,
                .memory_policy = spec->linux_->memory_policy, .no_new_keyring = hosted->options && hosted->options->no_new_keyring,
        };
        int r;

        for (int kind = SPEC_NAMESPACE_PID; kind < SPEC_NAMESPACE_END; kind++)
                if (has_kind(spec, record, kind))
                        names[join.namespaces.count++] = spec_namespace_names[kind - 1];
        if (!has_kind(spec, record, SPEC_NAMESPACE_MOUNT))
                join.root_of = record->init_pid;
        json_write(&text, plan_join_fields, &join);
        r = text_check(&text, err);
        if (r < 0)
                return r;

        fd = memfd_create("process", MFD_CLOEXEC);
        if (fd < 0)
                return error_errno(err, "making the document of the process");
        r = io_write_all(fd, text.data, text.length, "the document of the process", err);
        if (r < 0)
                return r;
        if (lseek(fd, 0, SEEK_SET) < 0)
                return error_errno(err, "rewinding the document of the process");
        *ret_fd = take_fd(fd);
        return 0;
}

/* After CONTROL_READY only the execve is left: the socket closes with it, or says why there was none. */
static int hear_the_end(struct spawned *spawned, struct error *err)
{
        struct control_message message;
        int r;

        r = control_send(spawned->control, CONTROL_COMMIT, NULL, err);
        if (r < 0)
                return r;
        r = control_receive(spawned->control, -1, &message, err);
        if (r < 0)
                return r;
        return r > 0 ? 0 : control_take_error(&message, err);
}

/* It is born in its group; where the kernel forbids that, or the user's scope is all that there is, systemd carries it over. */
static int spawn_into(struct spawn *spawn, const struct local_record *record, const char *sub, struct spawned *spawned, struct error *err)
{
        struct error refused = { 0 };
        int r;

        if (!record->scope_of_user)
                return spawn_init(spawn, spawned, err);
        r = spawn_init(spawn, spawned, &refused);
        if (r >= 0 && spawn->group >= 0)
                return r;
        if (r == E_ACCESS && spawn->group >= 0) {
                spawn->group = -1;
                r = spawn_init(spawn, spawned, &refused);
        }
        if (r < 0) {
                *err = refused;
                return r;
        }
        r = scope_attach(record->scope, true, sub, spawned->pid, err);
        if (r < 0)
                conversation_break(spawned);
        return r;
}

/* What a process does not say of its privileges is as the system's own has it, never less confined; runc and crun do the same with
 * capabilities.  Saying {} is saying none. */
static struct spec_process settled(const struct spec_process *process, const struct spec_process *own)
{
        struct spec_process ret = *process;

        if (!own)
                return ret;
        if (!ret.capabilities)
                ret.capabilities = own->capabilities;
        if (!ret.apparmor_profile || !*ret.apparmor_profile)
                ret.apparmor_profile = own->apparmor_profile;
        if (!ret.selinux_label || !*ret.selinux_label)
                ret.selinux_label = own->selinux_label;
        return ret;
}

static int spawn_further(struct hcs_system_object *system, const struct doc_system *document,
                         const struct doc_process *parameters, const struct local_record *record,
                         const struct local_descriptors *descriptors, struct spawned *spawned, struct error *err)
{
        _cleanup_(cgroup_doors_done) struct cgroup_doors doors = CGROUP_DOORS_NONE;
        _cleanup_(filter_done) struct filter filter = FILTER_NONE;
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(io_closep) int file = -1, target = -1;
        const struct spec *spec = document->hosted_system->oci_specification;
        const struct spec_process process = settled(parameters->oci_process, spec->process);
        _cleanup_(spawn_done) struct spawn spawn = { .descriptors = descriptors, .listen = -1, .group = -1, .control = { -1, -1 } };
        struct conversation conversation = { .system = system, .document = document, .process = &process,
                                             .filter = &filter, .spawned = spawned };
        const struct resctrl class = { .mount = record->resctrl_class, .class = record->resctrl_class,
                                       .monitor = record->resctrl_monitor };
        const char *sub = parameters->cgroup;
        struct cgroup_tree tree;
        struct cgroup group;
        int r;

        r = labels_check(&process, NULL, LABELS_SYS, err);
        if (r < 0)
                return r;
        r = join_document(document->hosted_system, &process, record, &file, err);
        if (r < 0)
                return r;
        target = proc_open_pidfd((pid_t)record->init_pid, record->init_start);
        if (target < 0 && errno != ESRCH)
                return error_errno(err, "looking for the first process, process %u", record->init_pid);
        if (target < 0)
                return error_set(err, HCS_E_SYSTEM_ALREADY_STOPPED, "cannot exec in a container that has stopped");
        r = local_cgroup_of(&arena, record, &tree, &group, err);
        if (r < 0)
                return r;
        if (group.path) {
                if (sub)
                        r = cgroup_choose(&arena, &group, sub, &sub, err);
                else
                        sub = cgroup_home(&arena, &group, (pid_t)record->init_pid);
                if (r >= 0)
                        r = cgroup_open_doors(&group, sub, &doors, err);
                if (r < 0)
                        return r;
        }

        spawn.program = document->hosted_system->options ? document->hosted_system->options->init_program : NULL;
        spawn.group = doors.directory;
        spawn.plan.guard = plan_guards(document->hosted_system);
        if (spawn.plan.guard && spec_process_may(&process, "CAP_SYS_RESOURCE"))
                return error_set(err, E_NOT_SUPPORTED, "CAP_SYS_RESOURCE would let the process go beyond the quota that limits the "
                                 "sandbox's scratch; create the sandbox with it, and another way is taken");
        spawn.document = file;
        spawn.target = target;
        spawn.plan.id = system->id;
        spawn.plan.join = true;
        spawn.plan.unprivileged = spec_namespace_find(spec, SPEC_NAMESPACE_USER) != NULL;
        conversation.resctrl = class.class ? &class : NULL;
        r = conversation_prepare_filter(&conversation, &spawn, &arena, err);
        if (r < 0)
                return r;
        r = spawn_open(&spawn, err);
        if (r >= 0)
                r = spawn_into(&spawn, record, sub, spawned, err);
        if (r < 0)
                return r;
        r = conversation_hand_doors(spawned->control, &doors, err);
        if (r < 0) {
                conversation_break(spawned);
                return r;
        }
        r = conversation_hold(&conversation, err);
        if (r < 0)
                return r;
        r = hear_the_end(spawned, err);
        if (r < 0)
                conversation_break(spawned);
        return r;
}

static int start_further(struct hcs_system_object *system, const struct doc_system *document,
                         const struct doc_process *parameters, const struct local_record *record,
                         const struct local_descriptors *descriptors, struct hcs_process_object **ret, struct error *err)
{
        struct spawned spawned = SPAWNED_NONE;
        struct proc_stat stat = { 0 };
        int r;

        if (!parameters->oci_process)
                return error_set(err, E_INVALID_PARAMETER, "$.OciProcess: missing; the first process runs already");
        r = spawn_further(system, document, parameters, record, descriptors, &spawned, err);
        if (r < 0)
                return r;

        /* Our child, so it is there, dead or alive, until we reap it. */
        (void)proc_stat_read(spawned.pid, &stat);
        close(spawned.control);
        return handle_new(system, spawned.pid, stat.start_time, spawned.pidfd, ret, err);
}

/* --- calls -------------------------------------------------------------------------------------------------------------- */

static int parameters_parse(struct arena *arena, const char *text, struct doc_process *ret, struct error *err)
{
        struct json_value *value;
        int r;

        r = json_parse(arena, text, strlen(text), "the process parameters", &value, err);
        if (r < 0)
                return r;
        return json_read(arena, doc_process_fields, value, ret, "$", JSON_REFUSE_UNKNOWN, err);
}

/* A system's first CreateProcess comes without streams of its own and finds the init waiting. */
static bool is_first(const struct local_descriptors *descriptors)
{
        return descriptors->streams[0] < 0 && descriptors->streams[1] < 0 && descriptors->streams[2] < 0 &&
               descriptors->console < 0 && descriptors->handle_count == 0;
}

int local_process_create(struct hcs_system_object *system, const char *text, const struct local_descriptors *descriptors,
                         struct hcs_process_object **ret, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct doc_process parameters = { 0 };
        const struct doc_system *document;
        /* Of the first process the handle itself may know all that its start needs. */
        struct local_record record = { .init_pid = (uint32_t)system->init.pid, .init_start = system->init.start_time };
        int r;

        r = parameters_parse(&arena, text, &parameters, err);
        if (r < 0)
                return r;
        r = is_first(descriptors) && system->init.pid > 0 ? 0 : local_record_read(system->directory, &arena, &record, err);
        if (r != 0)
                return r < 0 ? r : error_set(err, HCS_E_SYSTEM_NOT_FOUND, "system \"%s\" does not exist", system->id);
        if (record.init_pid == 0)
                return error_set(err, HCS_E_INVALID_STATE, "system \"%s\" was not started", system->id);
        r = local_system_document(system, &document, err);
        if (r < 0)
                return r;

        /* Whoever restored it asks for what runs already, or has ended since. */
        if (is_first(descriptors) && system->restored)
                return handle_new(system, system->init.pid, system->init.start_time, -1, ret, err);
        if (is_first(descriptors))
                return start_first(system, document, &parameters, &record, ret, err);
        return start_further(system, document, &parameters, &record, descriptors, ret, err);
}

int local_process_open(struct hcs_system_object *system, pid_t pid, struct hcs_process_object **ret, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct local_record record;
        pid_t *pids = NULL;
        size_t count = 0;
        bool found = false;
        struct proc_stat stat;
        int r;

        r = local_record_read(system->directory, &arena, &record, err);
        if (r != 0)
                return r < 0 ? r : error_set(err, HCS_E_SYSTEM_NOT_FOUND, "system \"%s\" does not exist", system->id);
        if (pid == (pid_t)record.init_pid) {
                if (!proc_is_alive(pid, record.init_start))
                        return error_set(err, E_NOT_FOUND, "container not running");
                return handle_new(system, pid, record.init_start, -1, ret, err);
        }

        r = local_processes(&arena, &record, &pids, &count, err);
        if (r < 0)
                return r;
        for (size_t i = 0; i < count; i++)
                found = found || pids[i] == pid;
        free(pids);
        if (!found || !proc_stat_read(pid, &stat))
                return error_set(err, E_NOT_FOUND, "no such process: %d is not one of \"%s\"", (int)pid, system->id);
        return handle_new(system, pid, stat.start_time, -1, ret, err);
}

static int signal_all(struct hcs_system_object *system, int signal, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct local_record record;
        pid_t *pids = NULL;
        size_t count = 0;
        int r;

        r = local_record_read(system->directory, &arena, &record, err);
        if (r != 0)
                return r < 0 ? r : error_set(err, HCS_E_SYSTEM_NOT_FOUND, "system \"%s\" does not exist", system->id);
        r = local_processes(&arena, &record, &pids, &count, err);
        if (r < 0)
                return r;
        for (size_t i = 0; i < count; i++)
                if (kill(pids[i], signal) < 0 && errno != ESRCH)
                        r = error_errno(err, "sending signal %d to process %d", signal, (int)pids[i]);
        free(pids);
        return r;
}

/* A frozen v1 process does not die before it is thawed. */
static int thaw_for_kill(struct hcs_system_object *system, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct local_record record;
        struct cgroup_tree tree;
        struct cgroup group;
        bool frozen = false;
        int r;

        r = local_record_read(system->directory, &arena, &record, err);
        if (r != 0 || !record.cgroup)
                return r < 0 ? r : 0;
        r = local_cgroup_of(&arena, &record, &tree, &group, err);
        if (r < 0 || tree.version != CGROUP_V1 || group.freezer_only_by_signal)
                return r;
        r = cgroup_is_frozen(&group, &frozen, err);
        if (r < 0 || !frozen)
                return r;
        return cgroup_freeze(&group, false, err);
}

int local_process_signal(struct hcs_process_object *process, int signal, bool all, struct error *err)
{
        _cleanup_(io_closep) int pidfd = -1;
        int r = 0;

        if (all) {
                r = signal_all(process->system, signal, err);
        } else {
                pidfd = proc_open_pidfd(process->exit.pid, process->exit.start_time);
                if (pidfd < 0 || proc_pidfd_signal(pidfd, signal) < 0) {
                        if (errno == ESRCH)
                                return error_set(err, HCS_E_PROCESS_ALREADY_STOPPED, "container not running");
                        return error_errno(err, "sending signal %d to process %d", signal, (int)process->exit.pid);
                }
        }
        return r < 0 || signal != SIGKILL ? r : thaw_for_kill(process->system, err);
}
