#include <string.h>

#include "hcs/base/windows.h"
#include "hcs/client/client.h"
#include "src/lib/windows/channel.h"
#include "src/lib/windows/monitor.h"
#include "src/lib/windows/plan.h"
#include "src/lib/windows/relay.h"

struct further { struct hcs_system *system; struct hcs_process *process; struct relay *relay; };

static void further_done(struct further *further)
{
        if (further->relay)
                relay_finish(further->relay);
        hcs_process_close(further->process);
        hcs_system_close(further->system);
}

/* Compact, and of our own making: within a string the quotes would be escaped.  A Linux agent reads it in OciProcess. */
static bool wants_terminal(const char *parameters)
{
        return strstr(parameters, "\"EmulateConsole\":true") || strstr(parameters, "\"OciProcess\":{\"terminal\":true");
}

static int make(struct sandbox_host *host, const char *id, const char *file, struct further *further, struct error *err)
{
        _cleanup_(place_done) struct place place = { 0 };
        _cleanup_(text_done) struct text parameters = { 0 };
        struct hcs_pipes pipes = { 0 };
        int r = place_init(&place, host->root, id, err);

        if (r >= 0)
                r = place_take(&place, file, &parameters, err);
        if (r == PLACE_ABSENT)
                return error_set(err, E_FILE_NOT_FOUND, "%s is not there", file);
        if (r >= 0)
                r = sandbox_host_need_compute(host, err);
        if (r >= 0)
                r = hcs_system_open(&host->client, id, &further->system, err);
        if (r == HCS_NOT_FOUND)
                return error_set(err, E_NOT_FOUND, "container not running: \"%s\"", id);
        if (r >= 0)
                r = hcs_process_create_piped(further->system, parameters.data, &further->process, &pipes, err);
        if (r < 0)
                return r;
        return relay_start(further->process, &pipes, NULL, wants_terminal(parameters.data), &further->relay, err);
}

int monitor_run_exec(struct sandbox_host *host, const char *id, const char *file, void *answer, struct error *err)
{
        _cleanup_(further_done) struct further further = { 0 };
        int code, r = make(host, id, file, &further, err);

        (void)channel_answer(answer, further.process ? hcs_process_id(further.process) : 0, err);
        CloseHandle(answer);
        return r < 0 ? r : hcs_process_wait(further.process, INFINITE, &code, err);
}
