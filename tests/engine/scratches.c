/* Scratches with a name: gone on from, cloned, committed, removed. */
#include "tests/engine/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

static struct box box;

/* The usual place, covered by one of the test's own. */
static void setup(void)
{
        char data[128];

        needs_root();
        box_setup(&box);
        snprintf(data, sizeof(data), "%s/data", box.dir);
        if (mkdir(data, 0700) < 0 || (mkdir("/var/lib/hcs-sandbox", 0700) < 0 && errno != EEXIST) ||
            mount(data, "/var/lib/hcs-sandbox", NULL, MS_BIND, NULL) < 0)
                cr_fatal("making a data directory");
        setenv("S", "/var/lib/hcs-sandbox/scratches", 1);
}
static void teardown(void) { if (box.dir[0]) { (void)umount2("/var/lib/hcs-sandbox", MNT_DETACH); box_teardown(&box); } }
TestSuite(scratches, .init = setup, .fini = teardown, .timeout = 180);

#define ALL_FILES "\"capabilities\": { \"bounding\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\"]," \
        "\"effective\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\"]," \
        "\"permitted\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\"] },"

Test(scratches, what_is_written_is_there_for_the_next_one)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES,
                   .args = "[\"sh\", \"-ec\", \"cat /etc/notes || true; echo x >>/etc/notes\"]" });
        box_shell(&box, &r, "cd /usr; $H run -b $DIR/b --scratch s one && $H run -b $DIR/b --scratch s two && $H do --scratch s -- cat /etc/notes; "
                  "ls -A $S; test ! -e /etc/notes && echo not here");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"x\nx\nx\ns\nnot here\n"), "%s", r.err);
        expect_err(&r, "1 added (4 bytes), all in all, in the scratch s");
}

Test(scratches, have_one_user_at_a_time)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "$H create -b $DIR/b --scratch s one && $H create -b $DIR/b --scratch s two; echo $?; $H scratch remove s; echo $?; "
                  "$H clone s t; echo $?; $H scratch list --format json | jq -r '.[].inUse | sub(\".*/\"; \"\")'; $H delete --force one; "
                  "$H scratch list --format json | jq -c '.[] | [.name, .inUse]'; $H scratch remove s && $H scratch list -q; ls -A $S");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"1\n1\n1\none\n[\"s\",null]\n"), "%s; %s", r.out, r.err);
        expect_err(&r, "is in use by the sandbox of");
        expect_err(&r, "the scratch s is in use by the sandbox \"one\"");
}

Test(scratches, by_annotation_are_the_same)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .args = "[\"touch\", \"/etc/notes\"]",
                   .top = "\"annotations\": { \"org.hcs-sandbox.scratch\": \"name:s\" }," });
        box_shell(&box, &r, "cd /usr; $H run -b $DIR/b one && $H do --scratch s -- ls /etc/notes");
        expect_out(&r, "/etc/notes\n");
        box_bundle(&box, "c", &(struct bundle){ .host = true, .top = "\"annotations\": { \"org.hcs-sandbox.scratch\": \"name:../s\" }," });
        box_shell(&box, &r, "$H run -b $DIR/c one");
        expect_status(&r, 1);
        expect_err(&r, "\"../s\" can't be the name of a scratch");
}

/* The place to bind is not there, which shows when the scratch has been made. */
Test(scratches, of_a_create_that_fails_are_gone_and_those_that_were_there_stay)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"true\"]",
                   .mounts = ", { \"destination\": \"/mnt\", \"source\": \"/none/such\", \"type\": \"bind\", \"options\": [\"bind\"] }" });
        box_shell(&box, &r, "cd /usr; $H create -b $DIR/b --scratch s one; ls -A $S; $H do --scratch s -- touch /etc/notes && $H create -b $DIR/b --scratch s one; "
                  "$H do --scratch s -- ls /etc/notes; ls -A $S; ls -A $S/s | grep -v volumes");
        expect_err(&r, "/none/such");
        cr_expect(eq(str, r.out, (char *)"/etc/notes\ns\nlayout\nupper\nwork\n"), "%s; %s", r.out, r.err);
}

Test(scratches, of_a_create_that_fails_are_gone_where_a_directory_was_named)
{
        char top[256];
        struct result r;

        snprintf(top, sizeof(top), "\"annotations\": { \"org.hcs-sandbox.scratch\": \"%s/kept\" },", box.dir);
        box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"true\"]", .top = top,
                   .mounts = ", { \"destination\": \"/mnt\", \"source\": \"/none/such\", \"type\": \"bind\", \"options\": [\"bind\"] }" });
        box_shell(&box, &r, "$H create -b $DIR/b one; test -e $DIR/kept && echo there; mkdir $DIR/kept; $H create -b $DIR/b one; test -d $DIR/kept && echo stays");
        cr_expect(eq(str, r.out, (char *)"stays\n"), "%s; %s", r.out, r.err);
}

Test(scratches, are_not_for_a_bundle_with_a_root_of_its_own)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"true\"]" });
        box_shell(&box, &r, "$H run -b $DIR/b --scratch s one");
        expect_status(&r, 1);
        expect_err(&r, "--scratch: the bundle has a root of its own");
}

/* Everything that an overlay keeps: names of one file, holes, deletions, a directory that was replaced, attributes, times. */
Test(scratches, a_clone_has_all_the_changes_and_goes_its_own_way)
{
        struct result r;

        needs_programs("setfattr");
        box_shell(&box, &r, "cd /usr; $H do --scratch s -- sh -ec 'rm -r /etc/init.d /etc/debian_version; mkdir /etc/init.d; echo x >/etc/init.d/only; "
                  "ln /etc/init.d/only /etc/linked; truncate -s 50M /etc/sparse; echo end >>/etc/sparse; setfattr -n user.a -v b /etc/passwd; "
                  "touch -d 2001-02-03 /etc/old; echo v >/usr/share/vol; ln -s x /etc/sym; chown 7:8 /etc/old' && "
                  "$H clone s t && $H do --scratch t -- sh -c 'ls /etc/init.d; test ! -e /etc/debian_version && stat -c %%h /etc/linked; cat /usr/share/vol; "
                  "test $(du -k /etc/sparse | cut -f1) -lt 1000 && tail -c4 /etc/sparse; getfattr -n user.a --only-values /etc/passwd; echo; stat -c %%y:%%u:%%g /etc/old; "
                  "echo more >/etc/more' && $H do --scratch s -- ls /etc/more");
        expect_status(&r, 2);
        expect_out(&r, "only\n2\nv\nend\nb\n2001-02-03");
        expect_out(&r, ":7:8\n");
        box_shell(&box, &r, "cd /usr; for s in s t; do $H do --keep --scratch $s -- true 2>&1 | sed -n 's/.*kept as \\(do-[0-9a-f]*\\).*/\\1/p' >$DIR/id; "
                  "$H diff $(cat $DIR/id) >$DIR/$s; $H delete $(cat $DIR/id); done; diff $DIR/s $DIR/t");
        expect_out(&r, "> A /etc/more");
        cr_expect(eq(ptr, strchr(r.out, '<'), NULL), "%s", r.out);
}

Test(scratches, a_stopped_sandbox_is_cloned_and_a_running_one_is_not)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .args = "[\"touch\", \"/etc/notes\"]" });
        box_bundle(&box, "c", &(struct bundle){ .host = true, .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "cd /usr; $H run --keep -b $DIR/b one && $H clone --sandbox one s && $H delete one && $H do --scratch s -- ls /etc/notes");
        expect_status(&r, 0);
        expect_out(&r, "/etc/notes\n");
        box_shell(&box, &r, "$H create -b $DIR/c two && $H start two; $H clone --sandbox two t");
        expect_status(&r, 1);
        expect_err(&r, "container \"two\" is running, and may change more; stop it first");
}

/* What the host changed since the first sandbox began is a conflict for the clone, too. */
Test(scratches, a_clone_remembers_when_its_changes_began)
{
        struct result r;

        box_shell(&box, &r, "mkdir $DIR/work; cd $DIR/work; echo 1 >file; sleep 0.1; $H do --scratch s -- sh -c 'echo 2 >file'; sleep 0.1; echo 3 >file; "
                  "$H clone s t; $H do --apply --scratch t -- true; $H list -q | xargs -n1 $H delete; cat file");
        expect_out(&r, "3\n");
        expect_err(&r, "work/file:");
}

Test(scratches, names_that_are_taken_and_those_that_are_none_are_told)
{
        struct result r;

        box_shell(&box, &r, "cd /usr; $H do --scratch s -- true; $H do --scratch t -- true; $H clone s t; $H clone none u; $H scratch remove none; $H clone s .x; "
                  "$H do --scratch a/b -- true; $H do --ask --scratch s -- true; $H scratch drop; ls -A $S");
        expect_err(&r, "there is a scratch t already");
        expect_err(&r, "there is no scratch \"none\"");
        expect_err(&r, "\".x\" can't be the name of a scratch");
        expect_err(&r, "\"a/b\" can't be the name of a scratch");
        expect_err(&r, "expected one of --ask and --scratch");
        expect_err(&r, "scratch: found \"drop\"; expected list or remove");
        cr_expect(eq(str, r.out, (char *)"s\nt\n"));
}

/* At moments all through it; then a clone is there whole or not at all, and the next call clears up. */
Test(scratches, a_clone_or_removal_that_is_killed_leaves_nothing)
{
        struct result r;

        box_shell(&box, &r, "cd /usr; $H do --scratch s -- sh -c 'mkdir /etc/many; for i in $(seq 400); do echo $i >/etc/many/$i; done'; "
                  "for us in 500 1000 2000 4000 6000 8000 12000 16000 24000 32000; do $H clone s t & p=$!; sleep 0.0$(printf %%06d $us | cut -c2-); kill -9 $p; wait $p; "
                  "$H scratch list -q >/dev/null; for d in $(ls -A $S); do case $d in s) ;; t) test $(ls $S/t/upper/etc/many 2>/dev/null | wc -l) = 400 || "
                  "test $(find $S/t -path '*many/*' | wc -l) = 400 || echo half;; *) echo left $d;; esac; done; "
                  "test -e $S/t && { $H scratch remove t & p=$!; sleep 0.00$((us / 1000)); kill -9 $p; wait $p; $H scratch list -q >/dev/null; "
                  "ls -A $S | grep -v '^[st]$'; $H scratch remove t; }; done 2>/dev/null; $H scratch list -q");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"s\n"), "%s", r.err);
}

Test(scratches, a_clone_on_a_full_disk_leaves_nothing)
{
        struct result r;

        box_shell(&box, &r, "cd /usr; mount -t tmpfs -o size=3M,mode=0700 tmpfs /var/lib/hcs-sandbox; $H do --scratch s -- sh -c 'head -c 2M /dev/urandom >/etc/big'; "
                  "$H clone s t; echo $?; ls -A $S; umount /var/lib/hcs-sandbox");
        cr_expect(eq(str, r.out, (char *)"1\ns\n"), "%s", r.err);
        expect_err(&r, "no space left on device");
}

Test(scratches, a_commit_is_the_layer_that_export_and_import_make)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES,
                   .args = "[\"sh\", \"-ec\", \"echo x >/etc/notes; rm -r /etc/init.d; mkdir /etc/init.d; rm /etc/debian_version; echo v >/usr/share/vol\"]" });
        box_bundle(&box, "c", &(struct bundle){ .host = true, .args = "[\"sh\", \"-c\", \"cat /etc/notes /usr/share/vol; ls /etc/init.d /etc/debian_version\"]",
                   .top = "\"annotations\": { \"org.hcs-sandbox.layers\": \"mine\" }," });
        box_shell(&box, &r, "$H run --keep -b $DIR/b one && $H commit --format json one mine | jq -r '.layers[0].diffId' >$DIR/mine && "
                  "$H layer export --compress none one >$DIR/tar 2>/dev/null; $H layer import --format json $DIR/tar other | jq -r '.layers[0].diffId' >$DIR/other; "
                  "cmp $DIR/mine $DIR/other && $H layer verify mine >/dev/null && $H run -b $DIR/c two");
        expect_status(&r, 2);
        expect_out(&r, "x\nv\n");
        expect_err(&r, "/etc/debian_version");
        box_shell(&box, &r, "$H commit one mine; $H commit none new; $H commit one ../x; $H layer list -q; ls -A /var/lib/hcs-sandbox/layers | grep making");
        expect_err(&r, "there is a layer mine already");
        expect_err(&r, "there is neither a sandbox nor a layer \"none\"");
        expect_err(&r, "\"../x\" can't be the name of a layer");
        cr_expect(eq(str, r.out, (char *)"mine\nother\n"));
}

Test(scratches, a_commit_that_is_killed_leaves_no_layer)
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES,
                   .args = "[\"sh\", \"-ec\", \"mkdir /etc/many; for i in $(seq 400); do echo $i >/etc/many/$i; done\"]" });
        box_shell(&box, &r, "$H run --keep -b $DIR/b one; for ms in 002 005 010 015 020 030 040 060; do $H commit one mine >/dev/null & p=$!; sleep 0.$ms; kill -9 $p; "
                  "wait $p; if $H layer list -q | grep -q mine; then $H layer verify mine >/dev/null || echo half; $H layer remove mine; fi; done 2>/dev/null; "
                  "$H commit one mine >/dev/null && $H layer verify mine >/dev/null && ls -A /var/lib/hcs-sandbox/layers | grep -v -e use -e lock");
        cr_expect(eq(str, r.out, (char *)"mine\n"), "%s", r.err);
}
