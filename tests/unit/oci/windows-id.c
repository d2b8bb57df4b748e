#include "oci/windows/id.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

Test(oci_windows_id, takes_what_is_a_directorys_name_on_windows)
{
        static const char *const ids[] = { "demo", "a.b", "CONSOLE", "con1", "COM10", "com", "NULL", "x.con", "scratch2", "my-scratch", "lpt", "_" };

        for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
                struct error err = { 0 };

                cr_expect(eq(int, oci_windows_check_id(ids[i], &err), 0), "%s: %s", ids[i], err.text);
        }
}

Test(oci_windows_id, refuses_what_would_be_something_else)
{
        static const struct { const char *id, *why; } rows[] = {
                { "demo.", "dot at the end" }, { "a..", "dot at the end" }, { "CON", "device" }, { "con", "device" }, { "nul.txt", "device" },
                { "Aux", "device" }, { "COM1", "device" }, { "lpt9.x.y", "device" }, { "scratch", "scratches" }, { "Scratch", "scratches" }, 
                { "layers", "layers" }, { "LAYERS", "layers" },
                { "", "empty" }, { ".a", "first" }, { "a/b", "at byte 2" }, { "a\\b", "at byte 2" }, { "a:b", "at byte 2" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
                struct error err = { 0 };

                cr_expect(eq(int, oci_windows_check_id(rows[i].id, &err), E_INVALID_PARAMETER), "%s", rows[i].id);
                cr_expect(strstr(err.text, rows[i].why) != NULL, "%s: %s", rows[i].id, err.text);
        }
}
