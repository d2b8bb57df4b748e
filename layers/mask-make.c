/* Masks made, referred to, and removed when nobody needs them any more. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/listing.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/mask.h"

#define LOCK_MS 30000                   /* a walk takes some milliseconds, a mask another few */
#define UNUSED_SECONDS 60               /* how long a mask that nobody refers to may still be on somebody's way */
#define ANSWER_SECONDS 3600

/* --- the lock ----------------------------------------------------------------------------------------------------------- */

static int lock(int home, const struct mask *mask, struct error *err)
{
        const struct timespec nap = { .tv_nsec = 2000000 };

        for (int waited = 0; flock(home, LOCK_EX | LOCK_NB) < 0; waited += 2) {
                if (errno != EWOULDBLOCK && errno != EINTR)
                        return error_errno(err, "locking %s", mask->question->home);
                if (waited >= LOCK_MS)
                        return error_set(err, E_TIMED_OUT, "waiting for whoever makes a mask in %s: %d seconds are over",
                                         mask->question->home, LOCK_MS / 1000);
                nanosleep(&nap, NULL);
        }
        return 0;
}

/* --- removing ----------------------------------------------------------------------------------------------------------- */

/* What a maker was killed over begins with a dot; we have the lock, so nobody is at it now. */
static void remove_leftovers(int home)
{
        _cleanup_(io_close_dirp) DIR *dir = listing_open(home, ".");
        struct error none = { .code = 0 };
        struct dirent *entry;

        while (dir && (entry = listing_next(dir)))
                if (entry->d_name[0] == '.')
                        (void)io_remove_tree_at(home, entry->d_name, &none);
}

static bool is_old(int home, const char *name, time_t seconds)
{
        struct stat what;

        return fstatat(home, name, &what, AT_SYMLINK_NOFOLLOW) == 0 && time(NULL) - what.st_mtim.tv_sec > seconds;
}

/* Answers that nobody has asked for in an hour. */
static void remove_old_answers(int home)
{
        _cleanup_(io_close_dirp) DIR *dir = listing_open(home, ".");
        char watch[MASK_KEY_LENGTH + 16];
        struct dirent *entry;

        while (dir && (entry = listing_next(dir))) {
                if (!text_ends_with(entry->d_name, ".answer") || !is_old(home, entry->d_name, ANSWER_SECONDS))
                        continue;
                snprintf(watch, sizeof(watch), "%.*s.watch", MASK_KEY_LENGTH, entry->d_name);
                (void)unlinkat(home, entry->d_name, 0);
                (void)unlinkat(home, watch, 0);
        }
}

static bool is_referred_to(int refs, const char *digest)
{
        _cleanup_(io_close_dirp) DIR *dir = listing_open(refs, ".");
        struct dirent *entry;

        while (dir && (entry = listing_next(dir))) {
                char target[MASK_DIGEST_LENGTH + 1];
                ssize_t n = readlinkat(refs, entry->d_name, target, sizeof(target));

                if (n == MASK_DIGEST_LENGTH && strncmp(target, digest, MASK_DIGEST_LENGTH) == 0)
                        return true;
        }
        return !dir;                    /* when that can't be told, nothing goes */
}

static bool is_answer(int home, const char *digest)
{
        _cleanup_(io_close_dirp) DIR *dir = listing_open(home, ".");
        struct dirent *entry;

        while (dir && (entry = listing_next(dir))) {
                _cleanup_(text_done) struct text text = { 0 };
                struct error none = { .code = 0 };

                if (text_ends_with(entry->d_name, ".answer") &&
                    io_read_file_at(home, entry->d_name, 1u << 20, &text, &none) >= 0 && text.data && strstr(text.data, digest))
                        return true;
        }
        return !dir;
}

static void remove_unused(int home, int refs)
{
        _cleanup_(io_close_dirp) DIR *dir = listing_open(home, ".");
        struct error none = { .code = 0 };
        char gone[MASK_DIGEST_LENGTH + 8];
        struct dirent *entry;

        remove_old_answers(home);
        while (dir && (entry = listing_next(dir))) {
                if (strlen(entry->d_name) != MASK_DIGEST_LENGTH || !is_old(home, entry->d_name, UNUSED_SECONDS) ||
                    is_answer(home, entry->d_name) || is_referred_to(refs, entry->d_name))
                        continue;
                /* At once for whoever looks for it, bit by bit for us. */
                snprintf(gone, sizeof(gone), ".gone-%.*s", MASK_DIGEST_LENGTH, entry->d_name);
                if (renameat(home, entry->d_name, home, gone) == 0)
                        (void)io_remove_tree_at(home, gone, &none);
        }
}

/* --- making ------------------------------------------------------------------------------------------------------------- */

static int write_hidden(int dir, const struct mask *mask, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        int r;

        for (size_t i = 0; i < mask->hidden.count; i++) {
                text_add_n(&text, mask->hidden.items[i].path, strlen(mask->hidden.items[i].path) + 1);
                text_add_n(&text, mask->hidden.items[i].why, strlen(mask->hidden.items[i].why) + 1);
        }
        r = text_check(&text, err);
        return r < 0 ? r : io_replace_at(dir, "hidden", text.data ? text.data : "", text.length, 0600, err);
}

static int write_mask(int home, const struct mask *mask, struct error *err)
{
        _cleanup_(io_closep) int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), dir = -1, tree = -1;
        char making[MASK_DIGEST_LENGTH + 16];
        struct stat top;
        int r;

        snprintf(making, sizeof(making), ".making-%s", mask->digest);
        if (root < 0 || fstat(root, &top) < 0)
                return error_errno(err, "opening /");
        if (mkdirat(home, making, 0700) < 0)
                return error_errno(err, "making the mask %s/%s", mask->question->home, making);
        dir = openat(home, making, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir < 0 || mkdirat(dir, "tree", 0700) < 0)
                return error_errno(err, "making the mask %s/%s", mask->question->home, making);
        tree = openat(dir, "tree", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (tree < 0 || fchmod(tree, top.st_mode & 07777) < 0)
                return error_errno(err, "opening the mask %s/%s", mask->question->home, making);
        r = mask_tree_write(tree, root, &mask->entries, mask->question->way, err);
        if (r >= 0)
                r = write_hidden(dir, mask, err);
        if (r < 0)
                return error_wrap(err, "the mask in %s", mask->question->home);
        return renameat(home, making, home, mask->digest) < 0 ? error_errno(err, "putting the mask %s/%s in place",
                                                                            mask->question->home, making) : 0;
}

/* The mask that answered until now may be on somebody's way still: its minute begins. */
static void retire_before(int home, const struct mask *mask)
{
        char before[MASK_DIGEST_LENGTH + 1];

        if (mask_answer_digest(home, mask, before) && !text_equal(before, mask->digest))
                (void)utimensat(home, before, NULL, AT_SYMLINK_NOFOLLOW);
}

static int make_locked(int home, int refs, const struct mask *mask, struct error *err)
{
        int r = 0;

        remove_leftovers(home);
        if (faccessat(home, mask->digest, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                r = write_mask(home, mask, err);
        if (r < 0)
                return r;
        retire_before(home, mask);
        r = mask_answer_write(home, mask, err);
        remove_unused(home, refs);
        return r;
}

/* Somebody looked at the host and found that the answer still holds: it is believed again for a while.  Only a help, so neither
 * a failure nor somebody else at work matters. */
static void confirm(int home, const struct mask *mask)
{
        struct error none = { .code = 0 };
        char now[MASK_DIGEST_LENGTH + 1];

        if (flock(home, LOCK_EX | LOCK_NB) < 0)
                return;
        if (mask_answer_digest(home, mask, now) && text_equal(now, mask->digest))
                (void)mask_answer_write(home, mask, &none);
        (void)flock(home, LOCK_UN);
}

static int open_or_make_home(const char *path, int *ret, struct error *err)
{
        int home = mask_open_home(path), r;

        if (home < 0 && errno == ENOENT) {
                r = io_make_directories(path, 0700, err);
                if (r < 0)
                        return r;
                home = mask_open_home(path);
        }
        if (home < 0 && errno == EACCES)
                return error_set(err, E_ACCESS, "%s belongs to somebody else or is open to others; remove it", path);
        if (home < 0)
                return error_errno(err, "opening %s", path);
        *ret = home;
        return 0;
}

static int open_refs(int home, const struct mask *mask, int *ret, struct error *err)
{
        int refs = openat(home, "refs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (refs < 0 && errno == ENOENT && (mkdirat(home, "refs", 0700) == 0 || errno == EEXIST))
                refs = openat(home, "refs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (refs < 0)
                return error_errno(err, "opening %s/refs", mask->question->home);
        *ret = refs;
        return 0;
}

int mask_make(const struct mask *mask, const char *scratch_name, struct error *err)
{
        _cleanup_(io_closep) int home = -1, refs = -1;
        int r = open_or_make_home(mask->question->home, &home, err);

        if (r >= 0)
                r = open_refs(home, mask, &refs, err);
        if (r < 0)
                return r;
        /* First the reference: from here on nobody removes it. */
        if (symlinkat(mask->digest, refs, scratch_name) < 0)
                return error_errno(err, "referring to the mask: making %s/refs/%s", mask->question->home, scratch_name);
        if (!mask->is_made) {
                r = lock(home, mask, err);
                if (r >= 0) {
                        r = make_locked(home, refs, mask, err);
                        (void)flock(home, LOCK_UN);
                }
        } else if (faccessat(home, mask->digest, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
                r = error_set(err, E_NOT_FOUND, "the mask %s/%s was removed just now; try again", mask->question->home, mask->digest);
        } else if (!mask->is_recent) {
                confirm(home, mask);
        }
        if (r < 0)
                (void)unlinkat(refs, scratch_name, 0);
        return r;
}

int layer_mask_release(const char *reference, struct error *err)
{
        return unlink(reference) < 0 && errno != ENOENT ? error_errno(err, "dropping %s", reference) : 0;
}
