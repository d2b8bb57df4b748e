#include "hcs/base/system.h"
#include "src/lib/record.h"

#include <time.h>

#include "tests/unit/base/place.h"

#define NAME "sandbox.json"

Test(record, reads_what_it_wrote)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct string_pair pair = { "com.example", "a \"b\" \n c" };
        const struct sandbox_record written = {
                .state = { .oci_version = "1.2.0", .id = "one", .bundle = "/b", .rootfs = "/", .created = "2026-01-01T00:00:00Z",
                           .annotations = { &pair, 1 } },
                .owner = 4294967294, .scratch = "/s", .scratch_kept = true, .reference = "/r", .way = "overlay",
        };
        struct sandbox_record read = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, sandbox_record_write(place.dir, &written, &err), 0), "%s", err.text);
        cr_assert(eq(int, sandbox_record_read(place.dir, &arena, &read, &err), 0), "%s", err.text);
        cr_expect(eq(str, (char *)read.state.id, (char *)"one"));
        cr_expect(eq(str, (char *)read.state.annotations.items[0].value, (char *)"a \"b\" \n c"));
        cr_expect(eq(u32, read.owner, 4294967294));
        cr_expect(eq(str, (char *)read.scratch, (char *)"/s"));
        cr_expect(read.scratch_kept);
        cr_expect(eq(str, (char *)read.reference, (char *)"/r"));
        cr_expect(eq(str, (char *)read.way, (char *)"overlay"));
        cr_expect(eq(int, (int)(place_mode(&place, NAME) & 07777), 0600), "it names places of the host");
}

Test(record, one_that_is_not_there_is_an_outcome_and_no_failure)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct sandbox_record read = { .owner = 7 };
        struct error err = { 0 };

        cr_expect(eq(int, sandbox_record_read(place.dir, &arena, &read, &err), SANDBOX_NO_RECORD));
        cr_expect(eq(u32, read.owner, 7), "the output is left alone");
}

/* As when there is no memory left: what was made would be forgotten. */
Test(record, one_that_can_not_be_looked_for_is_a_failure)
{
        _cleanup_(place_donep) struct place place = place_new();
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct sandbox_record read = { .owner = 7 };
        struct error err = { 0 };

        cr_assert(eq(int, symlinkat(NAME, place.dir, NAME), 0));
        cr_expect(lt(int, sandbox_record_read(place.dir, &arena, &read, &err), 0));
        cr_expect(ne(ptr, strstr(err.text, "looking for " NAME ": "), NULL), "%s", err.text);
        cr_expect(eq(u32, read.owner, 7), "the output is left alone");
}

Test(record, refuses_what_is_no_record)
{
        static const char *const texts[] = {
                "", "{", "{}", "[]", "null", "{\"id\":\"x\"}",
                "{\"ociVersion\":\"1\",\"id\":7,\"bundle\":\"\",\"rootfs\":\"\",\"created\":\"\"}",
                "{\"ociVersion\":\"1\",\"id\":\"x\",\"bundle\":\"\",\"rootfs\":\"\",\"created\":\"\",\"owner\":-1}",
                "{\"ociVersion\":\"1\",\"id\":\"x\",\"bundle\":\"\",\"rootfs\":\"\",\"created\":null}",
        };

        for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
                _cleanup_(place_donep) struct place place = place_new();
                _cleanup_(arena_done) struct arena arena = { 0 };
                struct sandbox_record read = { 0 };
                struct error err = { 0 };

                place_file(&place, NAME, texts[i]);
                cr_expect(lt(int, sandbox_record_read(place.dir, &arena, &read, &err), 0), "%s", texts[i]);
                cr_expect(ne(ptr, strstr(err.text, NAME), NULL), "%s", err.text);
        }
}

Test(record, the_time_is_rfc_3339_with_nanoseconds)
{
        char text[40];
        struct tm parts = { 0 };
        const char *rest;

        system_time(text);
        rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
        cr_assert(ne(ptr, (void *)rest, NULL), "%s", text);
        cr_expect(eq(sz, strlen(rest), 11));
        cr_expect(eq(chr, rest[0], '.'));
        cr_expect(eq(sz, strspn(rest + 1, "0123456789"), 9));
        cr_expect(eq(chr, rest[10], 'Z'));
        cr_expect(lt(dbl, difftime(time(NULL), timegm(&parts)), 60.0));
}
