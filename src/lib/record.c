#include "src/lib/record.h"

#include <fcntl.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/json.h"

#define FILE_NAME  "sandbox.json"
#define RECORD_MAX (1u << 20)

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
        JSON_TEXT(struct sandbox_record, "reference", reference),
        JSON_TEXT(struct sandbox_record, "way", way),
        JSON_END
};

int sandbox_record_write(int directory, const struct sandbox_record *record, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        int r;

        json_write(&text, record_fields, record);
        r = text_check(&text, err);
        return r < 0 ? r : io_replace_at(directory, FILE_NAME, text.data, text.length, 0600, err);
}

int sandbox_record_read(int directory, struct arena *arena, struct sandbox_record *ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct sandbox_record record = { 0 };
        struct json_value *value;
        int r;

        if (faccessat(directory, FILE_NAME, F_OK, 0) < 0)
                return SANDBOX_NO_RECORD;
        r = io_read_file_at(directory, FILE_NAME, RECORD_MAX, &text, err);
        if (r >= 0)
                r = json_parse(arena, text.data ? text.data : "", text.length, FILE_NAME, &value, err);
        if (r >= 0)
                r = json_read(arena, record_fields, value, &record, "", JSON_IGNORE_UNKNOWN, err);
        if (r < 0)
                return error_wrap(err, "the record " FILE_NAME);
        *ret = record;
        return 0;
}
