/* Messages of CRIU, byte for byte as Protocol Buffers have them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "hcs/local/criu-message.h"

#define expect_bytes(text, bytes) do { \
                cr_expect(eq(sz, (text).length, sizeof(bytes) - 1)); \
                cr_expect(memcmp((text).data, bytes, sizeof(bytes) - 1) == 0); \
                text_done(&(text)); \
        } while (0)

Test(criu_message, numbers_and_texts_are_written_as_they_are_sent)
{
        struct text out = { 0 };

        criu_add_number(&out, CRIU_PID, 1);
        expect_bytes(out, "\x10\x01");
        criu_add_number(&out, CRIU_PID, 300);
        expect_bytes(out, "\x10\xac\x02");
        criu_add_number(&out, CRIU_EMPTY_NS, 0x40000000);
        expect_bytes(out, "\xb0\x02\x80\x80\x80\x80\x04");
        criu_add_text(&out, CRIU_ROOT, "/r");
        expect_bytes(out, "\x6a\x02/r");
        criu_add_pair(&out, CRIU_CG_ROOT, "pids", "/a");
        expect_bytes(out, "\xca\x01\x0a\x0a\x04pids\x12\x02/a");
        criu_add_pair_number(&out, CRIU_INHERIT_FD, "k", 2);
        expect_bytes(out, "\xda\x01\x05\x0a\x01k\x10\x02");
}

Test(criu_message, requests_hold_their_options)
{
        struct text out = { 0 }, options = { 0 };

        criu_add_number(&options, CRIU_PID, 7);
        criu_request_write(&out, CRIU_DUMP, &options);
        expect_bytes(out, "\x08\x01\x12\x02\x10\x07");
        criu_request_write(&out, CRIU_FEATURE_CHECK, NULL);
        expect_bytes(out, "\x08\x09\x2a\x02\x08\x01");
        criu_notified_write(&out, true);
        expect_bytes(out, "\x08\x06\x18\x01");
        text_done(&options);
}

#define ANSWER(bytes) criu_answer_read(bytes, sizeof(bytes) - 1, &answer, &err)

Test(criu_message, answers_are_read_and_what_is_unknown_is_passed_over)
{
        struct criu_answer answer;
        struct error err = { 0 };

        cr_assert(eq(int, ANSWER("\x08\x02\x10\x01\x22\x03\x08\xac\x02"), 0), "%s", err.text);
        cr_expect(eq(u32, answer.type, CRIU_RESTORE));
        cr_expect(answer.success);
        cr_expect(eq(u32, answer.pid, 300));
        cr_assert(eq(int, ANSWER("\x08\x06\x10\x01\x2a\x10\x0a\x0cpost-restore\x10\x05"), 0), "%s", err.text);
        cr_expect(eq(str, answer.script, (char *)"post-restore"));
        cr_expect(eq(u32, answer.pid, 5));
        cr_assert(eq(int, ANSWER("\x08\x01\x10\x00\x38\x16\x4a\x03no!\xf8\x07\x01\xfd\x07xxxx\xf9\x07xxxxxxxx"), 0), "%s", err.text);
        cr_expect(not(answer.success));
        cr_expect(eq(i32, answer.error_number, 22));
        cr_expect(eq(str, answer.error, (char *)"no!"));
        cr_assert(eq(int, ANSWER("\x08\x09\x10\x01\x42\x02\x08\x01"), 0));
        cr_expect(answer.tracks_memory);
        cr_assert(eq(int, ANSWER("\x08\x0a\x10\x01\x52\x06\x08\x04\x10\x02\x20\x01"), 0));
        cr_expect(eq(u32, answer.major * 10000 + answer.minor * 100 + answer.sublevel, 40201));
}

/* What is longer than its place is cut, and nothing is read behind the end. */
Test(criu_message, what_is_no_message_is_refused)
{
        static const struct { const char *bytes; size_t length; } wrong[] = {
                { "\x08", 1 }, { "\x08\x80", 2 }, { "\x2a\x05\x0a", 3 }, { "\x2a\x02\x0a\x7f", 4 }, { "\x0b\x01", 2 }, { "\xfd\x07x", 3 },
                { "\x22\x00\x2b", 3 }, { "\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 }, { "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12 },
                { "\x28\x01", 2 },
        };
        struct criu_answer answer;
        char longest[400] = "\x4a\xff\x02";

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                struct error err = { 0 };

                cr_expect(lt(int, criu_answer_read(wrong[i].bytes, wrong[i].length, &answer, &err), 0), "%zu", i);
        }
        for (size_t length = 0; length < sizeof("\x08\x06\x10\x01\x2a\x10\x0a\x0cpost-restore\x10\x05") - 1; length++) {
                struct error err = { 0 };
                char *exact = malloc(length + 1);

                memcpy(exact, "\x08\x06\x10\x01\x2a\x10\x0a\x0cpost-restore\x10\x05", length);
                (void)criu_answer_read(exact, length, &answer, &err);   /* for the sanitizers */
                free(exact);
        }
        {
                struct error err = { 0 };

                memset(longest + 3, 'x', 383);
                cr_expect(eq(int, criu_answer_read(longest, 386, &answer, &err), 0), "%s", err.text);
                cr_expect(eq(sz, strlen(answer.error), 383));
                longest[0] = '\x2a', longest[3] = '\x0a', longest[4] = '\xfc', longest[5] = '\x02';
                cr_expect(eq(int, criu_answer_read(longest, 386, &answer, &err), 0), "%s", err.text);
                cr_expect(eq(sz, strlen(answer.script), sizeof(answer.script) - 1));
        }
}
