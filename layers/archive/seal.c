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

struct walker {
        int (*directory)(struct walker *walker, int dir);       /* after what is in it */
        int (*other)(struct walker *walker, int dir, const char *name, const struct stat *what);
        bool pass_files;                /* plain files are not looked at */
        struct tree *tree;
        struct text path;
        struct error *err;
};

static const char *path_of(const struct walker *walker)
{
        return walker->path.length ? walker->path.data : "";
}

static int walk(struct walker *walker, int parent, const char *name);

static int walk_entry(struct walker *walker, int dir, const struct dirent *entry)
{
        size_t length = walker->path.length;
        struct stat what;
        int r;

        if (walker->pass_files && entry->d_type == DT_REG)
                return 0;
        text_addf(&walker->path, "/%s", entry->d_name);
        r = text_check(&walker->path, walker->err);
        if (r >= 0 && fstatat(dir, entry->d_name, &what, AT_SYMLINK_NOFOLLOW) < 0)
                r = error_errno(walker->err, "looking at it");
        if (r >= 0 && S_ISDIR(what.st_mode))
                r = walk(walker, dir, entry->d_name);
        else if (r >= 0)
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
        unsigned char *list = walker->tree->piece;
        long length = attributes_get(dir, "", attributes_pending_list_name(), list, TREE_PIECE);

        if (length < 0)
                return 0;
        if (attributes_set(dir, "", "system.posix_acl_default", list, (size_t)length) < 0 ||
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

/* --- the digest ------------------------------------------------------------------------------------------------------------- */

static int digest_directory(struct walker *walker, int dir)
{
        return tree_add_directory(walker->tree, dir, path_of(walker), walker->err);
}

static int digest_other(struct walker *walker, int dir, const char *name, const struct stat *what)
{
        return tree_add_other(walker->tree, dir, name, path_of(walker), what, walker->err);
}

static int seal_and_digest(struct walker *walker, int dir)
{
        int r = seal(walker, dir);

        return r < 0 ? r : digest_directory(walker, dir);
}

/* What the importer has not added: it did add files that have one name. */
static int digest_rest(struct walker *walker, int dir, const char *name, const struct stat *what)
{
        return S_ISREG(what->st_mode) && what->st_nlink == 1 ? 0 : digest_other(walker, dir, name, what);
}

int seal_tree(int dir, bool linked, struct tree *tree, struct error *err)
{
        struct walker walker = {
                .directory = seal_and_digest, .other = digest_rest, .pass_files = !linked, .tree = tree, .err = err,
        };

        return walk_all(&walker, dir);
}

int archive_tree_digest(int dir, char ret[DIGEST_TEXT_MAX], struct error *err)
{
        struct tree *tree = calloc(1, sizeof(*tree));
        struct walker walker = { .directory = digest_directory, .other = digest_other, .tree = tree, .err = err };
        int r = tree ? walk_all(&walker, dir) : error_memory(err);

        if (r >= 0)
                tree_text(tree, ret);
        free(tree);
        return r;
}
