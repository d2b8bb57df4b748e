/* A walk from the leaves up, in whatever order a directory has: it needs a descriptor a level and no memory for names. */
#include "layers/archive/seal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "layers/archive/archive.h"
#include "layers/archive/attributes.h"
#include "layers/archive/directory.h"
#include "layers/archive/place.h"

#define PIECE (64u << 10)

struct walker {
        int (*directory)(struct walker *walker, int dir);       /* after what is in it */
        int (*other)(struct walker *walker, int dir, const char *name, const struct stat *what);    /* NULL: not asked */
        struct text path;
        uint64_t sum[4];
        struct digest digest;
        struct error *err;
        unsigned char piece[PIECE];
};

static int walk(struct walker *walker, int parent, const char *name);

static int walk_entry(struct walker *walker, int dir, const struct dirent *entry)
{
        size_t length = walker->path.length;
        struct stat what;
        int r;

        if (!walker->other && entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
                return 0;
        text_addf(&walker->path, "/%s", entry->d_name);
        r = text_check(&walker->path, walker->err);
        if (r >= 0 && fstatat(dir, entry->d_name, &what, AT_SYMLINK_NOFOLLOW) < 0)
                r = error_errno(walker->err, "looking at it");
        if (r >= 0 && S_ISDIR(what.st_mode))
                r = walk(walker, dir, entry->d_name);
        else if (r >= 0 && walker->other)
                r = walker->other(walker, dir, entry->d_name, &what);
        if (r < 0)
                return r;       /* with the path as it is: the message names it */
        walker->path.length = length;
        walker->path.data[length] = '\0';
        return 0;
}

static int walk(struct walker *walker, int parent, const char *name)
{
        _cleanup_(io_close_dirp) DIR *stream = NULL;
        struct dirent *entry;
        int dir = -1, r = directory_open(parent, name, &dir, walker->err);

        if (r < 0)
                return r;
        stream = fdopendir(dir);
        if (!stream) {
                close(dir);
                return error_errno(walker->err, "reading the directory");
        }
        while (r >= 0 && (errno = 0, entry = readdir(stream)))
                if (!text_equal(entry->d_name, ".") && !text_equal(entry->d_name, ".."))
                        r = walk_entry(walker, dir, entry);
        if (r >= 0 && errno)
                r = error_errno(walker->err, "reading the directory");
        return r < 0 ? r : walker->directory(walker, dir);
}

static int walk_all(struct walker *walker, int dir)
{
        int r = walk(walker, dir, ".");

        if (r < 0)
                (void)error_wrap(walker->err, "%s", walker->path.length ? walker->path.data : "/");
        text_done(&walker->path);
        return r;
}

/* --- sealing ---------------------------------------------------------------------------------------------------------------- */

static int give_list(struct walker *walker, int dir)
{
        long length = attributes_get(dir, "", attributes_pending_list_name(), walker->piece, PIECE);

        if (length < 0)
                return 0;
        if (attributes_set(dir, "", "system.posix_acl_default", walker->piece, (size_t)length) < 0 ||
            attributes_remove(dir, "", attributes_pending_list_name()) < 0)
                return error_errno(walker->err, "giving it its default access list");
        return 0;
}

static int seal(struct walker *walker, int dir)
{
        struct place_pending pending = { .mode = 0755 };
        bool noted = attributes_get(dir, "", attributes_pending_name(), &pending, sizeof(pending)) == sizeof(pending);
        const struct timespec time = { .tv_sec = pending.seconds, .tv_nsec = pending.nanoseconds };
        const struct timespec times[2] = { time, time };

        if (noted && attributes_remove(dir, "", attributes_pending_name()) < 0)
                return error_errno(walker->err, "taking the note of its mode away");
        if (give_list(walker, dir) < 0)
                return walker->err->code;
        if (fchmod(dir, pending.mode) < 0)
                return error_errno(walker->err, "giving it its mode");
        return futimens(dir, times) < 0 ? error_errno(walker->err, "giving it its time") : 0;
}

int seal_tree(int dir, struct error *err)
{
        struct walker *walker = calloc(1, sizeof(*walker));
        int r;

        if (!walker)
                return error_memory(err);
        walker->directory = seal;
        walker->err = err;
        r = walk_all(walker, dir);
        free(walker);
        return r;
}

/* --- the digest ------------------------------------------------------------------------------------------------------------- */

/* The sum of the digests of all entries, 256 bits long: no order is in a sum. */
static void add_to_sum(struct walker *walker)
{
        char text[DIGEST_TEXT_MAX], part[17] = "";
        unsigned carry = 0;

        digest_end(&walker->digest, text, DIGEST_TEXT_MAX - 1);
        for (size_t i = 0; i < 4; i++) {
                unsigned long long word, with;

                memcpy(part, text + 16 * i, 16);
                word = strtoull(part, NULL, 16);
                with = walker->sum[i] + carry;
                carry = with < carry;
                walker->sum[i] = with + word;
                carry += walker->sum[i] < word;
        }
}

static void add_number(struct walker *walker, uint64_t number)
{
        unsigned char bytes[8];

        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (unsigned char)(number >> (8 * i));
        digest_add(&walker->digest, bytes, sizeof(bytes));
}

static int add_attribute(void *context, const char *name, const void *value, size_t length)
{
        struct walker *walker = context;

        digest_add(&walker->digest, name, strlen(name) + 1);
        add_number(walker, length);
        digest_add(&walker->digest, value, length);
        return 0;
}

static int add_look(struct walker *walker, int dir, const char *name, const struct stat *what)
{
        digest_begin(&walker->digest);
        digest_add(&walker->digest, walker->path.length ? walker->path.data : "", walker->path.length + (walker->path.length > 0));
        add_number(walker, what->st_mode);
        add_number(walker, what->st_uid);
        add_number(walker, what->st_gid);
        add_number(walker, (uint64_t)what->st_mtim.tv_sec);
        add_number(walker, (uint64_t)what->st_mtim.tv_nsec);
        if (!S_ISDIR(what->st_mode)) {
                add_number(walker, what->st_nlink);
                add_number(walker, (uint64_t)what->st_size);
                add_number(walker, what->st_rdev);
        }
        return attributes_each(dir, name, add_attribute, walker, walker->err);
}

static int add_content(struct walker *walker, int dir, const char *name)
{
        _cleanup_(io_closep) int file = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        ssize_t n = -1;

        if (file < 0)
                return error_errno(walker->err, "opening it");
        while ((n = read(file, walker->piece, PIECE)) > 0 || (n < 0 && errno == EINTR))
                if (n > 0)
                        digest_add(&walker->digest, walker->piece, (size_t)n);
        return n < 0 ? error_errno(walker->err, "reading it") : 0;
}

static int digest_directory(struct walker *walker, int dir)
{
        struct stat what;

        if (fstat(dir, &what) < 0)
                return error_errno(walker->err, "looking at it");
        if (add_look(walker, dir, "", &what) < 0)
                return walker->err->code;
        add_to_sum(walker);
        return 0;
}

static int digest_other(struct walker *walker, int dir, const char *name, const struct stat *what)
{
        ssize_t n;
        int r = add_look(walker, dir, name, what);

        if (r >= 0 && S_ISREG(what->st_mode))
                r = add_content(walker, dir, name);
        if (r >= 0 && S_ISLNK(what->st_mode)) {
                n = readlinkat(dir, name, (char *)walker->piece, PIECE);
                if (n < 0)
                        return error_errno(walker->err, "reading the link");
                digest_add(&walker->digest, walker->piece, (size_t)n);
        }
        if (r < 0)
                return r;
        add_to_sum(walker);
        return 0;
}

int archive_tree_digest(int dir, char ret[DIGEST_TEXT_MAX], struct error *err)
{
        struct walker *walker = calloc(1, sizeof(*walker));
        int r;

        if (!walker)
                return error_memory(err);
        walker->directory = digest_directory;
        walker->other = digest_other;
        walker->err = err;
        r = walk_all(walker, dir);
        if (r >= 0)
                snprintf(ret, DIGEST_TEXT_MAX, "%016llx%016llx%016llx%016llx", (unsigned long long)walker->sum[3],
                         (unsigned long long)walker->sum[2], (unsigned long long)walker->sum[1], (unsigned long long)walker->sum[0]);
        free(walker);
        return r;
}
