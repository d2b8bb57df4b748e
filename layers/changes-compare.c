/* One entry of a scratch against the one beneath it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"
#include "layers/changes.h"

#define NAMES_MAX 65536                 /* the kernel's own limit for a list of attributes, and for a value */
#define DOOR_MAX 320

/* By way of the descriptor, for entries that can't be opened themselves. */
static void door(char path[DOOR_MAX], int dir, const char *name)
{
        snprintf(path, DOOR_MAX, "/proc/self/fd/%d/%s", dir, name);
}

int change_look_at(int dir, const char *name, struct change_look *ret, struct timespec *ret_changed)
{
        struct stat what;

        *ret = (struct change_look){ 0 };
        if (dir < 0)
                return 0;
        if (fstatat(dir, name, &what, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
        *ret = (struct change_look){
                .mode = what.st_mode, .uid = what.st_uid, .gid = what.st_gid, .rdev = what.st_rdev, .size = (uint64_t)what.st_size,
                .file = what.st_ino, .links = what.st_nlink, .modified = what.st_mtim,
        };
        if (ret_changed)
                *ret_changed = what.st_ctim;
        return 0;
}

bool change_is_whiteout(const struct change_look *look)
{
        return S_ISCHR(look->mode) && look->rdev == makedev(0, 0);
}

char *change_read_mark(int dir, const char *name, const char *mark, enum changes_marks marks)
{
        static const char *const spaces[] = {
                [CHANGES_TRUSTED] = "trusted.overlay.", [CHANGES_USER] = "user.overlay.", [CHANGES_FUSE] = "user.fuseoverlayfs.",
        };
        char path[DOOR_MAX], attribute[64], value[4097];

        door(path, dir, name);
        for (int i = marks == CHANGES_FUSE ? 0 : (int)marks; i <= (int)marks; i++) {
                ssize_t n;

                snprintf(attribute, sizeof(attribute), "%s%s", spaces[i], mark);
                n = lgetxattr(path, attribute, value, sizeof(value) - 1);
                if (n < 0)
                        continue;
                value[n] = '\0';
                return strdup(value);
        }
        return NULL;
}

/* --- attributes --------------------------------------------------------------------------------------------------------- */

/* Labels are the machine's to give; trusted ones no sandbox can set. */
bool change_counts_xattr(const char *name)
{
        return text_equal(name, "security.capability") || text_starts_with(name, "system.posix_acl_") ||
               (text_starts_with(name, "user.") && !text_starts_with(name, "user.overlay.") &&
                !text_starts_with(name, "user.fuseoverlayfs."));
}

/* An entry by its descriptor, or in its directory where it is not open. */
struct bearer { int fd, dir; const char *name; };

/* Before Linux 6.13 there is only the way by a path, which takes three times as long. */
static bool is_no_call(ssize_t n)
{
        return n < 0 && (errno == ENOSYS || errno == EPERM);
}

static ssize_t list_names(const struct bearer *bearer, char *names, size_t size)
{
        char path[DOOR_MAX];
        ssize_t n;

        if (bearer->fd >= 0)
                return flistxattr(bearer->fd, names, size);
        n = sys_listxattrat(bearer->dir, bearer->name, AT_SYMLINK_NOFOLLOW, names, size);
        if (!is_no_call(n))
                return n;
        door(path, bearer->dir, bearer->name);
        return llistxattr(path, names, size);
}

static ssize_t get_value(const struct bearer *bearer, const char *name, void *value, size_t size)
{
        char path[DOOR_MAX];

        if (bearer->fd >= 0)
                return fgetxattr(bearer->fd, name, value, size);
        door(path, bearer->dir, bearer->name);
        return lgetxattr(path, name, value, size);
}

/* Those that count, one behind the other. */
struct attributes { char *names; ssize_t length; size_t count; bool metacopy; };

static void attributes_done(struct attributes *attributes)
{
        free(attributes->names);
}

static void keep_those_that_count(struct attributes *attributes, const char *list, ssize_t length)
{
        for (const char *name = list; name < list + length; name += strlen(name) + 1) {
                size_t size = strlen(name) + 1;

                attributes->metacopy |= text_equal(name, "trusted.overlay.metacopy");
                if (!change_counts_xattr(name))
                        continue;
                if (!attributes->names)
                        attributes->names = malloc((size_t)length);
                if (!attributes->names)
                        return;
                memcpy(attributes->names + attributes->length, name, size);
                attributes->length += (ssize_t)size;
                attributes->count++;
        }
}

static void attributes_read(struct attributes *attributes, const struct bearer *bearer)
{
        char few[1024], *list = few;
        ssize_t length = list_names(bearer, few, sizeof(few));

        if (length < 0 && errno == ERANGE) {
                list = malloc(NAMES_MAX);
                length = list ? list_names(bearer, list, NAMES_MAX) : 0;
        }
        keep_those_that_count(attributes, list, length);
        if (list != few)
                free(list);
}

static bool is_equal_value(const struct bearer *a, const struct bearer *b, const char *name)
{
        _cleanup_(free_charp) char *values = malloc(2 * NAMES_MAX);
        ssize_t length = values ? get_value(a, name, values, NAMES_MAX) : -1;

        return length >= 0 && get_value(b, name, values + NAMES_MAX, NAMES_MAX) == length &&
               memcmp(values, values + NAMES_MAX, (size_t)length) == 0;
}

/* What was found out of a pair so far: its contents, -1 where they did not have to be read, and the upper one's attributes. */
struct pair_state { int mine, other; bool has_attributes; struct attributes attributes; };

static void pair_done(struct pair_state *state)
{
        io_closep(&state->mine);
        io_closep(&state->other);
        attributes_done(&state->attributes);
}

static const struct attributes *own_attributes(const struct change_pair *pair, struct pair_state *state)
{
        const struct bearer bearer = { state->mine, pair->dir, pair->name };

        if (!state->has_attributes)
                attributes_read(&state->attributes, &bearer);
        state->has_attributes = true;
        return &state->attributes;
}

static bool has_equal_attributes(const struct change_pair *pair, struct pair_state *state)
{
        const struct bearer a = { state->mine, pair->dir, pair->name }, b = { state->other, pair->lower, pair->lower_name };
        const struct attributes *mine = own_attributes(pair, state);
        _cleanup_(attributes_done) struct attributes other = { 0 };

        attributes_read(&other, &b);
        if (mine->count != other.count)
                return false;
        for (const char *one = mine->names; one && one < mine->names + mine->length; one += strlen(one) + 1)
                if (!is_equal_value(&a, &b, one))
                        return false;
        return true;
}

/* --- content ------------------------------------------------------------------------------------------------------------ */

/* A read that a signal or a network file system cuts short is gone on with. */
static ssize_t fill(int fd, char *bytes, size_t size)
{
        size_t have = 0;

        while (have < size) {
                ssize_t n = read(fd, bytes + have, size - have);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -1;
                if (n == 0)
                        break;
                have += (size_t)n;
        }
        return (ssize_t)have;
}

/* Of two files that have `size` bytes both. */
static bool has_equal_content(const struct pair_state *open, uint64_t size)
{
        char mine[32768], other[32768];

        if (open->mine < 0 || open->other < 0)
                return false;
        while (size > 0) {
                size_t n = size < sizeof(mine) ? (size_t)size : sizeof(mine);

                if (fill(open->mine, mine, n) != (ssize_t)n || fill(open->other, other, n) != (ssize_t)n || memcmp(mine, other, n) != 0)
                        return false;
                size -= n;
        }
        return true;
}

static bool has_equal_target(int dir, int lower, const char *name, const char *lower_name)
{
        char mine[4096], other[4096];
        ssize_t n = readlinkat(dir, name, mine, sizeof(mine));

        return n >= 0 && readlinkat(lower, lower_name, other, sizeof(other)) == n && memcmp(mine, other, (size_t)n) == 0;
}

/* With metacopy only the content is missing in it: the file has that of what lies beneath. */
static bool is_same_file(const struct change_pair *pair, enum changes_marks marks, struct pair_state *ret)
{
        const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

        if (pair->after.size != pair->before.size)
                return false;
        if (pair->after.size == 0)
                return true;
        ret->mine = openat(pair->dir, pair->name, flags);
        if (ret->mine >= 0 && marks == CHANGES_TRUSTED && own_attributes(pair, ret)->metacopy)
                return true;
        ret->other = openat(pair->lower, pair->lower_name, flags);
        return has_equal_content(ret, pair->after.size);
}

static bool is_same_matter(const struct change_pair *pair, enum changes_marks marks, struct pair_state *ret)
{
        const struct change_look *after = &pair->after, *before = &pair->before;

        if (S_ISDIR(after->mode))
                return true;
        if (S_ISREG(after->mode))
                return is_same_file(pair, marks, ret);
        if (S_ISLNK(after->mode))
                return has_equal_target(pair->dir, pair->lower, pair->name, pair->lower_name);
        return !(S_ISCHR(after->mode) || S_ISBLK(after->mode)) || after->rdev == before->rdev;
}

unsigned change_compare(const struct change_pair *pair, const struct changes_question *question)
{
        const struct change_look *after = &pair->after, *before = &pair->before;
        _cleanup_(pair_done) struct pair_state open = { .mine = -1, .other = -1 };
        unsigned what = 0;

        if (!is_same_matter(pair, question->marks, &open))
                what |= CHANGE_CONTENT;
        if (!S_ISLNK(after->mode) && (after->mode & 07777) != (before->mode & 07777))
                what |= CHANGE_MODE;
        if (!question->ignore_owners && (after->uid != before->uid || after->gid != before->gid))
                what |= CHANGE_OWNER;
        if (!S_ISLNK(after->mode) && !has_equal_attributes(pair, &open))
                what |= CHANGE_XATTRS;
        if (!S_ISDIR(after->mode) && (after->modified.tv_sec != before->modified.tv_sec ||
                                      after->modified.tv_nsec != before->modified.tv_nsec))
                what |= CHANGE_TIME;
        return what;
}
