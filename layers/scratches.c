#include "layers/scratches.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/loop.h"
#include "hcs/base/text.h"
#include "layers/copy-tree.h"
#include "layers/copy.h"
#include "layers/hiding.h"
#include "layers/scratch-image.h"
#include "layers/scratch.h"
#include "layers/store.h"

#define MAKING ".new-"
#define GONE ".gone-"
#define TEMPORARY_MAX 32

/* DATA/scratches, open. */
struct house { struct arena arena; const char *path; int dir; };

static void house_done(struct house *house)
{
        io_closep(&house->dir);
        arena_done(&house->arena);
}

int scratches_check_name(const char *name, struct error *err)
{
        struct error why = { 0 };

        if (store_check_name(name, &why) >= 0)
                return 0;
        return error_set(err, E_INVALID_PARAMETER, "\"%.200s\" can't be the name of a scratch: expected 1 to %d letters, digits, \".\", "
                         "\"_\" and \"-\", with a letter or digit first", name, STORE_NAME_MAX);
}

const char *scratches_path(struct arena *arena, const char *data, const char *name)
{
        return arena_printf(arena, "%s/" SCRATCHES_DIRECTORY "/%s", data, name);
}

static int open_house(const char *data, bool make, struct house *ret, struct error *err)
{
        ret->path = arena_printf(&ret->arena, "%s/" SCRATCHES_DIRECTORY, data);
        if (!ret->path)
                return error_memory(err);
        if (make && io_make_directories(ret->path, 0700, err) < 0)
                return err->code;
        ret->dir = open(ret->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (ret->dir < 0)
                return errno == ENOENT ? SCRATCHES_ABSENT : error_errno(err, "opening %s", ret->path);
        return 0;
}

static DIR *list(int dir)
{
        int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *stream = again < 0 ? NULL : fdopendir(again);

        if (!stream && again >= 0)
                close(again);
        return stream;
}

static int open_one(const struct house *house, const char *name)
{
        return openat(house->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int name_temporary(const char *prefix, char ret[TEMPORARY_MAX], struct error *err)
{
        uint64_t salt;

        if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
                return error_errno(err, "getting random bytes");
        snprintf(ret, TEMPORARY_MAX, "%s%016llx", prefix, (unsigned long long)salt);
        return 0;
}

/* --- what was left -------------------------------------------------------------------------------------------------------- */

/* Of what nobody is at: locked by us then.  Under the lock of all, so that none is seen between its birth and its own lock. */
static int take_left(const struct house *house, const char *name)
{
        struct error none = { .code = 0 };
        int left = -1;

        if (scratch_lock(house->dir, house->path, &none) < 0)
                return -1;
        left = open_one(house, name);
        if (left >= 0 && flock(left, LOCK_EX | LOCK_NB) < 0)
                io_closep(&left);
        (void)flock(house->dir, LOCK_UN);
        return left;
}

static void sweep(const struct house *house)
{
        _cleanup_(io_close_dirp) DIR *dir = list(house->dir);
        struct error none = { .code = 0 };
        struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                bool is_left = text_starts_with(entry->d_name, MAKING) || text_starts_with(entry->d_name, GONE);
                _cleanup_(io_closep) int left = is_left ? take_left(house, entry->d_name) : -1;

                if (left >= 0)
                        (void)io_remove_tree_at(house->dir, entry->d_name, &none);
        }
}

/* --- list --------------------------------------------------------------------------------------------------------------- */

static int add(struct arena *arena, const struct house *house, const char *name, scratches_list *list, struct error *err)
{
        _cleanup_(io_closep) int dir = open_one(house, name);
        _cleanup_(text_done) struct text holder = { 0 };
        struct scratches_entry entry = { .name = arena_copy(arena, name) };
        struct stat what;

        if (dir < 0)
                return errno == ENOENT || errno == ENOTDIR ? 0 : error_errno(err, "opening %s/%s", house->path, name);
        if (scratch_read_holder(dir, &holder, err) < 0 || scratch_image_size(dir, &entry.limit, err) < 0)
                return error_wrap(err, "%s/%s", house->path, name);
        if (holder.length)
                entry.holder = arena_copy(arena, holder.data);
        if (!entry.name || (holder.length && !entry.holder))
                return error_memory(err);
        if (fstat(dir, &what) == 0)
                entry.begun = entry.used = what.st_mtim.tv_sec;
        if (fstatat(dir, SCRATCH_LAYOUT, &what, AT_SYMLINK_NOFOLLOW) == 0)
                entry.begun = what.st_mtim.tv_sec;
        if (hiding_grow(arena, (void **)&list->items, list->count, sizeof(*list->items), err) < 0)
                return err->code;
        list->items[list->count++] = entry;
        return 0;
}

static int compare(const void *a, const void *b)
{
        return strcmp(((const struct scratches_entry *)a)->name, ((const struct scratches_entry *)b)->name);
}

int scratches_find(struct arena *arena, const char *data, scratches_list *ret, struct error *err)
{
        _cleanup_(house_done) struct house house = { .dir = -1 };
        _cleanup_(io_close_dirp) DIR *dir = NULL;
        scratches_list found = { 0 };
        struct dirent *entry;
        int r = open_house(data, false, &house, err);

        if (r == 0) {
                sweep(&house);
                dir = list(house.dir);
                if (!dir)
                        r = error_errno(err, "reading %s", house.path);
        }
        while (r == 0 && (entry = readdir(dir)))
                if (entry->d_name[0] != '.')
                        r = add(arena, &house, entry->d_name, &found, err);
        if (r < 0)
                return r;
        if (found.count)
                qsort(found.items, found.count, sizeof(*found.items), compare);
        *ret = found;
        return 0;
}

/* --- remove ------------------------------------------------------------------------------------------------------------- */

static int refuse_used(const char *path, const char *holder, struct error *err)
{
        return error_set(err, E_BUSY, "the scratch %s is in use by the sandbox \"%s\" (%s); delete that first", path,
                         strrchr(holder, '/') ? strrchr(holder, '/') + 1 : holder, holder);
}

/* Under the lock of all.  Its own lock, which stays with the descriptor, keeps a create away that had it open already. */
static int take_away(const struct house *house, const char *name, const char *gone, int *ret_fd, struct error *err)
{
        _cleanup_(text_done) struct text holder = { 0 };
        int r;

        *ret_fd = open_one(house, name);
        if (*ret_fd < 0)
                return errno == ENOENT ? SCRATCHES_ABSENT : error_errno(err, "opening %s/%s", house->path, name);
        r = scratch_lock(*ret_fd, name, err);
        if (r >= 0)
                r = scratch_read_holder(*ret_fd, &holder, err);
        if (r >= 0 && holder.length)
                return refuse_used(name, holder.data, err);
        if (r >= 0 && renameat(house->dir, name, house->dir, gone) < 0)
                r = error_errno(err, "removing %s/%s", house->path, name);
        return r;
}

int scratches_remove(const char *data, const char *name, struct error *err)
{
        _cleanup_(house_done) struct house house = { .dir = -1 };
        _cleanup_(io_closep) int fd = -1;
        char gone[TEMPORARY_MAX];
        int r = scratches_check_name(name, err);

        if (r >= 0)
                r = open_house(data, false, &house, err);
        if (r != 0)
                return r;
        sweep(&house);
        r = name_temporary(GONE, gone, err);
        if (r >= 0)
                r = scratch_lock(house.dir, house.path, err);
        if (r < 0)
                return r;
        r = take_away(&house, name, gone, &fd, err);
        (void)flock(house.dir, LOCK_UN);
        return r == 0 ? io_remove_tree_at(house.dir, gone, err) : r;
}

/* --- clone -------------------------------------------------------------------------------------------------------------- */

/* From one directory to another, TEMPORARY of the house. */
struct clone { const struct house *house; const struct scratches_source *source; const char *temporary; int from, to; };

/* One upper directory; what an overlay keeps in work/ is its own, and is made anew. */
static int clone_pair(int from, int to, struct error *err)
{
        int r = copy_tree(from, "upper", to, "upper", geteuid() == 0, err);

        return r >= 0 && mkdirat(to, "work", 0700) < 0 ? error_errno(err, "making its work directory") : r;
}

static int clone_volumes(int from, int to, struct error *err)
{
        _cleanup_(io_closep) int source = openat(from, "volumes", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), target = -1;
        _cleanup_(io_close_dirp) DIR *dir = source < 0 ? NULL : list(source);
        struct dirent *entry;
        int r = 0;

        if (source < 0)
                return errno == ENOENT ? 0 : error_errno(err, "opening its volumes");
        if (!dir || mkdirat(to, "volumes", 0700) < 0)
                return error_errno(err, "making its volumes");
        target = openat(to, "volumes", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        while (r >= 0 && (entry = readdir(dir))) {
                _cleanup_(io_closep) int one = -1, other = -1;

                if (entry->d_name[0] == '.')
                        continue;
                one = openat(source, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (one < 0 || mkdirat(target, entry->d_name, 0700) < 0)
                        return error_errno(err, "making its volume %s", entry->d_name);
                other = openat(target, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                r = other < 0 ? error_errno(err, "opening its volume %s", entry->d_name) : clone_pair(one, other, err);
        }
        return r;
}

/* Its time says when the changes began, which apply has to know. */
static int clone_layout(int from, int to, const struct scratches_source *source, struct error *err)
{
        struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { source->begun, source->begun_ns } };
        _cleanup_(text_done) struct text layout = { 0 };
        struct stat what;
        int r = 0;

        if (source->layout) {
                text_add(&layout, source->layout);
        } else {
                if (fstatat(from, SCRATCH_LAYOUT, &what, AT_SYMLINK_NOFOLLOW) < 0)
                        return error_errno(err, "looking at its layout");
                times[1] = what.st_mtim;
                r = io_read_file_at(from, SCRATCH_LAYOUT, 1u << 20, &layout, err);
        }
        if (r >= 0)
                r = text_check(&layout, err);
        if (r >= 0)
                r = io_replace_at(to, SCRATCH_LAYOUT, layout.data, layout.length, 0600, err);
        if (r >= 0 && utimensat(to, SCRATCH_LAYOUT, times, 0) < 0)
                r = error_errno(err, "giving its layout the time");
        return r;
}

/* A lock that others can have too, but not who would use it; ends with the descriptor. */
static int open_source(const struct scratches_source *source, int *ret_fd, struct error *err)
{
        _cleanup_(text_done) struct text holder = { 0 };
        int r;

        *ret_fd = open(source->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (*ret_fd < 0)
                return errno == ENOENT ? SCRATCHES_ABSENT : error_errno(err, "opening the scratch %s", source->path);
        r = scratch_lock(*ret_fd, source->path, err);
        if (r >= 0)
                r = scratch_read_holder(*ret_fd, &holder, err);
        if (r < 0)
                return r;
        if (holder.length && !(source->holder && text_equal(holder.data, source->holder)))
                return refuse_used(source->path, holder.data, err);
        return flock(*ret_fd, LOCK_SH) < 0 ? error_errno(err, "locking %s", source->path) : 0;
}

static int begin(const struct house *house, char temporary[TEMPORARY_MAX], int *ret_fd, struct error *err)
{
        int r = name_temporary(MAKING, temporary, err);

        if (r >= 0)
                r = scratch_lock(house->dir, house->path, err);
        if (r < 0)
                return r;
        if (mkdirat(house->dir, temporary, 0700) < 0 || (*ret_fd = open_one(house, temporary)) < 0 ||
            flock(*ret_fd, LOCK_EX | LOCK_NB) < 0)
                r = error_errno(err, "making %s/%s", house->path, temporary);
        (void)flock(house->dir, LOCK_UN);
        return r;
}

/* An overlay that synced nothing leaves a mark in work/, and the next one is refused. */
static int renew_work(int pair, struct error *err)
{
        int r = io_remove_tree_at(pair, "work", err);

        return r >= 0 && mkdirat(pair, "work", 0700) < 0 ? error_errno(err, "making its work directory") : r;
}

static int renew_all_work(const char *image, struct error *err)
{
        _cleanup_(io_closep) int tree = -1, volumes = -1;
        _cleanup_(io_close_dirp) DIR *dir = NULL;
        struct dirent *entry;
        int r = loop_mount(image, false, &tree, err);

        if (r >= 0)
                r = renew_work(tree, err);
        volumes = r < 0 ? -1 : openat(tree, "volumes", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (volumes < 0)
                return r < 0 || errno == ENOENT ? r : error_errno(err, "opening its volumes");
        dir = list(volumes);
        if (!dir)
                return error_errno(err, "reading its volumes");
        while (r >= 0 && (entry = readdir(dir))) {
                _cleanup_(io_closep) int pair = -1;

                if (entry->d_name[0] == '.')
                        continue;
                pair = openat(volumes, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                r = pair < 0 ? error_errno(err, "opening its volume %s", entry->d_name) : renew_work(pair, err);
        }
        return r;
}

/* One of limited size is a file, which nobody may have mounted meanwhile.  One that was to be thrown away has no journal. */
static int clone_image(const struct clone *clone, struct error *err)
{
        _cleanup_(io_closep) int image = -1;
        _cleanup_(free_charp) char *path = NULL;
        int r = loop_lock(clone->from, SCRATCH_IMAGE, &image, err);

        if (r >= 0)
                r = copy_entry(clone->from, SCRATCH_IMAGE, clone->to, SCRATCH_IMAGE, true, err);
        if (r < 0 || !clone->source->layout)
                return r;
        r = scratch_image_keep(clone->to, err);
        if (r >= 0 && asprintf(&path, "%s/%s/" SCRATCH_IMAGE, clone->house->path, clone->temporary) < 0) {
                path = NULL;
                r = error_memory(err);
        }
        return r < 0 ? r : renew_all_work(path, err);
}

static int clone_directories(int from, int to, struct error *err)
{
        int r = clone_pair(from, to, err);

        return r < 0 ? r : clone_volumes(from, to, err);
}

/* A limit by a quota of the file system is for what is thrown away: one that is kept has it by a file. */
static int clone_into_image(const struct clone *clone, struct error *err)
{
        uint64_t limit = clone->source->limit;
        _cleanup_(text_done) struct text path = { 0 };
        _cleanup_(io_closep) int tree = -1, top = -1;
        int r;

        text_addf(&path, "%s/%s", clone->house->path, clone->temporary);
        r = text_check(&path, err);
        if (r >= 0 && mkdirat(clone->to, SCRATCH_IMAGE_TREE, 0700) < 0)
                r = error_errno(err, "making its " SCRATCH_IMAGE_TREE);
        if (r >= 0)
                r = scratch_image_make(clone->to, path.data, limit, true, err);
        text_add(&path, "/" SCRATCH_IMAGE);
        if (r >= 0)
                r = text_check(&path, err);
        if (r >= 0)
                r = loop_mount(path.data, false, &tree, err);
        if (r >= 0)
                r = clone_directories(clone->from, tree, err);
        top = r < 0 ? -1 : openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (r >= 0 && (top < 0 || syncfs(top) < 0))
                r = error_errno(err, "writing it to the disk");
        return r < 0 && err->code == E_DISK_FULL ? error_wrap(err, "into a file of its limit, %llu bytes",
                                                                       (unsigned long long)limit) : r;
}

static int clone_changes(const struct clone *clone, struct error *err)
{
        uint64_t size = 0;
        int r = scratch_image_size(clone->from, &size, err);

        if (r < 0)
                return r;
        if (size)
                return clone_image(clone, err);
        return clone->source->limit ? clone_into_image(clone, err) : clone_directories(clone->from, clone->to, err);
}

static int fill(const struct clone *clone, const char *name, struct error *err)
{
        const struct house *house = clone->house;
        int r = clone_changes(clone, err);

        if (r >= 0)
                r = clone_layout(clone->from, clone->to, clone->source, err);
        if (r >= 0 && syncfs(clone->to) < 0)
                r = error_errno(err, "writing it to the disk");
        if (r >= 0 && sys_renameat2(house->dir, clone->temporary, house->dir, name, RENAME_NOREPLACE) < 0)
                r = errno == EEXIST ? error_set(err, E_ALREADY_EXISTS, "there is a scratch %s already; remove it first, or give this one "
                                                "another name", name) : error_errno(err, "putting %s/%s in place", house->path, name);
        return r;
}

int scratches_clone(const char *data, const struct scratches_source *source, const char *name, struct error *err)
{
        _cleanup_(house_done) struct house house = { .dir = -1 };
        _cleanup_(io_closep) int from = -1, to = -1;
        char temporary[TEMPORARY_MAX];
        struct error none = { .code = 0 };
        int r = scratches_check_name(name, err);

        if (r >= 0)
                r = open_source(source, &from, err);
        if (r == 0)
                r = open_house(data, true, &house, err);
        if (r != 0)
                return r;
        sweep(&house);
        if (faccessat(house.dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return error_set(err, E_ALREADY_EXISTS, "there is a scratch %s already; remove it first, or give this one another name",
                                 name);
        r = begin(&house, temporary, &to, err);
        if (r < 0)
                return r;
        r = fill(&(struct clone){ &house, source, temporary, from, to }, name, err);
        if (r < 0)
                (void)io_remove_tree_at(house.dir, temporary, &none);
        return r < 0 ? error_wrap(err, "the scratch %s", name) : 0;
}
