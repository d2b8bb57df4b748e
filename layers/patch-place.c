#include "layers/patch-place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/path.h"
#include "layers/hiding.h"

void patch_place_done(struct patch_place *place)
{
        if (place->dir >= 0 && place->dir != place->mask && place->dir != place->host)
                close(place->dir);
        io_closep(&place->mask);
        io_closep(&place->host);
        place->dir = -1;
}

static int set_name(struct patch_place *place, const char *name, size_t length, struct error *err)
{
        if (length >= sizeof(place->name))
                return error_set(err, E_INVALID_DATA, "a name of %zu bytes is too long", length);
        memcpy(place->name, name, length);
        place->name[length] = '\0';
        return 0;
}

int patch_place_above(const struct changes_part *part, const char *where, struct patch_place *ret, struct error *err)
{
        _cleanup_(io_closep) int top = open(part->upper, O_PATH | O_DIRECTORY | O_CLOEXEC);
        const char *name = path_name(where);
        _cleanup_(free_charp) char *parent = strndup(where, (size_t)(name - where));

        if (!parent)
                return error_memory(err);
        if (top < 0)
                return error_errno(err, "opening %s", part->upper);
        if (set_name(ret, name, strlen(name), err) < 0)
                return err->code;
        ret->dir = sys_openat2(top, text_equal(parent, "/") ? "." : parent + 1, O_PATH | O_DIRECTORY | O_CLOEXEC,
                               RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        return ret->dir < 0 && errno != ENOENT ? error_errno(err, "opening the directory that it is in") : 0;
}

/* --- beneath ------------------------------------------------------------------------------------------------------------ */

/* The two directories that stand at a place; what the mask has in the way of the host's, or instead of it, hides that. */
static int open_both(const struct patch_place *place, int *ret_mask, int *ret_host, struct error *err)
{
        const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        struct change_look look;

        *ret_mask = *ret_host = -1;
        if (change_look_at(place->mask, place->name, &look, NULL) < 0)
                return error_errno(err, "looking at %s in the mask", place->name);
        if (look.mode) {
                _cleanup_(free_charp) char *opaque = NULL;

                if (!S_ISDIR(look.mode))
                        return 0;
                *ret_mask = openat(place->mask, place->name, flags);
                if (*ret_mask < 0)
                        return error_errno(err, "opening %s in the mask", place->name);
                opaque = change_read_mark(place->mask, place->name, "opaque", place->marks);
                if (opaque)
                        return 0;
        }
        if (place->host >= 0)
                *ret_host = openat(place->host, place->name, flags);
        return 0;
}

static int settle(struct patch_place *place, struct error *err)
{
        struct change_look look;

        if (change_look_at(place->mask, place->name, &look, NULL) < 0)
                return error_errno(err, "looking at %s in the mask", place->name);
        if (look.mode) {
                place->dir = change_is_whiteout(&look) ? -1 : place->mask;
                return 0;
        }
        if (change_look_at(place->host, place->name, &look, NULL) < 0 && errno != EACCES && errno != EPERM)
                return error_errno(err, "looking at %s on the host", place->name);
        place->dir = look.mode ? place->host : -1;
        return 0;
}

static int go_below(const struct patch_place *place, const char *name, size_t length, struct patch_place *ret, struct error *err)
{
        int r;

        ret->marks = place->marks;
        r = set_name(ret, name, length, err);
        if (r >= 0)
                r = open_both(place, &ret->mask, &ret->host, err);
        return r < 0 ? r : settle(ret, err);
}

int patch_place_below(const struct patch_place *place, const char *name, struct patch_place *ret, struct error *err)
{
        return go_below(place, name, strlen(name), ret, err);
}

static int open_top(const char *path, int *ret, struct error *err)
{
        if (!path)
                return 0;
        *ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return *ret < 0 ? error_errno(err, "opening %s", path) : 0;
}

int patch_place_beneath(const struct changes_part *part, const char *where, enum changes_marks marks, struct patch_place *ret,
                        struct error *err)
{
        struct patch_place at = PATCH_PLACE_NONE;
        int r = open_top(part->mask, &at.mask, err);

        if (r >= 0)
                r = open_top(part->host, &at.host, err);
        at.marks = marks;
        snprintf(at.name, sizeof(at.name), ".");
        while (r >= 0 && *where == '/') {
                size_t length = strcspn(++where, "/");
                struct patch_place next = PATCH_PLACE_NONE;

                r = go_below(&at, where, length, &next, err);
                patch_place_done(&at);
                at = next;
                where += length;
        }
        if (r < 0)
                patch_place_done(&at);
        else
                *ret = at;
        return r;
}

/* --- a directory's names ------------------------------------------------------------------------------------------------ */

static int add_names(struct arena *arena, int mask, int dir, struct strings *ret, struct error *err)
{
        _cleanup_(io_close_dirp) DIR *stream = dir < 0 ? NULL : fdopendir(dir);
        struct dirent *entry;

        if (!stream) {
                io_closep(&dir);
                return 0;
        }
        while ((entry = readdir(stream))) {
                struct change_look look = { 0 };

                if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, ".."))
                        continue;
                if (mask >= 0 && (change_look_at(mask, entry->d_name, &look, NULL) < 0 || look.mode))
                        continue;
                if (hiding_grow(arena, (void **)&ret->items, ret->count, sizeof(*ret->items), err) < 0)
                        return err->code;
                ret->items[ret->count] = arena_copy(arena, entry->d_name);
                if (!ret->items[ret->count++])
                        return error_memory(err);
        }
        return 0;
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whiteouts of the mask are among them; the place below one is none. */
int patch_place_list(struct arena *arena, const struct patch_place *place, struct strings *ret, struct error *err)
{
        _cleanup_(io_closep) int mask = -1, host = -1, again = -1;
        int r = open_both(place, &mask, &host, err);

        if (r < 0)
                return r;
        again = mask < 0 ? -1 : openat(mask, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = add_names(arena, -1, take_fd(again), ret, err);
        if (r >= 0)
                r = add_names(arena, mask, take_fd(host), ret, err);
        if (r >= 0 && ret->count)
                qsort(ret->items, ret->count, sizeof(*ret->items), compare_names);
        return r;
}

/* --- content ------------------------------------------------------------------------------------------------------------ */

static int read_link(struct patch_content *content, const struct patch_place *place, struct error *err)
{
        char target[4097];
        ssize_t n = readlinkat(place->dir, place->name, target, sizeof(target));

        if (n < 0)
                content->why = "the link can't be read";
        else
                text_add_n(content->text, target, (size_t)n);
        return text_check(content->text, err);
}

static int read_file(struct patch_content *content, int fd, size_t most, struct error *err)
{
        struct error failed = { 0 };

        if (io_read_all(fd, most, content->text, "it", &failed) < 0) {
                if (content->text->failed)
                        return error_memory(err);
                content->why = failed.code == E_INVALID_DATA ? "it is too large for a patch" : "it can't be read";
                return 0;
        }
        content->binary = content->text->length && memchr(content->text->data, '\0', content->text->length);
        return 0;
}

/* What is no text, is too large, or went away meanwhile is an answer too. */
int patch_content_read(struct patch_content *content, const struct patch_place *place, mode_t mode, size_t most, struct error *err)
{
        const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
        _cleanup_(io_closep) int fd = -1;
        struct stat what;

        if (place->dir < 0) {
                content->why = "it went away meanwhile";
                return 0;
        }
        if (S_ISLNK(mode))
                return read_link(content, place, err);
        fd = openat(place->dir, place->name, flags);
        if (fd < 0 || fstat(fd, &what) < 0 || !S_ISREG(what.st_mode))
                content->why = fd < 0 && errno != ENOENT ? "it can't be read" : "it went away meanwhile";
        else if ((uint64_t)what.st_size > most)
                content->why = "it is too large for a patch";
        else
                return read_file(content, fd, most, err);
        return 0;
}
