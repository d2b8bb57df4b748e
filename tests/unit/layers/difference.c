/* Differences of texts: each is applied again, to the letter, by a small strict reader of hunks. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layers/difference.h"

static const char *line_end(const char *line)
{
        const char *end = strchr(line, '\n');

        return end ? end + 1 : line + strlen(line);
}

/* The text that hunks make of `before`.  A context or removed line that is not what stands there fails the test. */
static void apply(const char *before, const char *hunks, struct text *out)
{
        int line = 0;

        while (*hunks) {
                int from, from_count, to, to_count;

                cr_assert(eq(int, sscanf(hunks, "@@ -%d,%d +%d,%d @@", &from, &from_count, &to, &to_count), 4), "%s", hunks);
                hunks = line_end(hunks);
                for (; line < from - (from_count > 0); line++) {
                        text_add_n(out, before, (size_t)(line_end(before) - before));
                        before = line_end(before);
                }
                while (from_count || to_count) {
                        char sign = *hunks++;
                        const char *end = line_end(hunks);
                        size_t length = (size_t)(end - hunks);

                        if (*end == '\\') {
                                length--;
                                end = line_end(end);
                        }
                        if (sign != '+') {
                                cr_assert(eq(sz, (size_t)(line_end(before) - before), length));
                                cr_assert(eq(int, memcmp(before, hunks, length), 0));
                                before += length;
                                from_count--;
                                line++;
                        }
                        if (sign != '-') {
                                text_add_n(out, hunks, length);
                                to_count--;
                        }
                        hunks = end;
                }
        }
        text_add(out, before);
}

static void expect_round(const char *before, const char *after)
{
        _cleanup_(text_done) struct text hunks = { 0 }, made = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, difference_print(&hunks, &(struct difference_side){ before, strlen(before) },
                                           &(struct difference_side){ after, strlen(after) }, &err), 0), "%s", err.text);
        apply(before, hunks.data ? hunks.data : "", &made);
        cr_expect(eq(str, made.data ? made.data : "", (char *)after), "hunks: %s", hunks.data);
}

static void expect_hunks(const char *before, const char *after, const char *wanted)
{
        _cleanup_(text_done) struct text hunks = { 0 };
        struct error err = { 0 };

        difference_print(&hunks, &(struct difference_side){ before, strlen(before) }, &(struct difference_side){ after, strlen(after) },
                         &err);
        cr_expect(eq(str, hunks.data ? hunks.data : "", (char *)wanted));
        expect_round(before, after);
}

Test(difference, equal_texts_have_none)
{
        expect_hunks("a\nb\n", "a\nb\n", "");
        expect_hunks("", "", "");
}

Test(difference, a_changed_line_stands_between_three_others)
{
        expect_hunks("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
                     "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

Test(difference, changes_that_are_close_share_a_hunk_and_others_don_t)
{
        expect_hunks("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
                     "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
        expect_hunks("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
                     "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}

Test(difference, of_nothing_are_all_lines)
{
        expect_hunks("", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n");
        expect_hunks("a\nb\n", "", "@@ -1,2 +0,0 @@\n-a\n-b\n");
}

Test(difference, a_last_line_without_end_is_told)
{
        expect_hunks("a\nb", "a\nb\n", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
        expect_hunks("a\nb\n", "a\nb", "@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n");
        expect_hunks("a", "b", "@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n");
        expect_hunks("x\na", "y\na", "@@ -1,2 +1,2 @@\n-x\n+y\n a\n\\ No newline at end of file\n");
}

/* Few words, so that many lines are equal; a fixed seed, so that a failure comes again. */
static char *random_text(unsigned *seed, int lines, int words)
{
        char *text = calloc((size_t)lines + 1, 12), *at = text;

        for (int i = 0; i < lines; i++)
                at += sprintf(at, "%d%s", rand_r(seed) % words, i == lines - 1 && rand_r(seed) % 4 == 0 ? "" : "\n");
        return text;
}

Test(difference, thousands_of_random_texts_come_out_as_they_were)
{
        unsigned seed = 1;

        for (int i = 0; i < 4000; i++) {
                char *before = random_text(&seed, rand_r(&seed) % 40, 1 + rand_r(&seed) % 12);
                char *after = random_text(&seed, rand_r(&seed) % 40, 1 + rand_r(&seed) % 12);

                expect_round(before, after);
                free(before);
                free(after);
        }
}

/* Nothing in common, and much in common in another order: more than the search goes on for. */
Test(difference, texts_that_are_too_different_are_still_right, .timeout = 60)
{
        unsigned seed = 2;

        for (int words = 2; words < 40000; words *= 20) {
                char *before = random_text(&seed, 20000, words), *after = random_text(&seed, 20000, words);

                expect_round(before, after);
                free(before);
                free(after);
        }
}

Test(difference, more_lines_than_there_may_be_are_an_answer)
{
        _cleanup_(text_done) struct text hunks = { 0 };
        char *lines = malloc(DIFFERENCE_LINES_MAX + 1);
        struct error err = { 0 };

        memset(lines, '\n', DIFFERENCE_LINES_MAX + 1);
        cr_expect(eq(int, difference_print(&hunks, &(struct difference_side){ "", 0 },
                                           &(struct difference_side){ lines, DIFFERENCE_LINES_MAX + 1 }, &err), DIFFERENCE_TOO_LONG));
        cr_expect(eq(sz, hunks.length, 0));
        free(lines);
}
