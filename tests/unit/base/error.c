#include "hcs/base/error.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hcs/base/log.h"
#include "hcs/base/utf8.h"

Test(base_error, keeps_what_it_is_told)
{
        struct error err = { 0 };

        cr_expect(eq(int, error_set(&err, E_INVALID_DATA, "entry %d", 7), E_INVALID_DATA));
        cr_expect(eq(int, err.code, E_INVALID_DATA));
        cr_expect(eq(str, err.text, "entry 7"));
}

Test(base_error, is_never_a_success)
{
        struct error err = { 0 };

        cr_expect(lt(int, error_set(&err, 0, "x"), 0));
        cr_expect(lt(int, error_set(&err, 5, "x"), 0));
}

Test(base_error, adds_the_words_of_errno_and_its_code)
{
        struct error err = { 0 };

        errno = ENOENT;
        cr_expect(eq(int, error_errno(&err, "opening %s", "/x"), E_FILE_NOT_FOUND));
        cr_expect(eq(str, err.text, "opening /x: no such file or directory"));
        cr_expect(eq(int, error_errnum(&err, EACCES, "opening %s", "/y"), E_ACCESS));
        cr_expect(eq(str, err.text, "opening /y: permission denied"));
}

Test(base_error, puts_steps_in_front_and_keeps_the_code)
{
        struct error err = { 0 };

        error_set(&err, E_BUSY, "it is used");
        cr_expect(eq(int, error_wrap(&err, "removing %s", "a"), E_BUSY));
        cr_expect(eq(int, error_wrap(&err, "deleting"), E_BUSY));
        cr_expect(eq(str, err.text, "deleting: removing a: it is used"));
}

Test(base_error, may_quote_its_own_text)
{
        struct error err = { 0 };

        error_set(&err, E_BUSY, "inner");
        error_set(&err, E_ACCESS, "outer (%s)", err.text);
        cr_expect(eq(str, err.text, "outer (inner)"));
}

Test(base_error, is_one_line_that_cannot_drive_a_terminal)
{
        struct error err = { 0 };

        error_set(&err, E_BUSY, "%s", "a\nb\r\tc\x1b[31m\x7f" "\xc2\x9b" "é\xff\xe2\x80\xae😀");
        cr_expect(eq(str, err.text, "a\\nb\\r\\tc\\x1b[31m\\x7f\\u009bé\\xff\\u202e😀"));
        error_wrap(&err, "%s", "\x1b");
        cr_expect(eq(str, err.text, "\\x1b: a\\nb\\r\\tc\\x1b[31m\\x7f\\u009bé\\xff\\u202e😀"), "what is escaped stays as it is");
}

Test(base_error, is_cut_at_a_whole_character_and_says_so)
{
        static const char *const pieces[] = { "€", "é", "😀", "\x1b", "\xff", "a" };

        for (size_t i = 0; i < ARRAY_LENGTH(pieces); i++)
                for (size_t lead = ERROR_TEXT_MAX - 20; lead < ERROR_TEXT_MAX + 4; lead++) {
                        char text[ERROR_TEXT_MAX * 2] = { 0 };
                        struct error err = { 0 };

                        memset(text, 'a', lead);
                        for (int n = 0; n < 60; n++)
                                strcat(text, pieces[i]);
                        error_set(&err, E_BUSY, "%s", text);
                        cr_assert(utf8_is_valid(err.text, strlen(err.text)), "piece %zu behind %zu", i, lead);
                        cr_assert(eq(str, err.text + strlen(err.text) - 3, "..."), "piece %zu behind %zu", i, lead);
                }
}

Test(base_error, translates_there_and_back)
{
        static const int same[] = { ENOENT, EACCES, ENOMEM, EINVAL, EEXIST, ENOSPC, EBUSY, EPIPE, ETIMEDOUT, ENOTSUP, ESRCH };

        for (size_t i = 0; i < ARRAY_LENGTH(same); i++)
                cr_expect(eq(int, error_to_errno(error_from_errno(same[i])), same[i]));
        cr_expect(eq(int, error_from_errno(EPERM), E_ACCESS));
        cr_expect(eq(int, error_from_errno(123456), E_UNEXPECTED_FAILURE));
        cr_expect(eq(int, error_to_errno(HCS_E_INVALID_STATE), 0));
}

Test(base_error, has_words_for_every_errno)
{
        for (int errnum = -1; errnum < 200; errnum++) {
                const char *words = error_errno_text(errnum);

                cr_assert(words && *words, "errno %d", errnum);
        }
}

static void remember(void *context, enum log_level level, const char *text)
{
        (void)level;
        snprintf(context, 100, "%s", text);
}

Test(base_log, hands_one_line_to_the_sink)
{
        char seen[100] = "";
        const struct log log = { .sink = remember, .context = seen, .level = LOG_LEVEL_WARNING };

        log_warning(&log, "mount %s", "a\nb\x1b");
        cr_expect(eq(str, seen, "mount a\\nb\\x1b"));
}

Test(base_log, keeps_silent_below_its_level_and_without_a_sink)
{
        char seen[100] = "";
        const struct log log = { .sink = remember, .context = seen, .level = LOG_LEVEL_WARNING }, silent = { 0 };

        log_info(&log, "x");
        log_debug(&log, "x");
        log_event(&silent, LOG_LEVEL_ERROR, "x");
        log_event(NULL, LOG_LEVEL_ERROR, "x");
        cr_expect(eq(str, seen, ""));
}
