#include "layers/cover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/listing.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/look.h"
#include "layers/rules.h"

struct cover {
        struct arena *arena;
        int root;
        const struct cover_question *question;
        hiding_list *list;
        walked_list *walked;
        struct error *err;
};

static bool is_shown(const struct cover *cover, const char *path)
{
        const struct strings *show = &cover->question->wishes->show;

        for (size_t i = 0; i < show->count; i++)
                if (path_is_below(path, show->items[i]))
                        return true;
        return false;
}

/* What is known already needs no second entry. */
static int hide(const struct cover *cover, const char *path, const char *why, bool directory)
{
        if (hiding_covers(cover->list, path))
                return 0;
        path = arena_copy(cover->arena, path);
        return path ? hiding_add(cover->arena, cover->list, path, why, directory, cover->err) : error_memory(cover->err);
}

/* --- places, which may be reached by a link ----------------------------------------------------------------------------- */

/* Is the way to the path free of links?  A link at its very end is none on the way.  When the kernel has no answer this time
 * (EAGAIN), no: then it is asked where the way leads, more than once. */
static bool is_plain(const struct cover *cover, const char *path)
{
        int fd = sys_openat2(cover->root, path + 1, O_PATH | O_NOFOLLOW | O_CLOEXEC, RESOLVE_NO_SYMLINKS);

        if (fd >= 0)
                close(fd);
        return fd >= 0 || (errno != ELOOP && errno != EAGAIN);
}

/* The place that a path stands for: itself as a rule, but what a link leads to.  NULL when nothing is there. */
static const char *place_of(const struct cover *cover, const char *path, struct look *ret)
{
        if (is_plain(cover, path) && (look_at(cover->root, path, ret) < 0 || !S_ISLNK(ret->mode)))
                return look_at(cover->root, path, ret) < 0 ? NULL : path;
        path = look_real_place(cover->arena, cover->root, path);
        return path && look_at(cover->root, path, ret) == 0 ? path : NULL;
}

/* A link such as /mnt -> / must not take the system away. */
static bool may_hide(const char *path)
{
        if (strchr(path + 1, '/'))
                return true;
        for (const struct rules_fixed *place = rules_places; place->path; place++)
                if (text_equal(place->path, path))
                        return true;
        return path[1] && !rules_is_system_entry(path + 1);
}

static int hide_place(const struct cover *cover, const char *path, const char *why)
{
        struct look what;
        const char *place = place_of(cover, path, &what);

        if (!place || !may_hide(place) || is_shown(cover, path) || is_shown(cover, place))
                return 0;
        return hide(cover, place, why, S_ISDIR(what.mode));
}

/* Ours is not to be shown, whatever is wished. */
static int hide_own(const struct cover *cover, const char *path)
{
        struct look what;
        const char *place = place_of(cover, path, &what);

        return place ? hide(cover, place, "other sandboxes", S_ISDIR(what.mode)) : 0;
}

static int add_places(const struct cover *cover)
{
        const struct strings *own = &cover->question->own;
        int r = 0;

        for (const struct rules_fixed *place = rules_places; r >= 0 && place->path; place++)
                r = hide_place(cover, place->path, place->why);
        for (size_t i = 0; r >= 0 && i < own->count; i++)
                r = hide_own(cover, own->items[i]);
        return r;
}

/* --- what is there ------------------------------------------------------------------------------------------------------ */

/* What somebody put into "/" is people's data. */
static int add_top_level(const struct cover *cover)
{
        _cleanup_(io_close_dirp) DIR *dir = listing_open(cover->root, ".");
        struct dirent *entry;
        int r;

        if (!dir)
                return error_errno(cover->err, "reading /");
        r = walk_note(cover->arena, cover->root, "/", cover->walked, cover->err);
        while (r >= 0 && (entry = listing_next(dir))) {
                char path[300];

                if (rules_is_system_entry(entry->d_name))
                        continue;
                snprintf(path, sizeof(path), "/%s", entry->d_name);
                if (!is_shown(cover, path))
                        r = hide(cover, path, "not part of the system", false);
        }
        return r >= 0 && errno ? error_errno(cover->err, "reading /") : r;
}

static int refuse_foreign(const struct cover *cover, const struct mount_entry *mount)
{
        const struct strings *show = &cover->question->wishes->show;

        for (size_t i = 0; i < show->count; i++)
                if (path_is_below(show->items[i], mount->path))
                        return error_set(cover->err, E_NOT_SUPPORTED, "org.hcs-sandbox.show: \"%s\" lies on a file system of its own "
                                         "(%s at %s), which is not copied; mount it with \"mounts\", type \"bind\"", show->items[i],
                                         mount->type, mount->path);
        return 0;
}

/* What is mounted and doesn't come along is an empty place: without this fuse-overlayfs would look into it, and a kernel overlay
 * would show what lies beneath, where nobody walked. */
static int add_mounts(const struct cover *cover)
{
        const mount_list *mounts = cover->question->mounts;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < mounts->count; i++) {
                const struct mount_entry *mount = &mounts->items[i];
                struct look what;

                if (mount->comes_along || look_at(cover->root, mount->path, &what) < 0)
                        continue;
                r = refuse_foreign(cover, mount);
                if (r >= 0)
                        r = hide(cover, mount->path, "another file system is mounted there", S_ISDIR(what.mode));
        }
        return r;
}

/* Files that the kernel pages out to, wherever they lie: "/swap/file file 2097148 0 -2". */
static int add_swap(const struct cover *cover)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct error none = { .code = 0 };
        char *line, *rest = NULL;
        int r = 0;

        if (io_read_file_at(AT_FDCWD, "/proc/swaps", 1u << 20, &text, &none) < 0 || !text.data)
                return 0;               /* a kernel without swap */
        for (line = strtok_r(text.data, "\n", &rest); r >= 0 && line; line = strtok_r(NULL, "\n", &rest)) {
                char *blank = strchr(line, ' ');

                if (*line != '/' || !blank)
                        continue;
                *blank = '\0';
                if (!path_is_below(line, "/dev"))
                        r = hide_place(cover, line, "memory that was paged out");
        }
        return r;
}

/* --- wishes ------------------------------------------------------------------------------------------------------------- */

/* Where nothing is now, something may come to be. */
static int watch_above(const struct cover *cover, const char *path)
{
        char *above = arena_copy(cover->arena, path), *slash;
        struct look what;

        if (!above)
                return error_memory(cover->err);
        while ((slash = strrchr(above, '/')) && slash != above) {
                *slash = '\0';
                if (look_at(cover->root, above, &what) == 0)
                        return walk_note(cover->arena, cover->root, above, cover->walked, cover->err);
        }
        return 0;                       /* "/" is watched anyway */
}

static int add_wish(const struct cover *cover, const char *path)
{
        struct look what;

        if (!is_plain(cover, path)) {
                const char *real = look_real_place(cover->arena, cover->root, path);

                return error_set(cover->err, E_INVALID_PARAMETER, "org.hcs-sandbox.hide: the way to \"%s\" goes through a symbolic "
                                 "link%s%s; name the place itself", path, real ? " and leads to " : "", real ? real : "");
        }
        if (watch_above(cover, path) < 0)
                return cover->err->code;
        return look_at(cover->root, path, &what) < 0 ? 0 : hide(cover, path, "asked for", S_ISDIR(what.mode));
}

static int add_wishes(const struct cover *cover)
{
        const struct strings *wanted = &cover->question->wishes->hide;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < wanted->count; i++)
                r = add_wish(cover, wanted->items[i]);
        return r;
}

/* A path shown below a hidden directory would not come back: say so instead of losing the wish. */
static int check_shown(const struct cover *cover)
{
        const struct strings *show = &cover->question->wishes->show;

        for (size_t i = 0; i < show->count; i++)
                for (size_t k = 0; k < cover->list->count; k++)
                        if (path_is_below(show->items[i], cover->list->items[k].path))
                                return error_set(cover->err, E_NOT_SUPPORTED, "org.hcs-sandbox.show: \"%s\" lies in %s, which is hidden "
                                                 "as a whole (%s); show that directory, or mount the path with \"mounts\", type \"bind\"",
                                                 show->items[i], cover->list->items[k].path, cover->list->items[k].why);
        return 0;
}

/* --- all of it ---------------------------------------------------------------------------------------------------------- */

static int walk_roots(const struct cover *cover)
{
        const struct strings *show = &cover->question->wishes->show;
        int r = 0;

        for (size_t i = 0; r >= 0 && rules_secret_roots[i]; i++) {
                struct look what;
                const char *top = rules_secret_roots[i], *place = place_of(cover, top, &what);

                if (place && !hiding_covers(cover->list, place) && !is_shown(cover, top) && !is_shown(cover, place))
                        r = walk_secrets(cover->arena, cover->root, place, show, cover->list, cover->walked, cover->err);
        }
        return r;
}

int cover_compose(struct arena *arena, int root, const struct cover_question *question, hiding_list *ret,
                  walked_list *ret_walked, struct error *err)
{
        hiding_list list = { 0 };
        walked_list walked = { 0 };
        const struct cover cover = {
                .arena = arena, .root = root, .question = question, .list = &list, .walked = &walked, .err = err,
        };
        int (*const parts[])(const struct cover *) = {
                add_places, add_top_level, add_mounts, add_swap, add_wishes,
                walk_roots,             /* late: it enters nothing that is hidden already */
                check_shown,
        };

        for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
                if (parts[i](&cover) < 0)
                        return err->code;
        hiding_settle(&list);
        *ret = list;
        *ret_walked = walked;
        return 0;
}
