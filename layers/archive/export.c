/* Out: a walk over the upper directories, each name in the order of its bytes, parents first. */
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "layers/archive/archive.h"
#include "layers/archive/attributes.h"
#include "layers/archive/directory.h"
#include "layers/archive/links.h"
#include "layers/archive/names.h"
#include "layers/archive/output.h"

#define PIECE (64u << 10)
#define TELL_EVERY 256                  /* entries */

struct exporter {
        const struct archive_export *wanted;
        struct output *output;
        struct archive_entry *entry;
        struct links links;
        struct text path;               /* of what is being written, below the layer's top */
        uint64_t entries;
        struct error *err;
        unsigned char piece[PIECE];
};

/* --- one entry ------------------------------------------------------------------------------------------------------------ */

static void tell(struct exporter *exporter)
{
        const struct archive_progress *progress = &exporter->wanted->progress;

        if (progress->tell)
                progress->tell(progress->context, output_bytes(exporter->output), 0, exporter->entries);
}

/* A name that is no UTF-8 is written as the bytes that it is (hdrcharset=BINARY), and libarchive says so: that is all right. */
static bool is_about_letters(struct archive *tar)
{
        const char *text = archive_error_string(tar);

        return text && strstr(text, "to UTF-8");
}

static int write_header(struct exporter *exporter)
{
        struct archive *tar = output_tar(exporter->output);
        int r = archive_write_header(tar, exporter->entry);

        if (r != ARCHIVE_OK && !(r == ARCHIVE_WARN && is_about_letters(tar)))
                return output_failed(exporter->output, exporter->err);
        if (++exporter->entries % TELL_EVERY == 0)
                tell(exporter);
        return 0;
}

static int add_attribute(void *context, const char *name, const void *value, size_t length)
{
        struct exporter *exporter = context;

        if (text_ends_with(name, ".overlay.redirect") || text_ends_with(name, ".overlay.metacopy"))
                return error_set(exporter->err, E_NOT_SUPPORTED, "it has its content in a lower layer (%s): the overlay was mounted with "
                                 "redirect_dir or metacopy, and its upper layer can't be read alone", name);
        if (!attributes_is_ours(name))
                archive_entry_xattr_add_entry(exporter->entry, name, value, length);
        return 0;
}

static mode_t kind_of(mode_t mode)
{
        return S_ISREG(mode) ? AE_IFREG : S_ISDIR(mode) ? AE_IFDIR : S_ISLNK(mode) ? AE_IFLNK : S_ISFIFO(mode) ? AE_IFIFO :
               S_ISCHR(mode) ? AE_IFCHR : AE_IFBLK;
}

/* libarchive writes seconds, a point and nanoseconds, and so gets times before 1970 wrong: -2 and a quarter is "-1.75".  Between -1 and 0
 * it has no way to say it. */
static void set_time(struct archive_entry *entry, const struct timespec *time)
{
        if (time->tv_sec >= 0 || time->tv_nsec == 0)
                archive_entry_set_mtime(entry, time->tv_sec, time->tv_nsec);
        else if (time->tv_sec == -1)
                archive_entry_set_mtime(entry, -1, 0);
        else
                archive_entry_set_mtime(entry, time->tv_sec + 1, 1000000000 - time->tv_nsec);
}

/* Everything but the content and where a link leads to. */
static int describe(struct exporter *exporter, int dir, const char *name, const struct stat *what)
{
        struct archive_entry *entry = archive_entry_clear(exporter->entry);

        archive_entry_copy_pathname(entry, exporter->path.length ? exporter->path.data : "./");
        archive_entry_set_filetype(entry, kind_of(what->st_mode));
        archive_entry_set_perm(entry, what->st_mode & 07777);
        archive_entry_set_uid(entry, what->st_uid);
        archive_entry_set_gid(entry, what->st_gid);
        set_time(entry, &what->st_mtim);
        archive_entry_set_size(entry, 0);
        if (S_ISCHR(what->st_mode) || S_ISBLK(what->st_mode)) {
                archive_entry_set_rdevmajor(entry, major(what->st_rdev));
                archive_entry_set_rdevminor(entry, minor(what->st_rdev));
        }
        return attributes_each(dir, name, add_attribute, exporter, exporter->err);
}

/* An empty file with a name that says what is not there. */
static int write_mark(struct exporter *exporter, const char *name)
{
        struct archive_entry *entry = archive_entry_clear(exporter->entry);
        size_t length = exporter->path.length;
        int r;

        text_addf(&exporter->path, "%s%s", length ? "/" : "", name);
        r = text_check(&exporter->path, exporter->err);
        if (r < 0)
                return r;
        archive_entry_copy_pathname(entry, exporter->path.data);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0600);
        archive_entry_set_mtime(entry, 0, 0);
        archive_entry_set_size(entry, 0);
        r = write_header(exporter);
        exporter->path.length = length;
        exporter->path.data[length] = '\0';
        return r;
}

static int changed(struct exporter *exporter)
{
        return error_set(exporter->err, E_BUSY, "it changed while it was read; pause or stop the sandbox first");
}

static int copy_content(struct exporter *exporter, int file, const struct stat *what)
{
        struct stat after;
        uint64_t left = (uint64_t)what->st_size;

        while (left > 0) {
                ssize_t n = read(file, exporter->piece, left < PIECE ? (size_t)left : PIECE);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_errno(exporter->err, "reading it");
                if (n == 0)
                        return changed(exporter);
                if (archive_write_data(output_tar(exporter->output), exporter->piece, (size_t)n) != n)
                        return output_failed(exporter->output, exporter->err);
                left -= (uint64_t)n;
        }
        if (fstat(file, &after) < 0)
                return error_errno(exporter->err, "looking at it");
        return after.st_size != what->st_size || after.st_mtim.tv_sec != what->st_mtim.tv_sec ||
               after.st_mtim.tv_nsec != what->st_mtim.tv_nsec ? changed(exporter) : 0;
}

static int write_file(struct exporter *exporter, int dir, const char *name)
{
        _cleanup_(io_closep) int file = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        struct stat what;
        int r;

        if (file < 0)
                return error_errno(exporter->err, "opening it");
        if (fstat(file, &what) < 0)
                return error_errno(exporter->err, "looking at it");
        if (!S_ISREG(what.st_mode))
                return changed(exporter);
        r = describe(exporter, file, NULL, &what);     /* of the very file: a running sandbox may have given its name to another */
        if (r < 0)
                return r;
        archive_entry_set_size(exporter->entry, what.st_size);
        r = write_header(exporter);
        return r < 0 ? r : copy_content(exporter, file, &what);
}

static int write_other(struct exporter *exporter, int dir, const char *name, const struct stat *what)
{
        char target[NAMES_PATH_MAX + 2];
        ssize_t n;
        int r = describe(exporter, dir, name, what);

        if (r < 0)
                return r;
        if (S_ISLNK(what->st_mode)) {
                n = readlinkat(dir, name, target, sizeof(target) - 1);
                if (n < 0)
                        return error_errno(exporter->err, "reading the link");
                target[n] = '\0';
                archive_entry_copy_symlink(exporter->entry, target);
        }
        return write_header(exporter);
}

/* --- the walk ------------------------------------------------------------------------------------------------------------- */

static int skip_socket(struct exporter *exporter)
{
        char text[NAMES_PATH_MAX + 100];

        snprintf(text, sizeof(text), "/%s: a socket, which no archive can hold; left out", exporter->path.data);
        if (exporter->wanted->warn)
                exporter->wanted->warn(exporter->wanted->warn_context, text);
        return 0;
}

/* The second name of a file leads to the first. */
static int write_link(struct exporter *exporter, int dir, const char *name, const struct stat *what, const char *first)
{
        int r = describe(exporter, dir, name, what);

        if (r < 0)
                return r;
        archive_entry_copy_hardlink(exporter->entry, first);
        return write_header(exporter);
}

static int write_directory(struct exporter *exporter, int parent, const char *name);

static int write_child(struct exporter *exporter, int dir, const char *name, const struct stat *what)
{
        const char *first = NULL;
        int r = 0;

        if (S_ISDIR(what->st_mode))
                return write_directory(exporter, dir, name);
        if (S_ISSOCK(what->st_mode))
                return skip_socket(exporter);
        if (what->st_nlink > 1)
                r = links_find(&exporter->links, what, exporter->path.data, &first, exporter->err);
        if (r < 0)
                return r;
        if (first)
                return write_link(exporter, dir, name, what, first);
        return S_ISREG(what->st_mode) ? write_file(exporter, dir, name) : write_other(exporter, dir, name, what);
}

static bool is_whiteout(int dir, const char *name, const struct stat *what)
{
        char value[2];

        return directory_is_whiteout(what) ||
               (S_ISREG(what->st_mode) && what->st_size == 0 &&
                attributes_get(dir, name, geteuid() == 0 ? "trusted.overlay.whiteout" : "user.overlay.whiteout", value,
                               sizeof(value)) >= 0);
}

static int write_whiteout(struct exporter *exporter, const char *name)
{
        char mark[300];

        if (strlen(name) > 255 - NAMES_MARK_LENGTH)
                return error_set(exporter->err, E_NOT_SUPPORTED, "%.255s was deleted, and its name is too long to say so in a layer", name);
        snprintf(mark, sizeof(mark), NAMES_MARK "%s", name);
        return write_mark(exporter, mark);
}

/* `marks`: what was deleted goes before what is there. */
static int write_name(struct exporter *exporter, int dir, const char *name, bool marks)
{
        size_t length = exporter->path.length;
        struct stat what;
        int r;

        if (fstatat(dir, name, &what, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : error_errno(exporter->err, "looking at %s", name);
        if (names_is_mark(name)) {
                /* fuse-overlayfs (seen with 1.10) leaves a whiteout ".wh..opq" beside the opaque mark of what it makes. */
                if (exporter->wanted->marks_by_name && S_ISCHR(what.st_mode) && is_whiteout(dir, name, &what))
                        return 0;
                if (!exporter->wanted->marks_by_name || !S_ISREG(what.st_mode) || what.st_size > 0)
                        return error_set(exporter->err, E_NOT_SUPPORTED, "%s: in a layer the name would say that something was deleted; "
                                         "rename it", name);
                return marks && !text_equal(name, NAMES_OPAQUE) ? write_mark(exporter, name) : 0;
        }
        if (is_whiteout(dir, name, &what))
                return marks ? write_whiteout(exporter, name) : 0;
        if (marks)
                return 0;
        text_addf(&exporter->path, "%s%s", length ? "/" : "", name);
        r = text_check(&exporter->path, exporter->err);
        if (r >= 0)
                r = write_child(exporter, dir, name, &what);
        if (r < 0)
                return r;       /* with the path as it is: the message names it */
        exporter->path.length = length;
        exporter->path.data[length] = '\0';
        return 0;
}

static bool is_opaque(const struct exporter *exporter, int dir)
{
        static const char *const names[] = { "user.overlay.opaque", "user.fuseoverlayfs.opaque" };
        char value[2];

        if (exporter->wanted->marks_by_name && faccessat(dir, NAMES_OPAQUE, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return true;
        if (geteuid() == 0 && !exporter->wanted->marks_by_name)
                return attributes_get(dir, "", "trusted.overlay.opaque", value, sizeof(value)) == 1 && value[0] == 'y';
        for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
                if (attributes_get(dir, "", names[i], value, sizeof(value)) == 1 && value[0] == 'y')
                        return true;
        return false;
}

static int write_names(struct exporter *exporter, int dir)
{
        _cleanup_(text_done) struct text names = { 0 };
        const char **list;
        size_t count;
        int r = directory_sorted(dir, &names, &list, &count, exporter->err);

        if (r < 0)
                return r;
        for (size_t i = 0; r >= 0 && i < count; i++)
                r = write_name(exporter, dir, list[i], true);
        for (size_t i = 0; r >= 0 && i < count; i++)
                r = write_name(exporter, dir, list[i], false);
        free(list);
        return r;
}

static int write_directory(struct exporter *exporter, int parent, const char *name)
{
        _cleanup_(io_closep) int dir = -1;
        struct stat what;
        int r = directory_open(parent, name, &dir, exporter->err);

        if (r < 0)
                return r;
        if (fstat(dir, &what) < 0)
                return error_errno(exporter->err, "looking at it");
        r = describe(exporter, dir, "", &what);
        if (r >= 0)
                r = write_header(exporter);
        if (r >= 0 && is_opaque(exporter, dir))
                r = write_mark(exporter, NAMES_OPAQUE);
        return r < 0 ? r : write_names(exporter, dir);
}

/* --- all of it ------------------------------------------------------------------------------------------------------------ */

/* A file system of its own that nothing was written to says nothing. */
static int is_untouched(const struct archive_part *part, struct error *err)
{
        _cleanup_(text_done) struct text names = { 0 };
        const char **list;
        size_t count;
        int r;

        if (!*part->place)
                return 0;
        r = directory_sorted(part->dir, &names, &list, &count, err);
        if (r < 0)
                return r;
        free(list);
        return count == 0;
}

static int write_parts(struct exporter *exporter)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < exporter->wanted->part_count; i++) {
                const struct archive_part *part = &exporter->wanted->parts[i];

                r = is_untouched(part, exporter->err);
                if (r != 0)
                        continue;
                text_clear(&exporter->path);
                text_add(&exporter->path, part->place);
                r = write_directory(exporter, part->dir, ".");
        }
        return r > 0 ? 0 : r;
}

int archive_export(const struct archive_export *wanted, struct archive_sums *ret, struct error *err)
{
        _cleanup_(output_freep) struct output *output = NULL;
        struct exporter *exporter = calloc(1, sizeof(*exporter));
        int r;

        if (!exporter)
                return error_memory(err);
        (void)setlocale(LC_CTYPE, "C.UTF-8");   /* or libarchive takes no name beyond ASCII for UTF-8 */
        exporter->wanted = wanted;
        exporter->err = err;
        exporter->entry = archive_entry_new();
        r = exporter->entry ? output_new(wanted->out, wanted->compression, &output, err) : error_memory(err);
        exporter->output = output;
        if (r >= 0) {
                r = write_parts(exporter);
                if (r < 0)
                        (void)error_wrap(err, "/%s", exporter->path.length ? exporter->path.data : "");
        }
        if (r >= 0)
                r = output_end(output, ret, err);
        if (r >= 0) {
                ret->entries = exporter->entries;
                tell(exporter);
        }
        archive_entry_free(exporter->entry);
        links_done(&exporter->links);
        text_done(&exporter->path);
        free(exporter);
        return r;
}
