/* The rules of container runtimes' past mistakes, each tried from where it would hurt. */
#include "tests/engine/harness.h"

#include <stdio.h>

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(safety, .init = setup, .fini = teardown, .timeout = 180);

Test(safety, the_program_gets_its_descriptors_and_no_other)             /* rule 1 */
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){ .args = "[\"sh\", \"-c\", \"ls /proc/self/fd | tr '\\\\n' ' '\"]" });
        struct result r;

        box_shell(&box, &r, "for i in 3 4 5 6 7 8 9; do eval \"exec $i</etc/passwd\"; done; $H run -b %s one", bundle);
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"0 1 2 3 "), "3 is ls's own");
        box_shell(&box, &r, "exec 3</etc/passwd 4</etc/group 5</etc/hosts 6<&-; $H run --preserve-fds 2 -b %s one", bundle);
        cr_expect(eq(str, r.out, (char *)"0 1 2 3 4 5 "), "%s %s", r.out, r.err);
        box_shell(&box, &r, "exec 3</etc/passwd 4<&- 5<&-; $H run --preserve-fds 2 -b %s one", bundle);
        expect_status(&r, 1);
        expect_err(&r, "descriptor 4 is not open");
        box_shell(&box, &r, "$H run -b %s one <&-", bundle);
        expect_status(&r, 0);
        box_shell(&box, &r, "$H run -b %s one 2>&-", bundle);
        expect_status(&r, 0);
}

Test(safety, our_own_binary_can_not_be_run_or_written_from_inside)      /* rule 2 */
{
        struct result before, r, after;

        box_shell(&box, &before, "cksum ${H%% --root*} $(dirname ${H%% --root*})/hcs-sandbox-init");
        box_try(&box, &r, &(struct bundle){ .args = "[\"/proc/self/exe\", \"x\"]" });
        cr_expect(ne(int, r.status, 0));
        box_shell(&box, &r, "printf '#!/proc/self/exe\\n' >$ROOTFS/script; chmod 755 $ROOTFS/script");
        box_try(&box, &r, &(struct bundle){ .args = "[\"/script\"]" });
        cr_expect(ne(int, r.status, 0));
        /* Somebody inside who waits for an exec to come by. */
        box_bundle(&box, "b", &(struct bundle){ .args = "[\"sh\", \"-c\", \"while :; do for p in /proc/[0-9]*/exe; do "
                "(echo bad >$p) 2>/dev/null && case $(readlink $p) in *hcs*) echo WROTE $p;; esac; done; done\"]",
                .process = "\"capabilities\": { \"bounding\": [\"CAP_SYS_PTRACE\", \"CAP_DAC_OVERRIDE\"], \"effective\": [\"CAP_SYS_PTRACE\", \"CAP_DAC_OVERRIDE\"],"
                           "\"permitted\": [\"CAP_SYS_PTRACE\", \"CAP_DAC_OVERRIDE\"] }," });
        box_shell(&box, &r, "chmod a-w $ROOTFS/bin/busybox; $H run -d -b $DIR/b one >$DIR/out 2>&1; for i in $(seq 30); do $H exec one /bin/busybox true; done; cat $DIR/out");
        expect_no_out(&r, "WROTE");
        box_shell(&box, &after, "cksum ${H%% --root*} $(dirname ${H%% --root*})/hcs-sandbox-init");
        cr_expect(eq(str, before.out, after.out));
}

/* A root file system whose own links lead to the host. */
static void expect_refused_or_inside(const char *link, const char *target, const struct bundle *bundle)
{
        struct result r;

        box_shell(&box, &r, "mkdir -p $DIR/outside/x; rm -rf $ROOTFS%s; ln -s %s $ROOTFS%s", link, target, link);
        box_try(&box, &r, bundle);
        box_shell(&box, &r, "find $DIR/outside -mindepth 2; ls -A $DIR/outside | grep -v '^x$'");
        cr_expect(eq(str, r.out, (char *)""), "%s -> %s: made outside: %s", link, target, r.out);
        box_shell(&box, &r, "rm -rf $ROOTFS%s; mkdir -p $ROOTFS%s", link, link);
}

Test(safety, links_in_the_root_lead_nowhere)                            /* rule 3 */
{
        char outside[128], mount[512];
        const char *const links[] = { "/dev", "/proc", "/sys", "/etc", "/mnt" };

        snprintf(outside, sizeof(outside), "%s/outside", box.dir);
        snprintf(mount, sizeof(mount), ", { \"destination\": \"/mnt/deep/er\", \"type\": \"tmpfs\", \"source\": \"tmpfs\" }, "
                 "{ \"destination\": \"/etc/file\", \"type\": \"bind\", \"source\": \"/etc/passwd\", \"options\": [\"bind\", \"ro\"] }");
        for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
                expect_refused_or_inside(links[i], outside, &(struct bundle){ .mounts = mount });
                expect_refused_or_inside(links[i], "../../../../../../..", &(struct bundle){ .mounts = mount });
                expect_refused_or_inside(links[i], links[i], &(struct bundle){ .mounts = mount });
        }
}

Test(safety, a_swap_of_links_during_the_start_makes_nothing_outside)    /* rule 3, raced */
{
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .mounts = ", { \"destination\": \"/mnt/a/b/c\", \"type\": \"tmpfs\", \"source\": \"tmpfs\" }" });
        box_shell(&box, &r, "mkdir -p $DIR/outside $ROOTFS/mnt/a; ln -s $DIR/outside $ROOTFS/mnt/z; "
                  "(while [ -d $DIR/outside ]; do mv -T $ROOTFS/mnt/a $ROOTFS/mnt/t 2>/dev/null; mv -T $ROOTFS/mnt/z $ROOTFS/mnt/a 2>/dev/null; "
                  "mv -T $ROOTFS/mnt/a $ROOTFS/mnt/z 2>/dev/null; mv -T $ROOTFS/mnt/t $ROOTFS/mnt/a 2>/dev/null; done) & s=$!; "
                  "for i in $(seq 200); do $H run -b $DIR/b one 2>/dev/null; done; ls -A $DIR/outside; kill $s; wait $s 2>/dev/null; true");
        cr_expect(eq(str, r.out, (char *)""), "made outside: %s", r.out);
}

Test(safety, proc_is_procfs_and_masked_paths_hold)                      /* rules 4, 5, 9 */
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .mounts = ", { \"destination\": \"/proc\", \"type\": \"tmpfs\", \"source\": \"tmpfs\" }" });
        expect_status(&r, 1);
        expect_err(&r, "mounts[3]");
        box_shell(&box, &r, "mkdir -p $ROOTFS/secret; echo s >$ROOTFS/secret/file; echo f >$ROOTFS/file");
        box_try(&box, &r, &(struct bundle){
                .linux_ = ", \"maskedPaths\": [\"/proc/kcore\", \"/secret\", \"/file\", \"/not-there\"], \"readonlyPaths\": [\"/proc/sys\", \"/tmp\"]",
                .args = "[\"sh\", \"-c\", \"ls -A /secret; cat /file; echo >/tmp/x; echo 1 >/proc/sys/net/ipv4/ip_forward; echo end\"]" });
        cr_expect(eq(str, r.out, (char *)"end\n"), "%s", r.out);
        expect_err(&r, "Read-only file system");
}

/* What covers a masked file is the null device of this machine, and whoever is root inside must not change that. */
Test(safety, what_covers_a_masked_file_is_not_the_sandboxs_to_change)
{
        struct result r;

        box_shell(&box, &r, "echo f >$ROOTFS/file");
        (void)box_bundle(&box, "b", &(struct bundle){
                .linux_ = ", \"maskedPaths\": [\"/file\"]",
                .process = "\"capabilities\": { \"bounding\": [\"CAP_CHOWN\", \"CAP_FOWNER\"], \"effective\": [\"CAP_CHOWN\", \"CAP_FOWNER\"], "
                           "\"permitted\": [\"CAP_CHOWN\", \"CAP_FOWNER\"] },",
                .args = "[\"sh\", \"-c\", \"chmod 640 /file; chown 5 /file; touch -d @1 /file; cat /file; echo x >/file && echo written\"]" });
        box_shell(&box, &r, "look='stat -c %%a,%%u,%%Y /dev/null'; a=$($look); $H run -b $DIR/b one; "
                  "[ $a = $($look) ] || { echo changed; chmod 666 /dev/null; chown 0 /dev/null; }");
        cr_expect(eq(str, r.out, (char *)"written\n"), "%s", r.err);
        expect_err(&r, "chmod: /file: Read-only file system");
        expect_err(&r, "chown: /file: Read-only file system");
}

Test(safety, capabilities_are_never_inheritable_by_accident)            /* rule 6 */
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){ .args = "[\"sh\", \"-c\", \"grep -E 'CapInh|CapAmb|Groups' /proc/self/status; sleep 1000\"]",
                .process = "\"capabilities\": { \"bounding\": [\"CAP_KILL\"], \"effective\": [\"CAP_KILL\"], \"permitted\": [\"CAP_KILL\"] }," });
        struct result r;

        box_shell(&box, &r, "$H run -d -b %s one; $H exec --cap CAP_NET_RAW one grep -E 'CapInh|CapAmb|CapEff|Groups' /proc/self/status", bundle);
        expect_out(&r, "CapInh:\t0000000000000000");
        expect_out(&r, "CapAmb:\t0000000000000000");
        expect_out(&r, "CapEff:\t0000000000002020");
        expect_out(&r, "Groups:\t \n");
}

Test(safety, the_working_directory_is_inside)                           /* rule 7 */
{
        struct result r;

        box_shell(&box, &r, "printf x");
        box_bundle_text(&box, "b", "{ \"ociVersion\": \"1.0.2\", \"root\": { \"path\": \"../rootfs\" }, \"process\": { \"user\": { \"uid\": 0, \"gid\": 0 }, "
                        "\"cwd\": \"/proc/self/fd/7\", \"args\": [\"/bin/pwd\"] }, \"mounts\": [{ \"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\" }], "
                        "\"linux\": { \"namespaces\": [{ \"type\": \"mount\" }, { \"type\": \"pid\" }] } }");
        box_shell(&box, &r, "for n in 3 4 5 6 7 8 9; do sed -i \"s,fd/[0-9],fd/$n,\" $DIR/b/config.json; $H run -b $DIR/b one 7</; done");
        cr_expect(eq(str, r.out, (char *)""), "a way out: %s", r.out);
}

Test(safety, numbers_are_read_strictly)                                 /* rule 8 */
{
        const char *bundle = box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        const char *const bad[] = { "1x", "", "-1", "4294967295", "4294967296", "0x1", " 1", "1:", ":1", "1:2:3" };
        struct result r;

        box_run(&box, &r, "run", "-d", "-b", bundle, "one", NULL);
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                box_run(&box, &r, "exec", "--user", bad[i], "one", "id", "-u", NULL);
                cr_expect(eq(int, r.status, 255), "--user %s: %s", bad[i], r.out);
        }
        box_run(&box, &r, "exec", "-u", "1", "one", "id", "-u", NULL);
        cr_expect(eq(str, r.out, (char *)"1\n"));
}

Test(safety, ids_do_not_become_paths)                                   /* rule 10 */
{
        const char *const bad[] = { "", ".", "..", "../x", "a/b", ".x", "a b", "a\nb" };
        struct result r;

        box_bundle(&box, "b", &(struct bundle){ .args = "[\"true\"]" });
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                char path[128];

                snprintf(path, sizeof(path), "%s/b", box.dir);
                box_run(&box, &r, "run", "-b", path, bad[i], NULL);
                cr_expect(eq(int, r.status, 1), "id \"%s\"", bad[i]);
                box_run(&box, &r, "delete", "--force", bad[i], NULL);
                cr_expect(eq(int, r.status, 1), "id \"%s\"", bad[i]);
        }
        box_shell(&box, &r, "$H run -b $DIR/b good; stat -c %%a $DIR/state");
        expect_out(&r, "700");
}

Test(safety, what_cannot_be_done_is_refused_and_nothing_stays)          /* rule 12 */
{
        static const struct { struct bundle bundle; const char *words; } refused[] = {
                { { .args = "[\"nope\"]" }, "exec: \"nope\": executable file not found in $PATH" },
                { { .args = "[\"/nope\"]" }, "exec: \"/nope\": stat /nope: no such file or directory" },
                { { .args = "[\"/etc\"]" }, "exec: \"/etc\": is a directory" },
                { { .mounts = ", { \"destination\": \"/x\", \"type\": \"bind\", \"source\": \"/not/there\", \"options\": [\"bind\"] }" }, "\"/not/there\" is not there" },
                { { .mounts = ", { \"destination\": \"/x\", \"type\": \"nofs\", \"source\": \"x\" }" }, "no file system \"nofs\"" },
                { { .mounts = ", { \"destination\": \"/x\", \"type\": \"tmpfs\", \"source\": \"x\", \"options\": [\"bogus=1\"] }" }, "bogus" },
                { { .linux_ = ", \"sysctl\": { \"net.no.such\": \"1\" }" }, "net.no.such" },
                { { .linux_ = ", \"seccomp\": { \"defaultAction\": \"SCMP_ACT_BOGUS\" }" }, "linux.seccomp.defaultAction" },
                { { .process = "\"apparmorProfile\": \"x\"," }, "process.apparmorProfile: found \"x\", but this kernel has no AppArmor" },
                { { .linux_ = ", \"devices\": [{ \"path\": \"/dev/null\", \"type\": \"b\", \"major\": 7, \"minor\": 9 }]" }, "something else is there" },
                { { .namespaces = ", { \"type\": \"cgroup\", \"path\": \"/proc/self/ns/net\" }" }, "cgroup namespace" },
        };
        struct result r;

        for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
                box_try(&box, &r, &refused[i].bundle);
                cr_expect(eq(int, r.status, 1), "%s: status %d", refused[i].words, r.status);
                expect_err(&r, refused[i].words);
                box_shell(&box, &r, "ls -A $DIR/state");
                cr_expect(eq(str, r.out, (char *)""), "left after %s", refused[i].words);
        }
}

Test(safety, paths_to_be_hidden_that_lie_below_a_file_are_as_good_as_absent)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .linux_ = ", \"maskedPaths\": [\"/bin/busybox/x\", \"/no/such\"], \"readonlyPaths\": [\"/bin/busybox/y/z\"]",
                                            .args = "[\"echo\", \"fine\"]" });
        expect_status(&r, 0);
        expect_out(&r, "fine");
}

/* Device nodes would be made where it leads. */
Test(safety, a_dev_that_is_a_link_or_a_file_is_refused)
{
        struct result r;

        box_shell(&box, &r, "rmdir $ROOTFS/dev && ln -s tmp $ROOTFS/dev");
        box_bundle_text(&box, "b", "{}");
        box_shell(&box, &r, "printf '{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"%%s\"},\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\",\"args\":[\"true\"]},"
                  "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}' $ROOTFS >$DIR/b/config.json; $H run -b $DIR/b one; ls -A $ROOTFS/tmp; "
                  "rm $ROOTFS/dev; : >$ROOTFS/dev; $H run -b $DIR/b one");
        cr_expect(eq(str, r.out, (char *)""));
        expect_err(&r, "which must be a real directory");
        expect_status(&r, 1);
}

/* Also on a machine that lets processes which changed their user be looked into: until the execve there are descriptors in it that are not
 * the program's. */
Test(safety, one_that_waits_for_its_start_is_closed_to_its_user)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"sleep\", \"1000\"]" });
        box_shell(&box, &r, "sed -i 's/\"uid\": 0/\"uid\": 1000/' $DIR/b/config.json; s=/proc/sys/fs/suid_dumpable; was=$(cat $s); trap 'echo $was >$s' EXIT; echo 1 >$s; "
                  "$H create -b $DIR/b --pid-file $DIR/pid s; p=$(cat $DIR/pid); stat -c '%%u' /proc/$p/fd; "
                  "grep ^Uid: /proc/$p/status | cut -f2; $H start s; for i in $(seq 100); do [ $(cat /proc/$p/comm) = sleep ] && break; sleep 0.02; done; "
                  "stat -c '%%u' /proc/$p/fd; $H delete --force s");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"0\n1000\n1000\n"), "%s", r.err);
}
