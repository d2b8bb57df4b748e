#include "hcs/local/criu-message.h"

#include <string.h>

/* How a field is written: its lowest three bits.  Others than these occur in no message for us, but may be passed over. */
enum { WIRE_NUMBER = 0, WIRE_EIGHT = 1, WIRE_BYTES = 2, WIRE_FOUR = 5 };

/* --- writing ---------------------------------------------------------------------------------------------------------------- */

static void add_varint(struct text *out, uint64_t number)
{
        for (; number > 0x7f; number >>= 7)
                text_add_char(out, (char)(unsigned char)((number & 0x7f) | 0x80));
        text_add_char(out, (char)number);
}

static void add_bytes(struct text *out, uint32_t field, const char *bytes, size_t length)
{
        add_varint(out, field << 3 | WIRE_BYTES);
        add_varint(out, length);
        text_add_n(out, bytes, length);
}

void criu_add_number(struct text *out, uint32_t field, uint64_t number)
{
        add_varint(out, field << 3 | WIRE_NUMBER);
        add_varint(out, number);
}

void criu_add_text(struct text *out, uint32_t field, const char *string)
{
        add_bytes(out, field, string, strlen(string));
}

void criu_add_message(struct text *out, uint32_t field, const struct text *inner)
{
        out->failed |= inner->failed;
        add_bytes(out, field, inner->data ? inner->data : "", inner->length);
}

void criu_add_pair(struct text *out, enum criu_option option, const char *first, const char *second)
{
        _cleanup_(text_done) struct text pair = { 0 };

        criu_add_text(&pair, 1, first);
        criu_add_text(&pair, 2, second);
        criu_add_message(out, option, &pair);
}

void criu_add_pair_number(struct text *out, enum criu_option option, const char *key, uint64_t number)
{
        _cleanup_(text_done) struct text pair = { 0 };

        criu_add_text(&pair, 1, key);
        criu_add_number(&pair, 2, number);
        criu_add_message(out, option, &pair);
}

/* Of criu_req. */
enum { REQUEST_TYPE = 1, REQUEST_OPTIONS = 2, REQUEST_NOTIFIED = 3, REQUEST_FEATURES = 5, FEATURE_MEM_TRACK = 1 };

void criu_request_write(struct text *out, enum criu_request type, const struct text *options)
{
        _cleanup_(text_done) struct text features = { 0 };

        criu_add_number(out, REQUEST_TYPE, type);
        if (options)
                criu_add_message(out, REQUEST_OPTIONS, options);
        if (type != CRIU_FEATURE_CHECK)
                return;
        criu_add_number(&features, FEATURE_MEM_TRACK, 1);
        criu_add_message(out, REQUEST_FEATURES, &features);
}

void criu_notified_write(struct text *out, bool good)
{
        criu_add_number(out, REQUEST_TYPE, CRIU_NOTIFY);
        criu_add_number(out, REQUEST_NOTIFIED, good);
}

/* --- reading ---------------------------------------------------------------------------------------------------------------- */

struct reader { const unsigned char *at, *end; };

struct field { uint32_t number; uint64_t value; const unsigned char *bytes; size_t length; };

static bool take_varint(struct reader *reader, uint64_t *ret)
{
        *ret = 0;
        for (unsigned shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
                unsigned char byte = *reader->at++;

                *ret |= (uint64_t)(byte & 0x7f) << shift;
                if (!(byte & 0x80))
                        return true;
        }
        return false;
}

static bool take_field(struct reader *reader, struct field *ret)
{
        uint64_t key, length;

        *ret = (struct field){ 0 };
        if (!take_varint(reader, &key) || key >> 3 > UINT32_MAX)
                return false;
        ret->number = (uint32_t)(key >> 3);
        switch (key & 7) {
        case WIRE_NUMBER:
                return take_varint(reader, &ret->value);
        case WIRE_EIGHT:
                length = 8;
                break;
        case WIRE_FOUR:
                length = 4;
                break;
        case WIRE_BYTES:
                if (!take_varint(reader, &length))
                        return false;
                break;
        default:
                return false;
        }
        if (length > (uint64_t)(reader->end - reader->at))
                return false;
        ret->bytes = reader->at;
        ret->length = (size_t)length;
        reader->at += length;
        return true;
}

static void copy(char *to, size_t size, const struct field *field)
{
        size_t length = field->length < size ? field->length : size - 1;

        if (field->bytes)
                memcpy(to, field->bytes, length);
        to[field->bytes ? length : 0] = '\0';
}

typedef void (*field_fn)(struct criu_answer *answer, const struct field *field);

static void read_restored(struct criu_answer *answer, const struct field *field)
{
        if (field->number == 1)
                answer->pid = (uint32_t)field->value;
}

static void read_notification(struct criu_answer *answer, const struct field *field)
{
        if (field->number == 1)
                copy(answer->script, sizeof(answer->script), field);
        else if (field->number == 2)
                answer->pid = (uint32_t)field->value;
}

static void read_features(struct criu_answer *answer, const struct field *field)
{
        if (field->number == FEATURE_MEM_TRACK)
                answer->tracks_memory = field->value != 0;
}

static void read_version(struct criu_answer *answer, const struct field *field)
{
        if (field->number == 1)
                answer->major = (uint32_t)field->value;
        else if (field->number == 2)
                answer->minor = (uint32_t)field->value;
        else if (field->number == 4)
                answer->sublevel = (uint32_t)field->value;
}

static bool read_inner(struct criu_answer *answer, const struct field *outer, field_fn fn)
{
        struct reader reader = { outer->bytes, outer->bytes + outer->length };
        struct field field;

        while (outer->bytes && reader.at < reader.end) {
                if (!take_field(&reader, &field))
                        return false;
                fn(answer, &field);
        }
        return outer->bytes != NULL;
}

/* The fields of criu_resp. */
static bool read_field(struct criu_answer *answer, const struct field *field)
{
        switch (field->number) {
        case 1:
                answer->type = (uint32_t)field->value;
                return true;
        case 2:
                answer->success = field->value != 0;
                return true;
        case 4:
                return read_inner(answer, field, read_restored);
        case 5:
                return read_inner(answer, field, read_notification);
        case 7:
                answer->error_number = (int32_t)field->value;
                return true;
        case 8:
                return read_inner(answer, field, read_features);
        case 9:
                copy(answer->error, sizeof(answer->error), field);
                return true;
        case 10:
                return read_inner(answer, field, read_version);
        default:
                return true;
        }
}

int criu_answer_read(const void *bytes, size_t length, struct criu_answer *ret, struct error *err)
{
        struct reader reader = { bytes, (const unsigned char *)bytes + length };
        struct field field;

        *ret = (struct criu_answer){ 0 };
        while (reader.at < reader.end)
                if (!take_field(&reader, &field) || !read_field(ret, &field))
                        return error_set(err, E_INVALID_DATA, "criu: an answer of %zu bytes is no message of its", length);
        return 0;
}
