/* The engine's record of what it made. */
#include <unistd.h>

#include "hcs/local/engine.h"
#include "tests/unit/base/place.h"

static int look(const struct place *place, struct local_record *record, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };

        return local_record_read(place->dir, &arena, record, err);
}

Test(local_record, is_empty_until_something_is_made_and_absent_without_a_document)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct local_record record = { .init_pid = 7 };
        struct error err = { 0 };

        cr_expect(eq(int, look(&place, &record, &err), LOCAL_NO_RECORD));
        place_file(&place, "system.json", "{}");
        cr_expect(eq(int, look(&place, &record, &err), 0), "%s", err.text);
        cr_expect(eq(u32, record.init_pid, 0));
}

/* As when there is no memory left: then nothing was made, and a delete left all of it. */
Test(local_record, one_that_can_not_be_looked_for_is_a_failure)
{
        static const char *const names[] = { "system.json", "record.json" };

        for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
                _cleanup_(place_donep) struct place place = place_new();
                struct local_record record = { .init_pid = 7 };
                struct error err = { 0 };

                cr_assert(eq(int, symlinkat(names[i], place.dir, names[i]), 0));
                cr_expect(lt(int, look(&place, &record, &err), 0));
                cr_expect(ne(ptr, strstr(err.text, "looking for "), NULL), "%s", err.text);
                cr_expect(eq(u32, record.init_pid, 7), "the output is left alone");
        }
}
