#include "src/lib/record.h"

#include "hcs/base/json.h"

static const struct json_field record_fields[] = {
        JSON_TEXT_F(struct sandbox_record, "ociVersion", state.oci_version, JSON_REQUIRED),
        JSON_TEXT_F(struct sandbox_record, "id", state.id, JSON_REQUIRED),
        JSON_TEXT_F(struct sandbox_record, "bundle", state.bundle, JSON_REQUIRED),
        JSON_TEXT_F(struct sandbox_record, "rootfs", state.rootfs, JSON_REQUIRED),
        JSON_TEXT_F(struct sandbox_record, "created", state.created, JSON_REQUIRED),
        JSON_MAP(struct sandbox_record, "annotations", state.annotations),
        JSON_UINT(struct sandbox_record, "owner", owner),
        JSON_TEXT(struct sandbox_record, "scratch", scratch),
        JSON_BOOL(struct sandbox_record, "scratchKept", scratch_kept),
        JSON_BOOL(struct sandbox_record, "scratchInMemory", scratch_in_memory),
        JSON_TEXT(struct sandbox_record, "reference", reference),
        JSON_STRINGS(struct sandbox_record, "layerReferences", layer_references),
        JSON_TEXT(struct sandbox_record, "way", way),
        JSON_END
};

int sandbox_record_print(const struct sandbox_record *record, struct text *out, struct error *err)
{
        json_write(out, record_fields, record);
        return text_check(out, err);
}

int sandbox_record_parse(const struct text *text, struct arena *arena, struct sandbox_record *ret, struct error *err)
{
        struct sandbox_record record = { 0 };
        struct json_value *value;
        int r;

        r = json_parse(arena, text->data ? text->data : "", text->length, SANDBOX_RECORD_NAME, &value, err);
        if (r >= 0)
                r = json_read(arena, record_fields, value, &record, "", JSON_IGNORE_UNKNOWN, err);
        if (r < 0)
                return error_wrap(err, "the record " SANDBOX_RECORD_NAME);
        *ret = record;
        return 0;
}
