/* A copy of this machine: damage stays inside, secrets stay outside, sandboxes don't meet. */
#include "tests/engine/harness.h"

#include <stdio.h>
#include <stdlib.h>

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(host_copy, .init = setup, .fini = teardown, .timeout = 120);

#define ALL_FILES "\"capabilities\": { \"bounding\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\", \"CAP_DAC_READ_SEARCH\"]," \
        "\"effective\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\", \"CAP_DAC_READ_SEARCH\"]," \
        "\"permitted\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\", \"CAP_DAC_READ_SEARCH\"] },"

Test(host_copy, damage_inside_leaves_the_host_byte_for_byte_as_it_was)
{
        struct result before, r, after;
        const char *sum = "(find /etc /usr/bin /usr/sbin /usr/share/doc /opt -xdev -type f -printf '%p %s %m %T@\\n'; "
                          "find /etc -xdev -type f -print0 | xargs -0 cat) 2>/dev/null | cksum";

        box_shell(&box, &before, "%s", sum);
        box_try(&box, &r, &(struct bundle){ .host = true, .process = ALL_FILES,
                .args = "[\"sh\", \"-c\", \"echo x >/etc/passwd; chmod 777 /etc/hosts; rm -rf /usr/share/doc /opt; mkdir /usr/share/doc; touch /usr/share/doc/mine; "
                        "dd if=/dev/zero of=/usr/bin/env bs=1M count=2 2>/dev/null; rm -rf /etc/ssl /usr/sbin; echo done\"]" });
        expect_out(&r, "done");
        box_shell(&box, &after, "%s", sum);
        cr_expect(eq(str, before.out, after.out));
}

Test(host_copy, a_package_managers_kind_of_writing_works)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .host = true, .process = ALL_FILES,
                .args = "[\"sh\", \"-ec\", \"mkdir -p /var/lib/dpkg/updates /opt/new/bin; cp /bin/true /opt/new/bin/; mv /usr/bin/env /usr/bin/env.old; "
                        "ln -s env.old /usr/bin/env; chown 1:1 /etc/hostname; rm /usr/bin/env; env.old sh -c 'echo fine'; "
                        "cp -a /etc/ssl /etc/ssl2; rm -r /etc/ssl; mkdir /etc/ssl; ls -A /etc/ssl | wc -l\"]" });
        expect_status(&r, 0);
        expect_out(&r, "fine\n0\n");
}

Test(host_copy, nothing_on_the_hidden_list_can_be_read)
{
        struct result r;

        /* Every hidden path is tried from inside: files are absent or without their content, directories are empty. */
        box_shell(&box, &r, "mkdir -p $DIR/b; echo 'top secret' >/var/lib/hcs-test-secret.$$; chmod 600 /var/lib/hcs-test-secret.$$; " NO_MASKS);
        box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"true\"]" });
        box_shell(&box, &r,
                  "$H document --bundle $DIR/b | jq -r '.Hidden[].Path' >$DIR/hidden; test $(wc -l <$DIR/hidden) -gt 20 || exit 9; "
                  "grep -q hcs-test-secret $DIR/hidden || { echo the rule missed a new secret; exit 8; }; rm -f /var/lib/hcs-test-secret.*; cat $DIR/hidden | tr '\\n' ' '");
        expect_status(&r, 0);
        {
                char script[70000], args[72000];
                struct result inside;

                snprintf(script, sizeof(script), "for p in %s; do case $p in /proc|/sys|/dev|/etc/shadow|/etc/gshadow|/root) continue;; esac; "
                         "if [ -d $p ]; then [ -z \\\"$(ls -A $p)\\\" ] || echo FULL $p; elif [ -e $p ]; then echo THERE $p; fi; done; "
                         "grep -c ':[^:*!]' /etc/shadow | head -1; cut -d: -f2 /etc/shadow | sort -u; ls /home | wc -l; echo end", r.out);
                for (char *c = script; *c; c++)
                        if (*c == '\n')
                                *c = ' ';
                snprintf(args, sizeof(args), "[\"sh\", \"-c\", \"%s\"]", script);
                box_try(&box, &inside, &(struct bundle){ .host = true, .process = ALL_FILES, .args = args });
                expect_no_out(&inside, "FULL");
                expect_no_out(&inside, "THERE");
                expect_out(&inside, "*\n0\nend");
        }
}

Test(host_copy, two_of_them_do_not_see_each_others_writes)
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .args = "[\"sleep\", \"1000\"]" });
        struct result r;

        box_run(&box, &r, "run", "-d", "-b", bundle, "one", NULL);
        expect_status(&r, 0);
        box_run(&box, &r, "run", "-d", "-b", bundle, "two", NULL);
        expect_status(&r, 0);
        box_run(&box, &r, "exec", "one", "sh", "-c", "echo one >/etc/whose; cat /etc/whose", NULL);
        expect_out(&r, "one");
        box_run(&box, &r, "exec", "two", "sh", "-c", "cat /etc/whose", NULL);
        expect_status(&r, 1);
        box_shell(&box, &r, "test -e /etc/whose");
        expect_status(&r, 1);
}

Test(host_copy, lives_through_all_verbs)
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"sleep\", \"1000\"]" });
        struct result r;

        box_shell(&box, &r, "set -e; $H create -b %s one; $H start one; $H exec one true; $H pause one; $H resume one; $H state one; "
                  "$H kill one KILL; for i in $(seq 100); do $H state one | grep -q stopped && break; sleep 0.05; done; $H delete one", bundle);
        expect_status(&r, 0);
        expect_out(&r, "\"status\": \"running\"");
}

Test(host_copy, the_scratch_is_small_before_the_program_writes_and_gone_after)
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"sleep\", \"1000\"]" });
        struct result r;

        box_run(&box, &r, "create", "-b", bundle, "one", NULL);
        expect_status(&r, 0);
        box_shell(&box, &r, "s=$(jq -r .scratch $DIR/state/one/sandbox.json); du -sk $s | cut -f1; echo $s >$DIR/s");
        cr_expect(lt(int, atoi(r.out), 64), "%s KiB", r.out);
        box_run(&box, &r, "delete", "--force", "one", NULL);
        box_shell(&box, &r, "test -e $(cat $DIR/s)");
        expect_status(&r, 1);
}

/* An untouched scratch goes as soon as its program has ended, unless somebody comes after that. */
Test(host_copy, a_poststop_hook_finds_the_scratch_and_after_it_nobody_does)
{
        char top[400];
        struct result r;

        snprintf(top, sizeof(top), "\"hooks\": { \"poststop\": [{ \"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", "
                 "\"s=$(jq -r .scratch %s/state/one/sandbox.json); echo $s >%s/s; ls -A $s\"] }] },", box.dir, box.dir);
        box_run(&box, &r, "run", "-b", box_bundle(&box, "b", &(struct bundle){ .host = true, .top = top, .args = "[\"true\"]" }), "one", NULL);
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"upper\nwork\n"), "%s", r.err);
        box_shell(&box, &r, "test -e $(cat $DIR/s)");
        expect_status(&r, 1);
}

Test(host_copy, a_scratch_in_memory_has_a_limit)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .host = true, .process = ALL_FILES,
                .top = "\"annotations\": { \"org.hcs-sandbox.scratch\": \"memory\", \"org.hcs-sandbox.scratch.size\": \"4M\" },",
                .args = "[\"sh\", \"-c\", \"head -c 8000000 /dev/zero >/etc/big; stat -c %s /etc/big\"]" });
        expect_err(&r, "No space left");
}

Test(host_copy, a_kept_scratch_goes_on_and_is_nobody_elses_meanwhile)
{
        char annotations[256];
        struct bundle wanted = { .host = true, .process = ALL_FILES, .top = annotations,
                                 .args = "[\"sh\", \"-c\", \"cat /etc/kept; echo again >>/etc/kept\"]" };
        struct result r;

        snprintf(annotations, sizeof(annotations), "\"annotations\": { \"org.hcs-sandbox.scratch\": \"%s/kept\" },", box.dir);
        box_try(&box, &r, &wanted);
        box_try(&box, &r, &wanted);
        expect_out(&r, "again");
        wanted.args = "[\"sleep\", \"1000\"]";
        box_bundle(&box, "b", &wanted);
        box_shell(&box, &r, "$H run -d -b $DIR/b one && $H run -d -b $DIR/b two");
        expect_status(&r, 1);
        expect_err(&r, "in use");
}

Test(host_copy, hide_and_show_do_what_they_say)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .host = true,
                .top = "\"annotations\": { \"org.hcs-sandbox.hide\": \"/usr/share/doc:/etc/hosts\", \"org.hcs-sandbox.show\": \"/var/log\" },",
                .args = "[\"sh\", \"-c\", \"ls -A /usr/share/doc | wc -l; ls -A /var/log | wc -l\"]" });
        expect_status(&r, 0);
        cr_expect(eq(int, atoi(r.out), 0));
        cr_expect(gt(int, atoi(strchr(r.out, '\n') + 1), 0));
}

Test(host_copy, set_user_id_programs_have_no_power)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .host = true, .args = "[\"sh\", \"-c\", \"grep ' / ' /proc/self/mounts | cut -d' ' -f4\"]" });
        expect_out(&r, "nosuid");
}

/* The kernel may want a look-up within a root to be made again when something is renamed meanwhile: what is to be hidden
 * behind a link must not be missed then. */
Test(host_copy, a_busy_file_system_hides_no_less)
{
        struct result r, busy;

        needs_programs("strace");
        (void)box_bundle(&box, "b", &(struct bundle){ .host = true });
        box_shell(&box, &r, "$H document -b $DIR/b | sed s/ID-[0-9a-f]*/ID/");
        expect_out(&r, "\"/root\"");
        /* A leak check can't be made of a process that is traced. */
        box_shell(&box, &busy, "export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0; strace -f -qq -o $DIR/trace -e trace=openat2 "
                  "-e inject=openat2:error=EAGAIN:when=1+2 $H document -b $DIR/b | sed s/ID-[0-9a-f]*/ID/");
        cr_expect(eq(str, busy.out, r.out));
        box_shell(&box, &r, "grep -c INJECTED $DIR/trace");
        cr_expect(gt(int, atoi(r.out), 10));

        box_shell(&box, &r, "mkdir -p $DIR/place; touch $DIR/place/x; ln -s place $DIR/link; printf %%s $DIR/link/x");
        (void)box_bundle(&box, "c", &(struct bundle){ .host = true,
                .top = strcat(strcat(strcpy((char[300]){ 0 }, "\"annotations\": { \"org.hcs-sandbox.hide\": \""), r.out), "\" },") });
        box_shell(&box, &busy, "export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0; strace -f -qq -o $DIR/trace -e trace=openat2 "
                  "-e inject=openat2:error=EAGAIN:when=1+2 $H document -b $DIR/c");
        expect_status(&busy, 1);
        expect_err(&busy, "goes through a symbolic link and leads to");
}
