#include "src/cli/args.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static const struct cmd_flag flags[] = {
        { "bundle", 'b', CMD_FLAG_TEXT, "DIRECTORY", "" }, { "detach", 'd', CMD_FLAG_BOOL, NULL, "" },
        { "tty", 't', CMD_FLAG_BOOL, NULL, "" },           { "env", 'e', CMD_FLAG_LIST, "NAME=VALUE", "" },
        { .name = NULL },
};

/* Up to 15 words, NULL behind the last. */
struct typed { char *words[16]; int count; struct cmd_args args; struct error err; };

#define TYPED(...) { .words = { __VA_ARGS__ } }

static int read_words(struct typed *typed, bool stop)
{
        int count = 0;

        while (typed->words[count])
                count++;
        return args_read(&typed->args, flags, typed->words, count, stop, &typed->count, &typed->err);
}

Test(args, takes_a_value_as_the_next_word_or_behind_an_equals_sign)
{
        struct typed a = TYPED("--bundle", "/x", "id"), b = TYPED("--bundle=/x", "id"), c = TYPED("-b", "/x", "id"),
                     d = TYPED("-b/x", "id"), e = TYPED("-b=/x", "id");
        struct typed *all[] = { &a, &b, &c, &d, &e };

        for (size_t i = 0; i < ARRAY_LENGTH(all); i++) {
                cr_assert(eq(int, read_words(all[i], false), 0), "%s", all[i]->err.text);
                cr_expect(eq(str, (char *)args_text(&all[i]->args, "bundle"), (char *)"/x"));
                cr_expect(eq(int, all[i]->count, 1));
                cr_expect(eq(str, all[i]->words[0], (char *)"id"));
        }
}

Test(args, an_empty_value_is_a_value)
{
        struct typed typed = TYPED("--bundle=", "--bundle", "");

        cr_assert(eq(int, read_words(&typed, false), 0));
        cr_expect(eq(str, (char *)args_text(&typed.args, "bundle"), (char *)""));
        cr_expect(eq(int, typed.count, 0));
}

Test(args, a_value_may_look_like_a_flag)
{
        struct typed typed = TYPED("-e", "--tty", "--bundle", "-d");

        cr_assert(eq(int, read_words(&typed, false), 0));
        cr_expect(not(args_has(&typed.args, "tty")));
        cr_expect(not(args_has(&typed.args, "detach")));
        cr_expect(eq(str, (char *)args_text(&typed.args, "bundle"), (char *)"-d"));
}

Test(args, letters_can_be_written_together)
{
        struct typed typed = TYPED("-dtb", "/x");

        cr_assert(eq(int, read_words(&typed, false), 0));
        cr_expect(args_has(&typed.args, "detach"));
        cr_expect(args_has(&typed.args, "tty"));
        cr_expect(eq(str, (char *)args_text(&typed.args, "bundle"), (char *)"/x"));
}

Test(args, a_switch_can_be_said_to_be_off)
{
        struct typed off = TYPED("--tty=false"), on = TYPED("--tty=true"), odd = TYPED("--tty=maybe");

        cr_assert(eq(int, read_words(&off, false), 0));
        cr_expect(not(args_has(&off.args, "tty")));
        cr_assert(eq(int, read_words(&on, false), 0));
        cr_expect(args_has(&on.args, "tty"));
        cr_expect(eq(int, read_words(&odd, false), E_INVALID_PARAMETER));
}

Test(args, the_last_of_a_flag_counts_and_lists_keep_all)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct typed typed = TYPED("-b", "/a", "-e", "A=1", "--env=B=2=3", "-b", "/b");
        struct strings list;

        cr_assert(eq(int, read_words(&typed, false), 0));
        cr_expect(eq(str, (char *)args_text(&typed.args, "bundle"), (char *)"/b"));
        cr_assert(eq(int, args_list(&typed.args, "env", &arena, &list, &typed.err), 0));
        cr_assert(eq(sz, list.count, 2));
        cr_expect(eq(str, (char *)list.items[0], (char *)"A=1"));
        cr_expect(eq(str, (char *)list.items[1], (char *)"B=2=3"));
}

Test(args, flags_may_stand_behind_words_unless_the_words_are_a_command)
{
        struct typed free_order = TYPED("id", "-t", "KILL"), command = TYPED("-d", "id", "ls", "-t", "--", "-d");

        cr_assert(eq(int, read_words(&free_order, false), 0));
        cr_expect(args_has(&free_order.args, "tty"));
        cr_expect(eq(int, free_order.count, 2));
        cr_assert(eq(int, read_words(&command, true), 0));
        cr_expect(not(args_has(&command.args, "tty")));
        cr_expect(eq(int, command.count, 5));
        cr_expect(eq(str, command.words[3], (char *)"--"), "what is the command's is left alone");
}

Test(args, two_dashes_end_the_flags)
{
        struct typed typed = TYPED("--", "-d", "--tty");

        cr_assert(eq(int, read_words(&typed, false), 0));
        cr_expect(eq(int, typed.count, 2));
        cr_expect(not(args_has(&typed.args, "detach")));
}

Test(args, one_dash_alone_is_a_word)
{
        struct typed typed = TYPED("-", "-d");

        cr_assert(eq(int, read_words(&typed, false), 0));
        cr_expect(eq(int, typed.count, 1));
        cr_expect(args_has(&typed.args, "detach"));
}

Test(args, refuses_what_is_unknown_and_names_what_is_near)
{
        static const struct { struct typed typed; const char *says; } cases[] = {
                { TYPED("--bundel", "/x"), "unknown flag --bundel; did you mean --bundle?" },
                { TYPED("--nothing-like-it"), "unknown flag --nothing-like-it (--help lists them)" },
                { TYPED("-x"), "unknown flag -x (--help lists them)" },
                { TYPED("-dx"), "unknown flag -x (--help lists them)" },
                { TYPED("--bundle"), "--bundle needs a value: --bundle DIRECTORY" },
                { TYPED("-db"), "-b needs a value: -b DIRECTORY" },
                { TYPED("--" "an-unknown-flag-whose-name-is-longer-than-any-flag-of-ours-ever-was=1"), "unknown flag --an-unknown-flag-w" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
                struct typed typed = cases[i].typed;

                cr_expect(eq(int, read_words(&typed, false), E_INVALID_PARAMETER), "%s", cases[i].says);
                cr_expect(eq(int, strncmp(typed.err.text, cases[i].says, strlen(cases[i].says)), 0), "found: %s", typed.err.text);
        }
}

Test(args, refuses_more_flags_than_it_has_room_for)
{
        char *words[ARGS_MAX + 1];
        struct cmd_args args;
        struct error err = { 0 };
        int count;

        for (size_t i = 0; i <= ARGS_MAX; i++)
                words[i] = "-d";
        cr_expect(eq(int, args_read(&args, flags, words, ARGS_MAX, false, &count, &err), 0));
        cr_expect(eq(int, args_read(&args, flags, words, ARGS_MAX + 1, false, &count, &err), E_INVALID_PARAMETER));
}

Test(args, help_is_known_everywhere)
{
        struct typed typed = TYPED("-h");
        struct cmd_args args;
        char *words[] = { "--help" };
        int count;

        cr_assert(eq(int, read_words(&typed, false), 0));
        cr_expect(args_has(&typed.args, "help"));
        cr_assert(eq(int, args_read(&args, NULL, words, 1, false, &count, &typed.err), 0), "also for a verb without flags");
        cr_expect(args_has(&args, "help"));
}

Test(args, the_nearest_word_is_found_only_when_one_is_near)
{
        static const char *const names[] = { "create", "start", "state", "ps" };

        cr_expect(eq(str, (char *)args_nearest("crate", names, 4), (char *)"create"));
        cr_expect(eq(str, (char *)args_nearest("strat", names, 4), (char *)"start"));
        cr_expect(eq(str, (char *)args_nearest("p", names, 4), (char *)"ps"));
        cr_expect(eq(str, (char *)args_nearest("sp", names, 4), (char *)"ps"));
        cr_expect(eq(str, (char *)args_nearest("satrte", names, 4), (char *)"start"), "two changes");
        cr_expect(eq(ptr, (void *)args_nearest("attach", names, 4), NULL));
        cr_expect(eq(ptr, (void *)args_nearest("", names, 4), NULL));
}
