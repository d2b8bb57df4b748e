/* A copy of the machine in a bundle as managers write it: with a root that does not count, and with mounts upon what the copy has. */
#include "tests/engine/harness.h"

#include <stdio.h>

static struct box box;
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(managers, .fini = teardown, .timeout = 120);

#define ROOT(more) "\"root\": { \"path\": \"/nowhere/merged\"" more " }, "
#define HOST "\"annotations\": { \"org.hcs-sandbox.host\": \"true\" },"

Test(managers, get_a_copy_of_the_machine_with_their_mounts_upon_it)
{
        char mounts[1024];
        struct result r;

        needs_root();
        box_setup(&box);
        box_shell(&box, &r, "mkdir $DIR/m $DIR/m/shm && echo nameserver 192.0.2.1 >$DIR/m/resolv && echo 192.0.2.2 named >$DIR/m/hosts && "
                  "echo name >$DIR/m/name && touch $DIR/m/env && cksum /etc/hosts /etc/resolv.conf /etc/hostname >$DIR/before");
        expect_status(&r, 0);
        snprintf(mounts, sizeof(mounts), ", { \"destination\": \"/dev/shm\", \"type\": \"bind\", \"source\": \"%1$s/m/shm\", \"options\": [\"bind\", \"rprivate\", \"nosuid\"] }"
                 ", { \"destination\": \"/etc/resolv.conf\", \"type\": \"bind\", \"source\": \"%1$s/m/resolv\", \"options\": [\"bind\", \"rprivate\"] }"
                 ", { \"destination\": \"/etc/hosts\", \"type\": \"bind\", \"source\": \"%1$s/m/hosts\", \"options\": [\"bind\", \"rprivate\"] }"
                 ", { \"destination\": \"/etc/hostname\", \"type\": \"bind\", \"source\": \"%1$s/m/name\", \"options\": [\"bind\", \"rprivate\"] }"
                 ", { \"destination\": \"/run/.containerenv\", \"type\": \"bind\", \"source\": \"%1$s/m/env\", \"options\": [\"bind\", \"rprivate\"] }"
                 ", { \"destination\": \"/new/volume\", \"type\": \"bind\", \"source\": \"%1$s/m\", \"options\": [\"rbind\", \"ro\"] }", box.dir);
        box_try(&box, &r, &(struct bundle){ .host = true, .top = ROOT() HOST, .mounts = mounts,
                .args = "[\"sh\", \"-ec\", \"cat /etc/resolv.conf /etc/hosts /etc/hostname; test -e /run/.containerenv; echo x >/dev/shm/x; ls /new/volume; "
                        "test -x /usr/bin/dpkg; echo mine >/etc/mine; rm -rf /usr/share/doc\"]" });
        expect_status(&r, 0);
        expect_out(&r, "nameserver 192.0.2.1\n192.0.2.2 named\nname\nenv\nhosts\nname\nresolv\nshm\n");
        box_shell(&box, &r, "cat $DIR/m/shm/x; test -d /usr/share/doc && test ! -e /etc/mine && test ! -e /new && "
                  "cksum /etc/hosts /etc/resolv.conf /etc/hostname | diff - $DIR/before");
        expect_status(&r, 0);
}

/* As systemd-resolved has it: the mount is made where the link leads, within the copy, and what lies there is not the host's. */
Test(managers, mount_where_a_link_of_the_copy_leads)
{
        char top[512], mounts[512];
        struct bundle wanted = { .host = true, .top = top, .mounts = mounts,
                .process = "\"capabilities\": { \"bounding\": [\"CAP_DAC_OVERRIDE\"], \"effective\": [\"CAP_DAC_OVERRIDE\"], \"permitted\": [\"CAP_DAC_OVERRIDE\"] }," };
        struct result r;

        needs_root();
        box_setup(&box);
        snprintf(top, sizeof(top), ROOT() "\"annotations\": { \"org.hcs-sandbox.host\": \"true\", \"org.hcs-sandbox.scratch\": \"%s/kept\" },", box.dir);
        mounts[0] = '\0';
        wanted.args = "[\"ln\", \"-sf\", \"../run/resolve/stub.conf\", \"/etc/resolv.conf\"]";
        box_try(&box, &r, &wanted);
        expect_status(&r, 0);
        box_shell(&box, &r, "echo nameserver 192.0.2.1 >$DIR/resolv");
        snprintf(mounts, sizeof(mounts), ", { \"destination\": \"/run\", \"type\": \"tmpfs\", \"source\": \"tmpfs\" }"
                 ", { \"destination\": \"/etc/resolv.conf\", \"type\": \"bind\", \"source\": \"%s/resolv\", \"options\": [\"bind\"] }", box.dir);
        wanted.args = "[\"sh\", \"-c\", \"readlink /etc/resolv.conf; cat /etc/resolv.conf\"]";
        box_try(&box, &r, &wanted);
        expect_out(&r, "../run/resolve/stub.conf\nnameserver 192.0.2.1\n");
        box_shell(&box, &r, "test -e /run/resolve");
        expect_status(&r, 1);
}

/* In all its file systems, and nothing that is mounted upon it. */
Test(managers, can_have_the_copy_read_only)
{
        static const char script[] = "[\"sh\", \"-c\", \"for p in /etc /usr '$DIR'/place /dev/shm; do touch $p/new 2>/dev/null && echo $p; done; cat '$DIR'/place/file\"]";
        struct result r;

        needs_root();
        needs_programs("jq");
        box_setup(&box);
        (void)box_bundle(&box, "b", &(struct bundle){ .host = true, .top = ROOT(", \"readonly\": true") HOST,
                .mounts = ", { \"destination\": \"/dev/shm\", \"type\": \"tmpfs\", \"source\": \"shm\" }" });
        box_shell(&box, &r, "mkdir $DIR/place && echo held >$DIR/place/file && jq --arg p $DIR/place --argjson a '%s' "
                  "'.annotations[\"org.hcs-sandbox.copy\"] = $p | .process.args = $a' $DIR/b/config.json >$DIR/c && mv $DIR/c $DIR/b/config.json && $H run -b $DIR/b one", script);
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"/dev/shm\nheld\n"), "%s", r.err);
        box_shell(&box, &r, "jq '.root.readonly = false' $DIR/b/config.json >$DIR/c && mv $DIR/c $DIR/b/config.json && $H run -b $DIR/b one");
        expect_out(&r, "/etc\n/usr\n");
        expect_out(&r, "/place\n/dev/shm\nheld\n");
}

Test(managers, see_in_the_document_what_they_get)
{
        struct result r;

        needs_root();
        needs_programs("jq");
        box_setup(&box);
        (void)box_bundle(&box, "b", &(struct bundle){ .host = true, .top = ROOT() HOST });
        box_shell(&box, &r, "$H document -b $DIR/b | jq -r '(.System.HostedSystem | .OciSpecification.root, .Storage.Union, .Storage.Layers[-1].Path), (.Hidden | length > 9)'");
        cr_expect(eq(str, r.out, (char *)"null\nOverlay\n/\ntrue\n"), "%s", r.err);
}

Test(managers, are_told_what_the_annotation_may_be_and_nothing_is_left)
{
        struct result r;

        needs_root();
        box_setup(&box);
        box_try(&box, &r, &(struct bundle){ .host = true, .top = ROOT() "\"annotations\": { \"org.hcs-sandbox.host\": \"yes\" }," });
        expect_status(&r, 1);
        expect_err(&r, "annotations.org.hcs-sandbox.host: found \"yes\"; expected \"true\" or \"false\"");
        box_try(&box, &r, &(struct bundle){ .host = true, .top = ROOT() "\"annotations\": { \"org.hcs-sandbox.host\": \"false\" }," });
        expect_status(&r, 1);
        expect_err(&r, "/nowhere/merged");
        box_expect_empty(&box);
}

/* The bundle's root is there, and is not looked into. */
Test(managers, find_programs_in_the_copy_only)
{
        struct result r;

        needs_root();
        box_setup(&box);
        box_try(&box, &r, &(struct bundle){ .top = HOST, .args = "[\"sh\", \"-c\", \"readlink -f /bin/ls\"]" });
        expect_status(&r, 0);
        expect_out(&r, "/ls\n");
}

Test(managers, without_root_get_a_copy_too)
{
        struct result r;

        needs_user_namespaces();
        needs_fuse_overlayfs();
        box_setup_user(&box);
        box_try(&box, &r, &(struct bundle){ .host = true, .top = ROOT() HOST, .args = "[\"sh\", \"-ec\", \"id -u; echo x >/etc/new; test -x /usr/bin/dpkg\"]" });
        expect_status(&r, 0);
        expect_out(&r, "0\n");
}

/* Docker before 24 and Docker Swarm know no annotations: daemon.json's runtimeArgs stand before every verb. */
Test(managers, give_the_annotations_before_the_verb)
{
        struct result r;

        needs_root();
        needs_programs("jq");
        box_setup(&box);
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sh\", \"-c\", \"test -x /usr/bin/dpkg && echo copy; exec sleep 100\"]" });
        box_shell(&box, &r, "A='--annotation com.example.a=1 --annotation=org.hcs-sandbox.host=true --annotation com.example.a=b=c'; "
                  "$H $A create -b $DIR/b one >$DIR/out && $H $A start one && $H state one | jq -r '.annotations[\"com.example.a\"]'; "
                  "for i in 1 2 3 4 5 6 7 8 9; do grep -q copy $DIR/out && break; sleep 0.2; done; cat $DIR/out; "
                  "$H $A exec one test -x /usr/bin/dpkg && $H $A kill one KILL; $H $A delete --force one; "
                  "$H --annotation org.hcs-sandbox.host=true document -b $DIR/b | jq -r .System.HostedSystem.Storage.Union");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"b=c\ncopy\nOverlay\n"), "%s%s", r.out, r.err);
}

Test(managers, are_told_which_of_those_annotations_is_none)
{
        static const char *const bad[] = { "", "=x", "org.hcs-sandbox.host", "a\\377=b" };
        struct result r;

        needs_root();
        box_setup(&box);
        (void)box_bundle(&box, "b", &(struct bundle){ 0 });
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                box_shell(&box, &r, "$H --annotation \"$(printf '%s')\" run -b $DIR/b one", bad[i]);
                expect_status(&r, 1);
                expect_err(&r, "expected NAME=VALUE");
        }
        box_shell(&box, &r, "$H --annotation org.hcs-sandbox.host=yes run -b $DIR/b one");
        expect_status(&r, 1);
        expect_err(&r, "annotations.org.hcs-sandbox.host: found \"yes\"; expected \"true\" or \"false\"");
        box_shell(&box, &r, "$H --annotation org.hcs-sandbox.hots=true run -b $DIR/b one");
        expect_err(&r, "annotations.org.hcs-sandbox.hots: unknown");
        box_shell(&box, &r, "$H --annotation org.hcs-sandbox.hots=true do true");
        expect_err(&r, "annotations.org.hcs-sandbox.hots: unknown");
        box_shell(&box, &r, "$H --annotation a=b document --platform windows -b $DIR/b");
        expect_err(&r, "--annotation: only for Linux");
        box_expect_empty(&box);
}
