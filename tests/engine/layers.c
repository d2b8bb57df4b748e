/* Layers as archives: out and in again, by others' tools too, and what must not come in. */
#include "tests/engine/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

static struct box box;

/* The usual place of layers, covered by one of the test's own: on the same file system, as it is on most machines. */
static void own_data(void)
{
        char data[128];

        snprintf(data, sizeof(data), "%s/data", box.dir);
        if (mkdir(data, 0700) < 0 || (mkdir("/var/lib/hcs-sandbox", 0700) < 0 && errno != EEXIST) ||
            mount(data, "/var/lib/hcs-sandbox", NULL, MS_BIND, NULL) < 0)
                cr_fatal("making a data directory");
        setenv("L", "/var/lib/hcs-sandbox/layers", 1);
}

static void setup(void) { needs_root(); box_setup(&box); own_data(); }
static void teardown(void) { if (box.dir[0]) { (void)umount2("/var/lib/hcs-sandbox", MNT_DETACH); box_teardown(&box); } }
TestSuite(layers, .init = setup, .fini = teardown, .timeout = 120);

#define ALL_FILES "\"capabilities\": { \"bounding\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\"]," \
        "\"effective\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\"], \"permitted\": [\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FOWNER\"] },"

/* $DIR/upper: one of every kind. */
static const char make_tree[] =
        "set -e; umask 022; mkdir $DIR/upper; cd $DIR/upper; mkdir -p a/b 'with blank'; echo hello >a/file; ln a/file a/b/link; ln -s ../file a/b/sym; "
        "mkfifo fifo; mknod null c 1 3; mknod disk b 7 0; printf x >\"$(printf 'n\\377on-utf8')\"; printf y >gr\303\274n; printf z >gru\314\210n; "
        "l=$(head -c 250 /dev/zero | tr '\\0' L); mkdir -p $l/$l; echo long >$l/$l/$l; truncate -s 20M sparse; printf tail >>sparse; "
        "cp /bin/true ping; chmod 4755 ping; setcap cap_net_raw+ep ping; setfattr -n user.color -v red a/file; setfattr -n trusted.x -v y a; "
        "setfattr -n user.bin -v 0x00ff0a3d a/b; setfacl -m u:1000:rwx,g:5:r a/file; setfacl -d -m u:1000:rx a/b; chown -h 12345:54321 a/b/sym; "
        "chown 70000:4000000000 fifo; chmod 1777 'with blank'; mkdir gone; mknod a/deleted c 0 0; mkdir op; setfattr -n trusted.overlay.opaque -v y op; "
        "echo n >op/n; touch -d '1970-01-01 00:00:01.123456789 UTC' a/file; touch -d '1960-01-01 00:00:00.5 UTC' fifo; "
        "touch -h -d '2001-02-03 04:05:06.7 UTC' a/b/sym; touch -d '2040-01-02 03:04:05.987654321 UTC' a; chmod 0 a/b; ";

/* A sandbox with that for its upper directory; only its record is there. */
static const char make_sandbox[] =
        "mkdir -p $DIR/state/one; printf '{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"HostedSystem\":{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},"
        "\"Storage\":{\"Union\":\"Overlay\",\"Layers\":[{\"Path\":\"/\"}],\"Scratch\":{\"Path\":\"%s\"}}}}' $DIR >$DIR/state/one/system.json; ";

/* look DIRECTORY: everything that there is to know of a tree. */
static const char look[] =
        "look() { (cd $1; find . -printf '%P %y %m %U %G %s %T@ %l %n\\n' | sed 's/^\\(.* d [^ ]* [^ ]* [^ ]*\\) [0-9]* \\(.*\\) [0-9]*$/\\1 \\2/; "
                  "/ c [0-9]* 0 0 0 /d' | LC_ALL=C sort; "
        "find . ! -type d -exec stat -c '%n %t:%T' {} + | LC_ALL=C sort; find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum; "
        "find . -print0 | LC_ALL=C sort -z | xargs -0 getfattr -dhm- -e hex); }; ";

static void needs_tools(void) { needs_programs("setfattr getfattr setfacl setcap"); }
static void remove_false_sandbox(void) { struct result r; box_shell(&box, &r, "rm -rf $DIR/state/one"); }

Test(layers, a_tree_of_every_kind_comes_back_as_it_was)
{
        struct result r;

        needs_tools();
        box_shell(&box, &r, "%s %s %s $H layer export -o $DIR/tar one && $H layer import --devices $DIR/tar back && look $DIR/upper >$DIR/before; look $L/back/0 >$DIR/after; "
                  "cmp $DIR/before $DIR/after || diff $DIR/before $DIR/after; wc -l <$DIR/before; "
                  "test $(du -k $L/back/0/sparse | cut -f1) -lt 1000 && echo still sparse", make_tree, make_sandbox, look);
        expect_status(&r, 0);
        expect_out(&r, "still sparse");
        expect_no_out(&r, "<");
        remove_false_sandbox();
}

Test(layers, the_same_tree_gives_the_same_bytes_and_the_sums_are_true)
{
        struct result r;

        needs_tools();
        box_shell(&box, &r, "%s %s for c in none gzip zstd; do $H layer export -c $c -f json -o $DIR/$c one >$DIR/$c.json; $H layer export -c $c one 2>/dev/null | cmp - $DIR/$c; "
                  "echo sha256:$(sha256sum <$DIR/$c | cut -d' ' -f1) sha256:$(sha256sum <$DIR/none | cut -d' ' -f1) $(stat -c %%s $DIR/$c) >$DIR/true; "
                  "jq -r '\"\\(.digest) \\(.diffId) \\(.size)\"' $DIR/$c.json | cmp - $DIR/true; done; echo end", make_tree, make_sandbox);
        cr_expect(eq(str, r.out, (char *)"end\n"), "%s %s", r.out, r.err);
        box_shell(&box, &r, "cat $DIR/zstd | $H layer import --devices - x && $H layer export -c none x 2>/dev/null | cmp - $DIR/none && "
                  "xz -1 <$DIR/none | $H layer import --devices - y && bzip2 -1 <$DIR/none | $H layer import --devices - z && $H layer list -q");
        expect_status(&r, 0);
        expect_out(&r, "x\ny\nz\n");
        remove_false_sandbox();
}

Test(layers, one_processor_writes_what_many_write)
{
        struct result r;

        needs_programs("taskset gzip");
        box_shell(&box, &r, "mkdir $DIR/upper; head -c 3M /dev/urandom >$DIR/upper/a; yes hello | head -n 500000 >$DIR/upper/b; %s $H layer export -o $DIR/many one; "
                  "taskset -c $(taskset -pc $$ | sed 's/.*[ ,-]//') $H layer export -o $DIR/alone one; cmp $DIR/many $DIR/alone && gzip -t $DIR/many && "
                  "gzip -dc $DIR/many | tar -tf -", make_sandbox);
        expect_status(&r, 0);
        expect_out(&r, "a\nb\n");
        remove_false_sandbox();
}

Test(layers, what_a_sandbox_did_is_in_its_layer_and_our_mask_is_not)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES,
                .args = "[\"sh\", \"-c\", \"echo new >/etc/hcs-new; rm /etc/hosts; rm -r /usr/share/doc; mkdir /usr/share/doc; echo r >/root/r; echo done; sleep 1000\"]" });
        box_shell(&box, &r, "$H run -d -b $DIR/b one >$DIR/out && for i in $(seq 1000); do grep -q done $DIR/out && break; sleep 0.05; done; "
                  "$H layer export -c none one 2>/dev/null | tar -tf - | LC_ALL=C sort >$DIR/running; $H kill one KILL; "
                  "for i in $(seq 100); do $H state one | grep -q stopped && break; sleep 0.05; done; "
                  "$H layer export -c none one 2>/dev/null | tar -tf - | LC_ALL=C sort | cmp - $DIR/running; cat $DIR/running; $H delete one");
        expect_status(&r, 0);
        expect_out(&r, "etc/.wh.hosts\netc/hcs-new\n");
        expect_out(&r, "root/r\n");
        expect_out(&r, "usr/share/doc/.wh..wh..opq\n");
        expect_no_out(&r, "shadow");
        expect_no_out(&r, "machine-id");
}

Test(layers, a_name_that_would_be_a_whiteout_is_refused)
{
        struct result r;

        box_shell(&box, &r, "mkdir $DIR/upper; touch $DIR/upper/.wh.x; %s $H layer export one -o $DIR/tar", make_sandbox);
        expect_status(&r, 1);
        expect_err(&r, ".wh.x: in a layer the name would say that something was deleted");
        box_shell(&box, &r, "ls $DIR | grep tar");
        expect_status(&r, 1);
        remove_false_sandbox();
}

/* --- others' tools ------------------------------------------------------------------------------------------------------------ */

Test(layers, others_unpack_what_we_export_to_the_same_tree)
{
        struct result r;

        needs_tools();
        needs_programs("umoci bsdtar");
        /* Of all that is in it, what these tools know: no device, no whiteout. */
        box_shell(&box, &r, "%s %s %s rm -rf a/deleted op null disk; $H layer export -c none -o $DIR/tar one; mkdir $DIR/bsd $DIR/gnu; look $DIR/upper | sort >$DIR/want; "
                  "tar -C $DIR/gnu --xattrs --xattrs-include='*' --numeric-owner -xpf $DIR/tar 2>$DIR/said; look $DIR/gnu | sort >$DIR/is; diff $DIR/want $DIR/is && echo GNU; "
                  "cd $DIR && umoci init --layout img && umoci new --image img:t && umoci raw add-layer --image img:t $DIR/tar && umoci unpack --image img:t un >/dev/null && "
                  "look $DIR/un/rootfs | sort >$DIR/is; diff $DIR/want $DIR/is && echo UMOCI", make_tree, make_sandbox, look);
        expect_out(&r, "GNU\n");
        expect_out(&r, "UMOCI\n");
        remove_false_sandbox();
}

Test(layers, an_image_that_others_made_becomes_a_stack)
{
        struct result r;

        needs_programs("umoci skopeo");
        box_shell(&box, &r, "set -e; cd $DIR; mkdir -p one/etc two/etc; echo 1 >one/etc/a; echo 2 >two/etc/b; for n in one two; do tar -C $n -cf $n.tar .; done; "
                  "umoci init --layout img; umoci new --image img:t; umoci raw add-layer --image img:t one.tar; umoci raw add-layer --image img:t two.tar; "
                  "$H layer import oci:img:t stack; cat $L/stack/0/etc/a $L/stack/1/etc/b; $H layer verify stack; "
                  "skopeo --insecure-policy copy -q oci:img:t oci:other:u; $H layer import oci:other st2; $H layer list -q; "
                  "$H layer export stack -o x || $H layer export stack/1 -o x");
        expect_status(&r, 0);
        expect_out(&r, "1\n2\nstack is as it was imported\n");
        expect_out(&r, "st2\nstack\n");
        expect_err(&r, "stack is a stack of 2 layers; name one of them, from stack/0 to stack/1");
        box_shell(&box, &r, "cd $DIR; f=$(jq -r '.layers[0].digest' $L/stack/layer.json | cut -c8-); cd img/blobs/sha256; "
                  "gzip -dc $f | gzip -1 >x; mv x $f; cd $DIR; $H layer import oci:img:t bad; "
                  "ls -A $L | grep -v st");
        expect_status(&r, 1);
        expect_err(&r, "layer 0 of the image: its file has");
}

/* --- what must not come in ---------------------------------------------------------------------------------------------------- */

/* HOSTILE_COUNT says how many (260: each kind four times). */
Test(layers, an_archive_that_wants_to_do_harm_is_refused_with_a_reason_and_leaves_nothing)
{
        struct result r;
        char expected[64];

        box_shell(&box, &r, "mkdir $DIR/h && tests/bin/hostile $DIR/h ${HOSTILE_COUNT:-260}; ls /tmp /etc >$DIR/before; n=0; for f in $DIR/h/*; do n=$((n + 1)); "
                  "out=$($H layer import $f x 2>&1); s=$?; [ $s = 1 ] || echo \"status $s: $f: $out\"; case $out in *\"importing $f: \"?*) ;; "
                  "*) echo \"no reason: $f: $out\";; esac; "
                  "[ -z \"$(ls -A $L)\" ] || echo \"left by $f\"; done; ls /tmp /etc >$DIR/after; diff $DIR/before $DIR/after | grep hostile; echo $n archives");
        snprintf(expected, sizeof(expected), "%s archives\n", getenv("HOSTILE_COUNT") ? getenv("HOSTILE_COUNT") : "260");
        cr_expect(eq(str, r.out, expected), "%s", r.out);
}

Test(layers, what_is_too_much_is_refused_by_name)
{
        struct result r;

        needs_programs("bsdtar");
        box_shell(&box, &r, "mkdir $DIR/t; for i in 1 2 3; do echo $i >$DIR/t/$i; done; head -c 3M /dev/urandom >$DIR/t/big; tar -C $DIR/t -cf - . | gzip -1 >$DIR/tar.gz; "
                  "$H layer import --max-size 1M $DIR/tar.gz x; $H layer import --max-entries 2 $DIR/tar.gz x; truncate -s 300M $DIR/big; "
                  "bsdtar --no-read-sparse --zstd -C $DIR -cf - big | $H layer import --max-ratio 100 - x; "
                  "gzip -c $DIR/tar.gz | $H layer import - x; head -c 1000000 $DIR/tar.gz | $H layer import - x; "
                  "{ head -c 10 $DIR/tar.gz; printf '\\377\\377'; tail -c +13 $DIR/tar.gz; } | $H layer import - x; ls -A $L");
        cr_expect(eq(str, r.out, (char *)""), "%s", r.err);
        expect_err(&r, "--max-size allows more");
        expect_err(&r, "--max-entries allows more");
        expect_err(&r, "--max-ratio allows more");
        expect_err(&r, "compressed more than once");
        expect_err(&r, "compressed data is damaged");
}

/* --- bytes that changed on their way ------------------------------------------------------------------------------------------- */

/* $DIR/NAME of each compression, most of it stored as it is; `damage WHERE...` makes what a bad line or a cut makes of it and tells what
 * was taken all the same. */
static const char make_packed[] =
        "cd $DIR; mkdir t; head -c 30000 /dev/urandom >t/a; yes hello | head -n 3000 >t/b; head -c 5000 /dev/urandom >t/c; tar --sort=name -C t -cf tar .; "
        "gzip -nk tar; zstd -q --check tar -o tar.zst; xz -k tar; bzip2 -k tar; "
        "flip() { cp tar.$1 x; b=$(tail -c +$(($2 + 1)) x | head -c 1 | od -An -tu1); printf $(printf '\\\\%o' $((b ^ 64))) | "
                 "dd of=x bs=1 seek=$2 conv=notrunc status=none; }; "
        "refused() { if $H layer import x x >/dev/null 2>>said; then echo taken: $*; $H layer remove x; fi; }; "
        "taken() { if $H layer import x x >/dev/null; then $H layer remove x; else echo refused: $*; fi; }; ";

Test(layers, one_changed_byte_is_found_in_whatever_compression)
{
        struct result r;

        needs_programs("zstd xz bzip2 gzip");
        /* Not in the last bytes of what is deflated or of bzip2's: some of their bits hold nothing. */
        box_shell(&box, &r, "%s for k in gz zst xz bz2; do s=$(stat -c %%s tar.$k); for at in 0 $((s / 7)) $((s / 3)) $((s / 2)) $((s * 4 / 5)) $((s - 14)) "
                  "$((s - 8)) $((s - 5)) $((s - 4)) $((s - 2)); do flip $k $at; refused $k at $at of $s; done; done; grep -c . said; ls -A $L", make_packed);
        cr_expect(eq(str, r.out, (char *)"40\n"), "%s %s", r.out, r.err);
        box_shell(&box, &r, "cat $DIR/said");
        expect_out(&r, "the compressed data is damaged: gzip: incorrect data check");
        expect_out(&r, "the compressed data is damaged: gzip: incorrect length check");
}

Test(layers, one_that_was_cut_or_has_something_behind_it_is_refused_but_zeros_are_filling)
{
        struct result r;

        needs_programs("zstd xz bzip2 gzip");
        box_shell(&box, &r, "%s for k in gz zst xz bz2; do s=$(stat -c %%s tar.$k); for cut in 1 3 4 5 7 8 9 12 1000 $((s / 2)) $((s - 5)) $((s - 1)); do "
                  "head -c -$cut tar.$k >x; refused $k less $cut; done; "
                  "for more in x xxxxxxxxxx; do { cat tar.$k; printf $more; } >x; refused $k and $more; done; "
                  "{ cat tar.$k; head -c 300000 /dev/zero; printf x; } >x; refused $k, zeros, x; done; "
                  "for k in gz bz2; do for n in 1 511 300000; do { cat tar.$k; head -c $n /dev/zero; } >x; taken $k and $n zeros; done; done; ls -A $L", make_packed);
        cr_expect(eq(str, r.out, (char *)""), "%s %s", r.out, r.err);
        box_shell(&box, &r, "cat $DIR/said");
        expect_out(&r, "the compressed data is damaged: gzip: it is cut off");
        expect_out(&r, "the compressed data is damaged: something else stands behind it");
}

/* As a tool writes it that compresses with several threads. */
Test(layers, a_gzip_of_several_members_is_one_archive_and_each_of_them_is_verified)
{
        struct result r;

        needs_programs("zstd xz bzip2 gzip");
        box_shell(&box, &r, "%s { head -c 20000 tar | gzip; gzip </dev/null; tail -c +20001 tar | gzip; } >tar.many; cp tar.many x; taken many; "
                  "$H layer import tar.gz one >/dev/null; $H layer import x two >/dev/null; $H layer list -f json | jq -r '.[].layers[0].diffId' | "
                  "uniq | wc -l; "
                  "first=$(head -c 20000 tar | gzip | wc -c); for at in $((first / 2)) $((first - 8)) $((first - 4)) $((first - 1)) "
                  "$first $((first + 12)); do flip many $at; refused at $at; done", make_packed);
        cr_expect(eq(str, r.out, (char *)"1\n"), "%s %s", r.out, r.err);
}

Test(layers, a_file_that_has_another_digest_than_was_wanted_is_refused)
{
        struct result r;

        box_shell(&box, &r, "cd $DIR; mkdir t; echo a >t/a; tar -C t -cf tar .; d=sha256:$(sha256sum <tar | cut -c-64); $H layer import --digest $d tar x; printf '\\0' >>tar; "
                  "$H layer import --digest $d - y <tar; $H layer import --digest ${d%%?} tar y; $H layer import --digest $d oci:tar y; $H layer list -q");
        expect_out(&r, "entries\nx\n");
        expect_no_out(&r, "y\n");
        expect_err(&r, "importing -: it has the digest sha256:");
        expect_err(&r, "; --digest says sha256:");
        expect_err(&r, "expected sha256: and 64 hexadecimal digits");
        expect_err(&r, "--digest: an image says itself");
}

/* --- faults ------------------------------------------------------------------------------------------------------------------- */

static const char small_archive[] = "mkdir -p $DIR/t/a/b/c $DIR/t/d; for i in 1 2 3 4 5 6 7 8; do head -c 100000 /dev/urandom >$DIR/t/a/$i; echo $i >$DIR/t/d/$i; done; "
                                    "tar -C $DIR/t -cf $DIR/tar .; ";

Test(layers, one_that_is_killed_leaves_no_layer_and_the_next_call_cleans_up)
{
        struct result r;

        needs_programs("strace");
        box_shell(&box, &r, "%s for p in mkdirat:1 mkdirat:2 mkdirat:4 openat2:3 openat2:9 pwrite64:1 pwrite64:5 lsetxattr:2 fchmod:3 syncfs:1 renameat:1 renameat:2; do "
                  "strace -f -qq -o $DIR/trace -e inject=${p%%:*}:signal=KILL:when=${p#*:} $H layer import $DIR/tar x >/dev/null 2>&1; "
                  "[ $? -gt 128 ] || echo \"not killed at $p\"; $H layer list -q; done; ls -A $L | grep -c making; "
                  "$H layer import $DIR/tar y >/dev/null && ls -A $L", small_archive);
        cr_expect(eq(str, strchr(r.out, '\n') ? strchr(r.out, '\n') : r.out, (char *)"\ny\n"), "%s %s", r.out, r.err);
}

Test(layers, a_full_disk_leaves_nothing)
{
        struct result r;

        box_shell(&box, &r, "%s mount -t tmpfs -o size=400k,mode=0700 tmpfs /var/lib/hcs-sandbox; $H layer import $DIR/tar x; s=$?; ls -A $L; umount /var/lib/hcs-sandbox; "
                  "exit $s", small_archive);
        expect_status(&r, 1);
        expect_err(&r, "no space left");
        cr_expect(eq(str, r.out, (char *)""));
}

Test(layers, an_export_to_a_full_disk_says_so_and_leaves_nothing)
{
        struct result r;

        box_shell(&box, &r, "mkdir $DIR/upper $DIR/small; head -c 9M /dev/urandom >$DIR/upper/a; %s mount -t tmpfs -o size=5m tmpfs $DIR/small; "
                  "for c in gzip zstd none; do $H layer export -c $c -o $DIR/small/x one && echo written; ls -A $DIR/small; done; umount $DIR/small", make_sandbox);
        cr_expect(eq(str, r.out, (char *)""), "%s", r.out);
        expect_err(&r, "the archive: no space left on device");
        remove_false_sandbox();
}

Test(layers, memory_does_not_grow_with_the_archive)
{
        struct result r;

        /* 64 MiB of data and 20,000 names: the most that it ever had is far below what it may have. */
        needs_programs("strace");
        box_shell(&box, &r, "mkdir -p $DIR/t/d; cd $DIR/t/d; seq 20000 | xargs touch; head -c 64M /dev/zero >$DIR/t/big; tar -C $DIR/t -cf - . | gzip -1 >$DIR/tar; cd /; "
                  "/usr/bin/env python3 -c 'import resource,subprocess,sys; s=subprocess.call(sys.argv[1:],stdout=2); "
                  "print(s, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 48*1024)' "
                  "$H layer import $DIR/tar x");
        cr_expect(eq(str, r.out, (char *)"0 True\n"), "%s %s", r.out, r.err);
}

/* --- the other verbs ---------------------------------------------------------------------------------------------------------- */

Test(layers, a_layer_is_listed_verified_and_removed)
{
        struct result r;

        box_shell(&box, &r, "%s $H layer list; $H layer import $DIR/tar x >/dev/null; $H layer import $DIR/tar x", small_archive);
        expect_status(&r, 1);
        expect_err(&r, "there is a layer x already");
        box_shell(&box, &r, "$H layer list -f json | jq -r '.[].name'; $H layer verify x; printf y >>$L/x/0/d/1; touch -r $L/x/0/d/2 $L/x/0/d/1; $H layer verify x; echo $?; "
                  "$H layer remove x; $H layer remove x; echo $?; ls -A $L");
        cr_expect(eq(str, r.out, (char *)"x\nx is as it was imported\n1\n1\n"), "%s", r.out);
        expect_err(&r, "the layer x/0 is not as it was imported");
        expect_err(&r, "there is no layer \"x\"");
}

/* Its digest is made while it is written, and a file's second name comes later. */
Test(layers, a_file_with_several_names_is_verified_with_all_of_them)
{
        struct result r;

        box_shell(&box, &r, "mkdir -p $DIR/t/a $DIR/t/b; cd $DIR/t; seq 100000 >a/one; : >a/empty; seq 9 >a/alone; for i in 1 2 3; do ln a/one b/$i; ln a/empty b/e$i; done; "
                  "ln b/2 a/zz; ln -s one a/link; ln a/link b/link; chmod 0 a/one; tar -C $DIR/t -cf $DIR/tar . && "
                  "$H layer import $DIR/tar x >/dev/null && $H layer verify x; stat -c %%h $L/x/0/a/one; "
                  "rm $L/x/0/b/3; $H layer verify x || echo one less is seen");
        cr_expect(eq(str, r.out, (char *)"x is as it was imported\n5\none less is seen\n"), "%s %s", r.out, r.err);
}

Test(layers, progress_is_lines_of_json_for_machines)
{
        struct result r;

        box_shell(&box, &r, "%s $H layer import --progress json $DIR/tar x 2>&1 >/dev/null | "
                  "jq -c 'has(\"bytes\") and has(\"total\") and has(\"entries\")' | sort -u", small_archive);
        cr_expect(eq(str, r.out, (char *)"true\n"), "%s", r.out);
        box_shell(&box, &r, "$H layer import $DIR/tar y 2>&1 >/dev/null | wc -c");
        cr_expect(eq(str, r.out, (char *)"0\n"), "%s", r.out);
}

/* --- in a sandbox ------------------------------------------------------------------------------------------------------------- */

Test(layers, lie_above_the_host_in_a_sandbox_that_names_them_and_stay_while_it_lives)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .host = true, .top = "\"annotations\": { \"org.hcs-sandbox.layers\": \"high:low\" },",
                .args = "[\"sh\", \"-c\", \"cat /opt/which /opt/low; test -e /etc/hosts || echo no hosts; ls -A /usr/share/doc; "
                  "test -x /usr/bin/env && cat /etc/shadow | head -c 5; sleep 1000\"]" });
        box_shell(&box, &r, "set -e; cd $DIR; mkdir -p low/opt high/opt high/etc high/usr/share/doc; echo low >low/opt/which; echo under >low/opt/low; echo high >high/opt/which; "
                  "touch high/etc/.wh.hosts high/usr/share/doc/.wh..wh..opq high/usr/share/doc/mine; for n in low high; do tar -C $n -cf $n.tar .; "
                  "$H layer import $n.tar $n >/dev/null; done; "
                  "$H run -d -b b one >out; for i in $(seq 200); do grep -q root out && break; sleep 0.05; done; cat out; $H layer remove low || echo refused");
        expect_status(&r, 0);
        expect_out(&r, "high\nunder\nno hosts\nmine\nroot:");
        expect_out(&r, "refused\n");
        expect_err(&r, "the layer low is in use by the sandbox \"one\"");
        box_shell(&box, &r, "$H layer export -c none one 2>/dev/null | tar -tf -; $H delete --force one; ls -A $L/.use; "
                  "$H layer remove low && $H layer remove high && $H layer list -q");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"./\n"), "%s", r.out);
}

/* Two layers have something in $DIR/tree, of which the sandbox gets a copy: low/file, both, dir/; high both, taken (a whiteout). */
static void changed_upon_layers(const char *line)
{
        struct result r;
        char top[256], args[1024];

        snprintf(top, sizeof(top), "\"annotations\": { \"org.hcs-sandbox.layers\": \"high:low\", \"org.hcs-sandbox.copy\": \"%s/tree\" },", box.dir);
        snprintf(args, sizeof(args), "[\"sh\", \"-ec\", \"cd %s/tree; %s\"]", box.dir, line);
        (void)box_bundle(&box, "b", &(struct bundle){ .host = true, .process = ALL_FILES, .top = top, .args = args });
        box_shell(&box, &r, "set -e; mkdir -p $DIR/tree $DIR/low$DIR/tree/dir/in $DIR/high$DIR/tree; cd $DIR/tree; echo host >own; echo host >taken; "
                  "cd $DIR/low$DIR/tree; echo low >file; echo low >both; echo low >dir/in/file; echo low >dir/other; "
                  "cd $DIR/high$DIR/tree; echo high >both; touch .wh.taken; cd $DIR; "
                  "for n in low high; do tar -C $n -cf $n.tar .; $H layer import $n.tar $n >/dev/null; done; $H run --keep -b b it");
        expect_status(&r, 0);
}

#define IN_TREE "sed 's:[^ ]*/tree/::'"

Test(layers, are_what_a_sandboxs_changes_are_compared_with)
{
        struct result r;

        changed_upon_layers("ls; cat both >both2; mv both2 both; touch -d 2001-01-01 both; echo mine >>file; rm dir/other; echo mine >dir/in/new; "
                            "echo mine >>own; chmod 600 dir/in/file; echo mine >taken");
        box_shell(&box, &r, "$H diff it | " IN_TREE);
        cr_expect(eq(str, r.out, (char *)"M both (time)\nM dir/in/file (mode)\nA dir/in/new\nD dir/other\nM file (content)\nM own (content)\nA taken\n"), "%s", r.out);
        box_shell(&box, &r, "$H diff --patch it | grep '^[-+ ][lm]'");
        cr_expect(eq(str, r.out, (char *)"+mine\n-low\n low\n+mine\n+mine\n+mine\n"), "%s", r.out);
        box_shell(&box, &r, "$H apply it; s=$?; ls $DIR/tree; exit $s");
        expect_status(&r, 1);
        expect_err(&r, "/tree/taken: a layer covered what this machine has there");
        cr_expect(eq(str, r.out, (char *)"own\ntaken\n"), "nothing is done");
        box_shell(&box, &r, "$H apply --force it; cd $DIR/tree; find . -type f | sort; cat dir/in/file dir/in/new file own taken; stat -c %%a dir/in/file");
        expect_status(&r, 0);
        expect_out(&r, "./both\n./dir/in/file\n./dir/in/new\n./file\n./own\n./taken\nlow\nmine\nlow\nmine\nhost\nmine\nmine\n600\n");
        expect_err(&r, "/tree/dir/other");
        box_shell(&box, &r, "$H apply --undo; ls $DIR/tree; $H delete it; $H layer remove low; $H layer remove high");
        cr_expect(eq(str, r.out, (char *)"own\ntaken\n"), "%s", r.out);
}

/* What it did is the same upon two layers as upon the two merged into the host. */
Test(layers, make_no_difference_to_what_is_told)
{
        struct result r;

        changed_upon_layers("rm -r dir file own; mkdir dir; echo new >dir/one; mkdir -p both2/x; rm both");
        box_shell(&box, &r, "$H diff it | " IN_TREE " >$DIR/a; $H delete it; cd $DIR/tree; cp -a $DIR/low$DIR/tree/. $DIR/high$DIR/tree/both .; rm taken; "
                  "jq 'del(.annotations.\"org.hcs-sandbox.layers\")' $DIR/b/config.json >$DIR/c; cp $DIR/c $DIR/b/config.json; $H run --keep -b $DIR/b it; "
                  "$H diff it | " IN_TREE " | diff $DIR/a - && cat $DIR/a; $H delete it; $H layer remove low; $H layer remove high");
        expect_status(&r, 0);
        cr_expect(eq(str, r.out, (char *)"D both\nA both2/\nA both2/x/\nD dir/in/\nA dir/one\nD dir/other\nD file\nD own\n"), "%s", r.out);
}

Test(layers, stand_in_the_place_of_the_host_when_that_is_asked)
{
        struct result r;

        (void)box_bundle(&box, "b", &(struct bundle){ .host = true,
                .top = "\"annotations\": { \"org.hcs-sandbox.layers\": \"busy\", \"org.hcs-sandbox.layers.base\": \"none\" },",
                .args = "[\"sh\", \"-c\", \"ls /; touch /new && echo writable\"]" });
        box_shell(&box, &r, "tar -C $ROOTFS -cf $DIR/tar . && $H layer import $DIR/tar busy >/dev/null && $H run -b $DIR/b one && "
                  "$H document -b $DIR/b | jq -r '.Hidden | length' && "
                  "$H layer remove busy");
        expect_status(&r, 0);
        expect_out(&r, "bin\ndev\netc\nmnt\nproc\nsys\ntmp\nwritable\n0\n");
}

Test(layers, that_are_not_there_are_named)
{
        struct result r;

        box_try(&box, &r, &(struct bundle){ .host = true, .top = "\"annotations\": { \"org.hcs-sandbox.layers\": \"none-such\" }," });
        expect_status(&r, 1);
        expect_err(&r, "there is no layer \"none-such\"");
}
