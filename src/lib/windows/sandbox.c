/* Sandboxes on Windows: what src/lib/sandbox.h promises, by the monitor (monitor.h), its word (status.h) and the service. */
#include "src/lib/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/system.h"
#include "hcs/base/windows.h"
#include "hcs/schema/linux-names.h"
#include "oci/windows/id.h"
#include "oci/windows/signal.h"
#include "src/lib/record.h"
#include "src/lib/windows/channel.h"
#include "src/lib/windows/console.h"
#include "src/lib/windows/credential.h"
#include "src/lib/windows/exec.h"
#include "src/lib/windows/hooks.h"
#include "src/lib/windows/layer-call.h"
#include "src/lib/windows/monitor.h"
#include "src/lib/windows/plan.h"
#include "src/lib/windows/pod.h"
#include "src/lib/windows/status.h"
#include "src/lib/windows/storage.h"
#include "src/lib/windows/network.h"
#include "src/lib/windows/owner.h"

#define LOCK_MS 10000                   /* how long a call waits for another one to end */
#define SLOW_MS 3000                    /* from here on it is said what is waited for */
#define LOOK_MS 500                     /* how often it is looked whether the monitor has gone */
#define MONITOR_MS 20000                /* how long a delete waits for the monitor to take the sandbox off the host */

struct sandbox {
        struct sandbox_host *host;
        char *id;
        struct place place;
        void *lock;
        struct hcs_system *system;      /* NULL until asked for; stays */
};

/* --- handles ------------------------------------------------------------------------------------------------------------- */

static int handle_new(const struct sandbox_host *host, const char *id, struct sandbox **ret, struct error *err)
{
        _cleanup_(sandbox_closep) struct sandbox *sandbox = calloc(1, sizeof(*sandbox));
        int r;

        if (!sandbox)
                return error_memory(err);
        sandbox->host = (struct sandbox_host *)(uintptr_t)host;        /* its table fills as it is needed */
        sandbox->id = strdup(id);
        if (!sandbox->id)
                return error_memory(err);
        r = place_init(&sandbox->place, host->root, id, err);
        if (r < 0)
                return r;
        *ret = take_ptr(sandbox);
        return 0;
}

void sandbox_close(struct sandbox *sandbox)
{
        if (!sandbox)
                return;
        hcs_system_close(sandbox->system);
        place_unlock(sandbox->lock);
        place_done(&sandbox->place);
        free(sandbox->id);
        free(sandbox);
}

void sandbox_closep(struct sandbox **sandbox)
{
        sandbox_close(*sandbox);
}

const char *sandbox_id(const struct sandbox *sandbox)
{
        return sandbox->id;
}

int sandbox_missing(const char *id, struct error *err)
{
        return error_set(err, E_NOT_FOUND, "container \"%s\" does not exist", id);
}

static int read_record(const struct sandbox *sandbox, struct arena *arena, struct sandbox_record *ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        int r = place_read(&sandbox->place, SANDBOX_RECORD_NAME, &text, err);

        if (r == PLACE_ABSENT)
                return SANDBOX_NO_RECORD;
        return r < 0 ? r : sandbox_record_parse(&text, arena, ret, err);
}

/* Windows takes "Demo" and "demo" for one directory; the service takes them for two systems.  One without
 * a record is being made or undone, and whose it is does not matter. */
static bool has_other_id(const struct sandbox *sandbox)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct sandbox_record record = { 0 };
        struct error unreadable = { 0 };

        return read_record(sandbox, &arena, &record, &unreadable) == 0 && strcmp(record.state.id, sandbox->id) != 0;
}

int sandbox_open(const struct sandbox_host *host, const char *id, struct sandbox **ret, struct error *err)
{
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        int r = oci_windows_check_id(id, err);

        if (r >= 0)
                r = handle_new(host, id, &sandbox, err);
        if (r < 0)
                return r;
        if (!place_is_there(&sandbox->place))
                return SANDBOX_NOT_FOUND;
        r = owner_check(sandbox->place.path, err);
        if (r < 0 || has_other_id(sandbox))
                return r < 0 ? r : SANDBOX_NOT_FOUND;
        *ret = take_ptr(sandbox);
        return 0;
}

/* --timeout, or what is usual. */
static uint32_t deadline(const struct sandbox *sandbox, uint32_t usual_ms)
{
        return sandbox->host->client.deadline_ms ? sandbox->host->client.deadline_ms : usual_ms;
}

static int lock(struct sandbox *sandbox, struct error *err)
{
        uint32_t all = deadline(sandbox, LOCK_MS), first = all < SLOW_MS ? all : SLOW_MS;
        int r = place_lock(&sandbox->place, PLACE_LOCK, first, &sandbox->lock, err);

        if (r == PLACE_BUSY && all > first) {
                log_warning(&sandbox->host->log, "%s: still waiting for another call that is at work on it, for %u s at most", sandbox->id,
                            (all - first) / 1000);
                r = place_lock(&sandbox->place, PLACE_LOCK, all - first, &sandbox->lock, err);
        }
        return r == PLACE_BUSY ? error_set(err, E_BUSY, "another call has been at work on container \"%s\" for more than %u s; end that "
                                           "one, then try again", sandbox->id, all / 1000) : r;
}

static void unlock(struct sandbox *sandbox)
{
        place_unlock(take_ptr(sandbox->lock));
}

/* The engine's handle; HCS_NOT_FOUND when the service knows nothing. */
static int open_system(struct sandbox *sandbox, struct error *err)
{
        int r = sandbox->system ? 0 : sandbox_host_need_compute(sandbox->host, err);

        return r < 0 || sandbox->system ? r : hcs_system_open(&sandbox->host->client, sandbox->id, &sandbox->system, err);
}

static int need_system(struct sandbox *sandbox, struct error *err)
{
        int r = open_system(sandbox, err);

        return r == HCS_NOT_FOUND ? error_set(err, E_NOT_FOUND, "container not running: \"%s\"", sandbox->id) : r;
}

/* The sandbox's documents, composed again. */
static int read_plan(const struct sandbox *sandbox, struct winplan *ret, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct sandbox_record record = { 0 };
        int r = read_record(sandbox, &arena, &record, err);

        if (r == SANDBOX_NO_RECORD)
                return error_set(err, E_FILE_NOT_FOUND, "there is no record of \"%s\"", sandbox->id);
        return r < 0 ? r : winplan_of_place(sandbox->host, &sandbox->place, record.state.bundle, sandbox->id, ret, err);
}

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
                r = lock(sandbox, err);
        if (r >= 0)
                r = copy_config(sandbox, plan->config->bundle, err);
        if (r >= 0)
                r = pod_settle(sandbox->host, plan, &sandbox->place, err);
        return r < 0 ? r : write_record(sandbox, plan, err);
}

static int drop(struct sandbox *sandbox, struct error *err);

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
                r = handle_new(host, wanted->id, &sandbox, err);
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
                if (drop(sandbox, &undoing) < 0)
                        log_warning(&host->log, "undoing what was made of it: %s; `delete --force %s` tries again", undoing.text,
                                    wanted->id);
                return r;
        }
        unlock(sandbox);
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
        int r = read_plan(sandbox, &plan, err);

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
        int r = lock(sandbox, err);

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
        unlock(sandbox);
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
        int r = lock(sandbox, err);

        if (r >= 0)
                r = win_status_read(&sandbox->place, &status, err);
        if (r >= 0)
                r = open_what_pauses(sandbox, &status, &system, err);
        if (r >= 0)
                r = pause ? hcs_system_pause(system, err) : hcs_system_resume(system, err);
        hcs_system_close(system);
        unlock(sandbox);
        return r;
}

/* A Linux guest's signals, or Windows' own. */
int sandbox_signal_check(const char *word, struct error *err)
{
        struct win_signal wanted = { 0 };

        return linux_signal_number(word) >= 0 ? 0 : oci_windows_signal(word, &wanted.signal, err);
}

/* What the keys of a console are to Linux. */
static int linux_signal_of(const char *word)
{
        if (strcasecmp(word, "CtrlC") == 0)
                return 2;               /* SIGINT */
        return strcasecmp(word, "CtrlBreak") == 0 ? 3 : linux_signal_number(word);      /* SIGQUIT */
}

/* The document of a signal; NULL when the process is to be ended instead.  A Linux agent takes Linux's numbers. */
static int signal_document(const struct winplan *plan, const char *word, char **ret, struct error *err)
{
        struct doc_signal number = { 0 };
        struct win_signal wanted = { 0 };
        int r, signal;

        if (plan->documents.kind == OCI_WINDOWS_LINUX) {
                signal = linux_signal_of(word);
                if (signal < 0)
                        return error_set(err, E_INVALID_PARAMETER, "unknown signal \"%s\"; expected a number from 0 to 64 or a name such "
                                         "as TERM, KILL", word);
                number.signal = (uint32_t)signal;
                return winplan_print(doc_signal_fields, &number, ret, err);
        }
        r = oci_windows_signal(word, &wanted.signal, err);
        return r < 0 || wanted.signal == OCI_WINDOWS_KILL ? r : winplan_print(win_signal_fields, &wanted, ret, err);
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
                r = read_plan(sandbox, &plan, err);
        if (r >= 0)
                r = signal_document(&plan, word, &document, err);
        if (r < 0)
                return r;
        if (status.state == WIN_STATUS_STOPPED)
                return SANDBOX_NOT_RUNNING;
        r = open_system(sandbox, err);
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
        int r = read_record(sandbox, arena, &record, err);

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
        int r = open_system(sandbox, err);

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

/* --- exec ---------------------------------------------------------------------------------------------------------------- */

/* The parameters of a further process, as compact JSON. */
static int compose_exec(struct sandbox *sandbox, const struct winexec *wanted, char **ret, bool *ret_terminal, struct error *err)
{
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        struct win_process *process = NULL;
        struct win_status status;
        uint32_t size[2];
        int r = win_status_read(&sandbox->place, &status, err);

        if (r >= 0 && status.state != WIN_STATUS_RUNNING && status.state != WIN_STATUS_CREATED)
                return error_set(err, HCS_E_INVALID_STATE, "container not running: can't exec in a %s container",
                                 status.state == WIN_STATUS_STOPPED ? "stopped" : "creating");
        if (r >= 0)
                r = read_plan(sandbox, &plan, err);
        if (r >= 0)
                r = winexec_compose(&plan, wanted, &sandbox->host->log, &process, err);
        if (r >= 0) {
                console_size_from_start(process, size);
                r = winplan_print(win_process_fields, process, ret, err);
        }
        if (r >= 0)
                *ret_terminal = process->oci_process ? process->oci_process->terminal : process->emulate_console;
        return r;
}

int winexec_begin(struct sandbox *sandbox, const struct winexec *wanted, struct hcs_process **ret, struct hcs_pipes *ret_pipes,
                  bool *ret_terminal, struct error *err)
{
        _cleanup_(free_charp) char *parameters = NULL;
        int r = compose_exec(sandbox, wanted, &parameters, ret_terminal, err);

        if (r >= 0)
                r = need_system(sandbox, err);
        return r < 0 ? r : hcs_process_create_piped(sandbox->system, parameters, ret, ret_pipes, err);
}

int winexec_signal(struct sandbox *sandbox, struct hcs_process *process, const char *word, struct error *err)
{
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        _cleanup_(free_charp) char *document = NULL;
        int r = read_plan(sandbox, &plan, err);

        if (r >= 0)
                r = signal_document(&plan, word, &document, err);
        if (r >= 0)
                r = document ? hcs_process_signal_document(process, document, err) : hcs_process_terminate(process, err);
        return r < 0 ? r : 0;
}

int winexec_detached(struct sandbox *sandbox, const struct winexec *wanted, const int streams[3], uint32_t *ret_process,
                     struct error *err)
{
        _cleanup_(text_done) struct text parameters = { 0 };
        _cleanup_(free_charp) char *composed = NULL;
        bool terminal;
        char name[40];
        uint64_t salt;
        int r = compose_exec(sandbox, wanted, &composed, &terminal, err);

        if (r >= 0)
                r = system_random(&salt, sizeof(salt), err);
        if (r < 0)
                return r;
        (void)snprintf(name, sizeof(name), "exec-%016llx.json", (unsigned long long)salt);
        text_add(&parameters, composed);
        r = place_write(&sandbox->place, name, &parameters, err);
        return r < 0 ? r : monitor_spawn_exec(sandbox->host, sandbox->id, name, streams, ret_process, err);
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
                r = lock(sandbox, err);
        if (r >= 0)
                r = read_plan(sandbox, &plan, err);
        if (r >= 0)
                r = check_exportable(sandbox, &plan, err);
        if (r >= 0)             /* it may yet be taking the scratch off the host */
                r = place_lock(&sandbox->place, PLACE_MONITOR, deadline(sandbox, MONITOR_MS), &monitor, err);
        if (r == PLACE_BUSY)
                r = error_set(err, E_BUSY, "the monitor of \"%s\" has not ended yet, and has its scratch", sandbox->id);
        if (r >= 0)
                r = export_scratch(sandbox, &plan, folder, arena, ret_beneath, err);
        unlock(sandbox);
        return r;
}

/* --- delete -------------------------------------------------------------------------------------------------------------- */

static int end_system(struct sandbox *sandbox, const char *id, struct error *err)
{
        struct hcs_system *system = NULL;
        int r = sandbox_host_need_compute(sandbox->host, err);

        if (r >= 0)
                r = hcs_system_open(&sandbox->host->client, id, &system, err);
        if (r == 0)
                r = hcs_system_terminate(system, err);
        hcs_system_close(system);
        return r < 0 ? r : 0;
}

static int end_systems(struct sandbox *sandbox, const struct winplan *plan, struct error *err)
{
        int r = end_system(sandbox, sandbox->id, err);

        if (plan->config && plan->documents.virtual_machine) {
                struct error of_machine = { 0 };

                if (end_system(sandbox, plan->documents.vm_id, &of_machine) < 0 && r >= 0) {
                        *err = of_machine;
                        r = err->code;
                }
        }
        return r;
}

static void kill_monitor(const struct sandbox *sandbox, uint32_t pid)
{
        HANDLE process = pid ? OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, pid) : NULL;

        log_warning(&sandbox->host->log, "the monitor of \"%s\" (pid %u) does not end by itself; it is ended", sandbox->id, pid);
        if (!process)
                return;
        (void)TerminateProcess(process, 1);
        (void)WaitForSingleObject(process, LOCK_MS);
        CloseHandle(process);
}

/* The systems, and the monitor, which goes by itself once they have gone.  One that is still at work making them is given the
 * time to get there: what it makes meanwhile is ended as well.  One that hangs is killed, and with it go its handles: the mount,
 * the systems. */
static int end_all(struct sandbox *sandbox, const struct winplan *plan, const struct win_status *status, struct error *err)
{
        uint64_t begin = system_now_ms();
        uint32_t limit = deadline(sandbox, MONITOR_MS);
        bool said = false;
        void *held = NULL;
        int r;

        for (;;) {
                uint64_t passed;

                r = end_systems(sandbox, plan, err);
                if (r >= 0)
                        r = place_lock(&sandbox->place, PLACE_MONITOR, LOOK_MS, &held, err);
                passed = system_now_ms() - begin;
                if (r != PLACE_BUSY || passed >= limit)
                        break;
                if (!said && passed >= SLOW_MS)
                        log_warning(&sandbox->host->log, "%s: still waiting for its monitor (pid %u) to end, for %u s at most", sandbox->id,
                                    status->monitor, (unsigned)((limit - passed) / 1000));
                said = said || passed >= SLOW_MS;
        }
        if (r == PLACE_BUSY) {
                kill_monitor(sandbox, status->monitor);
                r = place_lock(&sandbox->place, PLACE_MONITOR, LOCK_MS, &held, err);
        }
        place_unlock(held);
        if (r == PLACE_BUSY)
                return error_set(err, E_BUSY, "the monitor of \"%s\" (pid %u) can't be ended", sandbox->id, status->monitor);
        return r < 0 ? r : end_systems(sandbox, plan, err);
}

static void run_poststop(struct sandbox *sandbox, const struct winplan *plan, struct win_status *status)
{
        const struct winhook_state state = { .config = plan->config, .id = sandbox->id, .status = "stopped", .log = &sandbox->host->log };

        winhooks_run_poststop(&plan->config->spec.hooks->poststop, &state, &sandbox->place, status);
}

/* Undoes everything; the record goes last, so what fails can be tried again. */
static int drop(struct sandbox *sandbox, struct error *err)
{
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        _cleanup_(storage_done) struct storage storage = { .host = sandbox->host };
        struct win_status status = { 0 };
        struct error unreadable = { 0 };
        int r;

        (void)win_status_read(&sandbox->place, &status, &unreadable);
        if (read_plan(sandbox, &plan, &unreadable) < 0 && unreadable.code != E_FILE_NOT_FOUND)
                log_warning(&sandbox->host->log, "%s: what was made of it, if anything, can't be found", unreadable.text);
        hcs_system_close(take_ptr(sandbox->system));
        r = status.monitor || place_is_locked(&sandbox->place, PLACE_MONITOR) ? end_all(sandbox, &plan, &status, err) : 0;
        if (r >= 0 && plan.config)
                r = pod_leave(sandbox->host, &plan, true, err);
        if (r >= 0 && plan.config)
                r = credential_remove(sandbox->host, &plan, err);
        if (r >= 0 && plan.config)
                r = network_unmake(sandbox->host, &plan.documents, err);
        if (r >= 0 && plan.config)
                r = storage_unmake(&storage, &plan.documents, err);
        if (r >= 0 && plan.config && plan.config->spec.hooks && status.hooks_due)
                run_poststop(sandbox, &plan, &status);
        unlock(sandbox);                /* a directory with an open file in it can't go */
        return r < 0 ? r : place_remove(&sandbox->place, err);
}

int sandbox_delete(struct sandbox *sandbox, bool force, struct error *err)
{
        struct win_status status;
        int r = lock(sandbox, err);

        if (r >= 0 && !force) {
                r = win_status_read(&sandbox->place, &status, err);
                if (r >= 0 && status.state == WIN_STATUS_RUNNING)
                        r = error_set(err, HCS_E_INVALID_STATE, "container \"%s\" is running; stop it first, or delete it with --force",
                                      sandbox->id);
        }
        if (r >= 0)
                r = drop(sandbox, err);
        unlock(sandbox);
        return r;
}
