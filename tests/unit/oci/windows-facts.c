/* Facts of a host, and the questions that are asked of them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "oci/facts.h"

static int parse(struct arena *arena, const char *text, struct oci_facts *ret, struct error *err)
{
        return oci_facts_parse(text, strlen(text), "facts.json", arena, ret, err);
}

Test(facts, have_the_documented_defaults)
{
        struct oci_facts facts;
        struct error err = { 0 };
        struct arena arena = { 0 };

        cr_assert(eq(int, parse(&arena, "{}", &facts, &err), 0), "%s", err.text);
        cr_expect(eq(u32, facts.processors, 4));
        cr_expect(eq(u64, facts.memory_in_mb, 16384));
        cr_expect(eq(u32, facts.build, 26100));
        cr_expect(facts.schema_version.major == 2 && facts.schema_version.minor == 7);
        cr_expect(eq(str, (char *)facts.base_layer, FACTS_BASE_LAYER));
        cr_expect(eq(str, (char *)facts.scratch_volume, FACTS_SCRATCH_VOLUME));
        cr_expect(eq(str, (char *)facts.data_directory, FACTS_DATA_DIRECTORY));
        cr_expect(eq(ptr, (void *)facts.utility_vm, NULL));
        arena_done(&arena);
}

/* The example of the item 4. */
Test(facts, go_over_the_defaults)
{
        struct oci_facts facts;
        struct error err = { 0 };
        struct arena arena = { 0 };

        cr_assert(eq(int, parse(&arena, "{\"Processors\":8,\"MemoryInMB\":32768,\"Build\":22631,\"SchemaVersion\":{\"Major\":2,\"Minor\":6},"
                                "\"BaseLayer\":\"C:\\\\base\",\"ScratchVolume\":\"\\\\\\\\?\\\\Volume{01234567-89ab-cdef-0123-456789abcdef}\\\\\"}",
                                &facts, &err), 0), "%s", err.text);
        cr_expect(eq(u32, facts.processors, 8));
        cr_expect(eq(u32, facts.build, 22631));
        cr_expect(eq(str, (char *)facts.base_layer, "C:\\base"));
        cr_expect(oci_facts_has_schema(&facts, 2, 6) && oci_facts_has_schema(&facts, 2, 1) && !(oci_facts_has_schema(&facts, 2, 7)));
        cr_expect(false == (oci_facts_has_schema(&facts, 3, 0)));
        arena_done(&arena);
}

Test(facts, are_refused_by_the_path_of_the_member)
{
        static const char *const rows[][2] = {
                { "{\"Processors\":0}", "facts.json: Processors: " }, { "{\"MemoryInMB\":\"1\"}", "facts.json: MemoryInMB: " },
                { "{\"SchemaVersion\":{\"Major\":2}}", "facts.json: SchemaVersion.Minor: " },
                { "{\"SchemaVersion\":{\"Major\":1,\"Minor\":0}}", "facts.json: SchemaVersion: " },
                { "{\"SchemaVersion\":{\"Major\":2,\"Minor\":1,\"Patch\":0}}", "facts.json: SchemaVersion.Patch: " },
                { "{\"BaseLayer\":\"base\"}", "facts.json: BaseLayer: " }, { "{\"BaseLayer\":\"C:\\\\a\\\\..\"}", "facts.json: BaseLayer: " },
                { "{\"ScratchVolume\":\"C:\\\\\"}", "facts.json: ScratchVolume: " }, { "{\"Endpoints\":[]}", "facts.json: Endpoints: " },
                { "{\"Files\":\"C:\\\\a\"}", "facts.json: Files: " }, { "{\"cores\":1}", "facts.json: cores: " }, { "[]", "facts.json: " },
                { "{", "facts.json" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
                struct oci_facts facts = { .processors = 77 };
                struct error err = { 0 };
                struct arena arena = { 0 };

                cr_expect(lt(int, parse(&arena, rows[i][0], &facts, &err), 0), "%s", rows[i][0]);
                cr_expect(eq(i32, err.code, E_INVALID_DATA));
                cr_expect(text_starts_with(err.text, rows[i][1]), "%s: %s", rows[i][0], err.text);
                cr_expect(eq(u32, facts.processors, 77), "a failure leaves its output alone");
                arena_done(&arena);
        }
}

Test(facts, find_files_and_links_as_windows_compares_names)
{
        struct oci_facts facts;
        struct error err = { 0 };
        struct arena arena = { 0 };

        cr_assert(eq(int, parse(&arena, "{\"Files\":[\"C:\\\\a\\\\F.txt\"],\"Links\":{\"C:\\\\l\":\"D:\\\\t\"}}", &facts, &err), 0), "%s", err.text);
        cr_expect(oci_facts_is_file(&facts, "c:/A/f.TXT") && !(oci_facts_is_file(&facts, "C:\\a")));
        cr_expect(eq(str, (char *)oci_facts_target(&facts, "c:\\L"), "D:\\t"));
        cr_expect(eq(str, (char *)oci_facts_target(&facts, "C:\\other"), "C:\\other"));
        arena_done(&arena);
}

Test(facts, that_are_not_there_are_named)
{
        struct oci_facts facts;
        struct error err = { 0 };
        struct arena arena = { 0 };

        cr_expect(lt(int, oci_facts_load("/nowhere/facts.json", &arena, &facts, &err), 0));
        cr_expect(strstr(err.text, "host facts \"/nowhere/facts.json\"") != NULL, "%s", err.text);
        arena_done(&arena);
}

Test(facts, are_read_back_as_they_were_written)
{
        static const char given[] = "{\"Processors\":8,\"MemoryInMB\":100,\"Build\":20348,\"SchemaVersion\":{\"Major\":2,\"Minor\":5},"
                                    "\"BaseLayer\":\"C:\\\\b\",\"ScratchVolume\":\"\\\\\\\\?\\\\Volume{01234567-89ab-cdef-0123-456789abcdef}\\\\\","
                                    "\"DataDirectory\":\"D:\\\\d\",\"UtilityVM\":\"C:\\\\u\",\"LinuxBootFiles\":\"C:\\\\l\",\"UserSid\":\"S-1-5\","
                                    "\"PodLun\":3,"
                                    "\"Files\":[\"C:\\\\f\"],\"Links\":{\"C:\\\\a\":\"C:\\\\b\"},\"Endpoints\":{\"e\":{}},\"Namespaces\":{\"n\":{}},"
                                    "\"CredentialGuard\":{\"Instances\":[]}}";
        struct oci_facts facts;
        struct error err = { 0 };
        struct arena arena = { 0 };
        struct text out = { 0 };

        cr_assert(eq(int, parse(&arena, given, &facts, &err), 0), "%s", err.text);
        oci_facts_write(&facts, &out);
        cr_expect(eq(str, out.data, (char *)given));
        text_done(&out);
        arena_done(&arena);
}
