/* Bringing a system up: the group, the start socket, the init and the conversation with it.
 *
 * Order is safety: the record names what will be made before it is made; the init dies with the engine until the record names
 * it and CONTROL_COMMIT was sent.  So a killed engine leaves nothing that the record does not know. */
#include "hcs/local/bring-up.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/loop.h"
#include "hcs/base/path.h"
#include "hcs/local/control.h"
#include "hcs/local/forerunner.h"
#include "hcs/local/helper.h"
#include "hcs/local/hooks.h"
#include "hcs/local/identity.h"
#include "hcs/local/idmap.h"
#include "hcs/local/labels.h"
#include "hcs/local/listener.h"
#include "hcs/local/net-devices.h"
#include "hcs/local/overlay.h"
#include "hcs/local/home.h"
#include "hcs/local/proc.h"
#include "hcs/schema/linux-names.h"

#define READY_MS (240 * 1000)           /* how long an init may take, hooks not counted */

/* --- the conversation --------------------------------------------------------------------------------------------------- */

void conversation_break(struct spawned *spawned)
{
        if (spawned->pid > 0) {
                (void)kill(spawned->pid, SIGKILL);
                while (waitpid(spawned->pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        }
        if (spawned->pidfd >= 0)
                close(spawned->pidfd);
        io_closep(&spawned->control);
        io_closep(&spawned->program);
        *spawned = (struct spawned)SPAWNED_NONE;
}

/* The init went on as another process, born as our child (CLONE_PARENT); the first one ends by itself. */
static int take_process(struct spawned *spawned, const char *number, struct error *err)
{
        pid_t first = spawned->pid;
        uint32_t pid;

        if (text_to_u32(number, &pid) < 0)
                return error_set(err, E_INVALID_DATA, "the init names process \"%s\"", number);
        while (waitpid(first, NULL, 0) < 0 && errno == EINTR)
                ;
        close(spawned->pidfd);
        spawned->pid = (pid_t)pid;
        spawned->pidfd = sys_pidfd_open(spawned->pid);
        return spawned->pidfd < 0 ? error_errno(err, "opening process %u", pid) : 0;
}

/* When the process was started.  0: it has ended, and somebody has reaped it. */
static uint64_t find_start_time(struct conversation *conversation)
{
        struct proc_stat stat;

        if (!conversation->start_time && proc_stat_read(conversation->spawned->pid, &stat))
                conversation->start_time = stat.start_time;
        return conversation->start_time;
}

static int run_outer_hooks(struct conversation *conversation, struct error *err)
{
        const struct doc_hosted_system *hosted = conversation->document->hosted_system;
        const struct spec_hooks *hooks = hosted->oci_specification->hooks;
        struct hook_state state = {
                .spec = hosted->oci_specification, .id = conversation->system->id, .status = "created",
                .bundle = hosted->oci_bundle_path, .cwd = hosted->oci_bundle_path, .pid = conversation->spawned->pid,
        };
        int r;

        r = hooks_run(&hooks->prestart, "prestart", &state, err);
        if (r < 0)
                return r;
        return hooks_run(&hooks->create_runtime, "createRuntime", &state, err);
}

static int serve_fuse(struct conversation *conversation, int fuse, struct error *err)
{
        struct local_record *record = conversation->record;
        struct proc_stat stat = { 0 };
        pid_t pid;
        int r;

        if (fuse < 0 || !record)
                return error_set(err, E_INVALID_DATA, "the init asks for fuse-overlayfs without a descriptor");
        r = helper_start(conversation->document->hosted_system->storage, fuse, conversation->spawned->pid, &pid, err);
        close(fuse);
        if (r < 0)
                return r;
        (void)proc_stat_read(pid, &stat);
        record->helper_pid = (uint32_t)pid;
        record->helper_start = stat.start_time;
        return local_record_write(conversation->system->directory, record, err);
}

int conversation_prepare_filter(struct conversation *conversation, struct spawn *spawn, struct arena *arena, struct error *err)
{
        const struct doc_hosted_system *hosted = conversation->document->hosted_system;
        struct filter *filter = conversation->filter;
        int r;

        r = filter_begin(filter, arena, hosted->oci_specification->linux_->seccomp, conversation->system->space,
                         hosted->options ? hosted->options->init_program : NULL, err);
        if (r < 0)
                return r;
        spawn->filter = filter->fd;
        spawn->plan.filter_flags = filter->flags;
        spawn->plan.filter_pending = filter->compiler != 0;
        return 0;
}

static int finish_filter(const struct conversation *conversation, struct error *err)
{
        int r = filter_finish(conversation->filter, err);

        return r < 0 ? r : control_send(conversation->spawned->control, CONTROL_GO, NULL, err);
}

static int make_idmap(const struct conversation *conversation, const char *number, struct error *err)
{
        const struct doc_hosted_system *hosted = conversation->document->hosted_system;
        _cleanup_(io_closep) int tree = -1;
        uint32_t index;

        if (text_to_u32(number, &index) < 0 || index >= hosted->oci_specification->mounts.count)
                return error_set(err, E_INVALID_DATA, "the init names mount \"%s\"", number);
        tree = idmap_make(hosted, &hosted->oci_specification->mounts.items[index], err);
        if (tree < 0)
                return error_wrap(err, "mounts[%u], %s", index, hosted->oci_specification->mounts.items[index].destination);
        return control_send_fds(conversation->spawned->control, CONTROL_GO, &tree, 1, err);
}

/* Here and not in the init, which may be in a user namespace, or in a group that may open no such device. */
static int mount_image(const struct conversation *conversation, struct error *err)
{
        const struct doc_storage *storage = conversation->document->hosted_system->storage;
        const char *image = storage && storage->scratch ? storage->scratch->image : NULL;
        _cleanup_(io_closep) int tree = -1;
        int r;

        if (!image)
                return error_set(err, E_INVALID_DATA, "the init asks for the file of a scratch that has none");
        r = loop_mount(image, false, &tree, err);
        return r < 0 ? error_wrap(err, "the scratch") : control_send_fds(conversation->spawned->control, CONTROL_GO, &tree, 1, err);
}

/* The status is that of the container: a further process joins one that was created before. */
static int hand_listener(const struct conversation *conversation, const char *number, struct error *err)
{
        const struct doc_hosted_system *hosted = conversation->document->hosted_system;
        const struct spawned *spawned = conversation->spawned;
        bool first = conversation->record != NULL;
        struct hook_state state = {
                .spec = hosted->oci_specification, .id = conversation->system->id, .status = first ? "creating" : "running",
                .bundle = hosted->oci_bundle_path, .pid = first ? spawned->pid : conversation->system->init.pid,
        };
        uint32_t fd;
        int r;

        if (text_to_u32(number, &fd) < 0 || fd > INT32_MAX)
                return error_set(err, E_INVALID_DATA, "the init names descriptor \"%s\"", number);
        r = listener_hand_over(conversation->filter, &state, spawned->pid, spawned->pidfd, spawned->control, (int)fd, err);
        return r == LISTENER_NONE ? 0 : r;
}

/* What only the outside may do: a better (lower) score, and hard limits above those that this user namespace has. */
static int set_from_outside(const struct conversation *conversation, struct error *err)
{
        const struct spec_process *process = conversation->process;
        pid_t pid = conversation->spawned->pid;
        char path[64], value[16];

        if (process->oom_score_adj) {
                snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
                snprintf(value, sizeof(value), "%d", (int)*process->oom_score_adj);
                if (io_write_value_at(AT_FDCWD, path, value, err) < 0)
                        return error_wrap(err, "process.oomScoreAdj");
        }
        for (size_t i = 0; i < process->rlimits.count; i++) {
                const struct spec_rlimit *wanted = &process->rlimits.items[i];
                int number = linux_rlimit_number(wanted->type);
                struct rlimit now;

                if (prlimit(pid, number, NULL, &now) < 0) {
                        if (errno == EPERM)     /* another user's by now: who may not look may not raise; inside it will show */
                                continue;
                        return error_errno(err, "process.rlimits: reading %s", wanted->type);
                }
                if (wanted->hard <= now.rlim_max)
                        continue;
                now.rlim_max = wanted->hard;
                if (prlimit(pid, number, &now, NULL) < 0)
                        return error_errno(err, "process.rlimits: raising the hard limit of %s to %llu (needs CAP_SYS_RESOURCE)",
                                           wanted->type, (unsigned long long)wanted->hard);
        }
        return 0;
}

static int ended_early(struct spawned *spawned, struct error *err)
{
        int status = 0;

        while (waitpid(spawned->pid, &status, 0) < 0 && errno == EINTR)
                ;
        spawned->pid = 0;
        if (WIFSIGNALED(status))
                return error_set(err, HCS_E_TERMINATED_DURING_START, "the init was killed by signal %d before it was ready%s",
                                 WTERMSIG(status), WTERMSIG(status) == SIGKILL ?
                                 " (out of memory? linux.resources.memory.limit may be too small)" : WTERMSIG(status) == SIGSYS ?
                                 " (linux.seccomp kills for what comes before the program; process.noNewPrivileges lets it be loaded "
                                 "later)" : "");
        return error_set(err, HCS_E_TERMINATED_DURING_START, "the init ended with status %d before it was ready",
                         WEXITSTATUS(status));
}

/* Both are done while the init is at work, and would be waited for later. */
static int take_birth(struct conversation *conversation)
{
        if (conversation->record)
                (void)find_start_time(conversation);
        io_closep(&conversation->spawned->program);
        conversation->spawned->program = -1;
        return 0;
}

static int tell_stillborn(const char *number, struct error *err)
{
        uint32_t errnum;

        if (text_to_u32(number, &errnum) < 0)
                return error_set(err, E_INVALID_DATA, "the init was not run for \"%s\"", number);
        return error_errnum(err, (int)errnum, "running hcs-sandbox-init");
}

static int answer(struct conversation *conversation, const struct control_message *message, bool *ret_ready,
                  struct error *err)
{
        int control = conversation->spawned->control, r;

        switch (message->tag) {
        case CONTROL_BORN:
                return take_birth(conversation);
        case CONTROL_STILLBORN:
                return tell_stillborn(message->text, err);
        case CONTROL_PROCESS:
                conversation->start_time = 0;
                return take_process(conversation->spawned, message->text, err);
        case CONTROL_HOOKS:
                r = run_outer_hooks(conversation, err);
                return r < 0 ? r : control_send(control, CONTROL_GO, NULL, err);
        case CONTROL_FILTER:
                return finish_filter(conversation, err);
        case CONTROL_LISTENER:
                return hand_listener(conversation, message->text, err);
        case CONTROL_NET:
                r = net_devices_move(&conversation->document->hosted_system->oci_specification->linux_->net_devices,
                                     conversation->spawned->pid, err);
                return r < 0 ? r : control_send(control, CONTROL_GO, NULL, err);
        case CONTROL_IDMAP:
                return make_idmap(conversation, message->text, err);
        case CONTROL_IMAGE:
                return mount_image(conversation, err);
        case CONTROL_FUSE:
                r = serve_fuse(conversation, message->fd_count == 1 ? message->fds[0] : -1, err);
                return r < 0 ? r : control_send(control, CONTROL_GO, NULL, err);
        case CONTROL_READY:
                *ret_ready = true;
                r = set_from_outside(conversation, err);
                return r < 0 || !conversation->resctrl ? r : resctrl_join(conversation->resctrl, conversation->spawned->pid, err);
        case CONTROL_ERROR:
                return control_take_error(message, err);
        default:
                return error_set(err, E_INVALID_DATA, "the init says \"%c\", which is no word of ours", message->tag);
        }
}

/* One that is gone has left its reason. */
static int hand(int control, char tag, const int *fds, size_t count, struct error *err)
{
        struct error failure = { 0 };
        int r = control_send_fds(control, tag, fds, count, &failure);

        if (r >= 0 || r == E_BROKEN_PIPE)
                return 0;
        *err = failure;
        return r;
}

int conversation_hand_doors(int control, const struct cgroup_doors *doors, struct error *err)
{
        return hand(control, CONTROL_DOORS, doors->fds, doors->count, err);
}

int conversation_hold(struct conversation *conversation, struct error *err)
{
        struct spawned *spawned = conversation->spawned;
        bool ready = false;
        int r = 0;

        while (!ready && r == 0) {
                struct control_message message;

                r = control_receive(spawned->control, READY_MS, &message, err);
                if (r == 0)
                        r = answer(conversation, &message, &ready, err);
                else if (r == CONTROL_LATE)
                        r = error_set(err, E_TIMED_OUT, "the init is not ready after %d s", READY_MS / 1000);
                else if (r > 0)
                        r = ended_early(spawned, err);
        }
        if (r < 0)
                conversation_break(spawned);
        return r;
}

/* --- the system --------------------------------------------------------------------------------------------------------- */

static const uint64_t clone_flags[SPEC_NAMESPACE_END] = {
        [SPEC_NAMESPACE_PID] = CLONE_NEWPID, [SPEC_NAMESPACE_NETWORK] = CLONE_NEWNET, [SPEC_NAMESPACE_MOUNT] = CLONE_NEWNS,
        [SPEC_NAMESPACE_IPC] = CLONE_NEWIPC, [SPEC_NAMESPACE_UTS] = CLONE_NEWUTS, [SPEC_NAMESPACE_USER] = CLONE_NEWUSER,
        /* cgroup and time namespaces: the init makes them, after it is in its group and has its offsets. */
};

/* The flags of the namespaces to be born in.  A user or pid namespace that is joined must be entered before the others are
 * made, and whatever is joined before a new user namespace is: then all is left to the init. */
static uint64_t birth_namespaces(const struct spec *spec, bool *ret_created)
{
        bool joined = false, joined_early = false;
        uint64_t flags = 0;

        for (size_t i = 0; i < spec->linux_->namespaces.count; i++) {
                const struct spec_namespace *namespace = &spec->linux_->namespaces.items[i];

                joined |= namespace->path != NULL;
                if (!namespace->path)
                        flags |= clone_flags[namespace->kind];
                else if (namespace->kind == SPEC_NAMESPACE_USER || namespace->kind == SPEC_NAMESPACE_PID)
                        joined_early = true;
        }
        *ret_created = !joined_early && !(joined && (flags & CLONE_NEWUSER));
        return *ret_created ? flags : 0;
}

static int write_maps(pid_t pid, void *context, struct error *err)
{
        return identity_map(pid, context, err);
}

static bool has_outer_hooks(const struct spec *spec)
{
        return spec->hooks && (spec->hooks->prestart.count || spec->hooks->create_runtime.count);
}

static void spawn_close(struct spawned *spawned)
{
        io_closep(&spawned->control);
        io_closep(&spawned->program);
}

/* What is made while the child comes to life. */
struct meanwhile { struct home *home; const struct doc_hosted_system *hosted; bool overlay; };

/* Hands the doors over, which on v1 are only now made. */
static int open_group(const struct meanwhile *meanwhile, int control, struct error *err)
{
        static const struct cgroup_doors none = CGROUP_DOORS_NONE;
        struct home *home = meanwhile->home;
        int r = 0;

        if (home->group.path && (home->tree.version == CGROUP_V1 || home->scope.unit))
                r = home_make_group(home, meanwhile->hosted->oci_specification, err);
        return r < 0 ? r : conversation_hand_doors(control, home->tree.version == CGROUP_V1 ? &home->doors : &none, err);
}

/* Is the root's overlay composed here?  Not where the init sees another machine than we do, or first mounts what lies below it.  Layers go
 * by the numbers of descriptors, which may be long ones here, and fsconfig(2) takes 255 bytes of such names: eight always fit. */
static bool makes_overlay(const struct doc_hosted_system *hosted, uint64_t namespaces)
{
        const struct doc_storage *storage = hosted->storage;

        return storage && !storage->path && storage->union_kind == DOC_UNION_OVERLAY && storage->scratch && storage->scratch->path &&
               !storage->scratch->image && !storage->base_layers && storage->layers.count <= 8 && namespaces & CLONE_NEWNS &&
               !(namespaces & CLONE_NEWUSER);
}

static int hand_overlay(const struct meanwhile *meanwhile, int control, struct error *err)
{
        const struct overlay overlay = overlay_of_root(meanwhile->hosted);
        _cleanup_(io_closep) int tree = overlay_make(&overlay, err);

        return tree < 0 ? error_wrap(err, "the copy of this machine") : hand(control, CONTROL_OVERLAY, &tree, 1, err);
}

static int carry_out(void *context, int control, struct error *err)
{
        const struct meanwhile *meanwhile = context;
        int r = open_group(meanwhile, control, err);

        return r >= 0 && meanwhile->overlay ? hand_overlay(meanwhile, control, err) : r;
}

/* The child, and the group that it lives in; systemd puts its scope around it, and can only do so when it is there. */
static int spawn_into_group(struct spawn *spawn, struct forerunner *forerunner, struct meanwhile *meanwhile, struct spawned *spawned,
                            struct error *err)
{
        bool scope = meanwhile->home->scope.unit != NULL;
        bool given = !scope && forerunner_give(forerunner, carry_out, meanwhile);
        struct error ignored = { 0 };
        int r, ended;

        spawn->busy = !given && !scope && meanwhile->home->tree.version == CGROUP_V1;
        r = spawn_init(spawn, spawned, err);
        if (r >= 0 && scope)
                r = scope_start(&meanwhile->home->scope, spawned->pid, err);
        if (r >= 0 && !given)
                r = carry_out(meanwhile, spawned->control, err);
        /* Without a child, too: from here on nobody makes a group that somebody else may be removing already. */
        ended = forerunner_end(forerunner, r < 0 ? &ignored : err);
        r = r < 0 ? r : ended;
        if (r < 0)
                conversation_break(spawned);
        return r;
}

/* The child is born, heard out, written down, and set free. */
static int bring_up(struct hcs_system_object *system, const struct doc_system *document, struct spawn *spawn,
                    struct forerunner *forerunner, struct home *home, struct local_record *record, struct error *err)
{
        _cleanup_(filter_done) struct filter filter = FILTER_NONE;
        _cleanup_(spawn_close) struct spawned spawned = SPAWNED_NONE;
        struct conversation conversation = {
                .system = system, .document = document, .record = record, .filter = &filter, .spawned = &spawned,
                .process = document->hosted_system->oci_specification->process,
                .resctrl = home->resctrl.class ? &home->resctrl : NULL,
        };
        struct meanwhile meanwhile = { home, document->hosted_system, spawn->plan.overlay };
        uint64_t start_time;
        int r;

        r = conversation_prepare_filter(&conversation, spawn, &system->arena, err);
        if (r < 0)
                return r;
        r = spawn_into_group(spawn, forerunner, &meanwhile, &spawned, err);
        if (r < 0)
                return r;
        r = conversation_hold(&conversation, err);
        if (r < 0)
                return r;

        start_time = find_start_time(&conversation);
        if (!start_time) {
                conversation_break(&spawned);
                return error_set(err, HCS_E_TERMINATED_DURING_START, "the init ended as soon as it was ready");
        }
        record->init_pid = (uint32_t)spawned.pid;
        record->init_start = start_time;
        r = local_record_write(system->directory, record, err);
        if (r >= 0)
                r = control_send(spawned.control, CONTROL_COMMIT, NULL, err);
        if (r < 0) {
                conversation_break(&spawned);
                return r;
        }

        local_exit_done(&system->init);
        local_exit_init(&system->init, spawned.pid, start_time, take_fd(spawned.pidfd));
        return 0;
}

static int open_document(const struct hcs_system_object *system, struct error *err)
{
        int fd = openat(system->directory, "system.json", O_RDONLY | O_CLOEXEC);

        return fd < 0 ? error_errno(err, "opening the document of \"%s\"", system->id) : fd;
}

int local_system_start(struct hcs_system_object *system, const struct local_descriptors *descriptors, struct error *err)
{
        _cleanup_(home_done) struct home home = HOME_NONE;
        _cleanup_(io_closep) int listening = -1, file = -1;
        _cleanup_(free_charp) char *directory = NULL;
        const struct doc_system *document;
        struct local_record record = { 0 };
        _cleanup_(spawn_done) struct spawn spawn = { .descriptors = descriptors, .target = -1, .control = { -1, -1 }, .map = write_maps };
        struct forerunner *forerunner = descriptors->network;
        const struct spec *spec;
        int r;

        r = local_system_document(system, &document, err);
        if (r < 0)
                return r;
        r = local_record_read(system->directory, &system->arena, &record, err);
        if (r != 0)
                return r < 0 ? r : error_set(err, HCS_E_SYSTEM_NOT_FOUND, "system \"%s\" does not exist", system->id);
        if (record.init_pid != 0)
                return error_set(err, HCS_E_INVALID_STATE, "system \"%s\" was started before", system->id);

        spec = document->hosted_system->oci_specification;
        if (!spec->process || !spec->linux_)
                return error_set(err, E_INVALID_DATA, "$.HostedSystem.OciSpecification: needs process and linux");
        if (document->hosted_system->restore_state)
                return local_system_restore(system, document, descriptors, &record, err);
        r = labels_check(spec->process, spec->linux_->mount_label, LABELS_SYS, err);
        if (r < 0)
                return r;
        r = spawn_open(&spawn, err);
        if (r < 0)
                return r;
        spawn.namespaces = birth_namespaces(spec, &spawn.plan.created);
        spawn.plan.ahead = forerunner_deliver(forerunner, spawn.namespaces, spawn.control[0]);
        if (spawn.plan.ahead)
                spawn.namespaces &= ~(uint64_t)CLONE_NEWNET;
        spawn.plan.overlay = makes_overlay(document->hosted_system, spawn.namespaces);
        r = home_prepare_group(system, &system->arena, document->hosted_system, &record, &home, err);
        if (r < 0)
                return r;
        r = home_make_class(system, &system->arena, spec->linux_->intel_rdt, &record, &home, err);
        if (r < 0)
                return r;
        r = local_knock_listen(system, &listening, err);
        if (r < 0)
                return r;
        file = open_document(system, err);
        if (file < 0)
                return file;
        r = path_join(system->space, system->id, &directory, err);
        if (r < 0)
                return r;

        spawn.program = document->hosted_system->options ? document->hosted_system->options->init_program : NULL;
        spawn.map_context = (void *)(uintptr_t)spec->linux_;
        spawn.group = home.doors.directory;
        spawn.document = file;
        spawn.listen = listening;
        spawn.plan.id = system->id;
        spawn.plan.wait_for_hooks = has_outer_hooks(spec);
        spawn.plan.unprivileged = spec_namespace_find(spec, SPEC_NAMESPACE_USER) || geteuid() != 0;
        spawn.plan.scope = home.scope.unit != NULL;
        spawn.plan.guard = plan_guards(document->hosted_system);
        spawn.plan.place = directory;
        spawn.plan.cgroup = home.group.path;
        return bring_up(system, document, &spawn, forerunner, &home, &record, err);
}
