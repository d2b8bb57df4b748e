/* Paths as people have them: long ones, and such as mean something to a mount option.  In what a layer, a scratch or a state
 * directory may be called, there is nothing that a sandbox minds; what cannot stand in a document is refused by name. */
#include "tests/engine/harness.h"

#include <stdio.h>

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void setup_user(void) { needs_user_namespaces(); box_setup_user(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(names, .init = setup, .fini = teardown, .timeout = 120);
TestSuite(names_rootless, .init = setup_user, .fini = teardown, .timeout = 120);

/* For a shell: names, one a line, and the start of each line that runs the program with one of them ($name) as its state directory. */
#define NAMES \
        "x200=$(printf %%0200d 0); " \
        "printf '%%s\\n' \"$x200/$x200\" 'a:b' 'a,b' 'a\\b' 'a b' 'lowerdir=\"x\"' '\xc3\xa9$(id)%%s' '-o' >$DIR/names; " \
        "P=${H%%%% *}; "
#define EACH_NAME "while IFS= read -r name; do s=\"$DIR/$name\"; "
#define END_EACH "done <$DIR/names"

/* A bundle whose scratch is `$DIR/$name/kept`, or "memory". */
#define BUNDLE_WITH_SCRATCH "mkdir -p $DIR/c; jq --arg s \"$where\" '.annotations={\"org.hcs-sandbox.scratch\": $s}' $DIR/b/config.json >$DIR/c/config.json; "

static const struct bundle copy = { .host = true, .args = "[\"sh\", \"-c\", \"echo new >/etc/new; cat /etc/new\"]" };

Test(names, of_the_state_directory_may_be_long_and_odd)
{
        struct result r;

        box_bundle(&box, "b", &copy);
        box_bundle(&box, "o", &(struct bundle){ .args = "[\"echo\", \"new\"]" });
        box_shell(&box, &r, NAMES EACH_NAME
                  "for b in b o; do out=$(\"$P\" --root \"$s\" run -b $DIR/$b one 2>&1) && [ \"$out\" = new ] || echo \"BAD $name: $out\"; "
                  "out=$(\"$P\" --root \"$s\" run -d -b $DIR/$b two && \"$P\" --root \"$s\" delete --force two) || echo \"BAD $name: $out\"; done; "
                  "[ -z \"$(ls -A \"$s\")\" ] || echo \"LEFT in $name: $(ls -A \"$s\")\"; " END_EACH);
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""));
}

Test(names, of_a_kept_scratch_may_be_long_and_odd)
{
        struct result r;

        box_bundle(&box, "b", &copy);
        box_shell(&box, &r, NAMES EACH_NAME "where=\"$s/kept\"; " BUNDLE_WITH_SCRATCH
                  "out=$($H run -b $DIR/c one 2>&1) && [ \"$out\" = new ] && [ -f \"$s/kept/upper/etc/new\" ] || echo \"BAD $name: $out\"; " END_EACH);
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""));
}

/* Its mount point is in the state directory. */
Test(names, of_the_place_of_a_scratch_in_memory_may_be_long_and_odd)
{
        struct result r;

        box_bundle(&box, "b", &copy);
        box_shell(&box, &r, NAMES EACH_NAME "where=memory; " BUNDLE_WITH_SCRATCH
                  "out=$(\"$P\" --root \"$s\" run -b $DIR/c one 2>&1) && [ \"$out\" = new ] || echo \"BAD $name: $out\"; " END_EACH);
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""));
}

Test(names, of_the_upper_layer_are_not_seen_from_inside)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .host = true, .args = "[\"grep\", \" / \", \"/proc/self/mountinfo\"]" });
        expect_status(&r, 0);
        expect_no_out(&r, "/scratch/");
        expect_no_out(&r, "masks");
}

Test(names, that_are_not_utf8_are_refused_before_anything_is_made)
{
        struct result r;

        box_bundle(&box, "b", &copy);
        box_shell(&box, &r, "P=${H%%%% *}; s=\"$DIR/\xff\xfe\"; \"$P\" --root \"$s\" run -b $DIR/b one; echo $?; ls -d \"$s\" 2>/dev/null; "
                  "cp -r $DIR/b \"$s\"; $H run -b \"$s\" one; echo $?");
        cr_expect(eq(str, r.out, (char *)"1\n1\n"));
        expect_err(&r, "the state directory \"");
        expect_err(&r, "the bundle \"");
        expect_err(&r, "\\xff\\xfe\" has bytes in its name that are not UTF-8");
        expect_no_out(&r, "undoing");
}

/* Masks, scratches and the layers of fuse-overlayfs lie in the data directory.  A ':' in the scratch's path is what fuse-overlayfs
 * can't take. */
Test(names_rootless, of_state_and_data_directories_may_be_long_and_odd)
{
        struct result r;

        needs_fuse_overlayfs();
        box_bundle(&box, "b", &copy);
        box_shell(&box, &r, NAMES "grep -v : $DIR/names >$DIR/n; mv $DIR/n $DIR/names; " EACH_NAME
                  "export XDG_DATA_HOME=\"$s/data\"; mkdir -p \"$s\"; "
                  "out=$(\"$P\" --root \"$s/state\" run -b $DIR/b one 2>&1) && [ \"$out\" = new ] || echo \"BAD $name: $out\"; "
                  "[ -z \"$(ls -A \"$s/state\"; ls \"$s/data/hcs-sandbox/scratch\")\" ] || echo \"LEFT of $name\"; " END_EACH);
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""));
}

Test(names_rootless, of_a_kept_scratch_may_be_long_and_odd)
{
        struct result r;

        needs_fuse_overlayfs();
        box_bundle(&box, "b", &copy);
        box_shell(&box, &r, NAMES "grep -v : $DIR/names >$DIR/n; mv $DIR/n $DIR/names; " EACH_NAME
                  "where=\"$s/kept\"; " BUNDLE_WITH_SCRATCH
                  "out=$($H run -b $DIR/c one 2>&1) && [ \"$out\" = new ] && [ -f \"$s/kept/upper/etc/new\" ] || echo \"BAD $name: $out\"; " END_EACH);
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""));
}

Test(names_rootless, with_a_colon_are_no_scratch_of_fuse_overlayfs_but_a_mask)
{
        struct result r;

        needs_fuse_overlayfs();
        box_bundle(&box, "b", &copy);
        box_shell(&box, &r, "export XDG_DATA_HOME=\"$DIR/a:b\"; $H run -b $DIR/b one; echo $?; "
                  "name=plain s=$DIR/plain where=$DIR/plain/kept; " BUNDLE_WITH_SCRATCH "$H run -b $DIR/c one");
        expect_out(&r, "1\nnew\n");
        expect_err(&r, "fuse-overlayfs takes no scratch with a \":\" in its path");
}
