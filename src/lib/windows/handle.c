#include "src/lib/windows/handle.h"

#include <stdlib.h>
#include <string.h>

#include "oci/windows/id.h"
#include "src/lib/windows/owner.h"

#define LOCK_MS 10000                   /* how long a call waits for another one to end */

int winsandbox_new(const struct sandbox_host *host, const char *id, struct sandbox **ret, struct error *err)
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

int winsandbox_record(const struct sandbox *sandbox, struct arena *arena, struct sandbox_record *ret, struct error *err)
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

        return winsandbox_record(sandbox, &arena, &record, &unreadable) == 0 && strcmp(record.state.id, sandbox->id) != 0;
}

int sandbox_open(const struct sandbox_host *host, const char *id, struct sandbox **ret, struct error *err)
{
        _cleanup_(sandbox_closep) struct sandbox *sandbox = NULL;
        int r = oci_windows_check_id(id, err);

        if (r >= 0)
                r = winsandbox_new(host, id, &sandbox, err);
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

uint32_t winsandbox_deadline(const struct sandbox *sandbox, uint32_t usual_ms)
{
        return sandbox->host->client.deadline_ms ? sandbox->host->client.deadline_ms : usual_ms;
}

int winsandbox_lock(struct sandbox *sandbox, struct error *err)
{
        uint32_t all = winsandbox_deadline(sandbox, LOCK_MS), first = all < SLOW_MS ? all : SLOW_MS;
        int r = place_lock(&sandbox->place, PLACE_LOCK, first, &sandbox->lock, err);

        if (r == PLACE_BUSY && all > first) {
                log_warning(&sandbox->host->log, "%s: still waiting for another call that is at work on it, for %u s at most", sandbox->id,
                            (all - first) / 1000);
                r = place_lock(&sandbox->place, PLACE_LOCK, all - first, &sandbox->lock, err);
        }
        return r == PLACE_BUSY ? error_set(err, E_BUSY, "another call has been at work on container \"%s\" for more than %u s; end that "
                                           "one, then try again", sandbox->id, all / 1000) : r;
}

void winsandbox_unlock(struct sandbox *sandbox)
{
        place_unlock(take_ptr(sandbox->lock));
}

int winsandbox_open_system(struct sandbox *sandbox, struct error *err)
{
        int r = sandbox->system ? 0 : sandbox_host_need_compute(sandbox->host, err);

        return r < 0 || sandbox->system ? r : hcs_system_open(&sandbox->host->client, sandbox->id, &sandbox->system, err);
}

int winsandbox_need_system(struct sandbox *sandbox, struct error *err)
{
        int r = winsandbox_open_system(sandbox, err);

        return r == HCS_NOT_FOUND ? error_set(err, E_NOT_FOUND, "container not running: \"%s\"", sandbox->id) : r;
}

int winsandbox_plan(const struct sandbox *sandbox, struct winplan *ret, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct sandbox_record record = { 0 };
        int r = winsandbox_record(sandbox, &arena, &record, err);

        if (r == SANDBOX_NO_RECORD)
                return error_set(err, E_FILE_NOT_FOUND, "there is no record of \"%s\"", sandbox->id);
        return r < 0 ? r : winplan_of_place(sandbox->host, &sandbox->place, record.state.bundle, sandbox->id, ret, err);
}
