/* Tables of configurations that must be refused, with the words they must be refused with.  A row is a change to a small
 * good configuration, written as a merge patch: members are replaced, null takes one away. */
#ifndef TESTS_UNIT_OCI_REFUSALS_H
#define TESTS_UNIT_OCI_REFUSALS_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hcs/base/json.h"
#include "hcs/base/text.h"
#include "oci/config.h"

static const char good_config[] =
        "{\"ociVersion\":\"1.2.0\","
        " \"process\":{\"args\":[\"sh\"],\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0}},"
        " \"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},"
        "                          {\"type\":\"mount\"}]}}";

struct refusal { const char *patch; const char *words; };

static inline struct json_value *test_value(struct arena *arena, const char *text)
{
        struct error err = { 0 };
        struct json_value *value = NULL;

        if (json_parse(arena, text, strlen(text), "test", &value, &err) < 0)
                cr_fatal("the test's own JSON is wrong: %s: %s", err.text, text);
        return value;
}

static inline void test_merge(struct arena *arena, struct json_value *base, const struct json_value *patch)
{
        struct json_member *members;

        if (patch->type != JSON_OBJECT || base->type != JSON_OBJECT) {
                *base = *patch;
                return;
        }
        members = arena_alloc_array(arena, base->count + patch->count, sizeof(*members));
        memcpy(members, base->members, base->count * sizeof(*members));
        base->members = members;
        for (size_t i = 0; i < patch->count; i++) {
                struct json_value *old = (struct json_value *)json_get(base, patch->members[i].name);

                if (old)
                        test_merge(arena, old, &patch->members[i].value);
                else
                        base->members[base->count++] = patch->members[i];
        }
}

/* Parses the good configuration as changed.  Like oci_config_parse(). */
static inline int test_parse_logging(const char *patch, const struct log *log, struct oci_config **ret, struct error *err)
{
        struct arena arena = { 0 };
        struct text text = { 0 };
        struct json_value *base = test_value(&arena, good_config);
        int r;

        test_merge(&arena, base, test_value(&arena, patch));
        json_write_value(&text, base);
        r = oci_config_parse(text.data, text.length, "/bundle", log, ret, err);
        text_done(&text);
        arena_done(&arena);
        return r;
}

static inline int test_parse(const char *patch, struct oci_config **ret, struct error *err)
{
        return test_parse_logging(patch, NULL, ret, err);
}

static inline void expect_refusal(const char *patch, const char *words, int32_t code)
{
        struct oci_config *config = NULL;
        struct error err = { 0 };
        int r = test_parse(patch, &config, &err);

        cr_expect(lt(int, r, 0), "%s was accepted", patch);
        cr_expect(eq(ptr, config, NULL), "a failed parse leaves its output alone");
        cr_expect(eq(i32, err.code, code), "%s: %s (0x%08x)", patch, err.text, (unsigned)err.code);
        cr_expect(text_starts_with(err.text, "config.json: "), "%s", err.text);
        cr_expect(strstr(err.text, words) != NULL, "%s\n  said   %s\n  not    %s", patch, err.text, words);
        cr_expect(strlen(err.text) < 600, "a message is one line that can be read: %s", err.text);
        oci_config_free(config);
}

/* Refused as wrong, each with its words. */
#define EXPECT_REFUSED(...)                                                                               \
        do {                                                                                              \
                static const struct refusal rows_[] = { __VA_ARGS__ };                                    \
                for (size_t i_ = 0; i_ < ARRAY_LENGTH(rows_); i_++)                                       \
                        expect_refusal(rows_[i_].patch, rows_[i_].words, E_INVALID_DATA);                 \
        } while (0)

/* Refused as not carried out yet. */
#define EXPECT_NOT_YET(...)                                                                               \
        do {                                                                                              \
                static const struct refusal rows_[] = { __VA_ARGS__ };                                    \
                for (size_t i_ = 0; i_ < ARRAY_LENGTH(rows_); i_++) {                                     \
                        expect_refusal(rows_[i_].patch, rows_[i_].words, E_NOT_SUPPORTED);                \
                        expect_refusal(rows_[i_].patch, "not supported yet", E_NOT_SUPPORTED);            \
                }                                                                                         \
        } while (0)

#define EXPECT_ACCEPTED(...)                                                                              \
        do {                                                                                              \
                static const char *const rows_[] = { __VA_ARGS__ };                                       \
                for (size_t i_ = 0; i_ < ARRAY_LENGTH(rows_); i_++) {                                     \
                        struct oci_config *config_ = NULL;                                                \
                        struct error err_ = { 0 };                                                        \
                        cr_expect(eq(int, test_parse(rows_[i_], &config_, &err_), 0), "%s: %s", rows_[i_], err_.text); \
                        oci_config_free(config_);                                                         \
                }                                                                                         \
        } while (0)

/* A log that remembers. */
struct remembered { struct text text; size_t count; };

static inline void remember(void *context, enum log_level level, const char *line)
{
        struct remembered *log = context;

        log->count++;
        text_addf(&log->text, "%d %s\n", (int)level, line);
}

#endif
