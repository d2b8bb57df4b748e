/* tmpcopyup: a tmpfs that begins with what it covers. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/listing.h"
#include "hcs/base/text.h"
#include "hcs/local/init/init.h"

#define DEPTH_MAX 32                    /* of directories; deeper ones are refused, as nobody ships such */

static int copy_file(int from, int to, const char *name, const struct stat *what, struct error *err)
{
        _cleanup_(io_closep) int source = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_(io_closep) int target = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        off_t at = 0;

        if (source < 0 || target < 0)
                return error_errno(err, "copying %s", name);
        while (at < what->st_size) {
                ssize_t n = sendfile(target, source, &at, (size_t)(what->st_size - at));

                if (n < 0)
                        return error_errno(err, "copying %s", name);
                if (n == 0)
                        break;
        }
        if (fchown(target, what->st_uid, what->st_gid) < 0 || fchmod(target, what->st_mode & 07777) < 0)
                return error_errno(err, "copying the mode of %s", name);
        return 0;
}

static int copy_link(int from, int to, const char *name, const struct stat *what, struct error *err)
{
        char target[4096];
        ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

        if (n < 0)
                return error_errno(err, "copying the link %s", name);
        target[n] = '\0';
        if (symlinkat(target, to, name) < 0 || fchownat(to, name, what->st_uid, what->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(err, "copying the link %s", name);
        return 0;
}

static int copy_directory(int from, int to, unsigned depth, struct error *err);

static int copy_entry(int from, int to, const char *name, unsigned depth, struct error *err)
{
        _cleanup_(io_closep) int source = -1, target = -1;
        struct stat what;
        int r;

        if (fstatat(from, name, &what, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(err, "looking at %s", name);
        if (S_ISREG(what.st_mode))
                return copy_file(from, to, name, &what, err);
        if (S_ISLNK(what.st_mode))
                return copy_link(from, to, name, &what, err);
        if (!S_ISDIR(what.st_mode))
                return 0;

        source = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (source < 0 || mkdirat(to, name, 0700) < 0)
                return error_errno(err, "copying the directory %s", name);
        target = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (target < 0)
                return error_errno(err, "copying the directory %s", name);
        r = copy_directory(source, target, depth + 1, err);
        if (r < 0)
                return r;
        if (fchown(target, what.st_uid, what.st_gid) < 0 || fchmod(target, what.st_mode & 07777) < 0)
                return error_errno(err, "copying the mode of %s", name);
        return 0;
}

static int copy_directory(int from, int to, unsigned depth, struct error *err)
{
        _cleanup_(io_close_dirp) DIR *dir = NULL;
        struct dirent *entry;

        if (depth > DEPTH_MAX)
                return error_set(err, E_NOT_SUPPORTED, "tmpcopyup: more than %d directories deep", DEPTH_MAX);
        dir = listing_open(from, ".");
        if (!dir)
                return error_errno(err, "reading a directory to copy");
        while ((entry = listing_next(dir)))
                if (copy_entry(from, to, entry->d_name, depth, err) < 0)
                        return err->code;
        return 0;
}

int tree_copy_up(int from, int tree, struct error *err)
{
        return copy_directory(from, tree, 0, err);
}
