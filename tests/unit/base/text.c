#include "hcs/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <string.h>

#include "hcs/base/arena.h"

Test(base_text, grows_as_it_must)
{
        struct text text = { 0 };
        struct error err = { 0 };

        for (int i = 0; i < 10000; i++) {
                text_add_char(&text, 'a');
                text_add(&text, "bc");
                text_addf(&text, "%04d", i);
        }
        cr_expect(eq(int, text_check(&text, &err), 0));
        cr_expect(eq(sz, text.length, 70000));
        cr_expect(eq(str, text.data + text.length - 7, "abc9999"));
        text_done(&text);
        cr_expect(eq(ptr, text.data, NULL));
}

Test(base_text, is_taken_as_a_string_even_when_empty)
{
        struct text text = { 0 };
        struct error err = { 0 };
        char *taken = NULL;

        cr_assert(eq(int, text_take(&text, &taken, &err), 0));
        cr_expect(eq(str, taken, ""));
        free(taken);
        text_add(&text, "x");
        cr_assert(eq(int, text_take(&text, &taken, &err), 0));
        cr_expect(eq(str, taken, "x"));
        cr_expect(eq(sz, text.length, 0));
        free(taken);
}

Test(base_text, remembers_its_first_failure)
{
        struct text text = { 0 };
        struct error err = { 0 };
        char *taken = NULL;

        text_add(&text, "x");
        text_add_n(&text, "x", SIZE_MAX - 1);           /* fails before it reads */
        text_add(&text, "y");
        cr_expect(eq(int, text_check(&text, &err), E_NO_MEMORY));
        cr_expect(eq(int, text_take(&text, &taken, &err), E_NO_MEMORY));
        cr_expect(eq(ptr, taken, NULL));
        cr_expect(eq(str, text.data, "x"));
        text_done(&text);
}

Test(base_text, knows_ends_and_equals)
{
        cr_expect(text_starts_with("abc", "ab"));
        cr_expect(text_starts_with("abc", ""));
        cr_expect(not(text_starts_with("ab", "abc")));
        cr_expect(text_ends_with("abc", "bc"));
        cr_expect(not(text_ends_with("c", "bc")));
        cr_expect(text_equal(NULL, NULL));
        cr_expect(not(text_equal("", NULL)));
        cr_expect(text_equal("a", "a"));
}

Test(base_text, reads_no_number_but_a_whole_one_in_range)
{
        static const char *const never[] = { "", " 1", "1 ", "+1", "1.0", "1e3", "0x1", "a", "--1", "1-", "１", "\n", "- 1" };
        uint64_t u64 = 7;
        uint32_t u32 = 7;
        int64_t i64 = 7;

        for (size_t i = 0; i < ARRAY_LENGTH(never); i++) {
                cr_expect(eq(int, text_to_u64(never[i], &u64), -1), "\"%s\"", never[i]);
                cr_expect(eq(int, text_to_u32(never[i], &u32), -1), "\"%s\"", never[i]);
                cr_expect(eq(int, text_to_i64(never[i], &i64), -1), "\"%s\"", never[i]);
        }
        cr_expect(eq(int, text_to_u32("4294967296", &u32), -1));
        cr_expect(eq(int, text_to_u32("-1", &u32), -1));
        cr_expect(eq(int, text_to_u64("18446744073709551616", &u64), -1));
        cr_expect(eq(int, text_to_u64("99999999999999999999999999", &u64), -1));
        cr_expect(eq(int, text_to_i64("9223372036854775808", &i64), -1));
        cr_expect(eq(int, text_to_i64("-9223372036854775809", &i64), -1));
        cr_expect(eq(int, text_to_i64("-", &i64), -1));
        cr_expect(eq(u64, u64, 7));
        cr_expect(eq(u32, u32, 7));
        cr_expect(eq(i64, i64, 7), "a failure leaves its output alone");
}

Test(base_text, reads_the_ends_of_each_range)
{
        uint64_t u64;
        uint32_t u32;
        int64_t i64;

        cr_assert(eq(int, text_to_u32("4294967295", &u32), 0));
        cr_expect(eq(u32, u32, UINT32_MAX));
        cr_assert(eq(int, text_to_u64("18446744073709551615", &u64), 0));
        cr_expect(eq(u64, u64, UINT64_MAX));
        cr_assert(eq(int, text_to_u64("000", &u64), 0));
        cr_expect(eq(u64, u64, 0));
        cr_assert(eq(int, text_to_i64("9223372036854775807", &i64), 0));
        cr_expect(eq(i64, i64, INT64_MAX));
        cr_assert(eq(int, text_to_i64("-9223372036854775808", &i64), 0));
        cr_expect(eq(i64, i64, INT64_MIN));
}

Test(base_arena, gives_zeroed_aligned_memory_of_any_size)
{
        struct arena arena = { 0 };

        for (size_t size = 0; size < 20000; size = size * 2 + 1) {
                unsigned char *memory = arena_alloc(&arena, size);

                cr_assert(ne(ptr, memory, NULL));
                cr_assert(eq(sz, (uintptr_t)memory % _Alignof(max_align_t), 0));
                for (size_t i = 0; i < size; i++)
                        cr_assert(eq(int, memory[i], 0));
                memset(memory, 0xff, size);
        }
        arena_done(&arena);
        cr_expect(eq(ptr, arena.last, NULL));
        arena_done(&arena);
}

Test(base_arena, refuses_what_cannot_be_counted)
{
        struct arena arena = { 0 };

        cr_expect(eq(ptr, arena_alloc(&arena, SIZE_MAX), NULL));
        cr_expect(eq(ptr, arena_alloc(&arena, SIZE_MAX - 40), NULL));
        cr_expect(eq(ptr, arena_alloc_array(&arena, SIZE_MAX / 2, 3), NULL));
        cr_expect(eq(ptr, arena_copy_n(&arena, "", SIZE_MAX), NULL));
        cr_expect(eq(ptr, arena_copy(&arena, NULL), NULL));
        arena_done(&arena);
}

Test(base_arena, copies_and_prints)
{
        struct arena arena = { 0 };
        char *a = arena_copy(&arena, "abc"), *b = arena_copy_n(&arena, "abcdef", 2), *c = arena_printf(&arena, "%s-%d", a, 12);

        cr_expect(eq(str, a, "abc"));
        cr_expect(eq(str, b, "ab"));
        cr_expect(eq(str, c, "abc-12"));
        arena_done(&arena);
}
