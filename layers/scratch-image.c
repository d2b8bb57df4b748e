#include "layers/scratch-image.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/loop.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"

#define IMAGE_NEW SCRATCH_IMAGE ".new"
#define BLOCK 4096u
#define JOURNAL_MIN (2048 * BLOCK)      /* smaller ones have no room for one, as mkfs.ext4 has it, too */
#define IMAGE_NUMBER 3                  /* the file, in the programs that are run */
#define IMAGE_NAME "/proc/self/fd/3"

/* --- e2fsprogs ---------------------------------------------------------------------------------------------------------- */

/* It has the file by descriptor: whatever is called so meanwhile, and for as long as it lives with our lock on it, if we are killed. */
static int spawn(const char *const *args, int image, int words, pid_t *ret, struct error *err)
{
        static const char *const places[] = { "/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin" };
        char *const environment[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)"LC_ALL=C", NULL };
        posix_spawn_file_actions_t actions;
        char path[64];
        int failure;

        snprintf(path, sizeof(path), "%s", args[0]);
        for (size_t i = 0; i < ARRAY_LENGTH(places) && *path != '/'; i++) {
                snprintf(path, sizeof(path), "%s/%s", places[i], args[0]);
                if (access(path, X_OK) < 0)
                        snprintf(path, sizeof(path), "%s", args[0]);
        }
        failure = posix_spawn_file_actions_init(&actions);
        if (failure)
                return error_errnum(err, failure, "running %s", args[0]);
        failure = posix_spawn_file_actions_adddup2(&actions, words, 1);
        if (!failure)
                failure = posix_spawn_file_actions_adddup2(&actions, words, 2);
        if (!failure)
                failure = posix_spawn_file_actions_adddup2(&actions, image, IMAGE_NUMBER);
        if (!failure)
                failure = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        if (!failure)
                failure = posix_spawnp(ret, path, &actions, NULL, (char *const *)(uintptr_t)args, environment);
        (void)posix_spawn_file_actions_destroy(&actions);
        if (failure == ENOENT)
                return error_set(err, E_NOT_FOUND, "%s is not there, which a scratch of limited size on a disk needs: install e2fsprogs",
                                 args[0]);
        return failure ? error_errnum(err, failure, "running %s", args[0]) : 0;
}

/* The last line of what it said. */
static void read_words(int words, char *ret, size_t size)
{
        off_t end = lseek(words, 0, SEEK_END);
        ssize_t n;
        char *line;

        n = pread(words, ret, size - 1, end > (off_t)size - 1 ? end - (off_t)size + 1 : 0);
        ret[n > 0 ? n : 0] = '\0';
        while ((n = (ssize_t)strlen(ret)) > 0 && (ret[n - 1] == '\n' || ret[n - 1] == ' '))
                ret[n - 1] = '\0';
        line = strrchr(ret, '\n');
        if (line)
                memmove(ret, line + 1, strlen(line + 1) + 1);
}

/* A status up to `most` is well. */
static int run(const char *const *args, int image, int most, struct error *err)
{
        _cleanup_(io_closep) int words = memfd_create("words", MFD_CLOEXEC), high = -1;
        char said[256];
        int status, r;
        pid_t child;

        if (words < 0)
                return error_errno(err, "making room for what %s says", args[0]);
        high = fcntl(image, F_DUPFD_CLOEXEC, IMAGE_NUMBER + 1);         /* dup2 onto itself would leave it close-on-exec */
        if (high < 0)
                return error_errno(err, "copying a descriptor");
        r = spawn(args, high, words, &child, err);
        if (r < 0)
                return r;
        while (waitpid(child, &status, 0) < 0)
                if (errno != EINTR)
                        return error_errno(err, "waiting for %s", args[0]);
        if (WIFEXITED(status) && WEXITSTATUS(status) <= most)
                return 0;
        read_words(words, said, sizeof(said));
        return error_set(err, E_UNEXPECTED_FAILURE, "%s ended with %s %d: %s", args[0], WIFEXITED(status) ? "status" : "signal",
                         WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), said);
}

/* --- making ------------------------------------------------------------------------------------------------------------- */

int scratch_image_size(int dir, uint64_t *ret, struct error *err)
{
        struct stat what;

        *ret = 0;
        if (fstatat(dir, SCRATCH_IMAGE, &what, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : error_errno(err, "looking at the scratch's " SCRATCH_IMAGE);
        if (!S_ISREG(what.st_mode))
                return error_set(err, E_INVALID_DATA, "the scratch's " SCRATCH_IMAGE " is no file");
        *ret = (uint64_t)what.st_size;
        return 0;
}

static int set_size(int image, uint64_t size, struct error *err)
{
        if (size > INT64_MAX || ftruncate(image, (off_t)size) < 0) {
                if (size > INT64_MAX)
                        errno = EFBIG;
                return error_errno(err, "making a file of %llu bytes", (unsigned long long)size);
        }
        return 0;
}

/* The file is sparse and zero: nothing of it needs to be cleared or given back, and lazy_itable_init=0 would allocate the tables. */
static int fill(int dir, const char *path, int image, bool keep, struct error *err)
{
        const char *journal = keep ? "has_journal" : "^has_journal";
        _cleanup_(free_charp) char *tree = NULL;
        int r = path_join(path, SCRATCH_IMAGE_TREE, &tree, err);

        if (r >= 0)
                r = run((const char *const []){ "mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0", "-e", "remount-ro", "-O", journal, "-E",
                                                "lazy_itable_init=1,lazy_journal_init=1,nodiscard", "-d", tree, IMAGE_NAME, NULL },
                        image, 0, err);
        if (r >= 0 && keep && fsync(image) < 0)
                r = error_errno(err, "writing it to the disk");
        if (r >= 0 && renameat(dir, IMAGE_NEW, dir, SCRATCH_IMAGE) < 0)
                r = error_errno(err, "putting it in place");
        return r;
}

int scratch_image_make(int dir, const char *path, uint64_t size, bool keep, struct error *err)
{
        _cleanup_(io_closep) int image = -1;
        int r;

        if (size < SCRATCH_IMAGE_MIN)
                return error_set(err, E_INVALID_PARAMETER, "a limit of %llu bytes is too small for one on a disk; the least is %u",
                                 (unsigned long long)size, SCRATCH_IMAGE_MIN);
        if (unlinkat(dir, IMAGE_NEW, 0) < 0 && errno != ENOENT)
                return error_errno(err, "removing a " IMAGE_NEW " from before");
        image = openat(dir, IMAGE_NEW, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (image < 0)
                return error_errno(err, "making its " IMAGE_NEW);
        r = set_size(image, size, err);
        if (r >= 0)
                r = fill(dir, path, image, keep, err);
        if (r >= 0)
                r = io_remove_tree_at(dir, SCRATCH_IMAGE_TREE, err);
        else
                (void)unlinkat(dir, IMAGE_NEW, 0);
        return r;
}

int scratch_image_keep(int dir, struct error *err)
{
        _cleanup_(io_closep) int image = -1;
        uint64_t size;
        int r = scratch_image_size(dir, &size, err);

        if (r < 0 || size < JOURNAL_MIN)
                return r;
        r = loop_lock(dir, SCRATCH_IMAGE, &image, err);
        return r < 0 ? r : run((const char *const []){ "tune2fs", "-O", "has_journal", IMAGE_NAME, NULL }, image, 0, err);
}

/* --- growing ------------------------------------------------------------------------------------------------------------ */

/* What the file system says of itself (ext4's superblock at 1024: s_blocks_count_lo, _hi); ours have blocks of 4096 bytes. */
static int read_blocks(int image, uint64_t *ret, struct error *err)
{
        unsigned char super[1024];

        if (pread(image, super, sizeof(super), 1024) != (ssize_t)sizeof(super) || super[0x38] != 0x53 || super[0x39] != 0xef)
                return error_set(err, E_INVALID_DATA, "its " SCRATCH_IMAGE " holds no ext4");
        *ret = 0;
        for (int i = 3; i >= 0; i--)
                *ret = *ret << 8 | super[0x150 + i];
        for (int i = 3; i >= 0; i--)
                *ret = *ret << 8 | super[0x4 + i];
        return 0;
}

/* What is interrupted here goes on the next time: then the file is larger than what is in it. */
static int resize(int image, uint64_t from, uint64_t to, struct error *err)
{
        static const char *const check[] = { "e2fsck", "-f", "-p", IMAGE_NAME, NULL }, *const grow[] = { "resize2fs", IMAGE_NAME, NULL };
        int r = set_size(image, to, err);

        if (r < 0)
                return r;
        r = run(check, image, 1, err);          /* 1: something was put right */
        if (r >= 0)
                return run(grow, image, 0, err);
        if (ftruncate(image, (off_t)from) < 0)
                return error_wrap(err, "(and it keeps its new size)");
        return r;
}

int scratch_image_grow(int dir, uint64_t size, struct error *err)
{
        _cleanup_(io_closep) int image = -1;
        uint64_t there, blocks = 0;
        int r = scratch_image_size(dir, &there, err);

        if (r < 0)
                return r;
        if (size && size < there)
                return error_set(err, E_INVALID_PARAMETER, "it is limited to %llu bytes, and can't be made smaller, to %llu; leave the "
                                 "size out, or take another scratch", (unsigned long long)there, (unsigned long long)size);
        image = openat(dir, SCRATCH_IMAGE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (image < 0)
                return error_errno(err, "opening its " SCRATCH_IMAGE);
        r = read_blocks(image, &blocks, err);
        if (r < 0)
                return r;
        size = size ? size : there;
        if (size == there && blocks == size / BLOCK)
                return 0;
        io_closep(&image);
        image = -1;
        r = loop_lock(dir, SCRATCH_IMAGE, &image, err);
        if (r >= 0)
                r = resize(image, there, size, err);
        return r < 0 ? error_wrap(err, "growing it to %llu bytes", (unsigned long long)size) : 0;
}
