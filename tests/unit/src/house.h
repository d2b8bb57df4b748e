/* What the tests of the library's core share: a state directory, a bundle with a root of its own, and the fake service in the
 * place of the engine. */
#ifndef TESTS_UNIT_SRC_HOUSE_H
#define TESTS_UNIT_SRC_HOUSE_H

#include "hcs/fake/fake.h"
#include "src/lib/sandbox.h"
#include "tests/unit/base/place.h"

struct house {
        struct place place;
        char bundle[80], root[80];
        struct sandbox_host *host;
        struct text log;
};

static void house_keep_line(void *context, enum log_level level, const char *text)
{
        struct house *house = context;

        (void)level;
        text_addf(&house->log, "%s\n", text);
}

static inline void house_configure(struct house *house, const char *process)
{
        _cleanup_(text_done) struct text text = { 0 };

        text_addf(&text, "{ \"ociVersion\": \"1.2.0\", \"root\": { \"path\": \"rootfs\" }, \"annotations\": { \"com.example\": \"yes\" },"
                  "\"process\": { \"user\": { \"uid\": 7, \"gid\": 8, \"additionalGids\": [9] }, \"cwd\": \"/\","
                  "\"env\": [\"PATH=/bin\", \"PATHS=x\", \"A=1\"], \"args\": [\"true\"] %s },"
                  "\"linux\": { \"namespaces\": [ { \"type\": \"mount\" }, { \"type\": \"pid\" } ] } }", process);
        place_file(&house->place, "bundle/config.json", text.data);
}

static inline void house_begin(struct house *house)
{
        const struct log log = { .sink = house_keep_line, .context = house, .level = LOG_LEVEL_WARNING };
        struct error err = { 0 };

        fake_reset();
        *house = (struct house){ .place = place_new() };
        snprintf(house->bundle, sizeof(house->bundle), "%s/bundle", house->place.path);
        snprintf(house->root, sizeof(house->root), "%s/state", house->place.path);
        place_directory(&house->place, "bundle");
        place_directory(&house->place, "bundle/rootfs");
        house_configure(house, "");
        cr_assert(eq(int, sandbox_host_open(house->root, NULL, NULL, &log, &house->host, &err), 0), "%s", err.text);
        house->host->client.api = fake_api();
}

/* All handles were given back, and the service was not misused. */
static inline void house_end(struct house *house)
{
        struct fake_books books = fake_books();

        cr_expect(eq(sz, books.systems, 0), "system handles are left");
        cr_expect(eq(sz, books.processes, 0), "process handles are left");
        cr_expect(eq(sz, books.operations, 0), "operations are left");
        cr_expect(eq(sz, books.misuses, 0), "the service was misused: %s", books.misuse ? books.misuse : "");
        sandbox_host_close(house->host);
        text_done(&house->log);
        place_donep(&house->place);
        fake_reset();
}

static inline int house_create(struct house *house, const char *id, struct sandbox **ret, struct error *err)
{
        const struct sandbox_create wanted = { .id = id, .bundle = house->bundle, .streams = HCS_STREAMS_NONE };

        return sandbox_create(house->host, &wanted, ret, err);
}

/* A created one, with the document where the local engine keeps it. */
static inline struct sandbox *house_created(struct house *house, const char *id)
{
        struct sandbox *sandbox = NULL;
        struct error err = { 0 };
        char name[80];

        cr_assert(eq(int, house_create(house, id, &sandbox, &err), 0), "%s", err.text);
        snprintf(name, sizeof(name), "state/%s/system.json", id);
        place_file(&house->place, name, fake_document("CreateComputeSystem"));
        return sandbox;
}

static inline struct sandbox *house_running(struct house *house, const char *id)
{
        struct sandbox *sandbox = house_created(house, id);
        struct error err = { 0 };

        cr_assert(eq(int, sandbox_start(sandbox, &err), 0), "%s", err.text);
        return sandbox;
}

#endif
