/* What a sandbox changed, as a patch: git and patch(1) make of a tree what the sandbox had made of it. */
#include "tests/engine/harness.h"

#include <stdio.h>

static struct box box;
static void setup(void) { needs_root(); needs_programs("patch git"); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(patch, .init = setup, .fini = teardown, .timeout = 120);

#define ALL_FILES "\"capabilities\": { \"bounding\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\", \"CAP_MKNOD\"]," \
        "\"effective\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\", \"CAP_MKNOD\"]," \
        "\"permitted\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\", \"CAP_MKNOD\"] },"

/* A tree of the box that the sandbox gets as a copy, $T; `line` is what is done in it. */
static void changed_by(const char *line)
{
        struct result r;
        char top[256], args[2048];

        box_shell(&box, &r,
                  "T=$DIR/tree; mkdir -p $T/deep/er $T/gone/in; cd $T; seq 100 >numbers; printf 'no end' >unended; echo x >mode; "
                  "printf 'a\\0b' >binary; ln -s numbers link; echo 1 >gone/one; echo 2 >gone/in/two; echo t >type; "
                  "echo s >'with space'; printf u >\"$(printf 'b\\303\\244\\377d')\"; cp -a $T $DIR/before");
        expect_status(&r, 0);
        snprintf(top, sizeof(top), "\"annotations\": { \"org.hcs-sandbox.copy\": \"%s/tree\" },", box.dir);
        snprintf(args, sizeof(args), "[\"sh\", \"-ec\", \"cd %s/tree; %s\"]", box.dir, line);
        box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .args = args, .top = top });
        box_shell(&box, &r, "$H run --keep -b $DIR/b it && $H diff --patch it >$DIR/patch; cat $DIR/patch");
        expect_status(&r, 0);
}

#define EVERYTHING "sed -i 's/^5.$/five/; 3d' numbers; printf ' nor here' >>unended; chmod 750 mode; ln -sf mode link; rm -r gone; " \
        "echo new >'deep/er/new file'; : >empty; ln -s away new-link; echo more >>'with space'; echo more >>b*d; " \
        "printf x >unended-too; "
#define FILE_TO_DIRECTORY "rm type; mkdir type; echo in >type/in; "     /* too much for patch(1) at once */
#define DIRECTORY_TO_FILE "echo x >gone"

/* Applies it to the copy that was made before; then nothing may differ from what the sandbox had. */
static void expect_same(const char *how)
{
        struct result r;

        box_shell(&box, &r, "mkdir -p $DIR/at$DIR; cp -a $DIR/before $DIR/at$DIR/tree; cd $DIR/at; %s", how);
        expect_status(&r, 0);
        box_shell(&box, &r, "$H apply it && diff -r --no-dereference $DIR/tree $DIR/at$DIR/tree && stat -c %%a $DIR/at$DIR/tree/mode");
        expect_status(&r, 0);
        expect_out(&r, "750\n");
}

Test(patch, is_taken_by_patch_1)
{
        changed_by(EVERYTHING);
        expect_same("patch -p1 --no-backup-if-mismatch <$DIR/patch");
}

/* Git knows two modes only. */
Test(patch, is_taken_by_git_apply)
{
        changed_by(EVERYTHING FILE_TO_DIRECTORY DIRECTORY_TO_FILE);
        expect_same("git apply -p1 $DIR/patch && chmod 750 $DIR/at$DIR/tree/mode");
}

Test(patch, names_what_it_can_t_carry_and_is_taken_all_the_same)
{
        struct result r;

        changed_by("printf 'c\\\\0d' >>binary; printf '\\\\0' >new-binary; head -c 5000000 /dev/zero | tr '\\\\0' x >large; mkfifo fifo; "
                   "chown 7 mode; mkdir hollow; chmod 700 deep; echo last >>numbers");
        box_shell(&box, &r, "cat $DIR/patch");
        expect_out(&r, "tree/binary differ\n");
        expect_out(&r, "Binary files /dev/null and b");
        expect_out(&r, "tree/large: it is too large for a patch\n");
        expect_out(&r, "tree/fifo: a fifo is not in a patch\n");
        expect_out(&r, "tree/mode: its owner is not in a patch\n");
        expect_out(&r, "tree/hollow: a directory by itself is not in a patch\n");
        expect_out(&r, "tree/deep: the mode of a directory is not in a patch\n");
        box_shell(&box, &r, "for how in 'patch -p1' 'git apply'; do rm -rf $DIR/at; mkdir -p $DIR/at$DIR; cp -a $DIR/before $DIR/at$DIR/tree; "
                  "(cd $DIR/at; $how <$DIR/patch) && tail -1 $DIR/at$DIR/tree/numbers; done");
        expect_status(&r, 0);
        cr_expect(ne(ptr, strstr(strstr(r.out, "last\n") ? strstr(r.out, "last\n") + 1 : "", "last\n"), NULL), "%s %s", r.out, r.err);
}

/* The same rules that hide a file from the sandbox keep it out of what the sandbox could make a patch of. */
Test(patch, does_not_tell_what_the_mask_hides)
{
        struct result r;

        changed_by("echo mine >/etc/shadow; rm -rf /etc/ssl/private /root/.ssh; echo mine >/etc/machine-id");
        box_shell(&box, &r, "cat $DIR/patch; grep -c '^+mine' $DIR/patch; ! grep -F \"$(head -c 20 /etc/machine-id | grep . || echo no-id)\" $DIR/patch");
        expect_status(&r, 0);
        expect_out(&r, "+++ b/etc/shadow\n");
        box_shell(&box, &r, "grep -F \"$(grep -m1 '^root:' /etc/shadow)\" $DIR/patch | grep -v '^.root:\\*:'");
        cr_expect(eq(str, r.out, (char *)""));
}

Test(patch, is_one_of_the_ways_to_print)
{
        struct result r;

        changed_by("echo x >new");
        box_run(&box, &r, "diff", "--patch", "--stat", "it", NULL);
        expect_status(&r, 1);
        expect_err(&r, "expected one of --format json, --name-only, --stat and --patch");
        box_shell(&box, &r, "script -qec \"$H diff -p it\" /dev/null </dev/null");
        expect_out(&r, "+++ b");
}

Test(patch, drives_no_terminal)
{
        struct result r;

        needs_programs("script");
        changed_by("printf 'a\\\\033[31mred\\\\ttab\\\\n' >new");
        box_shell(&box, &r, "script -qec \"$H diff -p it\" /dev/null </dev/null");
        expect_out(&r, "+a\\x1b[31mred\ttab");
        box_shell(&box, &r, "$H diff -p it");
        expect_out(&r, "+a\033[31mred\ttab\n");
}
