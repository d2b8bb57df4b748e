#include "layers/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/listing.h"
#include "hcs/base/text.h"

#define RECORD "layer.json"
#define RECORD_MAX (1u << 20)
#define USE ".use"
#define MAKING ".making-"
#define GONE ".gone-"
#define LOCK_MS 5000                    /* held for a few system calls only */

static const struct json_field layer_fields[] = {
        JSON_TEXT_F(struct store_layer, "digest", digest, JSON_REQUIRED),
        JSON_TEXT_F(struct store_layer, "diffId", diff_id, JSON_REQUIRED),
        JSON_TEXT_F(struct store_layer, "tree", tree, JSON_REQUIRED),
        JSON_UINT(struct store_layer, "size", size),
        JSON_UINT(struct store_layer, "bytes", bytes),
        JSON_UINT(struct store_layer, "entries", entries),
        JSON_END
};

const struct json_field store_record_fields[] = {
        JSON_TEXT_F(struct store_record, "name", name, JSON_REQUIRED),
        JSON_TEXT_F(struct store_record, "created", created, JSON_REQUIRED),
        JSON_TEXT(struct store_record, "source", source),
        JSON_LIST(struct store_record, "layers", layers, layer_fields),
        JSON_END
};

/* --- names and places --------------------------------------------------------------------------------------------------- */

int store_check_name(const char *name, struct error *err)
{
        static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        size_t length = strlen(name);

        if (length > 0 && length <= STORE_NAME_MAX && strchr(letters, *name) &&
            name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] == '\0')
                return 0;
        return error_set(err, E_INVALID_PARAMETER, "\"%.200s\" can't be the name of a layer: expected 1 to %d letters, digits, \".\", "
                         "\"_\" and \"-\", with a letter or digit first", name, STORE_NAME_MAX);
}

int store_open(struct arena *arena, const char *data, bool make, struct store *ret, struct error *err)
{
        const char *path = arena_printf(arena, "%s/layers", data);
        struct stat what;
        int fd, r;

        if (!path)
                return error_memory(err);
        r = make ? io_make_directories(path, 0700, err) : 0;
        if (r < 0)
                return r;
        fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? STORE_ABSENT : error_errno(err, "opening %s", path);
        if (fstat(fd, &what) < 0 || what.st_uid != geteuid() || what.st_mode & 077) {
                close(fd);
                return error_set(err, E_ACCESS, "%s belongs to somebody else or is open to others; chmod it to 0700, or remove it", path);
        }
        *ret = (struct store){ .dir = fd, .path = path };
        return 0;
}

/* Ends with LOCK_UN, or with the descriptor. */
static int lock(const struct store *store, struct error *err)
{
        const struct timespec nap = { .tv_nsec = 2000000 };

        for (int waited = 0; flock(store->dir, LOCK_EX | LOCK_NB) < 0; waited += 2) {
                if (errno != EWOULDBLOCK && errno != EINTR)
                        return error_errno(err, "locking %s", store->path);
                if (waited >= LOCK_MS)
                        return error_set(err, E_TIMED_OUT, "waiting for the lock of %s: %d seconds are over", store->path, LOCK_MS / 1000);
                nanosleep(&nap, NULL);
        }
        return 0;
}

/* --- reading -------------------------------------------------------------------------------------------------------------- */

int store_read(const struct store *store, struct arena *arena, const char *name, struct store_record *ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct store_record record = { 0 };
        struct json_value *value;
        char file[STORE_NAME_MAX + 16];
        int r = store_check_name(name, err);

        if (r < 0)
                return r;
        snprintf(file, sizeof(file), "%s/" RECORD, name);
        if (faccessat(store->dir, file, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? STORE_ABSENT : error_errno(err, "looking at %s/%s", store->path, file);
        r = io_read_file_at(store->dir, file, RECORD_MAX, &text, err);
        if (r >= 0)
                r = json_parse(arena, text.data ? text.data : "", text.length, file, &value, err);
        if (r >= 0)
                r = json_read(arena, store_record_fields, value, &record, "", JSON_IGNORE_UNKNOWN, err);
        if (r < 0)
                return error_wrap(err, "the layer %s", name);
        if (record.layers.count == 0 || record.layers.count > STORE_LAYERS_MAX)
                return error_set(err, E_INVALID_DATA, "%s/%s: found %zu layers; expected 1 to %d", store->path, file, record.layers.count,
                                 STORE_LAYERS_MAX);
        *ret = record;
        return 0;
}

static int compare(const void *a, const void *b)
{
        return strcmp(((const struct store_record *)a)->name, ((const struct store_record *)b)->name);
}

int store_list(const struct store *store, struct arena *arena, store_record_list *ret, struct error *err)
{
        _cleanup_(io_close_dirp) DIR *dir = listing_open(store->dir, ".");
        store_record_list found = { 0 };
        struct dirent *entry;
        size_t room = 0;
        int r;

        if (!dir)
                return error_errno(err, "reading %s", store->path);
        while ((entry = listing_next(dir))) {
                if (entry->d_name[0] == '.')
                        continue;
                if (found.count == room) {
                        struct store_record *more = arena_alloc_array(arena, room * 2 + 16, sizeof(*more));

                        if (!more)
                                return error_memory(err);
                        if (room)
                                memcpy(more, found.items, room * sizeof(*more));
                        found.items = more;
                        room = room * 2 + 16;
                }
                r = store_read(store, arena, entry->d_name, &found.items[found.count], err);
                if (r < 0)
                        return r;
                found.count += r == 0;
        }
        if (found.count)
                qsort(found.items, found.count, sizeof(*found.items), compare);
        *ret = found;
        return 0;
}

/* --- who uses it ------------------------------------------------------------------------------------------------------------ */

const char *store_use_path(struct arena *arena, const char *data, const char *name, const char *scratch)
{
        return arena_printf(arena, "%s/layers/" USE "/%s@%s", data, name, scratch);
}

static int use_locked(const struct store *store, const char *name, const char *link, const char *owner, struct error *err)
{
        _cleanup_(io_closep) int use = -1;

        if (faccessat(store->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                return STORE_ABSENT;
        if (mkdirat(store->dir, USE, 0700) < 0 && errno != EEXIST)
                return error_errno(err, "making %s/" USE, store->path);
        use = openat(store->dir, USE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (use < 0)
                return error_errno(err, "opening %s/" USE, store->path);
        return symlinkat(owner, use, link) < 0 ? error_errno(err, "making %s/" USE "/%s", store->path, link) : 0;
}

int store_use(const struct store *store, const char *name, const char *scratch, const char *owner, struct error *err)
{
        char link[512];
        int r = store_check_name(name, err);

        if (r >= 0)
                r = lock(store, err);
        if (r < 0)
                return r;
        snprintf(link, sizeof(link), "%s@%.250s", name, scratch);
        r = use_locked(store, name, link, owner, err);
        (void)flock(store->dir, LOCK_UN);
        return r;
}

/* A link whose sandbox is gone goes, too. */
static int check_unused(const struct store *store, const char *name, struct error *err)
{
        _cleanup_(io_close_dirp) DIR *dir = listing_open(store->dir, USE);
        size_t length = strlen(name);
        struct dirent *entry;
        char owner[4096];

        while (dir && (entry = listing_next(dir))) {
                ssize_t n;

                if (strncmp(entry->d_name, name, length) != 0 || entry->d_name[length] != '@')
                        continue;
                n = readlinkat(dirfd(dir), entry->d_name, owner, sizeof(owner) - 1);
                if (n < 0)
                        return error_errno(err, "reading %s/" USE "/%s", store->path, entry->d_name);
                owner[n] = '\0';
                if (access(owner, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))
                        return error_set(err, E_BUSY, "the layer %s is in use by the sandbox \"%s\" (%s); delete that first", name,
                                         strrchr(owner, '/') ? strrchr(owner, '/') + 1 : owner, owner);
                (void)unlinkat(dirfd(dir), entry->d_name, 0);
        }
        return 0;
}

/* --- what was left -------------------------------------------------------------------------------------------------------- */

static bool is_temporary(const char *name)
{
        return text_starts_with(name, MAKING) || text_starts_with(name, GONE);
}

/* Locked by whoever is at it, as long as that process lives; under the lock of all, so that none is seen between its birth and its own
 * lock.  What nobody is at is ours to remove, however long that takes. */
static int take_left(const struct store *store, const char *name)
{
        struct error none = { .code = 0 };
        int left = -1;

        if (lock(store, &none) < 0)
                return -1;
        left = openat(store->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (left >= 0 && flock(left, LOCK_EX | LOCK_NB) < 0) {
                close(left);
                left = -1;
        }
        (void)flock(store->dir, LOCK_UN);
        return left;
}

static void sweep(const struct store *store)
{
        _cleanup_(io_close_dirp) DIR *dir = listing_open(store->dir, ".");
        struct error none = { .code = 0 };
        struct dirent *entry;

        while (dir && (entry = listing_next(dir))) {
                _cleanup_(io_closep) int left = is_temporary(entry->d_name) ? take_left(store, entry->d_name) : -1;

                if (left >= 0)
                        (void)io_remove_tree_at(store->dir, entry->d_name, &none);
        }
}

static int name_temporary(const char *prefix, char ret[64], struct error *err)
{
        uint64_t salt;

        if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
                return error_errno(err, "getting random bytes");
        snprintf(ret, 64, "%s%016llx", prefix, (unsigned long long)salt);
        return 0;
}

/* --- making ----------------------------------------------------------------------------------------------------------------- */

static int check_free(const struct store *store, const char *name, struct error *err)
{
        if (faccessat(store->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return error_set(err, E_ALREADY_EXISTS, "there is a layer %s already; remove it first, or give this one another name",
                                 name);
        return errno == ENOENT ? 0 : error_errno(err, "looking at %s/%s", store->path, name);
}

/* Under the lock of all: between its birth and its own lock nobody takes it for a leftover. */
static int make_temporary(const struct store *store, struct store_making *making, struct error *err)
{
        int r = name_temporary(MAKING, making->temporary, err);

        if (r < 0)
                return r;
        if (mkdirat(store->dir, making->temporary, 0700) < 0)
                return error_errno(err, "making %s/%s", store->path, making->temporary);
        making->dir = openat(store->dir, making->temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (making->dir < 0 || flock(making->dir, LOCK_EX | LOCK_NB) < 0)
                return error_errno(err, "opening %s/%s", store->path, making->temporary);
        return 0;
}

int store_begin(const struct store *store, const char *name, struct store_making *ret, struct error *err)
{
        int r = store_check_name(name, err);

        *ret = (struct store_making){ .store = store, .name = name, .dir = -1 };
        if (r >= 0)
                r = check_free(store, name, err);
        if (r < 0)
                return r;
        sweep(store);
        r = lock(store, err);
        if (r < 0)
                return r;
        r = make_temporary(store, ret, err);
        (void)flock(store->dir, LOCK_UN);
        return r;
}

int store_add_tree(const struct store_making *making, unsigned number, int *ret_fd, struct error *err)
{
        char name[16];
        int fd;

        snprintf(name, sizeof(name), "%u", number);
        if (mkdirat(making->dir, name, 0700) < 0)
                return error_errno(err, "making the layer's directory");
        fd = openat(making->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return error_errno(err, "opening the layer's directory");
        *ret_fd = fd;
        return 0;
}

int store_commit(struct store_making *making, const struct store_record *record, struct error *err)
{
        const struct store *store = making->store;
        _cleanup_(text_done) struct text text = { 0 };
        int r;

        json_write(&text, store_record_fields, record);
        r = text_check(&text, err);
        if (r >= 0)
                r = io_replace_at(making->dir, RECORD, text.data, text.length, 0600, err);
        if (r < 0)
                return r;
        /* What has its name must be whole also after the power went. */
        if (syncfs(making->dir) < 0)
                return error_errno(err, "writing the layer to the disk");
        r = lock(store, err);
        if (r < 0)
                return r;
        r = check_free(store, making->name, err);
        if (r >= 0 && renameat(store->dir, making->temporary, store->dir, making->name) < 0)
                r = error_errno(err, "putting the layer %s in place", making->name);
        making->done = r >= 0;
        (void)flock(store->dir, LOCK_UN);
        return r < 0 ? r : fsync(store->dir) < 0 ? error_errno(err, "writing %s to the disk", store->path) : 0;
}

void store_making_done(struct store_making *making)
{
        struct error none = { .code = 0 };

        if (!making->done && making->temporary[0])
                (void)io_remove_tree_at(making->store->dir, making->temporary, &none);
        io_closep(&making->dir);
        making->dir = -1;
}

/* --- removing --------------------------------------------------------------------------------------------------------------- */

/* Out of sight, and ours; *ret_fd keeps others from removing it, too. */
static int put_aside(const struct store *store, const char *name, const char *gone, int *ret_fd, struct error *err)
{
        int r = check_unused(store, name, err);

        if (r < 0)
                return r;
        *ret_fd = openat(store->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (*ret_fd < 0)
                return errno == ENOENT ? STORE_ABSENT : error_errno(err, "opening %s/%s", store->path, name);
        if (flock(*ret_fd, LOCK_EX | LOCK_NB) < 0 || renameat(store->dir, name, store->dir, gone) < 0)
                return error_errno(err, "removing %s/%s", store->path, name);
        return 0;
}

int store_remove(const struct store *store, const char *name, struct error *err)
{
        _cleanup_(io_closep) int fd = -1;
        char gone[64];
        int r = store_check_name(name, err);

        if (r >= 0)
                r = name_temporary(GONE, gone, err);
        if (r >= 0)
                r = lock(store, err);
        if (r < 0)
                return r;
        r = put_aside(store, name, gone, &fd, err);
        (void)flock(store->dir, LOCK_UN);
        if (r != 0)
                return r;
        sweep(store);
        return io_remove_tree_at(store->dir, gone, err);
}
