#include "hcs/base/digest.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void expect(const char *text, size_t piece, const char *wanted)
{
        char found[DIGEST_TEXT_MAX];
        struct digest digest;

        digest_begin(&digest);
        for (size_t at = 0, length = strlen(text); at < length; at += piece)
                digest_add(&digest, text + at, length - at < piece ? length - at : piece);
        digest_end(&digest, found, 64);
        cr_expect(eq(str, found, (char *)wanted), "of \"%.20s\" in pieces of %zu", text, piece);
}

/* The examples of FIPS 180-4's validation suite. */
Test(base_digest, is_sha_256)
{
        static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        char found[DIGEST_TEXT_MAX], many[1001];
        struct digest digest;

        expect("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        expect("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        for (size_t piece = 1; piece <= 64; piece++)
                expect(two_blocks, piece, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");

        memset(many, 'a', 1000);
        many[1000] = '\0';
        digest_begin(&digest);
        for (int i = 0; i < 1000; i++)
                digest_add(&digest, many, 1000);
        digest_end(&digest, found, 64);
        cr_expect(eq(str, found, (char *)"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

Test(base_digest, gives_as_many_digits_as_asked_for)
{
        char found[DIGEST_TEXT_MAX];
        struct digest digest;

        digest_begin(&digest);
        digest_add(&digest, "abc", 3);
        digest_end(&digest, found, 9);
        cr_expect(eq(str, found, (char *)"ba7816bf8"));
}
