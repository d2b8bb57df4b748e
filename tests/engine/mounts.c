/* Mount options as the two incumbents take them: what is an attribute is one, what is the superblock's reaches it, what no kernel
 * of today listens to (silent, iversion, acl: flags that mount(2) hands to a file system, and tmpfs and its like ignore) does no
 * harm, and the rest is the file system's to refuse. */
#include "tests/engine/harness.h"

#include <stdio.h>

static struct box box;
static void setup(void) { needs_root(); box_setup(&box); }
static void teardown(void) { if (box.dir[0]) box_teardown(&box); }
TestSuite(mounts, .init = setup, .fini = teardown, .timeout = 120);

/* The line of /mnt in mountinfo: its attributes, a blank, its superblock's options. */
static void mount_with(struct result *ret, const char *type, const char *source, const char *options)
{
        char mounts[512];

        snprintf(mounts, sizeof(mounts), ", { \"destination\": \"/mnt\", \"type\": \"%s\", \"source\": \"%s\", \"options\": [%s] }", type, source, options);
        box_try(&box, ret, &(struct bundle){ .mounts = mounts, .args = "[\"sh\", \"-c\", \"awk '$5 == \\\"/mnt\\\" { print $6, $NF }' /proc/self/mountinfo\"]" });
}

Test(mounts, every_option_that_features_names_is_taken_by_tmpfs)
{
        struct result r;

        needs_programs("jq");
        (void)box_bundle(&box, "b", &(struct bundle){ .args = "[\"true\"]" });
        box_shell(&box, &r, "for o in $($H features | jq -r '.mountOptions[]'); do case $o in bind|rbind|idmap|ridmap) continue;; esac; n=$((n + 1)); "
                  "jq --arg o $o '.mounts += [{ destination: \"/mnt\", type: \"tmpfs\", source: \"t\", options: [$o] }]' $DIR/b/config.json >$DIR/c && "
                  "mkdir -p $DIR/o && mv $DIR/c $DIR/o/config.json; $H run -b $DIR/o one 2>&1 || echo \"BAD $o\"; done; [ $n -gt 50 ] && echo enough");
        cr_expect(eq(str, r.out, (char *)"enough\n"), "%s", r.err);
}

Test(mounts, options_do_what_they_say)
{
        static const struct { const char *options, *attributes, *super; } cases[] = {
                { "\"nosuid\", \"nodev\", \"noexec\"", "rw,nosuid,nodev,noexec,relatime ", NULL },
                { "\"nosuid\", \"suid\", \"noexec\", \"exec\", \"nodev\", \"dev\"", "rw,relatime ", NULL },
                { "\"ro\"", "ro,relatime ", NULL }, { "\"ro\", \"rw\"", "rw,relatime ", NULL },
                { "\"noatime\"", "rw,noatime ", NULL }, { "\"noatime\", \"strictatime\"", "rw ", NULL },
                { "\"nodiratime\"", "rw,nodiratime,relatime ", NULL }, { "\"nosymfollow\"", "rw,relatime,nosymfollow ", NULL },
                { "\"sync\"", "rw,relatime ", "sync" }, { "\"sync\", \"async\"", "rw,relatime rw", NULL },
                { "\"dirsync\"", "rw,relatime ", "dirsync" }, { "\"lazytime\"", "rw,relatime ", "lazytime" },
                { "\"lazytime\", \"nolazytime\"", "rw,relatime rw", NULL },
                { "\"silent\", \"loud\", \"iversion\", \"noiversion\", \"acl\", \"noacl\", \"defaults\"", "rw,relatime ", NULL },
                { "\"rro\"", "ro,relatime ", NULL }, { "\"size=64k\", \"mode=711\", \"nr_inodes=9\"", "rw,relatime ", "size=64k,nr_inodes=9,mode=711" },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct result r;

                mount_with(&r, "tmpfs", "t", cases[i].options);
                cr_expect(eq(int, r.status, 0), "%s: %s", cases[i].options, r.err);
                cr_expect(eq(int, strncmp(r.out, cases[i].attributes, strlen(cases[i].attributes)), 0), "%s: %s", cases[i].options, r.out);
                if (cases[i].super)
                        cr_expect(ne(ptr, strstr(r.out, cases[i].super), NULL), "%s: %s", cases[i].options, r.out);
        }
}

/* The flags that say nothing to a view of what is mounted already do no harm there either. */
Test(mounts, a_bind_takes_attributes_and_refuses_what_is_the_file_systems)
{
        struct result r;

        mount_with(&r, "bind", box.rootfs, "\"rbind\", \"nosuid\", \"nodev\", \"noatime\", \"rslave\", \"silent\", \"loud\", \"defaults\", \"iversion\", \"noacl\"");
        expect_status(&r, 0);
        cr_expect(eq(int, strncmp(r.out, "rw,nosuid,nodev,noatime ", 24), 0), "%s", r.out);
        mount_with(&r, "bind", box.rootfs, "\"bind\", \"lazytime\"");
        expect_status(&r, 1);
        expect_err(&r, "found \"lazytime\"; a bind mount takes only attributes");
        mount_with(&r, "bind", box.rootfs, "\"rbind\", \"nosuid\", \"mode=755\", \"size=1k\"");
        expect_status(&r, 0);
        expect_err(&r, "\"size=1k\" is for a tmpfs, and changes nothing of what is bound here");
        mount_with(&r, "tmpfs", "t", "\"nosuch\"");
        expect_status(&r, 1);
        expect_err(&r, "mounts[3], /mnt: tmpfs takes no option \"nosuch\"");
}

/* The incumbents have it so: docker's --tmpfs says no mode. */
Test(mounts, a_tmpfs_without_a_mode_takes_that_of_what_it_covers)
{
        static const struct { const char *place, *options, *mode; } cases[] = {
                { "/secret", "\"nosuid\"", "705 0 0" }, { "/secret", "\"mode=711\"", "711 0 0" }, { "/absent", "\"nosuid\"", "1777 0 0" },
                { "/secret", "\"tmpcopyup\"", "705 7 8 file" }, { "/secret", "\"mode=715\", \"tmpcopyup\"", "715 7 8 file" },
                { "/secret", "\"uid=5\", \"tmpcopyup\"", "705 5 8 file" },
        };
        struct result r;

        box_shell(&box, &r, "mkdir $ROOTFS/secret; touch $ROOTFS/secret/file; chown 7:8 $ROOTFS/secret; chmod 705 $ROOTFS/secret");
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char mounts[256], args[256];

                snprintf(mounts, sizeof(mounts), ", { \"destination\": \"%s\", \"type\": \"tmpfs\", \"source\": \"t\", \"options\": [%s] }",
                         cases[i].place, cases[i].options);
                snprintf(args, sizeof(args), "[\"sh\", \"-c\", \"echo $(stat -c '%%a %%u %%g' %s) $(ls %s)\"]", cases[i].place, cases[i].place);
                box_try(&box, &r, &(struct bundle){ .mounts = mounts, .args = args });
                cr_expect(eq(int, strncmp(r.out, cases[i].mode, strlen(cases[i].mode)), 0), "%s, %s: %s%s", cases[i].place, cases[i].options, r.out, r.err);
        }
}

/* --- mapped ids ----------------------------------------------------------------------------------------------------------- */

/* May this kernel map what lies in the box? */
static void needs_mapped_mounts(void)
{
        struct result r;

        box_shell(&box, &r, "mkdir $DIR/data $DIR/data/below && echo x >$DIR/data/file && chown 0:7 $DIR/data/file && "
                  "unshare --mount sh -c 'mount --bind -o X-mount.idmap=b:0:1:1 $DIR/data $DIR/data'");
        if (r.status != 0 && strstr(r.err, "mount_setattr"))
                cr_skip("the file system of %s can't map ids: %s", box.dir, r.err);
}

static void mapped(struct result *ret, const char *options, const char *mappings, const char *namespaces, const char *linux_)
{
        char mounts[1024];

        snprintf(mounts, sizeof(mounts), ", { \"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"%s/data\", \"options\": [%s] %s }",
                 box.dir, options, mappings);
        box_try(&box, ret, &(struct bundle){ .mounts = mounts, .namespaces = namespaces, .linux_ = linux_,
                .args = "[\"sh\", \"-c\", \"stat -c %u:%g /mnt/file; stat -c %u:%g /mnt/sub/file; echo >/mnt/new && stat -c %u /mnt/new\"]" });
}

#define IDS(member, first, host) ", \"" member "Mappings\": [{ \"containerID\": " first ", \"hostID\": " host ", \"size\": 100 }]"

Test(mounts, files_belong_to_others_when_ids_are_mapped)
{
        struct result r;

        needs_mapped_mounts();
        mapped(&r, "\"bind\"", IDS("uid", "0", "4200") IDS("gid", "0", "5000"), NULL, NULL);
        cr_expect(eq(int, strncmp(r.out, "4200:5007\n", 10), 0), "%s%s", r.out, r.err);
        mapped(&r, "\"bind\", \"idmap\"", IDS("uid", "0", "4200") IDS("gid", "7", "0"), NULL, NULL);
        cr_expect(eq(int, strncmp(r.out, "4200:0\n", 7), 0), "%s%s", r.out, r.err);
}

/* What root owns out here is root's in there, and the other way round. */
Test(mounts, with_a_user_namespace_its_mappings_are_those_of_the_mount)
{
        static const char user[] = ", { \"type\": \"user\" }", ids[] = IDS("uid", "0", "100000") IDS("gid", "0", "100000");
        struct result r;

        needs_mapped_mounts();
        mapped(&r, "\"bind\"", "", user, ids);
        cr_expect(eq(int, strncmp(r.out, "65534:65534\n", 12), 0), "%s%s", r.out, r.err);
        mapped(&r, "\"bind\", \"idmap\"", "", user, ids);
        cr_expect(eq(int, strncmp(r.out, "0:7\n", 4), 0), "%s%s", r.out, r.err);
        expect_out(&r, "\n0\n");
        box_shell(&box, &r, "stat -c %%u $DIR/data/new");
        cr_expect(eq(str, r.out, (char *)"0\n"), "%s", r.err);
}

Test(mounts, ridmap_maps_what_is_mounted_below_and_idmap_does_not)
{
        struct result r;

        needs_mapped_mounts();
        box_shell(&box, &r, "mkdir $DIR/data/sub && mount -t tmpfs t $DIR/data/sub && echo x >$DIR/data/sub/file && chgrp 7 $DIR/data/sub/file");
        expect_status(&r, 0);
        mapped(&r, "\"rbind\", \"ridmap\"", IDS("uid", "0", "4200") IDS("gid", "0", "5000"), NULL, NULL);
        if (strstr(r.err, "its file system can't do that"))
                cr_skip("this kernel's tmpfs can't map ids");
        cr_expect(eq(int, strncmp(r.out, "4200:5007\n4200:5007\n", 20), 0), "%s%s", r.out, r.err);
        mapped(&r, "\"rbind\", \"idmap\"", IDS("uid", "0", "4200") IDS("gid", "0", "5000"), NULL, NULL);
        cr_expect(eq(int, strncmp(r.out, "4200:5007\n0:7\n", 14), 0), "%s%s", r.out, r.err);
        box_shell(&box, &r, "umount $DIR/data/sub");
}

Test(mounts, what_cannot_be_mapped_is_an_error)
{
        struct result r;

        box_shell(&box, &r, "mkdir $DIR/data");
        box_try(&box, &r, &(struct bundle){ .mounts = ", { \"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"/proc\", \"options\": [\"bind\"]"
                                            IDS("uid", "0", "4200") IDS("gid", "0", "5000") " }" });
        expect_status(&r, 1);
        expect_err(&r, "mounts[3], /mnt: mapping the ids of \"/proc\" (its file system can't do that");
}
