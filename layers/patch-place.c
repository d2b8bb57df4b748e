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

void patch_place_init(struct patch_place *place)
{
        place->dir = -1;
        place->name[0] = '\0';
        place->beneath = false;
        stack_init(&place->stack);
}

void patch_place_done(struct patch_place *place)
{
        if (!place->beneath)
                io_closep(&place->dir);
        stack_done(&place->stack);
        patch_place_init(place);
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

static int settle(struct patch_place *place, struct error *err)
{
        struct stack_entry entry;
        int r = stack_find(&place->stack, place->name, &entry, err);

        place->dir = r < 0 ? -1 : entry.dir;
        place->beneath = true;
        return r;
}

int patch_place_below(const struct patch_place *place, const char *name, struct patch_place *ret, struct error *err)
{
        int r = set_name(ret, name, strlen(name), err);

        if (r >= 0)
                r = stack_enter(&place->stack, place->name, &ret->stack, err);
        return r < 0 ? r : settle(ret, err);
}

int patch_place_beneath(const struct changes_part *part, const char *where, enum changes_marks marks, struct patch_place *ret,
                        struct error *err)
{
        const char *name = path_name(where);
        _cleanup_(free_charp) char *parent = strndup(where, (size_t)(name - where) - 1);
        struct stack top;
        int r;

        if (!parent)
                return error_memory(err);
        stack_init(&top);
        r = set_name(ret, name, strlen(name), err);
        if (r >= 0)
                r = stack_open(part, marks, &top, err);
        if (r >= 0 && *parent)
                r = stack_way(&top, parent, &ret->stack, err);
        if (r < 0 || *parent) {
                stack_done(&top);
                return r < 0 ? r : settle(ret, err);
        }
        ret->stack = top;
        return settle(ret, err);
}

/* --- a directory's names ------------------------------------------------------------------------------------------------ */

static bool is_covered(const struct stack *stack, size_t number, const char *name)
{
        for (size_t i = 0; i < number; i++) {
                struct change_look look;

                if (stack->dirs[i] >= 0 && (change_look_at(stack->dirs[i], name, &look, NULL) < 0 || look.mode))
                        return true;
        }
        return false;
}

static int add_names(struct arena *arena, const struct stack *stack, size_t number, struct strings *ret, struct error *err)
{
        int again = stack->dirs[number] < 0 ? -1 : openat(stack->dirs[number], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(io_close_dirp) DIR *stream = again < 0 ? NULL : fdopendir(again);
        struct dirent *entry;

        if (!stream) {
                io_closep(&again);
                return 0;
        }
        while ((entry = readdir(stream))) {
                if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, "..") || is_covered(stack, number, entry->d_name))
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

/* Whiteouts of a layer are among them; the place below one is none. */
int patch_place_list(struct arena *arena, const struct patch_place *place, struct strings *ret, struct error *err)
{
        struct stack stack;
        int r;

        stack_init(&stack);
        r = stack_enter(&place->stack, place->name, &stack, err);
        for (size_t i = 0; r >= 0 && i < stack.shown; i++)
                r = add_names(arena, &stack, i, ret, err);
        stack_done(&stack);
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
