/* Sandboxes on Windows: what src/lib/sandbox.h promises, by the monitor (monitor.h), its word (status.h) and the service. */
#include "src/lib/sandbox.h"

#include <stdio.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/system.h"
#include "hcs/base/windows.h"
#include "hcs/schema/linux-names.h"
#include "oci/windows/id.h"
#include "oci/windows/signal.h"
#include "src/lib/record.h"
#include "src/lib/windows/channel.h"
#include "src/lib/windows/handle.h"
#include "src/lib/windows/hooks.h"
#include "src/lib/windows/layer-call.h"
#include "src/lib/windows/monitor.h"
#include "src/lib/windows/plan.h"
#include "src/lib/windows/pod.h"
#include "src/lib/windows/removal.h"
#include "src/lib/windows/signal.h"
#include "src/lib/windows/status.h"
#include "src/lib/windows/storage.h"

/* --- create -------------------------------------------------------------------------------------------------------------- */

static int write_record(const struct sandbox *sandbox, const struct winplan *plan, struct error *err)
{
        const struct spec *spec = &plan->config->spec;
        _cleanup_(text_done) struct text text = { 0 };
        char now[40];
        struct sandbox_record record = {
                .state = { .oci_version = OCI_VERSION, .id = sandbox->id, .bundle = plan->config->bundle,
                           .rootfs = spec->root && spec->root->path ? spec->root->path : "", .created = now,
                           .annotations = spec->annotations },
        };

        system_time(now);
        if (sandbox_record_print(&record, &text, err) < 0)
                return err->code;
        return place_write(&sandbox->place, SANDBOX_RECORD_NAME, &text, err);
}

static int copy_config(const struct sandbox *sandbox, const char *bundle, struct error *err)
{
        _cleanup_(free_charp) char *path = NULL;
        _cleanup_(text_done) struct text text = { 0 };
        int r = path_join(bundle, "config.json", &path, err);

        if (r >= 0)
                r = io_read_file(path, OCI_CONFIG_MAX, &text, err);
        return r < 0 ? r : place_write(&sandbox->place, PLACE_CONFIG, &text, err);
}

/* Of two creators one makes the directory; what it holds says all that is needed to undo it before anything is made. */
static int claim(struct sandbox *sandbox, struct winplan *plan, struct error *err)
{
        int r = place_make(&sandbox->place, sandbox->host->root, err);

        if (r == PLACE_BUSY)
                return error_set(err, E_ALREADY_EXISTS, "container \"%s\" already exists; choose another id, or delete it", sandbox->id);
        if (r >= 0)
                r = winsandbox_lock(sandbox, err);
        if (r >= 0)
                r = copy_config(sandbox, plan->config->bundle, err);
        if (r >= 0)
                r = pod_settle(sandbox->host, plan, &sandbox->place, err);
        return r < 0 ? r : write_record(sandbox, plan, err);
}

int sandbox_create(const struct sandbox_host *host, const struct sandbox_create *wanted, struct sandbox **ret, struct error *err)
{
        const int streams[3] = { wanted->streams.in, wanted->streams.out, wanted->streams.err };
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        struct error undoing = { 0 };
        const struct oci_source source = { wanted->bundle, NULL, wanted->annotations };
        int r = oci_windows_check_id(wanted->id, err);

        if (wanted->no_pivot_root || wanted->no_new_keyring || wanted->streams.handle_count)
                return error_set(err, E_NOT_SUPPORTED, "--no-pivot, --no-new-keyring and --preserve-fds are for Linux alone");
        if (wanted->scratch)
                return error_set(err, E_NOT_SUPPORTED, "--scratch: on Windows a kept scratch has no name; set the annotation "
                                 "org.hcs-sandbox.scratch to a folder");
        if (wanted->scratch_size)
                return error_set(err, E_NOT_SUPPORTED, "--scratch-size: on Windows the annotation org.hcs-sandbox.scratch.size says it");
        if (r >= 0)
                r = winsandbox_new(host, wanted->id, &sandbox, err);
        if (r >= 0)
                r = winplan_of_bundle(sandbox->host, &source, wanted->id, &plan, err);
        if (r < 0)
                return r;
        r = claim(sandbox, &plan, err);
        if (r == E_ALREADY_EXISTS)
                return r;
        if (r >= 0)
                r = monitor_spawn(host, wanted->id, streams, err);
        if (r == HCS_E_OPERATION_TIMEOUT)       /* it may yet do what it was asked for: what is to be undone has to stay written down */
                return error_wrap(err, "`delete --force %s` undoes what was made", wanted->id);
        if (r < 0) {
                if (winsandbox_undo(sandbox, &undoing) < 0)
                        log_warning(&host->log, "undoing what was made of it: %s; `delete --force %s` tries again", undoing.text,
                                    wanted->id);
                return r;
        }
        winsandbox_unlock(sandbox);
        *ret = take_ptr(sandbox);
        return 0;
}

/* --- start, pause, signal, wait ------------------------------------------------------------------------------------------ */

/* Since 1.3 one that fails stops the container. */
static int run_poststart(struct sandbox *sandbox, const struct win_status *status, struct error *err)
{
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        struct winhook_state state = { .id = sandbox->id, .status = "running", .pid = status->monitor, .log = &sandbox->host->log };
        struct error failed = { 0 };
        int r = winsandbox_plan(sandbox, &plan, err);

        if (r < 0 || !plan.config->spec.hooks)
                return r;
        state.config = plan.config;
        r = winhooks_run(&plan.config->spec.hooks->poststart, "poststart", &state, err);
        if (r < 0 && sandbox_signal_word(sandbox, "KILL", false, &failed) < 0)
                log_warning(&sandbox->host->log, "ending \"%s\": %s", sandbox->id, failed.text);
        return r;
}

int sandbox_start(struct sandbox *sandbox, struct error *err)
{
        struct channel_slow slow = { &sandbox->host->log, sandbox->id };
        struct win_status status;
        int r = winsandbox_lock(sandbox, err);

        if (r < 0)
                return r;
        r = win_status_read(&sandbox->place, &status, err);
        if (r >= 0 && status.state != WIN_STATUS_CREATED)
                r = error_set(err, HCS_E_INVALID_STATE, "container \"%s\" is %s: only one that was created and not started can be started",
                              sandbox->id, status.state == WIN_STATUS_RUNNING ? "running" : "stopped");
        if (r >= 0)
                r = channel_ask(&sandbox->place, &slow, err);
        if (r >= 0)
                r = run_poststart(sandbox, &status, err);
        winsandbox_unlock(sandbox);
        return r;
}

/* A container in a machine of its own stands still when that does. */
static int open_what_pauses(struct sandbox *sandbox, const struct win_status *status, struct hcs_system **ret, struct error *err)
{
        int r = sandbox_host_need_compute(sandbox->host, err);

        if (r >= 0)
                r = *status->pauses ? hcs_system_open(&sandbox->host->client, status->pauses, ret, err) : HCS_NOT_FOUND;
        return r == HCS_NOT_FOUND ? error_set(err, E_NOT_FOUND, "container not running: \"%s\"", sandbox->id) : r;
}

int sandbox_pause(struct sandbox *sandbox, bool pause, struct error *err)
{
        struct hcs_system *system = NULL;
        struct win_status status;
        int r = winsandbox_lock(sandbox, err);

        if (r >= 0)
                r = win_status_read(&sandbox->place, &status, err);
        if (r >= 0)
                r = open_what_pauses(sandbox, &status, &system, err);
        if (r >= 0)
                r = pause ? hcs_system_pause(system, err) : hcs_system_resume(system, err);
        hcs_system_close(system);
        winsandbox_unlock(sandbox);
        return r;
}

/* A Linux guest's signals, or Windows' own. */
int sandbox_signal_check(const char *word, struct error *err)
{
        struct win_signal wanted = { 0 };

        return linux_signal_number(word) >= 0 ? 0 : oci_windows_signal(word, &wanted.signal, err);
}

static int signal_first(struct sandbox *sandbox, uint32_t id, const char *document, struct error *err)
{
        _cleanup_(hcs_process_closep) struct hcs_process *process = NULL;
        int r = hcs_process_open(sandbox->system, id, &process, err);

        if (r == HCS_NOT_FOUND)
                return SANDBOX_NOT_RUNNING;
        if (r >= 0)
                r = document ? hcs_process_signal_document(process, document, err) : hcs_process_terminate(process, err);
        return r == HCS_ALREADY_STOPPED ? SANDBOX_NOT_RUNNING : r;
}

/* A place without a program, or a machine that is its own: it can be ended, or asked to end. */
static int signal_system(struct sandbox *sandbox, bool kill, struct error *err)
{
        int r = kill ? hcs_system_terminate(sandbox->system, err) : hcs_system_shut_down(sandbox->system, err);

        return r == HCS_ALREADY_STOPPED ? SANDBOX_NOT_RUNNING : r;
}

int sandbox_signal_word(struct sandbox *sandbox, const char *word, bool all, struct error *err)
{
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        _cleanup_(free_charp) char *document = NULL;
        struct win_status status;
        int r = win_status_read(&sandbox->place, &status, err);

        if (r >= 0)
                r = winsandbox_plan(sandbox, &plan, err);
        if (r >= 0)
                r = winsignal_document(&plan, word, &document, err);
        if (r < 0)
                return r;
        if (status.state == WIN_STATUS_STOPPED)
                return SANDBOX_NOT_RUNNING;
        r = winsandbox_open_system(sandbox, err);
        if (r == HCS_NOT_FOUND)
                return SANDBOX_NOT_RUNNING;
        if (r < 0)
                return r;
        if (!status.process || (all && !document))
                return signal_system(sandbox, !document, err);
        return signal_first(sandbox, status.process, document, err);
}

int sandbox_signal(struct sandbox *sandbox, int signal, bool all, struct error *err)
{
        char number[16];

        (void)snprintf(number, sizeof(number), "%d", signal);
        return sandbox_signal_word(sandbox, number, all, err);
}

int sandbox_wait(struct sandbox *sandbox, uint32_t timeout_ms, int *ret_status, struct error *err)
{
        uint64_t end = system_now_ms() + timeout_ms;
        uint32_t pause = 5;
        struct win_status status;

        for (;;) {
                int r = win_status_read(&sandbox->place, &status, err);

                if (r < 0)
                        return r;
                if (status.state == WIN_STATUS_STOPPED) {
                        *ret_status = status.exit_code;
                        return 0;
                }
                if (timeout_ms != INFINITE && system_now_ms() >= end)
                        return SANDBOX_STILL_RUNNING;
                system_sleep_ms(pause);
                pause = pause < 40 ? pause * 2 : 50;
        }
}

/* --- state --------------------------------------------------------------------------------------------------------------- */

/* Only the service knows.  When it does not say, our word stands, with a warning. */
static bool is_paused(struct sandbox *sandbox, const struct win_status *status)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct doc_properties properties = { 0 };
        struct hcs_system *system = NULL;
        struct error failed = { 0 };
        int r = open_what_pauses(sandbox, status, &system, &failed);

        if (r >= 0)
                r = hcs_system_properties(system, false, &arena, &properties, &failed);
        if (r < 0 && r != E_NOT_FOUND)
                log_warning(&sandbox->host->log, "whether \"%s\" is paused is not known: %s", sandbox->id, failed.text);
        hcs_system_close(system);
        return r >= 0 && text_equal(properties.state, "Paused");
}

int sandbox_state(struct sandbox *sandbox, struct arena *arena, struct oci_state *ret, struct error *err)
{
        static const int words[] = { [WIN_STATUS_CREATING] = OCI_CREATING, [WIN_STATUS_CREATED] = OCI_CREATED,
                                     [WIN_STATUS_RUNNING] = OCI_RUNNING, [WIN_STATUS_STOPPED] = OCI_STOPPED };
        struct sandbox_record record = { 0 };
        struct win_status status;
        int r = winsandbox_record(sandbox, arena, &record, err);

        if (r == SANDBOX_NO_RECORD && !place_is_there(&sandbox->place))
                return sandbox_missing(sandbox->id, err);
        if (r == SANDBOX_NO_RECORD)
                record.state = (struct oci_state){ .oci_version = OCI_VERSION, .id = sandbox->id, .bundle = "", .rootfs = "",
                                                   .created = "1970-01-01T00:00:00Z" };
        if (r >= 0)
                r = win_status_read(&sandbox->place, &status, err);
        if (r < 0)
                return r;
        *ret = record.state;
        ret->status = words[status.state];
        if (ret->status == OCI_RUNNING && is_paused(sandbox, &status))
                ret->status = OCI_PAUSED;
        ret->pid = ret->status == OCI_STOPPED ? 0 : status.monitor;
        ret->owner = arena_printf(arena, "%u", record.owner);
        return ret->owner ? 0 : error_memory(err);
}

int sandbox_processes(struct sandbox *sandbox, struct arena *arena, struct uint32s *ret, struct error *err)
{
        struct doc_properties properties = { 0 };
        int r = winsandbox_open_system(sandbox, err);

        *ret = (struct uint32s){ 0 };
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

/* --- documents ----------------------------------------------------------------------------------------------------------- */

int sandbox_document(const struct sandbox_host *host, const struct oci_source *source, char **ret, struct error *err)
{
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        _cleanup_(free_charp) char *compact = NULL;
        _cleanup_(text_done) struct text out = { 0 };
        int r = winplan_of_bundle((struct sandbox_host *)(uintptr_t)host, source, "ID", &plan, err);

        if (r >= 0)
                r = winplan_print(oci_windows_documents_fields, &plan.documents, &compact, err);
        if (r >= 0)
                r = json_indent(&out, compact, err);
        if (r < 0)
                return r;
        text_add_char(&out, '\n');
        return text_take(&out, ret, err);
}

/* --- what it changed ------------------------------------------------------------------------------------------------------- */

static int check_exportable(const struct sandbox *sandbox, const struct winplan *plan, struct error *err)
{
        struct win_status status = { 0 };
        int r = win_status_read(&sandbox->place, &status, err);

        if (r < 0)
                return r;
        if (plan->documents.kind != OCI_WINDOWS_PROCESS)
                return error_set(err, E_NOT_SUPPORTED, "container \"%s\" has a machine of its own, which alone understands its scratch",
                                 sandbox->id);
        if (status.state != WIN_STATUS_STOPPED)
                return error_set(err, HCS_E_INVALID_STATE,
                                 "container \"%s\" is %s, and its scratch is in use: end it first (kill %s KILL)", sandbox->id,
                                 status.state == WIN_STATUS_RUNNING ? "running" : "waiting for its start", sandbox->id);
        return 0;
}

static int export_scratch(struct sandbox *sandbox, const struct winplan *plan, const char *folder, struct arena *arena,
                          struct strings *ret_beneath, struct error *err)
{
        _cleanup_(storage_done) struct storage storage = { .host = sandbox->host };
        const struct win_layer_data *beneath = NULL;
        struct error undoing = { 0 };
        int r = storage_mount(&storage, &plan->documents, &beneath, err);

        if (r >= 0)
                r = layer_call_export(sandbox->host, storage.volume, folder, beneath, true, err);
        if (storage_unmount(&storage, &plan->documents, &undoing) < 0 && r >= 0) {
                *err = undoing;
                r = undoing.code;
        }
        if (r < 0)
                return r;
        ret_beneath->items = arena_alloc_array(arena, beneath->layers.count + 1, sizeof(*ret_beneath->items));
        for (size_t i = 0; ret_beneath->items && i < beneath->layers.count; i++) {
                ret_beneath->items[i] = arena_copy(arena, beneath->layers.items[i].path);
                if (!ret_beneath->items[i])
                        return error_memory(err);
                ret_beneath->count++;
        }
        return ret_beneath->items ? 0 : error_memory(err);
}

int sandbox_export(struct sandbox *sandbox, const char *folder, struct arena *arena, struct strings *ret_beneath, struct error *err)
{
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        _cleanup_(place_unlockp) void *monitor = NULL;
        int r = layer_call_take_rights(err);

        *ret_beneath = (struct strings){ .count = 0 };
        if (r >= 0)
                r = winsandbox_lock(sandbox, err);
        if (r >= 0)
                r = winsandbox_plan(sandbox, &plan, err);
        if (r >= 0)
                r = check_exportable(sandbox, &plan, err);
        if (r >= 0)             /* it may yet be taking the scratch off the host */
                r = place_lock(&sandbox->place, PLACE_MONITOR, winsandbox_deadline(sandbox, MONITOR_MS), &monitor, err);
        if (r == PLACE_BUSY)
                r = error_set(err, E_BUSY, "the monitor of \"%s\" has not ended yet, and has its scratch", sandbox->id);
        if (r >= 0)
                r = export_scratch(sandbox, &plan, folder, arena, ret_beneath, err);
        winsandbox_unlock(sandbox);
        return r;
}

/* --- delete -------------------------------------------------------------------------------------------------------------- */

/* Its storage can't be taken apart before the service has let go of it. */
void sandbox_foresee_end(struct sandbox *sandbox, bool sure)
{
        (void)sandbox;
        (void)sure;
}

int sandbox_delete(struct sandbox *sandbox, bool force, struct error *err)
{
        struct win_status status;
        int r = winsandbox_lock(sandbox, err);

        if (r >= 0 && !force) {
                r = win_status_read(&sandbox->place, &status, err);
                if (r >= 0 && status.state == WIN_STATUS_RUNNING)
                        r = error_set(err, HCS_E_INVALID_STATE, "container \"%s\" is running; stop it first, or delete it with --force",
                                      sandbox->id);
        }
        if (r >= 0)
                r = winsandbox_undo(sandbox, err);
        winsandbox_unlock(sandbox);
        return r;
}
