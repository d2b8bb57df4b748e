#include "hcs/schema/state.h"

const struct json_field doc_state_fields[] = {
        JSON_TEXT_F(struct doc_state, "ociVersion", oci_version, JSON_ALWAYS),
        JSON_TEXT_F(struct doc_state, "id", id, JSON_ALWAYS),
        JSON_TEXT_F(struct doc_state, "status", status, JSON_ALWAYS),
        JSON_UINT(struct doc_state, "pid", pid),
        JSON_TEXT_F(struct doc_state, "bundle", bundle, JSON_ALWAYS),
        JSON_MAP(struct doc_state, "annotations", annotations),
        JSON_END
};
