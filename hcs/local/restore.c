/* Starting a system from an image: no init makes its place, CRIU makes the processes as they were, in the group that is made for
 * them.  The first one becomes our child, is written down while it stands still yet, and runs from there on. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/inroot.h"
#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/local/criu-image.h"
#include "hcs/local/engine.h"
#include "hcs/local/home.h"
#include "hcs/local/hooks.h"
#include "hcs/local/net-devices.h"
#include "hcs/local/proc.h"

#define LOG_NAME "restore.log"

struct restoring {
        struct hcs_system_object *system;
        const struct doc_hosted_system *hosted;
        struct local_record *record;
        struct home home;
        struct criu criu;
        int pidfd;                      /* of the first process; it may have ended by the time that somebody waits */
        int console;                    /* gets the pty's master; -1: nobody wants it */
};

static void restoring_done(struct restoring *restoring)
{
        criu_end(&restoring->criu);
        io_closep(&restoring->pidfd);
        home_done(&restoring->home);
}

/* --- what is there before ---------------------------------------------------------------------------------------------------- */

static bool is_below_type(const struct spec *spec, const char *destination, const char *type)
{
        for (size_t i = 0; i < spec->mounts.count; i++) {
                const struct spec_mount *mount = &spec->mounts.items[i];

                if (mount->type && text_equal(mount->type, type) && !text_equal(mount->destination, destination) &&
                    path_is_below(destination, mount->destination))
                        return true;
        }
        return false;
}

/* The root may be another one than it was saved in, in which nobody has made a mount point yet.  What lies on a tmpfs, CRIU makes. */
static int make_mount_point(const struct doc_hosted_system *hosted, int root, const struct spec_mount *mount, struct error *err)
{
        const struct spec *spec = hosted->oci_specification;
        _cleanup_(free_charp) char *source = NULL;
        _cleanup_(io_closep) int fd = -1;
        struct stat there;
        bool file = false;
        int r = 0;

        if (is_below_type(spec, mount->destination, "tmpfs") || is_below_type(spec, mount->destination, "sysfs") ||
            is_below_type(spec, mount->destination, "proc"))
                return 0;
        if (mount->source && *mount->source) {
                r = *mount->source == '/' ? path_clean(mount->source, &source, err)
                                          : path_join(hosted->oci_bundle_path, mount->source, &source, err);
                file = r >= 0 && stat(source, &there) == 0 && !S_ISDIR(there.st_mode) && !mount->type;
                file |= r >= 0 && text_equal(mount->type, "bind") && stat(source, &there) == 0 && !S_ISDIR(there.st_mode);
        }
        if (r >= 0)
                r = file ? inroot_make_file(root, mount->destination, 0644, &fd, err)
                         : inroot_make_directory(root, mount->destination, 0755, &fd, err);
        return r < 0 ? error_wrap(err, "the mount point %s", mount->destination) : 0;
}

static int make_mount_points(const struct doc_hosted_system *hosted, struct error *err)
{
        const struct spec *spec = hosted->oci_specification;
        _cleanup_(io_closep) int root = open(hosted->storage->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        int r = 0;

        if (root < 0)
                return error_errno(err, "root.path: opening \"%s\"", hosted->storage->path);
        for (size_t i = 0; r >= 0 && i < spec->mounts.count; i++)
                r = make_mount_point(hosted, root, &spec->mounts.items[i], err);
        return r;
}

/* Root of a user namespace of the sandbox's own is somebody to whom the image is closed, and files that are its streams: the group of
 * that root may look for files in the one, and the others are its own from here on, as with every sandbox.  What can't be given is
 * told of by CRIU. */
static void open_to_root(const struct spec *spec, int image, const struct local_descriptors *descriptors)
{
        const spec_mappings *uids = &spec->linux_->uid_mappings, *gids = &spec->linux_->gid_mappings;
        struct stat there;

        if (!spec_namespace_find(spec, SPEC_NAMESPACE_USER))
                return;
        for (size_t i = 0; i < gids->count; i++)
                if (gids->items[i].container_id == 0 && fstat(image, &there) == 0 && there.st_uid == 0 && !(there.st_mode & 0077) &&
                    fchown(image, (uid_t)-1, gids->items[i].host_id) == 0)
                        (void)!fchmod(image, 0710);
        for (size_t i = 0; i < uids->count; i++)
                for (int k = 0; uids->items[i].container_id == 0 && k < LOCAL_STREAM_COUNT; k++)
                        if (descriptors->streams[k] >= 0 && fstat(descriptors->streams[k], &there) == 0 && S_ISFIFO(there.st_mode))
                                (void)!fchown(descriptors->streams[k], uids->items[i].host_id, (gid_t)-1);
}

/* --- the group ------------------------------------------------------------------------------------------------------------------ */

/* CRIU is put in, and what it makes is born there. */
static int enter_group(struct restoring *restoring, struct error *err)
{
        const struct spec *spec = restoring->hosted->oci_specification;
        struct home *home = &restoring->home;
        char number[16];
        int r = 0;

        if (home->scope.unit)
                r = scope_start(&home->scope, restoring->criu.pid, err);
        if (r >= 0 && home->group.path && (home->tree.version == CGROUP_V1 || home->scope.unit))
                r = home_make_group(home, spec, err);
        (void)snprintf(number, sizeof(number), "%d", (int)restoring->criu.pid);
        for (size_t i = 0; r >= 0 && home->tree.version == CGROUP_V1 && i < home->doors.count; i++)
                if (write(home->doors.fds[i], number, strlen(number)) < 0)
                        r = error_errno(err, "putting criu into the cgroup");
        if (r >= 0 && home->tree.version == CGROUP_V2 && home->doors.directory >= 0)
                r = io_write_value_at(home->doors.directory, "cgroup.procs", number, err);
        if (r >= 0 && home->resctrl.class)
                r = resctrl_join(&home->resctrl, restoring->criu.pid, err);
        return r;
}

/* "4:memory:/group": the groups of the image are to be these. */
static int add_groups(pid_t pid, struct text *out, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        char path[64], *rest = NULL;
        int r;

        (void)snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
        r = io_read_file(path, 64u << 10, &text, err);
        for (char *line = r < 0 || !text.data ? NULL : strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                char *name = strchr(line, ':'), *group = name ? strchr(name + 1, ':') : NULL;

                if (!group)
                        continue;
                *group = '\0';
                criu_add_pair(out, CRIU_CG_ROOT, name + 1, group + 1);
        }
        return r;
}

/* --- on the way --------------------------------------------------------------------------------------------------------------- */

static int run_hooks(const struct restoring *restoring, pid_t pid, struct error *err)
{
        const struct spec *spec = restoring->hosted->oci_specification;
        struct hook_state state = { .spec = spec, .id = restoring->system->id, .status = "creating", .pid = pid,
                                    .bundle = restoring->hosted->oci_bundle_path, .cwd = restoring->hosted->oci_bundle_path };
        int r;

        if (!spec->hooks)
                return 0;
        r = hooks_run(&spec->hooks->prestart, "prestart", &state, err);
        return r < 0 ? r : hooks_run(&spec->hooks->create_runtime, "createRuntime", &state, err);
}

/* The namespaces are there, and nobody in them yet but the first process. */
static int complete_namespaces(const struct restoring *restoring, pid_t pid, struct error *err)
{
        const struct spec *spec = restoring->hosted->oci_specification;
        const struct spec_namespace *network = spec_namespace_find(spec, SPEC_NAMESPACE_NETWORK);
        int r = network && !network->path ? net_devices_raise_loopback(pid, err) : 0;

        if (r >= 0 && spec->linux_->net_devices.count > 0)
                r = net_devices_move(&spec->linux_->net_devices, pid, err);
        return r < 0 ? r : run_hooks(restoring, pid, err);
}

static int write_down(struct restoring *restoring, pid_t pid, struct error *err)
{
        struct proc_stat stat;

        if (!proc_stat_read(pid, &stat))
                return error_set(err, HCS_E_TERMINATED_DURING_START, "the first process was restored, and is gone");
        restoring->pidfd = proc_open_pidfd(pid, stat.start_time);
        if (restoring->pidfd < 0)
                return error_errno(err, "opening process %d", (int)pid);
        restoring->record->init_pid = (uint32_t)pid;
        restoring->record->init_start = stat.start_time;
        restoring->record->restored = true;
        return local_record_write(restoring->system->directory, restoring->record, err);
}

static int take_step(void *context, const struct criu_answer *answer, int fd, struct error *err)
{
        struct restoring *restoring = context;

        if (text_equal(answer->script, "setup-namespaces"))
                return complete_namespaces(restoring, (pid_t)answer->pid, err);
        if (text_equal(answer->script, "post-restore"))
                return write_down(restoring, (pid_t)answer->pid, err);
        if (text_equal(answer->script, "orphan-pts-master") && restoring->console >= 0)
                return fd < 0 ? error_set(err, E_INVALID_DATA, "criu restored a terminal and gave no descriptor of it")
                              : io_send_fd(restoring->console, fd, "/dev/pts/ptmx", err);
        return 0;
}

/* --- the whole ------------------------------------------------------------------------------------------------------------------ */

static int compose(struct restoring *restoring, struct arena *arena, struct criu_launch *launch, int image, struct text *out,
                   struct error *err)
{
        const struct doc_restore_state *state = restoring->hosted->restore_state;
        const struct spec *spec = restoring->hosted->oci_specification;
        int r;

        criu_add_text(out, CRIU_LOG_FILE, LOG_NAME);
        criu_add_text(out, CRIU_ROOT, launch->place);
        criu_add_number(out, CRIU_RST_SIBLING, 1);
        criu_add_number(out, CRIU_NOTIFY_SCRIPTS, 1);
        criu_add_number(out, CRIU_EVASIVE_DEVICES, 1);
        criu_add_settings(out, &state->settings, spec);
        if (state->lsm_profile)
                criu_add_text(out, CRIU_LSM_PROFILE, state->lsm_profile);
        if (state->lsm_mount_context)
                criu_add_text(out, CRIU_LSM_MOUNT_CONTEXT, state->lsm_mount_context);
        r = criu_add_restored_streams(image, out, err);
        if (r >= 0)
                r = criu_add_restored_mounts(arena, restoring->hosted, &restoring->home.group, out, err);
        return r < 0 ? r : criu_add_restored_namespaces(spec, launch, out, err);
}

static void close_more(struct criu_launch *launch)
{
        for (size_t i = 0; i < launch->more_count; i++)
                close(launch->more[i]);
        launch->more_count = 0;
}

static int run(struct restoring *restoring, const char *program, const struct criu_launch *launch, struct text *options,
               struct error *err)
{
        _cleanup_(text_done) struct text request = { 0 };
        struct criu_answer answer;
        int r = criu_launch(&restoring->criu, program, launch, err);

        if (r >= 0)
                r = enter_group(restoring, err);
        if (r >= 0 && restoring->home.group.path)
                r = add_groups(restoring->criu.pid, options, err);
        if (r < 0)
                return r;
        criu_request_write(&request, CRIU_RESTORE, options);
        r = criu_begin(&restoring->criu, &request, err);
        if (r >= 0)
                r = criu_hear(&restoring->criu, take_step, restoring, &answer, err);
        return r;
}

static int restore(struct restoring *restoring, struct arena *arena, const struct local_descriptors *descriptors, struct error *err)
{
        const struct doc_restore_state *state = restoring->hosted->restore_state;
        const struct spec *spec = restoring->hosted->oci_specification;
        _cleanup_(criu_directories_done) struct criu_directories directories = CRIU_DIRECTORIES_NONE;
        _cleanup_(free_charp) char *place = NULL;
        _cleanup_(text_done) struct text out = { 0 };
        _cleanup_(close_more) struct criu_launch launch = {
                .streams = { descriptors->streams[0], descriptors->streams[1], descriptors->streams[2] },
                .root = restoring->hosted->storage->path, .readonly = spec->root && spec->root->readonly,
        };
        const char *program;
        int r;

        r = criu_find(arena, &program, err);
        if (r >= 0)
                r = path_join(restoring->system->space, restoring->system->id, &place, err);
        if (r >= 0)
                r = criu_open_directories(state->save_state_file_path, state->settings.work_path, false, &directories, &out, err);
        launch.place = place;
        launch.image = state->save_state_file_path;
        launch.work = directories.log_path;
        if (r >= 0)
                r = make_mount_points(restoring->hosted, err);
        if (r >= 0)
                r = compose(restoring, arena, &launch, directories.image, &out, err);
        if (r < 0)
                return r;
        open_to_root(spec, directories.image, descriptors);
        r = run(restoring, program, &launch, &out, err);
        if (r < 0)
                criu_add_log(directories.log_path, LOG_NAME, err);
        return r;
}

static int check(const struct doc_hosted_system *hosted, const struct local_descriptors *descriptors, struct error *err)
{
        if (geteuid() != 0)
                return error_set(err, E_ACCESS, "only root can save and restore processes");
        if (!hosted->storage || !hosted->storage->path)
                return error_set(err, E_NOT_SUPPORTED, "a copy of this machine can't be restored; only a sandbox with a root of its own "
                                 "(root.path) can");
        if (!spec_namespace_find(hosted->oci_specification, SPEC_NAMESPACE_MOUNT))
                return error_set(err, E_NOT_SUPPORTED, "linux.namespaces: \"mount\" is missing; only a sandbox with a mount namespace can "
                                 "be restored");
        if (descriptors->handle_count > 0)
                return error_set(err, E_NOT_SUPPORTED, "a restored program has the descriptors that it had: it gets no others");
        return 0;
}

int local_system_restore(struct hcs_system_object *system, const struct doc_system *document,
                         const struct local_descriptors *descriptors, struct local_record *record, struct error *err)
{
        _cleanup_(restoring_done) struct restoring restoring = {
                .system = system, .hosted = document->hosted_system, .record = record, .home = HOME_NONE, .criu = CRIU_NONE, .pidfd = -1,
                .console = descriptors->console,
        };
        const struct spec *spec = document->hosted_system->oci_specification;
        int r;

        r = check(document->hosted_system, descriptors, err);
        if (r >= 0)
                r = home_prepare_group(system, &system->arena, document->hosted_system, record, &restoring.home, err);
        if (r >= 0)
                r = home_make_class(system, &system->arena, spec->linux_->intel_rdt, record, &restoring.home, err);
        if (r >= 0)
                r = restore(&restoring, &system->arena, descriptors, err);
        if (r < 0)
                return error_wrap(err, "restoring from %s", document->hosted_system->restore_state->save_state_file_path);

        system->restored = true;
        local_exit_done(&system->init);
        local_exit_init(&system->init, (pid_t)record->init_pid, record->init_start, take_fd(restoring.pidfd));
        return 0;
}
