#include "layers/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "layers/changes.h"

#define NAMES_MAX 65536
#define DOOR "/proc/self/fd/%d"
#define DOOR_MAX 32

/* --- looks -------------------------------------------------------------------------------------------------------------- */

static int set_attribute(const char *from, const char *to, const char *name, char *value, struct error *err)
{
        ssize_t n = getxattr(from, name, value, NAMES_MAX);

        if (n < 0)
                return errno == ENODATA ? 0 : error_errno(err, "reading the attribute %s", name);
        return setxattr(to, name, value, (size_t)n, 0) < 0 ? error_errno(err, "setting the attribute %s", name) : 0;
}

/* Those that count become the same; others stay. */
static int copy_attributes(const char *from, const char *to, struct error *err)
{
        _cleanup_(free_charp) char *names = malloc(2 * NAMES_MAX);
        ssize_t length;
        int r = 0;

        if (!names)
                return error_memory(err);
        length = listxattr(to, names, NAMES_MAX);
        for (const char *name = names; length > 0 && name < names + length; name += strlen(name) + 1)
                if (change_counts_xattr(name) && getxattr(from, name, NULL, 0) < 0 && errno == ENODATA && removexattr(to, name) < 0)
                        return error_errno(err, "taking the attribute %s away", name);
        length = listxattr(from, names, NAMES_MAX);
        if (length < 0 && errno != ENOTSUP)
                return error_errno(err, "reading attributes");
        for (const char *name = names; r >= 0 && length > 0 && name < names + length; name += strlen(name) + 1)
                if (change_counts_xattr(name))
                        r = set_attribute(from, to, name, names + NAMES_MAX, err);
        return r;
}

int copy_looks(int from, int to, bool owners, bool times, struct error *err)
{
        char source[DOOR_MAX], target[DOOR_MAX];
        struct stat what;

        if (fstat(from, &what) < 0)
                return error_errno(err, "looking at it");
        snprintf(source, sizeof(source), DOOR, from);
        snprintf(target, sizeof(target), DOOR, to);
        if (owners && fchownat(to, "", what.st_uid, what.st_gid, AT_EMPTY_PATH) < 0)
                return error_errno(err, "giving it its owner");
        if (!S_ISLNK(what.st_mode)) {
                /* An access list changes the mode, and a change of owner takes set-uid and capabilities away: in this order. */
                if (copy_attributes(source, target, err) < 0)
                        return err->code;
                if (chmod(target, what.st_mode & 07777) < 0)
                        return error_errno(err, "giving it its mode");
        }
        if (times && utimensat(to, "", (struct timespec[2]){ what.st_atim, what.st_mtim }, AT_EMPTY_PATH) < 0)
                return error_errno(err, "giving it its time");
        return 0;
}

/* --- content ------------------------------------------------------------------------------------------------------------ */

static int copy_range(int from, int to, off_t begin, off_t end, struct error *err)
{
        char bytes[65536];

        while (begin < end) {
                size_t wanted = end - begin < (off_t)sizeof(bytes) ? (size_t)(end - begin) : sizeof(bytes);
                ssize_t n = pread(from, bytes, wanted, begin);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_errno(err, "reading it");
                if (n == 0)
                        return 0;
                for (ssize_t done = 0, m; done < n; done += m) {
                        m = pwrite(to, bytes + done, (size_t)(n - done), begin + done);
                        if (m < 0)
                                return error_errno(err, "writing it");
                }
                begin += n;
        }
        return 0;
}

/* Blocks are shared where the file system can; holes stay holes. */
static int copy_content(int from, int to, struct error *err)
{
        struct stat what;
        off_t data = 0;
        int r = 0;

        if (ioctl(to, FICLONE, from) == 0)
                return 0;
        if (fstat(from, &what) < 0)
                return error_errno(err, "looking at it");
        while (r >= 0 && data < what.st_size) {
                off_t hole;

                data = lseek(from, data, SEEK_DATA);
                if (data < 0 && errno == ENXIO)
                        break;          /* the rest is a hole */
                hole = data < 0 ? what.st_size : lseek(from, data, SEEK_HOLE);
                data = data < 0 ? 0 : data;
                r = copy_range(from, to, data, hole < 0 ? what.st_size : hole, err);
                data = hole < 0 ? what.st_size : hole;
        }
        if (r >= 0 && ftruncate(to, what.st_size) < 0)
                r = error_errno(err, "giving it its size");
        return r;
}

/* --- entries ------------------------------------------------------------------------------------------------------------ */

static int copy_file(int from, const char *name, int to, const char *to_name, bool owners, struct error *err)
{
        _cleanup_(io_closep) int source = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), target = -1;
        struct stat what;
        int r;

        if (source < 0 || fstat(source, &what) < 0)
                return error_errno(err, "opening it");
        if (!S_ISREG(what.st_mode))
                return error_set(err, E_BUSY, "it changes while it is read");
        target = openat(to, to_name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (target < 0)
                return error_errno(err, "making it");
        r = copy_content(source, target, err);
        return r < 0 ? r : copy_looks(source, target, owners, true, err);
}

static int make_link(int from, const char *name, int to, const char *to_name, struct error *err)
{
        char target[4097];
        ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

        if (n < 0)
                return error_errno(err, "reading the link");
        target[n] = '\0';
        return symlinkat(target, to, to_name) < 0 ? error_errno(err, "making the link") : 0;
}

int copy_entry(int from, const char *name, int to, const char *to_name, bool owners, struct error *err)
{
        _cleanup_(io_closep) int source = -1, target = -1;
        struct stat what, made;
        int r = 0;

        if (fstatat(from, name, &what, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(err, "looking at it");
        if (S_ISREG(what.st_mode))
                return copy_file(from, name, to, to_name, owners, err);
        if (S_ISDIR(what.st_mode))
                return mkdirat(to, to_name, 0700) < 0 ? error_errno(err, "making the directory") : 0;
        if (S_ISLNK(what.st_mode))
                r = make_link(from, name, to, to_name, err);
        else if (mknodat(to, to_name, (what.st_mode & S_IFMT) | 0600, what.st_rdev) < 0)
                r = error_errno(err, "making it");
        if (r < 0)
                return r;
        source = openat(from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        target = openat(to, to_name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (source < 0 || target < 0 || fstat(target, &made) < 0)
                return error_errno(err, "opening it");
        if ((made.st_mode & S_IFMT) != (what.st_mode & S_IFMT) || made.st_uid != geteuid())
                return error_set(err, E_ACCESS, "somebody else has put something into its place");
        return copy_looks(source, target, owners, true, err);
}
