/* What a sandbox changed, shown. */
#include "tests/engine/harness.h"

#include <stdio.h>

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(changes, .init = setup, .fini = teardown, .timeout = 120);

#define ALL_FILES "\"capabilities\": { \"bounding\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\"]," \
        "\"effective\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\"]," \
        "\"permitted\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\"] },"

/* Runs a shell line in a copy of this machine, which stays under the id "it". */
static void changed_by(const char *line)
{
        struct result r;
        char args[2048];

        snprintf(args, sizeof(args), "[\"sh\", \"-ec\", \"%s\"]", line);
        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .args = args });
        box_shell(&box, &r, "$H run --keep -b $DIR/b it");
        expect_status(&r, 0);
}

Test(changes, each_is_told_with_what_it_is)
{
        struct result r;

        changed_by("echo x >/etc/added; echo x >>/etc/passwd; rm /etc/debian_version; chmod 700 /usr/share/doc; "
                   "rm /etc/fstab; ln -s x /etc/fstab; ln /etc/added /etc/linked");
        box_run(&box, &r, "diff", "it", NULL);
        expect_status(&r, 0);
        expect_out(&r, "A /etc/added\n");
        expect_out(&r, "M /etc/passwd (content)\n");
        expect_out(&r, "D /etc/debian_version\n");
        expect_out(&r, "M /usr/share/doc/ (mode)\n");
        expect_out(&r, "T /etc/fstab\n");
        expect_out(&r, "A /etc/linked (the same file as /etc/added)\n");
        box_run(&box, &r, "diff", "--stat", "it", NULL);
        expect_out(&r, "2 added, 2 changed, 1 deleted, 1 of another type");
}

Test(changes, what_did_nothing_changed_nothing)
{
        struct result r;

        changed_by("cat /etc/shadow >/dev/null; ls -R /etc >/dev/null");
        box_run(&box, &r, "diff", "it", NULL);
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""));
        box_run(&box, &r, "diff", "--stat", "it", NULL);
        expect_out(&r, "nothing\n");
}

Test(changes, programs_get_json_with_odd_names_whole)
{
        struct result r;

        needs_programs("jq");
        changed_by("touch /etc/$(printf 'b\\\\377d')");
        box_shell(&box, &r, "$H diff --format json it | jq -r '.changes[0] | .change, .path, (.pathBase64 | @base64d | explode | length)'");
        expect_out(&r, "added\n/etc/b\xef\xbf\xbd" "d\n");
        box_shell(&box, &r, "$H diff --name-only -z it | od -An -c");
        expect_out(&r, "b 377   d  \\0");
}

Test(changes, are_seen_while_it_runs)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES,
                   .args = "[\"sh\", \"-c\", \"echo x >/etc/added; echo ready; exec sleep 1000\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/b it >$DIR/out 2>&1; until grep -q ready $DIR/out; do sleep 0.05; done; $H diff it");
        expect_status(&r, 0);
        expect_out(&r, "A /etc/added\n");
}

Test(changes, of_an_ordinary_bundle_are_refused_with_the_reason)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"true\"]" });
        box_shell(&box, &r, "$H run --keep -b $DIR/b it && $H diff it");
        expect_status(&r, 1);
        expect_err(&r, "is no copy of this machine");
}

/* What lies in a tmpfs of the sandbox's own mount namespace is reached by no path of ours: each verb says so, and what to do. */
Test(changes, of_a_scratch_in_memory_are_refused_with_what_to_do)
{
        static const char *const lines[] = {
                "diff it", "diff --patch it", "apply it", "discard it", "clone --sandbox it new", "layer export it -o $DIR/tar", "commit it new",
        };
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .args = "[\"touch\", \"/etc/added\"]",
                   .top = "\"annotations\": { \"org.hcs-sandbox.scratch\": \"memory\" }," });
        box_shell(&box, &r, "$H run --keep -b $DIR/b it");
        expect_status(&r, 0);
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                box_shell(&box, &r, "$H %s", lines[i]);
                expect_status(&r, 1);
                expect_err(&r, "scratch in memory");
                expect_err(&r, "org.hcs-sandbox.scratch");
        }
        box_shell(&box, &r, "ls $DIR/tar");
        cr_expect(eq(str, r.out, (char *)""));
}
