#include "src/lib/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/system.h"
#include "hcs/schema/linux-names.h"
#include "oci/update.h"
#include "src/lib/compose.h"
#include "src/lib/exec.h"
#include "src/lib/handle.h"
#include "src/lib/notify.h"
#include "src/lib/record.h"

/* --- create ------------------------------------------------------------------------------------------------------------- */

/* mkdir is the claim: of two creators one wins. */
static int make_directory(const struct sandbox *sandbox, struct error *err)
{
        _cleanup_(free_charp) char *path = NULL;
        int r = path_join(sandbox->host->root, sandbox->id, &path, err);

        if (r < 0)
                return r;
        if (mkdir(path, 0700) == 0)
                return 0;
        if (errno == ENOENT) {
                r = io_make_directories(sandbox->host->root, 0700, err);
                if (r < 0)
                        return r;
                if (mkdir(path, 0700) == 0)
                        return 0;
        }
        if (errno == EEXIST)
                return error_set(err, E_ALREADY_EXISTS, "container \"%s\" already exists; choose another id, or delete it",
                                 sandbox->id);
        return error_errno(err, "making %s", path);
}

/* Ours, open and locked; or nothing is left of it. */
static int claim(struct sandbox *sandbox, struct error *err)
{
        _cleanup_(io_closep) int root = -1;
        int r = make_directory(sandbox, err);

        if (r < 0)
                return r;
        r = handle_open_directory(sandbox, err);
        if (r == 0)
                r = handle_lock(sandbox, err);
        if (r == 0)
                r = handle_check(sandbox, err);
        if (r == SANDBOX_NOT_FOUND)
                return error_set(err, E_NOT_FOUND, "container \"%s\" was deleted while it was being created", sandbox->id);
        if (r < 0) {
                root = open(sandbox->host->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
                (void)unlinkat(root, sandbox->id, AT_REMOVEDIR);
        }
        return r;
}

static int check_terminal(const struct spec_process *process, const struct hcs_streams *streams, struct error *err)
{
        if (process->terminal && streams->console < 0)
                return error_set(err, E_INVALID_PARAMETER, "process.terminal is true, so --console-socket must say who gets the "
                                 "terminal");
        if (!process->terminal && streams->console >= 0)
                return error_set(err, E_INVALID_PARAMETER, "--console-socket is given, but process.terminal is false");
        return 0;
}

static int write_record(const struct sandbox *sandbox, const struct composition *composition, struct error *err)
{
        const struct oci_config *config = composition->config;
        char now[40];
        struct sandbox_record record = {
                .state = { .oci_version = OCI_VERSION, .id = sandbox->id, .bundle = config->bundle,
                           .rootfs = config->rootfs ? config->rootfs : "/", .created = now,
                           .annotations = config->spec.annotations },
                .owner = geteuid(),
        };

        system_time(now);
        if (composition->from_host) {
                record.scratch = composition->host.scratch;
                record.scratch_kept = composition->host.scratch_is_kept;
                record.scratch_in_memory = composition->host.scratch_in_memory;
                record.reference = composition->host.reference;
                record.layer_references = composition->host.layer_references;
                record.way = composition->host.way;
        }
        return sandbox_record_write(sandbox->directory, &record, err);
}

static int bring_up(struct sandbox *sandbox, const struct composition *composition, const struct hcs_streams *streams,
                    struct error *err)
{
        int r;

        if (composition->from_host && composition->host.warning)
                log_warning(&sandbox->host->log, "%s", composition->host.warning);
        r = write_record(sandbox, composition, err);
        if (r >= 0 && composition->from_host)
                r = layer_host_make(&composition->host, err);
        if (r >= 0)
                r = hcs_system_create(&sandbox->host->client, sandbox->id, composition->document, &sandbox->system, err);
        if (r >= 0)
                r = hcs_system_start(sandbox->system, streams, err);
        if (r >= 0 && composition->from_host && composition->host.scratch_is_kept)
                r = layer_scratch_finish(composition->host.scratch, err);
        return r;
}

/* It runs, or has ended already: whoever waits has to know which one it was. */
static int take_restored(struct sandbox *sandbox, const struct composition *composition, struct error *err)
{
        _cleanup_(free_charp) char *parameters = NULL;
        int r = oci_compile_process(composition->config->spec.process, NULL, &parameters, err);

        return r < 0 ? r : hcs_process_create(sandbox->system, parameters, NULL, &sandbox->first, err);
}

static int drop(struct sandbox *sandbox, bool by_force, struct error *err);

/* Caller's; NULL when there is no memory. */
static char *notify_path(const struct sandbox_host *host, const char *id)
{
        struct text path = { 0 };

        text_addf(&path, "%s/%s/" NOTIFY_DIRECTORY, host->root, id);
        return path.failed ? NULL : path.data;
}

/* One of its own takes the kernel half a millisecond, in which there is enough else to do. */
static bool has_own_network(const struct spec *spec)
{
        const struct spec_namespace *network = spec_namespace_find(spec, SPEC_NAMESPACE_NETWORK);

        return network && !network->path && !spec_namespace_find(spec, SPEC_NAMESPACE_USER);
}

static int create(const struct sandbox_host *host, const struct sandbox_create *wanted, struct composition *composition,
                  struct hcs_streams *streams, struct sandbox **ret, struct error *err)
{
        _cleanup_(free_charp) char *notify = wanted->notify ? notify_path(host, wanted->id) : NULL;
        const struct oci_options options = { .no_pivot_root = wanted->no_pivot_root, .no_new_keyring = wanted->no_new_keyring,
                                             .listen_handles = wanted->listen_fds, .listen_names = wanted->listen_names,
                                             .notify_directory = notify, .cgroup_manager = wanted->cgroup_manager,
                                             .restore = wanted->restore };
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        struct error undoing = { 0 };
        int r;

        if (wanted->notify && !notify)
                return error_memory(err);
        r = composition_complete(composition, host, wanted->id, &options, err);
        if (r >= 0 && wanted->restore && composition->from_host)
                r = error_set(err, E_NOT_SUPPORTED, "a copy of this machine can't be restored; the bundle needs a root of its own "
                              "(root.path)");
        if (r >= 0 && composition->config->spec.process->terminal && streams->console < 0 && wanted->make_console)
                r = wanted->make_console(wanted->make_console_context, &streams->console, err);
        if (r >= 0)
                r = check_terminal(composition->config->spec.process, streams, err);
        if (r >= 0)
                r = handle_new(host, wanted->id, &sandbox, err);
        if (r >= 0)
                r = claim(sandbox, err);
        if (r < 0)
                return r;

        if (notify && mkdirat(sandbox->directory, NOTIFY_DIRECTORY, 0755) < 0)
                r = error_errno(err, "making %s", notify);
        if (r >= 0)
                r = bring_up(sandbox, composition, streams, err);
        if (r >= 0 && wanted->restore)
                r = take_restored(sandbox, composition, err);
        if (r < 0) {
                if (drop(sandbox, true, &undoing) < 0)
                        log_warning(&host->log, "undoing what was made of it: %s; `delete --force %s` tries again", undoing.text,
                                    wanted->id);
                return r;
        }
        handle_unlock(sandbox);
        *ret = take_ptr(sandbox);
        return 0;
}

int sandbox_create(const struct sandbox_host *host, const struct sandbox_create *wanted, struct sandbox **ret,
                   struct error *err)
{
        const struct composition_source source = { { wanted->bundle, wanted->config, wanted->annotations }, wanted->scratch,
                                                   wanted->scratch_size };
        _cleanup_(composition_done) struct composition composition = { 0 };
        struct hcs_streams streams = wanted->streams;
        int r;

        r = oci_check_id(wanted->id, err);
        if (r >= 0)
                r = composition_read(host, &source, &composition, err);
        if (r < 0)
                return r;
        if (!wanted->restore && has_own_network(&composition.config->spec))
                streams.network = hcs_network_begin(&host->client);
        r = create(host, wanted, &composition, &streams, ret, err);
        hcs_network_end(&host->client, streams.network);
        if (r < 0)
                return r;
        (*ret)->composition = composition;
        composition = (struct composition){ 0 };
        return 0;
}

/* --- start, pause, signal, wait ------------------------------------------------------------------------------------------ */

/* The create document of a sandbox, as the engine keeps it. */
static int read_document(const struct sandbox *sandbox, struct arena *arena, struct doc_system *ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct json_value *value;
        int r;

        r = io_read_file_at(sandbox->directory, "system.json", 64u << 20, &text, err);
        if (r >= 0)
                r = json_parse(arena, text.data ? text.data : "", text.length, "system.json", &value, err);
        if (r >= 0)
                r = json_read(arena, doc_system_fields, value, ret, "$", JSON_REFUSE_UNKNOWN, err);
        if (r < 0)
                return r;
        if (!ret->hosted_system || !ret->hosted_system->oci_specification || !ret->hosted_system->oci_specification->process)
                return error_set(err, E_INVALID_DATA, "the document of \"%s\" has no process", sandbox->id);
        return 0;
}

int sandbox_look(struct sandbox *sandbox, struct arena *arena, struct doc_system *ret_document, struct sandbox_record *ret_record,
                 struct error *err)
{
        int r = sandbox_record_read(sandbox->directory, arena, ret_record, err);

        if (r == SANDBOX_NO_RECORD)
                return error_set(err, E_INVALID_DATA, "container \"%s\" was never brought up; delete it", sandbox->id);
        return r < 0 ? r : read_document(sandbox, arena, ret_document, err);
}

int sandbox_own_process(struct sandbox *sandbox, struct arena *arena, struct spec_process *ret, struct error *err)
{
        struct doc_system document = { 0 };
        int r;

        if (sandbox->composition.config) {      /* no reading back of what we have written ourselves */
                *ret = *sandbox->composition.config->spec.process;
                return 0;
        }
        r = read_document(sandbox, arena, &document, err);
        if (r < 0)
                return r;
        *ret = *document.hosted_system->oci_specification->process;
        return 0;
}

/* Before the program writes to a kept scratch: its create may have been killed when all but this was done. */
static int finish_scratch(const struct doc_system *document, struct error *err)
{
        const struct doc_storage *storage = document->hosted_system->storage;
        const struct doc_scratch *scratch = storage ? storage->scratch : NULL;

        return scratch && scratch->keep ? layer_scratch_finish(scratch->path, err) : 0;
}

static int process_to_start(struct sandbox *sandbox, struct arena *arena, struct spec_process *ret, struct error *err)
{
        struct doc_system document = { 0 };
        int r;

        if (sandbox->composition.config)
                return sandbox_own_process(sandbox, arena, ret, err);
        r = read_document(sandbox, arena, &document, err);
        if (r >= 0)
                r = finish_scratch(&document, err);
        if (r < 0)
                return r;
        *ret = *document.hosted_system->oci_specification->process;
        return 0;
}

int sandbox_start(struct sandbox *sandbox, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(free_charp) char *parameters = NULL;
        _cleanup_(hcs_process_closep) struct hcs_process *first = NULL;
        struct spec_process process = { 0 };
        int r;

        r = handle_need_system(sandbox, err);
        if (r >= 0)
                r = process_to_start(sandbox, &arena, &process, err);
        if (r >= 0)
                r = oci_compile_process(&process, NULL, &parameters, err);
        if (r >= 0)
                r = handle_lock(sandbox, err);
        if (r < 0)
                return r;
        r = hcs_process_create(sandbox->system, parameters, NULL, &first, err);
        handle_unlock(sandbox);
        if (r >= 0 && !sandbox->first)          /* who waits already has a handle, which stays */
                sandbox->first = take_ptr(first);
        return r;
}

int sandbox_listen_ready(struct sandbox *sandbox, int *ret_fd, struct error *err)
{
        int r;

        *ret_fd = -1;
        r = notify_listen(sandbox->directory, ret_fd, err);
        return r < 0 ? r : 0;
}

int sandbox_save(struct sandbox *sandbox, const struct doc_save_options *options, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        int r = handle_need_system(sandbox, err);

        json_write(&text, doc_save_options_fields, options);
        if (r >= 0)
                r = text_check(&text, err);
        if (r >= 0)
                r = handle_lock(sandbox, err);
        if (r < 0)
                return r;
        r = hcs_system_save(sandbox->system, text.data, err);
        handle_unlock(sandbox);
        return r;
}

int sandbox_pause(struct sandbox *sandbox, bool pause, struct error *err)
{
        int r = handle_need_system(sandbox, err);

        if (r >= 0)
                r = handle_lock(sandbox, err);
        if (r < 0)
                return r;
        r = pause ? hcs_system_pause(sandbox->system, err) : hcs_system_resume(sandbox->system, err);
        handle_unlock(sandbox);
        return r;
}

/* Under the lock: of two changes neither may be laid over what the other has just replaced. */
static int update(struct sandbox *sandbox, const struct spec_resources *change, const struct spec_intel_rdt *rdt, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(free_charp) char *request = NULL;
        const struct log *log = &sandbox->host->log;
        struct doc_system document = { 0 };
        struct spec_resources merged;
        const struct spec_linux *linux_;
        int r;

        r = read_document(sandbox, &arena, &document, err);
        if (r < 0)
                return r;
        linux_ = document.hosted_system->oci_specification->linux_;
        r = oci_resources_merge(linux_ ? linux_->resources : NULL, change, log, &arena, &merged, err);
        if (r >= 0)
                r = oci_check_rdt_change(rdt, err);
        if (r >= 0)
                r = oci_compile_update(&merged, rdt, &request, err);
        return r < 0 ? r : hcs_system_modify(sandbox->system, request, err);
}

int sandbox_update(struct sandbox *sandbox, const struct spec_resources *change, const struct spec_intel_rdt *rdt, struct error *err)
{
        int r = handle_need_system(sandbox, err);

        if (r >= 0)
                r = handle_lock(sandbox, err);
        if (r < 0)
                return r;
        r = update(sandbox, change, rdt, err);
        handle_unlock(sandbox);
        return r;
}

/* The first process of a sandbox that somebody else may have created. */
static int open_first(struct sandbox *sandbox, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct doc_properties properties = { 0 };
        int r;

        if (sandbox->first)
                return 0;
        r = handle_open_system(sandbox, err);
        if (r == HCS_NOT_FOUND)
                return SANDBOX_NOT_RUNNING;
        if (r >= 0)
                r = hcs_system_properties(sandbox->system, false, &arena, &properties, err);
        if (r < 0)
                return r;
        if (properties.init_process_id == 0)
                return SANDBOX_NOT_RUNNING;
        r = hcs_process_open(sandbox->system, properties.init_process_id, &sandbox->first, err);
        return r == HCS_NOT_FOUND ? SANDBOX_NOT_RUNNING : r;
}

int sandbox_signal(struct sandbox *sandbox, int signal, bool all, struct error *err)
{
        int r = open_first(sandbox, err);

        if (r == 0)
                r = hcs_process_signal(sandbox->first, signal, all, err);
        return r == HCS_ALREADY_STOPPED ? SANDBOX_NOT_RUNNING : r;
}

int sandbox_signal_check(const char *word, struct error *err)
{
        if (linux_signal_number(word) >= 0)
                return 0;
        return error_set(err, E_INVALID_PARAMETER, "unknown signal \"%s\"; expected a number from 0 to 64 or a name such as TERM, "
                         "KILL, USR1, RTMIN+1", word);
}

int sandbox_signal_word(struct sandbox *sandbox, const char *word, bool all, struct error *err)
{
        int r = sandbox_signal_check(word, err);

        return r < 0 ? r : sandbox_signal(sandbox, linux_signal_number(word), all, err);
}

int sandbox_wait(struct sandbox *sandbox, uint32_t timeout_ms, int *ret_status, struct error *err)
{
        int r = open_first(sandbox, err);

        if (r == SANDBOX_NOT_RUNNING) {
                *ret_status = -1;
                return 0;
        }
        if (r == 0)
                r = hcs_process_wait(sandbox->first, timeout_ms, ret_status, err);
        sandbox->ended |= r == 0;
        return r == HCS_STILL_RUNNING ? SANDBOX_STILL_RUNNING : r;
}

int sandbox_on_exit(struct sandbox *sandbox, void (*fn)(void *context), void *context, struct error *err)
{
        int r = handle_need_system(sandbox, err);

        return r < 0 ? r : hcs_system_on_exit(sandbox->system, fn, context, err);
}

int sandbox_on_events(struct sandbox *sandbox, void (*on_exit)(void *context), void (*on_out_of_memory)(void *context), void *context,
                      struct error *err)
{
        int r = handle_need_system(sandbox, err);

        return r < 0 ? r : hcs_system_on_events(sandbox->system, on_exit, on_out_of_memory, context, err);
}

int sandbox_statistics(struct sandbox *sandbox, struct arena *arena, const struct statistics **ret, struct error *err)
{
        int r = handle_open_system(sandbox, err);

        if (r == HCS_NOT_FOUND)
                return SANDBOX_NOT_RUNNING;
        if (r >= 0)
                r = hcs_system_statistics(sandbox->system, arena, ret, err);
        if (r == HCS_E_SYSTEM_NOT_FOUND)        /* deleted meanwhile */
                return SANDBOX_NOT_RUNNING;
        return r < 0 || *ret ? r : SANDBOX_NOT_RUNNING;
}

/* --- state -------------------------------------------------------------------------------------------------------------- */

static int status_of(const struct sandbox *sandbox, const struct doc_properties *properties)
{
        if (!properties || text_equal(properties->state, "Created"))
                return handle_is_being_made(sandbox) ? OCI_CREATING : OCI_STOPPED;
        if (properties->stopped || properties->init_process_id == 0)
                return OCI_STOPPED;
        if (text_equal(properties->state, "Paused"))
                return OCI_PAUSED;
        return properties->init_state == DOC_INIT_WAITING ? OCI_CREATED : OCI_RUNNING;
}

int sandbox_state(struct sandbox *sandbox, struct arena *arena, struct oci_state *ret, struct error *err)
{
        struct doc_properties properties = { 0 };
        struct sandbox_record record = { 0 };
        bool known;
        int r;

        r = sandbox_record_read(sandbox->directory, arena, &record, err);
        if (r < 0)
                return r;
        if (r == SANDBOX_NO_RECORD) {
                r = handle_check(sandbox, err);
                if (r != 0)
                        return r < 0 ? r : sandbox_missing(sandbox->id, err);
                record.state = (struct oci_state){ .oci_version = OCI_VERSION, .id = sandbox->id, .bundle = "", .rootfs = "",
                                                   .created = "1970-01-01T00:00:00Z" };
        }
        r = handle_open_system(sandbox, err);
        known = r == 0;
        if (known)
                r = hcs_system_properties(sandbox->system, false, arena, &properties, err);
        if (r == HCS_E_SYSTEM_NOT_FOUND) {      /* deleted between the two calls */
                known = false;
                r = 0;
        }
        if (r < 0)
                return r;

        *ret = record.state;
        ret->status = status_of(sandbox, known ? &properties : NULL);
        ret->pid = ret->status == OCI_STOPPED ? 0 : properties.init_process_id;
        ret->owner = arena_printf(arena, "%u", record.owner);
        return ret->owner ? 0 : error_memory(err);
}

int sandbox_processes(struct sandbox *sandbox, struct arena *arena, struct uint32s *ret, struct error *err)
{
        struct doc_properties properties = { 0 };
        int r;

        *ret = (struct uint32s){ 0 };
        r = handle_open_system(sandbox, err);
        if (r == HCS_NOT_FOUND)
                return 0;
        if (r >= 0)
                r = hcs_system_properties(sandbox->system, true, arena, &properties, err);
        if (r < 0)
                return r;
        ret->items = arena_alloc_array(arena, properties.process_list.count + 1, sizeof(*ret->items));
        if (!ret->items)
                return error_memory(err);
        for (size_t i = 0; i < properties.process_list.count; i++)
                ret->items[ret->count++] = properties.process_list.items[i].process_id;
        return 0;
}

/* --- exec --------------------------------------------------------------------------------------------------------------- */

int sandbox_exec(struct sandbox *sandbox, const struct spec_process *process, const char *cgroup,
                 const struct hcs_streams *streams, struct hcs_process **ret, struct error *err)
{
        _cleanup_(free_charp) char *parameters = NULL;
        int r;

        r = check_terminal(process, streams, err);
        if (r >= 0 && cgroup)
                r = exec_check_group(cgroup, err);
        if (r >= 0)
                r = handle_need_system(sandbox, err);
        if (r >= 0)
                r = oci_compile_process(process, cgroup, &parameters, err);
        return r < 0 ? r : hcs_process_create(sandbox->system, parameters, streams, ret, err);
}

/* --- delete ------------------------------------------------------------------------------------------------------------- */

static int let_go(const struct sandbox *sandbox, const char *scratch, struct error *err)
{
        _cleanup_(free_charp) char *state = NULL;
        int r = path_join(sandbox->host->root, sandbox->id, &state, err);

        return r < 0 ? r : layer_scratch_release(scratch, state, err);
}

/* When nobody can read whether there was a scratch in memory, which would be in the way. */
static int unmount_unknown(const struct sandbox *sandbox, struct error *err)
{
        _cleanup_(text_done) struct text path = { 0 };
        int r;

        text_addf(&path, "%s/%s/" LAYER_SCRATCH_IN_MEMORY, sandbox->host->root, sandbox->id);
        r = text_check(&path, err);
        return r < 0 ? r : layer_scratch_unmount(path.data, err);
}

/* With its first process it has ended, as a pid namespace does, and no hook comes after that to look at what it left. */
static bool ends_at_once(const struct sandbox *sandbox)
{
        const struct spec *spec = sandbox->composition.config ? &sandbox->composition.config->spec : NULL;
        const struct spec_namespace *pid = spec ? spec_namespace_find(spec, SPEC_NAMESPACE_PID) : NULL;

        return pid && !pid->path && !(spec->hooks && spec->hooks->poststop.count);
}

/* When a handle of a system is closed nobody is called back any more. */
static void take_leave(struct sandbox *sandbox)
{
        if (sandbox->sure) {
                hcs_process_close(take_ptr(sandbox->first));
                hcs_system_close(take_ptr(sandbox->system));
        }
        layer_farewell_end(take_ptr(sandbox->farewell));
}

/* Undoes everything, in the order that lets an interrupted or failed undoing be taken up again: the record goes last.  By force a
 * record that nobody can read is no reason to keep it. */
static int drop(struct sandbox *sandbox, bool by_force, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(io_closep) int root = -1;
        struct sandbox_record record = { 0 };
        int r;

        if (sandbox->ended && !sandbox->sure && ends_at_once(sandbox))
                layer_farewell_begin(sandbox->farewell);
        r = handle_open_system(sandbox, err);
        if (r == 0)
                r = hcs_system_terminate(sandbox->system, err);
        if (r < 0)
                return r;       /* something lives still: what it stands on stays */
        r = sandbox_record_read(sandbox->directory, &arena, &record, err);
        if (r < 0 && !by_force)
                return r;
        if (r < 0) {
                log_warning(&sandbox->host->log, "%s; the scratch of \"%s\", if it had one on a disk, is still there", err->text,
                            sandbox->id);
                r = unmount_unknown(sandbox, err);
                if (r < 0)
                        return r;
        }
        r = 0;
        if (record.reference)
                r = layer_mask_release(record.reference, err);
        for (size_t i = 0; r >= 0 && i < record.layer_references.count; i++)
                r = layer_mask_release(record.layer_references.items[i], err);
        take_leave(sandbox);
        if (r >= 0 && record.scratch_in_memory)
                r = layer_scratch_unmount(record.scratch, err);
        if (r >= 0 && record.scratch)
                r = record.scratch_kept ? let_go(sandbox, record.scratch, err) : layer_scratch_remove(record.scratch, err);
        if (r < 0)
                return r;
        root = open(sandbox->host->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0)
                return error_errno(err, "opening %s", sandbox->host->root);
        (void)unlinkat(sandbox->directory, SANDBOX_RECORD_NAME, 0);     /* the last there is, mostly: then no tree is left */
        return io_remove_tree_at(root, sandbox->id, err);
}

void sandbox_foresee_end(struct sandbox *sandbox, bool sure)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct sandbox_record record = { 0 };
        struct error none = { .code = 0 };

        if (sandbox->farewell || sandbox_record_read(sandbox->directory, &arena, &record, &none) < 0 || !record.scratch ||
            record.scratch_kept || record.scratch_in_memory)
                return;
        sandbox->farewell = layer_farewell_new(record.scratch);
        sandbox->sure = sure && sandbox->farewell && ends_at_once(sandbox) &&
                        sandbox_on_exit(sandbox, layer_farewell_carry_out, sandbox->farewell, &none) >= 0;
}

static int check_deletable(struct sandbox *sandbox, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct oci_state state;
        int r = sandbox_state(sandbox, &arena, &state, err);

        if (r < 0)
                return r;
        if (state.status == OCI_RUNNING || state.status == OCI_PAUSED)
                return error_set(err, HCS_E_INVALID_STATE, "container \"%s\" is %s; stop it first, or delete it with --force",
                                 sandbox->id, oci_status_word(state.status));
        return 0;
}

int sandbox_delete(struct sandbox *sandbox, bool force, struct error *err)
{
        struct error ignored = { 0 };
        int r;

        if (force) {
                /* A call that hangs in a hook or in the program's way holds the lock: this ends it. */
                r = handle_open_system(sandbox, &ignored);
                if (r == 0)
                        (void)sandbox_signal(sandbox, 9, false, &ignored);
        }
        r = handle_lock(sandbox, err);
        if (r < 0)
                return r;
        r = handle_check(sandbox, err);
        if (r == 0 && !force)
                r = check_deletable(sandbox, err);
        if (r == 0)
                r = drop(sandbox, force, err);
        handle_unlock(sandbox);
        return r == SANDBOX_NOT_FOUND ? 0 : r;
}
