/* What clients get for input that is wrong, or only unusual: a status, words that name the thing, and nothing left behind. */
#include "tests/engine/harness.h"

#include <stdio.h>
#include <unistd.h>

static struct box box;
static void setup(void) { needs_root(); needs_programs("jq"); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(clients_input, .init = setup, .fini = teardown, .timeout = 120);

/* A good configuration, changed by a filter of jq; `said`: NULL when it has to work. */
struct input { const char *filter, *said; };

static void try_inputs(const struct input *inputs, size_t count)
{
        struct result r;

        (void)box_bundle(&box, "good", &(struct bundle){ .args = "[\"sleep\", \"100\"]" });
        for (size_t i = 0; i < count; i++) {
                box_shell(&box, &r, "mkdir -p $DIR/b; jq '%s' $DIR/good/config.json >$DIR/b/config.json || exit 99; $H create -b $DIR/b one </dev/null", inputs[i].filter);
                cr_expect(eq(int, r.status, inputs[i].said ? 1 : 0), "%s: %s", inputs[i].filter, r.err);
                if (inputs[i].said)
                        cr_expect(ne(ptr, strstr(r.err, inputs[i].said), NULL), "%s: no \"%s\" in %s", inputs[i].filter, inputs[i].said, r.err);
                box_shell(&box, &r, inputs[i].said ? "ls $DIR/state" : "$H delete --force one");
                cr_expect(eq(str, r.out, (char *)""), "%s: left: %s", inputs[i].filter, r.out);
        }
}
#define TRY(...) \
        do { \
                static const struct input inputs_[] = { __VA_ARGS__ }; \
                try_inputs(inputs_, sizeof(inputs_) / sizeof(inputs_[0])); \
        } while (0)

Test(clients_input, a_bundle_without_a_configuration_or_with_a_cut_one_is_refused)
{
        static const char *const texts[] = { "", "{", "{\"ociVersion\":\"1.0.2\",\"process\":" };
        struct result r;

        box_shell(&box, &r, "mkdir $DIR/b; $H create -b $DIR/b one");
        expect_status(&r, 1);
        expect_err(&r, "config.json");
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                box_shell(&box, &r, "mkdir -p $DIR/b; printf '%%s' '%s' >$DIR/b/config.json; $H create -b $DIR/b one; echo $?; ls $DIR/state", texts[i]);
                cr_expect(eq(str, r.out, (char *)"1\n"), "%s: %s", texts[i], r.out);
                expect_err(&r, "config.json");
        }
}

Test(clients_input, versions_of_the_specification_below_two_are_taken)
{
        TRY({ ".ociVersion = \"1.0.0\"", NULL }, { ".ociVersion = \"1.0.2-dev\"", NULL }, { ".ociVersion = \"1.3.0\"", NULL },
            { ".ociVersion = \"9.0.0\"", "ociVersion: found \"9.0.0\"" }, { ".ociVersion = \"bogus\"", "ociVersion: found \"bogus\"" },
            { "del(.ociVersion)", "ociVersion" });
}

Test(clients_input, what_is_needed_is_named_when_it_is_missing)
{
        TRY({ "del(.process)", "process: missing" }, { "del(.process.args)", "process.args" }, { ".process.args = []", "process.args" },
            { "del(.process.cwd)", "process.cwd" }, { ".process.cwd = \"tmp\"", "process.cwd: found \"tmp\"" },
            { ".process.user.uid = \"0\"", "process.user.uid: found a string" }, { ".process.env = [\"NAME\"]", "process.env[0]: found \"NAME\"" },
            { "del(.linux)", "linux" }, { ".linux.namespaces = []", "linux.namespaces" }, { ".root.path = \"/no/such\"", "/no/such" },
            { ".root.path = \"\"", "root.path" });
}

Test(clients_input, a_working_directory_that_is_not_there_is_made)
{
        struct result r;

        TRY({ ".process.cwd = \"/is/made\"", NULL });
        box_shell(&box, &r, "jq '.process.cwd = \"/is/made/too\" | .process.args = [\"pwd\"]' $DIR/good/config.json >$DIR/b/config.json; $H run -b $DIR/b two");
        cr_expect(eq(str, r.out, (char *)"/is/made/too\n"), "%s", r.err);
}

Test(clients_input, namespaces_are_looked_at_closely)
{
        TRY({ ".linux.namespaces += [{ type: \"pid\" }]", "linux.namespaces[5].type: \"pid\" is here twice" },
            { ".linux.namespaces += [{ type: \"nosuch\" }]", "nosuch" },
            { ".linux.namespaces[1].path = \"/no/such/net\"", "/no/such/net" },
            { ".linux.namespaces[1].path = \"/proc/self/ns/uts\"", "linux.namespaces" },
            { ".linux.namespaces += [{ type: \"user\" }]", "linux.uidMappings" },
            { ".linux.namespaces |= map(select(.type != \"uts\"))", "hostname" });
}

Test(clients_input, mounts_name_their_source_and_their_place)
{
        TRY({ ".mounts += [{ destination: \"mnt\", type: \"tmpfs\", source: \"t\" }]", NULL },
            { ".mounts += [{ destination: \"/mnt\", type: \"bind\", source: \"/no/such\", options: [\"bind\"] }]", "/no/such" },
            { ".mounts += [{ destination: \"/mnt\", type: \"nosuchfs\", source: \"x\" }]", "nosuchfs" },
            { ".mounts += [{ destination: \"/mnt\", type: \"tmpfs\", source: \"x\", options: [\"nosuch\"] }]", "nosuch" },
            { ".mounts += [{ type: \"tmpfs\", source: \"x\" }]", "mounts[3].destination" });
}

Test(clients_input, unknown_capabilities_and_system_calls_are_passed_over)
{
        struct result r;

        TRY({ ".process.capabilities = { bounding: [\"CAP_NOSUCH\"] }", NULL },
            { ".linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{ names: [\"nosuchcall\", \"mkdir\"], action: \"SCMP_ACT_ERRNO\" }] }", NULL },
            { ".linux.seccomp = { defaultAction: \"SCMP_ACT_NOSUCH\" }", "SCMP_ACT_NOSUCH" },
            { ".nosuch = { a: 1 } | .annotations = { \"no.such\": \"x\" }", NULL });
        box_shell(&box, &r, "jq '.process.capabilities = { bounding: [\"CAP_NOSUCH\"] }' $DIR/good/config.json >$DIR/b/config.json; $H create -b $DIR/b one </dev/null");
        expect_err(&r, "warning: ");
        expect_err(&r, "CAP_NOSUCH");
}

Test(clients_input, limits_are_looked_at_closely)
{
        TRY({ ".process.rlimits = [{ type: \"RLIMIT_NOSUCH\", soft: 1, hard: 1 }]", "RLIMIT_NOSUCH" },
            { ".process.rlimits = [{ type: \"RLIMIT_CORE\", soft: 2, hard: 1 }]", "process.rlimits[0]" },
            { ".process.rlimits = [{ type: \"RLIMIT_CORE\", soft: 0, hard: 0 }, { type: \"RLIMIT_CORE\", soft: 0, hard: 0 }]", "process.rlimits[1]" },
            { ".linux.rootfsPropagation = \"nosuch\"", "linux.rootfsPropagation" },
            { ".linux.sysctl = { \"kernel.hostname\": \"x\" }", "kernel.hostname" },
            { ".linux.sysctl = { \"net.ipv4.ip_forward\": \"1\" } | .linux.namespaces |= map(select(.type != \"network\"))", "net.ipv4.ip_forward" },
            { ".linux.resources = { memory: { limit: 1 } }", "linux.resources.memory.limit: found 1 bytes" },
            { ".linux.cgroupsPath = \"/a/../../b\"", "linux.cgroupsPath" });
}

Test(clients_input, a_profile_or_a_label_that_is_not_there_is_an_error)
{
        TRY({ ".process.apparmorProfile = \"no-such-profile\"", "pparmor" }, { ".process.selinuxLabel = \"a:b:c:d\"", "SELinux" });
}

/* It keeps nobody from anything without SELinux: crun takes it without a word, and its validation program wants that. */
Test(clients_input, a_label_for_mounts_is_warned_of_where_there_are_no_labels)
{
        struct result r;

        if (access("/sys/fs/selinux/status", F_OK) == 0)
                cr_skip_test("this kernel has SELinux");
        (void)box_bundle(&box, "good", &(struct bundle){ .args = "[\"echo\", \"it runs\"]" });
        box_shell(&box, &r, "mkdir $DIR/b; jq '.linux.mountLabel = \"a:b:c:d\"' $DIR/good/config.json >$DIR/b/config.json; $H run -b $DIR/b one </dev/null");
        cr_expect(eq(int, r.status, 0), "%s", r.err);
        expect_out(&r, "it runs");
        expect_err(&r, "warning: linux.mountLabel: \"a:b:c:d\" labels nothing");
}

Test(clients_input, hooks_must_be_absolute)
{
        TRY({ ".hooks = { prestart: [{ path: \"bin/true\" }] }", "hooks.prestart[0].path: found \"bin/true\"" },
            { ".hooks = { createRuntime: [{ path: \"/bin/false\" }] }", "createRuntime hook 1" },
            { ".hooks = { createRuntime: [{ path: \"/no/such\" }] }", "/no/such" },
            { ".hooks = { poststop: [{ path: \"/bin/true\", timeout: 0 }] }", "timeout" });
}

/* podman says 127, "the program is missing", wherever it finds these words; so only a missing program is told of in them. */
Test(clients_input, what_else_is_missing_is_not_told_in_the_words_for_a_program)
{
        static const char *const filters[] = {
                ".mounts += [{ destination: \"/mnt\", type: \"bind\", source: \"/no/such\", options: [\"bind\"] }]", ".root.path = \"/no/such\"",
                ".linux.namespaces[1].path = \"/no/such\"", ".hooks.prestart = [{ path: \"/no/such\" }]", ".hooks.createContainer = [{ path: \"/no/such\" }]",
                ".linux.sysctl = { \"net.no.such\": \"1\" }", ".mounts += [{ destination: \"/mnt\", type: \"nosuchfs\", source: \"x\" }]",
                ".process.terminal = true | .x = \"--console-socket /no/such/socket\"", ".x = \"--pidfd-socket /no-such-socket\"",
                ".linux.seccomp = { defaultAction: \"SCMP_ACT_NOTIFY\", listenerPath: \"/no/such/socket\" }",
        };
        struct result r;

        (void)box_bundle(&box, "good", &(struct bundle){ .args = "[\"true\"]" });
        for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
                box_shell(&box, &r, "mkdir -p $DIR/b; jq '%s' $DIR/good/config.json >$DIR/b/config.json; "
                          "$H run -b $DIR/b $(jq -r '.x // \"\"' $DIR/b/config.json) one </dev/null", filters[i]);
                cr_expect(ne(int, r.status, 0), "%s", filters[i]);
                cr_expect(eq(ptr, strstr(r.err, "o such file or directory"), NULL), "%s: %s", filters[i], r.err);
        }
}

Test(clients_input, a_terminal_and_who_gets_it_go_together)
{
        struct result r;

        TRY({ ".process.terminal = true", "--console-socket" });
        box_shell(&box, &r, "$H create -b $DIR/good --console-socket $DIR/none one </dev/null");
        expect_status(&r, 1);
}

Test(clients_input, ids_are_those_of_everybody)
{
        static const char *const bad[] = { "a/b", "..", ".", "a b", "", "a\nb", "/" };
        struct result r;

        (void)box_bundle(&box, "good", &(struct bundle){ .args = "[\"true\"]" });
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                box_shell(&box, &r, "$H create -b $DIR/good '%s' </dev/null", bad[i]);
                cr_expect(eq(int, r.status, 1), "\"%s\": %s", bad[i], r.err);
        }
        /* Sixty-four digits are what engines take; 255 bytes is what a name of a file may have. */
        box_shell(&box, &r, "for i in a_b+c-d.e 0 $(printf %%064d 7) $(printf %%0255d 7); do $H run -b $DIR/good $i </dev/null || echo bad $i; done; ls $DIR/state");
        cr_expect(eq(str, r.out, (char *)""), "%s %s", r.out, r.err);
}
