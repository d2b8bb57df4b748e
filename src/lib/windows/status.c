#include "src/lib/windows/status.h"

#include "hcs/base/json.h"

static const char *const state_names[] = { "creating", "created", "running", "stopped", NULL };

static const struct json_field status_fields[] = {
        JSON_ENUM_F(struct win_status, "status", state, state_names, 0),
        JSON_UINT(struct win_status, "monitor", monitor),
        JSON_UINT(struct win_status, "process", process),
        JSON_INT_F(struct win_status, "exitCode", exit_code, JSON_ALWAYS),
        JSON_END
};

int win_status_write(const struct place *place, const struct win_status *status, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };

        json_write(&text, status_fields, status);
        return place_write(place, PLACE_STATUS, &text, err);
}

static int read_file(const struct place *place, struct win_status *ret, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text text = { 0 };
        struct json_value *value;
        int r = place_read(place, PLACE_STATUS, &text, err);

        *ret = (struct win_status){ .state = WIN_STATUS_CREATING, .exit_code = -1 };
        if (r == PLACE_ABSENT)
                return 0;
        if (r >= 0)
                r = json_parse(&arena, text.data ? text.data : "", text.length, PLACE_STATUS, &value, err);
        return r < 0 ? r : json_read(&arena, status_fields, value, ret, "$", JSON_IGNORE_UNKNOWN, err);
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
