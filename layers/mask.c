#include "layers/mask.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"

#define FRESH_SECONDS  5
#define UNUSED_SECONDS 60               /* how long a mask that nobody refers to may still be on somebody's way */
#define DIGEST_LENGTH  16

static int open_home(const char *home)
{
        return open(home, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* --- fresh? ------------------------------------------------------------------------------------------------------------- */

static bool is_recent(int home)
{
        struct timespec now;
        struct stat stamp;

        return fstatat(home, "stamp", &stamp, 0) == 0 && clock_gettime(CLOCK_REALTIME, &now) == 0 &&
               now.tv_sec >= stamp.st_mtim.tv_sec && now.tv_sec - stamp.st_mtim.tv_sec < FRESH_SECONDS;
}

/* Lines of "TIME PATH". */
static bool is_unchanged(int home)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(io_closep) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct error ignored = { 0 };
        char *line, *rest = NULL;

        if (root < 0 || io_read_file_at(home, "watch", 64u << 20, &text, &ignored) < 0 || !text.data)
                return false;
        for (line = strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                char *path = strchr(line, ' ');

                if (!path || walk_time_of(root, path + 1) != strtoll(line, NULL, 10))
                        return false;
        }
        return true;
}

/* The current digest if it can be trusted. */
static bool find_current(int home, char digest[DIGEST_LENGTH + 1])
{
        ssize_t n = readlinkat(home, "current", digest, DIGEST_LENGTH + 1);

        if (n != DIGEST_LENGTH)
                return false;
        digest[n] = '\0';
        if (is_recent(home))
                return true;
        if (!is_unchanged(home))
                return false;
        (void)utimensat(home, "stamp", NULL, 0);        /* a note that we looked; nobody loses when it fails */
        return true;
}

/* --- the list ----------------------------------------------------------------------------------------------------------- */

static int add_foreign_mounts(struct arena *arena, const mount_list *mounts, hiding_list *list, struct error *err)
{
        for (size_t i = 0; i < mounts->count; i++)
                if (!hiding_covers(list, mounts->items[i].path) && !mounts->items[i].on_disk &&
                    hiding_add(arena, list, mounts->items[i].path, "another file system", true, err) < 0)
                        return err->code;
        return 0;
}

static int apply_wishes(struct arena *arena, const struct layer_wishes *wishes, hiding_list *list, struct error *err)
{
        size_t kept = 0;

        for (size_t i = 0; i < list->count; i++) {
                bool shown = false;

                for (size_t k = 0; k < wishes->show.count; k++)
                        shown = shown || path_is_below(list->items[i].path, wishes->show.items[k]);
                if (!shown)
                        list->items[kept++] = list->items[i];
        }
        /* A list that was cut short must not grow into memory that is too small: it is copied by the next addition. */
        if (kept != list->count) {
                hiding_list rest = { list->items, kept };

                *list = (hiding_list){ 0 };
                for (size_t i = 0; i < rest.count; i++)
                        if (hiding_add(arena, list, rest.items[i].path, rest.items[i].why, rest.items[i].directory, err) < 0)
                                return err->code;
        }
        for (size_t i = 0; i < wishes->hide.count; i++) {
                struct stat what;
                bool directory = lstat(wishes->hide.items[i], &what) == 0 && S_ISDIR(what.st_mode);

                if (!hiding_covers(list, wishes->hide.items[i]) &&
                    hiding_add(arena, list, wishes->hide.items[i], "asked for", directory, err) < 0)
                        return err->code;
        }
        return 0;
}

/* A path shown below a hidden directory would not come back: say so instead of losing the wish. */
static int check_shown(const struct layer_wishes *wishes, const hiding_list *list, struct error *err)
{
        for (size_t i = 0; i < wishes->show.count; i++)
                if (hiding_covers(list, wishes->show.items[i]))
                        return error_set(err, E_NOT_SUPPORTED, "org.hcs-sandbox.show: \"%s\" lies in a directory that is hidden as a "
                                         "whole; show that directory, or mount the path (mounts, type bind)",
                                         wishes->show.items[i]);
        return 0;
}

static int compose_list(struct arena *arena, const struct mask *mask, hiding_list *ret, walked_list *ret_walked,
                        struct error *err)
{
        _cleanup_(io_closep) int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r;

        if (root < 0)
                return error_errno(err, "opening /");
        r = walk_secrets(arena, root, mask->mounts, ret, ret_walked, err);
        if (r >= 0 && mask->kind == MASK_FOR_USER)      /* fuse-overlayfs looks into what is mounted, a kernel overlay doesn't */
                r = add_foreign_mounts(arena, mask->mounts, ret, err);
        if (r >= 0)
                r = apply_wishes(arena, mask->wishes, ret, err);
        return r < 0 ? r : check_shown(mask->wishes, ret, err);
}

/* FNV-1a over what is hidden.  Not for safety: only to tell one list from another. */
static const char *digest_of(struct arena *arena, const struct mask *mask, const hiding_list *list)
{
        uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)mask->kind;

        for (size_t i = 0; i < list->count; i++) {
                for (const char *c = list->items[i].path; *c; c++)
                        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
                hash = (hash ^ (list->items[i].directory ? 1u : 2u)) * 0x100000001b3u;
        }
        return arena_printf(arena, "%016llx", (unsigned long long)hash);
}

static bool has_wishes(const struct layer_wishes *wishes)
{
        return wishes->hide.count > 0 || wishes->show.count > 0;
}

int mask_find(struct arena *arena, const char *home, enum mask_kind kind, const mount_list *mounts,
              const struct layer_wishes *wishes, struct mask *ret, struct error *err)
{
        _cleanup_(io_closep) int dir = open_home(home);
        char digest[DIGEST_LENGTH + 1];
        int r;

        *ret = (struct mask){ .home = home, .kind = kind, .mounts = mounts, .wishes = wishes };
        if (dir >= 0 && !has_wishes(wishes) && find_current(dir, digest)) {
                ret->digest = arena_copy(arena, digest);
                ret->is_made = true;
                return ret->digest ? 0 : error_memory(err);
        }
        r = compose_list(arena, ret, &ret->hidden, &ret->walked, err);
        if (r < 0)
                return r;
        ret->digest = digest_of(arena, ret, &ret->hidden);
        return ret->digest ? 0 : error_memory(err);
}

int mask_hidden(struct arena *arena, const struct mask *mask, hiding_list *ret, struct error *err)
{
        walked_list walked = { 0 };

        if (!mask->is_made) {
                *ret = mask->hidden;
                return 0;
        }
        *ret = (hiding_list){ 0 };
        return compose_list(arena, mask, ret, &walked, err);
}

const char *mask_tree(struct arena *arena, const struct mask *mask)
{
        return arena_printf(arena, "%s/%s/tree", mask->home, mask->digest);
}

/* --- making ------------------------------------------------------------------------------------------------------------- */

static int write_tree(int home, const struct mask *mask, struct error *err)
{
        _cleanup_(io_closep) int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), dir = -1;
        char making[64], path[96];
        struct stat top;
        int r;

        snprintf(making, sizeof(making), ".making-%s", mask->digest);
        snprintf(path, sizeof(path), "%s/tree", making);
        r = io_remove_tree_at(home, making, err);       /* of a maker that was killed: we have the lock */
        if (r < 0)
                return r;
        if (root < 0 || fstat(root, &top) < 0)
                return error_errno(err, "opening /");
        if (mkdirat(home, making, 0755) < 0 || mkdirat(home, path, 0755) < 0)
                return error_errno(err, "making the mask %s/%s", mask->home, making);
        dir = openat(home, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir < 0 || fchmod(dir, top.st_mode & 07777) < 0)
                return error_errno(err, "opening the mask %s/%s", mask->home, making);
        r = mask_tree_write(dir, root, &mask->hidden, mask->kind, err);
        if (r >= 0 && renameat(home, making, home, mask->digest) < 0)
                r = error_errno(err, "putting the mask in place");
        return r;
}

static int write_watch(int home, const struct mask *mask, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        int r;

        for (size_t i = 0; i < mask->walked.count; i++)
                if (!strchr(mask->walked.items[i].path, '\n'))
                        text_addf(&text, "%lld %s\n", (long long)mask->walked.items[i].changed, mask->walked.items[i].path);
        r = text_check(&text, err);
        if (r >= 0)
                r = io_replace_at(home, "watch", text.data ? text.data : "", text.length, 0600, err);
        return r < 0 ? r : io_replace_at(home, "stamp", "", 0, 0600, err);
}

static int point_current(int home, const struct mask *mask, struct error *err)
{
        (void)unlinkat(home, ".current", 0);
        if (symlinkat(mask->digest, home, ".current") < 0 || renameat(home, ".current", home, "current") < 0)
                return error_errno(err, "naming the current mask");
        return 0;
}

static bool is_referred_to(int refs, const char *digest)
{
        int again = openat(refs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(io_close_dirp) DIR *dir = again < 0 ? NULL : fdopendir(again);
        struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                char target[DIGEST_LENGTH + 1];
                ssize_t n = readlinkat(refs, entry->d_name, target, sizeof(target));

                if (n == DIGEST_LENGTH && strncmp(target, digest, DIGEST_LENGTH) == 0)
                        return true;
        }
        return false;
}

/* Those that are neither current nor referred to, and have not been for a while. */
static void remove_unused(int home, int refs, const char *current)
{
        int again = openat(home, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(io_close_dirp) DIR *dir = again < 0 ? NULL : fdopendir(again);
        struct error ignored = { 0 };
        struct dirent *entry;
        struct stat what;

        while (dir && (entry = readdir(dir)))
                if (strlen(entry->d_name) == DIGEST_LENGTH && !text_equal(entry->d_name, current) &&
                    fstatat(home, entry->d_name, &what, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(what.st_mode) &&
                    time(NULL) - what.st_ctim.tv_sec > UNUSED_SECONDS && !is_referred_to(refs, entry->d_name))
                        (void)io_remove_tree_at(home, entry->d_name, &ignored);
}

static int make_locked(int home, int refs, const struct mask *mask, struct error *err)
{
        char old[DIGEST_LENGTH + 1] = "";
        int r = 0;

        if (faccessat(home, mask->digest, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                r = write_tree(home, mask, err);
        if (r < 0 || has_wishes(mask->wishes))
                return r;               /* one that somebody wished for is no one else's current */
        if (readlinkat(home, "current", old, DIGEST_LENGTH) == DIGEST_LENGTH && !text_equal(old, mask->digest))
                (void)fchmodat(home, old, 0755, 0);     /* its time of rest begins now */
        r = write_watch(home, mask, err);
        if (r >= 0)
                r = point_current(home, mask, err);
        remove_unused(home, refs, mask->digest);
        return r;
}

int mask_make(const struct mask *mask, const char *scratch_name, struct error *err)
{
        _cleanup_(io_closep) int home = open_home(mask->home), refs = -1;
        struct stat what;
        int r = 0;

        if (home < 0) {
                r = io_make_directories(mask->home, 0700, err);
                if (r < 0)
                        return r;
                home = open_home(mask->home);
        }
        if (home < 0)
                return error_errno(err, "opening %s", mask->home);
        if (fstat(home, &what) < 0 || what.st_uid != geteuid() || what.st_mode & 022)
                return error_set(err, E_ACCESS, "%s belongs to somebody else or is open to others; remove it", mask->home);
        if (mkdirat(home, "refs", 0700) < 0 && errno != EEXIST)
                return error_errno(err, "making %s/refs", mask->home);
        refs = openat(home, "refs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (refs < 0)
                return error_errno(err, "opening %s/refs", mask->home);

        /* First the reference: from here on nobody removes it. */
        if (symlinkat(mask->digest, refs, scratch_name) < 0)
                return error_errno(err, "referring to the mask");
        if (!mask->is_made) {
                if (flock(home, LOCK_EX) < 0)
                        return error_errno(err, "locking %s", mask->home);
                r = make_locked(home, refs, mask, err);
                (void)flock(home, LOCK_UN);
        } else if (faccessat(home, mask->digest, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
                r = error_set(err, E_NOT_FOUND, "the mask %s/%s was removed just now; try again", mask->home, mask->digest);
        }
        if (r < 0)
                (void)unlinkat(refs, scratch_name, 0);
        return r;
}

int layer_mask_release(const char *reference, struct error *err)
{
        return unlink(reference) < 0 && errno != ENOENT ? error_errno(err, "dropping %s", reference) : 0;
}
