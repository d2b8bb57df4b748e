/* The state of a running system, written to files by CRIU.  While it writes, all of the system stands still; when it fails, all runs
 * on; when it succeeds, the processes are gone, unless they were to stay. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/cgroup-kinds.h"
#include "hcs/local/criu-image.h"
#include "hcs/local/engine.h"

#define LOG_NAME "dump.log"

static int parse_options(struct arena *arena, const char *text, struct doc_save_options *ret, struct error *err)
{
        struct json_value *value;
        int r;

        r = json_parse(arena, text, strlen(text), "the save options", &value, err);
        if (r >= 0)
                r = json_read(arena, doc_save_options_fields, value, ret, "$", JSON_REFUSE_UNKNOWN, err);
        if (r >= 0 && ret->save_type != DOC_SAVE_TO_FILE)
                r = error_set(err, E_NOT_SUPPORTED, "$.SaveType: this engine makes no templates; expected ToFile");
        return r;
}

static int check_state(struct hcs_system_object *system, struct arena *arena, const struct local_record *record, bool *ret_paused,
                       struct error *err)
{
        enum local_state state;
        int r = local_state_find(system, arena, record, &state, err);

        if (r < 0)
                return r;
        *ret_paused = state == LOCAL_PAUSED;
        if (state == LOCAL_STOPPED || state == LOCAL_CREATED)
                return error_set(err, HCS_E_SYSTEM_ALREADY_STOPPED, "container not running");
        if (state == LOCAL_WAITING)
                return error_set(err, HCS_E_INVALID_STATE, "container is created, and has nothing to save yet; start it first");
        if (record->paused_by_signal)
                return error_set(err, HCS_E_INVALID_STATE, "container is paused by signals, which would be saved too; resume it first");
        return 0;
}

/* The files must be there again when it is restored: those of a copy of this machine are its own, and go with it. */
static int check_storage(const struct doc_hosted_system *hosted, struct error *err)
{
        if (geteuid() != 0)
                return error_set(err, E_ACCESS, "only root can save and restore processes");
        if (!hosted->storage || !hosted->storage->path)
                return error_set(err, E_NOT_SUPPORTED, "a copy of this machine can't be saved: what it changed goes with it, and what it "
                                 "sees goes on changing; only a sandbox with a root of its own (root.path) can");
        if (!spec_namespace_find(hosted->oci_specification, SPEC_NAMESPACE_MOUNT))
                return error_set(err, E_NOT_SUPPORTED, "a sandbox without a mount namespace can't be saved: its root is mounted nowhere, "
                                 "where CRIU would look for it; only one with {\"type\": \"mount\"} in linux.namespaces can");
        return 0;
}

/* The directory of the group's freezer, if it has one: then all processes stand still at once. */
static void add_freezer(const struct cgroup *group, struct text *out)
{
        const struct cgroup_tree *tree = group->tree;
        char path[CGROUP_PATH_MAX];

        if (!group->path || group->freezer_only_by_signal)
                return;
        cgroup_directory(tree->version == CGROUP_V2 ? tree->unified : tree->mount[CGROUP_FREEZER], group->path, path);
        criu_add_text(out, CRIU_FREEZE_CGROUP, path);
}

static int add_parent(const struct doc_save_options *options, int image, struct text *out, struct error *err)
{
        _cleanup_(io_closep) int parent = -1;

        if (options->parent_path || options->pre_dump)
                criu_add_number(out, CRIU_TRACK_MEM, 1);
        if (!options->parent_path)
                return 0;
        if (*options->parent_path == '/')
                return error_set(err, E_INVALID_PARAMETER, "the parent image: found \"%s\"; expected a path as seen from the image, such "
                                 "as ../first", options->parent_path);
        parent = openat(image, options->parent_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (parent < 0)
                return error_errno(err, "the parent image %s, seen from %s", options->parent_path, options->save_state_file_path);
        criu_add_text(out, CRIU_PARENT_IMG, options->parent_path);
        return 0;
}

/* All that is said, and what is to be remembered of the streams. */
static int compose(struct arena *arena, const struct local_record *record, const struct doc_hosted_system *hosted,
                   const struct doc_save_options *options, const struct cgroup *group, int image, struct text *out,
                   struct text *streams, struct error *err)
{
        const struct spec *spec = hosted->oci_specification;
        pid_t pid = (pid_t)record->init_pid;
        int r;

        criu_add_number(out, CRIU_PID, record->init_pid);
        criu_add_text(out, CRIU_LOG_FILE, LOG_NAME);
        criu_add_text(out, CRIU_ROOT, hosted->storage->path);
        if (options->leave_running)
                criu_add_number(out, CRIU_LEAVE_RUNNING, 1);
        criu_add_settings(out, &options->settings, spec);
        add_freezer(group, out);
        r = add_parent(options, image, out, err);
        if (r >= 0 && !options->pre_dump)
                r = criu_add_saved_mounts(arena, pid, spec, out, err);
        if (r >= 0)
                r = criu_add_saved_namespaces(pid, spec, out, err);
        if (r >= 0)
                r = criu_add_saved_streams(arena, pid, out, streams, err);
        return r < 0 ? r : text_check(out, err);
}

/* One request to a criu of its own, from beginning to end. */
static int ask(const char *program, enum criu_request type, const struct doc_save_options *wishes, const struct text *options,
               struct criu_answer *ret, struct error *err)
{
        const char *image = wishes ? wishes->save_state_file_path : NULL, *work = wishes ? wishes->settings.work_path : NULL;
        const struct criu_launch launch = { .streams = { -1, -1, -1 }, .image = image, .work = work ? work : image };
        _cleanup_(criu_end) struct criu criu = CRIU_NONE;
        _cleanup_(text_done) struct text request = { 0 };
        int r = criu_launch(&criu, program, &launch, err);

        if (r < 0)
                return r;
        criu_request_write(&request, type, options);
        r = criu_begin(&criu, &request, err);
        return r < 0 ? r : criu_hear(&criu, NULL, NULL, ret, err);
}

static int check_memory_tracking(const char *program, const struct doc_save_options *options, struct error *err)
{
        struct criu_answer answer;
        int r;

        if (!options->pre_dump && !options->parent_path)
                return 0;
        r = ask(program, CRIU_FEATURE_CHECK, NULL, NULL, &answer, err);
        if (r < 0 || answer.tracks_memory)
                return r < 0 ? error_wrap(err, "asking criu what it can do") : 0;
        return error_set(err, E_NOT_SUPPORTED, "this kernel does not track which memory was written (CONFIG_MEM_SOFT_DIRTY), so that "
                         "images can't build on each other; save without --pre-dump and --parent-path");
}

/* A criu that was killed leaves the group frozen. */
static void thaw(const struct cgroup *group, bool paused)
{
        struct error ignored = { 0 };
        bool frozen = false;

        if (!paused && group->path && !group->freezer_only_by_signal && cgroup_is_frozen(group, &frozen, &ignored) >= 0 && frozen)
                (void)cgroup_freeze(group, false, &ignored);
}

static int save(struct hcs_system_object *system, struct arena *arena, const struct local_record *record,
                const struct doc_save_options *options, bool paused, struct error *err)
{
        _cleanup_(criu_directories_done) struct criu_directories directories = CRIU_DIRECTORIES_NONE;
        _cleanup_(text_done) struct text out = { 0 }, streams = { 0 };
        const struct doc_system *document;
        struct criu_answer answer;
        struct cgroup_tree tree;
        struct cgroup group;
        const char *program;
        int r;

        r = local_system_document(system, &document, err);
        if (r >= 0)
                r = check_storage(document->hosted_system, err);
        if (r >= 0)
                r = criu_find(arena, &program, err);
        if (r >= 0)
                r = local_cgroup_of(arena, record, &tree, &group, err);
        if (r >= 0)
                r = check_memory_tracking(program, options, err);
        if (r >= 0)
                r = criu_open_directories(options->save_state_file_path, options->settings.work_path, true, &directories, &out, err);
        if (r >= 0)
                r = compose(arena, record, document->hosted_system, options, &group, directories.image, &out, &streams, err);
        if (r < 0)
                return r;

        /* What may lie there from before is no image from here on. */
        (void)unlinkat(directories.image, CRIU_STREAMS_FILE, 0);
        r = ask(program, options->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP, options, &out, &answer, err);
        if (r < 0) {
                thaw(&group, paused);
                criu_add_log(directories.log_path, LOG_NAME, err);
                return error_wrap(err, "saving to %s (what lies there now is no whole image)", options->save_state_file_path);
        }
        return options->pre_dump ? 0 : io_replace_at(directories.image, CRIU_STREAMS_FILE, streams.data, streams.length, 0600, err);
}

int local_system_save(struct hcs_system_object *system, const char *text, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct doc_save_options options = { 0 };
        struct local_record record;
        bool paused;
        int r;

        r = parse_options(&arena, text, &options, err);
        if (r >= 0)
                r = local_record_read(system->directory, &arena, &record, err);
        if (r != 0)
                return r < 0 ? r : error_set(err, HCS_E_SYSTEM_NOT_FOUND, "system \"%s\" does not exist", system->id);
        r = check_state(system, &arena, &record, &paused, err);
        return r < 0 ? r : save(system, &arena, &record, &options, paused, err);
}
