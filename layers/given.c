/* What stands in for some of what is hidden. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/inroot.h"
#include "hcs/base/io.h"
#include "hcs/base/listing.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "layers/mask-plan.h"

#define FILE_MAX_BYTES (1u << 20)       /* of one that comes along; larger ones of /etc/skel stay away */

struct giver {
        struct arena *arena;
        int root;
        const hiding_list *hidden;
        const struct strings *shown;
        mask_entry_list *list;
        walked_list *walked;
        struct error *err;
};

/* What somebody chose to show is shown as it is, and nothing is put where a whole directory is hidden. */
static bool may_give(const struct giver *giver, const char *path)
{
        for (size_t i = 0; i < giver->shown->count; i++)
                if (path_is_below(path, giver->shown->items[i]))
                        return false;
        for (size_t i = 0; i < giver->hidden->count; i++)
                if (path_is_below(path, giver->hidden->items[i].path) && !text_equal(path, giver->hidden->items[i].path))
                        return false;
        return true;
}

static int give(const struct giver *giver, const char *path, const struct text *content, const struct look *like)
{
        struct mask_entry entry = { .kind = MASK_FILE, .path = path, .like = *like, .length = content->length };

        if (text_check(content, giver->err) < 0)
                return giver->err->code;
        entry.content = arena_copy_n(giver->arena, content->data ? content->data : "", content->length);
        if (!entry.content)
                return error_memory(giver->err);
        return mask_entry_add(giver->arena, giver->list, &entry, giver->err);
}

/* Reads a regular file of the host, wherever links lead to in its root; false when that can't be done. */
static bool read_host(const struct giver *giver, const char *path, struct text *ret)
{
        struct error none = { .code = 0 };
        _cleanup_(io_closep) int fd = inroot_open(giver->root, path, O_RDONLY | O_NONBLOCK, &none);
        struct stat what;

        return fd >= 0 && fstat(fd, &what) == 0 && S_ISREG(what.st_mode) &&
               io_read_all(fd, FILE_MAX_BYTES, ret, path, &none) >= 0;
}

static bool is_file(const struct giver *giver, const char *path, struct look *ret)
{
        return look_at(giver->root, path, ret) == 0 && S_ISREG(ret->mode);
}

/* --- accounts ----------------------------------------------------------------------------------------------------------- */

/* The same accounts, every one locked.  Their names come from the list that everybody may read, so this needs no secret and no
 * right; the fields that tell when a password was changed are left empty. */
static int give_locked(const struct giver *giver, const char *path, const char *names, const char *locked)
{
        _cleanup_(text_done) struct text text = { 0 }, accounts = { 0 };
        char *line, *rest = NULL;
        struct look like;

        if (!may_give(giver, path) || !is_file(giver, path, &like) || !read_host(giver, names, &text))
                return 0;
        for (line = text.data ? strtok_r(text.data, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest)) {
                size_t length = strcspn(line, ":");

                if (length == 0 || !line[length] || strchr("#+-", *line))       /* comments, and those of NIS */
                        continue;
                text_add_n(&accounts, line, length);
                text_add(&accounts, locked);
        }
        return give(giver, path, &accounts, &like);
}

/* --- names -------------------------------------------------------------------------------------------------------------- */

static int give_plain(const struct giver *giver, const char *path, const char *content)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct look like;

        if (!may_give(giver, path) || !is_file(giver, path, &like))
                return 0;
        text_add(&text, content);
        return give(giver, path, &text, &like);
}

/* The resolver's file is often a link into /run, or mounted from elsewhere, and both are hidden: what it says comes along. */
static int give_resolver(const struct giver *giver)
{
        static const char path[] = "/etc/resolv.conf";
        _cleanup_(text_done) struct text text = { 0 };
        const char *place;
        struct look like;

        if (!may_give(giver, path) || look_at(giver->root, path, &like) < 0)
                return 0;
        if (!S_ISLNK(like.mode) && !hiding_covers(giver->hidden, path))
                return 0;
        place = look_real_place(giver->arena, giver->root, path);
        if (!place || !read_host(giver, path, &text))
                return 0;
        if (walk_note(giver->arena, giver->root, place, giver->walked, giver->err) < 0)
                return giver->err->code;
        like.mode = S_IFREG | 0644;
        like.uid = like.gid = 0;
        return give(giver, path, &text, &like);
}

/* --- the new home ------------------------------------------------------------------------------------------------------- */

static int give_copy(const struct giver *giver, const char *from, const char *to)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct look like;

        if (!is_file(giver, from, &like) || (like.mode & S_IROTH) == 0 || !read_host(giver, from, &text))
                return 0;
        if (walk_note(giver->arena, giver->root, from, giver->walked, giver->err) < 0)
                return giver->err->code;
        return give(giver, to, &text, &like);
}

static bool has_new_home(const struct giver *giver)
{
        for (size_t i = 0; i < giver->hidden->count; i++)
                if (text_equal(giver->hidden->items[i].path, "/root"))
                        return giver->hidden->items[i].directory;
        return false;
}

/* As a new account gets it. */
static int fill_home(const struct giver *giver)
{
        _cleanup_(io_close_dirp) DIR *dir = NULL;
        struct dirent *entry;
        int r = 0;

        if (!has_new_home(giver) || hiding_covers(giver->hidden, "/etc/skel"))
                return 0;
        dir = listing_open(giver->root, "etc/skel");
        while (r >= 0 && dir && (entry = listing_next(dir))) {
                const char *from = arena_printf(giver->arena, "/etc/skel/%s", entry->d_name);
                const char *to = arena_printf(giver->arena, "/root/%s", entry->d_name);

                r = from && to ? give_copy(giver, from, to) : error_memory(giver->err);
        }
        return r;
}

int given_compose(struct arena *arena, int root, const hiding_list *hidden, const struct strings *shown,
                  mask_entry_list *ret, walked_list *walked, struct error *err)
{
        static const char hosts[] = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
        const struct giver giver = {
                .arena = arena, .root = root, .hidden = hidden, .shown = shown, .list = ret, .walked = walked, .err = err,
        };
        int r;

        r = give_locked(&giver, "/etc/shadow", "/etc/passwd", ":*:::::::\n");
        if (r >= 0)
                r = give_locked(&giver, "/etc/gshadow", "/etc/group", ":*::\n");
        if (r >= 0)
                r = give_plain(&giver, "/etc/machine-id", "");
        if (r >= 0)
                r = give_plain(&giver, "/var/lib/dbus/machine-id", "");
        if (r >= 0)
                r = give_plain(&giver, "/etc/hostname", "sandbox\n");
        if (r >= 0)
                r = give_plain(&giver, "/etc/hosts", hosts);
        if (r >= 0)
                r = give_resolver(&giver);
        return r < 0 ? r : fill_home(&giver);
}
