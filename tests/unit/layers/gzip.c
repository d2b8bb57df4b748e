/* gzip, out and in: the same bytes by one hand as by many, and nothing taken that is not whole. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/text.h"
#include "layers/archive/deflater.h"
#include "layers/archive/gunzip.h"

static int keep(void *context, const void *bytes, size_t length, struct error *err)
{
        text_add_n(context, bytes, length);
        return text_check(context, err);
}

/* Half of it can't be packed, half of it can, and no block is like another. */
static void make(struct text *ret, size_t size)
{
        unsigned seed = 1;

        text_clear(ret);
        for (size_t i = 0; i < size; i++) {
                seed = seed * 1103515245u + 12345u;
                text_add_char(ret, (char)((i >> 12) % 2 ? seed >> 16 : 'a' + (seed >> 28)));
        }
}

/* In pieces of an odd size. */
static void pack(const struct text *plain, size_t hands, struct text *ret)
{
        _cleanup_(deflater_freep) struct deflater *deflater = NULL;
        struct error err = { 0 };
        int r = deflater_new(hands, keep, ret, &deflater, &err);

        for (size_t at = 0; r >= 0 && at < plain->length; at += 77777)
                r = deflater_add(deflater, plain->data + at, plain->length - at < 77777 ? plain->length - at : 77777, &err);
        if (r >= 0)
                r = deflater_end(deflater, &err);
        cr_assert(eq(int, r, 0), "%s", err.text);
}

static bool take(void *context, const void *bytes, size_t length)
{
        text_add_n(context, bytes, length);
        return true;
}

/* `piece` bytes at a time. */
static int unpack(const char *bytes, size_t length, size_t piece, struct text *ret, struct error *err)
{
        _cleanup_(gunzip_freep) struct gunzip *gunzip = NULL;
        int r = gunzip_new(take, ret, &gunzip, err);

        text_clear(ret);
        for (size_t at = 0; r == 0 && at < length; at += piece)
                r = gunzip_add(gunzip, bytes + at, length - at < piece ? length - at : piece, err);
        return r == 0 ? gunzip_end(gunzip, err) : r;
}

Test(gzip, any_number_of_hands_makes_the_same_bytes)
{
        const size_t sizes[] = { 0, 1, DEFLATER_BLOCK - 1, DEFLATER_BLOCK, DEFLATER_BLOCK + 1, 9 * DEFLATER_BLOCK + 12345 };

        for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
                _cleanup_(text_done) struct text plain = { 0 }, first = { 0 }, back = { 0 };
                struct error err = { 0 };

                make(&plain, sizes[i]);
                pack(&plain, 1, &first);
                cr_assert(gunzip_knows(first.data, first.length));
                cr_assert(eq(int, unpack(first.data, first.length, 131072, &back, &err), 0), "%s", err.text);
                cr_assert(eq(sz, back.length, plain.length));
                cr_expect(plain.length == 0 || memcmp(back.data, plain.data, plain.length) == 0);
                for (size_t hands = 2; hands <= DEFLATER_MOST; hands += 3) {
                        _cleanup_(text_done) struct text other = { 0 };

                        pack(&plain, hands, &other);
                        cr_expect(other.length == first.length && memcmp(other.data, first.data, first.length) == 0,
                                  "%zu bytes by %zu hands", sizes[i], hands);
                }
        }
}

static int refuse(void *context, const void *bytes, size_t length, struct error *err)
{
        (void)bytes;
        *(size_t *)context += length;
        return *(size_t *)context > 300000 ? error_set(err, E_DISK_FULL, "no room") : 0;
}

Test(gzip, a_writer_that_fails_ends_it_with_its_reason)
{
        for (size_t hands = 1; hands <= DEFLATER_MOST; hands++) {
                _cleanup_(deflater_freep) struct deflater *deflater = NULL;
                _cleanup_(text_done) struct text plain = { 0 };
                struct error err = { 0 };
                size_t written = 0;
                int r = deflater_new(hands, refuse, &written, &deflater, &err);

                make(&plain, 2 * DEFLATER_BLOCK);
                for (int i = 0; r >= 0 && i < 20; i++)
                        r = deflater_add(deflater, plain.data, plain.length, &err);
                cr_expect(eq(int, r, E_DISK_FULL), "%zu hands", hands);
                cr_expect(eq(str, err.text, (char *)"no room"));
        }
}

/* Every cut, and a bit of each byte, of a small one; whole and byte by byte. */
Test(gzip, what_was_cut_or_changed_anywhere_is_never_taken_for_it)
{
        _cleanup_(text_done) struct text plain = { 0 }, packed = { 0 }, back = { 0 };

        make(&plain, 6000);
        pack(&plain, 1, &packed);
        for (size_t at = 0; at < packed.length; at++)
                for (size_t piece = 1; piece <= packed.length; piece += packed.length - 1) {
                        struct error err = { 0 };

                        if (at > 0)
                                cr_expect(lt(int, unpack(packed.data, at, piece, &back, &err), 0), "cut at %zu", at);
                        packed.data[at] ^= 16;
                        if (unpack(packed.data, packed.length, piece, &back, &err) == 0)        /* the time and the like */
                                cr_expect(back.length == plain.length && memcmp(back.data, plain.data, plain.length) == 0, "bit at %zu", at);
                        packed.data[at] ^= 16;
                }
}

Test(gzip, members_follow_one_another_and_zeros_fill_up)
{
        _cleanup_(text_done) struct text plain = { 0 }, packed = { 0 }, all = { 0 }, back = { 0 };
        const size_t pieces[] = { 1, 2, 7, 1000000 };

        make(&plain, 5000);
        pack(&plain, 1, &packed);
        for (int i = 0; i < 3; i++)
                text_add_n(&all, packed.data, packed.length);
        for (size_t i = 0; i < 4; i++) {
                struct error err = { 0 };

                cr_expect(eq(int, unpack(all.data, all.length, pieces[i], &back, &err), 0), "%s", err.text);
                cr_expect(eq(sz, back.length, 3 * plain.length));
        }
        text_add_n(&all, "\0\0\0\0\0", 5);
        for (size_t i = 0; i < 4; i++) {
                struct error err = { 0 };

                cr_expect(eq(int, unpack(all.data, all.length, pieces[i], &back, &err), 0), "%s", err.text);
                text_add_n(&all, packed.data, packed.length);
                cr_expect(lt(int, unpack(all.data, all.length, pieces[i], &back, &err), 0), "another one behind the filling");
                all.length -= packed.length;
        }
        all.data[all.length - 1] = 'x';
        for (size_t i = 0; i < 4; i++) {
                struct error err = { 0 };

                cr_expect(lt(int, unpack(all.data, all.length, pieces[i], &back, &err), 0));
                cr_expect(ne(ptr, strstr(err.text, "something else stands behind it"), NULL), "%s", err.text);
        }
}
