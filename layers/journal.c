#include "layers/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/copy.h"
#include "layers/hiding.h"

#define PLACE "applied"
#define JOURNAL "journal"
#define GONE ".gone"
#define STEPS_MAX (1u << 30)

/* A journal that is open. */
struct journal { int dir; struct arena arena; journal_list steps; bool owners, fresh; struct error *err; };
#define JOURNAL_EMPTY(e) { .dir = -1, .owners = geteuid() == 0, .err = (e) }

static void journal_done(struct journal *journal)
{
        io_closep(&journal->dir);
        arena_done(&journal->arena);
}

/* --- places ------------------------------------------------------------------------------------------------------------- */

void journal_name(char name[40], const char *folder, size_t number)
{
        snprintf(name, 40, "%s/%zu", folder, number);
}

static int open_below(const char *root, const char *where, size_t length, int *ret_dir, struct error *err)
{
        _cleanup_(io_closep) int top = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(free_charp) char *path = strndup(where, length);
        int dir;

        if (!path)
                return error_memory(err);
        if (top < 0)
                return error_errno(err, "opening %s", root);
        dir = sys_openat2(top, path[0] && path[1] ? path + 1 : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
                          RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
        if (dir < 0)
                return error_errno(err, "opening %s below %s", path, root);
        *ret_dir = dir;
        return 0;
}

int journal_directory(const char *root, const char *where, int *ret_dir, struct error *err)
{
        return open_below(root, where, strlen(where), ret_dir, err);
}

int journal_parent(const char *root, const char *where, int *ret_dir, const char **ret_name, struct error *err)
{
        const char *name = path_name(where);
        int r = open_below(root, where, (size_t)(name - where), ret_dir, err);

        if (r >= 0)
                *ret_name = name;
        return r;
}

static bool is_there(int dir, const char *name)
{
        return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The host may have gone on since it was planned: what was prepared may take minutes, and so may a sync. */
static int check_seen(int dir, const char *name, const struct journal_step *step, struct error *err)
{
        const struct journal_seen *seen = &step->seen;
        struct stat now;

        if (!seen->known || fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;
        if (now.st_ino == seen->file && now.st_mode == seen->mode && now.st_uid == seen->uid && now.st_gid == seen->gid &&
            (uint64_t)now.st_size == seen->size && now.st_mtim.tv_sec == seen->modified.tv_sec &&
            now.st_mtim.tv_nsec == seen->modified.tv_nsec)
                return 0;
        return error_set(err, E_BUSY, "the host has changed it just now; nothing was done");
}

/* --- the list on disk --------------------------------------------------------------------------------------------------- */

static int write_steps(int dir, const char *name, const journal_list *steps, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(io_closep) int fd = openat(dir, ".new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        int r;

        if (fd < 0)
                return error_errno(err, "making the journal's %s", name);
        for (size_t i = 0; steps && i < steps->count; i++) {
                const struct journal_step *step = &steps->items[i];
                const char *const words[] = { step->root, step->where, step->temporary };

                text_addf(&text, "%c %d %llu %lld %ld %lld %ld", step->kind, step->has_old, (unsigned long long)step->file,
                          (long long)step->accessed.tv_sec, step->accessed.tv_nsec, (long long)step->modified.tv_sec,
                          step->modified.tv_nsec);
                for (size_t k = 0; k < ARRAY_LENGTH(words); k++) {
                        text_add_char(&text, '\0');
                        text_add(&text, words[k]);
                }
                text_add_char(&text, '\0');
        }
        r = text_check(&text, err);
        if (r >= 0)
                r = io_write_all(fd, text.data ? text.data : "", text.length, "the journal", err);
        if (r >= 0 && (fsync(fd) < 0 || renameat(dir, ".new", dir, name) < 0 || fsync(dir) < 0))
                r = error_errno(err, "writing the journal's %s", name);
        return r;
}

/* The next text of a list; NULL at its end. */
static const char *next(const char **at, const char *end)
{
        const char *word = *at;

        if (word >= end)
                return NULL;
        *at += strlen(word) + 1;
        return word;
}

static int read_steps(struct journal *journal, const char *name)
{
        _cleanup_(text_done) struct text text = { 0 };
        const char *at, *end, *word;

        if (io_read_file_at(journal->dir, name, STEPS_MAX, &text, journal->err) < 0)
                return journal->err->code;
        at = arena_copy_n(&journal->arena, text.data ? text.data : "", text.length);
        if (!at)
                return error_memory(journal->err);
        for (end = at + text.length; (word = next(&at, end));) {
                struct journal_step step = { 0 };
                unsigned long long file;
                long long accessed, modified;
                int old;
                char kind;

                step.root = next(&at, end);
                step.where = next(&at, end);
                step.temporary = next(&at, end);
                if (!step.temporary || sscanf(word, "%c %d %llu %lld %ld %lld %ld", &kind, &old, &file, &accessed,
                                              &step.accessed.tv_nsec, &modified, &step.modified.tv_nsec) != 7)
                        return error_set(journal->err, E_INVALID_DATA, "the journal's %s is damaged", name);
                step.kind = (enum journal_kind)kind;
                step.has_old = old;
                step.file = file;
                step.accessed.tv_sec = (time_t)accessed;
                step.modified.tv_sec = (time_t)modified;
                if (hiding_grow(&journal->arena, (void **)&journal->steps.items, journal->steps.count, sizeof(step), journal->err) < 0)
                        return journal->err->code;
                journal->steps.items[journal->steps.count++] = step;
        }
        return 0;
}

/* --- what was there ----------------------------------------------------------------------------------------------------- */

/* A hard link keeps the very file; where there can be none, a copy. */
static int put_aside(int from, const char *name, int to, const char *to_name, bool owners, struct error *err)
{
        (void)unlinkat(to, to_name, 0);
        if (linkat(from, name, to, to_name, 0) == 0)
                return 0;
        if (errno != EXDEV && errno != EPERM && errno != EMLINK && errno != EOPNOTSUPP)
                return error_errno(err, "linking it");
        return copy_entry(from, name, to, to_name, owners, err);
}

static int copy_template(int from, int to, const char *name, bool owners, struct error *err)
{
        _cleanup_(io_closep) int dir = -1;

        if (mkdirat(to, name, 0700) < 0 && errno != EEXIST)
                return error_errno(err, "making it");
        dir = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return dir < 0 ? error_errno(err, "opening it") : copy_looks(from, dir, owners, true, err);
}

static int keep_directory(const struct journal *journal, struct journal_step *step, const char *old)
{
        _cleanup_(io_closep) int dir = -1;
        int r = journal_directory(step->root, step->where, &dir, journal->err);
        struct stat what;

        if (r >= 0 && fstat(dir, &what) < 0)
                return error_errno(journal->err, "looking at it");
        if (r >= 0)
                step->file = what.st_ino;
        return r < 0 ? r : copy_template(dir, journal->dir, old, journal->owners, journal->err);
}

static int keep(const struct journal *journal, struct journal_step *step, size_t number)
{
        _cleanup_(io_closep) int dir = -1;
        const char *name, *other;
        struct stat what;
        char old[40];
        int r;

        journal_name(old, "old", number);
        if (step->kind == JOURNAL_TIMES)
                return 0;
        if (step->kind == JOURNAL_RMDIR || step->kind == JOURNAL_LOOKS)
                return keep_directory(journal, step, old);
        r = journal_parent(step->root, step->where, &dir, &name, journal->err);
        if (r < 0)
                return r;
        if (check_seen(dir, name, step, journal->err) < 0)
                return journal->err->code;
        other = step->kind == JOURNAL_PUT ? step->temporary : name;
        if (fstatat(dir, other, &what, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(journal->err, "looking at %s", other);
        step->file = what.st_ino;
        return step->has_old ? put_aside(dir, name, journal->dir, old, journal->owners, journal->err) : 0;
}

/* --- forwards ----------------------------------------------------------------------------------------------------------- */

static int put(const struct journal *journal, const struct journal_step *step, int dir, const char *name)
{
        if (!is_there(dir, step->temporary))
                return 0;               /* before the crash */
        if (journal->fresh && check_seen(dir, name, step, journal->err) < 0)
                return journal->err->code;
        /* Where nothing was nothing may have come to be. */
        if (sys_renameat2(dir, step->temporary, dir, name, step->has_old ? 0 : RENAME_NOREPLACE) == 0)
                return 0;
        return error_errno(journal->err, "putting it in place");
}

static int go(const struct journal *journal, const struct journal_step *step, size_t number)
{
        _cleanup_(io_closep) int dir = -1, like = -1;
        const char *name;
        struct stat what;
        char new[40];
        int r;

        if (step->kind == JOURNAL_TIMES)
                return 0;
        if (step->kind == JOURNAL_LOOKS) {
                journal_name(new, "new", number);
                like = openat(journal->dir, new, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (like < 0)
                        return error_errno(journal->err, "opening the journal's %s", new);
                r = journal_directory(step->root, step->where, &dir, journal->err);
                return r < 0 ? r : copy_looks(like, dir, journal->owners, false, journal->err);
        }
        r = journal_parent(step->root, step->where, &dir, &name, journal->err);
        if (r < 0)      /* of a removal that was done, with the directory it was in */
                return step->kind != JOURNAL_PUT && r == E_FILE_NOT_FOUND ? 0 : r;
        if (step->kind == JOURNAL_PUT)
                return put(journal, step, dir, name);
        if (journal->fresh && check_seen(dir, name, step, journal->err) < 0)
                return journal->err->code;
        if (fstatat(dir, name, &what, AT_SYMLINK_NOFOLLOW) < 0 || what.st_ino != step->file)
                return 0;               /* gone before the crash, and something else may be there already */
        if (unlinkat(dir, name, step->kind == JOURNAL_RMDIR ? AT_REMOVEDIR : 0) < 0 && errno != ENOENT)
                return error_errno(journal->err, "removing it");
        return 0;
}

/* Once for each file system that was written to, in one go. */
static int sync_all(const struct journal *journal)
{
        const char *last = NULL;

        for (size_t i = 0; i < journal->steps.count; i++) {
                _cleanup_(io_closep) int dir = -1;

                if (text_equal(journal->steps.items[i].root, last))
                        continue;
                last = journal->steps.items[i].root;
                dir = open(last, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (dir < 0 || syncfs(dir) < 0)
                        return error_errno(journal->err, "writing %s out", last);
        }
        return syncfs(journal->dir) < 0 ? error_errno(journal->err, "writing the journal out") : 0;
}

static int go_all(const struct journal *journal)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < journal->steps.count; i++) {
                r = go(journal, &journal->steps.items[i], i);
                if (r < 0)
                        return error_wrap(journal->err, "%s", journal->steps.items[i].where);
        }
        r = sync_all(journal);
        return r < 0 ? r : write_steps(journal->dir, "done", NULL, journal->err);
}

/* --- backwards ---------------------------------------------------------------------------------------------------------- */

/* Puts back what was there, over whatever is. */
static int bring_back(const struct journal *journal, const struct journal_step *step, size_t number, int dir, const char *name)
{
        struct error *err = journal->err;
        char old[40], temporary[NAME_MAX + 1];
        int r;

        journal_name(old, "old", number);
        snprintf(temporary, sizeof(temporary), "%.200s-undo", *step->temporary ? step->temporary : ".hcs-sandbox");
        (void)unlinkat(dir, temporary, 0);
        r = put_aside(journal->dir, old, dir, temporary, journal->owners, err);
        if (r < 0)
                return r;
        if (renameat(dir, temporary, dir, name) < 0)
                return error_errno(err, "putting back what was there");
        (void)unlinkat(dir, temporary, 0);      /* of two names of one file a rename leaves both */
        return 0;
}

static int unput(const struct journal *journal, const struct journal_step *step, size_t number, int dir, const char *name)
{
        struct stat what;

        /* It was not put in place, and what stands there is not ours to touch. */
        if (is_there(dir, step->temporary))
                return io_remove_tree_at(dir, step->temporary, journal->err);
        if (journal->fresh && fstatat(dir, name, &what, AT_SYMLINK_NOFOLLOW) == 0 && what.st_ino != step->file)
                return 0;
        if (step->has_old)
                return bring_back(journal, step, number, dir, name);
        if (fstatat(dir, name, &what, AT_SYMLINK_NOFOLLOW) < 0 || what.st_ino != step->file)
                return 0;               /* taken away already, or somebody else's by now */
        return io_remove_tree_at(dir, name, journal->err);
}

static int remake(const struct journal *journal, size_t number, int dir, const char *name)
{
        _cleanup_(io_closep) int like = -1;
        char old[40];

        journal_name(old, "old", number);
        like = openat(journal->dir, old, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (like < 0)
                return error_errno(journal->err, "opening the journal's %s", old);
        return copy_template(like, dir, name, journal->owners, journal->err);
}

static int unlook(const struct journal *journal, const struct journal_step *step, size_t number)
{
        _cleanup_(io_closep) int dir = -1, like = -1;
        char old[40];
        int r = journal_directory(step->root, step->where, &dir, journal->err);

        if (r < 0)
                return r;
        if (step->kind == JOURNAL_TIMES)
                return futimens(dir, (struct timespec[2]){ step->accessed, step->modified }) < 0 ?
                       error_errno(journal->err, "giving it its times") : 0;
        journal_name(old, "old", number);
        like = openat(journal->dir, old, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return like < 0 ? error_errno(journal->err, "opening the journal's %s", old)
                        : copy_looks(like, dir, journal->owners, false, journal->err);
}

static int back(const struct journal *journal, const struct journal_step *step, size_t number)
{
        _cleanup_(io_closep) int dir = -1;
        const char *name;
        int r;

        if (step->kind == JOURNAL_TIMES || step->kind == JOURNAL_LOOKS)
                return unlook(journal, step, number);
        r = journal_parent(step->root, step->where, &dir, &name, journal->err);
        if (r < 0)
                return r;
        if (step->kind == JOURNAL_PUT)
                return unput(journal, step, number, dir, name);
        if (step->kind == JOURNAL_RMDIR)
                return remake(journal, number, dir, name);
        return is_there(dir, name) ? 0 : bring_back(journal, step, number, dir, name);
}

static int remove_journal(int place, struct error *err)
{
        if (is_there(place, GONE) && io_remove_tree_at(place, GONE, err) < 0)
                return err->code;
        if (renameat(place, JOURNAL, place, GONE) < 0)
                return errno == ENOENT ? 0 : error_errno(err, "removing the journal");
        return io_remove_tree_at(place, GONE, err);
}

static int back_all(const struct journal *journal, int place)
{
        for (size_t i = journal->steps.count; i-- > 0;)
                if (back(journal, &journal->steps.items[i], i) < 0)
                        return error_wrap(journal->err, "undoing %s", journal->steps.items[i].where);
        return sync_all(journal) < 0 ? journal->err->code : remove_journal(place, journal->err);
}

static int undo(struct journal *journal, int place)
{
        int r = write_steps(journal->dir, "undoing", &journal->steps, journal->err);

        return r < 0 ? r : back_all(journal, place);
}

/* --- what others call --------------------------------------------------------------------------------------------------- */

int journal_open(const char *data, int *ret_place, struct error *err)
{
        _cleanup_(free_charp) char *path = NULL;
        _cleanup_(io_closep) int place = -1;
        int r = path_join(data, PLACE, &path, err);

        if (r >= 0)
                r = io_make_directories(path, 0700, err);
        if (r < 0)
                return r;
        place = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (place < 0)
                return error_errno(err, "opening %s", path);
        if (flock(place, LOCK_EX | LOCK_NB) < 0)
                return error_set(err, E_BUSY, "somebody else is applying changes just now; try again when that has ended");
        *ret_place = take_fd(place);
        return 0;
}

static int open_journal(struct journal *journal, int place)
{
        journal->dir = openat(place, JOURNAL, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (journal->dir >= 0)
                return 0;
        return errno == ENOENT ? JOURNAL_NONE : error_errno(journal->err, "opening the journal");
}

int journal_drop(int place, struct error *err)
{
        _cleanup_(journal_done) struct journal journal = JOURNAL_EMPTY(err);
        int r = open_journal(&journal, place);

        if (r != 0)
                return r < 0 ? r : 0;
        if (is_there(journal.dir, "plan"))
                r = read_steps(&journal, "plan");
        for (size_t i = 0; r >= 0 && i < journal.steps.count; i++) {
                const struct journal_step *step = &journal.steps.items[i];
                _cleanup_(io_closep) int dir = -1;
                struct error none = { 0 };
                const char *name;

                if (step->kind == JOURNAL_PUT && journal_parent(step->root, step->where, &dir, &name, &none) == 0)
                        r = io_remove_tree_at(dir, step->temporary, err);
        }
        for (size_t i = 0; r >= 0 && i < journal.steps.count; i++)
                if (journal.steps.items[i].kind == JOURNAL_TIMES)
                        (void)unlook(&journal, &journal.steps.items[i], i);
        return r < 0 ? r : remove_journal(place, err);
}

int journal_recover(int place, struct error *err)
{
        _cleanup_(journal_done) struct journal journal = JOURNAL_EMPTY(err);
        int r = open_journal(&journal, place);

        if (r != 0)
                return r;
        if (is_there(journal.dir, "undoing")) {
                r = read_steps(&journal, "undoing");
                if (r >= 0)
                        r = back_all(&journal, place);
                return r < 0 ? r : JOURNAL_ROLLED_BACK;
        }
        if (is_there(journal.dir, "done"))
                return JOURNAL_NONE;
        if (!is_there(journal.dir, "commit")) {
                r = journal_drop(place, err);
                return r < 0 ? r : JOURNAL_ROLLED_BACK;
        }
        r = read_steps(&journal, "commit");
        if (r >= 0)
                r = go_all(&journal);
        return r < 0 ? r : JOURNAL_FINISHED;
}

int journal_begin(int place, const journal_list *steps, struct error *err)
{
        _cleanup_(io_closep) int dir = -1;
        int r = remove_journal(place, err);

        if (r < 0)
                return r;
        if (mkdirat(place, JOURNAL, 0700) < 0)
                return error_errno(err, "making the journal");
        dir = openat(place, JOURNAL, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir < 0 || mkdirat(dir, "old", 0700) < 0 || mkdirat(dir, "new", 0700) < 0)
                return error_errno(err, "making the journal");
        return write_steps(dir, "plan", steps, err);
}

int journal_carry_out(int place, journal_list *steps, bool owners, struct error *err)
{
        _cleanup_(journal_done) struct journal journal = JOURNAL_EMPTY(err);
        struct error undoing = { 0 };
        int r = open_journal(&journal, place);

        journal.steps = *steps;
        journal.owners = owners;
        journal.fresh = true;
        for (size_t i = 0; r >= 0 && i < steps->count; i++)
                if (keep(&journal, &journal.steps.items[i], i) < 0)
                        r = error_wrap(err, "keeping %s", steps->items[i].where);
        if (r >= 0)
                r = sync_all(&journal);
        if (r >= 0)
                r = write_steps(journal.dir, "commit", &journal.steps, err);
        if (r < 0) {
                (void)journal_drop(place, &undoing);
                return r;
        }
        r = go_all(&journal);
        if (r >= 0)
                return 0;
        journal.err = &undoing;
        if (undo(&journal, place) < 0)
                return error_wrap(err, "taking it back too failed (%s); `hcs-sandbox apply --undo` tries again", undoing.text);
        return r;
}

/* --- undoing on wish ---------------------------------------------------------------------------------------------------- */

static bool is_later(const struct timespec *a, const struct timespec *b)
{
        return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* Something in what was put there that is newer than that. */
static bool is_newer_below(int dir, const char *name, const struct timespec *since, int depth)
{
        _cleanup_(io_close_dirp) DIR *stream = NULL;
        struct dirent *entry;
        struct stat what;
        int fd;

        if (fstatat(dir, name, &what, AT_SYMLINK_NOFOLLOW) < 0 || is_later(&what.st_ctim, since))
                return true;
        if (!S_ISDIR(what.st_mode))
                return false;
        fd = depth < 256 ? openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
        stream = fd < 0 ? NULL : fdopendir(fd);
        if (!stream)
                return true;
        while ((entry = readdir(stream)))
                if (!text_equal(entry->d_name, ".") && !text_equal(entry->d_name, "..") &&
                    is_newer_below(dirfd(stream), entry->d_name, since, depth + 1))
                        return true;
        return false;
}

static int check_untouched(const struct journal *journal, const struct timespec *since)
{
        for (size_t i = 0; i < journal->steps.count; i++) {
                const struct journal_step *step = &journal->steps.items[i];
                _cleanup_(io_closep) int dir = -1;
                struct error none = { 0 };
                const char *name;
                struct stat what;
                bool there;

                if (step->kind == JOURNAL_TIMES || step->kind == JOURNAL_LOOKS)
                        continue;
                if (journal_parent(step->root, step->where, &dir, &name, &none) < 0)
                        continue;       /* of what went with the directory that it was in */
                there = fstatat(dir, name, &what, AT_SYMLINK_NOFOLLOW) == 0;
                /* What was removed may have been followed by what was put there. */
                if (step->kind == JOURNAL_PUT && (!there || what.st_ino != step->file || is_newer_below(dir, name, since, 0)))
                        return error_set(journal->err, E_BUSY, "%s has been changed since; nothing was undone (--force undoes all "
                                         "the same)", step->where);
        }
        return 0;
}

int journal_undo(int place, bool force, struct error *err)
{
        _cleanup_(journal_done) struct journal journal = JOURNAL_EMPTY(err);
        struct stat when;
        int r = open_journal(&journal, place);

        if (r == JOURNAL_NONE || (r == 0 && fstatat(journal.dir, "done", &when, AT_SYMLINK_NOFOLLOW) < 0))
                return JOURNAL_NONE;
        if (r >= 0)
                r = read_steps(&journal, "commit");
        if (r >= 0 && !force)
                r = check_untouched(&journal, &when.st_mtim);
        return r < 0 ? r : undo(&journal, place);
}
