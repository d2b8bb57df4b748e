#include "src/lib/windows/status.h"

#include <stdio.h>

#include "hcs/base/json.h"

static const char *const state_names[] = { "creating", "created", "running", "stopped", NULL };

/* As it is written. */
struct written { struct win_status status; const char *pauses; };

static const struct json_field status_fields[] = {
        JSON_ENUM_F(struct written, "status", status.state, state_names, 0),
        JSON_UINT(struct written, "monitor", status.monitor),
        JSON_UINT(struct written, "process", status.process),
        JSON_INT_F(struct written, "exitCode", status.exit_code, JSON_ALWAYS),
        JSON_TEXT(struct written, "pauses", pauses),
        JSON_BOOL(struct written, "hooksDue", status.hooks_due),
        JSON_END
};

int win_status_write(const struct place *place, const struct win_status *status, struct error *err)
{
        const struct written written = { .status = *status, .pauses = *status->pauses ? status->pauses : NULL };
        _cleanup_(text_done) struct text text = { 0 };

        json_write(&text, status_fields, &written);
        return place_write(place, PLACE_STATUS, &text, err);
}

static int read_file(const struct place *place, struct win_status *ret, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text text = { 0 };
        struct written written = { .status = { .exit_code = -1 } };
        struct json_value *value;
        int r = place_read(place, PLACE_STATUS, &text, err);

        *ret = (struct win_status){ .state = WIN_STATUS_CREATING, .exit_code = -1 };
        if (r == PLACE_ABSENT)
                return 0;
        if (r >= 0)
                r = json_parse(&arena, text.data ? text.data : "", text.length, PLACE_STATUS, &value, err);
        if (r >= 0)
                r = json_read(&arena, status_fields, value, &written, "$", JSON_IGNORE_UNKNOWN, err);
        if (r < 0)
                return r;
        *ret = written.status;
        (void)snprintf(ret->pauses, sizeof(ret->pauses), "%s", written.pauses ? written.pauses : "");
        return 0;
}

int win_status_read(const struct place *place, struct win_status *ret, struct error *err)
{
        struct win_status status;
        bool alive = place_is_locked(place, PLACE_MONITOR);
        int r = read_file(place, &status, err);        /* after the look: its last word comes before its end */

        if (r < 0)
                return r;
        if (!alive && (status.state != WIN_STATUS_CREATING || !place_is_locked(place, PLACE_LOCK)))
                status.state = WIN_STATUS_STOPPED;
        *ret = status;
        return 0;
}
