/* What the command line answers, good and bad. */
#include "tests/engine/harness.h"

static struct box box;
static void setup(void) { box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(verbs, .init = setup, .fini = teardown, .timeout = 120);

Test(verbs, help_and_version_go_to_standard_output_only)
{
        const char *const verbs[] = { "create", "start", "state", "kill", "delete", "run", "exec", "list", "ps", "pause", "resume", "update", "events",
                                      "diff", "apply", "discard", "do", "spec", "features", "document" };
        struct result r;

        box_run(&box, &r, "--version", NULL);
        expect_status(&r, 0);
        cr_expect(eq(int, strncmp(r.out, "hcs-sandbox version ", 20), 0));
        expect_out(&r, "\nspec: 1.2.0\n");
        cr_expect(eq(str, r.err, (char *)""));
        box_run(&box, &r, NULL);
        expect_status(&r, 0);
        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
                expect_out(&r, verbs[i]);
        }
        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
                struct result help;

                box_run(&box, &help, verbs[i], "--help", NULL);
                expect_status(&help, 0);
                expect_out(&help, "Usage: hcs-sandbox");
        }
}

Test(verbs, typing_errors_are_answered_with_the_nearest)
{
        struct result r;

        box_run(&box, &r, "strat", "x", NULL);
        expect_status(&r, 3);
        expect_err(&r, "did you mean start?");
        box_run(&box, &r, "create", "--bundel=x", "y", NULL);
        expect_status(&r, 1);
        expect_err(&r, "did you mean --bundle?");
        box_run(&box, &r, "create", NULL);
        expect_status(&r, 1);
        expect_err(&r, "usage: hcs-sandbox create [flags] ID");
        box_run(&box, &r, "kill", "x", "NOSUCH", NULL);
        expect_status(&r, 1);
        expect_err(&r, "unknown signal \"NOSUCH\"");
        box_run(&box, &r, "list", "--format", "yaml", NULL);
        expect_status(&r, 1);
        expect_err(&r, "expected table or json");
}

Test(verbs, unknown_sandboxes_do_not_exist)
{
        const char *const verbs[] = { "start", "state", "kill", "delete", "ps", "pause", "resume", "diff", "apply", "discard" };
        struct result r;

        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
                box_run(&box, &r, verbs[i], "nobody", NULL);
                expect_status(&r, 1);
                expect_err(&r, "container \"nobody\" does not exist");
        }
        box_run(&box, &r, "delete", "--force", "nobody", NULL);
        expect_status(&r, 0);
}

Test(verbs, a_failure_is_one_json_object_in_the_log_file_and_on_standard_error)
{
        struct result r;

        needs_programs("jq");
        box_shell(&box, &r, "${H%% --root*} --log $DIR/log --log-format json --root=$DIR/state state nobody; jq -r .level,.msg $DIR/log");
        expect_out(&r, "error\ncontainer \"nobody\" does not exist\n");
        expect_err(&r, "does not exist");
}

Test(verbs, features_is_one_object_with_what_clients_ask_for)
{
        struct result r;

        needs_programs("jq");
        box_shell(&box, &r, "$H features | jq -r '.ociVersionMin, .ociVersionMax, (.hooks | length), (.mountOptions | index(\"rro\") != null), .linux.cgroup.v2'");
        cr_expect(eq(str, r.out, (char *)"1.0.0\n1.2.0\n6\ntrue\ntrue\n"), "%s", r.out);
        box_shell(&box, &r, "$H features | jq -c '.linux | [.seccomp.enabled, (.seccomp.actions | index(\"SCMP_ACT_NOTIFY\") != null), (.seccomp.supportedFlags | "
                  "inside([\"SECCOMP_FILTER_FLAG_TSYNC\", \"SECCOMP_FILTER_FLAG_LOG\", \"SECCOMP_FILTER_FLAG_SPEC_ALLOW\", "
                  "\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"])), .apparmor.enabled, .selinux.enabled, .intelRdt.enabled, .intelRdt.schemata, "
                  ".intelRdt.monitoring, .mountExtensions.idmap.enabled, .netDevices.enabled, (.memoryPolicy.modes | length), (.memoryPolicy.flags | length)]'");
        cr_expect(eq(str, r.out, (char *)"[true,true,true,true,true,true,true,true,true,true,7,3]\n"), "%s", r.out);
}

Test(verbs, spec_writes_a_bundle_that_runs_as_it_is_and_overwrites_nothing)
{
        struct result r;

        needs_root();
        needs_programs("script");
        box_shell(&box, &r, "mkdir $DIR/s $DIR/o; $H spec -b $DIR/s && $H spec -b $DIR/s");
        expect_status(&r, 1);
        expect_err(&r, "is there already");
        box_shell(&box, &r, "(sleep 1; echo 'echo in $(hostname); exit 3') | script -qec \"$H run -b $DIR/s one\" /dev/null");
        expect_status(&r, 3);
        box_shell(&box, &r, "$H spec --rootfs -b $DIR/o && cp -a $ROOTFS $DIR/o/rootfs && (sleep 1; echo 'exit 4') | script -qec \"$H run -b $DIR/o one\" /dev/null");
        expect_status(&r, 4);
}

Test(verbs, document_prints_what_would_be_sent_and_touches_nothing)
{
        struct result r;

        needs_root();
        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .host = true });
        box_shell(&box, &r, "$H document -b $DIR/b | jq -r '.System.HostedSystem.OciSpecification.process.args[0], .System.HostedSystem.Storage.Union, "
                  ".Process.OciProcess.args[0], (.Hidden | length > 10)'; ls $DIR/state");
        cr_expect(eq(str, r.out, (char *)"true\nOverlay\ntrue\ntrue\n"), "%s %s", r.out, r.err);
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[]" });
        box_shell(&box, &r, "$H document -b $DIR/b");
        expect_status(&r, 1);
        cr_expect(eq(str, r.out, (char *)""));
        expect_err(&r, "process.args");
}

Test(verbs, what_is_missing_is_named)
{
        static const struct { const char *verb, *said; } missing[] = {
                { "do", "do: COMMAND is missing; usage: hcs-sandbox do " },
                { "state", "state: an id is missing; usage: hcs-sandbox state ID" },
                { "exec", "exec: an id is missing; usage: hcs-sandbox exec " },
        };
        struct result r;

        for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
                box_run(&box, &r, missing[i].verb, NULL);
                cr_expect(ne(int, r.status, 0));
                expect_err(&r, missing[i].said);
        }
        box_run(&box, &r, "state", "a", "b", NULL);
        expect_err(&r, "state: too many words; usage: hcs-sandbox state ID");
}
