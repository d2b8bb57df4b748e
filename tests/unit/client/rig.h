/* What the client's tests share: a client on the fake service, a log that is kept, and the question whether everything
 * was given back. */
#ifndef TESTS_UNIT_CLIENT_RIG_H
#define TESTS_UNIT_CLIENT_RIG_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <string.h>

#include "hcs/base/arena.h"
#include "hcs/base/text.h"
#include "hcs/client/client.h"
#include "hcs/fake/fake.h"

#define DOCUMENT "{\"Owner\":\"rig\",\"SchemaVersion\":{\"Major\":2,\"Minor\":1}}"
#define NO_ERROR { .code = 0 }

struct rig {
        struct hcs_client client;
        struct hcs_api api;             /* a copy of the table, to be changed */
        struct log log;
        struct text lines;
        pthread_mutex_t lock;
};

static void rig_keep_line(void *context, enum log_level level, const char *text)
{
        static const char *const names[] = { "error", "warning", "info", "debug" };
        struct rig *rig = context;

        pthread_mutex_lock(&rig->lock);
        text_addf(&rig->lines, "%s: %s\n", names[level], text);
        pthread_mutex_unlock(&rig->lock);
}

static inline void rig_begin(struct rig *rig)
{
        *rig = (struct rig){ .api = *fake_api(), .lock = PTHREAD_MUTEX_INITIALIZER };
        rig->log = (struct log){ .sink = rig_keep_line, .context = rig, .level = LOG_LEVEL_WARNING };
        rig->client = (struct hcs_client){ .api = &rig->api, .space = "/run/rig", .log = &rig->log };
}

static inline const char *rig_log(const struct rig *rig)
{
        return rig->lines.data ? rig->lines.data : "";
}

/* Nothing is open, nothing was misused. */
static inline void rig_end(struct rig *rig)
{
        struct fake_books books = fake_books();

        cr_expect(eq(sz, books.systems, 0), "system handles are left");
        cr_expect(eq(sz, books.processes, 0), "process handles are left");
        cr_expect(eq(sz, books.operations, 0), "operations are left");
        cr_expect(eq(sz, books.strings, 0), "strings are left");
        cr_expect(eq(sz, books.misuses, 0), "the client misused the service: %s", books.misuse ? books.misuse : "");
        text_done(&rig->lines);
        fake_reset();
}

static inline struct hcs_system *rig_system(struct rig *rig, const char *id)
{
        struct hcs_system *system = NULL;
        struct error err = NO_ERROR;

        cr_assert(eq(int, hcs_system_create(&rig->client, id, DOCUMENT, &system, &err), 0), "%s", err.text);
        return system;
}

static inline struct hcs_system *rig_started(struct rig *rig, const char *id)
{
        struct hcs_system *system = rig_system(rig, id);
        struct error err = NO_ERROR;

        cr_assert(eq(int, hcs_system_start(system, NULL, &err), 0), "%s", err.text);
        return system;
}

/* A started system with its first process let go. */
static inline struct hcs_system *rig_running(struct rig *rig, const char *id, struct hcs_process **ret)
{
        struct hcs_system *system = rig_started(rig, id);
        struct error err = NO_ERROR;

        cr_assert(eq(int, hcs_process_create(system, "{}", NULL, ret, &err), 0), "%s", err.text);
        return system;
}

static inline void rig_expect_journal(const char *expected)
{
        char *journal = fake_journal();

        cr_expect(eq(str, journal, (char *)expected));
        free(journal);
}

#endif
