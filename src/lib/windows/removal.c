#include "src/lib/windows/removal.h"

#include "hcs/base/system.h"
#include "hcs/base/windows.h"
#include "src/lib/windows/credential.h"
#include "src/lib/windows/hooks.h"
#include "src/lib/windows/network.h"
#include "src/lib/windows/pod.h"
#include "src/lib/windows/status.h"
#include "src/lib/windows/storage.h"

#define LOOK_MS 500                     /* how often it is looked whether the monitor has gone */
#define KILL_MS 10000                   /* how long a monitor that was killed may take to go */

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
        (void)WaitForSingleObject(process, KILL_MS);
        CloseHandle(process);
}

/* The systems, and the monitor, which goes by itself once they have gone.  One that is still at work making them is given the
 * time to get there: what it makes meanwhile is ended as well.  One that hangs is killed, and with it go its handles: the mount,
 * the systems. */
static int end_all(struct sandbox *sandbox, const struct winplan *plan, const struct win_status *status, struct error *err)
{
        uint64_t begin = system_now_ms();
        uint32_t limit = winsandbox_deadline(sandbox, MONITOR_MS);
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
                r = place_lock(&sandbox->place, PLACE_MONITOR, KILL_MS, &held, err);
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

int winsandbox_undo(struct sandbox *sandbox, struct error *err)
{
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        _cleanup_(storage_done) struct storage storage = { .host = sandbox->host };
        struct win_status status = { 0 };
        struct error unreadable = { 0 };
        int r;

        (void)win_status_read(&sandbox->place, &status, &unreadable);
        if (winsandbox_plan(sandbox, &plan, &unreadable) < 0 && unreadable.code != E_FILE_NOT_FOUND)
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
        winsandbox_unlock(sandbox);                /* a directory with an open file in it can't go */
        return r < 0 ? r : place_remove(&sandbox->place, err);
}
