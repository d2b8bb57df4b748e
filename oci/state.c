#include "oci/state.h"

#include <stddef.h>

static const char *const status_words[] = { "creating", "created", "running", "paused", "stopped", NULL };

/* In the order in which runc prints them. */
const struct json_field oci_state_fields[] = {
        JSON_TEXT_F(struct oci_state, "ociVersion", oci_version, JSON_REQUIRED),
        JSON_TEXT_F(struct oci_state, "id", id, JSON_REQUIRED),
        JSON_UINT_F(struct oci_state, "pid", pid, JSON_ALWAYS),
        JSON_ENUM_F(struct oci_state, "status", status, status_words, 0),
        JSON_TEXT_F(struct oci_state, "bundle", bundle, JSON_REQUIRED),
        JSON_TEXT_F(struct oci_state, "rootfs", rootfs, JSON_ALWAYS),
        JSON_TEXT_F(struct oci_state, "created", created, JSON_ALWAYS),
        JSON_MAP(struct oci_state, "annotations", annotations),
        JSON_TEXT_F(struct oci_state, "owner", owner, JSON_ALWAYS),
        JSON_END
};

const char *oci_status_word(int status)
{
        return status >= OCI_CREATING && status <= OCI_STOPPED ? status_words[status - 1] : "unknown";
}

int oci_state_write(const struct oci_state *state, struct text *out, struct error *err)
{
        _cleanup_(text_done) struct text compact = { 0 };
        int r;

        json_write(&compact, oci_state_fields, state);
        r = text_check(&compact, err);
        if (r >= 0)
                r = json_indent(out, compact.data, err);
        if (r < 0)
                return r;
        text_add_char(out, '\n');
        return text_check(out, err);
}
