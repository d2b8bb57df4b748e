#include "src/lib/windows/monitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/system.h"
#include "hcs/base/windows.h"
#include "hcs/client/client.h"
#include "src/lib/record.h"
#include "src/lib/windows/affinity.h"
#include "src/lib/windows/channel.h"
#include "src/lib/windows/console.h"
#include "src/lib/windows/credential.h"
#include "src/lib/windows/hooks.h"
#include "src/lib/windows/plan.h"
#include "src/lib/windows/pod.h"
#include "src/lib/windows/relay.h"
#include "src/lib/windows/status.h"
#include "src/lib/windows/storage.h"
#include "src/lib/windows/network.h"

#define FOLDER_MS    30000              /* for a program of the machine that makes a folder */
#define LAST_WORD_MS 1000               /* for a process to be seen ended once its system has exited */
#define SYSTEM_LOOK_MS 5000             /* how often a system without a program of ours is asked whether it is still there */
#define LOOK_MS 20                      /* how often it is looked whether calls that were given up have come back */

struct monitor {
        struct sandbox_host *host;
        const char *id;
        struct place place;
        void *lock;
        struct winplan plan;
        struct storage storage;
        struct hcs_system *machine, *system;
        struct hcs_process *process;
        struct relay *relay;
        HANDLE exited;                  /* an event: the system has gone */
        struct win_status status;
};

static void monitor_done(struct monitor *monitor)
{
        hcs_process_close(monitor->process);
        hcs_system_close(monitor->system);
        hcs_system_close(monitor->machine);
        storage_done(&monitor->storage);
        winplan_done(&monitor->plan);
        if (monitor->exited)
                CloseHandle(monitor->exited);
        place_unlock(monitor->lock);
        place_done(&monitor->place);
}

static int say(struct monitor *monitor, int state, struct error *err)
{
        monitor->status.state = state;
        return win_status_write(&monitor->place, &monitor->status, err);
}

/* --- making -------------------------------------------------------------------------------------------------------------- */

static int read_plan(struct monitor *monitor, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text text = { 0 };
        struct sandbox_record record = { 0 };
        int r = place_read(&monitor->place, SANDBOX_RECORD_NAME, &text, err);

        if (r == PLACE_ABSENT)
                return error_set(err, E_FILE_NOT_FOUND, "there is no record of \"%s\"", monitor->id);
        if (r >= 0)
                r = sandbox_record_parse(&text, &arena, &record, err);
        if (r >= 0)
                r = winplan_of_place(monitor->host, &monitor->place, record.state.bundle, monitor->id, &monitor->plan, err);
        return r;
}

static int begin(struct monitor *monitor, struct error *err)
{
        int r = place_lock(&monitor->place, PLACE_MONITOR, 0, &monitor->lock, err);

        if (r == PLACE_BUSY)
                return error_set(err, E_BUSY, "\"%s\" has a monitor already", monitor->id);
        if (r < 0)
                return r;
        monitor->status = (struct win_status){ .monitor = GetCurrentProcessId(), .exit_code = -1 };
        monitor->exited = CreateEventW(NULL, TRUE, FALSE, NULL);
        if (!monitor->exited)
                return system_error(err, GetLastError(), "making an event");
        r = say(monitor, WIN_STATUS_CREATING, err);
        if (r >= 0)
                r = read_plan(monitor, err);
        return r < 0 ? r : sandbox_host_need_compute(monitor->host, err);
}

static int make_matter(struct monitor *monitor, struct error *err)
{
        int r = storage_make(&monitor->storage, &monitor->plan.documents, err);

        if (r >= 0 && monitor->storage.volume)
                r = winplan_set_volume(monitor->host, &monitor->plan, &monitor->place, monitor->storage.volume, err);
        if (r >= 0)
                r = network_make(monitor->host, &monitor->plan.documents, err);
        if (r >= 0)
                r = winplan_ask_network(monitor->host, &monitor->plan, &monitor->place, err);
        return r < 0 ? r : credential_add(monitor->host, &monitor->plan, &monitor->place, err);
}

static int create_system(struct monitor *monitor, const char *id, const struct doc_system *document, struct hcs_system **ret,
                         struct error *err)
{
        _cleanup_(free_charp) char *text = NULL;
        int r = winplan_print(doc_system_fields, document, &text, err);

        return r < 0 ? r : hcs_system_create(&monitor->host->client, id, text, ret, err);
}

static int modify(struct monitor *monitor, struct hcs_system *machine, struct error *err)
{
        const struct oci_windows_documents *documents = &monitor->plan.documents;

        for (size_t i = 0; i < documents->modify.count; i++) {
                _cleanup_(free_charp) char *text = NULL;

                if (winplan_print(win_modify_request_fields, &documents->modify.items[i], &text, err) < 0 ||
                    hcs_system_modify(machine, text, err) < 0)
                        return error_wrap(err, "Modify[%zu]", i);
        }
        return 0;
}

/* Runs `cmd.exe /c WORDS "FOLDER"` in the machine; *ret is its exit code. */
static int run_in_machine(struct monitor *monitor, const char *words, const char *folder, int *ret, struct error *err)
{
        _cleanup_(hcs_process_closep) struct hcs_process *process = NULL;
        _cleanup_(text_done) struct text line = { 0 };
        _cleanup_(free_charp) char *parameters = NULL;
        struct win_process wanted = { 0 };
        struct hcs_pipes none = { 0 };
        int r;

        text_addf(&line, "cmd.exe /c %s \"%s\"", words, folder);
        r = text_check(&line, err);
        wanted.command_line = line.data;
        if (r >= 0)
                r = winplan_print(win_process_fields, &wanted, &parameters, err);
        if (r >= 0)
                r = hcs_process_create_piped(monitor->machine, parameters, &process, &none, err);
        if (r >= 0)
                r = hcs_process_wait(process, FOLDER_MS, ret, err);
        return r == HCS_STILL_RUNNING ? error_set(err, HCS_E_OPERATION_TIMEOUT, "%s has not ended for %d s", words, FOLDER_MS / 1000) : r;
}

/* Nobody but a program of the machine can make a folder there.  One that is for all of a pod may be there already. */
static int make_folder(struct monitor *monitor, const char *folder, struct error *err)
{
        int made = -1, entered = -1;
        int r = run_in_machine(monitor, "mkdir", folder, &made, err);

        if (r >= 0 && made != 0)
                r = run_in_machine(monitor, "cd /d", folder, &entered, err);
        return r >= 0 && made != 0 && entered != 0 ? error_set(err, E_UNEXPECTED_FAILURE, "mkdir ended with %d", made) : r;
}

static int make_folders(struct monitor *monitor, struct error *err)
{
        const struct strings *folders = &monitor->plan.documents.machine_folders;

        for (size_t i = 0; i < folders->count; i++)
                if (make_folder(monitor, folders->items[i], err) < 0)
                        return error_wrap(err, "making %s in it", folders->items[i]);
        return 0;
}

static int make_machine(struct monitor *monitor, struct error *err)
{
        const struct oci_windows_documents *documents = &monitor->plan.documents;
        int r = create_system(monitor, documents->vm_id, documents->virtual_machine, &monitor->machine, err);

        if (r >= 0)
                r = hcs_system_start(monitor->machine, NULL, err);
        if (r >= 0)
                r = modify(monitor, monitor->machine, err);
        if (r >= 0)
                r = make_folders(monitor, err);
        return r < 0 ? error_wrap(err, "the utility VM") : 0;
}

/* A handle that is held would keep the machine alive without the monitor that it belongs to. */
static int join_machine(struct monitor *monitor, struct error *err)
{
        int r = pod_open_machine(monitor->host, &monitor->plan, &monitor->machine, err);

        if (r >= 0)
                r = modify(monitor, monitor->machine, err);
        if (r >= 0)
                r = make_folders(monitor, err);
        hcs_system_close(take_ptr(monitor->machine));
        return r < 0 ? error_wrap(err, "the machine of its pod") : 0;
}

static void hear_exit(void *context)
{
        (void)SetEvent(context);
}

static bool starts_by_itself(const struct monitor *monitor)
{
        return !monitor->plan.documents.process;
}

/* A container's place stands before its program runs; a machine that boots a disk of its own is its own program. */
static int make_systems(struct monitor *monitor, struct error *err)
{
        const struct oci_windows_documents *documents = &monitor->plan.documents;
        int r = 0;

        if (documents->virtual_machine)
                r = make_machine(monitor, err);
        else if (oci_windows_pod_machine(monitor->plan.config))
                r = join_machine(monitor, err);
        if (r >= 0)
                r = create_system(monitor, documents->id, documents->system, &monitor->system, err);
        if (r >= 0)
                r = hcs_system_on_exit(monitor->system, hear_exit, monitor->exited, err);
        if (r >= 0 && !starts_by_itself(monitor))
                r = hcs_system_start(monitor->system, NULL, err);
        if (r >= 0)
                r = affinity_set(documents, err);
        (void)snprintf(monitor->status.pauses, sizeof(monitor->status.pauses), "%s",
                       documents->virtual_machine ? documents->vm_id : documents->id);
        return r;
}

/* --- hooks --------------------------------------------------------------------------------------------------------------- */

static const struct spec_hooks *hooks_of(const struct monitor *monitor)
{
        static const struct spec_hooks none;

        return monitor->plan.config->spec.hooks ? monitor->plan.config->spec.hooks : &none;
}

static struct winhook_state hook_state(const struct monitor *monitor, const char *status)
{
        return (struct winhook_state){ .config = monitor->plan.config, .id = monitor->id, .status = status, .pid = monitor->status.monitor,
                                       .stop = monitor->exited, .log = &monitor->host->log };
}

/* From here on the hooks behind its end are due; that is written down before the first may do anything. */
static int run_create_hooks(struct monitor *monitor, struct error *err)
{
        const struct winhook_state state = hook_state(monitor, "creating");
        const struct spec_hooks *hooks = hooks_of(monitor);
        int r = 0;

        monitor->status.hooks_due = hooks->poststop.count != 0;
        if (monitor->status.hooks_due)
                r = say(monitor, WIN_STATUS_CREATING, err);
        if (r >= 0)
                r = winhooks_run(&hooks->prestart, "prestart", &state, err);
        return r < 0 ? r : winhooks_run(&hooks->create_runtime, "createRuntime", &state, err);
}

/* --- unmaking ------------------------------------------------------------------------------------------------------------ */

static void end_system(struct monitor *monitor, struct hcs_system *system)
{
        struct error failed = { 0 };

        if (system && hcs_system_terminate(system, &failed) < 0)
                log_warning(&monitor->host->log, "ending \"%s\": %s", monitor->id, failed.text);
}

/* Off the host; what lies on its disks and in its network stays until delete. */
static void take_down(struct monitor *monitor)
{
        struct error failed = { 0 };

        end_system(monitor, monitor->system);
        end_system(monitor, monitor->machine);
        if (monitor->storage.disk && storage_unmount(&monitor->storage, &monitor->plan.documents, &failed) < 0)
                log_warning(&monitor->host->log, "\"%s\": %s", monitor->id, failed.text);
}

/* After a making that failed, everything. */
static void undo(struct monitor *monitor)
{
        struct error failed = { 0 };

        take_down(monitor);
        if (!monitor->plan.config)
                return;
        if (pod_leave(monitor->host, &monitor->plan, false, &failed) < 0)
                log_warning(&monitor->host->log, "undoing \"%s\": %s", monitor->id, failed.text);
        if (credential_remove(monitor->host, &monitor->plan, &failed) < 0)
                log_warning(&monitor->host->log, "undoing \"%s\": %s", monitor->id, failed.text);
        if (network_unmake(monitor->host, &monitor->plan.documents, &failed) < 0)
                log_warning(&monitor->host->log, "undoing \"%s\": %s", monitor->id, failed.text);
        if (storage_unmake(&monitor->storage, &monitor->plan.documents, &failed) < 0)
                log_warning(&monitor->host->log, "undoing \"%s\": %s", monitor->id, failed.text);
}

/* Whoever asked hears at once that a call had no answer in time: undoing may take as long again, for each call.  One that was given
 * up may still come back and have made something: it is waited for, for as long as it takes, and that is undone too.  Meanwhile
 * the sandbox's place stays, with our lock on it: its delete waits for us, and ends us if we hang. */
static void undo_without_answers(struct monitor *monitor, void *answer, const struct error *err)
{
        (void)channel_answer(answer, 0, err);
        CloseHandle(answer);
        undo(monitor);
        if (!sandbox_host_strays(monitor->host))
                return;
        while (sandbox_host_strays(monitor->host))
                system_sleep_ms(LOOK_MS);
        undo(monitor);
}

/* --- running ------------------------------------------------------------------------------------------------------------- */

static int start_program(struct monitor *monitor, struct error *err)
{
        struct win_process wanted = { 0 };
        uint32_t size[2];
        const struct winhook_state state = hook_state(monitor, "created");
        _cleanup_(free_charp) char *parameters = NULL;
        struct hcs_pipes pipes = { 0 };
        int r;

        if (starts_by_itself(monitor)) {
                r = hcs_system_start(monitor->system, NULL, err);
                return r < 0 ? r : modify(monitor, monitor->system, err);
        }
        wanted = *monitor->plan.documents.process;
        console_size_from_start(&wanted, size);
        r = winhooks_run_inside(&hooks_of(monitor)->start_container, monitor->system, &state, err);
        if (r >= 0)
                r = winplan_print(win_process_fields, &wanted, &parameters, err);
        if (r >= 0)
                r = hcs_process_create_piped(monitor->system, parameters, &monitor->process, &pipes, err);
        if (r < 0)
                return r;
        monitor->status.process = hcs_process_id(monitor->process);
        return relay_start(monitor->process, &pipes, NULL, monitor->plan.config->spec.process->terminal, &monitor->relay, err);
}

/* Waits until somebody asks for the start, and does it; 0 once it runs.  MONITOR_GONE: the sandbox was deleted instead. */
enum { MONITOR_GONE = 1 };

static int wait_for_start(struct monitor *monitor, struct channel *channel, struct error *err)
{
        HANDLE either[] = { channel->event, monitor->exited };
        DWORD which = WaitForMultipleObjects(ARRAY_LENGTH(either), either, FALSE, INFINITE);
        int r;

        if (which == WAIT_FAILED)
                return system_error(err, GetLastError(), "waiting for start");
        if (which == WAIT_OBJECT_0 + 1)
                return MONITOR_GONE;
        r = start_program(monitor, err);
        if (r >= 0)
                r = say(monitor, WIN_STATUS_RUNNING, err);
        (void)channel_answer(channel->pipe, 0, err);
        return r;
}

/* The word of its end, or its own, should that get lost. */
static void wait_for_system(struct monitor *monitor)
{
        struct error failed = { 0 };

        while (WaitForSingleObject(monitor->exited, SYSTEM_LOOK_MS) == WAIT_TIMEOUT)
                if (hcs_system_wait(monitor->system, 0, &failed) == 0)
                        return;
}

/* The program's end, or the system's: whichever is seen first. */
static void wait_for_end(struct monitor *monitor)
{
        struct error failed = { 0 };
        int code = -1, r = HCS_STILL_RUNNING;

        if (!monitor->process) {
                wait_for_system(monitor);
                monitor->status.exit_code = 0;
                return;
        }
        while (r == HCS_STILL_RUNNING) {
                bool gone = WaitForSingleObject(monitor->exited, 0) == WAIT_OBJECT_0;

                r = hcs_process_wait(monitor->process, gone ? LAST_WORD_MS : 500, &code, &failed);
                if (gone)
                        break;
        }
        if (r < 0)
                log_warning(&monitor->host->log, "waiting for the program of \"%s\": %s", monitor->id, failed.text);
        monitor->status.exit_code = r == 0 ? code : -1;
}

static void finish(struct monitor *monitor)
{
        struct error failed = { 0 };

        if (monitor->relay)
                relay_finish(take_ptr(monitor->relay));
        if (say(monitor, WIN_STATUS_STOPPED, &failed) < 0)
                log_warning(&monitor->host->log, "\"%s\": %s", monitor->id, failed.text);
        take_down(monitor);
}

static int make(struct monitor *monitor, struct channel *channel, struct error *err)
{
        int r = begin(monitor, err);

        if (r >= 0)
                r = make_matter(monitor, err);
        if (r >= 0)
                r = make_systems(monitor, err);
        if (r >= 0)
                r = run_create_hooks(monitor, err);
        if (r >= 0)
                r = channel_listen(channel, &monitor->place, err);
        return r < 0 ? r : say(monitor, WIN_STATUS_CREATED, err);
}

int monitor_run(struct sandbox_host *host, const char *id, void *answer, struct error *err)
{
        _cleanup_(monitor_done) struct monitor monitor = { .host = host, .id = id, .storage = { .host = host } };
        _cleanup_(channel_done) struct channel channel = { 0 };
        int r = place_init(&monitor.place, host->root, id, err);

        if (r >= 0)
                r = make(&monitor, &channel, err);
        if (r == HCS_E_OPERATION_TIMEOUT) {
                undo_without_answers(&monitor, answer, err);
                return r;
        }
        if (r < 0)
                undo(&monitor);
        if (channel_answer(answer, 0, err) < 0 && r >= 0) {     /* whoever wanted it is dead: nobody has it, so nobody keeps it */
                undo(&monitor);
                r = error_set(err, E_BROKEN_PIPE, "nobody waits for \"%s\" any more", id);
        }
        CloseHandle(answer);
        if (r < 0)
                return r;

        r = wait_for_start(&monitor, &channel, err);
        channel_done(&channel);
        if (r == 0)
                wait_for_end(&monitor);
        finish(&monitor);
        return r < 0 ? r : 0;
}
