/* Changes brought to a host that is a tree of the test's own: conflicts, hostile scratches, undoing, and a crash at any call. */
#include "layers/apply.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>

#include "tests/unit/layers/scene.h"

struct stage { struct scene scene; struct apply_wish wish; struct apply_plan plan; char data[96]; };

static void stage_done(struct stage *stage) { scene_done(&stage->scene); }

static void stage_begin(struct stage *stage)
{
        scene_begin(&stage->scene);
        place_directory(&stage->scene.place, "data");
        snprintf(stage->data, sizeof(stage->data), "%s/data", stage->scene.place.path);
        stage->wish = (struct apply_wish){ .question = &stage->scene.question, .changes = &stage->scene.list };
}

/* From here on what is done to the host is done meanwhile. */
static void sandbox_begins(struct stage *stage)
{
        usleep(40000);
        clock_gettime(CLOCK_REALTIME, &stage->wish.since);
        usleep(20000);
}

static void never_in_conflict(struct stage *stage)
{
        stage->wish.since.tv_sec += 100000;
}

static int plan(struct stage *stage, struct error *err)
{
        find(&stage->scene);
        return apply_make_plan(&stage->scene.arena, &stage->wish, &stage->plan, err);
}

static int carry_out(struct stage *stage, struct error *err)
{
        int place = -1, r = journal_open(stage->data, &place, err);

        if (r >= 0)
                r = journal_recover(place, err);
        if (r >= 0)
                r = plan(stage, err);
        if (r >= 0)
                r = apply_carry_out(&stage->scene.arena, place, &stage->plan, err);
        io_closep(&place);
        return r;
}

static void apply(struct stage *stage)
{
        struct error err = { 0 };

        cr_assert(eq(int, carry_out(stage, &err), 0), "%s", err.text);
}

static int undo(struct stage *stage, bool force, struct error *err)
{
        int place = -1, r = journal_open(stage->data, &place, err);

        r = r < 0 ? r : journal_undo(place, force, err);
        io_closep(&place);
        return r;
}

/* Everything that there is to know of a tree but change times and inode numbers. */
static void listing(const struct stage *stage, struct text *ret)
{
        char line[400], piece[4096];
        FILE *stream;
        size_t n;

        snprintf(line, sizeof(line), "cd %s && { find . -printf '%%P %%y %%m %%U %%G %%s %%T@ %%l\\n' | LC_ALL=C sort; "
                 "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum; getfattr -dm - -R . 2>/dev/null; }", stage->scene.host);
        stream = popen(line, "r");
        while ((n = fread(piece, 1, sizeof(piece), stream)) > 0)
                text_add_n(ret, piece, n);
        pclose(stream);
}

static void expect_content(const struct stage *stage, const char *name, const char *wanted)
{
        _cleanup_(text_done) struct text text = { 0 };
        char path[300];

        snprintf(path, sizeof(path), "%s/%s", stage->scene.host, name);
        rig_content(path, &text);
        cr_expect(eq(str, text.data ? text.data : (char *)"", (char *)(uintptr_t)wanted), "%s", name);
}

static bool is_refused(const struct stage *stage, const char *path)
{
        for (size_t i = 0; i < stage->plan.refused.count; i++)
                if (text_equal(stage->plan.refused.items[i].path, path))
                        return true;
        return false;
}

/* A host, and a sandbox that did something of each kind. */
static void dress(struct stage *stage)
{
        struct place *place = &stage->scene.place;

        place_file(place, "host/changed", "before");
        place_file(place, "host/deleted", "x");
        place_directory(place, "host/dir");
        place_directory(place, "host/dir/sub");
        place_file(place, "host/dir/sub/file", "x");
        place_link(place, "file", "host/dir/sub/link");
        place_directory(place, "host/mode");
        place_file(place, "host/becomes a directory", "x");
        place_directory(place, "host/becomes a file");
        place_file(place, "host/becomes a file/inside", "x");
        sandbox_begins(stage);
        place_file(place, "upper/changed", "after!!");
        whiteout(&stage->scene, "upper/deleted");
        whiteout(&stage->scene, "upper/dir");
        place_directory(place, "upper/mode");
        cr_assert(eq(int, fchmodat(place->dir, "upper/mode", 0700, 0), 0));
        place_directory(place, "upper/new");
        place_directory(place, "upper/new/deep");
        place_file(place, "upper/new/deep/file", "new");
        place_link(place, "/etc/passwd", "upper/new/link");
        cr_assert(eq(int, linkat(place->dir, "upper/new/deep/file", place->dir, "upper/second name", 0), 0));
        cr_assert(eq(int, fchownat(place->dir, "upper/new/deep", 5, 6, 0), 0));
        place_directory(place, "upper/becomes a directory");
        place_file(place, "upper/becomes a directory/inside", "y");
        place_file(place, "upper/becomes a file", "y");
}

Test(apply, each_kind_comes_over_and_undo_gives_everything_back)
{
        _cleanup_(stage_done) struct stage stage;
        _cleanup_(text_done) struct text before = { 0 }, after = { 0 }, undone = { 0 };
        struct error err = { 0 };
        struct stat one, other;

        stage_begin(&stage);
        dress(&stage);
        listing(&stage, &before);
        apply(&stage);
        expect_content(&stage, "changed", "after!!");
        expect_content(&stage, "new/deep/file", "new");
        expect_content(&stage, "becomes a file", "y");
        expect_content(&stage, "becomes a directory/inside", "y");
        cr_expect(not(place_has(&stage.scene.place, "host/deleted")));
        cr_expect(not(place_has(&stage.scene.place, "host/dir")));
        cr_expect(eq(int, (int)place_mode(&stage.scene.place, "host/mode"), S_IFDIR | 0700));
        cr_assert(eq(int, fstatat(stage.scene.place.dir, "host/new/deep/file", &one, 0), 0));
        cr_assert(eq(int, fstatat(stage.scene.place.dir, "host/second name", &other, 0), 0));
        cr_expect(eq(u64, one.st_ino, other.st_ino), "two names of one file stay that");
        cr_assert(eq(int, fstatat(stage.scene.place.dir, "host/new/deep", &one, 0), 0));
        cr_expect(eq(int, (int)one.st_uid, 5));
        find(&stage.scene);
        cr_expect(eq(sz, stage.scene.list.count, 0), "nothing is different any more");

        listing(&stage, &after);
        cr_expect(ne(str, before.data, after.data));
        cr_assert(eq(int, undo(&stage, false, &err), 0), "%s", err.text);
        listing(&stage, &undone);
        cr_expect(eq(str, before.data, undone.data));
        cr_expect(eq(int, undo(&stage, false, &err), JOURNAL_NONE), "once only");
}

Test(apply, what_the_host_changed_meanwhile_is_refused_by_name)
{
        _cleanup_(stage_done) struct stage stage;
        _cleanup_(text_done) struct text before = { 0 }, after = { 0 };
        struct error err = { 0 };

        stage_begin(&stage);
        dress(&stage);
        place_file(&stage.scene.place, "host/changed", "by the host");
        cr_assert(eq(int, fchmodat(stage.scene.place.dir, "host/deleted", 0600, 0), 0));
        place_file(&stage.scene.place, "host/dir/sub/newer", "x");
        listing(&stage, &before);
        cr_expect(lt(int, carry_out(&stage, &err), 0));
        cr_expect(is_refused(&stage, "/changed"));
        cr_expect(is_refused(&stage, "/deleted"));
        cr_expect(is_refused(&stage, "/dir/sub/newer"));
        cr_expect(not(is_refused(&stage, "/second name")));
        listing(&stage, &after);
        cr_expect(eq(str, before.data, after.data), "nothing was done");
        stage.wish.force = true;
        apply(&stage);
        expect_content(&stage, "changed", "after!!");
}

Test(apply, a_copy_of_what_the_host_deleted_is_a_conflict)
{
        _cleanup_(stage_done) struct stage stage;
        struct error err = { 0 };

        stage_begin(&stage);
        sandbox_begins(&stage);
        place_file(&stage.scene.place, "upper/file", "x");
        mark(&stage.scene, "upper/file", "trusted.overlay.origin", "handle");
        cr_assert(eq(int, plan(&stage, &err), 0));
        cr_expect(not(is_refused(&stage, "/file")), "the sandbox renamed it: nothing happened on the host");
        place_file(&stage.scene.place, "host/file", "x");
        cr_assert(eq(int, unlinkat(stage.scene.place.dir, "host/file", 0), 0));
        cr_assert(eq(int, plan(&stage, &err), 0));
        cr_expect(is_refused(&stage, "/file"));
}

/* --- named layers -------------------------------------------------------------------------------------------------------- */

static bool is_left_out(const struct stage *stage, const char *path)
{
        for (size_t i = 0; i < stage->plan.left_out.count; i++)
                if (text_equal(stage->plan.left_out.items[i].path, path))
                        return true;
        return false;
}

static void begin_with_layers(struct stage *stage)
{
        stage_begin(stage);
        add_layers(&stage->scene);
        stage->scene.question.leading = true;
}

Test(apply, what_changed_of_a_layer_comes_over_whole_and_the_rest_of_the_layer_does_not)
{
        _cleanup_(stage_done) struct stage stage;
        struct place *place = &stage.scene.place;
        struct error err = { 0 };

        begin_with_layers(&stage);
        place_directory(place, "low/tool");
        cr_assert(eq(int, fchmodat(place->dir, "low/tool", 0750, 0), 0));
        place_directory(place, "low/tool/deep");
        place_directory(place, "low/tool/other");
        place_file(place, "low/tool/deep/changed", "layer's");
        place_file(place, "low/tool/deep/as it was", "x");
        place_file(place, "low/tool/gone", "x");
        place_file(place, "low/top", "x");
        sandbox_begins(&stage);
        place_directory(place, "upper/tool");
        cr_assert(eq(int, fchmodat(place->dir, "upper/tool", 0750, 0), 0));
        place_directory(place, "upper/tool/deep");
        place_directory(place, "upper/tool/other");             /* copied up, and nothing in it changed */
        place_file(place, "upper/tool/deep/changed", "sandbox's");
        place_file(place, "upper/tool/deep/added", "new");
        whiteout(&stage.scene, "upper/tool/gone");
        place_file(place, "upper/top", "y");
        mark(&stage.scene, "upper/top", "trusted.overlay.origin", "handle");
        apply(&stage);
        cr_expect(eq(sz, stage.plan.refused.count, 0));
        expect_content(&stage, "tool/deep/changed", "sandbox's");
        expect_content(&stage, "tool/deep/added", "new");
        expect_content(&stage, "top", "y");
        cr_expect(not(place_has(place, "host/tool/deep/as it was")));
        cr_expect(not(place_has(place, "host/tool/other")));
        cr_expect(not(place_has(place, "host/tool/gone")));
        cr_expect(is_left_out(&stage, "/tool/gone"));
        cr_expect(eq(sz, stage.plan.chosen.count, 5), "two directories and three files");
        cr_assert(eq(int, undo(&stage, false, &err), 0), "%s", err.text);
        cr_expect(not(place_has(place, "host/tool")));
}

Test(apply, what_a_layer_covered_is_refused_unless_by_force)
{
        _cleanup_(stage_done) struct stage stage;
        struct place *place = &stage.scene.place;
        struct error err = { 0 };

        begin_with_layers(&stage);
        place_file(place, "host/both", "host's");
        place_file(place, "high/both", "layer's");
        place_file(place, "host/gone", "host's");
        place_file(place, "low/gone", "layer's");
        place_file(place, "host/again", "host's");
        whiteout(&stage.scene, "high/again");
        place_directory(place, "host/merged");
        place_directory(place, "low/merged");
        place_file(place, "host/merged/covered", "host's");
        place_file(place, "low/merged/covered", "layer's");
        place_file(place, "host/merged/seen", "host's");
        sandbox_begins(&stage);
        place_file(place, "upper/both", "sandbox's");
        whiteout(&stage.scene, "upper/gone");
        place_file(place, "upper/again", "sandbox's");
        whiteout(&stage.scene, "upper/merged");
        cr_assert(eq(int, plan(&stage, &err), 0), "%s", err.text);
        cr_expect(is_refused(&stage, "/both"));
        cr_expect(is_refused(&stage, "/gone"));
        cr_expect(is_refused(&stage, "/again"));
        cr_expect(is_refused(&stage, "/merged/covered"), "and with it the directory");
        cr_expect(not(is_refused(&stage, "/merged/seen")));
        stage.wish.force = true;
        apply(&stage);
        expect_content(&stage, "both", "sandbox's");
        expect_content(&stage, "again", "sandbox's");
        cr_expect(not(place_has(place, "host/gone")));
        cr_expect(not(place_has(place, "host/merged")));
}

Test(apply, only_what_was_named_and_the_way_to_it)
{
        _cleanup_(stage_done) struct stage stage;
        const char *paths[] = { "/new/deep" }, *none[] = { "/nowhere" };
        struct error err = { 0 };

        stage_begin(&stage);
        dress(&stage);
        stage.wish.paths = (struct strings){ paths, 1 };
        apply(&stage);
        cr_expect(place_has(&stage.scene.place, "host/new/deep/file"));
        cr_expect(not(place_has(&stage.scene.place, "host/new/link")));
        expect_content(&stage, "changed", "before");
        stage.wish.paths = (struct strings){ none, 1 };
        cr_expect(eq(int, plan(&stage, &err), E_NOT_FOUND));
}

Test(apply, no_link_of_the_host_is_followed)
{
        _cleanup_(stage_done) struct stage stage;
        struct error err = { 0 };

        stage_begin(&stage);
        place_directory(&stage.scene.place, "outside");
        place_directory(&stage.scene.place, "host/dir");
        sandbox_begins(&stage);
        place_directory(&stage.scene.place, "upper/dir");
        place_file(&stage.scene.place, "upper/dir/file", "x");
        cr_assert(eq(int, plan(&stage, &err), 0));
        cr_assert(eq(int, unlinkat(stage.scene.place.dir, "host/dir", AT_REMOVEDIR), 0));
        place_link(&stage.scene.place, "../outside", "host/dir");
        cr_expect(lt(int, carry_out(&stage, &err), 0), "neither when it is planned");
        cr_expect(not(place_has(&stage.scene.place, "outside/file")), "nor when it is done");
}

Test(apply, devices_set_user_id_and_hidden_places_do_not_come_over)
{
        _cleanup_(stage_done) struct stage stage;
        struct error err = { 0 };

        stage_begin(&stage);
        place_file(&stage.scene.place, "host/secret", "top");
        whiteout(&stage.scene, "mask/secret");
        place_directory(&stage.scene.place, "host/holds");
        place_file(&stage.scene.place, "host/holds/secret", "top");
        place_directory(&stage.scene.place, "mask/holds");
        whiteout(&stage.scene, "mask/holds/secret");
        sandbox_begins(&stage);
        place_file(&stage.scene.place, "upper/secret", "mine");
        whiteout(&stage.scene, "upper/holds");
        cr_assert(eq(int, mknodat(stage.scene.place.dir, "upper/device", S_IFCHR | 0666, makedev(1, 3)), 0));
        place_file(&stage.scene.place, "upper/root shell", "x");
        cr_assert(eq(int, fchmodat(stage.scene.place.dir, "upper/root shell", 04755, 0), 0));
        place_directory(&stage.scene.place, "upper/new");
        place_file(&stage.scene.place, "upper/new/root shell", "x");
        cr_assert(eq(int, fchmodat(stage.scene.place.dir, "upper/new/root shell", 06755, 0), 0));
        stage.wish.force = true;
        cr_assert(eq(int, plan(&stage, &err), 0));
        cr_expect(is_refused(&stage, "/device"));
        cr_expect(is_refused(&stage, "/root shell"));
        cr_expect(is_refused(&stage, "/new/root shell"));
        cr_expect(is_refused(&stage, "/holds/secret"), "it would go with the directory");
        cr_expect(eq(sz, stage.plan.refused.count, 4));
        cr_assert(eq(sz, stage.plan.left_out.count, 1));
        cr_expect(eq(str, (char *)(uintptr_t)stage.plan.left_out.items[0].path, (char *)"/secret"));
        stage.wish.set_user_id = true;
        cr_assert(eq(int, plan(&stage, &err), 0));
        cr_expect(eq(sz, stage.plan.refused.count, 2));
}

Test(apply, undo_refuses_what_was_changed_since)
{
        _cleanup_(stage_done) struct stage stage;
        struct error err = { 0 };

        stage_begin(&stage);
        dress(&stage);
        apply(&stage);
        usleep(20000);
        place_file(&stage.scene.place, "host/new/deep/file", "worked on");
        cr_expect(eq(int, undo(&stage, false, &err), E_BUSY));
        expect_content(&stage, "changed", "after!!");
        cr_expect(eq(int, undo(&stage, true, &err), 0), "%s", err.text);
        expect_content(&stage, "changed", "before");
}

Test(apply, accounts_are_merged_field_by_field)
{
        _cleanup_(text_done) struct text out = { 0 };
        struct error err = { 0 };

        cr_assert(eq(int, apply_merge("root:*:1::\ngone:*:1::\nmail:*:1::\n", "root:*:2::\nmail:*:1::\nnew:!:3::\n",
                                      "root:hash:1::\ngone:*:1::\nmail:secret:1::\nunseen:hash:1::\n", &out, &err), 0));
        cr_expect(eq(str, out.data, (char *)"root:hash:2::\nmail:secret:1::\nunseen:hash:1::\nnew:!:3::\n"));
}

Test(apply, a_new_account_comes_over_and_no_password_goes)
{
        _cleanup_(stage_done) struct stage stage;

        stage_begin(&stage);
        place_directory(&stage.scene.place, "host/etc");
        place_directory(&stage.scene.place, "mask/etc");
        place_directory(&stage.scene.place, "upper/etc");
        place_file(&stage.scene.place, "host/etc/shadow", "root:hash:1\n");
        place_file(&stage.scene.place, "mask/etc/shadow", "root:*:1\n");
        sandbox_begins(&stage);
        place_file(&stage.scene.place, "upper/etc/shadow", "root:*:1\ndaemon:!:2\n");
        apply(&stage);
        expect_content(&stage, "etc/shadow", "root:hash:1\ndaemon:!:2\n");
}

/* --- crashes ------------------------------------------------------------------------------------------------------------ */

/* Runs fn in a process that is killed at its n-th system call's entry or exit; false when it ended before that. */
static bool killed_at(long n, void (*fn)(struct stage *stage), struct stage *stage)
{
        pid_t pid = fork();
        int status;

        if (pid == 0) {
                ptrace(PTRACE_TRACEME, 0, NULL, NULL);
                raise(SIGSTOP);
                fn(stage);
                _exit(0);
        }
        cr_assert(eq(int, waitpid(pid, &status, 0), pid));
        if (!WIFSTOPPED(status))
                cr_skip("nobody may be traced here");
        for (long i = 0;; i++) {
                ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
                cr_assert(eq(int, waitpid(pid, &status, 0), pid));
                if (WIFEXITED(status) || WIFSIGNALED(status))
                        return false;
                if (i == n) {
                        kill(pid, SIGKILL);
                        waitpid(pid, &status, 0);
                        return true;
                }
        }
}

static void try_apply(struct stage *stage)
{
        struct error err = { 0 };

        (void)carry_out(stage, &err);
}

static void try_undo(struct stage *stage)
{
        struct error err = { 0 };

        (void)undo(stage, false, &err);
}

static void recover(struct stage *stage)
{
        struct error err = { 0 };
        int place = -1;

        cr_assert(eq(int, journal_open(stage->data, &place, &err), 0), "%s", err.text);
        cr_assert(ge(int, journal_recover(place, &err), 0), "%s", err.text);
        close(place);
}

/* Modification times of directories that were touched are the apply's own and differ from run to run. */
static void names_and_contents(const struct stage *stage, struct text *ret)
{
        _cleanup_(text_done) struct text whole = { 0 };

        listing(stage, &whole);
        for (char *line = whole.data, *end; line && *line; line = end + 1) {
                char *type = strstr(line, " d ");

                end = strchr(line, '\n');
                if (!end)
                        break;
                text_add_n(ret, line, type && type < end ? (size_t)(type - line) : (size_t)(end - line));
                text_add_char(ret, '\n');
        }
}

Test(apply, killed_at_any_system_call_it_is_all_or_nothing, .timeout = 110)
{
        _cleanup_(stage_done) struct stage stage;
        _cleanup_(text_done) struct text before = { 0 }, after = { 0 }, names = { 0 };
        struct error err = { 0 };
        long at = 0, forward = 0, backward = 0, step = getenv("HCS_SANDBOX_EVERY_CALL") ? 1 : 7;

        stage_begin(&stage);
        dress(&stage);
        listing(&stage, &before);
        apply(&stage);
        names_and_contents(&stage, &names);
        cr_assert(eq(int, undo(&stage, false, &err), 0), "%s", err.text);

        never_in_conflict(&stage);      /* what was undone is the host's newest */
        for (; killed_at(at, try_apply, &stage); at += step) {
                _cleanup_(text_done) struct text now = { 0 }, now_names = { 0 };

                recover(&stage);
                listing(&stage, &now);
                if (text_equal(now.data, before.data)) {
                        backward++;
                        continue;
                }
                names_and_contents(&stage, &now_names);
                cr_assert(eq(str, now_names.data, names.data), "killed at call %ld: half done", at);
                forward++;
                cr_assert(eq(int, undo(&stage, false, &err), 0), "killed at call %ld: %s", at, err.text);
                listing(&stage, &after);
                cr_assert(eq(str, after.data, before.data), "killed at call %ld: undone otherwise", at);
                text_clear(&after);
        }
        cr_expect(gt(int, (int)backward, 10));
        cr_expect(gt(int, (int)forward, 5));
}

Test(apply, an_undo_killed_at_any_system_call_is_gone_on_with, .timeout = 110)
{
        _cleanup_(stage_done) struct stage stage;
        _cleanup_(text_done) struct text before = { 0 };
        struct error err = { 0 };
        long step = getenv("HCS_SANDBOX_EVERY_CALL") ? 1 : 11;
        bool killed = true;

        stage_begin(&stage);
        dress(&stage);
        listing(&stage, &before);
        never_in_conflict(&stage);
        for (long at = 0; killed; at += step) {
                _cleanup_(text_done) struct text now = { 0 };

                apply(&stage);
                killed = killed_at(at, try_undo, &stage);
                recover(&stage);
                (void)undo(&stage, false, &err);        /* when it was killed before it began */
                listing(&stage, &now);
                cr_assert(eq(str, now.data, before.data), "killed at call %ld: undone otherwise", at);
        }
}

/* --- a host that goes on meanwhile ------------------------------------------------------------------------------------------ */

/* As an editor does it: another file under the name. */
static void host_saves(const struct stage *stage, const char *name)
{
        char path[64];

        snprintf(path, sizeof(path), "host/%s", name);
        place_file(&stage->scene.place, "host/new.tmp", "the host's newest");
        cr_assert(eq(int, renameat(stage->scene.place.dir, "host/new.tmp", stage->scene.place.dir, path), 0), "%m");
}

Test(apply, what_the_host_changes_while_it_is_prepared_stays_and_ends_it)
{
        static const char *const names[] = { "changed", "deleted", "dir/sub/file" };

        for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
                _cleanup_(stage_done) struct stage stage;
                _cleanup_(text_done) struct text before = { 0 }, after = { 0 };
                struct error err = { 0 };
                int place = -1;

                stage_begin(&stage);
                dress(&stage);
                cr_assert(eq(int, journal_open(stage.data, &place, &err), 0), "%s", err.text);
                cr_assert(eq(int, plan(&stage, &err), 0), "%s", err.text);
                host_saves(&stage, names[i]);
                names_and_contents(&stage, &before);
                cr_expect(eq(int, apply_carry_out(&stage.scene.arena, place, &stage.plan, &err), E_BUSY), "%s", err.text);
                cr_expect(ne(ptr, strstr(err.text, names[i]), NULL), "%s", err.text);
                names_and_contents(&stage, &after);
                cr_expect(eq(str, after.data, before.data));
                close(place);
        }
}

/* Runs fn and holds it before its first call of that number, while `meanwhile` goes on; how it ended. */
static int with_a_pause(long call, int (*fn)(struct stage *stage), void (*meanwhile)(struct stage *stage), struct stage *stage)
{
        struct __ptrace_syscall_info info = { 0 };
        pid_t pid = fork();
        bool held = false;
        int status;

        if (pid == 0) {
                ptrace(PTRACE_TRACEME, 0, NULL, NULL);
                raise(SIGSTOP);
                _exit(fn(stage));
        }
        cr_assert(eq(int, waitpid(pid, &status, 0), pid));
        if (!WIFSTOPPED(status))
                cr_skip("nobody may be traced here");
        ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD);
        while (ptrace(held ? PTRACE_CONT : PTRACE_SYSCALL, pid, NULL, NULL) == 0 && waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
                if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
                        cr_skip("this kernel does not tell which call it is");
                if (info.op != PTRACE_SYSCALL_INFO_ENTRY || (long)info.entry.nr != call)
                        continue;
                meanwhile(stage);
                held = true;
        }
        cr_assert(held, "it never called that");
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int is_busy(struct stage *stage)
{
        struct error err = { 0 };

        return carry_out(stage, &err) == E_BUSY ? 7 : 0;
}

static void save_changed(struct stage *stage) { host_saves(stage, "changed"); }
static void save_two(struct stage *stage) { host_saves(stage, "changed"); host_saves(stage, "deleted"); }

/* All was kept, and is written out, which may take long; then the first ones are in place already, and are taken back. */
Test(apply, what_the_host_changes_at_the_last_moment_is_not_taken_back_either)
{
        void (*const changes[])(struct stage *stage) = { save_changed, save_two };

        for (size_t i = 0; i < ARRAY_LENGTH(changes); i++) {
                _cleanup_(stage_done) struct stage stage;
                _cleanup_(text_done) struct text after = { 0 };

                stage_begin(&stage);
                dress(&stage);
                cr_expect(eq(int, with_a_pause(SYS_syncfs, is_busy, changes[i], &stage), 7));
                names_and_contents(&stage, &after);
                expect_content(&stage, "changed", "the host's newest");
                expect_content(&stage, "deleted", i ? "the host's newest" : "x");
                cr_expect(eq(ptr, strstr(after.data, ".hcs-sandbox"), NULL), "%s", after.data);
                cr_expect(ne(ptr, strstr(after.data, "becomes a file/inside"), NULL), "%s", after.data);
                cr_expect(eq(ptr, strstr(after.data, "new/deep"), NULL), "%s", after.data);
        }
}

Test(apply, a_full_disk_changes_nothing)
{
        _cleanup_(stage_done) struct stage stage;
        _cleanup_(text_done) struct text before = { 0 }, after = { 0 };
        struct error err = { 0 };
        char options[64];

        stage_begin(&stage);
        dress(&stage);
        {
                int fd = openat(stage.scene.place.dir, "upper/large", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
                static const char bytes[1 << 20] = "x";

                for (int i = 0; i < 4; i++)
                        cr_assert(eq(sz, (size_t)write(fd, bytes, sizeof(bytes)), sizeof(bytes)));
                close(fd);
        }
        listing(&stage, &before);
        snprintf(options, sizeof(options), "size=6m");
        cr_assert(eq(int, mount(NULL, "/tmp", NULL, MS_REMOUNT, options), 0), "%m");
        cr_expect(eq(int, carry_out(&stage, &err), E_DISK_FULL), "%s", err.text);
        listing(&stage, &after);
        cr_expect(eq(str, before.data, after.data));
}
