#include "oci/state.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "hcs/base/json.h"

static void expect_written(const struct oci_state *state, const char *expected)
{
        struct text out = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, oci_state_write(state, &out, &err), 0), "%s", err.text);
        cr_expect(eq(str, out.data, (char *)expected));
        text_done(&out);
}

Test(oci_state, is_printed_as_runc_prints_it)
{
        struct string_pair annotations[] = { { "a/b", "c\"d" } };
        const struct oci_state state = {
                .oci_version = "1.2.0", .id = "box", .status = OCI_RUNNING, .pid = 42, .bundle = "/b", .rootfs = "/b/rootfs",
                .created = "2026-11-25T21:05:00.123456789Z", .owner = "", .annotations = { annotations, 1 },
        };

        expect_written(&state, "{\n"
                       "  \"ociVersion\": \"1.2.0\",\n"
                       "  \"id\": \"box\",\n"
                       "  \"pid\": 42,\n"
                       "  \"status\": \"running\",\n"
                       "  \"bundle\": \"/b\",\n"
                       "  \"rootfs\": \"/b/rootfs\",\n"
                       "  \"created\": \"2026-11-25T21:05:00.123456789Z\",\n"
                       "  \"annotations\": {\n"
                       "    \"a/b\": \"c\\\"d\"\n"
                       "  },\n"
                       "  \"owner\": \"\"\n"
                       "}\n");
}

Test(oci_state, has_a_pid_of_zero_and_no_annotations_when_there_are_none)
{
        const struct oci_state state = {
                .oci_version = "1.2.0", .id = "box", .status = OCI_STOPPED, .bundle = "/b", .rootfs = "/", .created = "x",
        };

        expect_written(&state, "{\n"
                       "  \"ociVersion\": \"1.2.0\",\n"
                       "  \"id\": \"box\",\n"
                       "  \"pid\": 0,\n"
                       "  \"status\": \"stopped\",\n"
                       "  \"bundle\": \"/b\",\n"
                       "  \"rootfs\": \"/\",\n"
                       "  \"created\": \"x\",\n"
                       "  \"owner\": \"\"\n"
                       "}\n");
}

Test(oci_state, can_be_read_back)
{
        const struct oci_state state = {
                .oci_version = "1.2.0", .id = "box", .status = OCI_PAUSED, .pid = 7, .bundle = "/b", .rootfs = "/", .created = "x",
                .owner = "joe",
        };
        struct oci_state read = { 0 };
        struct json_value *value;
        struct arena arena = { 0 };
        struct text out = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, oci_state_write(&state, &out, &err), 0));
        cr_assert(eq(int, json_parse(&arena, out.data, out.length, "state", &value, &err), 0), "%s", err.text);
        cr_assert(eq(int, json_read(&arena, oci_state_fields, value, &read, "", JSON_REFUSE_UNKNOWN, &err), 0), "%s", err.text);
        cr_expect(eq(str, (char *)read.id, "box"));
        cr_expect(eq(int, read.status, OCI_PAUSED));
        cr_expect(eq(u32, read.pid, 7));
        cr_expect(eq(str, (char *)read.owner, "joe"));
        text_done(&out);
        arena_done(&arena);
}

Test(oci_state, has_a_word_for_each_status)
{
        cr_expect(eq(str, (char *)oci_status_word(OCI_CREATING), "creating"));
        cr_expect(eq(str, (char *)oci_status_word(OCI_CREATED), "created"));
        cr_expect(eq(str, (char *)oci_status_word(OCI_RUNNING), "running"));
        cr_expect(eq(str, (char *)oci_status_word(OCI_PAUSED), "paused"));
        cr_expect(eq(str, (char *)oci_status_word(OCI_STOPPED), "stopped"));
        cr_expect(eq(str, (char *)oci_status_word(0), "unknown"));
        cr_expect(eq(str, (char *)oci_status_word(6), "unknown"));
}
