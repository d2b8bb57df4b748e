/* The same for somebody without privileges. */
#include "tests/engine/harness.h"

static struct box box;
static void setup(void) { needs_user_namespaces(); box_setup_user(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(rootless, .init = setup, .fini = teardown, .timeout = 120);

Test(rootless, an_ordinary_bundle_runs_in_a_user_namespace)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .args = "[\"sh\", \"-c\", \"id -u; echo x >/tmp/x && cat /tmp/x; echo y >/dev/null; exit 3\"]" });
        expect_status(&r, 3);
        expect_out(&r, "0\nx\n");
}

Test(rootless, a_copy_of_the_machine_lives_through_all_verbs)
{
        struct result r;

        needs_fuse_overlayfs();
        (void)box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "set -e; $H create -b $DIR/b one; $H start one; $H exec one sh -c 'id -u; echo x >/etc/new; rm -rf /etc/alternatives; ls -d /etc/new; exit 0'; "
                  "$H pause one; $H state one | grep status; $H resume one; $H exec one test ! -e /etc/alternatives; "
                  "$H kill one KILL; for i in $(seq 100); do $H state one | grep -q stopped && break; sleep 0.05; done; $H delete one; "
                  "ls -d /etc/alternatives; test ! -e /etc/new");
        expect_status(&r, 0);
        expect_out(&r, "0\n/etc/new\n");
        expect_out(&r, "\n/etc/alternatives\n");
        expect_out(&r, "paused");
}

Test(rootless, limits_without_a_cgroup_are_refused)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .linux_ = ", \"resources\": { \"memory\": { \"limit\": 67108864 } }" });
        expect_status(&r, 1);
        expect_err(&r, "limits need a cgroup");
}

Test(rootless, what_spec_wrote_for_root_runs_for_a_user_too)
{
        struct result r;

        needs_fuse_overlayfs();
        needs_programs("jq");
        box_shell(&box, &r, "mkdir $DIR/b; $H spec -b $DIR/b; jq -e '.mounts[] | select(.type == \"devpts\")' $DIR/b/config.json; "
                  "jq '.process.terminal = false | .process.args = [\"sh\", \"-c\", \"ls /dev/pts; id -u\"] | "
                  "(.mounts[] | select(.type == \"devpts\") | .options) |= . + [\"gid=5\"] | .mounts |= map(select(.type != \"sysfs\" and .type != \"cgroup\"))' "
                  "$DIR/b/config.json >$DIR/c && mv $DIR/c $DIR/b/config.json; $H run -b $DIR/b one");
        expect_status(&r, 0);
        expect_out(&r, "ptmx\n0\n");
        box_try(&box, &r, &(struct bundle){ .mounts = ", { \"destination\": \"/mnt\", \"type\": \"tmpfs\", \"options\": [\"gid=5\"] }" });
        expect_status(&r, 1);
        expect_err(&r, "tmpfs takes no option \"gid=5\" (in a user namespace: is that id mapped?)");
}

/* A user has no rights over what belongs to another user namespace, unless it enters that. */
Test(rootless, namespaces_are_joined_together_with_the_one_that_owns_them)
{
        static const char config[] = "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"'$ROOTFS'\"},"
                "\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\",\"args\":[\"echo\",\"joined\"],"
                "\"env\":[\"PATH=/bin\"]},\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"/proc/'$p'/ns/pid\"},{\"type\":\"mount\"},{\"type\":\"user\"'$user'}]'$maps'}}";
        struct result r;

        needs_programs("jq");
        box_bundle(&box, "a", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "mkdir $DIR/b; $H run -d -b $DIR/a a; p=$($H state a | jq .pid); m=\"[{\\\"containerID\\\":0,\\\"hostID\\\":$(id -u),\\\"size\\\":1}]\"; "
                  "user= maps=\",\\\"uidMappings\\\":$m,\\\"gidMappings\\\":$m\"; echo '%s' >$DIR/b/config.json; $H run -b $DIR/b b; echo $?; "
                  "user=\",\\\"path\\\":\\\"/proc/$p/ns/user\\\"\" maps=; echo '%s' >$DIR/b/config.json; $H run -b $DIR/b b", config, config);
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"1\njoined\n"), "%s", r.err);
        expect_err(&r, "as a pid namespace (if it belongs to another user namespace, that one must be joined too): operation not permitted");
}

Test(rootless, do_shows_applies_and_undoes)
{
        struct result r;

        needs_fuse_overlayfs();
        box_shell(&box, &r, "mkdir $DIR/work; cd $DIR/work; echo before >file; echo x >gone; "
                  "$H do -- sh -c 'echo after >file; rm gone; echo x >>/etc/passwd; rm /etc/debian_version'; "
                  "cat file; $H do --apply -- sh -c 'echo after >file; rm gone; mkdir made'; cat file; ls; $H apply --undo; cat file; ls");
        expect_status(&r, 0);
        expect_out(&r, "before\nafter\nfile\nmade\nbefore\nfile\ngone\n");
        expect_err(&r, "2 changed, 2 deleted");
}

/* What a user's sandbox deletes and replaces stands in the scratch by other marks than root's. */
static const char changes[] =
        "mkdir -p $DIR/work/dir $DIR/work/old; cd $DIR/work; echo 1 >file; echo x >gone; echo in >dir/in; echo o >old/o; cp -a $DIR/work $DIR/before; "
        "$H do --keep -- sh -ec 'echo 2 >file; rm gone; rm -r dir; mkdir dir; echo new >dir/new; rm -r old; ln -s file link; chmod 600 file; rm /etc/debian_version; "
        "echo hello >/etc/hello; mkdir -p /etc/deep/er; echo x >/etc/deep/er/x' 2>/dev/null; id=$($H list -q); ";

Test(rootless, a_diff_tells_deletions_and_replaced_directories)
{
        struct result r;

        needs_fuse_overlayfs();
        box_shell(&box, &r, "%s $H diff $id; $H diff --stat $id; $H delete $id", changes);
        expect_status(&r, 0);
        expect_out(&r, "D /etc/debian_version\nA /etc/deep/\nA /etc/deep/er/\nA /etc/deep/er/x\nA /etc/hello\n");
        expect_out(&r, "/work/dir/in\n");
        expect_out(&r, "/work/dir/new\n");
        expect_out(&r, "/work/file (content, mode)\n");
        expect_out(&r, "/work/gone\n");
        expect_out(&r, "/work/old/\n");
        expect_out(&r, "6 added, 1 changed, 4 deleted");
}

Test(rootless, a_patch_and_an_apply_give_the_same)
{
        struct result r;

        needs_fuse_overlayfs();
        needs_programs("patch");
        box_shell(&box, &r, "%s mkdir -p $DIR/at$DIR; cp -a $DIR/before $DIR/at$DIR/work; $H diff -p $id >$DIR/patch; (cd $DIR/at; mkdir etc; cp /etc/debian_version etc/; "
                  "patch -p1 <$DIR/patch >/dev/null); $H apply $id $DIR/work >/dev/null; diff -r --no-dereference $DIR/work $DIR/at$DIR/work && stat -c %%a file && "
                  "ls $DIR/at/etc; $H apply --undo >/dev/null; diff -r --no-dereference $DIR/before $DIR/work && echo as before; $H delete $id", changes);
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"600\ndeep\nhello\nas before\n"), "%s", r.err);
}

Test(rootless, an_export_is_an_oci_layer_and_comes_in_again)
{
        struct result r;

        needs_fuse_overlayfs();
        box_bundle(&box, "c", &(struct bundle){ .host = true, .top = "\"annotations\": { \"org.hcs-sandbox.layers\": \"mine\" },",
                   .args = "[\"sh\", \"-c\", \"cat /etc/hello /etc/deep/er/x; ls /etc/debian_version; true\"]" });
        box_shell(&box, &r, "%s $H layer export --compress none -o $DIR/tar $id >/dev/null; tar -tf $DIR/tar | grep -E 'debian_version|hello|gone|opq|/in$'; "
                  "$H layer import --format json $DIR/tar mine | jq -r '.layers[0].diffId' >$DIR/mine; $H commit --format json $id other | jq -r '.layers[0].diffId' | "
                  "cmp - $DIR/mine && $H layer verify mine >/dev/null && $H run -b $DIR/c two; $H delete $id; $H layer list -q", changes);
        expect_status(&r, 0);
        expect_out(&r, "etc/.wh.debian_version\n");
        expect_out(&r, "hello\nx\nmine\nother\n");
        expect_err(&r, "/etc/debian_version");
}

Test(rootless, a_scratch_is_kept_and_cloned)
{
        struct result r;

        needs_fuse_overlayfs();
        box_shell(&box, &r, "mkdir $DIR/work; cd $DIR/work; echo x >gone; $H do --scratch s -- sh -c 'rm gone; echo a >a; rm -r /etc/init.d; mkdir /etc/init.d' && "
                  "$H clone s t && $H do --scratch t -- sh -c 'ls; ls -A /etc/init.d; echo b >b'; $H do --scratch s -- ls; ls; $H scratch list -q; $H scratch remove s t; "
                  "$H scratch list -q; $H do --keep -- rm gone; $H clone -s $($H list -q) u && $H do --scratch u -- ls; $H delete $($H list -q); $H scratch remove u");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"a\na\ngone\ns\nt\n"), "%s", r.err);
}

Test(rootless, a_discard_empties_a_sandbox_that_stays)
{
        struct result r;

        needs_fuse_overlayfs();
        box_shell(&box, &r, "%s $H discard $id && $H diff $id; $H delete $id", changes);
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)""), "%s", r.err);
}

/* Podman makes a user uid 0 of a user namespace and then asks for none: no nodes can be made, no groups be dropped, and state is kept
 * where the user may write, though nothing but XDG_RUNTIME_DIR tells it. */
Test(rootless, a_caller_who_is_root_of_a_user_namespace_only_gets_an_ordinary_sandbox_in_it)
{
        struct result r;

        needs_programs("jq unshare");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sh\", \"-c\", \"echo x >/dev/null && ls -l /dev/zero && id -u && sleep 1000\"]" });
        box_shell(&box, &r, "set -e; mkdir -m 700 $DIR/x $DIR/n; jq '.linux.namespaces |= map(select(.type != \"user\")) | del(.linux.uidMappings, .linux.gidMappings)' "
                  "$DIR/b/config.json >$DIR/n/config.json; export XDG_RUNTIME_DIR=$DIR/x P=${H%% --root*}; "
                  "unshare --user --map-root-user --mount sh -c 'set -e; $P create -b $DIR/n one; ls $DIR/x/hcs-sandbox; $P start one; $P exec one echo inside; $P kill one KILL; "
                  "for i in $(seq 100); do $P state one | grep -q stopped && break; sleep 0.05; done; $P delete one; ls $DIR/x/hcs-sandbox'");
        expect_status(&r, 0);
        expect_out(&r, "one\n");
        expect_out(&r, "1,   5 ");
        expect_out(&r, "inside\n");
}

/* To him the machine's own files are nobody's; a copy of them is his all the same. */
Test(rootless, a_caller_who_is_root_of_a_user_namespace_only_gets_a_copy_of_the_machine_in_it)
{
        struct result r;

        needs_programs("unshare");
        (void)box_bundle(&box, "b", &(struct bundle){ .host = true, .args = "[\"sh\", \"-c\", \"id -u && test -d /usr/share && echo x >/tmp/x && cat /tmp/x\"]" });
        box_shell(&box, &r, "mkdir -m 700 $DIR/x; export XDG_RUNTIME_DIR=$DIR/x P=${H%% --root*}; "
                  "unshare --user --map-root-user --mount sh -c '$P run -b $DIR/b one'");
        expect_status(&r, 0);
        expect_out(&r, "0\nx\n");
}
