/* In: entry by entry, each judged before anything of it is made. */
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "layers/archive/access-list.h"
#include "layers/archive/archive.h"
#include "layers/archive/attributes.h"
#include "layers/archive/input.h"
#include "layers/archive/place.h"
#include "layers/archive/seal.h"
#include "layers/archive/tally.h"

#define TELL_EVERY 128                  /* entries, and pieces of content */
#define HOLE 4096u

struct importer {
        const struct archive_import *wanted;
        struct input *input;
        struct tally *tally;
        struct place place;
        bool linked;                    /* a file has more than one name */
        struct archive_entry *entry;
        char below[NAMES_PATH_MAX + 2]; /* "/", and the entry's path */
        char *path;                     /* that alone */
        char target[NAMES_PATH_MAX + 1];        /* of a hard link */
        uint64_t entries, content, told;
        struct error *err;
};

static void tell(struct importer *importer)
{
        const struct archive_progress *progress = &importer->wanted->progress;

        if (progress->tell)
                progress->tell(progress->context, input_progress(importer->input), importer->wanted->total, importer->entries);
}

static void tell_sometimes(struct importer *importer)
{
        if (++importer->told % TELL_EVERY == 0)
                tell(importer);
}

static int refuse(struct importer *importer, const char *why)
{
        return error_set(importer->err, E_INVALID_DATA, "%s", why);
}

/* --- judging ---------------------------------------------------------------------------------------------------------------- */

static int read_look(struct importer *importer, struct place_look *ret)
{
        struct archive_entry *entry = importer->entry;
        int64_t uid = archive_entry_uid(entry), gid = archive_entry_gid(entry);

        if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
                return refuse(importer, "its owner is no number from 0 to 4294967294");
        *ret = (struct place_look){
                .mode = archive_entry_mode(entry), .uid = (uid_t)uid, .gid = (gid_t)gid,
                .modified = { .tv_sec = archive_entry_mtime(entry), .tv_nsec = archive_entry_mtime_nsec(entry) },
        };
        if (ret->modified.tv_nsec < 0 || ret->modified.tv_nsec >= 1000000000)
                return refuse(importer, "its time is none");
        if (ret->modified.tv_sec < 0 && ret->modified.tv_nsec > 0) {    /* libarchive reads "-1.75" as -1 and 0.75 */
                ret->modified.tv_sec--;
                ret->modified.tv_nsec = 1000000000 - ret->modified.tv_nsec;
        }
        return 0;
}

static int check_size(struct importer *importer)
{
        int64_t size = archive_entry_size(importer->entry);

        if (!archive_entry_size_is_set(importer->entry) || size < 0)
                return refuse(importer, "its size is not told");
        if (__builtin_add_overflow(importer->content, (uint64_t)size, &importer->content) ||
            importer->content > importer->wanted->limits.size)
                return error_set(importer->err, E_INVALID_DATA, "the files up to it have more than %llu bytes; --max-size allows more",
                                 (unsigned long long)importer->wanted->limits.size);
        return 0;
}

static int check_device(struct importer *importer)
{
        if (S_ISCHR(archive_entry_filetype(importer->entry)) && archive_entry_rdev(importer->entry) == 0)
                return refuse(importer, "a character device 0:0, which an overlay takes for a whiteout");
        if (!importer->wanted->devices)
                return error_set(importer->err, E_NOT_SUPPORTED, "a device node, which would give a sandbox the device itself; --devices "
                                 "allows them");
        if (!importer->place.as_root)
                return error_set(importer->err, E_ACCESS, "a device node, which only root can make");
        return 0;
}

/* --- content ---------------------------------------------------------------------------------------------------------------- */

static bool is_zero(const unsigned char *bytes, size_t length)
{
        return length == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

static int write_at(struct importer *importer, int fd, const unsigned char *bytes, size_t length, int64_t at)
{
        while (length > 0) {
                ssize_t n = pwrite(fd, bytes, length, at);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_errno(importer->err, "writing it");
                bytes += n;
                length -= (size_t)n;
                at += n;
        }
        return 0;
}

/* Whole pages of zeros stay holes; *end is where what was written ends. */
static int write_piece(struct importer *importer, int fd, const unsigned char *bytes, size_t length, int64_t at, int64_t *end)
{
        size_t from = 0, to = 0;
        int r = 0;

        while (r >= 0 && to < length) {
                size_t n = HOLE - (size_t)((uint64_t)(at + (int64_t)to) % HOLE);

                n = n < length - to ? n : length - to;
                if (n == HOLE && is_zero(bytes + to, n)) {
                        r = write_at(importer, fd, bytes + from, to - from, at + (int64_t)from);
                        from = to + n;
                }
                to += n;
        }
        if (r >= 0)
                r = write_at(importer, fd, bytes + from, to - from, at + (int64_t)from);
        if (to > from)
                *end = at + (int64_t)to;
        return r;
}

static int write_content(struct importer *importer, int fd, int64_t size)
{
        struct archive *tar = input_tar(importer->input);
        int64_t end = 0;
        const void *bytes;
        la_int64_t at;
        size_t length;
        int r;

        while ((r = archive_read_data_block(tar, &bytes, &length, &at)) == ARCHIVE_OK) {
                if (at < 0 || length > (uint64_t)size || at > size - (int64_t)length)
                        return refuse(importer, "it has more content than its size says");
                if (write_piece(importer, fd, bytes, length, at, &end) < 0)
                        return importer->err->code;
                tell_sometimes(importer);
        }
        if (r != ARCHIVE_EOF)
                return input_failed(importer->input, importer->err);
        return end < size && ftruncate(fd, size) < 0 ? error_errno(importer->err, "giving it its size") : 0;
}

/* --- entries ---------------------------------------------------------------------------------------------------------------- */

static int give_attributes(struct importer *importer)
{
        struct archive_entry *entry = importer->entry;
        const char *name;
        const void *value;
        size_t length;
        int r = 0;

        (void)archive_entry_xattr_reset(entry);
        while (r >= 0 && archive_entry_xattr_next(entry, &name, &value, &length) == ARCHIVE_OK)
                r = place_attribute(&importer->place, importer->path, name, value, length, importer->err);
        return r < 0 ? r : access_list_give(&importer->place, importer->path, entry, importer->err);
}

static int import_file(struct importer *importer, const struct place_look *look)
{
        _cleanup_(io_closep) int fd = -1;
        int64_t size = archive_entry_size(importer->entry);
        int r = check_size(importer);

        if (r >= 0)
                r = place_file(&importer->place, importer->path, &fd, importer->err);
        if (r >= 0)
                r = write_content(importer, fd, size);
        if (r >= 0 && importer->place.as_root && fchown(fd, look->uid, look->gid) < 0)
                r = error_errno(importer->err, "giving it its owner");
        if (r >= 0 && !importer->place.as_root && (look->uid || look->gid))
                importer->place.left_out++;
        if (r >= 0)
                r = give_attributes(importer);
        if (r >= 0)
                r = place_finish_file(&importer->place, fd, look, importer->err);
        return r < 0 ? r : tally_add(importer->tally, take_fd(fd), (uint64_t)size, importer->below, importer->err);
}

/* It was added as a file with one name, and the end's walk will add it with all of them. */
static int take_from_tree(void *context, int dir, const char *name, const struct stat *what)
{
        struct importer *importer = context;
        _cleanup_(io_closep) int file = -1;
        char path[NAMES_PATH_MAX + 2];
        struct tree *tree;
        int r;

        if (!S_ISREG(what->st_mode))
                return 0;
        importer->linked = true;
        if (what->st_nlink > 1)
                return 0;
        r = tally_wait(importer->tally, &tree, importer->err);
        if (r < 0)
                return r;
        file = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (file < 0)
                return error_errno(importer->err, "opening the hard link's target");
        snprintf(path, sizeof(path), "/%s", importer->target);
        return tree_take_file(tree, file, path, what, importer->err);
}

static int import_hardlink(struct importer *importer, const char *to)
{
        const struct place_link link = { take_from_tree, importer };
        char *target = importer->target;

        if (archive_entry_size_is_set(importer->entry) && archive_entry_size(importer->entry) > 0)
                return refuse(importer, "a hard link with content");
        if (names_clean(to, importer->wanted->limits.depth, target, importer->err) < 0)
                return error_wrap(importer->err, "a hard link to \"%.255s\"", to);
        return *target ? place_hardlink(&importer->place, importer->path, target, &link, importer->err)
                       : refuse(importer, "a hard link to the layer itself");
}

static int import_mark(struct importer *importer)
{
        if (archive_entry_hardlink(importer->entry) || archive_entry_filetype(importer->entry) != AE_IFREG)
                return refuse(importer, "a whiteout that is no plain file");
        if (archive_entry_size(importer->entry) > 0)
                return refuse(importer, "a whiteout with content");
        return place_mark(&importer->place, importer->path, importer->err);
}

static int import_other(struct importer *importer, const struct place_look *look)
{
        struct archive_entry *entry = importer->entry;
        const char *target;
        int r = 0;

        switch (archive_entry_filetype(entry)) {
        case AE_IFLNK:
                target = archive_entry_symlink(entry);
                r = place_symlink(&importer->place, importer->path, target ? target : "", look, importer->err);
                break;
        case AE_IFCHR:
        case AE_IFBLK:
                r = check_device(importer);
                if (r < 0)
                        return r;
                /* fall through */
        case AE_IFIFO:
                r = place_node(&importer->place, importer->path, archive_entry_filetype(entry) == AE_IFIFO ? 0 : archive_entry_rdev(entry),
                               look, importer->err);
                break;
        default:
                return refuse(importer, "a kind of entry that no layer has");
        }
        if (r >= 0)
                r = give_attributes(importer);
        return r < 0 ? r : place_finish_other(&importer->place, importer->path, look, importer->err);
}

static int import_entry(struct importer *importer)
{
        struct archive_entry *entry = importer->entry;
        const char *link = archive_entry_hardlink(entry);
        struct place_look look;
        int r = read_look(importer, &look);

        if (r < 0)
                return r;
        if (names_is_mark(names_last(importer->path)))
                return import_mark(importer);
        if (!*importer->path && (link || archive_entry_filetype(entry) != AE_IFDIR))
                return refuse(importer, "the layer itself, and no directory");
        if (link)
                return import_hardlink(importer, link);
        if (archive_entry_filetype(entry) == AE_IFREG)
                return import_file(importer, &look);
        if (archive_entry_filetype(entry) != AE_IFDIR)
                return import_other(importer, &look);
        r = place_directory(&importer->place, importer->path, &look, importer->err);
        return r < 0 ? r : give_attributes(importer);
}

/* --- all of it -------------------------------------------------------------------------------------------------------------- */

/* Names are bytes to us, and libarchive says so when they are none in the program's locale: that is all right.  Whatever else it
 * passes over would be missing without a word. */
static bool is_about_letters(struct archive *tar)
{
        const char *text = archive_error_string(tar);

        return text && strstr(text, "can't be converted");
}

static int import_next(struct importer *importer, bool *ret_done)
{
        struct archive *tar = input_tar(importer->input);
        int r = archive_read_next_header(tar, &importer->entry);
        const char *path;

        *ret_done = r == ARCHIVE_EOF;
        if (*ret_done)
                return 0;
        if (r < ARCHIVE_OK && !(r == ARCHIVE_WARN && is_about_letters(tar)))
                return input_failed(importer->input, importer->err);
        if (++importer->entries > importer->wanted->limits.entries)
                return error_set(importer->err, E_INVALID_DATA, "the archive has more than %llu entries; --max-entries allows more",
                                 (unsigned long long)importer->wanted->limits.entries);
        path = archive_entry_pathname(importer->entry);
        path = path ? path : "";
        r = names_clean(path, importer->wanted->limits.depth, importer->path, importer->err);
        if (r >= 0)
                r = import_entry(importer);
        if (r < 0)
                return error_wrap(importer->err, "entry \"%.512s\"", path);
        tell_sometimes(importer);
        return 0;
}

static void warn_of_left_out(const struct importer *importer)
{
        char text[200];

        if (!importer->place.left_out || !importer->wanted->warn)
                return;
        snprintf(text, sizeof(text), "%llu owners and extended attributes were left out: only root can keep them",
                 (unsigned long long)importer->place.left_out);
        importer->wanted->warn(importer->wanted->warn_context, text);
}

int archive_import(const struct archive_import *wanted, struct archive_sums *ret, struct error *err)
{
        _cleanup_(input_freep) struct input *input = NULL;
        _cleanup_(tally_freep) struct tally *tally = NULL;
        struct importer importer = { .wanted = wanted, .below = "/", .err = err };
        struct tree *tree = NULL;
        bool done = false;
        int r = input_new(wanted->in, &wanted->limits, &input, err);

        if (r >= 0)
                r = tally_new(&tally, err);
        importer.path = importer.below + 1;
        importer.input = input;
        importer.tally = tally;
        place_init(&importer.place, wanted->dir);
        while (r >= 0 && !done)
                r = import_next(&importer, &done);
        place_done(&importer.place);
        if (r >= 0)
                r = input_end(input, ret, err);
        if (r >= 0)
                r = tally_wait(tally, &tree, err);
        if (r >= 0)
                r = seal_tree(wanted->dir, importer.linked, tree, err);
        if (r < 0)
                return r;
        tree_text(tree, ret->tree);
        ret->entries = importer.entries;
        tell(&importer);
        warn_of_left_out(&importer);
        return 0;
}
