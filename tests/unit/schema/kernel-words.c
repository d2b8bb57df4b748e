#include "hcs/schema/kernel-words.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(schema_kernel_words, lists_are_read_as_the_kernel_writes_them)
{
        uint64_t set[2];

        cr_assert(eq(int, kernel_list_read("0-2,5,64-65", set, 128), 0));
        cr_expect(eq(u64, set[0], 0x27));
        cr_expect(eq(u64, set[1], 3));
        cr_assert(eq(int, kernel_list_read("127", set, 128), 0));
        cr_expect(eq(u64, set[1], UINT64_C(1) << 63));
}

Test(schema_kernel_words, refuses_what_is_no_list)
{
        static const char *const wrong[] = { "", ",", "1,", "-1", "1-", "2-1", "a", "128", "0-128", "1 ", "99999999999", "0x1", "1--2" };
        uint64_t set[2];

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
                cr_expect(eq(int, kernel_list_read(wrong[i], set, 128), -1), "\"%s\"", wrong[i]);
}
