/* What systemd is asked for: names of units and slices, and limits as properties. */
#include "hcs/local/scope.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "hcs/base/json.h"

static struct arena arena;
static void done(void) { arena_done(&arena); }
TestSuite(scope, .fini = done);

#define NUMBER(value) (&(const int64_t){ value })
#define AMOUNT(value) (&(const uint64_t){ value })

static void expect_named(const char *cgroups_path, bool user, const char *slice, const char *unit)
{
        struct scope scope = SCOPE_NONE;
        struct error err = { 0 };

        cr_assert(eq(int, scope_compose(&arena, cgroups_path, "id", user, &scope, &err), 0), "%s", err.text);
        cr_expect(eq(str, (char *)scope.slice, (char *)slice));
        cr_expect(eq(str, (char *)scope.unit, (char *)unit));
}

Test(scope, is_named_by_cgroups_path)
{
        expect_named("machine.slice:libpod:0123", false, "machine.slice", "libpod-0123.scope");
        expect_named(":cri-containerd:ab", false, "system.slice", "cri-containerd-ab.scope");
        expect_named(":cri:ab", true, "user.slice", "cri-ab.scope");
        expect_named("a.slice::ab", false, "a.slice", "ab.scope");
        expect_named(NULL, false, "system.slice", "hcs-sandbox-id.scope");
        expect_named("", true, "user.slice", "hcs-sandbox-id.scope");
}

Test(scope, refuses_what_is_no_name)
{
        static const char *const paths[] = { "/a/b", "a", "a:b", "a.slice:b:c:d", "a.slice:b:", "a:b:c", "../a.slice:b:c", "a.slice:b/c:d",
                                             "a.slice:b:c d", "a..slice:b:c" };

        for (size_t i = 0; i < ARRAY_LENGTH(paths); i++) {
                struct scope scope = SCOPE_NONE;
                struct error err = { 0 };

                cr_expect(lt(int, scope_compose(&arena, paths[i], "id", false, &scope, &err), 0), "%s", paths[i]);
                cr_expect(ne(ptr, strstr(err.text, "linux.cgroupsPath: found"), NULL), "%s", err.text);
        }
}

Test(scope, lies_where_dashes_say)
{
        cr_expect(eq(str, (char *)scope_slice_path(&arena, "a-b-c.slice"), (char *)"/a.slice/a-b.slice/a-b-c.slice"));
        cr_expect(eq(str, (char *)scope_slice_path(&arena, "a.slice"), (char *)"/a.slice"));
        cr_expect(eq(str, (char *)scope_slice_path(&arena, "-.slice"), (char *)""));
}

static void expect_properties(const struct spec_resources *resources, const struct string_map *annotations, enum cgroup_version version,
                              const char *wanted)
{
        _cleanup_(text_done) struct text out = { 0 };
        struct scope_request request = { .unit = "u" };
        struct error err = { 0 };

        cr_assert(eq(int, scope_properties(&arena, resources, annotations, version, &request.properties, &err), 0), "%s", err.text);
        json_write(&out, scope_request_fields, &request);
        cr_expect(ne(ptr, strstr(out.data, wanted), NULL), "%s", out.data);
}

static const struct spec_memory memory = { .limit = NUMBER(1000), .swap = NUMBER(1500), .reservation = NUMBER(500) };
static const struct spec_cpu cpu = { .shares = AMOUNT(1024), .quota = NUMBER(12345), .period = AMOUNT(100000), .cpus = "0-2,9" };
static const struct spec_pids most = { .limit = NUMBER(-1) };
static const struct spec_block_io io = { .weight = &(const uint32_t){ 1000 } };
static const struct spec_resources limits = { .memory = &memory, .cpu = &cpu, .pids = &most, .block_io = &io };

Test(scope, has_its_limits_in_the_words_of_v2)
{
        expect_properties(&limits, NULL, CGROUP_V2,
                          "\"Properties\":[{\"Name\":\"MemoryMax\",\"Type\":\"t\",\"Value\":\"1000\"},{\"Name\":\"MemoryLow\",\"Type\":\"t\",\"Value\":\"500\"},"
                          "{\"Name\":\"MemorySwapMax\",\"Type\":\"t\",\"Value\":\"500\"},{\"Name\":\"CPUWeight\",\"Type\":\"t\",\"Value\":\"100\"},"
                          "{\"Name\":\"CPUQuotaPeriodUSec\",\"Type\":\"t\",\"Value\":\"100000\"},{\"Name\":\"CPUQuotaPerSecUSec\",\"Type\":\"t\",\"Value\":\"130000\"},"
                          "{\"Name\":\"TasksMax\",\"Type\":\"t\",\"Value\":\"18446744073709551615\"},{\"Name\":\"IOWeight\",\"Type\":\"t\",\"Value\":\"10000\"},"
                          "{\"Name\":\"AllowedCPUs\",\"Type\":\"ay\",\"Values\":[\"7\",\"2\"]}]");
}

Test(scope, has_its_limits_in_the_words_of_v1)
{
        expect_properties(&limits, NULL, CGROUP_V1,
                          "\"Properties\":[{\"Name\":\"MemoryLimit\",\"Type\":\"t\",\"Value\":\"1000\"},{\"Name\":\"CPUShares\",\"Type\":\"t\",\"Value\":\"1024\"},"
                          "{\"Name\":\"CPUQuotaPeriodUSec\",\"Type\":\"t\",\"Value\":\"100000\"},{\"Name\":\"CPUQuotaPerSecUSec\",\"Type\":\"t\",\"Value\":\"130000\"},"
                          "{\"Name\":\"TasksMax\",\"Type\":\"t\",\"Value\":\"18446744073709551615\"},{\"Name\":\"BlockIOWeight\",\"Type\":\"t\",\"Value\":\"1000\"}]");
}

/* Else a reload of systemd's configuration puts the files back to what systemd knows of. */
Test(scope, has_the_limits_that_are_files_of_v2_in_words_too)
{
        struct string_pair pairs[] = {
                { "memory.high", "60000000" }, { "memory.min", "4M" }, { "memory.swap.max", "max" }, { "memory.oom.group", "1" }, { "cpu.max", "20000 50000" },
                { "cpuset.cpus", "1" }, { "io.weight", "default 50" }, { "io.max", "8:0 rbps=1" }, { "cpu.weight", "odd" },
        };
        const struct spec_resources unified = { .unified = { pairs, ARRAY_LENGTH(pairs) } };

        expect_properties(&unified, NULL, CGROUP_V2,
                          "\"Properties\":[{\"Name\":\"MemoryHigh\",\"Type\":\"t\",\"Value\":\"60000000\"},{\"Name\":\"MemoryMin\",\"Type\":\"t\",\"Value\":\"4194304\"},"
                          "{\"Name\":\"MemorySwapMax\",\"Type\":\"t\",\"Value\":\"18446744073709551615\"},"
                          "{\"Name\":\"CPUQuotaPeriodUSec\",\"Type\":\"t\",\"Value\":\"50000\"},{\"Name\":\"CPUQuotaPerSecUSec\",\"Type\":\"t\",\"Value\":\"400000\"},"
                          "{\"Name\":\"AllowedCPUs\",\"Type\":\"ay\",\"Values\":[\"2\"]},{\"Name\":\"IOWeight\",\"Type\":\"t\",\"Value\":\"50\"}]");
}

Test(scope, goes_back_to_what_nobody_asked_for)
{
        const struct spec_resources before = { .pids = &(const struct spec_pids){ .limit = NUMBER(5) } };
        _cleanup_(text_done) struct text out = { 0 };
        struct scope_request request = { .unit = "u" };
        scope_property_list old, new;
        struct error err = { 0 };

        cr_assert(eq(int, scope_properties(&arena, &before, NULL, CGROUP_V2, &old, &err), 0));
        cr_assert(eq(int, scope_properties(&arena, &limits, NULL, CGROUP_V2, &new, &err), 0));
        cr_assert(eq(int, scope_properties_back(&arena, &old, &new, &request.properties, &err), 0));
        json_write(&out, scope_request_fields, &request);
        cr_expect(ne(ptr, strstr(out.data, "{\"Name\":\"TasksMax\",\"Type\":\"t\",\"Value\":\"5\"},{\"Name\":\"MemoryMax\",\"Type\":\"t\","
                                           "\"Value\":\"18446744073709551615\"},{\"Name\":\"MemoryLow\",\"Type\":\"t\",\"Value\":\"0\"}"), NULL), "%s", out.data);
}

Test(scope, takes_properties_of_every_type_from_annotations)
{
        struct string_pair pairs[] = {
                { "org.systemd.property.CollectMode", "'inactive-or-failed'" }, { "org.systemd.property.TimeoutStopSec", "uint64 3" },
                { "org.systemd.property.After", "['a', \"b\"]" }, { "org.systemd.property.MemoryHigh", "uint64 18446744073709551615" },
                { "org.systemd.property.X", "-5" }, { "org.systemd.property.Y", "true" }, { "org.systemd.other", "?" },
        };
        const struct string_map annotations = { pairs, ARRAY_LENGTH(pairs) };

        expect_properties(NULL, &annotations, CGROUP_V2,
                          "[{\"Name\":\"CollectMode\",\"Type\":\"s\",\"Value\":\"inactive-or-failed\"},{\"Name\":\"TimeoutStopUSec\",\"Type\":\"t\",\"Value\":\"3000000\"},"
                          "{\"Name\":\"After\",\"Type\":\"as\",\"Values\":[\"a\",\"b\"]},{\"Name\":\"MemoryHigh\",\"Type\":\"t\",\"Value\":\"18446744073709551615\"},"
                          "{\"Name\":\"X\",\"Type\":\"i\",\"Value\":\"-5\"},{\"Name\":\"Y\",\"Type\":\"b\",\"Value\":\"true\"}]");
}

Test(scope, refuses_annotations_that_it_cannot_read)
{
        static const char *const values[] = { "", "word", "'open", "['a' b]", "['a'", "uint32 4294967296", "2147483648", "(1, 2)", "5x" };

        for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
                struct string_pair pair = { "org.systemd.property.Thing", values[i] };
                scope_property_list list;
                struct error err = { 0 };

                cr_expect(lt(int, scope_properties(&arena, NULL, &(const struct string_map){ &pair, 1 }, CGROUP_V2, &list, &err), 0), "%s", values[i]);
                cr_expect(ne(ptr, strstr(err.text, "annotations: org.systemd.property.Thing: found"), NULL), "%s", err.text);
        }
}

/* --- devices ------------------------------------------------------------------------------------------------------------------- */

static scope_property_list devices_of(const struct spec_device_rule *rules, size_t count, enum cgroup_version version)
{
        const struct spec_resources resources = { .devices = { (struct spec_device_rule *)(uintptr_t)rules, count } };
        scope_property_list list = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, scope_add_devices(&arena, &resources, version, &list, &err), 0), "%s", err.text);
        cr_assert(ge(sz, list.count, 2));
        cr_expect(eq(str, (char *)list.items[0].name, (char *)"DevicePolicy"));
        cr_expect(eq(sz, list.items[1].values.count, 0), "what was allowed before is none any more");
        return list;
}

static bool allows(const scope_property_list *list, const char *node, const char *access)
{
        for (size_t i = 2; i < list->count; i++)
                for (size_t k = 0; k + 1 < list->items[i].values.count; k += 2)
                        if (text_equal(list->items[i].values.items[k], node) && text_equal(list->items[i].values.items[k + 1], access))
                                return true;
        return false;
}

static const struct spec_device_rule nothing = { .allow = false, .access = "rwm" }, everything = { .allow = true, .access = "rwm" };

Test(scope, allows_the_devices_of_every_sandbox_and_those_that_were_asked_for)
{
        const struct spec_device_rule rules[] = { nothing, { .allow = true, .type = "c", .major = NUMBER(10), .minor = NUMBER(229), .access = "rw" },
                                                  { .allow = true, .type = "b", .major = NUMBER(8), .minor = NUMBER(0), .access = "r" } };
        scope_property_list list = devices_of(rules, ARRAY_LENGTH(rules), CGROUP_V2);

        cr_expect(eq(str, (char *)list.items[0].value, (char *)"strict"));
        cr_expect(allows(&list, "/dev/char/10:229", "rw"));
        cr_expect(allows(&list, "/dev/char/1:3", "rwm"));
        cr_expect(allows(&list, "char-*", "m"));
        cr_expect(allows(&list, "block-*", "m"));
        cr_expect(allows(&list, "char-pts", "rwm"), "by its name in /proc/devices");
        cr_expect(allows(&list, "/dev/block/8:0", "r"));
}

Test(scope, leaves_everything_allowed_where_it_is)
{
        scope_property_list list = devices_of(&everything, 1, CGROUP_V1);

        cr_expect(eq(str, (char *)list.items[0].value, (char *)"auto"));
        cr_expect(eq(sz, list.count, 2));
}

/* Both programs must agree on v2: systemd's must not be the narrower one.  At a reload v1 has systemd's alone: not the wider one. */
Test(scope, is_never_wider_and_on_v2_never_narrower_where_systemd_has_no_word)
{
        const struct spec_device_rule rules[] = { nothing, { .allow = true, .type = "c", .major = NUMBER(4000), .access = "rw" } };
        scope_property_list list = devices_of(rules, ARRAY_LENGTH(rules), CGROUP_V2);

        cr_expect(eq(str, (char *)list.items[0].value, (char *)"auto"));
        list = devices_of(rules, ARRAY_LENGTH(rules), CGROUP_V1);
        cr_expect(eq(str, (char *)list.items[0].value, (char *)"strict"));
        cr_expect(allows(&list, "/dev/char/1:3", "rwm"));
}
