#include "oci/update.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "hcs/base/json.h"

static struct arena arena;
static void done(void) { arena_done(&arena); }
TestSuite(oci_update, .fini = done);

static int lay(const char *old_text, const char *change_text, struct text *out, struct error *err)
{
        struct spec_resources old = { 0 }, change = { 0 }, merged = { 0 };
        int r;

        cr_assert(eq(int, oci_resources_parse(old_text, strlen(old_text), "old", &arena, &old, err), 0), "%s", err->text);
        r = oci_resources_parse(change_text, strlen(change_text), "change", &arena, &change, err);
        if (r >= 0)
                r = oci_resources_merge(&old, &change, NULL, &arena, &merged, err);
        if (r >= 0)
                json_write(out, spec_resources_fields, &merged);
        return r;
}

static void expect_laid(const char *old, const char *change, const char *wanted)
{
        _cleanup_(text_done) struct text out = { 0 };
        struct error err = { 0 };

        cr_expect(eq(int, lay(old, change, &out, &err), 0), "%s", err.text);
        cr_expect(eq(str, out.data ? out.data : (char *)"", (char *)wanted), "%s over %s", change, old);
}

static void expect_refused(const char *old, const char *change, const char *why)
{
        _cleanup_(text_done) struct text out = { 0 };
        struct error err = { 0 };

        cr_expect(lt(int, lay(old, change, &out, &err), 0), "%s over %s", change, old);
        cr_expect(ne(ptr, strstr(err.text, why), NULL), "%s", err.text);
}

Test(oci_update, keeps_what_is_not_given)
{
        expect_laid("{\"memory\":{\"limit\":65536,\"swap\":131072},\"pids\":{\"limit\":5}}", "{\"cpu\":{\"shares\":512},\"memory\":{\"limit\":98304}}",
                    "{\"memory\":{\"limit\":98304,\"swap\":131072},\"cpu\":{\"shares\":512},\"pids\":{\"limit\":5}}");
        expect_laid("{}", "{\"pids\":{\"limit\":-1}}", "{\"pids\":{\"limit\":-1}}");
        expect_laid("{\"unified\":{\"memory.high\":\"1\",\"io.weight\":\"2\"}}", "{\"unified\":{\"io.weight\":\"3\",\"pids.max\":\"4\"}}",
                    "{\"unified\":{\"memory.high\":\"1\",\"io.weight\":\"3\",\"pids.max\":\"4\"}}");
}

/* What dockerd sends for `docker update --memory`. */
Test(oci_update, takes_zeros_for_unchanged)
{
        expect_laid("{\"memory\":{\"limit\":65536,\"reservation\":4096},\"cpu\":{\"shares\":512,\"cpus\":\"0\"},\"pids\":{\"limit\":5},\"blockIO\":{\"weight\":300}}",
                    "{\"memory\":{\"limit\":98304,\"reservation\":0,\"swap\":0,\"kernel\":0},\"cpu\":{\"shares\":0,\"quota\":0,\"cpus\":\"\"},"
                    "\"pids\":{\"limit\":0},\"blockIO\":{\"weight\":0}}\n",
                    "{\"memory\":{\"limit\":98304,\"reservation\":4096},\"cpu\":{\"shares\":512,\"cpus\":\"0\"},\"pids\":{\"limit\":5},\"blockIO\":{\"weight\":300}}");
}

Test(oci_update, takes_devices_one_by_one)
{
        expect_laid("{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1},{\"major\":8,\"minor\":16,\"rate\":2}]}}",
                    "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":16,\"rate\":3},{\"major\":9,\"minor\":0,\"rate\":4}]}}",
                    "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1},{\"major\":8,\"minor\":16,\"rate\":3},{\"major\":9,\"minor\":0,\"rate\":4}]}}");
        expect_laid("{\"rdma\":{\"a\":{\"hcaHandles\":1}},\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]}",
                    "{\"rdma\":{\"a\":{\"hcaObjects\":2}},\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":9}]}",
                    "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":9}],\"rdma\":{\"a\":{\"hcaObjects\":2}}}");
}

Test(oci_update, frees_swap_with_memory)
{
        expect_laid("{\"memory\":{\"limit\":65536,\"swap\":131072}}", "{\"memory\":{\"limit\":-1}}", "{\"memory\":{\"limit\":-1,\"swap\":-1}}");
        expect_laid("{\"memory\":{\"limit\":65536}}", "{\"memory\":{\"limit\":-1}}", "{\"memory\":{\"limit\":-1}}");
}

Test(oci_update, is_checked_with_what_was_there)
{
        expect_refused("{\"memory\":{\"limit\":65536,\"swap\":131072}}", "{\"memory\":{\"limit\":262144}}",
                       "linux.resources.memory.swap: found 131072, below limit, 262144");
        expect_refused("{}", "{\"memory\":{\"swap\":131072}}", "linux.resources.memory.swap: found 131072 without a limit");
        expect_refused("{\"cpu\":{\"quota\":5000}}", "{\"cpu\":{\"burst\":6000}}", "linux.resources.cpu.burst: found 6000");
        expect_refused("{}", "{\"memory\":{\"kernel\":1}}", "linux.resources.memory.kernel: found 1");
        expect_refused("{}", "{\"pids\":{\"limit\":\"x\"}}", "change: pids.limit: found a string");
        expect_refused("{}", "[", "change: ");
}

Test(oci_update, is_the_request_of_a_guest)
{
        const struct spec_pids most = { .limit = &(const int64_t){ 7 } };
        _cleanup_(free_charp) char *request = NULL;
        struct error err = { 0 };

        cr_assert(eq(int, oci_compile_update(&(const struct spec_resources){ .pids = &most }, NULL, &request, &err), 0), "%s", err.text);
        cr_expect(eq(str, request, (char *)"{\"GuestRequest\":{\"ResourceType\":\"ContainerConstraints\",\"RequestType\":\"Update\","
                                           "\"Settings\":{\"Linux\":{\"pids\":{\"limit\":7}}}}}"));
}
