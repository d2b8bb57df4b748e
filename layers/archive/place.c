#include "layers/archive/place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "layers/archive/attributes.h"
#include "layers/archive/directory.h"

#define BELOW (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV)

void place_init(struct place *place, int dir)
{
        *place = (struct place){ .dir = dir, .as_root = geteuid() == 0, .parent = -1 };
}

void place_done(struct place *place)
{
        io_closep(&place->parent);
        place->parent = -1;
}

/* --- what is in the way ----------------------------------------------------------------------------------------------------- */

static int make_opaque(int dir, const char *name, struct error *err)
{
        return attributes_set(dir, name, attributes_opaque_name(), "y", 1) < 0
                       ? error_errno(err, "marking the directory as opaque") : 0;
}

/* Something has the name already.  Positive: it was a whiteout and is gone, so the name is free and hides what lies below. */
static int clear_way(int dir, const char *name, struct error *err)
{
        struct stat there;

        if (fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(err, "looking at what is there");
        if (!directory_is_whiteout(&there))
                return error_set(err, E_INVALID_DATA, "the archive has %s with this name already",
                                 S_ISDIR(there.st_mode) ? "a directory" : "something");
        if (unlinkat(dir, name, 0) < 0)
                return error_errno(err, "replacing the whiteout");
        return 1;
}

/* --- the way down ----------------------------------------------------------------------------------------------------------- */

static int open_below(int dir, const char *path)
{
        return sys_openat2(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, BELOW);
}

/* The directory `name`, made when it is not there. */
static int enter(int dir, const char *name, int *ret_fd, struct error *err)
{
        struct stat there;
        int r, fd;

        if (mkdirat(dir, name, 0700) < 0) {
                if (errno != EEXIST)
                        return error_errno(err, "making the directory %.255s on its way", name);
                if (fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) < 0)
                        return error_errno(err, "looking at %.255s on its way", name);
                if (S_ISLNK(there.st_mode))
                        return error_set(err, E_INVALID_DATA, "in its path \"%.255s\" is a symbolic link already", name);
                if (!S_ISDIR(there.st_mode) && !directory_is_whiteout(&there))
                        return error_set(err, E_INVALID_DATA, "in its path \"%.255s\" is something else than a directory already", name);
                if (directory_is_whiteout(&there)) {
                        r = clear_way(dir, name, err);
                        if (r >= 0 && mkdirat(dir, name, 0700) < 0)
                                r = error_errno(err, "making the directory %.255s on its way", name);
                        if (r >= 0)
                                r = make_opaque(dir, name, err);
                        if (r < 0)
                                return r;
                }
        }
        fd = open_below(dir, name);
        if (fd < 0)
                return error_errno(err, "opening the directory %.255s on its way", name);
        *ret_fd = fd;
        return 0;
}

static int walk_down(const struct place *place, const char *path, size_t length, int *ret_fd, struct error *err)
{
        _cleanup_(io_closep) int dir = open_below(place->dir, ".");
        char name[256];
        int r;

        if (dir < 0)
                return error_errno(err, "opening the layer");
        for (const char *at = path; at < path + length;) {
                size_t n = strcspn(at, "/");
                int next = -1;

                memcpy(name, at, n);
                name[n] = '\0';
                r = enter(dir, name, &next, err);
                if (r < 0)
                        return r;
                close(dir);
                dir = next;
                at += n + (at[n] == '/');
        }
        *ret_fd = take_fd(dir);
        return 0;
}

/* The directory that `path` is in, which stays ours; *ret_name is the name in it. */
static int parent_of(struct place *place, const char *path, int *ret_fd, const char **ret_name, struct error *err)
{
        const char *name = names_last(path);
        size_t length = name > path ? (size_t)(name - path - 1) : 0;
        int fd = -1, r;

        *ret_name = name;
        if (place->parent >= 0 && strlen(place->parent_path) == length && memcmp(place->parent_path, path, length) == 0) {
                *ret_fd = place->parent;
                return 0;
        }
        r = walk_down(place, path, length, &fd, err);
        if (r < 0)
                return r;
        place_done(place);
        place->parent = fd;
        memcpy(place->parent_path, path, length);
        place->parent_path[length] = '\0';
        *ret_fd = fd;
        return 0;
}

/* --- looks ------------------------------------------------------------------------------------------------------------------ */

static int give_owner(struct place *place, int dir, const char *name, const struct place_look *look, struct error *err)
{
        if (!place->as_root) {
                if (look->uid != 0 || look->gid != 0)
                        place->left_out++;
                return 0;
        }
        return fchownat(dir, name, look->uid, look->gid, AT_SYMLINK_NOFOLLOW) < 0 ? error_errno(err, "giving it its owner") : 0;
}

int place_attribute(struct place *place, const char *path, const char *name, const void *value, size_t length, struct error *err)
{
        struct stat what;
        const char *last;
        int dir = place->dir, r;

        if (attributes_is_ours(name))
                return error_set(err, E_INVALID_DATA, "it brings the extended attribute %s, which would change how the layer is read",
                                 name);
        if (length > ATTRIBUTES_VALUE_MAX || strlen(name) > 255)
                return error_set(err, E_INVALID_DATA, "its extended attribute %.255s is larger than any file system takes", name);
        r = *path ? parent_of(place, path, &dir, &last, err) : 0;
        if (r < 0)
                return r;
        last = *path ? last : "";
        /* What lies in a directory would inherit it. */
        if (text_equal(name, "system.posix_acl_default") && fstatat(dir, *last ? last : ".", &what, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISDIR(what.st_mode))
                name = attributes_pending_list_name();
        if (attributes_set(dir, last, name, value, length) == 0)
                return 0;
        if (!place->as_root && (errno == EPERM || errno == EOPNOTSUPP)) {
                place->left_out++;
                return 0;
        }
        return error_errno(err, "giving it its extended attribute %s", name);
}

int place_finish_other(struct place *place, const char *path, const struct place_look *look, struct error *err)
{
        const struct timespec times[2] = { look->modified, look->modified };
        const char *name;
        int dir, r = parent_of(place, path, &dir, &name, err);

        if (r < 0)
                return r;
        if (!S_ISLNK(look->mode) && fchmodat(dir, name, look->mode & 07777, 0) < 0)
                return error_errno(err, "giving it its mode");
        return utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? error_errno(err, "giving it its time") : 0;
}

/* --- kinds ------------------------------------------------------------------------------------------------------------------ */

int place_directory(struct place *place, const char *path, const struct place_look *look, struct error *err)
{
        const struct place_pending pending = {
                .mode = look->mode & 07777, .seconds = look->modified.tv_sec, .nanoseconds = (uint32_t)look->modified.tv_nsec,
        };
        _cleanup_(io_closep) int made = -1;
        const char *name = ".";
        int dir = place->dir, r = 0;

        if (*path)
                r = parent_of(place, path, &dir, &name, err);
        if (r >= 0 && *path)
                r = enter(dir, name, &made, err);
        if (r >= 0)
                r = give_owner(place, dir, name, look, err);
        if (r < 0)
                return r;
        return attributes_set(dir, name, attributes_pending_name(), &pending, sizeof(pending)) < 0
                       ? error_errno(err, "noting its mode and time") : 0;
}

int place_file(struct place *place, const char *path, int *ret_fd, struct error *err)
{
        const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        const char *name;
        int dir, fd, r = parent_of(place, path, &dir, &name, err);

        if (r < 0)
                return r;
        fd = openat(dir, name, flags, 0600);
        if (fd < 0 && errno == EEXIST) {
                r = clear_way(dir, name, err);
                if (r < 0)
                        return r;
                fd = openat(dir, name, flags, 0600);
        }
        if (fd < 0)
                return error_errno(err, "making it");
        *ret_fd = fd;
        return 0;
}

int place_finish_file(struct place *place, int fd, const struct place_look *look, struct error *err)
{
        const struct timespec times[2] = { look->modified, look->modified };

        (void)place;
        if (fchmod(fd, look->mode & 07777) < 0)
                return error_errno(err, "giving it its mode");
        return futimens(fd, times) < 0 ? error_errno(err, "giving it its time") : 0;
}

/* Calls fn, and once more when a whiteout had its name. */
static int make(int dir, const char *name, int (*fn)(int dir, const char *name, const void *context), const void *context,
                struct error *err)
{
        int r;

        if (fn(dir, name, context) == 0)
                return 0;
        if (errno != EEXIST)
                return error_errno(err, "making it");
        r = clear_way(dir, name, err);
        if (r < 0)
                return r;
        return fn(dir, name, context) < 0 ? error_errno(err, "making it") : 0;
}

static int make_symlink(int dir, const char *name, const void *context)
{
        return symlinkat(context, dir, name);
}

int place_symlink(struct place *place, const char *path, const char *target, const struct place_look *look, struct error *err)
{
        const char *name;
        int dir, r = parent_of(place, path, &dir, &name, err);

        if (r >= 0 && !*target)
                r = error_set(err, E_INVALID_DATA, "a symbolic link that leads nowhere");
        if (r >= 0)
                r = make(dir, name, make_symlink, target, err);
        return r < 0 ? r : give_owner(place, dir, name, look, err);
}

struct node { mode_t mode; dev_t device; };

static int make_node(int dir, const char *name, const void *context)
{
        const struct node *node = context;

        return mknodat(dir, name, (node->mode & S_IFMT) | 0600, node->device);
}

int place_node(struct place *place, const char *path, dev_t device, const struct place_look *look, struct error *err)
{
        const struct node node = { look->mode, device };
        const char *name;
        int dir, r = parent_of(place, path, &dir, &name, err);

        if (r >= 0)
                r = make(dir, name, make_node, &node, err);
        return r < 0 ? r : give_owner(place, dir, name, look, err);
}

struct target { int dir; const char *name; struct stat what; };

/* The target is resolved like everything else: below, and through no link. */
static int open_target(const struct place *place, const char *target, struct target *ret, struct error *err)
{
        const char *name = names_last(target);
        char parent[NAMES_PATH_MAX + 1];
        struct stat there;
        int dir;

        memcpy(parent, target, (size_t)(name - target));
        parent[name - target] = '\0';
        dir = open_below(place->dir, *parent ? parent : ".");
        if (dir < 0 || fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) < 0) {
                int r = errno == ELOOP || errno == EXDEV
                                ? error_set(err, E_INVALID_DATA, "a hard link to \"%s\", whose path leads through a symbolic link", target)
                        : errno == ENOENT || errno == ENOTDIR
                                ? error_set(err, E_INVALID_DATA, "a hard link to \"%s\", which is not before it in the archive", target)
                                : error_errno(err, "looking for the hard link's target \"%s\"", target);

                io_closep(&dir);
                return r;
        }
        if (S_ISDIR(there.st_mode) || directory_is_whiteout(&there)) {
                close(dir);
                return error_set(err, E_INVALID_DATA, "a hard link to \"%s\", which is %s", target,
                                 S_ISDIR(there.st_mode) ? "a directory" : "a whiteout");
        }
        *ret = (struct target){ dir, name, there };
        return 0;
}

static int make_hardlink(int dir, const char *name, const void *context)
{
        const struct target *target = context;

        return linkat(target->dir, target->name, dir, name, 0);
}

int place_hardlink(struct place *place, const char *path, const char *target, const struct place_link *link, struct error *err)
{
        _cleanup_(io_closep) int from = -1;
        struct target to = { .dir = -1 };
        const char *name;
        int dir, r;

        if (text_equal(path, target))
                return error_set(err, E_INVALID_DATA, "a hard link to itself");
        r = parent_of(place, path, &dir, &name, err);
        if (r >= 0)
                r = open_target(place, target, &to, err);
        from = to.dir;
        if (r >= 0)
                r = link->tell(link->context, to.dir, to.name, &to.what);
        return r < 0 ? r : make(dir, name, make_hardlink, &to, err);
}

/* --- whiteouts -------------------------------------------------------------------------------------------------------------- */

/* It speaks of the layers below: what this layer itself has there, before or after, stays. */
static int hide(int dir, const char *name, struct error *err)
{
        struct stat there;

        if (mknodat(dir, name, S_IFCHR, makedev(0, 0)) == 0)
                return 0;
        if (errno != EEXIST)
                return error_errno(err, "making the whiteout");
        if (fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) < 0)
                return error_errno(err, "looking at what is there");
        if (directory_is_whiteout(&there))
                return error_set(err, E_INVALID_DATA, "the archive has this whiteout already");
        return S_ISDIR(there.st_mode) ? make_opaque(dir, name, err) : 0;
}

int place_mark(struct place *place, const char *path, struct error *err)
{
        const char *mark, *name;
        int dir, r = parent_of(place, path, &dir, &mark, err);

        if (r < 0)
                return r;
        if (text_equal(mark, NAMES_OPAQUE))
                return make_opaque(dir, "", err);
        name = mark + NAMES_MARK_LENGTH;
        if (!*name || text_equal(name, ".") || text_equal(name, ".."))
                return error_set(err, E_INVALID_DATA, "a whiteout of nothing");
        if (names_is_mark(name))
                return error_set(err, E_INVALID_DATA, "a whiteout of a whiteout, or another store's own note, which no layer should hold");
        return hide(dir, name, err);
}
