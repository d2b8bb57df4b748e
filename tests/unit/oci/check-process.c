#include "tests/unit/oci/refusals.h"

Test(oci_check_process, needs_a_program_and_a_place)
{
        EXPECT_REFUSED(
                { "{\"process\":{\"args\":null}}", "process.args: missing or empty; expected the program and its arguments" },
                { "{\"process\":{\"args\":[]}}", "process.args: missing or empty" },
                { "{\"process\":{\"args\":[\"\"]}}", "process.args[0]: found \"\"; expected the program" },
                { "{\"process\":{\"cwd\":null}}", "process.cwd: missing or empty; expected an absolute path" },
                { "{\"process\":{\"cwd\":\"\"}}", "process.cwd: missing or empty" },
                { "{\"process\":{\"cwd\":\"usr/bin\"}}", "process.cwd: found \"usr/bin\"; expected an absolute path" });
        EXPECT_ACCEPTED("{\"process\":{\"args\":[\"sh\",\"\",\"-c\"],\"cwd\":\"/usr/../bin\"}}");
}

Test(oci_check_process, wants_an_environment_of_names_and_values)
{
        EXPECT_REFUSED(
                { "{\"process\":{\"env\":[\"A=1\",\"FOO\"]}}", "process.env[1]: found \"FOO\"; expected NAME=VALUE" },
                { "{\"process\":{\"env\":[\"=1\"]}}", "process.env[0]: found \"=1\"; expected NAME=VALUE" },
                { "{\"process\":{\"env\":[\"\"]}}", "process.env[0]: found \"\"; expected NAME=VALUE" });
        EXPECT_ACCEPTED("{\"process\":{\"env\":[\"A=\",\"B==\",\"C=d e\\nf\",\"A=2\"]}}");
}

Test(oci_check_process, never_takes_the_id_that_means_nobody)
{
        EXPECT_REFUSED(
                { "{\"process\":{\"user\":{\"uid\":4294967295}}}", "process.user.uid: found a number, 4294967295; expected" },
                { "{\"process\":{\"user\":{\"gid\":4294967295}}}", "process.user.gid: found a number, 4294967295; expected" },
                { "{\"process\":{\"user\":{\"additionalGids\":[5,4294967295]}}}",
                  "process.user.additionalGids[1]: found 4294967295; expected a number from 0 to 4294967294" });
        EXPECT_ACCEPTED("{\"process\":{\"user\":{\"uid\":4294967294,\"gid\":4294967294,\"additionalGids\":[0,4294967294]}}}");
}

Test(oci_check_process, keeps_numbers_in_their_range)
{
        EXPECT_REFUSED(
                { "{\"process\":{\"user\":{\"umask\":512}}}", "process.user.umask: found a number, 512; expected a whole number "
                  "from 0 to 511" },
                { "{\"process\":{\"oomScoreAdj\":1001}}", "process.oomScoreAdj: found a number, 1001; expected a whole number "
                  "from -1000 to 1000" },
                { "{\"process\":{\"oomScoreAdj\":-1001}}", "process.oomScoreAdj" },
                { "{\"process\":{\"consoleSize\":{\"height\":65536,\"width\":80}}}", "process.consoleSize.height" },
                { "{\"process\":{\"consoleSize\":{\"height\":24}}}", "process.consoleSize.width: missing" });
        EXPECT_ACCEPTED("{\"process\":{\"user\":{\"umask\":511},\"oomScoreAdj\":-1000}}", "{\"process\":{\"oomScoreAdj\":1000}}",
                        /* docker says this without a terminal */
                        "{\"process\":{\"consoleSize\":{\"height\":0,\"width\":0}}}");
}

Test(oci_check_process, wants_limits_that_make_sense)
{
        EXPECT_REFUSED(
                { "{\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_BOGUS\",\"soft\":1,\"hard\":1}]}}",
                  "process.rlimits[0].type: found \"RLIMIT_BOGUS\"; expected one of RLIMIT_CPU, " },
                { "{\"process\":{\"rlimits\":[{\"type\":\"nofile\",\"soft\":1,\"hard\":1}]}}",
                  "process.rlimits[0].type: found \"nofile\"" },
                { "{\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":1,\"hard\":1},"
                  "{\"type\":\"RLIMIT_CORE\",\"soft\":1,\"hard\":1}]}}",
                  "process.rlimits[1].type: RLIMIT_CORE is here twice; expected each once" },
                { "{\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":2,\"hard\":1}]}}",
                  "process.rlimits[0].soft: found 2, above hard, 1" },
                { "{\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":-1,\"hard\":1}]}}", "process.rlimits[0].soft" },
                { "{\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":1}]}}", "process.rlimits[0].hard: missing" },
                { "{\"process\":{\"rlimits\":[{\"soft\":1,\"hard\":1}]}}", "process.rlimits[0].type: missing" });
        EXPECT_ACCEPTED("{\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":1},"
                        "{\"type\":\"RLIMIT_RTTIME\",\"soft\":18446744073709551615,\"hard\":18446744073709551615}]}}");
}

Test(oci_check_process, warns_of_capabilities_that_it_cannot_give)
{
        struct remembered seen = { 0 };
        const struct log log = { .sink = remember, .context = &seen, .level = LOG_LEVEL_WARNING };
        struct oci_config *config = NULL;
        struct error err = { 0 };

        cr_assert(eq(int, test_parse_logging("{\"process\":{\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_FLY\"],"
                                             "\"permitted\":[\"CAP_KILL\"],\"effective\":[\"CAP_KILL\",\"CAP_CHOWN\"],"
                                             "\"ambient\":[\"CAP_KILL\"]}}}", &log, &config, &err), 0), "%s", err.text);
        cr_expect(eq(sz, seen.count, 2), "%s", seen.text.data);
        cr_expect(strstr(seen.text.data, "1 process.capabilities.bounding[1]: \"CAP_FLY\" is not known here") != NULL, "%s",
                  seen.text.data);
        cr_expect(strstr(seen.text.data, "process.capabilities.effective: CAP_CHOWN is not in the sets that allow it") != NULL,
                  "%s", seen.text.data);
        text_done(&seen.text);
        oci_config_free(config);
}

Test(oci_check_process, warns_in_one_line_whatever_it_found)
{
        struct remembered seen = { 0 };
        const struct log log = { .sink = remember, .context = &seen, .level = LOG_LEVEL_WARNING };
        struct oci_config *config = NULL;
        struct error err = { 0 };

        cr_assert(eq(int, test_parse_logging("{\"process\":{\"capabilities\":{\"bounding\":[\"A\\nB\\u001b[31m\"]}}}", &log,
                                             &config, &err), 0), "%s", err.text);
        cr_expect(eq(str, seen.text.data, "1 process.capabilities.bounding[0]: \"A\\nB\\x1b[31m\" is not known here, so it is not "
                          "given\n"));
        text_done(&seen.text);
        oci_config_free(config);
}

/* --- a process on its own ----------------------------------------------------------------------------------------- */

static int parse_alone(struct arena *arena, const char *text, struct spec_process **ret, struct error *err)
{
        return oci_process_parse(text, strlen(text), "process file", arena, NULL, ret, err);
}

Test(oci_check_process, reads_one_on_its_own)
{
        struct spec_process *process = NULL;
        struct arena arena = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, parse_alone(&arena, "{\"args\":[\"ls\"],\"cwd\":\"/\",\"user\":{\"uid\":1},\"terminal\":true}\n", &process,
                                      &err), 0), "%s", err.text);
        cr_expect(eq(u32, process->user.uid, 1));
        cr_expect(process->terminal);
        arena_done(&arena);
}

Test(oci_check_process, names_the_file_and_the_member_of_one_on_its_own)
{
        static const struct { const char *text, *words; } rows[] = {
                { "", "process file is empty" },
                { "{", "process file, line 1" },
                { "{\"cwd\":\"/\"}", "process file: args: missing or empty" },
                { "{\"args\":[\"ls\"],\"cwd\":\"/\",\"user\":{\"uid\":-1}}", "process file: user.uid: found a number, -1" },
                { "{\"args\":[\"ls\"],\"cwd\":\"/\",\"rlimits\":[{\"type\":\"X\",\"soft\":0,\"hard\":0}]}",
                  "process file: rlimits[0].type: found \"X\"" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
                struct spec_process *process = NULL;
                struct arena arena = { 0 };
                struct error err = { 0 };

                cr_expect(lt(int, parse_alone(&arena, rows[i].text, &process, &err), 0), "%s", rows[i].text);
                cr_expect(strstr(err.text, rows[i].words) != NULL, "%s: %s", rows[i].text, err.text);
                cr_expect(eq(ptr, process, NULL));
                arena_done(&arena);
        }
}

/* From flags, no table has looked at the numbers before. */
Test(oci_check_process, checks_what_was_composed_from_flags)
{
        const char *args[] = { "ls" }, *env[] = { "BAD" };
        const uint32_t umask = 01000;
        const int32_t score = 2000;
        uint32_t groups[] = { UINT32_MAX };
        struct spec_process good = { .args = { args, 1 }, .cwd = "/" }, bad;
        struct error err = { 0 };

        cr_expect(eq(int, oci_check_process(&good, "process", NULL, &err), 0), "%s", err.text);

        bad = good;
        bad.user.uid = UINT32_MAX;
        cr_expect(lt(int, oci_check_process(&bad, "exec", NULL, &err), 0));
        cr_expect(text_starts_with(err.text, "exec.user.uid: found 4294967295"), "%s", err.text);
        bad = good;
        bad.user.gid = UINT32_MAX;
        cr_expect(lt(int, oci_check_process(&bad, "process", NULL, &err), 0));
        bad = good;
        bad.user.umask = &umask;
        cr_expect(lt(int, oci_check_process(&bad, "process", NULL, &err), 0));
        bad = good;
        bad.oom_score_adj = &score;
        cr_expect(lt(int, oci_check_process(&bad, "process", NULL, &err), 0));
        bad = good;
        bad.env = (struct strings){ env, 1 };
        cr_expect(lt(int, oci_check_process(&bad, "process", NULL, &err), 0));
        bad = good;
        bad.user.additional_gids = (struct uint32s){ groups, 1 };
        cr_expect(lt(int, oci_check_process(&bad, "process", NULL, &err), 0));
}
