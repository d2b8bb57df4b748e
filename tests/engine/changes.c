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

#define IN_MEMORY "\"annotations\": { \"org.hcs-sandbox.scratch\": \"memory\" },"

/* While it waits, runs, stands still and has stopped. */
Test(changes, of_a_scratch_in_memory_are_seen_until_it_is_deleted)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .top = IN_MEMORY,
                   .args = "[\"sh\", \"-c\", \"echo new >>/etc/passwd; echo x >/etc/added; rm /etc/debian_version; exec sleep 1000\"]" });
        box_shell(&box, &r, "$H create -b $DIR/b it </dev/null >/dev/null 2>&1; $H diff --stat it; $H start it; "
                  "until $H diff it | grep -q debian; do sleep 0.05; done; $H diff it; "
                  "$H pause it 2>/dev/null && $H diff --name-only it && $H resume it; $H kill it KILL; "
                  "until $H state it | grep -q stopped; do sleep 0.05; done; $H diff --stat it; $H diff --patch it | grep -c '^+new$'");
        expect_status(&r, 0);
        expect_out(&r, "nothing\nA /etc/added\nD /etc/debian_version\nM /etc/passwd (content)\n");
        expect_out(&r, "/etc/added\n/etc/debian_version\n/etc/passwd\n1 added, 1 changed, 1 deleted");
        expect_out(&r, ")\n1\n");
        box_run(&box, &r, "delete", "it", NULL);
        expect_status(&r, 0);
        box_expect_empty(&box);
}

Test(changes, of_a_scratch_in_memory_are_exported_cloned_and_discarded)
{
        struct result r;

        needs_programs("bsdtar");
        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .args = "[\"touch\", \"/etc/added\"]", .top = IN_MEMORY });
        box_shell(&box, &r, "mkdir -p /var/lib/hcs-sandbox; mount -t tmpfs -o mode=700 t /var/lib/hcs-sandbox; $H run --keep -b $DIR/b it; "
                  "$H layer export it -o $DIR/tar >/dev/null; bsdtar -tf $DIR/tar; $H commit it new >/dev/null; $H layer list -q; "
                  "$H clone --sandbox it kept; $H scratch list -q; $H discard it; $H diff --stat it; "
                  "$H layer remove new; $H scratch remove kept; umount -l /var/lib/hcs-sandbox");
        expect_status(&r, 0);
        expect_out(&r, "etc/added\nnew\nkept\nnothing\n");
}

/* Nothing in the sandbox leads to the tmpfs. */
Test(changes, of_a_scratch_in_memory_are_out_of_the_sandboxs_reach)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .host = true, .process = ALL_FILES, .top = IN_MEMORY,
                .args = "[\"sh\", \"-c\", \"touch /etc/added; cat /proc/self/mountinfo; find / -xdev -path '*/upper/etc/added'\"]" });
        expect_status(&r, 0);
        expect_no_out(&r, "/scratch");
        expect_no_out(&r, "upper/etc");
}

Test(changes, of_a_scratch_in_memory_that_is_not_to_be_seen_are_refused_with_what_to_do)
{
        static const char *const lines[] = {
                "diff it", "diff --patch it", "apply it", "discard it", "clone --sandbox it new", "layer export it -o $DIR/tar", "commit it new",
        };
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .args = "[\"touch\", \"/etc/added\"]", .top = IN_MEMORY });
        box_shell(&box, &r, "$H run --keep -b $DIR/b it; umount $DIR/state/it/scratch");
        expect_status(&r, 0);
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                box_shell(&box, &r, "$H %s", lines[i]);
                expect_status(&r, 1);
                expect_err(&r, "is not mounted here");
                expect_err(&r, "org.hcs-sandbox.scratch");
        }
        box_shell(&box, &r, "ls $DIR/tar");
        cr_expect(eq(str, r.out, (char *)""));
}

/* A create that is killed on its way, or a record that nobody can read, leaves no mount behind a delete by force. */
Test(changes, of_a_scratch_in_memory_go_with_what_was_left_half_made)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .args = "[\"sleep\", \"1000\"]", .top = IN_MEMORY });
        box_shell(&box, &r, "for us in 1000 2000 3000 4000 5000 6000 8000; do timeout -s KILL 0.00$us $H create -b $DIR/b it </dev/null >/dev/null 2>&1; "
                  "$H delete --force it 2>/dev/null; test ! -e $DIR/state/it || echo left; done; "
                  "$H run -d -b $DIR/b it >/dev/null 2>&1; echo broken >$DIR/state/it/sandbox.json; $H delete --force it; grep -c $DIR/state/it/scratch /proc/self/mountinfo");
        cr_expect(eq(str, r.out, (char *)"0\n"));
        expect_err(&r, "is still there");
        box_expect_empty(&box);
}
